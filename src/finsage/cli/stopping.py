"""A stop that another thread may ask for."""

from __future__ import annotations

import asyncio
import threading


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
