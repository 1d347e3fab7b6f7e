"""The job folder: there as a whole or not at all, and what is not ours is never deleted."""

from __future__ import annotations

import os
import shutil
import sys
import time
from pathlib import Path

import pytest

from amprep.errors import OutputError
from amprep.output.job_folder import COMMIT_MARK, job_folder, require_writable
from amprep.output.job_store import commit_job


def entries(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() if path.is_file() else b"/"
        for path in sorted(folder.rglob("*"))
    }


def make_job(folder: Path, text: str = "old") -> Path:
    folder.mkdir()
    commit_job(folder, shards=[], layers={}, job={"name": text})
    (folder / "vectors").mkdir()
    (folder / "vectors/a.parquet").write_text(text)
    return folder


def build(folder: Path, *, force: bool = False, text: str = "new") -> None:
    with job_folder(folder, force=force) as building:
        (building / "vectors").mkdir()
        (building / "vectors/a.parquet").write_text(text)
        commit_job(building, shards=[], layers={}, job={"name": text})


def test_the_folder_appears_when_the_block_ends(tmp_path):
    target = tmp_path / "a.amjob"
    with job_folder(target, force=False) as building:
        assert not target.exists(), "it must not be seen before it is whole"
        assert building.parent == tmp_path, "a rename needs the same disk"
        (building / "x").write_text("1")
    assert entries(tmp_path) == {"a.amjob": b"/", "a.amjob/x": b"1"}


def left_behind(target: Path, name: str, *, age_s: float = 0.0) -> Path:
    """What a killed process leaves beside `target`."""
    path = target.parent / f".{target.name}.{name}"
    (path / "vectors").mkdir(parents=True)
    (path / "vectors/a.parquet").write_text("half")
    if age_s:
        os.utime(path, (time.time() - age_s,) * 2)
    return path


@pytest.mark.skipif(sys.platform == "win32", reason="folders cannot be locked there")
def test_what_killed_processes_left_goes_with_the_next_run_of_the_same_folder(tmp_path):
    target = tmp_path / "a[1].amjob"
    gone = [left_behind(target, "abcd_123.tmp"), left_behind(target, "zzzzzzz9.tmp")]
    stays = [
        left_behind(tmp_path / "b.amjob", "abcd1234.tmp"),
        left_behind(tmp_path / "a1.amjob", "abcd1234.tmp"),
        left_behind(target, "short.tmp"),
        left_behind(target, "abcd1234"),
    ]
    foreign = left_behind(target, "abcd1235.tmp")
    (foreign / "thesis.txt").write_text("years of work")
    newborn = tmp_path / f".{target.name}.newborn0.tmp"
    newborn.mkdir()
    link = tmp_path / f".{target.name}.linked00.tmp"
    link.symlink_to(stays[0], target_is_directory=True)
    build(target)
    assert not any(path.exists() for path in gone)
    assert all((path / "vectors/a.parquet").exists() for path in [*stays, foreign])
    assert newborn.exists()
    assert link.is_symlink()
    os.utime(newborn, (time.time() - 100,) * 2)
    build(target, force=True)
    assert not newborn.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="folders cannot be locked there")
def test_what_another_process_works_on_stays(tmp_path):
    target = tmp_path / "a.amjob"
    with job_folder(target, force=False) as building:
        (building / "vectors").mkdir()
        build(target, text="overtook")
        assert building.is_dir()
        # As the other process, which would find the place taken.
        with pytest.raises(OutputError), job_folder(target, force=False):
            pass
        assert building.is_dir()
        shutil.rmtree(target)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.amjob"]


@pytest.mark.skipif(sys.platform == "win32", reason="folders cannot be locked there")
def test_a_job_that_was_moved_aside_comes_back_or_goes(tmp_path):
    """Killed between the two moves, and after them."""
    target = tmp_path / "a.amjob"
    aside = tmp_path / ".a.amjob.abcd1234.old.tmp"
    aside.mkdir()
    make_job(aside / "job", "old")
    with pytest.raises(OutputError) as caught:
        build(target)
    assert caught.value.code == "E501"
    assert (target / "vectors/a.parquet").read_text() == "old"
    assert not aside.exists()
    aside.mkdir()
    make_job(aside / "job", "older")
    build(target, force=True)
    assert (target / "vectors/a.parquet").read_text() == "new"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.amjob"]


def test_missing_parents_are_made(tmp_path):
    build(tmp_path / "p/q/a.amjob")
    assert (tmp_path / "p/q/a.amjob" / COMMIT_MARK).is_file()
    assert sorted(path.name for path in (tmp_path / "p/q").iterdir()) == ["a.amjob"]


def test_the_folder_has_the_usual_rights(tmp_path):
    build(tmp_path / "a.amjob")
    (tmp_path / "usual").mkdir()
    modes = {path.name: path.stat().st_mode for path in tmp_path.iterdir()}
    assert modes["a.amjob"] == modes["usual"], "mkdtemp's 0700 would lock colleagues out"


@pytest.mark.parametrize("fault", [ValueError("x"), KeyboardInterrupt(), SystemExit(3)])
@pytest.mark.parametrize("old", [False, True], ids=["new", "replacing"])
def test_a_fault_in_the_block_leaves_all_as_it_was(tmp_path, fault, old):
    target = tmp_path / "a.amjob"
    if old:
        make_job(target)
    before = entries(tmp_path)

    def fail():
        with job_folder(target, force=True) as building:
            (building / "half").write_text("half")
            raise fault

    with pytest.raises(type(fault)):
        fail()
    assert entries(tmp_path) == before


def test_a_fault_in_the_block_takes_the_new_parents_away(tmp_path):
    def fail():
        with job_folder(tmp_path / "p/q/a.amjob", force=False):
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert entries(tmp_path) == {}


def test_an_error_of_the_system_in_the_block_becomes_e502(tmp_path):
    def fail():
        with job_folder(tmp_path / "a.amjob", force=False):
            raise OSError(28, "No space left on device")

    with pytest.raises(OutputError, match="No space left") as caught:
        fail()
    assert caught.value.code == "E502"
    assert caught.value.exit_status == 5
    assert entries(tmp_path) == {}


def test_our_own_errors_pass_unchanged(tmp_path):
    error = OutputError("mine", code="E502")

    def fail():
        with job_folder(tmp_path / "a.amjob", force=False):
            raise error

    with pytest.raises(OutputError) as caught:
        fail()
    assert caught.value is error


def fail_at_rename(monkeypatch, number: int, fault: BaseException) -> None:
    """The rename with this number, from 1, fails."""
    renamed = []
    rename = Path.rename

    def counted(self, target):
        renamed.append(target)
        if len(renamed) == number:
            raise fault
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", counted)


@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.parametrize(
    "fault", [OSError(5, "Input/output error"), KeyboardInterrupt()], ids=["system", "interrupt"]
)
def test_a_fault_while_replacing_keeps_the_old_job(tmp_path, monkeypatch, number, fault):
    """The old job moves away, the new one moves in: whatever fails, one of the two must be there."""
    target = make_job(tmp_path / "a.amjob")
    before = entries(tmp_path)
    fail_at_rename(monkeypatch, number, fault)
    with pytest.raises((OutputError, KeyboardInterrupt)):
        build(target, force=True)
    monkeypatch.undo()
    assert entries(tmp_path) == before, "the old job is lost"


def test_when_the_old_job_cannot_be_put_back_it_is_not_deleted_either(tmp_path, monkeypatch):
    target = make_job(tmp_path / "a.amjob")
    moved = []
    rename = Path.rename

    def only_the_first(self, to):
        moved.append(to)
        if len(moved) > 1:
            raise OSError(5, "Input/output error")
        return rename(self, to)

    monkeypatch.setattr(Path, "rename", only_the_first)
    with pytest.raises(OutputError):
        build(target, force=True)
    monkeypatch.undo()
    assert b"old" in entries(tmp_path).values(), "the old job was deleted although the new one is not there"


def test_a_fault_at_the_only_rename_leaves_nothing(tmp_path, monkeypatch):
    fail_at_rename(monkeypatch, 1, OSError(5, "Input/output error"))
    with pytest.raises(OutputError, match="Input/output error"):
        build(tmp_path / "p/a.amjob")
    monkeypatch.undo()
    assert entries(tmp_path) == {}


def test_force_replaces_a_job_as_a_whole(tmp_path):
    target = make_job(tmp_path / "a.amjob")
    (target / "vectors/leftover.parquet").write_text("old")
    build(target, force=True)
    assert sorted(entries(tmp_path)) == [
        "a.amjob",
        "a.amjob/job.json",
        "a.amjob/vectors",
        "a.amjob/vectors/a.parquet",
    ]
    assert (target / "vectors/a.parquet").read_text() == "new"


@pytest.mark.parametrize("force", [False, True])
def test_what_is_no_job_is_never_replaced(tmp_path, force):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/thesis.txt").write_text("years of work")
    (tmp_path / "file").write_text("mine")
    (tmp_path / "gone").symlink_to(tmp_path / "nowhere")
    (tmp_path / "other").mkdir()
    (tmp_path / "other/job.json").write_text('{"schema": "another program"}')
    before = entries(tmp_path)
    for name in ("mine", "file", "gone", "other"):
        with pytest.raises(OutputError) as caught:
            build(tmp_path / name, force=force)
        assert caught.value.code == "E503", f"{name}: {caught.value}"
    assert entries(tmp_path) == before


def test_a_job_is_replaced_on_request_only(tmp_path):
    target = make_job(tmp_path / "a.amjob")
    with pytest.raises(OutputError) as caught:
        require_writable(target, force=False)
    assert caught.value.code == "E501"
    assert "--force" in caught.value.fix
    require_writable(target, force=True)
    assert (target / "vectors/a.parquet").read_text() == "old"


@pytest.mark.parametrize("force", [False, True])
def test_a_foreign_folder_that_appears_during_the_work_is_not_deleted(tmp_path, force):
    target = tmp_path / "a.amjob"

    def work():
        with job_folder(target, force=force) as building:
            (building / COMMIT_MARK).write_text("{}")
            target.mkdir()
            (target / "thesis.txt").write_text("years of work")

    with pytest.raises(OutputError):
        work()
    assert entries(tmp_path) == {"a.amjob": b"/", "a.amjob/thesis.txt": b"years of work"}


def test_a_job_that_another_run_made_meanwhile_is_not_replaced_without_force(tmp_path):
    target = tmp_path / "a.amjob"

    def work():
        with job_folder(target, force=False) as building:
            (building / COMMIT_MARK).write_text("{}")
            build(target, text="the other run")

    with pytest.raises(OutputError):
        work()
    assert (target / "vectors/a.parquet").read_text() == "the other run"


def test_a_link_to_a_job_is_replaced_and_its_target_stays(tmp_path):
    real = make_job(tmp_path / "real")
    (tmp_path / "link").symlink_to(real)
    build(tmp_path / "link", force=True)
    assert (real / "vectors/a.parquet").read_text() == "old"
    assert (tmp_path / "link/vectors/a.parquet").read_text() == "new"


@pytest.mark.parametrize("name", ["n" * 300, "file/a", "file/b/c"])
def test_an_impossible_place_is_e502_before_any_work(tmp_path, name):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError) as caught:
        require_writable(tmp_path / name, force=True)
    assert caught.value.code == "E502"
    assert caught.value.fix


def test_a_relative_place_is_taken_from_the_working_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    build(Path("p/a.amjob"))
    assert (tmp_path / "p/a.amjob" / COMMIT_MARK).is_file()
    assert [path.name for path in tmp_path.iterdir()] == ["p"]
