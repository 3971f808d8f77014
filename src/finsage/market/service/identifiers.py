"""What an asset is called at providers, and in which order they are asked for it."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from finsage.market.errors import InvalidIdentifiers, NotOwnAsset
from finsage.market.identifiers import PRICED_BY, Identifier, Scheme, faults_of
from finsage.market.service.assets import Asset, AssetDraft, asset_by_id, create_asset
from finsage.market.service.refresh import enqueue_backfill
from finsage.market.store import identifiers as store
from finsage.platform.audit import record
from finsage.platform.caller import Caller
from finsage.platform.database import ReadSession, WriteSession

__all__ = ["PRICED_BY", "Identifier", "Scheme", "add_identified", "identifiers_of", "put_identifiers"]


async def identifiers_of(session: ReadSession, asset_id: UUID) -> list[Identifier]:
    """The identifiers of an asset, in the order in which its providers are asked.

    Raises:
        AssetNotFound: absent, or another tenant's.
    """
    await asset_by_id(session, asset_id)
    return await store.of_asset(session, asset_id)


async def add_identified(
    session: WriteSession, caller: Caller, draft: AssetDraft, identifiers: Sequence[Identifier]
) -> tuple[Asset, UUID | None]:
    """Add a custom asset with what it is called elsewhere, and have its history asked for.

    Returns:
        The asset, and the job as ``put_identifiers`` has it.

    Raises:
        InvalidAsset, AssetExists, InvalidIdentifiers.
    """
    asset = await create_asset(session, caller, draft)
    if not identifiers:
        return asset, None
    return asset, await put_identifiers(session, caller, asset.id, identifiers, pointer="/identifiers")


async def put_identifiers(
    session: WriteSession,
    caller: Caller,
    asset_id: UUID,
    identifiers: Sequence[Identifier],
    *,
    pointer: str = "/items",
) -> UUID | None:
    """Say what an asset of the caller's tenant is called elsewhere; what was said before goes.

    From then on its prices are asked for, at the first provider of the list and at the next where that fails. Without
    a provider in the list nobody outside is asked for it.

    Returns:
        The job that asks for its history; None without a provider.

    Raises:
        AssetNotFound: absent, or another tenant's.
        NotOwnAsset: it is everyone's, or simulated.
        InvalidIdentifiers: a value is not of its scheme's form, or a scheme is given twice.
    """
    asset = await asset_by_id(session, asset_id)
    if asset.scope != "tenant" or asset.is_simulated:
        raise NotOwnAsset("Add an asset of your own to have it priced by a provider.")
    faults = faults_of(identifiers, pointer)
    if faults:
        raise InvalidIdentifiers("Some identifiers cannot be kept.", faults=tuple(faults))
    await store.replace(session, caller.tenant_id, asset_id, identifiers)
    await record(session, caller, "asset.identified", object_kind="asset", object_id=asset_id)
    if not any(identifier.scheme in PRICED_BY for identifier in identifiers):
        return None
    return await enqueue_backfill(session, caller.tenant_id, asset_id)
