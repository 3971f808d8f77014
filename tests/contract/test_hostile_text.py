"""SQL, HTML and bytes no database keeps, in every text that a request may carry: kept or refused, never a fault."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import httpx
import pytest
from contract.calls import CALLS, Call, Owner
from contract.routes import READING, UNSAFE_ROUTES, Route, description, some_of
from contract.test_bytes import full_portfolio
from support import Server

from finsage.services import API

pytestmark = pytest.mark.anyio

# What is refused comes first: what is kept may use up the object that the request is about.
NASTY = ("a\0b", "'; DROP TABLE postings; -- <script>alert(1)</script> %s {0} ${x} =1+1")

WITH_TEXT = [route for route in UNSAFE_ROUTES if route.has_body and route.key in CALLS]


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where the texts of a body stand."""
    if isinstance(value, str):
        yield path
    elif isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(inner, (*path, key))


def put(body: Any, path: tuple[Any, ...], text: str) -> Any:
    body = deepcopy(body)
    place = body
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = text
    return body


def check(answer: httpx.Response, where: str) -> None:
    assert answer.status_code < 500, f"{where}: {answer.text}"
    kind = answer.headers.get("content-type", "application/json")
    assert kind.startswith(("application/json", "application/problem+json", "text/csv")), f"{where} is {kind}"
    assert answer.headers["x-content-type-options"] == "nosniff"


@some_of(WITH_TEXT)
async def test_in_every_text_of_a_body(route: Route, owner: Owner, server: Server):
    count = len(list(places((await CALLS[route.key](owner)).json)))
    for index in range(count):
        call = await CALLS[route.key](owner)
        path = list(places(call.json))[index]
        for text in NASTY:
            hostile = Call(call.ids, put(call.json, path, text), call.query)
            check(await hostile.send(owner.client, route.key), f"{route} {path}")
    assert server.query("SELECT to_regclass('postings') IS NOT NULL AND count(*) > 0 FROM users") == [(True,)]


@pytest.mark.slow
async def test_in_every_text_of_a_query(owner: Owner):
    ids = await full_portfolio(owner)
    for route in READING:
        for parameter in description()["paths"][route.path][route.method.lower()].get("parameters", ()):
            if parameter["in"] == "query":
                for text in NASTY:
                    url = API + route.key[1].format(**ids)
                    check(await owner.client.get(url, params={parameter["name"]: text}), f"{route} {parameter['name']}")
