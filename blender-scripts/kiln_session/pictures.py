"""Sizes and digests of files, without decoding them."""

from __future__ import annotations

import hashlib
import struct


def digest(path: str) -> tuple[str, int]:
    """SHA-256 in hex, and the number of bytes."""
    value = hashlib.sha256()
    total = 0
    with open(path, "rb") as source:
        while True:
            block = source.read(1 << 20)
            if not block:
                return value.hexdigest(), total
            value.update(block)
            total += len(block)


def size(path: str) -> tuple[int, int] | None:
    """Width and height as the file itself says (PNG, JPEG, EXR); None for what is not known or not whole."""
    with open(path, "rb") as source:
        start = source.read(65536)
    try:
        if start.startswith(b"\x89PNG\r\n\x1a\n"):
            return struct.unpack(">II", start[16:24])
        if start.startswith(b"\xff\xd8"):
            return _jpeg_size(start)
        if start.startswith(b"\x76\x2f\x31\x01"):
            place = start.index(b"dataWindow\0box2i\0") + len(b"dataWindow\0box2i\0") + 4
            left, top, right, bottom = struct.unpack("<4i", start[place:place + 16])
            return right - left + 1, bottom - top + 1
    except (struct.error, ValueError, IndexError):
        return None
    return None


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    place = 2
    while place + 9 < len(data):
        marker, length = data[place + 1], struct.unpack(">H", data[place + 2:place + 4])[0]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", data[place + 5:place + 9])
            return width, height
        place += 2 + length
    return None
