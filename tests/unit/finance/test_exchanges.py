"""Mergers, staking and liquidity pools: lots live on in another asset or account."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from unit.finance.ledgers import ASSETS, DAYS, day, draft, market, numbered, quotes

from finsage.errors import Invalid
from finsage.finance.asset import Asset
from finsage.finance.evaluation import evaluate
from finsage.finance.ledger import Ledger, fold
from finsage.finance.options import CashMode, LotMethod, LpTreatment, Options
from finsage.finance.results import Evaluation
from finsage.finance.transaction import Draft, PoolLeg, faults_of

D = Decimal
EURO = {key: Asset(key, "EUR") for key in ("X", "Y", "LP")}
PRICES = {"X": quotes(m5="10"), "Y": quotes(m5="30"), "LP": quotes(m5="7")}
OPTIONS = Options(cash=CashMode.IMPLIED)


def legs(**units: str) -> tuple[PoolLeg, ...]:
    return tuple(PoolLeg(key, D(value)) for key, value in units.items())


def bought(*extra: Draft) -> list[Draft]:
    """4 X at 10 with a fee of 2, then 6 X at 20."""
    return numbered(
        [
            draft("buy", 1, asset="X", quantity="4", unit_price="10", fee="2", account="a"),
            draft("buy", 2, asset="X", quantity="6", unit_price="20", account="a"),
            *extra,
        ]
    )


def folded(rows: list[Draft], options: Options = OPTIONS, **changes: Any) -> Ledger:
    return fold(rows, market(**{"assets": EURO, "prices": PRICES, "rates": {}, **changes}), options)


def evaluated(rows: list[Draft], options: Options = OPTIONS, **changes: Any) -> Evaluation:
    world = market(**{"assets": EURO, "prices": PRICES, "rates": {}, **changes})
    return evaluate(rows, world, options, (day(0), day(DAYS)))


def shown(ledger: Ledger) -> list[tuple[str, str, int, str, str]]:
    return [
        (lot.account, lot.asset, (lot.acquired_on - day(0)).days, f"{lot.quantity:f}", f"{lot.cost:f}")
        for lot in ledger.lots()
    ]


def test_a_merger_carries_cost_and_dates() -> None:
    merger = draft("merger", 9, asset="X", quantity="10", to_asset="Y", to_quantity="5", account="a")
    ledger = folded(bought(merger))
    assert shown(ledger) == [("a", "Y", 1, "2", "42"), ("a", "Y", 2, "3", "120")]
    assert ledger.matches == ()
    assert [(post.kind, post.asset, post.amount) for post in ledger.entries[-1].postings] == [
        ("asset", "X", -10), ("trading", "X", 10), ("asset", "Y", 5), ("trading", "Y", -5),
    ]  # fmt: skip


def test_a_ticker_change_is_a_merger_of_one_for_one() -> None:
    change = draft("merger", 9, asset="X", quantity="10", to_asset="Y", to_quantity="10", account="a")
    answer = evaluated(bought(change), prices={"X": quotes(m5="10", d8="20"), "Y": quotes(d9="20")})
    assert answer.realised.gain == 0
    assert answer.invested == 162
    assert answer.by_asset["Y"].unrealised.gain == 38


def test_the_cash_part_of_a_merger_sells_its_share_of_every_lot() -> None:
    merger = draft(
        "merger", 9, asset="X", quantity="10", to_asset="Y", to_quantity="5", gross="60", fee="3", cost_fraction="0.25",
        account="a",
    )  # fmt: skip
    answer = evaluated(bought(merger), replace(OPTIONS, cash=CashMode.TRACKED))
    # 162 of cost: 40.50 goes with the cash, 121.50 stays.
    assert answer.realised.gain == D("60") - 3 - D("40.5")
    assert [(match.quantity, match.cost, match.reason) for match in answer.matches] == [
        (1, D("10.5"), "merger"), (D("1.5"), 30, "merger"),
    ]  # fmt: skip
    assert answer.invested == D("121.5")
    assert answer.cash == {"EUR": D(60) - 3 - 42 - 120}
    assert answer.fees.expensed == 0
    assert answer.by_asset["X"].performance.roai.gross == pytest.approx(
        (60 - 40) / float(answer.by_asset["X"].performance.roai.twi)
    )


def test_a_merger_that_pays_all_in_cash_leaves_lots_without_cost() -> None:
    merger = draft(
        "merger", 9, asset="X", quantity="10", to_asset="Y", to_quantity="5", gross="60", cost_fraction="1", account="a"
    )
    answer = evaluated(bought(merger))
    assert answer.realised.gain == 60 - 162
    assert answer.invested == 0


def test_cash_that_carries_no_cost_is_all_gain() -> None:
    merger = draft(
        "merger", 9, asset="X", quantity="10", to_asset="Y", to_quantity="5", gross="60", cost_fraction="0", account="a"
    )
    assert evaluated(bought(merger)).realised.gain == 60


def test_units_of_a_merger_that_were_never_bought_are_recorded() -> None:
    merger = draft("merger", 9, asset="X", quantity="12", to_asset="Y", to_quantity="6", account="a")
    ledger = folded(bought(merger))
    assert [(row.asset, row.quantity) for row in ledger.missing_acquisitions] == [("X", 2)]
    assert shown(ledger)[-1] == ("a", "Y", 9, "1", "0")


def test_a_merger_into_an_asset_of_another_currency_keeps_the_cost_in_base() -> None:
    rows = numbered(
        [
            draft("buy", 12, asset="Y", quantity="10", unit_price="10", account="a"),
            draft("merger", 15, asset="Y", quantity="10", to_asset="X", to_quantity="5", account="a"),
        ]
    )
    (lot,) = fold(rows, market(), OPTIONS).lots()
    assert (lot.cost, lot.asset) == (100, "X")
    assert lot.cost_in_asset_currency == pytest.approx(D(100) / D("0.95"))


def test_a_lot_too_small_for_a_unit_leaves_its_cost_to_its_neighbour() -> None:
    rows = numbered(
        [
            draft("buy", 1, asset="X", quantity="1", unit_price="10", account="a"),
            draft("buy", 2, asset="X", quantity="0.000000000000000001", gross="5", account="a"),
            draft(
                "merger", 9, asset="X", quantity="1.000000000000000001", to_asset="Y", to_quantity="0.1", account="a"
            ),
        ]
    )
    (lot,) = folded(rows).lots()
    assert (lot.quantity, lot.cost) == (D("0.1"), 15)


@pytest.mark.parametrize("method", LotMethod)
def test_a_lot_too_small_for_a_unit_of_a_spin_off_leaves_its_cost_to_its_neighbour(method: LotMethod) -> None:
    rows = numbered(
        [
            draft("buy", 1, asset="X", quantity="1", unit_price="10", account="a"),
            draft("buy", 2, asset="X", quantity="0.000000000000000001", gross="5", account="a"),
            draft("spin_off", 9, asset="X", to_asset="Y", to_quantity="0.1", cost_fraction="0.2", account="a"),
        ]
    )
    ledger = folded(rows, replace(OPTIONS, lot_method=method))
    assert [(lot.quantity, lot.cost) for lot in ledger.lots() if lot.asset == "Y"] == [(D("0.1"), 3)]


def test_units_finer_than_what_is_divided_move_as_they_are() -> None:
    fine = D("0.000000000000000000000001")
    rows = numbered(
        [
            draft("buy", 1, asset="X", quantity=fine, gross="1", account="a"),
            draft("buy", 2, asset="X", quantity="1", gross="10", account="a"),
            draft("stake", 9, asset="X", quantity=1 + fine, account="a"),
        ]
    )
    assert [lot.quantity for lot in folded(rows).lots()] == [fine, 1]


@pytest.mark.parametrize("method", LotMethod)
def test_staking_moves_lots_and_unstaking_brings_them_back(method: LotMethod) -> None:
    rows = bought(
        draft("stake", 9, asset="X", quantity="5", account="a"),
        draft("unstake", 20, asset="X", quantity="5", account="a"),
    )
    options = replace(OPTIONS, lot_method=method)
    staked = folded(rows[:-1], options)
    assert {lot.account for lot in staked.lots()} == {"a", "a (staked)"}
    assert sum(lot.quantity for lot in staked.lots() if lot.account == "a (staked)") == 5
    back = folded(rows, options)
    assert {lot.account for lot in back.lots()} == {"a"}
    assert sum(lot.cost for lot in back.lots()) == 162
    assert {lot.acquired_on for lot in back.lots()} == {day(1), day(2)}
    assert evaluated(rows, options).performance.twr == evaluated(rows[:2], options).performance.twr


def test_staking_into_a_named_account_with_a_fee_in_the_coin() -> None:
    rows = bought(
        draft("stake", 9, asset="X", quantity="5", to_account="pool", fee="0.1", fee_currency="X", account="a")
    )
    ledger = folded(rows)
    assert sum(lot.quantity for lot in ledger.lots() if lot.account == "pool") == 5
    assert sum(lot.quantity for lot in ledger.lots() if lot.account == "a") == D("4.9")
    assert [match.reason for match in ledger.matches] == ["fee"]
    moved = [(post.account, post.amount) for post in ledger.entries[-1].postings if post.amount in {5, -5}]
    assert moved == [("pool", 5)]


def test_units_staked_nowhere_named_are_in_an_account_of_their_own() -> None:
    rows = numbered(
        [draft("buy", 1, asset="X", quantity="4", unit_price="10"), draft("stake", 2, asset="X", quantity="1")]
    )
    assert [lot.account for lot in folded(rows).lots()] == ["", "(staked)"]


def test_joining_a_pool_carries_the_cost_of_each_side() -> None:
    rows = bought(
        draft("buy", 3, asset="Y", quantity="2", unit_price="25", account="a"),
        draft("lp_add", 9, asset="LP", quantity="8", legs=legs(X="6", Y="2"), account="a"),
    )
    # At 10 and 30 both sides are worth 60, so each gets half of the tokens.
    assert shown(folded(rows)) == [
        ("a", "LP", 1, "2.666666666666666667", "42"),
        ("a", "LP", 2, "1.333333333333333333", "40"),
        ("a", "LP", 3, "4", "50"),
        ("a", "X", 2, "4", "80"),
    ]


def test_leaving_a_pool_splits_the_cost_by_market_value() -> None:
    rows = numbered(
        [
            draft("buy", 1, asset="LP", quantity="8", unit_price="10", account="a"),
            draft("lp_remove", 9, asset="LP", quantity="4", legs=legs(X="1", Y="1"), account="a", fee="1"),
        ]
    )
    answer = evaluated(rows)
    assert [(lot.asset, lot.quantity, lot.cost, lot.acquired_on) for lot in answer.lots] == [
        ("LP", 4, 40, day(1)), ("X", 1, 10, day(1)), ("Y", 1, 30, day(1)),
    ]  # fmt: skip
    assert answer.realised.gain == 0
    assert answer.fees.expensed == 1


def test_leaving_a_pool_of_unknown_prices_splits_the_cost_evenly_and_says_so() -> None:
    rows = numbered(
        [
            draft("opening_balance", 1, asset="LP", quantity="8", gross="80", account="a"),
            draft("lp_remove", 9, asset="LP", quantity="4", legs=legs(X="1", Y="1"), account="a"),
        ]
    )
    ledger = folded(rows, prices={"X": PRICES["X"]})
    assert [lot.cost for lot in ledger.lots()] == [40, 20, 20]
    assert "no_price" in {notice.code for notice in ledger.warnings}


def test_a_pool_as_a_disposal_realises_the_gain_of_each_side() -> None:
    rows = bought(
        draft("buy", 3, asset="Y", quantity="2", unit_price="25", account="a"),
        draft("lp_add", 9, asset="LP", quantity="8", legs=legs(X="4", Y="2"), account="a"),
        draft("lp_remove", 12, asset="LP", quantity="8", legs=legs(X="5", Y="2"), gross="220", account="a"),
    )
    answer = evaluated(rows, replace(OPTIONS, lp_treatment=LpTreatment.DISPOSAL))
    joined = [(match.asset, match.cost, match.proceeds, match.reason) for match in answer.matches[:2]]
    assert joined == [("X", 42, 40, "lp_add"), ("Y", 50, 60, "lp_add")]
    # 100 went in; what came out is worth 220 as stated, split as 50 to 60.
    assert (answer.matches[2].cost, answer.matches[2].proceeds, answer.matches[2].reason) == (100, 220, "lp_remove")
    assert [(lot.asset, lot.cost) for lot in answer.lots] == [("X", 120), ("X", 100), ("Y", 120)]


def test_a_disposal_into_a_pool_without_prices_is_worth_its_cost() -> None:
    rows = bought(draft("lp_add", 9, asset="LP", quantity="8", legs=legs(X="4"), account="a"))
    rows[0], rows[1] = (
        replace(rows[0], type="airdrop", unit_price=None, fee=D(0)),
        replace(rows[1], type="airdrop", unit_price=None),
    )
    answer = evaluated(rows, replace(OPTIONS, lp_treatment=LpTreatment.DISPOSAL), prices={})
    assert answer.realised.gain == 0
    assert "no_price" in {notice.code for notice in answer.warnings}


@pytest.mark.parametrize("treatment", LpTreatment)
def test_a_missing_rate_makes_the_value_of_a_pool_unknown_not_wrong(treatment: LpTreatment) -> None:
    world = {"assets": {**EURO, "Y": Asset("Y", "USD")}, "rates": {}}
    options = replace(OPTIONS, lp_treatment=treatment)
    rows = bought(
        draft("airdrop", 3, asset="Y", quantity="2", account="a"),
        draft("lp_add", 9, asset="LP", quantity="8", legs=legs(X="4", Y="2"), account="a"),
    )
    answer = evaluated(rows, options, **world)
    assert {notice.code for notice in answer.warnings} >= {"missing_rate"}
    assert "no_price" not in {notice.code for notice in answer.warnings}
    # 56 of the token and 60 of X are known; what 2 Y were worth when they went in is not.
    assert answer.market_value == 116
    if treatment is LpTreatment.DISPOSAL:
        assert [match.proceeds for match in answer.matches] == [40, None]
        assert answer.invested is None


@pytest.mark.parametrize("treatment", LpTreatment)
def test_a_missing_rate_leaves_the_split_of_a_cost_unknown_not_even(treatment: LpTreatment) -> None:
    world = {"assets": {**EURO, "Y": Asset("Y", "USD")}, "rates": {}}
    rows = numbered(
        [
            draft("buy", 1, asset="LP", quantity="8", unit_price="10", account="a"),
            draft("lp_remove", 9, asset="LP", quantity="4", legs=legs(X="1", Y="1"), gross="50", account="a"),
        ]
    )
    answer = evaluated(rows, replace(OPTIONS, lp_treatment=treatment), **world)
    assert {row.asset: row.cost for row in answer.holdings} == {"LP": 40, "X": None, "Y": None}
    if treatment is LpTreatment.DISPOSAL:
        # What both sides bring together is stated.
        assert answer.realised.gain == 10


def without(*keys: str) -> dict[str, Any]:
    return {key: series for key, series in PRICES.items() if key not in keys}


JOIN = draft("lp_add", 9, asset="LP", quantity="8", legs=legs(X="6", Y="2"), account="a")
POOLED = [draft("buy", 3, asset="Y", quantity="2", unit_price="25", account="a"), JOIN]
MERGED = draft("merger", 9, asset="X", quantity="10", to_asset="Y", to_quantity="5", account="a")


@pytest.mark.parametrize(
    ("rows", "unquoted"),
    [
        ([MERGED], "Y"),
        ([replace(MERGED, gross=D(30), cost_fraction=D("0.3"), fee=D(1))], "Y"),
        (POOLED, "LP"),
        ([*POOLED, draft("lp_remove", 12, asset="LP", quantity="8", legs=legs(X="6", Y="2"), account="a")], "LP"),
    ],
)
def test_an_exchange_into_what_has_no_quote_is_no_gain(rows: list[Draft], unquoted: str) -> None:
    # 10 X at a market price of 10 cost 162: at cost the value would jump by 62 on the day of the exchange.
    before, after = (
        evaluated(bought(*part), prices=without(unquoted))
        for part in ([row for row in rows if row.type == "buy"], rows)
    )
    fees = sum((row.fee for row in rows), D(0))
    assert after.performance.simple_gain == before.performance.simple_gain - fees
    assert after.by_asset["X"].performance.simple_gain == before.by_asset["X"].performance.simple_gain - fees
    if not fees:
        assert after.performance.twr == pytest.approx(before.performance.twr, abs=1e-9)


def test_a_side_without_a_quote_leaves_a_pool_at_the_rest_of_its_value() -> None:
    rows = numbered(
        [
            draft("buy", 1, asset="LP", quantity="8", unit_price="10", account="a"),
            draft("lp_remove", 9, asset="LP", quantity="8", legs=legs(X="2", Y="3"), account="a"),
        ]
    )
    answer = evaluated(rows, prices=without("Y"))
    # The token is worth 56 and 2 X are worth 20, so that Y is worth 36, and gets as much of the cost of 80.
    assert [(row.asset, row.market_value, row.cost) for row in answer.holdings] == [
        ("X", 20, pytest.approx(D(80) * 20 / 56)), ("Y", 36, pytest.approx(D(80) * 36 / 56)),
    ]  # fmt: skip
    assert "no_price" in {notice.code for notice in answer.warnings}


@pytest.mark.parametrize("treatment", LpTreatment)
def test_the_stated_value_of_a_pool_counts_where_a_side_has_no_price(treatment: LpTreatment) -> None:
    rows = bought(draft("buy", 3, asset="Y", quantity="2", unit_price="25", account="a"), replace(JOIN, gross=D(150)))
    rows[2] = replace(rows[2], type="airdrop", unit_price=None)
    answer = evaluated(rows, replace(OPTIONS, lp_treatment=treatment), prices=without("Y", "LP"))
    # 6 X are worth 60, so that Y is worth 90.
    assert [(row.asset, row.market_value) for row in answer.holdings] == [("LP", 150), ("X", 40)]
    if treatment is LpTreatment.DISPOSAL:
        assert [(match.asset, match.proceeds) for match in answer.matches] == [("X", 40), ("X", 20), ("Y", 90)]


@pytest.mark.parametrize("method", LotMethod)
def test_a_side_too_small_for_a_unit_of_the_token_leaves_its_cost_to_the_others(method: LotMethod) -> None:
    tiny = draft("lp_add", 9, asset="LP", quantity="0.000000000000000001", legs=legs(X="10", Y="2"), account="a")
    rows = bought(draft("buy", 3, asset="Y", quantity="2", unit_price="25", account="a"), tiny)
    answer = evaluated(rows, replace(OPTIONS, lot_method=method))
    assert [(lot.asset, lot.quantity, lot.cost) for lot in answer.lots] == [("LP", D("1e-18"), 162 + 50)]
    assert answer.realised.gain == 0


def test_the_stated_value_is_that_of_the_only_side_whatever_its_rate() -> None:
    rows = bought(replace(JOIN, legs=legs(X="6"), gross=D(70), currency="EUR"))
    options = replace(OPTIONS, lp_treatment=LpTreatment.DISPOSAL)
    world = {"assets": {**EURO, "X": Asset("X", "USD")}, "rates": {}}
    rows[0], rows[1] = (replace(row, currency="EUR") for row in rows[:2])
    assert evaluated(rows, options, **world).realised.gain == 70 - 82


def test_a_stated_value_below_that_of_the_known_sides_is_shared_evenly() -> None:
    rows = bought(draft("airdrop", 3, asset="Y", quantity="2", account="a"), replace(JOIN, gross=D(50)))
    answer = evaluated(rows, replace(OPTIONS, lp_treatment=LpTreatment.DISPOSAL), prices=without("Y", "LP"))
    assert sum(match.proceeds for match in answer.matches if match.asset == "X") == 25


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"kind": "merger", "to_asset": "Y", "to_quantity": "1", "gross": "5"}, "cost_fraction"),
        ({"kind": "merger", "to_asset": "X", "to_quantity": "1"}, "to_symbol"),
        ({"kind": "stake", "to_account": "a"}, "to_account"),
        ({"kind": "buy", "to_account": "b", "unit_price": "1"}, "to_account"),
        ({"kind": "buy", "legs": legs(Y="1"), "unit_price": "1"}, "legs"),
        ({"kind": "lp_add"}, "legs"),
        ({"kind": "lp_add", "legs": legs(X="1")}, "legs/0/symbol"),
        ({"kind": "lp_remove", "legs": legs(Y="1") * 2}, "legs/1/symbol"),
        ({"kind": "lp_add", "legs": legs(Y="0")}, "legs/0/quantity"),
        ({"kind": "lp_add", "legs": legs(Y="1e70")}, "legs/0/quantity"),
    ],
)
def test_faults_name_their_place(fields: dict[str, Any], place: str) -> None:
    kind = fields.pop("kind")
    faults = faults_of(draft(kind, 1, asset="X", quantity="1", account="a", pointer="/t", **fields))
    assert [fault.pointer for fault in faults] == [f"/t/{place}"]


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"kind": "merger", "to_asset": "EUR", "to_quantity": "1"}, "/to_symbol"),
        ({"kind": "lp_add", "legs": legs(Y="1", EUR="1")}, "/legs/1/symbol"),
    ],
)
def test_money_is_no_asset_of_an_exchange(fields: dict[str, Any], place: str) -> None:
    kind = fields.pop("kind")
    with pytest.raises(Invalid) as caught:
        folded([draft(kind, 1, asset="X", quantity="1", account="a", **fields)])
    assert [fault.pointer for fault in caught.value.faults] == [place]


def test_a_draft_names_and_renames_every_asset() -> None:
    row = draft("lp_add", 1, asset="LP", quantity="1", legs=legs(X="1", Y="2"), fee="1", fee_currency="EUR")
    assert row.asset_keys == ("LP", "EUR", "X", "Y")
    assert row.renamed({"LP": "1", "Y": "2"}).asset_keys == ("1", "EUR", "X", "2")
    assert set(ASSETS) == {"X", "Y", "Z"}
