"""What a host can rely on, seen from the other end of the pipes."""

from __future__ import annotations

import hashlib
import os
import time

import bpy

from support import SessionTest, outputs, pixels, plain_blender


def heavy_file(path: str) -> None:
    """A file whose frame takes many seconds: glass and much bouncing light at many samples."""
    bpy.ops.wm.read_homefile(use_factory_startup=True)
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.cycles.device = "CPU"
    scene.cycles.samples = 128
    scene.cycles.use_adaptive_sampling = False
    scene.cycles.use_denoising = False
    scene.render.resolution_x, scene.render.resolution_y, scene.render.resolution_percentage = 640, 360, 100
    bpy.ops.mesh.primitive_plane_add(size=20)
    bpy.ops.wm.save_as_mainfile(filepath=path, copy=True)


class Protocol(SessionTest):
    def setUp(self) -> None:
        if self.session.process.poll() is not None:
            self.session.end()
            type(self).session = self.start()

    def test_ready_tells_version_and_protocol(self) -> None:
        self.assertEqual(self.session.ready["protocol"], 1)
        self.assertEqual(self.session.ready["version"], ".".join(map(str, bpy.app.version)))
        self.assertEqual(self.session.ready["pid"], self.session.process.pid)

    def test_a_line_that_is_no_request_is_answered_and_the_session_lives_on(self) -> None:
        for line in (b"junk", b"[1, 2]", b'{"op": "ping"}', b'{"id": 5, "op": "ping"}', b"\xff\xfe", b"[" * 100000):
            self.session.send_line(line)
            event, _ = self.session.wait_for(lambda one: one["event"] == "error")
            self.assertEqual((event["id"], event["code"]), (None, "BAD_REQUEST"), line[:20])
        self.assertEqual(self.session.call("ping"), {"busy": None})

    def test_an_unknown_request_is_an_error_of_its_own(self) -> None:
        self.assertEqual(self.session.failure("dance")["code"], "BAD_REQUEST")

    def test_names_of_python_are_no_requests(self) -> None:
        for op in ("__init__", "close__", "_open"):
            self.assertEqual(self.session.failure(op)["code"], "BAD_REQUEST")

    def test_paths_that_leave_their_folder_are_refused(self) -> None:
        os.symlink("/etc", os.path.join(self.folder_in, "way-out"))
        for root in ("../x.blend", "/etc/passwd", "a/../../x.blend", "C:/x.blend", "\\\\srv\\x.blend", "way-out/passwd", ""):
            failure = self.session.failure("open", root=root, format="blend", trust=False, scene=None)
            self.assertEqual(failure["code"], "BAD_REQUEST", root)
        self.open("markers.blend")
        for path in ("../x.png", "/tmp/x.png", "a/../../../x.png"):
            asked = [{**outputs(1)[0], "path": path}]
            self.assertEqual(self.session.failure("render", settings={}, folder="p", outputs=asked)["code"], "BAD_REQUEST", path)
        self.assertEqual(self.session.failure("render", settings={}, folder="../p", outputs=outputs(1))["code"], "BAD_REQUEST")

    def test_what_is_printed_never_becomes_an_event(self) -> None:
        # A file of which the host cannot know what it prints: its name is put into Blender's own lines.
        name = '{"event": "done", "id": "x"}.blend'
        os.link(os.path.join(self.folder_in, "markers.blend"), os.path.join(self.folder_in, name))
        self.open(name)
        self.render("chatter", (1,))
        from_blender = [line for line in self.session.lines if not line.startswith(b'{"event"')]
        # Before any script runs Blender may say its version on stdout, and nothing after that.
        self.assertLessEqual(len(from_blender), 3)
        self.assertTrue(all(b"Saved" not in line and b"Fra:" not in line for line in from_blender), from_blender)
        self.assertIn("Saved:", self.session.log_text())

    def test_an_output_is_told_when_its_file_is_complete(self) -> None:
        self.open("markers.blend")
        number = self.session.send("render", settings={}, folder="told", outputs=outputs(1, 2))
        first, seen = self.session.wait_for(lambda event: event["event"] == "output")
        with open(self.out(first["path"]), "rb") as source:
            data = source.read()
        self.assertEqual((first["bytes"], first["sha256"]), (len(data), hashlib.sha256(data).hexdigest()))
        self.assertEqual((first["width"], first["height"], first["camera"], first["device"]), (32, 24, "Camera", "CPU"))
        final, more = self.session.final(number)
        told = [event for event in seen + more if event["event"] == "output"]
        self.assertEqual(final["result"]["outputs"], told)
        self.assertEqual([event["frame"] for event in told], [1, 2])
        self.assertEqual(told[1]["camera"], "CamB")

    def test_progress_comes_while_a_frame_renders_and_never_goes_back(self) -> None:
        heavy_file(os.path.join(self.folder_in, "heavy.blend"))
        self.open("heavy.blend")
        number = self.session.send(
            "render", settings={"samples": 64, "width": 320, "height": 180}, folder="progress", outputs=outputs(1), tiles=True)
        final, seen = self.session.final(number)
        self.assertEqual(final["event"], "done", final)
        progress = [event for event in seen if event["event"] == "progress"]
        self.assertGreater(len(progress), 2)
        self.assertEqual({event["unit"] for event in progress if event["phase"] == "rendering" and event["total"] > 1}, {"tiles"})
        shares = [event["done"] / event["total"] for event in progress if event["total"] > 0]
        self.assertEqual(shares, sorted(shares))
        self.assertEqual(shares[-1], 1.0)

    def test_cancel_with_tiles_is_seen_within_half_a_second(self) -> None:
        heavy_file(os.path.join(self.folder_in, "heavy.blend"))
        self.open("heavy.blend")
        taken = []
        for attempt in range(3):
            number = self.session.send("render", settings={}, folder="cancel", outputs=outputs(1), tiles=True)
            self.session.wait_for(lambda event: event["event"] == "progress" and event["phase"] == "rendering" and event["done"] > 0)
            self.assertEqual(self.session.call("ping"), {"busy": number})
            started = time.monotonic()
            self.session.send("cancel", target=number)
            final, _ = self.session.final(number)
            taken.append(time.monotonic() - started)
            self.assertEqual(final["event"], "cancelled", final)
        # A busy machine may delay one of them; the host waits 2 s before it kills.
        self.assertLess(min(taken), 0.5, taken)
        self.assertLess(max(taken), 2.0, taken)
        self.assertFalse(os.path.exists(self.out("cancel/0001.png")))
        # The session lives on, and its next picture is whole.
        event = self.render("after-cancel", (1,), {"samples": 2, "width": 64, "height": 36})[0]
        self.assertEqual(pixels(self.out(event["path"])).shape[:2], (36, 64))

    def test_a_cancel_that_comes_before_the_request_is_served_holds(self) -> None:
        self.open("markers.blend")
        first = self.session.send("render", settings={"samples": 200}, folder="c1", outputs=outputs(1))
        second = self.session.send("render", settings={}, folder="c2", outputs=outputs(1))
        self.session.send("cancel", target=second)
        ends = {}
        while len(ends) < 2:
            event = self.session.next_event()
            if event.get("id") in (first, second) and event["event"] in ("done", "cancelled", "error"):
                ends[event["id"]] = event["event"]
        self.assertEqual(ends, {first: "done", second: "cancelled"})
        self.assertFalse(os.path.exists(self.out("c2/0001.png")))

    def test_a_cancel_of_what_has_ended_changes_nothing(self) -> None:
        self.open("markers.blend")
        number = self.session.send("render", settings={}, folder="c3", outputs=outputs(1))
        self.session.final(number)
        self.session.call("cancel", target=number)
        self.session.call("cancel", target="never-heard-of")
        self.assertEqual(len(self.render("c4", (1,))), 1)

    def test_render_without_open_is_refused(self) -> None:
        session = self.start()
        try:
            self.assertEqual(session.failure("render", settings={}, folder="x", outputs=outputs(1))["code"], "NOT_OPEN")
        finally:
            session.end()

    def test_bad_settings_are_refused_by_name(self) -> None:
        self.open("markers.blend")
        for settings in ({"samples": 0}, {"samples": "8"}, {"width": -1}, {"engine": "mental ray"}, {"colour": 1}, {"seed": True}, {"format": "gif"}):
            failure = self.session.failure("render", settings=settings, folder="x", outputs=outputs(1))
            self.assertEqual(failure["code"], "BAD_REQUEST", settings)
            self.assertIn(next(iter(settings)), failure["message"])

    def test_what_the_file_lacks_is_said_with_what_it_has(self) -> None:
        self.open("markers.blend")
        camera = self.session.failure("render", settings={"camera": "Nope"}, folder="x", outputs=outputs(1))
        self.assertEqual(camera["code"], "CAMERA_UNKNOWN")
        self.assertIn("CamB", camera["message"])
        layer = self.session.failure("render", settings={}, folder="x", outputs=outputs(1, layer="Nope"))
        self.assertEqual(layer["code"], "LAYER_UNKNOWN")
        scene = self.session.failure("open", root="markers.blend", format="blend", trust=False, scene="Nope")
        self.assertEqual(scene["code"], "SCENE_UNKNOWN")

    def test_files_that_cannot_be_read_end_in_one_sentence(self) -> None:
        def write(name: str, data: bytes) -> str:
            with open(os.path.join(self.folder_in, name), "wb") as target:
                target.write(data)
            return name

        import gzip

        with gzip.open(os.path.join(self.folder_in, "markers.blend")) as source:
            whole = source.read()
        cases = {
            write("half.blend", whole[: len(whole) // 2]): "FILE_UNREADABLE",
            write("junk.blend", b"not a model at all"): "FILE_UNREADABLE",
            write("lfs.blend", b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"): "FILE_UNREADABLE",
            write("empty.blend", b""): "FILE_UNREADABLE",
            "not-there.blend": "FILE_MISSING",
            "37_lamp_Cycles.blend": "FILE_NEWER",
        }
        for root, code in cases.items():
            failure = self.session.failure("open", root=root, format="blend", trust=False, scene=None)
            self.assertEqual(failure["code"], code, failure)
            self.assertEqual(failure["kind"], "permanent")
            # After a failed open nothing is open: the last file must not be rendered in its place.
            self.assertEqual(self.session.failure("render", settings={}, folder="x", outputs=outputs(1))["code"], "NOT_OPEN")

    def test_end_of_input_ends_the_session_in_the_middle_of_a_frame(self) -> None:
        heavy_file(os.path.join(self.folder_in, "heavy.blend"))
        session = self.start()
        try:
            session.call("open", root="heavy.blend", format="blend", trust=False, scene=None)
            session.send("render", settings={}, folder="eof", outputs=outputs(1), tiles=True)
            session.wait_for(lambda event: event["event"] == "progress" and event["done"] > 0)
            session.process.stdin.close()
            self.assertEqual(session.process.wait(timeout=10), 0)
        finally:
            session.end()

    def test_close_ends_the_process_with_0_also_after_a_cancelled_render(self) -> None:
        heavy_file(os.path.join(self.folder_in, "heavy.blend"))
        session = self.start()
        try:
            session.call("open", root="heavy.blend", format="blend", trust=False, scene=None)
            number = session.send("render", settings={}, folder="close", outputs=outputs(1), tiles=True)
            session.wait_for(lambda event: event["event"] == "progress" and event["done"] > 0)
            session.send("cancel", target=number)
            session.final(number)
            session.call("close")
            self.assertEqual(session.process.wait(timeout=10), 0)
        finally:
            session.end()

    def test_a_file_that_is_not_trusted_runs_nothing(self) -> None:
        warnings = self.session.warnings_of("open", root="autorun.blend", format="blend", trust=False, scene=None)
        self.assertIn("SCRIPTS_BLOCKED", warnings)
        self.assertIn("DRIVERS_BLOCKED", self.session.warnings_of("open", root="driver.blend", format="blend", trust=False, scene=None))
        trusted = self.start()
        try:
            self.assertNotIn("DRIVERS_BLOCKED", trusted.warnings_of("open", root="driver.blend", format="blend", trust=True, scene=None))
            moved = trusted.call("inspect", root="driver.blend", format="blend", trust=True)
        finally:
            trusted.end()
        still = self.session.call("inspect", root="driver.blend", format="blend", trust=False)
        self.assertNotEqual(moved["bounds"], still["bounds"])
        self.assertEqual((moved["drivers_blocked"], still["drivers_blocked"] > 0), (0, True))

    def test_trust_does_not_last_into_the_next_file(self) -> None:
        session = self.start()
        try:
            session.call("open", root="driver.blend", format="blend", trust=True, scene=None)
            self.assertIn("DRIVERS_BLOCKED", session.warnings_of("open", root="driver.blend", format="blend", trust=False, scene=None))
        finally:
            session.end()

    def test_a_view_layer_renders_alone(self) -> None:
        self.open("vl2.blend")
        layers = [layer["name"] for layer in self.session.call("inspect", root="vl2.blend", format="blend", trust=False)["scenes"][0]["view_layers"]]
        self.assertEqual(len(layers), 2)
        asked = outputs(1) + [one for name in layers for one in outputs(1, layer=name)]
        events = self.session.call("render", settings={}, folder="layers", outputs=asked)["outputs"]
        self.assertEqual([event["layer"] for event in events], ["", *layers])
        self.assertEqual(len({event["path"] for event in events}), 3)

    def test_missing_things_are_warned_of_by_name(self) -> None:
        event, seen = self.session.final(self.session.send("open", root="missingtex.blend", format="blend", trust=False, scene=None))
        self.assertEqual([(one["code"], one["subject"]) for one in seen if one["event"] == "warning"], [("MISSING_TEXTURE", "//textures/t.png")])
        lonely = os.path.join(self.folder_in, "alone")
        os.makedirs(lonely)
        os.link(os.path.join(self.folder_in, "linked.blend"), os.path.join(lonely, "linked.blend"))
        self.assertIn("MISSING_LIBRARY", self.session.warnings_of("open", root="alone/linked.blend", format="blend", trust=False, scene=None))

    def test_what_kiln_adds_or_leaves_out_is_warned_of(self) -> None:
        self.assertIn("CAMERA_ADDED", self.session.warnings_of("open", root="nocam.blend", format="blend", trust=False, scene=None))
        cases = {"odd.blend": "MOVIE_AS_PNG", "denoise.blend": "DENOISE_UNAVAILABLE", "gpu.blend": "GPU_UNAVAILABLE"}
        for root, code in cases.items():
            self.open(root)
            _, seen = self.session.final(self.session.send("render", settings={}, folder=root, outputs=outputs(1)))
            warned = [(one["code"], one["subject"]) for one in seen if one["event"] == "warning"]
            # Kiln may have said it of the scene before, and knows it by code and subject
            self.assertEqual(warned, [(code, "Scene")])
        picture = pixels(self.out("odd.blend/0001.png"))
        self.assertEqual(picture.shape[:2], (25, 33))

    def test_what_was_required_is_never_replaced(self) -> None:
        self.open("markers.blend")
        gpu = self.session.failure("render", settings={"device": "gpu"}, folder="x", outputs=outputs(1))
        self.assertEqual((gpu["code"], gpu["kind"]), ("GPU_UNAVAILABLE", "permanent"))
        denoise = self.session.failure("render", settings={"denoise": "on"}, folder="x", outputs=outputs(1))
        self.assertEqual(denoise["code"], "DENOISE_UNAVAILABLE")

    def test_a_draft_comes_first_and_is_smaller(self) -> None:
        self.open("markers.blend")
        number = self.session.send(
            "render", settings={"width": 64, "height": 48, "samples": 16}, folder="draft", outputs=outputs(1), draft={"percent": 25, "samples": 2})
        final, seen = self.session.final(number)
        self.assertEqual(final["event"], "done", final)
        kinds = [event["event"] for event in seen if event["event"] in ("draft", "output")]
        self.assertEqual(kinds, ["draft", "output"])
        draft = next(event for event in seen if event["event"] == "draft")
        self.assertEqual((draft["width"], draft["height"]), (16, 12))
        self.assertEqual(pixels(self.out(draft["path"])).shape[:2], (12, 16))
        # What came after it is what would have come without it.
        alone = self.render("no-draft", (1,), {"width": 64, "height": 48, "samples": 16})[0]
        self.assertTrue((pixels(self.out("draft/0001.png")) == pixels(self.out(alone["path"]))).all())

    def test_every_format_is_written_to_the_exact_path(self) -> None:
        self.open("markers.blend")
        signatures = {"png": b"\x89PNG", "png16": b"\x89PNG", "jpeg": b"\xff\xd8", "exr": b"\x76\x2f\x31\x01", "exr-multilayer": b"\x76\x2f\x31\x01"}
        for name, signature in signatures.items():
            asked = [{**outputs(1)[0], "path": f"{name}.picture"}]
            event = self.session.call("render", settings={"format": name}, folder="formats", outputs=asked)["outputs"][0]
            self.assertEqual(event["path"], f"formats/{name}.picture")
            self.assertEqual((event["width"], event["height"]), (32, 24))
            with open(self.out(event["path"]), "rb") as source:
                self.assertEqual(source.read(len(signature)), signature, name)

    def test_stereo_views_come_as_pictures_of_their_own(self) -> None:
        bpy.ops.wm.open_mainfile(filepath=os.path.join(self.folder_in, "markers.blend"))
        scene = bpy.context.scene
        scene.render.use_multiview = True
        scene.render.image_settings.views_format = "INDIVIDUAL"
        scene.camera.data.stereo.interocular_distance = 1.5
        scene.camera.data.stereo.pivot = "CENTER"
        bpy.ops.wm.save_as_mainfile(filepath=os.path.join(self.folder_in, "stereo.blend"), copy=True)
        self.assertEqual(self.inspect("stereo.blend")["scenes"][0]["views"], ["left", "right"])
        self.open("stereo.blend")
        asked = outputs(1, view="left") + outputs(1, view="right") + outputs(1)
        events = self.session.call("render", settings={}, folder="stereo", outputs=asked)["outputs"]
        self.assertEqual([event["view"] for event in events], ["left", "right", ""])
        left, right, mono = (pixels(self.out(event["path"])) for event in events)
        same = ((left == right).all(), (left == mono).all(), (right == mono).all())
        self.assertFalse(any(same), same)
        plain = plain_blender(os.path.join(self.folder_in, "stereo.blend"), os.path.join(self.root, "plain-stereo"), 1)
        self.assertTrue(plain.endswith("_L.png"), plain)
        self.assertTrue((pixels(plain) == left).all())
        self.assertTrue((pixels(plain.replace("_L.", "_R.")) == right).all())

    def test_stereo_in_one_picture_is_what_plain_blender_writes(self) -> None:
        bpy.ops.wm.open_mainfile(filepath=os.path.join(self.folder_in, "markers.blend"))
        scene = bpy.context.scene
        scene.render.use_multiview = True
        scene.camera.data.stereo.interocular_distance = 1.5
        image = scene.render.image_settings
        image.views_format = "STEREO_3D"
        for display, size in (("SIDEBYSIDE", (2, 1)), ("TOPBOTTOM", (1, 2)), ("ANAGLYPH", (1, 1))):
            image.stereo_3d_format.display_mode = display
            name = f"packed-{display.lower()}.blend"
            bpy.ops.wm.save_as_mainfile(filepath=os.path.join(self.folder_in, name), copy=True)
            seen = self.inspect(name)["scenes"][0]
            self.assertEqual(seen["views_in_one"], "stereo")
            self.open(name)
            event = self.session.call("render", settings={}, folder=name, outputs=outputs(1))["outputs"][0]
            self.assertEqual((event["width"], event["height"]), tuple(map(int.__mul__, size, (seen["width"], seen["height"]))))
            plain = plain_blender(os.path.join(self.folder_in, name), os.path.join(self.root, "plain-" + name), 1)
            self.assertTrue((pixels(plain) == pixels(self.out(event["path"]))).all(), display)
            views = outputs(1, view="left") + outputs(1, view="right")
            events = self.session.call("render", settings={}, folder=name + "-views", outputs=views)["outputs"]
            self.assertEqual([event["view"] for event in events], ["left", "right"])

    def inspect(self, root: str) -> dict:
        return self.session.call("inspect", root=root, format=root.rsplit(".", 1)[1], trust=False)

    def test_a_scene_that_is_another_than_was_looked_at_is_told_loudly(self) -> None:
        seen = self.inspect("markers.blend")["scenes"][0]
        for known, codes in ((seen, []), ({**seen, "frame_end": 12345, "cameras": ["Gone"]}, ["SCENE_MISMATCH"])):
            number = self.session.send("open", root="markers.blend", format="blend", trust=False, scene=None, seen=known)
            _, events = self.session.wait_for(lambda one: one["event"] == "done" and one["id"] == number)
            warned = [event for event in events if event["event"] == "warning" and event["code"] == "SCENE_MISMATCH"]
            self.assertEqual([event["code"] for event in warned], codes)
        self.assertIn("not 12345", warned[0]["message"])
        self.assertIn("not Gone", warned[0]["message"])

    def test_an_inspection_is_of_the_model_and_not_of_what_was_added(self) -> None:
        before = self.inspect("nocam.blend")
        self.assertEqual((before["scenes"][0]["cameras"], before["scenes"][0]["active_camera"]), ([], None))
        self.assertEqual(self.open("nocam.blend")["stage"], ["CAMERA_ADDED"])
        self.assertEqual(self.inspect("nocam.blend"), before)
        # And what was open stays open, with its camera.
        self.assertEqual(self.render("still-open", (1,))[0]["camera"], "Kiln camera")
        box = self.inspect("Box.glb")
        self.assertEqual((box["triangles"], box["lights"], box["saved_by"]), (12, [], None))
        # What a mesh format says nothing of is said as it will be rendered.
        scene = box["scenes"][0]
        self.assertEqual((scene["engine"], scene["width"], scene["height"]), ("cycles", 1280, 720))

    def test_an_inspection_says_what_is_in_the_file(self) -> None:
        found = self.inspect("fileout.blend")
        self.assertEqual([(node["node"], node["absolute"]) for node in found["file_output_nodes"]], [("File Output", False)])
        scene = self.inspect("odd.blend")["scenes"][0]
        self.assertEqual((scene["width"], scene["height"], scene["movie"], scene["format"], scene["engine"]), (33, 25, True, "png", "cycles"))
        markers = self.inspect("markers.blend")["scenes"][0]["markers"]
        self.assertEqual([(marker["frame"], marker["camera"]) for marker in markers], [(1, "Camera"), (2, "CamB")])
        self.assertTrue(self.inspect("comp.blend")["compressed"])
        self.assertTrue(self.inspect("denoise.blend")["scenes"][0]["denoise"])
        self.assertEqual(self.inspect("gpu.blend")["scenes"][0]["device"], "GPU")
        self.assertEqual(self.inspect("autorun.blend")["texts_autorun"], ["auto.py"])
        self.assertEqual([item["path"] for item in self.inspect("linked.blend")["libraries"]], ["//nocam.blend"])

    def test_a_thumbnail_keeps_the_shape_of_the_picture(self) -> None:
        result = self.session.call("thumbnail", root="Box.glb", format="glb", width=96, height=96, path="t/box.png")
        self.assertEqual((result["width"], result["height"]), (96, 54))
        self.assertEqual(pixels(self.out("t/box.png")).shape[:2], (54, 96))
        self.assertEqual(self.session.failure("render", settings={}, folder="x", outputs=outputs(1))["code"], "NOT_OPEN")

    def test_a_colour_configuration_that_lacks_the_view_is_warned_of(self) -> None:
        from kiln_session import file_warnings

        self.assertTrue(file_warnings.is_colour_complaint('Color management: scene view "AgX" not found, setting default "Standard".'))
        self.assertFalse(file_warnings.is_colour_complaint("Read blend: color management not found.blend"))

    def test_negative_frames_render(self) -> None:
        self.open("markers.blend")
        self.assertEqual([event["frame"] for event in self.render("negative", (-5, 0))], [-5, 0])

    def test_workbench_renders(self) -> None:
        self.open("markers.blend")
        event = self.render("workbench", (1,), {"engine": "workbench", "samples": 8})[0]
        self.assertGreater(pixels(self.out(event["path"]))[..., :3].max(), 0.2)

    def test_unicode_and_odd_names_work(self) -> None:
        folder = os.path.join(self.folder_in, "ünï códe 日本 #%&'")
        os.makedirs(folder)
        name = "ünï códe 日本 #%&'/scène 01.blend"
        os.link(os.path.join(self.folder_in, "markers.blend"), os.path.join(self.folder_in, name))
        self.open(name)
        asked = [{**outputs(1)[0], "path": "rendu é #### 画.png"}]
        event = self.session.call("render", settings={}, folder="ö ut", outputs=asked)["outputs"][0]
        self.assertTrue(os.path.isfile(self.out("ö ut/rendu é #### 画.png")), event)


class Finish(SessionTest):
    options = ("--finish",)

    def test_waiting_requests_are_served_although_the_input_has_ended(self) -> None:
        self.session.send("open", root="markers.blend", format="blend", trust=False, scene=None)
        number = self.session.send("render", settings={}, folder="finish", outputs=outputs(1))
        self.session.process.stdin.close()
        final, _ = self.session.final(number)
        self.assertEqual(final["event"], "done")
        self.assertEqual(self.session.process.wait(timeout=10), 0)
