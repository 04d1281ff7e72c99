"""Which device Cycles renders on. A GPU that was required is never replaced by the CPU in silence."""

from __future__ import annotations

import bpy

from .errors import Failure
from .journal import Journal

# The best first.
_TYPES = ("OPTIX", "CUDA", "HIP", "METAL", "ONEAPI")


def gpus() -> list[dict[str, str]]:
    """The GPUs that this build of Cycles can use."""
    try:
        import _cycles

        found = _cycles.available_devices("ALL")
    except (ImportError, AttributeError, TypeError, ValueError):
        found = ()
        for kind in _TYPES:
            try:
                found += tuple(_cycles.available_devices(kind))
            except Exception:  # noqa: BLE001  a build without that type may say so in any way
                continue
    return [{"type": device[1], "name": device[0]} for device in found if device[1] in _TYPES]


def apply(scene: bpy.types.Scene, wanted: str | None, is_cycles: bool, journal: Journal) -> tuple[str, bool]:
    """Chooses the device; returns its name and whether a GPU that the file asks for is not there."""
    if not is_cycles:
        return "GL", False  # EEVEE and Workbench draw with whatever OpenGL there is, software included
    kind = _enable_gpu() if wanted in ("gpu", "auto") else None
    if wanted == "gpu" and kind is None:
        raise Failure(
            "GPU_UNAVAILABLE", "A GPU was asked for, and Blender finds none that it can render on here. "
            "Check the driver (in a container: the device), or render with --device auto.")
    missing = scene.cycles.device == "GPU" and kind is None
    journal.set(scene.cycles, "device", "GPU" if kind else "CPU")
    return kind or "CPU", missing


def _enable_gpu() -> str | None:
    addon = bpy.context.preferences.addons.get("cycles")
    if addon is None:
        return None
    present = {gpu["type"] for gpu in gpus()}
    for kind in _TYPES:
        if kind not in present:
            continue
        try:
            addon.preferences.compute_device_type = kind
        except TypeError:
            continue
        addon.preferences.refresh_devices() if hasattr(addon.preferences, "refresh_devices") else addon.preferences.get_devices()
        usable = False
        for device in addon.preferences.devices:
            device.use = device.type == kind
            usable = usable or device.use
        if usable:
            return kind
    return None
