"""Material overrides: Principled parameters, named as in Blender 4, put in the place of a material of the file."""

from __future__ import annotations

import os

import bpy

from .errors import Failure
from .journal import Journal

# Blender 4's name -> the name up to 3.6. What is not here is called the same; None is what the old node lacks.
_OLD_NAMES: dict[str, str | None] = {
    "Subsurface Weight": "Subsurface",
    "Subsurface Scale": None,
    "Specular IOR Level": "Specular",
    "Transmission Weight": "Transmission",
    "Coat Weight": "Clearcoat",
    "Coat Roughness": "Clearcoat Roughness",
    "Coat Normal": "Clearcoat Normal",
    "Coat IOR": None,
    "Coat Tint": None,
    "Sheen Weight": "Sheen",
    "Sheen Roughness": None,
    "Emission Color": "Emission",
    "Specular Tint": None,
    "Sheen Tint": None,
    "Diffuse Roughness": None,
    "Thin Film Thickness": None,
    "Thin Film IOR": None,
}


def socket_name(name: str) -> str | None:
    """What this version calls that parameter, or None when it has none."""
    return name if bpy.app.version >= (4, 0, 0) else _OLD_NAMES.get(name, name)


class MaterialBuilder:
    """Makes Principled materials; paths of textures are resolved by the caller's function."""

    def __init__(self, resolve=None) -> None:
        self._resolve = resolve
        self.lacking: list[str] = []

    def build(self, name: str, description: dict) -> bpy.types.Material:
        """description: {"parameters": {"Base Color": [r, g, b, a], "Roughness": 0.3, ...},
        "textures": {"Base Color": {"path": "tex/wood.png", "colorspace": "sRGB"}, "Normal": {"path": ..., "strength": 1.0}}}."""
        material = bpy.data.materials.new(name)
        material.use_nodes = True
        tree = material.node_tree
        tree.nodes.clear()
        shader = tree.nodes.new("ShaderNodeBsdfPrincipled")
        output = tree.nodes.new("ShaderNodeOutputMaterial")
        tree.links.new(shader.outputs[0], output.inputs[0])
        for parameter, value in (description.get("parameters") or {}).items():
            self._set_parameter(shader, parameter, value)
        base = (description.get("parameters") or {}).get("Base Color")
        if "Subsurface Color" in shader.inputs and base is not None:
            self._set_parameter(shader, "Subsurface Color", base)  # before Blender 4 it was a colour of its own
        for parameter, texture in (description.get("textures") or {}).items():
            self._add_texture(tree, shader, output, parameter, texture)
        if isinstance(base, (list, tuple)) and len(base) >= 3:
            material.diffuse_color = (*base[:3], 1.0)  # what Workbench shows
        return material

    def _socket(self, shader, parameter: str):
        name = socket_name(parameter)
        socket = shader.inputs.get(name) if name else None
        if socket is None:
            self.lacking.append(parameter)
        return socket

    def _set_parameter(self, shader, parameter: str, value: object) -> None:
        socket = self._socket(shader, parameter)
        if socket is None:
            return
        try:
            if hasattr(socket.default_value, "__len__"):
                numbers = [float(number) for number in value]
                size = len(socket.default_value)
                socket.default_value = (numbers + [1.0] * size)[:size]
            elif isinstance(value, (list, tuple)):
                # A colour where the old node has a factor: its brightness.
                socket.default_value = sum(float(number) for number in value[:3]) / 3.0
            else:
                socket.default_value = float(value)
        except (TypeError, ValueError) as problem:
            raise Failure("BAD_REQUEST", f"The material parameter {parameter} cannot be {value!r}.") from problem

    def _add_texture(self, tree, shader, output, parameter: str, texture: dict) -> None:
        if self._resolve is None or not isinstance(texture, dict):
            raise Failure("BAD_REQUEST", f"The texture of {parameter} must be an object with a path.")
        path = self._resolve(texture.get("path"))
        if not os.path.isfile(path):
            raise Failure("FILE_MISSING", f"The texture {texture.get('path')} of a material is not there.")
        node = tree.nodes.new("ShaderNodeTexImage")
        node.image = bpy.data.images.load(path, check_existing=True)
        colour = parameter in ("Base Color", "Emission Color", "Sheen Tint", "Coat Tint", "Specular Tint")
        try:
            node.image.colorspace_settings.name = texture.get("colorspace") or ("sRGB" if colour else "Non-Color")
        except TypeError as problem:
            raise Failure("BAD_REQUEST", f"There is no colour space {texture.get('colorspace')}.") from problem
        if parameter == "Displacement":
            displace = tree.nodes.new("ShaderNodeDisplacement")
            displace.inputs["Scale"].default_value = float(texture.get("strength", 0.1))
            tree.links.new(node.outputs["Color"], displace.inputs["Height"])
            tree.links.new(displace.outputs[0], output.inputs["Displacement"])
            return
        socket = self._socket(shader, parameter)
        if socket is None:
            return
        if parameter in ("Normal", "Coat Normal"):
            normal = tree.nodes.new("ShaderNodeNormalMap")
            normal.inputs["Strength"].default_value = float(texture.get("strength", 1.0))
            tree.links.new(node.outputs["Color"], normal.inputs["Color"])
            tree.links.new(normal.outputs[0], socket)
        elif texture.get("channel") in ("R", "G", "B"):
            split = tree.nodes.new("ShaderNodeSeparateColor")
            tree.links.new(node.outputs["Color"], split.inputs[0])
            tree.links.new(split.outputs["RGB".index(texture["channel"])], socket)
        else:
            tree.links.new(node.outputs["Alpha" if parameter == "Alpha" and texture.get("channel") == "A" else "Color"], socket)


def apply_overrides(overrides: tuple[dict, ...], builder: MaterialBuilder, journal: Journal) -> None:
    """Puts the described materials in the place of the named ones, wherever an object or a mesh uses those."""
    for override in overrides:
        slot, description = override.get("slot"), override.get("material")
        if not isinstance(slot, str) or not isinstance(description, dict):
            raise Failure("BAD_REQUEST", 'An override is {"slot": name of a material in the file, "material": parameters}.')
        original = bpy.data.materials.get(slot)
        if original is None:
            known = ", ".join(sorted(bpy.data.materials.keys())[:20]) or "none"
            raise Failure("BAD_REQUEST", f"The file has no material {slot}; it has {known}.")
        if "parameters" not in description and "textures" not in description:
            description = {"parameters": description}
        replacement = builder.build(f"Kiln {slot}", description)
        journal.on_restore(lambda made=replacement: bpy.data.materials.remove(made))
        _replace(original, replacement, journal)


def _replace(original: bpy.types.Material, replacement: bpy.types.Material, journal: Journal) -> None:
    for item in bpy.data.objects:
        if item.library is not None:
            continue  # a linked file is not changed
        for slot in item.material_slots:
            if slot.link == "OBJECT" and slot.material == original:
                journal.set(slot, "material", replacement)
    geometry = [bpy.data.meshes, bpy.data.curves, bpy.data.metaballs]
    geometry += [getattr(bpy.data, name) for name in ("volumes", "hair_curves", "pointclouds") if hasattr(bpy.data, name)]
    for blocks in geometry:
        for block in blocks:
            if block.library is not None:
                continue
            for index, material in enumerate(block.materials):
                if material == original:
                    _swap(block.materials, index, replacement, original, journal)


def _swap(slots, index: int, replacement, original, journal: Journal) -> None:
    slots[index] = replacement

    def put_back() -> None:
        slots[index] = original

    journal.on_restore(put_back)
