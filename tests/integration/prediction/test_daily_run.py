"""The daily run: forecasts are made once and never change, matured ones are scored beside the baselines."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import numpy as np
import psycopg
import pytest
from integration.prediction.conftest import API, closes, household

from finsage.market.events import HISTORY_STORED
from finsage.platform import clock
from finsage.platform.caller import PUBLIC_TENANT
from finsage.prediction.jobs import refresh_forecasts, refresh_history, score_matured
from finsage.prediction.price_model.levels import LEVELS, SHOWN, crps
from finsage.prediction.service import scoring, watch
from finsage.prediction.service.refresh import refresh
from finsage.prediction.store.outcomes import ADDED

pytestmark = pytest.mark.anyio
FORECASTS = "SELECT subject_id, horizon_days, as_of, prediction_result::text, id FROM predictions WHERE tenant_id = %s"


async def test_a_forecast_is_made_once_and_as_the_command_line_makes_it(house, yesterday):
    job = house.job("prediction.refresh_forecasts")
    await refresh_forecasts(job)
    made = house.server.query(FORECASTS, house.tenant)
    assert len(made) == 9, "three assets have enough history, three horizons"
    assert {row[0] for row in made} == {UUID(house.assets[name]) for name in ("LONG", "MID", "YOUNG")}
    refused = house.server.query(
        "SELECT refused FROM prediction_states WHERE asset_id = %s", UUID(house.assets["TINY"])
    )
    assert "at least 30 returns" in refused[0][0]
    rungs = dict(house.server.query("SELECT subject_id, rung FROM predictions WHERE tenant_id = %s", house.tenant))
    assert [rungs[UUID(house.assets[name])] for name in ("LONG", "MID", "YOUNG")] == ["full", "pooled", "class"]

    assert not await watch.is_forecast_due(job)
    await refresh(house.job("prediction.refresh_forecasts"))
    assert house.server.query(FORECASTS, house.tenant) == made


async def test_nobody_changes_a_forecast(house):
    with psycopg.connect(house.server.owner_dsn, autocommit=True) as superuser:
        for statement in (
            "UPDATE predictions SET rung = 'full'",
            "DELETE FROM predictions",
            "TRUNCATE predictions CASCADE",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                superuser.execute(statement)
    with psycopg.connect(house.server.app_dsn, autocommit=True) as app:
        app.execute("SELECT set_config('app.tenant', %s, false)", [str(house.tenant)])
        for statement in ("UPDATE predictions SET rung = 'full'", "DELETE FROM prediction_outcomes"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                app.execute(statement)


async def test_another_tenant_sees_nothing_and_writes_nothing(house):
    stranger = uuid4()
    with psycopg.connect(house.server.app_dsn, autocommit=True) as app:
        app.execute("SELECT set_config('app.tenant', %s, false)", [str(stranger)])
        for table in ("predictions", "prediction_scores", "prediction_states", "prediction_outcomes"):
            assert app.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)
        for tenant in (house.tenant, PUBLIC_TENANT):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                app.execute(
                    "INSERT INTO prediction_scores (tenant_id, subject_id, horizon_days, week, subject_kind, asset_class,"
                    " is_simulated) VALUES (%s, %s, 1, '2026-01-05', 'asset', 'equity', false)",
                    [tenant, uuid4()],
                )


async def test_what_came_is_scored_once_and_the_sums_are_those_of_the_outcomes(house, yesterday, monkeypatch):
    monkeypatch.setattr(scoring, "BATCH", 2)
    assert await watch.is_score_due(house.job("prediction.score_matured"))
    last = yesterday - timedelta(days=14)
    days = [last + timedelta(days=step) for step in range(1, 15) if (last + timedelta(days=step)).weekday() < 5]
    await house.prices("LONG", [(day, Decimal(f"{90 + step}.25")) for step, day in enumerate(days)])
    await house.prices("MID", [(days[0], Decimal("50.5"))])  # and nothing after
    await score_matured(house.job("prediction.score_matured"))
    rows = house.server.query(
        "SELECT p.subject_id, p.horizon_days, o.state, o.log_return, o.crps, o.baseline_crps, p.last_close,"
        " p.prediction_result, o.realised_on, p.matures_on"
        " FROM prediction_outcomes o JOIN predictions p ON p.id = o.prediction_id WHERE p.tenant_id = %s",
        house.tenant,
    )
    by_key = {(row[0], row[1]): row for row in rows}
    scored = by_key[UUID(house.assets["LONG"]), 7]
    assert scored[2] == "scored"
    assert scored[8] >= scored[9]
    assert np.isclose(np.exp(scored[3]) * float(scored[6]), 90.25 + days.index(scored[8]))
    shown = np.array(scored[7]["quantiles"])[[SHOWN.index(level) for level in LEVELS]]
    assert np.isclose(scored[4], crps(shown[None, :], np.array([scored[3]]))[0])
    assert set(scored[5]) == {"random-walk-EQ500", "GARCH-t"}
    assert by_key[UUID(house.assets["YOUNG"]), 1][2] == "unscorable", "no close came in time"
    assert (UUID(house.assets["LONG"]), 30) not in by_key, "its day has not come"

    names = ", ".join(f"sum({name})" for name in ADDED)
    before = house.server.query(f"SELECT {names} FROM prediction_scores WHERE tenant_id = %s", house.tenant)
    assert before[0][0] == sum(row[2] == "scored" for row in rows)
    assert sum(before[0][-10:]) == before[0][0], "each outcome lies in a tenth"
    assert before[0][ADDED.index("qlike_matured")] == before[0][0]
    scales = house.server.query(
        "SELECT sum(cardinality(ratios)) FROM prediction_scales WHERE tenant_id = %s", house.tenant
    )
    assert scales == [(before[0][0],)]
    assert before[0][1] == sum(row[2] == "unscorable" for row in rows)
    assert np.isclose(before[0][2], sum(row[4] or 0 for row in rows))
    assert not await watch.is_score_due(house.job("prediction.score_matured")), "what waits has no close yet"
    await scoring.score_matured(house.job("prediction.score_matured"))
    assert house.server.query(f"SELECT {names} FROM prediction_scores WHERE tenant_id = %s", house.tenant) == before


async def test_new_closes_are_forecast_from_and_old_forecasts_stay(house):
    before = house.server.query(FORECASTS, house.tenant)
    await refresh_forecasts(house.job("prediction.refresh_forecasts"))
    after = house.server.query(FORECASTS, house.tenant)
    assert set(before) < set(after)
    new = set(after) - set(before)
    assert {row[0] for row in new} == {UUID(house.assets["LONG"]), UUID(house.assets["MID"])}
    await watch.refit(house.job("prediction.refit"))
    assert await watch.is_forecast_due(house.job("prediction.refresh_forecasts"))
    await refresh_forecasts(house.job("prediction.refresh_forecasts"))
    assert set(house.server.query(FORECASTS, house.tenant)) == set(after), "made from nothing they are the same"


async def test_what_is_said_of_an_asset_goes_with_it(house, api, database, server, settings):
    other = await household(api, database, server, settings)
    gone = other.assets["LONG"]
    server.query(
        "INSERT INTO predictions (tenant_id, as_of, id, subject_kind, subject_id, asset_class, is_simulated,"
        " horizon_days, matures_on, last_close, currency, rung, model_id, model_sha256, input_data, prediction_result)"
        " VALUES (%s, '2026-01-05', %s, 'asset', %s, 'equity', false, 1, '2026-01-06', 1, 'EUR', 'full', 'm', '', '{}', '{}')",
        other.tenant, uuid4(), UUID(gone),
    )  # fmt: skip
    server.query("DELETE FROM assets WHERE id = %s", UUID(gone))
    assert server.query(FORECASTS, other.tenant) == []
    assert (await house.client.get(f"{API}/predictions")).json()["items"]


async def test_history_that_came_at_once_is_forecast_for_its_tenant_alone(house, api, database, server, settings):
    ones, others = [await household(api, database, server, settings) for _ in range(2)]
    for one in (ones, others):
        await one.prices("YOUNG", closes(60, 5, last=clock.today("UTC") - timedelta(days=1)))
    job = ones.job(HISTORY_STORED, ones.tenant)
    await refresh_history(job)
    assert len(server.query(FORECASTS, ones.tenant)) == 3
    assert server.query(FORECASTS, others.tenant) == []
    assert await watch.is_forecast_due(job, others.tenant)
    assert not await watch.is_forecast_due(job, ones.tenant)


async def test_the_age_is_that_of_the_newest_forecast(house):
    house.server.query("UPDATE prediction_states SET prepared_at = now() - interval '9 days'")
    await watch.watch(house.job("prediction.watch"))
    [(newest,)] = house.server.query("SELECT max(created_at) FROM predictions WHERE user_id IS NULL")
    age = watch.FORECAST_AGE._value.get()
    assert age == pytest.approx((clock.now() - newest).total_seconds(), abs=60)
