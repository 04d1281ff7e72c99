"""Material previews, meshes for the viewport, merged parts and videos."""

from __future__ import annotations

import json
import os
import struct

import bpy
import numpy

from support import NEW, SessionTest, outputs, pixels

RED = {"parameters": {"Base Color": [0.8, 0.02, 0.02, 1], "Roughness": 0.3, "Coat Weight": 0.5}}


class Previews(SessionTest):
    def preview(self, prefix: str, **fields: object) -> list[dict]:
        asked = {"material": RED, "shape": "ball", "light": "studio", "size": 64, "batches": 3, "batch_samples": 4, "path": prefix, **fields}
        event, seen = self.session.final(self.session.send("preview", **asked))
        self.assertEqual(event["event"], "done", event)
        return [one for one in seen if one["event"] == "picture"]

    def test_a_picture_comes_after_each_batch_and_gets_cleaner(self) -> None:
        shown = self.preview("p/a", batches=6)
        self.assertEqual([(one["samples"], one["of"]) for one in shown], [(4 * batch, 24) for batch in range(1, 7)])
        pictures = [pixels(self.out(one["path"]))[..., :3] for one in shown]
        last = pictures[-1]
        self.assertEqual(last.shape[:2], (64, 64))
        self.assertGreater(numpy.abs(pictures[0] - last).mean(), numpy.abs(pictures[4] - last).mean())

    def test_every_shape_and_light_shows_the_material(self) -> None:
        for shape in ("ball", "cube", "cloth"):
            for light in ("studio", "daylight", "rim"):
                with self.subTest(shape=shape, light=light):
                    shown = self.preview(f"p/{shape}-{light}", shape=shape, light=light, batches=1)
                    picture = pixels(self.out(shown[-1]["path"]))
                    self.assertGreater((picture[..., 0] > picture[..., 1] + 0.08).mean(), 0.02)

    def test_the_model_that_is_open_wears_it_and_stays_open(self) -> None:
        self.open("markers.blend")
        before = pixels(self.out(self.render("p-before", (1,))[0]["path"]))
        shown = self.preview("p/model", shape="model", batches=1)
        picture = pixels(self.out(shown[-1]["path"]))
        self.assertGreater((picture[..., 0] > picture[..., 1] + 0.15).mean(), 0.05)
        after = pixels(self.out(self.render("p-after", (1,))[0]["path"]))
        self.assertTrue(numpy.array_equal(before, after))

    def test_a_newer_preview_takes_the_place_of_one_under_way(self) -> None:
        fields = {"material": RED, "shape": "ball", "light": "studio", "size": 128, "batch_samples": 16}
        old = self.session.send("preview", path="p/old", batches=200, **fields)
        self.session.wait_for(lambda event: event["event"] == "picture" and event["id"] == old)
        new = self.session.send("preview", path="p/new", batches=1, **fields)
        ends = {}
        while len(ends) < 2:
            event = self.session.next_event()
            if event.get("id") in (old, new) and event["event"] in ("done", "cancelled", "error"):
                ends[event["id"]] = event["event"]
        self.assertEqual(ends, {old: "cancelled", new: "done"})

    def test_names_that_this_version_lacks_are_said(self) -> None:
        material = {"parameters": {"Base Color": [1, 1, 1, 1], "Sheen Roughness": 0.3, "Emission Color": [1, 0, 0, 1], "Specular IOR Level": 0.2}}
        result = self.session.call("preview", material=material, shape="ball", light="rim", size=32, batches=1, batch_samples=1, path="p/names")
        self.assertEqual(result["lacking"], [] if NEW else ["Sheen Roughness"])

    def test_a_bad_material_is_refused(self) -> None:
        base = {"shape": "ball", "light": "studio", "size": 32, "batches": 1, "batch_samples": 1, "path": "p/bad"}
        bad = self.session.failure("preview", material={"parameters": {"Roughness": "rough"}}, **base)
        self.assertEqual(bad["code"], "BAD_REQUEST")
        texture = {"textures": {"Base Color": {"path": "../../etc/passwd"}}}
        self.assertEqual(self.session.failure("preview", material=texture, **base)["code"], "BAD_REQUEST")

    def test_batches_add_up_to_one_long_run(self) -> None:
        from kiln_session import opening, preview
        from kiln_session.journal import Journal
        from kiln_session.render import RenderCall

        stage = preview.PreviewStage("ball", "studio", None)

        def mean(batches: int, samples: int) -> numpy.ndarray:
            journal = Journal()
            try:
                progressive = preview.Progressive(stage.scene, 48, batches, samples, 5, journal)
                with RenderCall() as call:
                    for _ in range(batches):
                        self.assertTrue(progressive.next(call))
                return progressive.mean()
            finally:
                journal.restore()

        difference = numpy.abs(mean(4, 4) - mean(1, 16)).mean()
        opening.empty()
        self.assertLess(difference, 1e-5)


class Meshes(SessionTest):
    def glb(self, path: str) -> dict:
        with open(self.out(path), "rb") as source:
            data = source.read()
        magic, version, length = struct.unpack("<4sII", data[:12])
        self.assertEqual((magic, version, length), (b"glTF", 2, len(data)))
        size = struct.unpack("<I", data[12:16])[0]
        return json.loads(data[20:20 + size])

    def triangles(self, document: dict) -> int:
        counts = {index: sum(document["accessors"][part["indices"]]["count"] // 3 for part in mesh["primitives"]) for index, mesh in enumerate(document["meshes"])}
        return sum(counts[node["mesh"]] for node in document["nodes"] if "mesh" in node)

    def test_a_model_becomes_a_glb_that_says_its_triangles(self) -> None:
        result = self.session.call("mesh", root="markers.blend", format="blend", path="m/cube.glb", max_triangles=1000)
        self.assertEqual((result["path"], result["triangles"], result["decimated"]), ("m/cube.glb", 12, False))
        self.assertEqual(self.triangles(self.glb("m/cube.glb")), 12)

    def test_generated_geometry_is_in_it(self) -> None:
        result = self.session.call("mesh", root="22_simple_GN.blend", format="blend", path="m/gn.glb", max_triangles=10_000_000)
        self.assertGreater(result["triangles"], 1000)

    def test_too_many_triangles_become_fewer(self) -> None:
        bpy.ops.wm.read_homefile(use_factory_startup=True)
        bpy.ops.mesh.primitive_ico_sphere_add(subdivisions=6)
        bpy.ops.wm.save_as_mainfile(filepath=os.path.join(self.folder_in, "many.blend"), copy=True)
        result = self.session.call("mesh", root="many.blend", format="blend", path="m/few.glb", max_triangles=5000)
        self.assertTrue(result["decimated"])
        self.assertLess(result["triangles"], 6000)
        self.assertAlmostEqual(self.triangles(self.glb("m/few.glb")), result["triangles"], delta=50)

    def test_up_is_y_and_what_does_not_render_is_absent(self) -> None:
        bpy.ops.wm.read_homefile(use_factory_startup=True)
        cube = bpy.data.objects["Cube"]
        cube.scale, cube.location = (1, 1, 3), (0, 5, 0)
        bpy.ops.mesh.primitive_cube_add(location=(100, 0, 0))
        bpy.context.object.hide_render = True
        bpy.ops.wm.save_as_mainfile(filepath=os.path.join(self.folder_in, "tall.blend"), copy=True)
        result = self.session.call("mesh", root="tall.blend", format="blend", path="m/tall.glb", max_triangles=1000)
        self.assertEqual(result["triangles"], 12)
        for got, wanted in zip(result["bounds"]["min"] + result["bounds"]["max"], [-1, -3, -6, 1, 3, -4]):
            self.assertAlmostEqual(got, wanted, places=4)


class MergesAndVideos(SessionTest):
    def part(self, folder: str, offset: int, samples: int) -> str:
        event = self.session.call(
            "render", settings={"format": "exr-multilayer", "samples": samples, "sample_offset": offset, "seed": 4, "noise_threshold": 0.0},
            folder=folder, outputs=[{**outputs(1)[0], "path": "part.exr"}])["outputs"][0]
        target = f"{folder}.exr"
        os.replace(self.out(event["path"]), os.path.join(self.folder_in, target))
        return target

    def test_two_halves_merge_into_the_whole(self) -> None:
        self.open("markers.blend")
        parts = [self.part("half1", 0, 16), self.part("half2", 16, 16)]
        whole = self.part("whole", 0, 32)
        self.assertEqual(self.session.call("merge", inputs=parts, path="merged/m.exr"), {"path": "merged/m.exr"})
        pictures = [self.combined(path) for path in (self.out("merged/m.exr"), os.path.join(self.folder_in, whole), os.path.join(self.folder_in, parts[0]))]
        merged, reference, half = pictures
        self.assertLess(numpy.abs(merged - reference).mean(), numpy.abs(half - reference).mean() + 1e-9)
        self.assertLess(numpy.abs(merged - reference).mean(), 0.02)

    def combined(self, path: str) -> numpy.ndarray:
        # A layered file is seen through the compositor only; converted by it, its main pass is a plain picture.
        bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
        scene = bpy.context.scene
        scene.use_nodes = True
        tree = scene.node_tree
        tree.nodes.clear()
        source = tree.nodes.new("CompositorNodeImage")
        source.image = bpy.data.images.load(path)
        target = tree.nodes.new("CompositorNodeComposite")
        tree.links.new(next(output for output in source.outputs if output.name == "Combined"), target.inputs[0])
        scene.render.resolution_x, scene.render.resolution_y, scene.render.resolution_percentage = 32, 24, 100
        scene.render.image_settings.file_format = "OPEN_EXR"
        scene.render.filepath = os.path.join(self.root, "combined.exr")
        bpy.ops.render.render(write_still=True)
        return pixels(scene.render.filepath)[..., :3]

    def test_parts_that_do_not_fit_are_refused(self) -> None:
        self.open("markers.blend")
        event = self.render("single", (1,), {"format": "exr"})[0]
        os.replace(self.out(event["path"]), os.path.join(self.folder_in, "single.exr"))
        failure = self.session.failure("merge", inputs=["single.exr", "single.exr"], path="merged/x.exr")
        self.assertEqual((failure["code"], failure["kind"]), ("FILE_UNREADABLE", "permanent"))
        self.assertEqual(self.session.failure("merge", inputs=["single.exr", "gone.exr"], path="merged/x.exr")["code"], "FILE_MISSING")

    def frames(self, count: int, width: int, height: int) -> list[str]:
        self.open("markers.blend")
        names = []
        for event in self.render(f"frames{width}", range(1, count + 1), {"width": width, "height": height, "samples": 1}):
            name = os.path.basename(event["path"])
            os.makedirs(os.path.join(self.folder_in, f"frames{width}"), exist_ok=True)
            os.replace(self.out(event["path"]), os.path.join(self.folder_in, f"frames{width}", name))
            names.append(f"frames{width}/{name}")
        return names

    def test_every_codec_holds_every_frame_also_at_odd_sizes(self) -> None:
        names = self.frames(5, 33, 25)
        for codec, fit, size in (("h264", "pad", (34, 26)), ("h264", "crop", (32, 24)), ("vp9", "pad", (34, 26)), ("ffv1", "pad", (33, 25))):
            with self.subTest(codec=codec, fit=fit):
                result = self.session.call("encode", inputs=names, fps=24, path=f"v/{codec}-{fit}.mkv", codec=codec, fit=fit)
                self.assertEqual((result["frames"], result["width"], result["height"]), (5, *size))
                self.assertGreater(os.path.getsize(self.out(result["path"])), 200)

    def test_the_pictures_of_a_lossless_video_are_the_frames_in_their_order(self) -> None:
        names = self.frames(3, 40, 30)
        self.session.call("encode", inputs=list(reversed(names)), fps=23.976, path="v/lossless.mkv", codec="ffv1", fit="pad")
        clip = bpy.data.images.load(self.out("v/lossless.mkv"))
        self.assertEqual((clip.source, clip.frame_duration), ("MOVIE", 3))
        bpy.data.images.remove(clip)

    def test_a_frame_that_is_missing_is_named(self) -> None:
        names = self.frames(2, 32, 24)
        failure = self.session.failure("encode", inputs=[*names, "frames32/0003.png"], fps=24, path="v/x.mp4", codec="h264", fit="pad")
        self.assertEqual(failure["code"], "FILE_MISSING")
        self.assertIn("Frame 3", failure["message"])
