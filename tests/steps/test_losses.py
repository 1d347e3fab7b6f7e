"""What is said of area that nothing exposes: of each part, and no more than is so."""

from __future__ import annotations

import re

import numpy as np
import pytest

import amprep
from amprep.demonstrators.primitives import box
from amprep.engines.threads import ThreadsEngine
from amprep.model.mesh import Mesh
from amprep.output.stl import write_stl


def fin_on_a_block(height_mm: float, fin_from_mm: float) -> Mesh:
    """A block with a fin beside it that is too thin for the beam, and begins higher up."""
    block, fin = box((4.0, 4.0, height_mm)), box((4.0, 0.03, height_mm - fin_from_mm))
    vertices = np.concatenate([block.vertices, fin.vertices + np.array([0.0, 6.0, fin_from_mm])])
    return Mesh(vertices, np.concatenate([block.faces, fin.faces + len(block.vertices)]))


@pytest.mark.parametrize("workers", [1, 2])
def test_the_loss_of_a_part_is_told_with_its_own_layers(tmp_path, workers):
    for name, mesh in (("high", fin_on_a_block(10.0, 4.0)), ("low", fin_on_a_block(1.0, 0.2))):
        write_stl(mesh, tmp_path / f"{name}.stl")
    job = amprep.assemble([tmp_path / "high.stl", tmp_path / "low.stl"], machine="m100", unit="mm")
    prepared = amprep.prepare(job, engine=ThreadsEngine(workers))
    told = {one.where: one for one in prepared.notices if one.code == "W212"}
    assert sorted(told) == ["high", "low"]
    for name, low_mm, high_mm in (("high", 4.0, 10.0), ("low", 0.2, 1.0)):
        values = told[name].values
        layers, top = re.search(r"; in (\d+) layers, most at z = ([\d.]+) mm", told[name].text).groups()
        fin = round((high_mm - low_mm) / job.layer_thickness_mm)
        # In few others a filter takes the tip of a hatch.
        assert fin <= int(layers) <= fin + 5
        assert float(top) == pytest.approx(values["z_mm"], abs=0.005)
        assert low_mm < values["z_mm"] <= high_mm + 1e-9
        assert values["volume_mm3"] == pytest.approx((high_mm - low_mm) * 4.0 * 0.03, rel=0.02)
