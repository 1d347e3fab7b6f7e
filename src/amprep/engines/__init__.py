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
        """Yield ``function(item)`` for every item, in order, with a bounded number in flight."""
        ...


def engine_for(workers: int | None) -> Engine:
    """Threads for several workers, the calling thread for one; ``None`` takes all processors."""
    from amprep.engines.serial import SerialEngine
    from amprep.engines.threads import ThreadsEngine

    count = workers if workers is not None else (os.cpu_count() or 1)
    return SerialEngine() if count <= 1 else ThreadsEngine(count)


def ranges(count: int, engine: Engine, *, least: int) -> list[tuple[int, int]]:
    """Cut 0 … `count` - 1 into one range per worker, fewer where a range would have under `least` items."""
    pieces = max(1, min(engine.workers, count // least))
    borders = [count * i // pieces for i in range(pieces + 1)]
    return list(itertools.pairwise(borders))
