"""Writing files of which nothing may get lost or be seen by others.

On Windows, where only an external database is used, links are followed and directories are not synced: it has no such
calls.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path


def write_private(path: Path, content: bytes) -> None:
    """Write a new file only its owner can read, through to the disk. Raises FileExistsError."""
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), 0o600)
    with os.fdopen(file, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def sync_directory(directory: Path) -> None:
    """Make names created in or renamed into a directory survive a power cut."""
    if sys.platform == "win32":
        return
    file = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
