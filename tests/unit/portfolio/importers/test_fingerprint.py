from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

from finsage.finance.transaction import Draft, TransactionType
from finsage.portfolio.importers.fingerprint import Fingerprints, fingerprint
from finsage.portfolio.importers.parsing import parse
from finsage.portfolio.importers.rows import Entry

D = Decimal
BUY = Draft(
    id="1",
    type=TransactionType.BUY,
    booked_on=date(2024, 1, 2),
    asset="X",
    quantity=D(10),
    unit_price=D(3),
    account="A",
)


def of(draft: Draft = BUY, **known) -> str:
    return fingerprint(draft, **{"portfolio_id": "p", "source": "s"} | known)


def test_equal_amounts_written_differently_are_equal():
    assert of() == of(replace(BUY, quantity=D("10.000"), id="99", sequence=7)) == of(replace(BUY, quantity=D("1E+1")))
    assert len(of()) == 64


def test_the_instant_counts_in_utc():
    noon = datetime(2024, 1, 2, 12, tzinfo=UTC)
    elsewhere = noon.astimezone(timezone(timedelta(hours=5)))
    assert of(replace(BUY, executed_at=noon)) == of(replace(BUY, executed_at=elsewhere))
    assert of(replace(BUY, executed_at=noon)) != of()


def test_every_part_of_a_row_counts():
    others = [
        replace(BUY, quantity=D(11)),
        replace(BUY, fee=D(1)),
        replace(BUY, account="B"),
        replace(BUY, asset="Y"),
        replace(BUY, type=TransactionType.SELL),
        replace(BUY, booked_on=date(2024, 1, 3)),
        replace(BUY, currency="EUR"),
    ]
    prints = {of(other) for other in others} | {
        of(portfolio_id="q"),
        of(source="t"),
        of(ordinal=1),
        of(external_id="e"),
        of(),
    }
    assert len(prints) == len(others) + 5


def test_an_external_id_outranks_the_content():
    assert of(external_id="e") == of(replace(BUY, quantity=D(99)), external_id="e")


def prints_of(data: bytes) -> list[str]:
    parsed = parse(data)
    counter = Fingerprints("p", parsed.format)
    return [counter.of(entry) for row in parsed.rows for entry in row.entries]


def test_the_same_file_twice_adds_nothing_and_equal_rows_both_stay():
    row = b"2024-01-02,deposit,5,EUR\n"
    data = b"date,type,gross,currency\n" + row * 2
    first = prints_of(data)
    assert first == prints_of(data)
    assert len(set(first)) == 2
    assert set(prints_of(b"date,type,gross,currency\n" + row)) < set(first)


def test_one_id_for_different_rows_keeps_them_apart_and_for_equal_rows_joins_them():
    counter = Fingerprints("p", "s")
    entries = [Entry(BUY, "e"), Entry(replace(BUY, quantity=D(99)), "e"), Entry(BUY, "e")]
    one, other, again = (counter.of(entry) for entry in entries)
    assert one == again != other
