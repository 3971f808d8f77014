"""Whatever the bytes, the answer is rows or an error of the tree, never an accident; and no row goes missing."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finsage.errors import FinSageError
from finsage.finance.booking import book
from finsage.finance.transaction import faults_of
from finsage.portfolio.importers.format import Kind
from finsage.portfolio.importers.formats import FORMATS
from finsage.portfolio.importers.parsing import Options, parse, scan
from finsage.portfolio.importers.reading import name_columns
from finsage.portfolio.importers.rows import RowStatus

HEADERS = {
    "finsage": "date,type,symbol,quantity,unit_price,gross,fee,fee_currency,currency,to_symbol,to_quantity,ratio,account",
    "ghostfolio": "Date,Code,DataSource,Currency,Price,Quantity,Action,Fee,Note",
    "trade-republic": "datetime,date,account_type,category,type,asset_class,name,symbol,shares,price,amount,fee,tax,currency",
    "wealthfolio": "date,type,symbol,instrumentType,quantity,unit_price,currency,fee,amount,comment,fxRate,subtype",
    "schwab": "Date,Action,Symbol,Description,Quantity,Price,Fees & Comm,Amount",
    "ibkr-flex": "CurrencyPrimary,Symbol,TradeDate,Quantity,TradePrice,Buy/Sell,AssetClass,TradeMoney,IBCommission,Taxes",
    "binance": "User_ID,UTC_Time,Account,Operation,Coin,Change,Remark",
    "coinbase-pro": "Portfolio,Type,Timestamp,Amount,Balance,Amount/balance unit,Transfer id,Trade id,Order id",
    "cointracking": "Type,Buy,Cur.,Sell,Cur.,Fee,Cur.,Exchange,Group,Comment,Date",
    "crypto-com": "Timestamp (UTC),Transaction Description,Currency,Amount,To Currency,To Amount,Native Currency,Native Amount,Transaction Kind",
    "nexo": "Transaction,Type,Input Currency,Input Amount,Output Currency,Output Amount,USD Equivalent,Details,Date / Time (UTC)",
    "coinledger": "Timestamp (UTC),Type,Internal Id,Platform,Record Type,Asset,Amount,Description",
    "rotki-trades": "Location,Spend Currency,Receive Currency,Receive Amount,Spend Amount,Fee,Fee Currency,Description,Timestamp",
    "rotki-events": "Type,Location,Currency,Amount,Fee,Fee Currency,Description,Timestamp",
    "kucoin": "tradeCreatedAt,symbol,side,price,size,funds,fee,feeCurrency",
    "bitstamp": "Type,Datetime,Account,Amount,Value,Rate,Fee,Sub Type",
    "uphold": "Date,Destination,Destination Amount,Destination Currency,Fee Amount,Fee Currency,Id,Origin,Origin Amount,Origin Currency,Status,Type",
    "sure": "date,ticker,qty,price,amount,account,name",
    "sure-export": "date,account_name,ticker,quantity,price,amount,currency",
    "french-broker": "Date d'operation,Operation,ISIN,Libelle,Quantite,Cours,Montant,Frais,Devise",
}
NASTY = [
    "", "-", "0", "-1", "1", "1.5", "1,5", "1e30", "NaN", "1e60", "-0", "EUR", "USD", "BTC", "ETH", "USDT", "GBp", "1.5 BTC",
    "2024-01-13", "13/01/2024", "01/13/2024", "1600-01-01", "2400-01-01", "20240113", "1659085200000", "2024-01-13 10:00:00",
    "<script>", "'; DROP TABLE x; --", "=1+1", "BTC-EUR", "total", "approved / x", "rejected / x", "Credit", "Platform Fee",
    "US0378331005", "\u00e9", "\U0001f600", "x" * 300,
]  # fmt: skip


PLAUSIBLE = {
    Kind.DAY: ["2024-01-13", "2024-01-13 10:00:00", "2024-01-14"],
    Kind.NUMBER: ["0", "1", "1.5", "2", "100", ""],
    Kind.SIGNED: ["0", "1", "-1.5", "2", "-100", ""],
    Kind.MAGNITUDE: ["0", "1", "-1.5", "2", "100", ""],
    Kind.TEXT: [
        "EUR",
        "USD",
        "BTC",
        "ETH",
        "EUR.USD",
        "BTC-EUR",
        "1.5 BTC",
        "200 EUR",
        "Buy",
        "Credit",
        "Platform Fee",
        "CASH",
        "",
    ],
}


@cache  # built once a format: that costs more than to draw from it
def rows_of(form_id: str):
    """Rows whose cells are mostly what their column expects, and sometimes anything."""
    form = FORMATS[form_id]
    labels = [label.rpartition(" ")[2] if form_id == "trade-republic" else label for label in form.types]
    kinds = {name: (field, column.kind) for field, column in form.columns.items() for name in column.names}

    def cell(name: str):
        field, kind = kinds.get(name, ("", Kind.TEXT))
        expected = labels if field == "type" else PLAUSIBLE[kind]
        if field == "category":
            expected = ["CASH", "TRADING", "CORPORATE_ACTION"]
        return st.one_of(*[st.sampled_from(expected)] * 7, st.sampled_from(NASTY))

    return st.lists(st.tuples(*(cell(name) for name in name_columns(HEADERS[form_id].split(",")))), max_size=6)


@pytest.mark.parametrize("form_id", HEADERS)
@settings(max_examples=40)
@given(data=st.data())
def test_every_row_of_a_nasty_file_is_accounted_for(form_id, data):
    header = HEADERS[form_id]
    rows = data.draw(rows_of(form_id))
    lines = [header, *(",".join('"' + cell.replace('"', '""') + '"' for cell in cells) for cells in rows)]
    content = "\n".join(lines).encode()
    try:
        parsed = parse(content, format=form_id, options=Options(decimal=data.draw(st.sampled_from([None, ".", ","]))))
    except FinSageError:
        return
    assert sorted(row.line for row in parsed.rows) == list(range(2, len(rows) + 2))
    for found in parsed.rows:
        assert bool(found.errors) == (found.status is RowStatus.ERROR)
        assert not (found.errors and found.entries)
        assert found.entries or found.message
        for draft in found.drafts:
            assert faults_of(draft) == []
            # A base currency no row names, so that a rate contradicts nothing: that only the portfolio can tell.
            book(draft, base_currency="CHF", held={})
    ids = [draft.id for found in parsed.rows for draft in found.drafts]
    assert len(ids) == len(set(ids))


@settings(max_examples=150)
@given(
    junk=st.binary(max_size=400),
    start=st.sampled_from([b"", b"<", b"{", b"date,type,gross\n", b"\xff\xfe", b'{"activities":[']),
)
def test_random_bytes_never_cause_an_accident(junk, start):
    with contextlib.suppress(FinSageError):
        list(scan(start + junk))


_PARSE = """
import sys
from functools import cache
from finsage.errors import FinSageError
from finsage.portfolio.importers.parsing import parse
try:
    print(len(parse(sys.stdin.buffer.read()).errors))
except FinSageError as error:
    print(error.slug())
"""
CSV = b"date,type,symbol,quantity,unit_price,currency\n"


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"<?a?>" * 800 + b"<!x", "unreadable-file"),
        (b"<!--a-->" * 500 + b"<!x", "unreadable-file"),
        (CSV + (b"2024-01-13,buy,X," + b"1" * 16_000 + b".x,1,EUR\n") * 2_000, "2000"),
        (CSV + (b"13/01/2024 10:00" + b" " * 16_000 + b"x,buy,X,1,1,EUR\n") * 2_000, "2000"),
    ],
    ids=["instructions", "comments", "digits", "blanks"],
)
def test_what_can_be_read_in_many_ways_is_not_tried_in_all_of_them(content, found):
    """Read in a process of its own: to try all ways takes hours, and holds the interpreter so that nothing stops it."""
    done = subprocess.run([sys.executable, "-c", _PARSE], input=content, capture_output=True, check=True, timeout=120)
    assert done.stdout.decode().split() == [found]
