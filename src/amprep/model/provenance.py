"""Where a value comes from: grade, sources and range."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Grade", "Graded", "GradedNumbers", "GradedText", "GradedValue"]


class Grade(StrEnum):
    """How well a value is founded, best first. `worst` of several grades counts for a derived figure."""

    CALIBRATED = "calibrated"
    """Fitted to the machine's own job times."""
    DATASHEET = "datasheet"
    """Data sheet, vendor manual or primary data file read."""
    PAPER = "paper"
    """Text of a paper, or of a README by the owner of the data, read."""
    USER = "user"
    """Set in a job file or on the command line."""
    SECONDARY = "secondary"
    """Transcription, by others, of a named primary source."""
    THIRD_PARTY = "third_party"
    """Third party with a public address."""
    THIRD_PARTY_NO_ADDRESS = "third_party_no_address"
    """Third party, address not recorded."""
    DERIVED = "derived"
    """Computed from other values; the note shows the arithmetic."""
    RECALLED = "recalled"
    """Recalled without a source; nothing found confirms it."""
    ASSUMED = "assumed"
    """Assumed default."""
    NOT_FOUND = "not_found"
    """Looked for and not found."""

    @property
    def is_unconfirmed(self) -> bool:
        """Whether a figure that rests on this value must carry a range."""
        return self in {Grade.RECALLED, Grade.ASSUMED, Grade.NOT_FOUND}

    @staticmethod
    def worst(*grades: Grade) -> Grade:
        """The grade of a figure that rests on several values."""
        return max(grades, key=list(Grade).index)


#: Sources of a value that a job sets, in its file or by an option; what stands bare in a profile has "USER".
BY_JOB = ("JOB",)


@dataclass(frozen=True, slots=True)
class GradedValue:
    """A number with its grade, sources and range; the unit stands in the name of the field that holds it."""

    value: float
    grade: Grade
    sources: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    note: str = ""

    @property
    def bounds(self) -> tuple[float, float]:
        """The recorded range, or the value itself twice."""
        low = self.value if self.low is None else self.low
        high = self.value if self.high is None else self.high
        return low, high

    def overridden(self, value: float) -> GradedValue:
        """The same quantity as set by the job."""
        return GradedValue(value=value, grade=Grade.USER, sources=BY_JOB)


@dataclass(frozen=True, slots=True)
class GradedText:
    """A word with its grade and sources."""

    value: str
    grade: Grade
    sources: tuple[str, ...] = ()
    note: str = ""

    def overridden(self, value: str) -> GradedText:
        """The same choice as made by the job."""
        return GradedText(value=value, grade=Grade.USER, sources=BY_JOB)


@dataclass(frozen=True, slots=True)
class GradedNumbers:
    """Numbers that belong together, with grade and sources; the unit stands in the name of the field."""

    value: tuple[float, ...]
    grade: Grade
    sources: tuple[str, ...] = ()
    note: str = ""

    def overridden(self, value: tuple[float, ...]) -> GradedNumbers:
        """The same quantity as set by the job."""
        return GradedNumbers(value=tuple(value), grade=Grade.USER, sources=BY_JOB)


#: Any value of a profile.
Graded = GradedValue | GradedText | GradedNumbers
