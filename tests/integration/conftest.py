"""Integration tests run the real application: its log lines must not drown what a test prints."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="session", autouse=True)
def _logs(quiet_logs: None) -> None:
    pass
