"""What a process keeps to be quicker, bounded by its bytes: the longest unused goes first."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, Protocol, TypeVar

from finsage.platform.telemetry import CACHE_BYTES, CACHE_EVICTIONS


class Sized(Protocol):
    """A value that knows what it takes."""

    def size_bytes(self) -> int:
        """Bytes of memory, about."""


_Key = TypeVar("_Key", bound=Hashable)
_Value = TypeVar("_Value", bound=Sized)


class BoundedMemory(Generic[_Key, _Value]):
    """Values by key, in least-recently-used order.

    Args:
        name: the label of its metrics.
        bytes_max: of all values together; one that takes more than a quarter of it is not kept.
    """

    def __init__(self, name: str, bytes_max: int) -> None:
        self._bytes_max = bytes_max
        self._bytes = 0
        self._values: OrderedDict[_Key, _Value] = OrderedDict()
        self._gauge = CACHE_BYTES.labels(name)
        self._evictions = CACHE_EVICTIONS.labels(name)

    def __len__(self) -> int:
        return len(self._values)

    @property
    def held_bytes(self) -> int:
        """What its values take."""
        return self._bytes

    def get(self, key: _Key) -> _Value | None:
        value = self._values.get(key)
        if value is not None:
            self._values.move_to_end(key)
        return value

    def put(self, key: _Key, value: _Value) -> bool:
        """Keep the value, unless it would crowd out the others."""
        self.drop(key)
        if value.size_bytes() > self._bytes_max // 4:
            return False
        self._values[key] = value
        self._bytes += value.size_bytes()
        while self._bytes > self._bytes_max:
            self.drop(next(iter(self._values)))
            self._evictions.inc()
        self._gauge.set(self._bytes)
        return True

    def drop(self, key: _Key, expected: _Value | None = None) -> bool:
        """Whether there was one: any, or the expected one, which another may have replaced meanwhile."""
        value = self._values.get(key)
        if value is None or (expected is not None and value is not expected):
            return False
        del self._values[key]
        self._bytes -= value.size_bytes()
        self._gauge.set(self._bytes)
        return True

    def clear(self) -> None:
        """Drop everything."""
        self._values.clear()
        self._bytes = 0
        self._gauge.set(0)
