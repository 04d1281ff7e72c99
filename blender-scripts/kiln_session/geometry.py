"""Counts and bounds of what a scene would render."""

from __future__ import annotations

from dataclasses import dataclass

import bpy
from mathutils import Vector

_GEOMETRY = {"MESH", "CURVE", "SURFACE", "META", "FONT", "CURVES", "HAIR", "POINTCLOUD", "VOLUME", "GPENCIL", "GREASEPENCIL"}
_MOST_INSTANCES = 200_000


@dataclass(frozen=True)
class Bounds:
    low: Vector
    high: Vector

    @property
    def centre(self) -> Vector:
        return (self.low + self.high) / 2

    @property
    def size(self) -> Vector:
        return self.high - self.low

    @property
    def radius(self) -> float:
        return max(self.size.length / 2, 1e-6)

    def corners(self) -> list[Vector]:
        return [Vector((x, y, z)) for x in (self.low.x, self.high.x) for y in (self.low.y, self.high.y) for z in (self.low.z, self.high.z)]

    def as_dict(self) -> dict[str, list[float]]:
        return {"min": [round(value, 6) for value in self.low], "max": [round(value, 6) for value in self.high]}


def is_geometry(item: bpy.types.Object) -> bool:
    return item.type in _GEOMETRY


def renderable(scene: bpy.types.Scene) -> list[bpy.types.Object]:
    """Objects with geometry that some layer of the scene shows to the renderer."""
    hidden = set()
    for layer in scene.view_layers:
        hidden |= _excluded(layer.layer_collection)
        break  # the first layer decides: it is the one that frames the picture
    return [item for item in scene.objects if is_geometry(item) and not item.hide_render and item.name not in hidden]


def _excluded(collection: bpy.types.LayerCollection) -> set[str]:
    """Names of objects that are only in collections which do not render."""
    shown: set[str] = set()
    every: set[str] = set()

    def walk(layer: bpy.types.LayerCollection, off: bool) -> None:
        off = off or layer.exclude or layer.collection.hide_render
        names = {item.name for item in layer.collection.objects}
        every.update(names)
        if not off:
            shown.update(names)
        for child in layer.children:
            walk(child, off)

    walk(collection, False)
    return every - shown


def bounds(scene: bpy.types.Scene) -> Bounds | None:
    """The box around all that renders, instances included; None when there is nothing."""
    layer = scene.view_layers[0]
    layer.update()
    graph = layer.depsgraph
    names = {item.name for item in renderable(scene)}
    low, high = Vector((float("inf"),) * 3), Vector((float("-inf"),) * 3)
    for count, instance in enumerate(graph.object_instances):
        if count > _MOST_INSTANCES:
            break
        item = instance.object
        if not is_geometry(item) or item.type == "VOLUME":
            continue
        if instance.is_instance:
            if instance.parent is None or instance.parent.original.hide_render:
                continue
        elif item.original.name not in names or not instance.show_self:
            continue
        box = item.bound_box
        if all(tuple(corner) == (-1.0, -1.0, -1.0) for corner in box):
            continue  # no box was computed: empty geometry
        matrix = instance.matrix_world
        for corner in box:
            point = matrix @ Vector(corner)
            for axis in range(3):
                if not -1e15 < point[axis] < 1e15:
                    break
                low[axis] = min(low[axis], point[axis])
                high[axis] = max(high[axis], point[axis])
    if low.x > high.x:
        return None
    return Bounds(low, high)


def counts() -> dict[str, int]:
    """Vertices and triangles of the file's meshes as they are used in scenes, modifiers not counted."""
    vertices = triangles = meshes = 0
    cache: dict[str, tuple[int, int]] = {}
    for item in bpy.data.objects:
        if item.type != "MESH" or item.data is None or not item.users_scene:
            continue
        mesh = item.data
        if mesh.name_full not in cache:
            # A polygon of n corners makes n - 2 triangles.
            cache[mesh.name_full] = (len(mesh.vertices), len(mesh.loops) - 2 * len(mesh.polygons))
        vertices += cache[mesh.name_full][0]
        triangles += cache[mesh.name_full][1]
        meshes += 1
    return {"objects": sum(1 for item in bpy.data.objects if item.users_scene), "meshes": meshes, "vertices": vertices, "triangles": triangles}
