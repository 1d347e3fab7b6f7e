"""How the command begins and ends: Ctrl-C while it is being loaded, and streams that take nothing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="neither signals nor /dev/full of this kind")

FULL = Path("/dev/full")
needs_full = pytest.mark.skipif(not FULL.exists(), reason="the system has no /dev/full")

QUICK = ("-m", "m100", "--no-report", "-j", "1")

#: Ctrl-C comes when the command line itself begins to be loaded.
EARLY = """
import os, signal, sys
class Interruption:
    def find_spec(self, name, path=None, target=None):
        if name == "{module}":
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Interruption())
from amprep.cli.entry import main
sys.argv[1:] = ["explain", "layer"]
main()
"""


def test_the_package_can_be_run_as_a_module():
    command = [sys.executable, "-m", "amprep", "--version"]
    outcome = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (outcome.returncode, outcome.stderr) == (0, "")
    assert outcome.stdout.startswith("amprep ")


@pytest.mark.parametrize("module", ["amprep.cli.app", "typer", "amprep.cli.words", "amprep.cli.explain"])
def test_ctrl_c_during_the_start_ends_quietly(module, amprep):
    started = amprep.real()
    started["args"] = [sys.executable, "-c", EARLY.format(module=module)]
    started["preexec_fn"] = lambda: signal.signal(signal.SIGINT, signal.default_int_handler)
    outcome = subprocess.run(**started, capture_output=True, text=True, timeout=60, check=False)
    assert outcome.returncode == 130, outcome.stderr
    assert "Traceback" not in outcome.stderr
    assert outcome.stdout == ""


def ended(amprep, *arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, unbuffered=""):
    started = amprep.real(*arguments, PYTHONUNBUFFERED=unbuffered)
    return subprocess.run(**started, stdout=stdout, stderr=stderr, text=True, timeout=120, check=False)


@needs_full
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize(
    "command",
    [
        ("check", "cube.stl", "--json"),
        ("check", "cube.stl"),
        ("slice", "cube.stl", *QUICK, "--json"),
        ("slice", "cube.stl", *QUICK),
        ("explain", "layer"),
        ("--version",),
        ("--help",),
    ],
    ids=" ".join,
)
def test_results_that_cannot_be_written_are_e502_in_one_line(command, unbuffered, amprep, shop):
    with FULL.open("w") as full:
        outcome = ended(amprep, *command, stdout=full, unbuffered=unbuffered)
    assert outcome.returncode == 5, outcome.stderr
    last = outcome.stderr.splitlines()[-1]
    assert last == f"error[E502] stdout: the output cannot be written: {os.strerror(28)}"
    assert "Traceback" not in outcome.stderr
    if {"slice", "--json"} <= set(command):
        assert json.loads((shop / "cube.amjob/summary.json").read_text())["ok"], "the work itself is done"


@needs_full
def test_an_error_whose_document_cannot_be_written_is_told_all_the_same(amprep, shop):
    with FULL.open("w") as full:
        outcome = ended(amprep, "slice", "cube.stl", "--json", "-m", "m7", stdout=full)
    assert outcome.returncode == 2
    assert "Traceback" not in outcome.stderr
    assert "m7" in outcome.stderr


@needs_full
def test_remarks_that_cannot_be_written_change_nothing(amprep, shop):
    with FULL.open("w") as full:
        outcome = ended(amprep, "slice", "cube.stl", *QUICK, stderr=full)
        assert outcome.returncode == 0
        assert "Wrote cube.amjob/" in outcome.stdout
        assert ended(amprep, "slice", "none.stl", *QUICK, stderr=full).returncode == 3
