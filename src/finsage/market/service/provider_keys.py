"""The keys of providers that an administrator entered: stored encrypted, never shown again.

A key of the settings stands before one that was entered, so that an operator can always override.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from finsage.errors import Fault, Forbidden
from finsage.market.errors import InvalidProviderKey
from finsage.market.store import provider_keys as store
from finsage.platform.audit import record
from finsage.platform.caller import PUBLIC_TENANT, Caller
from finsage.platform.database import Database, ReadSession, WriteSession
from finsage.platform.encryption import Place, Vault
from finsage.platform.settings import Settings

KEYED = {"coingecko": "coingecko_key", "newsapi": "newsapi_key", "cryptopanic": "cryptopanic_key"}
"""Providers that take a key, and the setting that may hold it. CoinGecko's news use CoinGecko's."""

_KEY_OF = {**{name: name for name in KEYED}, "coingecko-news": "coingecko"}

KEY_LENGTH_MAX = 200


@dataclass(frozen=True, slots=True)
class KeyState:
    """That there is a key, and since when; not the key."""

    provider: str
    set_at: datetime


@dataclass(frozen=True, slots=True)
class ProviderKey:
    """A provider that takes a key. ``source`` is None where there is none; ``set_at`` of one that was entered."""

    provider: str
    source: Literal["settings", "entered"] | None
    set_at: datetime | None


async def set_key(session: WriteSession, vault: Vault, caller: Caller, provider: str, key: str) -> None:
    """Keep a provider's key, encrypted, in place of the one before.

    Raises:
        Forbidden: the caller is no administrator.
        InvalidProviderKey: no such provider takes a key, or this is none.
    """
    _require_admin(caller)
    _require_keyed(provider)
    key = key.strip()
    if not 1 <= len(key) <= KEY_LENGTH_MAX or not key.isascii() or not key.isprintable() or " " in key:
        detail = f"needs 1 to {KEY_LENGTH_MAX} printable characters without spaces"
        raise InvalidProviderKey("The key is none.", faults=(Fault("/key", detail),))
    await store.put(session, provider, vault.seal(key, _place(provider)))
    await record(session, caller, "provider_key.set", object_kind="provider", object_id=provider)


async def enter_key(database: Database, vault: Vault, caller: Caller, provider: str, key: str) -> None:
    """As ``set_key``, in a transaction of its own: what carries a secret keeps no idempotency key."""
    async with database.write(caller.tenant_id, caller.user_id) as session:
        await set_key(session, vault, caller, provider, key)


async def delete_key(session: WriteSession, caller: Caller, provider: str) -> None:
    """Forget a provider's key.

    Raises:
        Forbidden: the caller is no administrator.
        InvalidProviderKey: there is none.
    """
    _require_admin(caller)
    if not await store.delete(session, provider):
        raise InvalidProviderKey("There is no key of this provider.")
    await record(session, caller, "provider_key.deleted", object_kind="provider", object_id=provider)


async def key_states(session: ReadSession) -> list[KeyState]:
    """Which providers have a key that was entered."""
    return [KeyState(provider, set_at) for provider, _, set_at in await store.sealed_keys(session)]


async def list_keys(session: ReadSession, settings: Settings) -> list[ProviderKey]:
    """Every provider that takes a key, and where its key is from."""
    entered = {state.provider: state.set_at for state in await key_states(session)}
    return [
        ProviderKey(provider, "settings", None)
        if getattr(settings, setting) is not None
        else ProviderKey(provider, "entered" if provider in entered else None, entered.get(provider))
        for provider, setting in KEYED.items()
    ]


def is_usable(settings: Settings, entered: Collection[str], provider: str) -> bool:
    """Whether a provider has the key it needs, from the settings or entered; most need none."""
    keyed = _KEY_OF.get(provider)
    if keyed is None or (provider == "coingecko" and settings.coingecko_plan == "free"):
        return True
    return keyed in entered or getattr(settings, KEYED[keyed]) is not None


async def with_stored_keys(session: ReadSession, vault: Vault, settings: Settings) -> Settings:
    """The settings with the entered keys where they have none of their own; for ``open_providers``.

    Raises:
        SecretUnreadable: a key cannot be decrypted.
    """
    entered = {
        KEYED[provider]: vault.open(sealed, _place(provider))
        for provider, sealed, _ in await store.sealed_keys(session)
        if provider in KEYED and getattr(settings, KEYED[provider]) is None
    }
    return settings.model_copy(update=entered)


def _place(provider: str) -> Place:
    return Place("provider_keys", "sealed", provider, PUBLIC_TENANT)


def _require_admin(caller: Caller) -> None:
    if not caller.is_admin:
        raise Forbidden("Only an administrator sets the keys of providers.")


def _require_keyed(provider: str) -> None:
    if provider not in KEYED:
        raise InvalidProviderKey(f"No provider of that name takes a key; there are {', '.join(KEYED)}.")
