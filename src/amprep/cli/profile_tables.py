"""Profiles on the screen: every value with unit, range, grade and sources, resolved at the end."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from amprep.cli.consoles import ResultConsole
from amprep.cli.words import comma_text, count_text, grade_text, say
from amprep.model.provenance import Grade, GradedText, GradedValue
from amprep.profiles import Source, list_sources
from amprep.profiles.units import with_unit

__all__ = ["SourceNumbers", "as_document", "console", "listing", "print_document", "value_table"]

_UNCONFIRMED_STYLE = "yellow"
_SHORT_S = 0.1
_RANGE_WIDTH = 13

Graded = GradedValue | GradedText


class SourceNumbers:
    """Numbers the sources in the order in which a page names them."""

    def __init__(self) -> None:
        self._keys: list[str] = []

    def marks(self, keys: Iterable[str]) -> str:
        """The sources as ``[1] [3]``."""
        for key in keys:
            if key not in self._keys:
                self._keys.append(key)
        return " ".join(f"[{self._keys.index(key) + 1}]" for key in keys)

    def print_to(self, out: Console) -> None:
        """The list of sources; addresses stay in one piece, so that they can be followed."""
        known = {source.key: source for source in list_sources()}
        out.print(Text(say("sources"), style="bold"))
        for number, key in enumerate(self._keys, start=1):
            source = known.get(key, Source(key, say("source_of_your_own"), "", ""))
            out.print(Text(f"  [{number}] {key}: {source.title}"))
            place = source.address or source.note
            if place:
                out.print(Text(f"      {place}", style="dim"), soft_wrap=" " not in place)

    def as_document(self, keys: Iterable[str]) -> dict[str, object]:
        """The sources `keys` for ``--json``."""
        known = {source.key: source for source in list_sources()}
        found = [known[key] for key in sorted(set(keys)) if key in known]
        return {source.key: {"title": source.title, "address": source.address} for source in found}


def console() -> ResultConsole:
    """Standard output: 80 columns when it is no terminal, no colours then."""
    out = ResultConsole(highlight=False)
    return out if out.is_terminal else ResultConsole(highlight=False, width=80)


def listing(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    """A plain table with a title; long cells are folded."""
    table = Table(
        title=title, title_justify="left", title_style="bold", box=None, pad_edge=False, expand=False
    )
    for column in columns:
        table.add_column(column, overflow="fold", header_style="dim")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    return table


def value_table(
    out: Console, title: str, values: Mapping[str, Graded | None], sources: SourceNumbers
) -> None:
    """Prints values with unit, range, grade and sources, and the notes below them."""
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    for key, width in (("value", 25), ("figure", 16), ("range", _RANGE_WIDTH), ("grade", 11), ("source", 11)):
        table.add_column(say(f"column_{key}"), width=width, overflow="fold", header_style="dim")
    notes: list[tuple[str, str]] = []
    for key, graded in values.items():
        if graded is None:
            continue
        name, unit = with_unit(key)
        figure, ends = _figure(graded, unit)
        marks = sources.marks(graded.sources)
        table.add_row(
            Text(name),
            Text(comma_text(figure) if isinstance(graded, GradedValue) else figure),
            Text(comma_text(ends)),
            _grade(graded.grade),
            Text(marks),
        )
        if graded.note:
            notes.append((name, graded.note))
    out.print(table)
    for note, names in _grouped(notes).items():
        out.print(Text(f"  {', '.join(names)}: {note}", style="dim"))
    out.print()


def as_document(noun: Any) -> Any:
    """A profile as JSON would have it; graded values become ``value, grade, sources, range, note``."""
    if isinstance(noun, GradedValue):
        ends = None if noun.low is None or noun.high is None else [noun.low, noun.high]
        head: dict[str, Any] = {"value": noun.value, "grade": str(noun.grade), "sources": list(noun.sources)}
        return head | {"range": ends, "note": noun.note}
    if isinstance(noun, GradedText):
        return {
            "value": noun.value,
            "grade": str(noun.grade),
            "sources": list(noun.sources),
            "note": noun.note,
        }
    if dataclasses.is_dataclass(noun):
        return {field.name: as_document(getattr(noun, field.name)) for field in dataclasses.fields(noun)}
    if isinstance(noun, Mapping):
        return {key: as_document(value) for key, value in noun.items()}
    if isinstance(noun, tuple | list):
        return [as_document(item) for item in noun]
    return noun


def print_document(document: Mapping[str, Any]) -> None:
    """One JSON document on standard output; the sources that it names go with it."""
    keys = _source_keys(document)
    full = dict(document) | ({"sources": SourceNumbers().as_document(keys)} if keys else {})
    sys.stdout.write(json.dumps(full, ensure_ascii=False, indent=2) + "\n")


def _source_keys(document: Any) -> set[str]:
    if isinstance(document, Mapping):
        own = document.get("sources", ()) if "grade" in document else ()
        return set(own).union(*(_source_keys(value) for value in document.values()))
    if isinstance(document, list):
        return set().union(*(_source_keys(item) for item in document))
    return set()


def _figure(graded: Graded, unit: str) -> tuple[str, str]:
    """Value with unit, and range; times below a tenth of a second in ms."""
    if isinstance(graded, GradedText):
        return graded.value, ""
    low, high = graded.bounds
    factor = 1
    if unit == "s" and 0 < max(graded.value, high) < _SHORT_S:
        factor, unit = 1000, "ms"
    figure = f"{_written_out(graded.value * factor)} {unit}".rstrip()
    if high <= low:
        return figure, ""
    first, last = _written_out(low * factor), _written_out(high * factor)
    # Folded anywhere else, half a number would stand on a line of its own.
    joint = "–" if len(first) + len(last) < _RANGE_WIDTH else "–\n"
    return figure, f"{first}{joint}{last}"


def _written_out(value: float) -> str:
    """Six digits, and no power of ten for large numbers."""
    text = f"{value:.6g}"
    return count_text(round(value)) if "e+" in text else text


def _grade(grade: Grade) -> Text:
    return Text(grade_text(grade), style=_UNCONFIRMED_STYLE if grade.is_unconfirmed else "")


def _grouped(notes: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """The names that share a note."""
    groups: dict[str, list[str]] = {}
    for name, note in notes:
        groups.setdefault(note, []).append(name)
    return groups
