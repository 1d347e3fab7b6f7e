"""Engines: the order is kept, few units are in flight, faults pass, and an early end stops the work."""

from __future__ import annotations

import itertools
import threading
import time

import pytest

from amprep.engines import engine_for
from amprep.engines.serial import SerialEngine
from amprep.engines.threads import AHEAD, ThreadsEngine

ENGINES = [SerialEngine(), ThreadsEngine(1), ThreadsEngine(2), ThreadsEngine(5)]
NAMES = ["serial", "1 thread", "2 threads", "5 threads"]


class Counted:
    """Items that count how many were taken."""

    def __init__(self, items):
        self._items = iter(items)
        self.taken = 0

    def __iter__(self):
        return self

    def __next__(self):
        item = next(self._items)
        self.taken += 1
        return item


def amprep_threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("amprep")]


@pytest.mark.parametrize("engine", ENGINES, ids=NAMES)
def test_results_come_in_the_order_of_the_units(engine):
    def slower_first(number):
        time.sleep(0.002 * (10 - number))
        return number * number

    assert list(engine.map_ordered(slower_first, range(10))) == [number**2 for number in range(10)]


@pytest.mark.parametrize("engine", ENGINES, ids=NAMES)
def test_no_units_give_no_results(engine):
    assert list(engine.map_ordered(str, [])) == []


@pytest.mark.parametrize("engine", ENGINES, ids=NAMES)
def test_nothing_is_worked_on_before_the_first_result_is_wanted(engine):
    items = Counted(range(3))
    engine.map_ordered(str, items)
    assert items.taken == 0


@pytest.mark.parametrize("engine", ENGINES, ids=NAMES)
def test_endless_units_stream(engine):
    assert list(itertools.islice(engine.map_ordered(lambda n: 2 * n, itertools.count()), 50)) == list(
        range(0, 100, 2)
    )


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_units_in_flight_are_bounded(workers):
    """A slow reader must not let plans pile up: at most workers × AHEAD are done or in work ahead of it."""
    items = Counted(range(40))
    most = 0
    for read, _ in enumerate(ThreadsEngine(workers).map_ordered(lambda n: n, items)):
        time.sleep(0.001)
        most = max(most, items.taken - read)
    assert items.taken == 40
    assert most <= workers * AHEAD, f"{most} units in flight with {workers} workers"
    assert most > 1 or workers * AHEAD == 1


def test_several_units_are_worked_on_at_the_same_time():
    """Each waits for another one; a single thread would wait in vain."""
    both = threading.Barrier(2, timeout=20)

    def meet(number):
        both.wait()
        return number

    assert list(ThreadsEngine(2).map_ordered(meet, range(4))) == [0, 1, 2, 3]


@pytest.mark.parametrize("engine", ENGINES, ids=NAMES)
def test_a_fault_passes_at_its_place_in_the_order(engine):
    def work(number):
        if number == 3:
            raise ZeroDivisionError("unit 3")
        return number

    got = []
    with pytest.raises(ZeroDivisionError, match="unit 3"):
        got.extend(iter_into(got, engine.map_ordered(work, range(10))))
    assert got == [0, 1, 2]
    assert amprep_threads() == []


def iter_into(got, results):
    for result in results:
        got.append(result)
    return []


def test_a_fault_cancels_the_units_not_yet_begun():
    begun = []
    gate = threading.Event()

    def work(number):
        begun.append(number)
        if number == 0:
            gate.wait(20)
            raise ValueError("unit 0")
        return number

    items = Counted(range(100))
    results = ThreadsEngine(1).map_ordered(work, items)
    threading.Timer(0.05, gate.set).start()
    with pytest.raises(ValueError, match="unit 0"):
        next(results)
    assert items.taken <= AHEAD
    assert len(begun) <= AHEAD
    assert amprep_threads() == []
    assert list(results) == [], "a failed stream is at its end"


@pytest.mark.parametrize("engine", ENGINES, ids=NAMES)
def test_a_fault_of_the_units_themselves_passes(engine):
    def items():
        yield 1
        raise LookupError("no more")

    with pytest.raises(LookupError, match="no more"):
        list(engine.map_ordered(str, items()))
    assert amprep_threads() == []


def test_closing_early_stops_the_work_and_ends_the_threads():
    items = Counted(range(1000))
    results = ThreadsEngine(2).map_ordered(lambda n: n, items)
    assert next(results) == 0
    results.close()
    assert items.taken <= 2 * AHEAD + 1
    assert amprep_threads() == []


def test_an_interrupt_in_the_reader_ends_the_threads():
    def read():
        for _ in ThreadsEngine(2).map_ordered(lambda n: n, itertools.count()):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        read()
    assert amprep_threads() == []


def test_one_worker_needs_no_threads_and_none_given_takes_all_processors(monkeypatch):
    import os

    assert isinstance(engine_for(1), SerialEngine)
    several = engine_for(3)
    assert isinstance(several, ThreadsEngine)
    assert several.workers == 3
    monkeypatch.setattr(os, "cpu_count", lambda: 7)
    assert engine_for(None).workers == 7
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert isinstance(engine_for(None), SerialEngine)
