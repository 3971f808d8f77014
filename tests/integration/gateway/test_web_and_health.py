"""What is served beside the API: the web app, probes and metrics."""

from __future__ import annotations

import asyncio
import gzip
import json
import threading

import brotli
import pytest

from finsage.gateway.health import CheckFailed, readiness_checks
from finsage.gateway.web import WebApp
from finsage.migrations import head
from finsage.platform.database import Database
from finsage.platform.settings import Settings

pytestmark = pytest.mark.anyio
PAGE = {"accept": "text/html,application/xhtml+xml"}
SCRIPT = "console.log('finsage');" * 100


@pytest.fixture
def webui(tmp_path):
    directory = tmp_path / "webui"
    (directory / "assets").mkdir(parents=True)
    (directory / "index.html").write_text("<!doctype html><title>FinSage</title>" + " " * 600)
    (directory / "assets" / "app-3f2a.js").write_text(SCRIPT)
    (directory / "assets" / "icon-77.png").write_bytes(b"\x89PNG" + b"x" * 2000)
    (directory / "sw.js").write_text("// worker")
    (directory / "manifest.webmanifest").write_text("{}")
    (directory / ".stamp").write_text("hidden")
    return directory


async def compressed():
    for thread in threading.enumerate():
        if thread.name == "web-compression":
            await asyncio.to_thread(thread.join)


async def test_hashed_files_stay_for_ever_and_the_shell_is_asked_for(build, connect, webui):
    async with connect(build(webui=webui)) as client:
        asset = await client.get("/assets/app-3f2a.js")
        shell = {path: await client.get(path) for path in ("/", "/index.html", "/sw.js", "/manifest.webmanifest")}
        absent = await client.get("/assets/app-gone.js", headers=PAGE)
        page = await client.get("/assets/019a2543-8598-76d3-9eb2-02aa5ffcdb25", headers=PAGE)
        again = await client.get("/sw.js", headers={"if-none-match": shell["/sw.js"].headers["etag"]})
        hidden = await client.get("/.stamp")
    assert asset.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert asset.headers["content-type"] == "text/javascript; charset=utf-8"
    for answer in shell.values():
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-cache")
        assert answer.headers["etag"]
        assert answer.headers["vary"] == "Accept-Encoding"
    assert shell["/manifest.webmanifest"].headers["content-type"] == "application/manifest+json"
    assert absent.status_code == 404
    # The page of something held, not a file of the build.
    assert (page.status_code, page.content) == (200, shell["/index.html"].content)
    assert absent.headers["content-type"] == "application/problem+json"
    assert (again.status_code, again.content) == (304, b"")
    assert hidden.status_code == 404


@pytest.mark.parametrize(
    ("path", "headers", "is_page"),
    [
        ("/portfolios/1/holdings", PAGE, True),
        ("/portfolios", {"accept": "application/json"}, False),
        ("/logo.png", PAGE, False),
        ("/../../etc/passwd", PAGE, True),  # the page of the app, whatever the address
        ("/api/v1/nothing", PAGE, False),
        ("/api", PAGE, False),
        ("/apiary", PAGE, True),
        ("/health/nothing", PAGE, False),
        ("/metrics/x", PAGE, False),
        ("/mcp", PAGE, False),
        ("/problems/none", PAGE, False),
    ],
)
async def test_the_page_stands_behind_addresses_of_the_app_only(build, connect, webui, path, headers, is_page):  # noqa: PLR0917
    async with connect(build(webui=webui)) as client:
        answer = await client.get(path, headers=headers)
    assert ("<title>FinSage</title>" in answer.text) == is_page
    assert answer.status_code == (200 if is_page else 404)


async def test_compressed_siblings(build, connect, webui, tmp_path):
    app = build(webui=webui)
    await compressed()
    async with connect(app) as client:
        answers = {}
        for accepted in ("br, gzip", "gzip", "identity", "gzip, br;q=0"):
            async with client.stream("GET", "/assets/app-3f2a.js", headers={"accept-encoding": accepted}) as answer:
                answers[accepted] = answer.headers, b"".join([part async for part in answer.aiter_raw()])
        image = await client.get("/assets/icon-77.png", headers={"accept-encoding": "br"})
    assert [fields.get("content-encoding") for fields, _ in answers.values()] == ["br", "gzip", None, "gzip"]
    assert brotli.decompress(answers["br, gzip"][1]).decode() == SCRIPT
    assert gzip.decompress(answers["gzip"][1]).decode() == SCRIPT
    assert answers["identity"][1].decode() == SCRIPT
    assert len({fields["etag"] for fields, _ in answers.values()}) == 3
    assert "content-encoding" not in image.headers
    (stamp,) = (tmp_path / "web-cache").iterdir()
    assert (stamp / "assets" / "app-3f2a.js.br").is_file()


async def test_a_second_start_finds_the_siblings(build, webui, tmp_path):
    build(webui=webui)
    await compressed()
    (stamp,) = (tmp_path / "web-cache").iterdir()
    marked = stamp / "sw.js.gz"
    marked.write_bytes(b"kept")
    build(webui=webui)
    await compressed()
    assert marked.read_bytes() == b"kept"
    assert [path.name for path in (tmp_path / "web-cache").iterdir()] == [stamp.name]


async def test_a_directory_that_cannot_be_written_is_no_obstacle(webui, tmp_path, log):
    (tmp_path / "file").write_text("not a directory")
    WebApp(None, directory=webui, cache_dir=tmp_path / "file" / "web-cache")
    await compressed()
    assert log()[-1]["message"] == "web app not compressed"


async def test_an_empty_directory_serves_the_api_alone(build, connect, tmp_path):
    async with connect(build(webui=tmp_path / "nothing")) as client:
        assert (await client.get("/", headers=PAGE)).status_code == 404


async def test_live_asks_nobody_and_ready_asks_all(build, connect):
    async def good():
        return "answers"

    async def refuses():
        raise CheckFailed("the schema is at none")

    async def broken():
        raise RuntimeError("password=canary in a message")

    async def hangs():
        await asyncio.sleep(60)

    app = build(checks={"good": good, "refuses": refuses, "broken": broken, "hangs": hangs})
    async with connect(app) as client:
        live, ready = await client.get("/health/live"), await client.get("/health/ready")
    assert (live.status_code, live.json()) == (200, {"status": "live"})
    assert ready.status_code == 503
    found = {item["name"]: (item["ok"], item["detail"]) for item in ready.json()["checks"]}
    assert found == {
        "good": (True, "answers"),
        "refuses": (False, "the schema is at none"),
        "broken": (False, "RuntimeError"),
        "hangs": (False, "no answer within 1 s"),
    }
    async with connect(build(checks={"good": good})) as client:
        assert (await client.get("/health/ready")).status_code == 200


async def test_whoever_asks_while_the_checks_run_waits_for_the_same_answer(build, connect):
    may_end, runs = asyncio.Event(), 0

    async def slow():
        nonlocal runs
        runs += 1
        await may_end.wait()
        return f"run {runs}"

    async with connect(build(checks={"slow": slow})) as client:
        asking = [asyncio.create_task(client.get("/health/ready")) for _ in range(20)]
        while runs == 0:  # noqa: ASYNC110 - the check itself says when it began
            await asyncio.sleep(0)
        for _ in range(1_000):
            await asyncio.sleep(0)
        asking[0].cancel()  # who leaves does not take the answer along
        may_end.set()
        found = [answer.json()["checks"][0]["detail"] for answer in await asyncio.gather(*asking[1:])]
        assert found == ["run 1"] * 19
        assert (await client.get("/health/ready")).json()["checks"][0]["detail"] == "run 2"


async def test_metrics_are_for_the_machine_itself_or_the_token(build, connect):
    scraper = {"authorization": "Bearer scrape-me"}
    app, open_app = build(metrics_token="scrape-me"), build()
    async with connect(app, address="127.0.0.1") as local, connect(app, address="198.51.100.4") as remote:
        assert (await local.get("/metrics")).status_code == 200
        assert (await remote.get("/metrics")).status_code == 404
        assert (await remote.get("/metrics", headers={"authorization": "Bearer wrong"})).status_code == 404
        answer = await remote.get("/metrics", headers=scraper)
    assert "finsage_http_requests_total" in answer.text
    assert "process_resident_memory_bytes" in answer.text
    assert answer.headers["content-type"].startswith("text/plain")
    async with connect(open_app, address="198.51.100.4") as remote:
        assert (await remote.get("/metrics", headers={"authorization": "Bearer "})).status_code == 404


async def test_readiness_of_a_real_database(database, build, connect, tmp_path):
    settings = Settings(data_dir=tmp_path)
    checks = readiness_checks(settings, database, expected_revision=head())
    async with connect(build(checks=checks)) as client:
        ready = await client.get("/health/ready")
    assert ready.status_code == 200, ready.text
    assert {item["name"] for item in ready.json()["checks"]} == {"database", "migrations", "disk", "keys", "staying"}
    newer = readiness_checks(settings, database, expected_revision="9999")
    async with connect(build(checks=newer)) as client:
        behind = await client.get("/health/ready")
    failed = [item["name"] for item in behind.json()["checks"] if not item["ok"]]
    assert (behind.status_code, failed) == (503, ["migrations"])


async def test_a_process_that_was_told_to_stop_is_not_ready(database, build, connect, tmp_path):
    stop = asyncio.Event()
    checks = readiness_checks(Settings(data_dir=tmp_path), database, expected_revision=head(), stop=stop)
    async with connect(build(checks=checks)) as client:
        assert (await client.get("/health/ready")).status_code == 200
        stop.set()
        leaving = await client.get("/health/ready")
        assert (await client.get("/health/live")).status_code == 200
    assert leaving.status_code == 503
    assert "told to stop" in leaving.text


async def test_readiness_without_a_database(build, connect, tmp_path):
    settings = Settings(data_dir=tmp_path)
    gone = Database("host=/nonexistent user=nobody dbname=none", pool_size=2)
    async with connect(build(checks=readiness_checks(settings, gone, expected_revision=head()))) as client:
        down = await client.get("/health/ready")
    await gone.close()
    assert down.status_code == 503
    assert json.loads(down.text)["checks"][0]["ok"] is False
