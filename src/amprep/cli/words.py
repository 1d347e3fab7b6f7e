"""What the terminal says, in its language: words of the catalogue ``cli``, and numbers with its marks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from amprep.errors import plain_numbers
from amprep.languages import counted, terminal_language, words

if TYPE_CHECKING:
    from amprep.model.provenance import Grade

__all__ = ["comma_text", "count_text", "figure", "grade_text", "many", "region_text", "say"]


def say(key: str, /, **places: str) -> str:
    """The words for `key` in the language of the terminal, with `places` filled in."""
    return words("cli", terminal_language(), key, **places)


def many(key: str, number: int, /, **places: str) -> str:
    """The words for `number` things, in the form that the language has for this number."""
    return counted("cli", terminal_language(), key, number, **{"number": count_text(number), **places})


def count_text(number: int) -> str:
    """``5 382 114``."""
    return f"{number:,}".replace(",", " ")


def figure(value: float, form: str = "g") -> str:
    """`value` in the form of a format specification, with the decimal mark of the terminal's language."""
    return comma_text(plain_numbers(format(value, form)).replace(",", " "))


def comma_text(text: str) -> str:
    """A text of English numbers and units with the decimal mark of the terminal's language."""
    return text if terminal_language() == "en" else text.replace(".", ",")


def grade_text(grade: Grade) -> str:
    """How well a value is founded, in words."""
    return say(f"grade_{grade}")


def region_text(name: str) -> str:
    """A region by its name in documents, such as ``upskin_contour again``."""
    key, again, _ = name.partition(" again")
    return say("exposed_again", region=say(f"region_{key}")) if again else say(f"region_{key}")
