"""Values of profile files: with grade, sources and range."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator

from amprep.model.provenance import Grade
from amprep.profiles.toml_file import FileModel, Number

__all__ = ["GradedFact", "GradedNumber", "GradedNumberList", "GradedWord", "graded"]

_Sources = Annotated[tuple[str, ...], Field(min_length=1)]


def graded(given: Any) -> Any:
    """A bare value in somebody's own file counts as set by the user."""
    if isinstance(given, int | float | str | list) and not isinstance(given, bool):
        return {"value": given, "grade": Grade.USER, "sources": ("USER",)}
    return given


class GradedFact(FileModel):
    """A number or a word that is worth showing but enters no figure; its range is optional."""

    value: Number | str
    grade: Grade
    sources: _Sources
    range: tuple[Number, Number] | None = None
    note: str = ""

    @model_validator(mode="after")
    def _range_holds_value(self) -> GradedFact:
        if self.range is not None and isinstance(self.value, float):
            _check_range(self.value, self.range)
        return self


class GradedWord(FileModel):
    """A word with its grade and sources; a bare word counts as the user's own."""

    value: str
    grade: Grade
    sources: _Sources
    note: str = ""

    @model_validator(mode="before")
    @classmethod
    def _bare(cls, given: Any) -> Any:
        return graded(given)


class _Number(FileModel):
    """A number with its grade, sources and range; unconfirmed numbers need the range."""

    value: Number
    grade: Grade
    sources: _Sources
    range: tuple[Number, Number] | None = None
    note: str = ""

    @model_validator(mode="after")
    def _range_is_there_and_holds_value(self) -> _Number:
        if self.range is not None:
            _check_range(self.value, self.range)
        elif self.grade.is_unconfirmed:
            raise ValueError(f'a value graded "{self.grade}" needs a range = [low, high]')
        return self


def _check_range(value: float, ends: tuple[float, float]) -> None:
    low, high = ends
    if not low <= value <= high:
        raise ValueError(f"the value {value:g} lies outside of its range [{low:g}, {high:g}]")


GradedNumber = Annotated[_Number, BeforeValidator(graded)]
"""A number that enters figures; a bare number counts as the user's own."""


class GradedNumberList(FileModel):
    """Numbers that belong together, with grade and sources."""

    value: tuple[Number, ...]
    grade: Grade
    sources: _Sources
    note: str = ""

    @model_validator(mode="before")
    @classmethod
    def _bare(cls, given: Any) -> Any:
        return graded(given)
