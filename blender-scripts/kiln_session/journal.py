"""Changes to Blender's data that can be taken back."""

from __future__ import annotations

from collections.abc import Callable


class Journal:
    """Sets properties, remembers what was there, and puts it back in reverse order."""

    def __init__(self) -> None:
        self._undo: list[Callable[[], None]] = []

    def set(self, owner: object, name: str, value: object) -> None:
        old = getattr(owner, name)
        if hasattr(old, "__len__") and not isinstance(old, (str, set)):
            old = tuple(old)
        setattr(owner, name, value)
        self._undo.append(lambda: setattr(owner, name, old))

    def on_restore(self, action: Callable[[], None]) -> None:
        self._undo.append(action)

    def restore(self) -> list[str]:
        """Puts everything back; says what could not be."""
        problems = []
        while self._undo:
            try:
                self._undo.pop()()
            except (ReferenceError, TypeError, AttributeError, RuntimeError) as problem:
                problems.append(str(problem))
        return problems
