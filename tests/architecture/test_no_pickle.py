"""Nothing is loaded that could run what it says: no pickle, in no form, anywhere in the program and its tools."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROGRAMS = sorted(path for name in ("src", "tools", "benchmarks") for path in (ROOT / name).rglob("*.py"))
LOADERS = frozenset({
    "pickle", "_pickle", "cPickle", "pickle5", "marshal", "shelve", "joblib", "cloudpickle", "dill", "jsonpickle",
    "multiprocessing",
})  # fmt: skip
PARALLEL = Path("src/finsage/cli/backtest.py")
"""Hands tasks of its own to children it has just started; nothing is read from a file or from others."""


def loaders_in(tree: ast.AST) -> Iterator[str]:
    """Modules that run what they load, and a door that numpy opens to them."""
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module or ''}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
            called = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
            if called in {"import_module", "__import__"} and node.args and isinstance(node.args[0], ast.Constant):
                names = [str(node.args[0].value)]
        elif isinstance(node, ast.keyword) and node.arg == "allow_pickle":
            is_off = isinstance(node.value, ast.Constant) and node.value.value is False
            names = [] if is_off else ["pickle"]
        yield from (name for name in names if LOADERS & set(name.split(".")) or "ProcessPoolExecutor" in name)


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_program_loads_nothing_that_could_run(path: Path) -> None:
    if path.relative_to(ROOT) != PARALLEL:
        assert list(loaders_in(ast.parse(path.read_text(encoding="utf-8")))) == []


@pytest.mark.parametrize(
    "text",
    [
        "import pickle", "import pickle as p", "from pickle import loads", "def f():\n    import joblib",
        "from sklearn.externals import joblib", "import_module('marshal')", "np.load(file, allow_pickle=True)",
        "np.load(file, allow_pickle=wanted)", "from concurrent.futures import ProcessPoolExecutor",
        "import multiprocessing.pool",
    ],
)  # fmt: skip
def test_each_way_in_is_seen(text: str) -> None:
    assert list(loaders_in(ast.parse(text)))


def test_what_only_sounds_like_it_is_let_through() -> None:
    assert list(loaders_in(ast.parse("np.load(file, allow_pickle=False)\nimport pickles\nx = 'pickle'"))) == []
