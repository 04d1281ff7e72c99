"""Merges parts of one picture, each with its own range of samples, into one."""

from __future__ import annotations

import os
import shutil

import bpy

from .errors import Failure


def merge(inputs: list[str], path: str) -> None:
    """inputs are multilayer EXR files with a sample count pass; each part weighs as many samples as it has."""
    if len(inputs) < 2:
        raise Failure("BAD_REQUEST", "A merge needs at least two parts.")
    for number, part in enumerate(inputs):
        if not os.path.isfile(part):
            raise Failure("FILE_MISSING", f"Part {number + 1} of the picture is not there: {os.path.basename(part)}.")
    for number, part in enumerate(inputs):
        if not _has_sample_count(part):
            raise Failure(
                "FILE_UNREADABLE", f"Part {number + 1} of the picture ({os.path.basename(part)}) is no multilayer EXR with a sample count, "
                "so it cannot be weighed. Render the parts with a sample_offset.")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    work = os.path.join(bpy.app.tempdir, "kiln-merge")
    os.makedirs(work, exist_ok=True)
    try:
        so_far = inputs[0]
        for number, part in enumerate(inputs[1:]):
            target = os.path.join(work, f"{number % 2}.exr")
            try:
                bpy.ops.cycles.merge_images(input_filepath1=so_far, input_filepath2=part, output_filepath=target)
            except RuntimeError as problem:
                raise Failure(
                    "FILE_UNREADABLE", f"The parts cannot be merged: {' '.join(str(problem).split()).removeprefix('Error: ')} "
                    "They must be multilayer EXR of one size with a sample count.", detail=str(problem)) from problem
            if not os.path.isfile(target):
                raise Failure("OUTPUT_MISSING", "Blender merged without complaint, but there is no picture.")
            so_far = target
        part_path = path + ".part"
        shutil.copyfile(so_far, part_path)
        os.replace(part_path, path)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _has_sample_count(path: str) -> bool:
    """Whether the header names the pass that says how many samples each pixel has."""
    with open(path, "rb") as source:
        start = source.read(1 << 16)
    return start.startswith(b"\x76\x2f\x31\x01") and b"Debug Sample Count" in start
