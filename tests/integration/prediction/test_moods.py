"""How the headlines about an asset read over time, over HTTP."""

from __future__ import annotations

from datetime import timedelta
from math import atanh
from uuid import uuid4

import pytest
from integration.prediction.conftest import API

pytestmark = pytest.mark.anyio


def headline(house, asset, day, *, reads=None, hour=12):
    """A headline of the household's about an asset, read by the model or not yet."""
    item = str(uuid4())
    house.server.query(
        "INSERT INTO news_items (tenant_id, id, url_hash, url, title, summary, publisher, provider, mentions,"
        " fetched_at, shown_at, content_hash, sentiment_model, sentiment, sentiment_probabilities, sentiment_words)"
        " VALUES (%s, %s, sha256(%s::text::bytea), 'https://daily.example/' || %s, 'Works', '', 'Daily', 'feeds', '{}',"
        " now(), %s, sha256('x'), %s, %s, %s, %s)",
        house.tenant, item, item, item, f"{day}T{hour:02}:00:00Z",
        *((None, None, None, None) if reads is None else ("m-1", "positive", list(reads), "[]")),
    )  # fmt: skip
    house.server.query(
        "INSERT INTO news_links (tenant_id, item_id, asset_id, matched_by, term) VALUES (%s, %s, %s, 'name', 'Works')",
        house.tenant, item, asset,
    )  # fmt: skip


async def moods(house, **asked):
    return await house.client.get(f"{API}/sentiment", params=asked)


async def test_days_are_weighed_and_what_nobody_read_is_null(house, yesterday):
    asset = house.assets["MID"]
    empty = (await moods(house, asset=asset)).raise_for_status().json()
    assert len(empty["days"]) == 90
    assert {(one["mean_logit"], one["score"], one["headlines"]) for one in empty["days"]} == {(None, None, 0)}

    headline(house, asset, yesterday - timedelta(days=3), reads=(0.7, 0.1, 0.2))
    headline(house, asset, yesterday, reads=(0.2, 0.6, 0.2), hour=23)
    headline(house, asset, yesterday)
    headline(house, house.assets["LONG"], yesterday, reads=(0.0, 0.0, 1.0))
    asked = {"asset": asset, "from": str(yesterday - timedelta(days=4)), "to": str(yesterday)}
    found = (await moods(house, **asked)).raise_for_status().json()
    assert (found["asset_id"], found["half_life_days"], found["headlines"], found["unread"]) == (asset, 3.0, 2, 1)
    assert [one["headlines"] for one in found["days"]] == [0, 1, 0, 0, 1]
    assert [one["counted"] for one in found["days"]] == [0, 1, 1, 1, 2]
    assert found["days"][0]["mean_logit"] is None
    assert found["days"][1]["score"] == pytest.approx(0.5, abs=1e-6)
    assert found["days"][4]["mean_logit"] == pytest.approx(0.5 * 2 * atanh(0.5) / 1.5, abs=1e-6)
    assert found["days"][4]["mean_logit_of_day"] == 0.0

    later = (await moods(house, **{**asked, "from": str(yesterday)})).json()
    assert later["days"] == found["days"][-1:], "headlines before the first day count as far as they reach"


async def test_what_cannot_be_asked_is_refused(house, api, yesterday):
    asset = house.assets["MID"]
    assert (await moods(house)).status_code == 422
    early = await moods(house, asset=asset, **{"from": str(yesterday - timedelta(days=91)), "to": str(yesterday)})
    assert (early.status_code, "At most 90 days" in early.text) == (422, True)
    turned = await moods(house, asset=asset, **{"from": str(yesterday), "to": str(yesterday - timedelta(days=1))})
    assert turned.status_code == 422
    assert (await moods(house, asset=str(uuid4()))).status_code == 404
    stranger = await api.sign_up()
    assert (await stranger.get(f"{API}/sentiment", params={"asset": asset})).status_code == 404
