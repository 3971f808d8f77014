"""Time limits of many requests kept by one timer: a timer per request costs more than all other bounds together."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

SWEEP_SECONDS = 0.5


class Deadline:
    """The time by which one task must have got somewhere; its task is cancelled when that has passed."""

    __slots__ = ("due", "is_expired", "task")

    def __init__(self, task: asyncio.Task[object], due: float) -> None:
        self.task = task
        self.due = due
        self.is_expired = False


class Deadlines:
    """Looks twice a second for tasks that are over their time."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._open: dict[Deadline, None] = {}
        self._sweeping: asyncio.AbstractEventLoop | None = None

    def start(self, seconds: float) -> Deadline:
        """Watch the current task for so many seconds, until ``lift``."""
        task = asyncio.current_task()
        assert task is not None, "ASGI applications run in a task"
        deadline = Deadline(task, self._clock() + seconds)
        self._open[deadline] = None
        loop = task.get_loop()
        if self._sweeping is not loop:
            self._sweeping = loop
            loop.call_later(SWEEP_SECONDS, self._sweep, loop)
        return deadline

    def lift(self, deadline: Deadline) -> None:
        """Watch no longer; does nothing the second time."""
        self._open.pop(deadline, None)

    def _sweep(self, loop: asyncio.AbstractEventLoop) -> None:
        now = self._clock()
        late = [deadline for deadline in self._open if deadline.due <= now and deadline.task.get_loop() is loop]
        for deadline in late:
            del self._open[deadline]
            deadline.is_expired = True
            deadline.task.cancel()
        if self._open:
            loop.call_later(SWEEP_SECONDS, self._sweep, loop)
        elif self._sweeping is loop:
            self._sweeping = None
