"""The embedded PostgreSQL: found, initialised, started, watched and stopped by FinSage itself.

    binaries     where postgres and initdb come from; a copy where the account cannot reach them
    account      the operating-system account the server runs as when FinSage is root
    layout       what lies where below the data directory, and who may read it
    lock         one FinSage per data directory
    passwords    random passwords of the database roles, one 0600 file each
    connection   how to reach the database; what a second command reads to attach
    cluster      initdb into a sibling, renamed when complete
    postmaster   reads postmaster.pid, ends what a killed FinSage left behind
    server       one run of the server: start, log, readiness, stop
    supervisor   EmbeddedPostgres: all of the above in order, and the watcher that heals

Only the binaries of the wheel are used, never its Python code: that trusts every local user and opens
directories.
"""

from __future__ import annotations

from finsage.platform.postgres.binaries import Binaries, find_binaries
from finsage.platform.postgres.connection import Connection
from finsage.platform.postgres.errors import (
    BinariesUnusable,
    ClusterUnusable,
    DataDirectoryFull,
    DataDirectoryInUse,
    DataDirectoryUnusable,
    EmbeddedUnsupported,
    NoAccount,
    ServerFailed,
    ServerWillNotStop,
)
from finsage.platform.postgres.layout import Layout
from finsage.platform.postgres.lock import owner_pid
from finsage.platform.postgres.passwords import role_password
from finsage.platform.postgres.supervisor import EmbeddedPostgres, attach

__all__ = [
    "Binaries",
    "BinariesUnusable",
    "ClusterUnusable",
    "Connection",
    "DataDirectoryFull",
    "DataDirectoryInUse",
    "DataDirectoryUnusable",
    "EmbeddedPostgres",
    "EmbeddedUnsupported",
    "Layout",
    "NoAccount",
    "ServerFailed",
    "ServerWillNotStop",
    "attach",
    "find_binaries",
    "owner_pid",
    "role_password",
]
