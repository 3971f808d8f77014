"""Secrets that users entrust to the database: encrypted with a key of their tenant, which lies outside of it.

    master key     one per installation, ``<data>/secrets/master_key``, made at first use
    tenant's key   random, wrapped by the master key, ``<data>/secrets/keystore/<tenant>``; never in the database, so
                   that erasing the file makes the tenant's secrets unreadable in every old backup too
    a secret       AES-256-GCM under the tenant's key; bound to its table, column, row and tenant, so that it cannot be
                   moved to another place and read there

Stored as ``v1|kid|nonce|ciphertext``, the last two in base64. Back up ``<data>/secrets`` apart from the database.
"""

from __future__ import annotations

import base64
import binascii
import secrets
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from finsage.errors import Unavailable
from finsage.platform.secrets import load_or_create

_VERSION = "v1"
_KEY_BYTES = 32
_NONCE_BYTES = 12
_KID_BYTES = 8


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


class Vault:
    """The keys of an installation, read from files when they are first needed.

    Args:
        data_dir: of the installation.
    """

    def __init__(self, data_dir: Path) -> None:
        self._folder = data_dir / "secrets"
        self._keys: dict[UUID, tuple[str, AESGCM]] = {}

    def seal(self, secret: str, place: Place) -> str:
        """Encrypt a text for one place; the tenant's key is made where there is none."""
        kid, cipher = self._key_of(place.tenant_id)
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = cipher.encrypt(nonce, secret.encode(), place.bound_to(kid))
        return "|".join((_VERSION, kid, _text(nonce), _text(sealed)))

    def open(self, sealed: str, place: Place) -> str:
        """Decrypt what was sealed for this place.

        Raises:
            SecretUnreadable: the key is another or gone, the text was changed, or it was sealed for another place.
        """
        try:
            version, kid, nonce, ciphertext = sealed.split("|")
            known, cipher = self._key_of(place.tenant_id, may_make=False)
            if version != _VERSION or kid != known:
                raise SecretUnreadable(f"The secret in {place.table} was encrypted with the key {kid[:16]!r}.")
            return cipher.decrypt(_bytes(nonce), _bytes(ciphertext), place.bound_to(kid)).decode()
        except (ValueError, InvalidTag, binascii.Error) as error:
            raise SecretUnreadable(
                f"The secret in {place.table} cannot be decrypted: it or {self._folder} is not what it was."
            ) from error

    def _key_of(self, tenant_id: UUID, *, may_make: bool = True) -> tuple[str, AESGCM]:
        known = self._keys.get(tenant_id)
        if known is not None:
            return known
        path = self._folder / "keystore" / str(tenant_id)
        if not may_make and not path.is_file():
            raise SecretUnreadable(f"There is no key for the secret: {path} is missing.")
        master = self._master()
        context = f"keystore|{tenant_id}".encode()

        def make() -> bytes:
            nonce, kid = secrets.token_bytes(_NONCE_BYTES), secrets.token_hex(_KID_BYTES)
            wrapped = master.encrypt(nonce, secrets.token_bytes(_KEY_BYTES), context + kid.encode())
            return "|".join((_VERSION, kid, _text(nonce), _text(wrapped))).encode()

        try:
            _, kid, nonce, wrapped = load_or_create(path, make).decode().split("|")
            key = master.decrypt(_bytes(nonce), _bytes(wrapped), context + kid.encode())
        except (ValueError, InvalidTag, binascii.Error) as error:
            raise SecretUnreadable(f"{path} does not open with {self._folder / 'master_key'}.") from error
        found = self._keys[tenant_id] = kid, AESGCM(key)
        return found

    def _master(self) -> AESGCM:
        path = self._folder / "master_key"
        key = load_or_create(path, lambda: secrets.token_bytes(_KEY_BYTES))
        if len(key) != _KEY_BYTES:
            raise SecretUnreadable(f"{path} does not hold {_KEY_BYTES} bytes. Restore it from its backup.")
        return AESGCM(key)


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
