"""Records of ``amprep bench --json``: reading one, and two of them side by side."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from amprep.errors import FileContentError

__all__ = ["NOISE_S", "SCHEMA", "ComparedStep", "compare", "machine_differs", "read_record"]

SCHEMA = "amprep.bench/1"

#: A shorter time counts as this one: below it the machine's noise is larger than what one would look for.
NOISE_S = 1e-3


@dataclass(frozen=True, slots=True)
class ComparedStep:
    """One step in two records; `slower` when it takes longer than the limit allows."""

    key: str
    old_s: float
    new_s: float
    ratio: float
    slower: bool

    def as_dict(self) -> dict[str, object]:
        """The step as an entry of ``--json``."""
        return {
            "step": self.key,
            "old_s": self.old_s,
            "new_s": self.new_s,
            "ratio": round(self.ratio, 4),
            "slower": self.slower,
        }


def read_record(path: str | os.PathLike[str]) -> dict[str, Any]:
    """The document that ``amprep bench --json`` printed into a file.

    Raises
    ------
    FileContentError
        E302 when there is no such file or it is no JSON, E301 when it is another document.

    """
    where = os.fspath(path)
    fix = "make one: amprep bench --json > old.json"
    try:
        document: Any = json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise FileContentError(
            f"the record cannot be read: {error.strerror or error}", code="E302", where=where, fix=fix
        ) from None
    except ValueError:
        raise FileContentError("this is no JSON", code="E302", where=where, fix=fix) from None
    schema = document.get("schema") if isinstance(document, dict) else None
    if schema != SCHEMA:
        raise FileContentError(
            "this is no record of amprep bench that this version reads",
            code="E301",
            where=where,
            why=f"Its schema is {schema!r}, wanted is {SCHEMA!r}.",
            fix=fix,
        )
    seconds = document.get("seconds")
    if not isinstance(seconds, dict) or not all(_is_time(one) for one in seconds.values()):
        raise FileContentError(
            "the record has no seconds, or they are no numbers", code="E301", where=where, fix=fix
        )
    found: dict[str, Any] = document
    return found


def _is_time(entry: Any) -> bool:
    best = entry.get("best") if isinstance(entry, dict) else None
    return isinstance(best, int | float) and best >= 0


def compare(
    old: dict[str, Any], new: dict[str, Any], *, fail_slower_pct: float | None = None
) -> list[ComparedStep]:
    """Best times of the steps that both records have, in the order of the new one.

    The ratio is new to old; times below `NOISE_S` count as `NOISE_S`. Without a limit nothing is slower.
    """
    found = []
    for key, entry in new["seconds"].items():
        if key not in old["seconds"]:
            continue
        old_s, new_s = float(old["seconds"][key]["best"]), float(entry["best"])
        ratio = max(new_s, NOISE_S) / max(old_s, NOISE_S)
        slower = fail_slower_pct is not None and ratio > 1.0 + fail_slower_pct / 100.0
        found.append(ComparedStep(key, old_s, new_s, ratio, slower))
    return found


def machine_differs(old: dict[str, Any], new: dict[str, Any]) -> bool:
    """Whether two records come from machines or Pythons that are not alike, so that ratios say little."""
    return any(old.get(key) != new.get(key) for key in ("machine", "python"))
