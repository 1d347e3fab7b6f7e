"""Puts the tables of ``benchmarks/results`` into the README and the docs, between their markers.

python -m benchmarks.peers.publish [--check]
"""

from __future__ import annotations

import argparse
from pathlib import Path

__all__ = ["BLOCKS", "block", "published"]

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "benchmarks" / "results"
BEGIN = "<!-- benchmarks -->"
END = "<!-- end of benchmarks -->"
#: Which table stands in which document.
BLOCKS = {"README.md": "summary.md", "docs/reference/benchmarks.md": "peers.md"}


def block(text: str) -> str:
    """What stands between the markers of a document.

    Raises
    ------
    ValueError
        When it does not hold each marker once, in order.

    """
    before, begin, rest = text.partition(BEGIN)
    inside, end, after = rest.partition(END)
    if not begin or not end or BEGIN in before + after + inside or END in before + after:
        raise ValueError(f"needs {BEGIN} and {END} once each")
    return inside.strip("\n")


def published(text: str, table: str) -> str:
    """The document with `table` between its markers."""
    block(text)
    before, _, rest = text.partition(BEGIN)
    after = rest.partition(END)[2]
    return f"{before}{BEGIN}\n{table.strip(chr(10))}\n{END}{after}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="change nothing; fail when a table is old")
    check = parser.parse_args().check
    stale = []
    for document, table in BLOCKS.items():
        path = ROOT / document
        text = path.read_text(encoding="utf-8")
        new = published(text, (RESULTS / table).read_text(encoding="utf-8"))
        if new == text:
            continue
        stale.append(document)
        if not check:
            path.write_text(new, encoding="utf-8")
            print(f"{document}: table of {table} put in")
    if check and stale:
        raise SystemExit(f"not current: {', '.join(stale)}; run python -m benchmarks.peers.publish")


if __name__ == "__main__":
    main()
