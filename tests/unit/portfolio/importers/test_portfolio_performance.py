"""Portfolio Performance's own file, written here as its program writes it: references, cross entries, units."""

from __future__ import annotations

import subprocess
import sys
from collections import defaultdict
from decimal import Decimal

import pytest

from finsage.finance.booking import book
from finsage.finance.transaction import TransactionType as T
from finsage.portfolio.importers.errors import TooManyRows, UnreadableFile
from finsage.portfolio.importers.parsing import Options, parse

D = Decimal

# The purchase defines the securities account inside its cross entry, as the program does on first use; the sale's cash
# side stands inside the cross entry, and the cash account only refers to it.
CLIENT = """<client>
  <version>68</version>
  <baseCurrency>EUR</baseCurrency>
  <securities>
    <security><uuid>s1</uuid><name>Works AG</name><currencyCode>EUR</currencyCode><isin>DE0007164600</isin>
      <tickerSymbol>WRK</tickerSymbol><prices><price t="2024-01-02" v="100"/><price t="2024-01-03" v="100"/></prices>
      <events><event><date>2023-01-01</date><type>STOCK_SPLIT</type><details>2:1</details></event></events></security>
    <security><uuid>s2</uuid><name>Mills Inc</name><currencyCode>USD</currencyCode><tickerSymbol>MIL</tickerSymbol></security>
    <security><uuid>s3</uuid><name>Watched</name><currencyCode>EUR</currencyCode></security>
  </securities>
  <watchlists><watchlist><name>W</name><securities><security reference="../../../../securities/security[3]"/></securities></watchlist></watchlists>
  <accounts>
    <account><uuid>a1</uuid><name>Cash</name><currencyCode>EUR</currencyCode>
      <transactions>
        <account-transaction><uuid>t1</uuid><date>2024-01-02T00:00</date><currencyCode>EUR</currencyCode><amount>100000</amount><shares>0</shares><type>DEPOSIT</type></account-transaction>
        <account-transaction><uuid>t2</uuid><date>2024-01-03T15:30</date><currencyCode>EUR</currencyCode><amount>20350</amount>
          <security reference="../../../../../securities/security"/>
          <crossEntry class="buysell">
            <portfolio><uuid>p1</uuid><name>Depot</name><referenceAccount reference="../../../../.."/>
              <transactions>
                <portfolio-transaction><uuid>t2p</uuid><date>2024-01-03T15:30</date><currencyCode>EUR</currencyCode><amount>20350</amount>
                  <security reference="../../../../../../../../../securities/security"/>
                  <crossEntry class="buysell" reference="../../../.."/>
                  <shares>250000000</shares><note>first</note>
                  <units><unit type="FEE"><amount currency="EUR" amount="300"/></unit><unit type="TAX"><amount currency="EUR" amount="50"/></unit></units>
                  <type>BUY</type></portfolio-transaction>
                <portfolio-transaction><uuid>t3p</uuid><date>2024-02-01T00:00</date><currencyCode>EUR</currencyCode><amount>9900</amount>
                  <security reference="../../../../../../../../../securities/security"/>
                  <crossEntry class="buysell">
                    <portfolio reference="../../../.."/><portfolioTransaction reference="../.."/>
                    <account reference="../../../../../../../.."/>
                    <accountTransaction><uuid>t3</uuid><date>2024-02-01T00:00</date><currencyCode>EUR</currencyCode><amount>9900</amount>
                      <security reference="../../../../../../../../../../../securities/security"/>
                      <crossEntry class="buysell" reference="../.."/><shares>0</shares><type>SELL</type></accountTransaction>
                  </crossEntry>
                  <shares>100000000</shares>
                  <units><unit type="FEE"><amount currency="EUR" amount="100"/></unit></units>
                  <type>SELL</type></portfolio-transaction>
                <portfolio-transaction><uuid>t4p</uuid><date>2024-02-02T00:00</date><currencyCode>EUR</currencyCode><amount>9000</amount>
                  <security reference="../../../../../../../../../securities/security[2]"/>
                  <crossEntry class="buysell">
                    <portfolio reference="../../../.."/><portfolioTransaction reference="../.."/>
                    <account reference="../../../../../../../.."/>
                    <accountTransaction><uuid>t4</uuid><date>2024-02-02T00:00</date><currencyCode>EUR</currencyCode><amount>9000</amount><shares>0</shares><type>BUY</type></accountTransaction>
                  </crossEntry>
                  <shares>100000000</shares>
                  <units><unit type="GROSS_VALUE"><amount currency="EUR" amount="8900"/><forex currency="USD" amount="10000"/><exchangeRate>0.89</exchangeRate></unit><unit type="FEE"><amount currency="EUR" amount="100"/></unit></units>
                  <type>BUY</type></portfolio-transaction>
                <portfolio-transaction><uuid>t5</uuid><date>2024-02-03T00:00</date><currencyCode>EUR</currencyCode><amount>5000</amount>
                  <security reference="../../../../../../../../../securities/security"/><shares>50000000</shares><type>DELIVERY_INBOUND</type></portfolio-transaction>
                <portfolio-transaction><uuid>t6</uuid><date>2024-02-04T00:00</date><currencyCode>EUR</currencyCode><amount>2500</amount>
                  <security reference="../../../../../../../../../securities/security"/>
                  <crossEntry class="portfolio-transfer">
                    <portfolioFrom reference="../../../.."/><transactionFrom reference="../.."/>
                    <portfolioTo><uuid>p2</uuid><name>Second</name><transactions>
                      <portfolio-transaction><uuid>t6b</uuid><date>2024-02-04T00:00</date><currencyCode>EUR</currencyCode><amount>2500</amount>
                        <security reference="../../../../../../../../../../../../../securities/security"/>
                        <crossEntry class="portfolio-transfer" reference="../../../.."/><shares>25000000</shares><type>TRANSFER_IN</type></portfolio-transaction>
                    </transactions></portfolioTo>
                    <transactionTo reference="../portfolioTo/transactions/portfolio-transaction"/>
                  </crossEntry>
                  <shares>25000000</shares><type>TRANSFER_OUT</type></portfolio-transaction>
              </transactions>
            </portfolio>
            <portfolioTransaction reference="../portfolio/transactions/portfolio-transaction"/>
            <account reference="../../../.."/><accountTransaction reference="../.."/>
          </crossEntry>
          <shares>0</shares><type>BUY</type></account-transaction>
        <account-transaction reference="../account-transaction[2]/crossEntry/portfolio/transactions/portfolio-transaction[2]/crossEntry/accountTransaction"/>
        <account-transaction reference="../account-transaction[2]/crossEntry/portfolio/transactions/portfolio-transaction[3]/crossEntry/accountTransaction"/>
        <account-transaction><uuid>t7</uuid><date>2024-03-01T00:00</date><currencyCode>EUR</currencyCode><amount>850</amount>
          <security reference="../../../../../securities/security[2]"/><shares>100000000</shares>
          <units><unit type="TAX"><amount currency="EUR" amount="150"/></unit><unit type="GROSS_VALUE"><amount currency="EUR" amount="1000"/><forex currency="USD" amount="1087"/><exchangeRate>0.92</exchangeRate></unit></units>
          <type>DIVIDENDS</type></account-transaction>
        <account-transaction><uuid>t8</uuid><date>2024-03-02T00:00</date><currencyCode>EUR</currencyCode><amount>10000</amount>
          <crossEntry class="account-transfer">
            <accountFrom reference="../../../.."/><transactionFrom reference="../.."/>
            <accountTo><uuid>a2</uuid><name>Dollars</name><currencyCode>USD</currencyCode><transactions>
              <account-transaction><uuid>t8b</uuid><date>2024-03-02T00:00</date><currencyCode>USD</currencyCode><amount>10900</amount>
                <crossEntry class="account-transfer" reference="../../../.."/><shares>0</shares><type>TRANSFER_IN</type></account-transaction>
            </transactions></accountTo>
            <transactionTo reference="../accountTo/transactions/account-transaction"/>
          </crossEntry><shares>0</shares><type>TRANSFER_OUT</type></account-transaction>
        <account-transaction><uuid>t9</uuid><date>2024-03-03T00:00</date><currencyCode>EUR</currencyCode><amount>1000</amount>
          <crossEntry class="account-transfer">
            <accountFrom reference="../../../.."/><transactionFrom reference="../.."/>
            <accountTo><uuid>a3</uuid><name>Savings</name><currencyCode>EUR</currencyCode><transactions>
              <account-transaction><uuid>t9b</uuid><date>2024-03-03T00:00</date><currencyCode>EUR</currencyCode><amount>1000</amount>
                <crossEntry class="account-transfer" reference="../../../.."/><shares>0</shares><type>TRANSFER_IN</type></account-transaction>
            </transactions></accountTo>
            <transactionTo reference="../accountTo/transactions/account-transaction"/>
          </crossEntry><shares>0</shares><type>TRANSFER_OUT</type></account-transaction>
        <account-transaction><uuid>t10</uuid><date>2024-03-04T00:00</date><currencyCode>EUR</currencyCode><amount>75</amount><units><unit type="TAX"><amount currency="EUR" amount="25"/></unit></units><type>INTEREST</type></account-transaction>
        <account-transaction><uuid>t11</uuid><date>2024-03-05T00:00</date><currencyCode>EUR</currencyCode><amount>500</amount><type>FEES</type></account-transaction>
        <account-transaction><uuid>t12</uuid><date>2024-03-06T00:00</date><currencyCode>EUR</currencyCode><amount>200</amount><type>TAX_REFUND</type></account-transaction>
        <account-transaction><uuid>t13</uuid><date>2024-03-07T00:00</date><currencyCode>EUR</currencyCode><amount>300</amount><type>INTEREST_CHARGE</type></account-transaction>
        <account-transaction><uuid>t14</uuid><date>2024-03-08T00:00</date><currencyCode>EUR</currencyCode><amount>1000</amount><type>REMOVAL</type></account-transaction>
      </transactions>
    </account>
    <account reference="../account/transactions/account-transaction[6]/crossEntry/accountTo"/>
  </accounts>
  <portfolios><portfolio reference="../../accounts/account/transactions/account-transaction[2]/crossEntry/portfolio"/></portfolios>
  <taxonomies><taxonomy id="x"><name>Classes</name></taxonomy></taxonomies>
</client>"""  # fmt: skip


def read(text: str = CLIENT, **options):
    return parse(text.encode(), options=Options(**options))


def booked(parsed):
    sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for row in parsed.rows:
        for draft in row.drafts:
            for posting in book(draft, base_currency="EUR"):
                if posting.kind == "asset":
                    sums[posting.account, posting.asset] += posting.amount
    return {key: amount for key, amount in sums.items() if amount}


def test_units_and_money_are_those_of_the_program():
    parsed = read()
    assert parsed.errors == []
    assert booked(parsed) == {
        ("Cash", "EUR"): D("688.75"),
        ("Dollars", "USD"): D(109),
        ("Savings", "EUR"): D(10),
        ("Depot", "WRK"): D("1.75"),
        ("Second", "WRK"): D("0.25"),
        ("Depot", "MIL"): D(1),
    }
    stated: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for row in parsed.rows:
        for statement in row.statements:
            stated[statement.account, statement.code] += statement.amount
    assert stated == booked(parsed)


def test_each_kind_is_booked_with_its_parts():
    drafts = {row.external_id: row.drafts[0] for row in read(time_zone="Europe/Berlin").rows if row.drafts}
    buy = drafts["t2p"]
    assert (buy.type, buy.gross, buy.fee, buy.tax, buy.quantity) == (T.BUY, D(200), D(3), D("0.50"), D("2.5"))
    assert (buy.account, buy.cash_account, buy.executed_at.isoformat()) == (
        "Depot",
        "Cash",
        "2024-01-03T14:30:00+00:00",
    )
    abroad = drafts["t4p"]
    assert (abroad.gross, abroad.currency, abroad.settle_amount, abroad.settle_currency) == (
        D(100),
        "USD",
        D(89),
        "EUR",
    )
    assert (abroad.fee, abroad.fee_currency) == (D(1), "EUR")
    dividend = drafts["t7"]
    assert (dividend.type, dividend.gross, dividend.tax, dividend.currency) == (T.DIVIDEND, D(10), D("1.50"), "EUR")
    assert (drafts["t5"].type, drafts["t5"].gross) == (T.TRANSFER_IN, D(50))
    assert drafts["t6"].group == drafts["t6b"].group
    assert drafts["t9"].group == drafts["t9b"].group != drafts["t6"].group
    assert (drafts["t8"].type, drafts["t8"].asset, drafts["t8"].cash_account) == (T.BUY, "USD", "Cash")
    kinds = [drafts[name].type for name in ("t10", "t11", "t12", "t13", "t14")]
    assert kinds == [T.INTEREST, T.FEE, T.TAX_REFUND, T.INTEREST_PAID, T.WITHDRAWAL]


def test_what_is_left_behind_is_named():
    parsed = read()
    assert [row.message for row in parsed.rows if not row.entries] == [
        f"Part of the transaction on line {next(r.line for r in parsed.rows if r.external_id == 't8')}."
    ]
    assert sorted(leftover.what for leftover in parsed.leftovers) == [
        "Split of Works AG 2023-01-01",
        "prices: 2",
        "securities without transactions: 1",
        "taxonomies: 1",
        "watchlists: 1",
    ]


def test_one_account_for_everything_pays_too():
    sums = booked(read(account="All"))
    assert {account for account, _ in sums} == {"All"}


def test_ids_in_the_place_of_paths_read_the_same():
    text = """<?xml version="1.0" encoding="UTF-8"?>
    <client id="1"><version>68</version><securities id="2"><security id="3"><name>Works</name><currencyCode>EUR</currencyCode></security></securities>
    <accounts id="4"><account id="5"><name>Cash</name><transactions id="6"/></account></accounts>
    <portfolios id="7"><portfolio id="8"><name>Depot</name><transactions id="9">
      <portfolio-transaction id="10"><uuid>u</uuid><date>2024-01-03T00:00</date><currencyCode>EUR</currencyCode><amount>1000</amount><security reference="3"/>
        <crossEntry class="buysell" id="11"><portfolio reference="8"/><portfolioTransaction reference="10"/><account reference="5"/>
          <accountTransaction id="12"><uuid>v</uuid><date>2024-01-03T00:00</date><currencyCode>EUR</currencyCode><amount>1000</amount><type>BUY</type></accountTransaction></crossEntry>
        <shares>100000000</shares><type>BUY</type></portfolio-transaction>
    </transactions></portfolio></portfolios></client>"""  # fmt: skip
    parsed = read(text)
    assert parsed.errors == []
    assert booked(parsed) == {("Cash", "EUR"): D(-10), ("Depot", "Works"): D(1)}


def test_two_securities_of_one_ticker_stay_two():
    text = CLIENT.replace("<tickerSymbol>MIL</tickerSymbol>", "<tickerSymbol>WRK</tickerSymbol>")
    assert {asset for (_, asset), _ in booked(read(text)).items()} == {
        "EUR", "USD", "DE0007164600", "WRK (Mills Inc)",
    }  # fmt: skip


def test_a_damaged_transaction_is_refused_with_its_line():
    text = CLIENT.replace("<amount>500</amount><type>FEES", "<amount>5x</amount><type>FEES").replace(
        "<amount>300</amount><type>INTEREST_CHARGE", "<amount>300</amount><type>GIFT"
    )
    lines = text.splitlines()
    found = [(error.line, error.column, error.code) for error in read(text).errors]
    assert found == [
        (next(i for i, line in enumerate(lines, 1) if "5x" in line), "amount", "not_a_number"),
        (next(i for i, line in enumerate(lines, 1) if "GIFT" in line), "type", "unknown_type"),
    ]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("<client><version>48</version></client>", "old_version"),
        ("<client></client>", "old_version"),
        ("<!DOCTYPE client [<!ENTITY a 'b'>]><client><version>68</version></client>", "forbidden_xml"),
        ("<client><version>68</version>", "not_xml"),
    ],
)
def test_files_that_cannot_be_trusted_are_refused(text, code):
    with pytest.raises(UnreadableFile) as caught:
        read(text)
    assert caught.value.members["code"] == code


def test_references_to_nothing_are_refused_row_by_row():
    text = CLIENT.replace('reference="../../../../../securities/security[2]"', 'reference="../../nowhere[9]"')
    assert [(error.column, error.code) for error in read(text).errors] == []  # a dividend of no security is still money
    text = CLIENT.replace('reference="../../../../../../../../../securities/security[2]"', 'reference="999"')
    assert [error.code for error in read(text).errors] == ["missing"]


def test_money_without_its_shares_is_refused():
    text = CLIENT.replace("<amount>500</amount><type>FEES</type>", "<amount>500</amount><type>SELL</type>")
    assert [error.code for error in read(text).errors] == ["missing_leg"]


_MEASURE = """
import re, sys
from finsage.portfolio.importers.parsing import Options, scan
with open(sys.argv[1], "rb") as file:
    rows = sum(1 for row in scan(file, options=Options(rows_max=10**6)) if not row.errors)
with open("/proc/self/status") as status:
    print(rows, int(re.search(r"VmHWM:\\\\s+(\\\\d+)", status.read())[1]) // 1024)
"""


@pytest.mark.slow
def test_a_hundred_thousand_trades_stay_below_300_mebibytes(tmp_path):
    trade = (
        "<portfolio-transaction><uuid>p{n}</uuid><date>2024-01-03T00:00</date><currencyCode>EUR</currencyCode>"
        '<amount>1000</amount><security reference="../../../../../securities/security"/><crossEntry class="buysell">'
        '<portfolio reference="../../../.."/><portfolioTransaction reference="../.."/>'
        '<account reference="../../../../../../accounts/account"/><accountTransaction><uuid>a{n}</uuid>'
        "<date>2024-01-03T00:00</date><currencyCode>EUR</currencyCode><amount>1000</amount><type>BUY</type>"
        '</accountTransaction></crossEntry><shares>100000000</shares><units><unit type="FEE">'
        '<amount currency="EUR" amount="100"/></unit></units><type>BUY</type></portfolio-transaction>\n'
    )
    path = tmp_path / "big.xml"
    with path.open("w") as file:
        file.write("<client><version>68</version><securities><security><name>W</name><prices>")
        file.writelines(f'<price t="2024-01-02" v="{n}"/>\n' for n in range(200_000))
        file.write("</prices></security></securities><accounts><account><name>C</name></account></accounts>")
        file.write("<portfolios><portfolio><name>D</name><transactions>")
        file.writelines(trade.format(n=n) for n in range(100_000))
        file.write("</transactions></portfolio></portfolios></client>")
    script = _MEASURE.replace("\\\\", "\\")
    done = subprocess.run([sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=True)
    rows, peak = map(int, done.stdout.split())
    assert rows == 100_000
    assert peak <= 300, peak


def test_more_transactions_than_an_import_takes_are_refused():
    with pytest.raises(TooManyRows):
        read(rows_max=3)
