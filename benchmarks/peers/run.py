"""Runs amprep and every peer that is installed on the same inputs, in turns, and writes what came out.

    python -m benchmarks.peers [--quick] [--rounds N] [--only CONTEST ...] [--output DIR] [--inputs DIR]

Each piece of work runs in a process of its own (`work`), so that memory can be measured and nobody inherits a
warm library from somebody else. This process loads nothing heavy: the peak memory that the system reports
for a child begins with its parent's.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.peers import HATCHERS, LIBRARIES, PROGRAMS, peer
from benchmarks.peers.processes import ROOT, finished

SCHEMA = "amprep.peers/1"
RESULTS = ROOT / "benchmarks" / "results"
CONTESTS = ("contours", "fresh", "hatch", "offset", "kernel", "threads", "help")
LAYER_MM = 0.04

_GOAL_PARTS = ("bracket", "scan", "sphere", "gyroid")
_MORE_PARTS = ("disc", "lattice", "gears")
_QUICK_PARTS = ("bracket", "sphere-small", "scan-small")
_SECTIONS = ("square-section", "disc-section", "gyroid-section", "lattice-section", "gears-section")
_QUICK_SECTIONS = ("square-section", "disc-section")
_THREADED = ("bracket", "disc", "scan", "sphere")
#: A peer whose work lasted longer than this takes part in the first round only.
_SLOW_S = 8.0
#: Seconds of cutting after which a library's remaining layers are extrapolated.
_BUDGET_S = 2.0
_HATCH_PATTERNS = ("meander", "stripes", "chess")

_FRESH = """
import sys, amprep
loops = points = 0
for block in amprep.contours(sys.argv[1], layer_thickness_mm=0.04, workers=2):
    loops += len(block.loop_offsets) - 1
    points += len(block.points)
print(loops, points)
"""
#: Where a file lies on this machine is nobody's business.
_FOLDERS = re.compile(r"(?:/[\w.+-]+)+/(?=[\w.+-])")
_HELP = "from amprep.cli.app import main; main()"


@dataclass
class Cell:
    """What one contestant did with one input."""

    seconds: list[float] = field(default_factory=list)
    peak_mb: float = 0.0
    facts: dict = field(default_factory=dict)
    error: str = ""

    def as_dict(self) -> dict:
        found: dict = {"rounds": len(self.seconds)}
        if self.seconds:
            found |= {"best_s": min(self.seconds), "median_s": statistics.median(self.seconds)}
        if self.peak_mb:
            found["peak_mb"] = round(self.peak_mb)
        if self.error:
            found["error"] = self.error
        return found | self.facts


class Run:
    """One run of all contests; keeps what was found."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.cells: dict[str, dict[str, dict[str, Cell]]] = {}
        self.hashes: dict[str, str] = {}
        self.scratch = Path(tempfile.mkdtemp(prefix="amprep-peers-"))
        self.peers = _ask("describe", names=["amprep", *PROGRAMS, *LIBRARIES, "clipper2", "shapely"])[0]

    def has(self, name: str) -> bool:
        return not self.peers[name]["missing"]

    def cell(self, contest: str, what: str, who: str) -> Cell:
        return self.cells.setdefault(contest, {}).setdefault(what, {}).setdefault(who, Cell())

    def path(self, name: str) -> Path:
        """File of an input, made in a process of its own where it is not there yet."""
        file = self.options.inputs / (f"{name}.npz" if name.endswith("-section") else f"{name}.stl")
        if name not in self.hashes:
            tell(f"input {name}")
            finished([sys.executable, "-m", "benchmarks.inputs", "--inputs", str(self.options.inputs), name])
            note = json.loads(file.with_name(f"{file.name}.json").read_text(encoding="utf-8"))
            self.hashes[name] = note["sha256"]
        return file


def tell(text: str) -> None:
    """A line on stderr, where somebody sees it."""
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


def _ask(task: str, **arguments: object) -> tuple[dict, float, float]:
    """Have `work` do a task: its answer, the wall time and the peak memory of its process."""
    command = [sys.executable, "-m", "benchmarks.peers.work", task, json.dumps(arguments)]
    seconds, text, peak_mb = finished(command)
    return json.loads(text.splitlines()[-1]), seconds, peak_mb


def _take(cell: Cell, task: str, **arguments: object) -> dict | None:
    try:
        answer, wall_s, cell_peak = _ask(task, **arguments)
    except (RuntimeError, ValueError) as error:
        cell.error = _reason(error)
        return None
    cell.peak_mb = max(cell.peak_mb, cell_peak)
    answer["wall_s"] = wall_s
    return answer


def _reason(error: Exception) -> str:
    """The line of a failed process that says why."""
    lines = [line for line in str(error).splitlines() if line.strip()]
    line = next((line for line in lines if "error[" in line), lines[-1] if lines else "failed")
    return _FOLDERS.sub("", line)


# --- STL to contours: running process, fresh process


def contours(run: Run, round_number: int) -> None:
    quick = run.options.quick
    parts = [(name, run.path(name), True) for name in (_QUICK_PARTS if quick else _GOAL_PARTS)]
    if not quick and round_number == 0:
        from benchmarks.inputs import shared_meshes

        parts += [(name, run.path(name), False) for name in _MORE_PARTS]
        parts += [(path.stem, path, False) for path in shared_meshes()]
    for name, path, is_goal in parts:
        tell(f"round {round_number + 1}: contours of {name}")
        _contours_of_amprep(run, name, path)
        for who in PROGRAMS:
            if run.has(who) and _goes_on(run, name, who, round_number):
                _contours_of_program(run, name, path, who)
        for who in LIBRARIES if is_goal else ("manifold3d",):
            if run.has(who) and _goes_on(run, name, who, round_number):
                _contours_of_library(run, name, path, who)


def _goes_on(run: Run, name: str, who: str, round_number: int) -> bool:
    cell = run.cell("contours", name, who)
    limit = 60.0 if who in PROGRAMS else _SLOW_S
    return round_number == 0 or not (cell.error or cell.facts.get("wall_s", 0.0) > limit)


def _contours_of_amprep(run: Run, name: str, path: Path) -> None:
    cell = run.cell("contours", name, "amprep")
    if answer := _take(cell, "contours_amprep", path=str(path)):
        cell.seconds.append(answer["seconds"])
        cell.facts |= {key: answer[key] for key in ("layers", "loops", "points", "areas")}
    fresh = run.cell("fresh", name, "amprep")
    try:
        seconds, text, peak_mb = finished([sys.executable, "-c", _FRESH, str(path)])
    except RuntimeError as error:
        fresh.error = _reason(error)
        return
    fresh.seconds.append(seconds)
    fresh.peak_mb = max(fresh.peak_mb, peak_mb)
    loops, points = map(int, text.split())
    if not cell.error:
        assert (loops, points) == (cell.facts["loops"], cell.facts["points"])


def _contours_of_program(run: Run, name: str, path: Path, who: str) -> None:
    answer = peer(who).slice_file(path, LAYER_MM, run.scratch)
    for contest, key in (("contours", "stage_s"), ("fresh", "fresh_s")):
        cell = run.cell(contest, name, who)
        if "error" in answer:
            cell.error = _FOLDERS.sub("", answer["error"])
            continue
        cell.seconds.append(answer[key])
        cell.facts["wall_s"] = answer["fresh_s"]
        cell.peak_mb = max(cell.peak_mb, answer["peak_mb"])


def _contours_of_library(run: Run, name: str, path: Path, who: str) -> None:
    cell = run.cell("contours", name, who)
    budget = 0.5 if run.options.quick else _BUDGET_S
    if answer := _take(cell, "contours_library", name=who, path=str(path), budget_s=budget):
        cell.seconds.append(answer["seconds"])
        cell.facts |= {key: answer[key] for key in ("layers", "layers_cut", "load_s", "areas", "wall_s")}


# --- Hatching


def hatch(run: Run, round_number: int) -> None:
    names = _QUICK_SECTIONS if run.options.quick else _SECTIONS
    sections = [(name, str(run.path(name))) for name in names]
    for who in HATCHERS:
        if not run.has(who):
            continue
        tell(f"round {round_number + 1}: hatching by {run.peers[who]['name']}")
        # Whoever needed seconds for a section needs no second round; chess of large sections is left out
        # for peers, it takes minutes and no goal speaks of it.
        skip = [
            what
            for what, cells in run.cells.get("hatch", {}).items()
            if who in cells and cells[who].seconds and min(cells[who].seconds) > 1.0
        ]
        if who != "amprep":
            skip += [f"{name}/chess" for name in names if name not in _QUICK_SECTIONS]
        cell = Cell()
        answer = _take(cell, "hatch", name=who, sections=sections, patterns=_HATCH_PATTERNS, skip=skip)
        for what, found in (answer or {}).items():
            if what == "wall_s":
                continue
            own = run.cell("hatch", what, who)
            if "error" in found:
                own.error = found["error"]
                continue
            own.seconds.append(found["seconds"])
            own.facts |= {"vectors": found["vectors"], "length_mm": found["length_mm"]}
        if answer is None:
            run.cell("hatch", "all", who).error = cell.error


def offset(run: Run, round_number: int) -> None:
    name = "disc-section" if run.options.quick else "gears-section"
    tell(f"round {round_number + 1}: beam offset")
    cell = run.cell("offset", name, "amprep")
    if answer := _take(cell, "offset", section=str(run.path(name))):
        cell.seconds.append(answer["both_s"])
        ratios = [*cell.facts.get("ratios", []), answer["both_s"] / answer["alone_s"]]
        cell.facts |= {"ratios": ratios, "ratio": statistics.median(ratios), "alone_s": answer["alone_s"]}


# --- amprep alone


def kernel(run: Run, round_number: int) -> None:
    for name in ("sphere-small",) if run.options.quick else ("sphere", "gyroid"):
        tell(f"round {round_number + 1}: cutting {name}")
        cell = run.cell("kernel", name, "amprep")
        if answer := _take(cell, "crossings", path=str(run.path(name))):
            cell.seconds.append(answer["seconds"])
            cell.facts |= {"crossings": answer["crossings"]}
            cell.facts["crossings_per_s"] = answer["crossings"] / min(cell.seconds)


def threads(run: Run, round_number: int) -> None:
    if round_number:
        return  # takes its turns itself
    for name in ("scan-small",) if run.options.quick else _THREADED:
        tell(f"one thread and two: {name}")
        cell = run.cell("threads", name, "amprep")
        rounds = 1 if run.options.quick else min(2, run.options.rounds)
        if answer := _take(cell, "threads", path=str(run.path(name)), rounds=rounds):
            cell.seconds.append(answer["two_s"])
            cell.facts |= {"one_s": answer["one_s"], "ratio": answer["one_s"] / answer["two_s"]}
            cell.facts["layers"] = answer["layers"]


def help_(run: Run, round_number: int) -> None:
    tell(f"round {round_number + 1}: amprep --help")
    cell = run.cell("help", "amprep --help", "amprep")
    for _ in range(4):
        seconds, _, peak_mb = finished([sys.executable, "-c", _HELP, "--help"])
        cell.seconds.append(seconds)
        cell.peak_mb = max(cell.peak_mb, peak_mb)


_WORK = {
    "contours": contours,
    "hatch": hatch,
    "offset": offset,
    "kernel": kernel,
    "threads": threads,
    "help": help_,
}


def machine() -> dict:
    """What the figures were taken on."""
    name = platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        lines = cpuinfo.read_text(encoding="utf-8").splitlines()
        name = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), name)
    return {
        "processor": name,
        "processors": os.cpu_count(),
        "system": platform.system(),
        "python": platform.python_version(),
        "load_before": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
    }


def main() -> None:
    from benchmarks.inputs import default_folder
    from benchmarks.peers.report import areas_agree, document, full_table, goals_table, own_faults

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="small inputs, to prove that it works")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="+", choices=tuple(_WORK), default=tuple(_WORK), metavar="CONTEST")
    parser.add_argument("--inputs", type=Path, default=default_folder(), metavar="DIR")
    parser.add_argument(
        "--output",
        type=Path,
        metavar="DIR",
        help="for peers.json, peers.md, summary.md; default: benchmarks/results, with --quick none",
    )
    options = parser.parse_args()
    options.inputs = options.inputs.resolve()
    before = machine()
    run = Run(options)
    for found in run.peers.values():
        if found["missing"]:
            tell(f"{found['name']} does not take part: {found['missing']}")
    _warm_kernels()
    for number in range(options.rounds):
        for contest in options.only:
            _WORK[contest](run, number)
    found = document(run, before)
    full = full_table(found)
    print(full)
    output = options.output or (None if options.quick else RESULTS)
    if output:
        output.mkdir(parents=True, exist_ok=True)
        text = json.dumps(found, indent=1, ensure_ascii=False) + "\n"
        (output / "peers.json").write_text(text, encoding="utf-8")
        (output / "peers.md").write_text(full, encoding="utf-8")
        (output / "summary.md").write_text(goals_table(found), encoding="utf-8")
    shutil.rmtree(run.scratch, ignore_errors=True)
    if faults := own_faults(found):
        raise SystemExit("amprep failed:\n" + "\n".join(faults))
    if faults := areas_agree(found):
        raise SystemExit("results do not agree:\n" + "\n".join(faults))


def _warm_kernels() -> None:
    """Compile the kernels once, as the first run of an installation does."""
    code = "from amprep.cli.compilation import compile_kernels; compile_kernels(print)"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
