"""The European Central Bank's reference rates: units of a currency for one euro, of each of its working days.

Three files: the day's, the last 90 days', and all since 1999. The smallest that holds the asked days is fetched.

Documented at https://www.ecb.europa.eu/stats/policy_and_exchange_rates/euro_reference_exchange_rates/html/index.en.html
"""

from __future__ import annotations

import asyncio
import csv
import io
import zipfile
import zlib
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException  # type: ignore[import-untyped]
from defusedxml.ElementTree import fromstring  # type: ignore[import-untyped]

from finsage.market.providers.asking import Asking, source_of
from finsage.market.providers.protocol import Answer, Capability, DayRates
from finsage.market.providers.shapes import changed, quiet
from finsage.platform import clock
from finsage.platform.http import Outbound, Rate, Service

NAME = "ecb"
BASE = "https://www.ecb.europa.eu/stats/eurofxref"
_DAILY, _QUARTER, _ALL = "/eurofxref-daily.xml", "/eurofxref-hist-90d.xml", "/eurofxref-hist.zip"
_QUARTER_DAYS = 85
_CSV_BYTES_MAX = 32 * 2**20
_BROKEN = (
    zipfile.BadZipFile, zlib.error, IndexError, RuntimeError, NotImplementedError, EOFError, ValueError, OSError,
)  # fmt: skip
_ABSENT = frozenset({"", "N/A"})


class EcbRates:
    """Reference rates of the euro."""

    name = NAME
    capabilities = frozenset({Capability.RATES})
    needs_key = False
    has_key = False

    def __init__(self, outbound: Outbound, *, base: str | None = None) -> None:
        self._asking = Asking(outbound, Service(NAME, Rate(30, 5)), base or BASE)

    async def rates(self, first: date, last: date) -> Answer[DayRates]:
        """Rates of the days from ``first`` to ``last`` that have any."""
        path = _file_for(first, last)
        fetched = await self._asking.get(path)
        # The whole history is a second of parsing: in a thread, so that nothing else waits for it.
        read = _read_archive if path == _ALL else _read_xml
        days, flaws = await asyncio.to_thread(read, fetched.body)
        kept = tuple(item for item in days if first <= item.day <= last)
        return Answer(NAME, kept, (source_of(fetched),), flaws=flaws)


def _file_for(first: date, last: date) -> str:
    today = clock.now().date()
    if first == last == today:
        return _DAILY
    return _QUARTER if first >= today - timedelta(days=_QUARTER_DAYS) else _ALL


def _read_xml(body: bytes) -> tuple[list[DayRates], tuple[str, ...]]:
    try:
        root: Element = fromstring(body, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise changed(NAME, "/", str(error)) from error
    cubes = [element for element in root.iter() if element.tag.endswith("}Cube") and "time" in element.attrib]
    if not cubes:
        raise changed(NAME, "/Envelope/Cube/Cube/@time", "there is none")
    days: dict[date, DayRates] = {}
    flaws: list[str] = []
    for cube in cubes:
        day = _day(cube.attrib["time"])
        rates: dict[str, Decimal] = {}
        for entry in cube:
            try:
                currency, rate = entry.attrib["currency"], entry.attrib["rate"]
            except KeyError as error:
                raise changed(NAME, f"/Envelope/Cube/Cube/Cube/@{error.args[0]}", "it is missing") from error
            if currency in rates:
                flaws.append(f"{day} {currency[:3]}: twice")
            rates[currency] = _rate(rate, f"{day}/{currency[:3]}")
        if day in days:
            flaws.append(f"{day}: twice")
        days[day] = DayRates("EUR", day, tuple(rates.items()))
    return [days[day] for day in sorted(days)], tuple(flaws)


def _read_archive(body: bytes) -> tuple[list[DayRates], tuple[str, ...]]:
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive, archive.open(archive.namelist()[0]) as file:
            content = file.read(_CSV_BYTES_MAX + 1)
    except _BROKEN as error:
        raise changed(NAME, "eurofxref-hist.zip", str(error)) from error
    if len(content) > _CSV_BYTES_MAX:
        raise changed(NAME, "eurofxref-hist.zip", f"more than {_CSV_BYTES_MAX} bytes")
    try:
        rows = list(csv.reader(content.decode("utf-8-sig").splitlines()))
    except (UnicodeDecodeError, csv.Error) as error:
        raise changed(NAME, "eurofxref-hist.csv", str(error)) from error
    if not rows or not rows[0] or rows[0][0].strip() != "Date":
        raise changed(NAME, "eurofxref-hist.csv/Date", "the first column is another")
    currencies = [name.strip() for name in rows[0]]
    days: dict[date, DayRates] = {}
    flaws = []
    for row in rows[1:]:
        if not row:
            continue
        day = _day(row[0])
        rates = tuple(
            (currency, _rate(cell.strip(), f"{day}/{currency}"))
            for currency, cell in zip(currencies[1:], row[1:], strict=False)
            if currency and cell.strip() not in _ABSENT
        )
        if day in days:
            flaws.append(f"{day}: twice")
        days[day] = DayRates("EUR", day, rates)
    return [days[day] for day in sorted(days)], tuple(flaws)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise changed(NAME, "time", f"{text[:20]!r} is no day") from error


def _rate(text: str, field: str) -> Decimal:
    try:
        return quiet(Decimal(text))
    except InvalidOperation as error:
        raise changed(NAME, field, f"{text[:20]!r} is no number") from error
