"""Every figure that can be explained: what kind of number it is, its formula, and who puts its parts together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from finsage.finance.drawdown import NEAR
from finsage.finance.explanation import comparison, fluctuation, gain, growth, invested, worth
from finsage.finance.explanation.basis import Basis, Course
from finsage.finance.explanation.model import Kind, Value
from finsage.finance.explanation.parts import Parts
from finsage.finance.ledger import known
from finsage.finance.money import ZERO, total
from finsage.finance.options import FlowTiming
from finsage.finance.part import drift_from, ratio, trade_to
from finsage.finance.results import Holding, Performance, Risk, Term

MISSING_RATE = "missing_rate"
NOTHING_HELD = "nothing_held"
NO_PRICE = "no_price"
NO_CAPITAL = "no_capital"
NO_FALL = "no_fall"
NOT_RECOVERED = "not_recovered"
NO_NEW_PRICE = "no_new_price"
NO_TARGET = "no_target"

Found = tuple[Value, str | None]


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure. ``of`` says for what it exists: the portfolio, a part of it, an asset, a currency, a benchmark.

    ``expression`` is written in the names of terms, and of columns as ``table.column``; ``words`` say the same.
    """

    name: str
    kind: Kind
    expression: str
    words: str
    of: frozenset[str]
    read: Callable[[Basis], Found]
    build: Callable[[Basis], Parts]
    numerator: str | None = None
    denominator: str | None = None


@dataclass(frozen=True, slots=True)
class Rate(Figure):
    """A figure that does not add up: of several portfolios it is read from what they come to together."""

    read: Callable[[Course], Found]


@dataclass(frozen=True, slots=True)
class Linked(Rate):
    """A figure of values and flows alone: of several portfolios it is made of their sums."""

    build: Callable[[Course], Parts]


_BOTH = frozenset({"portfolio", "asset"})
_ASSET = frozenset({"asset"})
_PORTFOLIO = frozenset({"portfolio"})
_PART = frozenset({"part"})
_BENCHMARK = frozenset({"benchmark"})
_SLICE = frozenset({"part", "part of pooled lots"})


def _money(value: Value) -> Found:
    return value, MISSING_RATE if value is None else None


def _field(name: str, of_part: Callable[[Basis], Value] | None = None) -> Callable[[Course], Found]:
    def read(basis: Course) -> Found:
        if isinstance(basis, Basis) and basis.part is not None and of_part is not None:
            return _money(of_part(basis))
        found: object = basis.report
        for part in name.split("."):
            found = getattr(found, part)
        return _money(found)  # type: ignore[arg-type]

    return read


def _of(name: str, figures: Performance | Risk) -> Found:
    value: Value = getattr(figures, name)
    return value, None if value is not None else figures.reasons.get(name, MISSING_RATE)


def _rate(name: str) -> Callable[[Course], Found]:
    def read(basis: Course) -> Found:
        return _of(name, basis.report.performance)

    return read


def _risk(name: str) -> Callable[[Course], Found]:
    def read(basis: Course) -> Found:
        risk = basis.report.risk
        value: float | int | None = getattr(risk, name)
        if value is not None:
            return value, None
        if risk.drawdown_max is None:
            return None, risk.reasons.get(name) or risk.reasons["drawdown_max"]
        # Days of recovery need a fall, and one that is over.
        return None, risk.reasons.get(name) or (NOT_RECOVERED if risk.drawdown_max > NEAR else NO_FALL)

    return read


def _roai(name: str) -> Callable[[Course], Found]:
    def read(basis: Course) -> Found:
        found = basis.report.performance.roai
        value: Value = None if found is None else getattr(found, name)
        is_known = found is not None and found.twi is not None
        return value, None if value is not None else (NO_CAPITAL if is_known else MISSING_RATE)

    return read


def _holding(basis: Basis) -> Holding | None:
    return next((row for row in basis.evaluation.holdings if row.asset == basis.asset), None)


def _average_price(basis: Basis) -> Found:
    holding = _holding(basis)
    return (None, NOTHING_HELD) if holding is None else _money(holding.average_price)


def _price(basis: Basis) -> Found:
    holding = _holding(basis)
    if holding is None:
        return None, NOTHING_HELD
    return holding.price, None if holding.price is not None else NO_PRICE


def _cost_basis(basis: Basis) -> Found:
    return _money(basis.cost_basis)


def _market_value(basis: Basis) -> Found:
    return _money(basis.market_value)


def _ratio(part: Decimal | None, whole: Decimal | None) -> Found:
    if part is None or whole is None:
        return None, MISSING_RATE
    found = ratio(part, whole)
    return found, NO_CAPITAL if found is None else None


def _weight(basis: Basis) -> Found:
    return _ratio(basis.market_value, basis.evaluation.market_value)


def _unrealised_return(basis: Basis) -> Found:
    return _ratio(basis.unrealised.gain, basis.cost_basis)


def _drift(basis: Basis) -> Found:
    weight, reason = _weight(basis)
    if basis.target is None:
        return None, NO_TARGET
    return drift_from(weight, basis.target), reason  # type: ignore[arg-type]  # a weight is a float


def _trade(basis: Basis) -> Found:
    reason = _drift(basis)[1]
    return trade_to(basis.target, basis.evaluation.market_value, basis.market_value), reason


def _day_return(basis: Basis) -> Found:
    own = basis.of_assets
    if own.simple_gain == 0 and own.priced_on != own.end:
        # A price that is carried over is no change of nothing.
        return None, NO_NEW_PRICE
    return _ratio(own.simple_gain, growth.capital(own))


def _cash(basis: Basis) -> Found:
    return basis.evaluation.cash.get(basis.key or "", ZERO), None


def _of_lots(column: str, term: Term | None = None) -> Callable[[Basis], Found]:
    def read(basis: Basis) -> Found:
        values = [getattr(match, column) for match in gain.matches_of(basis, term)]
        return _money(total(values) if None not in values else None)

    return read


def _realised_of_part(basis: Basis) -> Decimal | None:
    return known(total(row.gain for row in basis.realised))


def _income_of_part(basis: Basis) -> Decimal | None:
    return known(total(row.income for row in basis.results))


def _gain_of_cash(basis: Basis) -> Found:
    return _money(known(total(row.gain for row in basis.realised if row.is_cash)))


def _withheld(basis: Basis) -> Found:
    return _money(known(total(row.tax for row in gain.withheld_of(basis))))


def _sum_of_valuations(build: Callable[[Basis], Parts]) -> Callable[[Basis], Found]:
    def read(basis: Basis) -> Found:
        values = [row.value for row in build(basis).valuations]
        return _money(total(value for value in values if value is not None) if None not in values else None)

    return read


def _start_value(basis: Basis) -> Found:
    return _money(known(basis.first_value))


def _net_flow(basis: Course) -> Found:
    return _money(known(total(flow.value for flow in basis.flows)))


def _price_rate(name: str) -> Callable[[Course], Found]:
    def read(basis: Course) -> Found:
        return _of(name, basis.benchmark.price.performance)

    return read


def _price_risk(name: str) -> Callable[[Course], Found]:
    def read(basis: Course) -> Found:
        return _of(name, basis.benchmark.price.risk)

    return read


def _same_flows(name: str) -> Callable[[Course], Found]:
    def read(basis: Course) -> Found:
        return _of(name, basis.benchmark.same_flows.performance)

    return read


def _same_flows_value(basis: Course) -> Found:
    value = basis.benchmark.end_value
    return value, None if value is not None else _same_flows("simple_gain")(basis)[1]


def _less(own: Callable[[Course], Found], other: Callable[[Course], Found]) -> Callable[[Course], Found]:
    """A rate of the portfolio less that of the benchmark."""

    def read(basis: Course) -> Found:
        (one, why), (two, why_not) = own(basis), other(basis)
        return (None, why or why_not) if one is None or two is None else (float(one) - float(two), None)

    return read


_TWR = {
    FlowTiming.INFLOW_START_OUTFLOW_END: "(end_value + outflow) / (start_value + inflow)",
    FlowTiming.START: "end_value / (start_value + inflow - outflow)",
    FlowTiming.END: "(end_value - inflow + outflow) / start_value",
    FlowTiming.MID: "(end_value - (inflow - outflow) / 2) / (start_value + (inflow - outflow) / 2)",
}


def growth_of(timing: FlowTiming) -> str:
    """The growth of a sub-period in the names of its columns; 1 for an idle one."""
    return _TWR[timing]


_VALUED = "quantity × price × multiplier × exchange rate"
_SUM_OF_LINES = "sum(valuations.value)"
_BALANCED = (
    "start_value + sum(flows.amount * (1 + mwr) ** (-flows.days / 365)) = end_value * (1 + mwr) ** (-days / 365)"
)

_HELD = (
    Figure("quantity", Kind.UNITS, "sum(contributions.amount)",
           "Units that came in less units that went out, up to the end of the day.",
           frozenset({"asset"}), _field("quantity"), worth.movements),
    Figure("cost_basis", Kind.MONEY, "sum(lots.cost)",
           "What the units still held were bought for: the cost of every open lot, added up.",
           _BOTH | _PART, _cost_basis, worth.cost),
    Figure("average_price", Kind.PRICE, "cost_in_asset_currency / (quantity * multiplier)",
           "The cost of the open lots in the currency of the asset, divided by the units held.",
           _ASSET, _average_price, worth.average_price, "cost_in_asset_currency", "quantity"),
    Figure("price", Kind.PRICE, "valuations.price",
           "The last price on or before the day, carried over later splits; never a later one.",
           _ASSET, _price, worth.price),
    Figure("market_value", Kind.MONEY, _SUM_OF_LINES,
           f"{_VALUED} of everything held, added up; at cost without fees and taxes where no price is known.",
           _BOTH | _SLICE, _market_value, worth.end_value),
    Figure("securities_value", Kind.MONEY, _SUM_OF_LINES,
           f"{_VALUED} of everything held but cash, added up; at cost without fees and taxes where no price is known.",
           _PORTFOLIO, _sum_of_valuations(worth.securities), worth.securities),
    Figure("cash_value", Kind.MONEY, _SUM_OF_LINES,
           "The balance of each currency × its exchange rate, added up.",
           _PORTFOLIO, _sum_of_valuations(worth.cash), worth.cash),
    Figure("cash", Kind.MONEY, "sum(contributions.amount)",
           "Money of this currency that came in less money that went out, up to the end of the day.",
           frozenset({"currency"}), _cash, worth.movements),
    Figure("weight", Kind.RATIO, "market_value / portfolio_value",
           "The market value of the asset, or of several, as a part of that of the portfolio, cash included.",
           _ASSET | _SLICE, _weight, worth.weight, "market_value", "portfolio_value"),
    Figure("drift", Kind.RATIO, "market_value / portfolio_value - target",
           "The part that it is of the portfolio, cash included, less the part that it is meant to be.",
           _SLICE, _drift, worth.aimed),
    Figure("trade", Kind.MONEY, "target * portfolio_value - market_value",
           "What to buy, or below zero to sell, for it to be the part of the portfolio that it is meant to be.",
           _SLICE, _trade, worth.aimed),
    Figure("start_value", Kind.MONEY, _SUM_OF_LINES,
           f"{_VALUED} of everything held at the end of the day the period starts after, added up.",
           _BOTH, _start_value, worth.start_value),
)  # fmt: skip

_GAINED = (
    Figure("realised_gain", Kind.MONEY, "sum(disposals.gain)",
           "Proceeds less the cost of the lots taken, of every disposal of the period; foreign cash given away counts.",
           _BOTH | _PART, _field("realised.gain", _realised_of_part), gain.realised),
    Figure("realised_gain_price", Kind.MONEY, "sum(disposals.price)",
           "The part of the realised gain that prices made: proceeds less the local cost at the rate of the sale.",
           _BOTH, _field("realised.price"), gain.realised),
    Figure("realised_gain_fx", Kind.MONEY, "sum(disposals.fx)",
           "The part of the realised gain that exchange rates made: the local cost at the rate of the sale less the "
           "cost then.",
           _BOTH, _field("realised.fx"), gain.realised),
    Figure("realised_gain_long", Kind.MONEY, "sum(matches.proceeds - matches.cost)",
           "Proceeds less cost of the lots of the period that were held long enough to be long-term.",
           _BOTH, _of_lots("gain", Term.LONG), gain.lots_taken(Term.LONG)),
    Figure("realised_gain_short", Kind.MONEY, "sum(matches.proceeds - matches.cost)",
           "Proceeds less cost of the lots of the period that were not held long enough to be long-term.",
           _BOTH, _of_lots("gain", Term.SHORT), gain.lots_taken(Term.SHORT)),
    Figure("unrealised_gain", Kind.MONEY, "(end_value - end_cost) - (start_value - start_cost)",
           "Value less cost of what is held at the end, less the same at the start of the period.",
           _BOTH | _PART, _field("unrealised.gain", lambda basis: basis.unrealised.gain), gain.unrealised),
    Figure("unrealised_gain_price", Kind.MONEY, "(end_value - end_cost_now) - (start_value - start_cost_now)",
           "The part of the unrealised gain that prices made: value less the local cost at the rate of the day, at the "
           "end and at the start.",
           _BOTH | _PART, _field("unrealised.price", lambda basis: basis.unrealised.price), gain.unrealised),
    Figure("unrealised_gain_fx", Kind.MONEY, "(end_cost_now - end_cost) - (start_cost_now - start_cost)",
           "The part of the unrealised gain that exchange rates made: the local cost at the rate of the day less the "
           "cost then, at the end and at the start.",
           _BOTH | _PART, _field("unrealised.fx", lambda basis: basis.unrealised.fx), gain.unrealised),
    Figure("unrealised_return", Kind.RATIO, "unrealised_gain / cost_basis",
           "The unrealised gain as a part of the cost of what is held.",
           _ASSET | _SLICE, _unrealised_return, gain.unrealised_return, "unrealised_gain", "cost_basis"),
    Figure("income", Kind.MONEY, "sum(contributions.amount)",
           "Dividends, interest and rewards before fees and taxes, less interest paid.",
           _BOTH | _PART, _field("income", _income_of_part), gain.results(income=1)),
    Figure("fees", Kind.MONEY, "sum(contributions.amount)",
           "All fees of the period, those of trades included, less refunds.",
           _BOTH, _field("fees.total"), gain.results(fee=1)),
    Figure("fees_in_cost", Kind.MONEY, "sum(contributions.amount)",
           "The fees that joined the cost of what was bought or lowered the proceeds of what was sold.",
           _BOTH, _field("fees.in_cost"), gain.results(fee_in_cost=1)),
    Figure("fees_expensed", Kind.MONEY, "sum(contributions.amount)",
           "The fees that are in no gain: all fees less those in cost.",
           _BOTH, _field("fees.expensed"), gain.results(fee=1, fee_in_cost=-1)),
    Figure("taxes", Kind.MONEY, "sum(contributions.amount)",
           "All taxes of the period, less refunds.",
           _BOTH, _field("taxes.total"), gain.results(tax=1)),
    Figure("taxes_withheld", Kind.MONEY, "sum(contributions.amount)",
           "The taxes that dividends, interest and rewards of the period came without.",
           _BOTH, _withheld, gain.withheld),
    Figure("taxes_in_cost", Kind.MONEY, "sum(contributions.amount)",
           "The taxes that joined the cost of what was bought.",
           _BOTH, _field("taxes.in_cost"), gain.results(tax_in_cost=1)),
    Figure("taxes_expensed", Kind.MONEY, "sum(contributions.amount)",
           "The taxes that are in no gain: all taxes less those in cost.",
           _BOTH, _field("taxes.expensed"), gain.results(tax=1, tax_in_cost=-1)),
)  # fmt: skip

_OF_LOTS = {
    "realised_cost": ("cost", "Cost"),
    "realised_proceeds": ("proceeds", "Proceeds"),
    "realised_fees": ("fees", "Fees of buying and selling"),
    "realised_gain_lots": ("gain", "Proceeds less cost"),
    "realised_gain_price_lots": ("gain_price", "The part of the gain that prices made"),
    "realised_gain_fx_lots": ("gain_fx", "The part of the gain that exchange rates made"),
}
_TERMS = {
    "": (None, "that were taken in the period"),
    "_long": (Term.LONG, "of the period that were held long enough to be long-term"),
    "_short": (Term.SHORT, "of the period that were not held long enough to be long-term"),
}

_TAKEN = (
    Figure("realised_gain_cash", Kind.MONEY, "sum(disposals.gain)",
           "Proceeds less cost of all foreign money given away in the period, which has no lots.",
           _PORTFOLIO, _gain_of_cash, gain.realised_of_cash),
    *(
        Figure(name.removesuffix("_lots") + end if end else name, Kind.MONEY, f"sum(matches.{column})",
               f"{words} of the lots {which}, added up.", _BOTH, _of_lots(column, term), gain.lots_taken(term))
        for name, (column, words) in _OF_LOTS.items()
        for end, (term, which) in _TERMS.items()
        # The gain of a term has been there before.
        if not (end and column == "gain")
    ),
)  # fmt: skip

_RETURNED = (
    Linked("net_flow", Kind.MONEY, "sum(flows.amount)",
           "Money and assets that came in from outside less those that went out.",
           _BOTH, _net_flow, growth.net_flow),
    Linked("simple_gain", Kind.MONEY, "end_value - start_value - net_flow",
           "What the value changed by beyond what was put in or taken out.",
           _BOTH, _field("performance.simple_gain"), growth.simple_gain),
    Linked("simple_return", Kind.RATIO, "simple_gain / (start_value + money_in)",
           "The gain as a part of the value at the start and all the money that came in.",
           _BOTH, _rate("simple_return"), growth.simple_return, "simple_gain", "capital"),
    Figure("day_return", Kind.RATIO, "simple_gain / (start_value + money_in)",
           "What the assets gained since the day before, as a part of what they were worth then and of what was put "
           "into them; cash is left out.",
           _SLICE, _day_return, growth.day_return, "simple_gain", "capital"),
    Linked("twr", Kind.RATIO, "product(sub_periods.growth) - 1",
           "The growth of each stretch between flows, multiplied: how the investments did, whatever was put in when.",
           _BOTH, _rate("twr"), growth.time_weighted),
    Linked("twr_annualised", Kind.RATIO, "(1 + twr) ** (365 / days) - 1",
           "The time-weighted return as a yearly rate that compounds to the same.",
           _BOTH, _rate("twr_annualised"), growth.time_weighted_yearly),
    Linked("mwr", Kind.RATIO,
           _BALANCED,
           "The yearly rate at which all that was put in, with interest, comes to all that was taken out and is left.",
           _BOTH, _rate("mwr"), growth.money_weighted),
    Linked("mwr_period", Kind.RATIO, "(1 + mwr) ** (days / 365) - 1",
           "The money-weighted rate over the days of the period.",
           _BOTH, _rate("mwr_period"), growth.money_weighted_period),
    Linked("modified_dietz", Kind.RATIO, "simple_gain / (start_value + sum(flows.weight * flows.amount))",
           "The gain as a part of the capital at work on average, each flow weighted by the days it was there.",
           _BOTH, _rate("modified_dietz"), growth.modified_dietz, "simple_gain", "average_capital"),
)  # fmt: skip

_GAIN_AT_AVERAGE = "realised + unrealised_end - unrealised_start"
_GAIN_LOCAL = "(realised_local + unrealised_end_local - unrealised_start_local)"
_TWI_LOCAL = "sum(end_rate * sum(spans.invested_local * spans.days) / sum(spans.days))"

_INVESTED = (
    Rate("roai_net", Kind.RATIO, f"sum({_GAIN_AT_AVERAGE} - trade_fees) / sum(time_weighted_invested)",
           "ROAI (Ghostfolio): gains at average cost less trade fees, over the money invested, weighted by days.",
           _BOTH, _roai("net"), invested.roai),
    Rate("roai_gross", Kind.RATIO, f"sum({_GAIN_AT_AVERAGE}) / sum(time_weighted_invested)",
           "ROAI (Ghostfolio): gains at average cost before fees, over the money invested, weighted by days.",
           _BOTH, _roai("gross"), invested.roai),
    Rate("roai_net_end_fx", Kind.RATIO, f"sum(end_rate * ({_GAIN_LOCAL} - trade_fees_local)) / {_TWI_LOCAL}",
           "ROAI (Ghostfolio) less trade fees with everything converted at the last exchange rate.",
           _BOTH, _roai("net_end_fx"), invested.roai),
    Rate("roai_gross_end_fx", Kind.RATIO, f"sum(end_rate * {_GAIN_LOCAL}) / {_TWI_LOCAL}",
           "ROAI (Ghostfolio) before fees with everything converted at the last exchange rate.",
           _BOTH, _roai("gross_end_fx"), invested.roai),
    Rate("twi", Kind.MONEY, "sum(sum(spans.invested * spans.days) / sum(spans.days))",
           "Money invested, weighted by the days it was invested, asset by asset, added up.",
           _BOTH, _roai("twi"), invested.roai),
)  # fmt: skip

_FLUCTUATION = (
    Linked("volatility", Kind.RATIO, "std(curve.values) * sqrt(periods_per_year)",
           "How far the returns of days lie from their mean (sample standard deviation), scaled to a year.",
           _BOTH, _risk("volatility"), fluctuation.volatility),
    Linked("volatility_period", Kind.RATIO, "sqrt(sum((curve.values - mean) ** 2) / (count - 1) * count)",
           "How far the logarithmic returns of open days lie from their mean, scaled to the period.",
           _BOTH, _risk("volatility_period"), fluctuation.volatility_period),
    Linked("semi_volatility_period", Kind.RATIO,
           "sqrt(sum((curve.values - mean) ** 2 where curve.values < mean) / (count - 1) * count)",
           "The same counting only the days below the mean.",
           _BOTH, _risk("semi_volatility_period"), fluctuation.volatility_period),
    Linked("drawdown_max", Kind.RATIO, "1 - trough / high",
           "How deep the growth fell below the high before it, at worst.",
           _BOTH, _risk("drawdown_max"), fluctuation.drawdown_max, "trough", "high"),
    Linked("drawdown_days", Kind.DAYS, "day(end_of_span) - day(high)",
           "The longest wait from one high to the next, or to the end of the period.",
           _BOTH, _risk("drawdown_days"), fluctuation.drawdown_days),
    Linked("recovery_days", Kind.DAYS, "day(recovered) - day(trough)",
           "Days from the deepest point until the high before it was reached again.",
           _BOTH, _risk("recovery_days"), fluctuation.recovery_days),
)  # fmt: skip


_COMPARED = (
    Linked("benchmark_twr", Kind.RATIO, "unit_end / unit_start - 1",
           "What a unit of the benchmark is worth at the end, as a part of what it was worth at the start, less one. "
           "Its worth is close × exchange rate × splits since the start; distributions are not in it.",
           _BENCHMARK, _price_rate("twr"), comparison.price_return, "unit_end", "unit_start"),
    Linked("benchmark_twr_annualised", Kind.RATIO, "(1 + benchmark_twr) ** (365 / days) - 1",
           "The price return of the benchmark as a yearly rate that compounds to the same.",
           _BENCHMARK, _price_rate("twr_annualised"), comparison.price_return_yearly),
    Linked("benchmark_volatility", Kind.RATIO, "std(curve.values) * sqrt(periods_per_year)",
           "How far the daily returns of a unit of the benchmark lie from their mean (sample standard deviation), "
           "scaled to a year. A day without a line of its own has the value of the line before.",
           _BENCHMARK, _price_risk("volatility"), comparison.price_volatility),
    Linked("benchmark_drawdown_max", Kind.RATIO, "1 - trough / high",
           "How deep a unit of the benchmark fell below the high before, at worst. A day without a line of its own has "
           "the value of the line before.",
           _BENCHMARK, _price_risk("drawdown_max"), comparison.price_drawdown, "trough", "high"),
    Linked("twr_difference", Kind.RATIO, "twr - benchmark_twr",
           "The time-weighted return less the price return of the benchmark.",
           _BENCHMARK, _less(_rate("twr"), _price_rate("twr")), comparison.twr_difference),
    Linked("same_flows_value", Kind.MONEY, "sum(bought.units) * unit_end",
           "The units that the value at the start and every flow would have bought of the benchmark at the close of "
           "their day, at its value at the end.",
           _BENCHMARK, _same_flows_value, comparison.same_flows_value),
    Linked("same_flows_gain", Kind.MONEY, "end_value - start_value - net_flow",
           "What the same money in the benchmark would have changed by beyond what was put in or taken out; its value "
           "at the end is that of the units bought.",
           _BENCHMARK, _same_flows("simple_gain"), comparison.same_flows_gain),
    Linked("same_flows_mwr", Kind.RATIO, _BALANCED,
           "The yearly rate of the same money in the benchmark: at which all that was put in, with interest, comes to "
           "all that was taken out and what the units bought are worth.",
           _BENCHMARK, _same_flows("mwr"), comparison.same_flows_money_weighted),
    Linked("same_flows_mwr_period", Kind.RATIO, "(1 + same_flows_mwr) ** (days / 365) - 1",
           "The money-weighted rate of the same money in the benchmark over the days of the period.",
           _BENCHMARK, _same_flows("mwr_period"), comparison.same_flows_money_weighted_period),
    Linked("mwr_difference", Kind.RATIO, "mwr - same_flows_mwr",
           "The yearly money-weighted return less that of the same money in the benchmark.",
           _BENCHMARK, _less(_rate("mwr"), _same_flows("mwr")), comparison.mwr_difference),
)  # fmt: skip

FIGURES = {row.name: row for row in (*_HELD, *_GAINED, *_TAKEN, *_RETURNED, *_INVESTED, *_FLUCTUATION, *_COMPARED)}

_OTHER_NAMES = {
    "cost": "cost_basis",
    "invested": "cost_basis",
    "realised.gain": "realised_gain",
    "realised.price": "realised_gain_price",
    "realised.fx": "realised_gain_fx",
    "unrealised.gain": "unrealised_gain",
    "unrealised.price": "unrealised_gain_price",
    "unrealised.fx": "unrealised_gain_fx",
    "fees.total": "fees",
    "taxes.total": "taxes",
    "roai.twi": "twi",
}


def figure_named(name: str) -> Figure | None:
    """A figure by its name, or by its path in the output of ``finsage evaluate`` (``performance.roai.net``)."""
    short = name.removeprefix("performance.").removeprefix("risk.")
    return FIGURES.get(_OTHER_NAMES.get(short, short.replace(".", "_")))
