"""Entry: blender -b --factory-startup -noaudio --python-exit-code 7 -P main.py -- --in IN --out OUT [--threads N] [--finish]."""

from __future__ import annotations

import argparse
import os
import sys


def parse_arguments(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="kiln_session", description="Serve Kiln's requests inside Blender.")
    parser.add_argument("--in", dest="folder_in", required=True, help="folder that requests may read from")
    parser.add_argument("--out", dest="folder_out", required=True, help="folder that results are written to")
    parser.add_argument("--threads", type=int, default=0, help="render threads (0: one per core)")
    parser.add_argument("--finish", action="store_true", help="serve waiting requests although the input has ended")
    own = words[words.index("--") + 1:] if "--" in words else []
    return parser.parse_args(own)


def _find_numpy() -> None:
    """Importers need NumPy. A distribution's Blender takes the Python that comes first on the PATH for its own, and misses
    the distribution's packages when that is another one (pyenv and the like)."""
    try:
        import numpy  # noqa: F401
    except ImportError:
        packages = "/usr/lib/python3/dist-packages"
        if os.path.isdir(os.path.join(packages, "numpy")):
            sys.path.append(packages)


def main() -> None:
    arguments = parse_arguments(sys.argv)
    # The folder with this program may be mounted read-only and is shared by several Blenders.
    sys.dont_write_bytecode = True
    sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    _find_numpy()
    from kiln_session.session import Session

    Session(arguments.folder_in, arguments.folder_out, arguments.threads, arguments.finish).run()


if __name__ == "__main__":
    main()
