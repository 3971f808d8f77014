from __future__ import annotations

import asyncio
import sys

import pytest

from finsage.cli import event_loop


@pytest.mark.skipif(sys.platform == "win32", reason="there is no uvloop for Windows")
def test_what_runs_for_long_runs_on_uvloop():
    found = []

    async def look() -> None:
        found.append(type(asyncio.get_running_loop()).__module__)

    event_loop.run(look())
    assert found == ["uvloop"]
