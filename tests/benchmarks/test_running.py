"""Processes under a clock, and the comparison of two commits from made-up records."""

from __future__ import annotations

import sys

import pytest
from benchmarks.compare_commits import best_of, table
from benchmarks.peers import HATCHERS, LIBRARIES, PROGRAMS, peer
from benchmarks.peers.processes import finished, watched

from amprep.benchmark_records import compare


def test_a_process_is_watched_until_its_line_and_then_stopped():
    code = "import time\nfor i in range(1000): print('line', i, flush=True); time.sleep(0.01)"
    _, lines, peak_mb = watched([sys.executable, "-c", code], until=lambda line: line.strip() == "line 3")
    assert lines == ["line 0", "line 1", "line 2", "line 3"]
    assert peak_mb > 1


def test_a_process_that_ends_by_itself_is_watched_to_its_end():
    _, lines, _ = watched([sys.executable, "-c", "print('one'); print('two')"], until=lambda _line: False)
    assert lines == ["one", "two"]


def test_output_and_memory_of_a_process():
    seconds, text, peak_mb = finished([sys.executable, "-c", "x = bytearray(100_000_000); print('done')"])
    assert text.split() == ["done"]
    assert seconds > 0
    assert 100 < peak_mb < 200


def test_the_memory_of_the_caller_is_not_counted():
    ours = bytearray(300_000_000)
    _, _, peak_mb = finished([sys.executable, "-c", "pass"])
    assert peak_mb < 100 < len(ours)


def test_a_program_that_does_not_exist_says_so():
    with pytest.raises(FileNotFoundError, match="no-such-program"):
        finished(["no-such-program-anywhere"])


def test_a_process_that_fails_says_why():
    with pytest.raises(RuntimeError, match="so it is"):
        finished([sys.executable, "-c", "raise SystemExit('so it is')"])


@pytest.mark.parametrize("name", sorted({*PROGRAMS, *LIBRARIES, *HATCHERS}))
def test_every_peer_says_what_it_is(name):
    module = peer(name)
    assert module.NAME
    assert module.THREADS
    assert ("contours" in module.INCLUDES) == (name in {*PROGRAMS, *LIBRARIES, "amprep"})
    assert ("hatch" in module.INCLUDES) == (name in HATCHERS)
    if not module.missing():
        assert module.version()


def made_up(**seconds: float) -> dict:
    return {"seconds": {key: {"best": one, "median": one} for key, one in seconds.items()}}


def test_the_best_round_of_each_step_counts():
    best = best_of([made_up(a=2.0, b=1.0), made_up(a=1.0, b=3.0)])
    assert {key: entry["best"] for key, entry in best["seconds"].items()} == {"a": 1.0, "b": 1.0}


def test_the_table_marks_what_got_slower():
    steps = compare(made_up(a=1.0, b=1.0), made_up(a=1.5, b=1.0), fail_slower_pct=20)
    text = table(steps, "old", "new", 3, 20.0)
    assert "1 of 2 steps are more than 20 % slower" in text
    assert "| a | 1000.000 | 1500.000 | **1.50** |" in text
    assert "| b | 1000.000 | 1000.000 | 1.00 |" in text
    unchanged = compare(made_up(a=1.0), made_up(a=1.0), fail_slower_pct=20)
    assert "No step is more than 20 % slower" in table(unchanged, "old", "new", 3, 20.0)
