"""How long each demonstrator takes to prepare, and what comes out: time, powder, layers.

    python -m benchmarks.demonstrators [--machine M ...] [--update] [NAME ...]

Each is run as ``amprep demo run NAME`` in a process of its own, kernels compiled before, pictures and report
included. With ``--update`` the figures become the expected ones that the tests compare with.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from amprep.assembling import assemble_job
from amprep.demonstrators.catalogue import DEMONSTRATORS, demonstrator
from amprep.profiles import find_machine
from amprep.quick import quick_estimate
from amprep.reading.job_file import read_job_file
from amprep.workshop.figures import EXPECTED_FILE, figures_of_summary
from amprep.workshop.writing import DEFAULT_TEXT, write_demo

MACHINES = ("m100", "m400-4")
MOST_S = 60.0
PROGRAM = "from amprep.cli.app import main; main()"


def quick_figures(name: str, machine: str) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as room:
        folder = Path(room)
        write_demo(demonstrator(name), find_machine(machine), folder, text=DEFAULT_TEXT, reference=machine)
        job = assemble_job(read_job_file(folder / "job.toml"), folder)
        estimate = quick_estimate(job)
    return {
        "layers": job.layer_count,
        "job_s": round(estimate.job_s.value, 1),
        "part_g": round(estimate.powder.part_g.value, 3),
        "charge_g": round(estimate.powder.charge_g.value, 1),
    }


def cpu_s() -> float:
    """Of the processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def run(name: str, machine: str, folder: Path) -> tuple[dict[str, float], float, float]:
    """Figures of a full run, and the seconds of the whole command: that passed, and of the processors."""
    began, used_s = time.perf_counter(), cpu_s()
    arguments = ["demo", "run", name, "-m", machine, "-o", str(folder)]
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments], capture_output=True, text=True, check=False
    )
    took, used_s = time.perf_counter() - began, cpu_s() - used_s
    if done.returncode:
        raise SystemExit(done.stderr)
    summary = json.loads((folder / name / f"{name}.amjob" / "summary.json").read_text(encoding="utf-8"))
    figures = figures_of_summary(summary, machine)
    return (
        {
            "layers": figures.layers,
            "job_s": round(figures.job_s, 1),
            "part_g": round(figures.part_g, 3),
            "charge_g": round(figures.charge_g, 1),
        },
        took,
        used_s,
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", help="default: all")
    parser.add_argument("--machine", action="append", default=None)
    parser.add_argument("--update", action="store_true", help="write the figures as the expected ones")
    options = parser.parse_args()
    names = options.names or [one.name for one in DEMONSTRATORS]
    found: dict[str, dict[str, dict[str, dict[str, float]]]] = {}
    if options.update and EXPECTED_FILE.is_file():
        found = json.loads(EXPECTED_FILE.read_text(encoding="utf-8"))["demonstrators"]
    subprocess.run([sys.executable, "-c", PROGRAM, "doctor", "--warm"], capture_output=True, check=True)
    head = (
        "demonstrator | machine | layers | job h | part g | powder kg | quick off % | wall s | CPU s | < 60 s"
    )
    print(f"| {head} |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for name in names:
        for machine in options.machine or MACHINES:
            with tempfile.TemporaryDirectory() as room:
                full, took, used_s = run(name, machine, Path(room))
            quick = quick_figures(name, machine)
            off = 100.0 * (quick["job_s"] / full["job_s"] - 1.0)
            print(
                f"| {name} | {machine} | {full['layers']} | {full['job_s'] / 3600:.2f} "
                f"| {full['part_g']:.1f} | {full['charge_g'] / 1000:.2f} | {off:+.2f} "
                f"| {took:.1f} | {used_s:.1f} | {'yes' if took < MOST_S else '**no**'} |",
                flush=True,
            )
            found.setdefault(name, {})[machine] = {"quick": quick, "full": full}
    if options.update:
        ordered = {one.name: found[one.name] for one in DEMONSTRATORS if one.name in found}
        document = {
            "made_by": "python -m benchmarks.demonstrators --update",
            "text": DEFAULT_TEXT,
            "demonstrators": ordered,
        }
        EXPECTED_FILE.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8", newline="\n")
        print(f"wrote {EXPECTED_FILE.name}")


if __name__ == "__main__":
    main()
