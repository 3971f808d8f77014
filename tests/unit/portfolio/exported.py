"""Transactions of every type and random ones, for tests of what is written and read back."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from hypothesis import strategies as st

from finsage.finance.money import exact
from finsage.finance.transaction import _FIELDS, _REQUIRED, Draft, PoolLeg, TransactionType, faults_of

D = Decimal
T = TransactionType
ASSETS = ("ACME", "=SUM(A1)", "BND (ARCX)", "Ünïcode ☃", "stETH")
CURRENCIES = ("EUR", "USD", "JPY")
OUTSIDE = {"id", "sequence", "portfolio", "pointer"}

texts = (
    st.text(st.characters(codec="utf-8", exclude_categories=("C",)), min_size=1, max_size=12)
    .map(str.strip)
    .filter(bool)
)
amounts = st.decimals(min_value=0, max_value=D(10) ** 20, places=9).map(lambda value: value + D("0.000000001"))
days = st.dates(date(2001, 1, 1), date(2030, 12, 31))
_VALUES = {
    "asset": st.sampled_from(ASSETS[:3]),
    "to_asset": st.sampled_from(ASSETS[3:]),
    "fee_currency": st.sampled_from(("stETH", "GBP")),
    "currency": st.sampled_from(CURRENCIES),
    "settle_currency": st.just("CHF"),
    "lot_ids": st.lists(st.from_regex(r"[a-z0-9-]{1,8}#[1-9]", fullmatch=True), max_size=3, unique=True).map(tuple),
    "cost_fraction": st.decimals(min_value=0, max_value=1, places=6),
    "to_account": texts.map("to {}".format),
    "legs": st.lists(
        st.builds(PoolLeg, st.sampled_from(ASSETS[3:]), amounts),
        min_size=1,
        max_size=2,
        unique_by=lambda leg: leg.asset,
    ).map(tuple),
}


@st.composite
def drafts(draw, number: int = 0) -> Draft:
    """A draft that can be booked as far as it can be judged alone."""
    kind = draw(st.sampled_from(T))
    booked_on = draw(days)
    required = set(_REQUIRED.get(kind, ()))
    values = {}
    for name in sorted(_FIELDS[kind] - {"lot_quantities"}):
        if name not in required and draw(st.booleans()):
            continue
        strategy = _VALUES.get(name, days.filter(lambda day: day <= booked_on) if name == "acquired_on" else amounts)
        if name == "acquired_on":
            values[name] = booked_on - timedelta(days=draw(st.integers(0, 300)))
            continue
        values[name] = draw(strategy)
    if values.get("lot_ids") and draw(st.booleans()):
        values["lot_quantities"] = draw(st.tuples(*[amounts] * len(values["lot_ids"])))
        with exact():
            values["quantity"] = sum(values["lot_quantities"])
    if not values.get("fee"):
        values.pop("fee_currency", None)
    draft = Draft(
        id=f"t{number}",
        type=kind,
        booked_on=booked_on,
        executed_at=draw(st.none() | st.datetimes(datetime(2001, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))),  # noqa: DTZ001
        account=draw(st.none() | texts),
        cash_account=draw(st.none() | texts),
        group=draw(st.none() | texts),
        **values,
    )
    # What is still missing is given: a file of nothing but refused rows would prove nothing.
    for fault in faults_of(draft):
        name = {"symbol": "asset", "to_symbol": "to_asset"}.get(fault.pointer.strip("/"), fault.pointer.strip("/"))
        draft = replace(draft, **{name: draw(_VALUES.get(name, amounts))})
    return draft


books = st.integers(1, 6).flatmap(lambda count: st.tuples(*(drafts(number) for number in range(count))))


def compared(draft: Draft) -> dict[str, object]:
    """What must survive: every field that says what happened."""
    return {field.name: getattr(draft, field.name) for field in fields(Draft) if field.name not in OUTSIDE}
