"""The border of the model: one cast, one check, read-only from there on, and after pickling too."""

from __future__ import annotations

import copy
import dataclasses
import pickle

import numpy as np
import pytest

from amprep.demonstrators.primitives import box
from amprep.model.arrays import frozen_array, read_only
from amprep.model.estimate import BuildEstimate, LayerTimes, PowderBalance, Ranged
from amprep.model.job import PlacedPart
from amprep.model.layer import Contours, LayerStack
from amprep.model.mesh import Mesh, MeshReport, SourceFile
from amprep.model.notice import Notice
from amprep.model.scan import LayerAreas, LayerPlan, ScanVectors


def vectors(n: int = 3) -> ScanVectors:
    return ScanVectors(np.arange(4.0 * n).reshape(n, 4), [0] * n, [0] * n, [0] * n)


def estimate() -> BuildEstimate:
    figure = Ranged(1.0, 0.5, 2.0)
    return BuildEstimate(
        top_mm=[0.04, 0.08],
        layer_times=LayerTimes(*[np.ones((2, 4))] * 3, [9.0, 9.0], [0.0, 0.0]),
        areas_mm2=np.zeros((2, 8)),
        total_s=figure,
        recoating_s=figure,
        exposure_s=figure,
        wait_s=figure,
        before_s=figure,
        cooling_s=figure,
        laser_busy_s=(1.0,) * 4,
        vectors=6,
        hatch_mm=1.0,
        contour_mm=1.0,
        jump_mm=1.0,
        powder=PowderBalance(*[figure] * 5),
        time_assumptions=(),
        powder_assumptions=(),
    )


def placed() -> PlacedPart:
    mesh = box((1, 2, 3))
    source = SourceFile("a.stl", "stl-binary", "00", "mm", unit_is_assumed=True, triangles_in_file=12)
    report = MeshReport(12, 6.0, (1.0, 2.0, 3.0), 1, 0, 0, 0, 0, 0, 0)
    return PlacedPart("a", mesh, np.eye(4), (0.5, 1.0, 0.0), (0.0, 0.0, 0.0), source, report)


SQUARE = [[0, 0], [2, 0], [2, 2], [0, 2]]
NOUNS = {
    "Mesh": lambda: box((1, 2, 3)),
    "Mesh with neighbours": lambda: Mesh(SQUARE_3D, [[0, 1, 2], [0, 2, 3]], [[-1, -1, 1], [0, -1, -1]]),
    "Contours": lambda: Contours(SQUARE, [0, 4]),
    "LayerStack": lambda: LayerStack(SQUARE, [0, 4], [0, 1, 1]),
    "ScanVectors": vectors,
    "LayerPlan": lambda: LayerPlan(0, 0.04, 0.04, vectors(), LayerAreas(1, 1, 0, 0, 0), np.zeros((4, 9))),
    "LayerTimes": lambda: estimate().layer_times,
    "BuildEstimate": estimate,
    "PlacedPart": placed,
}
SQUARE_3D = [[0, 0, 0], [2, 0, 0], [2, 2, 0], [0, 2, 0]]


def arrays_of(noun, prefix: str = "") -> dict[str, np.ndarray]:
    """All arrays of a noun and of the nouns in it."""
    found = {}
    for field in dataclasses.fields(noun):
        value = getattr(noun, field.name)
        if isinstance(value, np.ndarray):
            found[prefix + field.name] = value
        elif dataclasses.is_dataclass(value):
            found |= arrays_of(value, f"{prefix}{field.name}.")
    return found


@pytest.mark.parametrize("make", NOUNS.values(), ids=NOUNS)
def test_nouns_cannot_be_changed(make):
    noun = make()
    assert arrays_of(noun), "a noun without arrays does not belong here"
    for name, array in arrays_of(noun).items():
        assert not array.flags.writeable, f"{name} can be written"
        assert array.flags.c_contiguous, f"{name} is not C-contiguous"
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0
    field = dataclasses.fields(noun)[0].name
    with pytest.raises((dataclasses.FrozenInstanceError, AttributeError)):
        setattr(noun, field, None)
    with pytest.raises((dataclasses.FrozenInstanceError, AttributeError, TypeError)):
        noun.something_new = 1


@pytest.mark.parametrize("protocol", [2, pickle.HIGHEST_PROTOCOL])
@pytest.mark.parametrize("make", NOUNS.values(), ids=NOUNS)
def test_pickling_keeps_values_and_the_read_only_flag(make, protocol):
    noun = make()
    again = pickle.loads(pickle.dumps(noun, protocol))
    assert type(again) is type(noun)
    before, after = arrays_of(noun), arrays_of(again)
    assert before.keys() == after.keys()
    for name, array in before.items():
        np.testing.assert_array_equal(after[name], array)
        assert after[name].dtype == array.dtype
        assert not after[name].flags.writeable, f"{name} can be written after pickling"
        assert after[name].flags.c_contiguous
    for field in dataclasses.fields(noun):
        value = getattr(noun, field.name)
        if isinstance(value, (int, float, str, tuple)):
            assert getattr(again, field.name) == value


@pytest.mark.parametrize("make", NOUNS.values(), ids=NOUNS)
def test_copies_are_read_only_too(make):
    for again in (copy.copy(make()), copy.deepcopy(make())):
        assert not any(array.flags.writeable for array in arrays_of(again).values())


def test_an_array_that_fits_is_passed_on_without_a_copy():
    array = read_only(np.zeros((3, 2)))
    assert frozen_array(array, np.float64, (None, 2), "points") is array
    writable = np.zeros((3, 2))
    frozen = frozen_array(writable, np.float64, (None, 2), "points")
    assert np.shares_memory(frozen, writable)
    assert not frozen.flags.writeable
    assert writable.flags.writeable, "the caller's own array must stay as it was"


@pytest.mark.parametrize(
    "values",
    [
        [[1, 2], [3, 4]],
        np.array([[1, 2], [3, 4]], dtype=">f8"),
        np.array([[1, 2], [3, 4]], dtype=np.int16),
        np.array([[1, 3], [2, 4]], dtype=np.float64).T,
        np.array([[1, 9, 2], [3, 9, 4]], dtype=np.float64)[:, ::2],
    ],
    ids=["list", "big-endian", "integers", "transposed", "strided"],
)
def test_other_layouts_are_cast_once(values):
    array = frozen_array(values, np.float64, (None, 2), "points")
    assert array.tolist() == [[1.0, 2.0], [3.0, 4.0]]
    assert array.dtype == np.dtype("=f8")
    assert array.dtype.isnative
    assert array.flags.c_contiguous
    assert not array.flags.writeable


def test_empty_arrays_keep_their_shape():
    assert frozen_array(np.zeros((0, 4)), np.float32, (None, 4), "segments").shape == (0, 4)
    assert len(vectors(0)) == 0


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Mesh([[0, 0]], [[0, 0, 0]]), r"vertices: needs shape \(n, 3\), has \(1, 2\)"),
        (lambda: Mesh([[0, 0, 0]], [0, 0, 0]), r"faces: needs shape \(n, 3\), has \(3,\)"),
        (
            lambda: Mesh([[0, 0, 0]], [[0, 0, 0]], [[0, 0, 0]] * 2),
            r"neighbours: needs shape \(1, 3\), has \(2, 3\)",
        ),
        (lambda: Contours([1, 2], [0, 1]), r"points: needs shape \(n, 2\), has \(2,\)"),
        (lambda: Contours(SQUARE, [[0, 4]]), r"offsets: needs shape \(n\), has \(1, 2\)"),
        (
            lambda: ScanVectors(np.zeros((3, 4)), [0] * 2, [0] * 3, [0] * 3),
            r"region: needs shape \(3\), has \(2,\)",
        ),
        (lambda: ScanVectors(np.zeros((3, 5)), [], [], []), r"segments: needs shape \(n, 4\), has \(3, 5\)"),
        (
            lambda: LayerTimes(np.ones((2, 4)), np.ones((2, 3)), np.ones((2, 4)), [0, 0], [0, 0]),
            r"contour_s: needs shape \(2, 4\), has \(2, 3\)",
        ),
        (
            lambda: LayerTimes(*[np.ones((2, 4))] * 3, [0, 0, 0], [0, 0]),
            r"recoating_s: needs shape \(2\), has \(3,\)",
        ),
    ],
)
def test_a_wrong_shape_is_named_with_both_shapes(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_keys_that_do_not_fit_their_type_are_refused_not_wrapped():
    """A part of number 70 000 must not become part 4464."""
    with pytest.raises((ValueError, OverflowError)):
        ScanVectors(np.zeros((1, 4)), [0], np.array([70_000]), [0])


def test_a_notice_survives_pickling():
    notice = Notice("W110", "small", where="a.stl", hint="look", values={"size_mm": 0.1})
    assert pickle.loads(pickle.dumps(notice)) == notice
    assert notice.as_dict() == {
        "code": "W110",
        "where": "a.stl",
        "text": "small",
        "hint": "look",
        "size_mm": 0.1,
    }
