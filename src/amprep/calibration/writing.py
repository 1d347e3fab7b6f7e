"""The calibrated machine profile: the given one's text with other values, an id of its own, all else kept."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from amprep.calibration.profile_text import plain_toml, value_toml, with_entries
from amprep.model.provenance import Grade
from amprep.output.atomic import atomic_file
from amprep.profiles.schema import MachineFile

if TYPE_CHECKING:
    from amprep.calibration.calibrating import Calibration
    from amprep.calibration.fitting import Fitted

__all__ = ["calibrated_entries", "calibrated_id", "profile_text", "write_profile"]

_SUFFIX = "-calibrated"
_LAG_KEYS = ("time_lag_s", "run_in_lags", "run_out_lags")
_DIGITS = 5


def write_profile(calibration: Calibration, output: Path) -> None:
    """Write the profile; it appears whole and valid, or not at all.

    Raises
    ------
    OutputError
        E502 when it cannot be written.

    """
    text = profile_text(calibration)
    MachineFile.model_validate(tomllib.loads(text))
    with atomic_file(output, "w") as stream:
        stream.write(text)


def calibrated_id(machine_id: str) -> str:
    """``m400-4-calibrated``, of a profile that was calibrated before as well."""
    return machine_id if machine_id.endswith(_SUFFIX) else machine_id + _SUFFIX


def profile_text(calibration: Calibration) -> str:
    """The profile as TOML: the lines of the given one, with its comments, where that says what it should."""
    source = Path(calibration.machine.path).read_text(encoding="utf-8-sig")
    given = tomllib.loads(source)
    wanted, removed = _wanted(calibration, given)
    text = with_entries(source, wanted, removed)
    document = _applied(given, wanted, removed)
    if not _says(text, document):
        # A file in an unusual form: the values count, its comments cannot be kept.
        text = plain_toml(document)
    return _head(calibration) + text


def _says(text: str, document: dict[str, Any]) -> bool:
    try:
        return tomllib.loads(text) == document
    except tomllib.TOMLDecodeError:
        return False


def _wanted(
    calibration: Calibration, given: dict[str, Any]
) -> tuple[dict[tuple[str, ...], Any], list[tuple[str, ...]]]:
    """New values by path, and paths of what they replace."""
    machine = calibration.machine
    wanted: dict[tuple[str, ...], Any] = {
        ("id",): calibrated_id(machine.id),
        ("name",): machine.name if machine.name.endswith(", calibrated") else f"{machine.name}, calibrated",
        # The names of the machine stay those of the shipped profile.
        ("aliases",): [],
        ("processes_of",): machine.processes_of or machine.id,
    }
    removed: list[tuple[str, ...]] = []
    for one in calibration.fit.fitted:
        for name, entry in calibrated_entries(calibration, one).items():
            wanted[tuple(name.split("."))] = entry
            if name.startswith("recoater.time_s."):
                wanted["recoater", "base_time_s"] = _base_time(calibration)
            if name == "scanner.turnaround_s":
                removed += [("scanner", key) for key in _LAG_KEYS if key in given.get("scanner", {})]
    return wanted, removed


def _base_time(calibration: Calibration) -> dict[str, Any]:
    """As it was, without a range: its sum with the recoating time is measured, whose range holds both."""
    return {
        "value": _rounded(calibration.machine.recoater.base_time_s.value),
        "grade": str(Grade.CALIBRATED),
        "sources": [log.path.name for log in calibration.logs],
        "note": "measured together with the recoating time; the range of both stands there",
    }


def calibrated_entries(calibration: Calibration, fitted: Fitted) -> dict[str, dict[str, Any]]:
    """The inputs of a parameter as a profile has them: value, grade, sources, range, note."""
    parameter = fitted.parameter
    values, lows, highs = (
        {name: share * shown for name, share in zip(parameter.inputs, parameter.shares, strict=True)}
        for shown in (fitted.value, fitted.low, fitted.high)
    )
    note = f"{_rows_text(calibration)}; range: 95 % interval"
    if parameter.inputs[0].startswith("recoater.time_s."):
        note += "; measured together with base_time_s, which stays as it is"
    if len(parameter.inputs) > 1:
        others = " + ".join(name.rpartition(".")[2] for name in parameter.inputs)
        note += f"; only the sum {others} is measured, its shares are those of before"
    return {
        name: {
            "value": _rounded(values[name]),
            "grade": str(Grade.CALIBRATED),
            "sources": [log.path.name for log in calibration.logs],
            # Rounding must not push the value out.
            "range": [
                min(_rounded(lows[name]), _rounded(values[name])),
                max(_rounded(highs[name]), _rounded(values[name])),
            ],
            "note": note,
        }
        for name in parameter.inputs
    }


def _rounded(value: float) -> float:
    """Five digits: more than any log tells."""
    return float(f"{value:.{_DIGITS}g}")


def _rows_text(calibration: Calibration) -> str:
    rows = len(calibration.observations)
    outliers = int(calibration.fit.is_outlier.sum())
    kind = "layer" if all(log.is_per_layer for log in calibration.logs) else "layer and job"
    if not any(log.is_per_layer for log in calibration.logs):
        kind = "job"
    return f"{rows} {kind} times" + (f", {outliers} of them left out as outliers" if outliers else "")


def _head(calibration: Calibration) -> str:
    """What the file is, as comments."""
    lines = [
        f"# {calibration.machine.name}, calibrated by amprep calibrate with {calibration.process.id}",
        f"# from {_rows_text(calibration)}:",
    ]
    for log, digest in zip(calibration.logs, calibration.log_sha256, strict=True):
        lines.append(f"#   {_in_comment(log.path.name)}  (SHA-256 {digest[:16]}…)")
    before, after = calibration.errors.before, calibration.errors.after
    lines += [
        f"# Median error on rows left out: {before.median_pct:.2g} % before, {after.median_pct:.2g} % after.",
        *(f"# Not fitted: {one.parameter.name}: {one.reason}" for one in calibration.fit.not_fitted),
        "# Everything else stands as in the profile it was made from; its comments follow.",
        "",
    ]
    return "\n".join(lines) + "\n"


def _in_comment(text: str) -> str:
    return re.sub(r"[\x00-\x1f\x7f]", "?", text)


def _applied(
    given: dict[str, Any], wanted: dict[tuple[str, ...], Any], removed: list[tuple[str, ...]]
) -> dict[str, Any]:
    """The content of the file with what is wanted."""
    document: dict[str, Any] = tomllib.loads(plain_toml(given))
    for path in removed:
        table = document
        for key in path[:-1]:
            table = table[key]
        del table[path[-1]]
    for path, value in wanted.items():
        table = document
        for key in path[:-1]:
            table = table.setdefault(key, {})
        table[path[-1]] = tomllib.loads(f"v = {value_toml(value)}")["v"]
    return document
