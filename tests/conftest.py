"""One embedded PostgreSQL for the whole session; databases and roles on top are made by the tests that need them."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from finsage.platform.postgres import Connection, EmbeddedPostgres

# Nothing of a test's server has to survive a power cut.
FAST_SETTINGS = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}


@pytest.fixture(scope="session")
def postgres() -> Iterator[Connection]:
    """The superuser's connection to the database ``finsage`` of a fresh server."""
    # Not below pytest's own tmp_path: as root that is closed to the account the server runs as.
    data_dir = Path(tempfile.mkdtemp(prefix="finsage-test-"))
    with EmbeddedPostgres(data_dir, settings=FAST_SETTINGS) as connection:
        yield connection
    shutil.rmtree(data_dir)
