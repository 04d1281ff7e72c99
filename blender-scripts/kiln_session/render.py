"""Renders outputs one after the other and tells of each as soon as its file is complete."""

from __future__ import annotations

import os
import queue
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import bpy

from . import pictures, settings as setting
from .cancel import Canceller
from .errors import Cancelled, Failure, RESOURCE, TRANSIENT, failure_from_text
from .file_output import FileOutputs
from .frames import FrameWalk
from .journal import Journal
from .paths import Folder
from .progress import ProgressReporter

_LEAST_ROOM = 1024 * 1024


def tile_size(pixels: int, samples: int) -> int:
    """The tiles with which Cycles sees a cancel soonest.

    It looks for one between tiles (3.4 takes all samples of a tile in one go while they fit into 30 s), so small tiles are good;
    but a broken-off frame still writes each missing tile as black into its buffer file, so many tiles are bad. Both times are
    equal where the fourth power of the side is area * time per tile * speed / samples; time (2 ms) and speed (3 million samples
    a second) are those of two slow cores, and the root forgives an error of either.
    """
    side = (pixels * 0.002 * 3e6 / max(1, samples)) ** 0.25
    return min(512, max(16, 8 * round(side / 8)))


@dataclass(frozen=True)
class Output:
    """One picture that is owed."""

    key: str
    frame: int
    layer: str
    view: str
    path: str

    @staticmethod
    def parse(data: object) -> "Output":
        if not isinstance(data, dict):
            raise Failure("BAD_REQUEST", "An output must be an object.")
        key, frame, path = data.get("key"), data.get("frame"), data.get("path")
        if not isinstance(key, str) or isinstance(frame, bool) or not isinstance(frame, int) or not isinstance(path, str):
            raise Failure("BAD_REQUEST", "An output needs a key, a whole frame number and a path.")
        if not -1048574 <= frame <= 1048574:
            raise Failure("BAD_REQUEST", f"Blender has no frame {frame}: frames go from -1048574 to 1048574.")
        return Output(key, frame, data.get("layer") or "", data.get("view") or "", path)


@dataclass(frozen=True)
class Draft:
    """A small, quick picture that comes before the real one."""

    percent: int
    samples: int


class RenderCall:
    """Blender's render operator, without the updates of the viewport's scene that bpy.ops makes around each call.

    Handlers tell whether a render was completed: 3.4 calls a cancelled one finished.
    """

    def __init__(self) -> None:
        self._completed = False

    def __enter__(self) -> "RenderCall":
        bpy.app.handlers.render_complete.append(self._on_complete)
        return self

    def __exit__(self, *_: object) -> None:
        if self._on_complete in bpy.app.handlers.render_complete:
            bpy.app.handlers.render_complete.remove(self._on_complete)

    def _on_complete(self, *_: object) -> None:
        self._completed = True

    def run(self, scene: bpy.types.Scene) -> bool:
        """Renders the scene's current frame into its file path; false when it was broken off."""
        self._completed = False
        arguments = {"write_still": True, "scene": scene.name}
        call = _native_call()
        if call is None:
            bpy.ops.render.render(**arguments)
        elif bpy.app.version >= (4, 0, 0):
            call("render.render", arguments)
        else:
            call("render.render", None, arguments)
        return self._completed


def _native_call() -> Callable | None:
    """What bpy.ops is made of, where it can be had (up to 4.x)."""
    try:
        from _bpy import ops
    except ImportError:
        return None
    return getattr(ops, "call", None)


class Hasher:
    """Digests files and sends their events on a thread of its own, in order, while the next frame renders."""

    def __init__(self, send: Callable[..., None]) -> None:
        self._send = send
        self._queue: queue.Queue = queue.Queue()
        self._problem: BaseException | None = None
        self.events: list[dict] = []
        self._thread = threading.Thread(target=self._loop, name="kiln-digest", daemon=True)
        self._thread.start()

    def put(self, fields: dict, path: str, extras: list[tuple[str, str, str]]) -> None:
        """extras: (node, path for the host, real path)."""
        self._queue.put((fields, path, extras))

    def finish(self) -> list[dict]:
        self._queue.put(None)
        self._thread.join()
        if self._problem is not None:
            raise self._problem
        return self.events

    def _loop(self) -> None:
        while True:
            item = self._queue.get()
            if item is None:
                return
            if self._problem is not None:
                continue
            try:
                self._one(*item)
            except BaseException as problem:  # noqa: BLE001  raised again by finish, on the thread that can answer
                self._problem = problem

    def _one(self, fields: dict, path: str, extras: list[tuple[str, str, str]]) -> None:
        sha256, size = pictures.digest(path)
        listed = []
        for node, shown, real in extras:
            extra_sha256, extra_size = pictures.digest(real)
            listed.append({"node": node, "path": shown, "sha256": extra_sha256, "bytes": extra_size})
        event = {**fields, "sha256": sha256, "bytes": size, "extra": listed}
        self.events.append({"event": "output", **event})
        self._send("output", **event)


class Renderer:
    """One render request."""

    def __init__(
        self, number: str, scene: bpy.types.Scene, out: Folder, folder: str, send: Callable[..., None],
        canceller: Canceller, reporter: ProgressReporter,
    ) -> None:
        self._number = number
        self._scene = scene
        self._out = out
        self._folder = out.resolve(folder)
        self._send = send
        self._canceller = canceller
        self._reporter = reporter

    def render(self, outputs: list[Output], applied: setting.Applied, draft: Draft | None, tiles: bool, journal: Journal) -> dict:
        """Renders all outputs; the settings are already in the scene. Returns the manifest."""
        for output in outputs:
            self._check_output(output)
        started = time.monotonic()
        render = self._scene.render
        os.makedirs(self._folder, exist_ok=True)
        self._check_room()
        frames = {output.frame for output in outputs}
        journal.set(render, "use_persistent_data", render.use_persistent_data or len(frames) > 1 or draft is not None)
        journal.set(render, "filepath", render.filepath)
        if tiles and setting.engine_word(render.engine) == "cycles":
            journal.set(self._scene.cycles, "use_auto_tile", True)
            journal.set(self._scene.cycles, "tile_size", tile_size(_area(render), self._scene.cycles.samples))
        self._extras = FileOutputs(self._scene, os.path.join(self._folder, "nodes"), journal)
        self._walk = FrameWalk(self._scene, lambda: self._canceller.check(self._number))
        self._device = applied.device
        self._samples = setting.samples_of(self._scene)
        self._hasher = Hasher(lambda event, **fields: self._send(event, **fields))
        try:
            with RenderCall() as self._call:
                for group in _groups(outputs):
                    self._canceller.check(self._number)
                    before = 0.0
                    if draft is not None and not group[0].layer and not group[0].view:
                        before = self._render_draft(group[0], draft)
                    self._render_group(group, before)
        finally:
            events = self._hasher.finish()
        return {"outputs": events, "seconds": round(time.monotonic() - started, 6)}

    def _check_output(self, output: Output) -> None:
        Folder(self._folder).resolve(output.path)
        if output.layer and output.layer not in self._scene.view_layers:
            raise Failure(
                "LAYER_UNKNOWN", f"The scene {self._scene.name} has no view layer {output.layer}; it has {', '.join(self._scene.view_layers.keys())}.")
        if output.view and not any(view.name == output.view for view in self._scene.render.views):
            raise Failure("BAD_REQUEST", f"The scene {self._scene.name} has no stereo view {output.view}.")

    def _check_room(self) -> None:
        if self._disk_is_full():
            raise Failure("DISK_FULL", "There is no room for the pictures: the disk is full. Free some space, then retry.", RESOURCE)

    def _disk_is_full(self) -> bool:
        """Blender needs room for its tiles in its temporary folder too."""
        return any(
            os.path.isdir(folder) and shutil.disk_usage(folder).free < _LEAST_ROOM for folder in (self._folder, bpy.app.tempdir))

    def _render_group(self, group: list[Output], before: float) -> None:
        """Outputs that one run of the renderer gives: one picture, or the views of one frame."""
        first = group[0]
        changes = Journal()
        try:
            if first.layer:
                self._choose_layer(first.layer, changes)
            self._choose_views([output.view for output in group if output.view], changes)
            target = os.path.join(self._folder, first.path)
            seconds = before + self._run(first, target, changes)
            self._place_views(group, target)
        finally:
            changes.restore()
        self._canceller.check(self._number)
        extras = [] if first.layer else [(node, self._out.relative(path), path) for node, path in self._extras.collect(first.frame)]
        for output in group:
            self._tell(output, seconds / len(group), extras if output is first else [])

    def _choose_layer(self, name: str, changes: Journal) -> None:
        for layer in self._scene.view_layers:
            if layer.use != (layer.name == name):
                changes.set(layer, "use", layer.name == name)
        changes.set(self._scene.render, "use_compositing", False)
        changes.set(self._scene.render, "use_sequencer", False)

    def _choose_views(self, names: list[str], changes: Journal) -> None:
        """The mono picture of a stereo file is one without views, except where plain Blender packs both into one picture."""
        render = self._scene.render
        image = render.image_settings
        if not names:
            if render.use_multiview and image.views_format == "INDIVIDUAL":
                changes.set(render, "use_multiview", False)
            return
        changes.set(render, "use_multiview", True)
        changes.set(image, "views_format", "INDIVIDUAL")
        for view in render.views:
            if view.use != (view.name in names):
                changes.set(view, "use", view.name in names)

    def _view_path(self, target: str, name: str) -> str:
        """Where Blender writes that view: the view's suffix goes before the extension."""
        suffix = next(view.file_suffix for view in self._scene.render.views if view.name == name)
        stem, extension = os.path.splitext(target)
        return f"{stem}{suffix}{extension}"

    def _place_views(self, group: list[Output], target: str) -> None:
        for output in group:
            if not output.view:
                continue
            written = self._view_path(target, output.view)
            if not os.path.isfile(written):
                raise Failure(
                    "OUTPUT_MISSING", f"Blender rendered frame {output.frame} but wrote no picture for the view {output.view}.", TRANSIENT)
            os.replace(written, os.path.join(self._folder, output.path))

    def _run(self, output: Output, target: str, changes: Journal) -> float:
        """One call of the renderer; returns its seconds, raises when there is no picture."""
        scene = self._scene
        os.makedirs(os.path.dirname(target), exist_ok=True)
        if os.path.lexists(target):
            os.remove(target)  # a picture of an earlier attempt must not pass for this one's
        self._walk.to(output.frame)
        # Assigned before each render: persistent data notices only changes of the scene itself, not of Cycles' settings.
        scene.render.filepath = target
        layers = sum(1 for layer in scene.view_layers if layer.use)
        views = sum(1 for view in scene.render.views if view.use) if scene.render.use_multiview else 1
        self._reporter.begin(self._number, output.key, output.frame, layers * views)
        started = time.monotonic()
        try:
            with self._canceller.rendering(self._number):
                completed = self._call.run(scene)
            self._reporter.settle()
            if completed:
                self._reporter.complete()
        except RuntimeError as problem:
            self._canceller.check(self._number)
            raise self._render_failure(output, str(problem)) from problem
        finally:
            seconds = time.monotonic() - started
            self._reporter.end()
        if not completed:
            self._canceller.check(self._number)
            raise self._render_failure(output, "Blender broke the render off and did not say why.")
        written = self._view_path(target, output.view) if output.view else target
        if scene.render.use_file_extension:
            _take_off_extension(written, scene.render.file_extension)
        if not os.path.isfile(written) or os.path.getsize(written) == 0:
            self._canceller.check(self._number)
            self._check_room()
            raise Failure("OUTPUT_MISSING", f"Blender said that frame {output.frame} was rendered, but wrote no picture.", TRANSIENT)
        return seconds

    def _render_failure(self, output: Output, said: str) -> Failure:
        known = failure_from_text(said)
        if known is not None:
            return known
        if self._disk_is_full():
            return Failure("DISK_FULL", "The picture could not be written: the disk is full. Free some space, then retry.", RESOURCE, said)
        words = " ".join(line.strip().removeprefix("Error: ") for line in said.strip().splitlines() if line.strip())
        lower = words.lower()
        if "denois" in lower and ("support" in lower or "without" in lower):
            return Failure("DENOISE_UNAVAILABLE", f"Frame {output.frame} was not rendered: {words} Render with denoising off.", detail=said)
        if "camera" in lower and ("no camera" in lower or "cannot render" in lower):
            return Failure("NOTHING_TO_RENDER", f"Frame {output.frame} was not rendered: {words} Choose a camera, or let Kiln add one.", detail=said)
        if any(word in lower for word in ("cuda", "optix", "hip error", "oneapi", "metal")):
            return Failure("GPU_UNAVAILABLE", f"The GPU failed at frame {output.frame}: {words}", TRANSIENT, said)
        return Failure("OUTPUT_MISSING", f"Frame {output.frame} was not rendered: {words}", TRANSIENT, said)

    def _render_draft(self, output: Output, draft: Draft) -> float:
        """Returns its seconds, which count as those of the frame."""
        changes = Journal()
        render = self._scene.render
        path = os.path.splitext(os.path.join(self._folder, output.path))[0] + ".draft.png"
        try:
            changes.set(render, "resolution_percentage", max(1, render.resolution_percentage * draft.percent // 100))
            setting.set_samples(self._scene, min(draft.samples, max(1, self._samples)), changes)
            changes.set(render, "use_compositing", False)
            changes.set(render, "use_sequencer", False)
            if render.use_multiview:
                changes.set(render, "use_multiview", False)
            setting.set_png(render.image_settings, changes)
            seconds = self._run(output, path, changes)
        finally:
            changes.restore()
        self._canceller.check(self._number)
        width, height = pictures.size(path) or (0, 0)
        self._send("draft", id=self._number, key=output.key, path=self._out.relative(path), width=width, height=height)
        return seconds

    def _tell(self, output: Output, seconds: float, extras: list[tuple[str, str, str]]) -> None:
        path = os.path.join(self._folder, output.path)
        width, height = pictures.size(path) or self._planned_size()
        camera = self._scene.camera
        self._hasher.put({
            "id": self._number, "key": output.key, "frame": output.frame, "layer": output.layer, "view": output.view,
            "path": self._out.relative(path), "width": width, "height": height, "seconds": round(seconds, 6),
            "camera": camera.name if camera is not None else None, "device": self._device, "samples": self._samples,
        }, path, extras)

    def _planned_size(self) -> tuple[int, int]:
        render = self._scene.render
        width = render.resolution_x * render.resolution_percentage // 100
        height = render.resolution_y * render.resolution_percentage // 100
        if render.use_border and render.use_crop_to_border:
            width = int(width * render.border_max_x) - int(width * render.border_min_x)
            height = int(height * render.border_max_y) - int(height * render.border_min_y)
        return width, height


def _area(render: bpy.types.RenderSettings) -> int:
    return render.resolution_x * render.resolution_y * render.resolution_percentage ** 2 // 10000


def _take_off_extension(path: str, extension: str) -> None:
    """Where Blender was free to change the name's end, the picture gets the name that was asked for."""
    for written in (path + extension, os.path.splitext(path)[0] + extension):
        if written != path and not os.path.exists(path) and os.path.isfile(written):
            os.replace(written, path)


def _groups(outputs: list[Output]) -> Iterator[list[Output]]:
    """Neighbours that are views of one frame and layer come out of one run."""
    group: list[Output] = []
    for output in outputs:
        if group and output.view and group[0].view and (output.frame, output.layer) == (group[0].frame, group[0].layer):
            group.append(output)
            continue
        if group:
            yield group
        group = [output]
    if group:
        yield group
