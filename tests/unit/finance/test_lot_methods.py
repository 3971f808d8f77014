"""Lot methods side by side: the table of docs/concepts/lots-and-gains.md."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from hypothesis import given, settings
from unit.finance.ledgers import day, draft, drafts, market, numbered, quotes

from finsage.finance.asset import Asset
from finsage.finance.lot_methods import compare_lot_methods, lot_methods_of
from finsage.finance.options import CashMode, LotMethod, Options, Oversell
from finsage.finance.transaction import Draft
from finsage.finance.valuation import Market

D = Decimal
MARKET = Market("EUR", {"X": Asset("X", "EUR")}, {"X": quotes(d1="150")})
ROWS = numbered(
    [
        draft("buy", date(2023, 1, 10), asset="X", quantity=10, unit_price=100),
        draft("buy", date(2024, 1, 10), asset="X", quantity=5, unit_price=200),
        draft("sell", date(2024, 2, 1), asset="X", quantity=6, unit_price=150),
    ]
)


def test_the_table_of_the_documentation() -> None:
    rows = compare_lot_methods(ROWS, MARKET, Options(), LotMethod, day=date(2025, 3, 1))
    got = {row.method.value: row for row in rows}
    shown = {n: (row.realised.gain, row.unrealised.gain, row.open_lots, row.cost_basis) for n, row in got.items()}
    assert shown == {
        "fifo": (300, -50, 2, 1400),
        "lifo": (-200, 450, 1, 900),
        "hifo": (-200, 450, 1, 900),
        "average": (100, 150, 2, 1200),
        "specific": (300, -50, 2, 1400),
    }
    fifo, lifo = got["fifo"].realised_split, got["lifo"].realised_split
    assert (fifo.gain, fifo.long, fifo.short, fifo.cash) == (300, 300, 0, 0)
    # 5 of the January before at a loss of 50 each; 1 held for more than a year.
    assert (lifo.gain, lifo.long, lifo.short) == (-200, 50, -250)
    assert got["fifo"].realised_year.gain == 0


def test_this_year_and_foreign_cash() -> None:
    rows = compare_lot_methods(ROWS, MARKET, Options(), [LotMethod.LIFO], day=date(2024, 3, 1))
    assert rows[0].realised_year == rows[0].realised_split
    money = numbered(
        [
            draft("deposit", 1, gross=100, currency="USD"),
            draft("withdrawal", 30, gross=100, currency="USD"),
        ]
    )
    priced = Market("EUR", {}, {}, {("USD", "EUR"): quotes(d1="0.8", d30="0.9")})
    [row] = compare_lot_methods(money, priced, Options(), [LotMethod.FIFO], day=day(40))
    assert (row.realised_split.gain, row.realised_split.cash, row.realised_split.long) == (10, 10, 0)
    unknown = Market("EUR", {"X": Asset("X", "USD")}, {"X": quotes(d1="150")})
    [row] = compare_lot_methods(ROWS, unknown, Options(), [LotMethod.FIFO], day=date(2024, 3, 1))
    assert (row.realised_split.gain, row.realised_split.long, row.realised_split.cash) == (None, None, None)


def test_without_transactions_everything_is_zero() -> None:
    [row] = compare_lot_methods([], MARKET, Options(), [LotMethod.FIFO], day=day(5))
    assert (row.realised.gain, row.unrealised.gain, row.open_lots) == (0, 0, 0)


def test_specific_is_offered_where_a_sale_names_its_lots() -> None:
    assert LotMethod.SPECIFIC not in lot_methods_of(ROWS)
    named = [*ROWS, draft("sell", 40, asset="X", quantity=1, unit_price=1, lot_ids=("1#1",))]
    assert LotMethod.SPECIFIC in lot_methods_of(named)


@given(drafts())
@settings(max_examples=40, deadline=None)
def test_the_method_moves_gain_and_makes_none(rows: list[Draft]) -> None:
    # What leaves in kind without a stated value leaves at its cost, which is the method's choice.
    rows = [row for row in rows if row.type != "transfer_out" or row.group or row.gross]
    methods = [method for method in LotMethod if method is not LotMethod.SPECIFIC]
    options = Options(oversell=Oversell.MISSING, cash=CashMode.IMPLIED)
    got = compare_lot_methods(rows, market(), options, methods, day=day(60))
    assert len({row.realised.gain + row.unrealised.gain for row in got}) == 1
    for row in got:
        # Without cash on the books every gain is that of a lot.
        assert row.realised_split.cash == row.realised_year.cash == 0
        assert row.realised_split.long + row.realised_split.short == row.realised.gain
