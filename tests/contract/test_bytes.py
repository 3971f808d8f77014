"""What travels: lists and numbers as promised, entity tags, and no field that nobody knows."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from uuid import uuid4

import httpx
import pytest
from contract.calls import CALLS, DEPOSIT, Call, Owner
from contract.conftest import Street
from contract.routes import ENDING, PLAIN_PARAMETERS, READING, ROUTES, UNSAFE_ROUTES, Route, description
from support import PASSWORD

from finsage.market.schemas.assets import PriceHistory
from finsage.portfolio.schemas.transactions import TransactionDetail, TransactionList, TransactionOut
from finsage.prediction.advice_model.questionnaire import CODES
from finsage.prediction.price_model.levels import SHOWN
from finsage.services import API

pytestmark = pytest.mark.anyio

NUMBERS = frozenset({
    # rates, ratios and what a chart is drawn from
    "simple_return", "twr", "twr_annualised", "mwr", "mwr_period", "volatility", "drawdown_max", "weight", "day_return",
    "unrealised_return", "price_history", "progress",
    "mwr_roots", "modified_dietz", "roai_net", "roai_gross", "roai_net_end_fx", "roai_gross_end_fx", "drawdown",
    "volatility_period", "semi_volatility_period", "twr_difference", "mwr_difference", "drift",
    # counts, ages and places
    "transactions_count", "sequence", "total", "new", "duplicate", "warning", "error", "skipped", "booked", "rows",
    "line", "days", "age_days", "closes_age_days", "weights_age_days", "held_days", "minor_units", "transactions", "written", "unchanged", "created",
    "closes", "stale_after_days", "rebooked",
    "size_bytes", "queued", "held", "expires_in", "status", "rows_read", "rows_written", "rows_unchanged",
    "assets_created", "year", "years", "disposals", "long_term_days", "days_to_long_term",
    "seconds_apart", "drawdown_days", "recovery_days", "open_lots",
    "assets_total", "quarantine_total", "assets", "requests", "flagged", "quarantined", "missing", "times", "lag_seconds",
    "items", "feeds_max", "known", "unusable",
    "hits", "misses", "outdated", "failed", "done", "evicted", "held_bytes",
    # forecasts: horizons and counts, then probabilities, returns and scores as fractions
    "horizon_days", "horizon_rows", "periods", "forecasts", "matured", "unscorable", "subjects", "breaches",
    "probability_of_loss", "confidence_score", "horizon", "annualised", "expected", "statistic", "p_value", "z2", "fz0",
    "coverage_80", "coverage_80_interval", "coverage_95", "coverage_95_interval", "psi", "pit_tenths", "crps_skill", "tail_skill", "crps_skill_over_garch_t", "qlike_minus_ewma",
    "qlike_minus_ewma_median",
    "positive", "neutral", "negative", "score", "log_odds", "mean_logit", "mean_logit_of_day", "half_life_days",
    "reach_days", "headlines", "counted", "unread",
    "probability_below", "probability_above", "confidence", "loss", "var_95", "var_99",
    *(f"{level:g}" for level in (*SHOWN, 0.975, 0.99)),
    # advice: answers, then limits, premia and odds as fractions
    *CODES, "answer", "tolerance", "capacity", "level", "months", "paths", "seed",
    "crypto", "one_asset", "cash_months", "bound", "untouched", "premium", "premium_change", "cash_rate", "fee_rate",
    "inflation_rate", "probability", "depth", "drawdown_95", "expected_shortfall_95", "expected_return",
    "weight_before", "weight_after", "turnover", "tracking_error",
})  # fmt: skip
"""Fields that are JSON numbers. All others with figures in them are money, prices or quantities: strings."""

DOCUMENTS = {
    "/portfolios/{portfolio_id}/holdings": "a statement of one day, whole or not at all",
    "/portfolios/{portfolio_id}/allocation": "a whole of parts",
    "/assets/{asset_id}/prices": "a series between two days",
    "/assets/{asset_id}/candles": "a series between two instants",
    "/assets/{asset_id}/identifiers": "one order, replaced as a whole",
}
"""Answers with ``items`` that are no lists to page through, and why."""


async def full_portfolio(owner: Owner) -> dict[str, str]:
    """A portfolio with something in every list, and the ids by which the routes name it."""
    portfolio, asset = await owner.portfolio(), await owner.asset()
    for draft in (
        {**DEPOSIT, "note": "first — \N{SNOWMAN}", "tags": ["a", "b"]},
        {"type": "buy", "day": "2024-01-03", "asset_id": asset, "quantity": "3", "unit_price": "100.10", "fee": "1.50"},
        {"type": "buy", "executed_at": "2024-01-04T09:30:00.123456Z", "asset_id": asset, "quantity": "0.000000000000000001",
         "unit_price": "1"},
        {"type": "sell", "day": "2024-02-01", "asset_id": asset, "quantity": "1.5", "unit_price": "120", "fee": "2"},
        {"type": "transfer_out", "day": "2024-02-01", "asset_id": asset, "quantity": "0.5"},
        {"type": "transfer_in", "day": "2024-02-01", "asset_id": asset, "quantity": "0.4999", "account": "Cold"},
        {"type": "sell", "day": "2024-02-01", "asset_id": asset, "quantity": "2", "unit_price": "120", "account": "Lost",
         "accept_missing": True},
        {"type": "dividend", "day": "2024-02-02", "asset_id": asset, "gross": "12.00", "tax": "3"},
    ):  # fmt: skip
        transaction = (await owner.post(f"/portfolios/{portfolio}/transactions", **draft))["id"]
    await owner.post(f"/transactions/{transaction}/reversal", note="wrong")
    prices = {"items": [{"day": "2024-01-03", "close": "100"}, {"day": "2024-02-05", "close": "123.4500"}]}
    (await owner.client.put(f"{API}/assets/{asset}/prices", json=prices)).raise_for_status()
    done = await owner.confirmed(portfolio)
    watchlist = await owner.watchlist()
    await owner.headline(asset)
    await owner.candles(asset)
    await owner.post(f"/watchlists/{watchlist}/items", asset_id=asset)
    goal = await owner.goal()
    await owner.post("/predictions", subject={"goal_id": goal})
    return {
        "portfolio_id": portfolio,
        "asset_id": asset,
        "transaction_id": transaction,
        "import_id": done["id"],
        "template_id": await owner.template(),
        "job_id": done["job_id"],
        "watchlist_id": watchlist,
        "prediction_id": await owner.prediction(),
        "goal_id": goal,
        "advice_id": await owner.advice(),
        **PLAIN_PARAMETERS,
    }


@pytest.fixture(scope="module")
async def rich(street: Street) -> tuple[Owner, dict[str, str]]:
    """The administrator, who may read everything, with a full portfolio."""
    house = await street.house()
    return house.admin, await full_portfolio(house.admin)


def leaves(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Every plain value with the name of the field it is in."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner, name)
    else:
        yield name, value


async def test_what_is_encoded_by_hand_is_what_the_model_would_send(owner: Owner):
    ids = await full_portfolio(owner)
    path = f"{API}/portfolios/{ids['portfolio_id']}/transactions"
    answer = await owner.client.get(path, params={"include_reversed": "true"})
    assert len(answer.json()["items"]) >= 7
    assert TransactionList.model_validate_json(answer.content).model_dump_json().encode() == answer.content
    for item in answer.json()["items"]:
        detail = (await owner.client.get(f"{API}/transactions/{item['id']}")).content
        assert TransactionDetail.model_validate_json(detail).model_dump_json().encode() == detail
        assert {name: json.loads(detail)[name] for name in item} == item
    prices = (await owner.client.get(f"{API}/assets/{ids['asset_id']}/prices")).content
    assert len(json.loads(prices)["gaps"]) == 1
    assert PriceHistory.model_validate_json(prices).model_dump_json(by_alias=True).encode() == prices


async def test_what_is_recorded_is_answered_as_it_is_listed(owner: Owner):
    portfolio = await owner.portfolio()
    answer = await owner.client.post(f"{API}/portfolios/{portfolio}/transactions", json=DEPOSIT)
    assert TransactionOut.model_validate_json(answer.content).model_dump_json().encode() == answer.content
    listed = await owner.client.get(f"{API}/portfolios/{portfolio}/transactions")
    assert listed.json()["items"] == [answer.json()]
    assert answer.headers["location"] == f"{API}/transactions/{answer.json()['id']}"


@pytest.mark.parametrize("route", [route for route in READING if route in ENDING], ids=str)
async def test_every_answer_keeps_the_promises_about_lists_numbers_and_tags(
    route: Route, rich: tuple[Owner, dict[str, str]]
):
    owner, ids = rich
    call = Call(ids)
    first = (await call.send(owner.client, route.key)).raise_for_status()
    if first.headers["content-type"] == "application/json":
        _check_list(route, first.json())
        _check_numbers(first.json())
    tag = first.headers["etag"]
    assert not tag.startswith("W/")
    assert "cache-control" in first.headers
    if route.key == ("GET", "/system/status"):
        return  # counts the bytes of the database, which may have changed in between
    second = await call.send(owner.client, route.key, **{"If-None-Match": tag})
    assert (second.status_code, second.content) == (304, b""), second.text
    assert second.headers["etag"] == tag
    other = await call.send(owner.client, route.key, **{"If-None-Match": '"other"'})
    assert (other.status_code, other.content) == (200, first.content)


def _check_list(route: Route, body: Any) -> None:
    assert isinstance(body, dict), "a bare list can never grow a second field"
    if "items" in body and route.key[1] not in DOCUMENTS:
        assert isinstance(body["items"], list)
        assert body["next_cursor"] is None or isinstance(body["next_cursor"], str)
        assert body["items"], "an empty list proves nothing"


def _check_numbers(body: Any) -> None:
    for name, value in leaves(body):
        if isinstance(value, int | float) and not isinstance(value, bool):
            assert name in NUMBERS, f"{name} is the number {value}"
        if isinstance(value, str):
            assert "E+" not in value, f"{name} has an exponent: {value}"


async def test_a_change_needs_the_state_it_was_made_for(owner: Owner):
    path = f"{API}/portfolios/{await owner.portfolio()}"
    tag = (await owner.client.get(path)).headers["etag"]

    async def rename(name: str, condition: str) -> httpx.Response:
        return await owner.client.patch(path, json={"name": name}, headers={"If-Match": condition})

    assert (await rename("A", '"other"')).json()["type"] == "/problems/precondition-failed"
    assert (await rename("A", '"other"')).status_code == 412
    assert (await owner.client.get(path)).json()["name"] == "Savings"
    assert (await rename("B", tag)).status_code == 200
    assert (await rename("C", tag)).status_code == 412
    assert (await rename("D", f'"other", {(await owner.client.get(path)).headers["etag"]}')).status_code == 200
    assert (await rename("E", "*")).status_code == 200


async def test_of_two_changes_for_one_state_one_is_refused(owner: Owner):
    path = f"{API}/portfolios/{await owner.portfolio()}"
    for _ in range(5):
        tag = (await owner.client.get(path)).headers["etag"]
        both = await asyncio.gather(
            *(owner.client.patch(path, json={"name": uuid4().hex}, headers={"If-Match": tag}) for _ in range(2))
        )
        assert sorted(answer.status_code for answer in both) == [200, 412]


# Bodies. The description of the API says which there are; calls.py has a good one for each.

PUBLIC_BODIES = {
    ("POST", "/auth/register"): {"email": "someone@example.com", "password": PASSWORD},
    ("POST", "/auth/login"): {"email": "someone@example.com", "password": PASSWORD},
    ("POST", "/auth/refresh"): {"refresh_token": "fsr_x"},
}


def _places(value: Any, pointer: str = "") -> Iterator[str]:
    """JSON pointers of every object in a body."""
    if isinstance(value, dict):
        yield pointer
        for name, inner in value.items():
            yield from _places(inner, f"{pointer}/{name}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _places(inner, f"{pointer}/{index}")


def _planted(body: Any, pointer: str) -> Any:
    copied = json.loads(json.dumps(body))
    place = copied
    for step in pointer.split("/")[1:]:
        place = place[int(step)] if isinstance(place, list) else place[step]
    place["unheard_of"] = 1
    return copied


@pytest.mark.parametrize("route", [route for route in ROUTES if route.has_body], ids=str)
async def test_a_field_nobody_knows_is_refused_where_it_stands(route: Route, owner: Owner):
    client = owner.api.anonymous() if route.is_public else owner.client
    call = Call(json=PUBLIC_BODIES[route.key]) if route.is_public else await CALLS[route.key](owner)
    if call.files is not None:
        answer = await replace(call, form={**call.form, "unheard_of": "1"}).send(client, route.key)
        assert answer.status_code == 422, answer.text
        assert "/unheard_of" in {fault["pointer"] for fault in answer.json()["errors"]}
        return
    mapped = "/resolutions" if route.key == ("PATCH", "/imports/{import_id}") else None  # its names are symbols
    for pointer in (place for place in _places(call.json) if place != mapped):
        answer = await replace(call, json=_planted(call.json, pointer)).send(client, route.key)
        assert answer.status_code == 422, answer.text
        assert f"{pointer}/unheard_of" in {fault["pointer"] for fault in answer.json()["errors"]}


def _named(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        if isinstance(reference := schema.get("$ref"), str):
            yield reference.rpartition("/")[2]
        for inner in schema.values():
            yield from _named(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from _named(inner)


def test_every_body_in_the_description_is_closed():
    schemas = description()["components"]["schemas"]
    waiting = [
        name
        for methods in description()["paths"].values()
        for operation in methods.values()
        for name in _named(operation.get("requestBody", {}))
    ]
    assert len(waiting) >= 15
    seen: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        waiting += _named(schemas[name])
        if "properties" in schemas[name]:
            assert schemas[name].get("additionalProperties") is False, f"{name} lets unknown fields pass"


@pytest.mark.parametrize("route", [*READING, *UNSAFE_ROUTES], ids=str)
def test_every_answer_is_described(route: Route):
    operation = description()["paths"][route.path][route.method.lower()]
    good = [answer for status, answer in operation["responses"].items() if status.startswith("2")]
    assert len(good) == 1
    if "204" in operation["responses"]:
        return
    assert good[0]["content"], "a client cannot know what it gets"
    for media_type, content in good[0]["content"].items():
        assert media_type != "application/json" or content.get("schema"), "a client cannot know what it gets"


async def test_bodies_that_are_no_json_objects_are_refused(owner: Owner):
    for content in (b"", b"[]", b"null", b'"text"', b"{", b"\xff", b'{"name": NaN}'):
        answer = await owner.client.post(
            f"{API}/portfolios", content=content, headers={"content-type": "application/json"}
        )
        assert answer.status_code == 422, (content, answer.text)
        assert answer.headers["content-type"] == "application/problem+json"
