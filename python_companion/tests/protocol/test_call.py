"""Progress is throttled, in order, and its last message always arrives."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from itertools import pairwise
from operator import itemgetter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palimpsest.protocol.call import MAXIMUM_PROGRESS_RATE, Call
from palimpsest.protocol.errors import CallCancelled
from palimpsest.protocol.messages import Progress


class SimulatedTime:
    """Time that passes when it is told to."""

    def __init__(self) -> None:
        self._now = 0.0
        self._due: list[tuple[float, Callable[[], None]]] = []

    def now(self) -> float:
        return self._now

    def later(self, seconds: float, action: Callable[[], None]) -> Callable[[], None]:
        entry = (self._now + seconds, action)
        self._due.append(entry)
        return lambda: self._due.remove(entry)

    def advance(self, seconds: float) -> None:
        end = self._now + seconds
        while due := sorted((entry for entry in self._due if entry[0] <= end), key=itemgetter(0)):
            self._due.remove(due[0])
            self._now = due[0][0]
            due[0][1]()
        self._now = end


@given(steps=st.lists(st.floats(0, 0.2), min_size=1, max_size=60))
def test_at_most_twenty_a_second_and_the_last_one_always(steps: list[float]) -> None:
    time = SimulatedTime()
    sent: list[tuple[float, int]] = []
    call = Call(lambda progress: sent.append((time.now(), progress.done)), time)
    for number, step in enumerate(steps):
        time.advance(step)
        call.progress("s", number, len(steps))
    call.finish()
    numbers = [done for _, done in sent]
    assert numbers == sorted(set(numbers))
    assert numbers[-1] == len(steps) - 1
    # The last one does not wait for its turn: the peer gets its answer right after it.
    spaced = [when for when, _ in sent[:-1]]
    gaps = [later - earlier for earlier, later in pairwise(spaced)]
    assert all(gap >= 1 / MAXIMUM_PROGRESS_RATE - 1e-9 for gap in gaps)


def test_a_message_that_came_early_is_delivered_without_another() -> None:
    arrived = threading.Event()
    sent: list[str] = []

    def deliver(progress: Progress) -> None:
        sent.append(progress.stage)
        if progress.stage == "long":
            arrived.set()

    call = Call(deliver)
    call.progress("short", 1, 1)
    call.progress("long", 0, 1)
    assert sent == ["short"]
    assert arrived.wait(10)
    call.finish()
    assert sent == ["short", "long"]


def test_many_threads_keep_the_rate() -> None:
    times: list[float] = []
    call = Call(lambda progress: times.append(time.monotonic()))

    def work() -> None:
        end = time.monotonic() + 0.3
        while time.monotonic() < end:
            call.progress("s", 0, 1)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    call.finish()
    spaced = times[:-1]
    gaps = [later - earlier for earlier, later in pairwise(spaced)]
    assert min(gaps, default=1.0) >= 1 / MAXIMUM_PROGRESS_RATE - 0.005


def test_nothing_is_sent_after_the_end() -> None:
    sent: list[Progress] = []
    call = Call(sent.append)
    call.finish()
    call.report("late", 1, 1)
    assert sent == []


def test_progress_is_where_a_cancelled_call_stops() -> None:
    call = Call(lambda progress: None)
    call.cancel()
    call.report("unsafe to stop", 0, 1)
    with pytest.raises(CallCancelled):
        call.progress("safe to stop", 0, 1)
    call.finish()
