"""Loads a file afresh: nothing of what was open before survives it."""

from __future__ import annotations

import os
from dataclasses import dataclass, field

import bpy

from . import blend_header, importers, stage
from .errors import Failure, failure_from_text

FORMATS = ("blend", *importers.FORMATS)


@dataclass
class Opened:
    """What is open now."""

    root: str
    format: str
    path: str
    trust: bool
    scene_name: str
    header: blend_header.BlendHeader | None = None
    stage: list[str] = field(default_factory=list)

    @property
    def scene(self) -> bpy.types.Scene:
        return bpy.data.scenes[self.scene_name]

    def choose_scene(self, name: str) -> None:
        if name not in bpy.data.scenes:
            raise Failure("SCENE_UNKNOWN", f"{os.path.basename(self.root)} has no scene {name}; it has {', '.join(bpy.data.scenes.keys())}.")
        self.scene_name = name


def load(root: str, file_format: str, path: str, trust: bool) -> Opened:
    """Loads a model file. Raises Failure when this Blender cannot; then nothing is open."""
    if file_format not in FORMATS:
        raise Failure("BAD_REQUEST", f"There is no format {file_format!r}; Kiln opens {', '.join(FORMATS)}.")
    name = os.path.basename(root)  # what a person calls it; the folder is one of the host's
    if not os.path.isfile(path):
        raise Failure("FILE_MISSING", f"The file {name} is not there.")
    reset_preferences()
    header = None
    try:
        if file_format == "blend":
            header = _load_blend(name, path, trust)
        else:
            empty()
            importers.load(name, file_format, path)
            stage.set_defaults(bpy.context.scene)
    except BaseException:
        empty()
        raise
    return Opened(root, file_format, path, trust and file_format == "blend", bpy.context.scene.name, header)


def empty() -> None:
    """Nothing open: the factory scene without its objects."""
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True, load_ui=False)


def reset_preferences() -> None:
    """Preferences that a request may change go back to what the session started with."""
    preferences = bpy.context.preferences
    preferences.filepaths.use_scripts_auto_execute = False
    cycles = preferences.addons.get("cycles")
    if cycles is not None:
        try:
            cycles.preferences.compute_device_type = "NONE"
        except TypeError:
            pass  # a build that knows no device types


def _load_blend(root: str, path: str, trust: bool) -> blend_header.BlendHeader:
    header = blend_header.read(path)
    if header.kind == "pointer":
        raise Failure("FILE_UNREADABLE", f"{root} is a Git LFS pointer, not the file itself. Fetch it with: git lfs pull")
    if header.kind == "unknown":
        raise Failure("FILE_UNREADABLE", f"{root} is not a .blend file: it does not begin like one.")
    try:
        # Python from the file runs only when a person trusts it. The file's own windows decide its active scene and
        # layer, as they do for plain `blender -b FILE`.
        result = bpy.ops.wm.open_mainfile(filepath=path, load_ui=True, use_scripts=trust, display_file_selector=False)
    except RuntimeError as problem:
        raise _unreadable(root, str(problem), header) from problem
    if "FINISHED" not in result:
        raise _unreadable(root, "Blender did not say why.", header)
    loaded = bpy.data.filepath
    if not loaded or os.path.realpath(loaded) != os.path.realpath(path):
        raise Failure(
            "WRONG_FILE_LOADED",
            f"Blender was told to open {root} but holds {os.path.basename(loaded) or 'its start-up scene'}. Nothing was rendered.")
    return header


def _unreadable(root: str, said: str, header: blend_header.BlendHeader) -> Failure:
    resource = failure_from_text(said)
    if resource is not None:
        return resource
    version = bpy.app.version
    if header.version is not None and header.version > (version[0], version[1]):
        return Failure(
            "FILE_NEWER",
            f"{root} was saved by Blender {header.version[0]}.{header.version[1]}, and this is {bpy.app.version_string}. "
            "Render it with a Blender at least that new.", detail=said)
    if "newer" in said.lower() or "incomplete header" in said.lower():
        return Failure(
            "FILE_NEWER", f"{root} cannot be read by Blender {bpy.app.version_string}: it may be from a newer version. "
            "Render it with a newer Blender.", detail=said)
    return Failure(
        "FILE_UNREADABLE", f"{root} cannot be read by Blender {bpy.app.version_string}: it is damaged or was not copied whole. "
        "Copy it again, or save it again.", detail=said)
