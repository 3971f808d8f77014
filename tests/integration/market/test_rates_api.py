"""Exchange rates of the file FinSage brings along, through the application."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import uuid4

import pytest

from finsage.market.ecb import RateYear
from finsage.market.service import rates
from finsage.market.store import rates as store

pytestmark = pytest.mark.anyio


async def test_a_published_rate_and_its_cross(api):
    client = await api.sign_up()
    assert (await client.get("/api/v1/fx/EUR/USD", params={"day": "1999-01-04"})).json() == {
        "base": "EUR", "quote": "USD", "rate": "1.1789", "as_of": "1999-01-04", "source": "ECB", "is_stale": False,
        "path": ["EUR", "USD"],
    }  # fmt: skip
    crossed = (await client.get("/api/v1/fx/USD/CHF", params={"day": "1999-01-04"})).json()
    assert crossed["path"] == ["USD", "EUR", "CHF"]
    assert float(crossed["rate"]) == pytest.approx(1.6168 / 1.1789, rel=1e-15)


async def test_a_weekend_takes_fridays_rate(api):
    client = await api.sign_up()
    sunday = (await client.get("/api/v1/fx/EUR/GBP", params={"day": "2024-03-10"})).json()
    friday = (await client.get("/api/v1/fx/EUR/GBP", params={"day": "2024-03-08"})).json()
    assert (sunday["as_of"], sunday["rate"], sunday["is_stale"]) == ("2024-03-08", friday["rate"], False)
    new_year = (await client.get("/api/v1/fx/EUR/GBP", params={"day": "2024-01-01"})).json()
    assert new_year["as_of"] == "2023-12-29"


async def test_a_rate_long_ago_is_stale(api):
    client = await api.sign_up()
    answer = (await client.get("/api/v1/fx/EUR/HRK", params={"day": "2024-01-01"})).json()
    assert (answer["as_of"], answer["is_stale"]) == ("2022-12-30", True)


async def test_no_rate_is_said_and_never_made_up(api):
    client = await api.sign_up()
    for path, status, slug in (
        ("EUR/USD?day=1998-12-31", 404, "missing-rate"),
        ("AED/EUR?day=2024-01-02", 404, "missing-rate"),
        ("EUR/XYZ", 422, "no-such-currency"),
        ("eur/USD", 422, "no-such-currency"),
        ("EUR/USD?day=tomorrow", 422, "invalid-request"),
    ):
        answer = await client.get(f"/api/v1/fx/{path}")
        assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{slug}"), path
        assert "rate" not in answer.json()


async def test_currencies_say_until_when_there_are_rates(api):
    client = await api.sign_up()
    answer = (await client.get("/api/v1/currencies")).json()
    assert answer["next_cursor"] is None
    by_code = {item["code"]: item for item in answer["items"]}
    assert by_code["JPY"]["minor_units"] == 0
    assert by_code["USD"]["rates_until"] == by_code["EUR"]["rates_until"] == by_code["GBX"]["rates_until"]
    assert by_code["AED"]["rates_until"] is None
    assert by_code["SKK"]["rates_until"] == "2008-12-31"


async def test_loading_again_writes_nothing(database, server):
    before = server.query("SELECT count(*), max(days[cardinality(days)]), min(xmin::text) FROM exchange_rates")
    async with database.write() as session:
        loaded = await rates.load_ecb_rates(session)
    assert not loaded.is_new
    assert server.query("SELECT count(*), max(days[cardinality(days)]), min(xmin::text) FROM exchange_rates") == before


async def test_an_older_file_takes_no_days_away(database):
    async with database.write() as session:
        full = (await rates.rate_series(session, ["USD"], until=date(2024, 12, 31)))["USD"]
        await store.merge(session, "ECB", [RateYear("USD", 2024, ["2024-01-02"], ["9.99"])])
        assert (await rates.rate_series(session, ["USD"], until=date(2024, 12, 31)))["USD"].texts == full.texts
        longer = [str(day) for day in full.days if str(day).startswith("2024")]
        await store.merge(session, "ECB", [RateYear("USD", 2024, longer, ["1.5"] * len(longer))])
        assert (await rates.rate(session, "EUR", "USD", date(2024, 5, 2))).rate == Decimal("1.5")
        await store.merge(session, "ECB", [RateYear("USD", 2024, longer, list(full.texts[-len(longer) :]))])


async def test_series_of_several_currencies(database):
    async with database.read(uuid4()) as session:
        series = await rates.rate_series(session, ["USD", "GBP", "GBX", "EUR", "AED"], until=date(2000, 1, 5))
    assert set(series) == {"USD", "GBP", "GBX"}
    assert str(series["USD"].days[0]) == "1999-01-04"
    assert str(series["USD"].days[-1]) == "2000-01-05"
    assert [pence / 100 for pence in series["GBX"].rates] == series["GBP"].rates
    assert rates.cross(series, "GBX", "USD", date(2000, 1, 5)).path == ("GBX", "EUR", "USD")
