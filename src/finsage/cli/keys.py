"""``finsage keys``: whether the keys fit the database, and rotating them beside a running FinSage."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import typer

from finsage.cli.session import AsJson, DataDir, run_on, show
from finsage.platform import key_canary, resealing
from finsage.platform.database import Database
from finsage.platform.encryption import Vault
from finsage.platform.settings import load_settings
from finsage.services import sealed_columns


def command(
    action: Annotated[Literal["status", "rotate"], typer.Argument(help="What to do")] = "status",
    deks: Annotated[
        bool, typer.Option("--deks", help="Also give every tenant another key and seal all secrets anew")
    ] = False,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Look at the keys that secrets are encrypted with, or rotate them. Exit 1 when they do not fit the database."""
    vault = Vault(load_settings(data_dir=data_dir).data_dir)

    async def work(database: Database) -> dict[str, Any]:
        await key_canary.demand_fitting_keys(database, vault)
        if action == "status":
            return {"keys": "fit the database", "tenants_with_a_key": len(vault.tenants())}
        done: dict[str, Any] = {"tenants_wrapped_anew": vault.rotate_master()}
        if deks:
            done["secrets_sealed_anew"] = await resealing.rotate_tenant_keys(database, vault, sealed_columns())
        await key_canary.demand_fitting_keys(database, vault)
        return done

    show(run_on(data_dir, work), as_json=as_json)
