"""Where work runs: an engine maps a function over work units and keeps their order. It knows no trade."""

from __future__ import annotations

import itertools
import os
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["Engine", "engine_for", "ranges"]

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


class Engine(Protocol):
    """Maps a function over work units; results come in the order of the units."""

    @property
    def workers(self) -> int:
        """How many units are in work at a time."""
        ...

    def map_ordered(self, function: Callable[[_Item], _Result], items: Iterable[_Item]) -> Iterator[_Result]:
        """Yield ``function(item)`` for every item, in order, with a bounded number in flight.

        Units share the caller's memory and may write into its arrays.
        """
        ...

    def map_apart(self, function: Callable[[_Item], _Result], items: Iterable[_Item]) -> Iterator[_Result]:
        """As `map_ordered`, for units that change nothing of the caller's: they may run elsewhere.

        Items and results can be pickled; items are small. `function` need not be.
        """
        ...


def engine_for(workers: int | None) -> Engine:
    """Processes or threads for several workers, the calling thread for one; ``None``: all processors."""
    from amprep.engines.processes import ProcessesEngine
    from amprep.engines.serial import SerialEngine

    count = workers if workers is not None else (os.cpu_count() or 1)
    return SerialEngine() if count <= 1 else ProcessesEngine(count)


def ranges(count: int, engine: Engine, *, least: int) -> list[tuple[int, int]]:
    """Cut 0 … `count` - 1 into one range per worker, fewer where a range would have under `least` items."""
    pieces = max(1, min(engine.workers, count // least))
    borders = [count * i // pieces for i in range(pieces + 1)]
    return list(itertools.pairwise(borders))
