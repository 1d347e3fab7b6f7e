"""CuraEngine, a program in C++: from the STL to the end of its slice stage, then it is stopped.

It prints the seconds of loading and of slicing. It refuses to start without a value for each of more than a
hundred settings, most of which this stage makes no use of; those are found by trying on a small body and
are 0.
"""

from __future__ import annotations

import functools
import re
import shutil
import struct
import subprocess
import tempfile
from pathlib import Path

from benchmarks.peers.processes import watched

NAME = "CuraEngine"
THREADS = "2 (-m2)"
INCLUDES = {"contours": "file read, mesh indexed, sliced, gaps closed, loops as polygons"}

_PROGRAM = "CuraEngine"
_WANTED = re.compile(r"no value given: '(\w+)'")
_LOADED = re.compile(r"Loaded from disk in ([\d.]+)s")
_SLICED = re.compile(r"Progress: slice accomplished in ([\d.]+)s")
_SETTINGS = {
    "adhesion_type": "none",
    "center_object": "true",  # or what lies below z = 0 is left out
    "machine_center_is_zero": "true",
    "machine_depth": "1000",
    "machine_extruder_count": "1",
    "machine_gcode_flavor": "RepRap",
    "machine_height": "1000",
    "machine_nozzle_size": "0.4",
    "machine_shape": "rectangular",
    "machine_width": "1000",
    "magic_mesh_surface_mode": "normal",
    "material_diameter": "1.75",
    "material_shrinkage_percentage": "100",
    "mesh_rotation_matrix": "[[1,0,0],[0,1,0],[0,0,1]]",
    "slicing_tolerance": "middle",
}

_wanted_later: dict[str, str] = {}


def missing() -> str:
    return "" if shutil.which(_PROGRAM) else f"no program {_PROGRAM}"


def version() -> str:
    done = subprocess.run([_PROGRAM, "help"], capture_output=True, text=True, check=False)
    found = re.search(r"version (\d[\w.]*)", done.stdout + done.stderr)
    return found[1] if found else "unknown"


def _command(path: Path, settings: dict[str, str], output: Path) -> list[str]:
    pairs = [part for key, value in settings.items() for part in ("-s", f"{key}={value}")]
    return [_PROGRAM, "slice", "-v", "-p", "-m2", *pairs, "-o", str(output), "-e0", "-l", str(path)]


@functools.cache
def _settings(layer_mm: float) -> tuple[tuple[str, str], ...]:
    settings = {**_SETTINGS, "layer_height": str(layer_mm), "layer_height_0": str(layer_mm)}
    with tempfile.TemporaryDirectory() as folder:
        body = Path(folder) / "body.stl"
        _write_tetrahedron(body)
        for _ in range(400):
            _, lines, _ = watched(_command(body, settings, Path(folder) / "body.gcode"), until=_SLICED.search)
            wanted = next((found[1] for line in lines if (found := _WANTED.search(line))), None)
            if wanted is None or wanted in settings:
                break
            settings[wanted] = "0"
    return tuple(settings.items())


def _write_tetrahedron(path: Path) -> None:
    """A tetrahedron of 1 mm as STL."""
    corners = [(0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1)]
    faces = [(0, 2, 1), (0, 1, 3), (1, 2, 3), (0, 3, 2)]
    records = [struct.pack("<12fH", 0, 0, 0, *(x for i in face for x in corners[i]), 0) for face in faces]
    path.write_bytes(b"tetrahedron".ljust(80) + struct.pack("<I", len(faces)) + b"".join(records))


def slice_file(path: Path, layer_mm: float, scratch: Path) -> dict:
    """Seconds of the whole process and of load + slice, peak memory in MB, or an ``error``."""
    settings = {**dict(_settings(layer_mm)), **_wanted_later}
    for _ in range(50):
        command = _command(path, settings, scratch / "cura.gcode")
        seconds, lines, peak_mb = watched(command, until=_SLICED.search)
        wanted = next((found[1] for line in lines if (found := _WANTED.search(line))), None)
        if wanted is None or wanted in settings:
            break
        # A mesh of several bodies asks for more than the small one did.
        settings[wanted] = _wanted_later[wanted] = "0"
    loaded = next((float(found[1]) for line in lines if (found := _LOADED.search(line))), None)
    sliced = next((float(found[1]) for line in lines if (found := _SLICED.search(line))), None)
    if loaded is None or sliced is None:
        return {"error": " ".join(lines[-2:])[-300:] or "no output"}
    return {"fresh_s": seconds, "stage_s": loaded + sliced, "peak_mb": peak_mb}
