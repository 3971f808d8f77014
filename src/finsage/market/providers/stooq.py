"""Stooq: shares, indices and commodities of many exchanges as CSV, free and without a key, a few hundred a day.

Closes are asked for as traded (``o=1111111`` leaves every correction out). Stooq names no currency: prices are in the
asset's own. Its clock is that of Warsaw. What it has not got it answers with ``N/D`` or ``No data``, and its daily
limit with a sentence instead of a table, all of them with status 200.

Documented at https://stooq.com/db/ and by the links of the page of each symbol (``Historical data``, ``CSV``).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from finsage.errors import FinSageError
from finsage.market.providers.asking import Asking, source_of
from finsage.market.providers.choice import PASSES, each_answered
from finsage.market.providers.protocol import Answer, Candle, Capability, History, Quote, Source
from finsage.market.providers.shapes import changed, quiet
from finsage.platform import clock
from finsage.platform.http import Fetched, Outbound, OutsideLimited, Rate, Service

NAME = "stooq"
BASE = "https://stooq.com"
KEYS_PER_REQUEST = 50
_LIMIT_SECONDS = 3600
_WARSAW = ZoneInfo("Europe/Warsaw")
_NO_DATA = "N/D"
_QUOTE = ("Symbol", "Date", "Time", "Open", "High", "Low", "Close", "Volume")
_HISTORY = ("Date", "Open", "High", "Low", "Close")


class Stooq:
    """Prices of shares, indices and commodities."""

    name = NAME
    capabilities = frozenset({Capability.QUOTES, Capability.HISTORY})
    needs_key = False
    has_key = False

    def __init__(self, outbound: Outbound, *, base: str | None = None) -> None:
        self._asking = Asking(outbound, Service(NAME, Rate(20, 3)), base or BASE)

    async def quotes(self, keys: Sequence[str], currency: str) -> Answer[Quote]:  # noqa: ARG002 - it has the asset's own
        """The latest prices in the currency of each asset, 50 symbols a request, one of which may fail."""
        wanted = {key.upper(): key for key in keys}
        told: dict[str, Quote | FinSageError] = {}
        sources, flaws = list[Source](), list[str]()
        symbols = list(wanted)
        for start in range(0, len(symbols), KEYS_PER_REQUEST):
            batch = {symbol: wanted[symbol] for symbol in symbols[start : start + KEYS_PER_REQUEST]}
            try:
                told |= await self._latest(batch, sources, flaws)
            except PASSES as error:
                told |= dict.fromkeys(batch.values(), error)
        return each_answered(NAME, keys, told, sources, flaws)

    async def _latest(self, wanted: dict[str, str], sources: list[Source], flaws: list[str]) -> dict[str, Quote]:
        params = {"s": " ".join(symbol.lower() for symbol in wanted), "f": "sd2t2ohlcv", "h": "", "e": "csv"}
        fetched = await self._asking.get("/q/l/", params)
        sources.append(source_of(fetched))
        quotes: dict[str, Quote] = {}
        for line, row in enumerate(_table(fetched, _QUOTE), 2):
            key = wanted.get(row["Symbol"].upper())
            if key is None or _NO_DATA in {row["Close"], row["Date"]}:
                continue
            if key in quotes:
                flaws.append(f"{key[:50]}: twice")
                continue
            quotes[key] = Quote(key, _number(row["Close"], f"line {line}, Close"), None, _as_of(row, line))
        return quotes

    async def history(
        self,
        key: str,
        currency: str,  # noqa: ARG002 - it has the asset's own
        first: date,
        last: date,
    ) -> Answer[History]:
        """Daily candles as traded, in the currency of the asset."""
        params = {"s": key.lower(), "d1": f"{first:%Y%m%d}", "d2": f"{last:%Y%m%d}", "i": "d", "o": "1111111"}
        fetched = await self._asking.get("/q/d/l/", params)
        source = (source_of(fetched),)
        if fetched.body.strip() == b"No data":
            return Answer(NAME, (), source, (key,))
        candles: dict[date, Candle] = {}
        flaws = []
        today = clock.now().astimezone(_WARSAW).date()
        for line, row in enumerate(_table(fetched, _HISTORY), 2):
            day = _day(row["Date"], line)
            if not first <= day <= last or day >= today:
                continue
            if day in candles:
                flaws.append(f"{day}: twice")
            candles[day] = _candle(day, row, line)
        history = History(key, None, "1d", "none", tuple(candles[day] for day in sorted(candles)))
        return Answer(NAME, (history,), source, flaws=tuple(flaws))


def _table(fetched: Fetched, columns: tuple[str, ...]) -> list[dict[str, str]]:
    text = fetched.body.decode("utf-8", "replace").strip()
    if "limit" in text[:100].lower() and "," not in text[:100]:
        raise OutsideLimited("Stooq's limit of the day is reached.", retry_after_seconds=_LIMIT_SECONDS)
    try:
        reader = csv.DictReader(io.StringIO(text), restval="")
        names = reader.fieldnames or []
        for column in columns:
            if column not in names:
                raise changed(NAME, column, f"the table has {', '.join(names)[:100] or 'no columns'}")
        return list(reader)
    except csv.Error as error:
        raise changed(NAME, "the table", str(error)) from error


def _candle(day: date, row: dict[str, str], line: int) -> Candle:
    start = datetime.combine(day, time(), UTC)
    close = _number(row["Close"], f"line {line}, Close")
    rest = [_optional(row.get(name), f"line {line}, {name}") for name in ("Open", "High", "Low", "Volume")]
    return Candle(start, close, *rest)


def _optional(text: str | None, field: str) -> Decimal | None:
    return _number(text, field) if text and text != _NO_DATA else None


def _number(text: str, field: str) -> Decimal:
    try:
        return quiet(Decimal(text.strip()))
    except InvalidOperation as error:
        raise changed(NAME, field, f"{text[:20]!r} is no number") from error


def _day(text: str, line: int) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise changed(NAME, f"line {line}, Date", f"{text[:20]!r} is no day") from error


def _as_of(row: dict[str, str], line: int) -> datetime:
    day = _day(row["Date"], line)
    try:
        at = time.fromisoformat(row["Time"].strip())
    except ValueError as error:
        raise changed(NAME, f"line {line}, Time", f"{row['Time'][:20]!r} is no time") from error
    return datetime.combine(day, at, _WARSAW).astimezone(UTC)
