"""The operating-system account of the server.

PostgreSQL refuses to run as root. When FinSage is root, the server runs as the first existing of
``FINSAGE_PG_USER``, ``finsage``, ``postgres`` and ``nobody``; no account is ever created. Otherwise it runs
as ourselves.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from finsage.platform.postgres.errors import ClusterUnusable, NoAccount

if sys.platform != "win32":
    import pwd

CANDIDATES = ("finsage", "postgres", "nobody")


@dataclass(frozen=True, slots=True)
class Account:
    """Who runs the server. ``is_self``: nothing is dropped, FinSage is an ordinary user."""

    name: str
    uid: int
    gid: int
    is_self: bool

    def spawn_options(self) -> dict[str, Any]:
        """Arguments of Popen. Its own fields, unlike a preexec_fn, are safe in a process with threads."""
        if self.is_self:
            return {"umask": 0o077}
        return {"umask": 0o077, "user": self.uid, "group": self.gid, "extra_groups": []}


def choose_account(wanted: str | None, cluster: Path) -> Account:
    """The account of the server for the database files at ``cluster``, which need not exist yet.

    Files that exist keep their owner, so that installing the package ``postgresql`` later (which creates an
    account that stands higher in the list) does not lock anybody out.
    """
    if os.geteuid() != 0:
        return _ourselves()
    if wanted is None and cluster.exists():
        return _owner_of(cluster)
    names = (wanted,) if wanted is not None else CANDIDATES
    account = next((found for found in map(_named, names) if found is not None), None)
    if account is None:
        raise NoAccount(
            f"FinSage runs as root and none of the accounts {', '.join(names)} exists. "
            "Create one (useradd --system finsage) or name one in FINSAGE_PG_USER."
        )
    if account.uid == 0:
        raise NoAccount(f"PostgreSQL refuses to run as root; {account.name} in FINSAGE_PG_USER is uid 0.")
    if cluster.exists() and cluster.stat().st_uid != account.uid:
        raise ClusterUnusable(
            f"{cluster} belongs to uid {cluster.stat().st_uid}, not to {account.name}. "
            f"Leave FINSAGE_PG_USER unset, or give the files away: chown -R {account.name} {cluster}"
        )
    return account


def _ourselves() -> Account:
    uid = os.geteuid()
    try:
        name = pwd.getpwuid(uid).pw_name
    except KeyError as error:
        raise NoAccount(
            f"The user id {uid} has no entry in /etc/passwd, and initdb refuses such a user. "
            "Add an entry, run as another user, or set FINSAGE_DATABASE_URL to an external PostgreSQL."
        ) from error
    return Account(name, uid, os.getegid(), is_self=True)


def _named(name: str) -> Account | None:
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        return None
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid, is_self=False)


def _owner_of(cluster: Path) -> Account:
    uid = cluster.stat().st_uid
    try:
        entry = pwd.getpwuid(uid)
    except KeyError as error:
        raise NoAccount(f"{cluster} belongs to uid {uid}, which has no entry in /etc/passwd.") from error
    if uid == 0:
        raise ClusterUnusable(f"{cluster} belongs to root, as whom PostgreSQL does not run. Give it to an account.")
    return Account(entry.pw_name, uid, entry.pw_gid, is_self=False)
