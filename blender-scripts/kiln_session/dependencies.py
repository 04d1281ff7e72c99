"""The files that an open model points at, and which of them are not there."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterator

import bpy

_DIGITS = re.compile(r"(\d+)(?=\D*$)")


def absolute(path: str, library: object = None) -> str:
    """The path on this machine; forms of other systems are not mangled into relative ones."""
    return os.path.normpath(bpy.path.abspath(path, library=library)) if path else ""


def exists(path: str) -> bool:
    try:
        return os.path.exists(path)
    except (ValueError, OSError):
        return False  # a name that this system cannot even ask for


def _base(name: str) -> str:
    return os.path.basename(name.replace("\\", "/").rstrip("/")) or name


class Texture(dict):
    """name, path, packed, missing, kind (file, sequence, tiled, generated), found and expected files."""


def textures() -> list[Texture]:
    return [_texture(image) for image in bpy.data.images if image.source != "VIEWER" and image.type not in {"RENDER_RESULT", "COMPOSITING"}]


def _texture(image: bpy.types.Image) -> Texture:
    packed = image.packed_file is not None or len(image.packed_files) > 0
    path = image.filepath
    if image.source == "GENERATED" or (not path and not packed):
        return Texture(name=image.name, path="", packed=packed, missing=False, kind="generated", found=1, expected=1)
    where = absolute(path, image.library)
    if image.source == "TILED":
        numbers = [tile.number for tile in image.tiles]
        kind, found, expected = "tiled", sum(exists(_tile_path(where, number)) for number in numbers), len(numbers)
    elif image.source == "SEQUENCE":
        kind = "sequence"
        found, expected = _sequence(image, where)
    else:
        kind, found, expected = "file", int(exists(where)), 1
    if packed:
        found = expected
    return Texture(name=image.name, path=path, packed=packed, missing=found < expected, kind=kind, found=found, expected=expected)


def _tile_path(where: str, number: int) -> str:
    if "<UDIM>" in where:
        return where.replace("<UDIM>", str(number))
    if "<UVTILE>" in where:
        column, row = (number - 1001) % 10, (number - 1001) // 10
        return where.replace("<UVTILE>", f"u{column + 1}_v{row + 1}")
    # A tiled image that still names one of its tiles.
    return re.sub(r"1\d{3}(?=\D*$)", str(number), where)


def _sequence(image: bpy.types.Image, where: str) -> tuple[int, int]:
    """Found and expected files of a sequence, over the frames that its users play."""
    match = _DIGITS.search(os.path.basename(where))
    if match is None:
        return int(exists(where)), 1
    folder, name = os.path.split(where)
    head, digits, tail = name[: match.start()], match[1], name[match.end():]
    wanted: set[int] = set()
    for user in _image_users(image):
        first = user.frame_offset + 1
        wanted.update(range(first, first + min(max(1, user.frame_duration), 100000)))
    if not wanted:
        return int(exists(where)), 1
    width = len(digits)
    return sum(exists(os.path.join(folder, f"{head}{number:0{width}d}{tail}")) for number in wanted), len(wanted)


def _image_users(image: bpy.types.Image) -> Iterator[bpy.types.ImageUser]:
    for tree in node_trees():
        for node in tree.nodes:
            if getattr(node, "image", None) == image:
                if hasattr(node, "image_user"):
                    yield node.image_user
                elif hasattr(node, "frame_duration"):
                    yield node  # compositor image nodes are their own users


def node_trees() -> Iterator[bpy.types.NodeTree]:
    """Every tree of nodes in the file."""
    yield from bpy.data.node_groups
    for blocks in (bpy.data.materials, bpy.data.worlds, bpy.data.lights, bpy.data.scenes):
        for block in blocks:
            tree = getattr(block, "node_tree", None)
            if tree is not None:
                yield tree


def libraries() -> list[dict]:
    return [{"path": library.filepath, "missing": not exists(absolute(library.filepath, library.parent))} for library in bpy.data.libraries]


def missing(all_textures: list[Texture]) -> list[dict]:
    """Every file that is not there: kind, name of what needs it, path as the model has it."""
    found = [{"kind": "texture", "name": item["name"], "path": item["path"]} for item in all_textures if item["missing"]]
    found += [{"kind": "library", "name": _base(item["path"]), "path": item["path"]} for item in libraries() if item["missing"]]
    for kind, blocks in (("font", bpy.data.fonts), ("sound", bpy.data.sounds), ("volume", bpy.data.volumes), ("cache", bpy.data.cache_files)):
        for block in blocks:
            path = block.filepath
            if not path or path == "<builtin>" or getattr(block, "packed_file", None) is not None:
                continue
            if kind == "volume" and getattr(block, "is_sequence", False):
                there = bool(glob.glob(_sequence_pattern(absolute(path, block.library))))
            else:
                there = exists(absolute(path, block.library))
            if not there:
                found.append({"kind": kind, "name": block.name, "path": path})
    for clip in bpy.data.movieclips:
        if clip.filepath and not exists(absolute(clip.filepath, clip.library)):
            found.append({"kind": "texture", "name": clip.name, "path": clip.filepath})
    found += list(_missing_caches())
    return found


def _sequence_pattern(path: str) -> str:
    folder, name = os.path.split(path)
    match = _DIGITS.search(name)
    if match is None:
        return glob.escape(path)
    return os.path.join(glob.escape(folder), glob.escape(name[: match.start()]) + "*" + glob.escape(name[match.end():]))


def _missing_caches() -> Iterator[dict]:
    """Caches that the file says are on disk: Mesh Cache modifiers, baked fluids, external point caches."""
    for item in bpy.data.objects:
        for modifier in item.modifiers:
            if modifier.type == "MESH_CACHE" and modifier.filepath and not exists(absolute(modifier.filepath, item.library)):
                yield {"kind": "cache", "name": item.name, "path": modifier.filepath}
            elif modifier.type == "FLUID" and modifier.fluid_type == "DOMAIN":
                domain = modifier.domain_settings
                if domain.cache_type != "REPLAY" and not os.path.isdir(absolute(domain.cache_directory, item.library)):
                    yield {"kind": "cache", "name": item.name, "path": domain.cache_directory}
    for name, cache in point_caches():
        if not cache.use_disk_cache and not cache.use_external:
            continue
        folder = absolute(cache.filepath) if cache.use_external else _blendcache_folder()
        if not os.path.isdir(folder):
            yield {"kind": "cache", "name": name, "path": cache.filepath if cache.use_external else "//" + os.path.basename(folder)}


def _blendcache_folder() -> str:
    folder, name = os.path.split(bpy.data.filepath)
    return os.path.join(folder, "blendcache_" + os.path.splitext(name)[0])


def point_caches(scene: bpy.types.Scene | None = None) -> Iterator[tuple[str, bpy.types.PointCache]]:
    """(what is simulated, its cache), for one scene or for the whole file."""
    objects = scene.objects if scene is not None else bpy.data.objects
    for item in objects:
        for modifier in item.modifiers:
            if modifier.type in ("CLOTH", "SOFT_BODY"):
                yield f"{item.name} ({modifier.type.replace('_', ' ').lower()})", modifier.point_cache
            elif modifier.type == "DYNAMIC_PAINT" and modifier.canvas_settings is not None:
                for surface in modifier.canvas_settings.canvas_surfaces:
                    yield f"{item.name} (dynamic paint)", surface.point_cache
        for system in item.particle_systems:
            if system.settings.type == "EMITTER" or system.use_hair_dynamics:
                yield f"{item.name} (particles)", system.point_cache
    for one in [scene] if scene is not None else bpy.data.scenes:
        world = one.rigidbody_world
        if world is not None and world.enabled and world.collection is not None and len(world.collection.objects) > 0:
            yield "rigid bodies", world.point_cache


def unbaked_simulations(scene: bpy.types.Scene) -> list[str]:
    """What would come out differently when its frames were rendered out of order."""
    names = [name for name, cache in point_caches(scene) if not cache.is_baked and not cache.use_external]
    for item in scene.objects:
        for modifier in item.modifiers:
            if modifier.type == "FLUID" and modifier.fluid_type == "DOMAIN" and not modifier.domain_settings.has_cache_baked_any:
                names.append(f"{item.name} (fluid)")
            elif modifier.type == "NODES" and modifier.node_group is not None and _has_simulation(modifier.node_group, set()):
                if not _simulation_baked(modifier):
                    names.append(f"{item.name} (simulation nodes)")
    return sorted(set(names))


def _has_simulation(tree: bpy.types.NodeTree, seen: set[int]) -> bool:
    if tree.as_pointer() in seen:
        return False
    seen.add(tree.as_pointer())
    return any(
        node.bl_idname == "GeometryNodeSimulationOutput"
        or (getattr(node, "node_tree", None) is not None and _has_simulation(node.node_tree, seen))
        for node in tree.nodes)


def _simulation_baked(modifier: bpy.types.NodesModifier) -> bool:
    """Blender 4.1 and later list their bakes; whether one is baked is seen by its folder or packed data."""
    bakes = getattr(modifier, "bakes", None)
    if not bakes:
        return False
    for bake in bakes:
        if getattr(bake, "data_blocks", None) is None:
            return False
        folder = bake.directory if bake.use_custom_path else modifier.bake_directory
        path = absolute(folder)
        if not path or not os.path.isdir(path):
            return False
    return True
