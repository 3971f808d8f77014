"""The client of Redis or Valkey: quick to give up, so that nobody waits for what is only there to be quicker.

An operation has 0.1 s, one that has to open a connection first 0.5 s more, for a handshake of TLS is no slowness; the
first that fails opens the circuit. From then on the store is left alone, without a request having to try, until a task
of its own finds that it answers again. Whoever asks meanwhile is told at once and does without.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any, TypeVar

from redis.asyncio import Connection, ConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import NoScriptError, RedisError, ResponseError
from redis.exceptions import TimeoutError as RedisTimeout

from finsage.platform.settings import InvalidSetting, Settings, redis_place
from finsage.platform.shared.errors import SharedStoreUnavailable
from finsage.platform.shared.meter import CIRCUIT_OPEN, FAILURES, SECONDS

OPERATION_SECONDS_MAX = 0.1
CONNECT_SECONDS_MAX = 0.5
SLOW_SECONDS = 0.05
"""An operation that takes this long on average is no help: the store is left alone like one that fails."""
LATE_MAX = 3
AT_ONCE_MAX = 64
PAGE_SECONDS_MAX = 2.0
PROBE_SECONDS_MIN = 0.5
PROBE_SECONDS_MAX = 30.0
LOG_SECONDS = 60.0
KEYS_PER_SCAN = 1000
LOOK_KEY = b"finsage:look"
_AVERAGED = 16
FAULTS = (RedisError, OSError, TimeoutError)

_log = logging.getLogger("finsage.redis")
_Found = TypeVar("_Found")


class _Patience:
    """How long one operation may still take, and how long it waited for a connection, which is counted apart."""

    def __init__(self, limit: asyncio.Timeout) -> None:
        self._limit = limit
        self.connecting_seconds = 0.0

    @contextmanager
    def of_this_operation(self) -> Iterator[None]:
        """It ends with the operation: the task that probes begins behind it and has its own limit."""
        token = _PATIENCE.set(self)
        try:
            yield
        finally:
            _PATIENCE.reset(token)

    @contextmanager
    def connecting(self) -> Iterator[None]:
        """While a connection is opened its own limit counts; then the operation has its whole time again."""
        now = asyncio.get_running_loop().time
        started = now()
        self._limit.reschedule(started + CONNECT_SECONDS_MAX)
        try:
            yield
            self._limit.reschedule(now() + OPERATION_SECONDS_MAX)
        finally:
            self.connecting_seconds += now() - started


_PATIENCE: ContextVar[_Patience] = ContextVar("_PATIENCE")


class _Connection(Connection):
    """A connection whose opening is no part of the operation that needs it.

    Args:
        tls: what the server's certificate is checked by, one for all; the library's own makes one for each connection
            and trusts the system's authorities beside those it is given.
        options: of the library.
    """

    def __init__(self, *, tls: ssl.SSLContext | None, **options: Any) -> None:
        super().__init__(**options)
        self._tls = tls

    def _connection_arguments(self) -> Mapping[str, Any]:
        return {**super()._connection_arguments(), "ssl": self._tls}

    async def connect(self) -> None:
        patience = _PATIENCE.get(None)
        opening: Callable[[], Awaitable[None]] = super().connect
        if self.is_connected or patience is None:
            await opening()
            return
        with patience.connecting():
            await opening()


class RedisStore:
    """The one client of a process.

    Args:
        client: of the library; it is called here alone.
        clock: monotonic seconds.
    """

    def __init__(self, client: Redis, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._client: Any = client  # the library's annotations leave open whether a call is to be awaited
        self._clock = clock
        self._busy = 0
        self._mean = 0.0
        self._late = 0
        self._fault = ""
        self._told_at = -LOG_SECONDS
        self._is_told = False
        self._probing: asyncio.Task[None] | None = None

    @property
    def fault(self) -> str:
        """Why the store is being left alone; empty while it is asked."""
        return self._fault

    async def get(self, key: bytes) -> bytes | None:
        """The value of a key.

        Raises:
            SharedStoreUnavailable: nothing can be told.
        """
        found: bytes | None = await self._ask(lambda: self._client.get(key))
        return found

    async def put(self, key: bytes, value: bytes, *, seconds: float) -> None:
        """Keep a value for so long, at most.

        Raises:
            SharedStoreUnavailable: it may be kept or not.
        """
        await self._ask(lambda: self._client.set(key, value, px=max(int(seconds * 1000), 1)))

    async def run(self, script: Script, key: bytes, *arguments: int) -> Any:
        """What a script gives for a key.

        Raises:
            SharedStoreUnavailable: it may have run or not.
        """
        return await self._ask(lambda: script.call(self._client, key, arguments))

    def script(self, text: str) -> Script:
        """A program in Lua for ``run``."""
        return Script(text)

    async def drop(self, prefix: bytes) -> int:
        """Delete every key that begins with the prefix, wait for it however long it takes, and say how many there were.

        Raises:
            SharedStoreUnavailable: some of them may be left.
        """
        count = 0
        try:
            async for keys in self._pages(prefix):
                count += await self._client.unlink(*keys)
        except FAULTS as error:
            raise SharedStoreUnavailable(f"Redis could not be emptied: {_said(error)}.") from error
        return count

    async def _pages(self, prefix: bytes) -> AsyncIterator[list[bytes]]:
        cursor: int | None = None
        while cursor != 0:
            # The prefixes are ours and hold none of the characters that have a meaning in a pattern.
            cursor, keys = await self._client.scan(cursor or 0, match=prefix + b"*", count=KEYS_PER_SCAN)
            if keys:
                yield keys

    async def look(self) -> str:
        """How it is, in words, for readiness: which does not depend on it."""
        try:
            return await self.demand()
        except SharedStoreUnavailable as error:
            return f"degraded: {error}; each process answers and counts for itself"

    async def demand(self) -> str:
        """How it is, in words.

        Raises:
            SharedStoreUnavailable: it does not answer, or refuses.
        """
        started = self._clock()
        await self.put(LOOK_KEY, b"1", seconds=1)
        return f"answers in {(self._clock() - started) * 1000:.1f} ms"

    async def _ask(self, call: Callable[[], Awaitable[_Found]]) -> _Found:
        if self._fault:
            raise SharedStoreUnavailable(self._fault)
        if self._busy >= AT_ONCE_MAX:
            FAILURES.labels("busy").inc()
            raise SharedStoreUnavailable("too many wait for it")
        self._busy += 1
        started = self._clock()
        limit = asyncio.timeout(OPERATION_SECONDS_MAX)
        patience = _Patience(limit)
        try:
            async with limit:
                with patience.of_this_operation():
                    found = await call()
        except ResponseError as error:
            # It answers, and does not want to: full, or without the right. The next may be let through.
            FAILURES.labels("refused").inc()
            self._tell("Redis refuses: %s", _said(error))
            raise SharedStoreUnavailable(_said(error)) from error
        except FAULTS as error:
            self._failed(error, self._clock() - started - patience.connecting_seconds)
            raise SharedStoreUnavailable(self._fault or _said(error)) from error
        finally:
            self._busy -= 1
            SECONDS.inc(self._clock() - started)
        self._late = 0
        self._mean += (self._clock() - started - patience.connecting_seconds - self._mean) / _AVERAGED
        if self._mean > SLOW_SECONDS:
            self._leave("slow", f"it takes {self._mean * 1000:.0f} ms to answer")
        return found

    def _failed(self, error: BaseException, seconds: float) -> None:
        is_timeout = isinstance(error, TimeoutError | RedisTimeout)
        if is_timeout and seconds > 2 * OPERATION_SECONDS_MAX and self._late < LATE_MAX:
            # The process was held up itself, so that this tells little of Redis; not for ever, though.
            self._late += 1
            FAILURES.labels("late").inc()
            return
        self._leave("timeout" if is_timeout else "error", _said(error))

    def _leave(self, reason: str, fault: str) -> None:
        FAILURES.labels(reason).inc()
        if self._fault:
            return  # others that were under way found the same
        self._fault = fault
        CIRCUIT_OPEN.set(1)
        self._is_told = self._tell("Redis is left alone: %s; each process answers and counts for itself", fault)
        self._probing = asyncio.create_task(self._probe())

    def _tell(self, line: str, fault: str) -> bool:
        """Log a line, unless another was logged within the last minute; whether it was."""
        if self._clock() - self._told_at < LOG_SECONDS:
            return False
        self._told_at = self._clock()
        _log.warning(line, fault)
        return True

    async def _probe(self) -> None:
        pause = PROBE_SECONDS_MIN
        while True:
            await asyncio.sleep(pause)
            started = self._clock()
            try:
                async with asyncio.timeout(CONNECT_SECONDS_MAX):
                    await self._client.ping()
            except FAULTS as error:
                self._fault = _said(error)
            else:
                # The first answer opens a connection, which takes longer than what comes over it.
                if self._clock() - started <= SLOW_SECONDS + OPERATION_SECONDS_MAX:
                    break
            pause = min(2 * pause, PROBE_SECONDS_MAX)
        self._fault, self._mean, self._late = "", 0.0, 0
        CIRCUIT_OPEN.set(0)
        if self._is_told:
            self._is_told = False
            _log.info("Redis answers again")

    async def aclose(self) -> None:
        """Close the connections."""
        if self._probing is not None:
            self._probing.cancel()
            await asyncio.gather(self._probing, return_exceptions=True)
        try:
            await self._client.aclose()
        except FAULTS as error:
            _log.debug("closing the connections to Redis: %s", _said(error))


class Script:
    """A program that Redis runs as one step.

    Args:
        text: in Lua; ``KEYS[1]`` is its key.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._digest = ""

    async def call(self, client: Any, key: bytes, arguments: tuple[int, ...]) -> Any:
        """Run it by its digest; a server that does not know it, as after its restart, is told it."""
        if self._digest:
            try:
                return await client.evalsha(self._digest, 1, key, *arguments)
            except NoScriptError:
                self._digest = ""
        found = await client.eval(self._text, 1, key, *arguments)
        self._digest = hashlib.sha1(self._text.encode(), usedforsecurity=False).hexdigest()
        return found


def _said(error: BaseException) -> str:
    if isinstance(error, TimeoutError | RedisTimeout):
        return "it does not answer in time"
    return f"{type(error).__name__}: {error}"


def open_store(settings: Settings) -> RedisStore:
    """The store of the settings, which name one; it is not asked yet.

    Raises:
        InvalidSetting: the file of authorities holds none.
    """
    assert settings.redis_url is not None, "whoever calls has looked"
    place = redis_place(settings.redis_url)
    pool = ConnectionPool(
        connection_class=_Connection,
        tls=_checked_by(settings.redis_ca_file) if place.has_tls else None,
        host=place.host,
        port=place.port,
        db=place.number,
        username=place.username,
        password=place.password,
        socket_timeout=PAGE_SECONDS_MAX,  # what requests wait for has its own, shorter limit
        socket_connect_timeout=CONNECT_SECONDS_MAX,
        retry=Retry(NoBackoff(), 0),
        max_connections=2 * AT_ONCE_MAX,
        protocol=2,
    )
    return RedisStore(Redis.from_pool(pool))


def _checked_by(ca_file: Path | None) -> ssl.SSLContext:
    """What a server's certificate is checked by: an own authority alone, or those that the system trusts."""
    try:
        return ssl.create_default_context(cafile=ca_file)
    except OSError as error:
        reason = error.strerror or error
        raise InvalidSetting(f"FINSAGE_REDIS_CA_FILE: {ca_file} holds no certificate in PEM ({reason}).") from error
