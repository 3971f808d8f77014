"""Keys of providers: entered by an administrator, kept encrypted, used where the settings have none."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
from support import Server

from finsage.errors import Forbidden
from finsage.market.errors import InvalidProviderKey
from finsage.market.service import provider_keys
from finsage.platform.caller import Caller
from finsage.platform.database import Database
from finsage.platform.encryption import SecretUnreadable, Vault
from finsage.platform.settings import load_settings

pytestmark = pytest.mark.anyio
ADMIN = Caller(uuid4(), uuid4(), "owner", frozenset(), "session", uuid4(), is_admin=True)


async def test_a_key_is_kept_encrypted_used_and_forgotten(database: Database, server: Server, tmp_path: Path):
    vault = Vault(tmp_path)
    server.query("INSERT INTO tenants (id, name) VALUES (%s, 'House')", ADMIN.tenant_id)
    async with database.write(ADMIN.tenant_id) as session:
        await provider_keys.set_key(session, vault, ADMIN, "coingecko", "CG-canary-1")
        await provider_keys.set_key(session, vault, ADMIN, "coingecko", " CG-canary-2 ")
        await provider_keys.set_key(session, vault, ADMIN, "newsapi", "entered")
    stored = server.query("SELECT provider, sealed FROM provider_keys ORDER BY 1")
    assert [provider for provider, _ in stored] == ["coingecko", "newsapi"]
    assert "canary" not in str(stored) + str(server.query("SELECT detail, object_id, action FROM audit_events"))
    settings = load_settings({"FINSAGE_NEWSAPI_KEY": "of the operator"}, data_dir=tmp_path)
    async with database.read() as session:
        merged = await provider_keys.with_stored_keys(session, Vault(tmp_path), settings)
        assert (merged.coingecko_key, merged.newsapi_key, merged.cryptopanic_key) == (
            "CG-canary-2", "of the operator", None,
        )  # fmt: skip
        assert [state.provider for state in await provider_keys.key_states(session)] == ["coingecko", "newsapi"]
    async with database.write(ADMIN.tenant_id) as session:
        await provider_keys.delete_key(session, ADMIN, "newsapi")
        with pytest.raises(InvalidProviderKey):
            await provider_keys.delete_key(session, ADMIN, "newsapi")
    actions = server.query("SELECT action, object_id FROM audit_events WHERE object_kind = 'provider' ORDER BY id")
    assert actions == [("provider_key.set", "coingecko")] * 2 + [
        ("provider_key.set", "newsapi"), ("provider_key.deleted", "newsapi"),
    ]  # fmt: skip
    # A key moved to another row by somebody in the database does not open there.
    server.query("INSERT INTO provider_keys (provider, sealed) SELECT 'cryptopanic', sealed FROM provider_keys")
    async with database.read() as session:
        with pytest.raises(SecretUnreadable):
            await provider_keys.with_stored_keys(session, vault, settings)


async def test_only_an_administrator_enters_a_key_and_only_one_that_can_be_one(database: Database, tmp_path: Path):
    vault = Vault(tmp_path)
    async with database.write(ADMIN.tenant_id) as session:
        with pytest.raises(Forbidden):
            await provider_keys.set_key(session, vault, replace(ADMIN, is_admin=False), "newsapi", "k")
        with pytest.raises(Forbidden):
            await provider_keys.delete_key(session, replace(ADMIN, is_admin=False), "newsapi")
        for provider, key in (
            ("ecb", "k"),
            ("newsapi", ""),
            ("newsapi", "k" * 201),
            ("newsapi", "a\r\nb"),
            ("newsapi", "é"),
        ):
            with pytest.raises(InvalidProviderKey):
                await provider_keys.set_key(session, vault, ADMIN, provider, key)
    assert not (tmp_path / "secrets" / "keystore").exists()
