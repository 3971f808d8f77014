"""The database files: made once by initdb beside their final place, and renamed when complete.

A killed initdb therefore leaves a ``db.new-*`` that the next start removes, never a half ``db``.
"""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import time
from pathlib import Path

from finsage.platform.durable import sync_directory, write_private
from finsage.platform.postgres.account import Account
from finsage.platform.postgres.binaries import Binaries, child_environment
from finsage.platform.postgres.errors import (
    FULL,
    ClusterUnusable,
    DataDirectoryFull,
    DataDirectoryUnusable,
    ServerFailed,
    storage,
)
from finsage.platform.postgres.layout import Layout, closed_ancestor, give
from finsage.platform.postgres.passwords import password_path, role_password

SUPERUSER = "postgres"
_DRAFTS = "db.new-*"
_INITDB_SECONDS_MAX = 300
_SWEEP_SECONDS_MAX = 5.0
_OPTIONS = (
    f"--username={SUPERUSER}",
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    # The C library's sort order changes with the operating system and would corrupt indexes.
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--locale=C",
    "--data-checksums",
)


def ensure_cluster(layout: Layout, binaries: Binaries, account: Account) -> str:
    """Make the database files if there are none, or check that they fit.

    Returns:
        The superuser's password.

    Raises:
        ClusterUnusable: files of another major version, or without their password.
        ServerFailed, DataDirectoryFull, DataDirectoryUnusable: initdb did not finish; it has left nothing.
    """
    _sweep(layout)
    if not layout.db.exists():
        password = role_password(layout.data_dir, SUPERUSER)
        _initialise(layout, binaries, account, password)
        return password
    _require_same_major(layout.db, binaries)
    if not password_path(layout.data_dir, SUPERUSER).exists():
        raise ClusterUnusable(
            f"{password_path(layout.data_dir, SUPERUSER)} is missing, and without it nobody can enter "
            f"{layout.db}. Restore the file from a backup."
        )
    return role_password(layout.data_dir, SUPERUSER)


def _initialise(layout: Layout, binaries: Binaries, account: Account, password: str) -> None:
    draft = layout.data_dir / _DRAFTS.replace("*", secrets.token_hex(4))
    password_file = draft.with_name(f"{draft.name}.password")
    try:
        with storage(draft):
            draft.mkdir(mode=0o700)
            give(draft, account)
            write_private(password_file, f"{password}\n".encode())
            if not account.is_self:
                os.chown(password_file, account.uid, account.gid)
        _run_initdb(draft, password_file, binaries, account)
        with storage(layout.db):
            draft.rename(layout.db)
            sync_directory(layout.data_dir)
    finally:
        password_file.unlink(missing_ok=True)
        if draft.exists():
            _remove(draft)


def _run_initdb(draft: Path, password_file: Path, binaries: Binaries, account: Account) -> None:
    try:
        done = subprocess.run(  # noqa: S603 - our own program, no shell
            [binaries.program("initdb"), f"--pgdata={draft}", f"--pwfile={password_file}", *_OPTIONS],
            **account.spawn_options(),
            cwd="/",
            env=child_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_INITDB_SECONDS_MAX,
            check=False,
            start_new_session=True,
        )
    except subprocess.TimeoutExpired as error:
        raise ServerFailed(
            f"initdb did not finish within {_INITDB_SECONDS_MAX} s; is the storage very slow?"
        ) from error
    if done.returncode != 0:
        raise _initdb_failure(draft, account, done.stdout)


def _initdb_failure(draft: Path, account: Account, output: str) -> Exception:
    if any(text in output for text in FULL):
        return DataDirectoryFull(
            f"initdb found no space left on {draft.parent}; it needs about 60 MB. Free some and start again."
        )
    closed = closed_ancestor(draft, account)
    if closed is not None:
        return DataDirectoryUnusable(
            f"PostgreSQL runs as {account.name}, who cannot pass through {closed} to {draft.parent}. "
            "Choose a place open to it with --data-dir or FINSAGE_DATA_DIR, such as /var/lib/finsage."
        )
    last_lines = "\n".join(output.splitlines()[-20:])
    return ServerFailed(f"initdb failed. It said last:\n{last_lines}")


def _require_same_major(db: Path, binaries: Binaries) -> None:
    try:
        major = (db / "PG_VERSION").read_text("ascii").strip()
    except OSError as error:
        raise ClusterUnusable(f"{db} is not a PostgreSQL data directory: {error.strerror} (PG_VERSION).") from error
    if major != str(binaries.major):
        raise ClusterUnusable(
            f"{db} was written by PostgreSQL {major}, and {binaries.directory} holds {binaries.version}. "
            f"Name programs of version {major} in FINSAGE_PG_BINDIR; to upgrade, restore a fresh backup "
            "into a new directory."
        )


def _sweep(layout: Layout) -> None:
    for leftover in layout.data_dir.glob(_DRAFTS):
        with storage(leftover):
            _remove(leftover)


def _remove(leftover: Path) -> None:
    deadline = time.monotonic() + _SWEEP_SECONDS_MAX
    if not leftover.is_dir():
        leftover.unlink()
        return
    while True:
        try:
            shutil.rmtree(leftover)
        except OSError:
            # An initdb that was cut off may still be writing; losing its directory ends it.
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return
