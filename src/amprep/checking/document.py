"""Checks as one JSON document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from amprep.checking.finding import Severity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from amprep.checking.finding import PartCheck
    from amprep.checking.limits import Limits

__all__ = ["check_document"]


def check_document(checks: Sequence[PartCheck], limits: Limits) -> dict[str, Any]:
    """What ``amprep check --json`` prints; ``ok`` is false when there is an error or an unreadable file."""
    is_ok = all(check.error is None and not check.count(Severity.ERROR) for check in checks)
    return {
        "schema": "amprep.check/1",
        "ok": is_ok,
        "limits": limits.as_dict(),
        "files": [_file(check) for check in checks],
    }


def _file(check: PartCheck) -> dict[str, Any]:
    if check.error is not None:
        return {"file": check.file, "ok": False, "error": check.error.as_dict()}
    return {
        "file": check.file,
        "item": check.item,
        "ok": not check.count(Severity.ERROR),
        "sha256": check.sha256,
        "unit": check.unit,
        "unit_is_assumed": check.unit_is_assumed,
        "triangles": check.triangles,
        "shells": check.shells,
        "size_mm": list(check.size_mm),
        "volume_mm3": check.volume_mm3,
        "layers": check.layers,
        "errors": check.count(Severity.ERROR),
        "warnings": check.count(Severity.WARNING),
        "notes": check.count(Severity.NOTE),
        "findings": [finding.as_dict() for finding in check.findings],
        "not_examined": [{"what": left.what, "why": left.why} for left in check.not_examined],
    }
