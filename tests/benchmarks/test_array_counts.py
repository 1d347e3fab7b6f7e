"""What is taken out of LLVM's texts, and what stays."""

from __future__ import annotations

import pytest
from benchmarks.array_counts import with_plain_counts

from amprep.kernels.lowered import FOLDER, SUFFIX, read_lowered

NUMBA = """define linkonce_odr void @NRT_incref(ptr %.1) #3 {
  %.4.i = atomicrmw add ptr %.1, i64 1 monotonic, align 8
  ret void
}

define linkonce_odr void @NRT_decref(ptr %.1) #4 {
  ret void
}

"""

HEAD = "define i32 @_ZN4kernel(ptr noalias %retptr, ptr captures(none) %arg.points.0, i64 %arg.points.2) {\n"


def function(*lines):
    return HEAD + "".join(f"  {line}\n" for line in lines) + "}\n"


def counts(*lines):
    return with_plain_counts(function(*lines) + NUMBA).split("@NRT_incref(ptr %block)")[0].count("NRT_")


def test_what_is_given_and_given_on_is_not_counted():
    lines = (
        "call void @NRT_incref(ptr %arg.points.0)",
        "%.3 = call i32 @_ZN5other(ptr %.2, ptr %arg.points.0, i64 %arg.points.2)",
        "tail call void @NRT_decref(ptr nonnull %arg.points.0)",
        "ret i32 0",
    )
    assert counts(*lines) == 0
    assert with_plain_counts(function(*lines) + NUMBA).count("call i32 @_ZN5other") == 1


@pytest.mark.parametrize(
    "use",
    [
        "%x = phi ptr [ %arg.points.0, %a ], [ null, %b ]",
        "store ptr %arg.points.0, ptr %retptr, align 8",
        "%x = select i1 %c, ptr %arg.points.0, ptr null",
    ],
)
def test_what_is_kept_or_mixed_with_others_is_counted(use):
    lines = ("call void @NRT_incref(ptr %arg.points.0)", use, "call void @NRT_decref(ptr %arg.points.0)")
    assert counts(*lines) == 2


def test_own_arrays_are_counted_without_locks():
    text = with_plain_counts(function("call void @NRT_decref(ptr %own)") + NUMBA)
    assert "atomicrmw" not in text
    assert text.count("call void @NRT_decref(ptr %own)") == 1
    assert text.count("define internal void @NRT_") == 2


def test_other_ways_of_counting_are_refused():
    with pytest.raises(ValueError, match="1 functions"):
        with_plain_counts(NUMBA.partition("\n\n")[0] + "\n")


def test_no_text_counts_with_locks():
    texts = {path.name: read_lowered(path) for path in sorted(FOLDER.glob(f"*{SUFFIX}"))}
    assert texts
    assert not [name for name, found in texts.items() if found is None or "atomicrmw" in found[1]]
