"""The wire shapes of explanations: a figure, its formula, and everything it was worked out from."""

from __future__ import annotations

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import Field

from finsage.finance.explanation.model import Kind
from finsage.platform.wire import Dec, Wire
from finsage.portfolio.schemas.figures import WarningOut

Value = str | float | int | None
"""Money, prices, rates and units as decimal strings; ratios and counts as numbers; null where unknown."""


class Owned(Wire):
    """A row of a portfolio; null where it is of all of them together."""

    portfolio_id: UUID | None


class Named(Owned):
    """A row about an asset, or about money, whose ``symbol`` is its currency and whose ``asset_id`` is null."""

    asset_id: UUID | None
    symbol: str | None


class OfAsset(Wire):
    """What is of a benchmark."""

    asset_id: UUID
    symbol: str


class TermOut(Named):
    """A number of the formula."""

    name: str
    value: Value
    kind: Kind
    day: date | None


class ContributionOut(Named):
    """What one transaction added to (+) or took from (−) the figure."""

    name: str
    day: date
    transaction_id: UUID | None
    amount: Dec | None


class ValuationOut(Named):
    """One asset or currency at the end of a day: quantity × price × multiplier × rate.

    Without a price (``is_at_cost``) its value is ``gross_cost``, the cost without fees and taxes.
    """

    day: date
    currency: str
    quantity: Dec
    price: Dec | None
    multiplier: Dec
    rate: Dec | None
    value: Dec | None
    cost_local: Dec | None
    cost: Dec | None
    gross_cost: Dec | None
    cost_now: Dec | None
    is_at_cost: bool


class LotUsedOut(Named):
    """An open lot; costs are of the units left, in base currency but for ``cost_in_asset_currency``."""

    id: str
    transaction_id: UUID
    account: str
    acquired_on: date
    quantity_acquired: Dec
    quantity: Dec
    unit_cost: Dec | None
    cost: Dec | None
    fee_cost: Dec | None
    tax_cost: Dec | None
    cost_in_asset_currency: Dec | None


class MatchOut(Named):
    """A part of a disposal and the lot it came from; ``lot`` is null for units never acquired.

    ``opened`` is what the units cost in the asset's currency (short ones: brought), ``opened_now`` the same at ``rate``
    / ``rate_per`` of the day. ``gain_price`` = proceeds − ``opened_now`` (short: ``opened_now`` − cost), ``gain_fx``
    the rest of the gain.
    """

    transaction_id: UUID
    account: str
    lot: str | None
    acquired_on: date | None
    disposed_on: date
    quantity: Dec
    cost: Dec | None
    proceeds: Dec | None
    fees: Dec | None
    held_days: int
    term: Literal["long", "short"]
    reason: str
    is_short: bool
    opened: Dec | None
    rate: Dec | None
    rate_per: Dec
    opened_now: Dec | None
    gain: Dec | None
    gain_price: Dec | None
    gain_fx: Dec | None


class DisposalOut(Named):
    """A realised gain: proceeds − cost; price = proceeds − ``cost_now``; fx = ``cost_now`` − cost."""

    day: date
    transaction_id: UUID
    proceeds: Dec | None
    cost: Dec | None
    cost_local: Dec | None
    rate: Dec | None
    rate_per: Dec | None
    cost_now: Dec | None
    gain: Dec | None
    price: Dec | None
    fx: Dec | None


class FlowOut(Owned):
    """Money in (+) or out (−), ``days`` after the start; ``weight`` is its part of the period, where that counts."""

    day: date
    transaction_id: UUID
    amount: Dec | None
    days: int
    weight: float | None


class SubPeriodOut(Wire):
    """A stretch with flows on its only day, or with none at all; ``growth`` is 1 when nothing was there."""

    start: date
    end: date
    start_value: Dec
    inflow: Dec
    outflow: Dec
    end_value: Dec
    growth: float
    is_idle: bool


class CurveOut(Wire):
    """Dated numbers, columns of equal length."""

    name: Literal["returns", "log_returns", "growth"]
    days: list[date]
    values: list[float]


class SpanOut(Named):
    """Days on which the same amount was invested."""

    start: date
    end: date
    invested_local: Dec | None
    invested: Dec | None


class UnitValueOut(OfAsset):
    """A unit of the benchmark on a day: close × rate × splits, those since the start, = value in base currency."""

    day: date
    currency: str
    close: Dec
    rate: Dec | None
    splits: Dec
    value: Dec | None


class BoughtOut(OfAsset, Owned):
    """Units of the benchmark that money bought (+) or was taken out of (−): amount / ``unit_value``, 18 decimals.

    The value at the start has no transaction. Units are of the size they had at the start.
    """

    day: date
    transaction_id: UUID | None
    amount: Dec | None
    unit_value: Dec | None
    units: Dec | None


class PriceUsedOut(Named):
    """The price of a day and the day it is of. ``source`` ``trade`` is an own trade standing in for a quote."""

    on: date
    price: Dec
    quoted_on: date
    age_days: int
    is_stale: bool
    source: Literal["quote", "trade"]
    provider: str | None


class RateUsedOut(Wire):
    """Units of ``quote`` for one ``base`` on a day, and the day of the older rate it was made from."""

    base: str
    quote: str
    on: date
    rate: Dec
    quoted_on: date
    age_days: int
    is_stale: bool


class TransactionUsedOut(Named):
    """A transaction that took part, as it was entered."""

    id: UUID
    day: date
    type: str
    account: str | None
    quantity: Dec | None
    unit_price: Dec | None
    gross: Dec | None
    fee: Dec
    fee_currency: str | None
    tax: Dec
    currency: str | None
    fx_rate: Dec | None
    settle_currency: str | None
    settle_amount: Dec | None
    to_symbol: str | None
    to_quantity: Dec | None
    ratio: Dec | None


class PortionOut(Wire):
    """What one portfolio has in a term, or in the figure itself; ``figure`` of it says how that came about."""

    portfolio_id: UUID
    portfolio_name: str
    term: str
    figure: str
    value: Dec | None


class PoliciesOut(Wire):
    """The choices that the figure depends on; null where portfolios differ in them, each following its own."""

    lot_method: str | None
    lot_scope: str | None
    fees_in_cost: bool | None
    taxes_in_cost: bool | None
    cash: str | None
    flow_timing: str
    calendar: str


class ExplanationOut(Named):
    """A figure and all it follows from.

    ``expression`` is the formula in the names of terms, and of columns as ``table.column``; ``growth`` is that of a
    sub-period; ``words`` say the same in a sentence. Of more transactions than are listed the newest are;
    ``transactions_count`` counts all. Of all portfolios together ``portfolio_id`` and its name are null, rows say whose
    they are, and ``portions`` what each has in it; else there are none. ``benchmark`` is the asset the
    figure compares with, which ``unit_values`` and ``bought`` are of.
    """

    benchmark: OfAsset | None
    portfolio_name: str | None
    figure: str
    value: Value
    kind: Kind
    reason: str | None
    formula: str
    expression: str
    growth: str | None
    words: str
    numerator: str | None
    denominator: str | None
    since: date = Field(alias="from", serialization_alias="from")
    to: date
    base_currency: str
    policies: PoliciesOut
    portions: list[PortionOut]
    terms: list[TermOut]
    contributions: list[ContributionOut]
    valuations: list[ValuationOut]
    lots: list[LotUsedOut]
    matches: list[MatchOut]
    disposals: list[DisposalOut]
    flows: list[FlowOut]
    sub_periods: list[SubPeriodOut]
    curve: CurveOut | None
    spans: list[SpanOut]
    unit_values: list[UnitValueOut]
    bought: list[BoughtOut]
    transactions: list[TransactionUsedOut]
    transactions_count: int
    prices: list[PriceUsedOut]
    rates: list[RateUsedOut]
    warnings: list[WarningOut]
