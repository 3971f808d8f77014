"""Beancount accepts what is written, and its own books say what ours say."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.finance.ledgers import draft, drafts, market, numbered

from finsage.errors import Invalid
from finsage.finance.ledger import fold
from finsage.finance.lot_moves import LotMoves
from finsage.finance.money import exact
from finsage.finance.options import LotMethod, LotScope, Options
from finsage.finance.transaction import TransactionType
from finsage.portfolio.exporters.beancount import AGAINST, BeancountBook, _commodity_name, export_beancount
from finsage.portfolio.exporters.document import NamedAsset

beancount = pytest.importorskip("beancount", reason="the oracle is in the dependency group 'test'")
loader = pytest.importorskip("beancount.loader")

D = Decimal
TINY = D("1e-9")
ASSETS = {
    key: NamedAsset(key=key, symbol=symbol, name=f'"{key}" \\ Works', asset_class="equity", currency=currency)
    for key, symbol, currency in (("X", "0P.X", "USD"), ("Y", "true", "EUR"), ("Z", "Ünï ☃", "CHF"))
}


def written(rows, notes=None, **options):
    chosen, moves = Options(**options), LotMoves()
    ledger = fold(rows, market(), chosen, watch=moves)
    book = BeancountBook(
        name='A "book"\nof two lines',
        base_currency="EUR",
        options=chosen,
        assets=ASSETS,
        entries=ledger.entries,
        moves=moves.of,
        notes=notes or {},
        missing=ledger.missing_acquisitions,
        prices=[(date(2024, 1, 5), "X", D("1.5"), "USD")],
    )
    return ledger, "".join(export_beancount(book))


def checked(text):
    entries, errors, _ = loader.load_string(text)
    assert [error.message for error in errors] == [], text
    return entries


def positions(entries):
    """Units and total cost per commodity, as beancount books them."""
    held: dict[str, list[Decimal]] = {}
    for entry in entries:
        for posting in getattr(entry, "postings", ()):
            if posting.account.startswith("Assets:") and posting.cost is not None:
                units, cost = held.setdefault(posting.units.currency, [D(0), D(0)])
                held[posting.units.currency] = [
                    units + posting.units.number, cost + posting.units.number * posting.cost.number
                ]  # fmt: skip
    return {name: sums for name, sums in held.items() if abs(sums[0]) > TINY or abs(sums[1]) > TINY}


def test_every_type_has_its_account():
    assert set(AGAINST) == set(TransactionType)


@settings(max_examples=60, deadline=None)
@given(rows=drafts(), method=st.sampled_from(LotMethod), scope=st.sampled_from(LotScope), fees=st.booleans())
def test_bean_check_accepts_every_ledger_and_holds_the_same_lots(rows, method, scope, fees):
    try:
        ledger, text = written(rows, lot_method=method, lot_scope=scope, fees_in_cost=fees)
    except Invalid:
        return
    held = positions(checked(text))
    names = {"X": "X-0P.X", "Y": "TRUE-2", "Z": "N"}
    ours: dict[str, list[Decimal]] = {}
    with exact():
        for lot in ledger.lots():
            units, cost = ours.setdefault(lot.asset, [D(0), D(0)])
            ours[lot.asset] = [units + lot.quantity, cost + (lot.cost_in_asset_currency or 0)]
    for key, (units, cost) in ours.items():
        name = next(name for name in held if name.startswith(names[key])) if abs(units) + abs(cost) > TINY else None
        if name:
            assert abs(held[name][0] - units) < TINY
            assert abs(held[name][1] - cost) < TINY


def test_a_wrong_unit_would_be_noticed():
    rows = numbered([draft("buy", 1, asset="X", quantity=3, unit_price=10, account="a")])
    _, text = written(rows)
    checked(text)
    changed = text.replace("  3 X-0P.X {{30 USD", "  4 X-0P.X {{40 USD")
    assert changed != text
    assert loader.load_string(changed)[1]


def test_a_year_reads_like_a_person_would_write_it():
    rows = numbered([
        draft("deposit", 1, gross=1000, currency="USD", account="My bank"),
        draft("buy", 2, asset="X", quantity=10, unit_price=50, fee=5, account="My bank"),
        draft("split", 3, asset="X", ratio=2),
        draft("sell", 4, asset="X", quantity=5, unit_price=30, fee=1, account="My bank"),
        draft("dividend", 5, asset="X", gross=8, tax=2, account="My bank"),
    ])  # fmt: skip
    _, text = written(rows, notes={"2": 'first "lot"'})
    entries = checked(text)
    assert '2024-01-03 * "buy" "first \\"lot\\""' in text
    assert '  Assets:My-bank:X-0P-X  10 X-0P.X {{505 USD, 2024-01-03, "1"}}' in text
    assert '  Assets:My-bank:X-0P-X  -5 X-0P.X {USD, 2024-01-03, "1\'"}' in text
    assert "Expenses:Taxes  2 USD" in text
    gains = [p.units.number for e in entries for p in getattr(e, "postings", ()) if p.account == "Income:Gains"]
    assert abs(sum(gains) + (149 - D(505) / 4)) < TINY
    assert "balance Assets:My-bank:X-0P-X 15 ~" in text
    assert "balance Assets:My-bank:Cash 650 ~" in text


def test_the_average_has_no_booking_and_says_so():
    rows = numbered([
        draft("buy", 1, asset="X", quantity=10, unit_price=50),
        draft("buy", 2, asset="X", quantity=5, unit_price=20),
        draft("sell", 3, asset="X", quantity=6, unit_price=30),
    ])  # fmt: skip
    _, text = written(rows, lot_method=LotMethod.AVERAGE)
    checked(text)
    assert '"NONE"' in text
    assert "booking is NONE" in text
    assert "  -6 X-0P.X {{240 USD}}" in text.replace("Assets:Account:X-0P-X", "")


@pytest.mark.parametrize(
    ("symbol", "name"), [("a", "A-X"), ("^GSPC", "GSPC"), ("7203.T", "X-7203.T"), ("☃", "X-"), ("A" * 40, "A" * 24)]
)
def test_symbols_become_commodities(symbol, name):
    found = _commodity_name(symbol)
    assert found.rstrip("X").startswith(name.rstrip("X-")) or found == name
    checked(f"2024-01-01 commodity {found}\n")


def test_an_empty_portfolio_is_a_file():
    checked(written([])[1])
