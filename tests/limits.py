"""What a case may take in CPU time and memory, and an end for one that hangs.

The time is that of the processor, so that a busy machine does not decide; the memory is the growth of this
process' peak, so that what ran before does not count. A case that hangs is ended by an alarm, in Python code
at once and in a kernel when that returns; for one that never does, ``faulthandler_timeout`` of pyproject.toml
ends the test run.
"""

from __future__ import annotations

import contextlib
import gc
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

#: Seconds on the clock after which a case is ended, whatever the machine does besides.
HANGS_S = 120.0

_STATUS = Path("/proc/self/status")


class Hangs(BaseException):
    """No `Exception`, as commands turn those into messages."""


def _memory_mb(which: str) -> float | None:
    """``VmRSS``, the memory in use, or ``VmHWM``, its peak; None where the system does not tell."""
    try:
        line = next(line for line in _STATUS.read_text().splitlines() if line.startswith(f"{which}:"))
    except OSError:
        return None
    return float(line.split()[1]) / 1024


def _forget_peak() -> bool:
    """The peak begins anew at what is in use now."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return False
    return True


@contextlib.contextmanager
def _ended_when_it_hangs(seconds: float) -> Iterator[None]:
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(_number: int, _frame: object) -> None:
        raise Hangs(f"no end after {seconds:g} s")

    before = signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)


@contextlib.contextmanager
def within(*, cpu_s: float, memory_mb: float, hangs_s: float = HANGS_S) -> Iterator[None]:
    """Fail where the block takes more than so much CPU time or memory; end it where it hangs."""
    # Rubbish of earlier cases that went in between would hide what this one takes.
    gc.collect()
    # What is left now is not looked through again before each of the hundreds of cases to come.
    gc.freeze()
    is_new_peak = _forget_peak()
    at_first_mb = _memory_mb("VmRSS" if is_new_peak else "VmHWM")
    began = time.process_time()
    with _ended_when_it_hangs(hangs_s):
        yield
    took = time.process_time() - began
    peak_mb = _memory_mb("VmHWM")
    assert took < cpu_s, f"{took:.2f} s of CPU time, more than {cpu_s:g}"
    if at_first_mb is not None and peak_mb is not None:
        grown = peak_mb - at_first_mb
        assert grown < memory_mb, f"{grown:.0f} MB more memory, more than {memory_mb:g}"
