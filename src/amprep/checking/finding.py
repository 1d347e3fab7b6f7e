"""The nouns of a check: what was found in a part, how grave it is, and where."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

from amprep.errors import plain_numbers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from amprep.errors import AmprepError

__all__ = ["Finding", "NotExamined", "PartCheck", "Severity"]


class Severity(StrEnum):
    """How grave a finding is; the value is the level in SARIF as well."""

    ERROR = "error"
    """The part is refused as it is, or cannot be built."""
    WARNING = "warning"
    """It can be built, and something will not be as drawn, or may fail."""
    NOTE = "note"
    """Worth knowing; nothing is lost."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault of a part, in the file's coordinates in mm."""

    code: str
    severity: Severity
    text: str
    """What is wrong, in one sentence without a full stop."""
    why: str = ""
    fix: str = ""
    count: int = 1
    """How many holes, pairs, places …, as the text says."""
    place_mm: tuple[float, float, float] | None = None
    """One place of it, the worst where there is an order."""
    z_range_mm: tuple[float, float] | None = None
    layers: tuple[int, int] | None = None
    """First and last layer concerned, from 1."""
    values: Mapping[str, float | int | str] = field(default_factory=lambda: MappingProxyType({}))
    """Further numbers; their keys carry their units."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", plain_numbers(self.text))

    def as_dict(self) -> dict[str, object]:
        """The finding as an entry of ``findings`` in the JSON document."""
        return {
            "code": self.code,
            "severity": str(self.severity),
            "text": self.text,
            "why": self.why,
            "fix": self.fix,
            "count": self.count,
            "place_mm": None if self.place_mm is None else list(self.place_mm),
            "z_range_mm": None if self.z_range_mm is None else list(self.z_range_mm),
            "layers": None if self.layers is None else list(self.layers),
            "values": dict(self.values),
        }

    def __reduce__(self) -> tuple[object, ...]:
        return Finding, (
            self.code, self.severity, self.text, self.why, self.fix, self.count,
            self.place_mm, self.z_range_mm, self.layers, dict(self.values),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class NotExamined:
    """What a check could not look at, and why: no silence that looks like a clean part."""

    what: str
    why: str


@dataclass(frozen=True, slots=True)
class PartCheck:
    """What a check says about one part of a file."""

    file: str
    findings: tuple[Finding, ...] = ()
    not_examined: tuple[NotExamined, ...] = ()
    error: AmprepError | None = None
    """Why the file could not be read or checked; then there are no findings."""
    sha256: str = ""
    unit: str = ""
    unit_is_assumed: bool = False
    triangles: int = 0
    shells: int = 0
    size_mm: tuple[float, float, float] = (0.0, 0.0, 0.0)
    volume_mm3: float | None = None
    """Of a closed mesh."""
    layers: int = 0
    item: str = ""
    """Which part of the file, where it holds several."""

    @property
    def label(self) -> str:
        """The file, and the part of it."""
        return f"{self.file}, {self.item}" if self.item else self.file

    def count(self, severity: Severity) -> int:
        """How many findings have this severity."""
        return sum(finding.severity is severity for finding in self.findings)
