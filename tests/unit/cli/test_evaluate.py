"""``finsage evaluate`` as a program: its streams, its exit codes, and what it must not load."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from verbs import Done, finsage

INPUT = {
    "base_currency": "EUR",
    "transactions": [{"date": "2024-01-02", "type": "deposit", "gross": "1000", "currency": "EUR"}],
}


def run(*arguments: str, given: str | bytes = "") -> Done:
    return finsage("evaluate", *arguments, given=given.encode() if isinstance(given, str) else given)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "ledger.json"
    path.write_text(json.dumps(INPUT), "utf-8")
    return path


def test_a_file_and_standard_input_give_the_same_bytes(file: Path) -> None:
    one, two = run(str(file), "--json"), run("-", given=file.read_text("utf-8"))
    assert (one.returncode, one.stderr) == (0, "")
    assert one.stdout == two.stdout
    assert json.loads(one.stdout)["cash"] == {"EUR": "1000"}
    assert one.stdout == run(str(file)).stdout


def test_a_byte_order_mark_is_no_fault(file: Path) -> None:
    assert run("-", given=b"\xef\xbb\xbf" + file.read_bytes()).returncode == 0


@pytest.mark.parametrize(
    ("given", "pointer"),
    [
        (json.dumps({**INPUT, "wrong": 1}), "/wrong"),
        (json.dumps({**INPUT, "transactions": [{**INPUT["transactions"][0], "gross": "-1"}]}), "/transactions/0/gross"),
        ("{", ""),
    ],
)
def test_invalid_input_is_a_problem_on_the_error_stream(given: str, pointer: str) -> None:
    done = run("-", given=given)
    assert (done.returncode, done.stdout) == (2, "")
    problem = json.loads(done.stderr)
    assert problem["type"] == "/problems/invalid"
    assert {"title", "detail", "errors"} <= set(problem)
    assert [error["pointer"] for error in problem["errors"]] == [pointer]


@pytest.mark.parametrize("arguments", [("no-such-file.json",), ("/",)])
def test_a_file_that_cannot_be_read_is_invalid(arguments: tuple[str, ...]) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert "cannot be read" in json.loads(done.stderr)["detail"]


def test_bytes_that_are_no_text_are_invalid() -> None:
    done = run("-", given=b"\xff\xfe\x00")
    assert done.returncode == 2
    assert "UTF-8" in json.loads(done.stderr)["detail"]


def test_no_server_is_loaded(file: Path) -> None:
    probe = f"""
import sys
from finsage.cli.main import main
sys.argv = ["finsage", "evaluate", {str(file)!r}]
try:
    main()
except SystemExit:
    pass
server = {{"sqlalchemy", "fastapi", "psycopg", "httpx", "starlette"}}
print(sorted(server & {{name.partition(".")[0] for name in sys.modules}}), file=sys.stderr)
"""
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, check=False, timeout=60)
    assert done.stderr.strip() == b"[]"


def test_a_figure_is_explained_and_a_wrong_one_refused_with_the_valid_ones(file: Path) -> None:
    done = run(str(file), "--explain", "market_value")
    assert (done.returncode, done.stderr) == (0, "")
    shown = json.loads(done.stdout)
    assert (shown["figure"], shown["value"], shown["expression"]) == ("market_value", "1000", "sum(valuations.value)")
    cash = json.loads(run(str(file), "--explain", "cash", "--symbol", "EUR").stdout)
    assert [row["transaction"] for row in cash["contributions"]] == ["1"]
    wrong = run(str(file), "--explain", "luck")
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "modified_dietz" in json.loads(wrong.stderr)["errors"][0]["detail"]
    alone = run(str(file), "--symbol", "X")
    assert (alone.returncode, "--explain" in alone.stderr) == (2, True)
