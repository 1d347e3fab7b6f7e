"""What each demonstrator takes to prepare, and what is expected to come out: time, powder, layers.

    python -m benchmarks.demonstrators [--machine M ...] [NAME ...]     how long ``amprep demo run`` takes
    python -m benchmarks.demonstrators --update                         writes the expected figures

Runs are timed in processes of their own, kernels compiled before, pictures and report included. The expected
figures, quick and from all vectors, are those that the tests compare with and ``amprep demo list`` tells.
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
from amprep.engines import engine_for
from amprep.pipeline import prepare
from amprep.profiles import find_machine
from amprep.quick import quick_estimate
from amprep.reading.job_file import read_job_file
from amprep.workshop.figures import EXPECTED_FILE, figures_of_estimate
from amprep.workshop.writing import DEFAULT_TEXT, write_demo

MACHINES = ("m100", "m400-4")
MOST_S = 60.0
PROGRAM = "from amprep.cli.app import main; main()"


def job_of(name: str, machine: str, folder: Path):
    write_demo(demonstrator(name), find_machine(machine), folder, text=DEFAULT_TEXT, reference=machine)
    return assemble_job(read_job_file(folder / "job.toml"), folder)


def figures(name: str, machine: str) -> dict[str, dict[str, float]]:
    with tempfile.TemporaryDirectory() as room:
        job = job_of(name, machine, Path(room))
    estimates = {"quick": quick_estimate(job), "full": prepare(job, engine=engine_for(None)).estimate}
    return {kind: figures_of_estimate(estimate) for kind, estimate in estimates.items()}


def cpu_s() -> float:
    """Of the processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def time_run(name: str, machine: str) -> tuple[float, float]:
    """Seconds of the whole command: that passed, and of the processors."""
    began, used_s = time.perf_counter(), cpu_s()
    with tempfile.TemporaryDirectory() as room:
        arguments = ["demo", "run", name, "-m", machine, "-o", room]
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, *arguments], capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise SystemExit(done.stderr)
    return time.perf_counter() - began, cpu_s() - used_s


def update(names: list[str], machines: list[str]) -> None:
    found = json.loads(EXPECTED_FILE.read_text(encoding="utf-8"))["demonstrators"]
    for name in names:
        for machine in machines:
            found.setdefault(name, {})[machine] = figures(name, machine)
            print(name, machine, found[name][machine]["full"], flush=True)
    document = {
        "made_by": "python -m benchmarks.demonstrators --update",
        "text": DEFAULT_TEXT,
        "demonstrators": {one.name: found[one.name] for one in DEMONSTRATORS if one.name in found},
    }
    EXPECTED_FILE.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8", newline="\n")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", help="default: all")
    parser.add_argument("--machine", action="append", default=None)
    parser.add_argument("--update", action="store_true", help="write the expected figures; nothing is timed")
    options = parser.parse_args()
    names = options.names or [one.name for one in DEMONSTRATORS]
    machines = options.machine or list(MACHINES)
    if options.update:
        update(names, machines)
        return
    subprocess.run([sys.executable, "-c", PROGRAM, "doctor", "--warm"], capture_output=True, check=True)
    print("| demonstrator | machine | wall s | CPU s | < 60 s |")
    print("|---|---|---|---|---|")
    for name in names:
        for machine in machines:
            took_s, used_s = time_run(name, machine)
            met = "yes" if took_s < MOST_S else "**no**"
            print(f"| {name} | {machine} | {took_s:.1f} | {used_s:.1f} | {met} |", flush=True)


if __name__ == "__main__":
    main()
