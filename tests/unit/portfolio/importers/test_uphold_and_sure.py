"""Uphold and Sure, with small files written for these tests."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

import pytest

from finsage.finance.booking import book
from finsage.finance.transaction import TransactionType as T
from finsage.portfolio.importers.parsing import Options, parse
from finsage.portfolio.importers.rows import RowStatus

D = Decimal
UPHOLD = (
    "Date,Destination,Destination Amount,Destination Currency,Fee Amount,Fee Currency,Id,"
    "Origin,Origin Amount,Origin Currency,Status,Type"
)


def read(*lines: str, **options):
    return parse("\n".join(lines).encode(), options=Options(**options))


def drafts_of(parsed):
    return [draft for row in parsed.rows for draft in row.drafts]


def errors_of(parsed):
    return [(error.line, error.column, error.code) for error in parsed.errors]


def units_of(parsed):
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for draft in drafts_of(parsed):
        for posting in book(draft, base_currency="EUR"):
            if posting.kind == "asset":
                sums[posting.asset] += posting.amount
    return {key: amount for key, amount in sums.items() if amount}


def test_uphold_deposits_grants_and_withdrawals():
    parsed = read(
        UPHOLD,
        "Tue Feb 06 2024 10:00:00 GMT+0000,uphold,100,EUR,,,a,bank,100,EUR,completed,in",
        "Wed Feb 07 2024 10:00:00 GMT+0000,uphold,21.5,BAT,,,b,uphold,21.5,BAT,completed,in",
        "Thu Feb 08 2024 10:00:00 GMT+0000,bitcoin,0.009,BTC,0.001,BTC,c,uphold,0.01,BTC,completed,out",
        "Fri Feb 09 2024 10:00:00 GMT+0000,,,,,,d,uphold,3,BAT,completed,staking-reward",
    )
    assert parsed.errors == []
    deposit, grant, out, fee, reward = drafts_of(parsed)
    assert (deposit.type, deposit.gross, deposit.executed_at.isoformat()) == (
        T.DEPOSIT, D(100), "2024-02-06T10:00:00+00:00",
    )  # fmt: skip
    assert (grant.type, grant.quantity) == (T.REWARD, D("21.5"))
    assert (out.type, out.quantity) == (T.TRANSFER_OUT, D("0.009"))
    assert (fee.fee, fee.fee_currency) == (D("0.001"), "BTC")
    assert (reward.type, reward.quantity) == (T.REWARD, D(3))
    assert units_of(parsed) == {"EUR": D(100), "BAT": D("24.5"), "BTC": D("-0.01")}


def test_uphold_exchanges_move_what_left_and_what_came_whoever_took_the_fee():
    parsed = read(
        UPHOLD,
        "2024-02-06 10:00:00,uphold,0.002,BTC,1.5,EUR,a,uphold,100,EUR,completed,transfer",
        "2024-02-07 10:00:00,uphold,50,EUR,0.5,EUR,b,uphold,0.001,BTC,completed,transfer",
        "2024-02-08 10:00:00,uphold,10,BAT,,,c,card,20,EUR,completed,in",
        "2024-02-09 10:00:00,bank,9,EUR,,,d,uphold,5,BAT,completed,out",
        "2024-02-10 10:00:00,uphold,3,BAT,,,e,uphold,3.5,BAT,completed,transfer",
    )
    assert parsed.errors == []
    first = drafts_of(parsed)[0]
    assert (first.type, first.gross, first.fee, first.quantity) == (T.BUY, D("98.5"), D("1.5"), D("0.002"))
    assert units_of(parsed) == {"EUR": D(-50), "BTC": D("0.001"), "BAT": D("4.5")}


def test_uphold_rows_that_never_happened_and_rows_that_cannot_be():
    parsed = read(
        UPHOLD,
        "2024-02-06 10:00:00,uphold,1,BTC,,,a,bank,1,BTC,cancelled,in",
        "2024-02-06 10:00:00,uphold,1,BTC,,,b,bank,1,BTC,pending,in",
        "2024-02-06 10:00:00,uphold,2,BTC,,,c,uphold,2,BTC,completed,transfer",
        "2024-02-06 10:00:00,bank,2,BTC,,,d,uphold,1,BTC,completed,out",
        "2024-02-06 10:00:00,uphold,2,BTC,5,EUR,e,uphold,5,EUR,completed,transfer",
        "2024-02-06 10:00:00,uphold,2,BTC,,,f,uphold,5,EUR,completed,barter",
        "2024-02-06 10:00:00,uphold,x,BTC,,,g,uphold,5,EUR,completed,transfer",
        "2024-02-06 10:00:00,uphold,,,,,h,uphold,,,completed,in",
    )
    assert [row.status for row in parsed.rows[:3]] == [RowStatus.SKIPPED] * 3
    assert all(row.message for row in parsed.rows)
    assert errors_of(parsed) == [
        (5, "Destination Amount", "unexpected_amount"),
        (6, "Fee Amount", "unexpected_amount"),
        (7, "Type", "unknown_type"),
        (8, "Destination Amount", "not_a_number"),
        (9, "Origin Currency", "missing"),
        (9, "Origin Amount", "missing"),
    ]


@pytest.mark.parametrize(
    ("header", "rows"),
    [
        (
            "date*,ticker*,qty*,price*,currency,account,name",
            ["05/15/2024,ACME,10,150.00,USD,Broker,ACME Purchase", "05/16/2024,ACME,-4,160.00,USD,Broker,ACME Sale"],
        ),
        (
            "date,ticker,qty,price,amount,account,name",
            ["2024-05-15,ACME,10,150,1500,Broker,ACME Purchase", "2024-05-16,ACME,-4,160,-640,Broker,ACME Sale"],
        ),
        (
            "date,account_name,ticker,quantity,price,amount,currency",
            ["2024-05-15,Broker,ACME,10.0,150.0,1500.0,USD", "2024-05-16,Broker,ACME,-4.0,160.0,-640.0,USD"],
        ),
    ],
)
def test_sure_in_all_its_layouts(header, rows):
    parsed = read(header, *rows, currency="USD")
    assert parsed.format.startswith("sure")
    assert parsed.errors == []
    buy, sell = drafts_of(parsed)
    assert (buy.type, buy.asset, buy.quantity, buy.account, buy.booked_on.day) == (T.BUY, "ACME", D(10), "Broker", 15)
    assert (sell.type, sell.quantity, sell.gross or sell.unit_price * 4) == (T.SELL, D(4), D(640))


def test_sure_refuses_what_is_no_trade():
    parsed = read(
        "date,ticker,qty,price,amount,account,name",
        "2024-05-15,,10,150,1500,Broker,x",
        "2024-05-15,ACME,,150,1500,Broker,x",
        "2024-05-15,ACME,1,,,Broker,x",
        "2024-05-15,ACME,1.5.2,1,,Broker,x",
        "15/05/2024,ACME,1,1,,Broker,x",
        "05/15/2024,ACME,1,1,,Broker,x",
    )
    assert errors_of(parsed) == [
        (2, "ticker", "missing"),
        (3, "qty", "missing"),
        (4, "price", "missing"),
        (5, "qty", "decimal_sign"),
        (6, "date", "date_order_conflict"),
        (7, "date", "date_order_conflict"),
    ]


def test_a_file_that_says_more_than_sure_does_is_not_taken_for_it():
    with pytest.raises(Exception, match="No known format"):
        read("date,type,ticker,qty,price,account,name", "2024-05-15,sell,ACME,10,150,Broker,x")
