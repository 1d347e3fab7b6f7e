"""Neither the engine nor the size of the chunks shows in a single bit of the result."""

from __future__ import annotations

import dataclasses
import hashlib
import pickle

import numpy as np
import pytest

from amprep.assembling import assemble_job
from amprep.demonstrators.primitives import gyroid, thin_walls
from amprep.engines.serial import SerialEngine
from amprep.engines.threads import ThreadsEngine
from amprep.model.job import Job
from amprep.output.stl import write_stl
from amprep.pipeline import prepare
from amprep.reading.job_file import JobFile


class Digest:
    """A sink that keeps the order of the layers and a digest of all they hold."""

    def __init__(self):
        self.indices = []
        self.hash = hashlib.sha256()

    def write_layer(self, plan):
        self.indices.append(plan.index)
        v = plan.vectors
        for array in (v.segments, v.region, v.part, v.laser, plan.scan_stats):
            assert not array.flags.writeable
            self.hash.update(array.tobytes())
        self.hash.update(repr((plan.index, plan.top_mm, plan.thickness_mm, plan.areas)).encode())


@pytest.fixture(scope="module")
def job(tmp_path_factory):
    """Three parts on the seams between four lasers, the copies sharing a plan."""
    folder = tmp_path_factory.mktemp("parts")
    write_stl(gyroid(6.0, 6.0, 8), folder / "gyroid.stl")
    write_stl(thin_walls((0.08, 0.3, 1.0), height_mm=3.0, length_mm=8.0), folder / "walls.stl")
    parts = [
        {"file": "gyroid.stl", "unit": "mm", "count": 2, "position_mm": [197, 199]},
        {"file": "walls.stl", "unit": "mm", "position_mm": [200.0, 212.0]},
    ]
    return assemble_job(JobFile.model_validate({"machine": "m400-4", "parts": parts}), folder)


def outcome(job, engine, chunk):
    sink, told = Digest(), []
    prepared = prepare(
        job, engine=engine, sinks=[sink], on_layer=lambda *a: told.append(a), layers_per_chunk=chunk
    )
    count = job.layer_count
    assert sink.indices == list(range(count))
    assert told == [(i + 1, count) for i in range(count)]
    return sink.hash.hexdigest(), prepared


def bits(noun):
    """All fields of an estimate, arrays as bytes and floats as their exact text."""
    if dataclasses.is_dataclass(noun):
        return [bits(getattr(noun, f.name)) for f in dataclasses.fields(noun)]
    if isinstance(noun, np.ndarray):
        return noun.tobytes()
    if isinstance(noun, tuple):
        return [bits(item) for item in noun]
    return noun.hex() if isinstance(noun, float) else noun


@pytest.fixture(scope="module")
def reference(job):
    return outcome(job, SerialEngine(), 16)


def test_the_reference_has_something_to_say(job, reference):
    estimate = reference[1].estimate
    assert job.layer_count == 150
    assert estimate.vectors > 10_000
    assert all(busy > 0 for busy in estimate.laser_busy_s)


@pytest.mark.parametrize("chunk", [1, 7, 16, 1000])
@pytest.mark.parametrize("workers", [1, 2, 3])
def test_engine_and_chunk_size_do_not_show(job, reference, workers, chunk):
    engine = SerialEngine() if workers == 1 else ThreadsEngine(workers)
    digest, prepared = outcome(job, engine, chunk)
    assert digest == reference[0], "vectors, statistics and areas of all layers"
    assert bits(prepared.estimate) == bits(reference[1].estimate)
    assert prepared.notices == reference[1].notices


def test_a_pickled_job_gives_the_same_bits(job, reference):
    copy = pickle.loads(pickle.dumps(job))
    assert isinstance(copy, Job)
    digest, prepared = outcome(copy, ThreadsEngine(2), 16)
    assert digest == reference[0]
    assert bits(prepared.estimate) == bits(reference[1].estimate)
