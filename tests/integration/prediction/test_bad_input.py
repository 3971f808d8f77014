"""Series nobody should trust, through the API: refused where they come in, or forecast with a warning."""

from __future__ import annotations

from uuid import uuid4

import numpy as np
import pytest
from integration.prediction.conftest import API
from unit.prediction import bad_input

from finsage.market.events import HISTORY_STORED
from finsage.platform import clock
from finsage.prediction.jobs import refresh_history

pytestmark = pytest.mark.anyio


async def put(client, days, values):
    draft = {"symbol": f"B{uuid4().hex[:8]}", "name": "Bad", "asset_class": "equity", "currency": "EUR"}
    asset = (await client.post(f"{API}/assets", json=draft)).json()["id"]
    items = [{"day": str(day), "close": f"{value:.6f}"} for day, value in zip(days, values, strict=True)]
    return asset, await client.put(f"{API}/assets/{asset}/prices", json={"items": items})


async def forecast(client, asset):
    return await client.post(f"{API}/predictions", json={"subject": {"asset_id": asset}, "horizon_days": 7})


async def test_strange_series_are_forecast_with_finite_figures_and_a_warning(house):
    for name, ((days, values), code) in bad_input.WARNED.items():
        asset, stored = await put(house.client, days, values)
        assert stored.is_success, (name, stored.text)
        answer = await forecast(house.client, asset)
        assert answer.status_code == 201, (name, answer.text)
        found = answer.json()
        assert np.isfinite([float(price) for price in found["quantiles"].values()]).all(), name
        assert 0 <= found["var"]["0.95"] <= found["es"]["0.95"] <= 1, name
        assert code in {one["code"] for one in found["warnings"]}, name


async def test_the_daily_run_says_the_same_of_strange_series_and_why_it_leaves_one_out(house):
    expected = {}
    left_out = {name: bad_input.REFUSED[name] for name in ("two points", "constant")}
    for name, ((days, values), code) in {**bad_input.WARNED, **left_out}.items():
        # As old as it is in the file it would be no asset of the daily run: its last close is of last week.
        moved = days + (np.datetime64(clock.today("UTC"), "D") - days[-1] - np.timedelta64(7, "D"))
        asset, stored = await put(house.client, moved, values)
        assert stored.is_success, (name, stored.text)
        expected[asset] = name, code
    await refresh_history(house.job(HISTORY_STORED, house.tenant))
    made = house.server.query(
        "SELECT subject_id, prediction_result FROM predictions WHERE tenant_id = %s AND horizon_days = 7", house.tenant
    )
    told = {str(asset): {one["code"] for one in result["notices"]} for asset, result in made}
    refused = house.server.query(
        "SELECT asset_id, refused FROM prediction_states WHERE tenant_id = %s AND refused IS NOT NULL", house.tenant
    )
    told |= {str(asset): reason for asset, reason in refused}
    for asset, (name, code) in expected.items():
        assert code in told[asset], name


async def test_what_cannot_be_used_is_refused_where_it_comes_in_or_when_it_is_asked(house):
    for name in ("two points", "constant", "a zero", "a day twice"):
        (days, values), _ = bad_input.REFUSED[name]
        asset, stored = await put(house.client, days, values)
        answer = await forecast(house.client, asset)
        assert answer.status_code == 422, (name, stored.text)
        slug = "never-moved" if name == "constant" else "too-little-history"
        assert answer.json()["type"] == f"/problems/{slug}"
        assert (stored.status_code == 422) == (name not in {"two points", "constant"}), (name, stored.text)


async def test_a_portfolio_holds_what_never_moved_as_that_but_nothing_else(house):
    (days, values), _ = bad_input.REFUSED["constant"]
    still, _ = await put(house.client, days, values)
    moving, _ = await put(house.client, bad_input.DAYS, bad_input.WALK)
    made = await house.client.post(f"{API}/portfolios", json={"name": "Still", "base_currency": "EUR"})
    portfolio, first = made.json()["id"], str(days[-10])
    answers = []
    for asset in (still, moving):
        entry = {"type": "opening_balance", "day": first, "asset_id": asset, "quantity": "10", "gross": "1000"}
        booked = await house.client.post(f"{API}/portfolios/{portfolio}/transactions", json=entry)
        assert booked.is_success, booked.text
        wish = {"subject": {"portfolio_id": portfolio}, "horizon_days": 7}
        answers.append(await house.client.post(f"{API}/predictions", json=wish))
    assert [one.status_code for one in answers] == [422, 201], [one.text for one in answers]
    assert "ever changed its price" in answers[0].json()["detail"]
    half = answers[1].json()
    assert half["var"]["0.95"] == pytest.approx(
        (await forecast(house.client, moving)).json()["var"]["0.95"] / 2, rel=0.1
    )


async def test_the_order_closes_come_in_is_nothing_to_a_forecast(house):
    made = []
    for step in (1, -1):
        asset, stored = await put(house.client, bad_input.DAYS[::step], bad_input.WALK[::step])
        assert stored.is_success, stored.text
        made.append((await forecast(house.client, asset)).json())
    assert made[0]["data"]["sha256"] == made[1]["data"]["sha256"]
    assert made[0]["last_close"] == made[1]["last_close"]


async def test_a_close_of_the_future_is_not_looked_at(house):
    asset, stored = await put(house.client, *bad_input.REFUSED["the future"][0])
    assert stored.is_success, stored.text
    found = (await forecast(house.client, asset)).json()
    assert (found["as_of"], found["data"]["to"]) == (str(bad_input.DAYS[-1]), str(bad_input.DAYS[-1]))
