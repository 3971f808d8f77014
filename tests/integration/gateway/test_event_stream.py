"""The event stream through a real server, what happens being done by another process on the same database."""

from __future__ import annotations

import asyncio
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from integration.gateway.streaming import EVENTS, HUNG_SECONDS, following, of_kind, signed_up
from integration.market.refreshing import Market, Person, way_out
from support import Server

from finsage.market.service import backfill, refresh
from finsage.platform.caller import PUBLIC_TENANT, Caller
from finsage.platform.database import Database
from finsage.platform.event_hub import STREAMS_PER_USER_MAX, EventHub
from finsage.platform.events import tell
from finsage.platform.jobs import JobContext, JobRegistry, Step, begin
from finsage.platform.worker import Worker

pytestmark = pytest.mark.anyio
NEST = Path(__file__).with_name("server_nest.py")
CLOSES = {"items": [{"day": "2024-01-02", "close": "10"}]}


@pytest.fixture(scope="module")
def process(server: Server) -> Iterator[subprocess.Popen[bytes]]:
    place = Path(tempfile.mkdtemp(prefix="finsage-events-"))
    process = subprocess.Popen(
        [sys.executable, NEST, server.owner_dsn, place], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    yield process
    process.kill()
    process.communicate()
    shutil.rmtree(place, ignore_errors=True)


@pytest.fixture(scope="module")
def url(process: subprocess.Popen[bytes]) -> str:
    assert process.stdout is not None
    return f"http://127.0.0.1:{int(process.stdout.readline())}"


@pytest.fixture
async def alice(url: str) -> AsyncIterator[httpx.AsyncClient]:
    async with signed_up(url) as client:
        yield client


@pytest.fixture
async def bob(url: str) -> AsyncIterator[httpx.AsyncClient]:
    async with signed_up(url) as client:
        yield client


async def enter_price(client: httpx.AsyncClient) -> None:
    asset = await Person(client).asset()
    (await client.put(f"/api/v1/assets/{asset}/prices", json=CLOSES)).raise_for_status()


async def test_a_back_fill_is_followed_to_its_end_and_by_its_household_alone(
    alice: httpx.AsyncClient, bob: httpx.AsyncClient, database: Database, tmp_path: Path
):
    with Market() as market:
        async with (
            way_out(database, market, tmp_path) as outside,
            following(alice) as hers,
            following(bob) as his,
        ):
            person = Person(alice)
            asset = await person.asset(("coingecko", "bitcoin"))
            history = JobRegistry()
            history.job(refresh.BACKFILL)(backfill.backfill)
            worker = Worker(database, history, outside=outside, poll_seconds=0.1)
            worker.start()
            seen = await hers.until("job", id=person.job_id, state="done")
            await worker.stop(drain_seconds=5)
            told = [job for job in of_kind(seen, "job") if job["id"] == person.job_id]
            assert told[-1] == (await alice.get(f"/api/v1/jobs/{person.job_id}")).json()
            assert told[-1]["result_url"] == f"/api/v1/assets/{asset}/prices"
            assert [job["progress"] or 0 for job in told] == sorted(job["progress"] or 0 for job in told)
            assert {"topics": ["prices"]} in of_kind(seen, "changed")
            await enter_price(bob)
            # The first he hears of is his own.
            assert (await his.next()).data == {"topics": ["prices"]}


async def test_the_steps_of_a_job_are_seen(alice: httpx.AsyncClient, database: Database):
    person = Person(alice)
    await person.asset(("coingecko", "bitcoin"))
    job = JobContext(database, "market.backfill", UUID(person.job_id), await person.tenant(), {})
    async with following(alice) as reader:
        await begin(job, None)
        assert (await reader.until("job", state="running"))[-1].data["progress"] is None
        for fraction, step in ((0.25, Step("rows read", 40_000, 100_000)), (0.5, Step("assets forecast", 12, 146))):
            await job.progress(fraction, step)
            moved = await reader.until("job", id=person.job_id, progress=fraction)
            assert moved[-1].data["state"] == "running"
            assert tuple(moved[-1].data[name] for name in ("stage", "done", "total")) == step
        async with job.effect():
            pass
        ended = (await reader.until("job", state="done"))[-1].data
        assert (ended["progress"], ended["stage"], ended["done"], ended["total"]) == (1, None, None, None)


async def test_what_is_for_everybody_is_told_to_everybody(
    alice: httpx.AsyncClient, bob: httpx.AsyncClient, database: Database
):
    async with following(alice) as hers, following(bob) as his:
        async with database.write() as session:
            await tell(session, PUBLIC_TENANT, "news")
        assert [(await one.next()).data for one in (hers, his)] == [{"topics": ["news"]}] * 2


async def test_it_is_sent_as_it_comes_and_kept_nowhere(alice: httpx.AsyncClient):
    async with following(alice) as reader:
        headers = reader.answer.headers
        assert headers["content-type"] == "text/event-stream; charset=utf-8"
        assert (headers["cache-control"], headers["x-accel-buffering"]) == ("no-store", "no")
        assert "etag" not in headers
        assert "content-encoding" not in headers
        metrics = (await alice.get("/metrics")).text
        assert "\nfinsage_event_streams 1.0" in metrics


async def test_a_reader_that_comes_back_goes_on_where_it_was(alice: httpx.AsyncClient):
    async with following(alice) as reader:
        await enter_price(alice)
        await reader.until("changed")
        # The id that came before: what broke off is told again rather than lost.
    async with following(alice, reader.position) as again:
        assert (await again.next()).data == {"topics": ["prices"]}


@pytest.mark.parametrize("unknown", ["5f0c2ab7d1e4-17", "-", "nonsense", "9" * 90])
async def test_after_a_gap_it_says_so(alice: httpx.AsyncClient, unknown: str):
    async with following(alice, unknown) as reader:
        assert (await reader.next()).kind == "gap"


async def test_a_lost_connection_to_the_database_is_a_gap(alice: httpx.AsyncClient, server: Server):
    async with following(alice) as reader:
        server.query(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = 'finsage events' AND datname = current_database()"
        )
        assert (await reader.next()).kind == "gap"
        await enter_price(alice)
        assert (await reader.until("changed"))[-1].data == {"topics": ["prices"]}


async def test_it_ends_with_its_session(alice: httpx.AsyncClient):
    [one] = (await alice.get("/api/v1/me/sessions")).json()["items"]
    async with following(alice) as reader:
        (await alice.delete(f"/api/v1/me/sessions/{one['id']}")).raise_for_status()
        assert [(event.kind, event.data) for event in await reader.rest()] == [("end", {"reason": "session"})]
    assert (await alice.get(EVENTS)).status_code == 401


async def test_following_does_not_count_as_use(alice: httpx.AsyncClient, server: Server):
    mine = "user_id = (SELECT id FROM users WHERE email = %s)"
    email = (await alice.get("/api/v1/me")).json()["user"]["email"]
    server.query(f"UPDATE sessions SET last_used_at = now() - interval '5 minutes' WHERE {mine}", email)
    before = server.query(f"SELECT last_used_at FROM sessions WHERE {mine}", email)
    async with following(alice) as reader:
        assert reader.answer.status_code == 200
    assert server.query(f"SELECT last_used_at FROM sessions WHERE {mine}", email) == before


async def test_one_person_has_so_many_and_no_more(alice: httpx.AsyncClient, bob: httpx.AsyncClient):
    open_ones = [following(alice) for _ in range(STREAMS_PER_USER_MAX)]
    for one in open_ones:
        await one.__aenter__()
    async with following(alice) as refused:
        assert refused.answer.status_code == 429
        assert refused.answer.headers["retry-after"] == "10"
        assert refused.answer.json()["type"].endswith("too-many-streams")
    async with following(bob) as reader:
        assert reader.answer.status_code == 200
    for one in open_ones:
        await one.__aexit__(None, None, None)
    # The server hears of a closed connection a moment later.
    async with asyncio.timeout(HUNG_SECONDS):
        while await _tried(alice) == 429:
            pass


async def test_a_session_that_is_over_is_noticed_without_a_note(database: Database):
    over: set[object] = set()

    async def living(ids):
        return set(ids) - over

    hub = EventHub(database, living, beat_seconds=0.01)
    caller = Caller(PUBLIC_TENANT, PUBLIC_TENANT, "owner", frozenset(), "session", PUBLIC_TENANT)
    stream = await hub.open(caller, None)
    over.add(caller.credential_id)
    async with asyncio.timeout(10):
        await stream.ended.wait()
    assert stream.end == "session"
    hub.leave(stream)
    hub.close()


async def test_who_comes_while_sessions_are_looked_at_stays(database: Database):
    asking, has_come, again, asked = asyncio.Event(), asyncio.Event(), asyncio.Event(), []

    async def living(ids):
        asked.append(set(ids))
        (again if asking.is_set() else asking).set()
        await has_come.wait()
        return ids

    hub = EventHub(database, living, beat_seconds=0.01)
    first, second = (
        Caller(PUBLIC_TENANT, PUBLIC_TENANT, "owner", frozenset(), "session", UUID(int=number)) for number in (1, 2)
    )
    streams = [await hub.open(first, None)]
    async with asyncio.timeout(10):
        await asking.wait()
        streams.append(await hub.open(second, None))
        has_come.set()
        await again.wait()
    assert [stream.end for stream in streams] == [None, None]
    assert asked[1] == {first.credential_id, second.credential_id}
    for stream in streams:
        hub.leave(stream)
    hub.close()


async def test_a_stop_ends_it_in_good_order(process: subprocess.Popen[bytes], alice: httpx.AsyncClient):
    """The last of this module: the server is gone afterwards."""
    async with following(alice) as reader:
        process.send_signal(signal.SIGINT)
        assert await reader.rest() == []
    assert await asyncio.to_thread(process.wait, 30) == 0


async def _tried(client: httpx.AsyncClient) -> int:
    async with following(client) as reader:
        return reader.answer.status_code
