"""Two thousand damaged STL files, always the same: a job or a clear error, in bounded time and memory."""

from __future__ import annotations

from benchmarks.fuzz_stl import MEMORY_MB, SECONDS_PER_INPUT, fuzz, mutated_stl

INPUTS = 2000


def test_damaged_files_give_a_job_or_a_clear_error():
    tally = fuzz(0, INPUTS, batch=INPUTS)
    assert not tally.faults, "\n".join(tally.faults[:20])
    assert sum(tally.outcomes.values()) == INPUTS
    assert tally.slowest_s < SECONDS_PER_INPUT, "s"
    assert tally.memory_mb < MEMORY_MB, "MB"
    # Damage of many kinds, and enough that is mended or harmless: otherwise this tests little.
    assert {"job", "E202", "E203", "E204", "E205", "E206", "E207"} <= set(tally.outcomes), tally.outcomes
    assert tally.outcomes["job"] > INPUTS / 8, tally.outcomes


def test_the_inputs_are_the_same_every_time():
    assert [mutated_stl(number) for number in range(50)] == [mutated_stl(number) for number in range(50)]
    assert len({mutated_stl(number) for number in range(200)}) > 150
