"""The JSON source of an asset: tried before it is kept, kept with its secret sealed, asked with the other providers.

Nothing is asked inside of a transaction.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from importlib import import_module
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit
from uuid import UUID

from finsage.errors import Fault, FinSageError
from finsage.market.errors import InvalidSource, JsonSourceNotFound, JsonSourcesOff, NotOwnAsset, TooManySources
from finsage.market.service.assets import Asset, asset_by_id
from finsage.market.service.json_opening import NAME, credential_of, place_of
from finsage.market.service.judging import Due, good, verdict_on
from finsage.market.service.prices import latest_prices
from finsage.market.service.refresh import enqueue_backfill
from finsage.market.store import json_sources as store
from finsage.market.store.json_sources import SentAs, StoredSource
from finsage.market.store.refreshes import Claimed
from finsage.platform import clock
from finsage.platform.audit import record
from finsage.platform.caller import Caller
from finsage.platform.database import Database, ReadSession, WriteSession
from finsage.platform.encryption import Vault
from finsage.platform.outside import Outside
from finsage.platform.settings import Settings

if TYPE_CHECKING:
    from finsage.market.providers.json_source import JsonSource, Reading

__all__ = [
    "JsonDraft",
    "JsonKey",
    "SentAs",
    "StoredSource",
    "Tried",
    "delete",
    "json_source",
    "put",
    "try_out",
]

SOURCES_MAX = 200
SECONDS_MAX = 20
"""How long trying one out may take, with all that is tried again: somebody waits."""

SHOWN_DAYS = 5
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_QUERY = re.compile(r"[A-Za-z0-9._~\[\]-]{1,100}")
_SECRET = re.compile(r"[\x21-\x7e]([\x20-\x7e]{0,998}[\x21-\x7e])?")
_OURS = frozenset({
    "host", "connection", "content-length", "transfer-encoding", "te", "trailer", "upgrade", "expect", "accept",
    "accept-encoding", "user-agent", "range", "cookie", "if-none-match", "if-modified-since", "proxy-authorization",
})  # fmt: skip
"""Headers that the client sets itself, or that change what it fetches or from whom."""


@dataclass(frozen=True, slots=True)
class JsonKey:
    """A secret that goes with the request; without a value the one that is kept."""

    sent_as: SentAs
    name: str
    value: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class JsonDraft:
    """A source as somebody describes it."""

    url: str
    price_path: str
    as_of_path: str | None
    currency_path: str | None
    is_first: bool
    key: JsonKey | None


@dataclass(frozen=True, slots=True)
class Tried:
    """What a source says now, and whether its price would be believed.

    ``currency`` is None where the answer states none; ``days`` counts those of its history and ``newest`` are the last
    of them. ``decision`` is ``keep``, ``flag`` or ``quarantine``, with its reason.
    """

    price: Decimal
    currency: str | None
    as_of: datetime | None
    days: int
    newest: list[tuple[date, Decimal]]
    decision: Literal["keep", "flag", "quarantine"]
    detail: str
    received_at: datetime


async def json_source(session: ReadSession, asset_id: UUID) -> StoredSource | None:
    """The JSON source of an asset, and what came of asking it last; None where it has none.

    Raises:
        AssetNotFound: absent, or another tenant's.
    """
    await asset_by_id(session, asset_id)
    return await store.of_asset(session, asset_id)


async def try_out(database: Database, outside: Outside, caller: Caller, asset_id: UUID, draft: JsonDraft) -> Tried:
    """Ask a source once as it would be asked, and keep nothing.

    Args:
        database: nothing of it is held open while the source is asked.
        outside: the way out.
        caller: whose asset it is.
        asset_id: what it is to price.
        draft: the source.

    Raises:
        AssetNotFound, NotOwnAsset, InvalidSource, JsonSourcesOff, SecretUnreadable.
        FinSageError: it could not be asked, or did not answer so that a price can be read; says why.
    """
    _require_on(outside.settings)
    async with database.read(caller.tenant_id, caller.user_id) as session:
        asset = await _own(session, asset_id)
        stored = await store.of_asset(session, asset_id)
        latest = (await latest_prices(session, [asset_id], on=clock.today("UTC"))).get(asset_id)
    source, _ = _opened(draft, stored, caller, outside.settings)
    reading = await _read(outside, source)
    claimed = Claimed(asset.id, asset.asset_class, asset.currency, asset.mic, (), {})
    priced = import_module("finsage.market.providers.pricing").Priced(NAME, reading.quote(NAME), (reading.source,))
    verdict = verdict_on(Due(claimed, good(claimed, latest)), priced, clock.now())
    candles = reading.candles(date.min, date.max)
    as_of, price = reading.prices[-1]
    newest = [(candle.day, candle.close) for candle in candles[-SHOWN_DAYS:]]
    return Tried(
        price, reading.currency, as_of, len(candles), newest, verdict.decision, verdict.detail,
        reading.source.received_at,
    )  # fmt: skip


async def put(
    database: Database, settings: Settings, caller: Caller, asset_id: UUID, draft: JsonDraft
) -> tuple[StoredSource, UUID]:
    """Keep the JSON source of an asset of the caller's tenant in place of the one before, and have it asked at once.

    In a transaction of its own: what carries a secret keeps no idempotency key.

    Returns:
        The source, and the job that asks it.

    Raises:
        AssetNotFound: absent, or another tenant's.
        NotOwnAsset: it is everyone's, or simulated.
        InvalidSource: the address, a path or the key is none.
        JsonSourcesOff: the installation asks none.
        TooManySources: the tenant has 200.
    """
    _require_on(settings)
    async with database.write(caller.tenant_id, caller.user_id) as session:
        await _own(session, asset_id)
        before = await store.of_asset(session, asset_id)
        if await store.count_others(session, asset_id) >= SOURCES_MAX:
            raise TooManySources(f"There are {SOURCES_MAX} JSON sources already; remove one first.")
        _, secret = _opened(draft, before, caller, settings)
        key, sealed = draft.key, None
        if key is not None and secret is not None:
            sealed = Vault(settings.data_dir).seal(secret, place_of(caller.tenant_id, asset_id))
        kept = StoredSource(
            asset_id, draft.url, draft.price_path, draft.as_of_path, draft.currency_path, draft.is_first,
            key.sent_as if key else None, key.name if key else None, sealed,
        )  # fmt: skip
        await store.put(session, caller.tenant_id, kept)
        await record(
            session, caller, "json_source.set", object_kind="asset", object_id=asset_id,
            detail={"host": urlsplit(draft.url).hostname, "has_key": key is not None},
        )  # fmt: skip
        job_id = await enqueue_backfill(session, caller.tenant_id, asset_id)
        stored = await store.of_asset(session, asset_id)
        assert stored is not None, "it was just put"
        return stored, job_id


async def delete(session: WriteSession, caller: Caller, asset_id: UUID) -> None:
    """Forget the JSON source of an asset; the prices that came from it stay.

    Raises:
        AssetNotFound: absent, or another tenant's.
        JsonSourceNotFound: it has none.
    """
    await asset_by_id(session, asset_id)
    if not await store.delete(session, asset_id):
        raise JsonSourceNotFound("This asset has no JSON source.")
    await record(session, caller, "json_source.deleted", object_kind="asset", object_id=asset_id)


async def _own(session: ReadSession, asset_id: UUID) -> Asset:
    asset = await asset_by_id(session, asset_id)
    if asset.scope != "tenant" or asset.is_simulated:
        raise NotOwnAsset("Add an asset of your own to have it priced by a JSON source.")
    return asset


def _require_on(settings: Settings) -> None:
    if NAME not in settings.providers:
        raise JsonSourcesOff("FINSAGE_PROVIDERS of this installation leaves out json. An administrator may add it.")


async def _read(outside: Outside, source: JsonSource) -> Reading:
    module = import_module("finsage.market.providers.json_source")
    sources = module.JsonSources(outside.outbound(), {})
    try:
        async with asyncio.timeout(SECONDS_MAX):
            reading: Reading = await sources.read(source)
    except TimeoutError as error:
        http = import_module("finsage.platform.http")
        raise http.TooSlow(f"{urlsplit(source.url).hostname} took longer than {SECONDS_MAX} s.") from error
    return reading


def _opened(
    draft: JsonDraft, stored: StoredSource | None, caller: Caller, settings: Settings
) -> tuple[JsonSource, str | None]:
    """A source that may be asked, and the secret that goes with it.

    Raises:
        InvalidSource: with a fault for each field that is wrong.
        SecretUnreadable: the secret that is kept cannot be decrypted.
    """
    module = import_module("finsage.market.providers.json_source")
    source: JsonSource = module.JsonSource(draft.url, draft.price_path, draft.as_of_path, draft.currency_path)
    faults = _faults_of(draft, source, settings)
    if faults:
        raise _invalid(faults)
    if draft.key is None:
        return source, None
    secret = _secret(draft.key, draft.url, stored, caller, settings)
    return replace(source, credential=credential_of(draft.key.sent_as, draft.key.name, secret)), secret


def _faults_of(draft: JsonDraft, source: JsonSource, settings: Settings) -> dict[str, str]:
    http = import_module("finsage.platform.http")
    module = import_module("finsage.market.providers.json_source")
    faults: dict[str, str] = {}
    try:
        http.checked_url(draft.url, http.LocalHosts(settings.local_hosts))
    except http.ForbiddenAddress as error:
        faults["/url"] = str(error)
    for name, path in source.paths().items():
        try:
            module.compile_path(path)
        except InvalidSource as error:
            faults[f"/{name}"] = str(error)
    return faults | (_faults_of_key(draft.key) if draft.key else {})


def _faults_of_key(key: JsonKey) -> dict[str, str]:
    faults = {}
    if key.sent_as == "header" and (not _HEADER.fullmatch(key.name) or key.name.lower() in _OURS):
        faults["/key/name"] = "is no header that a key may be sent in"
    if key.sent_as == "query" and not _QUERY.fullmatch(key.name):
        faults["/key/name"] = "is no name of a parameter"
    if key.value is not None and not _SECRET.fullmatch(key.value.strip()):
        faults["/key/value"] = "needs 1 to 1000 printable characters of ASCII"
    return faults


def _secret(key: JsonKey, url: str, stored: StoredSource | None, caller: Caller, settings: Settings) -> str:
    """The secret that was typed, else the one that is kept.

    What is kept goes to the host it was entered for and to no other, or whoever may change the address could have it
    sent to a host of their own.
    """
    if key.value is not None:
        return key.value.strip()
    if stored is None or stored.sealed_key is None:
        raise _invalid({"/key/value": "is needed: there is no key that was entered before"})
    if _origin(stored.url, settings) != _origin(url, settings):
        raise _invalid({"/key/value": "is needed again, as the address leads to another host than the key was for"})
    return Vault(settings.data_dir).open(stored.sealed_key, place_of(caller.tenant_id, stored.asset_id))


def _origin(url: str, settings: Settings) -> tuple[str, str, int | None] | None:
    http = import_module("finsage.platform.http")
    try:
        checked = http.checked_url(url, http.LocalHosts(settings.local_hosts))
    except http.ForbiddenAddress:
        return None  # its host is no longer listed: no address that may be asked has the same
    return checked.scheme, checked.host, checked.port


def _invalid(faults: Mapping[str, str]) -> FinSageError:
    told = tuple(Fault(pointer, detail) for pointer, detail in faults.items())
    return InvalidSource("The source is not described so that it can be asked.", faults=told)
