"""Checks as SARIF 2.1.0, for code scanning."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from amprep.errors import CODES
from amprep.explanations import explanation
from amprep.version import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

    from amprep.checking.finding import Finding, PartCheck

__all__ = ["sarif_document"]


def sarif_document(checks: Sequence[PartCheck]) -> dict[str, Any]:
    """One run with a rule per code and a result per finding; an unreadable file is a result as well."""
    codes = sorted(
        {finding.code for check in checks for finding in check.findings}
        | {check.error.code for check in checks if check.error is not None}
    )
    results = []
    for check in checks:
        if check.error is not None:
            text = f"{check.error.what}. {check.error.why}".strip().rstrip(".")
            results.append(_result(check.file, check.error.code, "error", text, codes, {}))
        results += [_of_finding(check, finding, codes) for finding in check.findings]
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "amprep",
                        "version": __version__,
                        "rules": [_rule(code) for code in codes],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "results": results,
            }
        ],
    }


def _rule(code: str) -> dict[str, Any]:
    page = explanation(code)
    return {
        "id": code,
        "shortDescription": {"text": CODES[code]},
        "fullDescription": {"text": page.means},
        "help": {"text": f"{page.means}\n\n{page.matters}\n\n{page.fix}"},
        "defaultConfiguration": {"level": "error" if code.startswith("E") else "warning"},
    }


def _of_finding(check: PartCheck, finding: Finding, codes: Sequence[str]) -> dict[str, Any]:
    level = str(finding.severity)
    text = f"{check.item}: {_text(finding)}" if check.item else _text(finding)
    return _result(check.file, finding.code, level, text, codes, _properties(finding))


def _result(
    file: str, code: str, level: str, text: str, codes: Sequence[str], properties: dict[str, Any]
) -> dict[str, Any]:
    return {
        "ruleId": code,
        "ruleIndex": codes.index(code),
        "level": level,
        "message": {"text": text},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": _uri(file)}}}],
        "properties": properties,
    }


def _uri(file: str) -> str:
    """A reference that is valid whatever the name; a colon or a dash in front stays part of the path."""
    path = file.replace("\\", "/")
    reference = quote(path.encode(errors="surrogateescape"), safe="/")
    return f"file://{reference}" if reference.startswith("/") else reference


def _text(finding: Finding) -> str:
    parts = [finding.text, finding.why.rstrip("."), f"fix: {finding.fix}" if finding.fix else ""]
    return ". ".join(part for part in parts if part)


def _properties(finding: Finding) -> dict[str, Any]:
    kept = ("count", "place_mm", "z_range_mm", "layers", "values")
    return {key: value for key, value in finding.as_dict().items() if key in kept and value is not None}
