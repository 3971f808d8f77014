"""What an explanation says: enough to work the figure out again by hand.

Money is in the base currency unless a name says otherwise, ratios are fractions. None is what cannot be known.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from finsage.finance.options import Options
from finsage.finance.results import LotView, Notice
from finsage.finance.results import Term as MatchTerm
from finsage.finance.transaction import Draft

Value = Decimal | float | int | None


class Kind(StrEnum):
    """What a number counts, which says how it is written."""

    MONEY = "money"
    PRICE = "price"
    RATE = "rate"
    UNITS = "units"
    RATIO = "ratio"
    DAYS = "days"
    COUNT = "count"


@dataclass(frozen=True, slots=True)
class Term:
    """A number of the formula under the name the formula gives it; of one asset where it is several, and of a day."""

    name: str
    value: Value
    kind: Kind
    asset: str | None = None
    day: date | None = None
    portfolio: str | None = None


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one transaction added to (+) or took from (−) the figure; without one, units missing or a market move."""

    name: str
    day: date
    transaction: str | None
    asset: str | None
    amount: Decimal | None
    portfolio: str | None = None


@dataclass(frozen=True, slots=True)
class Valuation:
    """One asset or currency at the end of a day: quantity × price × multiplier × rate.

    Without a price its value is ``gross_cost``, the cost without fees and taxes: no choice about cost changes a value.
    ``rate`` converts ``currency``, in which the asset is quoted, to the base currency. ``cost_local`` is the cost in
    that currency and ``cost_now`` the same at the rate of the day (without a price, the cost). Cash has neither price
    nor multiplier; its units are money of the currency ``asset``.
    """

    day: date
    asset: str
    currency: str
    quantity: Decimal
    price: Decimal | None
    multiplier: Decimal
    rate: Decimal | None
    value: Decimal | None
    cost_local: Decimal | None
    cost: Decimal | None
    gross_cost: Decimal | None
    cost_now: Decimal | None
    is_at_cost: bool
    portfolio: str | None = None


@dataclass(frozen=True, slots=True)
class Disposal:
    """A realised gain: gain = proceeds − cost, of which price = proceeds − ``cost_now`` and fx = ``cost_now`` − cost.

    ``cost_now`` is ``cost_local`` at the rate of the sale, ``rate`` / ``rate_per``. For foreign cash ``cost_local``
    are the units given away, and the whole gain is of the rate.
    """

    day: date
    transaction: str
    asset: str
    proceeds: Decimal | None
    cost: Decimal | None
    cost_local: Decimal | None
    rate: Decimal | None
    rate_per: Decimal | None
    cost_now: Decimal | None
    gain: Decimal | None
    price: Decimal | None
    fx: Decimal | None
    portfolio: str | None = None


@dataclass(frozen=True, slots=True)
class MatchUsed:
    """A part of a disposal and the lot it took, with what came of it.

    ``opened`` is what the units cost when they were bought in the asset's currency (short ones: brought when they were
    sold), ``opened_now`` the same at the rate of the day, ``rate`` / ``rate_per``. Of the gain, proceeds − cost, prices
    made ``gain_price`` = proceeds − ``opened_now`` (of short ones ``opened_now`` − cost), the rate the rest.
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
    fees: Decimal | None
    held_days: int
    term: MatchTerm
    reason: str
    is_short: bool
    opened: Decimal | None
    rate: Decimal | None
    rate_per: Decimal
    opened_now: Decimal | None
    gain: Decimal | None
    gain_price: Decimal | None
    gain_fx: Decimal | None


@dataclass(frozen=True, slots=True)
class FlowUsed:
    """Money in (+) or out (−) ``days`` after the start; ``weight`` is its part of the period, where that counts."""

    day: date
    transaction: str
    amount: Decimal | None
    days: int
    weight: float | None
    portfolio: str | None = None


@dataclass(frozen=True, slots=True)
class SubPeriod:
    """From the end of ``start`` to the end of ``end``, with flows on its only day or none at all.

    ``growth`` is end over begin after the flows took part as ``flow_timing`` says; 1 when nothing was there
    (``is_idle``).
    """

    start: date
    end: date
    start_value: Decimal
    inflow: Decimal
    outflow: Decimal
    end_value: Decimal
    growth: float
    is_idle: bool


@dataclass(frozen=True, slots=True)
class Curve:
    """Dated numbers: ``returns``, ``log_returns`` or ``growth``."""

    name: str
    days: tuple[date, ...]
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Span:
    """Days on which the same amount was invested, in the asset's and in base currency."""

    asset: str
    start: date
    end: date
    invested_local: Decimal | None
    invested: Decimal | None
    portfolio: str | None = None


@dataclass(frozen=True, slots=True)
class PriceUsed:
    """The price of a day and the day it is of. ``source`` is ``quote`` or ``trade``, an own trade standing in."""

    asset: str
    on: date
    price: Decimal
    quoted_on: date
    age_days: int
    is_stale: bool
    source: str
    portfolio: str | None = None


@dataclass(frozen=True, slots=True)
class RateUsed:
    """Units of ``quote`` for one ``base`` on a day, and the day of the older rate it was made from."""

    base: str
    quote: str
    on: date
    rate: Decimal
    quoted_on: date
    age_days: int
    is_stale: bool


@dataclass(frozen=True, slots=True)
class Portion:
    """What one portfolio has in a term, or in the figure itself; ``figure`` explains it there."""

    portfolio: str
    term: str
    figure: str
    value: Decimal | None


@dataclass(frozen=True, slots=True)
class UnitValue:
    """A unit of a benchmark on a day: close × exchange rate × splits = value, in base currency.

    It is one unit of the size it had at the start; ``splits`` is what has become of it since. ``close`` is in
    ``currency``, carried over splits up to the day.
    """

    day: date
    asset: str
    currency: str
    close: Decimal
    rate: Decimal | None
    splits: Decimal
    value: Decimal | None


@dataclass(frozen=True, slots=True)
class BoughtUnits:
    """Money put into a benchmark (+) or taken out (−), and the units it bought: amount / ``unit_value``.

    The value at the start has no transaction; units have 18 decimals.
    """

    day: date
    transaction: str | None
    asset: str
    amount: Decimal | None
    unit_value: Decimal | None
    units: Decimal | None
    portfolio: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """What a figure is worked out from, row by row."""

    terms: tuple[Term, ...] = ()
    contributions: tuple[Contribution, ...] = ()
    valuations: tuple[Valuation, ...] = ()
    lots: tuple[LotView, ...] = ()
    matches: tuple[MatchUsed, ...] = ()
    disposals: tuple[Disposal, ...] = ()
    flows: tuple[FlowUsed, ...] = ()
    sub_periods: tuple[SubPeriod, ...] = ()
    curve: Curve | None = None
    spans: tuple[Span, ...] = ()
    unit_values: tuple[UnitValue, ...] = ()
    bought: tuple[BoughtUnits, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation(Tables):
    """A figure and all it follows from.

    ``value`` is the figure as the evaluation has it; None has its ``reason``. ``formula`` is the id of the formula,
    ``expression`` the formula in the names of the terms, ``words`` one sentence. ``numerator`` and ``denominator``
    name terms. ``transactions`` are all that took part, in order. Of several portfolios as one, rows say whose they
    are, ``portions`` what each has in it, and ``choices`` are those of each.
    ``benchmark`` is the asset the figure compares with.
    """

    figure: str
    asset: str | None
    value: Value
    kind: Kind
    reason: str | None
    formula: str
    expression: str
    words: str
    numerator: str | None
    denominator: str | None
    base_currency: str
    start: date
    end: date
    options: Options
    choices: tuple[Options, ...]
    portions: tuple[Portion, ...] = ()
    benchmark: str | None = None
    transactions: tuple[Draft, ...] = ()
    prices: tuple[PriceUsed, ...] = ()
    rates: tuple[RateUsed, ...] = ()
    warnings: tuple[Notice, ...] = ()
