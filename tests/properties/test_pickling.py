"""Nouns that travel to another process come out equal, and their arrays stay read-only."""

from __future__ import annotations

import dataclasses
import pickle

import numpy as np
import pytest

from amprep.demonstrators.primitives import box
from amprep.model.estimate import LayerTimes
from amprep.model.layer import Contours, LayerStack
from amprep.model.mesh import Mesh
from amprep.model.notice import Notice
from amprep.model.scan import LayerAreas, LayerPlan, ScanVectors
from amprep.repair import check_and_mend

VECTORS = ScanVectors(np.ones((2, 4)), [0, 1], [0, 0], [1, 0])
SQUARE = np.array([(0, 0), (1, 0), (1, 1), (0, 1)])
NOUNS = {
    "mesh": box((1.0, 2.0, 3.0)),
    "mended mesh": check_and_mend(box((1.0, 2.0, 3.0)), name="p")[0],
    "contours": Contours(SQUARE, [0, 4]),
    "stack": LayerStack(SQUARE, [0, 4], [0, 1]),
    "vectors": VECTORS,
    "plan": LayerPlan(0, 0.04, 0.04, VECTORS, LayerAreas(1, 2, 3, 4, 5), np.ones((2, 9))),
    "times": LayerTimes(np.ones((3, 2)), np.ones((3, 2)), np.ones((3, 2)), np.ones(3), np.ones(3)),
}


def arrays_of(noun, path=""):
    for f in dataclasses.fields(noun):
        if f.name.startswith("_"):  # a cache
            continue
        value = getattr(noun, f.name)
        if isinstance(value, np.ndarray):
            yield f"{path}{f.name}", value
        elif dataclasses.is_dataclass(value):
            yield from arrays_of(value, f"{path}{f.name}.")


@pytest.mark.parametrize("protocol", [2, pickle.HIGHEST_PROTOCOL])
@pytest.mark.parametrize("name", NOUNS)
def test_arrays_stay_equal_and_read_only(name, protocol):
    noun = NOUNS[name]
    copy = pickle.loads(pickle.dumps(noun, protocol))
    before, after = dict(arrays_of(noun)), dict(arrays_of(copy))
    assert before.keys() == after.keys()
    assert before
    for key, array in after.items():
        np.testing.assert_array_equal(array, before[key])
        assert array.dtype == before[key].dtype, key
        assert array.flags.c_contiguous, key
        for one in (array, before[key]):
            assert not one.flags.writeable, key
            with pytest.raises(ValueError, match="read-only"):
                one[...] = 0


def test_a_placed_part_stays_read_only(placed):
    part = placed(box((1.0, 1.0, 1.0)), (5, 5, 0))
    copy = pickle.loads(pickle.dumps(part))
    assert not copy.transform.flags.writeable
    assert not copy.mesh.vertices.flags.writeable
    np.testing.assert_array_equal(copy.placed_vertices_mm, part.placed_vertices_mm)
    assert copy.report == part.report


def test_a_notice_stays_equal():
    notice = Notice("W212", "text", where="p", hint="h", values={"z_mm": 1.5})
    assert pickle.loads(pickle.dumps(notice)) == notice


def test_an_array_given_to_a_noun_is_not_frozen_for_its_owner():
    mine = np.zeros((4, 3))
    mesh = Mesh(mine, np.array([(0, 1, 2)], dtype=np.int32))
    assert mine.flags.writeable
    assert not mesh.vertices.flags.writeable


def test_a_wrong_shape_is_named():
    with pytest.raises(ValueError, match=r"vertices: needs shape \(n, 3\), has \(4, 2\)"):
        Mesh(np.zeros((4, 2)), np.zeros((1, 3), dtype=np.int32))
