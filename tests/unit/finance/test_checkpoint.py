"""A fold that starts from what an earlier one knew ends where one from the beginning does."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.finance.ledgers import ASSETS, PRICES, RATES, day, draft, drafts, market, numbered, policies, quotes
from unit.finance.test_properties import FACTOR

from finsage.errors import Invalid
from finsage.finance.asset import Asset
from finsage.finance.checkpoint import Spacing, take
from finsage.finance.checks import CHECKS
from finsage.finance.evaluation import evaluate_ledger
from finsage.finance.ledger import Entry, Ledger, fold
from finsage.finance.money import ONE
from finsage.finance.options import (
    AssetTaxes,
    CalendarChoice,
    CashMode,
    FlowTiming,
    LotMethod,
    LotScope,
    Options,
    Scope,
)
from finsage.finance.row import Rows
from finsage.finance.trail import AverageGain, Leg, Realised, Result
from finsage.finance.transaction import Draft, PoolLeg
from finsage.finance.valuation import Market
from finsage.finance.workings import TrailRows, Workings

OFTEN = Spacing(3, 1)
MANY = settings(max_examples=60 * FACTOR, deadline=None)


def known(ledger: Ledger) -> tuple[Any, ...]:
    """All a fold leaves behind, written out the same in every process: a set has its own order in each."""
    state = ledger.state
    left = take(state, 0, 0)
    return (
        ledger.lots(), ledger.positions(), ledger.matches, ledger.missing_acquisitions, ledger.warnings,
        left._replace(priced=frozenset()), sorted(left.priced), state.legs, state.results, state.realised,
        state.average_gains, list(state.tracks.items()), list(state.average_tracks.items()),
    )  # fmt: skip


def again(drafts: list[Draft], market_now: Market, options: Options, earlier: Ledger) -> Ledger | None:
    """Both ways of folding, compared; None when neither books the drafts."""
    try:
        whole = fold(drafts, market_now, options)
    except Invalid:
        with pytest.raises(Invalid):
            fold(drafts, market_now, options, resume=earlier.checkpoints)
        return None
    resumed = fold(drafts, market_now, options, resume=earlier.checkpoints, checkpoints=OFTEN)
    assert resumed.entries == whole.entries[resumed.resumed_at :]
    assert repr(known(resumed)) == repr(known(whole))
    assert [fault for check in CHECKS for fault in check(resumed)] == []
    return resumed


@MANY
@given(drafts(max_size=14), policies(), st.sampled_from(LotScope), drafts(max_size=3), st.integers(0, 20))
def test_a_resumed_fold_is_the_whole_fold_wherever_the_edit_is(
    rows: list[Draft], options: Options, scope: LotScope, extra: list[Draft], place: int
) -> None:
    options, is_gone = replace(options, lot_scope=scope), place % 2
    try:
        earlier = fold(rows, market(), options, checkpoints=OFTEN)
    except Invalid:
        return
    edited = rows[: place % len(rows)] + rows[place % len(rows) + is_gone :]
    edited += [replace(row, id=f"n{row.id}", sequence=100 + row.sequence) for row in extra]
    resumed = again(edited, market(), options, earlier)
    if resumed is not None:
        # And back: what was resumed can be resumed.
        again(rows, market(), options, resumed)
        again(edited, market(), replace(options, lot_method=LotMethod.LIFO), resumed)


OF_FIGURES: dict[str, Any] = {
    "flow_timing": FlowTiming.MID,
    "asset_taxes": AssetTaxes.INCLUDED,
    "scope": Scope(asset="A"),
    "calendar": CalendarChoice.ALL_DAYS,
    "annualise_after_days": 1,
    "series": True,
}


@MANY
@given(drafts(max_size=14), policies())
def test_what_rules_over_figures_alone_leaves_the_fold_as_it_is(rows: list[Draft], options: Options) -> None:
    try:
        plain = fold(rows, market(), options.of_fold, checkpoints=OFTEN)
    except Invalid:
        return
    other = replace(options, **OF_FIGURES)
    assert other.of_fold == options.of_fold
    again(rows, market(), other, plain)


@MANY
@given(drafts(max_size=14), policies(), st.sampled_from(["price", "rate", "first rate", "asset", "first price"]))
def test_what_was_looked_up_and_is_another_now_is_looked_up_again(
    rows: list[Draft], options: Options, changed: str
) -> None:
    now = {
        "price": market(prices=PRICES | {"Y": quotes(m5="10", d15="12.5", d40="9.25")}),
        "first price": market(prices={"X": PRICES["X"]}),
        "rate": market(rates=RATES | {("USD", "EUR"): quotes(m10="0.9", d10="0.96", d33="0.8")}),
        "first rate": market(rates=RATES | {("EUR", "CHF"): quotes(d1="0.8", d20="1.25")}),
        "asset": market(assets=ASSETS | {"Y": Asset("Y", "CHF")}),
    }[changed]
    try:
        earlier = fold(rows, market(), options, checkpoints=OFTEN)
    except Invalid:
        return
    again(rows, now, options, earlier)


def bought(count: int) -> list[Draft]:
    """One share on each day."""
    return numbered([draft("buy", place, asset="Y", quantity=1, unit_price="2.5") for place in range(count)])


def resumed_at(drafts: list[Draft], earlier: Ledger, market_now: Market | None = None) -> int:
    return fold(drafts, market_now or market(), Options(), resume=earlier.checkpoints).resumed_at


def test_checkpoints_stand_close_where_edits_are_likely() -> None:
    earlier = fold(bought(55), market(), Options(), checkpoints=Spacing(10, 2))
    assert earlier.checkpoints is not None
    assert [mark.steps for mark in earlier.checkpoints.marks] == [10, 20, 30, 40, 45, 47, 49, 51, 53]
    later = fold(bought(65), market(), Options(), resume=earlier.checkpoints, checkpoints=Spacing(10, 2))
    assert later.checkpoints is not None
    assert [mark.steps for mark in later.checkpoints.marks] == [10, 20, 30, 40, 51, 53, 55, 57, 59, 61, 63]


def test_a_fold_resumes_just_before_the_edit() -> None:
    rows = bought(30)
    earlier = fold(rows, market(), Options(), checkpoints=OFTEN)
    assert resumed_at(rows, earlier) == 29
    assert resumed_at([*rows, replace(rows[0], id="late", booked_on=day(28), sequence=99)], earlier) == 28
    assert resumed_at(rows[:20], earlier) == 18
    assert resumed_at(rows[1:], earlier) == 0


def test_a_row_of_the_last_day_of_a_checkpoint_is_not_taken_over() -> None:
    """A sale without a time borrows a purchase that comes later in the file: that day is folded as a whole."""
    rows = numbered([draft("buy", 1, asset="Y", quantity=1, unit_price=2), draft("sell", 2, asset="Y", quantity=2,
                     unit_price=2), draft("buy", 3, asset="Y", quantity=1, unit_price=2)])  # fmt: skip
    earlier = fold(rows, market(), Options(), checkpoints=OFTEN)
    assert earlier.missing_acquisitions
    lent = replace(rows[0], id="lent", booked_on=day(2), sequence=9)
    resumed = fold([*rows, lent], market(), Options(), resume=earlier.checkpoints)
    assert resumed.resumed_at == 1
    assert not resumed.missing_acquisitions


def test_new_quotes_and_assets_leave_the_checkpoints_valid() -> None:
    rows = bought(30)
    earlier = fold(rows, market(), Options(), checkpoints=OFTEN)
    prices = PRICES | {"Y": quotes(m5="10", d15="12", d40="9.25", d41="10")}
    more = market(prices=prices, assets=ASSETS | {"W": Asset("W", "EUR")})
    bought_new = [*rows, draft("buy", 29, id="w", asset="W", quantity=1, unit_price=1, sequence=50)]
    assert resumed_at(bought_new, earlier, more) == 29


def test_a_fold_resumes_from_one_that_other_figures_were_made_of() -> None:
    rows = bought(30)
    earlier = fold(rows, market(), Options(), checkpoints=OFTEN)
    assert fold(rows, market(), Options(**OF_FIGURES), resume=earlier.checkpoints).resumed_at == 29


def test_what_decides_about_every_step_begins_anew() -> None:
    rows = bought(30)
    earlier = fold(rows, market(), Options(), checkpoints=OFTEN)
    assert fold(rows, market(), Options(fees_in_cost=False), resume=earlier.checkpoints).resumed_at == 0
    assert resumed_at([*rows, draft("deposit", 29, id="d", gross=1, sequence=99)], earlier) == 0
    assert fold(rows, market(), Options()).checkpoints is None


def test_a_sink_sees_what_is_booked_anew() -> None:
    rows = bought(30)
    seen: list[Entry] = []
    earlier = fold(rows, market(), Options(), checkpoints=OFTEN, sink=seen.append)
    assert len(seen) == 30
    del seen[:]
    resumed = fold(rows, market(), Options(), resume=earlier.checkpoints, sink=seen.append)
    assert (resumed.resumed_at, [entry.draft.id for entry in seen]) == (29, ["30"])
    assert resumed.lots() == fold(rows, market(), Options()).lots()


def test_evaluations_leave_the_checkpoints_as_they_were() -> None:
    """Figures look up rates and prices of their own; what they ask for is nobody's to check later."""
    rows = [
        *bought(30),
        draft("buy", 29, id="x", sequence=50, asset="X", quantity=1, unit_price=1, fx_rate="0.9", currency="USD"),
    ]
    options = Options(cash=CashMode.TRACKED)
    earlier = fold(rows, market(rates={}), options, checkpoints=OFTEN)
    evaluate_ledger(earlier, day(0) - timedelta(days=1), day(40))
    whole = fold(rows, market(rates={}), options)
    assert fold(rows, market(rates={}), options, resume=earlier.checkpoints).warnings == whole.warnings
    assert whole.state.booked["", "", "Y"] == Decimal(30)


def test_a_rate_that_was_missing_and_is_known_now_begins_anew() -> None:
    rows = numbered([draft("buy", place, asset="X", quantity=1, unit_price="2.5") for place in range(9)])
    earlier = fold(rows, market(rates={}), Options(), checkpoints=OFTEN)
    resumed = fold(rows, market(), Options(), resume=earlier.checkpoints)
    assert (resumed.resumed_at, resumed.lots()) == (0, fold(rows, market(), Options()).lots())


def test_a_rate_that_is_compared_with_a_checkpoint_is_not_looked_up_by_that() -> None:
    rows = numbered([draft("buy", place, asset="Y", quantity=1, unit_price=2) for place in range(18)])
    rows[9] = draft("lp_add", 9, id="10", sequence=10, asset="Y", quantity=1, legs=(PoolLeg("Z", Decimal(1)),))
    earlier = fold(rows, market(), Options(), checkpoints=OFTEN)
    # Without a price of Z nothing asks for the rate of its currency.
    resumed = again(rows, market(prices={"Y": PRICES["Y"]}), Options(), earlier)
    assert resumed is not None
    assert resumed.resumed_at == 9


def test_a_pool_in_which_nothing_happened_is_the_one_it_was() -> None:
    rows = numbered([draft("buy", place, asset="Y" if place < 20 else "Z", quantity=1, unit_price=2)
                     for place in range(30)])  # fmt: skip
    earlier = fold(rows, market(), Options(), checkpoints=OFTEN)
    later = fold([*rows, replace(rows[29], id="late", sequence=99)], market(), Options(), resume=earlier.checkpoints)
    assert later.resumed_at > 20
    before, after = ({pool.key[1]: pool for pool in ledger.pools()} for ledger in (earlier, later))
    assert after["Y"].key == before["Y"].key
    assert after["Y"].content() is before["Y"].content()
    assert after["Z"].content() is not before["Z"].content()
    assert len(after["Z"].lots()) == len(before["Z"].lots()) + 1


@MANY
@given(drafts(max_size=12), policies(), drafts(max_size=2), st.integers(0, 12), st.booleans())
def test_figures_taken_over_from_an_evaluation_before_are_those_worked_out_anew(
    rows: list[Draft], options: Options, extra: list[Draft], place: int, is_moved: bool
) -> None:
    workings, since = Workings(), place - 2
    more = [*rows, *(replace(row, id=f"late {row.id}", sequence=len(rows) + row.sequence) for row in extra)]
    less = [row for number, row in enumerate(rows) if number != place]
    later = market(prices={**PRICES, "X": quotes(m5="100", d20="81")} if is_moved else PRICES)
    for booked, known_of_prices in ((rows, market()), (rows, market()), (more, market()), (less, later)):
        try:
            ledger = fold(booked, known_of_prices, options, through=day(70))
        except Invalid:
            continue
        taken = evaluate_ledger(ledger, day(since), day(70), workings=workings)
        assert taken == evaluate_ledger(ledger, day(since), day(70))


def test_an_asset_in_which_nothing_happened_keeps_its_report() -> None:
    rows = numbered([draft("buy", 1, asset=key, quantity=3, unit_price=5, account="a") for key in ("X", "Y", "X", "W")])
    workings = Workings()

    def reports(drafts: list[Draft], since: int = 0, **changes: Any) -> Any:
        ledger = fold(drafts, market(**changes), Options(), through=day(40))
        return evaluate_ledger(ledger, day(since), day(40), workings=workings).by_asset

    first = reports(rows)
    # One more comes before all others: each of them stands a place further on.
    early = draft("buy", 0, asset="Y", quantity=1, unit_price=4, account="a", id="early")
    second = reports([*rows, early])
    assert second["X"] is first["X"]
    assert second["Y"] != first["Y"]
    # A rate or price that is another now, or another period.
    third = reports([*rows, early], prices={**PRICES, "Y": quotes(m5="10", d15="12", d16="13")})
    assert third["X"] is second["X"]
    assert third["Y"] != second["Y"]
    fourth = reports([*rows, early], rates={**RATES, ("USD", "EUR"): quotes(m10="0.9", d10="0.96")})
    assert fourth["X"] != third["X"]
    fifth = reports([*rows, early], since=1)
    assert not any(fifth[key] is fourth[key] for key in ("X", "Y"))


def test_transactions_that_change_places_are_not_taken_for_the_same() -> None:
    paid = {"asset": "Y", "account": "a", "quantity": 3}
    one, two = draft("buy", 1, unit_price=5, id="1", **paid), draft("buy", 1, unit_price=5, id="2", **paid)
    other = draft("buy", 1, asset="X", account="a", quantity=1, unit_price=5, id="3")
    workings = Workings()
    for order in ((one, other, two), (two, other, one), (other, one, two)):
        rows = [replace(row, sequence=place) for place, row in enumerate(order)]
        ledger = fold(rows, market(), Options(), through=day(40))
        found = evaluate_ledger(ledger, day(0), day(40), workings=workings)
        assert found == evaluate_ledger(ledger, day(0), day(40))


def test_what_an_asset_earns_is_no_longer_that_of_one_transaction_when_it_comes_with_another() -> None:
    legs, results = Rows(Leg), Rows(Result)
    legs.append((5, 1, "", "a", "X", False, ONE, ONE))
    results.append((5, 1, "", "a", "X", ONE, ONE, ONE, ONE, ONE))
    apart = Rows(Result)
    apart.append((5, 2, "", "a", "X", ONE, ONE, ONE, ONE, ONE))
    moved = Rows(Leg)
    moved.append((5, 2, "", "a", "X", False, ONE, ONE))
    rest = (Rows(Realised), Rows(AverageGain))
    together = TrailRows(legs, results, *rest)
    assert together.are_those(TrailRows(moved, apart, *rest))
    assert not together.are_those(TrailRows(legs, apart, *rest))
    assert not together.are_those(TrailRows(legs, Rows(Result), *rest))


def test_what_went_on_from_a_ledger_leaves_it_as_it_was() -> None:
    rows = numbered([draft("buy", place, asset="Y", quantity=1, unit_price=5, account="a") for place in range(9)])
    earlier = fold(rows, market(), Options(), checkpoints=OFTEN)
    before = repr(known(earlier))
    assert again([*rows, draft("sell", 8, asset="Y", quantity=2, unit_price=6, id="x")], market(), Options(), earlier)
    assert repr(known(earlier)) == before
