"""The schema's history as the fast start reads it is the one Alembic would walk."""

from __future__ import annotations

from importlib import import_module

import pytest
from alembic.script import ScriptDirectory

from finsage.migrations import head, revisions
from finsage.migrations.upgrade import config


def test_revisions_are_those_of_the_graph_in_its_order():
    graph = ScriptDirectory.from_config(config())
    assert [script.revision for script in graph.walk_revisions()][::-1] == revisions()
    assert graph.get_current_head() == head()


@pytest.mark.parametrize("version", ["0001_foundation", "0006_import_pages", "0007_successors", "0016_predictions"])
def test_what_a_downgrade_would_lose_it_refuses(version: str):
    with pytest.raises(NotImplementedError, match="restore a backup"):
        import_module(f"finsage.migrations.versions.{version}").downgrade()
