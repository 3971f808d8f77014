"""The wire shapes of performance: figures of a scope, a benchmark beside them, lot methods side by side."""

from __future__ import annotations

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import Field

from finsage.platform.wire import Dec, Wire
from finsage.portfolio.schemas.fields import LotMethod
from finsage.portfolio.schemas.figures import SeriesOut, WarningOut

FlowTimingName = Literal["inflow_start_outflow_end", "start", "end", "mid"]


class ScopeOut(Wire):
    """What the figures are of; ``key`` is an account's name, an asset's id or a tag, null for a whole portfolio."""

    kind: Literal["portfolio", "account", "asset", "tag", "all"]
    key: str | None
    label: str | None


class SameFlowsOut(Wire):
    """What start value and flows would have become in the benchmark, each bought or sold at the close of its day."""

    end_value: Dec | None
    gain: Dec | None
    mwr: float | None
    mwr_period: float | None
    mwr_difference: float | None
    reasons: dict[str, str]


class BenchmarkOut(Wire):
    """A benchmark over the same days, in the base currency.

    Its rates are price returns: distributions are not in its closes. Differences are the portfolio's figure less the
    benchmark's. ``series`` has a value per day of the portfolio's series.
    """

    asset_id: UUID
    symbol: str
    name: str
    currency: str
    is_simulated: bool
    return_kind: Literal["price"]
    quoted_from: date | None
    quoted_until: date | None
    is_stale: bool
    twr: float | None
    twr_annualised: float | None
    twr_difference: float | None
    volatility: float | None
    drawdown_max: float | None
    same_flows: SameFlowsOut
    reasons: dict[str, str]
    series: BenchmarkSeriesOut


class BenchmarkSeriesOut(Wire):
    """``twr`` of its price since the start; ``value`` of the same flows in it."""

    twr: list[float | None]
    value: list[Dec | None]


class PerformanceOut(Wire):
    """Gain and returns from the end of ``from`` to the end of ``to``; a null figure has its reason.

    ``portfolio_id`` is null for all portfolios together, and ``fees_in_cost`` where each follows its own policy.
    ``roai_*`` is the return on ``average_invested``, the time-weighted average of money invested, as Ghostfolio
    defines it.
    """

    portfolio_id: UUID | None
    scope: ScopeOut
    flow_timing: FlowTimingName
    fees_in_cost: bool | None
    since: date = Field(alias="from", serialization_alias="from")
    to: date
    as_of: date
    base_currency: str
    start_value: Dec | None
    end_value: Dec | None
    net_flow: Dec | None
    simple_gain: Dec | None
    simple_return: float | None
    twr: float | None
    twr_annualised: float | None
    mwr: float | None
    mwr_period: float | None
    mwr_roots: list[float]
    modified_dietz: float | None
    roai_net: float | None
    roai_gross: float | None
    roai_net_end_fx: float | None
    roai_gross_end_fx: float | None
    average_invested: Dec | None
    volatility: float | None
    volatility_period: float | None
    semi_volatility_period: float | None
    drawdown_max: float | None
    drawdown_days: int | None
    recovery_days: int | None
    realised_gain: Dec | None
    unrealised_gain: Dec | None
    income: Dec | None
    fees: Dec | None
    taxes: Dec | None
    reasons: dict[str, str]
    benchmark: BenchmarkOut | None
    series: SeriesOut
    warnings: list[WarningOut]


class RealisedSplitOut(Wire):
    """A realised gain, and what of it came from lots held long, held short, and from foreign cash."""

    gain: Dec | None
    long: Dec | None
    short: Dec | None
    cash: Dec | None


class LotMethodOut(Wire):
    """What one lot method makes of the same transactions."""

    lot_method: LotMethod
    is_present: bool
    realised_gain: Dec | None
    realised_gain_price: Dec | None
    realised_gain_fx: Dec | None
    realised: RealisedSplitOut
    realised_this_year: RealisedSplitOut
    unrealised_gain: Dec | None
    unrealised_gain_price: Dec | None
    unrealised_gain_fx: Dec | None
    cost_basis: Dec | None
    open_lots: int


class LotMethodList(Wire):
    """Lot methods side by side; the sum of both gains is the same in each."""

    as_of: date
    year: int
    base_currency: str
    items: list[LotMethodOut]
    next_cursor: str | None
