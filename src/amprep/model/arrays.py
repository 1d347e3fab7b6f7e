"""The border where arrays enter the model: one cast, one check, read-only from there on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["ArrayNoun", "box_of", "frozen_array", "read_only"]

_Scalar = TypeVar("_Scalar", bound=np.generic)


def frozen_array(values: ArrayLike, dtype: Any, shape: tuple[int | None, ...], name: str) -> NDArray[Any]:
    """`values` as a read-only, C-contiguous array of `dtype` and `shape` (``None`` = any length).

    An array that already has all this is passed on without a copy.

    Raises
    ------
    ValueError
        When the shape does not match; the message names the array and both shapes.

    """
    if type(values) is np.ndarray and values.dtype == dtype and values.ndim and values.flags.c_contiguous:
        array = given = values
    else:
        array = np.ascontiguousarray(values, dtype=dtype)
        given = np.asarray(values)
    if array.dtype.kind in "iu" and array.dtype != given.dtype and not np.array_equal(array, given):
        raise ValueError(f"{name}: {given.dtype} values do not fit {array.dtype}")
    fits = array.ndim == len(shape)
    for have, want in zip(array.shape, shape, strict=False):
        fits = fits and (want is None or have == want)
    if not fits:
        wanted = "(" + ", ".join("n" if want is None else str(want) for want in shape) + ")"
        raise ValueError(f"{name}: needs shape {wanted}, has {array.shape}")
    if array.flags.writeable:
        if array is given or np.shares_memory(array, given):
            array = array.view()
        array.flags.writeable = False
    return array


def read_only(array: NDArray[_Scalar]) -> NDArray[_Scalar]:
    """`array`, which the caller owns, as C-contiguous and read-only: the type that kernels expect."""
    array = np.ascontiguousarray(array)
    array.flags.writeable = False
    return array


def box_of(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """(2, d) float64: lowest and highest of (n, d) points, in their unit; column by column, which is fast."""
    columns = points.T
    return np.array([[column.min() for column in columns], [column.max() for column in columns]])


class ArrayNoun:
    """A frozen noun with arrays: pickled through ``__init__``, so that its arrays stay read-only."""

    __slots__ = ()

    def __reduce__(self) -> tuple[Any, ...]:
        fields = self.__dataclass_fields__  # type: ignore[attr-defined]
        return type(self), tuple(getattr(self, name) for name, field in fields.items() if field.init)
