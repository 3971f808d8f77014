"""Secrets that users entrust to the database: encrypted with a key of their tenant, which lies outside of it.

    master key     one per installation, ``<data>/secrets/master_key``, made at first use
    tenant's key   random, wrapped by the master key, ``<data>/secrets/keystore/<tenant>``; never in the database, so
                   that erasing the file makes the tenant's secrets unreadable in every old backup too. A line per key,
                   the current one first: the others open what was not sealed anew yet
    a secret       AES-256-GCM under the tenant's key; bound to its table, column, row and tenant, so that it cannot be
                   moved to another place and read there

Stored as ``v1|kid|nonce|ciphertext``, the last two in base64. Back up ``<data>/secrets`` apart from the database.
"""

from __future__ import annotations

import base64
import binascii
import secrets
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from finsage.errors import Unavailable
from finsage.platform.caller import PUBLIC_TENANT
from finsage.platform.durable import sync_directory, write_private
from finsage.platform.secrets import load_or_create

_VERSION = "v1"
_KEY_BYTES = 32
_NONCE_BYTES = 12
_KID_BYTES = 8
_OPENING_TRIES = 3
_OPENING_PAUSE = 0.05


class SecretUnreadable(Unavailable):
    """A stored secret cannot be decrypted with the keys of this installation."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a secret stands; it can be read there and nowhere else."""

    table: str
    column: str
    row: str
    tenant_id: UUID

    def bound_to(self, kid: str) -> bytes:
        """The additional data that the cipher authenticates."""
        return "|".join((self.table, self.column, self.row, str(self.tenant_id), kid)).encode()


@dataclass(frozen=True, slots=True)
class _Key:
    """One key of a tenant: its id and its bytes."""

    kid: str
    content: bytes

    @property
    def cipher(self) -> AESGCM:
        return AESGCM(self.content)


class Vault:
    """The keys of an installation, read from their files each time: another process may be replacing them.

    Args:
        data_dir: of the installation.
    """

    def __init__(self, data_dir: Path) -> None:
        self._folder = data_dir / "secrets"
        self._keystore = self._folder / "keystore"

    def seal(self, secret: str, place: Place) -> str:
        """Encrypt a text for one place; the tenant's key is made where there is none."""
        key = self._keys_of(place.tenant_id, may_make=True)[0]
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = key.cipher.encrypt(nonce, secret.encode(), place.bound_to(key.kid))
        return "|".join((_VERSION, key.kid, _text(nonce), _text(sealed)))

    def open(self, sealed: str, place: Place) -> str:
        """Decrypt what was sealed for this place.

        Raises:
            SecretUnreadable: the key is another or gone, the text was changed, or it was sealed for another place.
        """
        try:
            version, kid, nonce, ciphertext = sealed.split("|")
            known = {key.kid: key for key in self._keys_of(place.tenant_id)}
            if version != _VERSION or kid not in known:
                raise SecretUnreadable(f"The secret in {place.table} was encrypted with the key {kid[:16]!r}.")
            return known[kid].cipher.decrypt(_bytes(nonce), _bytes(ciphertext), place.bound_to(kid)).decode()
        except (ValueError, InvalidTag, binascii.Error) as error:
            raise SecretUnreadable(
                f"The secret in {place.table} cannot be decrypted: it or {self._folder} is not what it was."
            ) from error

    def derive(self, purpose: str) -> bytes:
        """32 bytes for one purpose: the same in every process of the installation, and of no use for another purpose.

        They come from the key of what belongs to everyone, which the database's canary knows, and change with it.

        Raises:
            SecretUnreadable: the key is another or gone.
        """
        key = self._keys_of(PUBLIC_TENANT, may_make=True)[0]
        return HKDF(SHA256(), _KEY_BYTES, salt=None, info=f"derived|{purpose}".encode()).derive(key.content)

    def forget(self, tenant_id: UUID) -> bool:
        """Destroy a tenant's key: what was sealed with it is unreadable from now on, in every old backup too.

        Returns:
            Whether there was one.
        """
        path = self._keystore / str(tenant_id)
        try:
            path.unlink()
        except FileNotFoundError:
            return False
        sync_directory(path.parent)
        return True

    def tenants(self) -> list[UUID]:
        """The tenants that have a key."""
        if not self._keystore.is_dir():
            return []
        return sorted(UUID(path.name) for path in self._keystore.iterdir() if not path.name.startswith("."))

    def current_kid(self, tenant_id: UUID) -> str:
        """The id of the key that is sealed with now."""
        return self._keys_of(tenant_id)[0].kid

    def rotate_master(self) -> int:
        """Make another master key and wrap every tenant's keys with it; what is sealed stays as it is.

        It may run beside the server, and after it was interrupted it goes on when it is called again. The old key stays
        readable in a file of its own until nothing is wrapped with it any more.

        Returns:
            How many tenants' keys were wrapped anew.
        """
        path, following, former = self._master_path(), self._master_path(".next"), self._master_path(".old")
        load_or_create(path, _new_key)
        if former.exists():  # a rotation was interrupted at its end
            for tenant_id in self.tenants():
                self._wrap_with(tenant_id, path.read_bytes())
            former.unlink()
        load_or_create(following, _new_key)
        wrapped = sum(self._wrap_with(tenant_id, following.read_bytes()) for tenant_id in self.tenants())
        load_or_create(former, path.read_bytes)
        following.replace(path)
        sync_directory(self._folder)
        # A key that was made meanwhile is wrapped with the former master key.
        wrapped += sum(self._wrap_with(tenant_id, path.read_bytes()) for tenant_id in self.tenants())
        former.unlink()
        sync_directory(self._folder)
        return wrapped

    def renew_key(self, tenant_id: UUID) -> None:
        """Give a tenant another key to seal with; what was sealed with the one before still opens."""
        keys = self._keys_of(tenant_id)
        self._write(tenant_id, [_Key(secrets.token_hex(_KID_BYTES), _new_key()), *keys], self._masters()[0])

    def drop_former_keys(self, tenant_id: UUID) -> None:
        """Destroy all keys of a tenant but the current one; call it when nothing is sealed with them."""
        keys = self._keys_of(tenant_id)
        if len(keys) > 1:
            self._write(tenant_id, keys[:1], self._masters()[0])

    def _keys_of(self, tenant_id: UUID, *, may_make: bool = False) -> list[_Key]:
        """The keys of a tenant, the current one first."""
        path = self._keystore / str(tenant_id)
        if not path.is_file():
            if not may_make:
                raise SecretUnreadable(f"There is no key for the secret: {path} is missing.")
            self._make(tenant_id, path)
        for _ in range(_OPENING_TRIES):
            keys = self._unwrapped(tenant_id, path)
            if keys is not None:
                return keys
            time.sleep(_OPENING_PAUSE)  # the master key is being replaced at this moment
        raise SecretUnreadable(f"{path} does not open with {self._master_path()}.")

    def _make(self, tenant_id: UUID, path: Path) -> None:
        load_or_create(self._master_path(), _new_key)
        master = self._masters()[0]
        key = _Key(secrets.token_hex(_KID_BYTES), _new_key())
        load_or_create(path, lambda: _wrapped(tenant_id, [key], master))
        if self._masters()[0] != master:  # it was replaced meanwhile, and may not have seen this key
            self._wrap_with(tenant_id, self._masters()[0])

    def _unwrapped(self, tenant_id: UUID, path: Path) -> list[_Key] | None:
        masters = self._masters()
        lines = path.read_text(encoding="ascii", errors="replace").splitlines()
        for master in masters:
            with suppress(ValueError, InvalidTag, binascii.Error):
                return [_unwrapped_line(tenant_id, line, master) for line in lines] or None
        return None

    def _wrap_with(self, tenant_id: UUID, master: bytes) -> bool:
        path = self._keystore / str(tenant_id)
        lines = path.read_text(encoding="ascii").splitlines()
        with suppress(ValueError, InvalidTag, binascii.Error):
            for line in lines:
                _unwrapped_line(tenant_id, line, master)
            return False
        self._write(tenant_id, self._keys_of(tenant_id), master)
        return True

    def _write(self, tenant_id: UUID, keys: list[_Key], master: bytes) -> None:
        draft = self._keystore / f".{tenant_id}.{secrets.token_hex(8)}"
        write_private(draft, _wrapped(tenant_id, keys, master))
        draft.replace(self._keystore / str(tenant_id))
        sync_directory(self._keystore)

    def _master_path(self, ending: str = "") -> Path:
        return self._folder / f"master_key{ending}"

    def _masters(self) -> list[bytes]:
        """The master key, and while it is being replaced the other one too."""
        found = []
        for ending in ("", ".next", ".old"):
            path = self._master_path(ending)
            with suppress(FileNotFoundError):
                key = path.read_bytes()
                if len(key) != _KEY_BYTES:
                    raise SecretUnreadable(f"{path} does not hold {_KEY_BYTES} bytes. Restore it from its backup.")
                found.append(key)
        if not found:
            raise SecretUnreadable(f"There is no {self._master_path()}. Restore it from its backup.")
        return found


def _new_key() -> bytes:
    return secrets.token_bytes(_KEY_BYTES)


def _wrapped(tenant_id: UUID, keys: list[_Key], master: bytes) -> bytes:
    lines = []
    for key in keys:
        nonce = secrets.token_bytes(_NONCE_BYTES)
        wrapped = AESGCM(master).encrypt(nonce, key.content, _context(tenant_id, key.kid))
        lines.append("|".join((_VERSION, key.kid, _text(nonce), _text(wrapped))))
    return "\n".join(lines).encode()


def _unwrapped_line(tenant_id: UUID, line: str, master: bytes) -> _Key:
    _, kid, nonce, wrapped = line.split("|")
    return _Key(kid, AESGCM(master).decrypt(_bytes(nonce), _bytes(wrapped), _context(tenant_id, kid)))


def _context(tenant_id: UUID, kid: str) -> bytes:
    return f"keystore|{tenant_id}{kid}".encode()


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode()


def _bytes(text: str) -> bytes:
    """The bytes of a base64 text, taken only in the one form that ``_text`` writes.

    Decoding ignores the spare bits of the last character, so that several texts stand for the same bytes.

    Raises:
        ValueError: it is not base64, or not as we write it.
    """
    found = base64.b64decode(text, validate=True)
    if _text(found) != text:
        raise ValueError("not canonical base64")
    return found
