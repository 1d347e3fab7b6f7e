"""Engines: the order is kept, few units are in flight, faults pass, and an early end stops the work."""

from __future__ import annotations

import itertools
import multiprocessing
import os
import pickle
import signal
import sys
import threading
import time

import pytest

from amprep.engines import engine_for
from amprep.engines.processes import ProcessesEngine
from amprep.engines.serial import SerialEngine
from amprep.engines.threads import AHEAD, ThreadsEngine
from amprep.errors import InternalError, MeshError

MAPS = [
    SerialEngine().map_ordered,
    SerialEngine().map_apart,
    ThreadsEngine(1).map_ordered,
    ThreadsEngine(2).map_apart,
    ThreadsEngine(5).map_ordered,
    ProcessesEngine(2).map_ordered,
    ProcessesEngine(1).map_apart,
    ProcessesEngine(2).map_apart,
    ProcessesEngine(3).map_apart,
]
NAMES = [
    "serial",
    "serial apart",
    "1 thread",
    "2 threads apart",
    "5 threads",
    "2 workers",
    "1 process",
    "2 processes",
    "3 processes",
]


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


@pytest.mark.parametrize("mapped", MAPS, ids=NAMES)
def test_results_come_in_the_order_of_the_units(mapped):
    def slower_first(number):
        time.sleep(0.002 * (10 - number))
        return number * number

    assert list(mapped(slower_first, range(10))) == [number**2 for number in range(10)]


@pytest.mark.parametrize("mapped", MAPS, ids=NAMES)
def test_no_units_give_no_results(mapped):
    assert list(mapped(str, [])) == []


@pytest.mark.parametrize("mapped", MAPS, ids=NAMES)
def test_nothing_is_worked_on_before_the_first_result_is_wanted(mapped):
    items = Counted(range(3))
    mapped(str, items)
    assert items.taken == 0


@pytest.mark.parametrize("mapped", MAPS, ids=NAMES)
def test_endless_units_stream(mapped):
    assert list(itertools.islice(mapped(lambda n: 2 * n, itertools.count()), 50)) == list(range(0, 100, 2))


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


@pytest.mark.parametrize("mapped", MAPS, ids=NAMES)
def test_a_fault_passes_at_its_place_in_the_order(mapped):
    def work(number):
        if number == 3:
            raise ZeroDivisionError("unit 3")
        return number

    got = []
    with pytest.raises(ZeroDivisionError, match="unit 3"):
        got.extend(iter_into(got, mapped(work, range(10))))
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


@pytest.mark.parametrize("mapped", MAPS, ids=NAMES)
def test_a_fault_of_the_units_themselves_passes(mapped):
    def items():
        yield 1
        raise LookupError("no more")

    with pytest.raises(LookupError, match="no more"):
        list(mapped(str, items()))
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
    assert isinstance(engine_for(1), SerialEngine)
    several = engine_for(3)
    assert isinstance(several, ProcessesEngine)
    assert several.workers == 3
    monkeypatch.setattr(os, "cpu_count", lambda: 7)
    assert engine_for(None).workers == 7
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert isinstance(engine_for(None), SerialEngine)


def test_processes_are_others_and_see_what_the_caller_has():
    """The function is no file's: it could not be pickled. What it changes stays in its process."""
    known = {"factor": 3}

    def work(number):
        known["factor"] += 1
        return number * known["factor"], os.getpid()

    results = list(ProcessesEngine(2).map_apart(work, range(6)))
    assert known == {"factor": 3}
    if sys.platform == "linux":
        assert os.getpid() not in {pid for _, pid in results}
        assert len({pid for _, pid in results}) == 2


def test_beside_another_thread_no_process_is_split_off():
    gate = threading.Event()
    other = threading.Thread(target=gate.wait, args=(20,))
    other.start()
    try:
        assert set(ProcessesEngine(2).map_apart(lambda _: os.getpid(), range(4))) == {os.getpid()}
    finally:
        gate.set()
        other.join()


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_units_in_flight_to_processes_are_bounded(workers):
    items = Counted(range(40))
    most = 0
    for read, _ in enumerate(ProcessesEngine(workers).map_apart(lambda n: n, items)):
        most = max(most, items.taken - read)
    assert items.taken == 40
    assert most <= workers * AHEAD


def test_an_error_comes_back_whole_from_a_process():
    def work(number):
        raise MeshError(
            "broken", code="E207", where=f"{number}.stl", why="because", fix="mend it", faults=["a"]
        )

    with pytest.raises(MeshError) as caught:
        list(ProcessesEngine(2).map_apart(work, range(2)))
    assert caught.value.as_dict() == {
        "code": "E207",
        "where": "0.stl",
        "what": "broken",
        "why": "because",
        "fix": "mend it",
        "faults": ["a"],
    }


on_linux = pytest.mark.skipif(sys.platform != "linux", reason="processes are split off on Linux only")


class TwoArgumentsError(Exception):
    def __init__(self, what, why):
        super().__init__(f"{what} {why}")


def local_fault():
    class LocalError(Exception):
        pass

    raise LocalError("odd")


def fault_that_is_made_of_two():
    raise TwoArgumentsError("odd", "even")


@on_linux
@pytest.mark.parametrize("work", [local_fault, fault_that_is_made_of_two])
def test_what_cannot_be_pickled_is_told_as_our_fault(work, capfd):
    with pytest.raises(InternalError, match="odd") as caught:
        list(ProcessesEngine(2).map_apart(lambda _: work(), range(2)))
    assert caught.value.code == "E701"
    assert "Traceback" in caught.value.why
    assert capfd.readouterr().err == ""
    assert multiprocessing.active_children() == []


@on_linux
def test_a_result_that_cannot_be_pickled_is_told(capfd):
    with pytest.raises((AttributeError, pickle.PicklingError), match="lambda"):
        list(ProcessesEngine(2).map_apart(lambda _: lambda: None, range(2)))
    assert capfd.readouterr().err == ""
    assert multiprocessing.active_children() == []


@on_linux
def test_in_a_process_that_may_have_no_children_threads_do_the_work():
    def work(number):
        return list(ProcessesEngine(2).map_apart(lambda n: n * number, range(3)))

    assert list(ProcessesEngine(2).map_apart(work, range(4))) == [[0, n, 2 * n] for n in range(4)]


@on_linux
def test_processes_that_are_killed_when_all_is_done_lose_nothing():
    seen = []
    for result in ProcessesEngine(2).map_apart(lambda n: n, range(4)):
        seen.append(result)
        if result == 3:
            for child in multiprocessing.active_children():
                child.kill()
                child.join()
    assert seen == [0, 1, 2, 3]
    assert multiprocessing.active_children() == []


@on_linux
def test_a_process_that_is_killed_while_idle_is_told():
    results = ProcessesEngine(1).map_apart(lambda n: n, itertools.count())
    assert next(results) == 0
    for child in multiprocessing.active_children():
        child.kill()
        child.join()
    with pytest.raises(InternalError) as caught:
        list(itertools.islice(results, 50))
    assert caught.value.code == "E702"


@on_linux
def test_a_process_that_is_killed_is_an_error_and_the_others_end():
    def work(number):
        if number == 2:
            os.kill(os.getpid(), signal.SIGKILL)
        return number

    with pytest.raises(InternalError, match="by force") as caught:
        list(ProcessesEngine(2).map_apart(work, range(50)))
    assert caught.value.code == "E702"
    assert multiprocessing.active_children() == []


@on_linux
@pytest.mark.parametrize("ending", ["close", "interrupt", "fault"])
def test_an_early_end_ends_the_processes(ending):
    def work(number):
        if ending == "fault" and number == 5:
            raise ValueError("unit 5")
        time.sleep(0.001)
        return number

    results = ProcessesEngine(2).map_apart(work, itertools.count())
    assert next(results) == 0
    if ending == "close":
        results.close()
    elif ending == "interrupt":
        with pytest.raises(KeyboardInterrupt):
            results.throw(KeyboardInterrupt)
    else:
        with pytest.raises(ValueError, match="unit 5"):
            list(results)
    assert multiprocessing.active_children() == []


@on_linux
def test_large_results_do_not_stop_the_pipes():
    results = ProcessesEngine(2).map_apart(lambda n: bytes([n]) * 3_000_000, range(12))
    assert [result[:1] for result in results] == [bytes([n]) for n in range(12)]


@on_linux
@pytest.mark.parametrize("ending", ["close", "throw"])
def test_processes_that_are_cut_short_within_a_unit_end(ending):
    """The signal becomes KeyboardInterrupt in the middle of the work, as the command line has it."""

    def interrupted(_number, _frame):
        raise KeyboardInterrupt

    def work(number):
        end = time.monotonic() + (0.0 if number == 0 else 30.0)
        while time.monotonic() < end:
            time.sleep(0.01)
        return number

    before = signal.signal(signal.SIGTERM, interrupted)
    try:
        results = ProcessesEngine(2).map_apart(work, range(9))
        assert next(results) == 0
        time.sleep(0.1)
        began = time.monotonic()
        if ending == "close":
            results.close()
        else:
            with pytest.raises(KeyboardInterrupt):
                results.throw(KeyboardInterrupt)
    finally:
        signal.signal(signal.SIGTERM, before)
    assert time.monotonic() - began < 20
    assert multiprocessing.active_children() == []


@on_linux
def test_a_process_that_does_not_end_by_itself_is_ended():
    def work(number):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        if number:
            time.sleep(600)
        return number

    results = ProcessesEngine(2).map_apart(work, range(9))
    assert next(results) == 0
    results.close()
    assert multiprocessing.active_children() == []
