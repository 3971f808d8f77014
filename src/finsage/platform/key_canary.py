"""Whether the keys beside the database are those it was written with: one row that must decrypt."""

from __future__ import annotations

from prometheus_client import Gauge
from sqlalchemy import text

from finsage.errors import Unavailable
from finsage.platform.caller import PUBLIC_TENANT
from finsage.platform.database import Database
from finsage.platform.encryption import Place, SecretUnreadable, Vault
from finsage.platform.telemetry import REGISTRY

_PLACE = Place("key_canary", "sealed", "only", PUBLIC_TENANT)
_SONG = "the keys fit"

CANARY_OK = Gauge(
    "finsage_key_canary_ok", "Whether the keys beside the database are those it was written with", registry=REGISTRY
)

_READ = text("SELECT sealed FROM key_canary")
_WRITE = text("INSERT INTO key_canary (sealed) VALUES (:sealed) ON CONFLICT DO NOTHING")


class KeysDoNotFit(Unavailable):
    """The keys beside the database are not those it was written with."""


async def demand_fitting_keys(database: Database, vault: Vault) -> None:
    """Refuse to go on with keys that do not fit; a database without the row gets it.

    Raises:
        KeysDoNotFit: the row does not decrypt.
    """
    async with database.read() as session:
        sealed = (await session.execute(_READ)).scalar_one_or_none()
    if sealed is None:
        async with database.write(is_announced=False) as session:
            await session.execute(_WRITE, {"sealed": vault.seal(_SONG, _PLACE)})
            sealed = (await session.execute(_READ)).scalar_one()
    _open(vault, sealed)


async def look(database: Database, vault: Vault) -> str:
    """What the row tells; for readiness and ``finsage doctor``.

    Raises:
        KeysDoNotFit: it does not decrypt.
    """
    async with database.read() as session:
        sealed = (await session.execute(_READ)).scalar_one_or_none()
    if sealed is None:
        return "nothing was encrypted yet"
    _open(vault, sealed)
    return "fit the database"


def _open(vault: Vault, sealed: str) -> None:
    try:
        is_fitting = vault.open(sealed, _PLACE) == _SONG
    except SecretUnreadable as error:
        CANARY_OK.set(0)
        raise KeysDoNotFit(
            f"{error} The keys in secrets/ of the data directory belong to another database, or to another state of"
            " this one. Restore master_key and keystore/ from the backup that belongs to it; with several machines on"
            " one database, copy them from the first."
        ) from error
    CANARY_OK.set(int(is_fitting))
