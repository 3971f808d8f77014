"""``finsage cache clear``: empty what is kept to be quicker, in every process of the installation."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from finsage.cli.session import AsJson, DataDir, run_on, show
from finsage.platform.caches import clear
from finsage.platform.changes import EVERYTHING
from finsage.platform.database import Database
from finsage.platform.settings import load_settings


def command(
    action: Annotated[Literal["clear"], typer.Argument(help="What to do")],
    tag: Annotated[
        str,
        typer.Option(help="What to empty: `everything`, `answers` of the API, or `outbound`: answers of providers"),
    ] = EVERYTHING,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Empty caches. No figure depends on it; what was cached is computed or asked for again."""

    async def work(database: Database) -> str:
        return await clear(database, load_settings(data_dir=data_dir), tag)

    assert action == "clear", "the only one there is"
    redis = run_on(data_dir, work)
    show({"cleared": tag, **({"redis": redis} if redis else {})}, as_json=as_json)
