"""Reading and writing exchange rates: units of a currency for one euro, one row per currency and year."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import text

from finsage.market.ecb import RateYear
from finsage.platform.database import ReadSession, WriteSession


@dataclass(frozen=True, slots=True)
class RateWindow:
    """Days and rates of one currency, ascending, as texts."""

    currency: str
    days: list[str]
    rates: list[str]


_YEARS = text("""
    SELECT currency, to_json(days)::text AS days, array_to_string(rates, ',') AS rates FROM exchange_rates
    WHERE source = :source AND currency = ANY (:currencies) AND year <= :last
    ORDER BY currency, year
""")

# The years around a day: a day early in January finds its rate in the year before.
_NEAR = text("""
    SELECT DISTINCT ON (currency) currency, to_json(days)::text AS days, array_to_string(rates, ',') AS rates
    FROM exchange_rates
    WHERE source = :source AND currency = ANY (:currencies) AND days[1] <= :day
    ORDER BY currency, year DESC
""")

_LAST_DAYS = text("""
    SELECT DISTINCT ON (currency) currency, days[cardinality(days)] AS last_day
    FROM exchange_rates WHERE source = :source ORDER BY currency, year DESC
""")

_FIRST_DAYS = text("""
    SELECT DISTINCT ON (currency) currency, days[1] AS first_day
    FROM exchange_rates WHERE source = :source ORDER BY currency, year
""")

_NEWEST = text("""
    SELECT DISTINCT ON (currency) currency, to_json(days)::text AS days, array_to_string(rates, ',') AS rates
    FROM exchange_rates WHERE source = :source ORDER BY currency, year DESC
""")

# A year already known to a later day is left alone: an older file never takes rates away.
_MERGE = text("""
    INSERT INTO exchange_rates AS r (source, currency, year, days, rates)
    VALUES (:source, :currency, :year, CAST(:days AS date[]), CAST(:rates AS numeric[]))
    ON CONFLICT (source, currency, year) DO UPDATE SET days = excluded.days, rates = excluded.rates
        WHERE excluded.days[cardinality(excluded.days)] >= r.days[cardinality(r.days)]
          AND (excluded.days, excluded.rates) IS DISTINCT FROM (r.days, r.rates)
""")

_FILE = text("SELECT last_day FROM rate_files WHERE source = :source AND content_hash = :content_hash")
_KEEP_FILE = text("""
    INSERT INTO rate_files (source, content_hash, last_day)
    SELECT :source, :content_hash, max(days[cardinality(days)]) FROM exchange_rates WHERE source = :source
    ON CONFLICT (source, content_hash) DO UPDATE SET last_day = excluded.last_day RETURNING last_day
""")
_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('finsage.rates', 0))")


async def until(session: ReadSession, source: str, currencies: Collection[str], day: date) -> list[RateWindow]:
    """The rates of whole years up to the year of a day, by currency and year."""
    values = {"source": source, "currencies": list(currencies), "last": day.year}
    return [_window(row) for row in await session.execute(_YEARS, values)]


async def near(session: ReadSession, source: str, currencies: Collection[str], day: date) -> list[RateWindow]:
    """For each currency the last year that has a rate on or before a day."""
    values = {"source": source, "currencies": list(currencies), "day": day}
    return [_window(row) for row in await session.execute(_NEAR, values)]


async def newest(session: ReadSession, source: str) -> list[RateWindow]:
    """The last year of each currency."""
    return [_window(row) for row in await session.execute(_NEWEST, {"source": source})]


async def append(
    session: WriteSession,
    source: str,
    known: Mapping[str, RateWindow],
    rates: Mapping[str, Sequence[tuple[date, str]]],
) -> None:
    """Add rates of days after those there are.

    Args:
        session: holds ``lock``.
        source: whose rates.
        known: the last year of each currency, as ``newest`` gives it.
        rates: day and decimal text by currency, ascending.
    """
    years: list[RateYear] = []
    for currency, added in rates.items():
        window = known.get(currency)
        for number in sorted({day.year for day, _ in added}):
            is_last = window is not None and window.days[0].startswith(f"{number:04}-")
            days, texts = (list(window.days), list(window.rates)) if window and is_last else ([], [])
            days += [day.isoformat() for day, _ in added if day.year == number]
            texts += [rate for day, rate in added if day.year == number]
            years.append(RateYear(currency, number, days, texts))
    if years:
        await merge(session, source, years)


async def last_days(session: ReadSession, source: str) -> dict[str, date]:
    """The day of the newest rate of each currency."""
    rows = await session.execute(_LAST_DAYS, {"source": source})
    return {row.currency: row.last_day for row in rows}


async def first_days(session: ReadSession, source: str) -> dict[str, date]:
    """The day of the oldest rate of each currency."""
    rows = await session.execute(_FIRST_DAYS, {"source": source})
    return {row.currency: row.first_day for row in rows}


async def lock(session: WriteSession) -> None:
    """Let one process load rates at a time."""
    await session.execute(_LOCK)


async def known_file(session: ReadSession, source: str, content_hash: bytes) -> date | None:
    """The last day of a file that was read before; None for a new one."""
    values = {"source": source, "content_hash": content_hash}
    return (await session.execute(_FILE, values)).scalar_one_or_none()


async def merge(session: WriteSession, source: str, years: Iterable[RateYear]) -> None:
    """Keep the rates of these currencies and years."""
    values = [
        {
            "source": source,
            "currency": year.currency,
            "year": year.year,
            "days": "{" + ",".join(year.days) + "}",
            "rates": "{" + ",".join(year.rates) + "}",
        }
        for year in years
    ]
    await session.execute(_MERGE, values)


async def keep_file(session: WriteSession, source: str, content_hash: bytes) -> date:
    """Note that a file was read; gives the newest day there is now."""
    last_day: date = (await session.execute(_KEEP_FILE, {"source": source, "content_hash": content_hash})).scalar_one()
    return last_day


def _window(row: Any) -> RateWindow:
    return RateWindow(row.currency, row.days[2:-2].split('","'), row.rates.split(","))
