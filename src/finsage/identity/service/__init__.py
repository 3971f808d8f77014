"""The public door of identity: its use cases, one function each."""

from __future__ import annotations

from finsage.identity.service.accounts import (
    ProfileChange,
    Registration,
    change_password,
    change_profile,
    confirm_password,
    is_registration_open,
    list_audit_events,
    load_profile,
    register,
)
from finsage.identity.service.authentication import (
    COOKIE,
    PLAIN_COOKIE,
    authenticate_session,
    authenticate_token,
    check_csrf,
    check_origin,
    find_session_cookie,
    is_https,
    scopes_of,
)
from finsage.identity.service.local import local_caller
from finsage.identity.service.proof import Visitor
from finsage.identity.service.sign_in import (
    OpenedSession,
    TokenPair,
    issue_tokens,
    open_session,
    refresh_tokens,
    sign_out,
)
from finsage.identity.service.sign_ins import expire, list_sessions, living_sessions, revoke_session
from finsage.identity.service.state import Identity, open_identity
from finsage.identity.service.tokens import csrf_token_of
from finsage.identity.store.people import AuditEvent, Person
from finsage.identity.store.sessions import Listed

__all__ = [
    "COOKIE",
    "PLAIN_COOKIE",
    "AuditEvent",
    "Identity",
    "Listed",
    "OpenedSession",
    "Person",
    "ProfileChange",
    "Registration",
    "TokenPair",
    "Visitor",
    "authenticate_session",
    "authenticate_token",
    "change_password",
    "change_profile",
    "check_csrf",
    "check_origin",
    "confirm_password",
    "csrf_token_of",
    "expire",
    "find_session_cookie",
    "is_https",
    "is_registration_open",
    "issue_tokens",
    "list_audit_events",
    "list_sessions",
    "living_sessions",
    "load_profile",
    "local_caller",
    "open_identity",
    "open_session",
    "refresh_tokens",
    "register",
    "revoke_session",
    "scopes_of",
    "sign_out",
]
