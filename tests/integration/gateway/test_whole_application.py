"""The pipeline around the real application, people and database."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.anyio
LIST = "/api/v1/portfolios"
HIT, MISS = "finsage; hit", "finsage; fwd=miss"
DRAFT = {"name": "Savings", "base_currency": "EUR"}


async def test_a_list_is_served_from_memory_until_its_tenant_writes(api):
    mine, theirs = await api.sign_up(), await api.sign_up()
    await mine.get(LIST)
    assert (await mine.get(LIST)).headers["cache-status"] == HIT
    (await theirs.post(LIST, json=DRAFT)).raise_for_status()
    assert (await mine.get(LIST)).headers["cache-status"] == HIT
    (await mine.post(LIST, json=DRAFT)).raise_for_status()
    after = await mine.get(LIST)
    assert after.headers["cache-status"] == MISS
    assert [item["name"] for item in after.json()["items"]] == ["Savings"]
    unchanged = await mine.get(LIST, headers={"if-none-match": after.headers["etag"]})
    assert (unchanged.status_code, unchanged.headers["cache-status"]) == (304, HIT)


async def test_signing_out_ends_access_to_what_is_in_memory(api):
    mine = await api.sign_up()
    await mine.get(LIST)
    assert (await mine.get(LIST)).headers["cache-status"] == HIT
    (await mine.post("/api/v1/auth/logout")).raise_for_status()
    assert (await mine.get(LIST)).status_code == 401


async def test_me_is_never_kept(api):
    mine = await api.sign_up()
    for _ in range(2):
        answer = await mine.get("/api/v1/me")
        assert answer.status_code == 200
        assert "cache-status" not in answer.headers


async def test_the_audit_trail_knows_the_trace(api, server):
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    client = api.anonymous()
    who = {"email": "traced@example.com", "password": "a long enough passphrase"}
    headers = {"traceparent": f"00-{trace}-00f067aa0ba902b7-01"}
    (await client.post("/api/v1/auth/register", json=who, headers=headers)).raise_for_status()
    assert server.query("SELECT count(*) FROM audit_events WHERE trace_id = %s", trace)[0][0] >= 1


async def test_probes_of_the_whole(api):
    client = api.anonymous()
    assert (await client.get("/health/live")).status_code == 200
    ready = await client.get("/health/ready")
    assert ready.status_code == 200, ready.text
    metrics = (await client.get("/metrics")).text
    assert "finsage_http_requests_total{" in metrics
