"""One call under way: its progress, its cancellation, its buffers."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Protocol

from palimpsest.protocol.errors import CallCancelled
from palimpsest.protocol.messages import Progress

MAXIMUM_PROGRESS_RATE = 20.0
"""Progress messages a second, at most, for one call."""


class Time(Protocol):
    """The passing of time; simulated in tests."""

    def now(self) -> float:
        """Return seconds that never go back."""

    def later(self, seconds: float, action: Callable[[], None]) -> Callable[[], None]:
        """Act once, later, unless the returned function is called before."""


class WallTime:
    """The time of this machine."""

    def now(self) -> float:
        """Return the monotonic clock."""
        return time.monotonic()

    def later(self, seconds: float, action: Callable[[], None]) -> Callable[[], None]:
        """Start a timer; return what cancels it."""
        timer = threading.Timer(seconds, action)
        timer.daemon = True
        timer.start()
        return timer.cancel


class Call:
    """What a handler gets beside its parameters.

    Parameters
    ----------
    send_progress
        Sends one progress message to the peer; must be safe to call from any thread.
    time
        Paces the progress.

    Attributes
    ----------
    buffers
        Binary buffers that travel with the result; the handler appends to it.
    """

    def __init__(self, send_progress: Callable[[Progress], None], time: Time | None = None) -> None:
        self.buffers: list[bytes] = []
        self._cancelled = threading.Event()
        self._throttle = Throttle(send_progress, 1.0 / MAXIMUM_PROGRESS_RATE, time or WallTime())

    @property
    def is_cancelled(self) -> bool:
        """Whether the peer asked to stop."""
        return self._cancelled.is_set()

    @property
    def cancelled_event(self) -> threading.Event:
        """Set when the peer asks to stop, for code that waits."""
        return self._cancelled

    def cancel(self) -> None:
        """Ask the handler to stop at its next check."""
        self._cancelled.set()

    def check(self) -> None:
        """Raise `CallCancelled` when the peer asked to stop."""
        if self.is_cancelled:
            raise CallCancelled

    def progress(self, stage: str, done: int, total: int, detail: str | None = None) -> None:
        """Tell how far the work is; also a place where a cancelled call stops."""
        self.check()
        self.report(stage, done, total, detail)

    def report(self, stage: str, done: int, total: int, detail: str | None = None) -> None:
        """Tell how far the work is, where stopping would not be safe."""
        self._throttle.offer(Progress(stage=stage, done=done, total=total, detail=detail))

    def finish(self) -> None:
        """Deliver the last progress; nothing is sent afterwards."""
        self._throttle.close()


class Throttle:
    """Delivers messages at most once an interval, and always the last one.

    A message that comes too early waits for its turn in a timer, so that a stage that
    reports once and then works for minutes is still shown.
    """

    def __init__(self, deliver: Callable[[Progress], None], interval: float, time: Time) -> None:
        self._deliver = deliver
        self._interval = interval
        self._time = time
        self._lock = threading.Lock()
        self._last = float("-inf")
        self._waiting: Progress | None = None
        self._cancel_timer: Callable[[], None] | None = None
        self._closed = False

    def offer(self, message: Progress) -> None:
        """Deliver now if the interval has passed, else hold in place of an older one."""
        with self._lock:
            if self._closed:
                return
            remaining = self._last + self._interval - self._time.now()
            if remaining <= 0 and self._waiting is None:
                self._send(message)
                return
            self._waiting = message
            if self._cancel_timer is None:
                self._cancel_timer = self._time.later(max(remaining, 0.0), self._flush)

    def close(self) -> None:
        """Deliver what still waits and stop."""
        with self._lock:
            self._closed = True
            if self._cancel_timer is not None:
                self._cancel_timer()
                self._cancel_timer = None
            self._send_waiting()

    def _flush(self) -> None:
        with self._lock:
            self._cancel_timer = None
            self._send_waiting()

    def _send_waiting(self) -> None:
        if self._waiting is not None:
            message, self._waiting = self._waiting, None
            self._send(message)

    def _send(self, message: Progress) -> None:
        # Under the lock: two threads must not deliver out of order.
        self._last = self._time.now()
        self._deliver(message)
