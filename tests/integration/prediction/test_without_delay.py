"""History that comes at once is forecast at once, not at the next hour."""

from __future__ import annotations

import asyncio

import pytest
from integration.prediction.conftest import API

from finsage.platform.outside import Outside
from finsage.platform.worker import Worker
from finsage.prediction.jobs import jobs

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


async def test_the_demo_has_forecasts_soon_after_it_is_added(api, database, settings):
    client = await api.sign_up()
    (await client.post(f"{API}/demo")).raise_for_status()
    worker = Worker(database, jobs, outside=Outside(settings, database), poll_seconds=0.1)
    worker.start()
    for _ in range(600):
        listed = (await client.get(f"{API}/predictions")).raise_for_status().json()["items"]
        if listed:
            break
        await asyncio.sleep(0.1)
    await worker.stop(drain_seconds=10)
    simulated = {item["id"] for item in (await client.get(f"{API}/assets")).json()["items"] if item["is_simulated"]}
    assert listed
    assert {item["subject"]["id"] for item in listed} <= simulated
