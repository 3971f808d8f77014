"""Forecasts over HTTP: stored as they were made, with odds, risk, the scoreboard, models and how headlines read."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from integration.prediction.conftest import API, closes
from support import Api

from finsage.app import build_app
from finsage.market.service.rates import load_ecb_rates
from finsage.platform.caller import PUBLIC_TENANT
from finsage.prediction.jobs import refresh_forecasts, score_matured
from finsage.prediction.service import watch
from finsage.prediction.service.refresh import refresh

pytestmark = pytest.mark.anyio


async def predict(client, days=7, **subject):
    return await client.post(f"{API}/predictions", json={"subject": subject, "horizon_days": days})


async def test_a_forecast_is_a_distribution_that_stays(house):
    made = await predict(house.client, days=5, asset_id=house.assets["LONG"])
    assert made.status_code == 201, made.text
    one = made.json()
    assert made.headers["Location"] == f"{API}/predictions/{one['id']}"
    assert len(one["quantiles"]) == len(one["return_quantiles"]) == 101
    values = [float(price) for price in one["quantiles"].values()]
    assert values == sorted(values)
    assert all(one["es"][level] >= one["var"][level] >= 0 for level in one["var"])
    assert 0.3 < one["probability_of_loss"] < 0.7
    assert one["confidence_score"] is None, "nothing has matured"
    assert one["model"]["rung"] == "full"
    assert set(one["baselines"]) == {"random-walk-EQ500", "GARCH-t"}
    again = (await house.client.get(f"{API}/predictions/{one['id']}")).json()
    assert again == one
    below = await house.client.get(f"{API}/predictions/{one['id']}", params={"price": one["quantiles"]["0.25"]})
    assert below.json()["odds"]["probability_below"] == pytest.approx(0.25, abs=1e-4)
    far = await house.client.get(f"{API}/predictions/{one['id']}", params={"price": "1e9"})
    assert far.status_code == 422, "plain decimals alone"
    far = await house.client.get(f"{API}/predictions/{one['id']}", params={"price": "1000000000"})
    assert far.json()["odds"]["probability_above"] == pytest.approx(0.01)


async def test_what_is_stale_says_so_in_words(house, database, settings, yesterday):
    one = (await predict(house.client, days=7, asset_id=house.assets["LONG"])).json()
    found = one["staleness"]
    age = (yesterday - date.fromisoformat(one["as_of"])).days
    assert (found["is_stale"], found["closes_age_days"]) == (True, age)
    assert [reason["code"] for reason in found["reasons"]] == ["old_closes"]
    assert f"{age} days old" in found["reasons"][0]["detail"]
    assert "days old" not in str(one["warnings"]), "once is enough"
    assert found["weights_age_days"] == (yesterday - date(2026, 10, 30)).days
    listed = (await house.client.get(f"{API}/predictions", params={"asset_id": house.assets["LONG"]})).json()
    assert listed["items"][0]["staleness"] == found

    await house.prices("YOUNG", closes(60, 2, last=yesterday))
    fresh = (await predict(house.client, days=7, asset_id=house.assets["YOUNG"])).json()["staleness"]
    assert (fresh["is_stale"], fresh["reasons"]) == (False, [])
    assert fresh["closes_age_days"] <= 2, "a weekend"
    models = (await house.client.get(f"{API}/models")).json()["items"]
    assert [one["trained_until"] for one in models if one["family"] == "price"] == ["2026-10-30"]


async def test_the_daily_run_and_a_wish_agree(house):
    await refresh_forecasts(house.job("prediction.refresh_forecasts"))
    wished = (await predict(house.client, days=7, asset_id=house.assets["LONG"])).json()
    assert wished["made_by"] == "daily_run", "the same forecast is there already"
    listed = (
        await house.client.get(f"{API}/predictions", params={"asset_id": house.assets["LONG"], "limit": 2})
    ).json()
    assert len(listed["items"]) == 2
    assert len(listed["items"][0]["quantiles"]) == 11
    rest = (
        await house.client.get(
            f"{API}/predictions", params={"asset_id": house.assets["LONG"], "cursor": listed["next_cursor"]}
        )
    ).json()
    ids = [one["id"] for one in listed["items"] + rest["items"]]
    assert len(ids) == len(set(ids)) >= 4


@pytest.mark.parametrize(
    ("days", "subject", "status", "said"),
    [
        (7, {"asset_id": "TINY"}, 422, "at least 30 returns"),
        (0, {"asset_id": "LONG"}, 422, "greater than or equal to 1"),
        (366, {"asset_id": "LONG"}, 422, "less than or equal to 365"),
        (7, {}, 422, "one of them"),
        (7, {"asset_id": "00000000-0000-7000-8000-000000000001"}, 404, "no asset"),
        (7, {"portfolio_id": "00000000-0000-7000-8000-000000000001"}, 404, "portfolio"),
    ],
)
async def test_what_cannot_be_forecast_is_refused_with_the_reason(house, days, subject, status, said):
    subject = {name: house.assets.get(value, value) for name, value in subject.items()}
    answer = await predict(house.client, days=days, **subject)
    assert answer.status_code == status, answer.text
    assert said in answer.text


async def test_another_tenant_finds_nothing(house, api):
    stranger = await api.sign_up()
    one = (await predict(house.client, days=3, asset_id=house.assets["LONG"])).json()
    assert (await stranger.get(f"{API}/predictions/{one['id']}")).status_code == 404
    assert (await stranger.get(f"{API}/predictions")).json()["items"] == []
    assert (await predict(stranger, asset_id=house.assets["LONG"])).status_code == 404
    asked = await stranger.get(f"{API}/predictions/risk/assets/{house.assets['LONG']}")
    assert asked.status_code == 404


@pytest.fixture(scope="module")
async def portfolio(house, database):
    async with database.write() as session:
        await load_ecb_rates(session)
    made = await house.client.post(f"{API}/portfolios", json={"name": "Both", "base_currency": "EUR"})
    portfolio = made.json()["id"]
    draft = {"symbol": "DOLLAR", "name": "Dollar", "asset_class": "equity", "currency": "USD"}
    house.assets["DOLLAR"] = (await house.client.post(f"{API}/assets", json=draft)).json()["id"]
    [(last,)] = house.server.query("SELECT max(day) FROM prices WHERE asset_id = %s", UUID(house.assets["LONG"]))
    await house.prices("DOLLAR", closes(900, 11, last=last))
    booked = str(last - timedelta(days=400))
    for symbol, quantity in (("LONG", "10"), ("DOLLAR", "5")):
        entry = {
            "type": "buy", "day": booked, "asset_id": house.assets[symbol], "quantity": quantity,
            "unit_price": "100",
        }  # fmt: skip
        answer = await house.client.post(f"{API}/portfolios/{portfolio}/transactions", json=entry)
        assert answer.is_success, answer.text
    return portfolio


async def test_a_portfolio_is_forecast_as_a_whole(house, portfolio):
    answer = await predict(house.client, days=7, portfolio_id=portfolio)
    assert answer.status_code == 201, answer.text
    one = answer.json()
    assert one["subject"] == {"kind": "portfolio", "id": portfolio}
    assert one["currency"] == "EUR"
    assert sum(part["weight"] for part in one["parts"]) == pytest.approx(1)
    parts = {part["label"]: part["weight"] for part in one["parts"]}
    assert {"LONG", "DOLLAR"} <= set(parts)
    single = (await predict(house.client, days=7, asset_id=house.assets["LONG"])).json()
    assert 0 < one["var"]["0.95"] < 1
    assert one["quantiles"]["0.5"] != single["quantiles"]["0.5"]
    assert one["baselines"], "the same weights held in the past"
    listed = (await house.client.get(f"{API}/predictions", params={"portfolio_id": portfolio})).json()
    assert [item["id"] for item in listed["items"]] == [one["id"]]


async def test_the_volatility_of_a_portfolio_is_annualised_as_that_of_its_assets(house, portfolio):
    for days, rows in ((1, 1), (30, 21)):
        subjects = {"portfolio_id": portfolio}, {"asset_id": house.assets["LONG"]}
        for one in [(await predict(house.client, days=days, **subject)).json() for subject in subjects]:
            factor = one["volatility"]["annualised"] / one["volatility"]["horizon"]
            assert factor == pytest.approx((252 / rows) ** 0.5), (days, one["subject"])
            assert one["horizon_rows"] == rows


@pytest.mark.parametrize("kind", ["asset", "portfolio"])
async def test_value_at_risk_is_judged_over_the_past(house, portfolio, kind):
    which = f"assets/{house.assets['LONG']}" if kind == "asset" else f"portfolios/{portfolio}"
    answer = await house.client.get(f"{API}/predictions/risk/{which}")
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert found["source"] == "replay"
    assert found["is_sufficient"]
    assert found["periods"] >= 250
    assert found["traffic_light"] in {"green", "yellow", "red"}
    levels = {level["confidence"]: level for level in found["levels"]}
    assert set(levels) == {0.9, 0.95, 0.975, 0.99}
    assert levels[0.9]["breaches"] >= levels[0.99]["breaches"]
    assert 0 <= levels[0.95]["kupiec"]["p_value"] <= 1
    assert len(found["points"]) == 250
    monthly = (await house.client.get(f"{API}/predictions/risk/{which}", params={"horizon_days": 30})).json()
    assert not monthly["is_sufficient"], "few periods that do not overlap"


async def test_too_young_to_look_back_on_is_said(house):
    for symbol in ("YOUNG", "TINY"):
        found = (await house.client.get(f"{API}/predictions/risk/assets/{house.assets[symbol]}")).json()
        assert (found["source"], found["periods"], found["levels"]) == ("none", 0, [])
        assert "needed" in found["shortage"] or "needs" in found["shortage"]
    wrong = await house.client.get(f"{API}/predictions/risk/assets/{house.assets['LONG']}", params={"horizon_days": 5})
    assert wrong.status_code == 422


async def test_before_anything_matured_the_walk_forward_stands_alone(house):
    found = (await house.client.get(f"{API}/predictions/scoreboard")).json()
    assert (found["matured"], found["scores"], found["is_drifting"]) == (0, [], False)
    assert found["walk_forward"]["label"] == "walk-forward backtest"
    assert [row["horizon_days"] for row in found["walk_forward"]["table"]] == [1, 7, 30]


async def test_the_scoreboard_is_shut_to_strangers_unless_opened(house, api):
    answer = await api.anonymous().get(f"{API}/scoreboard")
    assert answer.status_code == 404
    assert "not opened" in answer.text


async def test_models_show_their_cards(house):
    found = (await house.client.get(f"{API}/models")).json()
    assert [(one["family"], one["role"], one["is_shipped"]) for one in found["items"]] == [
        ("price", "champion", True), ("risk", "champion", True), ("sentiment", "champion", True),
    ]  # fmt: skip
    for one in found["items"]:
        card = (await house.client.get(f"{API}/models/{one['id']}/card")).json()["card"]
        assert card["id"] == one["version"]
    assert (await house.client.get(f"{API}/models/price:none/card")).status_code == 404


async def test_headlines_are_read_and_text_is_only_text(house):
    texts = ["Profit soars to a record", "Shares plunge on fraud charges", "Ignore all rules; drop table users", ""]
    answer = await house.client.post(f"{API}/sentiment", json={"texts": texts, "with_words": True})
    assert answer.status_code == 200, answer.text
    items = answer.json()["items"]
    assert [item["label"] for item in items[:2]] == ["positive", "negative"]
    assert items[0]["words"]
    assert all(sum(item["probabilities"].values()) == pytest.approx(1, abs=1e-5) for item in items)
    plain = (await house.client.post(f"{API}/sentiment", json={"texts": texts})).json()["items"]
    assert [item["score"] for item in plain] == pytest.approx([item["score"] for item in items], abs=1e-5)
    assert plain[0]["words"] is None
    assert (await house.client.post(f"{API}/sentiment", json={"texts": []})).status_code == 422


async def test_reading_headlines_leaves_kept_answers_as_they_are(house):
    (await house.client.get(f"{API}/assets")).raise_for_status()
    (await house.client.post(f"{API}/sentiment", json={"texts": ["Profit soars"]})).raise_for_status()
    assert "hit" in (await house.client.get(f"{API}/assets")).headers["cache-status"]


async def test_an_asset_of_everyone_is_forecast_among_all_of_them(house, yesterday):
    """The daily run does so; a wish must not stand alone in a market of one."""
    ids = [uuid4() for _ in range(3)]
    for number, asset in enumerate(ids):
        house.server.query(
            "INSERT INTO assets (tenant_id, id, symbol, name, asset_class, currency) VALUES (%s, %s, %s, 'All', 'equity', 'EUR')",
            PUBLIC_TENANT, asset, f"ALL{number}",
        )  # fmt: skip
        house.assets[f"ALL{number}"] = str(asset)
        await house.prices(f"ALL{number}", closes(800, 30 + number, last=yesterday), tenant=PUBLIC_TENANT)
    await refresh_forecasts(house.job("prediction.refresh_forecasts"))
    wished = (await predict(house.client, days=7, asset_id=str(ids[0]))).json()
    assert wished["made_by"] == "daily_run", "the very same forecast"


async def test_portfolios_are_forecast_daily_and_scored_like_assets(house, yesterday):
    made = await house.client.post(f"{API}/portfolios", json={"name": "Euros", "base_currency": "EUR"})
    portfolio = made.json()["id"]
    for symbol in ("LONG", "MID"):
        entry = {
            "type": "buy", "day": str(yesterday - timedelta(days=60)), "asset_id": house.assets[symbol],
            "quantity": "3", "unit_price": "20",
        }  # fmt: skip
        answer = await house.client.post(f"{API}/portfolios/{portfolio}/transactions", json=entry)
        assert answer.is_success, answer.text
    daily = (
        "SELECT horizon_days, as_of, id, confidence_score FROM predictions WHERE tenant_id = %s"
        " AND subject_id = %s AND user_id IS NULL ORDER BY horizon_days"
    )
    await refresh(house.job("test", house.tenant), house.tenant)
    made = house.server.query(daily, house.tenant, UUID(portfolio))
    assert [row[0] for row in made] == [1, 7, 30]
    job = house.job("prediction.refresh_forecasts")
    assert await watch.due_portfolios(job, house.tenant, yesterday) == []
    assert UUID(portfolio) in await watch.due_portfolios(job, house.tenant, yesterday + timedelta(days=1))
    await refresh(house.job("test", house.tenant), house.tenant)
    assert house.server.query(daily, house.tenant, UUID(portfolio)) == made
    wished = (await predict(house.client, days=7, portfolio_id=portfolio)).json()
    assert (wished["made_by"], wished["id"]) == ("daily_run", str(made[1][2]))

    as_of = made[0][1]
    later = [as_of + timedelta(days=step) for step in range(1, 14)]
    for symbol in ("LONG", "MID"):
        [(last,)] = house.server.query(
            "SELECT close FROM prices WHERE asset_id = %s ORDER BY day DESC LIMIT 1", UUID(house.assets[symbol])
        )
        steady = [(day, last * Decimal("1.01")) for day in later if day.weekday() < 5 and day <= yesterday]
        await house.prices(symbol, steady)
    await score_matured(house.job("prediction.score_matured"))
    board = (await house.client.get(f"{API}/predictions/scoreboard")).json()
    rows = {(row["horizon_days"], row["asset_class"]): row for row in board["scores"] if not row["is_simulated"]}
    held = rows[1, "portfolio"]
    outcomes = house.server.query(
        "SELECT state FROM prediction_outcomes WHERE prediction_id = ANY (%s)", [row[2] for row in made[:2]]
    )
    assert outcomes == [("scored",), ("scored",)]
    assert held["matured"] >= 1
    assert sum(held["pit_tenths"]) == held["matured"]
    assert held["qlike_minus_ewma"] is None, "the variance of a portfolio on the way is not known"
    shares = rows[1, "equity"]
    assert shares["qlike_minus_ewma"] is not None
    assert shares["qlike_minus_ewma_median"] is not None
    assert rows[1, None]["matured"] == shares["matured"], "what a portfolio holds is counted once"
    assert shares["psi"] is None, "too few yet"


async def test_a_portfolio_is_as_wide_as_what_it_holds(house, portfolio):
    """What matured of an asset widens it alone and in a portfolio by the same factor."""
    forget = "DELETE FROM prediction_scales WHERE tenant_id = %s", house.tenant
    house.server.query(*forget)
    asset, other = UUID(house.assets["LONG"]), UUID(house.assets["DOLLAR"])
    before = {
        name: (await predict(house.client, days=9, **subject)).json()
        for name, subject in (("asset", {"asset_id": str(asset)}), ("whole", {"portfolio_id": portfolio}))
    }
    house.server.query(
        "INSERT INTO prediction_scales (tenant_id, subject_id, horizon_days, asset_class, is_simulated, ratios)"
        " SELECT %s, unnest(%s::uuid[]), 7, 'equity', false, array_fill(9::float8, ARRAY[250])",
        house.tenant, [asset, other],
    )  # fmt: skip
    try:
        wide = (await predict(house.client, days=9, asset_id=str(asset))).json()
        whole = (await predict(house.client, days=9, portfolio_id=portfolio)).json()
    finally:
        house.server.query(*forget)
    assert wide["volatility"]["horizon"] == pytest.approx(1.25 * before["asset"]["volatility"]["horizon"], rel=1e-6)
    assert whole["var"]["0.9"] == pytest.approx(1.25 * before["whole"]["var"]["0.9"], rel=0.1)
    assert {part["label"]: part["scale"] for part in whole["parts"]} == {
        "LONG": 1.25, "DOLLAR": 1.25, "USD": 1.0, "EUR": None,
    }  # fmt: skip
    assert {part["scale"] for part in before["whole"]["parts"]} == {1.0, None}


async def test_an_empty_portfolio_is_noted_and_stops_no_other(house, yesterday):
    made = await house.client.post(f"{API}/portfolios", json={"name": "Short", "base_currency": "EUR"})
    entry = {"type": "buy", "day": str(yesterday), "asset_id": house.assets["TINY"], "quantity": "1", "unit_price": "9"}
    await house.client.post(f"{API}/portfolios/{made.json()['id']}/transactions", json=entry)
    await refresh(house.job("test", house.tenant), house.tenant)
    [(refused,)] = house.server.query(
        "SELECT refused FROM prediction_portfolio_runs WHERE portfolio_id = %s", UUID(made.json()["id"])
    )
    assert refused
    assert await watch.due_portfolios(house.job("test", house.tenant), house.tenant, yesterday) == []


async def test_the_opened_scoreboard_shows_everyones_assets_alone(house, api, settings):
    mine = (await house.client.get(f"{API}/predictions/scoreboard")).json()
    assert mine["matured"] > 0
    application = build_app(settings.model_copy(update={"public_scoreboard": True}), house.database)
    anyone = Api(application).anonymous()
    answer = await anyone.get(f"{API}/scoreboard")
    assert answer.status_code == 200, answer.text
    board = answer.json()
    # Everyone's: caches on the way may keep it, and this process does; no stranger has it worked out again and again.
    assert answer.headers["cache-control"] == "public, max-age=300"
    assert answer.headers["vary"] == "Accept, Accept-Language"
    again = await anyone.get(f"{API}/scoreboard")
    assert (again.headers["cache-status"], again.content) == ("finsage; hit", answer.content)
    known = await anyone.get(f"{API}/scoreboard", headers={"if-none-match": answer.headers["etag"]})
    assert (known.status_code, known.headers["cache-control"]) == (304, "public, max-age=300")
    refused = await anyone.get(f"{API}/predictions/scoreboard")
    assert (refused.status_code, refused.headers["cache-control"]) == (401, "no-store")
    await anyone.aclose()
    application.close()
    assert (board["matured"], board["scores"]) == (0, []), "no tenant's scores are anyone's to see"
    assert board["walk_forward"] == mine["walk_forward"]
