"""The monthly retraining: a challenger from the household's own closes, and the contest."""

from __future__ import annotations

from datetime import timedelta

import pytest
from integration.prediction.conftest import API, closes, household

from finsage.platform.files import open_files
from finsage.prediction.jobs import retrain as start
from finsage.prediction.service import model_store
from finsage.prediction.service.retrain import retrain

pytestmark = pytest.mark.anyio


async def test_too_little_to_learn_from_changes_nothing(house):
    await start(house.job("prediction.retrain"))
    await retrain(house.job("prediction.retrain"))
    assert house.server.query("SELECT count(*) FROM models") == [(0,)]


@pytest.mark.slow
async def test_a_challenger_is_trained_judged_and_told_about(api, database, server, settings, yesterday):
    other = await household(api, database, server, settings)
    for number in range(21):
        draft = {"symbol": f"S{number}", "name": "Share", "asset_class": "equity", "currency": "EUR"}
        other.assets[f"S{number}"] = (await other.client.post(f"{API}/assets", json=draft)).json()["id"]
        await other.prices(f"S{number}", closes(1_100, 50 + number, last=yesterday - timedelta(days=1)))
    # Of two households with prices neither may shape what the other is shown.
    server.query("DELETE FROM price_years WHERE tenant_id <> %s", other.tenant)
    await retrain(other.job("prediction.retrain"))
    [(version, card)] = server.query("SELECT version, card FROM models")
    assert card["assets"] == 21
    assert (await model_store.verify(database, open_files(settings)))[0]["fault"] is None
    events = server.query("SELECT kind, detail FROM model_events ORDER BY happened_at, id")
    assert events[0][0] == "challenged"
    assert events[1][0] in {"promoted", "kept"}
    assert "CRPS" in events[1][1]
    await retrain(other.job("prediction.retrain"))
    assert server.query("SELECT version FROM models") == [(version,)], "once a day at most"
    assert len(server.query("SELECT 1 FROM model_events")) == len(events)

    # A try that ended between training and verdict: the next one judges what was trained.
    server.query("DELETE FROM model_events WHERE kind IN ('promoted', 'kept')")
    server.query("UPDATE model_pointers SET champion = NULL, challenger = %s", version)
    await retrain(other.job("prediction.retrain"))
    again = server.query("SELECT kind, detail FROM model_events ORDER BY happened_at, id")
    assert again == events
    assert server.query("SELECT version FROM models") == [(version,)]
