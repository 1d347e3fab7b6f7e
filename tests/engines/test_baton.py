"""One worker at a time, but for the time it is away."""

from __future__ import annotations

import threading

import pytest

from amprep.engines.baton import away, working
from amprep.engines.threads import ThreadsEngine


def test_only_one_worker_works_at_a_time():
    inside, most, lock = 0, 0, threading.Lock()

    def unit(_):
        nonlocal inside, most
        with working():
            with lock:
                inside += 1
                most = max(most, inside)
            threading.Event().wait(0.002)
            with lock:
                inside -= 1

    list(ThreadsEngine(4).map_ordered(unit, range(12)))
    assert most == 1


def test_while_one_is_away_another_works():
    meeting = threading.Barrier(2, timeout=20)

    def unit(_):
        with working(), away():
            meeting.wait()  # breaks unless both are here at once
        return True

    assert list(ThreadsEngine(2).map_ordered(unit, range(2))) == [True, True]


def test_a_fault_while_away_leaves_the_baton_free():
    def unit(item):
        with working(), away():
            if item == 1:
                raise ValueError("away")
        return item

    results = ThreadsEngine(2).map_ordered(unit, range(4))
    assert next(results) == 0
    with pytest.raises(ValueError, match="away"):
        list(results)
    with working():
        pass


def test_outside_of_an_engine_nothing_is_held():
    with away(), away():
        pass
    with working(), working(), away():
        pass
