"""The pictures of a job of several lasers, and that they show the times of the estimate."""

from __future__ import annotations

import numpy as np
import pyarrow.parquet as pq
import pytest

from amprep.pictures import kind_gantt


def test_a_job_of_several_lasers_gets_a_laser_map_and_a_gantt(amprep, shop, monkeypatch):
    seen = []
    rows_of = kind_gantt.gantt_rows

    def rows_and_seen(run, plan):
        seen.append((plan, rows_of(run, plan)))
        return seen[-1][1]

    monkeypatch.setattr(kind_gantt, "gantt_rows", rows_and_seen)
    amprep.done("slice", "cube.stl", "-m", "m400-4", "-j", "1")
    names = sorted(path.name for path in (shop / "cube.amjob" / "plots").iterdir())
    assert names == ["gantt.png", "laser-map.png", "layer-time.png", "layer.png"]
    (plan, rows) = seen[0]
    assert len(rows.laser) == 2 * len(plan.vectors) > 0
    layers = pq.read_table(shop / "cube.amjob" / "layers.parquet").to_pydict()
    exposure_s = [value for key, value in layers.items() if key == "exposure_s"]
    assert rows.exposure_s == pytest.approx(exposure_s[0][plan.index], rel=1e-9)
    assert rows.part_names == ("cube",)
    assert np.all(rows.busy_s <= rows.exposure_s)


def test_a_job_of_one_laser_has_none(amprep, shop):
    amprep.done("slice", "cube.stl", "-m", "m100", "-j", "1")
    names = sorted(path.name for path in (shop / "cube.amjob" / "plots").iterdir())
    assert names == ["layer-time.png", "layer.png"]
