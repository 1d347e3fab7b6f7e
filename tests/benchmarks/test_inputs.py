"""Generated inputs are what their names say, closed, and made again when their file is damaged."""

from __future__ import annotations

import numpy as np
import pytest
from benchmarks.peers.hatching import into_hatch_frame, lines_to_clip
from benchmarks.peers.work import checked_layers, spread

from amprep.model.layer import Contours
from amprep.reading.stl import read_stl
from amprep.repair import check_and_mend
from benchmarks import inputs


def section(loops) -> Contours:
    return Contours(np.concatenate(loops), np.cumsum([0, *map(len, loops)]))


@pytest.mark.parametrize(
    ("loops", "edges"),
    [
        (inputs.square_loops, 4),
        (inputs.disc_loops, 13_520),
        (inputs.lattice_loops, 48_600),
        (inputs.gears_loops, 79_200),
    ],
)
def test_sections_have_their_edges_and_positive_area(loops, edges):
    made = section(loops())
    assert len(made.points) == edges
    assert made.area_mm2 > 0


def test_the_holes_of_the_disc_keep_apart():
    middles = np.array([loop.mean(axis=0) for loop in inputs.disc_loops()[1:]])
    gaps = np.linalg.norm(middles[:, None] - middles[None], axis=2) + 1e9 * np.eye(len(middles))
    assert gaps.min() > 3.0
    assert np.hypot(*middles.T).max() + 1.5 < 49.0


def test_a_small_scan_is_a_closed_body(tmp_path):
    path, _ = inputs.provide(inputs.input_named("scan-small"), tmp_path)
    mesh, _ = read_stl(path, unit="mm")
    _, report = check_and_mend(mesh, name="scan")
    assert len(mesh.faces) == 12 * 60**2
    assert (report.open_edges, report.inconsistent_edges, report.nonmanifold_edges, report.shells) == (
        0,
        0,
        0,
        1,
    )
    assert report.volume_mm3 > 0


def test_an_input_is_made_once_and_again_when_it_is_damaged(tmp_path):
    one = inputs.input_named("square-section")
    path, digest = inputs.provide(one, tmp_path)
    stamp = path.stat().st_mtime_ns
    assert inputs.provide(one, tmp_path) == (path, digest)
    assert path.stat().st_mtime_ns == stamp
    path.write_bytes(b"damaged")
    assert inputs.provide(one, tmp_path) == (path, digest)
    assert len(inputs.load_section(path)[0]) == 4


@pytest.mark.parametrize("count", [1, 2, 37, 1000])
def test_layers_are_visited_once_each_and_spread_from_the_start(count):
    order = spread(count)
    assert sorted(order) == list(range(count))
    if count == 1000:
        first = sorted(order[:50])
        assert max(np.diff([0, *first, 999])) < 3 * 1000 / 50
    assert set(checked_layers(count)) <= set(range(count))


@pytest.mark.parametrize(("pattern", "cell_mm"), [("meander", 0.0), ("stripes", 10.0), ("chess", 5.0)])
def test_lines_to_clip_cover_the_box_once(pattern, cell_mm):
    frame = into_hatch_frame(np.array([[0.0, 0.0], [30.0, 0.0], [30.0, 20.0], [0.0, 20.0]]), 67.0)
    lines = lines_to_clip(frame, 0.1, pattern, cell_mm)
    lengths = np.abs(lines[:, 1] - lines[:, 0]).sum(axis=1)
    low, high = frame.min(axis=0), frame.max(axis=0)
    middle = 0.5 * (lines[:, 0] + lines[:, 1])
    inside = ((middle >= low - 5.0) & (middle <= high + 5.0)).all(axis=1)
    assert lengths[inside].sum() * 0.1 >= np.prod(high - low)
    assert len(np.unique(np.round(lines.reshape(-1, 4), 6), axis=0)) == len(lines)
