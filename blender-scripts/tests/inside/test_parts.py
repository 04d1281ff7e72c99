"""The session's parts by themselves: progress, paths, journal, headers, pictures, warnings, importers and the stage."""

from __future__ import annotations

import gzip
import math
import os
import struct
import tempfile
import unittest
import zlib

import bpy
from mathutils import Vector

from support import ASSETS, NEW, SCRIPTS

from kiln_session import (
    blend_header, dependencies, errors, file_output, geometry, importers, lighting, materials, opening, pictures, progress, render, settings,
    stage,
)
from kiln_session.journal import Journal
from kiln_session.paths import Folder

# Lines as they were printed by the versions and engines named.
CYCLES_3 = [
    "Fra:1 Mem:11.02M (Peak 11.02M) | Time:00:00.06 | Mem:0.00M, Peak:0.00M | Scene, ViewLayer | Synchronizing object | Cube",
    "Fra:1 Mem:11.02M (Peak 11.02M) | Time:00:00.07 | Mem:0.00M, Peak:0.00M | Scene, ViewLayer | Updating Device | Writing constant memory",
    "Fra:1 Mem:11.02M (Peak 11.02M) | Time:00:00.07 | Mem:0.90M, Peak:0.90M | Scene, ViewLayer | Sample 0/64",
    "Fra:1 Mem:11.02M (Peak 11.02M) | Time:00:00.17 | Remaining:00:06.30 | Mem:0.90M, Peak:0.90M | Scene, ViewLayer | Sample 1/64",
    "Fra:1 Mem:11.02M (Peak 11.02M) | Time:00:01.17 | Mem:0.90M, Peak:0.90M | Scene, ViewLayer | Sample 64/64",
    "Fra:1 Mem:11.02M (Peak 11.02M) | Time:00:01.18 | Mem:0.90M, Peak:0.90M | Scene, ViewLayer | Finished",
    "Saved: '/tmp/0001.png'",
]
CYCLES_TILES = [
    "Fra:1 Mem:11.02M (Peak 11.02M) | Time:00:02.24 | Remaining:00:07.62 | Mem:0.94M, Peak:0.94M | Scene, ViewLayer | Rendered 2/12 Tiles, Sample 1/24",
    "Fra:1 Mem:11.02M (Peak 11.02M) | Time:00:02.24 | Remaining:00:07.62 | Mem:0.94M, Peak:0.94M | Scene, ViewLayer | Rendered 12/12 Tiles, Sample 24/24",
]
CYCLES_2_93 = ["Fra:1 Mem:30.20M (Peak 30.20M) | Time:00:00.27 | Remaining:00:03.01 | Mem:1.2M, Peak:1.2M | Scene, View Layer | Rendered 5/40 Tiles"]
EEVEE_3 = ["Fra:1 Mem:30.2M (Peak 30.2M) | Time:00:00.61 | Rendering 26 / 64 samples"]
EEVEE_4 = ["Rendering sample 3 / 64"]
NOISE = ["", "EGL_BAD_MATCH", "Info: Read library", "Fra:1 a line of a version that nobody has seen", "Sample", "Rendered x/y Tiles"]


class ProgressLines(unittest.TestCase):
    def reported(self, lines: list[str], passes: int = 1) -> list[dict]:
        events: list[dict] = []
        time = iter(range(1000))
        reporter = progress.ProgressReporter(lambda event, **fields: events.append(fields), clock=lambda: float(next(time)))
        reporter.begin("1", "k", 7, passes)
        for line in lines:
            reporter.line(line)
        reporter.complete()
        reporter.end()
        return events

    def test_every_known_form_is_read(self) -> None:
        self.assertEqual(progress.parse(CYCLES_TILES[0]), ("rendering", 2, 12, "tiles"))
        self.assertEqual(progress.parse(CYCLES_2_93[0]), ("rendering", 5, 40, "tiles"))
        self.assertEqual(progress.parse(CYCLES_3[3]), ("rendering", 1, 64, "samples"))
        self.assertEqual(progress.parse(EEVEE_3[0]), ("rendering", 26, 64, "samples"))
        self.assertEqual(progress.parse(EEVEE_4[0]), ("rendering", 3, 64, "samples"))
        self.assertEqual(progress.parse(CYCLES_3[0])[0], "syncing")
        self.assertEqual(progress.parse(CYCLES_3[-1])[0], "saving")

    def test_unknown_lines_tell_nothing(self) -> None:
        for line in NOISE:
            self.assertIsNone(progress.parse(line), line)
        self.assertEqual(self.reported(NOISE), [])

    def test_it_never_goes_back_over_layers_and_ends_complete(self) -> None:
        events = self.reported(CYCLES_3 * 3, passes=3)
        shares = [event["done"] / event["total"] for event in events if event["total"]]
        self.assertEqual(shares, sorted(shares))
        self.assertEqual((events[-1]["done"], events[-1]["total"]), (192, 192))

    def test_a_layer_more_than_announced_does_not_exceed_the_whole(self) -> None:
        events = self.reported(CYCLES_3 * 3, passes=1)
        self.assertLessEqual(max(event["done"] / event["total"] for event in events if event["total"]), 1.0)

    def test_nothing_is_told_outside_a_picture(self) -> None:
        events: list[dict] = []
        reporter = progress.ProgressReporter(lambda event, **fields: events.append(fields))
        for line in CYCLES_3:
            reporter.line(line)
        self.assertEqual(events, [])


class SmallParts(unittest.TestCase):
    def test_tiles_are_small_for_many_samples_and_large_for_large_pictures(self) -> None:
        self.assertLess(render.tile_size(640 * 360, 4096), render.tile_size(640 * 360, 64))
        self.assertLess(render.tile_size(640 * 360, 64), render.tile_size(3840 * 2160, 64))
        for area in (1, 10 ** 5, 10 ** 9):
            for samples in (1, 100, 10 ** 6):
                self.assertTrue(16 <= render.tile_size(area, samples) <= 512)

    def test_a_journal_puts_back_in_reverse(self) -> None:
        bpy.ops.wm.read_homefile(use_factory_startup=True)
        scene = bpy.context.scene
        before = (scene.render.resolution_x, tuple(bpy.data.objects["Cube"].location))
        journal = Journal()
        journal.set(scene.render, "resolution_x", 5)
        journal.set(scene.render, "resolution_x", 7)
        journal.set(bpy.data.objects["Cube"], "location", (1, 2, 3))
        self.assertEqual(journal.restore(), [])
        self.assertEqual((scene.render.resolution_x, tuple(bpy.data.objects["Cube"].location)), before)

    def test_what_is_gone_when_a_journal_is_restored_is_told_and_stops_nothing(self) -> None:
        bpy.ops.wm.read_homefile(use_factory_startup=True)
        scene, cube = bpy.context.scene, bpy.data.objects["Cube"]
        journal = Journal()
        before = scene.render.resolution_x
        journal.set(scene.render, "resolution_x", 9)
        journal.set(cube, "location", (1, 2, 3))
        bpy.data.objects.remove(cube)
        self.assertEqual(len(journal.restore()), 1)
        self.assertEqual(scene.render.resolution_x, before)

    def test_paths_stay_in_their_folder(self) -> None:
        with tempfile.TemporaryDirectory() as root:
            folder = Folder(root)
            self.assertEqual(folder.resolve("a/b.png"), os.path.join(os.path.realpath(root), "a", "b.png"))
            for path in ("../a", "/a", "a/../../b", "\\\\srv\\share", "C:\\x", "c:/x", "", "a\0b", 5, None):
                with self.assertRaises(errors.Failure, msg=repr(path)):
                    folder.resolve(path)

    def test_resources_are_told_from_mistakes(self) -> None:
        import errno

        self.assertEqual(errors.failure_from_exception(OSError(errno.ENOSPC, "x"), "").code, "DISK_FULL")
        self.assertEqual(errors.failure_from_exception(MemoryError(), "").code, "OUT_OF_MEMORY")
        self.assertEqual(errors.failure_from_exception(RuntimeError("Error: System is out of GPU memory"), "").kind, "resource")
        self.assertEqual(errors.failure_from_exception(RuntimeError("Render error (No space left on device)"), "").code, "DISK_FULL")
        script = errors.failure_from_exception(ZeroDivisionError("x"), "trace")
        self.assertEqual((script.code, script.kind, script.detail), ("SCRIPT_ERROR", "permanent", "trace"))

    def test_headers_of_every_kind_are_read(self) -> None:
        with tempfile.TemporaryDirectory() as root:
            def header(data: bytes) -> tuple:
                path = os.path.join(root, "x.blend")
                with open(path, "wb") as target:
                    target.write(data)
                read = blend_header.read(path)
                return read.kind, read.compressed, read.version

            self.assertEqual(header(b"BLENDER-v304RENDH"), ("blend", False, (3, 4)))
            self.assertEqual(header(b"BLENDER_V279"), ("blend", False, (2, 79)))
            self.assertEqual(header(b"BLENDER17-01v0502REND"), ("blend", False, (5, 2)))
            self.assertEqual(header(gzip.compress(b"BLENDER-v283REND")), ("blend", True, (2, 83)))
            self.assertEqual(header(gzip.compress(b"something else")), ("unknown", True, None))
            self.assertEqual(header(b"\x28\xb5\x2f\xfd" + b"\0" * 20)[:2], ("blend", True))
            self.assertEqual(header(b"version https://git-lfs.github.com/spec/v1\n")[0], "pointer")
            self.assertEqual(header(b"")[0], "unknown")
            self.assertEqual(header(gzip.compress(b"BLENDER-v283REND")[:9])[0], "blend")

    def test_sizes_are_read_from_the_pictures_themselves(self) -> None:
        with tempfile.TemporaryDirectory() as root:
            path = os.path.join(root, "p")
            body = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + b"IHDR" + struct.pack(">IIBBBBB", 33, 25, 8, 2, 0, 0, 0)
            for data, size in ((body, (33, 25)), (body[:14], None), (b"", None), (b"\xff\xd8\xff", None), (b"GIF89a", None)):
                with open(path, "wb") as target:
                    target.write(data)
                self.assertEqual(pictures.size(path), size)

    def test_old_versions_get_old_names(self) -> None:
        wanted = "Coat Weight" if NEW else "Clearcoat"
        self.assertEqual(materials.socket_name("Coat Weight"), wanted)
        opening.empty()
        builder = materials.MaterialBuilder()
        made = builder.build("x", {"parameters": {"Coat Weight": 0.7, "Transmission Weight": 0.4, "Emission Color": [1, 0, 0], "No Such": 1}})
        shader = next(node for node in made.node_tree.nodes if node.type == "BSDF_PRINCIPLED")
        self.assertAlmostEqual(shader.inputs[wanted].default_value, 0.7, places=5)
        self.assertEqual(builder.lacking, ["No Such"])

    def test_names_of_folders_are_safe(self) -> None:
        for name, safe in (("File Output", "File_Output"), ("../../etc", "etc"), ("", "node"), ("a/b\\c:d", "a_b_c_d")):
            self.assertEqual(file_output.safe_name(name), safe)
        self.assertTrue(all(file_output.is_absolute(path) for path in ("/tmp/x", "C:\\x", "\\\\srv\\x", "~/x")))
        self.assertFalse(any(file_output.is_absolute(path) for path in ("//x", "x/y", "")))


class Dependencies(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        bpy.ops.wm.read_homefile(use_factory_startup=True)
        bpy.ops.wm.save_as_mainfile(filepath=os.path.join(self.folder.name, "scene.blend"))

    def file(self, name: str) -> str:
        path = os.path.join(self.folder.name, name)
        data = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)

        def chunk(kind: bytes, content: bytes) -> bytes:
            return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

        with open(path, "wb") as target:
            target.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", data) + chunk(b"IDAT", zlib.compress(b"\0\xff\0\0")) + chunk(b"IEND", b""))
        return path

    def texture(self, name: str) -> dict:
        return next(texture for texture in dependencies.textures() if texture["name"] == name)

    def test_of_a_tiled_texture_each_tile_counts(self) -> None:
        for number in (1001, 1002):
            self.file(f"skin.{number}.png")
        image = bpy.data.images.load(os.path.join(self.folder.name, "skin.1001.png"))
        image.name = "skin"
        image.source = "TILED"
        image.filepath = "//skin.<UDIM>.png"
        image.tiles.new(1002)
        image.tiles.new(1011)
        found = self.texture("skin")
        self.assertEqual((found["kind"], found["found"], found["expected"], found["missing"]), ("tiled", 2, 3, True))
        self.file("skin.1011.png")
        self.assertFalse(self.texture("skin")["missing"])

    def test_of_a_sequence_each_frame_counts(self) -> None:
        for number in range(1, 25):
            if number != 13:
                self.file(f"water_{number:03d}.png")
        image = bpy.data.images.load(os.path.join(self.folder.name, "water_001.png"))
        image.name, image.source, image.filepath = "water", "SEQUENCE", "//water_001.png"
        tree = bpy.data.materials["Material"].node_tree
        node = tree.nodes.new("ShaderNodeTexImage")
        node.image = image
        node.image_user.frame_duration = 24
        found = self.texture("water")
        self.assertEqual((found["kind"], found["found"], found["expected"], found["missing"]), ("sequence", 23, 24, True))

    def test_packed_and_generated_textures_are_never_missing(self) -> None:
        path = self.file("packed.png")
        image = bpy.data.images.load(path)
        image.name = "packed"
        image.pack()
        os.remove(path)
        bpy.data.images.new("made", 4, 4)
        self.assertFalse(self.texture("packed")["missing"])
        self.assertTrue(self.texture("packed")["packed"])
        self.assertEqual(self.texture("made")["kind"], "generated")

    def test_paths_of_other_systems_are_missing_and_keep_their_form(self) -> None:
        for number, path in enumerate(("C:\\textures\\a.png", "//..\\tex\\a.png", "\\\\srv\\share\\a.png", "/nowhere/a.png", "//" + "x" * 300 + ".png")):
            image = bpy.data.images.new(f"odd{number}", 1, 1)
            image.source = "FILE"
            image.filepath = path
            found = self.texture(f"odd{number}")
            self.assertEqual((found["missing"], found["path"]), (True, path))

    def test_a_simulation_counts_until_it_is_baked(self) -> None:
        scene = bpy.context.scene
        self.assertEqual(dependencies.unbaked_simulations(scene), [])
        bpy.context.view_layer.objects.active = bpy.data.objects["Cube"]
        bpy.ops.object.modifier_add(type="CLOTH")
        self.assertEqual(dependencies.unbaked_simulations(scene), ["Cube (cloth)"])


class StageParts(unittest.TestCase):
    def importing(self, name: str, data: bytes) -> None:
        with tempfile.TemporaryDirectory() as root:
            path = os.path.join(root, name)
            with open(path, "wb") as target:
                target.write(data)
            opening.load(name, name.rsplit(".", 1)[1], path, False)

    def staged(self) -> tuple[list[str], list[str]]:
        warned: list[str] = []
        codes = stage.for_mesh(bpy.context.scene, lambda code, message, subject: warned.append(code))
        return codes, warned

    def box(self, low: tuple, high: tuple) -> bytes:
        corners = [(x, y, z) for x in (low[0], high[0]) for y in (low[1], high[1]) for z in (low[2], high[2])]
        faces = ((1, 2, 4, 3), (5, 7, 8, 6), (1, 5, 6, 2), (3, 4, 8, 7), (1, 3, 7, 5), (2, 6, 8, 4))
        lines = [f"v {x} {y} {z}" for x, y, z in corners] + ["f " + " ".join(map(str, face)) for face in faces]
        return ("\n".join(lines) + "\n").encode()

    def test_a_mesh_gets_everything_that_it_needs_and_says_so(self) -> None:
        self.importing("box.obj", self.box((-1, 0, -1), (1, 3, 1)))
        codes, warned = self.staged()
        self.assertEqual(codes, warned)
        self.assertEqual(set(codes), {"CAMERA_ADDED", "STAGE_ADDED", "LIGHT_ADDED"})
        scene = bpy.context.scene
        self.assertTrue(lighting.lit(scene) and scene.camera is not None)

    def test_up_is_up(self) -> None:
        # Y is up in OBJ, and the box is three high.
        self.importing("tall.obj", self.box((-1, 0, -1), (1, 3, 1)))
        size = geometry.bounds(bpy.context.scene).size
        for got, wanted in zip(size, (2, 2, 3)):
            self.assertAlmostEqual(got, wanted, places=4)

    def test_giants_and_specks_come_to_a_sane_size(self) -> None:
        for factor in (1000.0, 0.0005):
            self.importing("box.obj", self.box((0, 0, 0), (factor, factor / 2, factor)))
            codes, _ = self.staged()
            self.assertIn("SCALE_NORMALISED", codes)
            names = [item.name for item in bpy.context.scene.objects if item.type == "MESH" and not item.name.startswith("Kiln")]
            self.assertEqual(len(names), 1)
            item = bpy.data.objects[names[0]]
            corners = [item.matrix_world @ Vector(corner) for corner in item.bound_box]
            self.assertAlmostEqual(max(corner.x for corner in corners) - min(corner.x for corner in corners), 2.0, places=3)

    def test_what_lies_far_away_comes_to_the_origin(self) -> None:
        for far in ((1e6, 0, 1e6), (0, 50000, 0)):
            corner = tuple(place + 2 for place in far)
            self.importing("far.obj", self.box(far, corner))
            codes, _ = self.staged()
            self.assertIn("PLACE_NORMALISED", codes)
            items = [item for item in bpy.context.scene.objects if item.type == "MESH" and not item.name.startswith("Kiln")]
            corners = [item.matrix_world @ Vector(corner) for item in items for corner in item.bound_box]
            self.assertTrue(all(abs(place) < 1.2 for corner in corners for place in corner), corners)
        self.importing("near.obj", self.box((1000, 0, 0), (1002, 2, 2)))
        self.assertNotIn("PLACE_NORMALISED", self.staged()[0])

    def test_the_camera_sees_every_corner(self) -> None:
        from bpy_extras.object_utils import world_to_camera_view

        for size in ((1, 1, 1), (10, 1, 1), (1, 10, 0.1), (0.2, 0.2, 8)):
            self.importing("box.obj", self.box((0, 0, 0), size))
            bounds = geometry.bounds(bpy.context.scene)
            self.staged()
            scene = bpy.context.scene
            scene.view_layers[0].update()
            for corner in bounds.corners():
                seen = world_to_camera_view(scene, scene.camera, corner)
                self.assertTrue(0 <= seen.x <= 1 and 0 <= seen.y <= 1 and seen.z > 0, (size, tuple(seen)))

    def test_colours_of_vertices_are_shown(self) -> None:
        data = ("ply\nformat ascii 1.0\nelement vertex 3\nproperty float x\nproperty float y\nproperty float z\nproperty uchar red\n"
                "property uchar green\nproperty uchar blue\nelement face 1\nproperty list uchar int vertex_indices\nend_header\n"
                "0 0 0 255 0 0\n1 0 0 0 255 0\n0 1 1 0 0 255\n3 0 1 2\n")
        self.importing("coloured.ply", data.encode())
        self.staged()
        self.assertIn("Kiln vertex colours", bpy.data.materials)

    def test_what_holds_nothing_is_refused(self) -> None:
        for name, data in (("empty.obj", b"# nothing\n"), ("faceless.obj", b"v 0 0 0\nv 1 0 0\nf 1 2 999\n"),
                           ("junk.glb", b"glTF junk"), ("junk.fbx", b"not fbx"), ("half.gltf", b"{\"asset\": {")):
            with self.assertRaises(errors.Failure, msg=name) as raised:
                self.importing(name, data)
            self.assertIn(raised.exception.code, ("IMPORT_FAILED", "NOTHING_TO_RENDER"))
            self.assertIn(name, str(raised.exception))

    def test_coordinates_that_are_no_numbers_are_refused(self) -> None:
        opening.empty()
        mesh = bpy.data.meshes.new("nan")
        mesh.from_pydata([(math.nan, 0, 0), (1, 0, 0), (0, 1, 0)], [], [(0, 1, 2)])
        bpy.context.scene.collection.objects.link(bpy.data.objects.new("nan", mesh))
        with self.assertRaises(errors.Failure) as raised:
            importers.check_surfaces("nan.obj")
        self.assertEqual(raised.exception.code, "IMPORT_FAILED")

    def test_a_gltf_without_its_buffer_says_which_file_is_not_there(self) -> None:
        with self.assertRaises(errors.Failure) as raised:
            self.importing("lonely.gltf", b'{"asset": {"version": "2.0"}, "buffers": [{"uri": "my%20data.bin", "byteLength": 4}]}')
        self.assertEqual(raised.exception.code, "FILE_MISSING")
        self.assertIn("my data.bin", str(raised.exception))

    def test_gltf_comes_in_with_its_animation(self) -> None:
        folder = os.path.join(ASSETS, "animated_cube")
        opening.load("03_animated_cube.gltf", "gltf", os.path.join(folder, "03_animated_cube.gltf"), False)
        scene = bpy.context.scene
        self.assertEqual((scene.frame_start, scene.frame_end, scene.frame_current), (0, 48, 1))
        self.assertTrue(bpy.data.actions)
        opening.load("Box.glb", "glb", os.path.join(ASSETS, "Box.glb"), False)
        scene = bpy.context.scene
        self.assertEqual((scene.frame_start, scene.frame_end), (1, 1), "nothing moves, so there is one frame")
        self.assertFalse(bpy.data.actions, "something of the file before was still there")
        self.assertEqual(geometry.counts()["triangles"], 12)

    def test_every_format_has_its_importer(self) -> None:
        for name in importers.FORMATS:
            self.assertIsNotNone(importers.importer(name), name)

    def test_a_scene_without_camera_and_without_objects_is_refused(self) -> None:
        opening.empty()
        with self.assertRaises(errors.Failure) as raised:
            stage.for_blend(bpy.context.scene, lambda *_: None)
        self.assertEqual(raised.exception.code, "NOTHING_TO_RENDER")

    def test_a_dark_scene_with_a_camera_is_left_dark_with_a_warning(self) -> None:
        bpy.ops.wm.read_homefile(use_factory_startup=True)
        scene = bpy.context.scene
        bpy.data.objects.remove(bpy.data.objects["Light"])
        scene.world = None
        warned: list[str] = []
        before = len(scene.objects)
        self.assertEqual(stage.for_blend(scene, lambda code, message, subject: warned.append(code)), [])
        self.assertEqual((warned, len(scene.objects)), (["NO_LIGHT"], before))

    def test_an_unlit_scene_without_camera_gets_both(self) -> None:
        bpy.ops.wm.read_homefile(use_factory_startup=True)
        scene = bpy.context.scene
        for name in ("Light", "Camera"):
            bpy.data.objects.remove(bpy.data.objects[name])
        scene.world = None
        self.assertEqual(stage.for_blend(scene, lambda *_: None), ["CAMERA_ADDED", "LIGHT_ADDED"])
        self.assertTrue(lighting.lit(scene))

    def test_a_scene_too_small_to_see_is_told_and_a_point_is_refused(self) -> None:
        bpy.ops.wm.read_homefile(use_factory_startup=True)
        scene = bpy.context.scene
        for name in ("Light", "Camera"):
            bpy.data.objects.remove(bpy.data.objects[name])
        bpy.data.objects["Cube"].scale = (1e-6, 1e-6, 1e-6)
        warned: list[str] = []
        stage.for_blend(scene, lambda code, message, subject: warned.append(code))
        self.assertIn("TINY_SCENE", warned)
        bpy.data.objects.remove(scene.camera)
        bpy.data.objects["Cube"].scale = (0, 0, 0)
        with self.assertRaises(errors.Failure):
            stage.for_blend(scene, lambda *_: None)

    def test_glow_counts_as_light(self) -> None:
        bpy.ops.wm.read_homefile(use_factory_startup=True)
        scene = bpy.context.scene
        bpy.data.objects.remove(bpy.data.objects["Light"])
        scene.world = None
        self.assertFalse(lighting.lit(scene))
        tree = bpy.data.materials["Material"].node_tree
        tree.nodes.new("ShaderNodeEmission")
        self.assertTrue(lighting.lit(scene))


class Recipes(unittest.TestCase):
    def test_both_ways_to_the_image_say_the_same(self) -> None:
        with open(os.path.join(SCRIPTS, "image", "Dockerfile"), encoding="utf-8") as source:
            dockerfile = source.read()
        with open(os.path.join(SCRIPTS, "image", "build-image.sh"), encoding="utf-8") as source:
            script = source.read()
        for label in ("studio.kiln.image", "studio.kiln.recipe"):
            self.assertIn(label, dockerfile)
            self.assertIn(label, script)
        for common in ("packages.txt", "--uid 10001 --user-group --home-dir /tmp", "HOME=/tmp", "LANG=C.UTF-8", "USER kiln", "WORKDIR /tmp"):
            self.assertIn(common, dockerfile)
            self.assertIn(common, script)
        recipe = next(line for line in script.splitlines() if line.startswith("recipe="))
        self.assertIn(f'studio.kiln.recipe="{recipe.removeprefix("recipe=")}"', dockerfile)

    def test_settings_know_every_field_of_the_contract(self) -> None:
        for name in ("engine", "samples", "noise_threshold", "width", "height", "percent", "format", "camera", "denoise", "seed", "device",
                     "view_layers", "overrides"):
            self.assertIn(name, settings.Settings.__dataclass_fields__)
