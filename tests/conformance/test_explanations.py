"""Every figure of the conformance cases, worked out again from its explanation by the second implementation.

The cases hold other projects' figures under their licences and are not part of this one; without them the test skips.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from unit.finance.explanations import disagreements, every_figure

from finsage.finance.evaluation import evaluate_with_ledger
from finsage.finance.reading import read_document

HOME = Path(__file__).resolve().parents[2].parent / "shared" / "conformance"
CASES = sorted((HOME / "cases").glob("*.json"))

pytestmark = pytest.mark.skipif(not CASES, reason=f"no conformance cases in {HOME}")


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_figures_follow_from_their_explanations(path: Path) -> None:
    given = json.loads(path.read_text())["input"]
    if "transactions" not in given:
        pytest.skip("a bare series has nothing behind its figures")
    document = read_document(json.dumps(given))
    ledger, evaluation = evaluate_with_ledger(document.drafts, document.market, document.options, document.period)
    assert [found for shown in every_figure(ledger, evaluation) if (found := disagreements(shown))] == []
