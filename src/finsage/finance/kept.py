"""Things by key that are made when they are first asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

_Key = TypeVar("_Key")
_Thing = TypeVar("_Thing")


class Kept(dict[_Key, _Thing]):
    """A dict that makes what it does not hold yet; ``make`` must not lead back to it, or both outlive their use."""

    __slots__ = ("_make",)

    def __init__(self, make: Callable[[_Key], _Thing]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, key: _Key) -> _Thing:
        made = self[key] = self._make(key)
        return made
