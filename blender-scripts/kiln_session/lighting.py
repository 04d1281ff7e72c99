"""Whether anything lights a scene."""

from __future__ import annotations

import bpy


def lights(scene: bpy.types.Scene) -> list[bpy.types.Object]:
    return [item for item in scene.objects if item.type == "LIGHT" and not item.hide_render and item.data.energy != 0]


def world_lit(scene: bpy.types.Scene) -> bool:
    """Whether the world gives light: nodes that are not plainly black, or a colour without nodes."""
    world = scene.world
    if world is None:
        return False
    if not world.use_nodes or world.node_tree is None:
        return any(value > 0 for value in world.color)
    outputs = [node for node in world.node_tree.nodes if node.bl_idname == "ShaderNodeOutputWorld" and node.inputs["Surface"].is_linked]
    for output in outputs:
        node = output.inputs["Surface"].links[0].from_node
        if node.bl_idname != "ShaderNodeBackground":
            return True
        colour, strength = node.inputs["Color"], node.inputs["Strength"]
        dark = not colour.is_linked and not any(value > 0 for value in colour.default_value[:3])
        off = not strength.is_linked and strength.default_value <= 0
        if not dark and not off:
            return True
    return False


def _tree_emits(tree, seen: set[int]) -> bool:
    if tree is None or tree.as_pointer() in seen:
        return False
    seen.add(tree.as_pointer())
    for node in tree.nodes:
        if node.bl_idname == "ShaderNodeEmission":
            return True
        if node.bl_idname == "ShaderNodeBsdfPrincipled":
            colour = node.inputs.get("Emission Color") or node.inputs.get("Emission")
            strength = node.inputs.get("Emission Strength")
            bright = colour is not None and (colour.is_linked or any(value > 0 for value in colour.default_value[:3]))
            if bright and (strength is None or strength.is_linked or strength.default_value > 0):
                return True
        if getattr(node, "node_tree", None) is not None and _tree_emits(node.node_tree, seen):
            return True
    return False


def emitters(scene: bpy.types.Scene) -> bool:
    """Whether a material of a rendered object glows."""
    seen: set[str] = set()
    for item in scene.objects:
        if item.hide_render:
            continue
        for slot in item.material_slots:
            material = slot.material
            if material is None or material.name_full in seen:
                continue
            seen.add(material.name_full)
            if material.use_nodes and _tree_emits(material.node_tree, set()):
                return True
    return False


def lit(scene: bpy.types.Scene) -> bool:
    return bool(lights(scene)) or world_lit(scene) or emitters(scene)
