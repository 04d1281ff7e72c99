"""File Output nodes: their pictures go into the attempt's folder, whatever the file says."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

import bpy

from .journal import Journal

_UNSAFE = re.compile(r"[^\w.#-]+")


def compositor_tree(scene: bpy.types.Scene):
    """The compositor's nodes of a scene that uses them, else None. Blender 5 keeps them as a group of their own."""
    if hasattr(scene, "compositing_node_group"):
        return scene.compositing_node_group
    return scene.node_tree if scene.use_nodes else None


def nodes(scene: bpy.types.Scene) -> Iterator:
    """The File Output nodes of a scene's compositor, groups included, each once."""
    seen = set()

    def walk(tree) -> Iterator:
        if tree is None or tree.as_pointer() in seen:
            return
        seen.add(tree.as_pointer())
        for node in tree.nodes:
            if node.bl_idname == "CompositorNodeOutputFile":
                yield node
            elif getattr(node, "node_tree", None) is not None:
                yield from walk(node.node_tree)

    yield from walk(compositor_tree(scene))


def base_path(node) -> str:
    return node.directory if hasattr(node, "directory") else node.base_path


def is_absolute(path: str) -> bool:
    return bool(path) and not path.startswith("//") and (path.startswith(("/", "\\", "~")) or path[1:2] == ":")


def safe_name(name: str) -> str:
    """One path element that no file system minds."""
    return _UNSAFE.sub("_", name).strip("._") or "node"


class FileOutputs:
    """Redirects a scene's File Output nodes, and finds what they wrote after each frame."""

    def __init__(self, scene: bpy.types.Scene, folder: str, journal: Journal) -> None:
        self._folders: dict[str, str] = {}
        self._known: dict[str, tuple[int, int]] = {}
        for node in nodes(scene):
            name = safe_name(node.name)
            while name in self._folders:
                name += "_"
            target = os.path.join(folder, name)
            os.makedirs(target, exist_ok=True)
            self._folders[name] = target
            self._redirect(node, target, journal)
        self.collect(None)  # what an earlier request left there is not this one's

    @staticmethod
    def _redirect(node, target: str, journal: Journal) -> None:
        layered = node.format.file_format == "OPEN_EXR_MULTILAYER"
        if hasattr(node, "directory"):
            journal.set(node, "directory", target)
            journal.set(node, "file_name", safe_name(node.file_name) if node.file_name else "")
            return
        # For a layered file the base path is the beginning of the file's name, not a folder.
        stem = safe_name(os.path.basename(node.base_path.replace("\\", "/").rstrip("/"))) if layered else ""
        journal.set(node, "base_path", os.path.join(target, stem))
        if not layered:
            for slot in node.file_slots:
                if slot.path.startswith(("/", "\\")) or ".." in slot.path or ":" in slot.path:
                    journal.set(slot, "path", safe_name(slot.path))

    def collect(self, frame: int | None) -> list[tuple[str, str]]:
        """(node, path) of what is new or rewritten since the last call. A name gets the frame's number where Blender gave it
        none (5.x does so for single frames), or the next frame would take its place."""
        found = []
        for name, folder in self._folders.items():
            for parent, _, files in os.walk(folder):
                for file in sorted(files):
                    path = os.path.join(parent, file)
                    if self._known.get(path) == _mark(path):
                        continue
                    if frame is not None:
                        path = _numbered(path, frame)
                    self._known[path] = _mark(path)
                    found.append((name, path))
        return found


def _mark(path: str) -> tuple[int, int]:
    status = os.stat(path)
    return status.st_mtime_ns, status.st_size


def _numbered(path: str, frame: int) -> str:
    stem, extension = os.path.splitext(path)
    number = f"{frame:04d}"
    if number in os.path.basename(stem):
        return path
    os.replace(path, stem + number + extension)
    return stem + number + extension
