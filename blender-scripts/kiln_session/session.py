"""One session: takes requests, serves them one after the other, and answers each with one final event."""

from __future__ import annotations

import json
import os
import queue
import shutil
import sys
import threading
import traceback
from collections.abc import Callable

import bpy

from . import (
    PROTOCOL, encode, file_output, file_warnings, inspection, merge, mesh, opening, preview, render, self_test, settings as setting, stage,
)
from .cancel import Canceller, native_interrupt
from .channel import Channel, OutputTap, read_lines
from .errors import Cancelled, Failure, failure_from_exception
from .journal import Journal
from .materials import MaterialBuilder
from .paths import Folder
from .progress import ProgressReporter

# From this version on the render_stats handlers are given the text; before, it is only printed.
_STATS_IN_HANDLERS = (4, 2, 0)


class Session:
    """The state of a session and its verbs (the methods named do_*), which run on Blender's main thread."""

    def __init__(self, folder_in: str, folder_out: str, threads: int, finish: bool) -> None:
        self.channel = Channel()
        self.folder_in = Folder(folder_in)
        self.folder_out = Folder(folder_out)
        self.threads = threads
        self.opened: opening.Opened | None = None
        self.warnings: list[dict] = []
        self._stage: preview.PreviewStage | None = None
        self.canceller = Canceller(native_interrupt())
        self.reporter = ProgressReporter(self.channel.send)
        self._finish = finish
        self._requests: queue.Queue[dict | None] = queue.Queue()
        self._busy: str | None = None
        self._waiting: set[str] = set()
        self._previews: set[str] = set()
        self._lock = threading.Lock()
        self._ended = False
        self._last_open: dict = {}
        self._complaints: list[str] = []

    # -- life --------------------------------------------------------------------------------------------------

    def run(self) -> None:
        """Serves until close or the end of input, then ends the process with 0."""
        self._watch_statistics()
        read_lines(self._take, self._input_ended)
        self.channel.send(
            "ready", protocol=PROTOCOL, version=".".join(map(str, bpy.app.version)), build_hash=_text(bpy.app.build_hash),
            build_platform=_text(bpy.app.build_platform), pid=os.getpid())
        while True:
            request = self._requests.get()
            if request is None or self._ended:
                break
            self._serve(request)
            if request.get("op") == "close":
                break
        self._leave()

    def _leave(self) -> None:
        # Ended here and now: Blender's own way out waits for threads, and exits with 1 after a cancelled render.
        sys.stdout.flush()
        sys.stderr.flush()
        self._tap.close()
        shutil.rmtree(bpy.app.tempdir, ignore_errors=True)
        os._exit(0)

    def _watch_statistics(self) -> None:
        stats_are_printed = bpy.app.version < _STATS_IN_HANDLERS

        def on_line(text: str) -> None:
            if stats_are_printed:
                self.reporter.line(text)
            if file_warnings.is_colour_complaint(text) and text not in self._complaints:
                self._complaints.append(text.strip())

        self._tap = OutputTap(on_line)
        self.reporter.settle = self._tap.settle

        @bpy.app.handlers.persistent
        def on_statistics(text: object = None, *_: object) -> None:
            if isinstance(text, str):
                self.reporter.line(text)

        if not stats_are_printed:
            bpy.app.handlers.render_stats.append(on_statistics)

    # -- on the thread that reads ------------------------------------------------------------------------------

    def _take(self, line: bytes) -> None:
        try:
            request = json.loads(line)
            if not isinstance(request, dict):
                raise ValueError("a request is a JSON object")
            number, verb = request.get("id"), request.get("op")
            if not isinstance(number, str) or not number:
                raise ValueError("a request needs an id that is a text")
        except (ValueError, RecursionError) as problem:
            self.channel.send(
                "error", id=None, kind="permanent", code="BAD_REQUEST", message=f"A line that is no request was ignored: {problem}.", detail="")
            return
        if verb == "ping":
            self.channel.send("done", id=number, result={"busy": self._busy})
        elif verb == "cancel":
            target = request.get("target")
            with self._lock:
                known = isinstance(target, str) and (target == self._busy or target in self._waiting)
            if known:
                self.canceller.cancel(target)
            self.channel.send("done", id=number, result={})
        else:
            with self._lock:
                self._waiting.add(number)
            self.before_queueing(number, request)
            self._requests.put(request)

    def before_queueing(self, number: str, request: dict) -> None:
        """A newer preview takes the place of one that runs or waits."""
        if request.get("op") == "preview":
            with self._lock:
                older = list(self._previews)
                self._previews.add(number)
            for other in older:
                self.canceller.cancel(other)

    def _input_ended(self) -> None:
        if not self._finish:
            self._ended = True
            self.canceller.cancel_all()
        self._requests.put(None)

    # -- on the main thread ------------------------------------------------------------------------------------

    def _serve(self, request: dict) -> None:
        number = request["id"]
        with self._lock:
            self._busy = number
            self._waiting.discard(number)
        event, fields = "error", {}
        try:
            self.canceller.check(number)
            handler: Callable | None = getattr(self, f"do_{request.get('op')}", None)
            if handler is None:
                raise Failure("BAD_REQUEST", f"There is no request {request.get('op')!r}.")
            event, fields = "done", {"result": handler(number, request)}
        except Cancelled:
            event, fields = "cancelled", {}
        except BaseException as problem:  # noqa: BLE001  whatever a handler did, the session lives on
            failure = failure_from_exception(problem, traceback.format_exc())
            event = "error"
            fields = {"kind": failure.kind, "code": failure.code, "message": str(failure), "detail": failure.detail}
        finally:
            with self._lock:
                self._busy = None
                self._previews.discard(number)
            self.canceller.forget(number)
            self.channel.send(event, id=number, **fields)

    def warn(self, number: str, code: str, message: str, subject: str = "") -> None:
        self.warnings.append({"code": code, "message": message, "subject": subject})
        self.channel.send("warning", id=number, code=code, message=message, subject=subject)

    # -- verbs -------------------------------------------------------------------------------------------------

    def do_close(self, number: str, request: dict) -> dict:
        return {}

    def do_self_test(self, number: str, request: dict) -> dict:
        self.opened = None
        engines = request.get("engines")
        if engines is None:
            engines = ["cycles", "eevee", "workbench"]
        if not isinstance(engines, list) or not all(engine in ("cycles", "eevee", "workbench") for engine in engines):
            raise Failure("BAD_REQUEST", "engines must be a list of cycles, eevee and workbench.")
        return self_test.run(engines, self.folder_out, lambda message: self.channel.send("log", id=number, level="warning", message=message))

    def do_open(self, number: str, request: dict) -> dict:
        self._open(number, request)
        opened = self.opened
        return {
            "root": opened.root, "format": opened.format, "scene": opened.scene_name, "frame": opened.scene.frame_current,
            "stage": opened.stage}

    def _open(self, number: str, request: dict, quiet: bool = False) -> None:
        self.opened = None
        self.warnings = []
        self._last_open = {**request, "scene": request.get("scene")}
        self._complaints.clear()
        root = request.get("root")
        path = self.folder_in.resolve(root)
        opened = opening.load(root, request.get("format"), path, bool(request.get("trust")))
        name = request.get("scene")
        if name is not None:
            opened.choose_scene(name)
        if not quiet:
            self._warn_of_file(number, opened)
            self._warn_of_differences(number, opened.scene, request.get("seen"))
        if request.get("stage", True):
            add = stage.for_blend if opened.format == "blend" else stage.for_mesh
            opened.stage = add(opened.scene, lambda *warning: None if quiet else self.warn(number, *warning))
        self.opened = opened

    def _warn_of_file(self, number: str, opened: opening.Opened) -> None:
        for code, message, subject in file_warnings.of(opened):
            self.warn(number, code, message, subject)
        self._tap.settle()
        for complaint in list(self._complaints):
            self.warn(number, "VIEW_TRANSFORM_MISSING", f"Colours may differ: this Blender says \"{complaint}\"", complaint)

    def _warn_of_differences(self, number: str, scene: bpy.types.Scene, seen: object) -> None:
        if seen is None:
            return
        if not isinstance(seen, dict):
            raise Failure("BAD_REQUEST", "seen must be a scene as inspect gives it, or null.")
        found = inspection.differences(scene, seen)
        if found:
            self.warn(
                number, "SCENE_MISMATCH",
                f"The scene {scene.name} is not as it was when the model was looked into: {'; '.join(found)}. See whether a linked file or a"
                " script changes it.", scene.name)

    def _warn_of_empty_scenes(self, number: str) -> None:
        for scene in bpy.data.scenes:
            if stage.is_empty(scene):
                self.warn(number, "NOTHING_TO_RENDER", stage.nothing_in(scene), scene.name)

    def do_inspect(self, number: str, request: dict) -> dict:
        if self._is_open(request) and not self.opened.stage:
            self.warnings = []
            self._warn_of_file(number, self.opened)
            self._warn_of_empty_scenes(number)
            return inspection.inspect(self.opened, self.warnings)
        # Looked at as it is: what was added to render it is no part of the model.
        staged = self._last_open if self._is_open(request) else None
        self._open(number, {**request, "scene": staged["scene"] if staged else None, "stage": False})
        self._warn_of_empty_scenes(number)
        result = inspection.inspect(self.opened, self.warnings)
        self.opened = None
        if staged is not None:
            self._open(number, staged, quiet=True)
        return result

    def _is_open(self, request: dict) -> bool:
        opened = self.opened
        return opened is not None and opened.root == request.get("root") and opened.format == request.get("format") and \
            opened.trust == bool(request.get("trust"))

    def do_render(self, number: str, request: dict) -> dict:
        if self.opened is None:
            raise Failure("NOT_OPEN", "Nothing is open: send open first.")
        wanted = setting.Settings.parse(request.get("settings"))
        listed = request.get("outputs")
        if not isinstance(listed, list) or not listed:
            raise Failure("BAD_REQUEST", "outputs must be a list of at least one output.")
        outputs = [render.Output.parse(item) for item in listed]
        draft = _draft(request.get("draft"))
        scene = self.opened.scene
        renderer = render.Renderer(number, scene, self.folder_out, request.get("folder"), self.channel.send, self.canceller, self.reporter)
        builder = MaterialBuilder(self.folder_in.resolve)
        journal = Journal()
        try:
            applied = setting.apply(scene, wanted, self.threads, builder, journal)
            self._warn_of_settings(number, wanted, applied, builder)
            return renderer.render(outputs, applied, draft, bool(request.get("tiles")), journal)
        finally:
            for problem in journal.restore():
                self.channel.send("log", id=number, level="warning", message=f"A setting could not be put back: {problem}")

    def do_thumbnail(self, number: str, request: dict) -> dict:
        """A quick look at a model with its own camera and lights, as large as fits into the asked size."""
        width, height = _whole(request, "width", 16, 4096), _whole(request, "height", 16, 4096)
        path = self.folder_out.resolve(request.get("path"))
        self._open(number, {**request, "trust": False, "scene": None, "stage": True})
        scene = self.opened.scene
        self.opened = None  # the scene is changed below for good
        shape = scene.render.resolution_x * scene.render.pixel_aspect_x / (scene.render.resolution_y * scene.render.pixel_aspect_y)
        if width / height > shape:
            width = max(4, round(height * shape))
        else:
            height = max(4, round(width / shape))
        for node in file_output.nodes(scene):
            node.mute = True
        scene.render.use_multiview = False
        scene.render.use_border = False
        wanted = setting.Settings(
            engine="cycles", samples=24, noise_threshold=0.05, width=width, height=height, format="png",
            denoise="on" if setting.denoisers() else "off", device="auto")
        folder, name = os.path.split(path)
        renderer = render.Renderer(
            number, scene, self.folder_out, self.folder_out.relative(folder), lambda *_, **__: None, self.canceller, self.reporter)
        journal = Journal()
        try:
            applied = setting.apply(scene, wanted, self.threads, MaterialBuilder(), journal)
            renderer.render([render.Output("thumbnail", scene.frame_current, "", "", name)], applied, None, False, journal)
        finally:
            journal.restore()
        return {"path": self.folder_out.relative(path), "width": width, "height": height}

    def do_preview(self, number: str, request: dict) -> dict:
        size, batches, samples = (_whole(request, name, low, high) for name, low, high in (
            ("size", 32, 2048), ("batches", 1, 256), ("batch_samples", 1, 4096)))
        material, slot, shape = request.get("material"), request.get("slot"), request.get("shape", "ball")
        if not isinstance(material, dict) or not (slot is None or isinstance(slot, str)):
            raise Failure("BAD_REQUEST", "material must be an object, and slot a name or null.")
        prefix = request.get("path")
        self.folder_out.resolve(f"{prefix}00.png")
        model = self.opened if shape == "model" else None
        light = request.get("light", "studio")
        if self._stage is None or not self._stage.fits(shape, light, model):
            if self._stage is not None:
                self._stage.close()
            if model is None:
                self.opened = None  # the shapes stand in a file of their own
            self._stage = preview.PreviewStage(shape, light, model)
        journal = Journal()
        builder = MaterialBuilder(self.folder_in.resolve)
        paths = [f"{prefix}{batch:02d}.png" for batch in range(batches + 1)]
        try:
            self._stage.dress(material, slot, builder, journal)
            with self.canceller.rendering(number):
                preview.preview(
                    self._stage.scene, size, batches, samples, lambda batch: self.folder_out.resolve(paths[batch]),
                    lambda: self.canceller.check(number),
                    lambda batch, done: self.channel.send("picture", id=number, path=paths[batch], samples=done, of=batches * samples), self.threads)
        finally:
            journal.restore()
        return {"path": paths[-1], "samples": batches * samples, "lacking": builder.lacking}

    def do_mesh(self, number: str, request: dict) -> dict:
        most = _whole(request, "max_triangles", 1, 1 << 31)
        path = self.folder_out.resolve(request.get("path"))
        self._open(number, {**request, "trust": False, "scene": None, "stage": False})
        opened, self.opened = self.opened, None  # the export changes what is open
        result = mesh.export(opened, path, most)
        opening.empty()
        return {"path": self.folder_out.relative(path), **result}

    def do_merge(self, number: str, request: dict) -> dict:
        inputs = request.get("inputs")
        if not isinstance(inputs, list):
            raise Failure("BAD_REQUEST", "inputs must be a list of paths.")
        path = self.folder_out.resolve(request.get("path"))
        merge.merge([self.folder_in.resolve(item) for item in inputs], path)
        return {"path": self.folder_out.relative(path)}

    def do_encode(self, number: str, request: dict) -> dict:
        self.opened = None
        inputs = request.get("inputs")
        if not isinstance(inputs, list):
            raise Failure("BAD_REQUEST", "inputs must be a list of paths.")
        path = self.folder_out.resolve(request.get("path"))
        pictures = [self.folder_in.resolve(item) for item in inputs]
        self.reporter.begin(number, "", 0, 1)
        try:
            result = encode.encode(pictures, request.get("fps"), path, request.get("codec"), request.get("fit", "pad"), request.get("view_transform"))
        finally:
            self.reporter.end()
        return {"path": self.folder_out.relative(path), **result}

    def _warn_of_settings(self, number: str, wanted: setting.Settings, applied: setting.Applied, builder: MaterialBuilder) -> None:
        if applied.movie_as_png:
            self.warn(number, "MOVIE_AS_PNG", "The scene asks for a movie file; its frames are written as PNG pictures.", self.opened.scene.name)
        if applied.denoise_turned_off:
            self.warn(
                number, "DENOISE_UNAVAILABLE",
                "The file asks for denoising, but this Blender was built without a denoiser; it is rendered without. More samples make up for it.",
                self.opened.scene.name)
        if applied.gpu_missing:
            self.warn(number, "GPU_UNAVAILABLE", "The file asks for a GPU; it is rendered on the CPU.", self.opened.scene.name)
        for parameter in builder.lacking:
            self.channel.send(
                "log", id=number, level="warning", message=f"The Principled shader of Blender {bpy.app.version_string} has no {parameter}; it is left out.")


def _draft(data: object) -> render.Draft | None:
    if data is None:
        return None
    if not isinstance(data, dict):
        raise Failure("BAD_REQUEST", "draft must be an object or null.")
    percent, samples = data.get("percent", 25), data.get("samples", 8)
    if not isinstance(percent, int) or not isinstance(samples, int) or not 1 <= percent <= 100 or samples < 1:
        raise Failure("BAD_REQUEST", "draft needs percent from 1 to 100 and at least one sample.")
    return render.Draft(percent, samples)


def _whole(request: dict, name: str, low: int, high: int) -> int:
    value = request.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise Failure("BAD_REQUEST", f"{name} is {value!r}, but must be a whole number from {low} to {high}.")
    return value


def _text(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
