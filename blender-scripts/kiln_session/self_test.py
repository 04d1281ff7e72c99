"""Proves what this Blender can do by doing it, small: render, import, export, encode, write."""

from __future__ import annotations

import os
import shutil
import struct
import time
from collections.abc import Callable

import bpy

from . import devices, encode, importers, opening, settings as setting
from .errors import Failure
from .journal import Journal
from .paths import Folder

_SIZE = 32


def run(engines: list[str], out: Folder, send_log: Callable[[str], None]) -> dict:
    """Capabilities; whatever was open is closed. An engine that crashes Blender ends the session: test such ones apart."""
    folder = os.path.join(out.path, f".self-test-{os.getpid()}")
    warnings: list[dict] = []
    writable = _probe(folder)
    try:
        proved = {name: _engine(name, folder) if writable else _not_writable() for name in engines}
        importing = {"blend": True, **{name: writable and _import(name, folder, send_log) for name in importers.FORMATS}}
        exporting = {"glb": writable and _export_glb(folder)}
        codecs = [name for name in encode.CODECS if writable and _encode(name, folder)]
        if os.environ.get("OCIO"):
            warnings.append({
                "code": "VIEW_TRANSFORM_MISSING", "subject": os.environ["OCIO"],
                "message": "OCIO is set in the environment: colours follow that configuration and not Blender's own."})
        return {
            "version": ".".join(map(str, bpy.app.version)), "build_hash": _text(bpy.app.build_hash), "build_platform": _text(bpy.app.build_platform),
            "build_options": _build_options(), "engines": proved, "denoise": bool(setting.denoisers()), "denoisers": setting.denoisers(),
            "importers": importing, "exporters": exporting, "draco": _draco(), "codecs": codecs, "gpus": devices.gpus(),
            "threads": os.cpu_count() or 1, "write_probe": writable, "warnings": warnings}
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        opening.empty()


def _probe(folder: str) -> bool:
    try:
        os.makedirs(folder, exist_ok=True)
        path = os.path.join(folder, "probe")
        with open(path, "wb") as target:
            target.write(b"kiln")
        os.replace(path, path + "2")
        os.remove(path + "2")
        return True
    except OSError:
        return False


def _not_writable() -> dict:
    return {"ok": False, "seconds": 0.0, "message": "The output folder cannot be written, so nothing could be tried."}


def _engine(name: str, folder: str) -> dict:
    """Renders a lit plane; the picture is read back and must not be black."""
    started = time.monotonic()
    try:
        scene = _test_scene()
        setting.set_engine(scene, name, Journal())
        setting.set_samples(scene, 4, Journal())
        if name == "cycles":
            scene.cycles.use_denoising = False
        path = os.path.join(folder, f"{name}.png")
        scene.render.filepath = path
        bpy.ops.render.render(write_still=True)
        brightness = _mean(path)
        works = brightness > 0.05
        message = "" if works else "The test picture came out black."
    except Failure as failure:
        works, message = False, str(failure)
    except (RuntimeError, OSError, TypeError) as problem:
        works, message = False, f"The test render failed: {str(problem).strip()}"
    return {"ok": works, "seconds": round(time.monotonic() - started, 3), "message": message}


def _test_scene() -> bpy.types.Scene:
    opening.empty()
    scene = bpy.context.scene
    mesh = bpy.data.meshes.new("plane")
    mesh.from_pydata([(-1, -1, 0), (1, -1, 0), (1, 1, 0), (-1, 1, 0)], [], [(0, 1, 2, 3)])
    scene.collection.objects.link(bpy.data.objects.new("plane", mesh))
    light = bpy.data.objects.new("sun", bpy.data.lights.new("sun", "SUN"))
    light.data.energy = 3
    light.location = (0, 0, 3)
    scene.collection.objects.link(light)
    camera = bpy.data.objects.new("camera", bpy.data.cameras.new("camera"))
    camera.location = (0, 0, 2)
    scene.collection.objects.link(camera)
    scene.camera = camera
    scene.render.resolution_x = scene.render.resolution_y = _SIZE
    scene.render.resolution_percentage = 100
    scene.render.image_settings.file_format = "PNG"
    return scene


def _mean(path: str) -> float:
    image = bpy.data.images.load(path)
    try:
        values = [0.0] * (len(image.pixels))
        image.pixels.foreach_get(values)
        colours = [value for index, value in enumerate(values) if index % 4 != 3]
        return sum(colours) / max(1, len(colours))
    finally:
        bpy.data.images.remove(image)


_OBJ = "v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n"
_STL = "solid t\nfacet normal 0 0 1\nouter loop\nvertex 0 0 0\nvertex 1 0 0\nvertex 0 1 0\nendloop\nendfacet\nendsolid t\n"
_PLY = ("ply\nformat ascii 1.0\nelement vertex 3\nproperty float x\nproperty float y\nproperty float z\n"
        "element face 1\nproperty list uchar int vertex_indices\nend_header\n0 0 0\n1 0 0\n0 1 0\n3 0 1 2\n")


def _gltf(binary: bool) -> bytes:
    import base64
    import json

    positions = struct.pack("<9f", 0, 0, 0, 1, 0, 0, 0, 1, 0)
    buffer: dict = {"byteLength": len(positions)}
    if not binary:
        buffer["uri"] = "data:application/octet-stream;base64," + base64.b64encode(positions).decode()
    document = json.dumps({
        "asset": {"version": "2.0"}, "scene": 0, "scenes": [{"nodes": [0]}], "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}}]}], "buffers": [buffer],
        "bufferViews": [{"buffer": 0, "byteLength": len(positions)}],
        "accessors": [{"bufferView": 0, "componentType": 5126, "count": 3, "type": "VEC3", "min": [0, 0, 0], "max": [1, 1, 0]}]}).encode()
    if not binary:
        return document
    document += b" " * (-len(document) % 4)
    chunks = struct.pack("<I4s", len(document), b"JSON") + document + struct.pack("<I4s", len(positions), b"BIN\0") + positions
    return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks


def _import(file_format: str, folder: str, send_log: Callable[[str], None]) -> bool:
    path = os.path.join(folder, f"test.{file_format}")
    try:
        if importers.importer(file_format) is None:
            return False
        if file_format == "fbx":
            _test_scene()
            bpy.ops.export_scene.fbx(filepath=path)
        else:
            data = {"obj": _OBJ.encode(), "stl": _STL.encode(), "ply": _PLY.encode()}.get(file_format) or _gltf(file_format == "glb")
            with open(path, "wb") as target:
                target.write(data)
        opening.empty()
        importers.load(f"test.{file_format}", file_format, path)
        return any(item.type == "MESH" and len(item.data.polygons) > 0 for item in bpy.data.objects)
    except Exception as problem:  # noqa: BLE001  an importer may fail in any way; the answer is that it does not work
        send_log(f"The importer of .{file_format} does not work here: {problem}")
        return False


def _export_glb(folder: str) -> bool:
    path = os.path.join(folder, "export.glb")
    try:
        _test_scene()
        bpy.ops.export_scene.gltf(filepath=path, export_format="GLB")
        return os.path.getsize(path) > 0
    except Exception:  # noqa: BLE001  as above
        return False


def _encode(codec: str, folder: str) -> bool:
    picture = os.path.join(folder, "encode.png")
    try:
        if not os.path.exists(picture):
            scene = _test_scene()
            setting.set_engine(scene, "cycles", Journal())
            scene.cycles.samples = 1
            scene.cycles.use_denoising = False
            scene.render.filepath = picture
            bpy.ops.render.render(write_still=True)
        result = encode.encode([picture, picture], 24, os.path.join(folder, "video" + encode.CODECS[codec][2]), codec, "pad")
        return result["frames"] == 2
    except Exception:  # noqa: BLE001  as above
        return False


def _draco() -> bool:
    """Whether glTF files with Draco compression can be read: the add-on needs a library that some builds lack."""
    try:
        from io_scene_gltf2.io.com.gltf2_io_draco_compression_extension import dll_exists

        return bool(dll_exists())
    except Exception:  # noqa: BLE001  another version of the add-on
        try:
            from io_scene_gltf2.io.com.draco import dll_exists

            return bool(dll_exists())
        except Exception:  # noqa: BLE001  as above
            return False


def _build_options() -> dict[str, bool]:
    options = bpy.app.build_options
    return {name: bool(getattr(options, name)) for name in dir(options) if isinstance(getattr(options, name, None), bool)}


def _text(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
