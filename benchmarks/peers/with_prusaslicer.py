"""PrusaSlicer, a program in C++: from the STL to the end of its slice stage, then it is stopped.

Its log carries the time of each step. *Load + slice* runs from the first line, when the program's libraries
are loaded and the file is not yet opened, to the line that begins the perimeters.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from datetime import datetime
from pathlib import Path

from benchmarks.peers.processes import watched

NAME = "PrusaSlicer"
THREADS = "its choice (TBB, all)"
INCLUDES = {"contours": "file read, mesh indexed, sliced, closed, loops joined to polygons with holes"}

_PROGRAM = "prusa-slicer"
_STAMP = re.compile(r"\[(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+)\]")
_LAST = "Generating perimeters"


def missing() -> str:
    return "" if shutil.which(_PROGRAM) else f"no program {_PROGRAM}"


def version() -> str:
    text = subprocess.run([_PROGRAM, "--help"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"PrusaSlicer-(\d[\w.]*)", text)
    return found[1] if found else "unknown"


def slice_file(path: Path, layer_mm: float, scratch: Path) -> dict:
    """Seconds of the whole process and of load + slice, peak memory in MB, or an ``error``."""
    command = [
        _PROGRAM,
        "--loglevel=4",
        "--export-gcode",
        f"--layer-height={layer_mm}",
        f"--first-layer-height={layer_mm}",
        "--bed-shape=0x0,500x0,500x500,0x500",
        "--max-print-height=500",
        "--center=250,250",
        "--slice-closing-radius=0",
        "--resolution=0",
        "--perimeters=1",
        "--top-solid-layers=0",
        "--bottom-solid-layers=0",
        "--fill-density=0",
        "--skirts=0",
        f"--output={scratch / 'prusa.gcode'}",
        str(path),
    ]
    seconds, lines, peak_mb = watched(command, until=lambda line: _LAST in line and _STAMP.search(line))
    stamps = [datetime.fromisoformat(found[1]) for line in lines if (found := _STAMP.search(line))]
    if not lines or _LAST not in lines[-1] or len(stamps) < 2:
        return {"error": " ".join(lines[-2:])[-300:] or "no output"}
    return {"fresh_s": seconds, "stage_s": (stamps[-1] - stamps[0]).total_seconds(), "peak_mb": peak_mb}
