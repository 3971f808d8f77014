"""Goals, the ten questions, advice and what-ifs over HTTP: worked out from real closes, kept as they were given."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from integration.prediction.conftest import API, closes

from finsage.market.service.rates import load_ecb_rates
from finsage.platform import clock

pytestmark = pytest.mark.anyio

ANSWERS = {
    "fall": 4, "reaction": 4, "range": 4, "experience": 4, "aim": 4,
    "horizon": 5, "income": 4, "obligations": 4, "reserve": 4, "share": 3,
}  # fmt: skip
PROFILE = {"answers": ANSWERS, "monthly_spending": "500"}


def goal(amount="90000", years=17, **more):
    day = clock.today("UTC")
    return {"name": "House", "target_amount": amount, "target_on": str(date(day.year + years, day.month, 1)),
            "monthly_contribution": "100", "fee_rate": 0.002, "inflation_rate": 0.02} | more  # fmt: skip


@pytest.fixture(scope="module")
async def portfolio(house, database):
    """20,000 of money, 6,000 of one share; a second share, a coin and a young one may be bought."""
    async with database.write() as session:
        await load_ecb_rates(session)
    last = clock.today("UTC") - timedelta(days=1)
    for seed, (symbol, asset_class) in enumerate((("SHARE", "equity"), ("OTHER", "equity"), ("COIN", "crypto"))):
        draft = {"symbol": symbol, "name": symbol.title(), "asset_class": asset_class, "currency": "EUR"}
        house.assets[symbol] = (await house.client.post(f"{API}/assets", json=draft)).json()["id"]
        await house.prices(symbol, closes(700, 40 + seed, last=last))
    made = await house.client.post(f"{API}/portfolios", json={"name": "Advised", "base_currency": "EUR"})
    found = made.json()["id"]
    booked = str(last - timedelta(days=30))
    for entry in (
        {"type": "deposit", "day": booked, "currency": "EUR", "gross": "26000"},
        {"type": "buy", "day": booked, "asset_id": house.assets["SHARE"], "quantity": "60", "unit_price": "100"},
    ):
        answer = await house.client.post(f"{API}/portfolios/{found}/transactions", json=entry)
        assert answer.is_success, answer.text
    return found


async def advise(house, portfolio, **more):
    body = {"portfolio_id": portfolio, "goal": goal(), "risk_profile": PROFILE} | more
    return await house.client.post(f"{API}/advice", json=body)


async def test_advice_is_an_allocation_within_the_limits_with_its_odds_that_stays(house, portfolio):
    wished = [house.assets["OTHER"], house.assets["COIN"], house.assets["YOUNG"]]
    answer = await advise(house, portfolio, asset_ids=wished)
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert made["disclaimer"] == "A calculation from your inputs, not investment advice."
    assert made["profile"] == {"tolerance": 4, "capacity": 4, "level": 4}
    assert made["limits"]["drawdown"] == 0.35
    assert made["limits"]["cash_amount"] == "1000"
    best = made["recommended"]
    weights = {one["label"]: one["weight"] for one in best["weights"]}
    assert set(weights) == {"SHARE", "OTHER", "COIN", "EUR"}, "YOUNG has too short a history to be bought"
    assert [one["code"] for one in made["warnings"] if one["code"] == "short_history"]
    assert sum(weights.values()) == pytest.approx(1, abs=1e-5)
    assert max(weights["SHARE"], weights["OTHER"]) <= 0.25 + 1e-6
    assert weights["COIN"] <= 0.10 + 1e-6
    assert best["drawdown_95"] <= 0.35
    assert 0 <= best["goal"]["probability"] <= 1
    assert 0 < best["goal"]["error"] < 0.006
    assert [one["depth"] for one in best["drawdowns"]] == sorted(one["depth"] for one in best["drawdowns"])
    assert len(best["yearly"]) in {17, 18}
    ends = [float(value) for value in best["outcomes"].values()]
    assert ends == sorted(ends)
    assert {one["method"] for one in made["alternatives"]} - {best["method"]}
    assert made["current"]["method"] == "current"
    low, high = made["premia_moved"]
    assert low["goal"]["probability"] <= best["goal"]["probability"] <= high["goal"]["probability"]
    assert made["binding"], "something keeps it from more"
    stays = await house.client.get(answer.headers["Location"])
    assert stays.json() == made
    listed = (await house.client.get(f"{API}/advice", params={"portfolio_id": portfolio})).json()
    assert listed["items"][0]["id"] == made["id"]
    assert listed["items"][0]["probability"] == best["goal"]
    again = (await advise(house, portfolio, asset_ids=wished)).json()
    assert {**again, "id": made["id"], "created_at": made["created_at"]} == made, "the same inputs, the same advice"


async def test_orders_lead_to_the_recommendation_and_say_why(house, portfolio):
    made = (await advise(house, portfolio, asset_ids=[house.assets["OTHER"]])).json()
    value = float(made["value"])
    assert made["orders"]
    for order in made["orders"]:
        assert order["reasons"]
        assert float(order["amount"]) == pytest.approx(
            abs(order["weight_after"] - order["weight_before"]) * value, abs=0.02
        )
    placed = {one["label"]: one["weight"] for one in made["recommended"]["weights"]}
    assert all(order["weight_after"] == placed[order["label"]] for order in made["orders"])
    spent = sum(float(one["amount"]) * (1 if one["side"] == "buy" else -1) for one in made["orders"])
    money = next(one for one in made["current"]["weights"] if one["label"] == "EUR")
    assert float(money["amount"]) - spent >= float(made["limits"]["cash_amount"]) - 0.01
