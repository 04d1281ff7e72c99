"""What a request sets, checked, and put into a scene so that it can be taken back."""

from __future__ import annotations

from dataclasses import dataclass, field

import bpy

from . import devices, file_output, materials
from .errors import Failure
from .journal import Journal

FORMATS = ("png", "png16", "jpeg", "exr", "exr-multilayer")
_ENGINES = {
    "cycles": ("CYCLES",),
    "eevee": ("BLENDER_EEVEE_NEXT", "BLENDER_EEVEE"),
    "workbench": ("BLENDER_WORKBENCH",),
}
_WORKBENCH_SAMPLES = ((1, "OFF"), (4, "FXAA"), (5, "5"), (8, "8"), (11, "11"), (16, "16"), (32, "32"))


@dataclass(frozen=True)
class Settings:
    """The settings of one render request; None means as in the file."""

    engine: str | None = None
    samples: int | None = None
    noise_threshold: float | None = None
    width: int | None = None
    height: int | None = None
    percent: int | None = None
    format: str | None = None
    camera: str | None = None
    denoise: str | None = None
    seed: int | None = None
    sample_offset: int | None = None
    device: str | None = None
    view_layers: tuple[str, ...] | None = None
    overrides: tuple[dict, ...] = field(default=())

    @staticmethod
    def parse(data: object) -> "Settings":
        if data is None:
            return Settings()
        if not isinstance(data, dict):
            raise Failure("BAD_REQUEST", "settings must be an object.")
        unknown = set(data) - set(Settings.__dataclass_fields__)
        if unknown:
            raise Failure("BAD_REQUEST", f"There is no setting {', '.join(sorted(unknown))}.")
        return Settings(
            engine=_choice(data, "engine", tuple(_ENGINES)),
            samples=_integer(data, "samples", 1, 1 << 24),
            noise_threshold=_number(data, "noise_threshold", 0.0, 1.0),
            width=_integer(data, "width", 4, 65536),
            height=_integer(data, "height", 4, 65536),
            percent=_integer(data, "percent", 1, 32767),
            format=_choice(data, "format", FORMATS),
            camera=_text(data, "camera"),
            denoise=_choice(data, "denoise", ("on", "off", "file")),
            seed=_integer(data, "seed", 0, 2147483647),
            sample_offset=_integer(data, "sample_offset", 0, 1 << 24),
            device=_choice(data, "device", ("auto", "cpu", "gpu")),
            view_layers=_texts(data, "view_layers"),
            overrides=_objects(data, "overrides"),
        )


def _choice(data: dict, name: str, allowed: tuple[str, ...]) -> str | None:
    value = data.get(name)
    if value is not None and value not in allowed:
        raise Failure("BAD_REQUEST", f"{name} is {value!r}, but must be one of {', '.join(allowed)}.")
    return value


def _integer(data: dict, name: str, low: int, high: int) -> int | None:
    value = data.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise Failure("BAD_REQUEST", f"{name} is {value!r}, but must be a whole number from {low} to {high}.")
    return value


def _number(data: dict, name: str, low: float, high: float) -> float | None:
    value = data.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
        raise Failure("BAD_REQUEST", f"{name} is {value!r}, but must be a number from {low} to {high}.")
    return float(value)


def _text(data: dict, name: str) -> str | None:
    value = data.get(name)
    if value is not None and not isinstance(value, str):
        raise Failure("BAD_REQUEST", f"{name} must be a text.")
    return value


def _texts(data: dict, name: str) -> tuple[str, ...] | None:
    value = data.get(name)
    if value is None:
        return None
    if not isinstance(value, list) or not value or not all(isinstance(item, str) for item in value):
        raise Failure("BAD_REQUEST", f"{name} must be a list of names.")
    return tuple(value)


def _objects(data: dict, name: str) -> tuple[dict, ...]:
    value = data.get(name) or []
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise Failure("BAD_REQUEST", f"{name} must be a list of objects.")
    return tuple(value)


@dataclass(frozen=True)
class Applied:
    """What the settings came to."""

    device: str
    movie_as_png: bool
    denoise_turned_off: bool
    gpu_missing: bool = False


def engine_word(identifier: str) -> str:
    """cycles, eevee or workbench; else Blender's own identifier."""
    for word, identifiers in _ENGINES.items():
        if identifier in identifiers:
            return word
    return identifier


def set_engine(scene: bpy.types.Scene, word: str, journal: Journal) -> None:
    for identifier in _ENGINES[word]:
        try:
            journal.set(scene.render, "engine", identifier)
            return
        except TypeError:
            continue  # not an engine of this version
    raise Failure("ENGINE_UNAVAILABLE", f"This Blender ({bpy.app.version_string}) has no {word} engine.")


def denoisers() -> list[str]:
    """The denoisers of this build that need no GPU of their own."""
    try:
        import _cycles

        built_in = bool(_cycles.with_openimagedenoise)
    except (ImportError, AttributeError):
        built_in = bool(getattr(bpy.app.build_options, "openimagedenoise", False))
    return ["oidn"] if built_in else []


def samples_of(scene: bpy.types.Scene) -> int:
    word = engine_word(scene.render.engine)
    if word == "cycles":
        return scene.cycles.samples
    if word == "eevee":
        return scene.eevee.taa_render_samples
    if word == "workbench":
        return next((count for count, name in _WORKBENCH_SAMPLES if name == scene.display.render_aa), 1)
    return 0


def set_samples(scene: bpy.types.Scene, samples: int, journal: Journal) -> None:
    word = engine_word(scene.render.engine)
    if word == "cycles":
        journal.set(scene.cycles, "samples", samples)
        journal.set(scene.cycles, "use_layer_samples", "IGNORE")
    elif word == "eevee":
        journal.set(scene.eevee, "taa_render_samples", samples)
    elif word == "workbench":
        journal.set(scene.display, "render_aa", next((name for count, name in reversed(_WORKBENCH_SAMPLES) if count <= samples), "OFF"))


def apply(
    scene: bpy.types.Scene, settings: Settings, threads: int, builder: materials.MaterialBuilder, journal: Journal,
) -> Applied:
    """Sets what was asked and what Kiln decides for every render. Raises Failure when it cannot be had."""
    render = scene.render
    if settings.engine is not None and settings.engine != engine_word(render.engine):
        set_engine(scene, settings.engine, journal)
    if engine_word(render.engine) not in _ENGINES:
        raise Failure(
            "ENGINE_UNAVAILABLE", f"The scene {scene.name} uses the render engine {render.engine or 'of an add-on'}, which is not here. "
            "Choose Cycles, EEVEE or Workbench.")
    is_cycles = engine_word(render.engine) == "cycles"

    journal.set(render, "use_overwrite", True)
    journal.set(render, "use_placeholder", False)
    # File Output nodes share this switch, and their pictures need their extensions; render.py copes with either.
    journal.set(render, "use_file_extension", any(True for _ in file_output.nodes(scene)))
    if threads > 0:
        journal.set(render, "threads_mode", "FIXED")
        journal.set(render, "threads", threads)

    if settings.samples is not None:
        set_samples(scene, settings.samples, journal)
    if is_cycles and settings.noise_threshold is not None:
        journal.set(scene.cycles, "use_adaptive_sampling", settings.noise_threshold > 0)
        if settings.noise_threshold > 0:
            journal.set(scene.cycles, "adaptive_threshold", settings.noise_threshold)
    if is_cycles and settings.seed is not None:
        journal.set(scene.cycles, "seed", settings.seed)
    if is_cycles and settings.sample_offset is not None:
        _apply_part(scene, settings.sample_offset, journal)
    _apply_size(render, settings, journal)
    _apply_layers(scene, settings, journal)
    movie_as_png = _apply_format(render, settings.format, journal)
    _apply_camera(scene, settings.camera, journal)
    turned_off = _apply_denoise(scene, settings.denoise, journal) if is_cycles else False
    device, gpu_missing = devices.apply(scene, settings.device, is_cycles, journal)
    materials.apply_overrides(settings.overrides, builder, journal)
    _mute_animation_of_settings(scene, settings, journal)
    return Applied(device, movie_as_png, turned_off, gpu_missing)


def _apply_part(scene: bpy.types.Scene, offset: int, journal: Journal) -> None:
    """A part of a picture: a slice of the samples, with the count that merging weighs it by."""
    set_slice(scene.cycles, offset, scene.cycles.samples, None, journal)
    for layer in scene.view_layers:
        journal.set(layer.cycles, "pass_debug_sample_count", True)


def set_slice(cycles, offset: int, samples: int, total: int | None, journal: Journal) -> None:
    """Renders that many samples from the offset on, of a sequence whose parts add up to the whole.

    Blender 5 names both the whole and the part. Before it the number of samples is the part's, and since 4.2 the default pattern
    is made for one whole alone, so another is taken.
    """
    journal.set(cycles, "sample_offset", offset)
    if hasattr(cycles, "use_sample_subset"):
        journal.set(cycles, "use_sample_subset", True)
        journal.set(cycles, "sample_subset_length", samples)
        journal.set(cycles, "samples", max(total or 0, offset + samples))
    else:
        journal.set(cycles, "samples", samples)
    try:
        journal.set(cycles, "sampling_pattern", "TABULATED_SOBOL")
    except TypeError:
        pass  # before 4.0 every pattern is such a one


def _apply_size(render: bpy.types.RenderSettings, settings: Settings, journal: Journal) -> None:
    if settings.width is not None:
        journal.set(render, "resolution_x", settings.width)
    if settings.height is not None:
        journal.set(render, "resolution_y", settings.height)
    if settings.percent is not None:
        journal.set(render, "resolution_percentage", settings.percent)
    elif settings.width is not None or settings.height is not None:
        journal.set(render, "resolution_percentage", 100)


def _apply_layers(scene: bpy.types.Scene, settings: Settings, journal: Journal) -> None:
    if settings.view_layers is None:
        return
    for name in settings.view_layers:
        if name not in scene.view_layers:
            raise Failure("LAYER_UNKNOWN", f"The scene {scene.name} has no view layer {name}; it has {', '.join(scene.view_layers.keys())}.")
    for layer in scene.view_layers:
        journal.set(layer, "use", layer.name in settings.view_layers)


def set_file_format(image: bpy.types.ImageFormatSettings, file_format: str, journal: Journal) -> None:
    """Blender 5 asks for the kind of medium first."""
    if hasattr(image, "media_type"):
        wanted = "MULTI_LAYER_IMAGE" if file_format == "OPEN_EXR_MULTILAYER" else "VIDEO" if file_format == "FFMPEG" else "IMAGE"
        if image.media_type != wanted:
            old_medium, old_format = image.media_type, image.file_format
            image.media_type = wanted

            def put_back() -> None:
                image.media_type = old_medium
                image.file_format = old_format

            journal.on_restore(put_back)
    if image.file_format != file_format:
        journal.set(image, "file_format", file_format)


def set_png(image: bpy.types.ImageFormatSettings, journal: Journal) -> None:
    """Eight-bit PNG with the channels that the scene has."""
    # Changing the format may clamp depth and channels: both are put back after it.
    old_mode, old_depth = image.color_mode, image.color_depth

    def put_back() -> None:
        image.color_mode = old_mode
        image.color_depth = old_depth

    journal.on_restore(put_back)
    set_file_format(image, "PNG", journal)
    image.color_depth = "8"


def _apply_format(render: bpy.types.RenderSettings, wanted: str | None, journal: Journal) -> bool:
    """Sets the still format; true when the file asked for a movie and nobody asked for anything."""
    image = render.image_settings
    movie = render.is_movie_format
    if wanted is None:
        if not movie:
            return False
        wanted = "png"
    else:
        movie = False
    # Changing the format may clamp depth and channels: both are put back after it.
    old_mode, old_depth = image.color_mode, image.color_depth

    def put_back() -> None:
        image.color_mode = old_mode
        image.color_depth = old_depth

    journal.on_restore(put_back)
    if wanted in ("png", "png16"):
        set_file_format(image, "PNG", journal)
        image.color_depth = "16" if wanted == "png16" else "8"
    elif wanted == "jpeg":
        set_file_format(image, "JPEG", journal)
        if image.color_mode == "RGBA":
            image.color_mode = "RGB"
    elif wanted == "exr":
        set_file_format(image, "OPEN_EXR", journal)
    else:
        set_file_format(image, "OPEN_EXR_MULTILAYER", journal)
    return movie


def _apply_camera(scene: bpy.types.Scene, name: str | None, journal: Journal) -> None:
    # Rendering moves a scene's camera along its markers: the file's own is put back in any case.
    journal.set(scene, "camera", scene.camera)
    if name is None:
        return
    camera = scene.objects.get(name)
    if camera is None or camera.type != "CAMERA":
        known = sorted(item.name for item in scene.objects if item.type == "CAMERA")
        raise Failure("CAMERA_UNKNOWN", f"The scene {scene.name} has no camera {name}; it has {', '.join(known) or 'none'}.")
    for marker in scene.timeline_markers:
        if marker.camera is not None:
            journal.set(marker, "camera", None)
    scene.camera = camera


def _apply_denoise(scene: bpy.types.Scene, wanted: str | None, journal: Journal) -> bool:
    """Sets denoising; true when the file asks for it and this build has no denoiser."""
    cycles = scene.cycles
    if wanted == "on":
        if not denoisers():
            raise Failure(
                "DENOISE_UNAVAILABLE", f"Denoising was asked for, but this Blender ({bpy.app.version_string}) was built without a denoiser. "
                "Render without it, or with an official Blender build.")
        journal.set(cycles, "use_denoising", True)
        journal.set(cycles, "denoiser", "OPENIMAGEDENOISE")
        return False
    if wanted == "off":
        journal.set(cycles, "use_denoising", False)
        return False
    # What the file wants counts only where a layer that renders wants it too.
    if cycles.use_denoising and not denoisers():
        journal.set(cycles, "use_denoising", False)
        return any(layer.use and layer.cycles.use_denoising for layer in scene.view_layers)
    return False


_ANIMATED = {
    "samples": ("cycles.samples", "eevee.taa_render_samples"), "seed": ("cycles.seed",), "noise_threshold": ("cycles.adaptive_threshold",),
    "width": ("render.resolution_x", "render.resolution_percentage"), "height": ("render.resolution_y", "render.resolution_percentage"),
    "percent": ("render.resolution_percentage",),
}


def _mute_animation_of_settings(scene: bpy.types.Scene, settings: Settings, journal: Journal) -> None:
    """A setting that the file animates would be overwritten at each frame."""
    animation = scene.animation_data
    if animation is None:
        return
    paths = {path for name, all_paths in _ANIMATED.items() if getattr(settings, name) is not None for path in all_paths}
    curves = list(animation.drivers)
    if animation.action is not None:
        curves += list(getattr(animation.action, "fcurves", ()))
    for curve in curves:
        if curve.data_path in paths:
            journal.set(curve, "mute", True)
