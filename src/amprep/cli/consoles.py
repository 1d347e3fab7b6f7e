"""Where tables and findings are printed."""

from __future__ import annotations

import os
import sys

from rich.console import Console

__all__ = ["ResultConsole"]


class ResultConsole(Console):
    """A reader that goes away, as ``head`` does, changes no answer: Rich would exit with 1."""

    def on_broken_pipe(self) -> None:
        """Say no more, and let the command go on to its own exit status."""
        self.quiet = True
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
