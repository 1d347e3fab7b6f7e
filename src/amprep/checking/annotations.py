"""Checks as the lines by which a workflow annotates files: ``::error file=…,title=…::message``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from amprep.errors import CODES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from amprep.checking.finding import PartCheck

__all__ = ["annotation_lines"]

_COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}


def annotation_lines(checks: Sequence[PartCheck]) -> list[str]:
    """One line per finding and per file that cannot be read."""
    lines = []
    for check in checks:
        if check.error is not None:
            lines.append(_line("error", check.file, check.error.code, check.error.what, check.error.fix))
        for finding in check.findings:
            command = _COMMANDS[str(finding.severity)]
            text = f"{check.item}: {finding.text}" if check.item else finding.text
            lines.append(_line(command, check.file, finding.code, text, finding.fix))
    return lines


def _line(command: str, file: str, code: str, text: str, fix: str) -> str:
    title = f"{code} {CODES[code]}"
    message = f"{text}\nfix: {fix}" if fix else text
    return f"::{command} file={_property(file)},title={_property(title)}::{_message(message)}"


def _message(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _message(text).replace(":", "%3A").replace(",", "%2C")
