"""The wire shapes of figures: holdings, lots, gains, performance, allocation, flows."""

from __future__ import annotations

from datetime import date
from typing import Literal
from uuid import UUID

from finsage.platform.wire import Dec, Wire
from finsage.portfolio.schemas.fields import AllocationKey


class WarningOut(Wire):
    """Something to know about the figures beside it."""

    code: str
    message: str
    asset_id: UUID | None
    transaction_id: UUID | None
    day: date | None


class MissingOut(Wire):
    """Units taken out that were never acquired: record their purchase with its own date to mend it."""

    asset_id: UUID | None
    symbol: str
    day: date
    quantity: Dec
    account: str
    transaction_id: UUID


class HoldingOut(Wire):
    """Units of an asset over all accounts. Money is in the base currency unless a name says otherwise."""

    asset_id: UUID
    symbol: str
    name: str
    asset_class: str
    currency: str
    is_simulated: bool
    quantity: Dec
    price: Dec | None
    price_as_of: date | None
    is_stale: bool
    is_at_cost: bool
    market_value: Dec | None
    market_value_local: Dec | None
    cost_basis: Dec | None
    average_price: Dec | None
    unrealised_gain: Dec | None
    unrealised_gain_price: Dec | None
    unrealised_gain_fx: Dec | None
    unrealised_return: float | None
    weight: float | None
    day_gain: Dec | None
    day_return: float | None
    realised_gain: Dec | None
    income: Dec | None
    price_history: list[float]


class CashOut(Wire):
    """Money in one currency in one account; ``rate`` is base currency per unit of it."""

    account: str
    currency: str
    amount: Dec
    value: Dec | None
    rate: Dec | None
    rate_as_of: date | None


class TotalsOut(Wire):
    """The whole portfolio in its base currency; null where a price or rate is missing."""

    market_value: Dec | None
    securities_value: Dec | None
    cash_value: Dec | None
    cost_basis: Dec | None
    unrealised_gain: Dec | None
    realised_gain: Dec | None
    income: Dec | None
    fees: Dec | None
    taxes: Dec | None
    day_gain: Dec | None
    day_return: float | None


class HoldingsOut(Wire):
    """What is held at the end of ``as_of``."""

    portfolio_id: UUID
    as_of: date
    base_currency: str
    items: list[HoldingOut]
    cash: list[CashOut]
    totals: TotalsOut
    missing_acquisitions: list[MissingOut]
    warnings: list[WarningOut]


class LotOut(Wire):
    """Units bought at one cost on one day; costs are of the units left, in base currency."""

    id: str
    asset_id: UUID
    symbol: str
    account: str
    acquired_on: date
    quantity_acquired: Dec
    quantity: Dec
    unit_cost: Dec | None
    cost_basis: Dec | None
    fee_cost: Dec | None
    market_value: Dec | None
    unrealised_gain: Dec | None
    held_days: int
    term: Literal["long", "short"]
    days_to_long_term: int


class LotsOut(Wire):
    """Open lots, oldest first."""

    as_of: date
    base_currency: str
    items: list[LotOut]
    next_cursor: str | None


class RealisedOut(Wire):
    """A part of a sale and the lot it came from."""

    transaction_id: UUID
    asset_id: UUID | None
    symbol: str
    account: str
    sold_on: date
    acquired_on: date | None
    quantity: Dec
    proceeds: Dec | None
    cost: Dec | None
    gain: Dec | None
    held_days: int
    term: Literal["long", "short"]
    reason: str


class RealisedTotals(Wire):
    """Sums over the period, with the part of the gain that came from prices and from exchange rates.

    ``gain`` = ``gain_lots``, the sum of the sales, + ``currency_gain``, the exchange gain on foreign money, which has
    no lots.
    """

    proceeds: Dec | None
    cost: Dec | None
    gain: Dec | None
    gain_lots: Dec | None
    currency_gain: Dec | None
    gain_price: Dec | None
    gain_fx: Dec | None


class RealisedList(Wire):
    """Sales of the period."""

    base_currency: str
    items: list[RealisedOut]
    totals: RealisedTotals
    next_cursor: str | None


class SeriesOut(Wire):
    """One value per day, columns of equal length; null where a rate is missing."""

    days: list[date]
    value: list[Dec | None]
    invested: list[Dec | None]
    flow: list[Dec | None]
    twr: list[float | None]
    drawdown: list[float | None]


class SliceOut(Wire):
    """A part of the portfolio's value.

    ``target`` is the fraction it is meant to have, ``drift`` weight less target, ``trade`` what to buy (+) or sell (−)
    to reach it, in base currency and before costs. Null where there is no target. ``price_as_of`` is the newest day a
    price in it is of; ``day_return`` is null where that is before ``as_of`` and no exchange rate moved the value.
    """

    key: str
    label: str
    market_value: Dec | None
    weight: float | None
    day_return: float | None
    unrealised_return: float | None
    price_as_of: date | None
    target: Dec | None
    drift: float | None
    trade: Dec | None


class AllocationOut(Wire):
    """How the value is spread, largest part first."""

    as_of: date
    base_currency: str
    by: AllocationKey
    items: list[SliceOut]


class CashFlowOut(Wire):
    """External money in (+) or out (−)."""

    transaction_id: UUID
    day: date
    type: str
    account: str
    currency: str
    amount: Dec


class CashFlowList(Wire):
    """External flows by day."""

    items: list[CashFlowOut]
    next_cursor: str | None
