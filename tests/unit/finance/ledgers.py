"""Ledgers for tests: short hands for drafts, a small market, and a strategy that draws whole ledgers."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from finsage.finance.asset import Asset
from finsage.finance.options import CashMode, LotMethod, LpTreatment, Options, Oversell
from finsage.finance.quote import QuoteSeries
from finsage.finance.transaction import Draft, PoolLeg, TransactionType
from finsage.finance.valuation import Market

FIRST = date(2024, 1, 1)
DAYS = 60
ASSETS = {"X": Asset("X", "USD"), "Y": Asset("Y", "EUR"), "Z": Asset("Z", "CHF", Decimal(10))}
_AMOUNTS = (
    "quantity",
    "unit_price",
    "gross",
    "fee",
    "tax",
    "fx_rate",
    "settle_amount",
    "to_quantity",
    "ratio",
    "cost_fraction",
)
_TYPES = {kind.value: kind for kind in TransactionType}


def draft(kind: str, day: int | date, **fields: Any) -> Draft:
    """A draft; amounts may be texts or whole numbers, a day may count from FIRST."""
    booked_on = day if isinstance(day, date) else FIRST + timedelta(days=day)
    given = {name: Decimal(value) if name in _AMOUNTS else value for name, value in fields.items()}
    given.setdefault("id", f"{kind}-{day}-{hash(tuple(sorted((k, str(v)) for k, v in given.items()))) % 10**8}")
    return Draft(type=_TYPES[kind], booked_on=booked_on, **given)


def numbered(drafts: list[Draft]) -> list[Draft]:
    """The drafts with ids and sequences by position."""
    from dataclasses import replace

    return [replace(item, id=str(place), sequence=place) for place, item in enumerate(drafts, 1)]


def day(offset: int) -> date:
    return FIRST + timedelta(days=offset)


def quotes(**values: str) -> QuoteSeries:
    """``d3="12"``: 12 on the third day after FIRST; ``m3`` three days before."""
    return QuoteSeries.of(
        {day(int(key[1:]) * (-1 if key[0] == "m" else 1)): Decimal(value) for key, value in values.items()}
    )


RATES = {
    ("USD", "EUR"): quotes(m10="0.9", d10="0.95", d33="0.8"),
    ("EUR", "CHF"): quotes(m10="0.8", d20="1.25"),
}
PRICES = {
    "X": quotes(m5="100", d7="120.5", d20="80", d50="111.125"),
    "Y": quotes(m5="10", d15="12", d40="9.25"),
    "Z": quotes(d5="3", d30="4.5"),
}


def market(**changes: Any) -> Market:
    given: dict[str, Any] = {"base_currency": "EUR", "assets": ASSETS, "prices": PRICES, "rates": RATES}
    return Market(**{**given, **changes})


def amounts(low: int = 1, high: int = 40, places: int = 2) -> st.SearchStrategy[Decimal]:
    return st.integers(low * 10**places, high * 10**places).map(lambda n: Decimal(n).scaleb(-places))


# Built once: making a strategy costs more than drawing from it.
_UNITS, _MONEY, _SETTLED = amounts(), amounts(1, 400), amounts(1, 900)
_DAY, _ACCOUNT, _CURRENCY = (
    st.integers(1, DAYS - 1),
    st.sampled_from(["a", "b"]),
    st.sampled_from(["EUR", "USD", "CHF"]),
)
_TWO_ASSETS = st.sampled_from([(one, other) for one in sorted(ASSETS) for other in sorted(ASSETS) if one != other])
_CHARGES = st.sampled_from([{}, {"fee": "1.25"}, {"fee": "2", "tax": "3.5"}, {"fee": "0.01", "fee_currency": "Y"}])
_FRACTION = st.sampled_from(["0", "0.25", "1"])
_BONUS, _SPLIT = st.sampled_from(["1.1", "1.25"]), st.sampled_from(["2", "0.5", "1.5", "0.1"])
_YES_OR_NO, _THREE, _FOUR = st.booleans(), st.integers(0, 2), st.integers(0, 3)


@st.composite
def drafts(draw: st.DrawFn, max_size: int = 10) -> list[Draft]:
    """Ledgers of every type over three assets and two accounts; sales may ask for more than there is."""
    rows: list[Draft] = []
    for place in range(draw(st.integers(1, max_size))):
        kind = draw(_KIND)
        when = draw(_DAY)
        rows += _row(draw, kind, when, place)
    return numbered(rows)


_KINDS = (
    "buy", "buy", "buy", "sell", "sell", "sell", "short_sell", "cover", "deposit", "withdrawal", "dividend", "interest",
    "interest_paid", "fee", "tax", "fee_refund", "tax_refund", "split", "swap", "opening_balance", "reward", "spin_off",
    "transfer", "cash_transfer", "transfer_in", "transfer_out", "opening_cash", "exchange",
    "bonus", "airdrop", "merger", "stake", "unstake", "lp_add", "lp_remove",
)  # fmt: skip
_KIND = st.sampled_from(_KINDS)


def _row(draw: st.DrawFn, kind: str, when: int, place: int) -> list[Draft]:  # noqa: PLR0911 - one answer per type
    account = draw(_ACCOUNT)
    asset, other = draw(_TWO_ASSETS)
    currency = draw(_CURRENCY)
    where: dict[str, Any] = {"account": account}
    money = {"gross": draw(_MONEY), "currency": currency}
    if kind in {"buy", "sell", "short_sell", "cover"}:
        fields = {"asset": asset, "quantity": draw(_UNITS), "unit_price": draw(_UNITS), **where}
        fields |= draw(_CHARGES)
        settled = {"settle_currency": "EUR", "settle_amount": draw(_SETTLED)}
        fields |= [{}, {"currency": currency}, {"currency": "USD", "fx_rate": "0.91"}, {"currency": "USD", **settled}][
            draw(_FOUR)
        ]
        return [draft(kind, when, **fields)]
    if kind in {"deposit", "withdrawal", "interest_paid", "fee", "tax", "fee_refund", "tax_refund"}:
        return [draft(kind, when, **money, **where)]
    if kind in {"dividend", "interest"}:
        return [draft(kind, when, asset=asset, fee="0.5", tax="0.25", **money, **where)]
    if kind == "bonus":
        return [draft(kind, when, asset=asset, ratio=draw(_BONUS))]
    if kind in {"stake", "unstake"}:
        there = {"to_account": "c"} if draw(_YES_OR_NO) else {}
        return [draft(kind, when, asset=asset, quantity=draw(_UNITS), **there, **where)]
    if kind == "merger":
        cash = {"gross": "12.5", "cost_fraction": draw(_FRACTION), "fee": "0.5"}
        fields = [{}, cash, {**cash, "currency": "CHF", "tax": "1"}][draw(_THREE)]
        into = {"to_asset": other, "to_quantity": draw(_UNITS)}
        return [draft(kind, when, asset=asset, quantity=draw(_UNITS), **into, **fields, **where)]
    if kind in {"lp_add", "lp_remove"}:
        keys = [other, *(key for key in ASSETS if key not in {asset, other} and draw(_YES_OR_NO))]
        legs = tuple(PoolLeg(key, draw(_UNITS)) for key in keys)
        fields = [{}, {"fee": "0.5", "currency": "EUR"}, {"gross": "75", "currency": "USD"}][draw(_THREE)]
        return [draft(kind, when, asset=asset, quantity=draw(_UNITS), legs=legs, **fields, **where)]
    if kind == "split":
        return [draft(kind, when, asset=asset, ratio=draw(_SPLIT))]
    if kind == "swap":
        return [
            draft(
                kind,
                when,
                asset=asset,
                quantity=draw(_UNITS),
                to_asset=other,
                to_quantity=draw(_UNITS),
                fee="0.3",
                currency="EUR",
                **where,
            )
        ]
    if kind == "spin_off":
        return [draft(kind, when, asset=asset, to_asset=other, to_quantity="3", cost_fraction="0.2", **where)]
    if kind == "opening_balance":
        return [
            draft(kind, when, asset=asset, quantity=draw(_UNITS), gross=money["gross"], acquired_on=day(-400), **where)
        ]
    if kind == "opening_cash":
        return [draft("opening_balance", when, **money, **where)]
    if kind == "exchange":
        return [
            draft(
                "buy",
                when,
                asset="USD",
                quantity=draw(_UNITS),
                unit_price="0.93",
                currency="EUR",
                fee="0.1",
                **where,
            )
        ]
    if kind == "transfer":
        return _pair(draw, when, place, {"asset": asset, "quantity": draw(_UNITS)})
    if kind == "cash_transfer":
        return _pair(draw, when, place, money)
    if kind in {"reward", "airdrop"}:
        return [draft(kind, when, asset=asset, quantity=draw(_UNITS), **where)]
    value = {"gross": "55.5"} if draw(_YES_OR_NO) else {}
    return [draft(kind, when, asset=asset, quantity=draw(_UNITS), **value, **where)]


def _pair(draw: st.DrawFn, when: int, place: int, fields: dict[str, Any]) -> list[Draft]:
    later = min(when + draw(_FOUR), DAYS - 1)
    group = f"g{place}"
    return [
        draft("transfer_out", when, account="a", group=group, **fields),
        draft("transfer_in", later, account="b", group=group, **fields),
    ]


def options(**changes: Any) -> Options:
    return Options(**changes)


@st.composite
def policies(draw: st.DrawFn) -> Options:
    return Options(
        lot_method=draw(st.sampled_from(LotMethod)),
        fees_in_cost=draw(st.booleans()),
        taxes_in_cost=draw(st.sampled_from([None, True, False])),
        cash=draw(st.sampled_from([CashMode.TRACKED, CashMode.IMPLIED])),
        lp_treatment=draw(st.sampled_from(LpTreatment)),
        oversell=draw(st.sampled_from(["missing", "short"]).map(Oversell)),
    )
