"""JSON sources on their way to being asked: read from the database with their secrets, and noted how they answered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any
from uuid import UUID

from prometheus_client import Counter

from finsage.errors import FinSageError
from finsage.market.store import json_sources as store
from finsage.market.store.json_sources import StoredSource, Told
from finsage.platform.database import Database
from finsage.platform.encryption import Place, SecretUnreadable, Vault
from finsage.platform.telemetry import REGISTRY

if TYPE_CHECKING:
    from finsage.market.providers.json_source import JsonSource
    from finsage.market.providers.pricing import Priced, Quoted
    from finsage.platform.http import Credential

NAME = "json"
"""Of the provider, and of its keys: each the id of the asset that the source is of."""

READINGS = Counter(
    "finsage_json_source_readings", "JSON sources asked, by what became of it", ("outcome",), registry=REGISTRY
)


def place_of(tenant_id: UUID, asset_id: UUID) -> Place:
    """Where the secret of a source stands."""
    return Place("json_sources", "sealed_key", str(asset_id), tenant_id)


def credential_of(sent_as: str, name: str, value: str) -> Credential:
    """A secret as it is sent along."""
    http = import_module("finsage.platform.http")
    credential: Credential = http.Credential(**{"headers" if sent_as == "header" else "query": {name: value}})
    return credential


async def sources_of(database: Database, vault: Vault, tenants: Iterable[UUID]) -> dict[str, JsonSource | FinSageError]:
    """The sources of these tenants by key; in place of one whose secret cannot be read, why.

    Each tenant's are read in a transaction of its own.
    """
    found: dict[str, JsonSource | FinSageError] = {}
    for tenant_id in tenants:
        async with database.read(tenant_id) as session:
            stored = await store.sources(session)
        found |= {str(one.asset_id): _opened(vault, tenant_id, one) for one in stored}
    return found


def _opened(vault: Vault, tenant_id: UUID, stored: StoredSource) -> JsonSource | FinSageError:
    credential = None
    if stored.sealed_key and stored.key_sent_as and stored.key_name:
        try:
            secret = vault.open(stored.sealed_key, place_of(tenant_id, stored.asset_id))
        except SecretUnreadable as error:
            return error
        credential = credential_of(stored.key_sent_as, stored.key_name, secret)
    module = import_module("finsage.market.providers.json_source")
    source: JsonSource = module.JsonSource(
        stored.url, stored.price_path, stored.as_of_path, stored.currency_path, credential
    )
    return source


def told_of(quoted: Quoted, others: Iterable[Priced]) -> dict[str, Told]:
    """What came of asking the sources in a run, by key; of those that were not asked nothing."""
    told = {
        one.key: Told(UUID(one.key), problem=one.error.slug(), detail=str(one.error))
        for one in quoted.failures
        if one.provider == NAME and one.key is not None
    }
    for priced in (*quoted.prices.values(), *others):
        source: Any = priced.quote.source
        if priced.provider == NAME:
            told[priced.quote.key] = Told(UUID(priced.quote.key), source.content_hash)
    count(told)
    return told


def count(told: Mapping[str, Told]) -> None:
    """Count readings by their outcome."""
    for one in told.values():
        READINGS.labels(one.problem or "ok").inc()
