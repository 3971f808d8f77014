"""How the tests are spread and what their processes share; the fixtures of all stand in ``common_fixtures``."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling, Scheduling

if sys.dont_write_bytecode:
    # Where the environment says so, as many containers do, every process that a run starts would compile the
    # product and its libraries anew, which is half of what a start takes.
    sys.dont_write_bytecode = False
    sys.pycache_prefix = str(Path(__file__).parents[1] / ".pytest_cache" / "bytecode")
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = sys.pycache_prefix


def pytest_configure(config: pytest.Config) -> None:
    # Who only hands tests to workers needs none of the product.
    if hasattr(config, "workerinput") or not config.getoption("tx"):
        config.pluginmanager.import_plugin("common_fixtures")


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Two workers for the whole suite, each with a server of its own; none where somebody asks for a few files."""
    return 0 if config.args_source is pytest.Config.ArgsSource.ARGS else 2


class ByFile(LoadFileScheduling):
    """A worker gets whole files, whose tests share a database, but of the browser's single tests.

    Those share what a session has; they come last, and the last file of them would keep one worker for minutes.
    """

    def _split_scope(self, nodeid: str) -> str:
        return nodeid if nodeid.startswith("tests/e2e/") else super()._split_scope(nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Scheduling | None:
    return ByFile(config, log) if config.getoption("dist") == "loadfile" else None


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    _note_skipped(report.nodeid, is_skipped=report.skipped)


def pytest_collectreport(report: pytest.CollectReport) -> None:
    _note_skipped(report.nodeid, is_skipped=report.skipped)


def _note_skipped(nodeid: str, *, is_skipped: bool) -> None:
    """Add what is skipped to the file that ``TEST_SKIPPED_TO`` names: another run may have what it lacked."""
    place = os.environ.get("TEST_SKIPPED_TO")
    if place is not None and is_skipped:
        with Path(place).open("a", encoding="utf-8") as file:
            file.write(nodeid + "\n")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # Playwright keeps an event loop running from its first test to the end: no other can start beside it.
    items.sort(key=lambda item: "e2e" in item.path.parts)
