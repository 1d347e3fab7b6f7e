"""Threads over work units; the work must release the GIL to gain from it."""

from __future__ import annotations

from collections import deque
from collections.abc import Sized
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["ThreadsEngine"]

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")

#: Units in flight per worker: one in work, one ready for the reader.
AHEAD = 2


class ThreadsEngine:
    """A pool of threads; never more than ``workers × AHEAD`` units in flight."""

    def __init__(self, workers: int) -> None:
        self.workers = workers

    def map_ordered(self, function: Callable[[_Item], _Result], items: Iterable[_Item]) -> Iterator[_Result]:
        """Yield ``function(item)`` for every item, in order.

        When the reader stops early, or a unit fails, the units not yet begun are cancelled.
        """
        if isinstance(items, Sized) and len(items) == 1:
            # Nothing to share: spare the way to another thread.
            yield from map(function, items)
            return
        pool = ThreadPoolExecutor(self.workers, thread_name_prefix="amprep")
        pending: deque[Future[_Result]] = deque()
        try:
            for item in items:
                pending.append(pool.submit(function, item))
                if len(pending) >= self.workers * AHEAD:
                    yield pending.popleft().result()
            while pending:
                yield pending.popleft().result()
        finally:
            for future in pending:
                future.cancel()
            pool.shutdown(wait=True, cancel_futures=True)

    def map_apart(self, function: Callable[[_Item], _Result], items: Iterable[_Item]) -> Iterator[_Result]:
        """As `map_ordered`."""
        return self.map_ordered(function, items)
