"""How a portfolio's value is spread over assets, classes, currencies or accounts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from finsage.finance.money import ZERO, allocate, exact
from finsage.finance.results import Holding
from finsage.portfolio.service.figures import Figures, cash_lines, day_move, known_sum, ratio


@dataclass(frozen=True, slots=True)
class Slice:
    """A part of the whole; ``market_value`` in base currency, ``weight`` a fraction of the total value.

    ``price_on`` is the newest day a price in it is of. ``day_return`` is None where no price is of the day itself and
    no exchange rate moved the value: a price of Friday that is carried over is no change of 0 % on Saturday.
    """

    key: str
    label: str
    market_value: Decimal | None
    weight: float | None
    day_return: float | None
    unrealised_return: float | None
    price_on: date | None = None


def allocation(figures: Figures, by: str) -> list[Slice]:
    """How the value is spread, largest first.

    Args:
        by: asset, asset_class, currency or account.
    """
    parts: dict[str, list[_Part]] = defaultdict(list)
    for part in _parts(figures):
        parts[part.keys[by]].append(part)
    total = figures.whole.market_value
    labels = {key: members[0].label if by == "asset" else key for key, members in parts.items()}
    slices = [_slice(key, labels[key], members, total, figures.whole.end) for key, members in parts.items()]
    return sorted(slices, key=lambda item: (item.market_value is None, -(item.market_value or ZERO), item.key))


@dataclass(frozen=True, slots=True)
class _Part:
    keys: Mapping[str, str]
    label: str
    market_value: Decimal | None
    cost: Decimal | None
    day_gain: Decimal | None
    price_on: date | None


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
                    holding.price_on,
                )
            )
    for line in cash_lines(figures):
        keys = {"asset": line.currency, "asset_class": "cash", "currency": line.currency, "account": line.account}
        parts.append(_Part(keys, line.currency, line.value, None, None, None))
    return parts


def _by_account(figures: Figures, holding: Holding) -> Sequence[tuple[str, Decimal]]:
    """The accounts that hold an asset, with the units in each."""
    return [(p.account, p.quantity) for p in figures.positions if p.asset == holding.asset and p.quantity]


def _share(amount: Decimal | None, units: Decimal, holding: Holding) -> Decimal | None:
    return None if amount is None else allocate(amount, units, holding.quantity)


def _slice(key: str, label: str, members: list[_Part], total: Decimal | None, day: date) -> Slice:
    value = known_sum(part.market_value for part in members)
    priced = [part for part in members if part.cost is not None and part.market_value is not None]
    held = known_sum(part.market_value for part in priced) or ZERO
    cost = known_sum(part.cost for part in priced)
    moved = known_sum(part.day_gain for part in priced)
    price_on = max((part.price_on for part in priced if part.price_on is not None), default=None)
    has_change = bool(moved) or price_on == day
    with exact():
        before = held - moved if moved is not None else None
        gained = held - cost if cost is not None else None
    return Slice(
        key=key,
        label=label,
        market_value=value,
        weight=ratio(value, total),
        day_return=ratio(moved, before) if priced and has_change else None,
        unrealised_return=ratio(gained, cost),
        price_on=price_on,
    )
