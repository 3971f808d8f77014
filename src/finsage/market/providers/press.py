"""Headlines for all assets at once: what each provider is asked, in as few questions as it allows.

The cost grows with distinct names, not with users, and is bounded: a provider that takes words is asked for some of the
names at a time, and for the next ones when its turn comes again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast

from finsage.market.providers import cryptopanic, gdelt, newsapi
from finsage.market.providers.choice import PASSES, Failure, Providers
from finsage.market.providers.feeds import ENTRIES_MAX, Feeds
from finsage.market.providers.protocol import Answer, Capability, Headline, News, NewsQuestion, Provider
from finsage.platform.http import Outbound

QUESTIONS_MAX = 2
"""Questions to one provider in a run: at 48 runs a day this fits the smallest plan of NewsAPI, 100 requests a day."""

COINS_MAX = 20
"""More coins than these are not asked for one by one, but with the latest news of all coins."""

LIMIT = 200
FEEDS_AT_ONCE = 8
_QUERY_LENGTHS = {
    "newsapi": newsapi.QUERY_LENGTH_MAX,
    "gdelt": gdelt.QUERY_LENGTH_MAX - len("() sourcelang:portuguese"),
}
_BETWEEN = len('"" OR ')


@dataclass(frozen=True, slots=True)
class WantedNews:
    """What assets of all tenants are called, each name once."""

    names: tuple[str, ...] = ()
    tickers: tuple[str, ...] = ()
    coins: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.names or self.tickers or self.coins)


@dataclass(slots=True)
class Gathered:
    """What those providers said that have news: answers by provider, and those that failed."""

    providers: Providers
    answers: dict[str, list[Answer[Headline]]] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)


async def headlines(providers: Providers, wanted: WantedNews, since: datetime, turn: int) -> Gathered:
    """Headlines of every provider that has any for what is wanted; all are asked, none stands in for another.

    Args:
        providers: of the installation.
        wanted: what assets are called.
        since: older ones are of no use.
        turn: the number of this run, which decides which of many names are asked for.
    """
    able = providers.able(Capability.NEWS)
    found = Gathered(Providers(able))
    asked = [(provider, questions(provider.name, wanted, since, turn)) for provider in able]
    await asyncio.gather(*(_ask(provider, ones, found) for provider, ones in asked if ones))
    # In the order of the settings, not that in which they answered: of the same headline the first stays.
    found.answers = {provider.name: found.answers[provider.name] for provider in able if provider.name in found.answers}
    return found


async def _ask(provider: Provider, asked: Sequence[NewsQuestion], found: Gathered) -> None:
    for question in asked:
        try:
            answer = await cast("News", provider).news(question)
        except PASSES as error:
            found.failures.append(Failure(provider.name, error))
            return
        found.answers.setdefault(provider.name, []).append(answer)
        found.failures += [Failure(provider.name, one.error, one.key) for one in answer.failed]


def questions(provider: str, wanted: WantedNews, since: datetime, turn: int) -> list[NewsQuestion]:
    """What one provider is asked in this run; nothing where it has no news of what is wanted."""
    if provider == "feeds":
        return [NewsQuestion(since=since, limit=ENTRIES_MAX)]
    if provider == "coingecko-news":
        coins = wanted.coins if len(wanted.coins) <= COINS_MAX else ()
        return [NewsQuestion(symbols=coins, since=since, limit=LIMIT)] if wanted.coins else []
    if provider == cryptopanic.NAME:
        size = cryptopanic.SYMBOLS_MAX
        batches = [wanted.tickers[at : at + size] for at in range(0, len(wanted.tickers), size)]
        return [NewsQuestion(symbols=batch, since=since, limit=LIMIT) for batch in _turn(batches, turn)]
    if provider in _QUERY_LENGTHS:
        batches = _packed(wanted.names, _QUERY_LENGTHS[provider])
        return [NewsQuestion(words=batch, since=since, limit=LIMIT) for batch in _turn(batches, turn)]
    return []


def _packed(names: Sequence[str], length_max: int) -> list[tuple[str, ...]]:
    batches: list[list[str]] = []
    room = 0
    for name in names:
        length = len(name) + _BETWEEN
        if length > length_max:
            continue
        if length > room:
            batches.append([])
            room = length_max
        batches[-1].append(name)
        room -= length
    return [tuple(batch) for batch in batches]


def _turn(batches: Sequence[tuple[str, ...]], turn: int) -> list[tuple[str, ...]]:
    if len(batches) <= QUESTIONS_MAX:
        return list(batches)
    first = turn * QUESTIONS_MAX
    return [batches[(first + place) % len(batches)] for place in range(QUESTIONS_MAX)]


@dataclass(frozen=True, slots=True)
class Fed:
    """What one feed said: its headlines, or why there are none."""

    answer: Answer[Headline] | None = None
    failure: Failure | None = None


async def feeds(outbound: Outbound, addresses: Sequence[str], since: datetime) -> dict[str, Fed]:
    """What each of these feeds says; each is asked once, and one that fails costs the others nothing."""
    slots = asyncio.Semaphore(FEEDS_AT_ONCE)

    async def read(address: str) -> Fed:
        async with slots:
            try:
                return Fed(await Feeds(outbound, [address]).news(NewsQuestion(since=since, limit=ENTRIES_MAX)))
            except PASSES as error:
                return Fed(failure=Failure("feeds", error))

    distinct = list(dict.fromkeys(addresses))
    return dict(zip(distinct, await asyncio.gather(*map(read, distinct)), strict=True))
