"""Brings mesh formats into the empty scene, whatever this version calls its importers."""

from __future__ import annotations

import math
import os
import re
from array import array
from collections.abc import Callable

import bpy

from .errors import Failure, failure_from_text

_RAISED = re.compile(r"[A-Za-z_.]*(Error|Exception|Warning): ")

_DRAWN = {"MESH", "CURVE", "SURFACE", "META", "FONT", "CURVES", "POINTCLOUD", "VOLUME"}
FORMATS = ("glb", "gltf", "obj", "stl", "ply", "fbx")
_ADDONS = {"glb": "io_scene_gltf2", "gltf": "io_scene_gltf2", "fbx": "io_scene_fbx", "stl": "io_mesh_stl", "ply": "io_mesh_ply"}


def importer(file_format: str) -> Callable[..., set[str]] | None:
    """The operator that reads that format, or None where this build has none."""
    ops = bpy.ops
    candidates = {
        "glb": ((ops.import_scene, "gltf"),),
        "gltf": ((ops.import_scene, "gltf"),),
        "fbx": ((ops.import_scene, "fbx"), (ops.wm, "fbx_import")),
        "obj": ((ops.wm, "obj_import"), (ops.import_scene, "obj")),
        # The first STL importer in C (3.3 to 4.0) was experimental; the add-on that came with them is proved.
        "stl": ((ops.import_mesh, "stl"), (ops.wm, "stl_import")),
        "ply": ((ops.wm, "ply_import"), (ops.import_mesh, "ply")),
    }[file_format]
    _enable_addon(file_format)
    for module, name in candidates:
        if name in dir(module):
            return getattr(module, name)
    return None


def _enable_addon(file_format: str) -> None:
    """Official builds since 4.2 ship some importers as add-ons that are off under factory settings."""
    addon = _ADDONS.get(file_format)
    if addon is None or addon in bpy.context.preferences.addons:
        return
    import addon_utils

    try:
        addon_utils.enable(addon, default_set=False)
    except Exception:  # noqa: BLE001  an add-on may fail in any way; then there is no importer
        pass


def restore_numpy_names() -> None:
    """Gives NumPy the names back that it dropped in 1.24 and that the glTF add-on of Blender 3.4 still uses (Debian pairs the two)."""
    try:
        import numpy
    except ImportError:
        return
    for name, kind in (("bool", bool), ("int", int), ("float", float), ("object", object)):
        if name not in vars(numpy):
            setattr(numpy, name, kind)


def load(root: str, file_format: str, path: str) -> None:
    operator = importer(file_format)
    if operator is None:
        raise Failure(
            "IMPORTER_MISSING", f"This Blender ({bpy.app.version_string}) has no importer for .{file_format} files. "
            "Convert the model to .glb or .blend, or render with another Blender.")
    _check_neighbours(root, file_format, path)
    restore_numpy_names()
    try:
        result = operator(filepath=path)
    except RuntimeError as problem:
        raise failure_from_text(str(problem)) or Failure(
            "IMPORT_FAILED", f"{root} could not be imported: {_first_line(str(problem))} "
            "Check that the file opens in the program that wrote it, and export it again.", detail=str(problem)) from problem
    if "FINISHED" not in result or not bpy.data.objects:
        raise Failure(
            "IMPORT_FAILED", f"{root} could not be imported: the importer found nothing in it. "
            "Check that the file is whole, and export it again.")
    if not any(item.type in _DRAWN for item in bpy.data.objects):
        raise Failure("NOTHING_TO_RENDER", f"{root} holds no geometry, so there is nothing to render.")
    check_surfaces(root)
    _set_range(bpy.context.scene)
    # Importers remember the file's place in no way that relative paths could use; pictures were loaded by absolute paths.
    bpy.context.view_layer.update()


def _set_range(scene: bpy.types.Scene) -> None:
    """The scene's frames are those in which something moves: importers leave the 250 of an empty scene."""
    spans = [action.frame_range for action in _playing()]
    slack = 1e-3  # key frames come from seconds
    first = min((math.floor(start + slack) for start, _ in spans), default=scene.frame_current)
    last = max((math.ceil(end - slack) for _, end in spans), default=scene.frame_current)
    scene.frame_start = max(0, first)  # Blender's own range begins at 0
    scene.frame_end = max(scene.frame_start, last)


def _playing() -> list[bpy.types.Action]:
    """Actions that drive something; those that an importer only keeps aside do not."""
    data = bpy.data
    owners = (*data.objects, *data.shape_keys, *data.armatures, *data.materials, *data.cameras, *data.lights,
              *(material.node_tree for material in data.materials if material.node_tree is not None))
    return [owner.animation_data.action for owner in owners if owner.animation_data is not None and owner.animation_data.action is not None]


def check_surfaces(root: str) -> None:
    """Points and edges alone give an empty picture, and so do coordinates that are no numbers."""
    meshes = [item.data for item in bpy.data.objects if item.type == "MESH"]
    if len(meshes) == len([item for item in bpy.data.objects if item.type in _DRAWN]) and not any(mesh.polygons for mesh in meshes):
        raise Failure("NOTHING_TO_RENDER", f"{root} holds points or edges but no face, so there is nothing to render.")
    for mesh in meshes:
        coordinates = array("f", bytes(12 * len(mesh.vertices)))
        mesh.vertices.foreach_get("co", coordinates)
        if not math.isfinite(sum(coordinates)):
            raise Failure(
                "IMPORT_FAILED", f"{root} has coordinates that are no finite numbers. Export it again from the program that made it.")


def _check_neighbours(root: str, file_format: str, path: str) -> None:
    """A .gltf without its .bin ends in the importer's stack trace; say it in one sentence before."""
    if file_format != "gltf":
        return
    import json
    from urllib.parse import unquote

    try:
        with open(path, encoding="utf-8") as source:
            document = json.load(source)
        uris = [buffer.get("uri", "") for buffer in document.get("buffers", [])]
    except (OSError, ValueError, AttributeError) as problem:
        raise Failure("IMPORT_FAILED", f"{root} is not readable as glTF: {problem}") from problem
    for uri in uris:
        if uri and not uri.startswith("data:"):
            neighbour = os.path.join(os.path.dirname(path), unquote(uri))
            if not os.path.isfile(neighbour):
                raise Failure(
                    "FILE_MISSING", f"{root} needs {unquote(uri)} beside it, which is not there. Give the whole folder, or a .glb.")


def _first_line(text: str) -> str:
    """The last line of a trace says what happened; a plain message is one line anyway."""
    lines = [line.strip() for line in text.strip().splitlines() if line.strip()]
    # The sentence of an exception stands at the beginning of its line, behind the indented trace.
    raised = [line for line in lines if _RAISED.match(line)]
    lines = raised or [line for line in lines if not line.startswith(("Location:", "File "))]
    sentence = (lines[-1] if lines else "the importer did not say why").removeprefix("Error: ")
    return sentence if sentence.endswith(".") else sentence + "."
