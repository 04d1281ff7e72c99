"""Ending a request that is under way."""

from __future__ import annotations

import ctypes
import signal
import sys
import threading
from collections.abc import Callable

from .errors import Cancelled

_REPEAT_SECONDS = 0.02


def native_interrupt() -> Callable[[], None] | None:
    """A call that makes Blender stop rendering, or None where this system has no way.

    Blender's own handler of SIGINT sets its break flag. A second real SIGINT in the life of a process would kill it, and
    the handler tells by its argument: called directly with 1 (no SIGINT) it only sets the flag, as often as one likes.
    """
    if sys.platform == "win32":
        return None
    try:
        libc = ctypes.CDLL(None)
        libc.signal.restype = ctypes.c_void_p
        libc.signal.argtypes = [ctypes.c_int, ctypes.c_void_p]
        handler = libc.signal(int(signal.SIGINT), ctypes.c_void_p(1))  # 1 is SIG_IGN
        libc.signal(int(signal.SIGINT), handler)
    except (OSError, AttributeError, TypeError):
        return None
    if not handler or handler in (1, ctypes.c_void_p(-1).value):
        return None
    call = ctypes.CFUNCTYPE(None, ctypes.c_int)(handler)
    return lambda: call(1)


class Canceller:
    """Remembers what shall end, and keeps telling Blender so while it renders.

    A break that comes before the render has begun is lost, so it is repeated until the render call returns.
    """

    def __init__(self, interrupt: Callable[[], None] | None) -> None:
        self._interrupt = interrupt
        self._lock = threading.Lock()
        self._targets: set[str] = set()
        self._rendering: str | None = None
        self._all = False

    def cancel(self, target: str) -> None:
        with self._lock:
            self._targets.add(target)
        self._push(target)

    def cancel_all(self) -> None:
        """For the end of input: nobody is left who could want a result."""
        with self._lock:
            self._all = True
            current = self._rendering
        if current is not None:
            self._push(current)

    def wanted(self, number: str) -> bool:
        return self._all or number in self._targets

    def check(self, number: str) -> None:
        if self.wanted(number):
            raise Cancelled()

    def forget(self, number: str) -> None:
        with self._lock:
            self._targets.discard(number)

    def rendering(self, number: str) -> "_Rendering":
        """A context in which a cancel of that request also interrupts Blender."""
        return _Rendering(self, number)

    def _push(self, target: str) -> None:
        if self._interrupt is None or self._rendering != target:
            return

        def repeat() -> None:
            pause = threading.Event()
            while True:
                with self._lock:
                    # Under the lock, so that no break is sent after the render call was left.
                    if self._rendering != target:
                        return
                    self._interrupt()
                pause.wait(_REPEAT_SECONDS)

        threading.Thread(target=repeat, name="kiln-cancel", daemon=True).start()


class _Rendering:
    def __init__(self, canceller: Canceller, number: str) -> None:
        self._canceller, self._number = canceller, number

    def __enter__(self) -> None:
        with self._canceller._lock:
            self._canceller._rendering = self._number
        if self._canceller.wanted(self._number):
            self._canceller._push(self._number)

    def __exit__(self, *_: object) -> None:
        with self._canceller._lock:
            self._canceller._rendering = None
