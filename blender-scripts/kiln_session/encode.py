"""Makes a video of rendered frames, and counts what came out."""

from __future__ import annotations

import os
from collections.abc import Callable

import bpy

from . import opening
from .errors import Failure, TRANSIENT, failure_from_text
from .journal import Journal
from .settings import set_file_format

# codec -> (Blender's codec, container, extension, whether width and height must be even)
CODECS = {
    "h264": ("H264", "MPEG4", ".mp4", True),
    "vp9": ("WEBM", "WEBM", ".webm", True),
    "ffv1": ("FFV1", "MKV", ".mkv", False),
}


def encode(inputs: list[str], fps: float, path: str, codec: str, fit: str, view_transform: str | None = None,
           render: Callable[[bpy.types.Scene], None] | None = None) -> dict:
    """Encodes the pictures in their order into path. Nothing stays open. Returns frames, width and height, as read back."""
    if codec not in CODECS:
        raise Failure("BAD_REQUEST", f"There is no codec {codec!r}; Kiln encodes {', '.join(CODECS)}.")
    if fit not in ("pad", "crop"):
        raise Failure("BAD_REQUEST", f"fit is {fit!r}, but must be pad or crop.")
    if not inputs:
        raise Failure("BAD_REQUEST", "There are no frames to encode.")
    if isinstance(fps, bool) or not isinstance(fps, (int, float)) or not 1 <= fps <= 1000:
        raise Failure("BAD_REQUEST", f"fps is {fps!r}, but must be a number from 1 to 1000.")
    for number, picture in enumerate(inputs):
        if not os.path.isfile(picture):
            raise Failure("FILE_MISSING", f"Frame {number + 1} of the video is not there: {os.path.basename(picture)}.")
    opening.empty()
    try:
        size = _size_of(inputs[0])
        scene = _scene(inputs, fps, path, codec, size, _even(size, fit) if CODECS[codec][3] else size, view_transform)
        if os.path.exists(path):
            os.remove(path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        try:
            (render or _render)(scene)
        except RuntimeError as problem:
            raise failure_from_text(str(problem)) or Failure(
                "OUTPUT_MISSING", f"The video was not encoded: {str(problem).strip()}", TRANSIENT, str(problem)) from problem
        return _verify(path, len(inputs))
    finally:
        opening.empty()


def _render(scene: bpy.types.Scene) -> None:
    bpy.ops.render.render(animation=True, scene=scene.name)


def _size_of(path: str) -> tuple[int, int]:
    image = bpy.data.images.load(path)
    width, height = image.size[:]
    bpy.data.images.remove(image)
    if width < 1 or height < 1:
        raise Failure("FILE_UNREADABLE", f"The frame {os.path.basename(path)} cannot be read as a picture.")
    return width, height


def _even(size: tuple[int, int], fit: str) -> tuple[int, int]:
    step = 1 if fit == "pad" else -1
    return tuple(value + step * (value % 2) if value > 1 else 2 for value in size)


def _scene(inputs: list[str], fps: float, path: str, codec: str, size: tuple[int, int], target: tuple[int, int],
           view_transform: str | None) -> bpy.types.Scene:
    scene = bpy.context.scene
    render = scene.render
    render.resolution_x, render.resolution_y, render.resolution_percentage = *target, 100
    render.fps, render.fps_base = _rate(fps)
    scene.frame_start, scene.frame_end, scene.frame_step = 1, len(inputs), 1
    render.use_sequencer = True
    render.use_compositing = False
    render.use_file_extension = False
    render.use_overwrite = True
    render.filepath = path
    # Pictures already carry their look; it must not be put on a second time.
    linear = inputs[0].lower().endswith((".exr", ".hdr"))
    try:
        scene.view_settings.view_transform = view_transform or "Standard"
        scene.view_settings.look = "None"
    except TypeError as problem:
        raise Failure("BAD_REQUEST", f"There is no view transform {view_transform}.") from problem
    scene.sequencer_colorspace_settings.name = "sRGB"
    editor = scene.sequence_editor_create()
    strips = editor.strips if hasattr(editor, "strips") else editor.sequences
    _add_strips(strips, inputs, size, target, linear)
    set_file_format(render.image_settings, "FFMPEG", Journal())
    render.image_settings.color_mode = "RGB"
    name, container, _, _ = CODECS[codec]
    ffmpeg = render.ffmpeg
    ffmpeg.format = container
    ffmpeg.codec = name
    ffmpeg.audio_codec = "NONE"
    ffmpeg.constant_rate_factor = "LOSSLESS" if codec == "ffv1" else "HIGH"
    ffmpeg.ffmpeg_preset = "GOOD"
    ffmpeg.gopsize = max(1, min(250, round(fps)))
    return scene


def _rate(fps: float) -> tuple[int, float]:
    """Blender divides a whole rate by a base: 23.976 is 24 / 1.001."""
    whole = max(1, round(fps))
    return whole, whole / fps


def _add_strips(strips, inputs: list[str], size: tuple[int, int], target: tuple[int, int], linear: bool) -> None:
    """One strip for each run of frames that lie in one folder; pictures keep their scale, centred."""
    start = 0
    while start < len(inputs):
        folder = os.path.dirname(inputs[start])
        end = start + 1
        while end < len(inputs) and os.path.dirname(inputs[end]) == folder:
            end += 1
        strip = strips.new_image(f"frames {start + 1}", inputs[start], 1, start + 1, fit_method="ORIGINAL")
        for picture in inputs[start + 1:end]:
            strip.elements.append(os.path.basename(picture))
        strip.frame_final_duration = end - start
        if not linear:
            strip.colorspace_settings.name = "sRGB"
        # An odd size padded or cropped by one: the picture is moved by whole pixels, so that none is blurred.
        strip.transform.offset_x = 0.5 if (target[0] - size[0]) % 2 else 0.0
        strip.transform.offset_y = 0.5 if (target[1] - size[1]) % 2 else 0.0
        start = end


def _verify(path: str, expected: int) -> dict:
    if not os.path.isfile(path) or os.path.getsize(path) == 0:
        raise Failure("OUTPUT_MISSING", "Blender encoded without complaint, but there is no video.", TRANSIENT)
    clip = bpy.data.movieclips.load(path)
    frames, (width, height) = clip.frame_duration, clip.size[:]
    bpy.data.movieclips.remove(clip)
    if frames != expected:
        raise Failure("OUTPUT_MISSING", f"The video has {frames} frames instead of {expected}; a frame may be damaged.", TRANSIENT)
    return {"frames": frames, "width": width, "height": height}
