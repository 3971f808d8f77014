"""Stops: what another thread may ask for, and SIGTERM for verbs that are soon done."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn


class Stop:
    """Lets the thread that watches the database end the server's event loop."""

    def __init__(self) -> None:
        self.reason: str | None = None
        self._event: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lock = threading.Lock()

    def bind(self) -> asyncio.Event:
        with self._lock:
            self._loop, self._event = asyncio.get_running_loop(), asyncio.Event()
            if self.reason is not None:
                self._event.set()
            return self._event

    def because(self, reason: str) -> None:
        with self._lock:
            self.reason = reason
            if self._loop is not None and self._event is not None:
                self._loop.call_soon_threadsafe(self._event.set)


@contextmanager
def ended_in_order() -> Iterator[None]:
    """SIGTERM ends what runs inside as Ctrl-C does: what it started is stopped on the way out, with exit code 143.

    By itself it ends a process at once, and leaves its database running. Only the main thread hears of signals; in
    another nothing is changed.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, _leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _leave(number: int, _: object) -> NoReturn:
    raise SystemExit(128 + number)
