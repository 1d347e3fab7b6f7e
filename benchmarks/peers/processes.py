"""Processes under a clock: wall time and peak memory, optionally only until a line appears."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

__all__ = ["ROOT", "finished", "watched"]

ROOT = Path(__file__).resolve().parents[2]


def _peak_mb(usage) -> float:
    """Peak resident memory: kilobytes on Linux, bytes on macOS."""
    return usage.ru_maxrss / (1e6 if sys.platform == "darwin" else 1024 / 1.048576)


def watched(
    command: Sequence[str], *, until: Callable[[str], object], limit_s: float = 300.0
) -> tuple[float, list[str], float]:
    """Run a program until a line of its output satisfies `until`, then stop it.

    Returns seconds to that line (or to the end), the lines, and the peak memory in MB.
    """
    lines: list[str] = []
    clock = time.perf_counter()
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    assert process.stdout is not None
    for line in process.stdout:
        lines.append(line.rstrip())
        if until(line) or time.perf_counter() - clock > limit_s:
            break
    seconds = time.perf_counter() - clock
    if process.poll() is None:
        process.send_signal(signal.SIGKILL)
    process.stdout.close()
    usage = _reaped(process)
    return seconds, lines, _peak_mb(usage) if usage else 0.0


def _reaped(process: subprocess.Popen):
    """Wait for a process; its resources, or None when it was waited for already."""
    try:
        _, status, usage = os.wait4(process.pid, 0)
    except ChildProcessError:
        return None
    process.returncode = os.waitstatus_to_exitcode(status)
    return usage


def finished(command: Sequence[str]) -> tuple[float, str, float]:
    """Run a process to its end. Returns its wall time in s, its output, and its peak memory in MB.

    Raises
    ------
    RuntimeError
        When it fails, with the end of what it said.

    """
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        clock = time.perf_counter()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=err, cwd=ROOT)
        usage = _reaped(process)
        seconds = time.perf_counter() - clock
        out.seek(0)
        err.seek(0)
        if process.returncode != 0:
            raise RuntimeError(err.read().strip()[-400:] or f"exit status {process.returncode}")
        return seconds, out.read(), _peak_mb(usage) if usage else 0.0
