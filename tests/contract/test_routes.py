"""Who may ask for what: every route against nobody, another tenant, a forged page and a viewer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from contract.calls import CALLS, KEEPS_NO_KEY, Call, Owner
from contract.routes import (
    ENDING,
    OBJECT_KINDS,
    PLAIN_PARAMETERS,
    PRIVATE,
    READING,
    REPRESENTATIVE,
    ROUTES,
    UNSAFE_ROUTES,
    Route,
    some_of,
)
from contract.state import State, changed
from support import BASE_URL, Api

from finsage.services import PUBLIC_ROUTES

pytestmark = pytest.mark.anyio

OWN = {
    ("PATCH", "/me"), ("POST", "/me/password"), ("POST", "/me/proof"), ("POST", "/auth/logout"),
    ("DELETE", "/me/sessions/{session_id}"),
}  # fmt: skip
"""What a viewer may change: their own account."""

OWNERS_ONLY = {("GET", "/audit-events")}

each_private = pytest.mark.parametrize("route", PRIVATE, ids=str)


async def call_of(route: Route, owner: Owner) -> Call:
    """A request of the owner's to this route that names objects of theirs."""
    if route.key == ("DELETE", "/demo"):
        return Call()  # it is refused anyway, and making a demo takes long
    if route.is_unsafe:
        return await CALLS[route.key](owner)
    return Call({name: await object_of(name, owner) for name in route.parameters})


async def object_of(kind: str, owner: Owner) -> str:
    if kind in PLAIN_PARAMETERS:
        return PLAIN_PARAMETERS[kind]
    makers = {
        "portfolio_id": owner.portfolio,
        "asset_id": owner.asset,
        "transaction_id": owner.transaction,
        "import_id": owner.confirmed_import,
        "template_id": owner.template,
        "job_id": owner.job,
        "quarantine_id": owner.doubted_price,
        "prediction_id": owner.prediction,
        "goal_id": owner.goal,
        "advice_id": owner.advice,
        "watchlist_id": owner.watchlist,
        "feed_id": owner.feed,
        "session_id": owner.session,
    }
    assert kind in makers, f"a new kind of path parameter, {kind}: say how one is made"
    return await makers[kind]()


def test_the_table_is_whole():
    assert len(ROUTES) > 45
    assert {(route.method, route.path) for route in ROUTES if route.is_public} == set(PUBLIC_ROUTES)
    unknown = {name for route in ROUTES for name in route.parameters} - OBJECT_KINDS - set(PLAIN_PARAMETERS)
    assert not unknown, f"path parameters of an unknown kind: {unknown}"
    missing = {route.key for route in UNSAFE_ROUTES} - set(CALLS)
    assert not missing, f"say in calls.py how these are called: {missing}"
    assert set(CALLS) <= {route.key for route in UNSAFE_ROUTES}
    assert set(KEEPS_NO_KEY) <= set(CALLS)
    assert {route.key for route in ROUTES} >= REPRESENTATIVE


@pytest.mark.parametrize("route", ROUTES, ids=str)
def test_every_route_declares_its_scope_and_runs_in_a_unit_of_work(route: Route):
    assert route.is_unit
    assert len(route.scopes) == (0 if route.is_public else 1)
    if not route.is_public:
        _, _, right = route.scopes[0].partition(":")
        assert route.scopes[0] == "admin" or right in {"read", "write"}
        assert not (route.is_unsafe and right == "read"), "a reading scope must not change anything"


@each_private
async def test_nobody_is_told_to_sign_in(route: Route, api: Api):
    call = Call({name: PLAIN_PARAMETERS.get(name, str(uuid4())) for name in route.parameters})
    answer = await call.send(api.anonymous(), route.key)
    assert answer.status_code == 401, answer.text
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("route", [route for route in UNSAFE_ROUTES if route.has_body], ids=str)
async def test_nobody_is_refused_before_the_body_is_looked_at(route: Route, api: Api):
    path = route.path.format(**{name: str(uuid4()) for name in route.parameters})
    for content_type in ("application/json", "multipart/form-data; boundary=x"):
        sent: list[bytes] = []
        answer = await api.anonymous().request(
            route.method, path, content=_endless(sent), headers={"content-type": content_type}
        )
        assert answer.status_code == 401, answer.text
    assert len(sent) < PIECES, "a stranger's upload must not fill the disk"


PIECES = 40


async def _endless(sent: list[bytes]) -> AsyncIterator[bytes]:
    for _ in range(PIECES):
        sent.append(b"{" * 2**14)
        yield sent[-1]


@pytest.mark.parametrize("route", [route for route in PRIVATE if route.names_an_object], ids=str)
async def test_what_is_another_tenants_is_not_there(route: Route, owner: Owner, stranger: Owner, state: State):
    call = await call_of(route, owner)
    before = state.snapshot()
    answer = await call.send(stranger.client, route.key)
    assert answer.status_code == 404, answer.text
    absent = Call({**call.ids, **{name: str(uuid4()) for name in set(call.ids) & OBJECT_KINDS}}, *_rest(call))
    unknown = await absent.send(stranger.client, route.key)
    assert [unknown.status_code, unknown.json()["type"]] == [404, answer.json()["type"]]
    assert changed(before, state.snapshot()) == {}
    if not route.is_unsafe:
        assert (await call.send(owner.client, route.key)).status_code == 200  # it was there all the time


def _rest(call: Call) -> tuple[object, ...]:
    return call.json, call.query, call.files, call.form


@pytest.mark.parametrize(
    "route", [route for route in READING if route in ENDING and not route.names_an_object], ids=str
)
async def test_what_names_no_object_answers(route: Route, owner: Owner, admin: Owner):
    call = await call_of(route, owner)
    answer = await call.send(owner.client, route.key)
    if route.scopes == ("admin",):
        assert answer.status_code == 403
        answer = await call.send(admin.client, route.key)
    assert answer.status_code == 200, answer.text


@some_of(UNSAFE_ROUTES)
async def test_a_page_of_another_site_changes_nothing(route: Route, owner: Owner, state: State):
    call = await call_of(route, owner)
    browser = await owner.api.sign_in(owner.email, mode="session", client=owner.api.anonymous())
    token = (await browser.get("/api/v1/me")).json()["csrf_token"]
    before = state.snapshot()
    for headers in (
        {},
        {"Origin": BASE_URL, "Sec-Fetch-Site": "same-origin"},
        {"X-CSRF-Token": "guessed", "Sec-Fetch-Site": "same-origin"},
        {"X-CSRF-Token": token, "Sec-Fetch-Site": "cross-site"},
        {"X-CSRF-Token": token, "Origin": "https://elsewhere.example"},
    ):
        answer = await call.send(browser, route.key, **headers)
        assert answer.status_code == 403, (headers, answer.text)
        assert answer.json()["type"] == "/problems/csrf-refused"
    assert changed(before, state.snapshot()) == {}


async def test_our_own_page_may(owner: Owner):
    browser = await owner.api.sign_in(owner.email, mode="session", client=owner.api.anonymous())
    token = (await browser.get("/api/v1/me")).json()["csrf_token"]
    headers = {"X-CSRF-Token": token, "Origin": BASE_URL, "Sec-Fetch-Site": "same-origin"}
    route = ("POST", "/portfolios")
    assert (await (await CALLS[route](owner)).send(browser, route, **headers)).status_code == 201


@some_of([route for route in PRIVATE if route in ENDING], always=lambda route: route.is_unsafe)
async def test_a_viewer_looks_and_touches_nothing_but_their_own(
    route: Route, owner: Owner, viewer: Owner, state: State
):
    if route.key in OWN:
        me = await owner.api.sign_in(viewer.email, client=owner.api.anonymous())
        answer = await (await call_of(route, viewer)).send(me, route.key)
        assert answer.status_code != 403, answer.text
        return
    call = await call_of(route, viewer if "session_id" in route.parameters else owner)
    before = state.snapshot()
    answer = await call.send(viewer.client, route.key)
    if not route.is_unsafe and route.key not in OWNERS_ONLY and route.scopes != ("admin",):
        assert answer.status_code == 200, answer.text
        return
    assert answer.status_code == 403, answer.text
    assert answer.json()["scope"] == route.scopes[0]
    assert changed(before, state.snapshot()) == {}


async def test_the_session_of_another_member_is_not_there(owner: Owner, viewer: Owner):
    answer = await viewer.client.delete(f"/api/v1/me/sessions/{await owner.session()}")
    assert answer.status_code == 404


async def test_ids_of_another_tenant_in_a_body_are_as_good_as_none(owner: Owner, stranger: Owner, state: State):
    foreign, portfolio = await owner.asset(), await stranger.portfolio()
    buy = {"type": "buy", "day": "2024-01-03", "quantity": "1", "unit_price": "1", "currency": "EUR"}
    made = await stranger.upload()
    before = state.snapshot()
    for method, path, body in (
        ("POST", f"/portfolios/{portfolio}/transactions", lambda asset: {**buy, "asset_id": asset}),
        (
            "POST",
            f"/portfolios/{portfolio}/transactions:batch",
            lambda asset: {"transactions": [{**buy, "asset_id": asset}]},
        ),
        ("PATCH", f"/imports/{made['id']}", lambda asset: {"resolutions": {"ACME": {"asset_id": asset}}}),
    ):
        answers = [
            await Call(json=body(asset)).send(stranger.client, (method, path)) for asset in (foreign, str(uuid4()))
        ]
        assert answers[0].status_code in {404, 422}, answers[0].text
        assert answers[0].status_code == answers[1].status_code
        assert answers[0].json()["type"] == answers[1].json()["type"]
    assert changed(before, state.snapshot()) == {}
