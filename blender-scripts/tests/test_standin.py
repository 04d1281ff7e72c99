"""The stand-in Blender: python3 -m unittest tests/test_standin.py. It needs no Blender."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import struct
import subprocess
import tempfile
import unittest

STANDIN = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "standin", "blender")
OPEN = {"op": "open", "root": "a.blend", "format": "blend", "trust": False, "scene": None}


def outputs(*frames: int) -> list[dict]:
    return [{"key": f"k{frame}", "frame": frame, "layer": "", "view": "", "path": f"{frame:04d}.png"} for frame in frames]


class StandIn(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder_in, self.folder_out = os.path.join(folder.name, "in"), os.path.join(folder.name, "out")
        os.makedirs(self.folder_in)
        os.makedirs(self.folder_out)
        self.model(b"BLENDER-v403REND")

    def model(self, data: bytes) -> None:
        with open(os.path.join(self.folder_in, "a.blend"), "wb") as target:
            target.write(data)

    def run_session(self, modes: str, *requests: dict, **environment: str) -> tuple[list[dict], int]:
        lines = "".join(json.dumps({"id": str(number), **request}) + "\n" for number, request in enumerate(requests))
        done = subprocess.run(
            [STANDIN, "-b", "-P", "main.py", "--", "--in", self.folder_in, "--out", self.folder_out, "--finish"],
            input=lines.encode(), capture_output=True, timeout=30, check=False, env={**os.environ, "KILN_STANDIN": modes, **environment})
        return [json.loads(line) for line in done.stdout.splitlines() if line.startswith(b"{") and line.endswith(b"}")], done.returncode

    def render(self, *frames: int, **settings: object) -> dict:
        return {"op": "render", "settings": settings, "folder": "f", "outputs": outputs(*frames)}

    def test_it_says_its_version_like_blender(self) -> None:
        answer = subprocess.run([STANDIN, "--version"], capture_output=True, text=True, check=True, env={**os.environ, "KILN_STANDIN_VERSION": "3.4.1"})
        self.assertTrue(answer.stdout.startswith("Blender 3.4.1\n"), answer.stdout)

    def test_a_picture_is_whole_and_depends_on_frame_and_settings_alone(self) -> None:
        digests = []
        for settings in ({}, {}, {"samples": 9}):
            events, code = self.run_session("ok", OPEN, self.render(1, 2, width=40, height=30, **settings), {"op": "close"})
            self.assertEqual(code, 0)
            made = [event for event in events if event["event"] == "output"]
            for event in made:
                with open(os.path.join(self.folder_out, event["path"]), "rb") as source:
                    data = source.read()
                self.assertEqual(struct.unpack(">II", data[16:24]), (40, 30))
                self.assertEqual((hashlib.sha256(data).hexdigest(), len(data)), (event["sha256"], event["bytes"]))
            digests.append([event["sha256"] for event in made])
        self.assertEqual(digests[0], digests[1])
        self.assertEqual(len({*digests[0], *digests[2]}), 4)

    def test_faults_of_the_result(self) -> None:
        for modes, check in {
            "wrong-count": lambda made, data: len(made) == 1,
            "surplus": lambda made, data: len(made) == 3,
            "zero-byte": lambda made, data: made[0]["bytes"] == 0 and data == b"",
            "bad-digest": lambda made, data: hashlib.sha256(data).hexdigest() != made[0]["sha256"],
            "wrong-size": lambda made, data: struct.unpack(">II", data[16:24]) != (made[0]["width"], made[0]["height"]),
        }.items():
            with self.subTest(modes=modes):
                events, _ = self.run_session(modes, OPEN, self.render(1, 2))
                made = next(event for event in events if event["event"] == "done" and event["id"] == "1")["result"]["outputs"]
                with open(os.path.join(self.folder_out, made[0]["path"]), "rb") as source:
                    self.assertTrue(check(made, source.read()))

    def test_faults_that_are_told(self) -> None:
        for modes, code in {"out-of-memory": "OUT_OF_MEMORY", "disk-full": "DISK_FULL", "python-error": "SCRIPT_ERROR"}.items():
            with self.subTest(modes=modes):
                events, _ = self.run_session(modes, OPEN, self.render(1))
                self.assertEqual(events[-1]["code"], code)

    def test_faults_of_the_process(self) -> None:
        for modes, wanted in {"segfault=2": -signal.SIGSEGV, "oom-kill=2": -signal.SIGKILL, "exit-0-no-file=2": 0}.items():
            with self.subTest(modes=modes):
                events, code = self.run_session(modes, OPEN, self.render(1, 2, 3), {"op": "ping"})
                self.assertEqual(code, wanted)
                self.assertEqual([event["frame"] for event in events if event["event"] == "output"], [1])

    def test_once_means_once(self) -> None:
        marker = os.path.join(self.folder_out, "once")
        _, first = self.run_session("segfault", OPEN, self.render(1), KILN_STANDIN_ONCE=marker)
        events, second = self.run_session("segfault", OPEN, self.render(1), KILN_STANDIN_ONCE=marker)
        self.assertEqual((first, second, events[-1]["event"]), (-signal.SIGSEGV, 0, "done"))

    def test_the_model_may_carry_modes_and_values(self) -> None:
        self.model(b'BLENDER-v403KILN-STANDIN{"modes": "python-error=2", "frame_end": 7}')
        events, _ = self.run_session("ok", {"op": "inspect", "root": "a.blend", "format": "blend"}, OPEN, self.render(1, 2))
        self.assertEqual(events[1]["result"]["scenes"][0]["frame_end"], 7)
        self.assertEqual(events[-1]["code"], "SCRIPT_ERROR")

    def test_what_is_no_model_is_refused(self) -> None:
        self.model(b"junk")
        events, _ = self.run_session("ok", OPEN)
        self.assertEqual(events[-1]["code"], "FILE_UNREADABLE")

    def test_a_slow_frame_can_be_cancelled(self) -> None:
        process = subprocess.Popen(
            [STANDIN, "-b", "-P", "main.py", "--", "--in", self.folder_in, "--out", self.folder_out], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, env={**os.environ, "KILN_STANDIN": "slow=60"})
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)

        def send(**request: object) -> None:
            process.stdin.write(json.dumps(request).encode() + b"\n")
            process.stdin.flush()

        send(id="o", **OPEN)
        send(id="r", **self.render(1))
        while json.loads(process.stdout.readline())["event"] != "progress":
            pass
        send(id="c", op="cancel", target="r")
        kinds = [json.loads(process.stdout.readline()) for _ in range(2)]
        self.assertEqual({(event["event"], event["id"]) for event in kinds}, {("done", "c"), ("cancelled", "r")})
        process.stdin.close()
        self.assertEqual(process.wait(timeout=10), 0)


if __name__ == "__main__":
    unittest.main()
