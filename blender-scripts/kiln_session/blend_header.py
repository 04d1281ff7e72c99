"""Reads the first bytes of a .blend file: which version wrote it, and whether it is compressed."""

from __future__ import annotations

import gzip
import re
import zlib
from dataclasses import dataclass

_PLAIN = re.compile(rb"BLENDER(?:[-_][vV](\d)(\d\d)|(\d\d)[-_](\d\d)[vV](\d\d)(\d\d))")
_GZIP, _ZSTANDARD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"


@dataclass(frozen=True)
class BlendHeader:
    """kind is blend, pointer (a Git LFS pointer file) or unknown; version is None where it cannot be told from outside."""

    kind: str
    compressed: bool
    version: tuple[int, int] | None


def read(path: str) -> BlendHeader:
    with open(path, "rb") as source:
        start = source.read(256)
    if start.startswith(_ZSTANDARD):
        # Blender's first frame is small and often stored raw enough to show the header; Python has no decoder to be sure.
        return BlendHeader("blend", True, _version(start[4:64], anywhere=True))
    if start.startswith(_GZIP):
        try:
            with gzip.open(path, "rb") as source:
                start = source.read(32)
        except (OSError, EOFError, zlib.error):
            return BlendHeader("blend", True, None)
        return BlendHeader("blend" if start.startswith(b"BLENDER") else "unknown", True, _version(start))
    if start.startswith(b"BLENDER"):
        return BlendHeader("blend", False, _version(start))
    if start.startswith(b"version https://git-lfs"):
        return BlendHeader("pointer", False, None)
    return BlendHeader("unknown", False, None)


def _version(start: bytes, anywhere: bool = False) -> tuple[int, int] | None:
    match = _PLAIN.search(start) if anywhere else _PLAIN.match(start)
    if match is None:
        return None
    if match[1] is not None:
        return int(match[1]), int(match[2])
    # Blender 5: header size, pointer size and format version stand before the four digits of the version.
    digits = match[5] + match[6]
    return int(digits[:2]), int(digits[2:])
