"""Which day a latest price is of, and what it is compared with."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import pytest

from finsage.market.providers.pricing import Priced
from finsage.market.providers.protocol import Quote
from finsage.market.series import DatedValue
from finsage.market.service.judging import Due, Outcome, good, take_quote, verdict_on
from finsage.market.store.refreshes import Claimed

ASSET = UUID(int=1)


def outcome_of(mic: str, at: datetime, *, last: DatedValue | None = None, as_of: datetime | None = None) -> Outcome:
    asset = Claimed(ASSET, "equity", "AUD", mic, (("yahoo", "BHP.AX"),), {}, as_of)
    due, outcome = Due(asset, good(asset, last)), Outcome()
    priced = Priced("yahoo", Quote("BHP.AX", Decimal(42), "AUD", at), ())
    take_quote(due, priced, verdict_on(due, priced, at), at, outcome, others=None)
    return outcome


@pytest.mark.parametrize(
    ("mic", "at", "day"),
    [
        # In summer Sydney opens at 23:00 UTC: a price of Tuesday must not stand on Monday, whose close is known.
        ("XASX", datetime(2026, 1, 5, 23, 15, tzinfo=UTC), date(2026, 1, 6)),
        ("XASX", datetime(2026, 7, 7, 0, 15, tzinfo=UTC), date(2026, 7, 7)),
        ("XNYS", datetime(2026, 1, 5, 20, 59, tzinfo=UTC), date(2026, 1, 5)),
        ("", datetime(2026, 1, 5, 23, 15, tzinfo=UTC), date(2026, 1, 5)),
    ],
)
def test_a_price_is_of_the_day_of_its_exchange(mic: str, at: datetime, day: date) -> None:
    assert outcome_of(mic, at).closes == {"yahoo": [(ASSET, day, Decimal(42))]}


def test_a_price_of_the_same_morning_is_no_older_than_the_last() -> None:
    tuesday = DatedValue(date(2026, 1, 6), Decimal(41))
    later = datetime(2026, 1, 5, 23, 55, tzinfo=UTC)
    for as_of in (None, datetime(2026, 1, 5, 23, 15, tzinfo=UTC)):
        found = outcome_of("XASX", later, last=tuesday, as_of=as_of)
        assert (found.doubted, len(found.closes["yahoo"])) == ([], 1)
    stale = outcome_of("XASX", datetime(2026, 1, 5, 23, 5, tzinfo=UTC), last=tuesday, as_of=later)
    assert [one.reason for one in stale.doubted] == ["stale"]
