"""Where work runs: an engine maps a function over work units and keeps their order. It knows no trade."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["Engine", "engine_for"]

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


class Engine(Protocol):
    """Maps a function over work units; results come in the order of the units."""

    def map_ordered(self, function: Callable[[_Item], _Result], items: Iterable[_Item]) -> Iterator[_Result]:
        """Yield ``function(item)`` for every item, in order, with a bounded number in flight."""
        ...


def engine_for(workers: int | None) -> Engine:
    """Threads for several workers, the calling thread for one; ``None`` takes all processors."""
    from amprep.engines.serial import SerialEngine
    from amprep.engines.threads import ThreadsEngine

    count = workers if workers is not None else (os.cpu_count() or 1)
    return SerialEngine() if count <= 1 else ThreadsEngine(count)
