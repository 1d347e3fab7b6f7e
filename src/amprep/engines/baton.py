"""One worker at a time in the interpreter, handed over only for long work outside of it.

Many short calls let go of Python's lock for a moment and want it back at once. With several threads each of
these hands over to another thread, which costs more than the call. So a worker holds a baton, and passes it
on only where it is away for long.
"""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["away", "working"]

_baton = threading.Lock()
_own = threading.local()


@contextlib.contextmanager
def working() -> Iterator[None]:
    """Hold the baton; does nothing where this thread holds it already."""
    if getattr(_own, "holds", False):
        yield
        return
    _baton.acquire()
    _own.holds = True
    try:
        yield
    finally:
        # Not where an interruption came while the baton was to be taken back.
        if _own.holds:
            _own.holds = False
            _baton.release()


@contextlib.contextmanager
def away() -> Iterator[None]:
    """Let others have the baton for the time of long work outside of the interpreter."""
    if not getattr(_own, "holds", False):
        yield
        return
    _own.holds = False
    _baton.release()
    try:
        yield
    finally:
        _baton.acquire()
        _own.holds = True
