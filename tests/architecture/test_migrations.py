"""The schema's history as the fast start reads it is the one Alembic would walk."""

from __future__ import annotations

from alembic.script import ScriptDirectory

from finsage.migrations import head, revisions
from finsage.migrations.upgrade import config


def test_revisions_are_those_of_the_graph_in_its_order():
    graph = ScriptDirectory.from_config(config())
    assert [script.revision for script in graph.walk_revisions()][::-1] == revisions()
    assert graph.get_current_head() == head()
