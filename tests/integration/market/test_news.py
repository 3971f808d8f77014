"""Headlines from providers and feeds to the API: asked for once, kept once, named for what they name, and read."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from replay.press import Article, Press
from replay.server import FAULTS, Reply
from support import Api, Server

from finsage.market import events
from finsage.market.service import news, news_refresh
from finsage.platform.caller import PUBLIC_TENANT
from finsage.platform.database import Database
from finsage.platform.http import LocalBuckets, Outbound, open_outbound
from finsage.platform.jobs import JobContext, JobRegistry
from finsage.platform.outside import Outside
from finsage.platform.settings import load_settings
from finsage.platform.telemetry import exposition
from finsage.platform.worker import Worker
from finsage.prediction.service import news_reading
from finsage.services import all_jobs

pytestmark = pytest.mark.anyio

APPLE = Article("Apple shares fall sharply after profit warning", "https://daily.example/apple", 50)


@pytest.fixture
def press() -> Iterator[Press]:
    with Press() as server:
        yield server


class Paceless(Outside):
    """A way out on a clock a million times as fast: no provider's pace is waited for."""

    def outbound(self) -> Outbound:
        if self._outbound is None:
            self._outbound = open_outbound(self.settings, LocalBuckets(lambda: 1e6 * time.monotonic()))
        return self._outbound


@pytest.fixture
async def outside(database: Database, press: Press, tmp_path: Path, server: Server) -> AsyncIterator[Outside]:
    for table in ("news_links", "news_items", "news_feeds", "news_marks", "provider_states", "asset_identifiers",
                  "refresh_runs", "provider_answers", "pgqueuer"):  # fmt: skip
        server.query(f"DELETE FROM {table}")
    outside = Paceless(load_settings(press.settings(), data_dir=tmp_path), database)
    yield outside
    await outside.aclose()


class Reader:
    """Somebody with assets, who reads."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def asset(self, name: str, symbol: str, asset_class: str = "equity", **names: str) -> str:
        draft = {"symbol": symbol, "name": name, "asset_class": asset_class, "currency": "EUR"}
        asset = (await self.client.post("/api/v1/assets", json=draft)).raise_for_status().json()["id"]
        if names:
            items = [{"scheme": scheme, "value": value} for scheme, value in names.items()]
            put = await self.client.put(f"/api/v1/assets/{asset}/identifiers", json={"items": items})
            put.raise_for_status()
        return str(asset)

    async def buy(self, asset: str) -> str:
        made = await self.client.post("/api/v1/portfolios", json={"name": "One", "base_currency": "EUR"})
        portfolio = made.raise_for_status().json()["id"]
        trade = {"type": "buy", "day": "2026-01-05", "asset_id": asset, "quantity": "1", "unit_price": "2",
                 "currency": "EUR"}  # fmt: skip
        (await self.client.post(f"/api/v1/portfolios/{portfolio}/transactions", json=trade)).raise_for_status()
        return str(portfolio)

    async def feed(self, url: str) -> dict[str, Any]:
        return dict((await self.client.post("/api/v1/news/feeds", json={"url": url})).raise_for_status().json())

    async def feeds(self) -> list[dict[str, Any]]:
        return list((await self.client.get("/api/v1/news/feeds")).raise_for_status().json()["items"])

    async def news(self, path: str = "/news", **query: Any) -> dict[str, Any]:
        return dict((await self.client.get(f"/api/v1{path}", params=query)).raise_for_status().json())

    async def titles(self, path: str = "/news", **query: Any) -> list[str]:
        return [item["title"] for item in (await self.news(path, **query))["items"]]

    async def tenant(self) -> UUID:
        return UUID((await self.client.get("/api/v1/me")).json()["tenant"]["id"])


@pytest.fixture
async def reader(api: Api) -> Reader:
    return Reader(await api.sign_up())


async def run(database: Database, outside: Outside | None) -> None:
    payload = {"due_at": datetime.now(UTC).isoformat()}
    await news_refresh.refresh(
        JobContext(database, news_refresh.REFRESH, uuid4(), PUBLIC_TENANT, payload, outside=outside)
    )


async def read(database: Database, tenant_id: UUID = PUBLIC_TENANT) -> None:
    await news_reading.read_news(JobContext(database, events.NEWS_STORED, uuid4(), tenant_id, {}))


def last_run(server: Server, columns: str) -> tuple[Any, ...]:
    [row] = server.query(
        f"SELECT {columns} FROM refresh_runs WHERE name = %s ORDER BY started_at DESC LIMIT 1", news_refresh.REFRESH
    )
    return row


async def test_nobody_is_asked_where_nothing_is_named(reader, database, server, press, outside):
    await reader.asset("Apple Inc", "AAPL")
    await run(database, outside)
    assert press.asked == []
    assert not (outside.settings.data_dir / "cache").exists()
    assert last_run(server, "assets, requests, written, failures") == (0, 0, 0, [])
    answer = await reader.news()
    assert (answer["items"], answer["next_cursor"], answer["failing"]) == ([], None, [])
    assert answer["asked_at"] is not None


async def test_from_every_provider_to_what_a_reader_sees(api, database, server, press, outside):
    people = [Reader(await api.sign_up()) for _ in range(2)]
    for one in people:
        await one.asset("Apple Inc", "AAPL", yahoo="AAPL")
        await one.asset("Bitcoin", "BTC", "crypto", coingecko="bitcoin")
    press.shelf.newsapi = [APPLE, Article("Nothing of ours", "https://daily.example/other", 40)]
    press.shelf.gdelt = [Article("Apple im Minus", "https://blatt.example/apple", 30, language="German")]
    press.shelf.cryptopanic = [Article("Prices move again today", "https://coin.example/1", 20, tags=("BTC",))]
    press.shelf.coingecko = [Article("Miners are busy", "https://coin.example/2", 10, tags=("bitcoin",))]
    await run(database, outside)
    # One question to each, however many people hold the same.
    assert sorted(asked.path for asked in press.asked) == [
        "/api/developer/v2/posts/", "/api/v2/doc/doc", "/news", "/v2/everything",
    ]  # fmt: skip
    assert press.asked_for("/v2/everything")[0].query["q"] == '"Apple" OR "Bitcoin"'
    assert press.asked_for("/api/developer/v2/posts/")[0].query["currencies"] == "BTC"
    assert press.asked_for("/news")[0].query["coin_id"] == "bitcoin"
    assert last_run(server, "assets, requests, written, unchanged, failures") == (4, 4, 5, 0, [])
    await read(database)
    for one in people:
        items = (await one.news())["items"]
        assert [item["title"] for item in items] == [
            "Miners are busy", "Prices move again today", "Apple im Minus", "Nothing of ours", APPLE.title,
        ]  # fmt: skip
        about = [[(asset["symbol"], asset["matched_by"], asset["term"]) for asset in item["assets"]] for item in items]
        assert about == [
            [("BTC", "tag", "bitcoin")], [("BTC", "tag", "BTC")], [("AAPL", "name", "Apple")], [],
            [("AAPL", "name", "Apple")],
        ]  # fmt: skip
        apple, german = items[-1], items[2]
        assert apple["published_at"] == APPLE.at.isoformat().replace("+00:00", "Z")
        assert (apple["publisher"], apple["provider"], apple["language"]) == ("The Daily", "newsapi", None)
        sentiment = apple["sentiment"]
        assert sentiment["label"] == "negative"
        assert sum(sentiment["probabilities"].values()) == pytest.approx(1, abs=1e-5)
        assert sentiment["words"][0]["word"] == "fall"
        assert sentiment["words"][0]["log_odds"] < 0
        assert sentiment["model"].startswith("tfns-")
        # The model is trained on English: what says that it is German is not read.
        assert (german["language"], german["sentiment"]) == ("de", None)
    # Hashes of what was received stand beside what came of it.
    received = {digest for (digest,) in server.query("SELECT content_hash FROM provider_answers")}
    assert {digest for (digest,) in server.query("SELECT content_hash FROM news_items")} <= received
    shown = exposition()
    assert b'finsage_news_items_total{outcome="new",source="newsapi"}' in shown
    assert b'finsage_news_age_seconds{source="gdelt"}' in shown
    # The same again: nothing is new, and nothing is there twice.
    await run(database, outside)
    assert last_run(server, "written, unchanged") == (0, 5)
    assert len(await people[0].titles()) == 5


async def test_what_providers_share_is_kept_once_with_what_all_say_about_it(reader, database, server, press, outside):
    await reader.asset("Apple Inc", "AAPL", yahoo="AAPL")
    await reader.asset("Solana", "SOL", "crypto", coingecko="solana")
    story = "A network halts for five hours after an upgrade"
    press.shelf.coingecko = [Article(story, "https://www.coin.example/halt/?utm_source=x", 30, tags=("solana",))]
    press.shelf.cryptopanic = [Article(story, "http://coin.example/halt", 30, tags=("SOL",))]
    press.shelf.newsapi = [
        APPLE,
        Article(f"{story} - The Daily", "https://daily.example/halt", 10),
        Article("A network halts for 5 hours after an upgrade", "https://daily.example/other", 10),
    ]
    await run(database, outside)
    titles = await reader.titles()
    assert sorted(titles) == sorted([story, APPLE.title, "A network halts for 5 hours after an upgrade"])
    assert last_run(server, "written, unchanged") == (3, 2)
    [asset] = next(item["assets"] for item in (await reader.news())["items"] if item["title"] == story)
    assert (asset["symbol"], asset["matched_by"]) == ("SOL", "tag")


async def test_filters_pages_and_what_is_held(reader, database, press, outside):
    apple = await reader.asset("Apple Inc", "AAPL", yahoo="AAPL")
    bitcoin = await reader.asset("Bitcoin", "BTC", "crypto")
    portfolio = await reader.buy(apple)
    press.shelf.newsapi = [
        APPLE,
        Article("Bitcoin soars to a record high", "https://daily.example/b", 5, publisher="Coin Post"),
        Article("Weather stays as it is", "https://daily.example/c", 2000),
        Article("Apple opens a store in Vienna", "https://daily.example/d", 10),
    ]
    await run(database, outside)
    await read(database)
    both = ["Apple opens a store in Vienna", APPLE.title]
    assert await reader.titles(owned="true") == both
    assert await reader.titles(portfolio=portfolio) == both
    assert await reader.titles(asset=apple) == both == await reader.titles(f"/assets/{apple}/news")
    assert await reader.titles(asset=bitcoin) == ["Bitcoin soars to a record high"]
    assert await reader.titles(asset=bitcoin, owned="true") == []
    assert await reader.titles(source="coin post") == ["Bitcoin soars to a record high"]
    assert await reader.titles(sentiment="negative") == [APPLE.title]
    assert await reader.titles(sentiment="positive") == ["Bitcoin soars to a record high"]
    yesterday = (datetime.now(UTC) - timedelta(minutes=2000)).date()
    assert (await reader.titles(to=yesterday.isoformat()))[-1:] == ["Weather stays as it is"]
    assert await reader.titles(**{"from": (yesterday + timedelta(days=5)).isoformat()}) == []
    everything, cursor = [], None
    while True:
        page = await reader.news(limit=1, **({"cursor": cursor} if cursor else {}))
        everything += [item["title"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert everything == await reader.titles()
    assert len(everything) == 4
    refused = await reader.client.get("/api/v1/news", params={"cursor": "nonsense"})
    assert refused.status_code == 422
    stranger = str(uuid4())
    for query in ({"asset": stranger}, {"portfolio": stranger}):
        assert (await reader.client.get("/api/v1/news", params=query)).status_code == 404


async def test_a_feed_is_its_tenants_alone_and_asked_once(api, database, server, press, outside):
    mine, also, other = [Reader(await api.sign_up()) for _ in range(3)]
    press.shelf.feeds["/feed"] = [Article("Tesla recalls its cars", "https://feed.example/1", publisher="My Feed")]
    for one in (mine, also):
        await one.asset("Tesla Inc", "TSLA")
        await one.feed(f"{press.url}/feed")
    await other.asset("Tesla Inc", "TSLA")
    await run(database, outside)
    assert len(press.asked_for("/feed")) == 1
    for one in (mine, also):
        assert await one.titles() == ["Tesla recalls its cars"]
        [feed] = await one.feeds()
        assert (feed["title"], feed["items"], feed["problem"]) == ("My Feed", 1, None)
    assert (await mine.news())["items"][0]["assets"][0]["term"] == "Tesla"
    # A stranger's feed is neither shown nor does it name one's own assets; nor can it be removed.
    assert await other.titles() == []
    assert await other.feeds() == []
    [feed] = await mine.feeds()
    assert (await other.client.delete(f"/api/v1/news/feeds/{feed['id']}")).status_code == 404
    async with database.read(await other.tenant()) as session:
        for table in ("news_feeds", "news_items", "news_links"):
            assert (await session.exec_driver_sql(f"SELECT count(*) FROM {table}")).scalar_one() == 0
    # With the feed go its headlines.
    assert (await mine.client.delete(f"/api/v1/news/feeds/{feed['id']}")).status_code == 204
    assert (await mine.titles(), await mine.feeds()) == ([], [])
    assert await also.titles() == ["Tesla recalls its cars"]
    actions = server.query("SELECT action FROM audit_events WHERE action LIKE 'news_feed%%' AND tenant_id = %s",
                           await mine.tenant())  # fmt: skip
    assert sorted(action for (action,) in actions) == ["news_feed.added", "news_feed.deleted"]


async def test_what_everybody_has_is_not_kept_again_for_a_feed(reader, database, press, outside):
    await reader.asset("Apple Inc", "AAPL", yahoo="AAPL")
    await reader.feed(f"{press.url}/feed")
    press.shelf.feeds["/feed"] = [APPLE]
    await run(database, outside)
    assert [item["provider"] for item in (await reader.news())["items"]] == ["feeds"]
    press.shelf.newsapi = [Article(APPLE.title, "https://elsewhere.example/same", 55)]
    await run(database, outside)
    assert [item["provider"] for item in (await reader.news())["items"]] == ["newsapi"]
    await run(database, outside)
    assert len(await reader.titles()) == 1


async def test_an_added_feed_is_read_at_once_and_its_headlines_too(reader, database, press, outside):
    press.shelf.feeds["/feed"] = [Article("Profits soar at the old mill", "https://feed.example/mill", 60 * 24 * 20)]
    added = await reader.feed(f"{press.url}/feed")
    worker = Worker(database, all_jobs(), outside=outside, poll_seconds=0.1)
    worker.start()
    for _ in range(300):
        items = (await reader.news())["items"]
        if items and items[0]["sentiment"] is not None:
            break
        await asyncio.sleep(0.1)
    job = (await reader.client.get(f"/api/v1/jobs/{added['job_id']}")).json()
    await worker.stop(drain_seconds=5)
    assert (job["state"], job["result_url"]) == ("done", "/api/v1/news/feeds")
    assert items[0]["sentiment"]["label"] == "positive"


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("http://127.0.0.1:1/feed", "https only"),
        ("https://127.0.0.1/feed", "127.0.0.1"),
        ("https://[::1]/feed", "::1"),
        ("https://169.254.169.254/latest/meta-data", "169.254.169.254"),
    ],
)
async def test_a_feed_in_the_own_network_is_not_fetched(*, reader, database, server, press, outside, url, problem):
    await reader.feed(url)
    await run(database, outside)
    [feed] = await reader.feeds()
    assert problem in feed["problem"]
    assert (feed["answered_at"], feed["items"]) == (None, 0)
    assert press.asked == []


async def test_a_feed_that_leads_inside_is_not_followed(reader, database, server, press, outside):
    press.answer = lambda _: Reply(b"", 302, {"location": "http://127.0.0.1:1/secret"})
    await reader.feed(f"{press.url}/feed")
    await run(database, outside)
    [feed] = await reader.feeds()
    assert "https only" in feed["problem"]


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "ftp://host/feed", "https://user:pass@host/feed", "https://", "feed", "https://ho st/"],
)
async def test_what_is_no_address_is_refused(reader, url):
    answer = await reader.client.post("/api/v1/news/feeds", json={"url": url})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/url")


async def test_a_feed_is_added_once_and_not_without_end(reader, server):
    await reader.feed("https://feed.example/a")
    again = await reader.client.post("/api/v1/news/feeds", json={"url": " https://feed.example/a "})
    assert again.status_code == 422
    server.query(
        "INSERT INTO news_feeds (tenant_id, id, url) SELECT %s, gen_random_uuid(), 'https://feed.example/' || n"
        " FROM generate_series(1, 49) n", await reader.tenant(),
    )  # fmt: skip
    full = await reader.client.post("/api/v1/news/feeds", json={"url": "https://feed.example/b"})
    assert (full.status_code, full.json()["type"].rpartition("/")[2]) == (409, "too-many-feeds")


async def test_one_that_fails_costs_the_others_nothing_and_is_told(reader, database, server, press, outside):
    await reader.asset("Apple Inc", "AAPL", yahoo="AAPL")
    await reader.feed(f"{press.url}/good")
    await reader.feed(f"{press.url}/bad")
    press.shelf.newsapi = [APPLE]
    press.shelf.feeds["/good"] = [Article("A good story from here", "https://feed.example/1")]
    press.raw["/bad"] = b"<html><body>Sorry</body></html>"
    press.down = {"/api/v2/doc/doc"}
    press.fault = lambda reply: Reply(b"{}", 401) if b"results" in reply.body else reply
    await reader.asset("Bitcoin", "BTC", "crypto", coingecko="bitcoin")
    await run(database, outside)
    press.fault = None
    answer = await reader.news()
    assert [item["title"] for item in answer["items"]] == [APPLE.title, "A good story from here"]
    assert [one["provider"] for one in answer["failing"]] == ["cryptopanic", "gdelt"]
    async with database.read(await reader.tenant()) as session:
        fewer = load_settings({"FINSAGE_PROVIDERS": "newsapi,gdelt"})
        page = await news.find_news(session, fewer, news.Filters())
    assert [one.provider for one in page.failing] == ["gdelt"], "nobody asks the other any more"
    good, bad = await reader.feeds()
    assert good["problem"] is None
    assert bad["problem"] == "This is no RSS or Atom feed that can be read."
    health = (await reader.client.get("/api/v1/data-health/news")).json()
    states = {one["provider"]: one for one in health["sources"]}
    assert states["gdelt"]["problem"]
    assert (states["gdelt"]["state"], states["gdelt"]["answered_at"]) == ("failing", None)
    assert (states["newsapi"]["state"], states["newsapi"]["problem"]) == ("needs_key", None)
    assert (states["cryptopanic"]["state"], states["coingecko-news"]["state"]) == ("needs_key", "not_set_up")
    assert sorted(one["provider"] for one in health["runs"][0]["failures"]) == ["cryptopanic", "gdelt"]
    assert (health["runs"][0]["new"], health["is_late"]) == (2, False)
    # It answers again: no longer told as failing, but when it last was.
    press.down = set()
    await run(database, outside)
    assert (await reader.news())["failing"] == []
    health = (await reader.client.get("/api/v1/data-health/news")).json()
    [gdelt] = [one for one in health["sources"] if one["provider"] == "gdelt"]
    assert gdelt["failed_at"] and gdelt["answered_at"]  # noqa: PT018 - both of one row


HOSTILE = [
    Article("<img src=x onerror=alert(1)> Apple <b>rises</b>", "https://evil.example/1", 4),
    Article("Apple \u202egnisir\u202c up \u0000 and on", "https://evil.example/2", 3),
    Article("&lt;script&gt;alert(1)&lt;/script&gt; Apple again today", "https://evil.example/3", 2),
    Article("Links to nowhere", "javascript:alert(document.cookie)", 1),
    Article("Links to data", "data:text/html,<script>alert(1)</script>", 1),
    Article("'; DROP TABLE news_items; --", "https://evil.example/4", 1, summary="<iframe src=//evil>" + "x" * 9000),
]


async def test_hostile_text_is_only_text(reader, database, server, press, outside):
    await reader.asset("Apple Inc", "AAPL", yahoo="AAPL")
    press.shelf.newsapi = HOSTILE
    await run(database, outside)
    await read(database)
    items = (await reader.news())["items"]
    assert [item["title"] for item in items] == [
        "'; DROP TABLE news_items; --", "Apple again today", "Apple gnisir up and on", "Apple rises",
    ]  # fmt: skip
    assert all(item["url"].startswith("https://") for item in items)
    assert len(items[0]["summary"]) <= 2000
    for item in items:
        whole = item["title"] + item["summary"]
        assert not set(whole) & set("\0\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
        assert "<" not in whole
    # Nor does the database take another kind of address, whoever writes.
    with pytest.raises(Exception, match="news_items_url_check"):
        server.query("UPDATE news_items SET url = 'javascript:alert(1)'")


async def test_a_name_that_changes_and_an_asset_that_comes_are_found_in_what_is_kept(reader, database, press, outside):
    await reader.asset("Apple Inc", "AAPL", yahoo="AAPL")
    press.shelf.newsapi = [APPLE, Article("Nestlé cuts its outlook", "https://daily.example/n", 5)]
    await run(database, outside)
    later = await reader.asset("Nestlé S.A.", "NESN")
    await run(database, outside)
    assert await reader.titles(asset=later) == ["Nestlé cuts its outlook"]


async def test_headlines_follow_a_merge_at_once_and_come_back(reader, database, press, outside):
    old, new = await reader.asset("Facebox Inc", "FBOX", yahoo="FBOX"), await reader.asset("Metaworks Inc", "MWRK")
    press.shelf.newsapi = [
        Article("Facebox opens a plant", "https://daily.example/f", 5),
        Article("Metaworks and Facebox are one", "https://daily.example/m", 3),
    ]
    await run(database, outside)
    both = ["Metaworks and Facebox are one", "Facebox opens a plant"]
    await reader.buy(new)

    async def told() -> list[list[str]]:
        return [await reader.titles(asset=new), await reader.titles(owned=True)]

    assert await told() == [both[:1], both[:1]]
    (await reader.client.post(f"/api/v1/assets/{old}/merge", json={"into_id": new})).raise_for_status()
    for _ in range(2):  # what compares headlines with names anew leaves it so
        assert await told() == [both, both]
        links = [[link["asset_id"] for link in item["assets"]] for item in (await reader.news())["items"]]
        assert links == [[new], [new]]
        await run(database, outside)
    # The one that is left is asked for by the names of both.
    assert any("Metaworks" in asked.raw_query and "Facebox" in asked.raw_query for asked in press.asked)
    (await reader.client.delete(f"/api/v1/assets/{old}/merge")).raise_for_status()
    assert await told() == [both[:1], both[:1]]


async def test_headlines_of_a_former_name_stay_until_something_else_is_called_so(reader, database, press, outside):
    asset = await reader.asset("Facebox Inc", "FBOX", yahoo="FBOX")
    press.shelf.newsapi = [
        Article("Facebox opens a plant", "https://daily.example/f", 5),
        Article("Traders leave $FBOX", "https://daily.example/t", 3),
    ]
    await run(database, outside)
    found = await reader.titles(asset=asset)
    assert len(found) == 2
    renamed = {"symbol": "MWRK", "name": "Metaworks Inc"}
    (await reader.client.patch(f"/api/v1/assets/{asset}", json=renamed)).raise_for_status()
    await run(database, outside)
    assert await reader.titles(asset=asset) == found
    # A name that was wrong is another thing: no ticker changed with it.
    (await reader.client.patch(f"/api/v1/assets/{asset}", json={"name": "Metawork Ltd"})).raise_for_status()
    other = await reader.asset("Fine Boxes", "FBOX")
    await run(database, outside)
    assert [await reader.titles(asset=one) for one in (asset, other)] == [[], found[:1]]


async def test_old_headlines_go_and_dates_ahead_are_none(reader, database, server, press, outside):
    await reader.asset("Apple Inc", "AAPL", yahoo="AAPL")
    press.shelf.newsapi = [APPLE, Article("Apple of tomorrow", "https://daily.example/t", -60 * 24 * 400)]
    await run(database, outside)
    dates = {item["title"]: item["published_at"] for item in (await reader.news())["items"]}
    assert dates["Apple of tomorrow"] is None
    server.query("UPDATE news_items SET shown_at = now() - interval '91 days' WHERE title = %s", APPLE.title)
    press.shelf.newsapi = []
    await run(database, outside)
    assert await reader.titles() == ["Apple of tomorrow"]
    links = server.query("SELECT count(*) FROM news_links WHERE tenant_id = %s", await reader.tenant())
    assert links == [(1,)]


async def test_a_run_that_is_repeated_has_its_effect_once(reader, database, server, press, outside):
    await reader.asset("Apple Inc", "AAPL", yahoo="AAPL")
    press.shelf.newsapi = [APPLE]
    payload = {"due_at": "2026-01-01T00:00:00+00:00"}
    for _ in range(2):
        job = JobContext(database, news_refresh.REFRESH, uuid4(), PUBLIC_TENANT, payload, outside=outside)
        await news_refresh.refresh(job)
    assert server.query("SELECT count(*) FROM news_items") == [(1,)]
    assert server.query("SELECT count(*) FROM refresh_runs WHERE name = %s", news_refresh.REFRESH) == [(1,)]
    waiting = "SELECT count(*) FROM pgqueuer WHERE entrypoint = %s"
    assert server.query(waiting, events.NEWS_STORED) == [(1,)]


async def test_feeds_of_the_installation_are_everybodys(*, api, database, server, press, outside, tmp_path):
    press.shelf.feeds["/all"] = [Article("Something for everybody here", "https://feed.example/all")]
    feeds = f"{press.url}/all,{press.url}/gone?token=secret"
    settings = load_settings(press.settings() | {"FINSAGE_NEWS_FEEDS": feeds}, data_dir=tmp_path / "b")
    way = Paceless(settings, database)
    await run(database, way)
    await way.aclose()
    for _ in range(2):
        assert await Reader(await api.sign_up()).titles() == ["Something for everybody here"]
    # Nobody has named an asset: no other provider is asked.
    assert {asked.path for asked in press.asked} == {"/all", "/gone"}
    # One that fails costs the others nothing, and is told by its host.
    [[requests, [failure]]] = [last_run(server, "requests, failures")]
    assert (requests, failure["provider"], failure["problem"]) == (2, "feeds", "request-refused")
    assert failure["detail"].startswith("127.0.0.1: ")
    assert "secret" not in failure["detail"]


async def test_one_feed_that_wants_rest_leaves_the_others(*, reader, database, server, press, outside, tmp_path):
    press.shelf.feeds["/all"] = [Article("Something for everybody here", "https://feed.example/all")]
    feeds = f"{press.url}/limited,{press.url}/all"
    settings = load_settings(press.settings() | {"FINSAGE_NEWS_FEEDS": feeds}, data_dir=tmp_path / "b")
    right = press.answer
    press.answer = lambda asked: FAULTS["limited"](Reply()) if asked.path == "/limited" else right(asked)
    way = Paceless(settings, database)
    await run(database, way)
    await way.aclose()
    [[failure]] = last_run(server, "failures")
    assert "127.0.0.1: " in failure["detail"]
    [(state, rests)] = server.query("SELECT answered_at, resting_until FROM provider_states WHERE provider = 'feeds'")
    assert (state is not None, rests) == (True, None)


async def test_two_workers_ask_once(reader, database, server, press, outside):
    await reader.asset("Apple Inc", "AAPL", yahoo="AAPL")
    press.shelf.newsapi = [APPLE]
    server.query("DELETE FROM pgqueuer")
    server.query("DELETE FROM job_states WHERE name = %s", news_refresh.REFRESH)
    registry = JobRegistry()
    registry.job(news_refresh.REFRESH, every=news_refresh.EVERY)(news_refresh.refresh)
    workers = [Worker(database, registry, outside=outside, poll_seconds=0.1) for _ in range(2)]
    for worker in workers:
        worker.start()
    for _ in range(300):
        if await reader.titles():
            break
        await asyncio.sleep(0.1)
    for worker in workers:
        await worker.stop(drain_seconds=5)
    assert await reader.titles() == [APPLE.title]
    assert len(press.asked_for("/v2/everything")) == 1


async def test_an_address_that_cannot_be_followed_costs_the_others_nothing(reader, database, server, press, outside):
    await reader.asset("Apple Inc", "AAPL", yahoo="AAPL")
    press.shelf.newsapi = [
        APPLE,
        Article("A port that is none", "https://daily.example:99999/port", 40),
        Article("A scheme in capitals", "HTTPS://daily.example/loud", 30),
    ]
    await run(database, outside)
    assert await reader.titles() == ["A scheme in capitals", "Apple shares fall sharply after profit warning"]
    assert last_run(server, "written, flagged") == (2, 1)


async def test_a_feed_that_is_removed_while_it_is_asked_costs_the_others_nothing(
    reader, database, server, press, outside
):
    press.shelf.feeds = {"/one.xml": [APPLE], "/two.xml": [Article("Kept", "https://daily.example/kept", 30)]}
    one, two = [await reader.feed(f"{press.url}/{name}.xml") for name in ("one", "two")]

    def removing(reply: Reply) -> Reply:
        server.query("DELETE FROM news_feeds WHERE id = %s", UUID(one["id"]))
        return reply

    press.fault = removing
    await run(database, outside)
    assert await reader.titles() == ["Kept"]
    assert [feed["id"] for feed in await reader.feeds()] == [two["id"]]


async def test_a_run_that_finds_nothing_new_leaves_cached_answers(reader, database, server, press, outside):
    await reader.asset("Apple Inc", "AAPL", yahoo="AAPL")
    press.shelf.newsapi = [APPLE]
    await run(database, outside)
    await read(database)
    await run(database, outside)  # which compares what was stored last with names once more
    await reader.client.get("/api/v1/portfolios")
    await run(database, outside)
    answer = await reader.client.get("/api/v1/portfolios")
    assert answer.headers["cache-status"] == "finsage; hit"
    # When sources were asked last is told as it is all the same.
    asked = (await reader.news())["asked_at"]
    await run(database, outside)
    assert (await reader.news())["asked_at"] > asked
