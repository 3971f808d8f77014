"""How the headlines about an asset read over time."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from finsage.errors import Fault, Invalid
from finsage.market.service import news
from finsage.market.service.assets import asset_by_id
from finsage.platform import clock
from finsage.platform.database import ReadSession
from finsage.prediction.sentiment_model.timeline import HALF_LIFE_DAYS, REACH_DAYS, DayMood, timeline

__all__ = ["HALF_LIFE_DAYS", "REACH_DAYS", "InvalidSpan", "Moods", "moods_of_asset"]

DAYS_SHOWN = news.KEPT_FOR.days
"""Headlines are kept as long, so longer spans would be empty."""


class InvalidSpan(Invalid):
    """These days cannot be shown."""


@dataclass(frozen=True, slots=True)
class Moods:
    """The days of an asset; ``unread`` counts headlines of these days that the model has not read, or cannot."""

    days: list[DayMood]
    headlines: int
    unread: int


async def moods_of_asset(session: ReadSession, asset_id: UUID, first: date | None, last: date | None) -> Moods:
    """How the headlines about an asset read, day by day in UTC; the last 90 days unless others are asked for.

    Raises:
        AssetNotFound: absent, or another tenant's.
        InvalidSpan: the first day comes after the last, or more than 90 days are asked for.
    """
    until = last or clock.today("UTC")
    since = first or until - timedelta(days=DAYS_SHOWN - 1)
    if since > until:
        raise InvalidSpan("The first day comes after the last.", faults=(Fault("/from", f"at most {until}"),))
    if (until - since).days >= DAYS_SHOWN:
        least = until - timedelta(days=DAYS_SHOWN - 1)
        raise InvalidSpan(f"At most {DAYS_SHOWN} days at once.", faults=(Fault("/from", f"at least {least}"),))
    await asset_by_id(session, asset_id)
    found = await news.leanings(session, asset_id, _before(since), until)
    scores: dict[date, list[float]] = defaultdict(list)
    unread = 0
    for one in found:
        if one.positive is not None and one.negative is not None:
            scores[one.day].append(one.positive - one.negative)
        elif one.day >= since:
            unread += 1
    days = timeline(scores, since, until)
    return Moods(days, sum(one.headlines for one in days), unread)


def _before(day: date) -> date:
    """The first day whose headlines still count; the calendar may end before."""
    return date.fromordinal(max(day.toordinal() - REACH_DAYS + 1, 1))
