"""Address, limits, authentication and CSRF."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.anyio
COOKIE = {"cookie": "theme=dark; finsage=alice"}


async def test_a_forwarded_address_counts_only_from_listed_proxies(build, connect, world):
    forged = {"x-forwarded-for": "203.0.113.9", "x-forwarded-proto": "https"}
    async with connect(build(), who="alice") as client:
        await client.get("/api/v1/things/1", headers=forged)
    assert world.seen == {"client": "127.0.0.1", "scheme": "http"}
    async with connect(build(trusted_proxies=("127.0.0.0/8",)), who="alice") as client:
        await client.get("/api/v1/things/2", headers={**forged, "x-forwarded-for": "6.6.6.6, 203.0.113.9, 127.0.0.7"})
    assert world.seen == {"client": "203.0.113.9", "scheme": "https"}


async def test_an_address_is_limited_with_all_headers(build, connect):
    app = build(address_limit_per_minute=60, address_limit_burst=3)
    async with connect(app, address="198.51.100.1") as client:
        answers = [await client.get("/api/v1/nothing") for _ in range(4)]
        static = [await client.get("/assets/app.js") for _ in range(10)]
        health = await client.get("/health/live")
    assert [answer.status_code for answer in answers] == [404, 404, 404, 429]
    assert [answer.headers["ratelimit"] for answer in answers[:3]] == [f'"address";r={n};t={3 - n}' for n in (2, 1, 0)]
    assert answers[0].headers["ratelimit-policy"] == '"address";q=60;w=60'
    assert answers[3].headers["retry-after"] == "1"
    assert answers[3].json()["type"] == "/problems/too-many-requests"
    assert {answer.status_code for answer in static} == {404}
    assert health.status_code == 200
    async with connect(app, address="198.51.100.2") as other:
        assert (await other.get("/api/v1/nothing")).status_code == 404


async def test_an_ipv6_subscriber_has_one_limit(build, connect):
    app = build(address_limit_per_minute=1, address_limit_burst=1)
    async with connect(app, address="2001:db8:0:1::1") as first, connect(app, address="2001:db8:0:1::2") as second:
        assert (await first.get("/api/v1/nothing")).status_code == 404
        assert (await second.get("/api/v1/nothing")).status_code == 429


async def test_the_limit_comes_before_the_credential(build, connect):
    app = build(address_limit_per_minute=1, address_limit_burst=1)
    async with connect(app, who="mallory") as client:
        statuses = [(await client.get("/api/v1/things/1")).status_code for _ in range(2)]
    assert statuses == [401, 429]


async def test_a_user_is_limited_wherever_they_come_from(build, connect):
    app = build(user_limit_per_minute=1)
    answers = []
    for number in range(121):
        async with connect(app, address=f"198.51.100.{number}", who="alice") as client:
            answers.append(await client.get("/api/v1/things/1"))
    assert [answer.status_code for answer in answers] == [200] * 120 + [429]
    assert '"user";r=119' in answers[0].headers["ratelimit"]
    async with connect(app, who="bob") as client:
        assert (await client.get("/api/v1/things/1")).status_code == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"authorization": "Bearer alice"}, 200),
        ({"authorization": "bearer alice"}, 200),
        ({"authorization": "Bearer mallory"}, 401),
        ({"authorization": "Bearer "}, 401),
        ({"authorization": "Basic YWxpY2U6eA=="}, 401),
        (COOKIE, 200),
        ({"cookie": "finsage=mallory"}, 401),
        ({"cookie": "other=alice"}, 401),
        ({**COOKIE, "authorization": "Bearer alice"}, 401),
    ],
)
async def test_credentials(build, connect, headers, status):
    async with connect(build()) as client:
        answer = await client.get("/api/v1/things/1", headers=headers)
    assert answer.status_code == status
    if status == 401:
        assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_two_authorization_headers_are_refused(build, connect):
    async with connect(build()) as client:
        fields = [("authorization", "Bearer alice"), ("authorization", "Bearer bob")]
        answer = await client.get("/api/v1/things/1", headers=fields)
    assert (answer.status_code, answer.json()["type"]) == (401, "/problems/two-credentials")


async def test_a_stale_cookie_does_not_bar_a_public_route(build, connect):
    async with connect(build()) as client:
        login = await client.post("/api/v1/auth/login", headers={"cookie": "finsage=expired"})
        other = await client.post("/api/v1/auth/logout", headers={"cookie": "finsage=expired"})
    assert login.status_code == 404, "it reached the router, which has no such route here"
    assert other.status_code == 401


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"x-csrf-token": "csrf-alice", "sec-fetch-site": "same-origin"}, 200),
        ({"x-csrf-token": "csrf-bob", "sec-fetch-site": "same-origin"}, 403),
        ({"sec-fetch-site": "same-origin"}, 403),
        ({"x-csrf-token": "csrf-alice", "sec-fetch-site": "cross-site"}, 403),
    ],
)
async def test_cookie_callers_prove_where_they_come_from(build, connect, world, headers, status):
    async with connect(build()) as client:
        answer = await client.post("/api/v1/things", json={"amount": "2"}, headers={**COOKIE, **headers})
        read = await client.get("/api/v1/things/1", headers=COOKIE)
    assert answer.status_code == status
    assert read.status_code == 200
    assert world.body == ("2" if status == 200 else "first")


async def test_tokens_need_no_csrf_proof(build, connect):
    async with connect(build(), who="alice") as client:
        assert (await client.post("/api/v1/things", json={"amount": "2"})).status_code == 200
