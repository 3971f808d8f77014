"""Asking for the prices of many assets: each distinct key once, in batches, and of the next provider what failed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import count
from typing import cast

from finsage.market.candles import GIVEN
from finsage.market.errors import ChangedShape, CredentialRefused, NotOffered
from finsage.market.providers.choice import PASSES, Failure, Providers
from finsage.market.providers.protocol import (
    Candles,
    Capability,
    Events,
    Found,
    Histories,
    History,
    Names,
    Provider,
    Quote,
    Quotes,
    Source,
    Split,
)
from finsage.platform.http import ForbiddenAddress, RequestRefused

KEYS_AT_ONCE = 250
"""Keys handed to a provider in one call; a failure costs no more than these."""

LASTING = (ChangedShape, CredentialRefused, NotOffered, ForbiddenAddress, RequestRefused)
"""What asking again does not mend."""

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Wanted:
    """An asset by what providers call it, in the order they are to be asked: pairs of provider and key."""

    currency: str
    keys: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Priced:
    """A quote, who gave it, and the responses it came in."""

    provider: str
    quote: Quote
    sources: tuple[Source, ...]


@dataclass(slots=True)
class Quoted:
    """The quotes of those that have one, what failed on the way, and all that was received."""

    prices: dict[Wanted, Priced] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)
    received: list[tuple[str, Source]] = field(default_factory=list)


async def quotes(providers: Providers, wanted: Iterable[Wanted]) -> Quoted:
    """The latest price of each; the number of requests grows with distinct keys alone."""
    able = {provider.name: provider for provider in providers.able(Capability.QUOTES)}
    found = Quoted()
    pending = set(wanted)
    for place in count():
        groups = _grouped(pending, able, place)
        if not groups:
            return found
        for one, priced in (await _asked(able, groups, found)).items():
            found.prices[one] = priced[0]
        pending -= found.prices.keys()
    raise AssertionError("unreachable")  # count has no end


async def other_quotes(providers: Providers, wanted: Iterable[Wanted], found: Quoted) -> dict[Wanted, list[Priced]]:
    """What those providers say that were not asked, as the one before them had a price.

    Args:
        providers: of the installation.
        wanted: to be compared.
        found: their prices; failures and what is received are added.
    """
    able = {provider.name: provider for provider in providers.able(Capability.QUOTES)}
    groups: _Groups = {}
    for one in wanted:
        names = [name for name, _ in one.keys]
        asked = names.index(found.prices[one].provider) + 1 if one in found.prices else len(names)
        for name, key in one.keys[asked:]:
            if name in able:
                groups.setdefault((name, one.currency), {}).setdefault(key, []).append(one)
    return await _asked(able, groups, found)


_Groups = dict[tuple[str, str], dict[str, list[Wanted]]]


def _grouped(pending: Iterable[Wanted], able: dict[str, Provider], place: int) -> _Groups:
    groups: _Groups = {}
    for one in pending:
        usable = [(name, key) for name, key in one.keys if name in able]
        if place < len(usable):
            name, key = usable[place]
            groups.setdefault((name, one.currency), {}).setdefault(key, []).append(one)
    return groups


async def _asked(able: Mapping[str, Provider], groups: _Groups, found: Quoted) -> dict[Wanted, list[Priced]]:
    prices: dict[Wanted, list[Priced]] = {}
    for (name, currency), by_key in groups.items():
        for keys in _batches(list(by_key)):
            try:
                answer = await cast("Quotes", able[name]).quotes(keys, currency)
            except PASSES as error:
                found.failures.append(Failure(name, error))
                continue
            found.received += [(name, source) for source in answer.sources]
            found.failures += [Failure(name, one.error, one.key) for one in answer.failed]
            for quote in answer.values:
                for one in by_key.get(quote.key, ()):
                    sources = (quote.source,) if quote.source else answer.sources
                    prices.setdefault(one, []).append(Priced(name, quote, sources))
    return prices


def _batches(keys: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(keys), KEYS_AT_ONCE):
        yield keys[start : start + KEYS_AT_ONCE]


@dataclass(frozen=True, slots=True)
class Told:
    """The history of one asset, or its candles of one width, as one provider tells it."""

    provider: str
    history: History
    sources: tuple[Source, ...]


async def histories(
    providers: Providers, wanted: Wanted, first: date, last: date, failures: list[Failure]
) -> AsyncIterator[Told]:
    """The history of an asset from one provider after the other, for as long as the caller wants another.

    Args:
        providers: of the installation.
        wanted: the asset.
        first: the first day.
        last: the last day.
        failures: those that fail are added.
    """
    able = {provider.name: provider for provider in providers.able(Capability.HISTORY)}
    for name, key in wanted.keys:
        if name not in able:
            continue
        try:
            answer = await cast("Histories", able[name]).history(key, wanted.currency, first, last)
        except PASSES as error:
            failures.append(Failure(name, error))
            continue
        for history in answer.values:
            yield Told(name, history, answer.sources)


def giving_candles(providers: Providers) -> frozenset[str]:
    """The providers that give candles within a day."""
    return frozenset(provider.name for provider in providers.able(Capability.CANDLES))


async def candles(
    providers: Providers, wanted: Wanted, since: datetime | None, failures: list[Failure]
) -> tuple[list[Told], bool]:
    """The candles of an asset within its days from the first of its providers that gives any.

    Args:
        providers: of the installation.
        wanted: the asset.
        since: from when on, those of five minutes in one question; None for all that there are, those of an hour too.
        failures: one that fails is added; then nobody else is asked.

    Returns:
        What was told, and whether it is all.
    """
    able = {provider.name: provider for provider in providers.able(Capability.CANDLES)}
    told: list[Told] = []
    for name, key in wanted.keys:
        if name not in able:
            continue
        try:
            for interval in GIVEN if since is None else GIVEN[:1]:
                answer = await cast("Candles", able[name]).candles(
                    key, wanted.currency, since or _LONG_AGO, interval=interval
                )
                told += [Told(name, history, answer.sources) for history in answer.values]
                if not answer.values:
                    break
        except PASSES as error:
            failures.append(Failure(name, error))
            return told, False
        if told or since is not None:
            break
    return told, True


@dataclass(frozen=True, slots=True)
class ToldSplits:
    """The splits of one asset in a span of days, as one provider tells of them."""

    provider: str
    splits: tuple[Split, ...]
    first: date
    last: date


async def splits(
    providers: Providers, wanted: Wanted, first: date, last: date, failures: list[Failure]
) -> ToldSplits | None:
    """The splits of an asset as the first of its providers tells that keeps events; None where nobody tells."""
    able = {provider.name: provider for provider in providers.able(Capability.EVENTS)}
    for name, key in wanted.keys:
        if name not in able:
            continue
        try:
            answer = await cast("Events", able[name]).events(key, first, last)
        except PASSES as error:
            failures.append(Failure(name, error))
            continue
        return ToldSplits(name, tuple(event for event in answer.values if isinstance(event, Split)), first, last)
    return None


def naming(providers: Providers) -> frozenset[str]:
    """The providers that can tell what a key of theirs stands for."""
    return frozenset(provider.name for provider in providers.able(Capability.NAMES))


async def names(
    providers: Providers, keys: Mapping[str, Sequence[str]], found: Quoted
) -> dict[tuple[str, str], Found | None]:
    """What keys stand for now, by provider and key: None where it knows of none; where it failed they are left out.

    Args:
        providers: of the installation.
        keys: by provider.
        found: failures and what is received are added.
    """
    able = {provider.name: provider for provider in providers.able(Capability.NAMES)}
    told: dict[tuple[str, str], Found | None] = {}
    for name, asked in keys.items():
        if name not in able:
            continue
        try:
            answer = await cast("Names", able[name]).names(asked)
        except PASSES as error:
            found.failures.append(Failure(name, error))
            continue
        found.received += [(name, source) for source in answer.sources]
        found.failures += [Failure(name, one.error, one.key) for one in answer.failed]
        told |= {(name, one.key): one for one in answer.values} | {(name, key): None for key in answer.missing}
    return told
