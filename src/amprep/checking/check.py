"""One file to what a check says about it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from amprep.checking.bodies import body_findings, crossing_findings, nesting_of
from amprep.checking.finding import Finding, NotExamined, PartCheck, Severity
from amprep.checking.fitting import fit_findings
from amprep.checking.intersections import crossing_triangles
from amprep.checking.layers import layer_findings
from amprep.checking.overhang import overhang_findings
from amprep.checking.part import read_parts
from amprep.checking.topology import topology_findings
from amprep.errors import MeshError

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

    from amprep.checking.limits import Limits
    from amprep.checking.part import Part
    from amprep.engines import Engine

__all__ = ["check_file"]

_GRAVITY = (Severity.NOTE, Severity.WARNING, Severity.ERROR)


def check_file(
    path: str | os.PathLike[str],
    limits: Limits,
    *,
    unit: str | None = None,
    engine: Engine | None = None,
    on_layer: Callable[[int, int], None] = lambda _done, _total: None,
) -> tuple[PartCheck, ...]:
    """Look for all faults of the parts of a file; the answer is the same for every engine.

    Parameters
    ----------
    path : str or path
        The file.
    limits : Limits
        From `amprep.checking.limits.limits_for`.
    unit : str, optional
        Unit of the file's numbers.
    on_layer : callable
        Called with the number of layers done and of all.

    Returns
    -------
    tuple of PartCheck
        One for each part, those that differ by a shift taken together; findings from errors to notes. A file
        that cannot be read has none, and its `error` says why.

    """
    try:
        parts = read_parts(path, unit=unit, layer_thickness_mm=limits.layer_thickness_mm, engine=engine)
    except MeshError as error:
        return (PartCheck(str(path), error=error),)
    return tuple(
        replace(_check(str(path), part, limits, engine, on_layer), item=name) for name, part in parts
    )


def _check(
    path: str,
    part: Part,
    limits: Limits,
    engine: Engine | None,
    on_layer: Callable[[int, int], None],
) -> PartCheck:
    findings, left_out = topology_findings(part, engine=engine)
    findings += fit_findings(part, limits)
    crossings = crossing_triangles(
        part.mesh.vertices, part.mesh.faces, part.neighbours, part.tree, engine=engine
    )
    findings += crossing_findings(part, crossings)
    findings += overhang_findings(part, limits)
    if not crossings.is_complete:
        left_out.append(NotExamined("voids and nested bodies", "too many triangles cut through each other"))
    if part.report.is_watertight:
        if crossings.is_complete:
            findings += body_findings(part, nesting_of(part), crossings)
        found, unseen = layer_findings(part, limits, engine=engine, on_layer=on_layer)
        findings += found
        left_out += unseen
    return _told(path, part, findings, left_out)


def _told(path: str, part: Part, findings: list[Finding], left_out: list[NotExamined]) -> PartCheck:
    report, source = part.report, part.source
    return PartCheck(
        path,
        findings=tuple(sorted(findings, key=lambda finding: _GRAVITY.index(finding.severity))),
        not_examined=tuple(left_out),
        sha256=source.sha256,
        unit=source.unit,
        unit_is_assumed=source.unit_is_assumed,
        triangles=report.triangles,
        shells=report.shells,
        size_mm=report.size_mm,
        volume_mm3=report.volume_mm3 if report.is_watertight else None,
        layers=part.layer_count,
    )
