"""Turns an open model into one .glb for the viewport: what renders, as it renders, with no more triangles than asked."""

from __future__ import annotations

import os

import bpy

from . import geometry, importers
from .errors import Failure
from .opening import Opened

_MOST_INSTANCES = 50_000
_LARGEST_TEXTURE = 2048
_CONVERTIBLE = {"MESH", "CURVE", "SURFACE", "META", "FONT"}


def export(opened: Opened, path: str, max_triangles: int) -> dict:
    """Writes the .glb (Y up, metres). What is open is changed by it and must be loaded afresh before it is rendered."""
    meshes = _evaluated(opened.scene)
    if not meshes:
        raise Failure("NOTHING_TO_RENDER", "The model holds no surface that could be shown.")
    scene = bpy.data.scenes.new("Kiln mesh")
    objects = []
    for mesh, matrix in meshes:
        item = bpy.data.objects.new(mesh.name, mesh)
        item.matrix_world = matrix
        scene.collection.objects.link(item)
        objects.append(item)
    total = _triangles(objects)
    decimated = total > max_triangles
    if decimated:
        objects = _decimate(scene, objects, max_triangles / total)
        total = _triangles(objects)
    _shrink_textures()
    bpy.context.window.scene = scene
    scene.view_layers[0].update()
    bounds = geometry.bounds(scene)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    importers.restore_numpy_names()
    # The exporter insists on its extension; the picture of a half-written file must not be taken for the whole.
    part = os.path.splitext(path)[0] + ".part.glb"
    try:
        bpy.ops.export_scene.gltf(
            filepath=part, export_format="GLB", use_active_scene=True, export_animations=False, export_cameras=False, export_lights=False,
            export_skins=False, export_morph=False, export_apply=False, export_yup=True)
    except (RuntimeError, AttributeError) as problem:
        raise Failure("IMPORT_FAILED", "The model could not be exported for the viewport.", detail=str(problem)) from problem
    if not os.path.isfile(part):
        raise Failure("OUTPUT_MISSING", "The exporter wrote no file.")
    os.replace(part, path)
    return {"triangles": total, "decimated": decimated, "bounds": _y_up(bounds)}


def _evaluated(scene: bpy.types.Scene) -> list[tuple[bpy.types.Mesh, object]]:
    """The meshes that the renderer sees, instances included, each mesh made once."""
    layer = scene.view_layers[0]
    layer.update()
    graph = layer.depsgraph
    names = {item.name for item in geometry.renderable(scene)}
    made: dict[tuple[int, str], bpy.types.Mesh] = {}
    found = []
    for count, instance in enumerate(graph.object_instances):
        if count > _MOST_INSTANCES:
            break
        item = instance.object
        if item.type not in _CONVERTIBLE:
            continue
        if instance.is_instance:
            if instance.parent is None or instance.parent.original.hide_render:
                continue
        elif item.original.name not in names or not instance.show_self:
            continue
        key = (item.data.as_pointer() if item.data is not None else 0, item.original.name)
        found.append((key, item, instance.matrix_world.copy()))
        if key not in made:
            # The mesh of an instance that nodes made is only in its data: asked by its object, Blender gives the base mesh.
            if instance.is_instance and item.type == "MESH":
                made[key] = item.data.copy()
            else:
                made[key] = bpy.data.meshes.new_from_object(item, preserve_all_data_layers=True, depsgraph=graph)
    return [(made[key], matrix) for key, _, matrix in found if made[key] is not None and len(made[key].polygons) > 0]


def _triangles(objects: list[bpy.types.Object]) -> int:
    return sum(len(item.data.loops) - 2 * len(item.data.polygons) for item in objects)


def _decimate(scene: bpy.types.Scene, objects: list[bpy.types.Object], ratio: float) -> list[bpy.types.Object]:
    """Every mesh loses the same share; meshes that instances share are made smaller once."""
    done: dict[str, bpy.types.Mesh] = {}
    by_mesh: dict[str, list[bpy.types.Object]] = {}
    for item in objects:
        by_mesh.setdefault(item.data.name, []).append(item)
    for users in by_mesh.values():
        modifier = users[0].modifiers.new("Kiln decimate", "DECIMATE")
        modifier.ratio = max(0.0, min(1.0, ratio))
        modifier.use_collapse_triangulate = True
    layer = scene.view_layers[0]
    layer.update()
    graph = bpy.context.evaluated_depsgraph_get() if bpy.context.scene == scene else layer.depsgraph
    graph.update() if hasattr(graph, "update") else None
    for name, users in by_mesh.items():
        done[name] = bpy.data.meshes.new_from_object(users[0].evaluated_get(graph), depsgraph=graph)
    for name, users in by_mesh.items():
        users[0].modifiers.clear()
        for item in users:
            item.data = done[name]
    return objects


def _shrink_textures() -> None:
    for image in bpy.data.images:
        if image.source == "FILE" and max(image.size[:] or (0,)) > _LARGEST_TEXTURE:
            factor = _LARGEST_TEXTURE / max(image.size)
            image.scale(max(1, round(image.size[0] * factor)), max(1, round(image.size[1] * factor)))


def _y_up(bounds: geometry.Bounds | None) -> dict[str, list[float]] | None:
    """Blender's Z up as glTF's Y up: (x, z, -y)."""
    if bounds is None:
        return None
    low, high = bounds.low, bounds.high
    return {"min": [round(value, 6) for value in (low.x, low.z, -high.y)], "max": [round(value, 6) for value in (high.x, high.z, -low.y)]}
