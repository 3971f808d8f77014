"""What things are called in the shared store: nothing can be read from a name but the household it belongs to.

A place ``finsage:<installation>:<kind>:<of what>:`` and a digest. The installation's part comes from its key, so that
several may use one store; so do the digests, so that no path, address or version can be guessed from one.
"""

from __future__ import annotations

import hashlib

from finsage.platform.encryption import Vault

ANSWER = "answer"
LIMIT = "limit"
_DIGEST_BYTES = 24


class SharedNames:
    """The names of one installation.

    Args:
        vault: its keys.
    """

    def __init__(self, vault: Vault) -> None:
        self._key = vault.derive("shared-store/names")
        self._installation = hashlib.blake2b(b"installation", key=self._key, digest_size=6).hexdigest()

    def place(self, kind: str, of: str = "") -> bytes:
        """What the names of a kind begin with; of all of them, or of those of one limit or household."""
        return f"finsage:{self._installation}:{kind}:{of and of + ':'}".encode()

    def digest(self, content: bytes) -> bytes:
        """The end of a name, from what tells the thing apart."""
        return hashlib.blake2b(content, key=self._key, digest_size=_DIGEST_BYTES).hexdigest().encode()
