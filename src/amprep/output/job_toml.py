"""Writes ``job.toml``, from which ``amprep run`` makes the same job again."""

from __future__ import annotations

import itertools
import os
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from amprep.model.exposure import ORDERS, TABLES, OwnExposure
from amprep.model.mending import CRACK_TOLERANCE_MM
from amprep.model.provenance import BY_JOB, GradedNumbers, GradedText, GradedValue
from amprep.profiles import is_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from amprep.model.exposure import LayerRule
    from amprep.model.job import Job
    from amprep.model.process import ProcessProfile
    from amprep.model.provenance import Graded

__all__ = ["changed_keys", "job_toml", "own_values"]


def job_toml(job: Job, folder: Path) -> str:
    """The job as text of a job file that lies in `folder`; paths are relative to it where possible."""
    lines = [
        "# The exact job. Build it again: amprep run job.toml",
        "amprep = 1",
        f"name = {_text(job.name)}",
        f"machine = {_text(_reference(job.machine_reference, folder))}",
        f"material = {_text(_reference(job.material_reference, folder))}",
        f"process = {_text(_reference(job.process_reference, folder))}",
        f"layer_thickness_mm = {job.layer_thickness_mm!r}",
    ]
    if job.even_odd:
        lines.append('fill = "even-odd"')
    if job.mending.crack_tolerance_mm != CRACK_TOLERANCE_MM:
        lines.append(f"crack_tolerance_mm = {job.mending.crack_tolerance_mm!r}")
    if job.mending.fill_holes:
        lines.append("fill_holes = true")
    for key in ORDERS:
        if _is_jobs(word := getattr(job.process, key)):
            lines += [f"{key} = {_text(word.value)}"]
    for table, values in own_values(job.process).items():
        lines += ["", f"[{table}]", *(f"{key} = {_value(value)}" for key, value in values.items())]
    if job.cost is not None:
        lines += ["", "[cost]", *(f"{key} = {_value(value)}" for key, value in job.cost.items())]
    for rule in job.process.rules:
        if rule.is_jobs:
            lines += _rule(rule)
    for number, part in enumerate(job.parts):
        x, y, z = part.position_mm
        lines += [
            "",
            "[[parts]]",
            f"file = {_text(_relative(part.source.path, folder))}",
            f"name = {_text(part.name)}",
            f"position_mm = [{x!r}, {y!r}, {z!r}]   # middle seen from above, height of the lowest point",
        ]
        if part.source.item is not None:
            lines.append(f"item = {part.source.item}")
        if part.source.unit_origin == "given":
            lines.append(f"unit = {_text(part.source.unit)}")
        if any(part.rotation_deg):
            rotation = ", ".join(repr(angle) for angle in part.rotation_deg)
            lines.append(f"rotation_deg = [{rotation}]   # about x, then y, then z")
        if part.is_support:
            lines.append('structure = "support"')
        lines.append(f"sha256 = {_text(part.source.sha256)}")
        base = job.parameter_sets.base_of(number)
        for table, values in own_values(base, beside=job.process).items():
            lines += [
                f"[parts.exposure.{table}]",
                *(f"{key} = {_value(value)}" for key, value in values.items()),
            ]
    return "\n".join(lines) + "\n"


def own_values(
    process: ProcessProfile, *, beside: ProcessProfile | None = None
) -> dict[str, dict[str, float | str | tuple[float, ...]]]:
    """What the job sets, by the job file's names of table and key; what its profile has is not among it.

    beside : ProcessProfile, optional
        Leave out what this one has as well.
    """
    found: dict[str, dict[str, Any]] = {}
    for name in TABLES:
        known = {} if beside is None else _own_of(getattr(beside, name))
        own = {
            key: value for key, value in _own_of(getattr(process, name)).items() if known.get(key) != value
        }
        if own:
            found["hatch" if name == "core" else name] = own
    return found


def changed_keys(process: ProcessProfile, named: ProcessProfile) -> list[str]:
    """What the job sets to another value than its profile has: table and key, as ``lasers.strategy``; orders.

    named : ProcessProfile
        The profile as it is without the job.
    """
    changed = []
    for table, values in own_values(process).items():
        before = {key: value.value for key, value in _values_of(getattr(named, _noun(table)))}
        changed += [f"{table}.{key}" for key, value in values.items() if before.get(key) != value]
    return changed + [key for key in ORDERS if getattr(process, key).value != getattr(named, key).value]


def _noun(table: str) -> str:
    """What the process calls a table of the job file."""
    return "core" if table == "hatch" else table


def _own_of(noun: Any) -> dict[str, Any]:
    """Fields of a table that the job sets."""
    return {key: value.value for key, value in _values_of(noun) if _is_jobs(value)}


def _values_of(noun: Any) -> Iterator[tuple[str, Graded]]:
    """Fields of a table that have a value."""
    for field in fields(noun):
        value = getattr(noun, field.name)
        if isinstance(value, OwnExposure):
            yield from _values_of(value)
        elif isinstance(value, tuple):
            yield from value
        elif value is not None:
            yield field.name, value


def _is_jobs(value: Graded) -> bool:
    return value.sources == BY_JOB


def _rule(rule: LayerRule) -> list[str]:
    last = "" if rule.last is None else str(rule.last)
    lines = ["", "[[rules]]"]
    # A rule for each layer needs to say so, or it would seem to be for none.
    if rule.last is not None or rule.first != rule.every or rule.every == 1:
        lines.append(f'layers = "{rule.first}..{last}"')
    if rule.every != 1:
        lines.append(f"every = {rule.every}")
    for table, changes in itertools.groupby(rule.changes, key=lambda change: change[0]):
        lines += ["", f"[rules.{'hatch' if table == 'core' else table}]"]
        lines += [f"{key} = {_value(value)}" for _, key, value in changes]
    again = rule.reexposure
    if again is not None:
        regions = ", ".join(_text(region) for region in again.regions)
        lines += ["", "[rules.reexpose]", f"regions = [{regions}]", f"when = {_text(again.when)}"]
        for key in ("laser_power_w", "scan_speed_mm_s"):
            if (value := getattr(again, key)) is not None:
                lines.append(f"{key} = {value.value!r}")
    return lines


def _value(value: float | str | tuple[float, ...] | Graded) -> str:
    if isinstance(value, GradedValue | GradedText | GradedNumbers):
        return _value(value.value)
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, tuple):
        return "[" + ", ".join(repr(one) for one in value) + "]"
    # Counts are written without a decimal point; a number is the same with and without.
    return repr(int(value)) if float(value).is_integer() and abs(value) < 1e9 else repr(value)


def _reference(reference: str, folder: Path) -> str:
    return _relative(reference, folder) if is_path(reference) else reference


def _relative(path: str, folder: Path) -> str:
    try:
        return Path(os.path.relpath(os.path.realpath(path), os.path.realpath(folder))).as_posix()
    except ValueError:  # another drive
        return Path(path).absolute().as_posix()


def _text(value: str) -> str:
    """A TOML basic string."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    escaped = "".join(c if c.isprintable() else f"\\U{ord(c):08X}" for c in escaped)
    return f'"{escaped}"'
