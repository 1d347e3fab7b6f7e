"""Neither engine nor chunk size shows where layers depend on others: skins, rules, edges, supports."""

from __future__ import annotations

import pytest
from tests.bridge import EVERYTHING, write_bridge
from tests.properties.test_engines import Digest, bits, outcome

from amprep.assembling import assemble_job
from amprep.engines.serial import SerialEngine
from amprep.engines.threads import ThreadsEngine
from amprep.layering import prepare_layer
from amprep.reading.job_file import read_job_file


@pytest.fixture(scope="module")
def job(tmp_path_factory):
    folder = tmp_path_factory.mktemp("parts")
    write_bridge(folder)
    (folder / "job.toml").write_text(EVERYTHING)
    return assemble_job(read_job_file(folder / "job.toml"), folder)


@pytest.fixture(scope="module")
def reference(job):
    return outcome(job, SerialEngine(), 16)


@pytest.mark.parametrize("chunk", [1, 7, 50])
@pytest.mark.parametrize("workers", [1, 2, 3])
def test_engine_and_chunk_size_do_not_show(job, reference, workers, chunk):
    engine = SerialEngine() if workers == 1 else ThreadsEngine(workers)
    digest, prepared = outcome(job, engine, chunk)
    assert digest == reference[0], "vectors, statistics and areas of all layers"
    assert bits(prepared.estimate) == bits(reference[1].estimate)
    assert prepared.notices == reference[1].notices
    assert prepared.lost_places == reference[1].lost_places
    assert prepared.filtered == reference[1].filtered
    assert prepared.jumps_saved_mm == reference[1].jumps_saved_mm


def test_layers_alone_are_those_of_the_whole_job(job, reference):
    alone = Digest()
    for index in range(job.layer_count):
        alone.write_layer(prepare_layer(job, index))
    assert alone.hash.hexdigest() == reference[0]
