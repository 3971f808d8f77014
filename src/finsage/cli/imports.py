"""``finsage import``: the same import as the API's, from a file on this machine."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from finsage.cli.session import AsJson, DataDir, User, portfolio_named, run_as, show
from finsage.errors import FinSageError
from finsage.platform.caller import Caller
from finsage.platform.database import Database
from finsage.portfolio.errors import InvalidMapping
from finsage.portfolio.service import imports as service
from finsage.portfolio.service.import_mapping import MAPPED
from finsage.portfolio.service.import_preview import ERRORS_SHOWN, Preview, PreviewRow


def command(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The exported file")],
    portfolio: Annotated[str, typer.Option("--portfolio", help="Name or id of the portfolio")],
    form: Annotated[str | None, typer.Option("--format", help="Format id; recognised when left out")] = None,
    account: Annotated[str | None, typer.Option(help="Put every row into this account")] = None,
    encoding: Annotated[str | None, typer.Option(help="Text encoding, if not UTF-8 or UTF-16")] = None,
    decimal: Annotated[str | None, typer.Option(help="Decimal sign: . or ,")] = None,
    create_assets: Annotated[bool, typer.Option("--create-assets", help="Create assets for unknown symbols")] = False,
    skip_errors: Annotated[bool, typer.Option("--skip-errors", help="Leave out rows that cannot be booked")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be booked, book nothing")] = False,
    user: User = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Import a file into a portfolio. Exit 1 when rows cannot be booked and --skip-errors is not given."""
    given = {"account": account, "encoding": encoding, "decimal": decimal}
    options = {name: value for name, value in given.items() if value is not None}

    async def work(database: Database, caller: Caller) -> dict[str, Any]:
        async with database.write(caller.tenant_id, caller.user_id) as session:
            portfolio_id = await portfolio_named(session, portfolio)
            with file.open("rb") as content:
                looked = await service.create_import(
                    session, caller, portfolio_id, content, file_name=file.name, form=form, options=options
                )
                if looked.stored.format == MAPPED and "template" not in looked.stored.options and not dry_run:
                    # A guess at columns is for a person to look at, not to be booked unseen.
                    raise InvalidMapping(
                        "No known format has these headers. Upload the file in the app, name its columns and save "
                        "them as a template; then this command knows such files."
                    )
        try:
            report = await _import(
                database, caller, looked, create_assets=create_assets, skip_errors=skip_errors, dry_run=dry_run
            )
        except FinSageError:
            await _discard(database, caller, looked)
            raise
        if dry_run:
            await _discard(database, caller, looked)
        return report

    show(run_as(data_dir, user, work), as_json=as_json)


async def _import(
    database: Database, caller: Caller, looked: Preview, *, create_assets: bool, skip_errors: bool, dry_run: bool
) -> dict[str, Any]:
    """Book what was uploaded, or only look. Whether it can be booked is known before any asset is created."""
    looked = await _ready(database, caller, looked)
    import_id = looked.stored.id
    creates = create_assets and bool(looked.unknown)
    if creates:
        async with database.write(caller.tenant_id, caller.user_id) as session:
            looked = await service.try_creating(session, caller, import_id)
    notes = await _notes(database, caller, looked)
    if dry_run:
        return _report(looked) | notes
    if not skip_errors:
        service.refuse_errors(looked)
    if creates:
        async with database.write(caller.tenant_id, caller.user_id) as session:
            looked = await service.answer(session, caller, import_id, resolutions={}, options={}, create_missing=True)
        looked = await _ready(database, caller, looked)
    async with database.write(caller.tenant_id, caller.user_id) as session:
        done = await service.confirm(
            session, caller, import_id, content_hash=looked.stored.content_hash, skip_errors=skip_errors
        )
    await service.carry_out(database, caller, done.stored)
    return _report(looked) | notes | {"import_id": import_id, "booked": done.booked}


async def _notes(database: Database, caller: Caller, looked: Preview) -> dict[str, Any]:
    """Why rows are skipped, and what is doubtful about those to be booked: the first of each, by line."""
    notes: list[PreviewRow] = []
    async with database.read(caller.tenant_id, caller.user_id) as session:
        for status in ("warning", "skipped"):
            if looked.kept_counts is None:
                notes += [row for row in looked.rows if row.status == status][:ERRORS_SHOWN]
            elif looked.kept_counts[status]:
                page = await service.list_rows(session, looked.stored.id, status=status, limit=ERRORS_SHOWN)
                notes += page.items
    shown = sorted(notes, key=lambda row: row.line)
    return {"notes": [{"line": row.line, "status": row.status, "message": row.message} for row in shown]}


async def _discard(database: Database, caller: Caller, looked: Preview) -> None:
    async with database.write(caller.tenant_id, caller.user_id) as session:
        await service.discard(session, caller, looked.stored.id)


async def _ready(database: Database, caller: Caller, looked: Preview) -> Preview:
    """The preview, once a large file has been read."""
    if looked.stored.state != "reading":
        return looked
    await service.carry_out(database, caller, looked.stored)
    async with database.read(caller.tenant_id, caller.user_id) as session:
        return await service.get_import(session, looked.stored.id)


def _report(looked: Preview) -> dict[str, Any]:
    return {
        "format": looked.stored.format,
        **looked.counts(),
        "errors": [asdict(error) for error in looked.errors],
        "unknown_symbols": [item.hint.symbol for item in looked.unknown],
        "missing_acquisitions": [asdict(item) for item in looked.missing],
    }
