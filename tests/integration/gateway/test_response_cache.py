"""A cached answer is the answer that would be computed now, or it is not served."""

from __future__ import annotations

import asyncio
from uuid import UUID, uuid4

import pytest

from finsage.gateway.response_cache import ResponseCache
from finsage.platform.caller import PUBLIC_TENANT
from finsage.platform.changes import EVERYTHING, Changes, always, tenant_tag
from finsage.platform.database import DatabaseUnavailable

pytestmark = pytest.mark.anyio
PATH = "/api/v1/things/1"
HIT, MISS = "finsage; hit", "finsage; fwd=miss"


def cache_of(app):
    while not isinstance(app, ResponseCache):
        app = app._app
    return app


async def test_the_second_answer_is_the_first_byte_for_byte(build, connect, world):
    async with connect(build(), who="alice") as client:
        first, second = await client.get(PATH), await client.get(PATH)
    assert (first.headers["cache-status"], second.headers["cache-status"]) == (MISS, HIT)
    assert second.content == first.content
    assert second.headers["etag"] == first.headers["etag"]
    assert second.headers["content-type"] == first.headers["content-type"]
    assert second.headers["cache-control"] == "private, no-cache"
    assert world.computed == 1


async def test_users_and_tenants_never_share(build, connect, world):
    app = build()
    for number, who in enumerate(("alice", "bob", "colleague"), 1):
        async with connect(app, who=who) as client:
            answer = await client.get(PATH)
        assert answer.headers["cache-status"] == MISS
        assert world.computed == number


@pytest.mark.parametrize(
    ("change", "is_same"),
    [
        ({"headers": {"accept": "text/csv"}}, False),
        ({"headers": {"accept-language": "de"}}, False),
        ({"params": {"a": "1"}}, False),
        ({"headers": {"user-agent": "other"}}, True),
    ],
)
async def test_what_an_answer_may_differ_by(build, connect, change, is_same):
    async with connect(build(), who="alice") as client:
        await client.get(PATH)
        assert (await client.get(PATH, **change)).headers["cache-status"] == (HIT if is_same else MISS)


async def test_the_order_of_the_query_does_not_matter(build, connect):
    async with connect(build(), who="alice") as client:
        await client.get(PATH + "?a=1&b=2")
        assert (await client.get(PATH + "?b=2&a=1")).headers["cache-status"] == HIT
        await client.get(PATH + "?a=1&a=2")
        assert (await client.get(PATH + "?a=2&a=1")).headers["cache-status"] == MISS, "the last of a name counts"


async def test_a_write_of_the_tenant_or_of_the_public_one_ends_it(build, connect, world):
    app = build()
    async with connect(app, who="alice") as client, connect(app, who="bob") as stranger:
        await client.get(PATH)
        await stranger.post("/api/v1/things", json={"amount": "1"})
        assert (await client.get(PATH)).headers["cache-status"] == HIT, "another tenant's write"
        await client.post("/api/v1/things", json={"amount": "second"})
        changed = await client.get(PATH)
        world.changes.bump(tenant_tag(PUBLIC_TENANT))
        assert (await client.get(PATH)).headers["cache-status"] == MISS
    assert changed.headers["cache-status"] == MISS
    assert changed.json()["body"] == "second"


async def test_a_slow_fill_does_not_pass_for_newer_than_a_write(build, connect, world):
    async with connect(build(), who="alice") as client:
        world.gate = asyncio.Event()
        slow = asyncio.create_task(client.get(PATH))  # has read "first", has not answered yet
        await world.begun.wait()
        await client.post("/api/v1/things", json={"amount": "second"})
        late = asyncio.create_task(client.get(PATH))  # began after the write: must see it
        await asyncio.sleep(0.01)
        world.gate.set()
        assert (await slow).json()["body"] == "first"
        assert (await late).json()["body"] == "second"
        assert (await client.get(PATH)).json()["body"] == "second"


async def test_many_at_once_compute_once(build, connect, world):
    async with connect(build(), who="alice") as client:
        world.gate = asyncio.Event()
        tasks = [asyncio.create_task(client.get(PATH)) for _ in range(20)]
        await asyncio.sleep(0.05)
        world.gate.set()
        answers = await asyncio.gather(*tasks)
    assert world.computed == 1
    assert sorted({answer.headers["cache-status"] for answer in answers}) == [MISS, HIT]
    assert len({answer.content for answer in answers}) == 1


async def test_a_flight_without_an_answer_to_share_frees_the_others(build, connect):
    app = build()
    async with connect(app, who="alice") as client:
        answers = await asyncio.gather(*(client.get("/api/v1/faults/conflict") for _ in range(5)))
    assert {answer.status_code for answer in answers} == {409}
    assert not cache_of(app)._flights


async def test_a_failed_computation_leaves_no_flight_behind(build, connect):
    app = build()
    async with connect(app, who="alice") as client:
        assert (await client.get("/api/v1/faults/bug")).status_code == 500
        assert (await client.get("/api/v1/faults/bug")).status_code == 500
    assert not cache_of(app)._flights


@pytest.mark.parametrize("path", ["/api/v1/things/1/cookie", "/api/v1/things/1/private"])
async def test_what_must_not_be_kept(build, connect, world, path):
    async with connect(build(), who="alice") as client:
        await client.get(path)
        answer = await client.get(path)
    assert world.computed == 2
    assert answer.headers["etag"]


async def test_five_minutes_and_the_day_bound_a_lost_event(build, connect, world):
    app = build()
    now = [0.0, 20_000 * 86_400.0 + 86_000]
    cache = cache_of(app)
    cache._monotonic, cache._wall = lambda: now[0], lambda: now[1]
    async with connect(app, who="alice") as client:
        await client.get(PATH)
        now[0] += 299
        assert (await client.get(PATH)).headers["cache-status"] == HIT
        now[0] += 2
        assert (await client.get(PATH)).headers["cache-status"] == MISS
        now[1] += 401
        assert (await client.get(PATH)).headers["cache-status"] == MISS, "another day, other figures"


async def test_bytes_are_bounded_and_the_oldest_go_first(build, connect, world):
    world.body = "x" * 1000
    app = build(response_cache_bytes=10_000)
    async with connect(app, who="alice") as client:
        for number in range(10):
            await client.get(f"/api/v1/things/{number}")
        assert cache_of(app)._store.held_bytes <= 10_000
        assert (await client.get("/api/v1/things/9")).headers["cache-status"] == HIT
        assert (await client.get("/api/v1/things/0")).headers["cache-status"] == MISS
    app = build(response_cache_bytes=100_000)
    async with connect(app, who="alice") as client:
        for number in range(10):
            await client.get(f"/api/v1/things/{number}?long={'x' * 20_000}")
        assert len(cache_of(app)._store) <= 4, "an address takes memory too"


async def test_without_memory_nothing_is_kept_but_tags_stay(build, connect, world):
    async with connect(build(response_cache_bytes=0), who="alice") as client:
        first = await client.get(PATH)
        second = await client.get(PATH, headers={"if-none-match": first.headers["etag"]})
    assert world.computed == 2
    assert (second.status_code, second.content) == (304, b"")
    assert second.headers["etag"] == first.headers["etag"]
    assert "cache-status" not in first.headers


class Shared:
    """The versions that several processes share, and how often they were read."""

    def __init__(self) -> None:
        self.versions, self.reads, self.is_down = {}, 0, False

    async def read(self, tags):
        self.reads += 1
        if self.is_down:
            raise DatabaseUnavailable("down")
        return {tag: self.versions[tag] for tag in tags if tag in self.versions}


@pytest.fixture
def shared(world) -> Shared:
    shared = Shared()
    world.changes = Changes(always, shared.read)
    return shared


@pytest.mark.parametrize("tag", [tenant_tag(UUID(int=101)), tenant_tag(PUBLIC_TENANT), EVERYTHING])
async def test_a_write_of_another_process_ends_it(build, connect, world, shared, tag):
    async with connect(build(), who="alice") as client:
        await client.get(PATH)
        assert (await client.get(PATH)).headers["cache-status"] == HIT
        shared.versions[tenant_tag(UUID(int=102))] = uuid4()
        assert (await client.get(PATH)).headers["cache-status"] == HIT, "another tenant's write"
        shared.versions[tag] = uuid4()
        assert (await client.get(PATH)).headers["cache-status"] == MISS
        assert (await client.get(PATH)).headers["cache-status"] == HIT
    assert world.computed == 2


async def test_a_slow_fill_does_not_pass_for_newer_than_a_write_of_another_process(build, connect, world, shared):
    async with connect(build(), who="alice") as client:
        world.gate = asyncio.Event()
        slow = asyncio.create_task(client.get(PATH))
        await world.begun.wait()
        shared.versions[tenant_tag(UUID(int=101))] = uuid4()
        world.body = "second"
        world.gate.set()
        assert (await slow).json()["body"] == "first"
        assert (await client.get(PATH)).json()["body"] == "second"


async def test_what_cannot_be_told_current_is_computed(build, connect, world, shared):
    async with connect(build(), who="alice") as client:
        await client.get(PATH)
        shared.is_down = True
        assert (await client.get(PATH)).headers["cache-status"] == MISS
        shared.is_down = False
        assert (await client.get(PATH)).headers["cache-status"] == MISS, "it was computed without a stamp"
        assert (await client.get(PATH)).headers["cache-status"] == HIT
    assert world.computed == 3


async def test_what_was_kept_alone_does_not_serve_once_others_have_joined(build, connect, world):
    joined, shared = [], Shared()
    world.changes = Changes(lambda: bool(joined), shared.read)
    async with connect(build(), who="alice") as client:
        await client.get(PATH)
        assert (await client.get(PATH)).headers["cache-status"] == HIT
        assert shared.reads == 0
        joined.append("a command")
        assert (await client.get(PATH)).headers["cache-status"] == MISS
        assert (await client.get(PATH)).headers["cache-status"] == HIT


@pytest.mark.parametrize(
    ("condition", "status"),
    [("{0}", 304), ("W/{0}", 304), ('"other", {0}', 304), ("*", 304), ('"other"', 200)],
)
async def test_if_none_match(build, connect, condition, status):
    async with connect(build(), who="alice") as client:
        etag = (await client.get(PATH)).headers["etag"]
        answer = await client.get(PATH, headers={"if-none-match": condition.format(etag)})
    assert answer.status_code == status
    if status == 304:
        assert answer.headers["cache-control"] == "private, no-cache"
        assert "content-length" not in answer.headers
        assert "content-type" not in answer.headers


async def test_a_long_answer_passes_through(build, connect, world):
    async with connect(build(), who="alice") as client:
        answer = await client.get("/api/v1/things/1/export")
        again = await client.get("/api/v1/things/1/export")
    assert len(answer.content) == len(again.content) == 12 * 2**20
    assert "etag" not in answer.headers
    assert world.computed == 2


async def test_without_a_caller_nothing_is_kept(build, connect):
    async with connect(build()) as client:
        answer = await client.get("/api/v1/things/1/export")
    assert "cache-status" not in answer.headers
