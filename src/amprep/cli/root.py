"""The root of the command line: its own options, and what is said where options or commands are misspelt."""

from __future__ import annotations

import copy
import re
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_command_name

from amprep.cli.guard import JOB_FILES_ALONE, tell
from amprep.errors import AmprepError, UsageError, as_argument, did_you_mean
from amprep.languages import choose_language
from amprep.version import __version__

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Commands", "root", "with_words"]

#: What Typer raises for a command line that it does not understand.
_Misused: Any = typer.BadParameter.__bases__[0]

_ABORTED = 1


class Commands(TyperGroup):
    """Commands whose misuse is told like every other error: what, where, fix, code E104, exit status 2."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """As Typer does; a command that is not there is told with the nearest one."""
        name = args[0] if args else ""
        if name and not name.startswith("-") and self.get_command(ctx, name) is None:
            raise UsageError(
                f'there is no command "{name}".{did_you_mean(name, self.list_commands(ctx))}',
                code="E104",
                where=ctx.command_path,
                fix=f"{ctx.command_path} --help lists all",
            )
        return super().resolve_command(ctx, args)

    def main(self, args: Sequence[str] | None = None, *rest: Any, **extra: Any) -> Any:
        """Run, and turn what the command line gets wrong into our own errors."""
        as_json = "--json" in (sys.argv if args is None else args)
        try:
            choose_language(None)
            JOB_FILES_ALONE.set(False)
            status = super().main(args, *rest, **{**extra, "standalone_mode": False})
        except _Misused as fault:
            if type(fault).__name__ == "NoArgsIsHelpError":
                fault.show()
                sys.exit(fault.exit_code)
            status = tell(_usage_error(fault), as_json=as_json)
        except AmprepError as error:
            status = tell(error, as_json=as_json)
        except typer.Abort:
            status = _ABORTED
        sys.exit(status or 0)


def with_words(app: typer.Typer, words: Sequence[str]) -> typer.Typer:
    """The same commands, of which only those among `words` have their options.

    Reading the options of all commands takes a third of a start, and only one of them runs.
    """
    lean = copy.copy(app)
    lean.registered_commands = [
        info if _name_of(info) in words else _without_options(info) for info in app.registered_commands
    ]
    lean.registered_groups = []
    for group in app.registered_groups:
        inner = copy.copy(group)
        if group.typer_instance is not None:
            inner.typer_instance = with_words(group.typer_instance, words)
        lean.registered_groups.append(inner)
    return lean


def _name_of(info: Any) -> str:
    return str(info.name or get_command_name(info.callback.__name__))


def _without_options(info: Any) -> Any:
    def stand_in() -> None:
        """Stands for a command that is only listed."""

    lean = copy.copy(info)
    lean.name = _name_of(info)
    lean.help = info.help or info.callback.__doc__
    lean.callback = stand_in
    return lean


def _usage_error(fault: Any) -> UsageError:
    """What Typer does not understand, in our words."""
    command = "amprep" if fault.ctx is None else str(fault.ctx.command_path)
    kind = type(fault).__name__
    fix = f"{command} --help lists all options"
    if kind == "NoSuchOption":
        name = str(fault.option_name)
        near = did_you_mean(name.lstrip("-"), _option_names(fault.ctx)).replace(' "', ' "--')
        what = f'there is no option "{name}".{near}'
    elif kind == "MissingParameter":
        return _missing(fault, command)
    elif kind == "BadOptionUsage":
        what = f"{fault.option_name} stands there without its value, or with one that it does not take"
    elif kind == "BadParameter":
        return _bad_value(fault, fix)
    else:
        what = f"more arguments than the command takes: {_in_brackets(str(fault.message))}"
    return UsageError(what, code="E104", where=command, fix=fix)


def _missing(fault: Any, command: str) -> UsageError:
    """An argument or option that must be given."""
    param = fault.param
    fix = f"{command} --help says how"
    if param is not None and param.param_type_name == "option":
        jobs = [one for one in fault.ctx.params.get("parts") or () if _is_job(one)]
        if jobs:
            fix = f"amprep run {as_argument(jobs[0])}"
        return UsageError("this option must be given", code="E104", where=max(param.opts, key=len), fix=fix)
    name = "" if param is None else str(getattr(param, "metavar", None) or param.name).upper()
    return UsageError(f"an argument is missing: {name}", code="E104", where=command, fix=fix)


def _is_job(path: Path) -> bool:
    """Whether a path looks like a job, which names its machine."""
    return path.suffix.lower() == ".toml" or (path / "job.toml").is_file()


def _bad_value(fault: Any, fix: str) -> UsageError:
    """A value of another kind than the option takes."""
    option = "" if fault.param is None else max(fault.param.opts, key=len)
    message = str(fault.message)
    limit = re.search(r"(greater|less) than or equal to (\S+)", message)
    what = "this value cannot stand here"
    if limit is not None:
        number = limit[2].rstrip(".")
        what = f"must be {number} or more" if limit[1] == "greater" else f"must be {number} or less"
    elif "integer" in message:
        what = "a whole number must stand here"
    return UsageError(what, code="E104", where=option, fix=fix)


def _in_brackets(message: str) -> str:
    return message.partition("(")[2].rpartition(")")[0].rpartition("(")[2] or message


def _option_names(ctx: Any) -> list[str]:
    """Long names without their dashes, in which alone a misspelt one can be told from another."""
    params: Iterable[Any] = () if ctx is None else ctx.command.get_params(ctx)
    names = [name for param in params for name in (*param.opts, *param.secondary_opts)]
    return [name.removeprefix("--") for name in names if name.startswith("--")]


def _print_version(value: bool) -> None:
    if value:
        typer.echo(f"amprep {__version__}")
        raise typer.Exit


def root(
    version: Annotated[
        bool,
        typer.Option("--version", is_eager=True, callback=_print_version, help="Print the version and exit."),
    ] = False,
    lang: Annotated[
        str | None,
        typer.Option(
            "--lang",
            is_eager=True,
            callback=choose_language,
            help="Language: en or de; cs, pl for pictures; default: AMPREP_LANG, the locale.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Options that stand before the command."""
