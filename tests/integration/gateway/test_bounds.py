"""A limit on everything a request may cost, counted in what really arrives."""

from __future__ import annotations

import asyncio

import pytest

from finsage.gateway import bounds
from finsage.gateway.bounds import BATCH, LONG, MIB, ORDINARY, STREAM, UPLOAD, Bound, Bounds, bound_of
from finsage.gateway.observe import Observe
from finsage.gateway.problems import Problems

pytestmark = pytest.mark.anyio
JSON = {"content-type": "application/json"}


async def chunks(count, size=2**16, byte=b" "):
    for _ in range(count):
        yield byte * size


@pytest.mark.parametrize(
    ("method", "path", "content_type", "bound"),
    [
        ("POST", "/api/v1/portfolios/1/transactions", b"application/json", ORDINARY),
        ("POST", "/api/v1/portfolios/1/transactions:batch", b"application/json", BATCH),
        ("POST", "/api/v1/portfolios/1/imports", b"multipart/form-data; boundary=x", UPLOAD),
        ("POST", "/api/v1/portfolios/1/imports", b"application/json", ORDINARY),
        ("POST", "/api/v1/prices/import", b"multipart/form-data; boundary=x", UPLOAD),
        ("POST", "/api/v1/portfolios/1/transactions", b"multipart/form-data; boundary=x", ORDINARY),
        ("POST", "/api/v1/imports/1/confirm", b"", LONG),
        ("POST", "/api/v1/imports/1/revert", b"", LONG),
        ("POST", "/api/v1/advice", b"application/json", LONG),
        ("POST", "/api/v1/advice/what-if", b"application/json", LONG),
        ("POST", "/api/v1/predictions", b"application/json", LONG),
        ("GET", "/api/v1/predictions", b"", ORDINARY),
        ("GET", "/api/v1/portfolios/1/imports", b"", ORDINARY),
        ("GET", "/api/v1/imports/1/revert-preview", b"", LONG),
        ("GET", "/api/v1/events", b"", STREAM),
    ],
)
def test_each_address_has_its_bound(method, path, content_type, bound):
    assert bound_of(method, path, content_type) is bound


async def test_a_declared_length_is_refused_before_reading(build, connect):
    async with connect(build(), who="alice") as client:
        answer = await client.post("/api/v1/things", content=b" " * (MIB + 1), headers=JSON)
    assert answer.status_code == 413
    assert answer.json()["type"] == "/problems/body-too-large"
    assert answer.json()["bytes_max"] == MIB
    assert answer.headers["connection"] == "close"


async def test_undeclared_bytes_are_counted(build, connect):
    async with connect(build(), who="alice") as client:
        answer = await client.post("/api/v1/things", content=chunks(17), headers=JSON)
        fits = await client.post("/api/v1/things", content=chunks(16), headers=JSON)
    assert answer.status_code == 413
    assert fits.status_code == 422, "a mebibyte of blanks is no JSON, but it fits"


async def test_a_lie_about_the_length_does_not_help(build, connect):
    async with connect(build(), who="alice") as client:
        answer = await client.post("/api/v1/things", content=chunks(17), headers={**JSON, "content-length": "5"})
    assert answer.status_code == 413


async def test_an_upload_may_be_larger(build, connect, monkeypatch):
    monkeypatch.setattr(bounds, "UPLOAD", Bound(3 * MIB, 300))
    async with connect(build(), who="alice") as client:
        fits = await client.post("/api/v1/things/imports", files={"file": ("a.csv", b"x" * (2 * MIB))})
        too_large = await client.post("/api/v1/things/imports", files={"file": ("a.csv", b"x" * (4 * MIB))})
    assert fits.json() == {"bytes": 2 * MIB}
    assert too_large.status_code == 413


async def test_nesting(build, connect):
    async with connect(build(), who="alice") as client:
        deep = await client.post("/api/v1/things", content=b'{"amount":' + b"[" * 40 + b"]" * 40 + b"}", headers=JSON)
        flat = await client.post("/api/v1/things", json={"amount": "[" * 100})
    assert (deep.status_code, deep.json()["type"]) == (422, "/problems/body-too-deep")
    assert flat.status_code == 200


async def test_headers(build, connect):
    async with connect(build()) as client:
        answer = await client.get("/health/live", headers={"x-long": "a" * 33_000})
    assert (answer.status_code, answer.json()["type"]) == (431, "/problems/headers-too-large")


async def run(app, *, receive=None, method="POST", headers=()):
    sent = []

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": method, "path": "/api/v1/things", "headers": list(headers), "client": ("::1", 1)}
    await Observe(Problems(app))(scope, receive, send)
    return sent


async def test_a_body_that_stops_coming_is_408(log):
    async def never():
        await asyncio.sleep(60)

    async def reader(scope, receive, send):
        try:
            await receive()
        except Exception:  # noqa: BLE001 - as a framework does
            raise AssertionError("the application must not be able to answer instead") from None

    sent = await run(Bounds(reader, read_idle_seconds=0.05), receive=never)
    assert sent[0]["status"] == 408


async def test_a_handler_that_does_not_end_is_503_and_was_told_to_stop(log, monkeypatch):
    monkeypatch.setattr(bounds, "ORDINARY", Bound(MIB, 0.05))
    cleaned = []

    async def slow(scope, receive, send):
        try:
            await asyncio.sleep(60)
        finally:
            cleaned.append("rolled back")

    sent = await run(Bounds(slow))
    assert sent[0]["status"] == 503
    assert dict(sent[0]["headers"])[b"retry-after"] == b"2"
    assert cleaned == ["rolled back"]


async def test_a_long_download_is_not_a_slow_handler(log, monkeypatch):
    monkeypatch.setattr(bounds, "ORDINARY", Bound(MIB, 0.05))

    async def download(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await asyncio.sleep(1.2)
        await send({"type": "http.response.body", "body": b"done"})

    sent = await run(Bounds(download), method="GET")
    assert sent[-1]["body"] == b"done"


async def test_a_foreign_cancellation_stays_one(log):
    async def slow(scope, receive, send):
        await asyncio.sleep(60)

    task = asyncio.ensure_future(run(Bounds(slow)))
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
