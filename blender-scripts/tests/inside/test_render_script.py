"""The script that a person downloads and runs by hand."""

from __future__ import annotations

import base64
import io
import json
import os
import subprocess
import zipfile

import numpy

from support import BLENDER, SCRIPTS, SessionTest, outputs, pixels


def filled(task: dict) -> str:
    """The template with a task and the program, as Kiln fills it."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as target:
        for name in sorted(os.listdir(os.path.join(SCRIPTS, "kiln_session"))):
            if name.endswith(".py"):
                target.write(os.path.join(SCRIPTS, "kiln_session", name), f"kiln_session/{name}")
    with open(os.path.join(SCRIPTS, "kiln_render_script.py"), encoding="utf-8") as source:
        text = source.read()
    values = {"task": base64.b64encode(json.dumps(task).encode()), "program": base64.b64encode(archive.getvalue())}
    lines = []
    for line in text.split("\n"):
        for mark, value in values.items():
            if line.endswith(f"# kiln:{mark}"):
                line = line.replace('""', f'"{value.decode()}"')
        lines.append(line)
    return "\n".join(lines)


class RenderScript(SessionTest):
    def run_script(self, task: dict, *options: str) -> subprocess.CompletedProcess:
        path = os.path.join(self.root, "script.py")
        with open(path, "w", encoding="utf-8") as target:
            target.write(filled(task))
        return subprocess.run(
            [BLENDER, "-b", "--factory-startup", "-noaudio", "-P", path, "--", "--files", self.folder_in, "-o", os.path.join(self.root, "by-hand"),
             *options], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=False)

    def test_by_hand_the_pixels_are_those_of_the_session(self) -> None:
        task = {"root": "markers.blend", "format": "blend", "settings": {"samples": 4, "camera": "CamB"}, "outputs": outputs(1, 2)}
        done = self.run_script(task)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.open("markers.blend")
        for event in self.render("session", (1, 2), task["settings"]):
            by_hand = pixels(os.path.join(self.root, "by-hand", os.path.basename(event["path"])))
            self.assertTrue(numpy.array_equal(by_hand, pixels(self.out(event["path"]))))

    def test_several_looks_begin_each_with_the_file_as_it_is(self) -> None:
        one = {"settings": {"samples": 4, "camera": "CamB"}, "outputs": outputs(1)}
        two = {"settings": {"samples": 4}, "outputs": [{**outputs(1)[0], "path": "plain.png"}]}
        done = self.run_script({"root": "markers.blend", "format": "blend", "looks": [one, two]})
        self.assertEqual(done.returncode, 0, done.stderr)
        self.open("markers.blend")
        event = self.render("session", (1,), two["settings"])[0]
        by_hand = pixels(os.path.join(self.root, "by-hand", "plain.png"))
        self.assertTrue(numpy.array_equal(by_hand, pixels(self.out(event["path"]))))

    def test_parameters_are_data_whatever_they_say(self) -> None:
        evil = '"""\nimport os; os.abort()\n"""'
        task = {"root": "markers.blend", "format": "blend", "settings": {"camera": evil}, "outputs": outputs(1)}
        done = self.run_script(task)
        self.assertEqual(done.returncode, 1)
        self.assertIn("has no camera", done.stderr)

    def test_a_missing_file_ends_with_1_and_a_sentence(self) -> None:
        done = self.run_script({"root": "nope.blend", "format": "blend", "outputs": outputs(1)})
        self.assertEqual(done.returncode, 1)
        self.assertIn("nope.blend is not there", done.stderr)

    def test_list_renders_nothing(self) -> None:
        done = self.run_script({"root": "markers.blend", "format": "blend", "outputs": [{**outputs(7)[0], "path": "0007.img"}]}, "--list")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("frame 7\t0007.png", done.stdout)
        self.assertFalse(os.path.exists(os.path.join(self.root, "by-hand", "0007.png")))
