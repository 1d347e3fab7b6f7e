"""Two thousand damaged STL files, always the same: a job or a clear error, in bounded time and memory."""

from __future__ import annotations

import random
import struct

import numpy as np
from benchmarks.fuzz_stl import MEMORY_MB, SECONDS_PER_INPUT, fuzz, mutated_stl

from amprep.assembling import assemble
from amprep.errors import AmprepError
from amprep.pipeline import prepare

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


def shuffled(data: bytes, seed: int) -> bytes | None:
    """The same triangles in another order, begun at another corner; None for what is no sound binary STL."""
    count = (len(data) - 84) // 50
    if len(data) != 84 + 50 * count or struct.unpack_from("<I", data, 80)[0] != count:
        return None
    rng = random.Random(seed)
    records = [data[84 + 50 * i : 134 + 50 * i] for i in range(count)]
    rng.shuffle(records)
    first = [12 * rng.randrange(3) for _ in records]
    rolled = [
        record[:12] + record[12 + k : 48] + record[12 : 12 + k] + record[48:]
        for record, k in zip(records, first, strict=True)
    ]
    return data[:84] + b"".join(rolled)


def verdict(path, data):
    """The code of the error, or the areas of the layers."""
    path.write_bytes(data)
    try:
        job = assemble([path], machine="m400-4")
    except AmprepError as error:
        return error.code
    if job.layer_count > 12:
        return "many layers"
    try:
        return prepare(job).estimate.areas_mm2[:, 0]
    except AmprepError as error:
        return error.code


def test_the_order_of_the_triangles_decides_nothing(tmp_path):
    """What is welded, turned or closed must follow from the shape: same verdict, same areas."""
    jobs = 0
    for number in range(5000, 5700):
        data = mutated_stl(number)
        again = shuffled(data, number)
        if again is None:
            continue
        one, other = (verdict(tmp_path / "part.stl", content) for content in (data, again))
        if isinstance(one, str):
            assert one == other, f"input {number}: {one}, {other}"
            continue
        jobs += 1
        np.testing.assert_allclose(other, one, rtol=1e-6, atol=1e-6, err_msg=f"input {number}")
    assert jobs > 40
