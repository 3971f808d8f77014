"""What a provider does beyond the contract that all share."""

from __future__ import annotations

import asyncio
import io
import zipfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import jsonpath
import pytest
from hypothesis import given
from hypothesis import strategies as st
from replay import coingecko, headlines, json_source, rates, stooq
from replay.server import ReplayServer, Reply, json_reply

from finsage.errors import Upstream
from finsage.market.errors import ChangedShape, CredentialRefused, InvalidSource, NotOffered
from finsage.market.providers.coingecko import IDS_PER_REQUEST, CoinGecko
from finsage.market.providers.coingecko_news import CoinGeckoNews
from finsage.market.providers.cryptopanic import CryptoPanic
from finsage.market.providers.ecb import EcbRates
from finsage.market.providers.feeds import Feeds
from finsage.market.providers.json_source import JsonSource, JsonSources, compile_path
from finsage.market.providers.newsapi import NewsApi
from finsage.market.providers.opening import open_providers
from finsage.market.providers.protocol import Capability, NewsQuestion
from finsage.market.providers.stooq import Stooq
from finsage.platform.http import ForbiddenAddress, LocalBuckets, LocalHosts, Outbound, OutsideLimited
from finsage.platform.settings import InvalidSetting, load_settings

pytestmark = pytest.mark.anyio
TODAY = coingecko.TODAY


@pytest.fixture
def service() -> Iterator[ReplayServer]:
    with ReplayServer(coingecko.answer) as server:
        yield server


@asynccontextmanager
async def way_out(*servers: ReplayServer) -> AsyncIterator[Outbound]:
    loop = asyncio.get_running_loop()
    outbound = Outbound(
        local=LocalHosts(f"127.0.0.1:{server.port}" for server in servers),
        buckets=LocalBuckets(lambda: 1e6 * loop.time()),
    )
    yield outbound
    await outbound.aclose()


# CoinGecko


async def test_a_thousand_coins_are_asked_for_in_four_requests_however_often_each_is_named(service: ReplayServer):
    keys = [f"coin-{number}" for number in range(1000)]
    async with way_out(service) as outbound:
        answer = await CoinGecko(outbound, base=service.url).quotes(keys + keys, "usd")
    assert len(service.asked) == 1000 / IDS_PER_REQUEST == len(answer.sources)
    assert [quote.key for quote in answer.values] == keys
    assert answer.values[7].price == Decimal("7.5")


@pytest.mark.parametrize(("plan", "header"), [("demo", "x-cg-demo-api-key"), ("pro", "x-cg-pro-api-key")])
async def test_the_key_goes_in_the_header_of_its_plan(service: ReplayServer, plan: str, header: str):
    async with way_out(service) as outbound:
        provider = CoinGecko(outbound, plan=plan, key="secret-key", base=service.url)
        answer = await provider.search("bit")
        await CoinGecko(outbound, base=service.url).search("bit")
    assert [asked.headers.get(header) for asked in service.asked] == ["secret-key", None]
    assert "secret" not in repr(answer)


async def test_the_free_plan_says_what_it_leaves_out(service: ReplayServer):
    async with way_out(service) as outbound:
        free = CoinGecko(outbound, base=service.url)
        answer = await free.history("bitcoin", "usd", TODAY - timedelta(days=700), TODAY)
        reach = TODAY - timedelta(days=365)
        assert answer.flaws == (f"before {reach}: not offered on the free plan",)
        assert answer.values[0].candles[0].day == reach
        with pytest.raises(NotOffered, match="365 days"):
            await free.history("bitcoin", "usd", TODAY - timedelta(days=900), TODAY - timedelta(days=800))
        whole = await CoinGecko(outbound, plan="pro", key="k", base=service.url).history(
            "bitcoin", "usd", TODAY - timedelta(days=700), TODAY
        )
    assert len(whole.values[0].candles) == 700
    assert whole.flaws == ()


async def test_soon_after_midnight_the_price_of_that_moment_is_no_close(service: ReplayServer):
    points = [[coingecko.stamp(TODAY), 100], [coingecko.stamp(TODAY) + 40 * 60_000, 120]]
    service.fault = lambda _: json_reply({"prices": points, "market_caps": [], "total_volumes": []})
    yesterday = TODAY - timedelta(days=1)
    async with way_out(service) as outbound:
        answer = await CoinGecko(outbound, base=service.url).history("bitcoin", "usd", yesterday, TODAY)
    [history] = answer.values
    assert [(candle.day, candle.close) for candle in history.candles] == [(yesterday, Decimal(100))]
    assert answer.flaws == ()


async def test_an_unknown_coin_is_missing_and_what_is_no_id_is_not_asked_for(service: ReplayServer):
    yesterday = TODAY - timedelta(days=1)
    async with way_out(service) as outbound:
        free = CoinGecko(outbound, base=service.url)
        assert (await free.history("nobody", "usd", yesterday, TODAY)).missing == ("nobody",)
        with pytest.raises(NotOffered, match="no CoinGecko id"):
            await free.history("../../admin", "usd", yesterday, TODAY)
        assert {one.symbol for one in (await free.listing()).values} == {"BTC", "AAVE"}


async def test_a_time_in_another_unit_is_a_changed_shape(service: ReplayServer):
    service.fault = lambda reply: Reply(reply.body.replace(b"1711356300", b"1711356300000"), 200, reply.headers)
    async with way_out(service) as outbound:
        with pytest.raises(ChangedShape) as failure:
            await CoinGecko(outbound, base=service.url).quotes(["bitcoin"], "EUR")
    assert failure.value.members["field"] == "$.bitcoin.last_updated_at"


# The ECB


@pytest.mark.parametrize(
    ("first", "last", "file"),
    [
        (TODAY, TODAY, "/eurofxref-daily.xml"),
        (TODAY - timedelta(days=80), TODAY, "/eurofxref-hist-90d.xml"),
        (TODAY - timedelta(days=100), TODAY, "/eurofxref-hist.zip"),
    ],
)
async def test_the_smallest_file_that_holds_the_days_is_fetched(
    service: ReplayServer, first: date, last: date, file: str
):
    service.answer = rates.ecb
    async with way_out(service) as outbound:
        await EcbRates(outbound, base=service.url).rates(first, last)
    assert [asked.path for asked in service.asked] == [file]


def _bomb() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("eurofxref-hist.csv", b"Date,USD\n" + b"1999-01-04,1\n" * 4_000_000)
    return packed.getvalue()


_LAUGHS = b'<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]><feed>&b;</feed>'


async def test_neither_a_zip_bomb_nor_entities_get_anywhere(service: ReplayServer):
    async with way_out(service) as outbound:
        for body, first in ((_bomb(), date(1999, 1, 4)), (b"PK\x03\x04", date(1999, 1, 4)), (_LAUGHS, TODAY)):
            service.answer = lambda _, body=body: Reply(body)
            with pytest.raises(ChangedShape):
                await EcbRates(outbound, base=service.url).rates(first, TODAY)


# Stooq


async def test_the_limit_of_stooq_is_a_sentence(service: ReplayServer):
    service.answer = lambda _: Reply(stooq.LIMIT)
    async with way_out(service) as outbound:
        provider = Stooq(outbound, base=service.url)
        for ask in (provider.quotes(["A.US"], "USD"), provider.history("a.us", "USD", date(2024, 1, 1), TODAY)):
            with pytest.raises(OutsideLimited) as limited:
                await ask
            assert limited.value.retry_after_seconds == 3600


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ("AAPL.US,05.01.2024,22:00:08,1,1,1,1,1", "line 2, Date"),
        ("AAPL.US,2024-01-05,10pm,1,1,1,1,1", "line 2, Time"),
        ("AAPL.US,2024-01-05,22:00:08,1,1,1,one,1", "line 2, Close"),
        ("AAPL.US,2024-01-05,22:00:08,1", "line 2, Close"),
    ],
)
async def test_a_cell_that_is_not_as_documented_is_named_with_its_line(service: ReplayServer, line: str, field: str):
    service.answer = lambda _: Reply(f"Symbol,Date,Time,Open,High,Low,Close,Volume\n{line}\n".encode())
    async with way_out(service) as outbound:
        with pytest.raises(ChangedShape) as failure:
            await Stooq(outbound, base=service.url).quotes(["AAPL.US"], "USD")
    assert failure.value.members["field"] == field


# JSON of anybody's


@pytest.mark.parametrize(
    "path",
    [
        "", "price", "$.", "$..a..b", "$[?@.a[?@.b]]", "$[?@.a==1][?@.b==2]", "$[?match(@.a, '(a+)+')]", "$[?search(@.a, 'a')]",
        "$.a | $.b", "$" + ".a" * 200, "$[?length(@.a) > 1]", "$.a[",
    ],
)  # fmt: skip
def test_a_path_that_is_none_or_could_cost_too_much_is_refused(path: str):
    with pytest.raises(InvalidSource):
        compile_path(path)


@pytest.mark.parametrize(
    "path", ["$.price", "$['a b'][0].p", "$..price", "$.data[?@.symbol=='X'].price", "$.a[-1]", "$[?@.id=='A'].nav"]
)
def test_a_path_that_costs_one_walk_is_taken(path: str):
    compile_path(path)


@given(st.text(alphabet="$.[]*?@='()&|!<>0a,:-~ ", max_size=40))
def test_any_text_is_a_path_or_is_refused(text: str):
    try:
        compile_path("$" + text).findall({"a": [{"a": Decimal(1)}, "0"]})
    except (InvalidSource, jsonpath.JSONPathError, RecursionError):
        return


@pytest.mark.parametrize(
    "body",
    [
        b'{"price": null}', b'{"price": true}', b'{"price": [1]}', b'{"price": "about 5"}', b'{"price": NaN}', b"[" * 100_000,
        b'{"cost": 1}', b"", b"<html>", b'{"price": Infinity}', b"\xff\xfe",
    ],
)  # fmt: skip
async def test_what_holds_no_number_is_a_changed_shape_that_names_the_path(service: ReplayServer, body: bytes):
    service.answer = lambda _: Reply(body)
    async with way_out(service) as outbound:
        answer = await JsonSources(outbound, {"X": JsonSource(service.url, "$.price")}).quotes(["X"], "EUR")
    [failed] = answer.failed
    assert isinstance(failed.error, ChangedShape)
    assert failed.error.members["field"] in {"$.price", "$"}


async def test_one_source_that_fails_does_not_cost_the_others(service: ReplayServer):
    service.answer = json_source.answer
    sources = {
        "good": JsonSource(f"{service.url}/funds", "$.funds[0].nav"),
        "inner": JsonSource("https://169.254.169.254/latest", "$.x"),
        "gone": JsonSource(f"{service.url}/funds", "$.nothing"),
    }
    async with way_out(service) as outbound:
        answer = await JsonSources(outbound, sources).quotes(["good", "inner", "gone"], "EUR")
    assert [quote.key for quote in answer.values] == ["good"]
    assert answer.missing == ()
    assert [(one.key, type(one.error)) for one in answer.failed] == [
        ("inner", ForbiddenAddress), ("gone", ChangedShape),
    ]  # fmt: skip


# Headlines


async def test_one_feed_that_fails_does_not_cost_the_others(service: ReplayServer):
    service.answer = lambda asked: Reply(b"", 500) if asked.path == "/broken" else headlines.feed(asked)
    addresses = [f"{service.url}/broken", f"{service.url}/atom", f"{service.url}/rss", f"{service.url}/atom"]
    async with way_out(service) as outbound:
        answer = await Feeds(outbound, addresses).news(NewsQuestion(limit=2))
        assert [one.title for one in answer.values] == ["Entry", "Second"]
        [failed] = answer.failed
        assert failed.key == "127.0.0.1"
        assert "fault of its own" in str(failed.error)
        since = datetime(2026, 11, 27, 11, 30, tzinfo=UTC)
        recent = await Feeds(outbound, addresses[1:]).news(NewsQuestion(since=since))
    assert [one.title for one in recent.values] == ["Entry"]


_INCLUDE = (
    b'<?xml version="1.0"?><!DOCTYPE f [<!ENTITY x SYSTEM "file:///etc/passwd">]><rss version="2.0"><channel><item>'
    b"<title>&x;</title><link>https://a.example/</link></item></channel></rss>"
)


@pytest.mark.parametrize(
    "body",
    [
        _LAUGHS,
        _INCLUDE,
        b'<rss version="2.0"><item><title>x &lt;iframe src=//evil&gt;</title><link>https://a.example/</link></item></rss>',
    ],
)
async def test_a_hostile_feed_is_only_text(service: ReplayServer, body: bytes):
    service.answer = lambda _: Reply(body)
    async with way_out(service) as outbound:
        try:
            answer = await Feeds(outbound, [service.url]).news(NewsQuestion())
        except Upstream:
            return
    for one in answer.values:
        assert "root:x:0:0" not in one.title
        assert "<" not in one.title
        assert "haha" not in one.title


async def test_keys_of_news_services_are_sent_and_a_wrong_one_is_told(service: ReplayServer):
    words = NewsQuestion(words=("Apple Inc",), symbols=("AAPL",))
    async with way_out(service) as outbound:
        service.answer = headlines.newsapi
        with pytest.raises(CredentialRefused):
            await NewsApi(outbound, key="wrong", base=service.url).news(words)
        service.answer = headlines.cryptopanic
        with pytest.raises(CredentialRefused) as refused:
            await CryptoPanic(outbound, key="wrong-token", base=service.url).news(NewsQuestion(symbols=("BTC",)))
        assert "wrong" not in str(refused.value)
        answer = await CryptoPanic(outbound, key="k", base=service.url).news(NewsQuestion(symbols=("BTC",)))
        assert "auth_token" not in answer.sources[0].url


async def test_news_of_coins_goes_on_to_the_next_page_only_while_it_is_full(service: ReplayServer):
    async with way_out(service) as outbound:
        provider = CoinGeckoNews(outbound, plan="demo", key="k", base=service.url)
        await provider.news(NewsQuestion(symbols=("bitcoin", "ethereum"), language="de"))
    assert [asked.query.get("coin_id") for asked in service.asked] == ["bitcoin", "ethereum"]
    assert {asked.query["language"] for asked in service.asked} == {"de"}


# Settings


async def test_settings_make_the_providers_in_their_order(service: ReplayServer):
    async with way_out(service) as outbound:
        environ = {
            "FINSAGE_PROVIDERS": "ecb, coingecko, newsapi, feeds", "FINSAGE_COINGECKO_PLAN": "demo",
            "FINSAGE_COINGECKO_KEY": "k", "FINSAGE_PROVIDER_URLS": f"coingecko={service.url}/",
        }  # fmt: skip
        providers = open_providers(load_settings(environ, data_dir="/nonexistent"), outbound)
        assert [provider.name for provider in providers] == ["ecb", "coingecko", "newsapi"]
        assert [one.name for one in providers.able(Capability.QUOTES)] == ["coingecko"]
        assert providers.able(Capability.NEWS) == []  # no key
        [searched] = providers.able(Capability.SEARCH)
        assert isinstance(searched, CoinGecko)
        assert (await searched.search("bit")).values[0].key == "bitcoin"
        assert service.asked[0].headers["x-cg-demo-api-key"] == "k"
        for wrong in ({"FINSAGE_PROVIDERS": "bloomberg"}, {"FINSAGE_PROVIDER_URLS": "https://x.example"}):
            with pytest.raises(InvalidSetting):
                open_providers(load_settings(wrong, data_dir="/nonexistent"), outbound)


async def test_without_settings_only_what_is_free_is_asked():
    outbound = Outbound()
    providers = open_providers(load_settings({}, data_dir="/nonexistent"), outbound)
    await outbound.aclose()
    with_extras = [one.name for one in providers.able(Capability.QUOTES)]
    assert [name for name in with_extras if name not in {"yahoo", "exchanges"}] == ["coingecko", "stooq"]
    assert [one.name for one in providers.able(Capability.RATES)] == ["ecb", "frankfurter"]
    assert [one.name for one in providers.able(Capability.NEWS)] == ["gdelt"]


def test_every_stand_in_names_the_public_page_it_is_made_from():
    for case in (*coingecko.CASES, *rates.CASES, *stooq.CASES, *json_source.CASES, *headlines.CASES):
        assert case.documentation, case.name
