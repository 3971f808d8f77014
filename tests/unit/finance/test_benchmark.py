"""A benchmark beside a portfolio: its price, and the same money in it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.finance.ledgers import day, draft, numbered, quotes

from finsage.finance.asset import Asset
from finsage.finance.benchmark import Benchmark, measure_benchmark
from finsage.finance.cash_flow import Flow
from finsage.finance.evaluation import evaluate
from finsage.finance.options import CashMode, FlowTiming, Options
from finsage.finance.quote import QuoteSeries
from finsage.finance.valuation import Market

D = Decimal
INDEX = Asset("B", "EUR")
MARKET = Market("EUR", {"B": INDEX}, {"B": quotes(m2="100", d5="110", d10="121")})


def flow(offset: int, amount: str) -> Flow:
    return Flow(day(offset).toordinal(), D(amount), D(amount))


def compare(market: Market = MARKET, **changes: Any) -> Benchmark:
    given_: dict[str, Any] = {
        "start": day(0),
        "end": day(10),
        "first": D(0),
        "flows": [flow(1, "1000"), flow(5, "550")],
    }
    given_ |= changes
    return measure_benchmark(given_.pop("asset", INDEX), market, given_.pop("options", Options()), **given_)


def test_the_price_and_the_same_flows_worked_out_by_hand() -> None:
    got = compare()
    assert got.price.performance.twr == pytest.approx(0.21)
    assert got.price.twr.tolist() == pytest.approx([0] * 5 + [0.1] * 5 + [0.21])
    assert got.price.risk.drawdown_max == 0
    # 1000 buys 10 at 100; 550 buys 5 at 110; 15 at 121 are 1815.
    assert got.end_value == 1815
    assert got.same_flows.performance.simple_gain == 265
    assert got.value.tolist() == pytest.approx([0, 1000, 1000, 1000, 1000, 1650, 1650, 1650, 1650, 1650, 1815])
    rate = got.same_flows.performance.mwr
    assert 1000 * (1 + rate) ** (9 / 365) + 550 * (1 + rate) ** (5 / 365) == pytest.approx(1815)
    assert (got.quoted_from, got.quoted_until) == (day(-2), day(10))


def test_money_there_at_the_start_buys_at_the_close_of_the_start() -> None:
    got = compare(first=D(2000), flows=[flow(5, "-1100")])
    assert got.end_value == (20 - 10) * 121
    assert got.value[0] == 2000


def test_its_currency_counts() -> None:
    rates = {("USD", "EUR"): quotes(m2="0.8", d10="1")}
    market = replace(MARKET, assets={"B": Asset("B", "USD")}, rates=rates)
    got = compare(market, asset=Asset("B", "USD"))
    assert got.price.performance.twr == pytest.approx(1.21 / 0.8 - 1)
    unknown = compare(replace(market, rates={}), asset=Asset("B", "USD"))
    assert unknown.price.performance.twr is None
    assert unknown.price.performance.reasons["twr"] == "missing_rate"
    assert unknown.same_flows.performance.reasons["mwr"] == "missing_rate"
    assert unknown.end_value is None


def test_a_split_of_the_benchmark_is_no_fall() -> None:
    market = replace(MARKET, prices={"B": quotes(m2="100", d5="55", d10="60.5")})
    splits = [draft("split", 3, asset="B", ratio=2), draft("split", 3, asset="X", ratio=7)]
    got = compare(market, splits=splits)
    assert got.price.performance.twr == pytest.approx(0.21)
    assert got.end_value == 1815


def test_without_a_close_at_the_start_there_is_no_return() -> None:
    market = replace(MARKET, prices={"B": quotes(d3="100", d10="121")})
    got = compare(market, first=D(500))
    for measured in (got.price, got.same_flows):
        assert measured.performance.twr is None
        assert measured.performance.reasons["twr"] == "no_price"
        assert measured.risk.reasons["volatility"] == "no_price"
        assert np.isnan(measured.twr).all()
    assert got.end_value is None
    assert got.quoted_from == day(3)


def test_before_the_first_flow_nothing_is_missed() -> None:
    market = replace(MARKET, prices={"B": quotes(d3="100", d10="121")})
    got = compare(market, flows=[flow(4, "200")])
    assert got.price.performance.twr == pytest.approx(0.21)
    assert got.end_value == 242
    # Nor do days before it count as returns of zero.
    for timing in FlowTiming:
        risks = [compare(market, flows=[flow(4, "200")], start=day(start), options=Options(flow_timing=timing)).price.risk
                 for start in (-20, 0, 2)]  # fmt: skip
        assert risks[0].volatility is not None
        assert len({risk.volatility for risk in risks}) == 1
    late = compare(market, flows=[flow(1, "200"), flow(4, "200")])
    assert late.price.performance.reasons["twr"] == late.same_flows.performance.reasons["mwr"] == "no_price"
    without = compare(market, flows=[])
    assert without.price.performance.reasons["twr"] == "no_price"
    assert without.end_value == 0


def test_a_benchmark_without_any_close() -> None:
    got = compare(replace(MARKET, prices={}))
    assert (got.quoted_from, got.quoted_until) == (None, None)
    assert got.price.performance.reasons["twr"] == "no_price"
    later = compare(replace(MARKET, prices={"B": quotes(d30="1")}))
    assert (later.quoted_from, later.quoted_until) == (None, None)


def test_an_unknown_start_value_leaves_the_price() -> None:
    got = compare(first=None)
    assert got.price.performance.twr == pytest.approx(0.21)
    assert got.same_flows.performance.reasons["mwr"] == "missing_rate"


def test_taking_out_more_than_the_benchmark_made_leaves_no_rate() -> None:
    got = compare(flows=[flow(1, "100"), flow(5, "-500")])
    assert got.end_value is not None
    assert got.end_value < 0
    assert got.same_flows.performance.mwr is None
    assert got.same_flows.performance.reasons["mwr"] == "negative_value"


@given(
    closes=st.lists(st.integers(5000, 20000), min_size=20, max_size=20),
    trades=st.lists(st.tuples(st.integers(1, 18), st.integers(1, 50), st.booleans()), min_size=1, max_size=8),
)
@settings(max_examples=60, deadline=None)
def test_a_portfolio_of_the_benchmark_alone_is_the_benchmark(closes, trades) -> None:
    series = QuoteSeries.of({day(place): D(close).scaleb(-2) for place, close in enumerate(closes)})
    market = replace(MARKET, prices={"B": series})
    rows, held = [], 0
    for place, asked, is_sale in sorted(trades):
        sold = min(asked, held) if is_sale else 0
        kind, units = ("sell", sold) if sold else ("buy", asked)
        held += -units if kind == "sell" else units
        price = D(closes[place]).scaleb(-2)
        rows.append(draft(kind, place, asset="B", quantity=units, unit_price=price))
    options = Options(cash=CashMode.IMPLIED, flow_timing=FlowTiming.END)
    portfolio = evaluate(numbered(rows), market, options, (day(0), day(19)))
    got = measure_benchmark(
        INDEX, market, options, start=day(0), end=day(19), first=portfolio.start_value, flows=portfolio.flows
    )
    # Units are rounded at 18 decimals.
    assert got.end_value == pytest.approx(portfolio.market_value, abs=D("1e-9"))
    if portfolio.performance.mwr is not None and held:
        assert got.same_flows.performance.mwr == pytest.approx(portfolio.performance.mwr, rel=1e-6, abs=1e-9)
    assert got.same_flows.performance.modified_dietz == pytest.approx(portfolio.performance.modified_dietz, abs=1e-9)
