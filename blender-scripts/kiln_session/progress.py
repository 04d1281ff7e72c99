"""What Blender says while it renders, as progress events."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import NamedTuple


class Progress(NamedTuple):
    phase: str
    done: int
    total: int
    unit: str


# Cycles with tiles, Cycles without, EEVEE of 3.x ("Rendering 5 / 64 samples") and of 4.2 on ("Rendering sample 5 / 64").
_TILES = re.compile(r"Rendered (\d+)\s*/\s*(\d+) Tiles")
_SAMPLES = re.compile(r"(?:Sample|sample|Rendering) (\d+)\s*/\s*(\d+)")
_SYNCING = ("Synchronizing", "Initializing", "Updating", "Loading", "Building", "Waiting for render to start", "Applying", "Preparing")
_COMPOSITING = ("Compositing", "Denois", "Finishing", "De-initializing")


def parse(text: str) -> Progress | None:
    """The progress in one line of Blender's statistics, or None when the line tells none."""
    match = _TILES.search(text)
    if match:
        return Progress("rendering", int(match[1]), int(match[2]), "tiles")
    match = _SAMPLES.search(text)
    if match:
        return Progress("rendering", int(match[1]), int(match[2]), "samples")
    if any(word in text for word in _COMPOSITING):
        return Progress("compositing", 0, 0, "samples")
    if text.startswith("Saved:") or "Saving:" in text:
        return Progress("saving", 0, 0, "samples")
    if any(word in text for word in _SYNCING):
        return Progress("syncing", 0, 0, "samples")
    return None


class ProgressReporter:
    """Turns lines into events: at most ten a second, never going back within a picture.

    Each view layer and each stereo view counts from nothing again; passes says how many such rounds a picture takes.
    """

    _PAUSE_SECONDS = 0.1

    def __init__(self, send: Callable[..., None], clock: Callable[[], float] = time.monotonic) -> None:
        self._send = send
        self._clock = clock
        # Waits until all that was printed has been heard, where lines come from a pipe and so behind time.
        self.settle: Callable[[], None] = lambda: None
        self._fields: dict[str, object] | None = None

    def begin(self, number: str, key: str, frame: int, passes: int) -> None:
        self._passes = max(1, passes)
        self._round = 0
        self._last: Progress | None = None
        self._share = -1.0
        self._phase = ""
        self._next = 0.0
        self._fields = {"id": number, "key": key, "frame": frame}

    def complete(self) -> None:
        """The picture is there: what Blender did not tell of its last tiles or samples is told for it."""
        if self._fields is not None and self._last is not None and self._share < 1.0:
            total = self._passes * self._last.total
            self._send("progress", **self._fields, phase="saving", done=total, total=total, unit=self._last.unit)

    def end(self) -> None:
        self._fields = None

    def line(self, text: str) -> None:
        """Takes one line; lines outside a picture, and such as tell nothing, are passed over."""
        fields = self._fields
        progress = parse(text) if fields is not None else None
        if progress is None or fields is None:
            return
        if progress.total > 0:
            if self._last is not None and progress.done < self._last.done:
                self._round = min(self._round + 1, self._passes - 1)
            self._last = progress
            done, total = self._round * progress.total + progress.done, self._passes * progress.total
            share = done / total
            if share < self._share:
                return
        elif self._last is not None:
            done, total, share = self._round * self._last.total + self._last.done, self._passes * self._last.total, self._share
            progress = progress._replace(unit=self._last.unit)
        else:
            done, total, share = 0, 0, self._share
        now = self._clock()
        complete = total > 0 and done == total
        if now < self._next and progress.phase == self._phase and not (complete and share > self._share):
            return
        if share == self._share and progress.phase == self._phase:
            return
        self._next, self._phase, self._share = now + self._PAUSE_SECONDS, progress.phase, share
        self._send("progress", **fields, phase=progress.phase, done=done, total=total, unit=progress.unit)
