"""Periods, scopes, flows and series of the whole evaluation."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import numpy as np
import pytest
from unit.finance.explanations import disagreements, every_figure
from unit.finance.ledgers import day, draft, market, numbered, quotes

from finsage.errors import Invalid
from finsage.finance import performance
from finsage.finance.asset import Asset
from finsage.finance.combined import combine
from finsage.finance.evaluation import evaluate, evaluate_ledger, evaluate_with_ledger
from finsage.finance.ledger import fold
from finsage.finance.money import PrecisionExceeded
from finsage.finance.options import AssetTaxes, CalendarChoice, CashMode, LotScope, Options, Scope
from finsage.finance.valuation import Market
from finsage.finance.wealth import DailyWorth

D = Decimal

MARKET = Market("EUR", {"X": Asset("X", "EUR")}, {"X": quotes(d1="100", d10="110", d20="99")})
IMPLIED = Options(cash=CashMode.IMPLIED)
ROWS = numbered(
    [
        draft("deposit", 1, gross=1000, account="a"),
        draft("buy", 1, asset="X", quantity=5, unit_price=100, fee=10, tax=5, account="a"),
        draft("dividend", 12, asset="X", gross=20, tax=4, account="a"),
        draft("fee", 13, asset="X", gross=3, account="a"),
        draft("sell", 15, asset="X", quantity=2, unit_price=110, fee=2, tax=6, account="a"),
    ]
)


def test_a_period_counts_what_happened_in_it() -> None:
    got = evaluate(ROWS, MARKET, Options(fees_in_cost=False), (day(11), day(30)))
    assert (got.income, got.fees.total, got.taxes.total) == (20, 5, 10)
    assert got.realised.gain == 20
    # Held 5 at +10 each, now 3 at −1 each.
    assert got.unrealised.gain == -3 - 50
    assert got.performance.simple_gain == 20 - 53 + 20 - 5 - 10
    assert got.identity.left == got.identity.right == got.performance.simple_gain
    assert len(got.matches) == 1
    assert evaluate(ROWS, MARKET, Options(), (day(16), day(30))).matches == ()


def test_the_start_day_belongs_to_the_start_value() -> None:
    got = evaluate(ROWS, MARKET, Options(series=True), (day(1), day(30)))
    assert got.series.value[0] == 985
    assert got.series.flow.sum() == 0


def test_without_a_period_everything_dated_counts() -> None:
    got = evaluate(ROWS, MARKET, Options())
    assert (got.start, got.end) == (day(0), day(20))
    rates = replace(MARKET, prices={}, rates={("USD", "EUR"): quotes(d40="1")})
    assert evaluate(ROWS, rates, Options()).end == day(40)
    with pytest.raises(Invalid):
        evaluate([], MARKET, Options())


@pytest.mark.parametrize("period", [(day(5), day(4)), (date(1899, 12, 31), day(4)), (day(1), date(2101, 1, 1))])
def test_periods_that_make_no_sense(period: tuple[date, date]) -> None:
    with pytest.raises(Invalid) as caught:
        evaluate(ROWS, MARKET, Options(), period)
    assert caught.value.faults[0].pointer == "/period"


def test_a_period_of_no_days() -> None:
    got = evaluate(ROWS, MARKET, Options(series=True), (day(20), day(20)))
    assert got.performance.simple_gain == 0
    assert got.performance.twr == 0
    assert got.performance.reasons["twr_annualised"] == "short_period"
    assert len(got.series.days) == 1


def test_an_empty_ledger_over_a_period() -> None:
    got = evaluate([], MARKET, Options(series=True), (day(0), day(9)))
    assert (got.market_value, got.holdings, got.cash) == (0, (), {})
    assert got.performance.reasons["mwr"] == "no_root"
    assert got.performance.reasons["simple_return"] == "no_capital"
    assert got.risk.reasons["volatility"] == "few_returns"
    assert got.series.value.tolist() == [0] * 10


def test_one_fold_serves_several_periods() -> None:
    ledger = fold(ROWS, MARKET, Options(), through=day(30))
    for start in (0, 11, 29):
        assert evaluate_ledger(ledger, day(start), day(30)) == evaluate(ROWS, MARKET, Options(), (day(start), day(30)))


def test_the_scope_of_an_asset_has_its_own_flows() -> None:
    options = replace(IMPLIED, scope=Scope(asset="X"), series=True)
    got = evaluate(ROWS, MARKET, options, (day(0), day(30)))
    # Bought for 510, fee 3; dividend 20, sold for 218; taxes left out.
    assert {int(place): got.series.flow[place] for place in np.flatnonzero(got.series.flow)} == {
        1: 510,
        12: -20,
        13: 3,
        15: -218,
    }
    assert got.performance.simple_gain == 297 - 510 + 20 - 3 + 218
    assert got.performance == replace(evaluate(ROWS, MARKET, Options(), (day(0), day(30))).by_asset["X"].performance)
    taxed = evaluate(ROWS, MARKET, replace(options, asset_taxes=AssetTaxes.INCLUDED), (day(0), day(30)))
    assert taxed.performance.simple_gain == got.performance.simple_gain - 15
    assert taxed.identity == got.identity
    assert got.cash == {}


def test_the_scope_of_an_account_counts_what_crosses_it() -> None:
    rows = numbered(
        [
            *ROWS,
            draft("transfer_out", 16, asset="X", quantity=1, account="a", group="g"),
            draft("transfer_in", 16, asset="X", quantity=1, account="b", group="g", gross=120, currency="EUR"),
            draft("transfer_out", 17, gross=50, account="a", group="h"),
            draft("transfer_in", 17, gross=50, account="b", group="h"),
        ]
    )
    market = replace(MARKET, prices={"X": quotes(d1="100", d10="110")})
    one, two = (
        evaluate(rows, market, Options(scope=Scope(account=name), series=True), (day(0), day(30))) for name in "ab"
    )
    # The leg out states no value: it leaves at the market's 110. The leg in arrives at its stated 120.
    assert two.series.flow[16] == 120
    assert one.series.flow[16] == -110
    assert (one.series.flow[17], two.series.flow[17]) == (-50, 50)
    assert {lot.account for lot in two.lots} == {"b"}
    assert (two.market_value, two.invested, two.cash) == (160, 103, {"EUR": 50})
    assert two.realised.gain == 0
    for got in (one, two):
        assert got.identity.left == got.identity.right


def test_the_scope_of_a_portfolio() -> None:
    rows = numbered([replace(row, portfolio="p") for row in ROWS] + [replace(row, portfolio="q") for row in ROWS[:2]])
    whole = evaluate(rows, MARKET, Options(), (day(0), day(30)))
    part = evaluate(rows, MARKET, Options(scope=Scope(portfolio="q"), lot_scope=LotScope.PORTFOLIO), (day(0), day(30)))
    assert part.holdings[0].quantity == 5
    assert whole.holdings[0].quantity == 8
    assert part.performance.simple_gain == -20


def test_money_from_another_account_buys() -> None:
    rows = numbered(
        [
            draft("deposit", 1, gross=1000, account="bank"),
            draft("buy", 2, asset="X", quantity=5, unit_price=100, fee=10, account="depot", cash_account="bank"),
        ]
    )
    depot, bank = (
        evaluate(rows, MARKET, Options(scope=Scope(account=name)), (day(0), day(5))) for name in ("depot", "bank")
    )
    assert (depot.market_value, depot.performance.simple_gain) == (500, -10)
    assert (bank.market_value, bank.performance.simple_gain, bank.fees.total) == (490, 0, 0)


@pytest.mark.parametrize(
    "options",
    [
        Options(scope=Scope(account="a", asset="X")),
        Options(scope=Scope(account="a"), lot_scope=LotScope.PORTFOLIO),
        Options(scope=Scope(portfolio="p"), lot_scope=LotScope.ALL),
    ],
)
def test_scopes_that_make_no_sense(options: Options) -> None:
    with pytest.raises(Invalid) as caught:
        evaluate(ROWS, MARKET, options, (day(0), day(5)))
    assert caught.value.faults[0].pointer == "/options/scope"


def test_negative_values_leave_rates_empty_and_money_standing() -> None:
    rows = [draft("short_sell", 1, asset="X", quantity=1, unit_price=100)]
    got = evaluate(rows, MARKET, IMPLIED, (day(0), day(30)))
    assert got.performance.simple_gain == 1
    assert (got.performance.twr, got.performance.mwr) == (None, None)
    assert set(got.performance.reasons.values()) == {"negative_value"}
    assert got.risk.reasons["drawdown_max"] == "negative_value"


def test_a_gain_without_a_base_is_told() -> None:
    rows = [draft("interest", 3, gross=10)]
    got = evaluate(rows, MARKET, Options(cash=CashMode.TRACKED), (day(0), day(9)))
    assert got.performance.twr == 0
    assert {notice.code for notice in got.warnings} == {"gain_without_base"}


def test_rates_of_more_than_a_year_are_annualised() -> None:
    market = replace(MARKET, prices={"X": quotes(d1="100", d700="121")})
    rows = [draft("buy", 0, asset="X", quantity=1, unit_price=100)]
    got = evaluate(rows, market, IMPLIED, (day(0), day(730)))
    assert got.performance.twr == pytest.approx(0.21)
    assert got.performance.twr_annualised == pytest.approx(0.1)
    assert got.performance.mwr == pytest.approx(0.1)
    assert got.performance.mwr_period == pytest.approx(0.21)


def test_several_rates_are_listed() -> None:
    market = replace(MARKET, prices={})
    rows = [
        draft("deposit", 1, gross=100),
        draft("interest", 300, gross=130),
        draft("withdrawal", 366, gross=230),
        draft("fee", 380, gross=0),
        draft("deposit", 731, gross=132),
        draft("fee", 731, gross=132),
    ]
    got = evaluate(rows, market, Options(), (day(1 - 1), day(731)))
    assert got.performance.mwr is None
    assert got.performance.reasons["mwr"] == "multiple_roots"
    assert got.performance.roots == pytest.approx([0.1, 0.2], abs=1e-6)


def test_crypto_days_are_all_days() -> None:
    every = quotes(**{f"d{n}": str(100 + n * (-1) ** n) for n in range(30)})
    market = replace(MARKET, prices={"X": every})
    rows = [draft("buy", 0, asset="X", quantity=1, unit_price=100)]
    trading, all_days = (
        evaluate(rows, market, replace(IMPLIED, calendar=choice), (day(0), day(29))).risk.volatility
        for choice in CalendarChoice
    )
    values = np.array([100 + n * (-1) ** n for n in range(30)], float)
    assert all_days == pytest.approx(np.std(values[1:] / values[:-1] - 1, ddof=1) * np.sqrt(365))
    assert trading != pytest.approx(all_days)


def test_the_series_tells_value_flow_gain_and_drawdown() -> None:
    got = evaluate(ROWS, MARKET, Options(series=True), (day(0), day(30)))
    series = got.series
    assert series.days[0] == np.datetime64(day(0))
    assert series.gain[-1] == pytest.approx(float(got.performance.simple_gain))
    assert series.twr[-1] == pytest.approx(got.performance.twr)
    assert -series.drawdown.min() == pytest.approx(got.risk.drawdown_max)
    assert series.invested[1] == 515
    assert series.flow[1] == 1000


def test_roai_counts_neither_dividends_nor_account_fees() -> None:
    got = evaluate(ROWS, MARKET, Options(), (day(0), day(30))).performance.roai
    # 500 for 14 days, 300 for 15; price gain 20 − 3, trade fees 12.
    weighted = (500 * 14 + 300 * 15) / D(29)
    assert float(got.twi) == pytest.approx(float(weighted))
    assert got.gross == pytest.approx(17 / float(weighted))
    assert got.net == pytest.approx(5 / float(weighted))
    assert got.net_end_fx == pytest.approx(got.net)


def test_roai_is_empty_without_investment() -> None:
    got = evaluate([draft("deposit", 1, gross=5)], MARKET, Options(), (day(0), day(3))).performance.roai
    assert (got.net, got.gross, got.twi) == (None, None, 0)


def test_a_short_position_is_not_invested_whether_or_not_its_rate_is_known() -> None:
    rows = numbered(
        [
            draft("buy", 1, asset="X", quantity=1, unit_price=100),
            draft("short_sell", 1, asset="U", quantity=1, unit_price=40, currency="USD"),
            draft("cover", 15, asset="U", quantity=1, unit_price=30, currency="USD"),
        ]
    )
    assets = {**MARKET.assets, "U": Asset("U", "USD")}
    always, later = (
        replace(MARKET, assets=assets, rates={("USD", "EUR"): quotes(**{first: "0.5"})}) for first in ("d0", "d10")
    )
    known, unknown = (evaluate(rows, part, IMPLIED, (day(0), day(20))).performance.roai for part in (always, later))
    # At the rate of the end: 5 of the short, −1 of the other, on 100.
    assert known.gross_end_fx == known.gross == pytest.approx(0.04)
    assert unknown.gross_end_fx == known.gross_end_fx
    assert unknown.gross is None


def test_the_assets_may_be_left_out() -> None:
    assert evaluate(ROWS, MARKET, Options(), (day(0), day(3)), by_asset=False).by_asset == {}


def test_positions_that_cancel_are_worth_nothing_not_less() -> None:
    # 0.1 + 0.2 - 0.3 in double precision is 5.6e-17, the other way round less than zero.
    daily = DailyWorth({"X": 0, "Y": 1, "Z": 2}, np.array([[-0.1, 1], [-0.2, 2], [0.3, 4]]), np.zeros((3, 2)))
    assert daily.value.sum(axis=0)[0] != 0
    assert daily.total().tolist() == [0, 7]
    assert DailyWorth({}, np.zeros((0, 2)), np.zeros((0, 2))).total().tolist() == [0, 0]


# A price of 100 / 6 is rounded up, one of 100 / 7 down.
@pytest.mark.parametrize(("units", "left"), [(6, D("2e-18")), (7, D("-2e-18"))])
def test_no_rate_is_measured_on_what_the_rounding_of_a_price_leaves(units: int, left: Decimal) -> None:
    rows = numbered([draft("buy", 1, asset="X", quantity=units, gross=100), draft("dividend", 5, asset="X", gross=5)])
    options = Options(cash=CashMode.TRACKED, series=True)
    ledger, got = evaluate_with_ledger(rows, replace(MARKET, prices={}), options, (day(2), day(9)))
    assert (got.start_value, got.market_value) == (left, 5 + left)
    assert got.performance.simple_gain == 5
    assert (got.performance.simple_return, got.performance.modified_dietz) == (None, None)
    assert got.performance.reasons["simple_return"] == "no_capital"
    assert got.performance.twr == 0
    assert "gain_without_base" in {row.code for row in got.warnings}
    together = combine([got], options, start=day(2), end=day(9))
    assert (together.performance, together.series.value[0]) == (got.performance, 0)
    assert [row for shown in every_figure(ledger, got) if (row := disagreements(shown))] == []


def test_figures_that_need_more_digits_than_are_kept_are_refused() -> None:
    # Each amount can be kept; the value of the one beside that of the other needs 111 digits.
    rows = numbered(
        [
            draft("airdrop", 1, asset="X", quantity="0.000000000000000000000000000000000001"),
            draft("deposit", 1, gross="1e59"),
        ]
    )
    close = quotes(d0="0.000000000000000001")
    with pytest.raises(PrecisionExceeded, match="more than 100 digits"):
        evaluate(rows, replace(MARKET, prices={"X": close}), Options(), (day(0), day(3)))


def test_assets_are_measured_in_blocks_as_all_together(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = numbered(
        [draft("buy", place % 9, asset="XYZ"[place % 3], quantity=place + 1, unit_price="7") for place in range(12)]
        + [draft("buy", 9 + place, asset="Y", quantity=1, unit_price="8") for place in range(5)]
    )
    together = evaluate(rows, Market("EUR"), Options())
    monkeypatch.setattr(performance, "_BLOCK_CELLS", 5)
    apart = evaluate(rows, Market("EUR"), Options())
    assert list(apart.by_asset) == ["X", "Y", "Z"]
    for key, report in apart.by_asset.items():
        other = together.by_asset[key]
        assert report.performance.simple_gain == other.performance.simple_gain
        assert report.performance.twr == pytest.approx(other.performance.twr, rel=1e-12)
        assert report.performance.mwr == pytest.approx(other.performance.mwr, rel=1e-9)
        assert report.risk.volatility == pytest.approx(other.risk.volatility, rel=1e-12)


def test_units_of_unknown_worth_that_leave_at_a_known_cost_leave_the_books_checked() -> None:
    rows = [
        draft("buy", 1, asset="X", quantity=4, unit_price=10, currency="USD", fx_rate="0.9"),
        draft("transfer_out", 5, asset="X", quantity=4),
    ]
    answer = evaluate(numbered(rows), market(rates={}), Options(cash=CashMode.IMPLIED), (day(0), day(9)))
    assert answer.performance.simple_gain is None
    assert (answer.identity.left, answer.identity.right) == (0, 0)
