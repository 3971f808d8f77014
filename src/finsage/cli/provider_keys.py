"""``finsage provider-key``: which providers have a key, and entering one without it standing in a command line."""

from __future__ import annotations

import getpass
import sys
from typing import Annotated, Any, Literal

import typer

from finsage.cli.session import AsJson, DataDir, User, run_as, show
from finsage.market.errors import InvalidProviderKey
from finsage.market.service import provider_keys
from finsage.platform.caller import Caller
from finsage.platform.database import Database
from finsage.platform.encryption import Vault
from finsage.platform.settings import load_settings


def command(
    action: Annotated[Literal["list", "set", "delete"], typer.Argument(help="What to do")] = "list",
    provider: Annotated[str | None, typer.Argument(help="coingecko, newsapi or cryptopanic")] = None,
    user: User = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """List, set or delete keys of providers; `set` asks for the key, or reads it from standard input."""
    settings = load_settings(data_dir=data_dir)
    if action != "list" and provider is None:
        raise InvalidProviderKey(f"Name the provider: finsage provider-key {action} NAME.")
    key = _read_key(provider or "") if action == "set" else ""

    async def work(database: Database, caller: Caller) -> dict[str, Any]:
        if action == "set":
            await provider_keys.enter_key(database, Vault(settings.data_dir), caller, provider or "", key)
        elif action == "delete":
            async with database.write(caller.tenant_id, caller.user_id) as session:
                await provider_keys.delete_key(session, caller, provider or "")
        async with database.read(caller.tenant_id) as session:
            known = await provider_keys.list_keys(session, settings)
        return {
            "keys": [{"provider": one.provider, "source": one.source or "none", "set_at": one.set_at} for one in known]
        }

    show(run_as(data_dir, user, work), as_json=as_json)


def _read_key(provider: str) -> str:
    if sys.stdin.isatty():
        return getpass.getpass(f"Key of {provider}: ")
    return sys.stdin.readline()
