"""What ``-m live`` asks, asked of the stand-ins: without the internet too it is known that the questions are right."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from live.questions import QUESTIONS, Question
from replay import coingecko, headlines, kraken, rates, stooq, yahoo
from replay.server import Asked, ReplayServer, Reply, json_reply

from finsage.market.providers.exchanges import Exchanges
from finsage.market.providers.feeds import Feeds
from finsage.market.providers.json_source import JsonSource, JsonSources
from finsage.market.providers.opening import open_providers
from finsage.market.providers.protocol import Capability
from finsage.market.providers.yahoo import Yahoo
from finsage.platform.http import LocalBuckets, LocalHosts, Outbound
from finsage.platform.settings import load_settings

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.filterwarnings("default"),  # the libraries' own
]

ANSWERS: dict[str, Callable[[Asked], Reply]] = {
    "coingecko": coingecko.answer, "coingecko-news": coingecko.answer, "ecb": rates.ecb, "stooq": stooq.answer,
    "frankfurter": rates.frankfurter, "exchanges": kraken.answer, "newsapi": headlines.newsapi,
    "cryptopanic": headlines.cryptopanic, "gdelt": headlines.gdelt, "feeds": headlines.feed,
    "json": lambda _: json_reply({"date": "2026-11-27", "rates": {"USD": 1.0832}}),
}  # fmt: skip


@pytest.fixture
def service(question: Question) -> Iterator[ReplayServer]:
    with ReplayServer(ANSWERS.get(question.provider, lambda _: Reply(b"", 404))) as server:
        yield server


def opened(name: str, outbound: Outbound, service: ReplayServer) -> Any:
    if name == "yahoo":
        return Yahoo()
    if name == "exchanges":
        return Exchanges(["kraken"], addresses={"kraken": service.url})
    if name == "feeds":
        return Feeds(outbound, [f"{service.url}/rss"])
    if name == "json":
        return JsonSources(outbound, {"EURUSD": JsonSource(service.url, "$.rates.USD", "$.date")})
    settings = {"FINSAGE_PROVIDERS": name, "FINSAGE_PROVIDER_URLS": f"{name}={service.url}"}
    keys = {f"FINSAGE_{one}_KEY": "k" for one in ("COINGECKO", "NEWSAPI", "CRYPTOPANIC")}
    return open_providers(load_settings({**settings, **keys, "FINSAGE_COINGECKO_PLAN": "demo"}), outbound).get(name)


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
async def test_a_question_of_the_live_run_is_understood_by_the_documented_service(
    question: Question, service: ReplayServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    for name, library in (("yahoo", "yfinance"), ("exchanges", "ccxt")):
        if question.provider == name and find_spec(library) is None:
            pytest.skip(f"{library} is in an extra")
    outbound = Outbound(local=LocalHosts([f"127.0.0.1:{service.port}"]), buckets=LocalBuckets())
    try:
        if question.provider == "yahoo":
            with yahoo.serving(monkeypatch, tmp_path) as stocks:
                answer = await question.ask(Yahoo())
                assert stocks.asked
        else:
            answer = await question.ask(opened(question.provider, outbound, service))
            assert service.asked
    finally:
        await outbound.aclose()
    assert answer.provider == question.provider
    assert answer.failed == ()


def test_every_capability_of_every_provider_is_asked_by_the_live_run():
    outbound = Outbound()
    settings = load_settings({"FINSAGE_COINGECKO_PLAN": "demo"}, data_dir="/nonexistent")
    named = open_providers(settings, outbound, {"X": JsonSource("https://x.example", "$")})
    every = [*named, Yahoo(), Exchanges(["kraken"]), Feeds(outbound, [])]
    has = {(provider.name, capability) for provider in every for capability in provider.capabilities}
    asked = {(question.provider, question.capability) for question in QUESTIONS.values()}
    assert has == asked
    assert {capability for _, capability in asked} == set(Capability)
