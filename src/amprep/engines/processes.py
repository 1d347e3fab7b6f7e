"""Processes over work units, split off from the caller's so that they begin with all it knows.

Python runs in one thread at a time, so threads gain little where a unit is made of many short tasks. A
process that is split off (forked) sees the caller's memory as it was and costs no copy of it; what it finds
out comes back through a pipe.

Only where the caller's process has no other thread: what another thread holds at the moment of the split, a
lock say, stays held in the new process for good. Elsewhere, and where a system cannot fork, threads do the
work.
"""

from __future__ import annotations

import contextlib
import gc
import pickle
import sys
import threading
from collections.abc import Sized
from typing import TYPE_CHECKING, Any, TypeVar

from amprep.engines.threads import AHEAD, ThreadsEngine
from amprep.errors import AmprepError, InternalError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from multiprocessing.connection import Connection

__all__ = ["ProcessesEngine"]

#: What a process that is cut short gets for closing its files.
_SECONDS_TO_TIDY_UP = 5.0

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


class ProcessesEngine(ThreadsEngine):
    """Threads where units write into the caller's arrays, processes where they do not."""

    def map_apart(self, function: Callable[[_Item], _Result], items: Iterable[_Item]) -> Iterator[_Result]:
        """Yield ``function(item)`` for every item, in order; at most ``workers × AHEAD`` are in flight.

        Raises
        ------
        InternalError
            E702 when a process ends by force, for lack of memory say.

        """
        if (isinstance(items, Sized) and len(items) < 2) or not _may_fork():
            yield from self.map_ordered(function, items)
            return
        crew: list[_Worker] = []
        is_over = False
        try:
            # One by one, so that those that came up are dismissed when another does not.
            crew.extend(_Worker(function) for _ in range(self.workers))
            yield from _in_order(crew, items)
            is_over = True
        finally:
            for worker in crew:
                worker.dismiss(in_peace=is_over)


def _may_fork() -> bool:
    from multiprocessing import current_process

    return (
        sys.platform == "linux"
        and threading.active_count() == 1
        and threading.current_thread() is threading.main_thread()
        and not current_process().daemon
    )


def _in_order(crew: list[_Worker], items: Iterable[Any]) -> Iterator[Any]:
    """Hand out items to whoever has the fewest, and pass on the results in the order of the items."""
    from multiprocessing.connection import wait

    by_pipe: dict[Any, _Worker] = {worker.pipe: worker for worker in crew}
    left = iter(items)
    done: dict[int, Any] = {}
    handed = passed_on = 0
    is_more = True
    while True:
        while is_more and handed - passed_on < len(crew) * AHEAD:
            try:
                item = next(left)
            except StopIteration:
                is_more = False
                break
            min(crew, key=lambda worker: worker.due).hand(handed, item)
            handed += 1
        if handed == passed_on:
            return
        while passed_on not in done:
            for pipe in wait([worker.pipe for worker in crew if worker.due]):
                number, *outcome = by_pipe[pipe].answer()
                done[number] = outcome
        result, fault = done.pop(passed_on)
        if fault is not None:
            raise fault
        yield result
        passed_on += 1


class _Worker:
    """One process, and how many units it has in hand."""

    def __init__(self, function: Callable[[Any], Any]) -> None:
        from multiprocessing import get_context

        context = get_context("fork")
        self.pipe, theirs = context.Pipe()
        self.due = 0
        self._process = context.Process(target=_serve, args=(function, theirs, self.pipe), daemon=True)
        self._process.start()
        # So that the pipe ends when the process does.
        theirs.close()

    def hand(self, number: int, item: Any) -> None:
        """Give it a unit; small ones only, or both sides might wait for the other to read."""
        try:
            self.pipe.send((number, item))
        except ConnectionError:
            raise self._lost() from None
        self.due += 1

    def answer(self) -> tuple[int, Any, BaseException | None]:
        """The number of a unit, its result, and what the function raised in its stead."""
        answer: tuple[int, Any, BaseException | None]
        try:
            answer = self.pipe.recv()
        except (EOFError, ConnectionError):
            raise self._lost() from None
        self.due -= 1
        return answer

    def _lost(self) -> InternalError:
        self._process.join(_SECONDS_TO_TIDY_UP)
        return InternalError(
            f"a process that prepares layers ended by force (exit status {self._process.exitcode})",
            code="E702",
            why="Somebody ended it, or the system ran out of memory; nothing was written.",
            fix="try again; with -j 1 it needs less memory",
        )

    def dismiss(self, *, in_peace: bool) -> None:
        """Let it end, by force where it may still be at work, and wait for it."""
        # Its pipe would not end by itself: processes that were split off later hold our end, too.
        if in_peace:
            # One that ended by itself has handed in all its results.
            with contextlib.suppress(ConnectionError):
                self.pipe.send(None)
        else:
            self._process.terminate()
        self.pipe.close()
        self._process.join(None if in_peace else _SECONDS_TO_TIDY_UP)
        if self._process.exitcode is None:
            self._process.kill()
            self._process.join()


def _serve(function: Callable[[Any], Any], pipe: Connection, callers: Connection) -> None:
    """What a process does until its pipe ends or it is interrupted; its caller tells the user."""
    callers.close()
    # Looking through the caller's objects for garbage would copy the memory that they lie in.
    gc.freeze()
    try:
        while (unit := pipe.recv()) is not None:
            number, item = unit
            try:
                answer: tuple[int, Any, BaseException | None] = (number, function(item), None)
            except KeyboardInterrupt as interruption:
                pipe.send((number, None, interruption))
                return
            except Exception as fault:  # noqa: BLE001  (the caller raises it)
                answer = (number, None, _portable(fault))
            _send(pipe, answer)
    except (EOFError, OSError, KeyboardInterrupt):
        pass


def _send(pipe: Connection, answer: tuple[int, Any, BaseException | None]) -> None:
    """Send an answer, and where it cannot be sent, say that."""
    try:
        content = pickle.dumps(answer)
    except (pickle.PicklingError, TypeError, AttributeError) as fault:
        content = pickle.dumps((answer[0], None, _portable(fault)))
    pipe.send_bytes(content)


def _portable(fault: Exception) -> Exception:
    """A fault that another process can raise, and where it came from.

    Python's own classes and ours can be made anew there; whether others can is not known.
    """
    import traceback

    if isinstance(fault, AmprepError):
        return fault
    where = "".join(traceback.format_exception(fault))
    is_plain = all(isinstance(one, str | int | float | None) for one in fault.args)
    if type(fault).__module__ != "builtins" or not is_plain:
        return InternalError(f"{type(fault).__name__}: {fault}", code="E701", why=where)
    fault.add_note(where)
    return fault
