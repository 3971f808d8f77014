"""The way out, against real servers on loopback: where it leads, what it takes, how often and how long it asks."""

from __future__ import annotations

import asyncio
import datetime as dt
import gzip
import hashlib
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from email.utils import format_datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from replay.server import Asked, ReplayServer, Reply
from support import Server

from finsage.platform.database import Database
from finsage.platform.http import (
    AnswerTooLarge,
    AnswerUnreadable,
    CircuitOpen,
    Credential,
    ForbiddenAddress,
    LocalBuckets,
    LocalHosts,
    Outbound,
    OutsideLimited,
    Rate,
    RequestRefused,
    Service,
    ServiceFailed,
    SharedBuckets,
    TooSlow,
    Unreachable,
)
from finsage.platform.http import client as http_client
from finsage.platform.http.body import BYTES_MAX
from finsage.platform.http.restraint import Buckets
from finsage.platform.telemetry import exposition

pytestmark = pytest.mark.anyio
CALM = Service("calm")


@pytest.fixture
def outside() -> Iterator[ReplayServer]:
    with ReplayServer(lambda asked: Reply(asked.path.encode())) as server:
        yield server


@asynccontextmanager
async def client(*hosts: ReplayServer, **options: object) -> AsyncIterator[Outbound]:
    outbound = Outbound(local=LocalHosts(f"127.0.0.1:{host.port}" for host in hosts), **options)
    try:
        yield outbound
    finally:
        await outbound.aclose()


def metric(line_start: str) -> float:
    for line in exposition().decode().splitlines():
        if line.startswith(line_start):
            return float(line.rpartition(" ")[2])
    return 0.0


# Where it leads


DISGUISES = [
    "localhost", "LOCALHOST", "localhost.", "127.0.0.1", "127.1", "127.0.1", "0", "0.0.0.0",  # noqa: S104
     "0x7f.0.0.1", "0x7f000001",
    "2130706433", "017700000001", "0177.0.0.1", "127.000.000.001", "[::1]", "[::]", "[0:0:0:0:0:0:0:1]",
    "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "10.0.0.1", "192.168.0.1", "172.16.0.1", "169.254.169.254",
    "[fd00:ec2::254]", "100.100.100.200", "168.63.129.16", "192.0.0.192", "[64:ff9b::7f00:1]", "[2002:7f00:1::]",
    "[fe80::1]", "[ff02::1]", "224.0.0.1", "255.255.255.255", "%6c%6f%63%61%6c%68%6f%73%74", "127%2e0%2e0%2e1",
    "①②⑦.0.0.1", "127。0。0。1", "ｌｏｃａｌｈｏｓｔ", "[::ffff:10.0.0.1]", "[64:ff9b:1::a00:1]", "[2001:0:4136:e378:8000:63bf:80ff:fffe]",
]  # fmt: skip


async def test_no_spelling_of_an_inner_address_is_connected_to(outside: ReplayServer):
    assert len(DISGUISES) > 40
    connected = []

    class Canary(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            connected.append(transport)

    canary = await asyncio.get_running_loop().create_server(Canary, "127.0.0.1", 0)
    port = canary.sockets[0].getsockname()[1]
    async with client(timeout_seconds=2) as outbound:
        for host in DISGUISES:
            # One that no resolver knows is no address either; what it must never be is a connection.
            with pytest.raises((ForbiddenAddress, Unreachable)):
                await outbound.get(Service(f"disguise {host}"), f"https://{host}:{port}/")
    canary.close()
    assert connected == []


async def test_a_name_is_resolved_once_and_that_address_is_used():
    """A resolver that says public first and loopback then: what was judged is what is connected to."""
    answers = iter([["127.0.0.1"], ["8.8.8.8", "127.0.0.1"], ["127.0.0.1", "8.8.8.8"], ["::ffff:127.0.0.1"]])

    async def rebinding(host: str, port: int) -> list[str]:
        return next(answers)

    with ReplayServer(lambda _: Reply(b"inner")) as inner:
        async with client(resolver=rebinding) as outbound:
            for _ in range(4):
                with pytest.raises(ForbiddenAddress, match="leads into a network"):
                    await outbound.get(CALM, f"https://rebound.example:{inner.port}/")
    assert inner.asked == []
    with pytest.raises(StopIteration):
        next(answers)


async def test_rebinding_between_check_and_connection_has_no_moment_to_happen(outside: ReplayServer):
    """Each connection asks the resolver once: a second, inner answer is never asked for to serve the first request."""
    asked_for = []

    async def counting(host: str, port: int) -> list[str]:
        asked_for.append(host)
        return ["127.0.0.1"] if len(asked_for) == 1 else ["127.0.0.2"]

    local = LocalHosts([f"prices.test:{outside.port}"])
    outbound = Outbound(local=local, resolver=counting)
    fetched = await outbound.get(CALM, f"http://prices.test:{outside.port}/a")
    await outbound.aclose()
    assert (fetched.body, asked_for) == (b"/a", ["prices.test"])
    assert outside.asked[0].headers["host"] == f"prices.test:{outside.port}"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for prices.test that signs itself."""
    folder = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "prices.test")])
    now = dt.datetime.now(dt.UTC)
    signed = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("prices.test")]), critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    (folder / "cert.pem").write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return folder / "cert.pem", folder / "key.pem"


async def test_tls_names_and_verifies_the_host_although_the_connection_goes_to_the_address(
    certificate: tuple[Path, Path],
):
    async def at_home(host: str, port: int) -> list[str]:
        return ["127.0.0.1"]

    tls = ssl.create_default_context(cafile=str(certificate[0]))
    with ReplayServer(lambda _: Reply(b"well"), tls=certificate) as server:
        local = LocalHosts([f"prices.test:{server.port}", f"other.test:{server.port}"])
        outbound = Outbound(local=local, resolver=at_home, tls=tls)
        assert (await outbound.get(CALM, f"https://prices.test:{server.port}/")).body == b"well"
        assert server.server_names == ["prices.test"]
        assert server.asked[0].headers["host"] == f"prices.test:{server.port}"
        with pytest.raises(Unreachable, match=r"(?i)certificate"):
            await outbound.get(CALM, f"https://other.test:{server.port}/")
        await outbound.aclose()


async def test_each_redirect_is_checked_and_three_are_followed(outside: ReplayServer):
    with ReplayServer(lambda _: Reply(b"inner")) as inner:
        steps = {
            "/inner": f"{inner.url}/", "/plain": "http://example.com/", "/metadata": "https://169.254.169.254/latest",
            "/file": "file:///etc/passwd", "/user": "https://a:b@example.com/", "/odd": "https://[::1/",
            "/3": "/2", "/2": "/1", "/1": "/0", "/4": "/3",
        }  # fmt: skip
        outside.answer = lambda asked: (
            Reply(b"", 302, {"location": steps[asked.path]}) if asked.path in steps else Reply(b"there")
        )
        async with client(outside, timeout_seconds=2) as outbound:
            for path in ("/inner", "/plain", "/metadata", "/file", "/user", "/odd"):
                with pytest.raises(ForbiddenAddress):
                    await outbound.get(CALM, outside.url + path)
            fetched = await outbound.get(CALM, f"{outside.url}/3")
            assert (fetched.body, fetched.url) == (b"there", f"{outside.url}/0")
            with pytest.raises(RequestRefused, match="redirects more than 3"):
                await outbound.get(CALM, f"{outside.url}/4")
        # Also one that the administrator lists: a stranger does not lead there.
        async with client(outside, inner) as outbound:
            with pytest.raises(ForbiddenAddress, match="own network"):
                await outbound.get(CALM, f"{outside.url}/inner")
        assert inner.asked == []


async def test_a_credential_goes_with_the_request_and_with_no_redirect_elsewhere(outside: ReplayServer, tmp_path: Path):
    secret = Credential(headers={"x-key": "hidden-header"}, query={"token": "hidden-query"})
    with ReplayServer(lambda _: Reply(b"other")) as other:
        outside.answer = lambda asked: Reply(b"", 302, {"location": "/end" if asked.path == "/same" else other.url})
        outside_answer = outside.answer
        outside.answer = lambda asked: (
            Reply(b"end", 200, {"cache-control": "max-age=60"}) if asked.path == "/end" else outside_answer(asked)
        )
        async with client(outside, cache_path=tmp_path / "cache.sqlite") as outbound:
            fetched = await outbound.get(CALM, f"{outside.url}/same?a=1", credential=secret)
            assert [(asked.headers.get("x-key"), asked.query.get("token")) for asked in outside.asked] == [
                ("hidden-header", "hidden-query")
            ] * 2
            assert "hidden" not in fetched.url
            # The same address without the key, or with another, is another question.
            await outbound.get(CALM, f"{outside.url}/end", credential=secret)
            assert len(outside.asked) == 2
            await outbound.get(CALM, f"{outside.url}/end")
            assert len(outside.asked) == 3
            with pytest.raises(ForbiddenAddress):
                await outbound.get(CALM, f"{outside.url}/away", credential=secret)
        assert other.asked == []
    assert "hidden" not in repr(secret)
    stored = _content_of(tmp_path)
    assert b"max-age" in stored
    assert b"hidden" not in stored


# What it takes


async def test_the_body_is_whole_hashed_and_without_its_encoding(outside: ReplayServer):
    text = b"price,1.25\n" * 20_000
    packed = gzip.compress(text[:100_000]) + gzip.compress(text[100_000:])
    outside.answer = lambda _: Reply(packed, 200, {"content-encoding": "gzip"})
    async with client(outside) as outbound:
        fetched = await outbound.get(CALM, outside.url)
    assert fetched.body == text
    assert fetched.content_hash == hashlib.sha256(text).digest()
    assert not fetched.is_from_cache
    assert outside.asked[0].headers["accept-encoding"] == "gzip"


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply(b"x" * (BYTES_MAX + 1)), AnswerTooLarge),
        (Reply(b"x", 200, {"content-length": str(BYTES_MAX + 1)}), AnswerTooLarge),
        (Reply(gzip.compress(b"\x00" * (400 * 2**20), 9), 200, {"content-encoding": "gzip"}), AnswerTooLarge),
        (Reply(b"no gzip", 200, {"content-encoding": "gzip"}), AnswerUnreadable),
        (Reply(gzip.compress(b"x" * 100_000)[:-20], 200, {"content-encoding": "gzip"}), AnswerUnreadable),
        (Reply(b"\x0b\x02\x80", 200, {"content-encoding": "br"}), AnswerUnreadable),
        (Reply(b"part", 206), RequestRefused),
        (Reply(b"gone", 404), RequestRefused),
        (Reply(b"whole answer", cut=True), Unreachable),
    ],
)
async def test_what_is_too_large_or_cannot_be_read_is_told(outside: ReplayServer, reply: Reply, error: type[Exception]):
    outside.answer = lambda _: reply
    async with client(outside) as outbound:
        with pytest.raises(error):
            await outbound.get(Service(f"odd {error.__name__}"), outside.url)


async def test_exactly_the_largest_size_is_taken(outside: ReplayServer):
    outside.answer = lambda _: Reply(b"x" * BYTES_MAX)
    async with client(outside) as outbound:
        assert len((await outbound.get(CALM, outside.url)).body) == BYTES_MAX


async def test_an_endless_drip_ends_with_the_deadline_and_counts_as_a_failure(outside: ReplayServer):
    outside.answer = lambda _: Reply(b"x" * 10_000, pace=0.02, piece=1)
    async with client(outside, timeout_seconds=0.3) as outbound:
        with pytest.raises(TooSlow, match=r"within 0\.3 s"):
            await outbound.get(Service("drip"), outside.url)
    assert metric('finsage_upstream_requests_total{outcome="too_slow",upstream="drip"}') == len(outside.asked) >= 1


# The cache


async def test_what_is_fresh_is_not_asked_again_and_what_is_not_is_validated(outside: ReplayServer, tmp_path: Path):
    service = Service("validated")

    def answer(asked: Asked) -> Reply:
        if asked.headers.get("if-none-match") == '"one"':
            return Reply(b"", 304, {"etag": '"one"', "cache-control": "max-age=0"})
        age = "max-age=60" if asked.path == "/fresh" else "max-age=0"
        return Reply(b"body", 200, {"cache-control": age, "etag": '"one"', "date": _now()})

    outside.answer = answer
    async with client(outside, cache_path=tmp_path / "cache.sqlite") as outbound:
        first, second = [await outbound.get(service, f"{outside.url}/fresh") for _ in range(2)]
        assert (first.is_from_cache, second.is_from_cache, len(outside.asked)) == (False, True, 1)
        assert first.content_hash == second.content_hash
        assert second.received_at <= dt.datetime.now(dt.UTC)
        for _ in range(2):
            validated = await outbound.get(service, f"{outside.url}/stale")
            assert (validated.body, validated.is_from_cache) == (b"body", False)
        assert [asked.headers.get("if-none-match") for asked in outside.asked] == [None, None, '"one"']
    # Another process, or this one after a restart, reads the same file.
    async with client(outside, cache_path=tmp_path / "cache.sqlite") as outbound:
        assert (await outbound.get(service, f"{outside.url}/fresh")).is_from_cache
    assert len(outside.asked) == 3
    assert metric('finsage_upstream_requests_total{outcome="cached",upstream="validated"}') == 2


async def test_what_is_private_to_somebody_or_failed_is_not_kept(outside: ReplayServer, tmp_path: Path):
    replies = {
        "/private": Reply(b"x", 200, {"cache-control": "private, max-age=60"}),
        "/no-store": Reply(b"x", 200, {"cache-control": "no-store"}),
        "/refused": Reply(b"x", 403, {"cache-control": "max-age=60"}),
    }
    outside.answer = lambda asked: replies[asked.path]
    async with client(outside, cache_path=tmp_path / "cache.sqlite") as outbound:
        for path in ("/private", "/no-store"):
            for _ in range(2):
                await outbound.get(CALM, outside.url + path)
        with pytest.raises(RequestRefused):
            await outbound.get(CALM, f"{outside.url}/refused")
    assert len(outside.asked) == 5


# How often, how long


async def test_a_fault_is_tried_again_within_the_budget(outside: ReplayServer):
    replies = iter([Reply(b"", 503), Reply(b"", 502), Reply(b"at last")])
    outside.answer = lambda _: next(replies)
    async with client(outside) as outbound:
        assert (await outbound.get(Service("shaky"), outside.url)).body == b"at last"
    assert len(outside.asked) == 3


async def test_retries_are_a_tenth_of_the_requests_and_a_few_at_the_start(outside: ReplayServer):
    outside.answer = lambda asked: Reply(b"", 503) if asked.path == "/fails" else Reply(b"x")
    service = Service("half")
    async with client(outside) as outbound:
        for _ in range(50):
            with pytest.raises(ServiceFailed):
                await outbound.get(service, f"{outside.url}/fails")
            await outbound.get(service, f"{outside.url}/works")  # so that the breaker stays closed
    tries = sum(asked.path == "/fails" for asked in outside.asked)
    assert 50 + 8 <= tries <= 50 + 2 + 10
    assert metric('finsage_upstream_budget_remaining{upstream="half"}') < 1.1


async def test_retry_after_is_obeyed_and_capped(outside: ReplayServer, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(http_client, "RETRIES_MAX", 0)  # what is short is waited for in the next test
    service = Service("limited")
    in_two_minutes = format_datetime(dt.datetime.now(dt.UTC) + dt.timedelta(minutes=2), usegmt=True)
    for stated, least, most in (
        ("17", 17, 17), ("999999999", 3600, 3600), ("0", 1, 1), (in_two_minutes, 110, 120), ("soon", 60, 60),
        ("-5", 60, 60), ("Mon, 01 Jan 1990 00:00:00 GMT", 1, 1),
    ):  # fmt: skip
        outside.answer = lambda _, stated=stated: Reply(b"", 429, {"retry-after": stated})
        async with client(outside) as outbound:
            with pytest.raises(OutsideLimited) as limited:
                await outbound.get(service, outside.url)
        assert least <= limited.value.retry_after_seconds <= most, stated


async def test_a_short_retry_after_is_waited_for_in_place(outside: ReplayServer):
    replies = iter([Reply(b"", 429, {"retry-after": "1"}), Reply(b"then")])
    outside.answer = lambda _: next(replies)
    async with client(outside) as outbound:
        before = asyncio.get_running_loop().time()
        assert (await outbound.get(Service("brief"), outside.url)).body == b"then"
        assert asyncio.get_running_loop().time() - before >= 1


async def test_the_breaker_opens_after_five_failures_and_one_probe_closes_it(outside: ReplayServer):
    now = [1000.0]
    service = Service("broken")
    outside.answer = lambda _: Reply(b"", 500)
    async with client(outside, monotonic=lambda: now[0]) as outbound:
        while len(outside.asked) < 5:
            with pytest.raises(ServiceFailed):
                await outbound.get(service, outside.url)
        with pytest.raises(CircuitOpen) as left_alone:
            await outbound.get(service, outside.url)
        assert left_alone.value.retry_after_seconds == 30
        assert metric('finsage_upstream_circuit_open{upstream="broken"}') == 1
        now[0] += 29.9
        with pytest.raises(CircuitOpen):
            await outbound.get(service, outside.url)
        assert len(outside.asked) == 5
        now[0] += 0.2
        with pytest.raises((ServiceFailed, CircuitOpen)):
            await outbound.get(service, outside.url)
        assert len(outside.asked) == 6  # the probe failed: open for another 30 s
        now[0] += 30.1
        outside.answer = lambda _: Reply(b"well", pace=0.2)
        found = await asyncio.gather(*(outbound.get(service, outside.url) for _ in range(4)), return_exceptions=True)
        assert sorted(type(one).__name__ for one in found) == ["CircuitOpen"] * 3 + ["Fetched"]
        assert len(outside.asked) == 7
        assert (await outbound.get(service, outside.url)).body == b"well"
        assert metric('finsage_upstream_circuit_open{upstream="broken"}') == 0


async def test_refusals_and_limits_do_not_open_the_breaker(outside: ReplayServer):
    for status in (404, 429):
        outside.answer = lambda _, status=status: Reply(b"", status)
        async with client(outside) as outbound:
            for _ in range(8):
                with pytest.raises((RequestRefused, OutsideLimited)):
                    await outbound.get(Service("fussy"), outside.url)


async def test_another_host_is_not_concerned_by_an_open_breaker(outside: ReplayServer):
    outside.answer = lambda _: Reply(b"", 500)
    with ReplayServer(lambda _: Reply(b"well")) as other:
        async with client(outside, other) as outbound:
            for _ in range(6):
                with pytest.raises((ServiceFailed, CircuitOpen)):
                    await outbound.get(Service("mixed"), outside.url)
            assert (await outbound.get(Service("mixed"), other.url)).body == b"well"


async def test_eight_at_once_to_a_host_and_the_others_wait_without_their_clock_running(outside: ReplayServer):
    outside.answer = lambda _: Reply(b"slow", pace=0.3)
    async with client(outside, timeout_seconds=1.25) as outbound:
        found = await asyncio.gather(*(outbound.get(Service("crowd"), outside.url) for _ in range(40)))
    assert len(found) == 40
    assert outside.at_once_max <= 8


async def test_a_cancelled_request_leaves_its_place(outside: ReplayServer):
    outside.answer = lambda _: Reply(b"slow", pace=5)
    async with client(outside) as outbound:
        for _ in range(2):
            asking = [asyncio.create_task(outbound.get(Service("given up"), outside.url)) for _ in range(8)]
            await asyncio.sleep(0.2)
            for task in asking:
                task.cancel()
            await asyncio.gather(*asking, return_exceptions=True)
        outside.answer = lambda _: Reply(b"well")
        assert (await outbound.get(Service("given up"), outside.url)).body == b"well"


async def test_no_request_is_made_inside_of_a_transaction(outside: ReplayServer, database: Database):
    async with client(outside) as outbound:
        async with database.read():
            with pytest.raises(AssertionError, match="transaction"):
                await outbound.get(CALM, outside.url)
        await outbound.get(CALM, outside.url)
    assert len(outside.asked) == 1


# Places in time


def local(_: Server) -> tuple[Buckets, Buckets, Callable[[], Awaitable[object]]]:
    buckets = LocalBuckets()
    return buckets, buckets, lambda: asyncio.sleep(0)


def shared(server: Server) -> tuple[Buckets, Buckets, Callable[[], Awaitable[object]]]:
    """Two pools of connections are two processes as far as the database can tell."""
    pools = [Database(server.app_dsn, pool_size=2) for _ in range(2)]
    return SharedBuckets(pools[0]), SharedBuckets(pools[1]), lambda: asyncio.gather(*(pool.close() for pool in pools))


@pytest.mark.parametrize("kind", [local, shared])
async def test_places_are_given_out_once_in_order_and_not_beyond_the_wait(kind: Callable, server: Server):
    one, two, close = kind(server)
    rate = Rate(per_minute=6, burst=3)
    name = f"host-{kind.__name__}"
    started = time.monotonic()

    def due(seconds: float) -> object:
        """So many seconds after the first was taken, however slow this machine is."""
        passed = time.monotonic() - started
        return pytest.approx(seconds - passed / 2, abs=passed / 2 + 0.1)

    for turn, seconds in enumerate((0, 0, 0, 10, 20, 30)):
        is_taken, wait = await (one if turn % 2 else two).take(name, rate, wait_seconds_max=35)
        assert is_taken
        assert wait == due(seconds)
    assert await one.take(name, rate, wait_seconds_max=20) == (False, due(40))
    # A refused place is not lost: the next who waits longer gets it.
    assert await two.take(name, rate, wait_seconds_max=100) == (True, due(40))
    await one.postpone(name, rate, 1000)
    is_taken, wait = await two.take(name, rate, wait_seconds_max=100)
    assert not is_taken
    assert 900 < wait <= 1000.1
    assert await two.take("another", rate, wait_seconds_max=0) == (True, 0)
    await close()


async def test_two_processes_together_ask_as_often_as_one_may(outside: ReplayServer, server: Server):
    service = Service("shared", Rate(per_minute=600, burst=2))
    one, two, close = shared(server)
    async with client(outside, buckets=one) as first, client(outside, buckets=two) as second:
        before = asyncio.get_running_loop().time()
        await asyncio.gather(*(which.get(service, outside.url) for which in (first, second) for _ in range(6)))
        # 12 requests, 2 of them at once, a tenth of a second between the others.
        assert asyncio.get_running_loop().time() - before >= 0.95
    await close()
    assert len(outside.asked) == 12


async def test_a_429_to_one_process_holds_back_the_other(outside: ReplayServer, server: Server):
    service = Service("held", Rate(per_minute=600, burst=5))
    one, two, close = shared(server)
    outside.answer = lambda _: Reply(b"", 429, {"retry-after": "120"})
    async with client(outside, buckets=one) as first, client(outside, buckets=two) as second:
        with pytest.raises(OutsideLimited):
            await first.get(service, outside.url)
        with pytest.raises(OutsideLimited, match="as often as it allows") as held:
            await second.get(service, outside.url)
    await close()
    assert 115 <= held.value.retry_after_seconds <= 120
    assert len(outside.asked) == 1


def _now() -> str:
    return format_datetime(dt.datetime.now(dt.UTC), usegmt=True)


def _content_of(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir())
