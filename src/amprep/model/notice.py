"""A remark that is no error: code, text, and the numbers behind it."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from amprep.errors import plain_numbers

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Notice"]


@dataclass(frozen=True, slots=True)
class Notice:
    """Something the user should know although the work goes on.

    `values` are the numbers for ``--json``; their keys carry their units.
    """

    code: str
    text: str
    where: str = ""
    hint: str = ""
    values: Mapping[str, float | int | str] = field(default_factory=lambda: MappingProxyType({}))

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", plain_numbers(self.text))

    def as_dict(self) -> dict[str, object]:
        """The notice as an entry of ``warnings`` in the summary."""
        head: dict[str, object] = {"code": self.code, "where": self.where, "text": self.text}
        if self.hint:
            head["hint"] = self.hint
        return head | dict(self.values)

    def __reduce__(self) -> tuple[object, ...]:
        return Notice, (self.code, self.text, self.where, self.hint, dict(self.values))
