"""Makes Kiln's sample scene: five stoneware vessels and a branch on a wooden table.

    blender -b --factory-startup -P examples/make_stoneware.py

writes ``stoneware/stoneware.blend`` and ``teacup.glb`` beside this file (or below the
folder given after ``--``). Run it with Blender 3.4, so that 3.4 and everything newer
can open the result. Nothing is loaded from outside: shapes are turned on a lathe from
the profiles below, and materials are node graphs without a single texture file.

Lengths are metres, z is up, the camera looks along +y.
"""

from __future__ import annotations

import math
import random
import sys
from dataclasses import dataclass
from pathlib import Path

import bpy
from mathutils import Vector, noise

HERE = Path(__file__).resolve().parent
FRAMES = 24

Point = tuple[float, float]
Point3 = tuple[float, float, float]
Colour = tuple[float, float, float]


def srgb(code: str) -> Colour:
    """The linear colour of ``#rrggbb``."""

    def linear(c: float) -> float:
        return c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4

    r, g, b = (linear(int(code[i : i + 2], 16) / 255) for i in (1, 3, 5))
    return r, g, b


# --- shapes -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Vessel:
    """A turned vessel: outer profile from foot to lip as (radius, height), and its wall."""

    name: str
    profile: tuple[Point, ...]
    wall: float
    floor: float
    place: Point
    turn: float = 0.0
    wobble: float = 0.006
    segments: int = 40
    rings: int = 30


VESSELS: tuple[Vessel, ...] = (
    Vessel(
        "Celadon vase",
        ((0.046, 0.000), (0.049, 0.004), (0.056, 0.020), (0.080, 0.066), (0.096, 0.112), (0.098, 0.142),
         (0.088, 0.178), (0.064, 0.212), (0.040, 0.238), (0.030, 0.258), (0.0285, 0.276), (0.033, 0.292), (0.041, 0.302)),
        wall=0.0048, floor=0.010, place=(-0.035, 0.075), turn=0.4, rings=34,
    ),
    Vessel(
        "Cobalt bottle",
        ((0.043, 0.000), (0.047, 0.003), (0.057, 0.016), (0.066, 0.044), (0.068, 0.068), (0.060, 0.100),
         (0.042, 0.132), (0.026, 0.158), (0.0185, 0.182), (0.0165, 0.206), (0.0180, 0.222), (0.0245, 0.231)),
        wall=0.0040, floor=0.009, place=(-0.192, -0.020), turn=1.3, rings=34, wobble=0.005,
    ),
    Vessel(
        "Tenmoku bowl",
        ((0.035, 0.000), (0.036, 0.003), (0.0355, 0.009), (0.040, 0.014), (0.064, 0.031), (0.087, 0.054),
         (0.100, 0.074), (0.104, 0.084), (0.1065, 0.090)),
        wall=0.0045, floor=0.018, place=(0.168, -0.030), turn=2.1, segments=48, rings=26,
    ),
    Vessel(
        "Cream cup",
        ((0.031, 0.000), (0.034, 0.002), (0.039, 0.010), (0.0430, 0.030), (0.0435, 0.052), (0.0428, 0.072), (0.0432, 0.081)),
        wall=0.0038, floor=0.008, place=(0.012, -0.150), turn=0.9, wobble=0.012, rings=24,
    ),
    Vessel(
        "Terracotta beaker",
        ((0.040, 0.000), (0.043, 0.002), (0.046, 0.010), (0.0500, 0.045), (0.0540, 0.090), (0.0570, 0.118)),
        wall=0.0045, floor=0.009, place=(0.290, 0.120), turn=0.2, wobble=0.008, rings=22,
    ),
)


def smooth_curve(points: list[Point], count: int) -> list[Point]:
    """``count`` points spread evenly along a centripetal Catmull-Rom curve through ``points``."""
    ctrl = [Vector((2 * points[0][0] - points[1][0], 2 * points[0][1] - points[1][1]))]
    ctrl += [Vector(p) for p in points]
    ctrl.append(2 * ctrl[-1] - ctrl[-2])
    dense: list[Vector] = []
    for p0, p1, p2, p3 in zip(ctrl, ctrl[1:], ctrl[2:], ctrl[3:]):
        t1 = (p1 - p0).length ** 0.5
        t2 = t1 + (p2 - p1).length ** 0.5
        t3 = t2 + (p3 - p2).length ** 0.5
        for i in range(24):
            t = t1 + (t2 - t1) * i / 24
            a1 = p0 * ((t1 - t) / t1) + p1 * (t / t1)
            a2 = p1 * ((t2 - t) / (t2 - t1)) + p2 * ((t - t1) / (t2 - t1))
            a3 = p2 * ((t3 - t) / (t3 - t2)) + p3 * ((t - t2) / (t3 - t2))
            b1 = a1 * ((t2 - t) / t2) + a2 * (t / t2)
            b2 = a2 * ((t3 - t) / (t3 - t1)) + a3 * ((t - t1) / (t3 - t1))
            dense.append(b1 * ((t2 - t) / (t2 - t1)) + b2 * ((t - t1) / (t2 - t1)))
    dense.append(ctrl[-2])
    lengths = [0.0]
    for a, b in zip(dense, dense[1:]):
        lengths.append(lengths[-1] + (b - a).length)
    out: list[Point] = []
    j = 0
    for i in range(count):
        want = lengths[-1] * i / (count - 1)
        while j < len(dense) - 2 and lengths[j + 1] < want:
            j += 1
        span = lengths[j + 1] - lengths[j]
        p = dense[j].lerp(dense[j + 1], (want - lengths[j]) / span if span else 0.0)
        out.append((p.x, p.y))
    return out


def section(v: Vessel) -> tuple[list[Point], list[float]]:
    """The closed section of the wall, foot to lip to floor, and how near each point is to the lip (0..1)."""
    outer = smooth_curve(list(v.profile), v.rings)
    inner: list[Point] = []
    for before, here, after in zip(outer, outer[1:], outer[2:]):
        along = (Vector(after) - Vector(before)).normalized()
        r, z = here[0] - along.y * v.wall, here[1] + along.x * v.wall
        if z > v.floor and r > 0.004:
            inner.append((r, z))
    top = outer[-1]
    along = (Vector(top) - Vector(outer[-2])).normalized()
    across = Vector((-along.y, along.x)) * v.wall
    lip = [
        tuple(Vector(top) + across * 0.08 + along * v.wall * 0.34),
        tuple(Vector(top) + across * 0.50 + along * v.wall * 0.52),
        tuple(Vector(top) + across * 0.92 + along * v.wall * 0.34),
        tuple(Vector(top) + across),
    ]
    inner.reverse()
    low = inner[-1][0]
    floor = [(low * k, v.floor * (0.93 + 0.07 * k)) for k in (0.86, 0.6, 0.3)]
    foot = [(outer[0][0] * k, 0.0012) for k in (0.3, 0.75)] + [(outer[0][0] * 0.9, 0.0004)]
    points = foot + outer + lip + inner + floor
    path = [0.0]
    for a, b in zip(points, points[1:]):
        path.append(path[-1] + (Vector(b) - Vector(a)).length)
    mid = path[max(range(len(points)), key=lambda i: points[i][1])]
    nearness = [math.exp(-(((s - mid) / 0.0065) ** 2)) for s in path]
    return points, nearness


def turned_mesh(v: Vessel) -> bpy.types.Mesh:
    """Turns the section on the lathe; a slow noise makes it a hand-thrown thing."""
    points, nearness = section(v)
    n = v.segments
    seed = Vector((len(v.name) * 3.7, v.place[0] * 11, v.place[1] * 17))
    verts: list[Vector] = [Vector((0, 0, points[0][1]))]
    lip: list[float] = [0.0]
    for (r, z), near in zip(points, nearness):
        for i in range(n):
            a = 2 * math.pi * i / n
            here = Vector((math.cos(a), math.sin(a), 0))
            round_off = v.wobble * noise.noise(here * 0.9 + Vector((0, 0, z * 9)) + seed)
            lean = 0.35 * v.wobble * noise.noise(here * 0.7 + seed)
            verts.append(here * (r * (1 + round_off)) + Vector((0, 0, z * (1 + lean))))
            lip.append(near)
    verts.append(Vector((0, 0, points[-1][1])))
    lip.append(0.0)
    last = len(verts) - 1
    faces: list[tuple[int, ...]] = [(0, 1 + (i + 1) % n, 1 + i) for i in range(n)]
    for k in range(len(points) - 1):
        a, b = 1 + k * n, 1 + (k + 1) * n
        faces += [(a + i, a + (i + 1) % n, b + (i + 1) % n, b + i) for i in range(n)]
    a = 1 + (len(points) - 1) * n
    faces += [(a + i, a + (i + 1) % n, last) for i in range(n)]
    mesh = bpy.data.meshes.new(v.name)
    mesh.from_pydata([tuple(p) for p in verts], [], faces)
    mesh.attributes.new("lip", "FLOAT", "POINT").data.foreach_set("value", lip)
    mesh.polygons.foreach_set("use_smooth", [True] * len(faces))
    mesh.update()
    return mesh


def put(name: str, data: bpy.types.ID, at: tuple[float, float, float] = (0, 0, 0)) -> bpy.types.Object:
    """A new object in the scene."""
    ob = bpy.data.objects.new(name, data)
    ob.location = at
    bpy.context.scene.collection.objects.link(ob)
    return ob


def subdivide(ob: bpy.types.Object, render: int, viewport: int = 1) -> None:
    mod = ob.modifiers.new("Subdivision", "SUBSURF")
    mod.levels, mod.render_levels = viewport, render


# --- materials --------------------------------------------------------------------------


class Graph:
    """A few words for building node trees; every method returns the output socket."""

    def __init__(self, name: str) -> None:
        self.material = bpy.data.materials.new(name)
        self.material.use_nodes = True
        self.tree = self.material.node_tree
        self.tree.nodes.clear()

    def node(self, kind: str, **inputs: object) -> bpy.types.Node:
        """A node; ``inputs`` are sockets or values by input name, underscores for spaces."""
        made = self.tree.nodes.new("ShaderNode" + kind)
        made.location = (220 * (len(self.tree.nodes) % 9), -260 * (len(self.tree.nodes) // 9))
        for key, value in inputs.items():
            self.feed(made, key.replace("_", " "), value)
        return made

    def feed(self, node: bpy.types.Node, key: str | int, value: object) -> None:
        socket = node.inputs[key]
        if isinstance(value, bpy.types.NodeSocket):
            self.tree.links.new(value, socket)
        elif socket.type == "RGBA":
            socket.default_value = (*value, 1.0)  # type: ignore[misc]
        else:
            socket.default_value = value

    def coords(self, stretch: Point3 = (1, 1, 1), shift: Point3 = (0, 0, 0)) -> bpy.types.NodeSocket:
        out = self.node("TexCoord").outputs["Object"]
        return self.node("Mapping", Vector=out, Scale=stretch, Location=shift).outputs[0]

    def math(self, operation: str, a: object, b: object = 0.0, clamp: bool = False) -> bpy.types.NodeSocket:
        made = self.node("Math")
        made.operation, made.use_clamp = operation, clamp
        self.feed(made, 0, a)
        self.feed(made, 1, b)
        return made.outputs[0]

    def step(self, value: object, low: float, high: float, to: Point = (0.0, 1.0)) -> bpy.types.NodeSocket:
        """Smoothly from ``to[0]`` to ``to[1]`` while the value goes from ``low`` to ``high``."""
        made = self.node("MapRange")
        made.interpolation_type = "SMOOTHSTEP"
        for i, x in enumerate((value, low, high, *to)):
            self.feed(made, i, x)
        return made.outputs[0]

    def mix(self, factor: object, a: object, b: object, blend: str = "MIX") -> bpy.types.NodeSocket:
        made = self.node("Mix")
        made.data_type, made.blend_type, made.clamp_factor = "RGBA", blend, True
        # a Mix node carries the sockets of every data type under the same names: 0 is the factor, 6 and 7 the colours
        self.feed(made, 0, factor)
        self.feed(made, 6, a)
        self.feed(made, 7, b)
        return made.outputs[2]

    def noise(self, at: object, scale: float, detail: float = 2.0, distortion: float = 0.0) -> bpy.types.NodeSocket:
        return self.node("TexNoise", Vector=at, Scale=scale, Detail=detail, Distortion=distortion).outputs["Fac"]

    def height(self) -> bpy.types.NodeSocket:
        return self.node("SeparateXYZ", Vector=self.node("TexCoord").outputs["Object"]).outputs["Z"]

    def attribute(self, name: str) -> bpy.types.NodeSocket:
        made = self.node("Attribute")
        made.attribute_name = name
        return made.outputs["Fac"]

    def bump(self, height: object, distance: float, strength: float = 1.0) -> bpy.types.NodeSocket:
        return self.node("Bump", Height=height, Distance=distance, Strength=strength).outputs[0]

    def surface(self, colour: object, roughness: object, normal: object | None = None, specular: float = 0.5) -> bpy.types.Material:
        """Closes the graph with a Principled BSDF."""
        bsdf = self.node("BsdfPrincipled", Base_Color=colour, Roughness=roughness)
        # Blender 4 calls it by its longer name
        self.feed(bsdf, "Specular" if "Specular" in bsdf.inputs else "Specular IOR Level", specular)
        if normal is not None:
            self.feed(bsdf, "Normal", normal)
        self.node("OutputMaterial", Surface=bsdf.outputs[0])
        return self.material


@dataclass(frozen=True)
class Glaze:
    """How a pot was glazed. ``thin`` and ``thick`` are the glaze's colours where it ran off and where it gathered."""

    name: str
    thin: str
    thick: str
    lip: str
    clay: str
    foot: float
    gloss: float = 0.1
    streak: float = 1.0
    mottle: float = 30.0
    lip_amount: float = 0.8
    speckles: float = 0.0
    rings: float = 0.0
    crackle: float = 0.0


GLAZES: dict[str, Glaze] = {
    "Celadon vase": Glaze("Celadon", "#b9cdb6", "#7fa693", "#c9c3a0", "#9a7757", foot=0.011, gloss=0.10, mottle=14, streak=0.7, rings=0.22, crackle=0.3),
    "Cobalt bottle": Glaze("Cobalt", "#2448b4", "#0d1f6e", "#6b7396", "#7a5f4c", foot=0.009, gloss=0.13, mottle=26, streak=0.35, rings=0.18),
    "Tenmoku bowl": Glaze("Tenmoku", "#4a2413", "#0c0605", "#a3602a", "#6d4a36", foot=0.0125, gloss=0.07, mottle=60, streak=0.12, lip_amount=1.0),
    "Cream cup": Glaze("Cream", "#e6dcc6", "#d3c5a8", "#b98f62", "#a98562", foot=0.017, gloss=0.30, mottle=22, lip_amount=0.55, speckles=1.0, rings=0.35),
    "Terracotta beaker": Glaze("Terracotta", "#cf7a4e", "#b15f37", "#d88c62", "#b15f37", foot=-1, gloss=0.55, mottle=34, streak=0.5, lip_amount=0.4, rings=1.0),
}


def glazed(g: Glaze) -> bpy.types.Material:
    """The material of a glaze over bare clay."""
    m = Graph(g.name)
    body = m.coords((1, 1, g.streak))
    pooled = m.step(m.noise(body, g.mottle, 3, 0.6), 0.36, 0.66)
    colour = m.mix(pooled, srgb(g.thin), srgb(g.thick))
    lip = m.math("MULTIPLY", m.attribute("lip"), m.step(m.noise(m.coords(), 90, 1), 0.25, 0.6, (0.55, 1.0)))
    colour = m.mix(m.math("MULTIPLY", lip, g.lip_amount), colour, srgb(g.lip))
    if g.crackle:
        cells = m.node("TexVoronoi", Vector=m.coords(), Scale=62.0)
        cells.feature = "DISTANCE_TO_EDGE"
        line = m.step(cells.outputs["Distance"], 0.0, 0.025, (g.crackle, 0.0))
        colour = m.mix(line, colour, srgb(g.clay), "MULTIPLY")
    if g.speckles:
        for scale, size, amount in ((260.0, 0.34, 0.9), (120.0, 0.22, 0.8)):
            cells = m.node("TexVoronoi", Vector=m.coords(), Scale=scale)
            luck = m.math("POWER", m.node("SeparateColor", Color=cells.outputs["Color"]).outputs[0], 3.0)
            spot = m.math("SUBTRACT", m.math("MULTIPLY", luck, size), cells.outputs["Distance"])
            colour = m.mix(m.step(spot, 0.0, 0.06, (0.0, amount * g.speckles)), colour, srgb("#3b2618"))
    edge = m.math("ADD", m.height(), m.math("MULTIPLY", m.noise(m.coords(), 28, 1), -0.006))
    bare = m.step(edge, g.foot - 0.0035, g.foot - 0.0025, (1.0, 0.0))
    colour = m.mix(bare, colour, srgb(g.clay))
    rough = m.step(bare, 0, 1, (g.gloss, 0.75))
    # what a hand leaves: slow dents, and the spiral of the wheel
    relief = m.math("MULTIPLY", m.noise(m.coords(), 13, 0), 0.6)
    if g.rings:
        sway = m.math("MULTIPLY", m.noise(m.coords(), 9, 1), 9.0)
        spiral = m.math("SINE", m.math("ADD", m.math("MULTIPLY", m.height(), 620.0), sway))
        relief = m.math("ADD", relief, m.math("MULTIPLY", spiral, 0.06 * g.rings))
    if g.gloss > 0.5:
        relief = m.math("ADD", relief, m.math("MULTIPLY", m.noise(m.coords(), 900, 2), 0.20))
    return m.surface(colour, rough, m.bump(relief, 0.0011), specular=0.5 if g.gloss < 0.5 else 0.2)


def wood() -> bpy.types.Material:
    """Oiled walnut boards; each board has its own tone and its own stretch of grain."""
    m = Graph("Walnut")
    board = m.attribute("board")
    shift = m.node("CombineXYZ", X=m.math("MULTIPLY", board, 7.3), Y=m.math("MULTIPLY", board, 3.1), Z=board).outputs[0]
    flow = m.node("VectorMath")
    flow.operation = "ADD"
    m.feed(flow, 0, m.node("TexCoord").outputs["Object"])
    m.feed(flow, 1, shift)
    along = m.node("Mapping", Vector=flow.outputs[0], Scale=(0.9, 9.0, 9.0)).outputs[0]
    fine = m.node("Mapping", Vector=flow.outputs[0], Scale=(5.0, 160.0, 60.0)).outputs[0]
    figure = m.math("SINE", m.math("MULTIPLY", m.noise(along, 0.9, 2, 0.5), 24.0))
    figure = m.step(figure, -1, 1)
    fibre = m.noise(fine, 1.0, 2)
    tone = m.math("ADD", m.math("MULTIPLY", figure, 0.20), m.math("MULTIPLY", fibre, 0.80))
    colour = m.mix(m.step(tone, 0.25, 0.75), srgb("#4c2c18"), srgb("#9a633a"))
    colour = m.mix(m.math("MULTIPLY", m.step(fibre, 0.38, 0.24), 0.6), colour, srgb("#2a170d"))
    own = m.node("TexWhiteNoise", W=board)
    own.noise_dimensions = "1D"
    colour = m.mix(m.step(own.outputs["Value"], 0, 1, (0.0, 0.45)), colour, srgb("#6e4426"))
    rough = m.step(fibre, 0.2, 0.8, (0.48, 0.34))
    return m.surface(colour, rough, m.bump(fibre, 0.0011, 0.6), specular=0.3)


def plaster() -> bpy.types.Material:
    """A warm grey wall, brushed on unevenly, lighter low on the right as if a fire stood there.

    The glow is paint, not a lamp: it costs no samples and has no noise.
    """
    m = Graph("Plaster")
    broad = m.math("MULTIPLY", m.noise(m.coords(), 2.2, 2, 0.5), 0.75)
    brush = m.math("MULTIPLY", m.noise(m.coords((1, 1, 0.6)), 11, 1), 0.25)
    cloud = m.math("ADD", broad, brush)
    glow = m.node("VectorMath", Vector=m.coords((0.80, 0.0, 1.15), (-0.44, 0.0, -0.12)))
    glow.operation = "LENGTH"
    lit = m.math("ADD", glow.outputs["Value"], m.math("MULTIPLY", cloud, -0.30))
    colour = m.mix(m.step(lit, -0.15, 0.75), srgb("#a58d7a"), srgb("#433e3a"))
    return m.surface(colour, 1.0, specular=0.0)


def plain(name: str, colour: str, roughness: float) -> bpy.types.Material:
    return Graph(name).surface(srgb(colour), roughness)


def berry_skin() -> bpy.types.Material:
    m = Graph("Berry")
    ripe = m.node("ObjectInfo").outputs["Random"]
    return m.surface(m.mix(ripe, srgb("#c23a17"), srgb("#ee7a2c")), 0.24)


# --- what stands in the scene -----------------------------------------------------------


def add_vessels() -> None:
    for v in VESSELS:
        ob = put(v.name, turned_mesh(v), (*v.place, 0.0))
        ob.rotation_euler.z = v.turn
        ob.data.materials.append(glazed(GLAZES[v.name]))
        subdivide(ob, 2)


def add_table() -> None:
    """Boards along x with a hairline between them; the top is z = 0."""
    verts: list[Point3] = []
    faces: list[tuple[int, ...]] = []
    boards: list[float] = []
    length, width, gap, thick = 3.2, 0.168, 0.0012, 0.035
    for k in range(9):
        y = -0.98 + k * (width + gap)
        base = len(verts)
        verts += [(x, yy, z) for x in (-length / 2, length / 2) for yy in (y, y + width) for z in (-thick, 0.0)]
        faces += [tuple(base + i for i in f) for f in ((0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (1, 5, 7, 3), (0, 2, 6, 4))]
        boards += [float(k + 1)] * 8
    mesh = bpy.data.meshes.new("Table")
    mesh.from_pydata(verts, [], faces)
    mesh.attributes.new("board", "FLOAT", "POINT").data.foreach_set("value", boards)
    mesh.materials.append(wood())
    mesh.update()
    bevel = put("Table", mesh).modifiers.new("Edge", "BEVEL")
    bevel.width, bevel.segments = 0.0016, 2


def add_wall() -> None:
    mesh = bpy.data.meshes.new("Wall")
    mesh.from_pydata([(-4, 0, -1.5), (4, 0, -1.5), (4, 0, 3.5), (-4, 0, 3.5)], [], [(0, 1, 2, 3)])
    mesh.materials.append(plaster())
    put("Wall", mesh, (0, 1.25, 0))


STEM: tuple[Point3, ...] = (
    (-0.030, 0.072, 0.080), (-0.028, 0.074, 0.230), (-0.020, 0.076, 0.304), (0.012, 0.078, 0.352),
    (0.072, 0.076, 0.383), (0.146, 0.066, 0.396), (0.222, 0.060, 0.386), (0.284, 0.056, 0.356),
)
TWIGS: tuple[tuple[Point3, ...], ...] = (
    ((0.002, 0.079, 0.342), (0.004, 0.086, 0.374), (0.022, 0.090, 0.400), (0.048, 0.090, 0.414)),
    ((0.072, 0.076, 0.383), (0.116, 0.060, 0.377), (0.156, 0.044, 0.352), (0.180, 0.036, 0.318)),
    ((0.146, 0.066, 0.396), (0.182, 0.076, 0.412), (0.220, 0.084, 0.418)),
    ((-0.024, 0.076, 0.290), (-0.054, 0.062, 0.326), (-0.096, 0.054, 0.352), (-0.134, 0.050, 0.357)),
    ((0.190, 0.062, 0.392), (0.222, 0.050, 0.370), (0.240, 0.040, 0.338)),
)


def add_branch() -> None:
    """A bare branch in the vase, with berries on short stalks."""
    curve = bpy.data.curves.new("Branch", "CURVE")
    curve.dimensions, curve.bevel_depth, curve.bevel_resolution, curve.resolution_u = "3D", 0.0026, 2, 5
    bark = plain("Bark", "#3a261a", 0.6)
    curve.materials.append(bark)
    rng = random.Random(7)

    def strand(points: tuple[Point3, ...], thick: float, thin: float) -> None:
        spline = curve.splines.new("NURBS")
        spline.points.add(len(points) - 1)
        spline.order_u, spline.use_endpoint_u = 3, True
        for i, (point, p) in enumerate(zip(spline.points, points)):
            k = i / (len(points) - 1)
            point.co = (*p, 1.0)
            point.radius = thick + (thin - thick) * k

    strand(STEM, 1.0, 0.42)
    for twig in TWIGS:
        strand(twig, 0.55, 0.3)
    mesh = bpy.data.meshes.new("Berry")
    ball(mesh, 10, 7)
    mesh.materials.append(berry_skin())
    spots: list[Vector] = []
    for strand_points in (STEM[3:], *TWIGS):
        for a, b in zip(strand_points, strand_points[1:]):
            for _ in range(2):
                if rng.random() < 0.78:
                    spots.append(Vector(a).lerp(Vector(b), rng.uniform(0.15, 0.95)))
        spots.append(Vector(strand_points[-1]))
    for i, root in enumerate(spots):
        out = Vector((rng.uniform(-1, 1), rng.uniform(-1, 1), rng.uniform(-0.5, 0.9))).normalized()
        tip = root + out * rng.uniform(0.008, 0.016)
        strand((tuple(root), tuple(root.lerp(tip, 0.5) + Vector((0, 0, 0.001))), tuple(tip)), 0.3, 0.24)
        berry(f"Berry {i + 1}", mesh, tip, rng)
    put("Branch", curve)
    for i, (x, y) in enumerate(((0.098, -0.178), (0.121, -0.160), (-0.150, -0.120))):
        berry(f"Fallen berry {i + 1}", mesh, Vector((x, y, 0.0062)), rng, 0.0064)


def berry(name: str, mesh: bpy.types.Mesh, at: Vector, rng: random.Random, size: float | None = None) -> None:
    ob = put(name, mesh, tuple(at))
    ob.scale = [size or rng.uniform(0.0048, 0.0066)] * 3
    ob.rotation_euler = (rng.uniform(-0.6, 0.6), rng.uniform(-0.6, 0.6), rng.uniform(0, 6.28))
    subdivide(ob, 1)


def ball(mesh: bpy.types.Mesh, segments: int, rings: int) -> None:
    """A unit ball, a little flattened, as a berry is."""
    verts: list[Point3] = [(0, 0, 0.94)]
    for k in range(1, rings):
        t = math.pi * k / rings
        for i in range(segments):
            a = 2 * math.pi * i / segments
            verts.append((math.sin(t) * math.cos(a), math.sin(t) * math.sin(a), 0.96 * math.cos(t)))
    verts.append((0, 0, -0.94))
    n, last = segments, len(verts) - 1
    faces: list[tuple[int, ...]] = [(0, 1 + i, 1 + (i + 1) % n) for i in range(n)]
    for k in range(rings - 2):
        a, b = 1 + k * n, 1 + (k + 1) * n
        faces += [(a + i, b + i, b + (i + 1) % n, a + (i + 1) % n) for i in range(n)]
    a = 1 + (rings - 2) * n
    faces += [(a + i, last, a + (i + 1) % n) for i in range(n)]
    mesh.from_pydata(verts, [], faces)
    mesh.polygons.foreach_set("use_smooth", [True] * len(faces))
    mesh.update()


# --- light, camera, render --------------------------------------------------------------


def area_light(name: str, at: Point3, to: Point3, size: Point, power: float, colour: str) -> bpy.types.Object:
    light = bpy.data.lights.new(name, "AREA")
    light.shape, light.size, light.size_y = "RECTANGLE", *size
    light.energy, light.color = power, srgb(colour)
    ob = put(name, light, at)
    ob.rotation_euler = (Vector(to) - Vector(at)).to_track_quat("-Z", "Y").to_euler()
    return ob


def glaze_bars(light: bpy.types.Light) -> None:
    """Gives the window a cross of bars, as wide as a hand, that is seen in every glaze."""
    light.use_nodes = True
    tree = light.node_tree
    emission = next(n for n in tree.nodes if n.type == "EMISSION")
    split = tree.nodes.new("ShaderNodeSeparateXYZ")
    tree.links.new(tree.nodes.new("ShaderNodeNewGeometry").outputs["Parametric"], split.inputs[0])
    panes = []
    for axis in ("X", "Y"):
        off = tree.nodes.new("ShaderNodeMath")
        off.operation = "COMPARE"
        off.inputs[1].default_value, off.inputs[2].default_value = 0.5, 0.035
        tree.links.new(split.outputs[axis], off.inputs[0])
        panes.append(off.outputs[0])
    bar = tree.nodes.new("ShaderNodeMath")
    bar.operation = "MAXIMUM"
    glass = tree.nodes.new("ShaderNodeMath")
    glass.operation, glass.inputs[0].default_value = "SUBTRACT", 1.0
    for i, pane in enumerate(panes):
        tree.links.new(pane, bar.inputs[i])
    tree.links.new(bar.outputs[0], glass.inputs[1])
    tree.links.new(glass.outputs[0], emission.inputs["Strength"])


def add_fire() -> None:
    """The kiln's mouth, far right: a panel that only the glazes mirror.

    Its warmth on matt surfaces comes from the room (add_room). Were it a second lamp, every
    sample would have to choose between it and the window, and the picture would take twice as long.
    """
    m = Graph("Fire")
    # where the ray set out; from the table it would be seen only as sparks in the rough grain
    start = m.node("VectorMath", Vector=m.node("NewGeometry").outputs["Incoming"], Scale=m.node("LightPath").outputs["Ray Length"])
    start.operation = "SCALE"
    height = m.node("SeparateXYZ", Vector=start.outputs[0]).outputs["Z"]
    height = m.math("ADD", height, m.node("SeparateXYZ", Vector=m.node("NewGeometry").outputs["Position"]).outputs["Z"])
    emission = m.node("Emission", Color=srgb("#ff9a4a"), Strength=m.math("MULTIPLY", m.math("GREATER_THAN", height, 0.002), 8.0))
    m.node("OutputMaterial", Surface=emission.outputs[0])
    m.material.cycles.sample_as_light = False
    mesh = bpy.data.meshes.new("Kiln mouth")
    mesh.from_pydata([(-0.24, -0.3, 0), (0.24, -0.3, 0), (0.24, 0.3, 0), (-0.24, 0.3, 0)], [], [(0, 1, 2, 3)])
    mesh.materials.append(m.material)
    fire = put("Kiln mouth", mesh, (1.25, 0.30, 0.42))
    fire.rotation_euler = (Vector((-1.2, -0.25, -0.3))).to_track_quat("-Z", "Y").to_euler()
    fire.visible_camera = fire.visible_diffuse = fire.visible_shadow = False


def add_room() -> None:
    """A dim, cool room that glows where the fire is."""
    world = bpy.data.worlds.new("Room")
    world.use_nodes = True
    tree = world.node_tree
    background = tree.nodes["Background"]
    toward = tree.nodes.new("ShaderNodeVectorMath")
    toward.operation = "DOT_PRODUCT"
    toward.inputs[1].default_value = Vector((1.0, -0.02, 0.22)).normalized()
    glow = tree.nodes.new("ShaderNodeValToRGB")
    glow.color_ramp.interpolation = "EASE"
    glow.color_ramp.elements[0].position, glow.color_ramp.elements[0].color = 0.45, (0.105, 0.109, 0.122, 1)
    glow.color_ramp.elements[1].position, glow.color_ramp.elements[1].color = 0.98, (1.7, 0.68, 0.25, 1)
    tree.links.new(tree.nodes.new("ShaderNodeTexCoord").outputs["Generated"], toward.inputs[0])
    tree.links.new(toward.outputs["Value"], glow.inputs[0])
    tree.links.new(glow.outputs["Color"], background.inputs["Color"])
    background.inputs["Strength"].default_value = 1.0
    # a room this even is found by bouncing; leaving it out of light sampling keeps those samples for the window
    world.cycles.sampling_method = "NONE"
    bpy.context.scene.world = world


def add_light() -> None:
    """One lamp, the window at the left; everything else is found by bouncing."""
    window = area_light("Window", (-1.30, -0.60, 1.10), (0.0, 0.05, 0.10), (0.8, 1.0), 84, "#fff3e4")
    glaze_bars(window.data)
    add_fire()
    add_room()


def add_camera() -> None:
    """A quiet dolly: the camera drifts a hand's width to the right and keeps the vase in focus."""
    data = bpy.data.cameras.new("Camera")
    data.lens, data.sensor_width = 73, 36
    data.clip_start = 0.1
    data.dof.use_dof, data.dof.aperture_fstop = True, 5.6
    camera = put("Camera", data)
    aim = put("Aim", None, (0.040, 0.02, 0.190))  # type: ignore[arg-type]
    aim.empty_display_size = 0.02
    sharp = put("Focus", None, (-0.03, -0.02, 0.12))  # type: ignore[arg-type]
    sharp.empty_display_size = 0.02
    data.dof.focus_object = sharp
    track = camera.constraints.new("TRACK_TO")
    track.target, track.track_axis, track.up_axis = aim, "TRACK_NEGATIVE_Z", "UP_Y"
    for frame, at in ((1, (0.10, -1.93, 0.52)), (FRAMES, (0.26, -1.915, 0.50))):
        camera.location = at
        camera.keyframe_insert("location", frame=frame)
    bpy.context.scene.camera = camera


def set_render() -> None:
    scene = bpy.context.scene
    scene.frame_start, scene.frame_end, scene.render.fps = 1, FRAMES, 24
    scene.render.engine = "CYCLES"
    scene.render.resolution_x, scene.render.resolution_y, scene.render.resolution_percentage = 960, 540, 100
    scene.render.image_settings.file_format = "PNG"
    scene.render.image_settings.color_mode = "RGB"
    scene.render.image_settings.compression = 30
    scene.render.filepath = "//stoneware_"
    scene.render.threads_mode = "AUTO"
    scene.view_settings.view_transform = "Filmic"
    scene.view_settings.look = "Medium High Contrast"
    c = scene.cycles
    c.device = "CPU"
    c.samples, c.use_adaptive_sampling, c.adaptive_threshold, c.adaptive_min_samples = 80, True, 0.035, 16
    c.use_denoising = False  # many builds have none
    c.max_bounces, c.diffuse_bounces, c.glossy_bounces, c.transmission_bounces = 3, 2, 2, 0
    c.caustics_reflective = c.caustics_refractive = False
    c.sample_clamp_indirect, c.blur_glossy = 1.5, 1.0
    c.filter_width = 1.6
    c.use_auto_tile = False


def empty_file() -> None:
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.context.scene.name = "Stoneware"


def save(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    bpy.context.preferences.filepaths.save_version = 0
    bpy.ops.wm.save_as_mainfile(filepath=str(path), compress=True)


# --- the mesh sample --------------------------------------------------------------------

TEACUP = Vessel(
    "Teacup",
    ((0.024, 0.000), (0.0255, 0.002), (0.0250, 0.006), (0.030, 0.011), (0.0395, 0.026), (0.0440, 0.044), (0.0455, 0.058), (0.0470, 0.066)),
    wall=0.0032, floor=0.011, place=(0.0, 0.0), segments=64, rings=30, wobble=0.004,
)
SAUCER = Vessel(
    "Saucer",
    ((0.040, 0.000), (0.0415, 0.002), (0.0410, 0.005), (0.050, 0.0075), (0.064, 0.0115), (0.0745, 0.0185)),
    wall=0.0032, floor=0.0075, place=(0.3, 0.1), segments=64, rings=22, wobble=0.004,
)


def handle_mesh() -> bpy.types.Mesh:
    """An ear for the cup: an oval tube along an arc in the xz plane."""
    ear = [(0.0425, 0.0545), (0.0560, 0.0590), (0.0690, 0.0520), (0.0710, 0.0385), (0.0620, 0.0265), (0.0475, 0.0225), (0.0350, 0.0210)]
    path = smooth_curve(ear, 26)
    n, verts, faces = 12, [], []
    for i, (x, z) in enumerate(path):
        before, after = path[max(i - 1, 0)], path[min(i + 1, len(path) - 1)]
        along = (Vector(after) - Vector(before)).normalized()
        flare = 1 + 0.35 * abs(2 * i / (len(path) - 1) - 1) ** 3
        for k in range(n):
            a = 2 * math.pi * k / n
            u, w = 0.0026 * flare * math.cos(a), 0.0046 * flare * math.sin(a)
            verts.append((x + along.y * u, w, z - along.x * u))
    for i in range(len(path) - 1):
        faces += [(i * n + k, i * n + (k + 1) % n, (i + 1) * n + (k + 1) % n, (i + 1) * n + k) for k in range(n)]
    mesh = bpy.data.meshes.new("Handle")
    mesh.from_pydata(verts, [], faces)
    mesh.polygons.foreach_set("use_smooth", [True] * len(faces))
    mesh.update()
    return mesh


def make_teacup(path: Path) -> None:
    """A celadon cup on its saucer, without camera, light or floor: whoever renders it brings those."""
    empty_file()
    glaze = plain("Celadon", "#a9c4b1", 0.12)
    clay = plain("Clay", "#a07a58", 0.75)
    parts = [
        put("Saucer", turned_mesh(SAUCER)),
        put("Teacup", turned_mesh(TEACUP), (0, 0, SAUCER.floor)),
        put("Handle", handle_mesh(), (0, 0, SAUCER.floor)),
    ]
    for ob in parts:
        ob.data.materials.append(glaze)
        ob.data.materials.append(clay)
        for face in ob.data.polygons:
            face.material_index = int(face.center.z < 0.0035 and ob.name != "Handle")
        for attribute in [a for a in ob.data.attributes if a.name == "lip"]:
            ob.data.attributes.remove(attribute)
    bpy.ops.export_scene.gltf(filepath=str(path), export_format="GLB", export_apply=True)


def main() -> None:
    out = Path(sys.argv[sys.argv.index("--") + 1]) if "--" in sys.argv else HERE
    out.mkdir(parents=True, exist_ok=True)
    make_teacup(out / "teacup.glb")
    empty_file()
    add_table()
    add_wall()
    add_vessels()
    add_branch()
    add_light()
    add_camera()
    set_render()
    bpy.context.scene.frame_set(1)
    save(out / "stoneware" / "stoneware.blend")


if __name__ == "__main__":
    main()
