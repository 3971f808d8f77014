"""Registering, and what people change about their own account."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from finsage.errors import Fault, Invalid
from finsage.identity.errors import RegistrationClosed, WrongPassword
from finsage.identity.service.passwords import check_new_password, normalise_password
from finsage.identity.service.proof import Proof, Visitor, prove
from finsage.identity.service.state import Identity
from finsage.identity.store import people, sessions
from finsage.platform import audit
from finsage.platform.caller import Caller
from finsage.platform.clock import new_id
from finsage.platform.database import Database, ReadSession, WriteSession

_NAME_LENGTH_MAX = 200


@dataclass(frozen=True, slots=True)
class Registration:
    """What a newcomer says about themselves; texts are normalised, the password is as typed."""

    email: str
    password: str
    first_name: str = ""
    last_name: str = ""
    tenant_name: str = ""


@dataclass(frozen=True, slots=True)
class ProfileChange:
    """New values for one's own account; none leaves a field as it is."""

    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None
    current_password: str | None = None


async def is_registration_open(session: ReadSession, identity: Identity) -> tuple[bool, bool]:
    """Whether there are users, and whether a newcomer may register. The first one always may."""
    has_users = await people.has_users(session)
    return has_users, not has_users or identity.settings.registration == "open"


async def register(database: Database, identity: Identity, newcomer: Registration) -> people.Person:
    """Create a user with a tenant of their own; the first user of the installation is its administrator too.

    Args:
        database: opens its transactions itself, so that the hash holds none.
        identity: the process's state.
        newcomer: who.

    Raises:
        RegistrationClosed: there are users already, and the owner lets nobody else in.
        WeakPassword: it is short, common, or made of the person's own name.
        EmailTaken: the address is registered.
    """
    async with database.read() as session:
        await _check_open(session, identity)
    password = normalise_password(newcomer.password)
    check_new_password(password, (newcomer.email, newcomer.first_name, newcomer.last_name), "/password")
    password_hash = await identity.passwords.hash(password)
    user_id, tenant_id = new_id(), new_id()
    async with database.write(tenant_id, user_id) as session:
        await people.lock_registration(session)
        has_users = await _check_open(session, identity)
        await _add(session, newcomer, password_hash, user_id, tenant_id, is_admin=not has_users)
        return await people.load_person(session, tenant_id, user_id)


async def _check_open(session: ReadSession, identity: Identity) -> bool:
    has_users, is_open = await is_registration_open(session, identity)
    if not is_open:
        raise RegistrationClosed("The owner of this installation has closed registration. Ask them for an account.")
    return has_users


async def _add(
    session: WriteSession, newcomer: Registration, password_hash: str, user_id: UUID, tenant_id: UUID, *, is_admin: bool
) -> None:
    await people.add_user(
        session,
        id=user_id,
        email=newcomer.email,
        password_hash=password_hash,
        first_name=newcomer.first_name,
        last_name=newcomer.last_name,
        is_active=True,
        is_admin=is_admin,
    )
    full_name = f"{newcomer.first_name} {newcomer.last_name}".strip()
    name = newcomer.tenant_name or full_name or newcomer.email.partition("@")[0]
    await people.add_tenant(session, tenant_id, name[:_NAME_LENGTH_MAX])
    await people.add_membership(session, tenant_id, user_id, "owner")
    actor = audit.Actor(tenant_id, user_id)
    await audit.record(
        session, actor, "user.registered", object_kind="user", object_id=user_id, detail={"is_admin": is_admin}
    )


async def load_profile(session: ReadSession, caller: Caller) -> tuple[people.Person, datetime]:
    """The caller's own account, and the instant their session or token family ends at the latest."""
    person = await people.load_person(session, caller.tenant_id, caller.user_id)
    return person, await sessions.find_end(session, caller.credential_id)


async def change_profile(
    database: Database, identity: Identity, caller: Caller, visitor: Visitor, change: ProfileChange
) -> tuple[people.Person, datetime]:
    """Change the caller's names, or with the current password their e-mail address.

    Raises:
        Invalid: a new e-mail address without the current password.
        WrongPassword: the current password is wrong.
        TooManyAttempts: after several wrong ones.
        EmailTaken: somebody else has the address.
    """
    given = {"first_name": change.first_name, "last_name": change.last_name, "email": change.email}
    changes = {field: value for field, value in given.items() if value is not None}
    proof = None
    if change.email is not None:
        if change.current_password is None:
            detail = "Changing the e-mail address needs the current password."
            raise Invalid(detail, faults=(Fault("/current_password", detail),))
        proof = await _confirm(database, identity, caller, visitor, change.current_password)
    async with database.write(caller.tenant_id, caller.user_id) as session:
        if proof is not None:
            await proof.honour(session)
        if changes:
            await people.change_user(session, caller.user_id, changes)
            detail_of = {"fields": sorted(changes)}
            await audit.record(
                session, caller, "user.changed", object_kind="user", object_id=caller.user_id, detail=detail_of
            )
        return await load_profile(session, caller)


async def change_password(
    database: Database, identity: Identity, caller: Caller, visitor: Visitor, *, current: str, new: str
) -> None:
    """Set a new password and end every other session and token family of the caller.

    Raises:
        WrongPassword: the current password is wrong.
        TooManyAttempts: after several wrong ones.
        WeakPassword: the new one is short, common, or made of the person's own name.
    """
    password = normalise_password(new)
    async with database.read(caller.tenant_id, caller.user_id) as session:
        person = await people.load_person(session, caller.tenant_id, caller.user_id)
    check_new_password(password, (person.email, person.first_name, person.last_name), "/new_password")
    proof = await _confirm(database, identity, caller, visitor, current)
    password_hash = await identity.passwords.hash(password)
    async with database.write(caller.tenant_id, caller.user_id) as session:
        identity.callers.distrust(caller.user_id)
        await proof.honour(session)
        await people.change_user(session, caller.user_id, {"password_hash": password_hash})
        ended = await sessions.revoke_others(session, caller.user_id, caller.credential_id)
        detail = {"sessions_ended": ended}
        await audit.record(
            session, caller, "password.changed", object_kind="user", object_id=caller.user_id, detail=detail
        )


async def confirm_password(
    database: Database, identity: Identity, caller: Caller, visitor: Visitor, current: str
) -> None:
    """Note that the caller has just given the password, in this session or token family alone.

    Raises:
        WrongPassword: it is wrong.
        TooManyAttempts: after several wrong ones.
    """
    proof = await _confirm(database, identity, caller, visitor, current)
    async with database.write(caller.tenant_id, caller.user_id) as session:
        identity.callers.distrust(caller.user_id)
        await proof.honour(session)
        await sessions.note_proof(session, caller.credential_id)
        await audit.record(session, caller, "password.confirmed", object_kind="user", object_id=caller.user_id)


async def _confirm(database: Database, identity: Identity, caller: Caller, visitor: Visitor, password: str) -> Proof:
    async with database.read(caller.tenant_id, caller.user_id) as session:
        email = await people.find_email(session, caller.user_id)
    proof = await prove(database, identity, visitor, email, password, purpose="confirmation")
    if proof is None or proof.account.user_id != caller.user_id:
        detail = "The current password is wrong."
        raise WrongPassword(detail, faults=(Fault("/current_password", detail),))
    return proof


async def list_audit_events(
    session: ReadSession, caller: Caller, before: UUID | None, limit: int
) -> tuple[list[people.AuditEvent], UUID | None]:
    """A page of the tenant's audit trail, newest first, and where the next one starts."""
    rows = await people.list_audit_events(session, caller.tenant_id, before, limit + 1)
    return rows[:limit], rows[limit - 1].id if len(rows) > limit else None
