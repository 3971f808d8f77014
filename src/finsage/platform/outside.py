"""What a process needs to ask the outside, opened when it first does: a process that never asks opens nothing."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from finsage.platform.database import Database
from finsage.platform.settings import Settings

if TYPE_CHECKING:
    from finsage.platform.http import Outbound


class Outside:
    """The settings of an installation and its one client.

    Args:
        settings: of the installation.
        database: where the places in time are kept that all processes share.
    """

    def __init__(self, settings: Settings, database: Database) -> None:
        self.settings = settings
        self._database = database
        self._outbound: Outbound | None = None

    def outbound(self) -> Outbound:
        """The client; made at the first call."""
        if self._outbound is None:
            # Loaded here: it costs half a start, and most starts ask nobody.
            http = import_module("finsage.platform.http")
            self._outbound = http.open_outbound(self.settings, http.SharedBuckets(self._database))
        return self._outbound

    async def aclose(self) -> None:
        """Close the client, if there is one."""
        if self._outbound is not None:
            await self._outbound.aclose()
            self._outbound = None
