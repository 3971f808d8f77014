"""Callers who were verified a moment ago, so that a busy client costs neither signature nor query on each request."""

from __future__ import annotations

import time
from dataclasses import dataclass
from uuid import UUID

from finsage.platform.caller import Caller

ENTRIES_MAX = 10_000
TOKEN_SECONDS = 60.0
SESSION_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class _Entry:
    caller: Caller
    good_until: float


class VerifiedCallers:
    """A bounded memory from the hash of a credential to its caller.

    Revocation inside this process takes effect at once. Elsewhere it does when the entry ends: after 5 s for a session,
    60 s for a token.
    """

    def __init__(self) -> None:
        self._entries: dict[bytes, _Entry] = {}
        self._distrusted: dict[UUID, float] = {}

    def find(self, secret_hash: bytes) -> Caller | None:
        """The caller of a credential that was verified recently enough."""
        entry = self._entries.get(secret_hash)
        if entry is None or entry.good_until <= time.monotonic() or self._is_distrusted(entry.caller.user_id):
            return None
        return entry.caller

    def keep(self, secret_hash: bytes, caller: Caller, seconds: float) -> None:
        """Remember a caller just verified.

        Args:
            secret_hash: of the cookie or token.
            caller: whom it stands for.
            seconds: at most so long; not beyond the credential's own end.
        """
        if self._is_distrusted(caller.user_id) or seconds <= 0:
            return
        self._entries.pop(secret_hash, None)
        while len(self._entries) >= ENTRIES_MAX:
            del self._entries[next(iter(self._entries))]
        self._entries[secret_hash] = _Entry(caller, time.monotonic() + seconds)

    def distrust(self, user_id: UUID) -> None:
        """Ask the database about this user again, for as long as any entry could live.

        Call it before the commit of a revocation: until then the database still says yes, from then on no, and a
        look-up that overlaps with the commit leaves nothing behind.
        """
        present = time.monotonic()
        self._distrusted = {user: end for user, end in self._distrusted.items() if end > present}
        self._distrusted[user_id] = present + TOKEN_SECONDS

    def _is_distrusted(self, user_id: UUID) -> bool:
        return self._distrusted.get(user_id, 0.0) > time.monotonic()
