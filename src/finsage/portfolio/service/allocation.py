"""How a portfolio's value is spread over assets, classes, currencies or accounts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from finsage.finance.money import ZERO, allocate, exact
from finsage.finance.results import Holding
from finsage.portfolio.service.figures import Figures, cash_lines, day_move, known_sum, ratio


@dataclass(frozen=True, slots=True)
class Slice:
    """A part of the whole; ``market_value`` in base currency, ``weight`` a fraction of the total value."""

    key: str
    label: str
    market_value: Decimal | None
    weight: float | None
    day_return: float | None
    unrealised_return: float | None


def allocation(figures: Figures, by: str) -> list[Slice]:
    """How the value is spread, largest first.

    Args:
        by: asset, asset_class, currency or account.
    """
    parts: dict[str, list[_Part]] = defaultdict(list)
    for part in _parts(figures):
        parts[part.keys[by]].append(part)
    total = figures.whole.market_value
    slices = [_slice(key, members, by, total) for key, members in parts.items()]
    return sorted(slices, key=lambda item: (item.market_value is None, -(item.market_value or ZERO), item.key))


@dataclass(frozen=True, slots=True)
class _Part:
    keys: Mapping[str, str]
    label: str
    market_value: Decimal | None
    cost: Decimal | None
    day_gain: Decimal | None


def _parts(figures: Figures) -> list[_Part]:
    parts = []
    for holding in figures.whole.holdings:
        asset = figures.book.asset(holding.asset)
        for account, units in _by_account(figures, holding):
            keys = {
                "asset": holding.asset,
                "asset_class": asset.asset_class if asset else "cash",
                "currency": holding.currency,
                "account": account,
            }
            gain, _ = day_move(figures, holding.asset)
            parts.append(
                _Part(
                    keys,
                    figures.book.label(holding.asset),
                    _share(holding.market_value, units, holding),
                    _share(holding.cost, units, holding),
                    _share(gain, units, holding),
                )
            )
    for line in cash_lines(figures):
        keys = {"asset": line.currency, "asset_class": "cash", "currency": line.currency, "account": line.account}
        parts.append(_Part(keys, line.currency, line.value, None, None))
    return parts


def _by_account(figures: Figures, holding: Holding) -> Sequence[tuple[str, Decimal]]:
    """The accounts that hold an asset, with the units in each."""
    return [(p.account, p.quantity) for p in figures.positions if p.asset == holding.asset and p.quantity]


def _share(amount: Decimal | None, units: Decimal, holding: Holding) -> Decimal | None:
    return None if amount is None else allocate(amount, units, holding.quantity)


def _slice(key: str, members: list[_Part], by: str, total: Decimal | None) -> Slice:
    value = known_sum(part.market_value for part in members)
    priced = [part for part in members if part.cost is not None and part.market_value is not None]
    held = known_sum(part.market_value for part in priced) or ZERO
    cost = known_sum(part.cost for part in priced)
    moved = known_sum(part.day_gain for part in priced)
    with exact():
        before = held - moved if moved is not None else None
        gained = held - cost if cost is not None else None
    return Slice(
        key=key,
        label=members[0].label if by == "asset" else key,
        market_value=value,
        weight=ratio(value, total),
        day_return=ratio(moved, before) if priced else None,
        unrealised_return=ratio(gained, cost),
    )
