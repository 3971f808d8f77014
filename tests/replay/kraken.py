"""Kraken's public market data as the pages of its documentation describe it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from replay.server import NOT_FOUND, Asked, Reply, json_reply

DOCS = ("https://docs.kraken.com/api/docs/rest-api/get-ohlc-data", "https://docs.ccxt.com/")
TODAY = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def answer(asked: Asked) -> Reply:
    routes = {
        "/0/public/Assets": assets,
        "/0/public/AssetPairs": pairs,
        "/0/public/OHLC": candles,
        "/0/public/Ticker": ticker,
    }
    return routes[asked.path](asked) if asked.path in routes else NOT_FOUND


def result(value: object) -> Reply:
    return json_reply({"error": [], "result": value})


def assets(_: Asked) -> Reply:
    asset = {"aclass": "currency", "decimals": 10, "display_decimals": 5, "status": "enabled"}
    return result({"XXBT": {"altname": "XBT", **asset}, "ZEUR": {"altname": "EUR", **asset}})


def pairs(_: Asked) -> Reply:
    pair = {
        "altname": "XBTEUR", "wsname": "XBT/EUR", "aclass_base": "currency", "base": "XXBT", "aclass_quote": "currency",
        "quote": "ZEUR", "lot": "unit", "cost_decimals": 5, "pair_decimals": 1, "lot_decimals": 8, "lot_multiplier": 1,
        "leverage_buy": [2], "leverage_sell": [2], "fees": [[0, 0.4]], "fees_maker": [[0, 0.25]], "fee_volume_currency": "ZUSD",
        "margin_call": 80, "margin_stop": 40, "ordermin": "0.00005", "costmin": "0.5", "tick_size": "0.1", "status": "online",
    }  # fmt: skip
    return result({"XXBTZEUR": pair})


def candles(asked: Asked) -> Reply:
    """At most 720 of the newest; the last one has not ended."""
    since, width = int(asked.query.get("since", "0")), timedelta(minutes=int(asked.query["interval"]))
    if width == timedelta(days=1):
        starts = [TODAY - timedelta(days=back) for back in (3, 2, 1, 0)]
    else:
        now = datetime.now(UTC)
        last = TODAY + (now - TODAY) // width * width
        starts = [last - back * width for back in reversed(range(720))]
    stamps = [int(start.timestamp()) for start in starts]
    rows = [
        [stamp, "30000.1", "31000.0", "29000.5", f"3050{place}.3", "30200.1", "12.5", 90]
        for place, stamp in enumerate(stamps)
    ]
    return result({"XXBTZEUR": [row for row in rows if row[0] > since - 1], "last": stamps[-1]})


def ticker(_: Asked) -> Reply:
    return result({"XXBTZEUR": {
        "a": ["30300.1", "1", "1.000"], "b": ["30300.0", "1", "1.000"], "c": ["30303.3", "0.1"], "v": ["1", "2"],
        "p": ["30250.1", "30200.1"], "t": [3, 4], "l": ["29000.1", "28000.1"], "h": ["31000.1", "32000.1"], "o": "30502.3",
    }})  # fmt: skip
