"""Every request leaves one log line, moves its metrics and, when it fails, answers with a problem."""

from __future__ import annotations

import pytest

from finsage.gateway.observe import Observe
from finsage.gateway.problems import Problems
from finsage.platform.telemetry import ACCESS_LOG, REGISTRY

pytestmark = pytest.mark.anyio
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


def sample(name, **labels):
    return REGISTRY.get_sample_value(name, labels) or 0


async def test_the_trace_is_continued_in_header_problem_and_log(build, connect, log):
    async with connect(build(), who="alice") as client:
        headers = {"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"}
        answer = await client.get("/api/v1/faults/conflict", headers=headers)
    assert answer.headers["traceparent"].split("-")[1] == TRACE
    assert answer.headers["traceparent"].split("-")[2] != "00f067aa0ba902b7"
    assert answer.json()["trace_id"] == TRACE
    assert log()[-1]["trace.id"] == TRACE


async def test_two_traceparents_are_none(build, connect):
    async with connect(build()) as client:
        fields = [("traceparent", f"00-{TRACE}-00f067aa0ba902b7-01")] * 2
        answer = await client.get("/health/live", headers=fields)
    assert TRACE not in answer.headers["traceparent"]


async def test_the_label_is_the_template_with_all_its_prefixes(build, connect):
    route = "/api/v1/things/{thing_id}"
    before = sample("finsage_http_requests_total", role="all", method="GET", route=route, status="200")
    async with connect(build(), who="alice") as client:
        await client.get("/api/v1/things/1")
        await client.get("/api/v1/things/1")
        await client.get("/api/v1/things/2")
    labels = {"role": "all", "method": "GET", "route": route}
    assert sample("finsage_http_requests_total", **labels, status="200") == before + 3
    assert sample("finsage_http_request_duration_seconds_count", **labels) >= 3
    assert sample("finsage_http_requests_in_flight", role="all") == 0


async def test_ten_thousand_random_paths_make_no_series(build, connect, monkeypatch):
    monkeypatch.setattr(ACCESS_LOG, "is_on", False)
    app = build(address_limit_per_minute=10**6, address_limit_burst=10**6)
    statuses = set()

    async def send(message):
        statuses.add(message.get("status"))

    async with connect(app) as client:
        before = await series(client)
    for number in range(10_000):
        path = f"/p{number}/x{number % 13}"
        method = f"M{number}" if number % 7 == 0 else "GET"
        scope = {"type": "http", "method": method, "path": path, "query_string": b"", "headers": [], "root_path": ""}
        await app({**scope, "client": ("127.0.0.1", 1)}, None, send)
    assert statuses == {404, None}
    async with connect(app) as client:
        new = await series(client) - before
    # One for each method, status and bucket of "unmatched"; not one for each path.
    assert len(new) <= 200
    assert any("unmatched" in name for name in new | before)
    assert not any("/p77/" in name for name in new)


async def series(client) -> set[str]:
    """The series there are, without their values."""
    metrics = (await client.get("/metrics")).text
    return {line.rpartition(" ")[0] for line in metrics.splitlines() if not line.startswith("#")}


async def test_one_line_without_query_body_or_credentials(build, connect, log):
    async with connect(build(), who="alice") as client:
        await client.get("/api/v1/things/7?token=canary-1", headers={"user-agent": "canary-2"})
    (line,) = log()
    assert line["http.route"] == "/api/v1/things/{thing_id}"
    assert line["url.path"] == "/api/v1/things/7"
    assert line["http.response.status_code"] == 200
    assert line["user.id"].endswith("1")
    assert "canary" not in str(line)
    assert "alice" not in str(line)


async def test_a_path_cannot_forge_a_line(build, connect, log):
    async with connect(build()) as client:
        await client.get("/a%0a%1b%5b31mforged")
    (line,) = log()
    assert line["url.path"] == "/a%0a%1b%5b31mforged"


async def test_a_bug_is_500_without_detail_and_logged_with_its_traceback(build, connect, log):
    async with connect(build(), who="alice") as client:
        answer = await client.get("/api/v1/faults/bug")
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert "internal-name" not in answer.text
    fault, access = log()
    assert "KeyError" in fault["error.stack_trace"]
    assert fault["trace.id"] == access["trace.id"] == answer.json()["trace_id"]


async def test_errors_of_routes_router_and_validation_are_problems(build, connect):
    async with connect(build(), who="alice") as client:
        conflict = await client.get("/api/v1/faults/conflict")
        invalid = await client.get("/api/v1/faults/invalid")
        absent = await client.get("/api/v1/nothing")
        method = await client.put("/api/v1/faults/bug")
        unknown = await client.post("/api/v1/things", json={"amount": "1", "extra": 1})
        broken = await client.post("/api/v1/things", content=b"{", headers={"content-type": "application/json"})
    assert (conflict.status_code, conflict.json()["asset"]) == (409, "SEED")
    assert conflict.json()["type"] == "/problems/out-of-stock"
    assert [item["pointer"] for item in invalid.json()["errors"]] == ["/a", "/b"]
    assert (absent.status_code, method.status_code, method.headers["allow"]) == (404, 405, "GET")
    assert unknown.json()["errors"][0]["pointer"] == "/extra"
    assert broken.status_code == 422
    for answer in (conflict, invalid, absent, method, unknown, broken):
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.json()["status"] == answer.status_code


async def test_problems_are_counted_by_type(build, connect):
    before = sample("finsage_http_problems_total", type="out-of-stock", status="409")
    async with connect(build(), who="alice") as client:
        await client.get("/api/v1/faults/conflict")
    assert sample("finsage_http_problems_total", type="out-of-stock", status="409") == before + 1


async def test_after_the_start_an_error_leaves_the_answer_without_end(build, log):
    sent = []

    async def send(message):
        sent.append(message)

    async def receive():
        return {"type": "http.request", "body": b""}

    async def half(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"half", "more_body": True})
        raise KeyError("boom")

    scope = {"type": "http", "method": "GET", "path": "/", "raw_path": b"/", "headers": [], "client": ("1.1.1.1", 1)}
    await Observe(Problems(half))(scope, receive, send)
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]
    assert sent[-1]["more_body"], "the server closes a connection whose answer does not end"
    assert "http-cut" in [line.get("event.action") for line in log()]


async def test_lifespan_passes_through():
    seen = []

    async def app(scope, receive, send):
        seen.append(scope["type"])

    await Observe(Problems(app))({"type": "lifespan"}, None, None)
    assert seen == ["lifespan"]


async def test_security_headers_stand_on_every_answer(build, connect):
    async with connect(build()) as client:
        answers = [await client.get(path) for path in ("/health/live", "/api/v1/things/1", "/nothing")]
    for answer in answers:
        policy = answer.headers["content-security-policy"]
        assert "script-src 'self'" in policy
        assert "require-trusted-types-for 'script'; trusted-types finsage-sw" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cross-origin-opener-policy"] == "same-origin"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        assert "camera=()" in answer.headers["permissions-policy"]
        assert "strict-transport-security" not in answer.headers


async def test_hsts_over_https_only(build, connect):
    async with connect(build(), base_url="https://127.0.0.1") as client:
        assert "max-age=63072000" in (await client.get("/health/live")).headers["strict-transport-security"]
    async with connect(build(public_url="https://money.example")) as client:
        assert "strict-transport-security" in (await client.get("/health/live")).headers


async def test_every_problem_has_its_page(build, connect):
    async with connect(build()) as client:
        page = await client.get("/problems/out-of-stock")
        listed = await client.get("/problems/")
        absent = await client.get("/problems/made-up")
        refused = await client.delete("/api/v1/things/1")
        refusal = await client.get(refused.json()["type"])
        busy = await client.get("/problems/busy")
    assert "There is none left." in page.text
    assert "409" in page.text
    assert "<code>asset</code>" in page.text
    assert page.headers["content-type"].startswith("text/html")
    assert '"/problems/out-of-stock"' in listed.text
    assert absent.status_code == 404
    assert refused.status_code == 405
    assert "405" in refusal.text, "the page tells the status that is answered"
    assert "retry_after_seconds" not in busy.text, "a header, not a member"
