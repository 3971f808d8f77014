"""The wire shapes of identity."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from finsage.identity import service
from finsage.platform.caller import Credential, Role

EMAIL_LENGTH_MAX = 254
LOCAL_LENGTH_MAX = 64
# Bytes are counted after normalising; this only bounds the work before that.
PASSWORD_CHARACTERS_MAX = 1024

# One @, no space, quote or bracket; labels of letters, digits and hyphens. Whether it exists, only a message can tell.
_EMAIL = re.compile(r"[^\s@\"(),:;<>\[\\\]]+@(?:[^\W_](?:[\w-]*[^\W_])?\.)+[^\W_](?:[\w-]*[^\W_])?")
# Controls, and the marks that make text read in another order than it is stored.
_UNSEEN = frozenset({"Cc", "Zl", "Zp"})
_REORDERING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c")


def _line(text: str) -> str:
    text = unicodedata.normalize("NFC", text).strip()
    if any(unicodedata.category(c) in _UNSEEN or c in _REORDERING for c in text):
        msg = "Control characters are not allowed here."
        raise ValueError(msg)
    return text


def normalise_email(text: str) -> str:
    """The one form under which an e-mail address is stored and looked up: NFC, lower case, no space around it."""
    return unicodedata.normalize("NFC", text.strip().lower())


def _email(text: str) -> str:
    email = normalise_email(_line(text))
    local = email.partition("@")[0]
    if not _EMAIL.fullmatch(email) or len(email) > EMAIL_LENGTH_MAX or len(local) > LOCAL_LENGTH_MAX:
        msg = "This is not an e-mail address; it looks like name@example.org."
        raise ValueError(msg)
    return email


Email = Annotated[str, Field(max_length=2 * EMAIL_LENGTH_MAX, examples=["ada@example.org"]), AfterValidator(_email)]
# At sign-in anything that is no known address is simply wrong.
KnownEmail = Annotated[str, Field(max_length=2 * EMAIL_LENGTH_MAX), AfterValidator(normalise_email)]
Name = Annotated[str, Field(max_length=100), AfterValidator(_line)]
TenantName = Annotated[str, Field(max_length=200), AfterValidator(_line)]
Password = Annotated[str, Field(max_length=PASSWORD_CHARACTERS_MAX, json_schema_extra={"format": "password"})]


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True)


class RegisterRequest(_Request):
    """Who registers."""

    email: Email
    password: Password
    first_name: Name = ""
    last_name: Name = ""
    tenant_name: TenantName = Field(default="", description="Name of the household; none takes the person's")


class LoginRequest(_Request):
    """Who signs in, and how."""

    email: KnownEmail
    password: Password
    remember: bool = Field(default=False, description="Keep a browser session for 30 days instead of 12 hours")
    mode: Literal["session", "token"] = Field(default="session", description="A browser's cookie or a program's tokens")


class RefreshRequest(_Request):
    """The refresh token to exchange."""

    refresh_token: Annotated[str, Field(max_length=200)]


class ProfileRequest(_Request):
    """What to change; absent fields stay as they are."""

    first_name: Name | None = None
    last_name: Name | None = None
    email: Email | None = None
    current_password: Password | None = Field(default=None, description="Needed to change the e-mail address")


class PasswordRequest(_Request):
    """The password to replace and its successor."""

    current_password: Password
    new_password: Password


class ProofRequest(_Request):
    """The password, given once more."""

    current_password: Password


class User(_Answer):
    """A person."""

    id: UUID
    email: str
    first_name: str
    last_name: str
    is_active: bool
    is_admin: bool
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, person: service.Person) -> User:
        return cls(
            id=person.user_id,
            email=person.email,
            first_name=person.first_name,
            last_name=person.last_name,
            is_active=person.is_active,
            is_admin=person.is_admin,
            created_at=person.created_at,
            updated_at=person.updated_at,
        )


class Tenant(_Answer):
    """A household or organisation, and the person's role in it."""

    id: UUID
    name: str
    role: Role

    @classmethod
    def of(cls, person: service.Person) -> Tenant:
        return cls(id=person.tenant_id, name=person.tenant_name, role=person.role)


class Registered(_Answer):
    """The new account. Registering does not sign in."""

    user: User
    tenant: Tenant


class SignedIn(Registered):
    """A browser is signed in; the cookie came with this answer."""

    csrf_token: str
    expires_at: datetime


class Me(Registered):
    """The caller's own account; ``csrf_token`` is null for callers with a bearer token."""

    csrf_token: str | None
    expires_at: datetime


class Tokens(_Answer):
    """A program is signed in."""

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - the scheme's name
    expires_in: int = Field(description="Seconds until the access token expires")
    refresh_token: str = Field(description="Good once, for 7 days")

    @classmethod
    def of(cls, pair: service.TokenPair) -> Tokens:
        return cls(access_token=pair.access_token, expires_in=pair.expires_in_seconds, refresh_token=pair.refresh_token)


class AuthStatus(_Answer):
    """What a sign-in page needs to know before anybody is signed in."""

    has_users: bool
    registration: Literal["open", "closed"]


class Session(_Answer):
    """One place the caller is signed in at."""

    id: UUID
    kind: Credential
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    user_agent: str
    address: str
    is_current: bool


class Sessions(_Answer):
    """A page of sessions."""

    items: list[Session]
    next_cursor: UUID | None


class AuditEvent(_Answer):
    """Something that was done."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    id: UUID
    at: datetime
    actor_user_id: UUID | None
    action: str
    object_kind: str
    object_id: str
    address: str


class AuditEvents(_Answer):
    """A page of the audit trail."""

    items: list[AuditEvent]
    next_cursor: UUID | None
