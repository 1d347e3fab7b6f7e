"""Ctrl-C and a polite end by the system: one way out, and no noise from what they cut short."""

from __future__ import annotations

import os
import signal
import sys
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType

__all__ = ["catch_interruptions", "interruption_is_over"]

_SECONDS_UNTIL_AGAIN = 0.02
#: So long after an interruption it is looked whether anything came of it.
_SECONDS_TO_ACT = 0.5


def catch_interruptions() -> None:
    """Turn SIGINT and SIGTERM into KeyboardInterrupt, unless the caller had them ignored."""
    interrupt = partial(_interrupt, os.getpid())
    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, interrupt)


def interruption_is_over() -> None:
    """The command ends now: nobody has to look any more whether it does."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, 0.0)


def _interrupt(process: int, _number: int, frame: FrameType | None) -> None:
    # Objects whose making was cut short cannot be closed properly; the process ends anyway.
    sys.unraisablehook = _pass_on_interruptions
    # Workers have the handler from the process that they were forked from, and load nothing.
    if os.getpid() == process and hasattr(signal, "setitimer"):
        if _is_loading(frame):
            _insist_in(_SECONDS_UNTIL_AGAIN)
            return
        _insist_in(_SECONDS_TO_ACT)
    raise KeyboardInterrupt


def _insist_in(seconds: float) -> None:
    signal.signal(signal.SIGALRM, _insist)
    signal.setitimer(signal.ITIMER_REAL, seconds)


def _insist(_number: int, frame: FrameType | None) -> None:
    """Interrupt once more, unless the first time is being dealt with: clearing away takes its time."""
    if _is_loading(frame):
        _insist_in(_SECONDS_UNTIL_AGAIN)
        return
    _insist_in(_SECONDS_TO_ACT)
    under_way: BaseException | None = sys.exc_info()[1]
    while under_way is not None:
        if isinstance(under_way, KeyboardInterrupt):
            return
        under_way = under_way.__context__
    raise KeyboardInterrupt


def _is_loading(frame: FrameType | None) -> bool:
    """Whether a module is being loaded: extensions swallow an interruption then, or fall over it."""
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            return True
        frame = frame.f_back
    return False


def _pass_on_interruptions(unraisable: sys.UnraisableHookArgs) -> None:
    """An interruption that came while an object was being closed got lost there: send it again.

    A little later, as it would get lost in here, too.
    """
    if not issubclass(unraisable.exc_type, KeyboardInterrupt):
        return
    if hasattr(signal, "setitimer"):
        _insist_in(_SECONDS_UNTIL_AGAIN)
    else:
        signal.raise_signal(signal.SIGINT)
