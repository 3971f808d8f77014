"""Exchange rates: reading them, crossing through the euro, and loading the central bank's file.

Every rate kept is units of a currency for one euro, so that a pair crosses through EUR; nothing is ever
assumed to be one. A rate is the last on or before its day and stale when older than five days. A quotation
unit (``GBX``, ``GBp``, ``ZAc``, ``ILA``) is a hundredth of its currency by rule.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from finsage.errors import Fault
from finsage.finance.money import ONE, exact, invert_rate
from finsage.finance.valuation import STALE_RATE_DAYS
from finsage.market.currencies import CURRENCIES, Currency, Subunit, is_currency, unit_of
from finsage.market.ecb import SOURCE, open_rate_file, read_rate_years
from finsage.market.errors import MissingRate, NoSuchCurrency
from finsage.market.series import DatedValue, RateSeries, days_of
from finsage.market.store import rates as store
from finsage.market.store.rates import RateWindow
from finsage.platform.database import ReadSession, WriteSession, allow_idling

__all__ = [
    "CURRENCIES", "Currency", "DatedCurrency", "DatedValue", "Rate", "RateSeries", "RatesLoaded", "cross",
    "is_currency", "known_currencies", "load_ecb_rates", "rate", "rate_series",
]  # fmt: skip

EURO = "EUR"
# Half a second usually; a machine that is busy or small must not lose its connection over it.
_READING_SECONDS_MAX = 120


@dataclass(frozen=True, slots=True)
class Rate:
    """Units of ``quote`` for one ``base``: ``USDCHF`` is CHF per USD.

    ``as_of`` is the day of the older of the rates it was made from, ``path`` the currencies it went through.
    """

    base: str
    quote: str
    rate: Decimal
    as_of: date
    path: tuple[str, ...]
    is_stale: bool
    source: str


@dataclass(frozen=True, slots=True)
class RatesLoaded:
    """What a load found: the newest day, and whether the file was new."""

    last_day: date
    is_new: bool


@dataclass(frozen=True, slots=True)
class DatedCurrency:
    """A currency and the day of its newest rate; None where no source has any."""

    currency: Currency
    rates_until: date | None


async def rate_series(session: ReadSession, currencies: Collection[str], *, until: date) -> dict[str, RateSeries]:
    """The rates of many currencies up to a day: units of each for one euro.

    The euro itself is absent, being one by definition; so is a currency without rates. ``cross`` knows both.

    Args:
        session: any.
        currencies: codes, quotation units included.
        until: the last day.
    """
    units = {code: unit_of(code) for code in currencies}
    windows = await store.until(session, SOURCE, {unit.currency for unit in units.values()}, until)
    by_currency: dict[str, list[RateWindow]] = {}
    for window in windows:
        by_currency.setdefault(window.currency, []).append(window)
    series = {code: _series(code, unit, by_currency.get(unit.currency, []), until) for code, unit in units.items()}
    return {code: one for code, one in series.items() if len(one.texts)}


def _series(code: str, unit: Subunit, windows: Sequence[RateWindow], until: date) -> RateSeries:
    days = [day for window in windows for day in window.days]
    rates = [rate for window in windows for rate in window.rates]
    last = until.isoformat()
    stop = next((index for index in range(len(days), 0, -1) if days[index - 1] <= last), 0)
    texts = rates[:stop] if unit.per_unit == ONE else [f"{Decimal(text) * unit.per_unit:f}" for text in rates[:stop]]
    return RateSeries(days_of(days[:stop]), texts, code, SOURCE)


async def rate(session: ReadSession, base: str, quote: str, day: date) -> Rate:
    """The rate of a pair on a day: the last on or before it.

    Raises:
        NoSuchCurrency: a code is no currency.
        MissingRate: there is no rate on or before the day; it names pair and day.
    """
    faults = [
        Fault(f"/{place}", f"{code[:12]!r} is no currency of GET /currencies")
        for place, code in (("base", base), ("quote", quote))
        if not is_currency(code)
    ]
    if faults:
        raise NoSuchCurrency(faults=tuple(faults))
    units = {code: unit_of(code) for code in (base, quote)}
    windows = await store.near(session, SOURCE, {unit.currency for unit in units.values()}, day)
    by_currency = {window.currency: [window] for window in windows}
    series = {code: _series(code, unit, by_currency.get(unit.currency, []), day) for code, unit in units.items()}
    return cross(series, base, quote, day)


def cross(series: Mapping[str, RateSeries], base: str, quote: str, day: date) -> Rate:
    """The rate of a pair from series already read.

    A currency in itself is one, in its own hundredths a hundred. Into the euro the rate is inverted at 28
    significant digits; between two others it is the product of the inverted and the direct one.

    Args:
        series: of both currencies, as ``rate_series`` gives them.
        base: one unit of it.
        quote: is worth so many of this.
        day: the day asked for.

    Raises:
        MissingRate: a currency has no rate on or before the day.
    """
    if base == quote:
        return Rate(base, quote, ONE, day, (base,), is_stale=False, source=SOURCE)
    one, other = unit_of(base), unit_of(quote)
    if one.currency == other.currency:
        parts = other.per_unit * invert_rate(one.per_unit)
        return Rate(base, quote, parts, day, (base, quote), is_stale=False, source=SOURCE)
    into = _leg(series, base, base, quote, day)
    out = _leg(series, quote, base, quote, day)
    with exact():
        value = (invert_rate(into.value) if into else ONE) * (out.value if out else ONE)
    as_of = min(leg.day for leg in (into, out) if leg)
    path = (base, quote) if EURO in {base, quote} else (base, EURO, quote)
    return Rate(base, quote, value, as_of, path, (day - as_of).days > STALE_RATE_DAYS, SOURCE)


def _leg(series: Mapping[str, RateSeries], code: str, base: str, quote: str, day: date) -> DatedValue | None:
    if code == EURO:
        return None
    found = series[code].as_of(day) if code in series else None
    if found is None:
        raise MissingRate(
            f"There is no rate {base}/{quote} on or before {day}: {SOURCE} has none of {code} by then.",
            base=base,
            quote=quote,
            day=day.isoformat(),
        )
    return found


async def known_currencies(session: ReadSession) -> list[DatedCurrency]:
    """Every currency by code, with the day of its newest rate."""
    last = await store.last_days(session, SOURCE)
    euro = max(last.values(), default=None)
    days = {**last, EURO: euro} if euro else last
    return [DatedCurrency(currency, days.get(unit_of(code).currency)) for code, currency in sorted(CURRENCIES.items())]


async def first_days(session: ReadSession) -> dict[str, date]:
    """From which day on there are rates of each currency that has any; of the euro always."""
    first = {**await store.first_days(session, SOURCE), EURO: date.min}
    return {code: first[currency] for code in CURRENCIES if (currency := unit_of(code).currency) in first}


async def load_ecb_rates(session: WriteSession) -> RatesLoaded:
    """Load the rates of the European Central Bank that FinSage brings along, unless they are there.

    Raises:
        RatesUnavailable: the file is not installed.
    """
    file = open_rate_file()
    await store.lock(session)
    known = await store.known_file(session, SOURCE, file.content_hash)
    if known is not None:
        return RatesLoaded(known, is_new=False)
    await allow_idling(session, _READING_SECONDS_MAX)
    await store.merge(session, SOURCE, read_rate_years(file.content))
    return RatesLoaded(await store.keep_file(session, SOURCE, file.content_hash), is_new=True)
