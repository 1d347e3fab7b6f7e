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

# A process inherits the peak memory of the one that started it. So a small interpreter stands between: it
# starts the program, tells when and as which process, and at the end how it ended and its peak in bytes.
_BETWEEN = """
import os, resource, sys, time
report = int(sys.argv[1])
clock = time.perf_counter()
pid = os.posix_spawnp(sys.argv[2], sys.argv[2:], os.environ)
os.write(report, f"{clock!r} {pid}\\n".encode())
_, status, usage = os.wait4(pid, 0)
seconds = time.perf_counter() - clock
peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
os.write(report, f"{os.waitstatus_to_exitcode(status)} {peak} {seconds!r}\\n".encode())
"""


class _Running:
    """A program that has been started; its clock runs from its own start."""

    def __init__(self, command: Sequence[str], **streams) -> None:
        read, write = os.pipe()
        self._report = os.fdopen(read)
        self.process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _BETWEEN, str(write), *command],
            stdin=subprocess.DEVNULL,
            pass_fds=(write,),
            **streams,
        )
        os.close(write)
        started = self._report.readline().split()
        if not started:
            self._report.close()
            self.process.wait()
            raise FileNotFoundError(f"{command[0]} cannot be started")
        self.clock, self._pid = float(started[0]), int(started[1])

    def stop(self) -> None:
        """End the program, if it still runs."""
        try:
            os.kill(self._pid, signal.SIGKILL)
        except ProcessLookupError:
            return

    def ended(self) -> tuple[int, float, float]:
        """Wait for the end. Returns exit status, peak memory in MB, and seconds since the start."""
        with self._report:
            status, peak, seconds = self._report.readline().split()
        self.process.wait()
        return int(status), int(peak) / 1e6, float(seconds)


def watched(
    command: Sequence[str], *, until: Callable[[str], object], limit_s: float = 300.0
) -> tuple[float, list[str], float]:
    """Run a program until a line of its output satisfies `until`, then stop it.

    Returns seconds to that line (or to the end), the lines, and the peak memory in MB.
    """
    lines: list[str] = []
    running = _Running(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    assert running.process.stdout is not None
    for line in running.process.stdout:
        lines.append(line.rstrip())
        if until(line) or time.perf_counter() - running.clock > limit_s:
            break
    seconds = time.perf_counter() - running.clock
    running.stop()
    running.process.stdout.close()
    _, peak_mb, _ = running.ended()
    return seconds, lines, peak_mb


def finished(command: Sequence[str]) -> tuple[float, str, float]:
    """Run a process to its end. Returns its wall time in s, its output, and its peak memory in MB.

    Raises
    ------
    RuntimeError
        When it fails, with the end of what it said.

    """
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        status, peak_mb, seconds = _Running(command, stdout=out, stderr=err, cwd=ROOT).ended()
        out.seek(0)
        err.seek(0)
        if status != 0:
            raise RuntimeError(err.read().strip()[-2000:] or f"exit status {status}")
        return seconds, out.read(), peak_mb
