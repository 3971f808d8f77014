"""A goal as the subject of a forecast: worked out, kept as it was said, never scored and told so."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

import psycopg
import pytest
from integration.prediction.conftest import API

from finsage.platform import clock
from finsage.prediction.service import watch
from finsage.prediction.store import predictions as prediction_store

pytestmark = pytest.mark.anyio
NOBODY = "00000000-0000-7000-8000-000000000001"


@pytest.fixture(scope="module")
async def goal(house):
    made = await house.client.post(f"{API}/portfolios", json={"name": "Saved", "base_currency": "EUR"})
    portfolio = made.json()["id"]
    [(last,)] = house.server.query("SELECT max(day) FROM prices WHERE asset_id = %s", UUID(house.assets["LONG"]))
    booked = str(last - timedelta(days=30))
    for entry in (
        {"type": "deposit", "day": booked, "currency": "EUR", "gross": "9000"},
        {"type": "buy", "day": booked, "asset_id": house.assets["LONG"], "quantity": "50", "unit_price": "100"},
    ):
        answer = await house.client.post(f"{API}/portfolios/{portfolio}/transactions", json=entry)
        assert answer.is_success, answer.text
    day = clock.today("UTC")
    terms = {"name": "Boat", "target_amount": "9900", "target_on": str(date(day.year + 1, day.month, 1)),
             "monthly_contribution": "20", "fee_rate": 0.002, "inflation_rate": 0.02}  # fmt: skip
    return (await house.client.post(f"{API}/goals", json={"portfolio_id": portfolio, **terms})).json()


async def predict(house, goal_id, **more):
    return await house.client.post(f"{API}/predictions", json={"subject": {"goal_id": goal_id}, **more})


async def test_the_odds_of_a_goal_are_kept_as_they_were_said_and_nobody_scores_them(house, goal, api):
    answer = await predict(house, goal["id"])
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert made["subject"] == {"kind": "goal", "id": goal["id"]}
    assert made["matures_on"] == goal["target_on"]
    assert made["is_scored"] is False
    assert "no outcome says" in made["not_scored_because"]
    assert 0 <= made["odds"]["odds"]["goal"]["probability"] <= 1
    assert made["odds"] == (await house.client.get(f"{API}/goals/{goal['id']}/odds")).json(), "what is said elsewhere"
    assert (await predict(house, goal["id"])).json() == made, "nothing has changed, so nothing is kept twice"
    assert [one["code"] for one in made["staleness"]["reasons"]] == ["old_closes"]
    last = made["odds"]["odds"]["yearly"][-1]["quantiles"]
    assert {"0.01", "0.025", "0.5", "0.975", "0.99"} <= set(last)

    changed = {name: goal[name] for name in goal if name not in {"id", "created_at"}} | {"target_amount": "99000"}
    (await house.client.put(f"{API}/goals/{goal['id']}", json=changed)).raise_for_status()
    assert (await house.client.get(answer.headers["Location"])).json() == made, "the goal as it was then"
    later = (await predict(house, goal["id"])).json()
    assert later["odds"]["odds"]["goal"]["probability"] < made["odds"]["odds"]["goal"]["probability"]
    listed = (await house.client.get(f"{API}/predictions/goals/{goal['id']}", params={"limit": 1})).json()
    assert listed["items"] == [later]
    rest = await house.client.get(f"{API}/predictions/goals/{goal['id']}", params={"cursor": listed["next_cursor"]})
    assert (rest.json()["items"], rest.json()["next_cursor"]) == ([made], None)

    stranger = await api.sign_up()
    for path in (f"predictions/{made['id']}", f"predictions/goals/{goal['id']}"):
        assert (await stranger.get(f"{API}/{path}")).status_code == 404
    refused = await stranger.post(f"{API}/predictions", json={"subject": {"goal_id": goal["id"]}})
    assert refused.status_code == 404
    waiting = house.job("prediction.score_matured")
    async with waiting.database.read(house.tenant) as session:
        far = clock.today("UTC") + timedelta(days=800)
        assert await prediction_store.waiting(session, house.tenant, until=far) == []
    assert not await watch.is_score_due(waiting)


async def test_nobody_changes_what_was_said(house, goal):
    made = await predict(house, goal["id"])
    assert made.status_code == 201, made.text
    with psycopg.connect(house.server.app_dsn, autocommit=True) as app:
        app.execute("SELECT set_config('app.tenant', %s, false)", [str(house.tenant)])
        for statement in ("UPDATE goal_predictions SET as_of = '2020-01-01'", "DELETE FROM goal_predictions"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                app.execute(statement)


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ({"subject": {"goal_id": NOBODY}, "horizon_days": 30}, 422, "its own day"),
        ({"subject": {"goal_id": NOBODY, "asset_id": NOBODY}}, 422, "one of them"),
        ({"subject": {"asset_id": NOBODY}}, 422, "horizon_days is needed"),
        ({"subject": {"goal_id": NOBODY}}, 404, "GET /goals"),
    ],
)
async def test_what_cannot_be_asked_is_refused(house, body, status, said):
    answer = await house.client.post(f"{API}/predictions", json=body)
    assert answer.status_code == status, answer.text
    assert said in answer.text


async def test_a_goal_has_no_price_and_its_day_must_be_to_come(house, goal):
    made = (await predict(house, goal["id"])).json()
    priced = await house.client.get(f"{API}/predictions/{made['id']}", params={"price": "100"})
    assert priced.status_code == 422, priced.text
    house.server.query("UPDATE goals SET target_on = '2020-01-01' WHERE id = %s", UUID(goal["id"]))
    over = await predict(house, goal["id"])
    assert over.status_code == 422, over.text
    assert "2020-01-01" in over.json()["detail"]


async def test_forecasts_of_a_goal_go_with_it(house, goal):
    assert house.server.query("SELECT count(*) > 0 FROM goal_predictions WHERE goal_id = %s", UUID(goal["id"]))[0][0]
    (await house.client.delete(f"{API}/goals/{goal['id']}")).raise_for_status()
    assert house.server.query("SELECT count(*) FROM goal_predictions WHERE goal_id = %s", UUID(goal["id"])) == [(0,)]
