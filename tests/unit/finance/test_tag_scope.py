"""The transactions of a tag measured like an asset."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.finance.ledgers import amounts, day, draft, drafts, market, numbered, quotes

from finsage.finance.asset import Asset
from finsage.finance.evaluation import evaluate
from finsage.finance.ledger import fold
from finsage.finance.options import CashMode, LotMethod, Options, Scope
from finsage.finance.results import Evaluation
from finsage.finance.tag_scope import drafts_of_tag, notices_of_tag
from finsage.finance.transaction import Draft, PoolLeg
from finsage.finance.valuation import Market

D = Decimal
MARKET = Market(
    "EUR",
    {key: Asset(key, "EUR") for key in "XY"},
    {"X": quotes(d1="10", d10="12", d20="15"), "Y": quotes(d1="5", d20="4")},
)
POOLED = Market("EUR", {key: Asset(key, "EUR") for key in "XYT"}, MARKET.prices)
TAGGED = Options(cash=CashMode.IMPLIED, scope=Scope(tag="t"))


def of_tag(rows: list[Draft], tagged: set[str], options: Options = TAGGED, priced: Market = MARKET) -> Evaluation:
    return evaluate(drafts_of_tag(rows, tagged), priced, options, (day(0), day(20)))


def test_a_tag_worked_out_by_hand() -> None:
    rows = numbered(
        [
            draft("deposit", 1, gross=1000, currency="EUR"),
            draft("buy", 1, asset="X", quantity=10, unit_price=10, fee=1),
            draft("buy", 1, asset="X", quantity=7, unit_price=10),
            draft("buy", 1, asset="Y", quantity=4, unit_price=5),
            draft("sell", 10, asset="X", quantity=4, unit_price=12, fee=2, tax=3),
            draft("dividend", 12, asset="X", gross=6, tax=1),
        ]
    )
    got = of_tag(rows, {"2", "4", "5", "6"})
    # In: 101 and 20; out: 46 and 6, before tax. Left: 6 at 15 and 4 at 4.
    assert [flow.value for flow in got.flows] == [101, 20, -46, -6]
    assert (got.market_value, got.cash) == (106, {})
    assert got.performance.simple_gain == 106 - 121 + 52
    assert got.performance.simple_return == pytest.approx(37 / 121)
    assert got.realised.gain == 4 * 12 - 2 - D("40.4")
    # Day 1: 120 on 121; day 10: 12 × 10 + 20 on 120, day 12: + 6 out, day 20: 106 on 92.
    twr = 120 / 121 * (72 + 46 + 20) / 120 * (92 + 6) / 92 * 106 / 92
    assert got.performance.twr == pytest.approx(twr - 1)


def test_fees_without_an_asset_count_where_they_are_tagged() -> None:
    rows = numbered([draft("buy", 1, asset="X", quantity=1, unit_price=10), draft("fee", 5, gross=2, currency="EUR")])
    assert of_tag(rows, {"1", "2"}).performance.simple_gain == 3
    assert of_tag(rows, {"1"}).performance.simple_gain == 5


def test_a_split_comes_along_and_a_spin_off_does_not() -> None:
    rows = numbered(
        [
            draft("buy", 1, asset="X", quantity=2, unit_price=10),
            draft("split", 5, asset="X", ratio=3),
            draft("split", 5, asset="Y", ratio=3),
            draft("spin_off", 6, asset="X", to_asset="Y", to_quantity=2, cost_fraction="0.5"),
        ]
    )
    assert [row.id for row in drafts_of_tag(rows, {"1"})] == ["1", "2"]
    assert [row.id for row in drafts_of_tag(rows, {"1", "4"})] == ["1", "2", "3", "4"]
    whole = fold(rows, MARKET, Options())
    [notice] = notices_of_tag(whole, fold(drafts_of_tag(rows, {"1"}), MARKET, TAGGED))
    assert (notice.code, notice.transaction) == ("untagged_spin_off", "4")
    assert notices_of_tag(whole, fold(drafts_of_tag(rows, {"1", "4"}), MARKET, TAGGED)) == ()


def test_splits_of_what_a_pool_holds_come_along() -> None:
    legs = (PoolLeg("X", D(2)), PoolLeg("Y", D(4)))
    rows = numbered(
        [
            draft("buy", 1, asset="X", quantity=2, unit_price=10),
            draft("buy", 1, asset="Y", quantity=4, unit_price=5),
            draft("lp_add", 3, asset="T", quantity=1, legs=legs),
            draft("split", 4, asset="T", ratio=3),
            draft("lp_remove", 5, asset="T", quantity=3, legs=legs),
            draft("split", 6, asset="Y", ratio=2),
            draft("split", 6, asset="Z", ratio=2),
        ]
    )
    assert [row.id for row in drafts_of_tag(rows, {"5"})] == ["4", "5", "6"]
    got = of_tag(rows, {"1", "2", "3", "5"}, priced=POOLED)
    assert got.missing_acquisitions == ()
    assert {holding.asset: holding.quantity for holding in got.holdings} == {"X": 2, "Y": 8}
    assert {lot.acquired_on for lot in got.lots} == {day(1)}


def test_a_merger_carries_the_lots_of_a_tag() -> None:
    rows = numbered(
        [
            draft("buy", 1, asset="X", quantity=2, unit_price=10),
            draft("merger", 3, asset="X", quantity=2, to_asset="Y", to_quantity=4),
            draft("split", 4, asset="Y", ratio=2),
            draft("sell", 5, asset="Y", quantity=8, unit_price=4, lot_ids=("1#1",)),
        ]
    )
    got = of_tag(rows, {"1", "2", "4"})
    assert got.missing_acquisitions == ()
    assert got.realised.gain == 8 * 4 - 20


@pytest.mark.parametrize(
    ("lost", "code"),
    [
        (draft("merger", 4, asset="X", quantity=2, to_asset="Y", to_quantity=4, id="m"), "untagged_merger"),
        (draft("lp_add", 4, asset="T", quantity=1, legs=(PoolLeg("X", D(2)),), id="m"), "untagged_pool"),
        (
            draft("spin_off", 4, asset="X", to_asset="Y", to_quantity=2, cost_fraction="0.5", id="m"),
            "untagged_spin_off",
        ),
    ],
)
def test_what_turned_into_another_asset_without_the_tag_is_told(lost: Draft, code: str) -> None:
    rows = [draft("buy", 1, asset="X", quantity=2, unit_price=10, id="b"), lost]
    whole = fold(rows, POOLED, Options())
    notices = notices_of_tag(whole, fold(drafts_of_tag(rows, {"b"}), POOLED, TAGGED))
    told = [(notice.code, notice.transaction, notice.asset) for notice in notices]
    # The spin-off leaves the old units where they are.
    left = [] if lost.type == "spin_off" else [("untagged_sale", None, "X")]
    assert told == [*left, (code, "m", "X")]
    assert notices_of_tag(whole, fold(drafts_of_tag(rows, {"b", "m"}), POOLED, TAGGED)) == ()


def test_what_the_tag_no_longer_held_is_not_told() -> None:
    rows = [
        draft("buy", 1, asset="X", quantity=2, unit_price=10, id="b"),
        draft("sell", 2, asset="X", quantity=2, unit_price=10, id="s"),
        draft("buy", 3, asset="X", quantity=2, unit_price=10, id="other"),
        draft("merger", 4, asset="X", quantity=2, to_asset="Y", to_quantity=4, id="m"),
        draft("buy", 5, asset="X", quantity=2, unit_price=10, id="late"),
    ]
    whole = fold(rows, MARKET, Options())
    for tagged in ({"b", "s"}, {"late"}):
        assert notices_of_tag(whole, fold(drafts_of_tag(rows, tagged), MARKET, TAGGED)) == ()


def test_a_sale_without_the_tag_is_told() -> None:
    rows = numbered(
        [
            draft("buy", 1, asset="X", quantity=5, unit_price=10),
            draft("buy", 1, asset="X", quantity=5, unit_price=10),
            draft("sell", 5, asset="X", quantity=7, unit_price=12),
        ]
    )
    whole = fold(rows, MARKET, Options())
    [notice] = notices_of_tag(whole, fold(drafts_of_tag(rows, {"1"}), MARKET, TAGGED))
    assert (notice.code, notice.asset, notice.day) == ("untagged_sale", "X", day(5))
    assert notice.detail.startswith("2 units")
    assert notices_of_tag(whole, fold(drafts_of_tag(rows, {"1", "3"}), MARKET, TAGGED)) == ()
    assert notices_of_tag(fold([], MARKET, TAGGED), fold([], MARKET, TAGGED)) == ()


def test_lots_a_sale_names_are_kept_where_the_tag_bought_them() -> None:
    rows = numbered(
        [
            draft("buy", 1, asset="X", quantity=5, unit_price=10),
            draft("buy", 2, asset="X", quantity=5, unit_price=11),
            draft("sell", 5, asset="X", quantity=5, unit_price=12, lot_ids=("2#1",)),
            draft("sell", 6, asset="X", quantity=5, unit_price=12, lot_ids=("1#1",)),
        ]
    )
    assert [row.lot_ids for row in drafts_of_tag(rows, {"2", "3", "4"})] == [(), ("2#1",), ()]
    options = Options(cash=CashMode.IMPLIED, scope=Scope(tag="t"), lot_method=LotMethod.SPECIFIC)
    assert of_tag(rows, {"2", "3"}, options).realised.gain == 5


@st.composite
def one_asset(draw: st.DrawFn) -> list[Draft]:
    rows: list[Draft] = []
    held = D(0)
    for when in sorted(draw(st.lists(st.integers(1, 19), min_size=1, max_size=8))):
        kind = draw(st.sampled_from(["buy", "sell", "dividend", "split"] if held else ["buy"]))
        if kind == "split":
            held *= 2
            rows.append(draft("split", when, asset="X", ratio=2))
            continue
        charges = {"fee": draw(amounts(0, 3)), "tax": draw(amounts(0, 3))}
        if kind == "dividend":
            rows.append(draft(kind, when, asset="X", gross=draw(amounts(4, 9)), **charges))
            continue
        units = min(draw(amounts(1, 30)), held) if kind == "sell" else draw(amounts(1, 30))
        held += -units if kind == "sell" else units
        rows.append(draft(kind, when, asset="X", quantity=units, unit_price=draw(amounts(5, 20)), **charges))
    return numbered(rows)


@given(one_asset())
@settings(max_examples=60, deadline=None)
def test_a_tag_on_all_of_an_asset_is_the_asset(rows: list[Draft]) -> None:
    period = (day(0), day(20))
    asset = evaluate(rows, MARKET, Options(scope=Scope(asset="X"), cash=CashMode.TRACKED), period)
    tag = of_tag(rows, {row.id for row in rows})
    assert tag.performance == asset.performance
    assert (tag.flows, tag.market_value, tag.realised) == (asset.flows, asset.market_value, asset.realised)


@given(drafts(), st.data())
@settings(max_examples=60, deadline=None)
def test_any_tag_on_any_ledger_adds_up(rows: list[Draft], data: st.DataObject) -> None:
    tagged = data.draw(st.sets(st.sampled_from([row.id for row in rows])))
    part = drafts_of_tag(rows, tagged)
    if not part:
        return
    # The evaluation refuses figures that break the identity.
    evaluate(part, market(), TAGGED, (day(0), day(60)))
    notices_of_tag(fold(rows, market(), Options()), fold(part, market(), TAGGED))
