"""Providers whose library brings a client of its own, asked through it; skipped where the extras are missing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from replay import kraken, yahoo
from replay.server import FAULTS, Asked, ReplayServer, Reply

from finsage.errors import Limited, Upstream
from finsage.market.errors import ChangedShape, NotOffered
from finsage.market.providers.exchanges import Exchanges
from finsage.market.providers.opening import open_providers
from finsage.market.providers.protocol import Dividend, Split
from finsage.market.providers.yahoo import FAILED_RUNNING_MAX, THREADS, Yahoo
from finsage.platform.http import Outbound
from finsage.platform.settings import load_settings

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.filterwarnings("default"),  # the libraries' own
]
SPAN = (date(2024, 1, 2), date(2024, 1, 5))


@pytest.fixture
def stocks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[ReplayServer]:
    with yahoo.serving(monkeypatch, tmp_path) as server:
        yield server


@pytest.fixture
def exchange() -> Iterator[ReplayServer]:
    pytest.importorskip("ccxt", reason="ccxt is in the extra exchanges")
    with ReplayServer(kraken.answer) as server:
        yield server


@pytest.fixture
async def closing() -> AsyncIterator[None]:
    yield
    await asyncio.sleep(0.05)  # aiohttp's connections end on the next turn of the loop


async def test_yahoo_searches_with_what_kind_of_thing_it_is(stocks: ReplayServer):
    answer = await Yahoo().search("acme")
    assert [(one.key, one.name, one.asset_class) for one in answer.values] == [
        ("ACME", "Acme Incorporated", "equity"), ("ACM-USD", "Acme Coin", "crypto"),
    ]  # fmt: skip


async def test_yahoos_latest_price_has_its_currency_and_instant(stocks: ReplayServer):
    answer = await Yahoo().quotes(["ACME", "GONE", "../../x", "ACME"], "EUR")
    [quote] = answer.values
    assert (quote.price, quote.currency) == (Decimal("181.18"), "USD")
    assert quote.as_of == datetime(2024, 1, 5, 21, tzinfo=UTC)
    assert answer.missing == ("GONE", "../../x")
    assert not any("." in asked.path for asked in stocks.asked), "what is no symbol is not asked for"


async def test_yahoos_history_is_by_the_day_of_the_exchange_and_says_how_it_is_corrected(stocks: ReplayServer):
    [history] = (await Yahoo().history("ACME", "USD", *SPAN)).values
    assert (history.currency, history.adjustment) == ("USD", "splits")
    assert [(candle.day.day, candle.close) for candle in history.candles] == [
        (2, Decimal("185.64")), (3, Decimal("184.25")), (5, Decimal("181.18")),
    ]  # fmt: skip
    assert history.candles[0].volume == 82488700
    assert (await Yahoo().history("GONE", "USD", *SPAN)).missing == ("GONE",)


LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


async def test_yahoos_candles_within_a_day_are_as_traded_and_begin_where_they_begin(stocks: ReplayServer):
    [history] = (await Yahoo().candles("ACME", "USD", LONG_AGO, interval="5m")).values
    assert (history.currency, history.interval, history.adjustment) == ("USD", "5m", "none")
    first = history.candles[0]
    assert (first.start, first.open, first.high) == (yahoo.SESSION, Decimal("180.5"), Decimal("182.25"))
    assert first.low == Decimal("179.75")
    assert len(history.candles) in {78, 79}
    asked = stocks.asked[-1].query
    days = (datetime.now(UTC) - datetime.fromtimestamp(int(asked["period1"]), UTC)).days
    assert (asked["interval"], 58 <= days <= 60) == ("5m", True)
    since = yahoo.SESSION + timedelta(hours=2, minutes=10)
    [later] = (await Yahoo().candles("ACME", "USD", since, interval="5m")).values
    assert later.candles[0].start == since.replace(minute=0), "they begin with a full hour"
    assert (await Yahoo().candles("GONE", "USD", since, interval="1h")).missing == ("GONE",)


async def test_what_yahoo_has_within_days_before_a_split_is_left_out(stocks: ReplayServer):
    # Corrected or not: it is not documented, and what is corrected is never joined with what is not.
    whole = yahoo.within_a_day
    for hours, count in ((0, {78, 79}), (-24, {78, 79})):
        at = yahoo.SESSION + timedelta(hours=hours)
        stocks.answer = lambda asked, at=at: whole(asked, split_at=at, days=2)
        answer = await Yahoo().candles("ACME", "USD", LONG_AGO, interval="5m")
        assert len(answer.values[0].candles) in ({156, 157, 158} if hours else count)
        assert answer.flaws == (f"before {at.date()}: a split",)


async def test_yahoos_dividends_and_splits(stocks: ReplayServer):
    answer = await Yahoo().events("ACME", *SPAN)
    assert answer.values == (
        Dividend("ACME", date(2024, 1, 3), Decimal("0.24"), "USD"),
        Split("ACME", date(2024, 1, 5), Decimal(1), Decimal(4)),
    )


@pytest.mark.parametrize("fault", ["failed", "html", "truncated", "cut", "empty", "limited"])
async def test_a_fault_of_yahoo_is_a_failure_and_no_empty_answer(stocks: ReplayServer, fault: str):
    stocks.fault = FAULTS[fault]
    for ask in (Yahoo().history("ACME", "USD", *SPAN), Yahoo().quotes(["ACME"], "USD"), Yahoo().search("acme")):
        with pytest.raises(Limited if fault == "limited" else Upstream):
            await ask


async def test_one_symbol_that_fails_at_yahoo_costs_no_other(stocks: ReplayServer):
    def fails(asked: Asked) -> Reply:
        return Reply(b"", status=500) if "BROKEN" in (asked.path + asked.query.get("q", "")) else yahoo.answer(asked)

    stocks.answer = fails
    answer = await Yahoo().quotes(["BROKEN", "ACME", "GONE"], "USD")
    assert [quote.key for quote in answer.values] == ["ACME"]
    assert (answer.missing, [one.key for one in answer.failed]) == (("GONE",), ["BROKEN"])
    assert isinstance(answer.failed[0].error, Upstream)
    named = await Yahoo().names(["BROKEN", "ACME"])
    assert ([one.key for one in named.values], [one.key for one in named.failed]) == (["ACME"], ["BROKEN"])


async def test_yahoo_is_not_asked_on_and_on_when_it_wants_rest_or_keeps_failing(stocks: ReplayServer):
    keys = ["ACME", *(f"DOWN{number}" for number in range(40))]
    for fault, kind in (("limited", Limited), ("cut", Upstream)):

        def fails(asked: Asked, fault: str = fault) -> Reply:
            good = yahoo.answer(replace(asked, path="/v8/finance/chart/ACME"))
            return good if asked.path.endswith("/ACME") else FAULTS[fault](good)

        stocks.answer = fails
        stocks.asked.clear()
        answer = await Yahoo().quotes(keys, "USD")
        assert [quote.key for quote in answer.values] == ["ACME"]
        assert [one.key for one in answer.failed] == keys[1:]
        assert {isinstance(one.error, kind) for one in answer.failed} == {True}
        # Those that failed before the one good answer came do not count with those after it.
        assert len({asked.path for asked in stocks.asked}) <= 1 + 2 * FAILED_RUNNING_MAX + THREADS


async def test_one_exchange_that_fails_costs_no_other(exchange: ReplayServer, closing: None):
    provider = Exchanges(["kraken", "nowhere"], addresses={"kraken": exchange.url})
    answer = await provider.quotes(["nowhere:A/B", "kraken:BTC/EUR"], "EUR")
    assert [quote.key for quote in answer.values] == ["kraken:BTC/EUR"]
    assert [(one.key, type(one.error)) for one in answer.failed] == [("nowhere:A/B", NotOffered)]


async def test_a_field_of_yahoos_that_changed_is_a_changed_shape(stocks: ReplayServer):
    for old in (b'"currency"', b'"quoteType"'):
        stocks.fault = lambda reply, old=old: Reply(reply.body.replace(old, b'"renamed"'), reply.status, reply.headers)
        with pytest.raises(ChangedShape) as failure:
            await (Yahoo().search("acme") if b"quoteType" in old else Yahoo().quotes(["ACME"], "USD"))
        assert failure.value.members["provider"] == "yahoo"


async def test_an_exchanges_candles_are_exact_and_only_of_what_has_ended(exchange: ReplayServer, closing: None):
    provider = Exchanges(["kraken"], addresses={"kraken": exchange.url})
    first, last = (kraken.TODAY - timedelta(days=2)).date(), kraken.TODAY.date()
    [history] = (await provider.history("kraken:BTC/EUR", "USD", first, last)).values
    assert (history.currency, history.adjustment) == ("EUR", "none")
    assert [(candle.day, candle.close) for candle in history.candles] == [
        (first, Decimal("30501.3")), (first + timedelta(days=1), Decimal("30502.3")),
    ]  # fmt: skip
    assert history.candles[0].low == Decimal("29000.5")


@pytest.mark.parametrize(("interval", "hours"), [("5m", 40), ("1h", 719)])
async def test_an_exchanges_candles_within_a_day_are_whole_hours_of_them(
    exchange: ReplayServer, closing: None, interval: str, hours: int
):
    provider = Exchanges(["kraken"], addresses={"kraken": exchange.url})
    [history] = (await provider.candles("kraken:BTC/EUR", "USD", LONG_AGO, interval=interval)).values
    width = timedelta(minutes=5 if interval == "5m" else 60)
    starts = [candle.start for candle in history.candles]
    assert (history.currency, history.interval, history.adjustment) == ("EUR", interval, "none")
    assert starts == [starts[0] + number * width for number in range(len(starts))]
    assert starts[0].minute == 0
    assert hours - 1 <= (starts[-1] + width - starts[0]) / timedelta(hours=1) <= hours
    assert {candle.low for candle in history.candles} == {Decimal("29000.5")}
    assert len([asked for asked in exchange.asked if asked.path.endswith("/OHLC")]) <= 5
    assert (await provider.candles("kraken:NO/EUR", "EUR", LONG_AGO, interval=interval)).missing == ("kraken:NO/EUR",)


async def test_an_exchanges_latest_prices_and_what_is_missing(exchange: ReplayServer, closing: None):
    provider = Exchanges(["kraken"], addresses={"kraken": exchange.url})
    answer = await provider.quotes(["kraken:BTC/EUR", "kraken:NO/EUR", "binance:BTC/EUR"], "EUR")
    assert [(quote.key, quote.price, quote.currency) for quote in answer.values] == [
        ("kraken:BTC/EUR", Decimal("30303.3"), "EUR")
    ]
    assert answer.missing == ("kraken:NO/EUR", "binance:BTC/EUR")
    with pytest.raises(NotOffered):
        await Exchanges(["nowhere"]).quotes(["nowhere:A/B"], "EUR")


@pytest.mark.parametrize("fault", ["failed", "html", "truncated", "cut", "limited"])
async def test_a_fault_of_an_exchange_is_a_failure(exchange: ReplayServer, closing: None, fault: str):
    exchange.fault = FAULTS[fault]
    provider = Exchanges(["kraken"], addresses={"kraken": exchange.url})
    with pytest.raises((Limited, Upstream)):
        await provider.quotes(["kraken:BTC/EUR"], "EUR")


async def test_with_the_extras_they_stand_in_the_order(stocks: ReplayServer, exchange: ReplayServer):
    outbound = Outbound()
    names = [provider.name for provider in open_providers(load_settings({}, data_dir="/nonexistent"), outbound)]
    await outbound.aclose()
    assert names.index("stooq") < names.index("yahoo") < names.index("exchanges")
