"""Random passwords of database roles, one 0600 file each, made once and kept."""

from __future__ import annotations

import re
import secrets
from pathlib import Path

from finsage.errors import Invalid
from finsage.platform.postgres.errors import storage
from finsage.platform.postgres.layout import Layout
from finsage.platform.secrets import load_or_create

_ROLE_NAME = re.compile(r"[a-z][a-z0-9_-]{0,62}")
_PASSWORD_BYTES = 32


def role_password(data_dir: Path, role: str) -> str:
    """The password of a database role: read from ``<data>/secrets/postgres-<role>``, made there when absent.

    Two processes that ask at once get the same one.

    Args:
        data_dir: The data directory.
        role: Lower-case letters, digits, ``_`` and ``-``; starts with a letter.

    Raises:
        Invalid: the name is not of that form, or the file is empty.
        DataDirectoryUnusable, DataDirectoryFull: the file cannot be written.
    """
    if _ROLE_NAME.fullmatch(role) is None:
        raise Invalid(f"{role!r} cannot name a database role: use a-z, 0-9, _ and -, a letter first.")
    path = password_path(data_dir, role)
    with storage(path):
        password = load_or_create(path, _new_password).decode().strip()
    if not password:
        raise Invalid(f"{path} is empty. Restore it from a backup of {path.parent}.")
    return password


def password_path(data_dir: Path, role: str) -> Path:
    """Where the password of a role is kept."""
    return Layout(data_dir).secrets / f"postgres-{role}"


def _new_password() -> bytes:
    return f"{secrets.token_urlsafe(_PASSWORD_BYTES)}\n".encode()
