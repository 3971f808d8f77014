"""Secrets the installation makes for itself, one file each, created once and readable by its own account alone."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from pathlib import Path

from finsage.platform.durable import sync_directory, write_private


def load_or_create(path: Path, make: Callable[[], bytes]) -> bytes:
    """The content of a secret file, made at first use.

    Any number of processes may ask at once: exactly one file comes to be, complete from its first moment, and all
    read the same bytes.

    Args:
        path: the file, below ``<data>/secrets``; its directory is created with mode 0700, the file with 0600.
        make: yields the bytes of a new secret.

    Raises:
        OSError: the file cannot be read or written.
    """
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _create(path, make())
    return path.read_bytes()


def _create(path: Path, content: bytes) -> None:
    # Written aside and linked into place: a reader never sees half a key, and a link never replaces an existing one.
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        write_private(draft, content)
        os.link(draft, path)
    except FileExistsError:
        return  # another process was first; its secret is the one
    finally:
        draft.unlink(missing_ok=True)
    sync_directory(path.parent)
