"""Formats of brokers and portfolio programs, with small files written for these tests."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from finsage.finance.transaction import TransactionType as T
from finsage.portfolio.importers.errors import UnreadableFile
from finsage.portfolio.importers.parsing import Options, parse
from finsage.portfolio.importers.rows import RowStatus

D = Decimal


def read(*lines: str, **options):
    return parse("\n".join(lines).encode(), options=Options(**options))


def errors_of(parsed):
    return [(error.line, error.column, error.code) for error in parsed.errors]


GHOSTFOLIO = "Date,Code,DataSource,Currency,Price,Quantity,Action,Fee,Note"


def test_ghostfolio_rows():
    parsed = read(
        GHOSTFOLIO,
        "13-09-2021,MSFT,YAHOO,USD,298.58,5,BUY,19.00,first",
        "17/11/2021,MSFT,YAHOO,USD,0.62,5,dividend,0.00,",
        "2021-12-01,Custody,MANUAL,USD,0,0,fee,49,",
        "2021-12-02,Savings,MANUAL,USD,1.5,2,interest,0,",
        "2021-12-03,House,MANUAL,USD,0,0,buy,0,",
        "2021-12-04,Loan,MANUAL,USD,5,1,liability,0,",
        "2021-12-05,MSFT,YAHOO,USD,-1,1,sell,0,",
    )
    assert parsed.format == "ghostfolio"
    drafts = [draft for row in parsed.rows for draft in row.drafts]
    assert [(d.type, d.gross, d.fee) for d in drafts] == [
        (T.BUY, None, D(19)),
        (T.DIVIDEND, D("3.10"), D(0)),
        (T.FEE, D(49), D(0)),
        (T.INTEREST, D(3), D(0)),
    ]
    assert drafts[0].booked_on == date(2021, 9, 13)
    assert parsed.rows[4].status is RowStatus.SKIPPED
    assert errors_of(parsed) == [(7, "Action", "unsupported"), (8, "Price", "negative")]


TRADE_REPUBLIC = (
    "datetime,date,account_type,category,type,asset_class,name,symbol,shares,price,amount,fee,tax,currency,description,"
    "transaction_id"
)


def test_trade_republic_books_charges_refunds_and_ends_of_securities():
    parsed = read(
        TRADE_REPUBLIC,
        "2024-01-02T00:00:00Z,2024-01-02,DEFAULT,CASH,CUSTOMER_INPAYMENT,,,,,,101.00,-1.00,,EUR,in,1",
        "2024-01-03T09:00:00.5Z,2024-01-03,DEFAULT,TRADING,BUY,STOCK,Apple,US0378331005,2,10,-20.00,-1.00,,EUR,b,2",
        "2024-01-04T09:00:00Z,2024-01-04,DEFAULT,TRADING,SELL,STOCK,Apple,US0378331005,-1,12,12.00,-1.00,0.30,EUR,s,3",
        "2024-01-05T00:00:00Z,2024-01-05,DEFAULT,CASH,TAX_OPTIMIZATION,,,,,,0.00,,15.33,EUR,t,4",
        "2024-01-06T00:00:00Z,2024-01-06,DEFAULT,CASH,EARNINGS,FUND,F,LU0496786574,3,,0.00,,-0.33,EUR,v,5",
        "2024-01-07T00:00:00Z,2024-01-07,DEFAULT,CORPORATE_ACTION,REDEMPTION,BOND,B,DE0001141794,-20,1,,,,EUR,r,6",
        "2024-01-08T00:00:00Z,2024-01-08,DEFAULT,CASH,FINAL_MATURITY,BOND,B,DE0001141794,20,,20.00,,,EUR,m,7",
        "2024-01-09T00:00:00Z,2024-01-09,DEFAULT,CASH,CARD_TRANSACTION,,,,,,-5.00,,,EUR,shop,8",
        "2024-01-10T00:00:00Z,2024-01-10,DEFAULT,CASH,DIVIDEND,STOCK,Apple,US0378331005,1,,-2.00,,,EUR,wrong,9",
    )
    found = [(row.line, d.type, d.gross, d.fee, d.tax) for row in parsed.rows for d in row.drafts]
    assert found == [
        (2, T.DEPOSIT, D(101), D(1), D(0)),
        (3, T.BUY, D(20), D(1), D(0)),
        (4, T.SELL, D(12), D(1), D(0)),
        (4, T.TAX_REFUND, D("0.30"), D(0), D(0)),
        (5, T.TAX_REFUND, D("15.33"), D(0), D(0)),
        (6, T.TAX, D("0.33"), D(0), D(0)),
        (8, T.SELL, D(20), D(0), D(0)),
        (9, T.WITHDRAWAL, D(5), D(0), D(0)),
    ]
    assert errors_of(parsed) == [(10, "amount", "unexpected_sign")]
    assert parsed.rows[5].status is RowStatus.SKIPPED
    buy = parsed.rows[1]
    assert buy.asset.isin == "US0378331005"
    assert buy.asset.asset_class == "equity"
    assert buy.drafts[0].executed_at == datetime(2024, 1, 3, 9, 0, 0, 500000, UTC)
    assert parsed.rows[0].drafts[0].executed_at is None
    assert [entry.external_id for entry in parsed.rows[2].entries] == ["3", "3#2"]


@pytest.mark.parametrize(
    ("held", "added", "ratio"), [("3", "6", "3"), ("25", "-24", "0.04"), ("0.045566", "0.410094", "10")]
)
def test_a_split_told_by_added_units_follows_from_the_units_held(held, added, ratio):
    parsed = read(
        TRADE_REPUBLIC,
        f"2024-01-03T09:00:00Z,2024-01-03,DEFAULT,TRADING,BUY,STOCK,N,US64110L1061,{held},1,-1,,,EUR,b,2",
        f"2024-02-03T00:00:00Z,2024-02-03,DEFAULT,CORPORATE_ACTION,SPLIT,STOCK,N,US64110L1061,{added},,,,,,s,3",
    )
    (split,) = parsed.rows[1].drafts
    assert (split.type, split.ratio) == (T.SPLIT, D(ratio))
    assert parsed.rows[1].status is RowStatus.WARNING


@pytest.mark.parametrize("added", ["0.5123", "0", "-3"])
def test_a_split_without_a_plain_ratio_is_refused(added):
    parsed = read(
        TRADE_REPUBLIC,
        "2024-01-03T09:00:00Z,2024-01-03,DEFAULT,TRADING,BUY,STOCK,N,US64110L1061,3,1,-1,,,EUR,b,2",
        f"2024-02-03T00:00:00Z,2024-02-03,DEFAULT,CORPORATE_ACTION,SPLIT,STOCK,N,US64110L1061,{added},,,,,,s,3",
    )
    assert errors_of(parsed) == [(3, "shares", "ratio_missing")]


SCHWAB = '"Date","Action","Symbol","Description","Quantity","Price","Fees & Comm","Amount"'


def test_schwab_amounts_are_net_and_the_file_runs_backwards():
    parsed = read(
        '"Transactions for account X as of 03/23/2025"',
        SCHWAB,
        '"05/06/2025","Sell","BNDX","FUND","1,008","$2.50","$0.06","$2,519.94"',
        '"04/01/2025 as of 03/31/2025","Buy to Open","SPY   250321C00500000","CALL","1","$12.50","$0.65","-$1,250.65"',
        '"03/15/2025","Stock Split","NVDA","NVIDIA","40","","",""',
        '"03/01/2025","Service Fee","","FEE","","","","-$25.00"',
        '"02/01/2025","Margin Interest","","INT","","","","-$3.00"',
        '"01/05/2025","Security Transfer","NVDA","NVIDIA","10","","",""',
        '"01/04/2025","Cash Dividend","BNDX","FUND","","","","-$1.00"',
        '"01/03/2025","Assigned","SPY   250321C00500000","CALL","1","","",""',
        '"Transactions Total","","","","","","","$1.00"',
    )
    assert [row.line for row in parsed.rows] == [11, 10, 9, 8, 7, 6, 5, 4, 3]
    found = {row.line: row.drafts[0] for row in parsed.rows if row.drafts}
    assert (found[3].type, found[3].gross, found[3].fee, found[3].quantity) == (T.SELL, D(2520), D("0.06"), D(1008))
    assert (found[4].type, found[4].gross, found[4].booked_on) == (T.BUY, D(1250), date(2025, 4, 1))
    assert (found[5].type, found[5].ratio) == (T.SPLIT, D(5))
    assert (found[6].type, found[6].gross, found[6].asset, found[6].currency) == (T.FEE, D(25), None, "USD")
    assert found[7].type is T.INTEREST_PAID
    assert (found[8].type, found[8].quantity) == (T.TRANSFER_IN, D(10))
    assert errors_of(parsed) == [(9, "Amount", "unexpected_sign"), (10, "Action", "unsupported")]
    assert next(row for row in parsed.rows if row.line == 4).asset.multiplier == "100"


WEALTHFOLIO = "date,type,symbol,instrumentType,quantity,unit_price,currency,fee,amount,comment,fxRate,subtype"


def test_wealthfolio_rows():
    parsed = read(
        WEALTHFOLIO,
        "2024-01-15,BUY,AAPL,EQUITY,10,185.50,USD,4.95,,note,,",
        "2024-02-01,DIVIDEND,VTI,ETF,2,50,USD,,100,,,DRIP",
        "2024-02-02,SPLIT,NVDA,EQUITY,3,,,,,,,",
        "2024-02-03,FEE,,,,,USD,7,,,,",
        "2024-02-04,CREDIT,,,,,USD,,50.00,,,REBATE",
        "2024-02-05,CREDIT,,,,,USD,,20.00,,,BONUS",
        "2024-02-06,TRANSFER_IN,GOOGL,EQUITY,2,140,USD,,,,,",
        "2024-02-07,TRANSFER_OUT,,,,,USD,,500,,,",
        "2024-02-08,INTEREST,ETH,CRYPTO,0.01,2000,USD,,20,,,STAKING_REWARD",
        "2024-02-09,BUY,TD.TO,EQUITY,20,85,CAD,9.99,,,1.36,",
        "2024-02-10,ADJUSTMENT,AAPL,EQUITY,1,1,USD,,,,,",
        "2024-02-11,BUY,AAPL,EQUITY,10,,USD,,,,,",
    )
    found = [(row.line, d.type, d.gross) for row in parsed.rows for d in row.drafts]
    assert found == [
        (2, T.BUY, None),
        (3, T.DIVIDEND, D(100)),
        (3, T.BUY, None),
        (4, T.SPLIT, None),
        (5, T.FEE, D(7)),
        (6, T.FEE_REFUND, D(50)),
        (7, T.INTEREST, D(20)),
        (8, T.TRANSFER_IN, None),
        (9, T.WITHDRAWAL, D(500)),
        (10, T.REWARD, D(20)),
        (11, T.BUY, None),
    ]
    assert parsed.rows[2].drafts[0].ratio == D(3)
    assert parsed.rows[9].drafts[0].fx_rate == D("1.36")
    assert errors_of(parsed) == [(12, "type", "unsupported"), (13, "unit_price", "missing")]


IBKR = (
    "CurrencyPrimary,Symbol,DateTime,TradeDate,Quantity,TradePrice,Buy/Sell,ClientAccountID,AssetClass,ISIN,Multiplier,"
    "TradeMoney,Taxes,IBCommission,IBCommissionCurrency,TransactionID,LevelOfDetail"
)


def test_ibkr_csv_trades():
    parsed = read(
        IBKR,
        "USD,VTI,20230403;095853,20230403,17,204.3473,BUY,U1,STK,US9229087690,1,3473.9041,0,-1,USD,11,EXECUTION",
        "USD,VTI,20230403;095853,20230403,17,204.3473,BUY,U1,STK,US9229087690,1,3473.9041,0,-1,USD,,ORDER",
        "USD,VTI,20230404;095853,20230404,-7,200,SELL,U1,STK,US9229087690,1,-1400,-0.5,0.25,CHF,12,EXECUTION",
        "USD,EUR.USD,20230405;095853,20230405,100,1.1,BUY,U1,CASH,,1,110,0,-2,USD,13,EXECUTION",
        "USD,VTI,20230406;095853,20230406,1,200,BUY (Ca.),U1,STK,,1,200,0,0,USD,14,EXECUTION",
    )
    buy, summary, sell, money, _ = parsed.rows
    (draft,) = buy.drafts
    assert (draft.gross, draft.fee, draft.account, draft.currency) == (D("3473.9041"), D(1), "U1", "USD")
    assert draft.executed_at == datetime(2023, 4, 3, 13, 58, 53, tzinfo=UTC)
    assert draft.fx_rate is None
    assert summary.status is RowStatus.SKIPPED
    assert [(d.type, d.gross, d.quantity, d.tax, d.currency) for d in sell.drafts] == [
        (T.SELL, D(1400), D(7), D("0.5"), "USD"),
        (T.FEE_REFUND, D("0.25"), None, D(0), "CHF"),
    ]
    (exchanged,) = money.drafts
    assert (exchanged.type, exchanged.asset, exchanged.quantity, exchanged.gross) == (T.BUY, "EUR", D(100), D(110))
    assert errors_of(parsed) == [(6, "Buy/Sell", "cancelled_trade")]


def flex(*elements: str) -> bytes:
    body = "\n".join(elements)
    return f"<FlexQueryResponse>\n<FlexStatements>\n{body}\n</FlexStatements></FlexQueryResponse>".encode()


ACTION = (
    '<CorporateAction accountId="U1" currency="CAD" assetCategory="STK" symbol="{}" description="{} (X)" '
    'dateTime="2013-03-05, 19:45:00" reportDate="2013-03-05" proceeds="{}" quantity="{}" />'
)


def test_ibkr_xml_reads_trades_cash_and_corporate_actions_with_their_lines():
    parsed = parse(
        flex(
            '<Trade accountId="U1" currency="CAD" assetCategory="STK" symbol="GCM" isin="CA38501D2041" tradeDate="20130401"'
            ' tradeTime="093406" quantity="5000" tradePrice="0.27" tradeMoney="1350" ibCommission="-6.75" taxes="0"'
            ' ibCommissionCurrency="CAD" buySell="BUY" transactionID="1" levelOfDetail="EXECUTION" />',
            '<FxTransaction accountId="U1" reportDate="20130102" dateTime="20130102;151236" quantity="-232" />',
            ACTION.format("GCM", "GCM(CA38501D2041) SPLIT 1 FOR 25", 0, 200),
            ACTION.format("GCM.OLD", "GCM(CA38501D2041) SPLIT 1 FOR 25", 0, -5000),
            ACTION.format("UUU", "UUU TENDERED TO UUU.TEN 1 FOR 1", 0, -12),
            ACTION.format("UUU.TEN", "UUU TENDERED TO UUU.TEN 1 FOR 1", 0, 12),
            ACTION.format("UUU.TEN", "UUU.TEN MERGED FOR CAD 2.86 PER SHARE", "34.32", -12),
            ACTION.format("ZZZ", "ZZZ DELISTED", 0, -5),
            '<CashTransaction accountId="U1" currency="USD" dateTime="2017-09-15" amount="-2.07" type="Withholding Tax"'
            ' symbol="GCM" description="tax" />',
            '<CashTransaction accountId="U1" currency="USD" dateTime="2017-09-16" amount="9.18" type="Other Fees"'
            ' description="fee given back" />',
            '<CashTransaction accountId="U1" currency="USD" dateTime="2017-09-17" amount="9" type="Lottery" />',
        )
    )
    assert parsed.format == "ibkr-flex-xml"
    found = [(row.line, d.type, d.asset) for row in parsed.rows for d in row.drafts]
    assert found == [
        (3, T.BUY, "GCM"),
        (5, T.SPLIT, "GCM"),
        (7, T.SPIN_OFF, "UUU"),
        (7, T.SELL, "UUU"),
        (9, T.SELL, "UUU.TEN"),
        (11, T.TAX, "GCM"),
        (12, T.FEE_REFUND, None),
    ]
    assert parsed.rows[0].drafts[0].executed_at == datetime(2013, 4, 1, 13, 34, 6, tzinfo=UTC)
    assert parsed.rows[2].drafts[0].ratio == D("0.04")
    assert parsed.rows[6].drafts[0].gross == D("34.32")
    assert [(error.line, error.code) for error in parsed.errors] == [(10, "unsupported_action"), (13, "unknown_type")]
    assert parsed.count(RowStatus.SKIPPED) == 2


BOMB = """<?xml version="1.0"?>
<!DOCTYPE lolz [<!ENTITY a "{}"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>
<FlexQueryResponse>&b;</FlexQueryResponse>""".format("ha" * 1000)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (BOMB, "forbidden_xml"),
        ('<!DOCTYPE a SYSTEM "file:///etc/passwd"><FlexQueryResponse/>', "forbidden_xml"),
        ("<html><body>sign in</body></html>", "web_page"),
        ("<bank><row/></bank>", "unknown_xml"),
        ("<FlexQueryResponse><Trade ", "not_xml"),
        ("<FlexQueryResponse>\n\n</Wrong>", "not_xml"),
    ],
)
def test_xml_that_is_dangerous_or_something_else_is_refused(data, code):
    with pytest.raises(UnreadableFile) as caught:
        parse(data.encode())
    assert caught.value.members["code"] == code


def ghostfolio_json(**members) -> bytes:
    activity = {
        "accountId": "a", "fee": 1, "quantity": 2, "type": "BUY", "unitPrice": 10.10, "currency": "USD",
        "dataSource": "YAHOO", "date": "2021-09-16T00:00:00.000Z", "symbol": "MSFT",
    }  # fmt: skip
    document = {
        "meta": {"version": "1"},
        "accounts": [
            {
                "id": "a",
                "name": "Broker",
                "currency": "USD",
                "balances": [{"date": "2022-12-31T00:00:00.000Z", "value": 100}],
            }
        ],
        "activities": [activity, activity | {"type": "DIVIDEND", "unitPrice": 0.5, "fee": 0}],
    }
    return json.dumps(document | members, indent=1).encode()


def test_ghostfolio_json_brings_cash_to_the_stated_balance():
    parsed = parse(ghostfolio_json())
    assert parsed.format == "ghostfolio-json"
    buy, dividend, balance = (row.drafts[0] for row in parsed.rows)
    assert (buy.unit_price, buy.account, dividend.gross) == (D("10.1"), "Broker", D("1.0"))
    assert (balance.type, balance.gross, balance.booked_on) == (T.DEPOSIT, D("120.20"), date(2022, 12, 31))
    assert [row.line for row in parsed.rows] == [19, 30, 6]


@pytest.mark.parametrize(
    "text", ["{", '{"a": 1', '{"activities": [1,]}', '{"activities": [NaN]}', '{"other": []}', "{}x", '{"a":' * 50_000]
)
def test_json_that_is_broken_or_something_else_is_refused(text):
    with pytest.raises(UnreadableFile):
        parse(text.encode())


def test_json_activities_that_are_no_objects_are_refused_by_row():
    parsed = parse(ghostfolio_json(activities=[5, {"type": "BUY"}]))
    assert [error.code for error in parsed.errors] == ["damaged_row", "missing"]


def test_the_french_statement_is_a_saved_mapping():
    parsed = read(
        "Releve de compte",
        "Date d'operation;Date de valeur;Operation;ISIN;Libelle;Quantite;Cours;Montant;Frais;Devise",
        '15/01/2024;17/01/2024;Achat;US0378331005;Apple;25;172,50;"4.312,50";0,99;EUR',
        '05/03/2024;07/03/2024;Prelevement;;;;;"-1.200,00";;EUR',
        "06/03/2024;07/03/2024;Mystere;;;;;1,00;;EUR",
        'Total mouvements: "3.112,50"',
        "*** Fin du releve ***",
    )
    buy, out, _, total, end = parsed.rows
    assert (buy.drafts[0].gross, buy.drafts[0].fee) == (D("4312.50"), D("0.99"))
    assert (out.drafts[0].type, out.drafts[0].gross) == (T.WITHDRAWAL, D(1200))
    assert errors_of(parsed) == [(5, "Operation", "unknown_type")]
    assert total.status is end.status is RowStatus.SKIPPED


def test_accents_do_not_hide_a_header_or_label():
    parsed = read(
        "Date d\u2019opération;Date de valeur;Opération;ISIN;Libellé;Quantité;Cours;Montant;Frais;Devise",
        "20/03/2024;22/03/2024;Intérêt;;;;;8,75;;EUR",
    )
    assert parsed.format == "french-broker"
    assert parsed.rows[0].drafts[0].gross == D("8.75")


def test_pence_become_pounds():
    parsed = read(
        GHOSTFOLIO, "2024-01-02,VOD.L,YAHOO,GBp,72.5,100,buy,950,", "2024-01-03,VOD.L,YAHOO,GBP,0.725,100,buy,9.5,"
    )
    pence, pounds = (row.drafts[0] for row in parsed.rows)
    assert (pence.unit_price, pence.fee, pence.currency) == (D("0.725"), D("9.5"), "GBP")
    assert (pounds.unit_price, pounds.fee) == (pence.unit_price, pence.fee)
    assert parsed.rows[0].status is RowStatus.WARNING


def test_repeated_headers_between_rows_are_skipped():
    parsed = read(
        GHOSTFOLIO, "2024-01-02,MSFT,YAHOO,USD,1,1,buy,0,", GHOSTFOLIO, "2024-01-03,MSFT,YAHOO,USD,1,1,buy,0,"
    )
    assert [row.status for row in parsed.rows] == [RowStatus.OK, RowStatus.SKIPPED, RowStatus.OK]


def test_a_named_format_that_cannot_be_the_file_is_refused():
    for data in (flex(), ghostfolio_json()):
        with pytest.raises(UnreadableFile) as caught:
            parse(data, format="binance")
        assert "Binance" in caught.value.detail
