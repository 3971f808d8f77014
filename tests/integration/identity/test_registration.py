from __future__ import annotations

import asyncio

import pytest
from integration.identity.conftest import PASSWORD, Build, House, register, sign_in, slug

pytestmark = pytest.mark.anyio


async def test_the_first_user_owns_the_first_tenant_and_administers(client, house: House):
    assert (await client.get("/auth/status")).json() == {"has_users": False, "registration": "open"}
    body = await register(client, first_name="Ada", last_name="Lovelace", tenant_name="The Lovelaces")
    assert body["user"]["is_admin"] is True
    assert body["user"]["is_active"] is True
    assert body["tenant"] == {"id": body["tenant"]["id"], "name": "The Lovelaces", "role": "owner"}
    assert body["user"]["created_at"].endswith("Z")
    assert (await client.get("/auth/status")).json() == {"has_users": True, "registration": "open"}
    hashes = house.sql("SELECT password_hash FROM users")
    assert hashes[0][0].startswith("$argon2id$v=19$m=19456,t=2,p=1$")


async def test_registering_does_not_sign_in(client):
    await register(client)
    assert not client.cookies
    assert (await client.get("/me")).status_code == 401


async def test_a_second_user_gets_a_tenant_of_their_own(client):
    first = await register(client)
    second = await register(client, "bob@example.org", first_name="Bob")
    assert second["user"]["is_admin"] is False
    assert second["tenant"]["role"] == "owner"
    assert second["tenant"]["name"] == "Bob"
    assert second["tenant"]["id"] != first["tenant"]["id"]


async def test_of_many_first_registrations_at_once_exactly_one_administers(client, house: House):
    bodies = await asyncio.gather(*[register(client, f"user{n}@example.org") for n in range(6)])
    assert sum(body["user"]["is_admin"] for body in bodies) == 1
    assert house.sql("SELECT count(*), count(*) FILTER (WHERE is_admin) FROM users") == [(6, 1)]


async def test_a_closed_installation_takes_the_first_user_and_nobody_else(build: Build):
    house = build(registration="closed")
    async with house.client() as client:
        assert (await client.get("/auth/status")).json() == {"has_users": False, "registration": "open"}
        bodies = await asyncio.gather(
            *[
                client.post("/auth/register", json={"email": f"user{n}@example.org", "password": PASSWORD})
                for n in range(2)
            ]
        )
        assert sorted(body.status_code for body in bodies) == [201, 403]
        refused = next(body for body in bodies if body.status_code == 403)
        assert slug(refused) == "registration-closed"
        assert (await client.get("/auth/status")).json() == {"has_users": True, "registration": "closed"}
    assert house.sql("SELECT count(*) FROM users") == [(1,)]


@pytest.mark.parametrize("again", ["ada@example.org", "ADA@Example.ORG", "  ada@example.org "])
async def test_the_same_address_in_any_spelling_is_taken(client, again: str, house: House):
    await register(client)
    answer = await client.post("/auth/register", json={"email": again, "password": PASSWORD})
    assert answer.status_code == 409
    assert slug(answer) == "email-taken"
    assert house.sql("SELECT count(*) FROM tenants WHERE id <> '00000000-0000-0000-0000-000000000000'") == [(1,)]


async def test_an_address_is_one_person_in_composed_and_decomposed_unicode(client):
    await register(client, "jose\u0301@example.org")
    await sign_in(client, "JOS\u00c9@example.org")
    assert (await client.get("/me")).json()["user"]["email"] == "jos\u00e9@example.org"


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"email": "ada"}, "/email"),
        ({"email": "ada@example"}, "/email"),
        ({"email": "a b@example.org"}, "/email"),
        ({"email": "a@b@example.org"}, "/email"),
        ({"email": "a" * 65 + "@example.org"}, "/email"),
        ({"email": "a@" + "b" * 250 + ".org"}, "/email"),
        ({"email": "a\x00@example.org"}, "/email"),
        ({"email": 7}, "/email"),
        ({"password": "eleven char"}, "/password"),
        ({"password": "password1234"}, "/password"),
        ({"password": "PassWord1234"}, "/password"),
        ({"password": "ada.lovelace1", "email": "ada.lovelace@example.org"}, "/password"),
        ({"password": "\N{PILE OF POO}" * 257}, "/password"),
        ({"password": "x" * 1025}, "/password"),
        ({"first_name": "x" * 101}, "/first_name"),
        ({"last_name": "a\nb"}, "/last_name"),
        ({"last_name": "gp\u202e4321"}, "/last_name"),
        ({"tenant_name": "x" * 201}, "/tenant_name"),
        ({"is_admin": True}, "/is_admin"),
    ],
)
async def test_what_cannot_be_registered_is_refused_at_its_place(client, fields, pointer: str, house: House):
    body = {"email": "ada@example.org", "password": PASSWORD} | fields
    answer = await client.post("/auth/register", json=body)
    assert answer.status_code == 422
    slug(answer)
    assert [fault["pointer"] for fault in answer.json()["errors"]] == [pointer]
    assert str(body["password"]) not in answer.text
    assert house.sql("SELECT count(*) FROM users") == [(0,)]


@pytest.mark.parametrize(
    "name", ["Robert'); DROP TABLE users;--", "<script>alert(1)</script>", "O\u2019Brien \N{PILE OF POO}", "%s {0} :x"]
)
async def test_names_are_text_and_nothing_else(client, name: str):
    await register(client, first_name=name, last_name=name, tenant_name=name)
    await sign_in(client)
    me = (await client.get("/me")).json()
    assert (me["user"]["first_name"], me["user"]["last_name"], me["tenant"]["name"]) == (name, name, name)


async def test_what_carries_a_password_is_never_kept_beside_an_idempotency_key(client, house: House):
    for _ in range(2):
        answer = await client.post(
            "/auth/register",
            json={"email": "ada@example.org", "password": PASSWORD},
            headers={"Idempotency-Key": "first"},
        )
    assert answer.status_code == 409
    assert house.sql("SELECT * FROM idempotency_keys") == []


async def test_a_flood_of_registrations_is_turned_away_before_it_holds_the_machine(client, house: House):
    answers = await asyncio.gather(
        *[client.post("/auth/register", json={"email": f"u{n}@example.org", "password": PASSWORD}) for n in range(40)]
    )
    statuses = sorted({answer.status_code for answer in answers})
    assert statuses == [201, 503]
    busy = next(answer for answer in answers if answer.status_code == 503)
    assert slug(busy) == "too-busy"
    assert int(busy.headers["retry-after"]) > 0
    accepted = sum(answer.status_code == 201 for answer in answers)
    assert accepted >= 18
    assert house.sql("SELECT count(*) FROM users") == [(accepted,)]
