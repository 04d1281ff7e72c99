"""What a person should know about an open file before they look at its pictures."""

from __future__ import annotations

from collections.abc import Iterator

import bpy

from . import dependencies, file_output, inspection
from .opening import Opened

_MISSING = {
    "texture": ("MISSING_TEXTURE", "The texture {path} is not there; Blender shows pink in its place."),
    "library": ("MISSING_LIBRARY", "The linked file {path} is not there; what comes from it is absent."),
    "cache": ("MISSING_CACHE", "The cache {path} of {name} is not there; what it holds does not move, or is absent."),
    "font": ("MISSING_FILE", "The font {path} is not there; another is used."),
    "sound": ("MISSING_FILE", "The sound {path} is not there."),
    "volume": ("MISSING_FILE", "The volume {path} is not there; it is absent."),
}


def of(opened: Opened) -> Iterator[tuple[str, str, str]]:
    """(code, sentence, subject) of each warning about the file itself."""
    textures = dependencies.textures()
    for item in dependencies.missing(textures):
        code, sentence = _MISSING[item["kind"]]
        texture = next((one for one in textures if one["name"] == item["name"] and one["missing"]), None)
        if item["kind"] == "texture" and texture is not None and texture["expected"] > 1:
            what = "tiles" if texture["kind"] == "tiled" else "pictures"
            sentence = f"Of {{path}} only {texture['found']} of {texture['expected']} {what} are there; Blender shows pink for the others."
        yield code, sentence.format(**item), item["path"]
    if opened.format != "blend":
        return
    yield from _of_version(opened)
    if not opened.trust:
        drivers, texts = inspection.blocked_drivers(), inspection.autorun_texts()
        if drivers:
            yield ("DRIVERS_BLOCKED", f"{len(drivers)} drivers need Python and were not run, so things may stand elsewhere: {_list(drivers)}.",
                   str(len(drivers)))
        if texts:
            yield "SCRIPTS_BLOCKED", f"{len(texts)} scripts in the file would run when it opens and were not: {_list(texts)}.", str(len(texts))
    scene = opened.scene
    for node in file_output.nodes(scene):
        yield ("FILE_OUTPUT_REDIRECTED",
               f"The File Output node {node.name} writes to {file_output.base_path(node)}; its pictures are kept with the results instead.", node.name)
    simulations = dependencies.unbaked_simulations(scene)
    if simulations:
        yield ("SIMULATION_UNBAKED",
               f"Simulations without a bake must be rendered from their first frame, in order: {_list(simulations)}.", scene.name)
    addons = _of_addons()
    if addons:
        yield ("UNKNOWN_ADDON",
               f"The file uses nodes that this Blender does not know, from an add-on or a newer version: {_list(addons)}.", str(len(addons)))


def is_colour_complaint(line: str) -> bool:
    """Whether Blender prints that a view, look, display or colour space of the file is not in its configuration."""
    lower = line.lower()
    return lower.startswith("color management") and ("not found" in lower or "setting default" in lower or "using" in lower)


def _of_addons() -> list[str]:
    """Where nodes stand whose type is registered nowhere."""
    found = set()
    for tree in dependencies.node_trees():
        for node in tree.nodes:
            if node.bl_idname in ("NodeUndefined", "") or not hasattr(bpy.types, node.bl_idname):
                found.add(f"{node.name} in {tree.name}")
    return sorted(found)


def _of_version(opened: Opened) -> Iterator[tuple[str, str, str]]:
    saved, own = tuple(bpy.data.version), tuple(bpy.app.version)
    if opened.header is not None and opened.header.version is not None:
        saved = (*opened.header.version, 0)
    if saved[:2] > own[:2]:
        yield ("NEWER_MINOR_VERSION",
               f"The file was saved by Blender {saved[0]}.{saved[1]} and is rendered by {bpy.app.version_string}; what is new in it may be lost.",
               f"{saved[0]}.{saved[1]}")


def _list(names: list[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
