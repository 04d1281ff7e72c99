"""What can end a request other than success, and how errors of Blender are told apart."""

from __future__ import annotations

import errno

PERMANENT, RESOURCE, TRANSIENT = "permanent", "resource", "transient"


class Failure(Exception):
    """Ends a request with an error event: kind, code and one message that a person can act on."""

    def __init__(self, code: str, message: str, kind: str = PERMANENT, detail: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.kind = kind
        self.detail = detail


class Cancelled(Exception):
    """Ends a request with a cancelled event."""


_MEMORY_PHRASES = (
    "out of memory", "out of gpu memory", "memory allocation", "bad_alloc", "cannot allocate", "calloc returns null", "malloc returns null",
)
_DISK_PHRASES = ("no space left", "disk full", "disk quota", "quota exceeded")


def failure_from_text(text: str) -> Failure | None:
    """The resource that Blender ran out of, when its own words say so."""
    lower = text.lower()
    if any(phrase in lower for phrase in _DISK_PHRASES):
        return Failure("DISK_FULL", "The picture could not be written: the disk is full. Free some space, then retry.", RESOURCE, text)
    if any(phrase in lower for phrase in _MEMORY_PHRASES):
        return Failure(
            "OUT_OF_MEMORY",
            "Blender ran out of memory. Render with smaller textures, a lower resolution or fewer threads, or on a machine with more memory.",
            RESOURCE, text)
    return None


def failure_from_exception(problem: BaseException, detail: str) -> Failure:
    """Any exception that a request handler let through, as an error event."""
    if isinstance(problem, Failure):
        return problem  # expected: it says by itself what happened, and a trace would only frighten
    if isinstance(problem, MemoryError):
        return Failure("OUT_OF_MEMORY", "Blender ran out of memory. Render on a machine with more memory.", RESOURCE, detail)
    if isinstance(problem, OSError) and problem.errno in (errno.ENOSPC, errno.EDQUOT):
        return Failure("DISK_FULL", "A file could not be written: the disk is full. Free some space, then retry.", RESOURCE, detail)
    return failure_from_text(str(problem)) or Failure(
        "SCRIPT_ERROR", f"Kiln's program in Blender failed: {type(problem).__name__}: {problem}", PERMANENT, detail)
