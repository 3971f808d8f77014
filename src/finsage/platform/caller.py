"""Who is asking: the one value every service receives instead of reaching into identity."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from finsage.errors import Forbidden

PUBLIC_TENANT = UUID(int=0)
"""The tenant of what belongs to everyone: provider assets and their prices. Nobody is a member of it."""

Role = Literal["owner", "member", "viewer"]
Credential = Literal["session", "token"]


PROOF_LASTS = timedelta(minutes=5)


class ProofNeeded(Forbidden):
    """This needs the password to have been given within the last five minutes."""


@dataclass(frozen=True, slots=True)
class Caller:
    """An authenticated user acting in one tenant.

    ``scopes`` are ``<slice>:read`` and ``<slice>:write``; a viewer's hold no write scope. ``credential_id`` names the
    session or token family, so that a user can see and revoke it. ``proved_at`` is when the password was given last.
    """

    user_id: UUID
    tenant_id: UUID
    role: Role
    scopes: frozenset[str]
    credential: Credential
    credential_id: UUID
    is_admin: bool = False
    proved_at: datetime | None = None

    def require(self, scope: str) -> None:
        """Refuse unless the caller holds the scope.

        Raises:
            Forbidden: the scope is missing; the message names it.
        """
        if scope not in self.scopes:
            raise Forbidden(f"This needs the scope {scope}, which this account does not have.", scope=scope)

    def require_recent_proof(self, now: datetime) -> None:
        """Refuse unless the password was given within the last minutes: a stolen session must not do everything.

        Raises:
            ProofNeeded: it was not.
        """
        if self.proved_at is None or now - self.proved_at > PROOF_LASTS:
            raise ProofNeeded("Confirm your password first: POST /me/proof, then ask again.")
