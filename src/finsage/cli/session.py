"""What verbs that read or write books share: the installation, the database and the user they act for."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any, TypeVar
from uuid import UUID

import typer

from finsage.cli.installation import Installation, open_installation
from finsage.identity.service import local_caller
from finsage.platform.caller import Caller
from finsage.platform.database import Database, ReadSession
from finsage.platform.settings import load_settings
from finsage.portfolio.errors import PortfolioNotFound
from finsage.portfolio.service import portfolios

DataDir = Annotated[Path | None, typer.Option("--data-dir", help="Where everything is kept")]
User = Annotated[str | None, typer.Option("--user", help="E-mail address of whom to act for, if there are several")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON")]

_Result = TypeVar("_Result")


def run_on(data_dir: Path | None, work: Callable[[Database], Awaitable[_Result]]) -> _Result:
    """Do some work on the installation, beside a running FinSage or alone."""
    settings = load_settings(data_dir=data_dir)

    async def main(installation: Installation) -> _Result:
        database = Database(installation.app_dsn, pool_size=2, changes=installation.changes())
        try:
            return await work(database)
        finally:
            await database.close()

    with open_installation(settings, log=say) as installation:
        return asyncio.run(main(installation))


def run_as(data_dir: Path | None, email: str | None, work: Callable[[Database, Caller], Awaitable[_Result]]) -> _Result:
    """As ``run_on``, for a user."""

    async def for_user(database: Database) -> _Result:
        return await work(database, await local_caller(database, email))

    return run_on(data_dir, for_user)


async def portfolio_named(session: ReadSession, name: str) -> UUID:
    """The id of a portfolio by its name or id.

    Raises:
        PortfolioNotFound: none, or several, are called so.
    """
    listed = await portfolios.list_portfolios(session)
    found = [item.portfolio.id for item in listed if name in {item.portfolio.name, str(item.portfolio.id)}]
    if len(found) != 1:
        names = ", ".join(item.portfolio.name for item in listed) or "none yet"
        raise PortfolioNotFound(f"{len(found)} portfolios are called {name!r}. There are: {names}.")
    return found[0]


def show(result: dict[str, Any], *, as_json: bool) -> None:
    """Print a result: JSON, or a line per member."""
    if as_json:
        print(json.dumps(result, indent=1, default=str, ensure_ascii=False))
        return
    for name, value in result.items():
        if isinstance(value, list):
            print(f"{name.replace('_', ' ')}: {len(value)}")
            for item in value[:50]:
                print(f"  {_line(item)}")
        else:
            print(f"{name.replace('_', ' ')}: {value}")


def say(line: str) -> None:
    """Progress, on stderr."""
    print(f"finsage: {line}", file=sys.stderr, flush=True)


def _line(item: Any) -> str:
    return (
        " ".join(str(value) for value in item.values() if value not in {None, ""})
        if isinstance(item, dict)
        else str(item)
    )
