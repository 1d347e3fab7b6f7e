"""Everything in the calling thread."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["SerialEngine"]

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


class SerialEngine:
    """One unit after the other."""

    @property
    def workers(self) -> int:
        """One."""
        return 1

    def map_ordered(self, function: Callable[[_Item], _Result], items: Iterable[_Item]) -> Iterator[_Result]:
        """Yield ``function(item)`` for every item, in order."""
        return map(function, items)

    def map_apart(self, function: Callable[[_Item], _Result], items: Iterable[_Item]) -> Iterator[_Result]:
        """As `map_ordered`."""
        return map(function, items)
