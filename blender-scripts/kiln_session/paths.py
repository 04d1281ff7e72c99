"""Paths in requests: relative, with slashes, and never out of their folder."""

from __future__ import annotations

import os

from .errors import Failure


class Folder:
    """One of the two folders that a session may touch."""

    def __init__(self, path: str) -> None:
        self.path = os.path.realpath(path)

    def resolve(self, relative: object) -> str:
        """The absolute path; refused when it is absolute, or leaves the folder by itself or through a link."""
        if not isinstance(relative, str) or not relative or "\0" in relative:
            raise Failure("BAD_REQUEST", f"A path must be a non-empty text, not {relative!r}.")
        if os.path.isabs(relative) or relative.startswith(("/", "\\")) or relative[1:2] == ":":
            raise Failure("BAD_REQUEST", f"The path {relative!r} is absolute; give it relative to the session's folder.")
        path = os.path.normpath(os.path.join(self.path, relative))
        if relative != "." and (not self.holds(path) or not self.holds(os.path.realpath(path))):
            raise Failure("BAD_REQUEST", f"The path {relative!r} leaves the session's folder.")
        return path

    def holds(self, path: str) -> bool:
        return path.startswith(self.path.rstrip(os.sep) + os.sep)

    def relative(self, path: str) -> str:
        return os.path.relpath(path, self.path).replace(os.sep, "/")
