"""The audit trail: who did what to which object, appended in the transaction of the deed itself.

Rows are never changed or removed (neither granted nor let through by the table's trigger). The client's address is kept
as a network, /24 or /48: enough to see a foreign sign-in, too little to follow a person.
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text

from finsage.platform.caller import Caller
from finsage.platform.clock import new_id
from finsage.platform.database import WriteSession


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request came from; both are empty for a job or a command."""

    address: str = ""
    trace_id: str = ""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts where there is no ``Caller``: somebody signing in, or with no user, nobody who is signed in."""

    tenant_id: UUID
    user_id: UUID | None = None


ORIGIN: ContextVar[Origin | None] = ContextVar("finsage_origin", default=None)
"""The gateway sets it once per request, so that no service has to hand an address through."""

_APPEND = text(
    "INSERT INTO audit_events (tenant_id, id, actor_user_id, action, object_kind, object_id, address, trace_id, detail)"
    " VALUES (:tenant, :id, :actor, :action, :object_kind, :object_id, :address, :trace_id, CAST(:detail AS jsonb))"
)


async def record(
    session: WriteSession,
    actor: Caller | Actor,
    action: str,
    *,
    object_kind: str = "",
    object_id: UUID | str = "",
    detail: Mapping[str, object] | None = None,
) -> None:
    """Append one event; it stands exactly if the transaction of ``session`` does.

    Args:
        session: a transaction in the tenant of the event.
        actor: who acts, and in which tenant.
        action: ``<object>.<past participle>``, as ``portfolio.erased``.
        object_kind: what kind of thing was acted on.
        object_id: which one.
        detail: JSON members; no secrets, no amounts.
    """
    origin = ORIGIN.get() or Origin()
    await session.execute(
        _APPEND,
        {
            "tenant": actor.tenant_id,
            "id": new_id(),
            "actor": actor.user_id,
            "action": action,
            "object_kind": object_kind,
            "object_id": str(object_id),
            "address": network_of(origin.address),
            "trace_id": origin.trace_id,
            "detail": json.dumps(dict(detail or {})),
        },
    )


def network_of(address: str) -> str:
    """The /24 of an IPv4 address or the /48 of an IPv6 one; empty for anything else.

    Args:
        address: as the socket or a trusted proxy says it; an IPv4-mapped IPv6 address counts as IPv4.
    """
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return ""
    parsed = getattr(parsed, "ipv4_mapped", None) or parsed
    return str(ipaddress.ip_network((int(parsed), 24 if parsed.version == 4 else 48), strict=False))
