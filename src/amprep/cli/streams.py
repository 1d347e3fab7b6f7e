"""Standard output and errors that cannot be written, as on a full disk: told once, and no work is lost."""

from __future__ import annotations

import io
import os
import sys
from typing import Any, BinaryIO, cast

from amprep.errors import OutputError

__all__ = ["guard_streams"]


class _Results(io.FileIO):
    """Standard output, whose failure is an error of ours."""

    def write(self, data: Any) -> int:
        """As a file does.

        Raises
        ------
        OutputError
            E502 when the system takes nothing.

        """
        if not len(data):
            # Typer tries whether it may; that is no result yet.
            return 0
        try:
            return super().write(data)
        except BrokenPipeError:
            raise
        except OSError as error:
            # What is still to come, the rest of this included, must not fail anew.
            _to_nowhere(self)
            raise OutputError(
                f"the output cannot be written: {error.strerror or error}", code="E502", where="stdout"
            ) from error


class _Remarks(io.FileIO):
    """Standard errors: where they cannot be written, nobody can be told, and the work goes on."""

    def write(self, data: Any) -> int:
        """As a file does, or not at all."""
        try:
            return super().write(data)
        except OSError:
            _to_nowhere(self)
            return super().write(data)


def _to_nowhere(stream: io.FileIO) -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def guard_streams() -> None:
    """Have `sys.stdout` and `sys.stderr` fail in our own way, and take every character.

    A character that the terminal or the file's encoding lacks must not end the work.
    """
    sys.stdout = _guarded(sys.stdout, _Results)
    sys.stderr = _guarded(sys.stderr, _Remarks)


def _guarded(stream: Any, kind: type[io.FileIO]) -> Any:
    if not isinstance(stream, io.TextIOWrapper):
        return stream
    stream.reconfigure(errors="replace")
    # With PYTHONUNBUFFERED there is nothing between; a console of Windows is written in a way of its own.
    raw: Any = getattr(stream.buffer, "raw", stream.buffer)
    if type(raw) is not io.FileIO:
        return stream
    own = kind(raw.fileno(), "w", closefd=False)
    return io.TextIOWrapper(
        cast("BinaryIO", own) if raw is stream.buffer else io.BufferedWriter(own),
        encoding=stream.encoding,
        errors="replace",
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )
