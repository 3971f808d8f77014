"""What identity keeps in a process: the signing key, the hashing threads, the callers it verified a moment ago."""

from __future__ import annotations

from dataclasses import dataclass, field

from finsage.identity.service.callers import VerifiedCallers
from finsage.identity.service.passwords import PasswordPool
from finsage.identity.service.tokens import TokenSigner
from finsage.platform.settings import Settings


@dataclass(frozen=True, slots=True)
class Identity:
    """The state behind the use cases, one per process."""

    settings: Settings
    tokens: TokenSigner
    passwords: PasswordPool = field(default_factory=PasswordPool)
    callers: VerifiedCallers = field(default_factory=VerifiedCallers)

    def close(self) -> None:
        """Stop the hashing threads."""
        self.passwords.close()


def open_identity(settings: Settings) -> Identity:
    """Read or create the key below ``<data>/secrets``; touches no database."""
    return Identity(settings, TokenSigner(settings.data_dir, settings.public_url or "finsage"))
