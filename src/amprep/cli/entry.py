"""Where the ``amprep`` command begins: Ctrl-C ends it quietly already while it is being loaded."""

from __future__ import annotations

import os
import signal

__all__ = ["INTERRUPTED", "main"]

#: Exit status after Ctrl-C.
INTERRUPTED = 130


def main() -> None:
    """Load the command line and run it."""
    # Whoever has us ignore Ctrl-C goes on doing so.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        # Nothing is begun that would have to be cleared away.
        signal.signal(signal.SIGINT, lambda _number, _frame: os._exit(INTERRUPTED))
    from amprep.cli.app import main as run

    try:
        run()
    except KeyboardInterrupt:
        raise SystemExit(INTERRUPTED) from None
