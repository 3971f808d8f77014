"""When an asset's price can have changed: the hours of its exchange, and from them whether it is worth asking.

    coins                        always
    currencies, cash             from Sunday 22:00 to Friday 22:00 UTC
    funds                        once after 21:00 UTC of a working day: they are priced once a day
    a known exchange (``mic``)   its hours, in its own time zone
    any other                    working days, UTC

While a market is open its assets are due every ``ASKED_AGAIN``. Once it has closed they are asked for once more, for
the close, and then rest until it opens. What failed is tried again at the usual pace, and what is stale at least every
``ASKED_AGAIN_AT_REST``. Holidays are not known: on one an exchange is asked as on any day and says nothing new.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from finsage.market.asset import AssetClass

ASKED_AGAIN = timedelta(minutes=50)
ASKED_AGAIN_AT_REST = timedelta(hours=12)
SETTLING = timedelta(minutes=30)
"""How long after its close an exchange still counts as open, as free prices lag behind by some minutes."""

_FRIDAY, _WEEKEND = 4, 5
_FX_HOUR = 22
_FUND_TIME = time(21)


@dataclass(frozen=True, slots=True)
class Hours:
    """From when to when an exchange trades on working days, in its own time zone."""

    zone: str
    opens: time
    closes: time


# Source: the exchanges' published hours of continuous trading with their closing auction, November 2026.
EXCHANGES: Mapping[str, Hours] = {
    mic: Hours(zone, opens, closes)
    for zone, opens, closes, mics in (
        ("America/New_York", time(9, 30), time(16), "XNYS XNAS ARCX BATS XASE IEXG XCBO"),
        ("America/Toronto", time(9, 30), time(16), "XTSE XTSX NEOE"),
        ("America/Sao_Paulo", time(10), time(18), "BVMF"),
        ("America/Mexico_City", time(7, 30), time(15), "XMEX"),
        ("Europe/London", time(8), time(16, 35), "XLON"),
        ("Europe/Dublin", time(8), time(16, 30), "XDUB"),
        ("Europe/Paris", time(9), time(17, 35), "XPAR XAMS XBRU"),
        ("Europe/Lisbon", time(8), time(16, 35), "XLIS"),
        ("Europe/Berlin", time(9), time(17, 35), "XETR"),
        ("Europe/Berlin", time(8), time(22), "XFRA XSTU XGAT XDUS XHAM XMUN XBER"),
        ("Europe/Rome", time(9), time(17, 35), "XMIL MTAA"),
        ("Europe/Madrid", time(9), time(17, 35), "XMAD"),
        ("Europe/Zurich", time(9), time(17, 30), "XSWX"),
        ("Europe/Vienna", time(9), time(17, 35), "XWBO"),
        ("Europe/Stockholm", time(9), time(17, 30), "XSTO"),
        ("Europe/Copenhagen", time(9), time(17), "XCSE"),
        ("Europe/Helsinki", time(10), time(18, 30), "XHEL"),
        ("Europe/Oslo", time(9), time(16, 25), "XOSL"),
        ("Europe/Warsaw", time(9), time(17, 5), "XWAR"),
        ("Africa/Johannesburg", time(9), time(17), "XJSE"),
        ("Asia/Tokyo", time(9), time(15, 30), "XTKS XJPX"),
        ("Asia/Hong_Kong", time(9, 30), time(16, 10), "XHKG"),
        ("Asia/Shanghai", time(9, 30), time(15), "XSHG XSHE"),
        ("Asia/Seoul", time(9), time(15, 30), "XKRX"),
        ("Asia/Taipei", time(9), time(13, 30), "XTAI"),
        ("Asia/Singapore", time(9), time(17, 15), "XSES"),
        ("Asia/Kolkata", time(9, 15), time(15, 30), "XNSE XBOM"),
        ("Australia/Sydney", time(10), time(16, 10), "XASX"),
    )
    for mic in mics.split()
}


def zone_of(mic: str) -> tzinfo:
    """The time zone of an exchange's days; UTC where it is not known."""
    hours = EXCHANGES.get(mic)
    return UTC if hours is None else ZoneInfo(hours.zone)


def session_day(mic: str, at: datetime) -> date:
    """The day of its exchange that an instant is of: a morning in Sydney is late on the day before in UTC."""
    return at.astimezone(zone_of(mic)).date()


def is_due_since(
    asset_class: AssetClass, mic: str, now: datetime, *, has_problem: bool = False, is_stale: bool = False
) -> datetime:
    """The instant at or before which an asset must last have been asked for to be due now.

    Args:
        asset_class: of the asset.
        mic: of its exchange, or empty.
        now: an aware instant.
        has_problem: no price came when it was asked for last.
        is_stale: its price is older than its class allows, or there is none.
    """
    again = now - ASKED_AGAIN
    closed_at = None if has_problem else last_close(asset_class, mic, now)
    if closed_at is None:
        return again
    return max(closed_at, now - ASKED_AGAIN_AT_REST) if is_stale else min(closed_at, again)


def last_close(asset_class: AssetClass, mic: str, now: datetime) -> datetime | None:
    """When the market of an asset closed, the settling included; None while it is open."""
    if asset_class == "crypto":
        return None
    if asset_class in {"fx", "cash"}:
        return _fx_close(now)
    if asset_class == "fund":
        return _last_working(now, UTC, _FUND_TIME)
    hours = EXCHANGES.get(mic)
    if hours is None:
        is_weekend = now.astimezone(UTC).weekday() >= _WEEKEND
        return _last_friday(now, time()) + timedelta(days=1) if is_weekend else None
    zone = ZoneInfo(hours.zone)
    local = now.astimezone(zone)
    opened = datetime.combine(local.date(), hours.opens, zone)
    closes = datetime.combine(local.date(), hours.closes, zone) + SETTLING
    if local.weekday() < _WEEKEND and opened <= local <= closes:
        return None
    return _last_working(now - SETTLING, zone, hours.closes) + SETTLING


def _last_working(now: datetime, zone: tzinfo, at: time) -> datetime:
    """The last instant at or before now that is this time of a working day."""
    local = now.astimezone(zone)
    for back in range(8):
        day = local.date() - timedelta(days=back)
        found = datetime.combine(day, at, zone)
        if day.weekday() < _WEEKEND and found <= local:
            return found.astimezone(UTC)
    raise AssertionError("unreachable")  # a week has working days


def _fx_close(now: datetime) -> datetime | None:
    closed = _last_friday(now, time(_FX_HOUR))
    return closed if now < closed + timedelta(days=2) else None


def _last_friday(now: datetime, at: time) -> datetime:
    """The last instant at or before now that is this time of a Friday, UTC."""
    local = now.astimezone(UTC)
    friday = datetime.combine(local.date() - timedelta(days=(local.weekday() - _FRIDAY) % 7), at, UTC)
    return friday if friday <= local else friday - timedelta(days=7)
