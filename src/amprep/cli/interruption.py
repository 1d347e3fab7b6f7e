"""Ctrl-C and a polite end by the system: one way out, and no noise from what they cut short."""

from __future__ import annotations

import signal
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType

__all__ = ["catch_interruptions"]

_SECONDS_UNTIL_AGAIN = 0.02


def catch_interruptions() -> None:
    """Turn SIGINT and SIGTERM into KeyboardInterrupt, unless the caller had them ignored."""
    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _interrupt)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    # Objects whose making was cut short cannot be closed properly; the process ends anyway.
    sys.unraisablehook = _pass_on_interruptions
    raise KeyboardInterrupt


def _pass_on_interruptions(unraisable: sys.UnraisableHookArgs) -> None:
    """An interruption that came while an object was being closed got lost there: send it again.

    A little later, as it would get lost in here, too.
    """
    if not issubclass(unraisable.exc_type, KeyboardInterrupt):
        return
    if hasattr(signal, "setitimer"):
        signal.signal(signal.SIGALRM, _interrupt)
        signal.setitimer(signal.ITIMER_REAL, _SECONDS_UNTIL_AGAIN)
    else:
        signal.raise_signal(signal.SIGINT)
