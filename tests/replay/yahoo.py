"""Yahoo's chart and search as yfinance reads them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from replay.server import Asked, ReplayServer, Reply, json_reply

DOCS = ("https://ranaroussi.github.io/yfinance/",)
# The openings of four days in New York, one of which pays a dividend and one splits.
STAMPS = [int(datetime(2024, 1, day, 14, 30, tzinfo=UTC).timestamp()) for day in (2, 3, 4, 5)]


def meta() -> dict[str, Any]:
    return {
        "currency": "USD", "symbol": "ACME", "exchangeName": "NMS", "fullExchangeName": "NasdaqGS", "instrumentType": "EQUITY",
        "firstTradeDate": 345479400, "regularMarketTime": STAMPS[-1] + 23_400, "hasPrePostMarketData": True,
        "gmtoffset": -18000, "timezone": "EST", "exchangeTimezoneName": "America/New_York", "regularMarketPrice": 181.18,
        "chartPreviousClose": 185.64, "priceHint": 2, "dataGranularity": "1d", "range": "",
        "validRanges": ["1d", "5d", "1mo", "max"],
    }  # fmt: skip


SESSION = datetime.combine(datetime.now(UTC).date() - timedelta(days=1), time(14, 30), UTC)
"""The opening of New York yesterday."""


def within_a_day(asked: Asked, split_at: datetime | None = None, days: int = 1) -> Reply:
    """The regular sessions up to that of yesterday; the last stamp is of the latest price alone."""
    width = {"5m": timedelta(minutes=5), "1h": timedelta(hours=1)}[asked.query["interval"]]
    opens = [SESSION - timedelta(days=back) for back in reversed(range(days))]
    count = int(timedelta(hours=6, minutes=30) / width)
    starts = [start + number * width for start in opens for number in range(count)]
    stamps = [int(start.timestamp()) for start in starts] + [int(starts[-1].timestamp()) + 137]
    count = len(stamps)
    prices = {
        "open": [180.5] * count, "high": [182.25] * count, "low": [179.75] * count, "close": [181.0] * count,
        "volume": [1000] * count,
    }  # fmt: skip
    events = {}
    if split_at is not None:
        stamp = int(split_at.timestamp())
        events = {"splits": {str(stamp): {"date": stamp, "numerator": 4, "denominator": 1, "splitRatio": "4:1"}}}
    sessions = [
        [{"timezone": "EST", "start": stamp, "end": stamp + 23_400, "gmtoffset": -18_000}]
        for stamp in (int(start.timestamp()) for start in opens)
    ]
    told = {"dataGranularity": asked.query["interval"], "tradingPeriods": sessions}
    result = {
        "meta": meta() | told, "timestamp": stamps, "events": events,
        "indicators": {"quote": [prices]},
    }  # fmt: skip
    return json_reply({"chart": {"result": [result], "error": None}})


def answer(asked: Asked) -> Reply:
    if asked.query.get("interval") in {"5m", "1h"} and asked.path.endswith(("/ACME", "/AAPL")):
        return within_a_day(asked)
    if asked.path == "/v1/finance/search":
        quotes = [
            {
                "symbol": "ACME",
                "shortname": "Acme",
                "longname": "Acme Incorporated",
                "quoteType": "EQUITY",
                "exchange": "NMS",
            },
            {"symbol": "ACME", "shortname": "Acme again", "quoteType": "EQUITY", "exchange": "NMS"},
            {"symbol": "ACM-USD", "shortname": "Acme Coin", "quoteType": "CRYPTOCURRENCY", "exchange": "CCC"},
        ]
        return json_reply({"quotes": quotes, "news": [], "nav": [], "lists": []})
    if not asked.path.endswith("/ACME"):
        error = {"code": "Not Found", "description": "No data found, symbol may be delisted"}
        return Reply(
            json_reply({"chart": {"result": None, "error": error}}).body, 404, {"content-type": "application/json"}
        )
    closes = [185.64, 184.25, None, 181.18]
    prices = {
        "open": [187.15, 184.22, None, 181.99], "high": [188.44, 185.88, None, 182.76], "low": [183.89, 183.43, None, 180.17],
        "close": closes, "volume": [82488700, 58414500, None, 62303300],
    }  # fmt: skip
    events = {
        "dividends": {str(STAMPS[1]): {"amount": 0.24, "date": STAMPS[1]}},
        "splits": {str(STAMPS[3]): {"date": STAMPS[3], "numerator": 4, "denominator": 1, "splitRatio": "4:1"}},
    }
    result = {
        "meta": meta(), "timestamp": STAMPS, "events": events,
        "indicators": {"quote": [prices], "adjclose": [{"adjclose": closes}]},
    }  # fmt: skip
    return json_reply({"chart": {"result": [result], "error": None}})


@contextmanager
def serving(monkeypatch: pytest.MonkeyPatch, folder: Path) -> Iterator[ReplayServer]:
    """Yahoo's hosts are this server; the library keeps their addresses in constants. Skips where it is missing."""
    library = pytest.importorskip("yfinance", reason="yfinance is in the extra stocks")
    library.set_tz_cache_location(str(folder))
    with ReplayServer(answer) as server:
        for module in ("base", "search", "scrapers.history"):
            monkeypatch.setattr(f"yfinance.{module}._BASE_URL_", server.url)
        monkeypatch.setattr("yfinance.scrapers.quote._QUOTE_SUMMARY_URL_", f"{server.url}/v10/finance/quoteSummary")
        monkeypatch.setattr("yfinance.scrapers.quote._QUERY1_URL_", server.url)
        monkeypatch.setattr("yfinance.data.YfData._get_cookie_and_crumb", lambda *_, **__: (None, "basic"))
        yield server
