"""``amprep calibrate``: fit the time model to measured times, tell what came out, write a machine profile."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from amprep.cli.display import Display
from amprep.cli.lengths import parse_length_mm
from amprep.cli.telling import sentence
from amprep.cli.texts import duration_text
from amprep.cli.words import figure, many, say
from amprep.errors import OutputError, UsageError, as_argument, did_you_mean, printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from amprep.calibration import Calibration
    from amprep.calibration.validation import Errors

__all__ = ["CalibrateOptions", "calibrate_logs"]

_NOT_BETTER = 1
_SHOWN_OUTLIERS = 5
_COLUMNS = ("parameter", "before", "after", "interval")
_DECIMALS = ("point", "comma")


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrateOptions:
    """Options of the command."""

    machine: str
    material: str | None
    layer_thickness: str | None
    process: str | None
    decimal: str | None
    output: Path | None
    force: bool
    as_json: bool


def calibrate_logs(logs: Sequence[Path], *, options: CalibrateOptions) -> None:
    """Calibrate a machine.

    Raises
    ------
    AmprepError
        E101 to E106 for names, E382 to E387 for the logs, E501 and E502 for the output.
    typer.Exit
        Status 1 when the fit predicts no better than the profile; nothing is written then.

    """
    from amprep.profiles import find_machine, find_material

    thickness = None
    if options.layer_thickness is not None:
        thickness = parse_length_mm(options.layer_thickness, option="--layer-thickness")
    if options.decimal is not None and options.decimal not in _DECIMALS:
        raise UsageError(
            f'"{options.decimal}" is no decimal mark.{did_you_mean(options.decimal, _DECIMALS)}',
            code="E104",
            where="--decimal",
            fix="point or comma",
        )
    machine = find_machine(options.machine)
    material = find_material(options.material or machine.default_material)
    _require_free(logs, machine.path, options)

    from amprep.calibration import calibrate, write_profile

    display = Display(quiet=options.as_json)
    display.compile_kernels()
    calibration = calibrate(
        logs,
        machine,
        material,
        process=options.process,
        layer_thickness_mm=thickness,
        decimal=options.decimal,
    )
    is_written = options.output is not None and calibration.is_better
    if is_written and options.output is not None:
        write_profile(calibration, options.output)
    if options.as_json:
        _print_json(_document(calibration, options.output if is_written else None))
    else:
        _tell(calibration, options, is_written=is_written)
    if not calibration.is_better:
        _say_not_better(calibration)


def _require_free(logs: Sequence[Path], profile: str, options: CalibrateOptions) -> None:
    """Refuse an output before any work is done."""
    output = options.output
    if output is None:
        return
    if output.suffix != ".toml":
        raise UsageError(
            f'a machine profile is written, and "{output.name}" does not end in .toml',
            code="E104",
            where="-o",
            fix=f"name it {output.with_suffix('.toml').name}" if output.name else "-o my-machine.toml",
        )
    if output.is_dir():
        raise OutputError("the output is a folder", code="E502", where=str(output), fix="name a file with -o")
    if output.exists() and any(path.exists() and path.samefile(output) for path in (*logs, Path(profile))):
        raise OutputError(
            "the output is a file that is read here",
            code="E501",
            where=str(output),
            fix="choose another name for -o",
        )
    if output.exists() and not options.force:
        raise OutputError(
            "the output file exists",
            code="E501",
            where=str(output),
            fix="--force replaces it, -o names another",
        )
    if not output.parent.is_dir():
        raise OutputError(
            f'there is no folder "{output.parent}"',
            code="E502",
            where=str(output),
            fix="make it, or choose another name for -o",
        )


def _say_not_better(calibration: Calibration) -> None:
    import typer

    before, after = calibration.errors.before, calibration.errors.after
    typer.echo(
        say("fit_not_better", after=_percent(after.median_pct), before=_percent(before.median_pct)),
        err=True,
    )
    raise typer.Exit(_NOT_BETTER)


def _tell(calibration: Calibration, options: CalibrateOptions, *, is_written: bool) -> None:
    """The result as text."""
    from rich.text import Text

    from amprep.cli.profile_tables import console, listing

    out = console()
    observations, errors = calibration.observations, calibration.errors
    out.print(
        Text(
            f"{calibration.machine.name} · {calibration.process.id} · {many('rows', len(observations))}, "
            f"{many('layers', int(observations.layers.sum()))}"
        )
    )
    for log in calibration.logs:
        text = say(
            "log_read",
            rows=many("rows_per_layer" if log.is_per_layer else "rows_per_job", len(log.rows)),
            separator=say(f"sign_{log.separator}"),
            decimal=say(f"sign_{log.decimal}"),
        )
        if log.ignored:
            text += "; " + say("columns_not_used", names=printable(", ".join(log.ignored)))
        out.print(Text(f"  {printable(str(log.path))}: {text}"), soft_wrap=True)
    out.print()
    rows = [_parameter_row(calibration, one) for one in calibration.fit.fitted]
    out.print(listing(say("fitted"), [say(f"column_{key}") for key in _COLUMNS], rows))
    out.print()
    if calibration.fit.not_fitted:
        out.print(Text(say("not_fitted"), style="bold"))
        for other in calibration.fit.not_fitted:
            out.print(Text(f"  {other.parameter.name}: {sentence(other.reason)}"), soft_wrap=True)
        out.print()
    unit = "errors_by_builds" if errors.by == "builds" else "errors_by_blocks"
    out.print(Text(many(unit, errors.folds), style="bold"))
    out.print(Text(f"  {say('errors_before')} {_errors_text(errors.before)}"))
    out.print(Text(f"  {say('errors_after')} {_errors_text(errors.after)}"))
    _tell_outliers(calibration, out)
    if is_written and options.output is not None:
        out.print(
            Text(f"\n{say('wrote', path=str(options.output))} ({_new_id(calibration)})"), soft_wrap=True
        )
        next_step = f"amprep estimate PART.stl -m {as_argument(options.output)}"
    else:
        next_step = say("same_with_output")
    if calibration.is_better:
        out.print(Text(say("next", step=next_step), style="dim"), soft_wrap=True)
    sys.stdout.flush()


def _tell_outliers(calibration: Calibration, out: Any) -> None:
    from rich.text import Text

    outliers = calibration.outliers
    if not outliers:
        return
    out.print(Text("\n" + many("outliers", len(outliers)), style="bold"))
    for one in outliers[:_SHOWN_OUTLIERS]:
        measured, expected = _told_apart(one.measured_s, one.predicted_s)
        text = say("outlier", measured=measured, expected=expected)
        label = one.label.told(say("layer", number=str(one.label.layer)))
        out.print(Text(printable(f"  {label}: {text}")), soft_wrap=True)
    if len(outliers) > _SHOWN_OUTLIERS:
        out.print(Text(f"  {say('more_outliers', number=str(len(outliers) - _SHOWN_OUTLIERS))}"))


def _told_apart(one_s: float, other_s: float) -> tuple[str, str]:
    """Two durations with as many digits as it takes to see that they differ."""
    one, other = duration_text(one_s), duration_text(other_s)
    for digits in range(1, 5):
        if one != other:
            break
        one, other = (f"{figure(seconds, f',.{digits}f')} s" for seconds in (one_s, other_s))
    return one, other


def _errors_text(errors: Errors) -> str:
    return say("errors_are", median=_percent(errors.median_pct), total=_percent(errors.total_pct, "+"))


def _percent(value: float, sign: str = "") -> str:
    """Two digits, never with a power of ten."""
    return figure(value, f"{sign}.2g" if abs(value) < 99.5 else f"{sign}.0f")


def _parameter_row(calibration: Calibration, one: Any) -> tuple[str, ...]:
    parameter = one.parameter
    figures = [parameter.shown(parameter.start), one.value, one.low, one.high]
    unit = parameter.unit
    if unit == "s" and 0.0 < max(figures[:2]) < 0.1:
        figures, unit = [number * 1000.0 for number in figures], "ms"
    # Digits as the interval lets them count, and none that say less than a thousandth of the largest.
    least = max(abs(number) for number in figures) * 1e-3
    before, after, low, high = (figure(number if abs(number) > least else 0.0, ".4g") for number in figures)
    name = parameter.name
    if name.startswith("recoater.time_s.") and calibration.machine.recoater.base_time_s.value > 0:
        name += f" ({say('base_time_apart')})"
    return name, f"{before} {unit}", f"{after} {unit}", f"{low} … {high} {unit}"


def _new_id(calibration: Calibration) -> str:
    from amprep.calibration import calibrated_id

    return calibrated_id(calibration.machine.id)


def _document(calibration: Calibration, written: Path | None) -> dict[str, Any]:
    fit, errors = calibration.fit, calibration.errors
    return {
        "schema": "amprep.calibration/1",
        "ok": True,
        "machine": calibration.machine.id,
        "material": calibration.process.material,
        "process": calibration.process.id,
        "logs": [
            {
                "file": str(log.path),
                "sha256": digest,
                "rows": len(log.rows),
                "per_layer": log.is_per_layer,
                "separator": log.separator,
                "decimal": log.decimal,
                "resolution_s": log.resolution_s,
                "not_used": list(log.ignored),
            }
            for log, digest in zip(calibration.logs, calibration.log_sha256, strict=True)
        ],
        "rows": len(calibration.observations),
        "layers": int(calibration.observations.layers.sum()),
        "confidence_pct": 95,
        "fitted": [
            {
                "inputs": list(one.parameter.inputs),
                "unit": one.parameter.unit,
                "before": one.parameter.shown(one.parameter.start),
                "after": one.value,
                "low": one.low,
                "high": one.high,
            }
            for one in fit.fitted
        ],
        "not_fitted": [
            {
                "inputs": list(other.parameter.inputs),
                "unit": other.parameter.unit,
                "value": other.parameter.shown(other.parameter.start),
                "reason": other.reason,
            }
            for other in fit.not_fitted
        ],
        "scatter_s_per_layer": fit.scatter_s,
        "cross_validation": {
            "groups": errors.folds,
            "by": errors.by,
            "before": {"median_pct": errors.before.median_pct, "total_pct": errors.before.total_pct},
            "after": {"median_pct": errors.after.median_pct, "total_pct": errors.after.total_pct},
            "improved": errors.is_better,
        },
        "outliers": [
            {"row": str(one.label), "measured_s": one.measured_s, "expected_s": one.predicted_s}
            for one in calibration.outliers
        ],
        "written": None if written is None else written.as_posix(),
    }


def _print_json(document: dict[str, Any]) -> None:
    import json

    import typer

    typer.echo(json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False))
