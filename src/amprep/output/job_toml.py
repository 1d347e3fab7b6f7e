"""Writes ``job.toml``, from which ``amprep run`` makes the same job again."""

from __future__ import annotations

import os
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

from amprep.model.mending import CRACK_TOLERANCE_MM
from amprep.model.provenance import Grade, GradedText, GradedValue
from amprep.profiles import is_path

if TYPE_CHECKING:
    from amprep.model.job import Job
    from amprep.model.process import ContourExposure, HatchExposure

__all__ = ["job_toml"]


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
    lines += _overrides("hatch", job.process.core)
    lines += _overrides("contour", job.process.contour)
    for part in job.parts:
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
        lines.append(f"sha256 = {_text(part.source.sha256)}")
    return "\n".join(lines) + "\n"


def _overrides(table: str, exposure: HatchExposure | ContourExposure) -> list[str]:
    rows = []
    for field in fields(exposure):
        value = getattr(exposure, field.name)
        if isinstance(value, GradedValue) and value.grade is Grade.USER:
            rows.append(f"{field.name} = {value.value!r}")
        elif isinstance(value, GradedText) and value.grade is Grade.USER:
            rows.append(f"{field.name} = {_text(value.value)}")
    return ["", f"[{table}]", *rows] if rows else []


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
