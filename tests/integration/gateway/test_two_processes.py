"""Two servers on one database: no answer begun after an edit was acknowledged shows what was there before it.

Several people read while others edit, each edit and each read through a server drawn at random. A figure only ever
grows: who reads notes what had been acknowledged when the question left, and the answer must show at least that. All
of it also with a Redis between them, which is killed in the middle of it.
"""

from __future__ import annotations

import asyncio
import io
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import psycopg
import pytest
from integration.cli.running import FINSAGE
from support import PASSWORD, Server
from valkey_server import Valkey

pytestmark = pytest.mark.anyio
API = "/api/v1"
DAY = "2024-01-05"
NEST = Path(__file__).with_name("server_nest.py")


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    place = Path(tempfile.mkdtemp(prefix="finsage-two-"))
    yield place
    shutil.rmtree(place, ignore_errors=True)


@pytest.fixture(scope="module", params=["alone", "with Redis"])
def redis(request: pytest.FixtureRequest, place: Path) -> Iterator[Valkey | None]:
    if request.param == "alone":
        yield None
        return
    redis = Valkey(place)
    redis.start()
    yield redis
    redis.kill()


@pytest.fixture(scope="module")
def both(place: Path, server: Server, redis: Valkey | None) -> Iterator[tuple[str, str]]:
    """The addresses of two servers."""
    (place / "data").mkdir(exist_ok=True)
    more = [] if redis is None else [redis.url]
    pair = [
        subprocess.Popen(
            [sys.executable, NEST, server.owner_dsn, place / "data", *more],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        for _ in range(2)
    ]
    try:
        first, second = [f"http://127.0.0.1:{int((process.stdout or io.BytesIO()).readline())}" for process in pair]
        yield first, second
    finally:
        for process in pair:
            process.kill()
            process.communicate()


@dataclass
class Person:
    """Somebody with a client for each of the servers."""

    clients: list[httpx.AsyncClient]

    async def ask(self, dice: random.Random, method: str, path: str, **options: Any) -> httpx.Response:
        return await self.ask_one(dice.choice(self.clients), method, path, **options)

    async def ask_one(self, client: httpx.AsyncClient, method: str, path: str, **options: Any) -> httpx.Response:
        while True:
            answer = await client.request(method, API + path, **options)
            if answer.status_code not in {409, 429}:
                return answer.raise_for_status()
            await asyncio.sleep(float(answer.headers.get("retry-after", "0.05")) / 4)


@dataclass
class Figure:
    """Something that edits make larger by one, and the answers that show it."""

    edit: Callable[[Person, random.Random, int], Awaitable[object]]
    paths: dict[str, Callable[[Any], int]]
    acknowledged: int = 0


@dataclass
class Town:
    """People of one household, and what they look at."""

    email: str
    people: list[Person]
    figures: list[Figure]
    seen: Counter[str] = field(default_factory=Counter)
    reads_min: int = 0

    async def edit(self, figure: Figure, dice: random.Random, times: int) -> None:
        for _ in range(times):
            await asyncio.sleep(dice.uniform(0, 0.3))
            wanted = figure.acknowledged + 1
            await figure.edit(self.people[0], dice, wanted)
            figure.acknowledged = wanted

    async def read(self, person: Person, dice: random.Random, until: asyncio.Event) -> None:
        while not until.is_set() or self.seen["reads"] < self.reads_min:
            figure = dice.choice(self.figures)
            path, shown = dice.choice(list(figure.paths.items()))
            first, second = dice.sample(person.clients, 2)
            for client in (first, first, second, second):
                acknowledged = figure.acknowledged
                answer = await person.ask_one(client, "GET", path)
                found = shown(answer.json())
                told = f"{path} shows {found}, {acknowledged} was acknowledged: {answer.headers}"
                assert found >= acknowledged, told
                self.seen[answer.headers["cache-status"]] += 1
                self.seen["reads"] += 1

    async def live(self, seed: int, edits: int) -> None:
        until = asyncio.Event()
        # A busy machine edits and reads as slowly: some more reads after the last edit.
        self.reads_min = self.seen["reads"] + 8 * edits
        readers = [
            asyncio.create_task(self.read(person, random.Random(f"{seed} {number}"), until))
            for number, person in enumerate(self.people[1:])
        ]
        writers = [self.edit(figure, random.Random(f"{seed} {n}w"), edits) for n, figure in enumerate(self.figures)]
        try:
            await asyncio.gather(*writers)
        finally:
            until.set()
            await asyncio.gather(*readers)


@pytest.fixture(scope="module")
async def town(both: tuple[str, str], server: Server) -> Any:
    opened: list[httpx.AsyncClient] = []

    async def person() -> tuple[str, Person]:
        email = f"{uuid4().hex}@example.com"
        clients = [httpx.AsyncClient(base_url=url, timeout=20) for url in both]
        opened.extend(clients)
        who = {"email": email, "password": PASSWORD}
        (await clients[0].post(f"{API}/auth/register", json=who)).raise_for_status()
        return email, Person(clients)

    async def sign_in(email: str, person: Person) -> None:
        who = {"email": email, "password": PASSWORD, "mode": "token"}
        answer = (await person.clients[0].post(f"{API}/auth/login", json=who)).raise_for_status().json()
        for client in person.clients:
            client.headers["Authorization"] = f"Bearer {answer['access_token']}"

    everybody = [await person() for _ in range(4)]
    with psycopg.connect(server.owner_dsn, autocommit=True) as connection:
        connection.execute(
            "UPDATE memberships SET tenant_id = (SELECT m.tenant_id FROM memberships m JOIN users u ON u.id = m.user_id"
            " WHERE u.email = %s), role = 'member' WHERE user_id IN (SELECT id FROM users WHERE email = ANY (%s))",
            [everybody[0][0], [email for email, _ in everybody[1:]]],
        )
    for email, who in everybody:
        await sign_in(email, who)
    yield Town(everybody[0][0], [who for _, who in everybody], await _figures(everybody[0][1]))
    for client in opened:
        await client.aclose()


async def _figures(owner: Person) -> list[Figure]:
    dice = random.Random(0)

    async def post(path: str, **body: Any) -> str:
        return str((await owner.ask(dice, "POST", path, json=body)).json()["id"])

    portfolio = await post("/portfolios", name="0", base_currency="EUR")
    asset = await post("/assets", symbol="WORKS", name="Works", asset_class="equity", currency="EUR")
    lots = f"/portfolios/{portfolio}"
    await post(
        f"{lots}/transactions", type="buy", day=DAY, asset_id=asset, quantity="1", unit_price="1", accept_missing=True
    )

    async def rename(who: Person, dice: random.Random, number: int) -> None:
        await who.ask(dice, "PATCH", lots, json={"name": str(number)})

    async def price(who: Person, dice: random.Random, number: int) -> None:
        body = {"items": [{"day": DAY, "close": str(number)}]}
        await who.ask(dice, "PUT", f"/assets/{asset}/prices", json=body)

    async def deposit(who: Person, dice: random.Random, _: int) -> None:
        body = {"type": "deposit", "day": DAY, "gross": "1", "currency": "EUR"}
        await who.ask(dice, "POST", f"{lots}/transactions", json=body)

    start = await owner.ask(dice, "GET", f"{lots}/holdings")
    cash = float(start.json()["totals"]["cash_value"])
    return [
        Figure(
            rename, {lots: lambda body: int(body["name"]), "/portfolios": lambda body: int(body["items"][0]["name"])}
        ),
        Figure(
            price,
            {
                f"/assets/{asset}/prices?from={DAY}": lambda body: int(
                    float(body["items"][-1]["close"]) if body["items"] else 0
                ),
                f"{lots}/holdings": lambda body: int(float(body["items"][0]["price"] or 0)),
            },
        ),
        Figure(
            deposit, {f"{lots}/holdings?as_of=2030-01-01": lambda body: int(float(body["totals"]["cash_value"]) - cash)}
        ),
    ]


async def test_no_answer_of_any_process_shows_what_was_there_before_an_edit(town: Town, redis: Valkey | None):
    await town.live(seed=1, edits=15)
    assert town.seen["reads"] > 100
    assert town.seen["finsage; hit"] > 20, f"nothing was tried: {town.seen}"
    if redis is not None:
        assert town.seen["finsage; hit; detail=redis"] > 3, f"nothing was shared: {town.seen}"
        killing = asyncio.create_task(_kill_and_start(redis))
        await town.live(seed=11, edits=15)
        await killing


async def _kill_and_start(redis: Valkey) -> None:
    for _ in range(2):
        await asyncio.sleep(0.7)
        redis.kill()
        await asyncio.sleep(0.7)
        redis.start()


@pytest.mark.slow
async def test_nor_in_a_long_campaign(town: Town):
    for seed in range(2, 5):
        await town.live(seed, edits=80)
    assert town.seen["reads"] > 1_000
    assert town.seen["finsage; hit"] > 300, f"nothing was tried: {town.seen}"


@pytest.mark.slow
async def test_nor_after_a_command_has_loaded_prices_or_emptied_the_caches(town: Town, place: Path, server: Server):
    async def command(*words: str | Path) -> None:
        environment = {**os.environ, "FINSAGE_DATABASE_URL": server.owner_dsn}
        arguments = [FINSAGE, *words, "--data-dir", place / "data"]
        await asyncio.to_thread(subprocess.run, arguments, env=environment, check=True, capture_output=True)

    owner = town.people[0]
    [asset] = (await owner.ask(random.Random(3), "GET", "/assets?query=WORKS")).json()["items"]
    path = f"{API}/assets/{asset['id']}/prices?from=2025-01-01"
    for number in range(1, 4):
        for client in owner.clients:
            await client.get(path)
            assert (await client.get(path)).headers["cache-status"] == "finsage; hit"
        file = place / "prices.csv"
        file.write_text(f"date,symbol,close,currency\n2025-02-0{number},WORKS,{number},EUR\n", encoding="utf-8")
        await command("prices", file, "--user", town.email)
        for client in owner.clients:
            assert len((await client.get(path)).json()["items"]) == number
    await command("cache", "clear")
    first, *others = [(await client.get(path)).headers["cache-status"] for client in owner.clients]
    assert first == "finsage; fwd=miss"
    # What the first has computed since may come from Redis; what was in memory may not.
    assert set(others) <= {"finsage; fwd=miss", "finsage; hit; detail=redis"}
