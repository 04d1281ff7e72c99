"""Brings a scene to a frame before the renderer evaluates it."""

from __future__ import annotations

from collections.abc import Callable

import bpy

from . import dependencies, inspection


class FrameWalk:
    """Goes to frames as the file needs it.

    A still scene only has its number set: evaluating it for the viewport would be work for nothing. A scene that moves is
    evaluated at each frame, for some values (colour management, particles) reach the renderer only through that. One with a
    simulation that is not baked is walked through every frame since the simulation's first: then a frame looks the same
    whether it is rendered alone, in a chunk or in a run of all. (Plain Blender without windows does not simulate at all while it
    renders, and shows such things frozen.)
    """

    def __init__(self, scene: bpy.types.Scene, check: Callable[[], None]) -> None:
        self._scene = scene
        self._check = check
        self._simulated = bool(dependencies.unbaked_simulations(scene))
        self._moves = self._simulated or inspection.anything_moves(scene)
        self._reached: int | None = None

    def to(self, frame: int) -> None:
        scene = self._scene
        if not self._moves:
            scene.frame_current = frame
            return
        if self._simulated:
            start = self._first_frame() if self._reached is None else self._reached + 1
            for number in range(start, frame):
                self._check()
                scene.frame_set(number)
            self._reached = max(frame, self._reached if self._reached is not None else frame)
        scene.frame_set(frame)

    def _first_frame(self) -> int:
        starts = [cache.frame_start for _, cache in dependencies.point_caches(self._scene)]
        return min([*starts, self._scene.frame_start])
