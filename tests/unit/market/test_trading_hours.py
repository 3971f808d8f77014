"""When an asset is worth asking for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finsage.market.asset import ASSET_CLASSES
from finsage.market.trading_hours import (
    ASKED_AGAIN,
    ASKED_AGAIN_AT_REST,
    EXCHANGES,
    SETTLING,
    is_due_since,
    last_close,
)

FRIDAY = datetime(2026, 11, 27, tzinfo=UTC)


def at(days: int, hours: float) -> datetime:
    return FRIDAY + timedelta(days=days, hours=hours)


@pytest.mark.parametrize(
    ("asset_class", "mic", "now", "closed_at"),
    [
        ("crypto", "", at(1, 3), None),
        ("equity", "XNYS", at(0, 14.5), None),  # 9:30 in New York
        ("equity", "XNYS", at(0, 14.4), at(-1, 21.5)),
        ("equity", "XNYS", at(0, 21.5), None),  # the close and its settling
        ("equity", "XNYS", at(0, 21.6), at(0, 21.5)),
        ("equity", "XNYS", at(2, 12), at(0, 21.5)),
        ("equity", "XNYS", at(3, 12), at(0, 21.5)),  # Monday before the opening
        ("etf", "XETR", at(0, 8), None),
        ("etf", "XETR", at(0, 7.9), at(-1, 17 + 5 / 60)),
        ("equity", "XTKS", at(-1, 23.9), at(-1, 7)),  # Friday morning in Tokyo, before the opening
        ("equity", "XTKS", at(0, 0), None),
        ("equity", "", at(0, 23.9), None),
        ("equity", "XXXX", at(1, 0), at(1, 0)),
        ("index", "", at(2, 23), at(1, 0)),
        ("fx", "", at(0, 21.9), None),
        ("fx", "", at(0, 22), at(0, 22)),
        ("fx", "", at(2, 21.9), at(0, 22)),
        ("fx", "", at(2, 22), None),
        ("fund", "", at(0, 20), at(-1, 21)),
        ("fund", "", at(2, 12), at(0, 21)),
    ],
)
def test_a_market_is_open_or_closed_at_its_own_hours(asset_class, mic, now, closed_at):
    assert last_close(asset_class, mic, now) == closed_at


def test_hours_follow_the_clocks_of_the_exchange():
    opens = datetime(2026, 7, 1, 9, 30, tzinfo=ZoneInfo("America/New_York"))
    assert last_close("equity", "XNAS", opens) is None
    assert last_close("equity", "XNAS", opens - timedelta(minutes=1)) is not None


def test_after_the_close_it_is_asked_once_and_then_rests():
    saturday, close = at(1, 12), at(0, 21) + SETTLING
    assert is_due_since("equity", "XNYS", saturday) == close
    assert is_due_since("equity", "XNYS", saturday, has_problem=True) == saturday - ASKED_AGAIN
    assert is_due_since("equity", "XNYS", saturday, is_stale=True) == max(close, saturday - ASKED_AGAIN_AT_REST)
    assert is_due_since("equity", "XNYS", at(0, 15)) == at(0, 15) - ASKED_AGAIN
    # Shortly after the close, what was asked for shortly before it is asked for once more.
    assert is_due_since("equity", "XNYS", at(0, 21.6)) == at(0, 21.6) - ASKED_AGAIN


@given(
    st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1)),  # noqa: DTZ001 - made aware below
    st.sampled_from(ASSET_CLASSES),
    st.sampled_from(["", *EXCHANGES]),
    st.booleans(),
    st.booleans(),
)
def test_nothing_is_due_within_the_pace_nor_left_alone_for_ever(moment, asset_class, mic, has_problem, is_stale):
    now = moment.replace(tzinfo=UTC)
    since = is_due_since(asset_class, mic, now, has_problem=has_problem, is_stale=is_stale)
    assert since <= now
    assert since > now - timedelta(days=4)
    if has_problem or asset_class == "crypto":
        assert since == now - ASKED_AGAIN
    closed = last_close(asset_class, mic, now)
    assert closed is None or now - timedelta(days=4) < closed <= now
