"""``finsage models``: which models there are and answer, adding, promoting, rolling back and verifying them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from finsage.cli.session import AsJson, DataDir, run_on, show
from finsage.errors import Invalid
from finsage.platform.database import Database
from finsage.platform.files import open_files
from finsage.platform.settings import load_settings
from finsage.prediction.errors import ModelUnsound
from finsage.prediction.service import model_store, registry

Family = Annotated[str, typer.Option("--family", help="price, risk or sentiment")]


class OneAtATime(Invalid):
    """One thing at a time can be done to models."""


def models(
    add: Annotated[
        Path | None, typer.Option("--add", exists=True, file_okay=False, help="A folder of `finsage train`")
    ] = None,
    promote: Annotated[bool, typer.Option("--promote", help="Let the challenger, or --version, answer")] = False,
    rollback: Annotated[bool, typer.Option("--rollback", help="Let the version before answer again")] = False,
    verify: Annotated[bool, typer.Option("--verify", help="Check every file of every model")] = False,
    family: Family = "price",
    version: Annotated[str | None, typer.Option("--version", help="Which one to promote")] = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Show models, or change which one answers. Exit 1 when --verify finds a fault."""
    if sum((add is not None, promote, rollback, verify)) > 1:
        raise OneAtATime("Give one of --add, --promote, --rollback, --verify.")

    async def work(database: Database) -> dict[str, Any]:
        if promote:
            return {"answers": await model_store.promote(database, family, version)}
        if rollback:
            return {"answers": await model_store.roll_back(database, family)}
        if add is None and not verify:
            async with database.read() as session:
                views = await registry.model_views(session)
            return {"models": [_shown(view) for view in views]}
        files = open_files(load_settings(data_dir=data_dir))
        try:
            if add is not None:
                content = model_store.folder_files(add)
                return {"challenger": await model_store.add(database, files, content, family=family)}
            return {"verified": await model_store.verify(database, files)}
        finally:
            await files.aclose()

    found = run_on(data_dir, work)
    show(found, as_json=as_json)
    faults = [one for one in found.get("verified", []) if one["fault"]]
    if faults:
        raise ModelUnsound(f"{len(faults)} models are not what was added: {faults[0]['model']}: {faults[0]['fault']}")


def _shown(view: registry.ModelView) -> dict[str, Any]:
    return {
        "model": f"{view.family}:{view.version}",
        "role": view.role,
        "from": "FinSage" if view.is_shipped else "own",
        "sha256": view.sha256[:16],
    }
