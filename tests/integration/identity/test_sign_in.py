from __future__ import annotations

import asyncio
import statistics
import time

import pytest
from integration.identity.conftest import PASSWORD, Build, House, register, sign_in, slug, take_tokens

pytestmark = pytest.mark.anyio


def cookies_of(answer) -> dict[str, str]:
    """Name to attributes, lower case, of the cookies an answer sets."""
    lines = answer.headers.get_list("set-cookie")
    return {line.partition("=")[0]: line.partition(";")[2].lower() for line in lines}


WRONG = "not the password"


async def attempt(client, email: str = "ada@example.org", password: str = WRONG):
    return await client.post("/auth/login", json={"email": email, "password": password})


def age_failures(house: House, seconds: float) -> None:
    """As if the last failures had been earlier."""
    house.sql("UPDATE login_failures SET last_failed_at = last_failed_at - make_interval(secs => %s)", seconds)


async def test_a_browser_signs_in_and_is_known_from_then_on(client):
    registered = await register(client)
    signed_in = await sign_in(client)
    assert signed_in["user"] == registered["user"]
    assert signed_in["tenant"] == registered["tenant"]
    me = await client.get("/me")
    assert me.json() == {key: signed_in[key] for key in ("user", "tenant", "csrf_token", "expires_at")}
    assert me.headers["cache-control"] == "no-store"


async def test_only_hashes_of_secrets_are_stored(client, house: House):
    await register(client)
    signed_in = await sign_in(client)
    tokens = await take_tokens(client)
    secrets = [
        PASSWORD, signed_in["csrf_token"], client.cookies["finsage"], tokens["refresh_token"], tokens["access_token"]
    ]  # fmt: skip
    tables = ("users", "sessions", "spent_refresh_tokens", "audit_events", "login_failures", "idempotency_keys")
    dump = "".join(str(house.sql(f"SELECT row_to_json(t)::text FROM {table} t")) for table in tables)
    assert "ada@example.org" in dump
    for secret in secrets:
        assert secret not in dump
        assert secret.encode().hex() not in dump


async def test_over_https_there_is_one_cookie_no_page_can_read_or_plant(house: House):
    async with house.client(base_url="https://finsage.example") as client:
        await register(client)
        answer = await attempt(client, password=PASSWORD)
        assert cookies_of(answer).keys() == {"__Host-finsage"}
        attributes = cookies_of(answer)["__Host-finsage"]
        assert {part.strip() for part in attributes.split(";")} == {"httponly", "secure", "samesite=lax", "path=/"}
        assert (await client.get("/me")).status_code == 200
        planted = client.cookies["__Host-finsage"]
    async with house.client(base_url="https://finsage.example") as client:
        for name, status in (("__Host-finsage", 200), ("finsage", 401)):
            assert (await client.get("/me", headers={"Cookie": f"{name}={planted}"})).status_code == status


async def test_on_loopback_clients_that_send_no_secure_cookie_have_one_of_their_own(client):
    await register(client)
    cookies = cookies_of(await attempt(client, password=PASSWORD))
    assert cookies.keys() == {"__Host-finsage", "finsage"}
    assert "secure" in cookies["__Host-finsage"]
    assert "secure" not in cookies["finsage"]
    assert "httponly" in cookies["finsage"]


async def test_plain_http_from_elsewhere_needs_the_owners_word(build: Build):
    strict, lax = build(), build(insecure_http=True)
    for path in ("/auth/register", "/auth/login"):
        async with strict.client(base_url="http://finsage.home:8000") as client:
            answer = await client.post(path, json={"email": "ada@example.org", "password": PASSWORD})
            assert answer.status_code == 403
            assert slug(answer) == "insecure-transport"
    async with lax.client(base_url="http://finsage.home:8000") as client:
        await register(client)
        assert cookies_of(await attempt(client, password=PASSWORD)).keys() == {"finsage"}
        assert (await client.get("/me")).status_code == 200


async def test_a_remembered_session_outlives_the_browser(client, house: House):
    await register(client)
    forgotten = await attempt(client, password=PASSWORD)
    assert "max-age" not in cookies_of(forgotten)["finsage"]
    remembered = await client.post(
        "/auth/login", json={"email": "ada@example.org", "password": PASSWORD, "remember": True}
    )
    assert "max-age=25" in cookies_of(remembered)["finsage"]
    hours = house.sql("SELECT round(extract(epoch FROM expires_at - created_at) / 3600) FROM sessions ORDER BY id")
    assert hours == [(12,), (720,)]


async def test_an_unknown_account_looks_and_costs_like_a_wrong_password(client, house: House):
    await register(client)
    taken: dict[str, list[float]] = {"ada@example.org": [], "nobody@example.org": []}
    answers = {}
    for _ in range(9):
        for email, times in taken.items():
            house.sql("DELETE FROM login_failures")
            start = time.perf_counter()
            answers[email] = await attempt(client, email)
            times.append(time.perf_counter() - start)
    known, unknown = answers.values()
    assert known.status_code == unknown.status_code == 401
    assert slug(known) == slug(unknown) == "wrong-credentials"
    assert known.json()["detail"] == unknown.json()["detail"]
    assert known.headers["www-authenticate"]
    # Skipping the hash would make it a tenth; the bound is wide because the machine is shared.
    ratio = statistics.median(taken["nobody@example.org"]) / statistics.median(taken["ada@example.org"])
    assert 0.5 < ratio < 2


async def test_what_is_no_address_at_all_is_wrong_too(client):
    for email in ("", "ada", "' OR 1=1 --", "x" * 300):
        assert (await attempt(client, email)).status_code == 401


async def test_a_closed_account_cannot_sign_in_and_its_session_ends(client, house: House):
    await register(client)
    await sign_in(client)
    house.sql("UPDATE users SET is_active = false")
    house.identity.callers.distrust(house.sql("SELECT id FROM users")[0][0])
    assert (await client.get("/me")).status_code == 401
    assert (await attempt(client, password=PASSWORD)).status_code == 401


async def test_a_hundred_wrong_passwords_wait_longer_and_longer_and_then_the_right_one_works(client, house: House):
    await register(client)
    waits: list[int] = []
    for _ in range(100):
        answer = await attempt(client)
        if answer.status_code == 401:
            continue
        assert answer.status_code == 429
        assert slug(answer) == "too-many-attempts"
        waits.append(int(answer.headers["retry-after"]))
        # The right password has to wait as well, else the delay would tell it apart.
        assert (await attempt(client, password=PASSWORD)).status_code == 429
        age_failures(house, waits[-1])
    expected = [2, 4, 8, 16, 32, 64, 128, 256, 512] + [900] * (len(waits) - 9)
    assert len(waits) > 40
    # Less than a second may have passed, or on a busy machine a little more.
    assert all(least - 2 <= wait <= least for wait, least in zip(waits, expected, strict=True))
    age_failures(house, 900)
    await sign_in(client)


async def test_a_refused_attempt_does_not_lengthen_the_delay(client, house: House):
    await register(client)
    for _ in range(5):
        assert (await attempt(client)).status_code == 401
    age_failures(house, -60)
    counted = house.sql("SELECT * FROM login_failures ORDER BY subject")
    for _ in range(20):
        assert (await attempt(client)).headers["retry-after"] in {"61", "62"}
    assert house.sql("SELECT * FROM login_failures ORDER BY subject") == counted
    age_failures(house, 62)
    await sign_in(client)


async def test_a_success_forgives_the_account(client, house: House):
    await register(client)
    for _ in range(4):
        await attempt(client)
    await sign_in(client)
    counts = house.sql("SELECT failures FROM login_failures WHERE subject LIKE 'account:%%'")
    assert counts == []
    async with house.client(address="198.51.100.1") as elsewhere:
        for _ in range(5):
            assert (await attempt(elsewhere)).status_code == 401


async def test_a_success_elsewhere_does_not_buy_an_address_fresh_guesses(house: House):
    async with house.client(address="203.0.113.9") as attacker:
        await register(attacker, "victim@example.org")
        await register(attacker, "attacker@example.org")
        for _ in range(4):
            await attempt(attacker, "victim@example.org")
        await sign_in(attacker, "attacker@example.org")
        assert house.sql("SELECT failures FROM login_failures WHERE subject = 'address:203.0.113.9'") == [(4,)]
        await attempt(attacker, "victim@example.org")
        assert (await attempt(attacker, "another@example.org")).status_code == 429


async def test_an_address_that_tries_many_accounts_has_to_wait(house: House):
    async with house.client(address="203.0.113.9") as attacker, house.client(address="203.0.113.10") as other:
        await register(other)
        for n in range(5):
            assert (await attempt(attacker, f"user{n}@example.org")).status_code == 401
        assert (await attempt(attacker, "user6@example.org")).status_code == 429
        await sign_in(other)


async def test_an_ipv6_network_counts_as_one_address(house: House):
    for n in range(5):
        async with house.client(address=f"2001:db8:1:2::{n}") as client:
            assert (await attempt(client, f"user{n}@example.org")).status_code == 401
    async with house.client(address="2001:db8:1:2:ffff::1") as client:
        assert (await attempt(client, "user6@example.org")).status_code == 429
    async with house.client(address="2001:db8:1:3::1") as client:
        assert (await attempt(client, "user6@example.org")).status_code == 401


async def test_guesses_sent_at_the_same_instant_are_counted_before_they_are_checked(client, house: House):
    await register(client)
    answers = await asyncio.gather(*[attempt(client) for _ in range(15)])
    statuses = [answer.status_code for answer in answers]
    assert statuses.count(401) == 5
    assert statuses.count(429) == 10


async def test_an_attempt_that_found_no_room_is_not_held_against_anybody(client, house: House):
    await register(client)
    emails = [f"user{n}@example.org" for n in range(30)]
    clients = [house.client(address=f"198.51.100.{n}") for n in range(30)]
    answers = await asyncio.gather(*[attempt(c, e) for c, e in zip(clients, emails, strict=True)])
    statuses = [answer.status_code for answer in answers]
    for each in clients:
        await each.aclose()
    assert set(statuses) <= {401, 503}
    failures = house.sql("SELECT sum(failures) FROM login_failures WHERE subject LIKE 'account:%%'")
    assert failures == [(statuses.count(401),)]


async def test_a_hash_of_outdated_parameters_is_renewed(client, house: House):
    from argon2 import PasswordHasher

    await register(client)
    house.sql("UPDATE users SET password_hash = %s", PasswordHasher(time_cost=1, memory_cost=8192).hash(PASSWORD))
    await sign_in(client)
    assert house.sql("SELECT password_hash FROM users")[0][0].startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    await sign_in(client)


async def test_a_sign_in_posted_by_a_page_of_another_site_is_refused(client):
    await register(client)
    body = {"email": "ada@example.org", "password": PASSWORD}
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}, {"Origin": "null"}):
        answer = await client.post("/auth/login", json=body, headers=headers)
        assert answer.status_code == 403
        assert slug(answer) == "csrf-refused"


async def test_a_dead_cookie_does_not_bar_the_way_to_signing_in(client):
    await register(client)
    client.cookies.set("finsage", "0" * 43)
    assert (await client.get("/me")).status_code == 401
    await sign_in(client)
