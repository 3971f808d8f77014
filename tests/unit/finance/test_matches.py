"""The parts of a disposal: they add up to what was realised, in both currencies, fees told apart."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.finance.ledgers import DAYS, day, draft, drafts, market, numbered, quotes

from finsage.finance.asset import Asset
from finsage.finance.evaluation import evaluate_ledger
from finsage.finance.ledger import fold
from finsage.finance.money import exact, total
from finsage.finance.options import LotMethod, Options

D = Decimal
TINY = D("1e-12")


def folded(*rows, rate="0.88", **options):
    rates = {("USD", "EUR"): quotes(d1="0.90", d2="0.85", d3=rate)} if rate else {}
    return fold(numbered(list(rows)), market(rates=rates, assets={"X": Asset("X", "USD")}), Options(**options))


def buy(when, quantity, price, **fields):
    return draft("buy", when, asset="X", quantity=quantity, unit_price=price, **fields)


def sell(when, quantity, price, **fields):
    return draft("sell", when, asset="X", quantity=quantity, unit_price=price, **fields)


def test_price_and_exchange_rate_make_the_gain():
    [match] = folded(buy(1, 100, 50), buy(2, 50, 60), sell(3, 50, 70)).matches
    # 3500 × 0.88 − 2500 × 0.90; the price brought 1000 × 0.88, the rate 2500 × (0.88 − 0.90).
    assert (match.gain, match.gain_price, match.gain_fx) == (830, 880, -50)
    assert (match.cost_in_asset_currency, match.proceeds_in_asset_currency) == (2500, 3500)
    assert match.rate.shown() == D("0.88")


@pytest.mark.parametrize("fees_in_cost", [True, False])
def test_fees_of_buying_and_selling_are_told_apart(fees_in_cost):
    rows = (buy(3, 10, 10, fee=20), sell(3, 5, 30, fee=8), sell(3, 5, 30, fee="8"))
    matches = folded(*rows, fees_in_cost=fees_in_cost).matches
    # 20 × 0.88 over ten units, 8 × 0.88 for each sale.
    assert [match.fees for match in matches] == [D("15.84")] * 2
    assert matches[0].gain == (100 * D("0.88") - (D("15.84") if fees_in_cost else 0))


def test_a_short_position_has_its_proceeds_first():
    rows = (
        draft("short_sell", 1, asset="X", quantity=2, unit_price=100),
        draft("cover", 3, asset="X", quantity=2, unit_price=80),
    )
    [match] = folded(*rows).matches
    assert (match.cost, match.proceeds, match.gain) == (D("140.8"), 180, D("39.2"))
    assert (match.cost_in_asset_currency, match.proceeds_in_asset_currency) == (160, 200)
    assert (match.gain_price, match.gain_fx) == (D("35.2"), 4)


def test_units_never_acquired_gain_by_their_price_alone():
    first, missing = folded(buy(3, 1, 10), sell(3, 3, 10, fee=3)).matches
    assert (missing.lot, missing.cost, missing.cost_in_asset_currency) == (None, 0, 0)
    assert missing.gain_price == missing.gain
    assert first.fees + missing.fees == D("2.64")


def test_without_a_rate_every_part_is_unknown():
    [match] = folded(buy(1, 1, 10, fee=1), sell(3, 1, 12), rate=None).matches
    assert {match.gain, match.gain_price, match.gain_fx, match.fees, match.proceeds_in_asset_currency} == {None}
    assert match.cost_in_asset_currency == 11
    assert match.rate.shown() is None


def test_a_rate_that_comes_later_leaves_the_cost_unknown_alone():
    known = {("USD", "EUR"): quotes(d3="0.9")}
    rows = numbered([buy(1, 1, 10), sell(3, 1, 12)])
    [match] = fold(rows, market(rates=known, assets={"X": Asset("X", "USD")}), Options()).matches
    assert (match.cost, match.proceeds, match.gain_price, match.gain_fx) == (None, D("10.8"), None, None)
    assert match.proceeds_in_asset_currency == 12


@settings(max_examples=60, deadline=None)
@given(rows=drafts(), method=st.sampled_from(LotMethod))
def test_the_parts_add_up_to_what_was_realised(rows, method):
    ledger = fold(rows, market(), Options(lot_method=method))
    got = evaluate_ledger(ledger, day(0), day(DAYS))
    with exact():
        for asset, report in got.by_asset.items():
            matches = [match for match in got.matches if match.asset == asset]
            if report.realised.gain is None or any(match.gain is None for match in matches):
                continue
            assert total(match.gain for match in matches) == report.realised.gain
            assert abs(total(match.gain_price for match in matches) - report.realised.price) < TINY
            assert abs(total(match.gain_fx for match in matches) - report.realised.fx) < TINY
