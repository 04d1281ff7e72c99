"""Adds what a model lacks to be rendered at all: a camera, light, and for mesh formats a floor and a backdrop."""

from __future__ import annotations

import math
from collections.abc import Callable

import bpy
from mathutils import Matrix, Vector

from . import file_output, geometry, lighting, settings as setting
from .errors import Failure
from .geometry import Bounds

# Models outside these sizes (largest side, in metres) are scaled to the last figure.
_SMALLEST, _LARGEST, _SANE = 0.05, 100.0, 2.0
# Blender counts in single precision: so many times its own size from the origin, a model's places are known to 1/8000 of it.
_FAR = 2000.0
# A camera sees nothing that is nearer than a thousandth of a millimetre, and rays start that far off a surface.
_TINY = 1e-3
_LENS = 50.0
_MARGIN = 1.12

Warn = Callable[[str, str, str], None]


def for_blend(scene: bpy.types.Scene, warn: Warn) -> list[str]:
    """A .blend with a camera is left as it is; one without gets a camera, and light where it has none."""
    workbench = setting.engine_word(scene.render.engine) == "workbench"
    if scene.camera is not None or not _needs_camera(scene):
        if scene.camera is not None and not workbench and not lighting.lit(scene):
            warn("NO_LIGHT", f"Nothing lights the scene {scene.name}: no light, no glowing material, a black world. It renders black.", scene.name)
        return []
    others = sorted((item for item in scene.objects if item.type == "CAMERA"), key=lambda item: item.name)
    bounds = geometry.bounds(scene)
    if bounds is None or max(bounds.size) <= 0.0:
        raise Failure("NOTHING_TO_RENDER", nothing_in(scene))
    if max(bounds.size) < _TINY:
        warn("TINY_SCENE", f"All of the scene {scene.name} is {max(bounds.size):.4g} m large, too small to be rendered exactly; scale it up.",
             scene.name)
    codes = ["CAMERA_ADDED"]
    if others:
        scene.camera = others[0]
        warn("CAMERA_ADDED", f"The scene {scene.name} has no active camera; its camera {others[0].name} is used.", others[0].name)
    else:
        add_camera(scene, bounds)
        warn("CAMERA_ADDED", f"The scene {scene.name} has no camera; one that frames everything was added.", scene.name)
    if not workbench and not lighting.lit(scene):
        add_lights(scene, bounds)
        set_world(scene, 0.25)
        codes.append("LIGHT_ADDED")
        warn("LIGHT_ADDED", f"Nothing lights the scene {scene.name}; a studio light was added.", scene.name)
    return codes


def for_mesh(scene: bpy.types.Scene, warn: Warn) -> list[str]:
    """A mesh format brings no scene: it stands on a floor before a backdrop, lit and framed."""
    codes = []
    bounds = geometry.bounds(scene)
    if bounds is None or max(bounds.size) <= 0.0:
        raise Failure("NOTHING_TO_RENDER", "The model holds no geometry that renders.")
    largest = max(bounds.size)
    factor = 1.0 if _SMALLEST <= largest <= _LARGEST else _SANE / max(largest, 1e-9)
    distance = bounds.centre.length
    far = distance > _FAR * max(largest, 1e-9)
    if far or factor != 1.0:
        _place_all(scene, factor, -factor * bounds.centre if far else Vector())
        bounds = geometry.bounds(scene) or bounds
    if factor != 1.0:
        codes.append("SCALE_NORMALISED")
        warn("SCALE_NORMALISED", f"The model is {largest:.4g} m large; it was scaled to {_SANE:g} m.", f"{factor:.6g}")
    if far:
        codes.append("PLACE_NORMALISED")
        warn(
            "PLACE_NORMALISED",
            f"The model lies {distance:.4g} m from the origin, too far to be rendered exactly; it was moved there.", f"{distance:.6g}")
    _give_materials(scene)
    if scene.camera is None:
        cameras = sorted((item for item in scene.objects if item.type == "CAMERA"), key=lambda item: item.name)
        if cameras:
            scene.camera = cameras[0]
        else:
            add_camera(scene, bounds)
            codes.append("CAMERA_ADDED")
            warn("CAMERA_ADDED", "The model brings no camera; one that frames it was added.", "")
    add_floor(scene, bounds)
    codes.append("STAGE_ADDED")
    warn("STAGE_ADDED", "The model stands on a neutral floor before a backdrop.", "")
    if not lighting.lights(scene):
        add_lights(scene, bounds)
        codes.append("LIGHT_ADDED")
        warn("LIGHT_ADDED", "The model brings no light; a studio light was added.", "")
    set_world(scene, 0.22)
    return codes


def is_empty(scene: bpy.types.Scene) -> bool:
    """Whether there is neither a camera nor anything that a camera could be put before."""
    return scene.camera is None and _needs_camera(scene) and geometry.bounds(scene) is None


def nothing_in(scene: bpy.types.Scene) -> str:
    others = len(bpy.data.scenes) > 1
    return (f"The scene {scene.name} has no camera and no object that renders, so there is nothing to render."
            + (" Choose another scene." if others else ""))


def _needs_camera(scene: bpy.types.Scene) -> bool:
    """Pictures that come only from the sequencer or from a compositor without render layers need none."""
    render = scene.render
    if render.use_sequencer and scene.sequence_editor is not None:
        strips = getattr(scene.sequence_editor, "strips", None) or getattr(scene.sequence_editor, "sequences", ())
        if len(strips) > 0:
            return False
    tree = file_output.compositor_tree(scene) if render.use_compositing else None
    if tree is not None:
        return any(node.bl_idname == "CompositorNodeRLayers" and node.scene in (None, scene) for node in tree.nodes)
    return True


def _collection(scene: bpy.types.Scene) -> bpy.types.Collection:
    """Everything that Kiln adds is in a collection of this name."""
    for child in scene.collection.children:
        if child.name.startswith("Kiln stage"):
            return child
    collection = bpy.data.collections.new("Kiln stage")
    scene.collection.children.link(collection)
    return collection


def add_camera(scene: bpy.types.Scene, bounds: Bounds, azimuth: float = 32.0, elevation: float = 17.0) -> bpy.types.Object:
    """Three-quarter view from slightly above (degrees), as near as the whole box stays in the picture."""
    data = bpy.data.cameras.new("Kiln camera")
    camera = bpy.data.objects.new("Kiln camera", data)
    _collection(scene).objects.link(camera)
    data.lens = _LENS
    around = math.radians(azimuth)
    direction = Vector((math.sin(around), -math.cos(around), math.tan(math.radians(elevation)))).normalized()
    place_camera(scene, camera, bounds, direction)
    scene.camera = camera
    return camera


def place_camera(scene: bpy.types.Scene, camera: bpy.types.Object, bounds: Bounds, direction: Vector, margin: float = _MARGIN) -> None:
    """Looks from that direction at the box, fitting its corners into the picture."""
    rotation = direction.to_track_quat("Z", "Y")
    render = scene.render
    width = render.resolution_x * render.pixel_aspect_x
    height = render.resolution_y * render.pixel_aspect_y
    half = camera.data.sensor_width / 2 / camera.data.lens
    half_x, half_y = (half, half * height / width) if width >= height else (half * width / height, half)
    inverse = rotation.inverted()
    corners = [inverse @ (corner - bounds.centre) for corner in bounds.corners()]
    # A corner at (x, y, z) of the camera's axes is inside when |x| <= (distance - z) * half.
    distance = max(max(abs(corner.x) * margin / half_x, abs(corner.y) * margin / half_y) + corner.z for corner in corners)
    distance = max(distance, bounds.radius * 1.05)
    camera.matrix_world = Matrix.Translation(bounds.centre + direction * distance) @ rotation.to_matrix().to_4x4()
    reach = distance + bounds.radius
    camera.data.clip_start = max(reach / 10000, 1e-4)
    camera.data.clip_end = max(100.0, reach * 40)


def add_area(scene: bpy.types.Scene, name: str, bounds: Bounds, direction: Vector, distance: float, size: float, power: float,
              colour: tuple[float, float, float]) -> None:
    data = bpy.data.lights.new(name, "AREA")
    light = bpy.data.objects.new(name, data)
    _collection(scene).objects.link(light)
    radius = bounds.radius
    data.shape = "DISK"
    data.size = size * radius
    # Light falls off with the square of the distance, so power grows with the square of the size.
    data.energy = power * radius * radius
    data.color = colour
    direction = direction.normalized()
    position = bounds.centre + direction * distance * radius
    light.matrix_world = Matrix.Translation(position) @ direction.to_track_quat("Z", "Y").to_matrix().to_4x4()


def add_lights(scene: bpy.types.Scene, bounds: Bounds) -> None:
    """Key, fill and rim, as a photographer sets them."""
    add_area(scene, "Kiln key", bounds, Vector((-0.75, -0.85, 1.05)), 4.2, 2.4, 230.0, (1.0, 0.965, 0.92))
    add_area(scene, "Kiln fill", bounds, Vector((1.1, -0.7, 0.45)), 4.6, 3.4, 34.0, (0.90, 0.95, 1.0))
    add_area(scene, "Kiln rim", bounds, Vector((0.45, 1.0, 0.95)), 4.0, 1.8, 150.0, (1.0, 0.98, 0.96))


def set_world(scene: bpy.types.Scene, strength: float, colour: tuple[float, float, float] = (0.86, 0.90, 1.0)) -> None:
    world = bpy.data.worlds.new("Kiln world")
    world.use_nodes = True
    background = next((node for node in world.node_tree.nodes if node.bl_idname == "ShaderNodeBackground"), None)
    if background is not None:
        background.inputs["Color"].default_value = (*colour, 1.0)
        background.inputs["Strength"].default_value = strength
    scene.world = world


def _principled(name: str, colour: tuple[float, float, float], roughness: float) -> bpy.types.Material:
    material = bpy.data.materials.new(name)
    material.use_nodes = True
    shader = next(node for node in material.node_tree.nodes if node.bl_idname == "ShaderNodeBsdfPrincipled")
    shader.inputs["Base Color"].default_value = (*colour, 1.0)
    shader.inputs["Roughness"].default_value = roughness
    material.diffuse_color = (*colour, 1.0)
    return material


def add_floor(scene: bpy.types.Scene, bounds: Bounds, checker: bool = False) -> None:
    """A floor that curves up into a backdrop behind the model, like a photographer's paper roll, facing the camera."""
    camera = scene.camera
    toward = (camera.matrix_world.translation - bounds.centre) if camera is not None else Vector((0, -1, 0))
    toward.z = 0
    toward = toward.normalized() if toward.length > 1e-6 else Vector((0, -1, 0))
    side = Vector((-toward.y, toward.x, 0))
    radius = bounds.radius
    ground = Vector((bounds.centre.x, bounds.centre.y, bounds.low.z - radius * 0.0005))
    bend, back, front, width, height = 2.5 * radius, 4.0 * radius, 26.0 * radius, 60.0 * radius, 40.0 * radius
    profile = [(-front, 0.0), (back, 0.0)]
    steps = 24
    for step in range(1, steps + 1):
        angle = math.pi / 2 * step / steps
        profile.append((back + bend * math.sin(angle), bend * (1 - math.cos(angle))))
    profile.append((back + bend, height))
    vertices, faces = [], []
    for along, up in profile:
        for across in (-width / 2, width / 2):
            vertices.append(ground - toward * along + side * across + Vector((0, 0, up)))
    for index in range(len(profile) - 1):
        first = 2 * index
        faces.append((first, first + 1, first + 3, first + 2))
    mesh = bpy.data.meshes.new("Kiln floor")
    mesh.from_pydata([tuple(vertex) for vertex in vertices], [], faces)
    mesh.polygons.foreach_set("use_smooth", [True] * len(mesh.polygons))
    mesh.update()
    backdrop = _principled("Kiln backdrop", (0.34, 0.345, 0.36), 0.65)
    if checker:
        _add_checker(backdrop, radius)
    mesh.materials.append(backdrop)
    _collection(scene).objects.link(bpy.data.objects.new("Kiln floor", mesh))


def _add_checker(material: bpy.types.Material, radius: float) -> None:
    """Two greys, so that glass shows how it bends what is behind it."""
    tree = material.node_tree
    shader = next(node for node in tree.nodes if node.bl_idname == "ShaderNodeBsdfPrincipled")
    place = tree.nodes.new("ShaderNodeNewGeometry")
    squares = tree.nodes.new("ShaderNodeTexChecker")
    squares.inputs["Color1"].default_value = (0.40, 0.405, 0.42, 1.0)
    squares.inputs["Color2"].default_value = (0.22, 0.223, 0.235, 1.0)
    squares.inputs["Scale"].default_value = 2.6 / radius
    tree.links.new(place.outputs["Position"], squares.inputs["Vector"])
    tree.links.new(squares.outputs["Color"], shader.inputs["Base Color"])


def set_neutral_colours(scene: bpy.types.Scene) -> None:
    """The colours of a bare mesh as its author saw them: glTF's own transform where there is one."""
    for transform, look in (("Khronos PBR Neutral", "None"), ("Filmic", "Medium High Contrast")):
        try:
            scene.view_settings.view_transform = transform
            scene.view_settings.look = look
            return
        except TypeError:
            continue


def _place_all(scene: bpy.types.Scene, factor: float, by: Vector) -> None:
    """Scales and moves the roots: children and animation follow through a common parent."""
    parent = bpy.data.objects.new("Kiln place", None)
    _collection(scene).objects.link(parent)
    for item in list(scene.objects):
        if item.parent is None and item is not parent:
            item.parent = parent
    parent.scale = (factor,) * 3
    parent.location = by
    scene.view_layers[0].update()


def _give_materials(scene: bpy.types.Scene) -> None:
    """Formats without materials get neutral clay, or the colours of their vertices."""
    clay = None
    for item in scene.objects:
        if item.type != "MESH" or any(slot.material is not None for slot in item.material_slots):
            continue
        mesh = item.data
        colours = getattr(mesh, "color_attributes", None)
        if colours:
            material = _principled("Kiln vertex colours", (0.8, 0.8, 0.8), 0.55)
            tree = material.node_tree
            attribute = tree.nodes.new("ShaderNodeVertexColor")
            attribute.layer_name = colours[0].name
            shader = next(node for node in tree.nodes if node.bl_idname == "ShaderNodeBsdfPrincipled")
            tree.links.new(attribute.outputs["Color"], shader.inputs["Base Color"])
        else:
            clay = clay or _principled("Kiln clay", (0.62, 0.56, 0.50), 0.55)
            material = clay
        if mesh.materials:
            mesh.materials[0] = material
        else:
            mesh.materials.append(material)


def set_defaults(scene: bpy.types.Scene) -> None:
    """How a model of a mesh format is rendered when nobody says otherwise: its file says nothing of it."""
    set_neutral_colours(scene)
    scene.render.engine = "CYCLES"
    scene.cycles.samples = 96
    scene.cycles.use_adaptive_sampling = True
    scene.cycles.adaptive_threshold = 0.02
    scene.cycles.use_denoising = bool(setting.denoisers())
    scene.render.resolution_x, scene.render.resolution_y, scene.render.resolution_percentage = 1280, 720, 100
    scene.render.image_settings.file_format = "PNG"
