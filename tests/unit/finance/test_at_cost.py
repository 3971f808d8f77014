"""What has no price is valued at its cost without fees and taxes, so that no choice about cost changes a value."""

from __future__ import annotations

import itertools
import os
from dataclasses import replace
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.finance.explanations import disagreements, every_figure
from unit.finance.ledgers import ASSETS, DAYS, amounts, day, draft, drafts, market, numbered, policies, quotes

from finsage.finance.asset import Asset
from finsage.finance.evaluation import evaluate, evaluate_ledger, evaluate_with_ledger
from finsage.finance.explanation.basis import Basis
from finsage.finance.explanation.explain import explain
from finsage.finance.ledger import fold
from finsage.finance.money import ZERO, exact
from finsage.finance.options import CashMode, LotMethod, LotScope, LpTreatment, Options, Oversell, Scope
from finsage.finance.part import divide
from finsage.finance.results import Evaluation, LotView
from finsage.finance.trail import Track
from finsage.finance.transaction import Draft, PoolLeg
from finsage.finance.workings import Workings

D = Decimal
FACTOR = int(os.environ.get("FINSAGE_TEST_EXAMPLES_FACTOR", "1"))
FEW = settings(max_examples=40 * FACTOR, deadline=None)
END = day(DAYS)
# Nobody quotes these, and nobody buys them: they come out of something else.
UNPRICED = {"U": Asset("U", "USD"), "V": Asset("V", "EUR"), "W": Asset("W", "CHF"), "T": Asset("T", "EUR")}
WORLD = market(assets={**ASSETS, **UNPRICED})
CHOICES = [{"fees_in_cost": fees, "taxes_in_cost": taxes} for fees, taxes in itertools.product((True, False), repeat=2)]
# HIFO and specific are left out: the one takes the dearest lots by their cost under the options, so that other lots,
# and other amounts, may leave in kind; the other is FIFO where no lot is named.
METHODS = st.sampled_from([LotMethod.FIFO, LotMethod.LIFO, LotMethod.AVERAGE])

_UNITS, _DAY, _ACCOUNT = amounts(1, 9), st.integers(3, DAYS - 1), st.sampled_from(["a", "b"])
# What is spun off is moved about the most.
_TWO = st.sampled_from([*itertools.permutations(UNPRICED, 2), *[("U", "V"), ("V", "U"), ("U", "T"), ("V", "T")] * 3])
_KIND = st.sampled_from(
    (
        "spin_off", "spun", "merger", "stake", "unstake", "transfer", "transfer_in", "transfer_out", "swap", "lp_add",
        "lp_remove", "split", "sell", "opening_balance", "buy", "fee_apart",
    )
)  # fmt: skip


@st.composite
def unpriced_ledgers(draw: st.DrawFn) -> list[Draft]:
    """Shares bought with fees and taxes, of which some without a price are spun off; then anything happens to those."""
    rows = []
    for account in ("a", "b"):
        for key in ("X", "Y"):
            rows += [_bought(draw, key, 1, account), _spun(key, draw(st.sampled_from("UV")), 2, account)]
    for place in range(draw(st.integers(2, 9))):
        rows += _event(draw, draw(_KIND), draw(_DAY), place)
    return numbered(rows)


def _bought(draw: st.DrawFn, key: str, when: int, account: str) -> Draft:
    charges = {"fee": draw(amounts(0, 20)), "tax": draw(amounts(0, 5))}
    price = {"unit_price": draw(amounts(5, 50)), "currency": draw(st.sampled_from(["EUR", "USD"]))}
    return draft("buy", when, asset=key, quantity=draw(_UNITS), account=account, **price, **charges)


def _spun(key: str, target: str, when: int, account: str) -> Draft:
    return draft("spin_off", when, asset=key, to_asset=target, to_quantity=3, cost_fraction="0.3", account=account)


def _event(draw: st.DrawFn, kind: str, when: int, place: int) -> list[Draft]:  # noqa: PLR0911 - one answer per type
    (one, other), account = draw(_TWO), draw(_ACCOUNT)
    given_: dict[str, Any] = {"asset": one, "account": account}
    units = {"quantity": draw(_UNITS)}
    received = {"to_asset": other, "to_quantity": draw(_UNITS)}
    if kind == "buy":
        return [_bought(draw, draw(st.sampled_from("XY")), when, account)]
    if kind == "spin_off":
        return [_spun(draw(st.sampled_from("XY")), one, when, account)]
    if kind == "spun":
        return [_spun(one, other, when, account)]
    if kind == "merger":
        cash = draw(st.sampled_from([{}, {"gross": "7.5", "cost_fraction": "0.25", "fee": "0.5", "currency": "EUR"}]))
        return [draft(kind, when, **given_, **units, **received, **cash)]
    if kind == "swap":
        return [draft(kind, when, **given_, **units, **received, fee="0.3", tax="0.2", currency="EUR")]
    if kind in {"stake", "unstake"}:
        return [draft(kind, when, **given_, **units)]
    if kind == "transfer":
        moved, group = {"asset": one, **units}, f"g{place}"
        out = draft("transfer_out", when, account="a", group=group, **moved)
        return [out, draft("transfer_in", min(when + 2, DAYS), account="b", group=group, **moved)]
    if kind in {"lp_add", "lp_remove"}:
        keys = draw(st.sampled_from([["U", "V"], ["U", "V", "W", "T"], ["V", "T"]]))
        legs = tuple(PoolLeg(key, draw(_UNITS)) for key in keys if key != one)
        return [draft(kind, when, **given_, **units, legs=legs, fee="0.4", currency="EUR")]
    if kind == "split":
        return [draft(kind, when, asset=one, ratio="2")]
    if kind == "sell":
        # From here on the price of the trade is known.
        return [draft(kind, when, **given_, **units, unit_price=draw(amounts(1, 30)), fee="1", currency="EUR")]
    if kind == "opening_balance":
        return [draft(kind, when, **given_, **units, gross=draw(amounts(1, 90)))]
    if kind == "fee_apart":
        # A fee in units of what has no price.
        fee = {"fee": "0.2", "fee_currency": one}
        return [draft("buy", when, asset="X", account=account, quantity=1, unit_price=9, currency="EUR", **fee)]
    return [draft(kind, when, **given_, **units)]


@st.composite
def rules(draw: st.DrawFn) -> Options:
    """All that may be chosen but what joins cost, and the lot methods that take lots by it."""
    return Options(
        lot_method=draw(METHODS),
        lot_scope=draw(st.sampled_from(LotScope)),
        cash=draw(st.sampled_from([CashMode.TRACKED, CashMode.IMPLIED])),
        lp_treatment=draw(st.sampled_from(LpTreatment)),
        oversell=draw(st.sampled_from(Oversell)),
        series=True,
    )


def evaluated(rows: list[Draft], options: Options, start: int) -> list[Evaluation]:
    """Under each choice about cost; in all of them both sides of the identity agree."""
    return [evaluate(rows, WORLD, replace(options, **choice), (day(start), END)) for choice in CHOICES]


def assert_alike(answers: list[Evaluation]) -> None:
    """Nothing but gains realised and not, and what they are after, follows the choice."""
    first, *others = answers
    for answer in others:
        assert answer.market_value == first.market_value
        assert answer.net_flow == first.net_flow
        assert answer.performance == first.performance
        assert answer.risk == first.risk
        assert [(lot.id, lot.quantity) for lot in answer.lots] == [(lot.id, lot.quantity) for lot in first.lots]
        assert answer.by_asset.keys() == first.by_asset.keys()
        for key, report in answer.by_asset.items():
            assert report.market_value == first.by_asset[key].market_value, key
            assert report.performance == first.by_asset[key].performance, key
        for name in ("value", "flow", "gain", "twr"):
            assert np.array_equal(getattr(answer.series, name), getattr(first.series, name), equal_nan=True), name


def gross_of(lots: list[LotView], answer: Evaluation, choice: dict[str, bool]) -> dict[str, Decimal]:
    """What the open lots of each asset valued at cost were bought for, from what is told of them."""
    found = {row.asset: ZERO for row in answer.holdings if row.is_at_cost}
    with exact():
        for lot in lots:
            if lot.asset in found:
                charges = lot.fee_cost * choice["fees_in_cost"] + lot.tax_cost * choice["taxes_in_cost"]
                found[lot.asset] += lot.cost - charges
    return found


@FEW
@given(unpriced_ledgers(), rules(), st.sampled_from([0, 1, 20]))
def test_choices_about_cost_change_no_value_of_what_has_no_price(
    rows: list[Draft], options: Options, start: int
) -> None:
    answers = evaluated(rows, options, start)
    assert_alike(answers)
    for answer, choice in zip(answers, CHOICES, strict=True):
        assert answer.identity.left == answer.identity.right
        at_cost = {row.asset: row.market_value for row in answer.holdings if row.is_at_cost}
        assert at_cost == gross_of(list(answer.lots), answer, choice)
        assert answer.series.value[-1] == pytest.approx(float(answer.market_value), rel=1e-9, abs=1e-9)


@FEW
@given(unpriced_ledgers(), rules(), st.sampled_from([{"account": "a"}, {"asset": "U"}, {"asset": "X"}]))
def test_nor_do_they_in_the_scope_of_an_account_or_an_asset(
    rows: list[Draft], options: Options, scope: dict[str, str]
) -> None:
    assert_alike(evaluated(rows, replace(options, lot_scope=LotScope.ACCOUNT, scope=Scope(**scope)), 0))


@settings(FEW, max_examples=10 * FACTOR)
@given(unpriced_ledgers(), rules())
def test_nor_in_the_parts_that_accounts_have_of_pooled_lots(rows: list[Draft], options: Options) -> None:
    found = []
    for choice in CHOICES:
        chosen = replace(options, lot_scope=LotScope.PORTFOLIO, **choice)
        ledger, evaluation = evaluate_with_ledger(rows, WORLD, chosen, (day(0), END))
        with exact():
            parts = divide(ledger, lambda account, _: account, by_account=True)
            bases = {key: Basis(ledger, evaluation, None, part) for key, part in sorted(parts.items())}
            found.append({key: (basis.market_value, basis.path.value.tolist()) for key, basis in bases.items()})
    assert all(one == found[0] for one in found[1:])


@settings(FEW, max_examples=6 * FACTOR)
@given(unpriced_ledgers(), rules(), st.sampled_from(CHOICES))
def test_figures_at_cost_follow_from_what_is_shown(
    rows: list[Draft], options: Options, choice: dict[str, bool]
) -> None:
    options = replace(options, series=False, **choice)
    ledger, evaluation = evaluate_with_ledger(rows, WORLD, options, (day(2), END))
    assert [found for shown in every_figure(ledger, evaluation) if (found := disagreements(shown))] == []


@FEW
@given(st.one_of(drafts(), unpriced_ledgers()), policies())
def test_tracks_know_what_the_open_lots_cost_with_charges_and_without(rows: list[Draft], options: Options) -> None:
    state = fold(rows, WORLD, options).state
    with exact():
        for key, track in state.tracks.items():
            if track.is_cash:
                assert track.gross_costs == track.base_costs
                continue
            lots = [lot.cost for side in (state.long, state.short) if key in side for lot in side[key]]
            assert track.now()[2] == sum((cost.base(options) for cost in lots), ZERO)
            assert track.now()[3] == sum((cost.gross_base for cost in lots), ZERO)


# ------------------------------------------------------------------------------------------- by example

BOUGHT = [
    draft("deposit", 1, gross=2000, currency="EUR", account="a"),
    draft("buy", 2, asset="Y", quantity=100, unit_price=10, fee=50, tax=20, currency="EUR", account="a"),
    draft("spin_off", 3, asset="Y", to_asset="V", to_quantity=5, cost_fraction="0.2", account="a"),
]
Y_FLAT = {"Y": quotes(d0="10")}


def after(*rows: Draft, **choice: Any) -> Evaluation:
    found = market(assets={**ASSETS, **UNPRICED}, prices=Y_FLAT)
    options = Options(series=True, **{"cash": CashMode.TRACKED, **choice})
    return evaluate(numbered([*BOUGHT, *rows]), found, options, (day(0), END))


@pytest.mark.parametrize(
    ("choice", "cost"),
    [
        ({}, 214),
        ({"taxes_in_cost": False}, 210),
        ({"fees_in_cost": False, "taxes_in_cost": True}, 204),
        ({"fees_in_cost": False}, 200),
    ],
)
def test_what_is_spun_off_is_worth_its_part_of_the_price_paid_for_the_shares(choice: dict[str, Any], cost: int) -> None:
    got = after(**choice)
    [spun, _] = got.holdings
    assert (spun.asset, spun.is_at_cost, spun.market_value, spun.cost) == ("V", True, 200, cost)
    assert (got.performance.simple_gain, got.market_value) == (130, 2130)
    # The shares are still quoted at 10: a fifth of what they cost has left them, and 70 were paid beside them.
    assert got.by_asset["V"].unrealised.gain == got.by_asset["V"].unrealised.price == 200 - cost
    assert got.by_asset["V"].unrealised.fx == 0
    assert got.by_asset["V"].performance.simple_gain == 0
    assert got.series.value[3:].tolist() == [2130] * (DAYS - 2)
    assert got.identity.left == got.identity.right == 130
    assert [notice.detail for notice in got.warnings] == ["no price is known; valued at cost without fees and taxes"]


@pytest.mark.parametrize("fees", [True, False])
def test_what_leaves_without_a_price_leaves_at_what_was_paid_for_it(fees: bool) -> None:
    got = after(draft("transfer_out", 9, asset="V", quantity=2, account="a"), fees_in_cost=fees)
    assert [flow.value for flow in got.flows] == [2000, -80]
    assert got.performance.simple_gain == 130
    # In the identity what leaves in kind counts at the cost of its lots.
    assert got.flows[-1].book == (D("-85.6") if fees else -80)
    assert got.identity.left == got.identity.right


@pytest.mark.parametrize("fees", [True, False])
def test_what_sides_without_a_price_get_of_a_pool_follows_from_what_was_paid_for_them(fees: bool) -> None:
    rows = [
        draft("opening_balance", 4, asset="U", quantity=1, gross=200, currency="EUR", account="a"),
        draft("lp_add", 9, asset="T", quantity=8, legs=(PoolLeg("V", D(5)), PoolLeg("U", D(1))), account="a"),
    ]
    got = after(*rows, fees_in_cost=fees)
    assert [(lot.quantity, lot.cost) for lot in got.lots if lot.asset == "T"] == [(4, 214 if fees else 200), (4, 200)]
    assert {row.asset: row.market_value for row in got.holdings} == {"T": 400, "Y": 1000}
    assert got.performance.simple_gain == 130


@pytest.mark.parametrize(
    ("row", "treatment"),
    [
        (draft("swap", 9, asset="V", quantity=5, to_asset="T", to_quantity=1, account="a"), LpTreatment.CARRY),
        (draft("lp_add", 9, asset="T", quantity=1, legs=(PoolLeg("V", D(5)),), account="a"), LpTreatment.DISPOSAL),
    ],
)
@pytest.mark.parametrize("fees", [True, False])
def test_what_is_exchanged_without_a_price_is_worth_what_was_paid_for_it(
    row: Draft, treatment: LpTreatment, fees: bool
) -> None:
    got = after(row, fees_in_cost=fees, lp_treatment=treatment)
    assert [(match.cost, match.proceeds) for match in got.matches] == [(214 if fees else 200, 200)]
    assert {row.asset: (row.market_value, row.cost) for row in got.holdings}["T"] == (200, 200)
    assert got.performance.simple_gain == 130


@pytest.mark.parametrize("fees", [True, False])
def test_accounts_share_the_value_at_cost_of_pooled_lots_by_their_units(fees: bool) -> None:
    rows = [
        draft("transfer_out", 9, asset="V", quantity=2, account="a", group="g"),
        draft("transfer_in", 9, asset="V", quantity=2, account="b", group="g"),
        draft("opening_balance", 20, asset="V", quantity=5, gross=600, currency="EUR", account="a"),
    ]
    found = market(assets={**ASSETS, **UNPRICED}, prices=Y_FLAT)
    options = Options(lot_scope=LotScope.PORTFOLIO, fees_in_cost=fees)
    ledger, evaluation = evaluate_with_ledger(numbered([*BOUGHT, *rows]), found, options, (day(0), END))
    with exact():
        part = divide(ledger, lambda account, _: account, by_account=True)["b"]
        basis = Basis(ledger, evaluation, None, part)
        value = basis.path.value
    # 2 of 5 units of 200, from the 20th day on 2 of 10 of 800, of which no row of the account itself tells.
    assert value[[8, 9, 19, 20, DAYS]].tolist() == [0, 80, 80, 160, 160]
    assert basis.market_value == 160
    shown = explain(ledger, evaluation, "unrealised_return", None, part)
    assert shown.lots == ()
    assert [(row.asset, row.value, row.gross_cost) for row in shown.valuations if row.day == END] == [("V", 160, 160)]


def test_a_split_of_the_same_cost_into_price_and_fee_is_worked_out_anew() -> None:
    workings, found = Workings(), market(assets={**ASSETS, **UNPRICED}, prices=Y_FLAT)

    def with_fee(fee: int) -> list[Draft]:
        [paid, bought, spun] = BOUGHT
        bought = replace(bought, unit_price=None, gross=1070 - D(fee), fee=D(fee), tax=ZERO)
        sold = draft("sell", 30, asset="V", quantity=5, unit_price=40, currency="EUR", account="a")
        return numbered([paid, bought, spun, sold])

    before, now, afresh = (
        evaluate_ledger(fold(with_fee(fee), found, Options(series=True)), day(0), END, workings=kept)
        for fee, kept in ((50, workings), (20, workings), (20, None))
    )
    assert now.series.value[10] == afresh.series.value[10] == before.series.value[10] + 6
    assert now.by_asset == afresh.by_asset


def test_tracks_that_differ_in_the_gross_cost_alone_differ() -> None:
    one, other = Track(("", "a"), "V", is_cash=False), Track(("", "a"), "V", is_cash=False)
    for track, gross in ((one, 90), (other, 95)):
        track.set(1, D(1), D(100), D(100), D(gross))
        track.set(2, D(0), D(0), D(0), D(0))
    assert one != other
    assert (one.at(1), one.at(0), one.now()) == ((1, 100, 100, 90), (0, 0, 0, 0), (0, 0, 0, 0))
    assert one.beginning(1).now() == (1, 100, 100, 90)


def test_what_is_left_of_a_short_sale_keeps_what_it_brought_before_its_fee() -> None:
    opened = draft("short_sell", 1, asset="Y", quantity=4, unit_price=10, fee=2, currency="EUR")
    bought = draft("cover", 2, asset="Y", quantity=2, unit_price=9, fee=1, currency="EUR")
    state = fold(numbered([opened, bought]), market(), Options(cash=CashMode.IMPLIED)).state
    assert state.tracks[("", ""), "Y"].now() == (-2, -19, -19, -20)
