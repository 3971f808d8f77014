"""Several ledgers as one."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.finance.ledgers import amounts, day, draft, numbered, quotes

from finsage.finance.asset import Asset
from finsage.finance.combined import combine
from finsage.finance.evaluation import evaluate
from finsage.finance.money import UNKNOWN
from finsage.finance.options import CashMode, Options
from finsage.finance.results import Evaluation
from finsage.finance.transaction import Draft
from finsage.finance.valuation import Market

D = Decimal
PERIOD = (day(0), day(20))
OPTIONS = Options(series=True, cash=CashMode.TRACKED)
MARKET = Market("EUR", {"X": Asset("X", "EUR"), "U": Asset("U", "USD")}, {"X": quotes(d1="10", d10="20", d20="15")})


def of(rows: list[Draft], market_: Market = MARKET, options: Options = OPTIONS) -> Evaluation:
    return evaluate(numbered(rows), market_, options, PERIOD)


def test_rates_come_from_sums_and_not_from_rates() -> None:
    good = of([draft("deposit", 1, gross=100, currency="EUR"), draft("buy", 1, asset="X", quantity=10, unit_price=10)])
    idle = of([draft("deposit", 1, gross=300, currency="EUR")])
    assert (good.performance.twr, idle.performance.twr) == (pytest.approx(0.5), 0)
    got = combine([good, idle], OPTIONS, start=PERIOD[0], end=PERIOD[1])
    # 400 become 450; the mean of the two rates would be 25 %.
    assert (got.market_value, got.net_flow, got.performance.simple_gain) == (450, 400, 50)
    assert got.performance.twr == pytest.approx(0.125)
    assert got.performance.simple_return == pytest.approx(0.125)
    assert got.series.value[[0, 1, 10, 20]].tolist() == [0, 400, 500, 450]
    assert got.series.gain[-1] == 50
    assert got.risk.drawdown_max == pytest.approx(0.1)
    assert (got.unrealised.gain, got.realised.gain, got.income, got.fees.total) == (50, 0, 0, 0)
    # ROAI: 50 on 100 invested all the time.
    assert got.performance.roai.net == pytest.approx(0.5)
    assert got.performance.roai.twi == 100


def test_balances_that_cancel_are_nothing_and_not_what_rounding_leaves() -> None:
    # In double precision 0.3 - 0.1 - 0.2 is below zero.
    parts = [
        of([draft("deposit", 1, gross="0.3", currency="EUR")]),
        *(of([draft("withdrawal", 1, gross=gross, currency="EUR")]) for gross in ("0.1", "0.2")),
    ]
    got = combine(parts, OPTIONS, start=PERIOD[0], end=PERIOD[1])
    assert got.series.value.tolist() == [0] * 21
    assert got.performance.twr == pytest.approx(0, abs=1e-12)


def test_nothing_at_all() -> None:
    got = combine([], OPTIONS, start=PERIOD[0], end=PERIOD[1])
    assert (got.market_value, got.net_flow, got.performance.simple_gain) == (0, 0, 0)
    assert got.series.value.tolist() == [0] * 21
    assert got.performance.roai.net is None


def test_what_one_part_does_not_know_nobody_knows() -> None:
    known = of([draft("buy", 1, asset="X", quantity=10, unit_price=10)])
    foreign = of([draft("buy", 1, asset="U", quantity=10, unit_price=10)])
    got = combine([known, foreign], OPTIONS, start=PERIOD[0], end=PERIOD[1])
    assert (got.market_value, got.unrealised.gain, got.performance.twr) == (None, None, None)
    assert got.performance.reasons["twr"] == "missing_rate"
    assert got.performance.roai.net is None
    assert np.isnan(got.series.value[-1])


def test_roai_adds_what_was_gained_and_what_was_invested() -> None:
    part = of([draft("buy", 1, asset="X", quantity=10, unit_price=10)])
    roai = part.performance.roai
    assert roai is not None
    nothing = of([draft("deposit", 1, gross=1, currency="EUR")])
    assert combine([part, nothing], OPTIONS, start=PERIOD[0], end=PERIOD[1]).performance.roai == roai
    # Sold short there is a loss of 5 and nothing invested: 45 on 100.
    short = of([draft("short_sell", 1, asset="X", quantity=1, unit_price=10)])
    both = combine([part, short], OPTIONS, start=PERIOD[0], end=PERIOD[1]).performance.roai
    assert (both.gross, both.twi) == (pytest.approx(0.45), 100)
    unknown = replace(roai, sums=replace(roai.sums, fee=UNKNOWN))
    other = replace(part, performance=replace(part.performance, roai=unknown))
    got = combine([part, other], OPTIONS, start=PERIOD[0], end=PERIOD[1]).performance.roai
    assert (got.net, got.gross) == (None, roai.gross)
    without = replace(part, performance=replace(part.performance, roai=None), series=None)
    assert combine([without], OPTIONS, start=PERIOD[0], end=PERIOD[1]).performance.roai.twi == 0


QUOTED = replace(MARKET, prices={"X": quotes(m5="10", d10="20", d20="15")})


@st.composite
def _rows(draw: st.DrawFn) -> list[Draft]:
    """Trades and flows; quoted from before the start, so that no trade lends its price to another portfolio."""
    rows, held = [draft("deposit", 1, gross=draw(amounts(100, 900)), currency="EUR")], D(0)
    for when in sorted(draw(st.lists(st.integers(2, 19), max_size=5))):
        kind = draw(st.sampled_from(["buy", "sell", "dividend", "deposit", "withdrawal"] if held else ["buy"]))
        if kind in {"buy", "sell"}:
            units = min(draw(amounts(1, 9)), held) if kind == "sell" else draw(amounts(1, 9))
            held += -units if kind == "sell" else units
            rows.append(draft(kind, when, asset="X", quantity=units, unit_price=draw(amounts(5, 20)), fee=1, tax=1))
        else:
            asset = {"asset": "X"} if kind == "dividend" else {}
            rows.append(draft(kind, when, gross=draw(amounts(1, 20)), currency="EUR", **asset))
    return numbered(rows)


@given(_rows(), _rows())
@settings(max_examples=30, deadline=None)
def test_two_portfolios_are_their_common_ledger(one: list[Draft], other: list[Draft]) -> None:
    both = [replace(row, id=f"1-{row.id}", portfolio="1") for row in one]
    both += [replace(row, id=f"2-{row.id}", portfolio="2") for row in other]
    whole = evaluate(both, QUOTED, OPTIONS, PERIOD)
    parts = [evaluate([row for row in both if row.portfolio == name], QUOTED, OPTIONS, PERIOD) for name in "12"]
    got = combine(parts, OPTIONS, start=PERIOD[0], end=PERIOD[1])
    assert (got.start_value, got.market_value, got.net_flow) == (whole.start_value, whole.market_value, whole.net_flow)
    assert (got.realised, got.unrealised, got.income) == (whole.realised, whole.unrealised, whole.income)
    assert (got.fees, got.taxes) == (whole.fees, whole.taxes)
    assert got.performance.simple_gain == whole.performance.simple_gain
    assert got.performance.reasons == whole.performance.reasons
    for name in ("net", "gross", "net_end_fx", "gross_end_fx"):
        mine, theirs = getattr(got.performance.roai, name), getattr(whole.performance.roai, name)
        assert (mine is None) == (theirs is None)
    for name in ("simple_return", "twr", "mwr_period", "modified_dietz"):
        mine, theirs = getattr(got.performance, name), getattr(whole.performance, name)
        assert (mine is None) == (theirs is None)
        assert mine is None or mine == pytest.approx(theirs, rel=1e-7, abs=1e-9)
