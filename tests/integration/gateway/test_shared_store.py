"""Redis between processes: it is asked, it is not believed, and nobody notices when it is gone."""

from __future__ import annotations

import asyncio
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from valkey_server import PASSWORD

import finsage
from finsage.gateway.gcra import Gcra
from finsage.gateway.response_cache import ResponseCache
from finsage.gateway.shared_limit import SharedGcra
from finsage.platform.caches import layers
from finsage.platform.changes import ANSWERS, Changes, always, tenant_tag
from finsage.platform.encryption import Vault
from finsage.platform.settings import load_settings
from finsage.platform.shared.errors import SharedStoreUnavailable
from finsage.platform.shared.names import ANSWER, SharedNames
from finsage.platform.shared.opening import ask_once, open_shared_store

shared = pytest.importorskip("finsage.platform.shared.store", reason="the client is in the extra redis")
pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("patience")]
PATH = "/api/v1/things/1"
HIT, SHARED, MISS = "finsage; hit", "finsage; hit; detail=redis", "finsage; fwd=miss"
ALICES = UUID(int=101)


@pytest.fixture
async def redis(valkey, tmp_path):
    """A way to the server, empty and running, and to its keys as they are."""
    if valkey.process is None:
        valkey.start()
    store = open_shared_store(load_settings({}, data_dir=tmp_path, redis_url=valkey.url))
    await store._client.flushall()
    yield store._client
    await store.aclose()


class Town:
    """Processes on one Redis and one table of versions, each with a pipeline and a store of its own."""

    def __init__(self, build, connect, tmp_path, world) -> None:
        self.build, self.connect, self.place, self.world = build, connect, tmp_path, world
        self.versions: dict[str, UUID] = {}
        self.stores = []

    async def _read(self, tags):
        return {tag: self.versions[tag] for tag in tags if tag in self.versions}

    def process(self, url: str, **options):
        settings = load_settings({}, data_dir=self.place, redis_url=url)
        store = open_shared_store(settings)
        self.stores.append(store)
        self.world.changes = Changes(always, self._read)
        checks = {"redis": store.look}
        return self.build(store=store, checks=checks, **options)

    async def recovered(self):
        while any(store.fault for store in self.stores):  # noqa: ASYNC110 - a probe comes when it comes
            await asyncio.sleep(0.05)

    async def ask(self, app, who="alice", path=PATH):
        async with self.connect(app, who=who) as client:
            answer = await client.get(path)
        await cache_of(app)._shared.settle()
        return answer


@pytest.fixture
async def town(build, connect, tmp_path, world, redis):
    town = Town(build, connect, tmp_path, world)
    yield town
    for store in town.stores:
        await store.aclose()


def cache_of(app):
    while not isinstance(app, ResponseCache):
        app = app._app if not hasattr(app, "_api") else app._api
    return app


def counted():
    [layer] = [layer for layer in layers() if layer.name == "redis"]
    return layer


async def test_what_one_process_computed_another_serves(town, valkey, world):
    first, second = town.process(valkey.url), town.process(valkey.url)
    before = counted()
    answers = [await town.ask(app) for app in (first, second, second)]
    assert [answer.headers["cache-status"] for answer in answers] == [MISS, SHARED, HIT]
    assert len({answer.content for answer in answers}) == 1
    assert len({answer.headers["etag"] for answer in answers}) == 1
    assert answers[1].headers["content-type"] == answers[0].headers["content-type"]
    assert answers[1].headers["cache-control"] == "private, no-cache"
    assert world.computed == 1
    assert (counted().hits - before.hits, counted().misses - before.misses) == (1, 1)


@pytest.mark.parametrize("tag", [tenant_tag(ALICES), tenant_tag(UUID(int=0)), ANSWERS])
async def test_a_write_of_any_process_ends_it_at_once(town, valkey, world, tag):
    first, second = town.process(valkey.url), town.process(valkey.url)
    await town.ask(first)
    town.versions[tag], world.body = uuid4(), "second"
    answer = await town.ask(second)
    assert (answer.headers["cache-status"], answer.json()["body"]) == (MISS, "second")
    assert (await town.ask(first)).json()["body"] == "second"


async def test_a_slow_fill_does_not_pass_for_newer_than_a_write(town, valkey, world):
    first, second = town.process(valkey.url), town.process(valkey.url)
    world.gate = asyncio.Event()
    slow = asyncio.create_task(town.ask(first))
    await world.begun.wait()
    town.versions[tenant_tag(ALICES)], world.body = uuid4(), "second"
    world.gate.set()
    assert (await slow).json()["body"] == "first"
    assert (await town.ask(second)).json()["body"] == "second"


async def test_people_households_settings_and_code_never_share(town, valkey, world, monkeypatch):
    first, second = town.process(valkey.url), town.process(valkey.url)
    await town.ask(first)
    for number, who in enumerate(("bob", "colleague"), 2):
        assert (await town.ask(second, who)).headers["cache-status"] == MISS
        assert world.computed == number
    other = town.process(valkey.url, live_rates=True)
    assert (await town.ask(other)).headers["cache-status"] == MISS
    monkeypatch.setattr("finsage.gateway.shared_answers.code_version", lambda: "another")
    assert (await town.ask(town.process(valkey.url))).headers["cache-status"] == MISS


async def test_the_day_is_part_of_the_name_and_five_minutes_are_the_end(town, valkey, redis):
    first, second = town.process(valkey.url), town.process(valkey.url)
    await town.ask(first)
    [name] = await redis.keys("*:answer:*")
    assert 290_000 < await redis.pttl(name) <= 300_000
    wall, cache = 20_000 * 86_400.0, cache_of(second)
    cache._wall = lambda: wall
    assert (await town.ask(second)).headers["cache-status"] == MISS, "another day, other figures"


async def test_the_age_of_an_answer_counts_from_where_it_was_computed(town, valkey):
    first, second = town.process(valkey.url), town.process(valkey.url)
    now = [1000.0]
    cache_of(first)._monotonic = cache_of(second)._monotonic = lambda: now[0]
    await town.ask(first)
    [found] = cache_of(first)._store._values.values()
    await town.ask(second)
    [kept] = cache_of(second)._store._values.values()
    assert found.stored_at - 5 < kept.stored_at <= now[0]
    now[0] += 301
    assert (await town.ask(second)).headers["cache-status"] != HIT


async def test_nothing_in_redis_can_be_read_and_nothing_planted_there_is_served(town, valkey, redis, world):
    first, second = town.process(valkey.url), town.process(valkey.url)
    await town.ask(first)
    await town.ask(first, "bob")
    names = await redis.keys("*:answer:*")
    alices = next(name for name in names if ALICES.hex.encode() in name)
    bobs = next(name for name in names if name != alices)
    everything = b"".join([*names, *[await redis.get(name) for name in names]])
    for word in (b"first", b"things", b"application/json", b"member", b"portfolio:read"):
        assert word not in everything
    before = counted().failed
    await redis.set(alices, await redis.get(bobs))
    answer = await town.ask(second)
    assert (answer.headers["cache-status"], answer.json()["tenant"]) == (MISS, str(ALICES))
    await redis.delete(bobs)
    await redis.set(bobs, b"x")
    assert (await town.ask(second, "bob")).headers["cache-status"] == MISS
    assert counted().failed - before == 2
    await redis.delete(alices)
    await redis.lpush(alices, "wrong type")
    assert (await town.ask(town.process(valkey.url))).status_code == 200


@pytest.mark.parametrize("path", [f"{PATH}/cookie", f"{PATH}/private", f"{PATH}/export", "/api/v1/faults/conflict"])
async def test_what_must_not_be_kept(town, valkey, redis, path):
    await town.ask(town.process(valkey.url), path=path)
    assert await redis.keys("*:answer:*") == []


async def test_a_killed_redis_is_left_alone_and_taken_back(town, valkey, world, log):
    first, second = town.process(valkey.url), town.process(valkey.url)
    await town.ask(first)
    valkey.kill()
    answers = [await town.ask(app, path=f"/api/v1/things/{n}") for n in range(2, 8) for app in (first, second)]
    assert {answer.status_code for answer in answers} == {200}
    told = [line["message"] for line in log() if line.get("log.logger") == "finsage.redis"]
    assert len(told) == 2, "each process says it once"
    assert all("left alone" in line for line in told)
    async with town.connect(first) as client:
        ready = (await client.get("/health/ready")).json()
    assert ready["status"] == "ready"
    assert "degraded" in ready["checks"][0]["detail"]
    valkey.start()
    await town.recovered()
    assert (await town.ask(first, path="/api/v1/things/20")).headers["cache-status"] == MISS
    assert (await town.ask(second, path="/api/v1/things/20")).headers["cache-status"] == SHARED


async def test_a_redis_that_hangs_holds_up_one_operation_and_no_more(town, valkey, monkeypatch):
    app = town.process(valkey.url)
    await town.ask(app)
    monkeypatch.setattr(shared, "OPERATION_SECONDS_MAX", 0.1)
    monkeypatch.setattr(shared, "LATE_MAX", 0)
    valkey.pause()
    try:
        asked = []
        [store] = town.stores
        real = store._client.execute_command

        async def counting(*words, **options):
            asked.append(words[0])
            return await real(*words, **options)

        store._client.execute_command = counting
        answers = [await town.ask(app, path=f"/api/v1/things/{number}") for number in range(2, 30)]
    finally:
        valkey.go_on()
    assert {answer.status_code for answer in answers} == {200}
    assert [word for word in asked if word != "PING"] == ["EVALSHA"], "the others were told at once"
    assert "time" in store.fault


@pytest.mark.parametrize("url", ["wrong password", "nobody there"])
async def test_a_redis_that_lets_nobody_in_is_no_fault_of_a_request(town, valkey, tmp_path, log, url):
    given = valkey.url_with("wrong-as-can-be") if url == "wrong password" else "redis://:hush-hush@127.0.0.1:1/0"
    app = town.process(given)
    assert [(await town.ask(app)).headers["cache-status"] for _ in range(2)] == [MISS, HIT]
    lines = str(log())
    assert "left alone" in lines
    assert "wrong-as-can-be" not in lines
    assert "hush-hush" not in lines
    with pytest.raises(SharedStoreUnavailable):
        await ask_once(load_settings({}, data_dir=tmp_path, redis_url=given))
    assert "answers" in await ask_once(load_settings({}, data_dir=tmp_path, redis_url=valkey.url))


async def test_a_redis_that_is_slower_than_computing_is_left_alone(town, valkey, monkeypatch):
    app = town.process(valkey.url)
    [store] = town.stores
    now = [0.0]
    store._clock = lambda: now[0]
    real = store._client.execute_command

    async def slow(*words, **options):
        now[0] += 0.08
        return await real(*words, **options)

    store._client.execute_command = slow
    monkeypatch.setattr(shared, "SLOW_SECONDS", 0.05)
    answers = [await town.ask(app, path=f"/api/v1/things/{number}") for number in range(12)]
    assert {answer.status_code for answer in answers} == {200}
    assert store.fault.startswith("it takes")


async def test_a_user_with_the_rights_that_the_guide_names_is_enough(town, valkey, redis):
    guide = (Path(finsage.__file__).parents[2] / "docs" / "guides" / "redis.md").read_text(encoding="utf-8")
    [rule] = [line for line in guide.splitlines() if "ACL SETUSER" in line]
    words = rule.partition("ACL SETUSER ")[2].rstrip("`").replace(">PASSWORD", ">hush-hush").split()
    await redis.execute_command("ACL", "SETUSER", *words)
    url = valkey.url.replace(f"default:{PASSWORD}", "finsage:hush-hush")
    first, second = town.process(url), town.process(url)
    assert [(await town.ask(app)).headers["cache-status"] for app in (first, second)] == [MISS, SHARED]
    assert len(await redis.keys("*:limit:*")) >= 1
    assert await town.stores[0].drop(SharedNames(Vault(town.place)).place(ANSWER)) == 1
    refused = town.process(url)
    await redis.execute_command("ACL", "SETUSER", "finsage", "-set")
    assert [(await town.ask(refused)).headers["cache-status"] for _ in range(2)] == [MISS, HIT]
    assert "degraded" in await town.stores[2].look()


async def test_a_full_redis_refuses_and_is_asked_on(town, valkey, redis):
    await redis.config_set("maxmemory-policy", "noeviction")
    await redis.config_set("maxmemory", "1")
    try:
        app = town.process(valkey.url)
        assert [(await town.ask(app)).headers["cache-status"] for _ in range(2)] == [MISS, HIT]
        assert town.stores[0].fault == ""
    finally:
        await redis.config_set("maxmemory", "64mb")
        await redis.config_set("maxmemory-policy", "allkeys-lru")


async def test_emptying_deletes_answers_of_this_installation_alone(town, valkey, redis, tmp_path):
    await town.ask(town.process(valkey.url))
    names = SharedNames(Vault(tmp_path))
    await redis.set("finsage:another:answer:1", "x")
    settings = load_settings({}, data_dir=tmp_path, redis_url=valkey.url)
    store = open_shared_store(settings)
    town.stores.append(store)
    assert await store.drop(names.place(ANSWER)) == 1
    assert await redis.keys("*:answer:*") == [b"finsage:another:answer:1"]


# The limits.


class Alone:
    """``Gcra`` as the contract asks it."""

    def __init__(self, *, per_minute, burst) -> None:
        self.gcra = Gcra(per_minute=per_minute, burst=burst)

    async def take(self, key):
        return self.gcra.take(key)


@pytest.fixture(params=["alone", "together"])
async def limiter(request, valkey, redis, tmp_path):
    """Makes a limit: of one process, and of all."""
    stores = []

    def make(*, per_minute, burst):
        if request.param == "alone":
            return Alone(per_minute=per_minute, burst=burst)
        stores.append(open_shared_store(load_settings({}, data_dir=tmp_path, redis_url=valkey.url)))
        return SharedGcra(stores[-1], SharedNames(Vault(tmp_path)), "test", per_minute=per_minute, burst=burst)

    yield make
    for store in stores:
        await store.aclose()


async def test_both_limits_give_the_same_verdicts(limiter):
    limit = limiter(per_minute=6, burst=3)
    verdicts = [await limit.take("key") for _ in range(5)]
    assert [verdict.is_allowed for verdict in verdicts] == [True] * 3 + [False] * 2
    assert [verdict.remaining for verdict in verdicts] == [2, 1, 0, 0, 0]
    assert [verdict.reset_seconds for verdict in verdicts] == [10, 20, 30, 30, 30]
    assert [verdict.retry_after_seconds for verdict in verdicts] == [0, 0, 0, 10, 10]
    assert (await limit.take("other")).remaining == 2


async def test_both_let_in_who_comes_back_as_told(limiter):
    limit = limiter(per_minute=60, burst=1)
    assert (await limit.take("key")).is_allowed
    refused = await limit.take("key")
    assert not refused.is_allowed
    await asyncio.sleep(refused.retry_after_seconds)
    assert (await limit.take("key")).is_allowed


async def test_processes_count_together_and_each_its_share_while_they_cannot(town, valkey):
    options = {"address_limit_per_minute": 1, "address_limit_burst": 6, "replicas": 3}
    pair = [town.process(valkey.url, **options) for _ in range(2)]

    async def statuses(count):
        return [(await town.ask(pair[number % 2], None, "/api/v1/nothing")) for number in range(count)]

    answers = await statuses(8)
    assert [answer.status_code for answer in answers] == [404] * 6 + [429] * 2
    assert [answer.headers["ratelimit"][:13] for answer in answers[:6]] == [
        f'"address";r={n}' for n in range(5, -1, -1)
    ]
    assert answers[0].headers["ratelimit-policy"] == '"address";q=1;w=60'
    assert int(answers[6].headers["retry-after"]) > 50
    valkey.kill()
    assert [answer.status_code for answer in await statuses(6)] == [404] * 4 + [429] * 2, "two of six each"
    valkey.start()
    await town.recovered()
    assert [answer.status_code for answer in await statuses(7)] == [404] * 6 + [429], "a script it did not know"


async def test_names_of_limits_tell_no_address(town, valkey, redis):
    app = town.process(valkey.url, address_limit_per_minute=1)
    async with town.connect(app, address="203.0.113.77") as client:
        await client.get("/api/v1/nothing")
    [name] = await redis.keys("*")
    assert b":limit:address:" in name
    assert b"203.0.113.77" not in name
    assert await redis.pttl(name) <= 60_000, "it goes when it has no more to tell"
