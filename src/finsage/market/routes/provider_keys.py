"""The keys of providers, for administrators: entered, replaced and forgotten, never shown."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request

from finsage.market.schemas import provider_keys as schemas
from finsage.market.service import provider_keys
from finsage.platform import clock
from finsage.platform.caller import Caller
from finsage.platform.encryption import Vault
from finsage.platform.settings import Settings
from finsage.platform.unit import Reading, UnitRoute, Writing, requires

router = APIRouter(route_class=UnitRoute, tags=["market"])

Admin = Annotated[Caller, requires("admin")]
Name = Annotated[str, Path(max_length=40)]


@router.get("/provider-keys")
async def list_provider_keys(_: Admin, session: Reading, request: Request) -> schemas.ProviderKeyList:
    """Which providers take a key, and which have one."""
    settings: Settings = request.app.state.settings
    items = [
        schemas.ProviderKeyOut(provider=one.provider, source=one.source, set_at=clock.in_utc(one.set_at))
        for one in await provider_keys.list_keys(session, settings)
    ]
    return schemas.ProviderKeyList(items=items, next_cursor=None)


@router.put("/provider-keys/{provider}", status_code=204)
async def set_provider_key(caller: Admin, request: Request, provider: Name, body: schemas.ProviderKeyIn) -> None:
    """Keep a provider's key, encrypted, in place of the one before. Wants the password to have been given recently."""
    caller.require_recent_proof(clock.now())
    state = request.app.state
    await provider_keys.enter_key(state.database, Vault(state.settings.data_dir), caller, provider, body.key)


@router.delete("/provider-keys/{provider}", status_code=204)
async def delete_provider_key(caller: Admin, session: Writing, provider: Name) -> None:
    """Forget a key that was entered. Wants the password to have been given recently."""
    caller.require_recent_proof(clock.now())
    await provider_keys.delete_key(session, caller, provider)
