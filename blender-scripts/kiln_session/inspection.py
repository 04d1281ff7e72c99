"""What Blender sees in the open model."""

from __future__ import annotations

import bpy

from . import dependencies, file_output, geometry, lighting, settings as setting
from .opening import Opened


def inspect(opened: Opened, warnings: list[dict]) -> dict:
    textures = dependencies.textures()
    bounds = geometry.bounds(opened.scene)
    return {
        "format": opened.format,
        "saved_by": _saved_by(opened),
        "compressed": bool(opened.header and opened.header.compressed),
        "engine_version": ".".join(map(str, bpy.app.version)),
        "scenes": [_scene(scene, scene.name == opened.scene_name) for scene in bpy.data.scenes],
        **geometry.counts(),
        "materials": sorted(material.name for material in bpy.data.materials if not material.is_grease_pencil and _used(material)),
        "textures": [dict(texture) for texture in textures],
        "lights": [{"name": item.name, "type": item.data.type} for item in bpy.data.objects if item.type == "LIGHT" and item.users_scene],
        "libraries": dependencies.libraries(),
        "drivers_blocked": 0 if opened.trust else len(blocked_drivers()),
        "texts_autorun": autorun_texts(),
        "file_output_nodes": [
            {"scene": scene.name, "node": node.name, "base_path": file_output.base_path(node),
             "absolute": file_output.is_absolute(file_output.base_path(node))}
            for scene in bpy.data.scenes for node in file_output.nodes(scene)],
        "missing": dependencies.missing(textures),
        "bounds": bounds.as_dict() if bounds is not None else None,
        "warnings": warnings,
    }


def _used(material: bpy.types.Material) -> bool:
    return material.users > (1 if material.use_fake_user else 0)


def _saved_by(opened: Opened) -> str | None:
    if opened.format != "blend":
        return None
    version = list(bpy.data.version)
    if opened.header is not None and opened.header.version is not None:
        # The header has the version that people know; the file's own list has it with its subversion.
        version[:2] = opened.header.version
    return ".".join(map(str, version))


def _scene(scene: bpy.types.Scene, active: bool) -> dict:
    render = scene.render
    engine = setting.engine_word(render.engine)
    is_cycles = engine == "cycles"
    cycles = scene.cycles if hasattr(scene, "cycles") else None
    denoise = bool(is_cycles and cycles.use_denoising and any(layer.use and layer.cycles.use_denoising for layer in scene.view_layers))
    return {
        "name": scene.name,
        "active": active,
        "cameras": sorted(item.name for item in scene.objects if item.type == "CAMERA"),
        "active_camera": scene.camera.name if scene.camera is not None else None,
        "markers": [
            {"frame": marker.frame, "name": marker.name, "camera": marker.camera.name if marker.camera is not None else None}
            for marker in sorted(scene.timeline_markers, key=lambda marker: marker.frame)],
        "frame_start": scene.frame_start,
        "frame_end": scene.frame_end,
        "frame_step": scene.frame_step,
        "frame_current": scene.frame_current,
        "fps": round(render.fps / render.fps_base, 6),
        "engine": engine,
        "samples": setting.samples_of(scene),
        "noise_threshold": round(cycles.adaptive_threshold, 6) if is_cycles and cycles.use_adaptive_sampling else None,
        "seed": cycles.seed if is_cycles else 0,
        "denoise": denoise,
        "device": "GPU" if is_cycles and cycles.device == "GPU" else "CPU",
        "width": render.resolution_x,
        "height": render.resolution_y,
        "percent": render.resolution_percentage,
        "format": still_format(render.image_settings),
        "movie": render.is_movie_format,
        "view_layers": [{"name": layer.name, "use": layer.use} for layer in scene.view_layers],
        "views": [view.name for view in render.views if view.use] if render.use_multiview else [],
        "views_in_one": views_in_one(render),
        "compositing": bool(render.use_compositing and file_output.compositor_tree(scene) is not None),
        "lights": len(lighting.lights(scene)),
        "world_lit": lighting.world_lit(scene),
        "animated": is_animated(scene),
        "unbaked_simulations": dependencies.unbaked_simulations(scene),
        "view_transform": scene.view_settings.view_transform,
        "look": scene.view_settings.look,
        "display": scene.display_settings.display_device,
    }


# What a scene is rendered by and every Blender reads alike.
_PROMISES = {
    "name": "its name", "cameras": "cameras", "active_camera": "active camera", "frame_start": "first frame", "frame_end": "last frame",
    "frame_step": "frame step", "width": "width", "height": "height", "percent": "percentage", "view_layers": "view layers", "views": "views"}


def differences(scene: bpy.types.Scene, seen: dict) -> list[str]:
    """In what the scene differs from what an inspection said of it, for people."""
    now = _scene(scene, bool(seen.get("active")))
    return [
        f"{words}: {_words(now[fact])}, not {_words(seen.get(fact))}" for fact, words in _PROMISES.items()
        if (seen.get(fact) or None) != (now[fact] or None)]


def _words(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(_words(item) for item in value) or "none"
    if isinstance(value, dict):
        return str(value["name"]) + ("" if value.get("use", True) else " (off)")
    return "none" if value is None else str(value)


def views_in_one(render: bpy.types.RenderSettings) -> str | None:
    """How plain Blender puts the views of a frame into one file: stereo (side by side, anaglyph, ...), multiview (EXR), or not."""
    if not render.use_multiview:
        return None
    image = render.image_settings
    used = {view.name for view in render.views if view.use}
    if image.views_format == "STEREO_3D" and {"left", "right"} <= used:
        return "stereo"
    if image.views_format == "MULTIVIEW" and image.file_format in ("OPEN_EXR", "OPEN_EXR_MULTILAYER"):
        return "multiview"
    return None


_EXTENSIONS = {"JPEG": "jpeg", "OPEN_EXR": "exr", "OPEN_EXR_MULTILAYER": "exr-multilayer"}


def still_format(image: bpy.types.ImageFormatSettings) -> str:
    """Kiln's word for the still format, png for a movie; else Blender's own in small letters (tiff, bmp, webp, ...)."""
    name = image.file_format
    if name in ("FFMPEG", "AVI_JPEG", "AVI_RAW"):
        return "png"
    if name == "PNG":
        return "png16" if image.color_depth == "16" else "png"
    return _EXTENSIONS.get(name, name.lower())


def is_animated(scene: bpy.types.Scene) -> bool:
    """Whether pictures of different frames can differ: animation, drivers by frame, simulations, camera markers."""
    if len({marker.camera for marker in scene.timeline_markers if marker.camera is not None}) > 1:
        return True
    blocks = [scene, scene.world, scene.camera and scene.camera.data, *scene.objects]
    blocks += [item.data for item in scene.objects if item.data is not None]
    blocks += [slot.material for item in scene.objects for slot in item.material_slots if slot.material is not None]
    blocks += [key for key in bpy.data.shape_keys]
    for block in blocks:
        if block is None:
            continue
        for owner in (block, getattr(block, "node_tree", None)):
            animation = getattr(owner, "animation_data", None)
            if animation is not None and (animation.action is not None or len(animation.nla_tracks) > 0 or len(animation.drivers) > 0):
                return True
    return any(True for _ in dependencies.point_caches(scene)) or any(image.source in {"SEQUENCE", "MOVIE"} for image in bpy.data.images)


def anything_moves(scene: bpy.types.Scene) -> bool:
    """Like is_animated, but true for any animation anywhere in the file: for those who must not miss one."""
    return is_animated(scene) or any(True for _ in _animated_blocks()) or any(item.particle_systems for item in scene.objects)


def blocked_drivers() -> list[str]:
    """Drivers that need Python, and so do nothing while running scripts of the file is off."""
    found = []
    for owner in _animated_blocks():
        for curve in owner.animation_data.drivers:
            driver = curve.driver
            if driver is not None and driver.type == "SCRIPTED" and not driver.is_simple_expression:
                found.append(f"{owner.name}: {curve.data_path}")
    return found


def _animated_blocks():
    """Everything with animation or drivers in the file, each once: some collections of bpy.data hold what others hold."""
    seen = set()
    for name in dir(bpy.data):
        blocks = getattr(bpy.data, name)
        if not isinstance(blocks, bpy.types.bpy_prop_collection):
            continue
        for block in blocks:
            for owner in (block, getattr(block, "node_tree", None)):
                if getattr(owner, "animation_data", None) is not None and owner.as_pointer() not in seen:
                    seen.add(owner.as_pointer())
                    yield owner


def autorun_texts() -> list[str]:
    return sorted(text.name for text in bpy.data.texts if text.use_module)
