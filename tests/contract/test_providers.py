"""One suite for all providers of market data: what each of them does when its service does as documented, or not.

fault                     the provider's answer
429, Retry-After 7        Limited, 7 s
500                       Upstream
a byte every 50 ms        Upstream, at the deadline
broken off                Upstream
truncated JSON or table   ChangedShape
a web page instead        ChangedShape
an empty body             ChangedShape
a field renamed           ChangedShape, which names it
a list with nothing       no values
an entry twice            each key once, and told
a fault of one key        its failure, beside the values of the others, where keys are asked for one by one
a redirect to loopback    refused, and nothing is connected to
401                       CredentialRefused
"""

from __future__ import annotations

import random
import re
import socket
import ssl
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import pytest
from replay import coingecko, headlines, json_source, rates, stooq
from replay.case import Case
from replay.server import FAULTS, ReplayServer, Reply

from finsage.errors import FinSageError, Upstream
from finsage.market.errors import ChangedShape, CredentialRefused
from finsage.market.providers.choice import PASSES
from finsage.platform.http import (
    ForbiddenAddress,
    LocalBuckets,
    LocalHosts,
    Outbound,
    OutsideLimited,
    ServiceFailed,
    TooSlow,
    Unreachable,
)

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("short_pauses")]
_NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # reading the certificates costs more than a test
CASES = [*coingecko.CASES, *rates.CASES, *stooq.CASES, *json_source.CASES, *headlines.CASES]


@pytest.fixture(scope="module", params=CASES, ids=lambda case: case.name)
def case(request: pytest.FixtureRequest) -> Case:
    return request.param


@pytest.fixture(scope="module")
def replay(case: Case) -> Iterator[ReplayServer]:
    with ReplayServer(case.answer) as server:
        yield server


@pytest.fixture
def service(replay: ReplayServer) -> Iterator[ReplayServer]:
    replay.asked.clear()
    yield replay
    replay.fault = None


@pytest.fixture
async def outbound(service: ReplayServer, request: pytest.FixtureRequest) -> AsyncIterator[Outbound]:
    is_dripping = "drip" in request.node.name
    outbound = Outbound(
        local=LocalHosts([f"127.0.0.1:{service.port}"]),
        timeout_seconds=0.05 if is_dripping else 5,
        # On a clock a million times as fast no provider's pace is waited for.
        tls=_NO_TLS,
        buckets=LocalBuckets(lambda: 1e6 * time.monotonic()),
    )
    yield outbound
    await outbound.aclose()


async def fails(case: Case, outbound: Outbound, service: ReplayServer, *kinds: type[FinSageError]) -> FinSageError:
    with pytest.raises(kinds) as failure:
        await case.ask(case.make(outbound, service.url))
    assert isinstance(failure.value, PASSES), "the next provider must be asked"
    return failure.value


async def test_the_documented_answer_is_understood(case: Case, outbound: Outbound, service: ReplayServer):
    assert all(page.startswith("https://") for page in case.documentation)
    provider = case.make(outbound, service.url)
    answer = await case.ask(provider)
    case.check(answer)
    assert answer.provider == provider.name
    for source in answer.sources:
        assert len(source.content_hash) == 32
        assert source.url.startswith(service.url)
    assert len(answer.sources) == len(service.asked)


@pytest.mark.parametrize(
    ("fault", "kinds"),
    [
        ("limited", (OutsideLimited,)),
        ("failed", (ServiceFailed,)),
        ("drip", (TooSlow,)),
        ("cut", (Unreachable,)),
        ("truncated", (ChangedShape,)),
        ("html", (ChangedShape,)),
        ("empty", (ChangedShape,)),
    ],
)
async def test_a_fault_is_told_for_what_it_is(
    case: Case, outbound: Outbound, service: ReplayServer, fault: str, kinds: tuple[type[FinSageError], ...]
):
    if fault == "truncated" and (service.answer is stooq.answer or service.answer is headlines.feed):
        pytest.skip("a table or feed that ends at a line's end is whole; see the tests of these providers")
    service.fault = FAULTS[fault]
    error = await fails(case, outbound, service, *kinds)
    if isinstance(error, OutsideLimited):
        assert error.retry_after_seconds == 7
    if isinstance(error, ChangedShape):
        assert error.members["field"]
        assert error.members["provider"]


async def test_a_renamed_field_is_named(case: Case, outbound: Outbound, service: ReplayServer):
    service.fault = case.changed
    error = await fails(case, outbound, service, ChangedShape)
    assert error.members["field"] == case.changed_field


async def test_nothing_is_no_error(case: Case, outbound: Outbound, service: ReplayServer):
    service.fault = case.none
    try:
        answer = await case.ask(case.make(outbound, service.url))
    except ChangedShape:
        # A path that selects nothing is a path that no longer fits: it cannot be told from a shape that changed.
        assert case.name == "json source"
        return
    assert [value for value in answer.values if getattr(value, "candles", True)] == []


async def test_what_stands_there_twice_is_there_once(case: Case, outbound: Outbound, service: ReplayServer):
    service.fault = case.twice
    answer = await case.ask(case.make(outbound, service.url))
    keys = [
        getattr(value, "id", None) or getattr(value, "key", None) or getattr(value, "day", None)
        for value in answer.values
    ]
    assert len(keys) == len(set(keys)) > 0
    for value in answer.values:
        starts = [candle.start for candle in getattr(value, "candles", ())]
        assert starts == sorted(set(starts))
    if case.told:
        assert any(word in flaw for flaw in answer.flaws for word in ("twice", "two values"))


async def test_what_fails_for_one_key_costs_no_other(case: Case, outbound: Outbound, service: ReplayServer):
    if case.spoils_one is None:
        pytest.skip("one request is for many keys, or there are none")
    whole = await case.ask(case.make(outbound, service.url))
    service.fault = case.spoils_one
    answer = await case.ask(case.make(outbound, service.url))
    assert answer.values == tuple(value for value in whole.values if value.key != case.spoilt_key)
    assert answer.missing == whole.missing, "a key that failed is not one the provider does not know"
    [failed] = answer.failed
    assert failed.key == case.spoilt_key
    assert isinstance(failed.error, ChangedShape)


_NASTY = (
    b'"sNaN"',
    b"1e999999999",
    b"-1",
    b"null",
    b"[]",
    b"{}",
    b'""',
    b"true",
    b'"9999-99-99"',
    b"99999999999999999999",
)
_TOKEN = re.compile(rb'-?\d+(?:\.\d+)?|"[^"]*"|[^<>,\r\n]+')


def spoilt(body: bytes, chance: random.Random) -> bytes:
    """The body with one token replaced by a nasty one, or a few bytes of it changed, taken away or doubled."""
    if chance.random() < 0.6:
        tokens = list(_TOKEN.finditer(body))
        token = chance.choice(tokens)
        return body[: token.start()] + chance.choice(_NASTY) + body[token.end() :]
    place = chance.randrange(len(body))
    length = chance.randrange(1, 20)
    middle = chance.choice((b"", chance.randbytes(length), 2 * body[place : place + length]))
    return body[:place] + middle + body[place + length :]


async def test_whatever_is_spoilt_is_a_failure_of_the_provider_and_of_nothing_else(
    case: Case, outbound: Outbound, service: ReplayServer
):
    provider = case.make(outbound, service.url)
    for seed in range(60):
        chance = random.Random(seed)
        service.fault = lambda reply, chance=chance: replace(reply, body=spoilt(reply.body, chance))
        try:
            answer = await case.ask(provider)
        except PASSES:
            continue
        for value in answer.values:
            hash(value)  # frozen throughout


async def test_a_redirect_to_loopback_leads_nowhere(case: Case, outbound: Outbound, service: ReplayServer):
    with socket.create_server(("127.0.0.1", 0)) as inner:
        inner.settimeout(0)
        for scheme in ("http", "https"):
            target = f"{scheme}://127.0.0.1:{inner.getsockname()[1]}/"
            service.fault = lambda _, target=target: Reply(b"", 302, {"location": target})
            await fails(case, outbound, service, ForbiddenAddress)
        with pytest.raises(BlockingIOError):
            inner.accept()


async def test_a_refused_credential_is_told(case: Case, outbound: Outbound, service: ReplayServer):
    service.fault = lambda _: Reply(b'{"error": "bad key"}', 401)
    await fails(case, outbound, service, CredentialRefused)


async def test_what_is_not_found_is_missing_or_a_failure(case: Case, outbound: Outbound, service: ReplayServer):
    service.fault = lambda _: Reply(b'{"error": "not found"}', 404)
    if case.not_found_is_missing:
        assert (await case.ask(case.make(outbound, service.url))).values == ()
    else:
        await fails(case, outbound, service, Upstream)
