"""The login of ``--demo``: an owner made on an empty installation, and the simulated portfolio beside it."""

from __future__ import annotations

import secrets
from pathlib import Path
from uuid import UUID

import msgspec

from finsage.identity import service as identity
from finsage.platform import clock
from finsage.platform.caller import Caller
from finsage.platform.database import Database
from finsage.platform.secrets import load_or_create
from finsage.platform.settings import Settings
from finsage.portfolio.service import demo as portfolio_demo

EMAIL = "demo@finsage.example"


class Login(msgspec.Struct, frozen=True):
    """The demo's owner, as kept in the secrets directory."""

    email: str
    password: str
    user_id: UUID
    tenant_id: UUID


async def prepare(settings: Settings, database: Database, state: identity.Identity) -> Login | None:
    """Make the demo's owner where nobody has registered yet, and give it the simulated portfolio.

    Returns:
        The login; None where somebody else was first: they add the demo with a click.
    """
    path = settings.data_dir / "secrets" / "demo-login.json"
    login = _known(path) or await _register(path, database, state)
    if login is None:
        return None
    async with database.write(login.tenant_id, login.user_id) as session:
        await portfolio_demo.add_demo(session, _caller(login))
    return login


def _known(path: Path) -> Login | None:
    return msgspec.json.decode(path.read_bytes(), type=Login) if path.is_file() else None


async def _register(path: Path, database: Database, state: identity.Identity) -> Login | None:
    async with database.read() as session:
        has_users, _ = await identity.is_registration_open(session, state)
    if has_users:
        return None
    password = secrets.token_urlsafe(12)
    person = await identity.register(
        database, state, identity.Registration(EMAIL, password, first_name="Demo", tenant_name="Demo household")
    )
    login = Login(EMAIL, password, person.user_id, person.tenant_id)
    load_or_create(path, lambda: msgspec.json.encode(login))
    return login


def _caller(login: Login) -> Caller:
    return Caller(
        user_id=login.user_id,
        tenant_id=login.tenant_id,
        role="owner",
        scopes=identity.scopes_of("owner", is_admin=True),
        credential="session",
        credential_id=clock.new_id(),
        is_admin=True,
    )
