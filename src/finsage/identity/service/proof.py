"""Whether somebody knows an account's password, with the growing delay around the question.

This is the one place of identity that opens transactions one after the other. A password hash must not hold one open,
and a failed attempt has to be recorded although its request is refused, which one transaction per request would undo.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from finsage.errors import Unavailable
from finsage.identity.service import delay
from finsage.identity.service.passwords import normalise_password
from finsage.identity.service.state import Identity
from finsage.identity.store import people
from finsage.platform import audit
from finsage.platform.caller import PUBLIC_TENANT
from finsage.platform.database import Database, WriteSession


@dataclass(frozen=True, slots=True)
class Visitor:
    """The client of a request: its address, and what it calls itself."""

    address: str = ""
    user_agent: str = ""


@dataclass(frozen=True, slots=True)
class Proof:
    """The password was right. ``honour`` it in the transaction that uses it."""

    account: people.Account
    attempt: delay.Attempt
    renewed_hash: str | None

    async def honour(self, session: WriteSession) -> None:
        """Forgive the failures counted so far; replace a hash of outdated parameters."""
        await delay.forgive(session, self.attempt)
        if self.renewed_hash is not None:
            await people.change_user(session, self.account.user_id, {"password_hash": self.renewed_hash})


async def prove(
    database: Database,
    identity: Identity,
    visitor: Visitor,
    email: str,
    password: str,
    *,
    purpose: Literal["sign_in", "confirmation"],
) -> Proof | None:
    """Check a password; none where it is wrong, or the account unknown or closed, at the same cost.

    Args:
        database: opens two transactions around the hash.
        identity: its hashing threads.
        visitor: whose address is counted.
        email: normalised.
        password: as typed.
        purpose: what the audit trail calls a failure.

    Raises:
        TooManyAttempts: the delay after earlier failures is not over.
        TooBusy: the hashing queue is full; the attempt does not count.
    """
    async with database.write(is_announced=False) as session:
        attempt = await delay.begin(session, email, visitor.address)
        account = await people.find_account(session, email)
    try:
        stored = account.password_hash if account else None
        fits, renewed = await identity.passwords.verify(normalise_password(password), stored)
    except Unavailable:
        async with database.write(is_announced=False) as session:
            await delay.take_back(session, attempt)
        raise
    if fits and account is not None and account.is_active:
        return Proof(account, attempt, renewed)
    actor = audit.Actor(account.tenant_id if account else PUBLIC_TENANT)
    async with database.write(actor.tenant_id, is_announced=account is not None) as session:
        kind, user_id = ("user", account.user_id) if account else ("", "")
        await audit.record(session, actor, f"{purpose}.failed", object_kind=kind, object_id=user_id)
    return None
