"""What a file states against what its rows book."""

from __future__ import annotations

import json
from decimal import Decimal

from finsage.portfolio.importers.parsing import parse
from finsage.portfolio.importers.reconciliation import reconcile

D = Decimal


def compared(content: str, *, without: frozenset[int] = frozenset()):
    parsed = parse(content.encode())
    assert parsed.is_reconciled
    found = reconcile(parsed.rows, lambda row: bool(row.entries) and row.line not in without, base_currency="EUR")
    return {(item.account, item.code): item for item in found}


WEALTHFOLIO = (
    "date,symbol,quantity,activityType,unitPrice,currency,fee,amount,fxRate,subtype,account\n"
    "2024-01-02,ACME,10,BUY,5,EUR,1,,,,Broker\n"
    "2024-02-02,ACME,0,SPLIT,0,EUR,0,2,,,Broker\n"
    "2024-03-02,ACME,4,SELL,3,EUR,1,,,,Broker\n"
    "2024-04-02,ACME,1,DIVIDEND,3,EUR,0,3,,DRIP,Broker\n"
)


def test_units_of_wealthfolio_through_a_split():
    (found,) = compared(WEALTHFOLIO).values()
    assert (found.account, found.stated, found.booked, found.is_equal) == ("Broker", D(17), D(17), True)


def test_a_row_that_is_not_booked_shows_as_a_difference():
    (found,) = compared(WEALTHFOLIO, without=frozenset({4})).values()
    assert (found.difference, found.is_equal) == (D(4), False)


def test_rotki_states_what_came_what_left_and_the_fee():
    trades = (
        "Location,Spend Currency,Receive Currency,Receive Amount,Spend Amount,Fee,Fee Currency,Description,Timestamp\n"
        "kraken,EUR,BTC,0.5,1000,2,EUR,,1659085200000\n"
        "kraken,BTC,ETH,3,0.2,0.001,BNB,,1659085300000\n"
    )
    found = compared(trades)
    assert {code: item.stated for (_, code), item in found.items()} == {
        "EUR": D(-1002), "BTC": D("0.3"), "ETH": D(3), "BNB": D("-0.001"),
    }  # fmt: skip
    assert all(item.is_equal for item in found.values())
    events = (
        "Type,Location,Currency,Amount,Fee,Fee Currency,Description,Timestamp\n"
        "Deposit,kraken,EUR,1000,,,,1659085200000\n"
        "Withdrawal,kraken,BTC,0.1,0.001,BTC,,1659085300000\n"
        "Income,kraken,ETH,1,,,,1659085400000\n"
    )
    found = compared(events)
    assert {code: item.booked for (_, code), item in found.items()} == {"EUR": D(1000), "BTC": D("-0.101"), "ETH": D(1)}
    assert all(item.is_equal for item in found.values())


def test_balances_of_ghostfolio_count_at_the_end_of_their_day():
    def activity(day: str, quantity: float) -> dict[str, object]:
        return {
            "accountId": "a", "type": "BUY", "symbol": "ACME", "currency": "EUR", "quantity": quantity, "unitPrice": 10,
            "fee": 0, "date": day, "dataSource": "YAHOO",
        }  # fmt: skip

    document = {
        "accounts": [
            {
                "id": "a", "name": "Bank", "currency": "EUR",
                "balances": [{"date": "2024-01-05", "value": 500}, {"date": "2024-03-05", "value": 320.5}],
            }
        ],
        "activities": [activity("2024-01-02", 10), activity("2024-02-02", 2.5), activity("2024-04-02", 1)],
        "tags": [{"id": "t", "name": "x"}],
    }  # fmt: skip
    found = compared(json.dumps(document))
    cash = found["Bank", "EUR"]
    assert (cash.stated, cash.booked, cash.is_money, cash.is_equal) == (D("320.5"), D("320.5"), True, True)
    assert (found["Bank", "ACME"].stated, found["Bank", "ACME"].is_equal) == (D("13.5"), True)
    assert [item.what for item in parse(json.dumps(document).encode()).leftovers] == ["1 tags"]


def test_money_may_differ_by_a_hundredth_and_units_by_nothing():
    trades = (
        "Location,Spend Currency,Receive Currency,Receive Amount,Spend Amount,Fee,Fee Currency,Description,Timestamp\n"
        "kraken,EUR,BTC,0.01,0.01,,,,1659085200000\n"
    )
    found = compared(trades, without=frozenset({2}))
    assert found["kraken", "EUR"].is_equal
    assert not found["kraken", "BTC"].is_equal
