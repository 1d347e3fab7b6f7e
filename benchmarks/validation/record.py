"""What a case is made of, and how it gets into a document."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

__all__ = [
    "DOCUMENTS",
    "PROFILES",
    "RESULTS",
    "ROOT",
    "Case",
    "Figure",
    "hours",
    "inputs_table",
    "percent",
    "published",
    "significant",
    "table",
]

ROOT = Path(__file__).resolve().parents[2]
PROFILES = Path(__file__).resolve().parent / "profiles"
DOCUMENTS = ROOT / "docs" / "validation"
RESULTS = ROOT / "benchmarks" / "results" / "validation.json"


@dataclass(frozen=True, slots=True)
class Figure:
    """A published figure beside the computed one."""

    what: str
    unit: str
    published: float
    computed: float
    role: str
    """``prediction``; ``same source``: the source of the inputs is that of the figure; ``identity``: the
    inputs were made from the figure; ``arithmetic``: what is published is itself computed."""
    tolerance_pct: float | None = None
    """Asserted by the tests; None: shown only."""
    shown: tuple[str, str] | None = None
    """Published and computed as words, where digits say less."""

    @property
    def error_pct(self) -> float:
        return 100 * (self.computed / self.published - 1)

    @property
    def holds(self) -> bool:
        return self.tolerance_pct is None or abs(self.error_pct) <= self.tolerance_pct


@dataclass(frozen=True, slots=True)
class Case:
    """One published case, recomputed."""

    key: str
    title: str
    document: str
    figures: tuple[Figure, ...]
    tables: dict[str, str] = field(default_factory=dict)
    """Further tables for the document, by the name of their markers."""

    def blocks(self) -> dict[str, str]:
        """All tables by the name of their markers."""
        return {self.key: figures_table(self.figures), **self.tables}

    def as_json(self) -> dict:
        return {
            "title": self.title,
            "figures": [
                {
                    "what": one.what,
                    "unit": one.unit,
                    "published": one.published,
                    "computed": float(significant(one.computed, 7)),
                    "error_pct": round(one.error_pct, 3) + 0.0,
                    "role": one.role,
                    "tolerance_pct": one.tolerance_pct,
                    "holds": one.holds,
                }
                for one in self.figures
            ],
        }


def significant(number: float, digits: int = 4) -> str:
    """A number with so many significant digits, never in powers of ten."""
    text = f"{number:.{digits}g}"
    return text if "e" not in text else f"{float(text):.12f}".rstrip("0").rstrip(".")


def percent(number: float, decimals: int) -> str:
    """A deviation with its sign; no sign where it rounds to nothing."""
    return f"{round(number, decimals) + 0.0:+.{decimals}f} %".replace(
        f"+{0:.{decimals}f} ", f"{0:.{decimals}f} "
    )


def hours(seconds: float) -> str:
    """``9:23 h``."""
    minutes = round(seconds / 60)
    return f"{minutes // 60}:{minutes % 60:02d} h"


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """A Markdown table; columns after the first whose head ends in a colon are aligned right."""
    rule = ["---:" if name.endswith(":") else "---" for name in head]
    lines = [[name.rstrip(":") for name in head], rule, *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def figures_table(figures: tuple[Figure, ...]) -> str:
    rows = []
    for one in figures:
        was, now = one.shown or (
            f"{significant(n, 5)} {one.unit}".strip() for n in (one.published, one.computed)
        )
        error = percent(one.error_pct, 2)
        if one.tolerance_pct is None:
            asserted = "–"
        elif one.tolerance_pct < 1e-6:
            asserted = f"1e-9 relative{'' if one.holds else ' **missed**'}"
        else:
            asserted = f"±{one.tolerance_pct:g} %{'' if one.holds else ' **missed**'}"
        rows.append((one.what, was, now, error, asserted, one.role))
    return table(("", "published:", "computed:", "error:", "tolerance:", "role"), rows)


def inputs_table(rows: list[tuple[str, object]]) -> str:
    """Profile values with grade, sources and note.

    rows : list of (name, GradedValue or GradedText)
    """
    lines = []
    for name, graded in rows:
        value = graded.value if isinstance(graded.value, str) else significant(graded.value, 6)
        low, high = getattr(graded, "bounds", (0.0, 0.0))
        if low < high:
            value += f" [{significant(low)}–{significant(high)}]"
        grade = str(graded.grade).replace("_", " ")
        lines.append((f"`{name}`", value, grade, ", ".join(graded.sources)))
    return table(("input", "value [range]:", "grade", "sources"), lines)


def _markers(name: str) -> tuple[str, str]:
    return f"<!-- {name} -->", f"<!-- end of {name} -->"


def published(text: str, blocks: dict[str, str]) -> str:
    """A document with its tables between their markers.

    Raises
    ------
    ValueError
        When a pair of markers is not there once.

    """
    for name, inside in blocks.items():
        begin, end = _markers(name)
        if text.count(begin) != 1 or text.count(end) != 1 or text.index(begin) > text.index(end):
            raise ValueError(f"needs {begin} and {end} once each")
        before, _, rest = text.partition(begin)
        text = f"{before}{begin}\n{inside}\n{end}{rest.partition(end)[2]}"
    return text
