"""The limits of `tests.limits` hold: what takes too long or too much fails, and what hangs is ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from tests.limits import Hangs, within


def test_what_stays_within_passes_and_leaves_no_alarm():
    with within(cpu_s=5.0, memory_mb=100.0):
        assert np.ones(1_000_000).sum() == 1e6
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_what_spins_fails():
    def spin():
        end = time.process_time() + 0.1
        while time.process_time() < end:
            pass

    with pytest.raises(AssertionError, match="CPU time"), within(cpu_s=0.05, memory_mb=100.0):
        spin()


@pytest.mark.skipif(sys.platform != "linux", reason="the peak of memory is measured on Linux only")
def test_what_blows_up_fails_though_more_was_used_before():
    np.ones(60_000_000).sum()
    with pytest.raises(AssertionError, match="MB more memory"), within(cpu_s=60.0, memory_mb=50.0):
        np.ones(40_000_000).sum()
    with within(cpu_s=60.0, memory_mb=50.0):
        np.ones(1_000_000).sum()


@pytest.mark.parametrize("hang", ["wait", "spin", "a command"])
def test_what_hangs_is_ended_also_where_faults_become_messages(hang):
    def wait():
        if hang == "wait":
            time.sleep(60)
        while True:
            pass

    from amprep.cli.guard import guarded

    began = time.monotonic()
    with pytest.raises(Hangs), within(cpu_s=60.0, memory_mb=100.0, hangs_s=0.2):
        (guarded(wait) if hang == "a command" else wait)()
    assert time.monotonic() - began < 30


@pytest.mark.skipif(sys.platform == "win32", reason="no such function there")
def test_a_hang_in_native_code_ends_the_run(tmp_path):
    """No alarm is handled there; the run ends and tells where it was."""
    (tmp_path / "test_hang.py").write_text(
        "import ctypes\ndef test_hang():\n    ctypes.PyDLL(None).sleep(100)\n", encoding="utf-8"
    )
    began = time.monotonic()
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(tmp_path)),
            *("-o", "faulthandler_timeout=1", "-o", "faulthandler_exit_on_timeout=true", str(tmp_path)),
        ],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ,
        cwd=tmp_path,
    )
    assert done.returncode != 0
    assert "test_hang" in done.stderr
    assert time.monotonic() - began < 60
