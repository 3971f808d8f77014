"""Random passwords of database roles, one 0600 file each, made once and kept."""

from __future__ import annotations

import os
import re
import secrets
from pathlib import Path

from finsage.errors import Invalid
from finsage.platform.postgres.errors import storage
from finsage.platform.postgres.layout import Layout, sync_directory

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
        path.parent.mkdir(mode=0o700, exist_ok=True)
        if not path.exists():
            _create(path, secrets.token_urlsafe(_PASSWORD_BYTES))
        password = path.read_text("utf-8").strip()
    if not password:
        raise Invalid(f"{path} is empty. Restore it from a backup of {path.parent}.")
    return password


def password_path(data_dir: Path, role: str) -> Path:
    """Where the password of a role is kept."""
    return Layout(data_dir).secrets / f"postgres-{role}"


def _create(path: Path, password: str) -> None:
    # A link appears complete or not at all, and never over a file another process has made in the meantime.
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    write_private(draft, password + "\n")
    try:
        os.link(draft, path)
    except FileExistsError:
        return
    finally:
        draft.unlink()
    sync_directory(path.parent)


def write_private(path: Path, text: str) -> None:
    """Write a new file only its owner can read, through to the disk. Raises FileExistsError."""
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(file, "w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
