"""Base and head in turns on this machine: ``python benchmarks/compare_commits.py BASE [HEAD]``.

Each commit gets a git worktree and a kernel cache of its own; both are run with this interpreter's packages.
Every round runs ``amprep bench --quick --json`` of both, so that disturbances hit both; the best times count.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "src"))

_COMMAND = "from amprep.cli.app import main; main()"


def git(*arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(ROOT), *arguments], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def bench(tree: Path, cache: Path, arguments: list[str]) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "PYTHONPATH": str(tree / "src"),
        "NUMBA_CACHE_DIR": str(cache),
    }
    command = [sys.executable, "-c", _COMMAND, *arguments]
    return subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True, check=False)


def best_of(records: list[dict]) -> dict:
    """One record with the best time of each step."""
    seconds: dict[str, dict] = {}
    for record in records:
        for key, entry in record["seconds"].items():
            known = seconds.get(key, entry)
            seconds[key] = {"best": min(known["best"], entry["best"])}
    return {**records[0], "rounds": len(records), "seconds": seconds}


def table(steps, base: str, head: str, rounds: int, limit_pct: float | None) -> str:
    """The comparison as Markdown."""
    slower = [step for step in steps if step.slower]
    verdict = f"{len(slower)} of {len(steps)} steps are more than {limit_pct:g} % slower." if slower else ""
    if limit_pct is not None and not slower:
        verdict = f"No step is more than {limit_pct:g} % slower."
    lines = [
        f"### amprep bench --quick: {head} against {base}",
        "",
        f"{verdict} Best of {rounds} rounds, taken in turns; a step below 1 ms counts as 1 ms.".strip(),
        "",
        "| step | before, ms | now, ms | now/before |",
        "|---|---:|---:|---:|",
    ]
    for step in steps:
        ratio = f"**{step.ratio:.2f}**" if step.slower else f"{step.ratio:.2f}"
        lines.append(f"| {step.key} | {1e3 * step.old_s:.3f} | {1e3 * step.new_s:.3f} | {ratio} |")
    return "\n".join(lines) + "\n"


def main() -> int:
    from amprep.benchmark_records import compare

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("base")
    parser.add_argument("head", nargs="?", default="HEAD")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--fail-slower", metavar="PERCENT", help="exit status 1 when a step is slower")
    parser.add_argument("--output", type=Path, metavar="FILE.md")
    options = parser.parse_args()
    limit_pct = float(options.fail_slower.removesuffix("%")) if options.fail_slower else None
    names = {side: git("rev-parse", "--short", getattr(options, side)) for side in ("base", "head")}
    with tempfile.TemporaryDirectory(prefix="amprep-commits-") as folder:
        trees = {side: Path(folder) / side for side in names}
        try:
            for side, tree in trees.items():
                git("worktree", "add", "--detach", "--quiet", str(tree), names[side])
            text, slower = compared(trees, Path(folder), names, options.rounds, limit_pct, compare)
        finally:
            for tree in trees.values():
                if tree.exists():
                    git("worktree", "remove", "--force", str(tree))
    print(text)
    if options.output:
        options.output.write_text(text, encoding="utf-8")
    return 1 if slower else 0


def compared(trees, folder: Path, names, rounds: int, limit_pct: float | None, compare) -> tuple[str, bool]:
    records: dict[str, list[dict]] = {side: [] for side in trees}
    for side, tree in trees.items():
        if bench(tree, folder / f"cache-{side}", ["bench", "--help"]).returncode != 0:
            return f"{names[side]} ({side}) has no `amprep bench`, so there is nothing to compare.\n", False
    for number in range(rounds):
        for side, tree in trees.items():
            print(f"round {number + 1}: {side}", file=sys.stderr, flush=True)
            done = bench(tree, folder / f"cache-{side}", ["bench", "--quick", "--rounds", "1", "--json"])
            if done.returncode != 0:
                raise SystemExit(f"amprep bench of {names[side]} ({side}) failed:\n{done.stderr}")
            records[side].append(json.loads(done.stdout))
    steps = compare(best_of(records["base"]), best_of(records["head"]), fail_slower_pct=limit_pct)
    return table(steps, names["base"], names["head"], rounds, limit_pct), any(step.slower for step in steps)


if __name__ == "__main__":
    raise SystemExit(main())
