"""What must hold for every ledger."""

from __future__ import annotations

import math
import os
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.finance.ledgers import (
    ASSETS,
    DAYS,
    FIRST,
    PRICES,
    RATES,
    day,
    draft,
    drafts,
    market,
    numbered,
    policies,
    quotes,
)

from finsage.errors import Invalid
from finsage.finance.asset import Asset
from finsage.finance.booking import book
from finsage.finance.checks import CHECKS, sum_zero
from finsage.finance.evaluation import evaluate as evaluate_all
from finsage.finance.ledger import fold
from finsage.finance.money import ZERO
from finsage.finance.options import CashMode, LotMethod, LotScope, LpTreatment, Options, Oversell, Scope
from finsage.finance.settlement import needs_market_rate
from finsage.finance.tag_scope import drafts_of_tag
from finsage.finance.transaction import SPLITS, TRANSFERS, Draft, PoolLeg

# Few by default, to take seconds; a campaign sets a factor.
FACTOR = int(os.environ.get("FINSAGE_TEST_EXAMPLES_FACTOR", "1"))
FEW = settings(max_examples=40 * FACTOR, deadline=None)
END = day(DAYS)
# The figures of each asset take half of the time; only where they are looked at are they worked out.
evaluate = partial(evaluate_all, by_asset=False)


@FEW
@given(drafts(), policies())
def test_postings_sum_to_zero_and_lots_equal_balances(rows: list[Draft], options: Options) -> None:
    ledger = fold(rows, market(), options)
    assert sum_zero(ledger.entries) == []
    assert [fault for check in CHECKS for fault in check(ledger)] == []


@FEW
@given(drafts(), policies())
def test_a_ledger_without_its_trail_knows_what_is_held(rows: list[Draft], options: Options) -> None:
    whole, bare = (fold(rows, market(), options, is_trail_kept=kept) for kept in (True, False))
    assert (bare.lots(), bare.positions(), bare.warnings) == (whole.lots(), whole.positions(), whole.warnings)
    assert (bare.entries, bare.missing_acquisitions) == (whole.entries, whole.missing_acquisitions)
    assert bare.matches == ()


@FEW
@given(drafts(), policies())
def test_postings_follow_from_the_draft_but_for_what_moves_by_the_book(rows: list[Draft], options: Options) -> None:
    found = market()
    for entry in fold(rows, found, options).entries:
        row = entry.draft
        if entry.dust or row.type in SPLITS | TRANSFERS or needs_market_rate(row, row.currency or ""):
            continue
        asset = found.assets.get(row.asset) if row.asset is not None else None
        assert book(row, base_currency=found.base_currency, asset=asset) == entry.postings


@FEW
@given(drafts(), policies(), st.integers(0, DAYS))
def test_money_is_conserved_over_any_period(rows: list[Draft], options: Options, start: int) -> None:
    answer = evaluate(rows, market(), options, (day(start), END))
    assert answer.identity.left is not None
    assert answer.identity.left == answer.identity.right


@FEW
@given(drafts(), policies(), st.sampled_from([{"account": "a"}, {"asset": "X"}, {"portfolio": ""}, {"account": "b"}]))
def test_money_is_conserved_in_every_scope(rows: list[Draft], options: Options, scope: dict[str, str]) -> None:
    options = replace(options, scope=Scope(**scope))
    answer = evaluate(rows, market(), options, (day(5), END))
    assert answer.identity.left == answer.identity.right


@FEW
@given(drafts(), policies(), st.sampled_from([LotScope.PORTFOLIO, LotScope.ALL]))
def test_money_is_conserved_in_pooled_lots(rows: list[Draft], options: Options, scope: LotScope) -> None:
    try:
        answer = evaluate(rows, market(), replace(options, lot_scope=scope), (day(5), END))
    except Invalid as refused:
        # The one refusal there is: of a split of one account whose units are netted away by short ones elsewhere.
        if any("split all accounts at once" not in fault.detail for fault in refused.faults):
            raise
        return
    assert answer.identity.left == answer.identity.right


@FEW
@given(drafts(), policies())
def test_choices_about_cost_change_neither_cash_nor_value_nor_total_gain(rows: list[Draft], options: Options) -> None:
    answers = [
        evaluate(rows, market(), replace(options, lot_method=method, fees_in_cost=fees), (day(0), END))
        for method in (LotMethod.FIFO, LotMethod.AVERAGE)
        for fees in (True, False)
    ]
    for answer in answers[1:]:
        assert answer.cash == answers[0].cash
        assert answer.market_value == answers[0].market_value
        # What leaves in kind without a stated value leaves at cost, which the lot method decides.
        left = [part.identity.left + part.identity.embedded_gain for part in (answer, answers[0])]
        assert answer.performance.simple_gain == answers[0].performance.simple_gain, left


@FEW
@given(drafts(), policies(), st.integers(1, DAYS))
def test_the_fold_of_a_prefix_is_the_prefix_of_the_fold(rows: list[Draft], options: Options, cut: int) -> None:
    options = replace(options, cash=CashMode.TRACKED)
    # A transfer without its partner is another event: those that straddle the cut are left away.
    late = {row.group for row in rows if row.booked_on > day(cut)} - {None}
    rows = [row for row in rows if row.group not in late]
    early = [row for row in rows if row.booked_on <= day(cut)]
    whole, part = fold(rows, market(), options, through=day(cut)), fold(early, market(), options)
    assert whole.lots() == part.lots()
    assert whole.positions() == part.positions()
    assert whole.matches == part.matches
    later = fold(rows, market(), options)
    assert later.matches[: len(part.matches)] == part.matches
    assert later.entries[: len(part.entries)] == part.entries


@FEW
@given(drafts(), policies(), st.randoms(use_true_random=False))
def test_the_order_of_the_input_does_not_matter(rows: list[Draft], options: Options, random) -> None:
    shuffled = list(rows)
    random.shuffle(shuffled)
    by_place = sorted(shuffled, key=lambda row: row.sequence)
    assert fold(by_place, market(), options).lots() == fold(rows, market(), options).lots()
    one, two = (fold(part, market(), options) for part in (shuffled, rows))
    assert one.positions() == two.positions()
    assert one.matches == two.matches


def _trades(draw_sides: list[tuple[bool, int, int]]) -> list[Draft]:
    """Purchases and sales of X, never more sold than held."""
    rows, held = [], 0
    for place, (is_buy, wanted, price) in enumerate(draw_sides):
        quantity = min(wanted, held) if held and not is_buy else wanted
        kind = "buy" if is_buy or not held else "sell"
        held += quantity if kind == "buy" else -quantity
        rows.append(draft(kind, place + 1, asset="X", quantity=quantity, unit_price=price, fee="1", currency="USD"))
    return numbered(rows)


SIDES = st.lists(st.tuples(st.booleans(), st.integers(1, 9), st.integers(1, 50)), min_size=1, max_size=12)


@FEW
@given(SIDES, st.integers(1, 60), st.booleans())
def test_all_lot_methods_agree_after_liquidation(sides: list[tuple[bool, int, int]], price: int, fees: bool) -> None:
    rows = _trades(sides)
    held = sum((row.quantity if row.type == "buy" else -row.quantity for row in rows), ZERO)
    if held:
        rows = numbered([*rows, draft("sell", 50, asset="X", quantity=held, unit_price=price, currency="USD")])
    gains = {
        method: evaluate(
            rows, market(), Options(lot_method=method, fees_in_cost=fees, cash=CashMode.IMPLIED), (day(0), END)
        )
        for method in LotMethod
    }
    assert len({answer.realised.gain for answer in gains.values()}) == 1
    for answer in gains.values():
        assert answer.unrealised.gain == 0
        assert answer.invested == 0


@FEW
@given(SIDES, st.integers(2, 13), st.sampled_from(["2", "3", "0.5", "10", "0.1", "7"]), st.sampled_from(LotMethod))
def test_a_split_changes_nothing_but_units(
    sides: list[tuple[bool, int, int]], cut: int, ratio: str, method: LotMethod
) -> None:
    rows, factor = _trades(sides), Decimal(ratio)
    before = [row for row in rows if row.booked_on < day(cut)]
    after = [
        replace(row, quantity=row.quantity * factor, unit_price=None, gross=row.quantity * row.unit_price)
        for row in rows
        if row.booked_on >= day(cut)
    ]
    split = [*before, draft("split", cut, asset="X", ratio=ratio, id="split"), *after]
    options = Options(lot_method=method, cash=CashMode.IMPLIED)
    # Without quotes the own trades carry the price, over the split too.
    plain, parted = (evaluate(part, market(prices={}), options, (day(0), END)) for part in (rows, split))
    assert parted.realised.gain == plain.realised.gain
    assert parted.invested == plain.invested
    assert float(parted.market_value) == pytest.approx(float(plain.market_value), rel=1e-12)
    assert parted.performance.twr == pytest.approx(plain.performance.twr, abs=1e-9)


@FEW
@given(SIDES, st.sampled_from(["2", "0.25"]))
def test_split_adjusted_quotes_are_unadjusted_once(sides: list[tuple[bool, int, int]], ratio: str) -> None:
    factor, rows = Decimal(ratio), _trades(sides)
    rows = [*rows, draft("split", 30, asset="X", ratio=ratio, id="split")]
    as_traded = market(prices={"X": quotes(d0="100", d20="80", d31=str(Decimal(90) / factor))})
    adjusted = market(prices={"X": quotes(d0=str(100 / factor), d20=str(80 / factor), d31=str(90 / factor))})
    names = ("as_traded", "split_adjusted")
    answers = [
        evaluate(
            rows, quoted, Options(cash=CashMode.IMPLIED, prices_are=Options().prices_are.__class__(name)), (day(0), END)
        )
        for quoted, name in zip((as_traded, adjusted), names, strict=True)
    ]
    assert answers[0].market_value == answers[1].market_value
    assert answers[0].performance.twr == pytest.approx(answers[1].performance.twr, abs=1e-9)


@FEW
@given(SIDES, st.integers(1, 58), st.integers(1, 5000), st.booleans())
def test_a_flow_alone_gives_no_return_on_its_day(
    sides: list[tuple[bool, int, int]], when: int, amount: int, is_in: bool
) -> None:
    base = [draft("deposit", 0, gross="100000", currency="EUR", id="d"), *_trades(sides)]
    flow = draft("deposit" if is_in else "withdrawal", when, gross=amount, currency="EUR", id="flow")
    options = Options(series=True)
    without, with_flow = (evaluate(rows, market(), options, (day(0), END)).series.twr for rows in (base, [*base, flow]))
    day_of = lambda twr: (1 + twr[when]) / (1 + twr[when - 1]) - 1  # noqa: E731
    traded = any(row.booked_on == day(when) for row in base)
    if not traded:
        # The day's return is that of the prices alone, whatever money came or went.
        invested_only = evaluate(base, market(), options, (day(0), END)).series
        moved = invested_only.value[when] != invested_only.value[when - 1]
        if not moved:
            assert day_of(with_flow) == pytest.approx(0, abs=1e-12)
    assert np.allclose(with_flow[:when], without[:when])


@FEW
@given(drafts(), st.sampled_from([2, 10, 1000]))
def test_scaling_a_portfolio_changes_no_rate(rows: list[Draft], factor: int) -> None:
    names = ("quantity", "gross", "fee", "tax", "settle_amount", "to_quantity")
    scaled = [
        replace(
            row,
            legs=tuple(PoolLeg(leg.asset, leg.quantity * factor) for leg in row.legs),
            **{name: getattr(row, name) * factor for name in names if getattr(row, name) is not None},
        )
        for row in rows
    ]
    options = Options(cash=CashMode.TRACKED)
    one, many = (evaluate(part, market(), options, (day(0), END)) for part in (rows, scaled))
    assert many.performance.reasons == one.performance.reasons
    for name in ("twr", "mwr", "modified_dietz", "simple_return"):
        first, second = getattr(one.performance, name), getattr(many.performance, name)
        assert first == second or second == pytest.approx(first, abs=1e-9, rel=1e-9)


@FEW
@given(SIDES, st.integers(1, 58), st.sampled_from(LotMethod), st.integers(1, 9))
def test_transfers_are_gain_free(sides: list[tuple[bool, int, int]], when: int, method: LotMethod, units: int) -> None:
    rows = [replace(row, account="a") for row in _trades(sides)]
    held = sum(
        (row.quantity if row.type == "buy" else -row.quantity for row in rows if row.booked_on <= day(when)), ZERO
    )
    units = min(Decimal(units), held) or Decimal(1)
    moved = [
        *rows,
        draft("transfer_out", when, asset="X", quantity=units, account="a", group="g", id="out", sequence=90),
        draft("transfer_in", when, asset="X", quantity=units, account="b", group="g", id="in", sequence=91),
        draft("transfer_out", when, asset="X", quantity=units, account="b", group="h", id="out2", sequence=92),
        draft("transfer_in", when, asset="X", quantity=units, account="a", group="h", id="in2", sequence=93),
    ]
    if not held:
        return
    options = Options(lot_method=method, cash=CashMode.IMPLIED)
    still, going = (evaluate(part, market(), options, (day(0), END)) for part in (rows, moved))
    assert going.performance.simple_gain == still.performance.simple_gain
    assert going.performance.twr == pytest.approx(still.performance.twr, abs=1e-9)
    same_day = [match for match in going.matches if match.disposed_on == day(when)]
    assert [match.reason for match in same_day if match.reason != "sell"] == []
    assert {lot.acquired_on for lot in going.lots} <= {row.booked_on for row in rows}
    if method is not LotMethod.AVERAGE:
        # Costs divided twice may differ in the last of their eighteen places.
        assert abs(going.invested - still.invested) <= Decimal("1e-15")


@FEW
@given(
    st.lists(
        st.tuples(st.sampled_from(["X", "Y", "Z"]), st.integers(1, 9)), min_size=2, max_size=6, unique_by=lambda p: p[0]
    ),
    st.randoms(use_true_random=False),
)
def test_independent_rows_of_a_day_may_change_places(pairs: list[tuple[str, int]], random) -> None:
    rows = [draft("buy", 3, asset=key, quantity=units, unit_price="10", id=key) for key, units in pairs]
    rows += [draft("dividend", 3, asset=key, gross=units, id=f"{key}d") for key, units in pairs]
    order = list(range(len(rows)))
    random.shuffle(order)
    shuffled = [replace(row, sequence=place) for row, place in zip(rows, order, strict=True)]
    one, two = (evaluate(part, market(), Options(cash=CashMode.TRACKED), (FIRST, END)) for part in (rows, shuffled))
    assert one.cash == two.cash
    assert one.market_value == two.market_value
    assert one.performance.twr == pytest.approx(two.performance.twr, abs=1e-12)
    assert one.performance.simple_gain == two.performance.simple_gain
    assert one.realised == two.realised


@FEW
@given(drafts(), policies(), st.integers(0, DAYS - 1))
def test_the_last_value_of_the_series_is_the_exact_value(rows: list[Draft], options: Options, start: int) -> None:
    answer = evaluate(rows, market(), replace(options, series=True), (day(start), END))
    assert answer.series.value[-1] == pytest.approx(float(answer.market_value), rel=1e-9, abs=1e-6)
    assert answer.series.invested[-1] == pytest.approx(float(answer.invested), rel=1e-9, abs=1e-6)
    assert len(answer.series.days) == DAYS - start + 1


@FEW
@given(drafts(), policies())
def test_assets_add_up_to_the_whole(rows: list[Draft], options: Options) -> None:
    options = replace(options, cash=CashMode.IMPLIED)
    answer = evaluate_all(rows, market(), options, (day(0), END))
    reports = answer.by_asset.values()
    assert sum((report.market_value for report in reports), ZERO) == answer.market_value
    assert sum((report.realised.gain for report in reports), ZERO) == answer.realised.gain
    assert sum((report.unrealised.gain for report in reports), ZERO) == answer.unrealised.gain


@FEW
@given(drafts(), policies())
def test_every_money_weighted_rate_makes_the_present_value_zero(rows: list[Draft], options: Options) -> None:
    answer = evaluate(rows, market(), options, (day(0), END))
    rates = answer.performance.roots if answer.performance.mwr is None else (answer.performance.mwr,)
    # What the investor pays and gets, by the definition and not by the solver's arrays.
    payments = [(0, -answer.start_value), (DAYS, answer.market_value)]
    payments += [(flow.day - day(0).toordinal(), -flow.value) for flow in answer.flows]
    for rate in rates:
        terms = [float(amount) * math.exp(-math.log1p(rate) * at / 365) for at, amount in payments]
        assert abs(math.fsum(terms)) <= 1e-8 * max(map(abs, terms))


@FEW
@given(drafts(), policies(), st.integers(1, DAYS - 1))
def test_gains_add_up_and_rates_chain_over_periods(rows: list[Draft], options: Options, cut: int) -> None:
    early, late, whole = (
        evaluate(rows, market(), options, period) for period in ((day(0), day(cut)), (day(cut), END), (day(0), END))
    )
    assert early.performance.simple_gain + late.performance.simple_gain == whole.performance.simple_gain
    assert early.realised.gain + late.realised.gain == whole.realised.gain
    assert early.income + late.income == whole.income
    assert early.fees.total + late.fees.total == whole.fees.total
    rates = [answer.performance.twr for answer in (early, late, whole)]
    if None not in rates:
        assert (1 + rates[0]) * (1 + rates[1]) == pytest.approx(1 + rates[2], rel=1e-9, abs=1e-9)


@FEW
@given(drafts(), policies())
def test_the_unit_of_a_currency_changes_nothing(rows: list[Draft], options: Options) -> None:
    # Francs become centimes: every amount in them times a hundred, every rate to and from them accordingly.
    amounts = ("gross", "unit_price")
    other = [
        replace(row, **{name: getattr(row, name) * 100 for name in amounts if getattr(row, name) is not None})
        if (row.currency or ("CHF" if row.asset == "Z" else None)) == "CHF"
        else row
        for row in rows
    ]
    # A fee or a tax is stated in the same currency.
    other = [
        replace(row, tax=row.tax * 100, fee=row.fee if row.fee_currency else row.fee * 100)
        if (row.currency or ("CHF" if row.asset == "Z" else None)) == "CHF"
        else row
        for row in other
    ]
    in_centimes = market(
        prices={**PRICES, "Z": quotes(d5="300", d30="450")},
        rates={**RATES, ("EUR", "CHF"): quotes(m10="80", d20="125")},
    )
    one, two = (
        evaluate(part, priced, options, (day(0), END)) for part, priced in ((rows, market()), (other, in_centimes))
    )
    near = Decimal("1e-9")
    assert abs(one.market_value - two.market_value) <= near
    assert abs(one.realised.gain - two.realised.gain) <= near
    assert abs(one.unrealised.gain - two.unrealised.gain) <= near
    assert abs(one.performance.simple_gain - two.performance.simple_gain) <= near
    assert one.performance.reasons == two.performance.reasons
    if one.performance.twr is not None:
        assert two.performance.twr == pytest.approx(one.performance.twr, rel=1e-9, abs=1e-9)


HELD_SIDES = SIDES.map(lambda sides: [*((True, units, price) for _, units, price in sides)])


@FEW
@given(HELD_SIDES, st.integers(1, 99), st.sampled_from(LotMethod))
def test_a_merger_without_cash_keeps_cost_and_dates(
    sides: list[tuple[bool, int, int]], received: int, method: LotMethod
) -> None:
    rows = _trades(sides)
    held = sum((row.quantity for row in rows), ZERO)
    merged = [*rows, draft("merger", 40, asset="X", quantity=held, to_asset="W", to_quantity=received, id="m")]
    priced = market(assets={**ASSETS, "W": Asset("W", "USD")})
    options = Options(lot_method=method, cash=CashMode.IMPLIED)
    before, after = (evaluate(part, priced, options, (day(0), END)) for part in (rows, merged))
    assert after.realised.gain == before.realised.gain == 0
    assert after.invested == before.invested
    assert {lot.asset for lot in after.lots} == {"W"}
    assert sum((lot.quantity for lot in after.lots), ZERO) == received
    assert [lot.acquired_on for lot in after.lots] == [lot.acquired_on for lot in before.lots]


@FEW
@given(HELD_SIDES, st.integers(20, 50), st.sampled_from(LotMethod), st.integers(1, 9))
def test_staking_changes_no_figure(
    sides: list[tuple[bool, int, int]], when: int, method: LotMethod, units: int
) -> None:
    rows = [replace(row, account="a") for row in _trades(sides)]
    units = min(Decimal(units), sum((row.quantity for row in rows), ZERO))
    there = draft("stake", when, asset="X", quantity=units, account="a", to_account="c", id="in", sequence=90)
    back = draft("unstake", when + 1, asset="X", quantity=units, account="c", to_account="a", id="out", sequence=91)
    options = Options(lot_method=method, cash=CashMode.IMPLIED)
    still, staked, again = (
        evaluate(part, market(), options, (day(0), END)) for part in (rows, [*rows, there], [*rows, there, back])
    )
    for answer in (staked, again):
        assert answer.performance.simple_gain == still.performance.simple_gain
        assert answer.performance.twr == pytest.approx(still.performance.twr, abs=1e-9)
        assert answer.market_value == still.market_value
        assert answer.realised.gain == 0
        assert answer.missing_acquisitions == ()
        assert abs(answer.invested - still.invested) <= Decimal("1e-15")
        assert {lot.acquired_on for lot in answer.lots} == {lot.acquired_on for lot in still.lots}


@FEW
@given(HELD_SIDES, st.integers(1, 40), st.integers(1, 40), st.sampled_from(LotMethod))
def test_a_pool_carries_cost_in_and_out(
    sides: list[tuple[bool, int, int]], beside: int, tokens: int, method: LotMethod
) -> None:
    rows = _trades(sides)
    held = sum((row.quantity for row in rows), ZERO)
    rows += [draft("buy", 15, asset="Y", quantity=beside, unit_price=11, id="y", sequence=80)]
    legs = (PoolLeg("X", held), PoolLeg("Y", Decimal(beside)))
    join = draft("lp_add", 30, asset="T", quantity=tokens, legs=legs, id="join", sequence=90)
    leave = draft("lp_remove", 45, asset="T", quantity=tokens, legs=legs, id="leave", sequence=91)
    priced = market(assets={**ASSETS, "T": Asset("T", "EUR")})
    options = Options(lot_method=method, cash=CashMode.IMPLIED, lp_treatment=LpTreatment.CARRY)
    before, inside, after = (
        evaluate(part, priced, options, (day(0), END)) for part in (rows, [*rows, join], [*rows, join, leave])
    )
    for answer in (inside, after):
        assert answer.realised.gain == 0
        assert answer.missing_acquisitions == ()
        assert abs(answer.invested - before.invested) <= Decimal("1e-12")
    assert {lot.asset for lot in inside.lots} == {"T"}
    assert {lot.acquired_on for lot in inside.lots} <= {row.booked_on for row in rows}
    # The same units came out: worth what they would be without the pool.
    assert after.market_value == before.market_value
    assert after.performance.simple_gain == before.performance.simple_gain


@FEW
@given(drafts(), st.integers(0, 3))
def test_what_two_tags_hold_apart_they_hold_together(rows: list[Draft], parity: int) -> None:
    """Tags that share no asset: their values, flows and gains are those of one tag on both."""
    mine = {row.id for row in rows if _assets_of(row) == {"X"}}
    yours = {row.id for row in rows if _assets_of(row) == {"Y"} and int(row.id) % 4 != parity}
    options = Options(cash=CashMode.IMPLIED, scope=Scope(tag="t"))
    parts = [
        evaluate(drafts_of_tag(rows, ids), market(), options, (day(0), END)) for ids in (mine, yours, mine | yours)
    ]
    one, two, both = parts
    assert one.market_value + two.market_value == both.market_value
    assert one.performance.simple_gain + two.performance.simple_gain == both.performance.simple_gain
    assert one.realised.gain + two.realised.gain == both.realised.gain
    assert sum((flow.value for flow in (*one.flows, *two.flows)), ZERO) == sum(
        (flow.value for flow in both.flows), ZERO
    )


def _assets_of(row: Draft) -> set[str]:
    named = (row.asset, row.to_asset, row.fee_currency, *(leg.asset for leg in row.legs))
    return {key for key in named if key in ASSETS}


def test_prices_are_given() -> None:
    # The strategies lean on quotes for every asset on every day.
    assert set(PRICES) == {"X", "Y", "Z"}
    assert date.fromordinal(int(PRICES["X"].days[0])) < FIRST
    assert Oversell.SHORT != Oversell.MISSING
