"""Integration tests run the real application: its log lines must not drown what is printed, its pauses not add up."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="session", autouse=True)
def _logs(quiet_logs: None, short_pauses: None) -> None:
    pass
