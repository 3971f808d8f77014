"""Each contract of ``.importlinter`` is green on the code as it stands and red on a planted fault."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "finsage"
LINT = Path(sys.executable).with_name("lint-imports")

needs_linter = pytest.mark.skipif(not LINT.exists(), reason="import-linter is in the group lint")

FAULTS = {
    "Floors: arrows only run down": ("market/events.py", "from finsage.portfolio import errors\n"),
    "Rooms of a slice": ("portfolio/store/holes.py", "from finsage.portfolio import schemas\n"),
    "Finance is pure": ("finance/holes.py", "import sqlalchemy\n"),
    "identity: others enter": ("gateway/holes.py", "from finsage.identity import store\n"),
    "market: others enter": ("portfolio/service/holes.py", "from finsage.market.store import prices\n"),
    "portfolio: others enter": ("cli/holes.py", "from finsage.portfolio import tables\n"),
    "prediction: others enter": ("cli/holes.py", "from finsage.prediction.price_model import forecast\n"),
    "Kernels of estimation": ("prediction/price_model/holes.py", "import psycopg\n"),
    "Slices above the market": ("portfolio/service/holes.py", "from finsage.identity import service\n"),
    "The gateway knows identity alone": ("gateway/holes.py", "from finsage.portfolio.service import portfolios\n"),
    "Routes and jobs call services": ("portfolio/routes/holes.py", "from finsage.portfolio.store import portfolios\n"),
    "SQL lives in stores": ("portfolio/service/holes.py", "import psycopg\n"),
    "Slices reach the outside": ("market/holes.py", "import httpx\n"),
    "No circles anywhere": ("finance/money.py", "from finsage.finance import lot\n"),
    "Floors": ("attic/__init__.py", ""),
}

# Whether the linter bites, in every run; that each contract does, in campaigns.
FEW = {"Floors: arrows only run down", "Finance is pure", "No circles anywhere"}


def _lint(tree: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [LINT, "--config", ROOT / ".importlinter", "--no-cache"],
        cwd=tree,
        env={"PYTHONPATH": str(tree / "src"), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of the code that a test may spoil."""
    ignored = shutil.ignore_patterns("webui", "__pycache__")
    shutil.copytree(SOURCE, tmp_path / "src" / "finsage", ignore=ignored)
    return tmp_path


@needs_linter
def test_the_house_stands(tree: Path):
    found = _lint(tree)
    assert found.returncode == 0, found.stdout
    assert " 0 broken" in found.stdout


@needs_linter
@pytest.mark.parametrize(
    "contract",
    [name if name in FEW else pytest.param(name, marks=pytest.mark.slow) for name in FAULTS],
)
def test_a_planted_fault_turns_its_contract_red(tree: Path, contract: str):
    name, line = FAULTS[contract]
    path = tree / "src" / "finsage" / name
    path.parent.mkdir(exist_ok=True)
    body = path.read_text(encoding="utf-8") if path.exists() else ""
    future = "from __future__ import annotations\n"
    path.write_text(body.replace(future, future + line, 1) if future in body else line + body, encoding="utf-8")
    found = _lint(tree)
    assert found.returncode == 1
    told = [row for row in found.stdout.splitlines() if row.startswith(contract)]
    assert any(row.endswith("BROKEN") for row in told) or "attic" in found.stdout + found.stderr, found.stdout


def _imports(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module if node.module.startswith("finsage") else node.module.partition(".")[0])
    return names


def test_finance_needs_numpy_alone():
    allowed = set(sys.stdlib_module_names) | {"numpy"}
    for path in (SOURCE / "finance").rglob("*.py"):
        foreign = {
            name
            for name in _imports(path)
            if name not in allowed and not name.startswith(("finsage.finance", "finsage.errors"))
        }
        assert not foreign, (path.name, foreign)


def test_every_private_module_of_a_slice_is_behind_its_door():
    contracts = (ROOT / ".importlinter").read_text(encoding="utf-8")
    doors = {"service", "events", "errors", "__init__"}
    for slice_name in ("identity", "market", "portfolio", "prediction"):
        modules = {path.stem for path in (SOURCE / slice_name).iterdir() if path.suffix == ".py" or path.is_dir()}
        for module in modules - doors - {"__pycache__"}:
            assert f"    finsage.{slice_name}.{module}\n" in contracts, f"{slice_name}.{module} is not protected"


@pytest.mark.parametrize("room", ["service", "store"])
def test_services_and_stores_never_commit(room: str):
    for path in SOURCE.rglob("*.py"):
        if room not in path.relative_to(SOURCE).as_posix().split("/")[1:2] and path.stem != room:
            continue
        calls = {
            node.func.attr
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        }
        assert not calls & {"commit", "rollback"}, path


def test_no_framework_middleware_that_costs_most_of_the_throughput():
    for path in SOURCE.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert "BaseHTTPMiddleware" not in text, path
        assert '.middleware("http")' not in text, path


def test_broad_excepts_stand_where_an_error_is_turned_into_an_answer():
    allowed = {"gateway", "platform"}
    for path in SOURCE.rglob("*.py"):
        room = path.relative_to(SOURCE).parts[0]
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ExceptHandler) and (
                node.type is None
                or (isinstance(node.type, ast.Name) and node.type.id in {"Exception", "BaseException"})
            ):
                assert room in allowed, path


def test_slugs_of_problems_are_unique():
    slugs: dict[str, Path] = {}
    for path in SOURCE.rglob("*.py"):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            bases = {base.id for base in getattr(node, "bases", []) if isinstance(base, ast.Name)}
            kinds = {"Invalid", "Unauthenticated", "Forbidden", "NotFound", "Conflict", "Limited", "Upstream", "Stale",
                     "Unavailable", "TooLarge", "FinSageError"}  # fmt: skip
            if isinstance(node, ast.ClassDef) and bases & kinds:
                assert ast.get_docstring(node), f"{path}: {node.name} has no title"
                assert node.name not in slugs or slugs[node.name] == path, (node.name, path, slugs.get(node.name))
                slugs[node.name] = path
    assert len(slugs) > 40
