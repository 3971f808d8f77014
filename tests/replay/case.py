"""One question to one provider: the documented answer, and what its faults look like in this provider's shape."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from finsage.market.providers.protocol import Answer
from finsage.platform.http import Outbound
from replay.server import Answering, Reply


@dataclass(frozen=True)
class Case:
    """What the contract suite needs to know of a provider's question.

    ``documentation`` names the public pages that the replayed shape was taken from. ``changed`` renames or breaks the
    field ``changed_field``; ``none`` is the answer when there is nothing; ``twice`` repeats an entry, and ``told`` says
    whether a repetition can be seen at all (the last of two equal names in a JSON object stands, unseen).
    ``spoils_one`` makes one key fail, ``spoilt_key``, where keys are asked for one by one.
    """

    name: str
    documentation: tuple[str, ...]
    make: Callable[[Outbound, str], Any]
    answer: Answering
    ask: Callable[[Any], Awaitable[Answer[Any]]]
    check: Callable[[Answer[Any]], None]
    changed: Callable[[Reply], Reply]
    changed_field: str
    none: Callable[[Reply], Reply]
    twice: Callable[[Reply], Reply]
    told: bool = True
    not_found_is_missing: bool = False
    spoils_one: Callable[[Reply], Reply] | None = None
    spoilt_key: str = ""


def replaced(old: bytes, new: bytes, times: int = -1) -> Callable[[Reply], Reply]:
    """The same answer with some bytes replaced; fails where there are none to replace."""

    def mend(reply: Reply) -> Reply:
        assert old in reply.body, (old, reply.body[:200])
        return Reply(reply.body.replace(old, new, times), reply.status, reply.headers)

    return mend


def bodied(body: bytes, status: int = 200) -> Callable[[Reply], Reply]:
    return lambda reply: Reply(body, status, reply.headers)
