"""What the tests share: a real session over pipes, plain Blender beside it, and pictures as numbers."""

from __future__ import annotations

import json
import os
import queue
import shutil
import subprocess
import tempfile
import threading
import time
import unittest

import bpy
import numpy

HERE = os.path.dirname(os.path.abspath(__file__))
SCRIPTS = os.path.dirname(os.path.dirname(HERE))
ASSETS = os.path.join(SCRIPTS, "tests", "assets")
MAIN = os.path.join(SCRIPTS, "kiln_session", "main.py")
BLENDER = bpy.app.binary_path
NEW = bpy.app.version >= (4, 0, 0)


class SessionProcess:
    """A Blender of the version under test that runs Kiln's program."""

    def __init__(self, folder_in: str, folder_out: str, *options: str) -> None:
        self.process = subprocess.Popen(
            [BLENDER, "-b", "--factory-startup", "-noaudio", "--python-exit-code", "7", "-P", MAIN, "--",
             "--in", folder_in, "--out", folder_out, "--threads", "2", *options],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.events: queue.Queue = queue.Queue()
        self.log: list[bytes] = []
        self.lines: list[bytes] = []
        self._number = 0
        for target in (self._read_events, self._read_log):
            threading.Thread(target=target, daemon=True).start()

    def _read_events(self) -> None:
        for line in self.process.stdout:
            self.lines.append(line)
            # Blender says its version before any script runs; the contract begins with ready.
            if not self.lines or not line.startswith(b"{"):
                continue
            self.events.put(json.loads(line))
        self.events.put(None)

    def _read_log(self) -> None:
        for line in self.process.stderr:
            self.log.append(line)

    def send_line(self, data: bytes) -> None:
        self.process.stdin.write(data + b"\n")
        self.process.stdin.flush()

    def send(self, op: str, **fields: object) -> str:
        self._number += 1
        number = f"r{self._number}"
        self.send_line(json.dumps({"id": number, "op": op, **fields}).encode())
        return number

    def next_event(self, timeout: float = 120.0) -> dict:
        event = self.events.get(timeout=timeout)
        if event is None:
            raise AssertionError("the session ended: " + self.log_text()[-2000:])
        return event

    def wait_for(self, wanted, timeout: float = 120.0) -> tuple[dict, list[dict]]:
        """The first event that is wanted, and all events up to it."""
        end = time.monotonic() + timeout
        seen = []
        while True:
            event = self.next_event(max(0.01, end - time.monotonic()))
            seen.append(event)
            if wanted(event):
                return event, seen

    def final(self, number: str, timeout: float = 120.0) -> tuple[dict, list[dict]]:
        return self.wait_for(lambda event: event.get("id") == number and event["event"] in ("done", "error", "cancelled"), timeout)

    def call(self, op: str, **fields: object) -> dict:
        """The result of a request that must succeed."""
        event, _ = self.final(self.send(op, **fields))
        if event["event"] != "done":
            raise AssertionError(f"{op} ended with {event}")
        return event["result"]

    def failure(self, op: str, **fields: object) -> dict:
        """The error of a request that must fail."""
        event, _ = self.final(self.send(op, **fields))
        if event["event"] != "error":
            raise AssertionError(f"{op} ended with {event}")
        return event

    def warnings_of(self, op: str, **fields: object) -> list[str]:
        event, seen = self.final(self.send(op, **fields))
        if event["event"] != "done":
            raise AssertionError(f"{op} ended with {event}")
        return [one["code"] for one in seen if one["event"] == "warning"]

    def log_text(self) -> str:
        return b"".join(self.log).decode("utf-8", "replace")

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            try:
                stream.close()
            except (OSError, ValueError):
                pass


class SessionTest(unittest.TestCase):
    """Tests with a session of their class, and folders of their own."""

    options: tuple[str, ...] = ()

    @classmethod
    def setUpClass(cls) -> None:
        cls.root = tempfile.mkdtemp(prefix="kiln-test-")
        cls.folder_in, cls.folder_out = os.path.join(cls.root, "in"), os.path.join(cls.root, "out")
        os.makedirs(cls.folder_out)
        shutil.copytree(ASSETS, cls.folder_in)
        cls.session = cls.start()

    @classmethod
    def start(cls, *options: str) -> SessionProcess:
        session = SessionProcess(cls.folder_in, cls.folder_out, *(options or cls.options))
        session.ready, _ = session.wait_for(lambda event: event["event"] == "ready")
        return session

    @classmethod
    def tearDownClass(cls) -> None:
        cls.session.end()
        shutil.rmtree(cls.root, ignore_errors=True)

    def out(self, relative: str) -> str:
        return os.path.join(self.folder_out, relative)

    def open(self, root: str, **fields: object) -> dict:
        return self.session.call("open", root=root, format=root.rsplit(".", 1)[1], trust=False, scene=None, **fields)

    def render(self, folder: str, frames=(1,), settings: dict | None = None, **fields: object) -> list[dict]:
        result = self.session.call("render", settings=settings or {}, folder=folder, outputs=outputs(*frames), **fields)
        return result["outputs"]


def outputs(*frames: int, layer: str = "", view: str = "") -> list[dict]:
    return [{"key": f"f{frame}{layer}{view}", "frame": frame, "layer": layer, "view": view, "path": f"{layer}{view}{frame:04d}.png"} for frame in frames]


def pixels(path: str) -> numpy.ndarray:
    """The decoded picture: height, width, four channels, as Blender reads it without any view transform."""
    image = bpy.data.images.load(path)
    try:
        image.colorspace_settings.name = "Non-Color"
        width, height = image.size
        values = numpy.empty(width * height * image.channels, dtype=numpy.float32)
        image.pixels.foreach_get(values)
        return values.reshape(height, width, image.channels)
    finally:
        bpy.data.images.remove(image)


def plain_blender(file: str, folder: str, frame: int, timeout: float = 300) -> str | None:
    """What `blender -b FILE -o OUT -f N` writes, or None when it writes nothing."""
    os.makedirs(folder, exist_ok=True)
    subprocess.run(
        [BLENDER, "--factory-startup", "-noaudio", "-b", file, "-o", os.path.join(folder, "plain_####"), "-t", "2", "-f", str(frame)],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=timeout, check=False)
    written = sorted(name for name in os.listdir(folder) if name.startswith(f"plain_{frame:04d}"))
    return os.path.join(folder, written[0]) if written else None
