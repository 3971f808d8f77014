"""``finsage migrate``: the schema, brought up to date without starting a server."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from finsage.cli.installation import open_installation
from finsage.migrations import head
from finsage.platform.settings import load_settings


def command(data_dir: Annotated[Path | None, typer.Option(help="Where everything is kept")] = None) -> None:
    """Bring the schema up to date."""
    settings = load_settings(data_dir=data_dir)
    with open_installation(settings, log=lambda line: print(line, file=sys.stderr)):
        print(head())
