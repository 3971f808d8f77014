"""Goals, the ten questions, advice and what-ifs over HTTP: worked out from real closes, kept as they were given."""

from __future__ import annotations

import re
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
# Of a goal a year away the profile is the most careful one; a longer way takes longer to work out.
BOLDER = {"drawdown": 0.35, "crypto": 0.1, "one_asset": 0.25, "cash_months": 2}


def goal(amount="31500", years=1, **more):
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
    body = {"portfolio_id": portfolio, "goal": goal(), "risk_profile": PROFILE, "limits": BOLDER} | more
    return await house.client.post(f"{API}/advice", json=body)


async def test_advice_is_an_allocation_within_the_limits_with_its_odds_that_stays(house, portfolio):
    wished = [house.assets["OTHER"], house.assets["COIN"], house.assets["YOUNG"]]
    answer = await advise(house, portfolio, asset_ids=wished)
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert made["disclaimer"] == "A calculation from your inputs, not investment advice."
    assert made["profile"] == {"tolerance": 4, "capacity": 1, "level": 1}
    [horizon] = [one for one in made["trace"] if one["code"] == "horizon"]
    assert (horizon["answer"], horizon["counted"]) == (5, 1)
    assert made["limits"]["own"] == sorted(BOLDER)
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
    assert len(best["yearly"]) in {1, 2}
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


async def test_goals_are_kept_changed_and_deleted(house, portfolio, api):
    made = await house.client.post(f"{API}/goals", json={"portfolio_id": portfolio, **goal()})
    assert made.status_code == 201, made.text
    one, place = made.json(), made.headers["Location"]
    assert one["target_amount"] == "31500"
    assert (await house.client.get(place)).json() == one
    changed = await house.client.put(place, json={"portfolio_id": portfolio, **goal("50000")})
    assert changed.json() == {**one, "target_amount": "50000"}
    stale = await house.client.put(place, json={"portfolio_id": portfolio, **goal()}, headers={"If-Match": '"old"'})
    assert stale.status_code == 412
    listed = (await house.client.get(f"{API}/goals", params={"portfolio_id": portfolio})).json()["items"]
    assert [item["id"] for item in listed] == [one["id"]]
    stranger = await api.sign_up()
    assert (await stranger.get(place)).status_code == 404
    assert (await stranger.get(f"{API}/goals")).json()["items"] == []
    assert (await stranger.post(f"{API}/goals", json={"portfolio_id": portfolio, **goal()})).status_code == 404
    assert (await house.client.delete(place)).status_code == 204
    assert (await house.client.get(place)).status_code == 404


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"target_on": "2020-01-01"}, "/target_on"),
        ({"target_on": "2099-01-01"}, "/target_on"),
        ({"target_amount": "0"}, "/target_amount"),
        ({"fee_rate": 0.5}, "/fee_rate"),
    ],
)
async def test_a_goal_that_is_none_is_refused_where_it_stands(house, portfolio, change, place):
    answer = await house.client.post(f"{API}/goals", json={"portfolio_id": portfolio, **goal(), **change})
    assert answer.status_code == 422
    assert place in {fault["pointer"] for fault in answer.json()["errors"]}


async def test_the_questions_are_answered_per_portfolio(house):
    made = await house.client.post(f"{API}/portfolios", json={"name": "Asked", "base_currency": "EUR"})
    path = f"{API}/portfolios/{made.json()['id']}/risk-profile"
    asked = (await house.client.get(f"{API}/advice/questions")).json()
    assert [one["code"] for one in asked["questions"]] == list(ANSWERS)
    assert {one["asset_class"] for one in asked["premia"]} >= {"equity", "bond", "crypto"}
    empty = (await house.client.get(path)).json()
    assert empty["is_answered"] is False
    wish = {"portfolio_id": made.json()["id"], "goal": goal()}
    refused = await house.client.post(f"{API}/advice", json=wish)
    assert refused.status_code == 409
    assert "risk-profile" in refused.json()["detail"]
    put = await house.client.put(path, json={**PROFILE, "premia": {"by_class": {"equity": 0.03}}})
    assert put.status_code == 200, put.text
    assert put.json()["profile"] == {"tolerance": 4, "capacity": 4, "level": 4}
    assert put.json()["limits"]["one_asset"] == 0.25
    assert (await house.client.get(path)).json() == put.json()
    assert put.json()["premia"]["by_class"] == {"equity": 0.03}
    without = {name: answer for name, answer in ANSWERS.items() if name != "aim"}
    answer = await house.client.put(path, json={**PROFILE, "answers": without})
    assert "/answers/aim" in {fault["pointer"] for fault in answer.json()["errors"]}
    nothing = await house.client.post(f"{API}/advice", json=wish)
    assert nothing.status_code == 422
    assert "nothing of value" in nothing.text


async def test_limits_that_contradict_each_other_are_named_with_what_would_do(house, portfolio):
    answer = await advise(house, portfolio, bounds=[{"asset_id": house.assets["SHARE"], "least": 0.4}])
    assert answer.status_code == 409, answer.text
    problem = answer.json()
    assert problem["type"] == "/problems/infeasible-constraints"
    [relaxation] = problem["relaxations"]
    assert relaxation["constraint"] in {"most one_asset", "least SHARE"}
    assert abs(relaxation["needed"] - relaxation["limit"]) == pytest.approx(0.15, abs=1e-6)
    unknown = await advise(house, portfolio, bounds=[{"asset_id": house.assets["TINY"], "least": 0.1}])
    assert unknown.status_code == 422


async def test_what_has_to_give_is_said_at_its_field_in_per_cent_and_does(house, portfolio):
    share, coin = house.assets["SHARE"], house.assets["COIN"]
    alone = {"one_asset": 1.0, "drawdown": 0.9, "crypto": 1.0, "cash_months": 0}
    for wish, places in (
        ({"bounds": [{"asset_id": share, "least": 0.4}]}, {"/limits/one_asset", f"/bounds/{share}/least"}),
        ({"asset_ids": [coin], "classes": [{"asset_class": "crypto", "least": 0.15}]},
         {"/limits/crypto", "/classes/crypto/least"}),
        ({"limits": alone, "classes": [{"asset_class": "cash", "most": 0.5}], "bounds": [{"asset_id": share, "most": 0.3}]},
         {"/classes/cash/most", f"/bounds/{share}/most"}),
        ({"limits": BOLDER | {"cash_months": 60}}, {"/limits/cash_months"}),
        ({"limits": alone | {"drawdown": 0.01}, "bounds": [{"asset_id": share, "may_sell": False}]}, {"/limits/drawdown"}),
        ({"minimum_return": 0.2}, {"/minimum_return"}),
        ({"limits": BOLDER | {"one_asset": 0.1}, "maximum_turnover": 0.01},
         {"/maximum_turnover", "/limits/one_asset"}),
        ({"tracking_error": {"maximum": 0.01, "asset_id": share}}, {"/tracking_error/maximum"}),
    ):  # fmt: skip
        answer = await advise(house, portfolio, **wish)
        assert answer.status_code == 409, answer.text
        problem = answer.json()
        faults = {one["pointer"]: one["detail"] for one in problem["errors"]}
        assert faults, problem
        assert set(faults) <= places, problem
        given = {"limits": BOLDER, **wish}
        for pointer, detail in faults.items():
            asked, needed = re.fullmatch(
                r"At (?:most|least) ([\d.]+)(?:%| months of spending) cannot be kept beside the other limits; "
                r"at (?:most|least) ([\d.]+)%? would do\.", detail
            ).groups()  # fmt: skip
            assert f"{asked}" in problem["detail"]
            assert needed in problem["detail"]
            put(given, pointer, float(needed) / (1 if pointer.endswith("months") else 100))
        mended = await advise(house, portfolio, **given)
        assert mended.status_code == 201, (wish, problem["detail"], mended.text)


def put(wish, pointer, value):
    """The wish with a limit of another value, wherever it stands."""
    first, *rest = pointer.strip("/").split("/")
    if not rest:
        wish[first] = value
    elif first in {"bounds", "classes"}:
        [one] = [one for one in wish[first] if rest[0] in one.values()]
        wish[first] = [{**other, rest[1]: value} if other is one else other for other in wish[first]]
    else:
        wish[first] = {**wish[first], rest[0]: value}


async def test_it_goes_no_further_from_what_there_is_than_is_wanted(house, portfolio):
    share, other = house.assets["SHARE"], house.assets["OTHER"]
    made = await advise(
        house, portfolio, asset_ids=[other], goal=goal("200000"), maximum_turnover=0.1,
        limits=BOLDER | {"one_asset": 0.35},
        tracking_error={"maximum": 0.05}, bounds=[{"asset_id": share, "may_sell": False}],
        classes=[{"asset_class": "cash", "least": 0.5}],
    )  # fmt: skip
    assert made.status_code == 201, made.text
    found = made.json()
    for one in (found["recommended"], *found["alternatives"]):
        assert one["turnover"] <= 0.1 + 1e-5
        assert one["tracking_error"] <= 0.05 + 1e-5
    assert (found["current"]["turnover"], found["current"]["tracking_error"]) == (0, 0)
    assert all(order["side"] == "buy" for order in found["orders"])
    assert ("least", ["SHARE"]) in [(one["limit"], one["assets"]) for one in found["binding"]]
    away = await advise(house, portfolio, tracking_error={"maximum": 0.01, "asset_id": share})
    assert away.status_code == 409, away.text
    assert [one["constraint"] for one in away.json()["relaxations"]] == ["most tracking_error"]
    for wrong, place in (
        ({"tracking_error": {"maximum": 0.01, "asset_id": other}}, "/tracking_error/asset_id"),
        ({"classes": [{"asset_class": "houses"}]}, "/classes/houses"),
        ({"maximum_turnover": 0}, "/maximum_turnover"),
    ):
        refused = await advise(house, portfolio, **wrong)
        assert refused.status_code == 422, refused.text
        assert place in {fault["pointer"] for fault in refused.json()["errors"]}


async def test_what_if_shows_odds_and_risk_before_and_after(house, portfolio):
    body = {"portfolio_id": portfolio, "goal": goal(), "seed": 3,
            "changes": [{"asset_id": house.assets["OTHER"], "amount": "5000"}]}  # fmt: skip
    answer = await house.client.post(f"{API}/advice/what-if", json=body)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    before, after = ({one["label"]: one["weight"] for one in found[side]["weights"]} for side in ("before", "after"))
    assert after["OTHER"] == pytest.approx(5000 / float(found["value"]), abs=1e-5)
    assert after["EUR"] == pytest.approx(before["EUR"] - after["OTHER"], abs=1e-5)
    for side in ("before", "after"):
        assert all(found[side]["es"][level] >= found[side]["var"][level] >= 0 for level in found[side]["var"])
    assert found["after"]["volatility"] != found["before"]["volatility"]
    for change, place in (("50000", "/new_money"), ("-10", f"/changes/{house.assets['OTHER']}")):
        body["changes"][0]["amount"] = change
        refused = await house.client.post(f"{API}/advice/what-if", json=body)
        assert refused.status_code == 422, refused.text
        assert place in {fault["pointer"] for fault in refused.json()["errors"]}


async def test_a_goal_has_odds_with_the_portfolio_as_it_is(house, portfolio):
    made = (await house.client.post(f"{API}/goals", json={"portfolio_id": portfolio, **goal(years=2)})).json()
    found = (await house.client.get(f"{API}/goals/{made['id']}/odds")).json()
    assert found["goal"]["name"] == "House"
    assert len(found["odds"]["yearly"]) in {2, 3}
    for year in found["odds"]["yearly"]:
        values = [float(value) for value in year["quantiles"].values()]
        assert values == sorted(values)
        assert len(values) == 11
    assert found["odds"]["weights"][-1]["label"] == "EUR"
    assert [one["premium_change"] for one in found["premia_moved"]] == [-0.01, 0.01]
