"""What a process needs beside its database: the way outside and the file store, opened when they are first needed."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from finsage.platform.database import Database
from finsage.platform.files import FileStore, open_files
from finsage.platform.settings import Settings

if TYPE_CHECKING:
    from finsage.platform.http import Outbound


class Outside:
    """The settings of an installation, its one client and its one file store.

    Args:
        settings: of the installation.
        database: where the places in time are kept that all processes share.
    """

    def __init__(self, settings: Settings, database: Database) -> None:
        self.settings = settings
        self._database = database
        self._outbound: Outbound | None = None
        self._files: FileStore | None = None

    def outbound(self) -> Outbound:
        """The client; made at the first call."""
        if self._outbound is None:
            # Loaded here: it costs half a start, and most starts ask nobody.
            http = import_module("finsage.platform.http")
            self._outbound = http.open_outbound(self.settings, http.SharedBuckets(self._database))
        return self._outbound

    def files(self) -> FileStore:
        """The file store; opened at the first call."""
        if self._files is None:
            self._files = open_files(self.settings)
        return self._files

    async def aclose(self) -> None:
        """Close what was opened."""
        if self._files is not None:
            await self._files.aclose()
            self._files = None
        if self._outbound is not None:
            await self._outbound.aclose()
            self._outbound = None
