"""``finsage export``: a portfolio as a file, the same as the API's."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from finsage.cli.session import DataDir, User, portfolio_named, run_as, say
from finsage.platform.caller import Caller
from finsage.platform.database import Database
from finsage.portfolio.service import exports as service
from finsage.portfolio.service.exports import ExportFormat


def command(
    file: Annotated[Path, typer.Argument(help="Where to write; - for standard output", allow_dash=True)],
    portfolio: Annotated[str, typer.Option("--portfolio", help="Name or id of the portfolio")],
    form: Annotated[
        ExportFormat,
        typer.Option("--format", help="json keeps everything, csv is a table, beancount is for that program"),
    ] = "json",
    force: Annotated[bool, typer.Option("--force", help="Overwrite a file that is there")] = False,
    user: User = None,
    data_dir: DataDir = None,
) -> None:
    """Write a portfolio to a file. Exit 1 when the file is there and --force is not given, or cannot be written."""
    is_piped = str(file) == "-"
    if not is_piped and file.exists() and not force:
        say(f"{file} is there already; name another file, or overwrite it with --force")
        raise typer.Exit(1)

    async def work(database: Database, caller: Caller) -> bytes:
        async with database.read(caller.tenant_id, caller.user_id) as session:
            exported = await service.export_portfolio(session, await portfolio_named(session, portfolio), form)
            return "".join(exported.lines).encode()

    content = run_as(data_dir, user, work)
    try:
        # As bytes: neither platform nor terminal may change line ends or letters.
        if is_piped:
            sys.stdout.buffer.write(content)
            sys.stdout.buffer.flush()
        else:
            file.write_bytes(content)
    except OSError as error:
        say(f"{'standard output' if is_piped else file} cannot be written: {error.strerror}")
        raise typer.Exit(1) from error
    if not is_piped:
        say(f"wrote {file}")
