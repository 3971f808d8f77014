"""Stooq's CSV as its pages' links give it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from finsage.market.providers.protocol import Answer
from finsage.market.providers.stooq import Stooq
from replay.case import Case, bodied, replaced
from replay.server import Asked, Reply

DOCS = ("https://stooq.com/db/", "https://stooq.com/q/d/?s=aapl.us")
LIMIT = b"Exceeded the daily hits limit"
_QUOTES = {"AAPL.US": "2024-01-05,22:00:08,181.99,182.76,180.17,181.18,62379661"}


def answer(asked: Asked) -> Reply:
    if asked.path == "/q/l/":
        lines = ["Symbol,Date,Time,Open,High,Low,Close,Volume"]
        symbols = asked.query["s"].upper().split()
        lines += [f"{symbol},{_QUOTES.get(symbol, 'N/D,N/D,N/D,N/D,N/D,N/D,N/D')}" for symbol in symbols]
        return Reply("\r\n".join(lines).encode() + b"\r\n", headers={"content-type": "text/csv"})
    if asked.query["s"] != "aapl.us":
        return Reply(b"No data")
    assert asked.query["o"] == "1111111"  # as traded
    return Reply(
        b"Date,Open,High,Low,Close,Volume\r\n2024-01-03,184.22,185.88,183.43,184.25,58414500\r\n"
        b"2024-01-04,182.15,183.0872,180.88,181.91,71983600\r\n2024-01-05,181.99,182.76,180.17,181.18,62379700\r\n"
    )


def _quotes_right(found: Answer[Any]) -> None:
    [quote] = found.values
    # 22:00:08 in Warsaw, in winter.
    assert (quote.key, quote.price, quote.currency) == ("AAPL.US", Decimal("181.18"), None)
    assert quote.as_of == datetime(2024, 1, 5, 21, 0, 8, tzinfo=UTC)
    assert found.missing == ("NOPE.US",)


def _history_right(found: Answer[Any]) -> None:
    [history] = found.values
    assert (history.currency, history.adjustment) == (None, "none")
    assert [candle.day.day for candle in history.candles] == [4, 5]
    first = history.candles[0]
    assert (first.open, first.high, first.low, first.close, first.volume) == tuple(
        map(Decimal, ("182.15", "183.0872", "180.88", "181.91", "71983600"))
    )


CASES = [
    Case(
        "stooq quotes", DOCS, lambda out, base: Stooq(out, base=base), answer,
        lambda it: it.quotes(["AAPL.US", "NOPE.US"], "USD"), _quotes_right,
        replaced(b"Close", b"Last"), "Close", bodied(b"Symbol,Date,Time,Open,High,Low,Close,Volume\r\n"),
        lambda reply: Reply(reply.body + b"AAPL.US,2024-01-05,22:00:08,1,1,1,1,1\r\n"),
    ),
    Case(
        "stooq history", DOCS, lambda out, base: Stooq(out, base=base), answer,
        lambda it: it.history("aapl.us", "USD", date(2024, 1, 4), date(2024, 1, 5)), _history_right,
        replaced(b"Close", b"Last"), "Close", bodied(b"No data"),
        lambda reply: Reply(reply.body + b"2024-01-05,1,1,1,1,1\r\n"),
    ),
]  # fmt: skip
