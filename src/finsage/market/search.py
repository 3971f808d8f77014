"""What a search shows: what is kept here and what providers found, each asset once and in an order that can be told.

Two hits are the same asset where they share an identity (ISIN, ticker@MIC, CAIP-19, a provider's key) and contradict
one another in nothing. A symbol alone is a label: two hits that share no more than that are two, and whoever searches
has to choose.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from finsage.market.asset import AssetClass
from finsage.market.identifiers import Identifier

_UNRANKED = 2**31


@dataclass(frozen=True, slots=True)
class Hit:
    """An asset that a search found. What is not stated is None or empty, never guessed.

    ``asset_id`` is set where it is kept here, ``is_own`` where it is the tenant's. ``rank`` is the best a provider
    gave it, 1 the most important. ``providers`` are those that found it.
    """

    symbol: str
    name: str
    asset_class: AssetClass | None = None
    currency: str | None = None
    mic: str = ""
    isin: str | None = None
    identifiers: tuple[Identifier, ...] = ()
    asset_id: UUID | None = None
    is_own: bool = False
    is_simulated: bool = False
    rank: int | None = None
    providers: tuple[str, ...] = ()


def identities(hit: Hit) -> frozenset[tuple[str, str]]:
    """What names this asset and no other: pairs of a scheme and a value."""
    found: set[tuple[str, str]] = {(one.scheme, one.value) for one in hit.identifiers}
    if hit.isin:
        found.add(("isin", hit.isin))
    if hit.mic:
        found.add(("listing", f"{hit.symbol.upper()}@{hit.mic}"))
    return frozenset(found)


def is_same(one: Hit, other: Hit) -> bool:
    """Whether two hits are one asset; two assets that are both kept here never are."""
    return bool(identities(one) & identities(other)) and not _contradict(one, other)


def _contradict(one: Hit, other: Hit) -> bool:
    stated = [
        (one.asset_id, other.asset_id),
        (one.currency, other.currency),
        (one.mic, other.mic),
        (one.isin, other.isin),
    ]
    return any(mine and theirs and mine != theirs for mine, theirs in stated)


def merged(hits: Iterable[Hit]) -> list[Hit]:
    """The hits with each asset once; the result does not depend on their order."""
    rest = sorted(set(hits), key=_canonical)
    found: list[Hit] = []
    while rest:
        hit = rest.pop(0)
        # What two have in common only together may be found by a third: judged anew after each union.
        twin = next((index for index, other in enumerate(rest) if is_same(hit, other)), None)
        if twin is None:
            found.append(hit)
        else:
            rest.insert(0, _union(hit, rest.pop(twin)))
            rest = [*found, *rest]
            rest.sort(key=_canonical)
            found = []
    return found


def _canonical(hit: Hit) -> tuple[bool, bool, str, str, str, str, str, str, str]:
    """What is kept here first, then in an order that no provider's answer decides."""
    names = " ".join(f"{one.scheme}={one.value}" for one in hit.identifiers)
    asset = str(hit.asset_id or "")
    by = " ".join(hit.providers)
    return hit.asset_id is None, not hit.is_own, hit.symbol, hit.mic, hit.currency or "", asset, names, hit.name, by


def _union(first: Hit, second: Hit) -> Hit:
    """Both as one; where both state something the first one's stands."""
    schemes = {one.scheme for one in first.identifiers}
    ranks = [rank for rank in (first.rank, second.rank) if rank is not None]
    return replace(
        first,
        asset_class=first.asset_class or second.asset_class,
        currency=first.currency or second.currency,
        mic=first.mic or second.mic,
        isin=first.isin or second.isin,
        identifiers=(*first.identifiers, *(one for one in second.identifiers if one.scheme not in schemes)),
        asset_id=first.asset_id or second.asset_id,
        is_own=first.is_own or second.is_own,
        is_simulated=first.is_simulated or second.is_simulated,
        rank=min(ranks) if ranks else None,
        providers=tuple(dict.fromkeys((*first.providers, *second.providers))),
    )


def ranked(hits: Iterable[Hit], query: str) -> list[Hit]:
    """In the order to show them.

    Exactly this symbol, ISIN or identifier first, then symbols that start so; among equals what is kept here, then
    names that start so, then as important as providers say, then by symbol and name.
    """
    wanted = query.strip().casefold()
    return sorted(hits, key=lambda hit: (*_closeness(hit, wanted), *_canonical(hit)))


def _closeness(hit: Hit, wanted: str) -> tuple[bool, bool, bool, bool, bool, int, str]:
    named = {hit.symbol.casefold(), (hit.isin or "").casefold(), *(one.value.casefold() for one in hit.identifiers)}
    return (
        wanted not in named,
        not hit.symbol.casefold().startswith(wanted),
        hit.asset_id is None,
        hit.is_simulated,
        not hit.name.casefold().startswith(wanted),
        hit.rank if hit.rank is not None else _UNRANKED,
        hit.symbol.casefold(),
    )


def ambiguous_symbols(hits: Sequence[Hit]) -> list[str]:
    """Symbols that several of these bear, in their order: nothing may be chosen by one of them."""
    counts: dict[str, int] = {}
    for hit in hits:
        symbol = hit.symbol.upper()
        counts[symbol] = counts.get(symbol, 0) + 1
    return [symbol for symbol, count in counts.items() if count > 1]
