"""Users, tenants and the memberships between them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import func, insert, select, text, update
from sqlalchemy.exc import IntegrityError

from finsage.identity.errors import EmailTaken
from finsage.identity.tables import audit_events, memberships, tenants, users
from finsage.platform.caller import PUBLIC_TENANT, Role
from finsage.platform.database import ReadSession, WriteSession

_REGISTRATION = 0x46696E5265  # "FinRe"


@dataclass(frozen=True, slots=True)
class Account:
    """What a sign-in needs to know about the owner of an e-mail address."""

    user_id: UUID
    tenant_id: UUID
    email: str
    password_hash: str
    is_active: bool


@dataclass(frozen=True, slots=True)
class Person:
    """A user acting in one tenant."""

    user_id: UUID
    email: str
    first_name: str
    last_name: str
    is_active: bool
    is_admin: bool
    created_at: datetime
    updated_at: datetime
    tenant_id: UUID
    tenant_name: str
    role: Role


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """One line of a tenant's audit trail."""

    id: UUID
    at: datetime
    actor_user_id: UUID | None
    action: str
    object_kind: str
    object_id: str
    address: str


async def act_in(session: ReadSession, tenant_id: UUID, user_id: UUID) -> None:
    """Let the rest of the transaction see and write the rows of a tenant and user who have just become known."""
    await session.execute(
        text("SELECT set_config('app.tenant', :tenant, true), set_config('app.user', :user, true)"),
        {"tenant": str(tenant_id), "user": str(user_id)},
    )


async def lock_registration(session: WriteSession) -> None:
    """Registrations go one at a time from here to the commit, so that exactly one of them is the first."""
    await session.execute(select(func.pg_advisory_xact_lock(_REGISTRATION)))


async def has_users(session: ReadSession) -> bool:
    """Whether anybody has registered yet."""
    return bool((await session.execute(select(select(users.c.id).exists()))).scalar_one())


async def add_user(session: WriteSession, **values: object) -> None:
    """Insert a user.

    Raises:
        EmailTaken: somebody has the address already.
    """
    await _unless_taken(session, insert(users).values(**values))


async def add_tenant(session: WriteSession, tenant_id: UUID, name: str) -> None:
    """Insert a tenant."""
    await session.execute(insert(tenants).values(id=tenant_id, name=name))


async def add_membership(session: WriteSession, tenant_id: UUID, user_id: UUID, role: Role) -> None:
    """Insert a membership; the transaction acts in the tenant."""
    await session.execute(insert(memberships).values(tenant_id=tenant_id, user_id=user_id, role=role))


async def find_account(session: ReadSession, email: str) -> Account | None:
    """The account of a normalised e-mail address; takes the same statements whether there is one or not."""
    found = select(users.c.id, users.c.email, users.c.password_hash, users.c.is_active)
    row = (await session.execute(found.where(func.lower(users.c.email) == func.lower(email)))).first()
    user_id = row.id if row else PUBLIC_TENANT
    await act_in(session, PUBLIC_TENANT, user_id)
    mine = select(memberships.c.tenant_id).where(memberships.c.user_id == user_id)
    tenant_id = (await session.execute(mine.order_by(memberships.c.created_at).limit(1))).scalar()
    if row is None or tenant_id is None:
        return None
    return Account(row.id, tenant_id, row.email, row.password_hash, row.is_active)


async def list_emails(session: ReadSession, limit: int) -> list[str]:
    """Addresses of active users, oldest first."""
    active = select(users.c.email).where(users.c.is_active).order_by(users.c.created_at)
    return list((await session.execute(active.limit(limit))).scalars())


async def find_role(session: ReadSession, tenant_id: UUID, user_id: UUID) -> Role | None:
    """The user's role in the tenant; the transaction acts as the user."""
    mine = (memberships.c.tenant_id == tenant_id) & (memberships.c.user_id == user_id)
    role: Role | None = (await session.execute(select(memberships.c.role).where(mine))).scalar()
    return role


async def load_person(session: ReadSession, tenant_id: UUID, user_id: UUID) -> Person:
    """A user with the tenant they act in; both exist, for the caller was authenticated as such."""
    query = (
        select(users, tenants.c.id.label("tenant_id"), tenants.c.name.label("tenant_name"), memberships.c.role)
        .join(memberships, memberships.c.user_id == users.c.id)
        .join(tenants, tenants.c.id == memberships.c.tenant_id)
        .where(users.c.id == user_id, tenants.c.id == tenant_id)
    )
    row = (await session.execute(query)).one()
    return Person(
        row.id,
        row.email,
        row.first_name,
        row.last_name,
        row.is_active,
        row.is_admin,
        row.created_at.astimezone(UTC),
        row.updated_at.astimezone(UTC),
        row.tenant_id,
        row.tenant_name,
        row.role,
    )


async def find_email(session: ReadSession, user_id: UUID) -> str:
    """The e-mail address of a user who exists."""
    email: str = (await session.execute(select(users.c.email).where(users.c.id == user_id))).scalar_one()
    return email


async def change_user(session: WriteSession, user_id: UUID, changes: Mapping[str, object]) -> None:
    """Write new values into a user's row.

    Raises:
        EmailTaken: somebody else has the address.
    """
    statement = update(users).where(users.c.id == user_id).values(**changes, updated_at=func.now())
    await _unless_taken(session, statement)


async def list_audit_events(session: ReadSession, tenant_id: UUID, before: UUID | None, limit: int) -> list[AuditEvent]:
    """The newest events of a tenant, newest first, at most ``limit`` and older than ``before``."""
    c = audit_events.c
    query = select(c.id, c.at, c.actor_user_id, c.action, c.object_kind, c.object_id, c.address)
    query = query.where(c.tenant_id == tenant_id).order_by(c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(c.id < before)
    return [
        AuditEvent(
            row.id, row.at.astimezone(UTC), row.actor_user_id, row.action, row.object_kind, row.object_id, row.address
        )
        for row in await session.execute(query)
    ]


async def _unless_taken(session: WriteSession, statement: object) -> None:
    try:
        await session.execute(statement)  # type: ignore[call-overload]  # an Insert or an Update
    except IntegrityError as error:
        if getattr(error.orig, "sqlstate", None) != "23505":
            raise
        raise EmailTaken("Another account has this e-mail address. Sign in, or use another address.") from error
