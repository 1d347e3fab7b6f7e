"""Ctrl-C between any two steps of a writer: the old file or the new one is there, and nothing beside it."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path

import pytest
from matplotlib.figure import Figure

from amprep.output import atomic, job_folder
from amprep.output.atomic import atomic_file, temporary_folder
from amprep.pictures import style
from amprep.workshop import kit_folder

WRITERS = {module.__file__ for module in (atomic, job_folder, style, kit_folder, contextlib)}


class Interruption:
    """Raises KeyboardInterrupt before a step of the writers, counted from 1."""

    def __init__(self, step: int) -> None:
        self.left = step

    def __call__(self, frame, event, _argument):
        if frame.f_code.co_filename not in WRITERS:
            return None
        frame.f_trace_opcodes = True
        if event == "opcode":
            self.left -= 1
            if not self.left:
                raise KeyboardInterrupt
        return self


def interrupted(work, step: int) -> bool:
    """Whether the work was longer than so many steps."""
    trace, before = Interruption(step), sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    except KeyboardInterrupt:
        return True
    finally:
        sys.settrace(before)
    return trace.left <= 0


def each_interruption(work, stride: int):
    """Do the work again and again, each time interrupted a little later, until it gets to its end."""
    step = 1
    while interrupted(work, step):
        yield step
        step += stride


def write_file(folder: Path) -> None:
    with atomic_file(folder / "a.txt", "w") as stream:
        stream.write("new")


def write_picture(folder: Path) -> None:
    style.save(Figure(figsize=(0.2, 0.2)), folder / "a.svg", title="new")


def write_job(folder: Path) -> None:
    with job_folder.job_folder(folder / "p/a.amjob", force=True) as building:
        (building / job_folder.COMMIT_MARK).write_text('{"schema": "amprep.job/1"}')


def write_kit(folder: Path) -> None:
    with kit_folder.kit_folder(folder / "kit", force=True) as building:
        (building / kit_folder.KIT_MARK).write_text('{"schema": "amprep.kit/1"}')


def write_beside(folder: Path) -> None:
    with temporary_folder(folder, ".a-", ".tmp") as room:
        (room / "b.txt").write_text("new")


#: What each writes, and at every which step it is interrupted.
CASES = {
    write_file: ({"a.txt"}, 1),
    write_picture: ({"a.svg"}, 23),
    write_job: ({"p/a.amjob", "p/a.amjob/job.json"}, 5),
    write_kit: ({"kit", "kit/kit.json"}, 3),
    write_beside: (set(), 1),
}


# A file that was being opened when the interruption came is closed with the objects of the work.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")
@pytest.mark.parametrize("work", CASES, ids=lambda work: work.__name__)
def test_an_interruption_leaves_no_half_written_file(work, tmp_path):
    whole, stride = CASES[work]
    (tmp_path / "p").mkdir()
    steps = 0
    for step in each_interruption(lambda: work(tmp_path), stride):
        found = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*")} - {"p"}
        # Once written, by an interruption at the very end, it is replaced by the next one.
        assert found in (set(), whole), f"step {step}"
        steps += 1
    assert steps > 10
    assert {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*")} - {"p"} == whole


class CutShort(Figure):
    """A figure in whose saving Ctrl-C comes."""

    def savefig(self, *arguments, **options):
        super().savefig(*arguments, **options)
        raise KeyboardInterrupt


def test_a_picture_that_is_cut_short_leaves_nothing(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        style.save(CutShort(figsize=(0.2, 0.2)), tmp_path / "a.png")
    assert list(tmp_path.iterdir()) == []
