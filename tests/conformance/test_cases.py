"""The conformance cases, through the function that ``finsage evaluate`` calls.

The cases hold other projects' figures under their licences and are not part of this one; without them the test skips.
"""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pytest

from finsage.finance.evaluate_document import evaluate_document

HOME = Path(__file__).resolve().parents[2].parent / "shared" / "conformance"
CASES = sorted((HOME / "cases").glob("*.json"))

pytestmark = pytest.mark.skipif(not CASES, reason=f"no conformance cases in {HOME}")


@pytest.fixture(scope="module")
def runner() -> ModuleType:
    spec = importlib.util.spec_from_file_location("run_cases", HOME / "run_cases.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_figures_are_as_others_verified_them(path: Path, runner: ModuleType) -> None:
    case = json.loads(path.read_text())
    answer = json.loads(evaluate_document(json.dumps(case["input"])))
    found = {want["path"]: (runner.find(answer, want["path"]), want) for want in case["expect"]}
    assert {path: got for path, (got, want) in found.items() if not runner.same(got, want)} == {}
