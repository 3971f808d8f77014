"""Keys of providers: entered by an administrator, kept encrypted, used where the settings have none."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from support import PASSWORD, Api, Server

from finsage.errors import Forbidden
from finsage.market.errors import InvalidProviderKey
from finsage.market.service import provider_keys
from finsage.platform import key_canary, resealing
from finsage.platform.caller import PUBLIC_TENANT, Caller
from finsage.platform.database import Database
from finsage.platform.encryption import Place, SecretUnreadable, Vault
from finsage.platform.settings import Settings, load_settings
from finsage.services import sealed_columns

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


# By HTTP


async def administrator(api: Api, server: Server) -> httpx.AsyncClient:
    email = f"{uuid4().hex}@example.com"
    await api.sign_up(email)
    server.query("UPDATE users SET is_admin = true WHERE email = %s", email)
    return await api.sign_in(email)


async def test_an_administrator_enters_a_key_that_nobody_sees_again(
    *, api: Api, database: Database, server: Server, settings: Settings, caplog: pytest.LogCaptureFixture
):
    server.query("DELETE FROM provider_keys")
    client, nobody = await administrator(api, server), await api.sign_up()
    assert (await nobody.get("/api/v1/provider-keys")).status_code == 403
    put = await client.put("/api/v1/provider-keys/newsapi", json={"key": "canary-9"}, headers={"Idempotency-Key": "k1"})
    assert (put.status_code, put.content) == (204, b"")
    listed = (await client.get("/api/v1/provider-keys")).json()["items"]
    assert [(item["provider"], item["source"]) for item in listed] == [
        ("coingecko", None), ("newsapi", "entered"), ("cryptopanic", None),
    ]  # fmt: skip
    everything = server.query("SELECT sealed FROM provider_keys") + server.query("SELECT * FROM idempotency_keys")
    everything += server.query("SELECT * FROM audit_events")
    assert "canary-9" not in str(everything) + str(listed) + caplog.text
    async with database.read() as session:
        merged = await provider_keys.with_stored_keys(session, Vault(settings.data_dir), settings)
    assert merged.newsapi_key == "canary-9"
    refused = await client.put("/api/v1/provider-keys/newsapi", json={"key": "canary-9 with spaces"})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/key")
    assert "canary" not in refused.text
    headers = {"Idempotency-Key": "k2"}
    for is_replay in (None, "true"):
        gone = await client.delete("/api/v1/provider-keys/newsapi", headers=headers)
        assert (gone.status_code, gone.headers.get("idempotent-replayed")) == (204, is_replay)
    actions = server.query("SELECT action FROM audit_events WHERE object_id = 'newsapi' ORDER BY id DESC LIMIT 2")
    assert actions == [("provider_key.deleted",), ("provider_key.set",)]


async def test_a_stolen_session_sets_no_key(api: Api, server: Server):
    client = await administrator(api, server)
    server.query("UPDATE sessions SET proved_at = now() - interval '6 minutes'")
    for send in (client.put("/api/v1/provider-keys/newsapi", json={"key": "k"}),
                 client.delete("/api/v1/provider-keys/newsapi")):  # fmt: skip
        refused = await send
        assert (refused.status_code, refused.json()["type"]) == (403, "/problems/proof-needed")
    assert (await client.get("/api/v1/provider-keys")).status_code == 200
    wrong = await client.post("/api/v1/me/proof", json={"current_password": "not it at all"})
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "/current_password")
    assert (await client.put("/api/v1/provider-keys/newsapi", json={"key": "k"})).status_code == 403
    assert (await client.post("/api/v1/me/proof", json={"current_password": PASSWORD})).status_code == 204
    assert (await client.put("/api/v1/provider-keys/newsapi", json={"key": "k"})).status_code == 204


# The keys they are encrypted with


async def test_keys_of_another_database_are_told_clearly(database: Database, server: Server, tmp_path: Path):
    server.query("DELETE FROM key_canary")
    assert "nothing" in await key_canary.look(database, Vault(tmp_path / "own"))
    await key_canary.demand_fitting_keys(database, Vault(tmp_path / "own"))
    await key_canary.demand_fitting_keys(database, Vault(tmp_path / "own"))
    assert "fit" in await key_canary.look(database, Vault(tmp_path / "own"))
    Vault(tmp_path / "other").seal("something", Place("t", "c", "r", PUBLIC_TENANT))
    for folder in ("other", "empty"):
        with pytest.raises(key_canary.KeysDoNotFit, match="belong to another database"):
            await key_canary.demand_fitting_keys(database, Vault(tmp_path / folder))
        assert key_canary.CANARY_OK.collect()[0].samples[0].value == 0
    await key_canary.demand_fitting_keys(database, Vault(tmp_path / "own"))
    assert key_canary.CANARY_OK.collect()[0].samples[0].value == 1


async def test_all_keys_are_rotated_and_what_was_begun_is_ended(database: Database, server: Server, tmp_path: Path):
    server.query("DELETE FROM key_canary")
    server.query("DELETE FROM provider_keys")
    vault = Vault(tmp_path)
    await key_canary.demand_fitting_keys(database, vault)
    async with database.write(ADMIN.tenant_id) as session:
        for provider in provider_keys.KEYED:
            await provider_keys.set_key(session, vault, ADMIN, provider, f"key-of-{provider}")
    before = {*server.query("SELECT sealed FROM provider_keys"), *server.query("SELECT sealed FROM key_canary")}
    vault.renew_key(PUBLIC_TENANT)  # a rotation that was killed here: rows are still sealed with the key before
    vault.rotate_master()
    assert await resealing.rotate_tenant_keys(database, vault, sealed_columns()) == 4
    after = {*server.query("SELECT sealed FROM provider_keys"), *server.query("SELECT sealed FROM key_canary")}
    assert not before & after
    assert {text.split("|")[1] for (text,) in after} == {vault.current_kid(PUBLIC_TENANT)}
    await key_canary.demand_fitting_keys(database, Vault(tmp_path))
    async with database.read() as session:
        merged = await provider_keys.with_stored_keys(session, Vault(tmp_path), load_settings({}, data_dir=tmp_path))
    assert (merged.coingecko_key, merged.cryptopanic_key) == ("key-of-coingecko", "key-of-cryptopanic")


def test_every_sealed_column_is_on_the_list(server: Server):
    """A column whose check says that it is sealed must be sealed anew when keys are rotated."""
    found = server.query(
        "SELECT c.conrelid::regclass::text, a.attname FROM pg_constraint c"
        " JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = ANY (c.conkey)"
        " WHERE c.contype = 'c' AND pg_get_constraintdef(c.oid) LIKE '%v1|%'"
    )
    listed = {(column.table, column.column) for column in (resealing.CANARY, *sealed_columns())}
    assert set(found) == listed
