"""What a user sees when something goes wrong: one clear message, an exit status, never a traceback."""

from __future__ import annotations

import contextlib
import functools
import os
import sys
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, TypeVar, cast

import typer

from amprep.cli.entry import INTERRUPTED
from amprep.cli.interruption import interruption_is_over
from amprep.errors import AmprepError, OutputError

__all__ = ["JOB_FILES_ALONE", "attempted", "guarded", "tell"]

#: Whether the command takes job files and none of the options that say the same as they do.
JOB_FILES_ALONE: ContextVar[bool] = ContextVar("JOB_FILES_ALONE", default=False)

_F = TypeVar("_F", bound=Callable[..., Any])
_Result = TypeVar("_Result")


def guarded(command: _F) -> _F:
    """Turn exceptions of a command into messages and exit statuses."""

    @functools.wraps(command)
    def run(*args: Any, **kwargs: Any) -> Any:
        try:
            return command(*args, **kwargs)
        except AmprepError as error:
            raise typer.Exit(tell(error, as_json=bool(kwargs.get("json")))) from None
        except KeyboardInterrupt:
            interruption_is_over()
            from amprep.cli.words import say

            typer.echo(say("interrupted"), err=True)
            raise typer.Exit(INTERRUPTED) from None
        except BrokenPipeError:
            # The reader of our output went away, as `head` does: no fault, and nothing left to say.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(0) from None
        except (typer.Exit, typer.Abort):
            raise
        except Exception as fault:  # noqa: BLE001
            raise typer.Exit(tell(_bug(fault), as_json=bool(kwargs.get("json")))) from None

    return cast("_F", run)


def attempted(work: Callable[[], _Result]) -> _Result | AmprepError:
    """What `work` returns, or why it ended: a fault in one file must not end the work on others."""
    try:
        return work()
    except AmprepError as error:
        return error
    except (BrokenPipeError, typer.Exit, typer.Abort):
        raise
    except Exception as fault:  # noqa: BLE001
        return _bug(fault)


def tell(error: AmprepError, *, as_json: bool) -> int:
    """Tell the error on stderr, and as a JSON document on stdout; returns its exit status."""
    if as_json:
        import json

        # Where stdout takes nothing, what went wrong before that is told on stderr all the same.
        with contextlib.suppress(OutputError):
            typer.echo(json.dumps({"ok": False, "error": error.as_dict()}, ensure_ascii=False, indent=1))
    from amprep.cli.telling import error_text

    typer.echo(error_text(error), err=True)
    return error.exit_status


def _bug(fault: Exception) -> AmprepError:
    """Our own fault as an error that tells where the details lie."""
    from amprep.errors import InternalError

    log = _log(fault)
    return InternalError(
        f"a fault of amprep itself ({type(fault).__name__}: {fault})",
        code="E701",
        why=f"Details are in {log}." if log else "No log could be written.",
        fix="please report it with that file and, if you may, the part" if log else "please report it",
    )


def _log(fault: Exception) -> str:
    """Path of a file with the traceback; empty when none can be written."""
    import tempfile
    import traceback

    from amprep.version import __version__

    try:
        with tempfile.NamedTemporaryFile(
            "w", prefix="amprep-", suffix=".log", delete=False, encoding="utf-8", errors="replace"
        ) as log:
            log.write(f"amprep {__version__}, Python {sys.version}\n{sys.argv}\n")
            traceback.print_exception(fault, file=log)
            return log.name
    except OSError:
        return ""
