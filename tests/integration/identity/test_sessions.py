from __future__ import annotations

from uuid import uuid4

import pytest
from integration.identity.conftest import PASSWORD, House, bearer, register, sign_in, slug, take_tokens

from finsage.identity import service
from finsage.platform.changes import answer_tags

pytestmark = pytest.mark.anyio


def forget_verified(house: House) -> None:
    """As if the seconds had passed for which a verified caller is remembered."""
    house.identity.callers._entries.clear()


async def expire(house: House) -> int:
    async with house.database.write() as session:
        return await service.expire(session)


async def test_signing_out_ends_the_session_at_once(client, house: House):
    await register(client)
    await sign_in(client)
    cookie = client.cookies["finsage"]
    assert (await client.get("/me")).status_code == 200
    answer = await client.post("/auth/logout")
    assert answer.status_code == 204
    assert "finsage" not in client.cookies
    client.cookies.set("finsage", cookie)
    again = await client.get("/me")
    assert again.status_code == 401
    assert slug(again) == "session-ended"


async def test_signing_out_without_a_session_is_refused(client):
    assert (await client.post("/auth/logout")).status_code == 401


@pytest.mark.parametrize(
    "change",
    [
        "last_used_at = now() - interval '31 minutes'",
        "expires_at = now() - interval '1 second'",
        "revoked_at = now()",
    ],
)
async def test_a_session_ends_by_idling_by_age_and_by_revocation(client, house: House, change: str):
    await register(client)
    await sign_in(client)
    house.sql(f"UPDATE sessions SET {change}")
    assert (await client.get("/me")).status_code == 401


async def test_use_keeps_a_session_alive_and_is_written_once_a_minute(client, house: House):
    await register(client)
    await sign_in(client)
    used = "SELECT xmin::text, now() - last_used_at < interval '30 seconds' FROM sessions"
    fresh = house.sql(used)
    await client.get("/me")
    assert house.sql(used) == fresh
    house.sql("UPDATE sessions SET last_used_at = now() - interval '29 minutes'")
    forget_verified(house)
    assert (await client.get("/me")).status_code == 200
    assert house.sql(used)[0][1] is True


async def test_noting_the_use_of_a_session_leaves_cached_answers_alone(client, house: House):
    await register(client)
    await sign_in(client)
    [[tenant]] = house.sql("SELECT tenant_id FROM memberships")
    tags, changes = answer_tags(tenant), house.database.changes
    before = await changes.stamp(tags)
    house.sql("UPDATE sessions SET last_used_at = now() - interval '5 minutes'")
    forget_verified(house)
    await client.get("/me")
    assert house.sql("SELECT last_used_at > now() - interval '1 minute' FROM sessions") == [(True,)]
    assert await changes.is_current(before, tags)


async def test_people_see_and_end_their_own_sessions(client, house: House):
    await register(client)
    async with house.client(address="198.51.100.7") as phone:
        phone.headers["User-Agent"] = "Phone\t/1.0"
        await sign_in(phone)
        await sign_in(client)
        page = (await client.get("/me/sessions")).json()
        assert page["next_cursor"] is None
        mine, other = page["items"]
        assert mine["is_current"] is True
        assert other["is_current"] is False
        assert (other["address"], other["user_agent"], other["kind"]) == ("198.51.100.7", "Phone/1.0", "session")
        assert (await client.delete(f"/me/sessions/{other['id']}")).status_code == 204
        assert (await phone.get("/me")).status_code == 401
    assert [item["id"] for item in (await client.get("/me/sessions")).json()["items"]] == [mine["id"]]
    gone = await client.delete(f"/me/sessions/{other['id']}")
    assert gone.status_code == 404
    assert slug(gone) == "no-such-session"


async def test_somebody_elses_session_is_not_there(client, house: House):
    await register(client)
    await register(client, "bob@example.org")
    async with house.client() as bob:
        await sign_in(bob, "bob@example.org")
        theirs = (await bob.get("/me/sessions")).json()["items"][0]["id"]
        await sign_in(client)
        foreign, absent = [await client.delete(f"/me/sessions/{id_}") for id_ in (theirs, uuid4())]
        assert foreign.status_code == absent.status_code == 404
        assert {**foreign.json(), "instance": "", "trace_id": ""} == {**absent.json(), "instance": "", "trace_id": ""}
        assert (await bob.get("/me")).status_code == 200
        assert [item["id"] for item in (await client.get("/me/sessions")).json()["items"]] != [theirs]


async def test_sessions_come_in_pages(client):
    await register(client)
    for _ in range(5):
        await sign_in(client)
    seen, cursor = [], ""
    while cursor is not None:
        page = (await client.get("/me/sessions", params={"limit": 2} | ({"cursor": cursor} if cursor else {}))).json()
        assert len(page["items"]) <= 2
        seen += [item["id"] for item in page["items"]]
        cursor = page["next_cursor"]
    assert len(seen) == len(set(seen)) == 5
    assert seen == sorted(seen, reverse=True)
    assert (await client.get("/me/sessions", params={"limit": 501})).status_code == 422
    assert (await client.get("/me/sessions", params={"cursor": "x"})).status_code == 422


async def test_a_cookie_alone_changes_nothing(client):
    await register(client)
    signed_in = await sign_in(client)
    token = client.headers.pop("X-CSRF-Token")
    cases = [
        {},
        {"X-CSRF-Token": ""},
        {"X-CSRF-Token": token[:-1]},
        {"X-CSRF-Token": "\xe9"},
        {"X-CSRF-Token": token, "Sec-Fetch-Site": "cross-site"},
        {"X-CSRF-Token": token, "Sec-Fetch-Site": "same-site"},
        {"X-CSRF-Token": token, "Sec-Fetch-Site": "none"},
        {"X-CSRF-Token": token, "Sec-Fetch-Site": "cross-site", "Origin": "http://127.0.0.1:8000"},
        {"X-CSRF-Token": token, "Origin": "http://127.0.0.1:9000"},
        {"X-CSRF-Token": token, "Origin": "https://127.0.0.1:8000"},
        {"X-CSRF-Token": token, "Origin": "null"},
        {"X-CSRF-Token": token, "Origin": "http://127.0.0.1:port"},
    ]
    for headers in cases:
        raw = {name: value.encode("latin-1") for name, value in headers.items()}
        answer = await client.patch("/me", json={"first_name": "Eve"}, headers=raw)
        assert answer.status_code == 403, headers
        assert slug(answer) == "csrf-refused"
    assert (await client.get("/me")).json()["user"]["first_name"] == ""
    for headers in ({"Sec-Fetch-Site": "same-origin"}, {"Origin": "http://127.0.0.1:8000"}, {}):
        answer = await client.patch("/me", json={"first_name": "Ada"}, headers={"X-CSRF-Token": token, **headers})
        assert answer.status_code == 200
    assert signed_in["csrf_token"] == token


async def test_the_token_of_another_session_does_not_fit(client, house: House):
    await register(client)
    async with house.client() as other:
        foreign = (await sign_in(other))["csrf_token"]
    await sign_in(client)
    answer = await client.patch("/me", json={}, headers={"X-CSRF-Token": foreign})
    assert answer.status_code == 403


async def test_people_change_their_names(client, house: House):
    await register(client, first_name="Ada", last_name="Byron")
    await sign_in(client)
    answer = await client.patch("/me", json={"last_name": "Love\u006c\u0061ce"})
    assert answer.status_code == 200
    assert answer.json()["user"]["first_name"] == "Ada"
    assert answer.json()["user"]["last_name"] == "Lovelace"
    assert (await client.get("/me")).json() == answer.json()
    refused = await client.patch("/me", json={"is_admin": True})
    assert refused.status_code == 422


async def test_changing_the_address_needs_the_password(client, house: House):
    await register(client)
    await register(client, "bob@example.org")
    await sign_in(client)
    without = await client.patch("/me", json={"email": "new@example.org"})
    assert (without.status_code, without.json()["errors"][0]["pointer"]) == (422, "/current_password")
    wrong = await client.patch("/me", json={"email": "new@example.org", "current_password": "wrong"})
    assert (wrong.status_code, slug(wrong)) == (422, "wrong-password")
    taken = await client.patch("/me", json={"email": "BOB@example.org", "current_password": PASSWORD})
    assert (taken.status_code, slug(taken)) == (409, "email-taken")
    assert (await client.get("/me")).json()["user"]["email"] == "ada@example.org"
    right = await client.patch("/me", json={"email": "New@Example.org", "current_password": PASSWORD})
    assert right.json()["user"]["email"] == "new@example.org"
    await sign_in(client, "new@example.org")


async def test_a_new_password_ends_every_other_session(client, house: House):
    await register(client)
    tokens = await take_tokens(client)
    async with house.client() as phone:
        await sign_in(phone)
        await sign_in(client)
        assert (await phone.get("/me")).status_code == 200
        weak = await client.post("/me/password", json={"current_password": PASSWORD, "new_password": "short"})
        assert (weak.status_code, weak.json()["errors"][0]["pointer"]) == (422, "/new_password")
        wrong = await client.post("/me/password", json={"current_password": "x", "new_password": "nine small hippos"})
        assert (wrong.status_code, slug(wrong)) == (422, "wrong-password")
        changed = await client.post(
            "/me/password", json={"current_password": PASSWORD, "new_password": "nine small hippos"}
        )
        assert changed.status_code == 204
        assert (await client.get("/me")).status_code == 200
        assert (await phone.get("/me")).status_code == 401
    async with house.client() as program:
        assert (await program.get("/me", headers=bearer(tokens["access_token"]))).status_code == 401
        refreshed = await program.post("/auth/refresh", json={"refresh_token": tokens["refresh_token"]})
        assert refreshed.status_code == 401
        old = await program.post("/auth/login", json={"email": "ada@example.org", "password": PASSWORD})
        assert old.status_code == 401
        new = await program.post("/auth/login", json={"email": "ada@example.org", "password": "nine small hippos"})
        assert new.status_code == 200


async def test_a_stolen_session_cannot_guess_the_password_faster_than_a_stranger(client, house: House):
    await register(client)
    await sign_in(client)
    body = {"current_password": "wrong", "new_password": "nine small hippos"}
    statuses = [(await client.post("/me/password", json=body)).status_code for _ in range(7)]
    assert statuses == [422] * 5 + [429] * 2


async def test_a_viewer_reads_and_keeps_their_own_profile_only(client, house: House):
    body = await register(client)
    house.sql("UPDATE memberships SET role = 'viewer'")
    await sign_in(client)
    assert (await client.get("/me")).json()["tenant"]["role"] == "viewer"
    assert (await client.patch("/me", json={"first_name": "Ada"})).status_code == 200
    refused = await client.get("/audit-events")
    assert (refused.status_code, refused.json()["scope"]) == (403, "audit:read")
    caller = await service.authenticate_session(house.database, house.identity, client.cookies["finsage"])
    assert str(caller.tenant_id) == body["tenant"]["id"]
    writing = {scope for scope in caller.scopes if scope.endswith(":write")}
    assert writing == {"identity:write"}


async def test_who_left_the_household_is_signed_out_of_it(client, house: House):
    await register(client)
    await sign_in(client)
    house.sql("DELETE FROM memberships")
    assert (await client.get("/me")).status_code == 401


async def test_the_trail_tells_the_owner_what_happened_in_their_household_alone(client, house: House):
    ada = await register(client)
    await register(client, "bob@example.org")
    async with house.client(address="198.51.100.77") as stranger:
        await stranger.post("/auth/login", json={"email": "ada@example.org", "password": "wrong"})
        await stranger.post("/auth/login", json={"email": "nobody@example.org", "password": "wrong"})
    await sign_in(client)
    await client.patch("/me", json={"first_name": "Ada"})
    await client.post("/me/password", json={"current_password": PASSWORD, "new_password": "nine small hippos"})
    events = (await client.get("/audit-events")).json()["items"]
    told = [(event["action"], event["object_kind"], event["address"]) for event in reversed(events)]
    assert told == [
        ("user.registered", "user", "192.0.2.0/24"),
        ("sign_in.failed", "user", "198.51.100.0/24"),
        ("session.opened", "session", "192.0.2.0/24"),
        ("user.changed", "user", "192.0.2.0/24"),
        ("password.changed", "user", "192.0.2.0/24"),
    ]
    assert events[-2]["actor_user_id"] is None
    assert {event["actor_user_id"] for event in events} == {ada["user"]["id"], None}
    first = (await client.get("/audit-events", params={"limit": 3})).json()
    rest = (await client.get("/audit-events", params={"limit": 3, "cursor": first["next_cursor"]})).json()
    assert first["items"] + rest["items"] == events
    assert rest["next_cursor"] is None


async def test_what_failed_leaves_no_event_of_success(client, house: House):
    await register(client)
    await register(client, "bob@example.org")
    await sign_in(client)
    await client.patch("/me", json={"email": "bob@example.org", "current_password": PASSWORD})
    assert house.sql("SELECT count(*) FROM audit_events WHERE action = 'user.changed'") == [(0,)]


async def test_the_clearing_job_removes_what_has_ended_and_nothing_else(client, house: House):
    await register(client)
    body = await register(client, "bob@example.org")
    for _ in range(4):
        await sign_in(client)
    ids = [row[0] for row in house.sql("SELECT id FROM sessions ORDER BY id")]
    house.sql("UPDATE sessions SET expires_at = now() - interval '1 second' WHERE id = %s", ids[0])
    house.sql("UPDATE sessions SET last_used_at = now() - interval '31 minutes' WHERE id = %s", ids[1])
    house.sql("UPDATE sessions SET revoked_at = now() WHERE id = %s", ids[2])
    for number, (age, session_id) in enumerate([("8 days", ids[3]), ("6 days", ids[3])]):
        house.sql(
            "INSERT INTO spent_refresh_tokens VALUES (%s, %s, now() - %s::interval)", bytes([number]), session_id, age
        )
        for tenant in (body["tenant"]["id"], "00000000-0000-0000-0000-000000000000"):
            house.sql(
                "INSERT INTO idempotency_keys (tenant_id, key, request_hash, created_at)"
                " VALUES (%s, %s, '', now() - %s::interval)", tenant, age, age,
            )  # fmt: skip
        house.sql("INSERT INTO login_failures VALUES (%s, 3, now() - %s::interval)", age, f"{number * 23} hours")
    house.sql("INSERT INTO login_failures VALUES ('old', 3, now() - interval '25 hours')")
    assert await expire(house) == 2 + 1 + 2 + 1
    assert [row[0] for row in house.sql("SELECT id FROM sessions ORDER BY id")] == ids[2:]
    assert house.sql("SELECT DISTINCT key FROM idempotency_keys") == [("6 days",)]
    assert await expire(house) == 0
