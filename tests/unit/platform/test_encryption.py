"""A sealed secret opens where it was sealed, with the keys it was sealed with, and nowhere else."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finsage.platform.encryption import Place, SecretUnreadable, Vault

PLACE = Place("channels", "address", "7", uuid4())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("vault")


@pytest.fixture(scope="module")
def vault(folder: Path) -> Vault:
    return Vault(folder)


@given(secret=st.text(max_size=200))
def test_what_was_sealed_opens_also_after_a_restart(vault: Vault, folder: Path, secret: str):
    sealed = vault.seal(secret, PLACE)
    assert vault.open(sealed, PLACE) == Vault(folder).open(sealed, PLACE) == secret
    assert sealed != vault.seal(secret, PLACE)


def test_nothing_of_the_secret_is_seen_and_files_are_private(vault: Vault, folder: Path):
    sealed = vault.seal("canary-secret", PLACE)
    version, kid, *_ = sealed.split("|")
    assert version == "v1"
    assert len(kid) == 16
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert {path.name for path in files} == {"master_key", str(PLACE.tenant_id)}
    for path in files:
        assert path.stat().st_mode & 0o777 == 0o600
        assert path.parent.stat().st_mode & 0o777 == 0o700
        assert b"canary" not in path.read_bytes()


@pytest.mark.parametrize(
    "other",
    [{"table": "webhooks"}, {"column": "name"}, {"row": "8"}, {"tenant_id": uuid4()}],
    ids=lambda other: next(iter(other)),
)
def test_moved_to_another_place_it_does_not_open(vault: Vault, other: dict[str, object]):
    vault.seal("theirs", replace(PLACE, **other))  # so that the other tenant has a key
    with pytest.raises(SecretUnreadable):
        vault.open(vault.seal("secret", PLACE), replace(PLACE, **other))


@given(data=st.data())
def test_one_changed_character_does_not_open(vault: Vault, data: st.DataObject):
    sealed = vault.seal("secret", PLACE)
    position = data.draw(st.integers(0, len(sealed) - 1))
    character = data.draw(st.sampled_from("Aa0+/=|v \u00e9"))
    changed = sealed[:position] + character + sealed[position + 1 :]
    if changed != sealed:
        with pytest.raises(SecretUnreadable):
            vault.open(changed, PLACE)


def test_spare_bits_of_the_last_character_are_not_free_to_change(vault: Vault):
    # 22 bytes, 6 of the secret and 16 of the tag: the last character of base64 has four bits that stand for nothing.
    sealed = vault.seal("secret", PLACE)
    body = sealed.rstrip("=")
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    changed = body[:-1] + alphabet[alphabet.index(body[-1]) ^ 1] + sealed[len(body) :]
    with pytest.raises(SecretUnreadable):
        vault.open(changed, PLACE)


def test_without_the_tenants_key_or_the_master_key_it_is_lost(tmp_path: Path):
    sealed = Vault(tmp_path).seal("secret", PLACE)
    key = tmp_path / "secrets" / "keystore" / str(PLACE.tenant_id)
    kept = key.read_bytes()
    key.unlink()
    with pytest.raises(SecretUnreadable, match="missing"):
        Vault(tmp_path).open(sealed, PLACE)
    assert not key.exists(), "reading makes no key"
    Vault(tmp_path).seal("another", PLACE)
    with pytest.raises(SecretUnreadable):
        Vault(tmp_path).open(sealed, PLACE)
    key.write_bytes(kept)
    assert Vault(tmp_path).open(sealed, PLACE) == "secret"
    master = tmp_path / "secrets" / "master_key"
    for content in (b"x" * 32, b"short"):
        master.write_bytes(content)
        with pytest.raises(SecretUnreadable):
            Vault(tmp_path).open(sealed, PLACE)
    shutil.rmtree(tmp_path / "secrets")


def test_any_number_that_begin_at_once_have_the_same_key(tmp_path: Path):
    with ThreadPoolExecutor(16) as pool:
        sealed = list(pool.map(lambda number: Vault(tmp_path).seal(str(number), PLACE), range(64)))
    assert [Vault(tmp_path).open(one, PLACE) for one in sealed] == [str(number) for number in range(64)]


OTHER = replace(PLACE, tenant_id=uuid4())


def test_another_master_key_opens_what_was_sealed_before(tmp_path: Path):
    running, sealed = Vault(tmp_path), {}
    for place in (PLACE, OTHER):
        sealed[place] = running.seal("secret", place)
    master = tmp_path / "secrets" / "master_key"
    before, kid = master.read_bytes(), running.current_kid(PLACE.tenant_id)
    assert running.rotate_master() == 2
    assert master.read_bytes() != before
    assert {path.name for path in master.parent.iterdir()} == {"master_key", "keystore"}
    for vault in (running, Vault(tmp_path)):
        assert [vault.open(text, place) for place, text in sealed.items()] == ["secret"] * 2
    assert running.current_kid(PLACE.tenant_id) == kid
    master.write_bytes(before)
    with pytest.raises(SecretUnreadable):
        Vault(tmp_path).open(sealed[PLACE], PLACE)


@pytest.mark.parametrize("step", ["made", "wrapped", "replaced"])
def test_a_rotation_that_was_killed_loses_nothing_and_goes_on(tmp_path: Path, step: str):
    sealed = Vault(tmp_path).seal("secret", PLACE)
    master = tmp_path / "secrets" / "master_key"
    key = master.parent / "keystore" / str(PLACE.tenant_id)
    wrapped_before, master_before = key.read_bytes(), master.read_bytes()
    Vault(tmp_path).rotate_master()
    following = master.read_bytes()
    if step == "replaced":  # a key that was made meanwhile is wrapped with the former master key
        key.write_bytes(wrapped_before)
        master.with_name("master_key.old").write_bytes(master_before)
    else:
        master.write_bytes(master_before)
        master.with_name("master_key.next").write_bytes(following)
        if step == "made":
            key.write_bytes(wrapped_before)
    assert Vault(tmp_path).open(sealed, PLACE) == "secret"
    Vault(tmp_path).rotate_master()
    assert {path.name for path in master.parent.iterdir()} == {"master_key", "keystore"}
    assert Vault(tmp_path).open(sealed, PLACE) == "secret"


def test_a_tenant_gets_another_key_and_the_one_before_opens_until_it_is_dropped(tmp_path: Path):
    vault = Vault(tmp_path)
    before = vault.seal("secret", PLACE)
    vault.renew_key(PLACE.tenant_id)
    after = vault.seal("secret", PLACE)
    assert before.split("|")[1] != after.split("|")[1]
    assert vault.open(before, PLACE) == vault.open(after, PLACE) == "secret"
    vault.drop_former_keys(PLACE.tenant_id)
    assert vault.open(after, PLACE) == "secret"
    with pytest.raises(SecretUnreadable):
        vault.open(before, PLACE)


def test_a_tenant_whose_key_is_destroyed_is_unreadable_and_the_others_are_not(tmp_path: Path):
    vault = Vault(tmp_path)
    theirs, others = vault.seal("secret", PLACE), vault.seal("secret", OTHER)
    assert vault.forget(PLACE.tenant_id)
    assert not vault.forget(PLACE.tenant_id)
    assert vault.tenants() == [OTHER.tenant_id]
    for opened in (vault, Vault(tmp_path)):
        with pytest.raises(SecretUnreadable):
            opened.open(theirs, PLACE)
        assert opened.open(others, OTHER) == "secret"


def test_sealing_goes_on_while_keys_are_rotated(tmp_path: Path):
    vault = Vault(tmp_path)
    vault.seal("secret", PLACE)

    def seal(number: int) -> tuple[str, Place]:
        place = replace(PLACE, tenant_id=uuid4()) if number % 2 else PLACE
        return Vault(tmp_path).seal(str(number), place), place

    with ThreadPoolExecutor(4) as threads:
        sealing = [threads.submit(seal, number) for number in range(24)]
        for _ in range(3):
            vault.rotate_master()
        for number, done in enumerate(sealing):
            sealed, place = done.result()
            assert Vault(tmp_path).open(sealed, place) == str(number)
