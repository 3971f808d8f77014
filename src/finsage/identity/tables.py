"""The tables identity owns. No other slice writes them; ``audit_events`` is appended to through ``platform.audit``."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    DateTime,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    Uuid,
)

METADATA = MetaData()
_INSTANT = DateTime(timezone=True)

tenants = Table(
    "tenants", METADATA, Column("id", Uuid, primary_key=True), Column("name", Text), Column("created_at", _INSTANT)
)

users = Table(
    "users",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("email", Text),
    Column("password_hash", Text),
    Column("first_name", Text),
    Column("last_name", Text),
    Column("is_active", Boolean),
    Column("is_admin", Boolean),
    Column("created_at", _INSTANT),
    Column("updated_at", _INSTANT),
)

memberships = Table(
    "memberships",
    METADATA,
    Column("tenant_id", Uuid, primary_key=True),
    Column("user_id", Uuid, primary_key=True),
    Column("role", Text),
    Column("created_at", _INSTANT),
)

sessions = Table(
    "sessions",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("user_id", Uuid),
    Column("acting_tenant", Uuid),
    Column("kind", Text),
    Column("secret_hash", LargeBinary),
    Column("created_at", _INSTANT),
    Column("last_used_at", _INSTANT),
    Column("idle_seconds", Integer),
    Column("expires_at", _INSTANT),
    Column("revoked_at", _INSTANT),
    Column("user_agent", Text),
    Column("address", Text),
    Column("proved_at", _INSTANT),
)

spent_refresh_tokens = Table(
    "spent_refresh_tokens",
    METADATA,
    Column("secret_hash", LargeBinary, primary_key=True),
    Column("session_id", Uuid),
    Column("spent_at", _INSTANT),
)

login_failures = Table(
    "login_failures",
    METADATA,
    Column("subject", Text, primary_key=True),
    Column("failures", Integer),
    Column("last_failed_at", _INSTANT),
)

audit_events = Table(
    "audit_events",
    METADATA,
    Column("tenant_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("at", _INSTANT),
    Column("actor_user_id", Uuid),
    Column("action", Text),
    Column("object_kind", Text),
    Column("object_id", Text),
    Column("address", Text),
)
