"""What the core answers with: frozen values, exact decimals inside, None where a figure cannot be known.

Money is in the base currency unless a name says otherwise. Ratios are fractions as floats. A None among the rates has
its reason in ``reasons`` under the same name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from finsage.finance.cash_flow import Flow
from finsage.finance.money import UNKNOWN_RATE, Rate, exact


class Term(StrEnum):
    """How long a lot was held when it was sold."""

    LONG = "long"
    SHORT = "short"


@dataclass(frozen=True, slots=True)
class Notice:
    """Something the reader should know. ``code`` is stable; ``detail`` is one sentence.

    ``place`` is the portfolio and account it happened in, None where it is of no single one.
    """

    code: str
    detail: str
    transaction: str | None = None
    asset: str | None = None
    day: date | None = None
    place: tuple[str, str] | None = None


class LotView(NamedTuple):
    """Units bought at one cost on one day. ``quantity`` is negative for a short lot; costs are of what is left."""

    id: str
    transaction: str
    portfolio: str
    account: str
    asset: str
    acquired_on: date
    quantity_acquired: Decimal
    quantity: Decimal
    unit_cost: Decimal | None
    cost: Decimal | None
    fee_cost: Decimal | None
    tax_cost: Decimal | None
    cost_in_asset_currency: Decimal | None


class Match(NamedTuple):
    """A part of a disposal and the lot it came from; ``lot`` is None for units never acquired, at cost zero.

    ``fees`` were paid for buying and selling these units, whether they joined cost or not. ``rate`` converts the
    asset's currency to base on the day. ``opened`` is what the units cost when they were bought (a short one: brought
    when it was sold) in the asset's currency.
    """

    transaction: str
    asset: str
    portfolio: str
    account: str
    lot: str | None
    acquired_on: date | None
    disposed_on: date
    quantity: Decimal
    cost: Decimal | None
    proceeds: Decimal | None
    held_days: int
    term: Term
    reason: str
    fees: Decimal | None = None
    rate: Rate = UNKNOWN_RATE
    opened: Decimal | None = None
    is_short: bool = False

    @property
    def gain(self) -> Decimal | None:
        """Proceeds less cost."""
        if self.cost is None or self.proceeds is None:
            return None
        with exact():
            return self.proceeds - self.cost

    @property
    def gain_price(self) -> Decimal | None:
        """The part of the gain that came from the price: at the rate of the day from beginning to end."""
        if self.opened is None or self.cost is None or self.proceeds is None or self.rate.amount.is_nan():
            return None
        with exact():
            opened = self.rate.convert(self.opened)
            return opened - self.cost if self.is_short else self.proceeds - opened

    @property
    def gain_fx(self) -> Decimal | None:
        """The part of the gain that came from the exchange rate."""
        price, gain = self.gain_price, self.gain
        if price is None or gain is None:
            return None
        with exact():
            return gain - price

    @property
    def cost_in_asset_currency(self) -> Decimal | None:
        """The cost in the asset's currency; of a short position what it cost to close it."""
        return self._reverted(self.cost) if self.is_short else self.opened

    @property
    def proceeds_in_asset_currency(self) -> Decimal | None:
        """The proceeds in the asset's currency."""
        return self.opened if self.is_short else self._reverted(self.proceeds)

    def _reverted(self, amount: Decimal | None) -> Decimal | None:
        if amount is None:
            return None
        with exact():
            local = self.rate.revert(amount)
        return None if local.is_nan() else local


@dataclass(frozen=True, slots=True)
class MissingAcquisition:
    """Units sold or sent that were never acquired; the record stands until they are entered with their own date."""

    transaction: str
    asset: str
    portfolio: str
    account: str
    day: date
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Position:
    """Units and cost basis in one account, without any price. Cash has ``is_cash`` and its cost in base currency."""

    portfolio: str
    account: str
    asset: str
    is_cash: bool
    quantity: Decimal
    cost: Decimal | None
    cost_in_asset_currency: Decimal | None
    average_price: Decimal | None


@dataclass(frozen=True, slots=True)
class Holding:
    """An asset over all accounts in scope on the last day.

    ``average_price`` and ``price`` are in the asset's currency; ``price_on`` is the day the price is of.
    ``is_at_cost``: no price is known, the value shown is the cost without fees and taxes.
    """

    asset: str
    currency: str
    quantity: Decimal
    cost: Decimal | None
    average_price: Decimal | None
    market_value: Decimal | None
    price: Decimal | None
    price_on: date | None
    age_days: int | None
    is_stale: bool
    is_at_cost: bool


@dataclass(frozen=True, slots=True)
class Gain:
    """A gain, and how much of it came from prices and how much from exchange rates."""

    gain: Decimal | None
    price: Decimal | None
    fx: Decimal | None


@dataclass(frozen=True, slots=True)
class Charges:
    """Fees or taxes: all of them, those that joined cost or reduced proceeds, and the rest."""

    total: Decimal | None
    expensed: Decimal | None
    in_cost: Decimal | None


@dataclass(frozen=True, slots=True)
class Identity:
    """Both sides of the conservation of money, and the gain embedded in in-kind flows (market value − cost)."""

    left: Decimal | None
    right: Decimal | None
    embedded_gain: Decimal | None


@dataclass(frozen=True, slots=True)
class RoaiParts:
    """Numerators and denominators of one asset, which add up over assets; all in base currency."""

    gain: Decimal
    fee: Decimal
    invested: Decimal
    gain_end_fx: Decimal
    fee_end_fx: Decimal
    invested_end_fx: Decimal


@dataclass(frozen=True, slots=True)
class Roai:
    """Return on average invested money as Ghostfolio defines it; ``_end_fx`` values all at the last rate.

    ``sums`` are what it is the quotient of.
    """

    net: float | None
    gross: float | None
    net_end_fx: float | None
    gross_end_fx: float | None
    sums: RoaiParts

    @property
    def twi(self) -> Decimal | None:
        """The time-weighted average of money invested."""
        return None if self.sums.invested.is_nan() else self.sums.invested


@dataclass(frozen=True, slots=True)
class Performance:
    """Gain and returns over the period."""

    simple_gain: Decimal | None
    simple_return: float | None
    twr: float | None
    twr_annualised: float | None
    mwr: float | None
    mwr_period: float | None
    roots: tuple[float, ...]
    modified_dietz: float | None
    roai: Roai | None
    reasons: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Risk:
    """Fluctuation and drawdown over the period."""

    volatility: float | None
    volatility_period: float | None
    semi_volatility_period: float | None
    drawdown_max: float | None
    drawdown_days: int | None
    recovery_days: int | None
    reasons: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class AssetReport:
    """The figures of one asset in its own scope."""

    quantity: Decimal
    cost: Decimal | None
    market_value: Decimal | None
    realised: Gain
    unrealised: Gain
    income: Decimal | None
    fees: Charges
    taxes: Charges
    performance: Performance
    risk: Risk


@dataclass(frozen=True, slots=True)
class Series:
    """One value per calendar day from the start to the end of the period, both included.

    Arrays of shape (days,), float64 but for ``days`` (``datetime64[D]``). Money in base currency; ``flow`` is positive
    for money in; ``gain`` is cumulative since the start; ``twr`` and ``drawdown`` are fractions, ``drawdown`` ≤ 0.
    NaN where a rate is missing.
    """

    days: NDArray[np.datetime64]
    value: NDArray[np.float64]
    invested: NDArray[np.float64]
    flow: NDArray[np.float64]
    gain: NDArray[np.float64]
    twr: NDArray[np.float64]
    drawdown: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """Everything the core knows about a ledger over a period."""

    start: date
    end: date
    holdings: tuple[Holding, ...]
    lots: tuple[LotView, ...]
    realised: Gain
    matches: tuple[Match, ...]
    unrealised: Gain
    income: Decimal | None
    fees: Charges
    taxes: Charges
    start_value: Decimal | None
    market_value: Decimal | None
    net_flow: Decimal | None
    flows: tuple[Flow, ...]
    invested: Decimal | None
    cash: Mapping[str, Decimal]
    performance: Performance
    risk: Risk
    by_asset: Mapping[str, AssetReport]
    identity: Identity
    missing_acquisitions: tuple[MissingAcquisition, ...]
    warnings: tuple[Notice, ...]
    series: Series | None
