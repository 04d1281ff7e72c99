"""The render script of a Kiln task: renders by hand what the task renders, with the same code and so the same pixels.

    blender -b --factory-startup -P THIS_FILE -- --files FOLDER -o OUT [--threads N] [--list]

FOLDER holds the model's files as they were given to Kiln: the folder that was, or that of the single file. OUT gets the
pictures. --list only says which those are and renders none. The exit code is 0 only when every picture was made.

TASK is the task's settings as JSON in Base64: data, never code. PROGRAM is Kiln's own Python package kiln_session as a zip
archive in Base64 (the sources that every render uses, for you to read: base64 -d, then unzip); without it the folder beside
this file is used. Kiln fills in the two lines that are marked; nothing else in this file depends on the task.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import sys
import tempfile
import traceback
from dataclasses import replace

TASK = ""  # kiln:task
PROGRAM = ""  # kiln:program


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="kiln_render_script", description="Render a Kiln task by hand.")
    parser.add_argument("--files", required=True, help="folder with the model's files")
    parser.add_argument("-o", "--output", required=True, help="folder for the pictures")
    parser.add_argument("--threads", type=int, default=0, help="render threads (default: one per core)")
    parser.add_argument("--list", action="store_true", help="say what would be rendered, and end")
    own = sys.argv[sys.argv.index("--") + 1:] if "--" in sys.argv else []
    return parser.parse_args(own)


def use_program() -> None:
    """Makes the package importable: from the archive in this file, or from the folder beside it."""
    if not PROGRAM:
        sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
        return
    path = os.path.join(tempfile.mkdtemp(prefix="kiln-script-"), "kiln_session.zip")
    with open(path, "wb") as target:
        target.write(base64.b64decode(PROGRAM))
    sys.path.insert(0, path)


def say(event: str, **fields: object) -> None:
    """Tells a person what the session would tell Kiln."""
    if event == "warning":
        print(f"kiln: warning: {fields['message']}", flush=True)
    elif event == "output":
        print(f"kiln: frame {fields['frame']}: {fields['path']} ({fields['seconds']:.1f} s, sha256 {fields['sha256']})", flush=True)


def render(task: dict, options: argparse.Namespace) -> None:
    import bpy

    from kiln_session import file_warnings, opening, render as rendering, settings as setting, stage
    from kiln_session.cancel import Canceller
    from kiln_session.journal import Journal
    from kiln_session.materials import MaterialBuilder
    from kiln_session.paths import Folder
    from kiln_session.progress import ProgressReporter

    looks = task.get("looks") or [{"settings": task.get("settings"), "outputs": task["outputs"]}]
    version = (task.get("engine") or {}).get("version")
    own = ".".join(map(str, bpy.app.version))
    if version and version != own:
        print(f"kiln: warning: the task is pinned to Blender {version} and this is {own}: the pixels may differ.", flush=True)
    parsed = [(setting.Settings.parse(look.get("settings")), [rendering.Output.parse(o) for o in look["outputs"]]) for look in looks]
    files, out = Folder(options.files), Folder(options.output)
    if not options.list:
        os.makedirs(out.path, exist_ok=True)
    for wanted, outputs in parsed:
        # each look begins with the file as it is: nothing of the one before may stay
        opened = opening.load(task["root"], task["format"], files.resolve(task["root"]), bool(task.get("trust")))
        if task.get("scene"):
            opened.choose_scene(task["scene"])
        for code, message, subject in file_warnings.of(opened):
            say("warning", code=code, message=message, subject=subject)
        if task.get("stage", True):
            add = stage.for_blend if opened.format == "blend" else stage.for_mesh
            add(opened.scene, lambda code, message, subject: say("warning", code=code, message=message, subject=subject))
        journal = Journal()
        applied = setting.apply(opened.scene, wanted, options.threads, MaterialBuilder(files.resolve), journal)
        # what the file's own format is called is known only now
        own_ending = opened.scene.render.file_extension
        outputs = [replace(o, path=o.path[:-4] + own_ending) if o.path.endswith(".img") else o for o in outputs]
        if options.list:
            for output in outputs:
                print(f"frame {output.frame}\t{output.path}")
            continue
        renderer = rendering.Renderer("script", opened.scene, out, ".", say, Canceller(None), ProgressReporter(lambda *_, **__: None))
        manifest = renderer.render(outputs, applied, None, False, journal)
        print(f"kiln: {len(manifest['outputs'])} pictures in {manifest['seconds']:.1f} s, in {out.path}", flush=True)


def main() -> None:
    sys.dont_write_bytecode = True
    options = arguments()
    code = 1
    try:
        if not TASK:
            raise SystemExit("This is the template of a render script; Kiln fills in the task (kiln tasks script ID).")
        use_program()
        render(json.loads(base64.b64decode(TASK)), options)
        code = 0
    except SystemExit as end:
        print(f"kiln: {end}", file=sys.stderr)
    except Exception as problem:  # noqa: BLE001  Blender itself would end with 0 after any of them
        if type(problem).__name__ != "Failure":
            traceback.print_exc()
        print(f"kiln: error: {problem}", file=sys.stderr)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


main()
