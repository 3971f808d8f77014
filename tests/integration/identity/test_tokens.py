from __future__ import annotations

import asyncio
import base64
import json
from datetime import timedelta
from uuid import UUID

import pytest
from integration.identity.conftest import Build, House, bearer, register, slug, take_tokens
from joserfc import jwt
from joserfc.jwk import OctKey, OKPKey

from finsage.identity.service.tokens import TokenSigner
from finsage.platform import clock

pytestmark = pytest.mark.anyio


def parts_of(token: str) -> tuple[dict, dict]:
    header, claims, _ = token.split(".")
    return tuple(json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))) for part in (header, claims))


def encoded(value: dict) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


async def me(client, token: str):
    return await client.get("/me", headers=bearer(token))


def age_spent_tokens(house: House, seconds: int) -> None:
    house.sql("UPDATE spent_refresh_tokens SET spent_at = spent_at - make_interval(secs => %s)", seconds)


async def test_a_program_signs_in_without_cookie_or_csrf_token(client):
    await register(client)
    tokens = await take_tokens(client)
    assert not client.cookies
    assert tokens["token_type"] == "Bearer"
    assert tokens["expires_in"] == 1800
    assert tokens["refresh_token"].startswith("fsr_")
    answer = await me(client, tokens["access_token"])
    assert answer.json()["csrf_token"] is None
    changed = await client.patch("/me", json={"first_name": "Ada"}, headers=bearer(tokens["access_token"]))
    assert changed.status_code == 200


async def test_an_access_token_says_what_the_standard_asks_for(client):
    body = await register(client)
    header, claims = parts_of((await take_tokens(client))["access_token"])
    assert (header["typ"], header["alg"]) == ("at+jwt", "Ed25519")
    assert header["kid"]
    assert claims.keys() >= {"iss", "aud", "sub", "exp", "iat", "jti"}
    assert claims["sub"] == body["user"]["id"]
    assert claims["exp"] - claims["iat"] == 1800


async def test_an_expired_token_is_refused(client, house: House):
    await register(client)
    _, claims = parts_of((await take_tokens(client))["access_token"])
    user, family = UUID(claims["sub"]), UUID(claims["sid"])
    assert (await me(client, house.identity.tokens.sign(user, family))).status_code == 200
    late = house.identity.tokens.sign(user, family, clock.now() - timedelta(minutes=30, seconds=1))
    answer = await me(client, late)
    assert answer.status_code == 401
    assert slug(answer) == "invalid-token"
    assert "Bearer" in answer.headers["www-authenticate"]


async def test_forged_tokens_are_refused(client, house: House):
    await register(client)
    good = (await take_tokens(client))["access_token"]
    assert (await me(client, good)).status_code == 200
    head, body, signature = good.split(".")
    header, claims = parts_of(good)
    pem = (house.data_dir / "secrets" / "access_token_key.pem").read_bytes()
    ours = OKPKey.import_key(pem)
    public = ours.as_pem(private=False)
    stranger = OKPKey.generate_key("Ed25519")

    def signed(key, changed_header=None, changed_claims=None, drop=""):
        full = {key: value for key, value in {**claims, **(changed_claims or {})}.items() if key != drop}
        return jwt.encode({**header, **(changed_header or {})}, full, key, algorithms=["Ed25519"])

    import hashlib
    import hmac

    confused = f"{encoded({**header, 'alg': 'HS256'})}.{body}"
    mac = hmac.new(public, confused.encode(), hashlib.sha256).digest()
    forged = {
        "other claims": f"{head}.{encoded({**claims, 'sub': str(clock.new_id())})}.{signature}",
        "no signature": f"{head}.{body}.",
        "two parts": f"{head}.{body}",
        "flipped bit": f"{head}.{body}.{'B' if signature[0] == 'A' else 'A'}{signature[1:]}",
        "alg none": f"{encoded({**header, 'alg': 'none'})}.{body}.",
        "alg None with signature": f"{encoded({**header, 'alg': 'None'})}.{body}.{signature}",
        "public key as HMAC secret": f"{confused}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}",
        "HS256 of an empty key": jwt.encode(
            {**header, "alg": "HS256"}, claims, OctKey.import_key("x" * 32), algorithms=["HS256"]
        ),
        "another key": signed(stranger),
        "another key that calls itself ours": signed(stranger, {"kid": header["kid"], "jwk": stranger.as_dict()}),
        "an ordinary JWT": signed(ours, {"typ": "JWT"}),
        "another kid": signed(ours, {"kid": "1"}),
        "another audience": signed(ours, changed_claims={"aud": "elsewhere"}),
        "another issuer": signed(ours, changed_claims={"iss": "elsewhere"}),
        "issued tomorrow": signed(ours, changed_claims={"iat": claims["iat"] + 86400, "exp": claims["exp"] + 86400}),
        "no such family": signed(ours, changed_claims={"sid": str(clock.new_id())}),
        "another's family": signed(ours, changed_claims={"sub": str(clock.new_id())}),
        "sub is no id": signed(ours, changed_claims={"sub": "1"}),
        "sub is a number": f"{head}.{encoded({**claims, 'sub': 7})}.{signature}",
        "not base64": "§.§.§",
        "too long": good + "A" * 5000,
        "a refresh token": (await take_tokens(client))["refresh_token"],
        **{f"without {name}": signed(ours, drop=name) for name in ("iss", "aud", "sub", "sid", "exp", "iat", "jti")},
    }
    assert (await me(client, signed(ours))).status_code == 200
    for name, token in forged.items():
        answer = await client.get("/me", headers={"Authorization": f"Bearer {token}".encode()})
        assert answer.status_code == 401, name
        assert slug(answer) == "invalid-token", name


async def test_the_key_outlives_a_restart_and_belongs_to_the_installation(client, build: Build, house: House, tmp_path):
    await register(client)
    token = (await take_tokens(client))["access_token"]
    async with build().client() as restarted:
        assert (await me(restarted, token)).status_code == 200
    other = TokenSigner(tmp_path / "other", "finsage")
    _, claims = parts_of(token)
    assert (await me(client, other.sign(UUID(claims["sub"]), UUID(claims["sid"])))).status_code == 401


async def test_a_refresh_token_is_good_once(client, house: House):
    await register(client)
    first = await take_tokens(client)
    second = (await client.post("/auth/refresh", json={"refresh_token": first["refresh_token"]})).json()
    assert second["refresh_token"] != first["refresh_token"]
    assert (await me(client, second["access_token"])).status_code == 200
    # Within ten seconds it is two tabs, not a thief.
    race = await client.post("/auth/refresh", json={"refresh_token": first["refresh_token"]})
    assert (race.status_code, slug(race)) == (409, "refresh-race")
    assert (await me(client, second["access_token"])).status_code == 200
    age_spent_tokens(house, 11)
    theft = await client.post("/auth/refresh", json={"refresh_token": first["refresh_token"]})
    assert (theft.status_code, slug(theft)) == (401, "invalid-token")
    assert (await me(client, second["access_token"])).status_code == 401
    after = await client.post("/auth/refresh", json={"refresh_token": second["refresh_token"]})
    assert after.status_code == 401
    assert house.sql("SELECT count(*) FROM audit_events WHERE action = 'session.revoked'") == [(1,)]


async def test_of_many_refreshes_at_once_exactly_one_succeeds(client):
    await register(client)
    token = (await take_tokens(client))["refresh_token"]
    answers = await asyncio.gather(*[client.post("/auth/refresh", json={"refresh_token": token}) for _ in range(6)])
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 5
    winner = next(answer for answer in answers if answer.status_code == 200).json()
    assert (await client.post("/auth/refresh", json={"refresh_token": winner["refresh_token"]})).status_code == 200


@pytest.mark.parametrize("change", ["expires_at = now()", "revoked_at = now()"])
async def test_a_refresh_token_ends_with_its_family(client, house: House, change: str):
    await register(client)
    token = (await take_tokens(client))["refresh_token"]
    house.sql(f"UPDATE sessions SET {change}")
    assert (await client.post("/auth/refresh", json={"refresh_token": token})).status_code == 401


async def test_refresh_takes_nothing_but_refresh_tokens(client):
    await register(client)
    tokens = await take_tokens(client)
    for wrong in (tokens["access_token"][:200], "fsr_" + "A" * 43, "", "\N{PILE OF POO}"):
        assert (await client.post("/auth/refresh", json={"refresh_token": wrong})).status_code == 401
    cookie = await client.post("/auth/login", json={"email": "ada@example.org", "password": "seven tall giraffes"})
    value = client.cookies["finsage"]
    client.cookies.clear()
    assert cookie.status_code == 200
    assert (await client.post("/auth/refresh", json={"refresh_token": value})).status_code == 401
    client.cookies.set("finsage", tokens["refresh_token"])
    assert (await client.get("/me")).status_code == 401


async def test_signing_out_ends_the_whole_family_at_once(client):
    await register(client)
    tokens = await take_tokens(client)
    assert (await me(client, tokens["access_token"])).status_code == 200
    assert (await client.post("/auth/logout", headers=bearer(tokens["access_token"]))).status_code == 204
    assert (await me(client, tokens["access_token"])).status_code == 401
    refreshed = await client.post("/auth/refresh", json={"refresh_token": tokens["refresh_token"]})
    assert refreshed.status_code == 401


async def test_a_token_family_is_listed_and_revoked_like_a_session(client, house: House):
    await register(client)
    program, mine = await take_tokens(client), await take_tokens(client)
    headers = bearer(mine["access_token"])
    assert (await me(client, program["access_token"])).status_code == 200
    items = (await client.get("/me/sessions", headers=headers)).json()["items"]
    assert [(item["kind"], item["is_current"]) for item in items] == [("token", True), ("token", False)]
    assert (await client.delete(f"/me/sessions/{items[1]['id']}", headers=headers)).status_code == 204
    assert (await me(client, program["access_token"])).status_code == 401
    assert (await me(client, mine["access_token"])).status_code == 200


async def test_a_verified_token_is_not_asked_about_again_until_it_is_revoked(client, house: House):
    await register(client)
    token = (await take_tokens(client))["access_token"]
    first = await house.identity_caller(token)
    house.sql("UPDATE sessions SET revoked_at = now()")
    assert await house.identity_caller(token) == first
    house.identity.callers.distrust(first.user_id)
    assert (await me(client, token)).status_code == 401
