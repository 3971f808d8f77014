"""The whole application over a database of the module's own, people in it, and a fingerprint of all there is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import uuid4

import httpx
import psycopg
import pytest
from contract.calls import Owner
from contract.routes import Route
from contract.state import State
from support import Api, Server

# A user may send 120 requests at once. Signing in costs two hashes, so people are kept until they have sent many.
_REQUESTS_MAX = 60


@pytest.fixture(scope="module")
def state(server: Server) -> Iterator[State]:
    with psycopg.connect(server.owner_dsn, autocommit=True) as connection:
        yield State(connection)


@dataclass(frozen=True)
class House:
    """The owner of a tenant, somebody who may only look at it, the owner of another tenant, and the administrator."""

    admin: Owner
    owner: Owner
    viewer: Owner
    stranger: Owner
    requests: list[httpx.Request]


class Street:
    """Gives a house until it is used up, then another."""

    def __init__(self, api: Api, server: Server) -> None:
        self._api = api
        self._server = server
        self._house: House | None = None
        self._admin: Owner | None = None

    async def house(self) -> House:
        if self._house is None or len(self._house.requests) > _REQUESTS_MAX:
            self._house = await self._build()
        return self._house

    async def person(self) -> Owner:
        email = f"{uuid4().hex}@example.com"
        return Owner(await self._api.sign_up(email), email, self._api, self._server)

    async def _build(self) -> House:
        # Whoever registers first administers the installation.
        self._admin = self._admin or await self.person()
        owner, stranger, guest = [await self.person() for _ in range(3)]
        with psycopg.connect(self._server.owner_dsn, autocommit=True) as connection:
            connection.execute(
                "UPDATE memberships SET role = 'viewer', tenant_id ="
                " (SELECT m.tenant_id FROM memberships m JOIN users u ON u.id = m.user_id WHERE u.email = %s)"
                " WHERE user_id = (SELECT id FROM users WHERE email = %s)",
                [owner.email, guest.email],
            )
        client = await self._api.sign_in(guest.email, client=self._api.anonymous())
        house = House(self._admin, owner, Owner(client, guest.email, self._api, self._server), stranger, [])

        async def count(request: httpx.Request) -> None:
            house.requests.append(request)

        for person in (house.owner, house.viewer, house.stranger):
            person.client.event_hooks["request"].append(count)
        return house


@pytest.fixture(scope="module")
def street(api: Api, server: Server) -> Street:
    return Street(api, server)


@pytest.fixture
async def house(street: Street) -> House:
    return await street.house()


@pytest.fixture
def admin(house: House) -> Owner:
    return house.admin


@pytest.fixture
def owner(request: pytest.FixtureRequest, house: House) -> Owner:
    """Who may call the route that is asked about: of a tenant the owner, of the installation its administrator."""
    route = request.node.callspec.params.get("route") if hasattr(request.node, "callspec") else None
    is_ours = isinstance(route, Route) and route.is_unsafe and route.scopes == ("admin",)
    return house.admin if is_ours else house.owner


@pytest.fixture
def viewer(house: House) -> Owner:
    return house.viewer


@pytest.fixture
def stranger(house: House) -> Owner:
    return house.stranger
