"""One key, one effect: every unsafe route that keeps idempotency keys, asked often and unluckily."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from uuid import uuid4

import httpx
import psycopg
import pytest
from contract.calls import CALLS, DEPOSIT, FILE, KEEPS_NO_KEY, WITHOUT_EFFECT, Call, Owner
from contract.routes import ENDING, OBJECT_KINDS, UNSAFE_ROUTES, Route, some_of
from contract.state import State, changed
from support import Api, Server

from finsage.services import API

pytestmark = pytest.mark.anyio

# What an administrator alone may do is asked twice in its own tests.
KEEPING = [
    route for route in UNSAFE_ROUTES if route.key not in KEEPS_NO_KEY | WITHOUT_EFFECT and route.scopes != ("admin",)
]

# Each route keeps its key in every run; what happens to a key beside that is the work of one place for all routes.
# The demo costs as much as all others together; it works like any.
each_keeping = pytest.mark.parametrize(
    "route",
    [pytest.param(route, marks=[pytest.mark.slow] if route.path.endswith("/demo") else []) for route in KEEPING],
    ids=str,
)


def new_key() -> dict[str, str]:
    return {"Idempotency-Key": f"key {uuid4()}"}


def slug(answer: httpx.Response) -> str:
    return str(answer.json()["type"]).removeprefix("/problems/")


def is_replay(answer: httpx.Response) -> bool:
    return answer.headers.get("idempotent-replayed") == "true"


def kept(answer: httpx.Response) -> tuple[Any, ...]:
    """What a replay must repeat."""
    names = ("content-type", "location", "etag")
    return answer.status_code, answer.content, [answer.headers.get(name) for name in names]


def changed_body(call: Call) -> Call:
    """The same call with another body, or another query where it has none."""
    if call.files is not None:
        [(name, (file_name, content))] = call.files.items()
        return replace(call, files={name: (file_name, content + b"\r\n")})
    if call.json is not None:
        return replace(call, json={**call.json, "another_field": "1"})
    return replace(call, query={**call.query, "another": "1"})


@each_keeping
async def test_a_repeated_key_repeats_the_answer_and_not_the_effect(route: Route, owner: Owner, state: State):
    call, key = await CALLS[route.key](owner), new_key()
    before = state.snapshot()
    first = await call.send(owner.client, route.key, **key)
    assert first.is_success, first.text
    after = state.snapshot()
    assert changed(before, after), "a call without effect proves nothing"
    assert not is_replay(first)
    for _ in range(2):
        again = await call.send(owner.client, route.key, **key)
        assert is_replay(again)
        assert kept(again) == kept(first)
    other = await changed_body(call).send(owner.client, route.key, **key)
    assert other.status_code == 422
    assert slug(other) == "idempotency-mismatch"
    assert changed(after, state.snapshot()) == {}
    if route.key == ("POST", "/demo"):  # its thousands of prices would weigh on every snapshot to come
        (await owner.client.delete(f"{API}/demo")).raise_for_status()


@some_of(KEEPING)
async def test_two_at_once_have_one_effect(route: Route, owner: Owner, state: State):
    alone = await CALLS[route.key](owner)
    before = state.snapshot()
    (await alone.send(owner.client, route.key, **new_key())).raise_for_status()
    once = changed(before, state.snapshot())

    call, key = await CALLS[route.key](owner), new_key()
    before = state.snapshot()
    answers = await asyncio.gather(*(call.send(owner.client, route.key, **key) for _ in range(2)))
    # What takes longer than a lock is waited for refuses the other, which asks again.
    refused = [answer for answer in answers if answer.status_code == 409 and slug(answer) == "busy"]
    assert len(refused) <= 1
    first, second = [
        await call.send(owner.client, route.key, **key) if answer in refused else answer for answer in answers
    ]
    assert first.is_success, first.text
    assert kept(first) == kept(second)
    assert sorted([is_replay(first), is_replay(second)]) == [False, True]
    assert changed(before, state.snapshot()) == once


@some_of([route for route in KEEPING if route.has_body])
async def test_a_refused_body_stores_nothing_and_the_mended_one_passes(route: Route, owner: Owner, state: State):
    call, key = await CALLS[route.key](owner), new_key()
    broken = (
        replace(call, json={"unheard_of": 1}) if call.files is None else replace(call, files={"wrong": ("a", b"b")})
    )
    before, keys = state.snapshot(), state.keys()
    refused = await broken.send(owner.client, route.key, **key)
    assert refused.status_code == 422, refused.text
    assert (changed(before, state.snapshot()), state.keys()) == ({}, keys)
    mended = await call.send(owner.client, route.key, **key)
    assert mended.is_success, mended.text
    assert not is_replay(mended)


async def test_a_body_that_the_books_refuse_stores_nothing_either(owner: Owner, state: State):
    portfolio, key = await owner.portfolio(), new_key()
    route = ("POST", "/portfolios/{portfolio_id}/transactions")
    bad = Call({"portfolio_id": portfolio}, {**DEPOSIT, "type": "buy", "symbol": "NOBODY", "quantity": "1"})
    before, keys = state.snapshot(), state.keys()
    assert (await bad.send(owner.client, route, **key)).status_code == 422
    assert (changed(before, state.snapshot()), state.keys()) == ({}, keys)
    assert (await Call({"portfolio_id": portfolio}, DEPOSIT).send(owner.client, route, **key)).status_code == 201


@some_of([route for route in KEEPING if route.names_an_object])
async def test_a_refusal_of_what_is_not_there_is_repeated(route: Route, owner: Owner):
    call, key = await CALLS[route.key](owner), new_key()
    absent = replace(call, ids={name: str(uuid4()) for name in call.ids})
    assert set(call.ids) <= OBJECT_KINDS
    first = await absent.send(owner.client, route.key, **key)
    again = await absent.send(owner.client, route.key, **key)
    assert first.status_code == 404, first.text
    assert is_replay(again)
    assert kept(again) == kept(first)


async def test_a_refusal_by_the_books_is_repeated_although_it_would_pass_by_now(owner: Owner, state: State):
    portfolio, asset, key = await owner.portfolio(), await owner.asset(), new_key()
    route = ("POST", "/portfolios/{portfolio_id}/transactions")
    trade = {"day": "2024-02-01", "asset_id": asset, "quantity": "2", "unit_price": "5", "currency": "EUR"}
    sale = Call({"portfolio_id": portfolio}, {**trade, "type": "sell"})
    before = state.snapshot()
    first = await sale.send(owner.client, route, **key)
    assert (first.status_code, slug(first)) == (409, "insufficient-quantity")
    assert changed(before, state.snapshot()) == {}
    await owner.post(f"/portfolios/{portfolio}/transactions", **{**trade, "type": "buy", "day": "2024-01-02"})
    again = await sale.send(owner.client, route, **key)
    assert is_replay(again)
    assert kept(again) == kept(first)
    assert (await sale.send(owner.client, route, **new_key())).status_code == 201


async def test_a_file_is_compared_by_its_content_and_not_by_its_envelope(owner: Owner):
    portfolio = await owner.portfolio()
    route = ("POST", "/portfolios/{portfolio_id}/imports")
    call, key = Call({"portfolio_id": portfolio}, files={"file": ("file.csv", FILE.encode())}), new_key()
    first = await call.send(owner.client, route, **key)  # every request has a boundary of its own
    assert is_replay(await call.send(owner.client, route, **key))
    for other in (
        replace(call, form={"account": "Other"}),
        replace(call, files={"file": ("other.csv", FILE.encode())}),
        replace(call, files={"file": ("file.csv", FILE.replace("1000", "1001").encode())}),
    ):
        assert slug(await other.send(owner.client, route, **key)) == "idempotency-mismatch"
    assert first.status_code == 201


async def test_a_key_belongs_to_a_tenant(owner: Owner, stranger: Owner):
    route, key = ("POST", "/portfolios"), new_key()
    call = await CALLS[route](owner)
    mine = await call.send(owner.client, route, **key)
    theirs = await call.send(stranger.client, route, **key)
    assert not is_replay(theirs)
    assert mine.json()["id"] != theirs.json()["id"]


async def test_a_key_belongs_to_one_address(owner: Owner):
    first, second, key = await owner.transaction(), await owner.transaction(), new_key()
    route = ("POST", "/transactions/{transaction_id}/reversal")
    assert (await Call({"transaction_id": first}, {}).send(owner.client, route, **key)).status_code == 201
    other = await Call({"transaction_id": second}, {}).send(owner.client, route, **key)
    assert slug(other) == "idempotency-mismatch"


@pytest.mark.parametrize("key", ["", "x" * 256, "tab\there"])
async def test_a_key_that_is_none_is_refused(owner: Owner, key: str):
    answer = await Call(json={"name": "A", "base_currency": "EUR"}).send(
        owner.client, ("POST", "/portfolios"), **{"Idempotency-Key": key}
    )
    assert answer.status_code == 422


async def test_secrets_leave_no_trace_beside_a_key(owner: Owner, state: State):
    keys = state.keys()
    me = await owner.api.sign_in(owner.email, client=owner.api.anonymous())
    for route in [*KEEPS_NO_KEY, ("POST", "/auth/register"), ("POST", "/auth/login"), ("POST", "/auth/refresh")]:
        call = (
            await CALLS[route](owner) if route in CALLS else Call(json={"email": "a@example.com", "password": "b" * 20})
        )
        if route != ("POST", "/auth/logout"):
            await call.send(me if route in CALLS else owner.api.anonymous(), route, **new_key())
    assert state.keys() == keys


async def test_a_key_in_use_is_waited_for_and_then_refused_with_a_time(owner: Owner, server: Server, state: State):
    route, key = ("POST", "/portfolios"), new_key()
    call = await CALLS[route](owner)
    tenant = (await owner.client.get("/api/v1/me")).json()["tenant"]["id"]
    with psycopg.connect(server.owner_dsn) as other:
        other.execute(
            "INSERT INTO idempotency_keys (tenant_id, key, request_hash) VALUES (%s, %s, '')",
            [tenant, key["Idempotency-Key"]],
        )
        before = state.snapshot()
        busy = await call.send(owner.client, route, **key)
        other.rollback()
    assert busy.status_code == 409, busy.text
    assert int(busy.headers["retry-after"]) >= 1
    assert changed(before, state.snapshot()) == {}
    assert (await call.send(owner.client, route, **key)).status_code == 201


# What COMMIT itself does. The triggers stand on the table of keys: each of these calls writes to it last.


@contextmanager
def at_commit(server: Server, statement: str) -> Iterator[None]:
    """Run a PL/pgSQL statement, as the superuser, when a transaction that stored a key commits."""
    with psycopg.connect(server.owner_dsn, autocommit=True) as connection:
        connection.execute(
            "CREATE FUNCTION test_at_commit() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER"
            f" SET search_path = pg_catalog, public AS $$ BEGIN {statement}; RETURN NULL; END $$"
        )
        connection.execute(
            "CREATE CONSTRAINT TRIGGER test_at_commit AFTER UPDATE ON idempotency_keys DEFERRABLE INITIALLY DEFERRED"
            " FOR EACH ROW EXECUTE FUNCTION test_at_commit()"
        )
    try:
        yield
    finally:
        with psycopg.connect(server.owner_dsn, autocommit=True) as connection:
            connection.execute("DROP FUNCTION test_at_commit() CASCADE")


@some_of(KEEPING)
async def test_a_commit_that_fails_is_no_success_and_no_effect(
    route: Route, owner: Owner, state: State, server: Server
):
    call, key = await CALLS[route.key](owner), new_key()
    before, keys = state.snapshot(), state.keys()
    with at_commit(server, "RAISE EXCEPTION 'planted' USING ERRCODE = 'check_violation'"):
        failed = await call.send(owner.client, route.key, **key)
    assert failed.status_code == 500
    assert failed.headers["content-type"] == "application/problem+json"
    assert "planted" not in failed.text
    assert (changed(before, state.snapshot()), state.keys()) == ({}, keys)
    again = await call.send(owner.client, route.key, **key)
    assert again.is_success, again.text
    assert not is_replay(again)


@pytest.mark.parametrize("state_code", ["57P01", "40001", "40P01", "53100", "53300", "57014", "08006"])
async def test_a_commit_the_server_gives_up_is_503_and_may_be_repeated(
    owner: Owner, state: State, server: Server, state_code: str
):
    route, key = ("POST", "/portfolios"), new_key()
    call = await CALLS[route](owner)
    before = state.snapshot()
    with at_commit(server, f"RAISE EXCEPTION 'planted' USING ERRCODE = '{state_code}'"):
        failed = await call.send(owner.client, route, **key)
    assert failed.status_code == 503, failed.text
    assert int(failed.headers["retry-after"]) >= 1
    assert changed(before, state.snapshot()) == {}
    assert (await call.send(owner.client, route, **key)).status_code == 201


async def test_a_connection_that_dies_in_commit_is_503_and_the_key_finds_out(
    owner: Owner, state: State, server: Server
):
    route, key = ("POST", "/portfolios"), new_key()
    call = await CALLS[route](owner)
    before = state.snapshot()
    with at_commit(server, "PERFORM pg_terminate_backend(pg_backend_pid())"):
        failed = await call.send(owner.client, route, **key)
    assert failed.status_code == 503, failed.text
    assert int(failed.headers["retry-after"]) >= 1
    again = await call.send(owner.client, route, **key)
    assert again.status_code == 201
    assert changed(before, state.snapshot())["portfolios"] == 1


@some_of([route for route in ENDING if "/demo" not in route.path])
async def test_a_lost_connection_is_503_and_never_500(
    route: Route, owner: Owner, admin: Owner, server: Server, state: State
):
    if route.is_public:
        call = Call(json=PUBLIC.get(route.key))
    elif route.is_unsafe:
        call = await CALLS[route.key](owner)
    else:
        ids = {name: {"base": "EUR", "quote": "USD"}.get(name, str(uuid4())) for name in route.parameters}
        call = Call(ids, query={"probe": uuid4().hex})  # never asked before: not in the cache
    client = owner.api.anonymous() if route.is_public else owner.client
    if route.scopes == ("admin",):
        client = admin.client
    if route.key == ("POST", "/auth/logout"):
        client = await owner.api.sign_in(owner.email, client=owner.api.anonymous())
    before = state.snapshot()
    server.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'finsage_app'")
    lost = await call.send(client, route.key)
    if route.key in {("GET", "/import-formats"), ("POST", "/sentiment")} and lost.status_code == 200:
        return  # asks no database, unless the caller has to be looked up
    assert lost.status_code == 503, lost.text
    assert slug(lost) == "database-unavailable"
    assert int(lost.headers["retry-after"]) >= 1
    assert changed(before, state.snapshot()) == {}
    assert (await call.send(client, route.key)).status_code not in {500, 503}


PUBLIC: dict[tuple[str, str], Any] = {
    ("POST", "/auth/register"): {"email": "new@example.com", "password": "a long enough passphrase"},
    ("POST", "/auth/login"): {"email": "nobody@example.com", "password": "a long enough passphrase"},
    ("POST", "/auth/refresh"): {"refresh_token": "fsr_" + "a" * 43},
}


async def test_a_database_that_is_away_is_503(api: Api, owner: Owner, server: Server):
    name = server.name
    with psycopg.connect(server.owner_dsn.replace(name, "postgres"), autocommit=True) as admin:
        admin.execute(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS false")
        admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
        try:
            answers = [
                await owner.client.get("/api/v1/portfolios", params={"probe": "away"}),
                await owner.client.post("/api/v1/portfolios", json={"name": "A", "base_currency": "EUR"}),
                await api.anonymous().get("/api/v1/auth/status"),
            ]
            assert (await api.anonymous().get("/health/live")).status_code == 200
            assert (await api.anonymous().get("/health/ready")).status_code == 503
        finally:
            admin.execute(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS true")
    assert [answer.status_code for answer in answers] == [503] * 3, [answer.text for answer in answers]
    assert all(int(answer.headers["retry-after"]) >= 1 for answer in answers)
    assert (await owner.client.get("/api/v1/portfolios", params={"probe": "back"})).status_code == 200
