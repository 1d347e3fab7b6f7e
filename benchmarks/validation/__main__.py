"""Recompute every published case: ``python -m benchmarks.validation [--check] [NAME ...]``.

Writes the tables between the markers of docs/validation/*.md and benchmarks/results/validation.json.
"""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING

from benchmarks.validation import ambench, closed_forms, powder, rates, skywriting
from benchmarks.validation.record import DOCUMENTS, RESULTS, ROOT, published

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from benchmarks.validation.record import Case

__all__ = ["CASES", "main", "put_in"]

CASES: dict[str, Callable[[], Case]] = {
    "closed-forms": closed_forms.case,
    "ambench": ambench.case,
    "skywriting": skywriting.case,
    "rates": rates.case,
    "powder": powder.case,
}


def put_in(cases: Iterable[Case], *, check: bool = False) -> list[str]:
    """Write what is not current, or only name it: documents and results, as seen from the checkout."""
    cases = list(cases)
    stale = []
    for document in sorted({case.document for case in cases}):
        path = DOCUMENTS / document
        text = path.read_text(encoding="utf-8")
        blocks = {
            name: text for case in cases if case.document == document for name, text in case.blocks().items()
        }
        new = published(text, blocks)
        if new != text:
            stale.append(path.relative_to(ROOT).as_posix())
            if not check:
                path.write_text(new, encoding="utf-8")
    old = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    found = {**old, **{case.key: case.as_json() for case in cases}}
    found = {name: found[name] for name in CASES if name in found}
    if found != old:
        stale.append(RESULTS.relative_to(ROOT).as_posix())
        if not check:
            RESULTS.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return stale


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--check", action="store_true", help="change nothing; fail when a file is not current"
    )
    parser.add_argument("names", nargs="*", choices=[[], *CASES], metavar="NAME", help=", ".join(CASES))
    options = parser.parse_args(arguments)
    cases = []
    for name in options.names or CASES:
        case = CASES[name]()
        cases.append(case)
        print(f"## {case.title}\n")
        for block in case.blocks().values():
            print(block, end="\n\n")
    stale = put_in(cases, check=options.check)
    missed = [one.what for case in cases for one in case.figures if not one.holds]
    for what in missed:
        print(f"missed: {what}", file=sys.stderr)
    if stale:
        verb = "not current" if options.check else "written"
        print(f"{verb}: {', '.join(stale)}", file=sys.stderr)
    return int(bool(missed) or (options.check and bool(stale)))


if __name__ == "__main__":
    raise SystemExit(main())
