"""kill -9 between an acknowledged request and the next: what was acknowledged is there, once."""

from __future__ import annotations

import json
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from integration.cli.running import left_behind, start
from support import fast_place

# The record is 200 (TEST_KILLS=200); each costs a start of the product, so a routine run makes fewer.
REPETITIONS = int(os.environ.get("TEST_KILLS", "30"))


@pytest.fixture
def data_dir() -> Iterator[Path]:
    parent = Path(tempfile.mkdtemp(prefix="finsage-kill-", dir=fast_place()))
    parent.chmod(0o755)
    yield parent / "data"
    shutil.rmtree(parent)


def _token(client: httpx.Client) -> str:
    who = {"email": "kill@example.com", "password": "a long enough passphrase"}
    client.post("/api/v1/auth/register", json=who)
    answer = client.post("/api/v1/auth/login", json={**who, "mode": "token"})
    return answer.raise_for_status().json()["access_token"]


def _present(client: httpx.Client, portfolio: str) -> dict[str, int]:
    found: dict[str, int] = {}
    cursor = None
    while True:
        params = {"limit": 500, **({"cursor": cursor} if cursor else {})}
        page = client.get(f"/api/v1/portfolios/{portfolio}/transactions", params=params).raise_for_status().json()
        for item in page["items"]:
            found[item["note"]] = found.get(item["note"], 0) + 1
        cursor = page["next_cursor"]
        if cursor is None:
            return found


def _campaign(data_dir: Path, *, repetitions: int) -> tuple[set[str], dict[str, int]]:
    """Record one transaction per repetition and kill the server right after its acknowledgement."""
    acknowledged: set[str] = set()
    portfolio = ""
    for number in range(repetitions):
        product = start(data_dir)
        product.wait_until_ready()
        with httpx.Client(base_url=product.url, timeout=30) as client:
            client.headers["Authorization"] = f"Bearer {_token(client)}"
            if not portfolio:
                body = {"name": "Killed", "base_currency": "EUR"}
                portfolio = client.post("/api/v1/portfolios", json=body).raise_for_status().json()["id"]
            note = f"number {number}"
            draft = {"type": "deposit", "day": "2024-01-02", "gross": "1", "currency": "EUR", "note": note}
            key = {"Idempotency-Key": note}
            path = f"/api/v1/portfolios/{portfolio}/transactions"
            assert client.post(path, json=draft, headers=key).status_code == 201
            product.process.send_signal(signal.SIGKILL)
            acknowledged.add(note)
        product.process.wait()
    product = start(data_dir)
    product.wait_until_ready()
    with httpx.Client(base_url=product.url, timeout=30) as client:
        client.headers["Authorization"] = f"Bearer {_token(client)}"
        # A client that never saw the answer sends the same key again: one effect.
        path = f"/api/v1/portfolios/{portfolio}/transactions"
        draft = {"type": "deposit", "day": "2024-01-02", "gross": "1", "currency": "EUR", "note": "number 0"}
        again = client.post(path, json=draft, headers={"Idempotency-Key": "number 0"})
        assert again.headers["Idempotent-Replayed"] == "true"
        present = _present(client, portfolio)
        held = client.get(f"/api/v1/portfolios/{portfolio}/holdings").json()
        assert held["cash"][0]["amount"] == str(len(acknowledged)), json.dumps(held["cash"])
    product.interrupt()
    assert left_behind(data_dir) == []
    return acknowledged, present


@pytest.mark.slow
def test_nothing_acknowledged_is_lost_or_doubled(data_dir: Path):
    acknowledged, present = _campaign(data_dir, repetitions=1)
    assert present == dict.fromkeys(acknowledged, 1)


@pytest.mark.slow
def test_nothing_acknowledged_is_lost_or_doubled_in_a_campaign(data_dir: Path):
    acknowledged, present = _campaign(data_dir, repetitions=REPETITIONS)
    lost, doubled = acknowledged - present.keys(), {note for note, count in present.items() if count > 1}
    print(f"{REPETITIONS} kills: {len(acknowledged)} acknowledged, {len(lost)} lost, {len(doubled)} doubled")
    assert not lost
    assert not doubled
