"""Whether a part fits the machine, standing as it is in the middle of the platform."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from amprep.checking.finding import Finding, Severity
from amprep.errors import BuildError
from amprep.model.job import PlacedPart
from amprep.placement.fit import require_fit, require_layers
from amprep.placement.transform import part_transform
from amprep.profiles import list_machines

if TYPE_CHECKING:
    from amprep.checking.limits import Limits
    from amprep.checking.part import Part

__all__ = ["fit_findings"]


def fit_findings(part: Part, limits: Limits) -> list[Finding]:
    """E401 too large for the machine that was named, W405, W218, and E403 thinner than a layer."""
    position = (*limits.machine.build_volume.centre_mm, 0.0)
    none = (0.0, 0.0, 0.0)
    placed = PlacedPart(
        name=Path(part.source.path).name,
        mesh=part.mesh,
        transform=part_transform(part.mesh, position, none),
        position_mm=position,
        rotation_deg=none,
        source=part.source,
        report=part.report,
    )
    findings = []
    try:
        require_layers(placed, part.layer_thickness_mm)
        if limits.machine_is_given:
            findings += [
                Finding(notice.code, Severity.WARNING, notice.text, fix=notice.hint, values=notice.values)
                for notice in require_fit(placed, limits.machine, list_machines)
            ]
    except BuildError as error:
        why = error.why.removesuffix("Nothing was written.").removesuffix(", so nothing was written.").strip()
        findings.append(Finding(error.code, Severity.ERROR, error.what, why=why, fix=error.fix))
    return findings
