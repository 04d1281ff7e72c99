"""Makes the two scenes that Kiln is measured and tested with.

    blender -b --factory-startup -P examples/make_bench.py

writes into ``bench`` beside this file (or into the folder given after ``--``):

``overhead.blend``
    60 frames of roughly half a second each, for ``kiln bench overhead``: long enough that Cycles
    does real work in each, short enough that whatever is lost between frames shows.
``frames20.blend``
    20 frames of roughly a fifth of a second each, for tests that stop things in mid-task.

In both a wheel turns under a set of vessels and a sheet of slip ripples, so that every frame has
its own picture and its own geometry. Samples and seed are fixed, nothing is adaptive, nothing is
denoised and no simulation runs: the same Blender gives the same pixels every time. (Files still
differ: Cycles writes its timings into a PNG. Compare pixels.)
"""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from pathlib import Path

import bpy

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import make_stoneware as studio  # noqa: E402  (Blender does not put the script's folder on the path)


@dataclass(frozen=True)
class Bench:
    name: str
    frames: int
    width: int
    height: int
    samples: int


BENCHES: tuple[Bench, ...] = (
    Bench("overhead", frames=60, width=240, height=135, samples=15),
    Bench("frames20", frames=20, width=160, height=90, samples=8),
)

COLOURS: dict[str, str] = {
    "Celadon vase": "#a3c0ac",
    "Cobalt bottle": "#1d3fa6",
    "Tenmoku bowl": "#2a130a",
    "Cream cup": "#e0d5bd",
    "Terracotta beaker": "#bf6a40",
}
CIRCLE = 0.23  # m, from the axle to the middle of a vessel


def linear(ob: bpy.types.Object) -> None:
    """Even motion: no ease at the ends, so that every step is as large as the last."""
    for curve in ob.animation_data.action.fcurves:
        for key in curve.keyframe_points:
            key.interpolation = "LINEAR"


def add_wheel(frames: int) -> bpy.types.Object:
    """A disc that makes a third of a turn over the whole animation."""
    rim = ((0.330, 0.000), (0.336, 0.004), (0.337, 0.014), (0.334, 0.020))
    disc = studio.Vessel("Wheel", rim, wall=0.01, floor=0.012, place=(0, 0), wobble=0.0, segments=64, rings=8)
    wheel = studio.put("Wheel", studio.turned_mesh(disc), (0, 0, -0.022))
    wheel.data.materials.append(studio.plain("Iron", "#4b4744", 0.5))
    for frame, angle in ((1, 0.0), (frames + 1, 2 * math.pi / 3)):
        wheel.rotation_euler.z = angle
        wheel.keyframe_insert("rotation_euler", index=2, frame=frame)
    linear(wheel)
    return wheel


def add_vessels(wheel: bpy.types.Object) -> None:
    for i, vessel in enumerate(studio.VESSELS):
        angle = 2 * math.pi * i / len(studio.VESSELS) + 0.3
        ob = studio.put(vessel.name, studio.turned_mesh(vessel), (CIRCLE * math.cos(angle), CIRCLE * math.sin(angle), 0.012))
        ob.parent = wheel
        ob.data.materials.append(studio.plain(vessel.name, COLOURS[vessel.name], 0.2))


def add_slip() -> None:
    """A sheet of liquid clay around the wheel; the wave depends on the frame alone."""
    n, half = 56, 1.1
    verts = [(-half + 2 * half * i / n, -half + 2 * half * j / n, 0.0) for j in range(n + 1) for i in range(n + 1)]
    faces = [(j * (n + 1) + i, j * (n + 1) + i + 1, (j + 1) * (n + 1) + i + 1, (j + 1) * (n + 1) + i) for j in range(n) for i in range(n)]
    mesh = bpy.data.meshes.new("Slip")
    mesh.from_pydata(verts, [], faces)
    mesh.polygons.foreach_set("use_smooth", [True] * len(faces))
    mesh.materials.append(studio.plain("Slip", "#8c6a50", 0.3))
    mesh.update()
    wave = studio.put("Slip", mesh, (0, 0, -0.045)).modifiers.new("Ripple", "WAVE")
    wave.time_offset, wave.speed, wave.height, wave.width, wave.narrowness = -200, 0.012, 0.014, 0.16, 14.0


def add_light() -> None:
    studio.area_light("Window", (-1.1, -0.7, 1.3), (0, 0, 0.1), (0.9, 0.9), 40, "#fff3e4")
    world = bpy.data.worlds.new("Room")
    world.use_nodes = True
    world.node_tree.nodes["Background"].inputs["Color"].default_value = (0.30, 0.29, 0.30, 1)
    world.cycles.sampling_method = "NONE"
    bpy.context.scene.world = world


def add_camera() -> None:
    data = bpy.data.cameras.new("Camera")
    data.lens = 52
    camera = studio.put("Camera", data, (0.0, -1.25, 0.62))
    camera.rotation_euler = (math.radians(65.5), 0, 0)
    bpy.context.scene.camera = camera


def set_render(bench: Bench) -> None:
    scene = bpy.context.scene
    scene.name = bench.name
    scene.frame_start, scene.frame_end, scene.render.fps = 1, bench.frames, 24
    render = scene.render
    render.engine = "CYCLES"
    render.resolution_x, render.resolution_y, render.resolution_percentage = bench.width, bench.height, 100
    render.image_settings.file_format, render.image_settings.color_mode = "PNG", "RGB"
    render.filepath = f"//{bench.name}_"
    for stamp in [p for p in dir(render) if p.startswith("use_stamp_")]:
        setattr(render, stamp, False)
    scene.view_settings.view_transform = "Filmic"
    c = scene.cycles
    c.device, c.samples, c.seed, c.use_animated_seed = "CPU", bench.samples, 0, False
    c.use_adaptive_sampling = c.use_denoising = False
    c.max_bounces, c.diffuse_bounces, c.glossy_bounces = 3, 2, 2
    c.caustics_reflective = c.caustics_refractive = False
    c.use_auto_tile = False


def make(bench: Bench, folder: Path) -> None:
    studio.empty_file()
    add_vessels(add_wheel(bench.frames))
    add_slip()
    add_light()
    add_camera()
    set_render(bench)
    bpy.context.scene.frame_set(1)
    studio.save(folder / f"{bench.name}.blend")


def main() -> None:
    folder = Path(sys.argv[sys.argv.index("--") + 1]) if "--" in sys.argv else HERE / "bench"
    for bench in BENCHES:
        make(bench, folder)


if __name__ == "__main__":
    main()
