"""The committed web app is what its sources give, and its lock is one that installs everywhere. No Node needed."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
WEB = ROOT / "web"
SOURCES = sorted(path for path in (WEB / "src").rglob("*.ts*") if ".test." not in path.name)

# Where a text becomes a float. Money only in charts/scale.ts: a position on a screen needs no cents.
FLOATS_ALLOWED = {
    "charts/scale.ts": "money, for drawing",
    "api/problem.ts": "seconds of Retry-After",
    "lib/i18n.ts": "the count of a plural",
    "lib/dates.ts": "year, month and day",
    "app/stale-chunks.ts": "a time in ms",
    "ui/virtual-table.tsx": "a row index",
    "features/tax-report/page.tsx": "a calendar year",
    "features/predictions/odds.ts": "a level of a forecast",
    "features/predictions/search.ts": "a number of days",
}


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("web_tool", ROOT / "tools" / "web.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def lock() -> dict:
    return json.loads((WEB / "package-lock.json").read_text())


def test_the_committed_output_is_the_one_of_the_sources(tool):
    tool.check_stamp()


def test_a_change_of_a_source_or_of_the_output_is_noticed(tool, tmp_path):
    before = tool.sources_hash(), tool.output_hash()
    for name, tree in (("web", WEB / "public"), ("webui", tool.OUTPUT)):
        copy = tmp_path / name
        for file in tree.rglob("*"):
            if file.is_file():
                target = copy / file.relative_to(tree)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(file.read_bytes())
    old = tool.sources_hash(tmp_path / "web"), tool.output_hash(tmp_path / "webui")
    assert old[1] == before[1]
    (tmp_path / "web" / "boot.js").write_text("changed")
    (tmp_path / "webui" / "index.html").write_text("edited by hand")
    assert tool.sources_hash(tmp_path / "web") != old[0]
    assert tool.output_hash(tmp_path / "webui") != old[1]


def test_tests_do_not_call_for_a_rebuild(tool, tmp_path):
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "a.ts").write_text("1")
    before = tool.sources_hash(tmp_path)
    (tmp_path / "src" / "a.test.ts").write_text("1")
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "node_modules" / "x.js").write_text("1")
    assert tool.sources_hash(tmp_path) == before


def test_the_lock_has_every_optional_package_it_names(lock):
    packages = lock["packages"]
    missing = [
        (path, name)
        for path, package in packages.items()
        for name in package.get("optionalDependencies", {})
        if not any(entry.endswith(f"node_modules/{name}") for entry in packages)
    ]
    assert missing == []
    assert any(package.get("optionalDependencies") for package in packages.values())


def test_direct_dependencies_are_pinned_exactly(lock):
    manifest = json.loads((WEB / "package.json").read_text())
    pins = {**manifest["dependencies"], **manifest["devDependencies"]}
    assert [name for name, pin in pins.items() if not re.fullmatch(r"\d+\.\d+\.\d+", pin)] == []
    locked = {name: lock["packages"][f"node_modules/{name}"]["version"] for name in pins}
    assert locked == pins


def test_no_file_of_the_app_names_a_registry(lock):
    assert [path for path, package in lock["packages"].items() if "resolved" in package] == []
    assert all(package.get("integrity") or not path for path, package in lock["packages"].items())
    host = re.compile(r"//[\w.:-]*(registry|npm|pypi|mirror)[\w.-]*\.\w+")
    named = [
        path.relative_to(ROOT).as_posix()
        for path in [*WEB.glob("*.*"), WEB / ".npmrc", *SOURCES, *(WEB / "public").rglob("*.*")]
        if path.suffix != ".png" and path.is_file() and host.search(path.read_text(encoding="utf-8"))
    ]
    assert named == []


def test_money_becomes_a_float_in_one_file_only():
    floats = re.compile(r"\bNumber\(|\bmap\(Number\)|\bparseFloat\(|\bNumber\.parseFloat\(")
    found = {
        path.relative_to(WEB / "src").as_posix() for path in SOURCES if floats.search(path.read_text(encoding="utf-8"))
    }
    assert found - FLOATS_ALLOWED.keys() == set()


def test_the_page_has_no_inline_script_or_style():
    page = (ROOT / "src" / "finsage" / "webui" / "index.html").read_text()
    assert not re.search(r"<style|\sstyle=|\son\w+=", page)
    scripts = re.findall(r"<script\b([^>]*)>(.*?)</script>", page, re.DOTALL)
    assert len(scripts) >= 2
    assert all("src=" in attributes and not body.strip() for attributes, body in scripts)


def test_the_worker_keeps_the_shell_and_never_an_answer():
    worker = (WEB / "public" / "sw.js").read_text()
    for place in ("api", "health", "metrics", "mcp", "problems", "docs"):
        assert re.search(rf"!/\^\\/\([^)]*\b{place}\b", worker), place
    assert "/api/v1" not in worker
