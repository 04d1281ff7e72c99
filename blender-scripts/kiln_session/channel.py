"""How a session hears and speaks: descriptors, lines and threads, but nothing of what is said."""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Callable

_LONGEST_LINE = 16 * 1024 * 1024


class Channel:
    """Events go out on the descriptor that was stdout; everything else that is printed goes to stderr."""

    # Printed before each picture is reported: a host that has read it has read all that was printed about the picture.
    _PICTURE = b"\n[kiln] picture\n"

    def __init__(self) -> None:
        sys.stdout.flush()
        self._events = os.dup(1)
        self._printed = os.dup(2)
        os.dup2(2, 1)
        self._lock = threading.Lock()

    def send(self, event: str, **fields: object) -> None:
        """Sends one event; may be called from any thread. A host that is gone is not an error here: input ends too."""
        line = json.dumps({"event": event, **fields}, ensure_ascii=False, allow_nan=False, default=str) + "\n"
        data = line.encode("utf-8", "surrogateescape")
        with self._lock:
            try:
                if event == "output":
                    os.write(self._printed, self._PICTURE)
                while data:
                    data = data[os.write(self._events, data):]
            except BrokenPipeError:
                pass


def read_lines(take: Callable[[bytes], None], ended: Callable[[], None]) -> None:
    """Calls take for each line of stdin on a thread of its own, and ended after the last."""

    def loop() -> None:
        source = os.fdopen(os.dup(0), "rb")
        while True:
            line = source.readline(_LONGEST_LINE)
            if not line:
                break
            if line.strip():
                take(line)
        ended()

    threading.Thread(target=loop, name="kiln-requests", daemon=True).start()


class OutputTap:
    """Reads what this process prints, passes it on to stderr and shows each line to a listener.

    Blender 3.4 tells its progress only there. The pipe's end that Blender writes to never blocks: a full pipe loses lines
    of the log instead of stopping a Blender that holds Python's lock while this thread waits for it.
    """

    _ROOM = 1024 * 1024
    _MARK = b"\n\0kiln: heard\0\n"

    def __init__(self, listener: Callable[[str], None]) -> None:
        self._listener = listener
        self._stderr = os.dup(2)
        self._heard = threading.Event()
        reading, writing = os.pipe()
        _enlarge(writing, self._ROOM)
        os.set_blocking(writing, False)
        sys.stdout.flush()
        sys.stderr.flush()
        os.dup2(writing, 1)
        os.dup2(writing, 2)
        os.close(writing)
        self._thread = threading.Thread(target=self._loop, args=(reading,), name="kiln-output", daemon=True)
        self._thread.start()

    def settle(self) -> None:
        """Waits, though not for long, until the listener has had every line that was printed before."""
        self._heard.clear()
        try:
            os.write(2, self._MARK)
        except BlockingIOError:
            return
        self._heard.wait(0.2)

    def close(self) -> None:
        """Gives both descriptors back and waits until what was printed has been passed on."""
        os.dup2(self._stderr, 1)
        os.dup2(self._stderr, 2)
        self._thread.join(2.0)

    def _loop(self, reading: int) -> None:
        rest = b""
        while True:
            data = os.read(reading, 65536)
            if not data:
                return
            marked = self._MARK in data
            view = data.replace(self._MARK, b"") if marked else data
            while view:
                view = view[os.write(self._stderr, view):]
            # Carriage returns count as line ends, and a line without end is still told.
            *lines, rest = (rest + data).replace(b"\r", b"\n").split(b"\n")
            if len(rest) > 65536:
                rest = b""
            for line in lines:
                try:
                    self._listener(line.decode("utf-8", "replace"))
                except Exception:  # noqa: BLE001  the log must go on whatever a listener does
                    pass
            if marked:
                self._heard.set()


def _enlarge(descriptor: int, size: int) -> None:
    try:
        import fcntl

        fcntl.fcntl(descriptor, getattr(fcntl, "F_SETPIPE_SZ", 1031), size)
    except (ImportError, OSError):
        pass  # the usual 64 KiB then
