"""Answers that all processes share, in Redis: under the versions of what they depend on, and sealed.

A name is made of all that an answer may differ by: who asks for what, the code and the settings that compute it, the
day, and the versions of its tags as they were read at this request. What was computed before a change has another name,
so that it cannot be found after it. What lies in Redis is encrypted with a key made from the installation's and that
name: an answer under another name, or changed by whoever can write there, does not open and is computed anew.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
import secrets
from collections.abc import Hashable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

import finsage
from finsage.gateway.exchange import Header
from finsage.platform.changes import Versions
from finsage.platform.encryption import Vault
from finsage.platform.settings import Settings
from finsage.platform.shared.errors import SharedStoreUnavailable
from finsage.platform.shared.names import ANSWER, SharedNames
from finsage.platform.telemetry import CACHE_REQUESTS

if TYPE_CHECKING:
    from finsage.platform.shared.store import RedisStore

BODY_BYTES_MAX = 2**20
"""A longer answer stays in the memory of its process: bringing it here would hold up others."""
WRITES_MAX = 32
_NONCE_BYTES = 12

_log = logging.getLogger("finsage.redis")

# Where and how a process runs: all others may show in an answer.
_NOT_SHOWN = frozenset(
    {
        "data_dir", "database_url", "host", "port", "pool_size", "inline_worker", "trusted_proxies", "log_format",
        "log_level", "metrics_token", "address_limit_per_minute", "address_limit_burst", "response_cache_bytes",
        "redis_url", "redis_ca_file", "replicas", "user_limit_per_minute",
    }
)  # fmt: skip


class Kept(msgspec.Struct, frozen=True, array_like=True):
    """A complete 200 answer as it lies in Redis; ``stored_at`` is its computer's clock, in seconds."""

    headers: tuple[Header, ...]
    body: bytes
    etag: bytes
    route: str
    stored_at: float


class SharedAnswers:
    """The answers of one installation.

    Args:
        store: what the processes share.
        names: of the installation.
        vault: its keys.
        settings: what answers are computed with.
    """

    def __init__(self, store: RedisStore, names: SharedNames, vault: Vault, settings: Settings) -> None:
        self._store = store
        self._names = names
        self._key = vault.derive("shared-store/answers")
        self._code = (code_version(), _shown(settings))
        self._writes: set[asyncio.Task[None]] = set()
        self._hits = CACHE_REQUESTS.labels("redis", "hit")
        self._misses = CACHE_REQUESTS.labels("redis", "miss")
        self._refused = CACHE_REQUESTS.labels("redis", "refused")
        self._unanswered = CACHE_REQUESTS.labels("redis", "unanswered")

    def name(self, tenant_id: UUID, key: tuple[Hashable, ...], day: int, versions: Versions) -> bytes:
        """What an answer is called: another name for whatever it may differ by."""
        # The order of a set is another in each process.
        asked = tuple(sorted(part) if isinstance(part, frozenset) else part for part in key)
        about = (self._code, asked, day, sorted((tag, version.int) for tag, version in versions.items()))
        return self._names.place(ANSWER, tenant_id.hex) + self._names.digest(repr(about).encode())

    async def get(self, name: bytes) -> Kept | None:
        """The answer of that name, if Redis has it and it is what was put there."""
        try:
            sealed = await self._store.get(name)
        except SharedStoreUnavailable:
            self._unanswered.inc()
            return None
        if sealed is None:
            self._misses.inc()
            return None
        try:
            kept = _DECODER.decode(self._open(name, sealed))
        except (InvalidTag, ValueError):
            self._refused.inc()
            _log.warning("an answer in Redis is not what was put there; it is computed anew")
            return None
        self._hits.inc()
        return kept

    def put(self, name: bytes, kept: Kept, *, seconds: float) -> None:
        """Keep an answer for so long, without waiting for it; not where too many are under way."""
        if len(kept.body) > BODY_BYTES_MAX or len(self._writes) >= WRITES_MAX or self._store.fault:
            return
        task = asyncio.create_task(self._put(name, kept, seconds))
        self._writes.add(task)
        task.add_done_callback(self._writes.discard)

    async def settle(self) -> None:
        """Wait for what is being put."""
        await asyncio.gather(*self._writes)

    async def _put(self, name: bytes, kept: Kept, seconds: float) -> None:
        try:
            await self._store.put(name, self._seal(name, _ENCODER.encode(kept)), seconds=seconds)
        except SharedStoreUnavailable as error:
            _log.debug("an answer was not put into Redis: %s", error)

    def _seal(self, name: bytes, content: bytes) -> bytes:
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._cipher(name).encrypt(nonce, content, None)

    def _open(self, name: bytes, sealed: bytes) -> bytes:
        return self._cipher(name).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], None)

    def _cipher(self, name: bytes) -> AESGCM:
        # A key of its own for each name: what opens under one was sealed for it.
        return AESGCM(hmac.digest(self._key, name, "sha256"))


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(Kept)


def _shown(settings: Settings) -> str:
    return repr(sorted((name, repr(value)) for name, value in settings if name not in _NOT_SHOWN))


@cache
def code_version() -> str:
    """A digest of the program's text: processes of two releases, or of a changed one, share no answer."""
    root = Path(finsage.__file__).parent
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
