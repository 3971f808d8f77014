"""Access tokens: short-lived JWTs signed with the installation's Ed25519 key. And the opaque secrets beside them."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey
from joserfc.jwt import ClaimsOption, JWTClaimsRegistry

from finsage.identity.errors import InvalidToken
from finsage.platform.clock import new_id, now
from finsage.platform.secrets import load_or_create

ACCESS_LIFETIME = timedelta(minutes=30)
REFRESH_LIFETIME = timedelta(days=7)
REFRESH_PREFIX = "fsr_"
AUDIENCE = "finsage-api"
LENGTH_MAX = 4096

# RFC 9864's name for EdDSA on this curve. Fixed here: what a token says about its algorithm decides nothing.
_ALGORITHM = "Ed25519"
_TYPE = "at+jwt"
_KEY_FILE = "access_token_key.pem"


@dataclass(frozen=True, slots=True)
class Claims:
    """What a verified access token says."""

    user_id: UUID
    family_id: UUID
    expires_at: int


class TokenSigner:
    """Signs and verifies with the key in ``<data>/secrets``, which is made at first start."""

    def __init__(self, data_dir: Path, issuer: str) -> None:
        pem = load_or_create(data_dir / "secrets" / _KEY_FILE, _new_key)
        self._key = OKPKey.import_key(pem)
        self._key_id = self._key.thumbprint()
        self._issuer = issuer

    def sign(self, user_id: UUID, family_id: UUID, issued_at: datetime | None = None) -> str:
        """An access token of 30 minutes.

        Args:
            user_id: whose.
            family_id: the row of ``sessions`` whose revocation ends it.
            issued_at: now, unless said.
        """
        issued = int((issued_at or now()).timestamp())
        header = {"alg": _ALGORITHM, "typ": _TYPE, "kid": self._key_id}
        claims = {
            "iss": self._issuer,
            "aud": AUDIENCE,
            "sub": str(user_id),
            "sid": str(family_id),
            "iat": issued,
            "exp": issued + int(ACCESS_LIFETIME.total_seconds()),
            "jti": str(new_id()),
        }
        return jwt.encode(header, claims, self._key, algorithms=[_ALGORITHM])

    def verify(self, token: str) -> Claims:
        """The claims of a token this installation signed and that has not expired.

        Raises:
            InvalidToken: it is anything else; the message does not say what.
        """
        if len(token) > LENGTH_MAX:
            raise InvalidToken(_REFUSED)
        try:
            decoded = jwt.decode(token, self._key, algorithms=[_ALGORITHM])
            if decoded.header.get("typ") != _TYPE or decoded.header.get("kid") != self._key_id:
                raise InvalidToken(_REFUSED)
            self._registry().validate(decoded.claims)
            return Claims(UUID(decoded.claims["sub"]), UUID(decoded.claims["sid"]), decoded.claims["exp"])
        except (JoseError, ValueError) as error:
            raise InvalidToken(_REFUSED) from error

    def _registry(self) -> JWTClaimsRegistry:
        present: ClaimsOption = {"essential": True}
        return JWTClaimsRegistry(
            iss={"essential": True, "value": self._issuer},
            aud={"essential": True, "value": AUDIENCE},
            sub=present,
            sid=present,
            exp=present,
            iat=present,
            jti=present,
        )


_REFUSED = "The access token is not valid, or has expired. Refresh it, or sign in again."


def new_secret() -> str:
    """256 random bits as text."""
    return secrets.token_urlsafe(32)


def hash_secret(secret: str) -> bytes:
    """What is stored of a secret. It is random, so a fast hash is enough."""
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).digest()


def csrf_token_of(cookie: str) -> str:
    """The CSRF token of a session, derived from its cookie: it need not be stored, and a dump does not hold it."""
    return hmac.new(cookie.encode("utf-8", "surrogateescape"), b"finsage csrf", hashlib.sha256).hexdigest()


def _new_key() -> bytes:
    return OKPKey.generate_key("Ed25519").as_pem(private=True)
