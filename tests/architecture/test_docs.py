"""The papers say what is: generated parts match the code, links lead somewhere, commands and tests they name exist."""

from __future__ import annotations

import ast
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from finsage.cli.main import VERBS
from finsage.errors import FinSageError
from finsage.portfolio.importers.formats import FORMATS

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
DECISIONS = sorted((DOCS / "decisions").glob("[0-9]*.md"))
"""Pictures a page may show before there is a browser to take them with."""

SECTIONS = ("Context", "Decision", "Consequences", "Alternatives", "Enforced by")
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")
TEST = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")
CODE_PATH = re.compile(r"`((?:src|tests|tools|benchmarks|deploy)/[\w./]+)`")

each_page = pytest.mark.parametrize("paper", PAGES, ids=lambda paper: str(paper.relative_to(ROOT)))
each_decision = pytest.mark.parametrize("record", DECISIONS, ids=lambda record: record.stem)


def _tool(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"tools_{name}", ROOT / "tools" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    return _tool("docs")


def test_generated_parts_are_what_the_code_says(generator: ModuleType):
    stale = [path.name for path, wanted in generator.pages() if path.read_text(encoding="utf-8") != wanted]
    assert stale == [], "run tools/docs.py"


def test_every_generated_part_stands_on_a_page(generator: ModuleType):
    named = {name for page in PAGES for name in re.findall(r"<!-- generated: ([\w-]+) -->", page.read_text("utf-8"))}
    assert named == set(generator.BLOCKS)


def test_a_change_of_the_code_is_noticed(generator: ModuleType, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(VERBS, "openapi", "something else")
    stale = [path.name for path, wanted in generator.pages() if path.read_text(encoding="utf-8") != wanted]
    assert stale == ["cli.md"]


def test_every_error_has_its_line(generator: ModuleType):
    page = (DOCS / "reference" / "errors.md").read_text(encoding="utf-8")
    generator._import_everything()
    ours = {error.slug() for error in generator.error_classes() if error.__module__.startswith("finsage.")}
    assert len(ours) > 60
    assert [slug for slug in sorted(ours) if f"| `{slug}` |" not in page] == []
    assert FinSageError.slug() not in ours


@each_page
def test_relative_links_lead_somewhere(paper: Path):
    for target in LINK.findall(_without_code(paper.read_text(encoding="utf-8"))):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        found = (paper.parent / path).resolve() if path else paper
        assert found.exists(), f"{paper.name}: {target}"
        if anchor:
            assert anchor in _anchors(found.read_text(encoding="utf-8")), f"{paper.name}: {target}"


def _without_code(text: str) -> str:
    return re.sub(r"`[^`\n]*`", "", FENCE.sub("", text))


def _anchors(text: str) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@each_page
def test_commands_name_verbs_that_exist(paper: Path):
    for language, block in FENCE.findall(paper.read_text(encoding="utf-8")):
        if language != "sh":
            continue
        for verb in re.findall(r"(?:^|run |&& )finsage ([a-z][\w-]*)", block, re.MULTILINE):
            assert verb in VERBS, f"{paper.name}: finsage {verb}"


def test_the_readme_has_its_two_commands():
    blocks = [block.strip() for language, block in FENCE.findall((ROOT / "README.md").read_text("utf-8"))]
    assert "python3 -m venv .uv && .uv/bin/pip install -q uv && .uv/bin/uv run finsage up --demo" in blocks
    assert "uv run --group test pytest" in blocks


def test_the_readme_counts_the_formats():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"{len(FORMATS)} [formats]" in readme


@each_page
def test_what_pages_name_in_the_tests_exists(paper: Path):
    text = paper.read_text(encoding="utf-8")
    for name, function in TEST.findall(text):
        assert (ROOT / name).is_file(), f"{paper.name}: {name}"
        if function:
            assert function in _functions(ROOT / name), f"{paper.name}: {name}::{function}"
    for name in CODE_PATH.findall(text):
        assert (ROOT / name).exists(), f"{paper.name}: {name}"


def _functions(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


@each_decision
def test_every_decision_has_its_sections(record: Path):
    text = record.read_text(encoding="utf-8")
    assert re.match(rf"# {record.stem[:4]}\. \S", text)
    for field in ("Status", "Area", "Date"):
        assert re.search(rf"^- {field}: \S", text, re.MULTILINE), field
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == list(SECTIONS)
    parts = dict(zip(SECTIONS, re.split(r"^## .+$", text, flags=re.MULTILINE)[1:], strict=True))
    assert len(re.findall(r"[.:](?:\s|$)", parts["Context"])) >= 2
    assert parts["Decision"].strip().startswith("> ")
    for name in ("Consequences", "Alternatives", "Enforced by"):
        assert re.search(r"^- \S", parts[name], re.MULTILINE), name
    assert TEST.search(parts["Enforced by"]) or "Ruff" in parts["Enforced by"]


def test_decisions_are_numbered_without_gaps():
    assert [record.stem[:4] for record in DECISIONS] == [f"{number:04d}" for number in range(1, len(DECISIONS) + 1)]


SEED = {
    "users": "id email password_hash first_name last_name created_at updated_at is_active",
    "portfolios": "id user_id name total_value cash_balance created_at updated_at",
    "holdings": "id portfolio_id symbol quantity average_price current_price total_value purchased_at",
    "predictions": "id user_id input_data prediction_result confidence_score created_at",
    "transactions": "id user_id portfolio_id type symbol quantity price total_amount executed_at",
}
INDEXES = (
    "idx_users_email", "idx_portfolios_user_id", "idx_holdings_portfolio_id", "idx_transactions_user_id",
    "idx_transactions_executed_at",
)  # fmt: skip


def test_the_seed_table_names_every_column():
    page = (DOCS / "reference" / "seed-schema.md").read_text(encoding="utf-8")
    sections = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL))
    for table, columns in SEED.items():
        firsts = " ".join(row.split("|")[1] for row in sections[table].splitlines() if row.startswith("| `"))
        assert re.findall(r"`(\w+)`", firsts) == columns.split()
    assert all(f"| `{index}`" in sections["Indexes"] for index in INDEXES)


def test_the_seed_table_names_what_exists():
    page = (DOCS / "reference" / "seed-schema.md").read_text(encoding="utf-8")
    schema = "".join(path.read_text("utf-8") for path in (ROOT / "src/finsage/migrations/versions").glob("[0-9]*.py"))
    bodies = dict(re.findall(r"^CREATE TABLE (\w+) \(\n(.*?)^\)", schema, re.MULTILINE | re.DOTALL))
    named = re.findall(r"`(\w+)\.(\w+)`", page)
    assert len(named) > 30
    for table, column in named:
        assert re.search(rf"^    {column} ", bodies[table], re.MULTILINE), f"{table}.{column}"
    for index in INDEXES:
        ours = re.search(rf"INDEX {index} ON (\w+) (\(.+\));", schema)
        assert ours, index
        assert f"ON {ours[1]} {ours[2]}" in page, index
    for bound in re.search(r"FIRST_YEAR = (\d+)\nLAST_YEAR = (\d+)", schema).groups():
        assert f"`transactions_{bound}`" in page
    assert 'name="after"' in schema
    assert "`transactions_after`" in page


def test_requirements_are_those_of_the_project():
    requirements = _tool("requirements")
    try:
        wanted = requirements.exported()
    except requirements.NoLock as error:
        pytest.skip(str(error))
    assert requirements.TARGET.read_text(encoding="utf-8") == wanted, "run tools/requirements.py"
    assert "://" not in wanted


@pytest.fixture
def place() -> Iterator[Path]:
    # Not below tmp_path: as root that is closed to the account the server runs as.
    place = Path(tempfile.mkdtemp(prefix="finsage-docs-"))
    place.chmod(0o755)
    yield place
    shutil.rmtree(place)


@pytest.mark.slow
def test_the_backup_guide_restores_what_it_backed_up(place: Path):
    guide = (DOCS / "guides" / "back-up.md").read_text(encoding="utf-8")
    backup, restore = (block for language, block in FENCE.findall(guide) if language == "python")
    (place / "backup.py").write_text(backup, encoding="utf-8")
    (place / "restore.py").write_text(restore, encoding="utf-8")
    _python(place, "-c", OWN, str(place / "old"), str(place / "books.dump"))
    _python(place, "restore.py", str(place / "new"), "books.dump")
    doctor = [sys.executable, "-m", "finsage", "doctor", "--data-dir", place / "new"]
    found = subprocess.run(doctor, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout + found.stderr
    assert "6 portfolios" in _python(place, "-c", COUNT, str(place / "new"))


# A running FinSage, as far as the guide is concerned: its database with books in it.
OWN = """
import subprocess, sys
from pathlib import Path
import psycopg
from finsage.migrations import migrate
from finsage.platform.postgres import EmbeddedPostgres, role_password
place = Path(sys.argv[1])
with EmbeddedPostgres(place) as database:
    migrate(database.dsn(), app_password=role_password(place, "app"))
    with psycopg.connect(database.dsn()) as connection:
        connection.execute("INSERT INTO users (id, email, password_hash) VALUES (gen_random_uuid(), 'a@b.example', '')")
        connection.execute("INSERT INTO portfolios (tenant_id, id, user_id, name, base_currency)"
                           " SELECT t.id, gen_random_uuid(), u.id, 'Books', 'EUR'"
                           " FROM tenants t, users u, generate_series(1, 6)")
    subprocess.run([sys.executable, "backup.py", place, sys.argv[2]], check=True)
"""
COUNT = """
import sys
from pathlib import Path
import psycopg
from finsage.platform.postgres import EmbeddedPostgres
with EmbeddedPostgres(Path(sys.argv[1])) as database, psycopg.connect(database.dsn()) as connection:
    print(connection.execute("SELECT count(*) FROM portfolios").fetchone()[0], "portfolios")
"""


def _python(place: Path, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, *arguments], cwd=place, env=os.environ | {"PYTHONWARNINGS": "error"}, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
