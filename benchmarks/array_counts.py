"""Takes the counting of arrays out of LLVM's texts of kernels, as far as nothing needs it.

Numba counts who holds an array, with a lock as other threads might do so at the same time, and does so at the
begin and end of each function for each array that it is given. A kernel's own arrays are known to nobody else
until it returns, and those that amprep gives it come without a count. So what a function only counts up and
down is left alone, and the rest is counted without locks. It is up to a third of a kernel's time.

Texts name the source of their kernels, not this module: whoever changes it removes them, so that all are made
anew, and raises the format in `amprep.kernels.machine_code`, as what was compiled before would stay in use.
"""

from __future__ import annotations

import re

__all__ = ["with_plain_counts"]

_FUNCTION = re.compile(r"^define .*?^}\n", re.MULTILINE | re.DOTALL)
_COUNTING = re.compile(r"^define [^\n]* @NRT_(?:incref|decref)\(.*?^}\n", re.MULTILINE | re.DOTALL)
_COUNT = re.compile(
    r"^ *(?:tail )?call void @NRT_(?:incref|decref)\(ptr (?:nonnull )?(%[\w.]+)\)\n", re.MULTILINE
)
#: What a function is given: of an array, the first is what counts.
_GIVEN = re.compile(r"ptr[^,()%]*(?:\([^)]*\)[^,()%]*)*(%arg\.[\w.]+\.0)(?=[,)])")

#: The same as of Numba, but for the locks.
_PLAIN = """
define internal void @NRT_incref(ptr %block) alwaysinline {
  %none = icmp eq ptr %block, null
  br i1 %none, label %end, label %count
count:
  %before = load i64, ptr %block
  %after = add i64 %before, 1
  store i64 %after, ptr %block
  br label %end
end:
  ret void
}

define internal void @NRT_decref(ptr %block) alwaysinline {
  %none = icmp eq ptr %block, null
  br i1 %none, label %end, label %count
count:
  %before = load i64, ptr %block
  %after = sub i64 %before, 1
  store i64 %after, ptr %block
  %last = icmp eq i64 %after, 0
  br i1 %last, label %free, label %end
free:
  tail call void @NRT_MemInfo_call_dtor(ptr %block)
  br label %end
end:
  ret void
}
"""


def with_plain_counts(text: str) -> str:
    """The text with arrays counted without locks, and not at all where a function is only given them.

    Raises
    ------
    ValueError
        When the text counts otherwise than is known here.

    """
    simpler, found = _COUNTING.subn("", text)
    if found not in {0, 2}:
        raise ValueError(f"{found} functions count arrays, not two")
    return _FUNCTION.sub(lambda one: _uncounted(one[0]), simpler) + (_PLAIN if found else "")


def _uncounted(function: str) -> str:
    """A function that does not count what it is only given, and gives on at most."""
    head, _, body = function.partition("\n")
    for name in _GIVEN.findall(head):
        uses = [line for line in body.split("\n") if re.search(rf"{re.escape(name)}(?![\w.])", line)]
        if all(_is_count(line, name) or _gives_on(line) for line in uses):
            body = _COUNT.sub(lambda one, name=name: "" if one[1] == name else one[0], body)  # type: ignore[misc]
    return f"{head}\n{body}"


def _is_count(line: str, name: str) -> bool:
    found = _COUNT.fullmatch(line + "\n")
    return found is not None and found[1] == name


def _gives_on(line: str) -> bool:
    """Whether a line calls another function of the kernel: that counts for itself."""
    return re.search(r"\bcall [^@]*@_ZN", line) is not None and "NRT_" not in line
