"""Progressive pictures of a material: a few samples more in each, until it is clean or a newer request takes its place."""

from __future__ import annotations

import math
import os
from collections.abc import Callable

import bmesh
import bpy
from mathutils import Vector

from . import geometry, opening, settings as setting, stage
from .errors import Failure
from .journal import Journal
from .materials import MaterialBuilder, apply_overrides
from .render import RenderCall

SHAPES = ("ball", "cube", "cloth", "model")
LIGHTS = ("studio", "daylight", "rim")


class PreviewStage:
    """The scene in which materials are looked at. It stays open from one preview to the next, which is what makes them quick."""

    def __init__(self, shape: str, light: str, model: opening.Opened | None) -> None:
        if shape not in SHAPES or light not in LIGHTS:
            raise Failure("BAD_REQUEST", f"A preview has one of the shapes {', '.join(SHAPES)} and one of the lights {', '.join(LIGHTS)}.")
        self.shape, self.light, self.model = shape, light, model
        if shape == "model":
            if model is None:
                raise Failure("NOT_OPEN", "A preview on the model needs the model to be open: send open first.")
            self.scene = bpy.data.scenes.new("Kiln preview")
            for item in geometry.renderable(model.scene):
                self.scene.collection.objects.link(item)
            self._subject = None
        else:
            opening.empty()
            self.scene = bpy.context.scene
            self._subject = bpy.data.objects.new("Kiln preview", _shape_mesh(shape))
            self.scene.collection.objects.link(self._subject)
        self._light()

    def fits(self, shape: str, light: str, model: opening.Opened | None) -> bool:
        if (self.shape, self.light) != (shape, light) or (shape == "model" and self.model is not model):
            return False
        try:
            return self.scene.name in bpy.data.scenes
        except ReferenceError:
            return False  # a file was opened since

    def close(self) -> None:
        """Takes the scene away again, where it stands beside a model that stays open."""
        try:
            if self.shape == "model":
                for item in list(self.scene.objects):
                    if item.name.startswith("Kiln "):
                        bpy.data.objects.remove(item)
                bpy.data.scenes.remove(self.scene)
        except ReferenceError:
            pass

    def dress(self, material: dict, slot: str | None, builder: MaterialBuilder, journal: Journal) -> None:
        """Puts the material on the subject until the journal is restored."""
        if self._subject is not None:
            made = builder.build("Kiln material", material)
            journal.on_restore(lambda: bpy.data.materials.remove(made))
            slots = self._subject.data.materials
            if not slots:
                slots.append(None)
            slots[0] = made

            def undress() -> None:
                slots[0] = None

            journal.on_restore(undress)
            return
        names = [slot] if slot else sorted({
            each.material.name for item in self.scene.objects if not item.name.startswith("Kiln ")
            for each in item.material_slots if each.material is not None})
        apply_overrides(tuple({"slot": name, "material": material} for name in names), builder, journal)

    def _light(self) -> None:
        scene = self.scene
        scene.render.resolution_x = scene.render.resolution_y = 256
        scene.view_layers[0].update()
        bounds = geometry.bounds(scene)
        if bounds is None:
            raise Failure("NOTHING_TO_RENDER", "The model holds no geometry that renders.")
        stage.add_camera(scene, bounds, azimuth=22.0, elevation=14.0)
        stage.add_floor(scene, bounds, checker=True)
        stage.set_neutral_colours(scene)
        if self.light == "studio":
            stage.add_lights(scene, bounds)
            stage.set_world(scene, 0.22)
        elif self.light == "daylight":
            _daylight(scene, bounds)
        else:
            stage.add_area(scene, "Kiln rim left", bounds, Vector((-1.0, 0.85, 0.5)), 3.6, 1.6, 260.0, (0.75, 0.86, 1.0))
            stage.add_area(scene, "Kiln rim right", bounds, Vector((1.0, 0.75, 0.6)), 3.6, 1.6, 260.0, (1.0, 0.87, 0.74))
            stage.set_world(scene, 0.04)


def _daylight(scene: bpy.types.Scene, bounds: geometry.Bounds) -> None:
    data = bpy.data.lights.new("Kiln sun", "SUN")
    data.energy = 2.6
    data.angle = math.radians(1.5)
    data.color = (1.0, 0.95, 0.87)
    sun = bpy.data.objects.new("Kiln sun", data)
    sun.rotation_euler = Vector((-0.6, -0.75, 0.9)).to_track_quat("Z", "Y").to_euler()
    scene.collection.objects.link(sun)
    stage.set_world(scene, 0.45, (0.62, 0.78, 1.0))


def _shape_mesh(shape: str) -> bpy.types.Mesh:
    mesh = bpy.data.meshes.new(f"Kiln {shape}")
    shaped = bmesh.new()
    shaped.loops.layers.uv.new("UVMap")
    if shape == "ball":
        bmesh.ops.create_uvsphere(shaped, u_segments=96, v_segments=48, radius=1.0, calc_uvs=True)
    elif shape == "cube":
        bmesh.ops.create_cube(shaped, size=1.7, calc_uvs=True)
        bmesh.ops.bevel(
            shaped, geom=shaped.edges[:], offset=0.09, offset_type="OFFSET", segments=5, profile=0.5, affect="EDGES", clamp_overlap=True)
    else:
        bmesh.ops.create_grid(shaped, x_segments=140, y_segments=140, size=1.5, calc_uvs=True)
        for vertex in shaped.verts:
            vertex.co = _draped(vertex.co)
    shaped.to_mesh(mesh)
    shaped.free()
    mesh.polygons.foreach_set("use_smooth", [True] * len(mesh.polygons))
    mesh.update()
    return mesh


def _draped(point: Vector) -> Vector:
    """A square cloth over a ball: round on top, hanging in folds that grow towards the hem."""
    ball = 0.72
    away = math.hypot(point.x, point.y)
    around = math.atan2(point.y, point.x)
    arc = min(away, ball * 1.25)
    angle = arc / ball
    out, up = ball * math.sin(angle), ball * math.cos(angle)
    hanging = away - arc
    fold = min(1.0, hanging / 0.5)
    wave = math.sin(around * 7 + 0.6) + 0.45 * math.sin(around * 13 + 1.9)
    out += hanging * 0.16 + fold * 0.10 * wave
    up -= hanging * 0.93 + fold * 0.02 * math.cos(around * 7 + 0.6)
    return Vector((out * math.cos(around), out * math.sin(around), up))


class Progressive:
    """Renders batches of samples and adds them up; each sum is a picture.

    Batches are slices of one sample sequence (sample_offset), so the sum of all is the picture of one long run. The pattern is the
    one that is cut the same way in every version.
    """

    def __init__(self, scene: bpy.types.Scene, size: int, batches: int, batch_samples: int, seed: int, journal: Journal) -> None:
        cycles, render = scene.cycles, scene.render
        self._scene, self._samples = scene, batch_samples
        if setting.engine_word(render.engine) != "cycles":
            setting.set_engine(scene, "cycles", journal)
        for owner, name, value in (
            (render, "resolution_x", size), (render, "resolution_y", size), (render, "resolution_percentage", 100), (render, "use_border", False),
            (render, "use_persistent_data", True), (render, "use_compositing", False), (render, "use_sequencer", False),
            (render, "use_file_extension", False), (render, "filepath", render.filepath), (render, "film_transparent", False),
            (cycles, "use_adaptive_sampling", False), (cycles, "use_denoising", False), (cycles, "seed", seed), (cycles, "device", "CPU"), (cycles, "use_auto_tile", False),
        ):
            journal.set(owner, name, value)
        setting.set_slice(cycles, 0, batch_samples, batches * batch_samples, journal)
        image = render.image_settings
        setting.set_file_format(image, "OPEN_EXR", journal)
        image.color_depth = "32"
        image.color_mode = "RGBA"
        image.exr_codec = "NONE"
        self._raw = os.path.join(bpy.app.tempdir, "kiln-preview.exr")
        self._sum = None
        self._batches = 0
        self._picture = bpy.data.images.new("Kiln preview", size, size, float_buffer=True, alpha=True)
        journal.on_restore(lambda: bpy.data.images.remove(self._picture))

    def next(self, call: RenderCall) -> bool:
        """One batch more; false when it was broken off."""
        self._scene.cycles.sample_offset = self._batches * self._samples
        # Assigned each time, or persistent data would not notice the new offset.
        self._scene.render.filepath = self._raw
        if not call.run(self._scene):
            return False
        import numpy

        image = bpy.data.images.load(self._raw)
        try:
            values = numpy.empty(len(image.pixels), dtype=numpy.float32)
            image.pixels.foreach_get(values)
        finally:
            bpy.data.images.remove(image)
            os.remove(self._raw)
        self._sum = values.astype("float64") if self._sum is None else self._sum + values
        self._batches += 1
        return True

    def mean(self):
        """The mean of all samples so far, as float32 numbers of NumPy: rows of four channels."""
        return (self._sum / self._batches).astype("float32")

    def save(self, path: str) -> None:
        """The mean so far as PNG, seen through the scene's view transform."""
        self._picture.pixels.foreach_set(self.mean())
        self._picture.update()
        image = self._scene.render.image_settings
        before = (image.file_format, image.color_depth, image.color_mode)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        try:
            setting.set_file_format(image, "PNG", Journal())
            image.color_depth, image.color_mode = "8", "RGB"
            self._picture.save_render(path + ".part", scene=self._scene)
        finally:
            setting.set_file_format(image, before[0], Journal())
            image.color_depth, image.color_mode = before[1], before[2]
        os.replace(path + ".part", path)


def preview(
    scene: bpy.types.Scene, size: int, batches: int, batch_samples: int, path_of: Callable[[int], str], check: Callable[[], None],
    told: Callable[[int, int], None], threads: int,
) -> None:
    """Renders all batches; path_of names the picture after each, told says that it is there, check raises when it is to end."""
    journal = Journal()
    if threads > 0:
        journal.set(scene.render, "threads_mode", "FIXED")
        journal.set(scene.render, "threads", threads)
    try:
        progressive = Progressive(scene, size, batches, batch_samples, 0, journal)
        with RenderCall() as call:
            for batch in range(1, batches + 1):
                check()
                if not progressive.next(call):
                    check()
                    raise Failure("OUTPUT_MISSING", "Blender broke the preview off and did not say why.")
                progressive.save(path_of(batch))
                told(batch, batch * batch_samples)
    finally:
        journal.restore()
