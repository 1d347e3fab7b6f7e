"""The tutorials are run: each command is typed, each program executed, and what they show compared.

In a console block ``$`` begins a command, what follows is its output; ``...`` stands for anything, within a
line or over several. ``# exit 4`` behind a command is the exit status it must have. A TOML block whose first
line is a comment with a file name becomes that file.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def commands_of(block: str):
    """(command, expected exit status, expected output) of a console block."""
    for chunk in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        line, _, output = chunk.partition("\n")
        command, _, remark = line.partition("    # ")
        status = int(remark.removeprefix("exit ")) if remark.startswith("exit ") else 0
        yield command, status, output


def matches(expected: str, shown: str) -> bool:
    pieces = [re.escape(piece) for piece in expected.split("...")]
    return re.fullmatch(".*?".join(pieces), shown, re.DOTALL) is not None


def run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8", "COLUMNS": "80"}
    source = str(ROOT / "src")
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, [source, environment.get("PYTHONPATH", "")]))
    if command[0] == "amprep":
        command = ["python", "-c", "from amprep.cli.app import main; main()", *command[1:]]
    if command[0] == "python":
        command[0] = sys.executable
    return subprocess.run(
        command,
        cwd=folder,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )


PAGES = [*sorted(ROOT.glob("docs/tutorials/*.md")), ROOT / "docs/how-to/validate-your-machine.md"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_tutorial_shows_what_really_happens(page, tmp_path):
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    ran = 0
    for kind, block in BLOCK.findall(page.read_text(encoding="utf-8")):
        if kind == "toml":
            first, _, rest = block.partition("\n")
            (tmp_path / first.removeprefix("# ")).write_text(rest, encoding="utf-8")
        elif kind == "python":
            shown = run(["python", "-c", block], tmp_path)
            assert shown.returncode == 0, shown.stdout
            ran += 1
        elif kind == "console":
            for command, status, expected in commands_of(block):
                shown = run(shlex.split(command), tmp_path)
                assert shown.returncode == status, f"{command}\n{shown.stdout}\n{shown.stderr}"
                # What a terminal shows: progress goes to stderr and leaves no trace there, errors stay.
                text = shown.stdout + (shown.stderr if status else "")
                assert matches(expected.strip(), text.strip()), (
                    f"{command} is said to show\n{expected}\nand shows\n{text}"
                )
                ran += 1
    assert ran > 0
