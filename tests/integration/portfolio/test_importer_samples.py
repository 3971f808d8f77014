"""Export files as users of other programs have them: every row is read, refused or skipped with a reason, and the sums
of what is booked are those of the file."""

from __future__ import annotations

import csv
from collections import defaultdict
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from finsage.finance.asset import Asset
from finsage.finance.booking import book
from finsage.finance.ledger import fold
from finsage.finance.options import Options
from finsage.finance.transaction import TransactionType as T
from finsage.finance.valuation import Market
from finsage.portfolio.importers.currencies import is_currency
from finsage.portfolio.importers.fingerprint import Fingerprints
from finsage.portfolio.importers.parsing import parse
from finsage.portfolio.importers.rows import RowStatus

SAMPLES = Path(__file__).parents[4] / "shared" / "samples"
D = Decimal

pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the shared sample files are not on this machine")

# file: format, rows, drafts, skipped, refused (line: codes)
EXPECTED = {
    "ghostfolio__export.json": ("ghostfolio-json", 7, 6, 1, {}),
    "ghostfolio__ibkr_flex.csv": ("ibkr-flex", 1, 1, 0, {}),
    "ghostfolio__native.csv": ("ghostfolio", 5, 4, 1, {}),
    "pp__ibkr_flex_01.xml": ("ibkr-flex-xml", 41, 25, 16, {}),
    "pp__traderepublic_v1_semicolon.csv": ("trade-republic", 339, 335, 4, {}),
    "pp__traderepublic_v2.csv": ("trade-republic", 9, 9, 0, {}),
    "rotki__binance_history.csv": (
        "binance",
        230,
        40,
        15,
        {5: {"missing"}, 6: {"missing"}, 42: {"unknown_type"}}
        | {line: {"ambiguous_group"} for line in range(186, 195)},
    ),
    "rotki__coinbasepro.csv": ("coinbase-pro", 21, 9, 0, {}),
    "rotki__coinledger_export.csv": ("coinledger", 27, 21, 0, {line: {"missing_leg"} for line in (2, 6, 7, 8, 9, 10)}),
    "rotki__cointracking_trades_list.csv": ("cointracking", 12, 11, 0, {10: {"zero_quantity"}}),
    "rotki__cryptocom_trades_list.csv": ("crypto-com", 48, 32, 14, {}),
    "rotki__nexo.csv": ("nexo", 39, 24, 14, {34: {"unexpected_sign"}}),
    "rotki__rotki_generic_trades.csv": ("rotki-trades", 6, 5, 0, {7: {"zero_quantity"}}),
    "wealthfolio__european_broker_fr.csv": ("french-broker", 13, 11, 2, {}),
    "wealthfolio__native_import.csv": ("wealthfolio", 14, 14, 0, {11: {"not_a_number"}}),
    "wealthfolio__schwab.csv": ("schwab", 21, 19, 1, {6: {"ratio_missing"}}),
}


def read(name: str):
    return parse((SAMPLES / name).read_bytes(), file_name=name)


def drafts_of(name: str):
    return [draft for row in read(name).rows for draft in row.drafts]


@pytest.mark.parametrize("name", EXPECTED)
def test_every_row_arrives_or_is_refused_or_skipped_with_a_reason(name):
    form, rows, drafts, skipped, refused = EXPECTED[name]
    parsed = read(name)
    found = defaultdict(set)
    for error in parsed.errors:
        found[error.line].add(error.code)
    assert (parsed.format, len(parsed.rows), dict(found)) == (form, rows, refused)
    assert sum(len(row.entries) for row in parsed.rows) == drafts
    assert parsed.count(RowStatus.SKIPPED) == skipped
    for row in parsed.rows:
        assert row.entries or row.message


def test_no_sample_is_left_out():
    assert {path.name for path in SAMPLES.iterdir() if path.suffix != ".md"} == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_every_draft_books(name):
    for draft in drafts_of(name):
        held = {draft.account or "": D(100)} if draft.type is T.SPLIT else None
        sums: dict[str, Decimal] = defaultdict(Decimal)
        for posting in book(draft, base_currency="EUR", held=held):
            sums[posting.asset] += posting.amount
        assert not any(sums.values())


@pytest.mark.parametrize("name", EXPECTED)
def test_every_file_folds_into_a_ledger(name):
    rows = read(name).rows
    hints = [hint for row in rows for hint in row.assets if not is_currency(hint.symbol)]
    assets = {hint.symbol: Asset(hint.symbol, hint.currency or "EUR") for hint in hints}
    market = Market(base_currency="EUR", assets=assets, prices={}, rates={})
    drafts = [draft for row in rows for draft in row.drafts]
    ledger = fold(drafts, market, Options())
    assert len(ledger.entries) == len(drafts)
    if name.startswith(("pp__", "ghostfolio__", "wealthfolio__native", "wealthfolio__european", "rotki__coinbasepro")):
        assert ledger.missing_acquisitions == ()


@pytest.mark.parametrize("name", EXPECTED)
def test_the_same_file_twice_has_the_same_fingerprints(name):
    def prints():
        parsed = read(name)
        counter = Fingerprints("p", parsed.format)
        return [counter.of(entry) for row in parsed.rows for entry in row.entries]

    once = prints()
    assert once == prints()
    # One Nexo row stands twice under one id, which makes it one record.
    assert len(once) - len(set(once)) == (1 if name == "rotki__nexo.csv" else 0)


@pytest.mark.parametrize(
    ("name", "delimiter"), [("pp__traderepublic_v1_semicolon.csv", ";"), ("pp__traderepublic_v2.csv", ",")]
)
def test_trade_republic_money_and_units_are_those_of_the_file(name, delimiter):
    with (SAMPLES / name).open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.DictReader(file, delimiter=delimiter))
    money = sum((D(line[field] or 0) for line in lines for field in ("amount", "fee", "tax")), D(0))
    units: dict[str, Decimal] = defaultdict(Decimal)
    for line in lines:
        if line["category"] != "CASH":
            units[line["symbol"]] += D(line["shares"] or 0)
        elif line["type"] == "PRIVATE_MARKET_BUY":
            units[line["symbol"]] += D(line["shares"])
    booked: dict[str, Decimal] = defaultdict(Decimal)
    for draft in drafts_of(name):
        held = {draft.account: booked[draft.asset]} if draft.type is T.SPLIT else None
        for posting in book(draft, base_currency="EUR", held=held):
            if posting.kind == "asset":
                booked[posting.asset] += posting.amount
    assert booked.pop("EUR") == money
    assert {asset: amount for asset, amount in booked.items() if amount} == {
        asset: amount for asset, amount in units.items() if amount
    }


def test_coinbase_pro_units_are_the_balances_of_the_file():
    booked: dict[str, Decimal] = defaultdict(Decimal)
    for draft in drafts_of("rotki__coinbasepro.csv"):
        for posting in book(draft, base_currency="EUR"):
            if posting.kind == "asset":
                booked[posting.asset] += posting.amount
    assert booked["ETH"] == D("18.5")
    assert booked["BTC"] == D("4.622085780")


def test_binance_units_are_the_sums_of_the_booked_rows():
    with (SAMPLES / "rotki__binance_history.csv").open(encoding="utf-8-sig", newline="") as file:
        lines = dict(enumerate(csv.DictReader(file), 2))
    parsed = read("rotki__binance_history.csv")
    expected: dict[str, Decimal] = defaultdict(Decimal)
    booked: dict[str, Decimal] = defaultdict(Decimal)
    for row in parsed.rows:
        if row.status in {RowStatus.OK, RowStatus.WARNING}:
            expected[lines[row.line]["Coin"]] += D(lines[row.line]["Change"])
        for draft in row.drafts:
            for posting in book(draft, base_currency="EUR"):
                if posting.kind == "asset":
                    booked[posting.asset] += posting.amount
    assert {key: value for key, value in booked.items() if value} == {
        key: value for key, value in expected.items() if value
    }


def test_ghostfolio_values():
    fee, buy, dividend, house = drafts_of("ghostfolio__native.csv")
    assert (fee.type, fee.gross, fee.booked_on) == (T.FEE, D(49), date(2021, 9, 1))
    assert (buy.quantity, buy.unit_price, buy.fee, buy.booked_on) == (D(5), D("298.58"), D(19), date(2021, 9, 16))
    assert (dividend.gross, dividend.booked_on) == (D("3.10"), date(2021, 11, 17))
    assert (house.asset, house.unit_price, house.booked_on) == ("Penthouse Apartment", D(500000), date(2022, 1, 1))


def test_schwab_values():
    drafts = {(draft.type, draft.asset): draft for draft in drafts_of("wealthfolio__schwab.csv")}
    sold = drafts[T.SELL, "BNDX"]
    assert (sold.gross, sold.fee, sold.gross - sold.fee) == (D("1978.96"), D("0.06"), D("1978.90"))
    assert drafts[T.BUY, "SPY   250321C00500000"].gross == D("1250.00")
    assert drafts[T.TRANSFER_IN, "AAPL"].quantity == D(10)
    days = [draft.booked_on for draft in drafts_of("wealthfolio__schwab.csv")]
    assert days[0] < days[-1]


def test_ibkr_values():
    (trade,) = drafts_of("ghostfolio__ibkr_flex.csv")
    assert (trade.quantity, trade.gross, trade.fee, trade.currency) == (D(17), D("3473.9041"), D(1), "USD")
    drafts = drafts_of("pp__ibkr_flex_01.xml")
    assert sum(d.quantity for d in drafts if d.type is T.BUY and d.asset == "UUU") == D(12000)
    assert [(d.to_asset, d.to_quantity) for d in drafts if d.type is T.SPIN_OFF] == [("UUU.TEN2", D(12000))]
    assert [(d.asset, d.ratio) for d in drafts if d.type is T.SPLIT] == [("GCM", D("0.04"))]
    assert next(d for d in drafts if d.asset == "UUU.TEN2").gross == D(34320)


def test_the_french_statement_values():
    drafts = drafts_of("wealthfolio__european_broker_fr.csv")
    assert sum((draft.gross for draft in drafts if draft.type is T.BUY), D(0)) == D("9980.45")
    assert drafts[0].booked_on == date(2024, 1, 15)


def test_the_split_of_the_trade_republic_sample():
    (split,) = (d for d in drafts_of("pp__traderepublic_v1_semicolon.csv") if d.type is T.SPLIT)
    assert (split.asset, split.ratio) == ("US64110L1061", D(10))
