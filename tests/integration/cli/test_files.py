"""``finsage import`` and ``finsage export``, beside the server of the same database."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any
from unittest.mock import patch

import httpx
import pytest
from integration.cli.running import FINSAGE
from support import Api, Server
from verbs import Done, finsage

from finsage.portfolio.service.large_imports import LARGE_BYTES

pytestmark = pytest.mark.anyio

HEAD = "date,type,symbol,quantity,unit_price,currency,note"
GOOD = "2024-01-02,buy,{symbol},1,10,EUR,"
NOTED = 'date,type,gross,currency,note\n2024-01-02,deposit,10,EUR,"Zürich\n→ two lines"'
BAD = "2024-01-03,buy,{symbol},1,x,EUR,"


class Person:
    """Somebody with an account, at the API and at the command line of the same machine."""

    def __init__(self, client: httpx.AsyncClient, email: str, server: Server, place: Path) -> None:
        self.client, self.email, self.server, self.place = client, email, server, place
        self.portfolio = ""

    async def run(self, verb: str, *words: str | Path, text: str | None = None) -> Done:
        line = self._line(verb, words, text)
        with patch.dict(os.environ, FINSAGE_DATABASE_URL=self.server.owner_dsn):
            return await asyncio.to_thread(finsage, *line)

    async def run_apart(
        self, verb: str, *words: str | Path, text: str | None = None, **environment: str
    ) -> subprocess.CompletedProcess[bytes]:
        """The same in a process of its own."""
        return await asyncio.to_thread(
            subprocess.run,
            [FINSAGE, *self._line(verb, words, text)],
            env={**os.environ, "FINSAGE_DATABASE_URL": self.server.owner_dsn, **environment},
            capture_output=True,
            check=False,
            timeout=300,
        )

    def _line(self, verb: str, words: tuple[str | Path, ...], text: str | None) -> list[str | Path]:
        if text is not None:
            (self.place / "file.csv").write_text(text, encoding="utf-8")
            words = (self.place / "file.csv", *words)
        who = ["--portfolio", self.portfolio, "--user", self.email]
        return [verb, *words, *who, "--data-dir", self.place / "data"]

    async def get(self, path: str) -> Any:
        return (await self.client.get(f"/api/v1/{path}")).raise_for_status().json()

    async def symbols(self) -> list[str]:
        return sorted(item["symbol"] for item in (await self.get("assets"))["items"])

    async def states(self) -> list[str]:
        return [item["state"] for item in (await self.get(f"portfolios/{self.portfolio}/imports"))["items"]]


@pytest.fixture
async def person(api: Api, server: Server, tmp_path: Path) -> Person:
    email = f"{tmp_path.name}@example.com"
    person = Person(await api.sign_up(email), email, server, tmp_path)
    body = {"name": "Mine", "base_currency": "EUR"}
    made = await person.client.post("/api/v1/portfolios", json=body)
    person.portfolio = made.raise_for_status().json()["id"]
    return person


def file(*rows: str, large: bool) -> str:
    """A small file, or one that jobs read and book."""
    filling = [GOOD.format(symbol="FILL") + "n" * 1_000] * (300 if large else 1)
    content = "\n".join([HEAD, *filling, *rows])
    assert (len(content) >= LARGE_BYTES) == large
    return content


@pytest.mark.parametrize("large", [False, True], ids=["small", "large"])
async def test_a_file_is_booked_and_its_assets_created(person: Person, large: bool):
    run = person.run if large else person.run_apart
    done = await run("import", "--create-assets", "--json", text=file(GOOD.format(symbol="NEW"), large=large))
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert (report["format"], report["error"], report["booked"]) == ("finsage", 0, 301 if large else 2)
    assert await person.symbols() == ["FILL", "NEW"]
    assert await person.states() == ["confirmed"]


@pytest.mark.parametrize("large", [False, True], ids=["small", "large"])
async def test_a_dry_run_leaves_nothing_behind(person: Person, large: bool):
    text = file(GOOD.format(symbol="NEW"), BAD.format(symbol="NEW"), large=large)
    done = await person.run("import", "--create-assets", "--dry-run", "--json", text=text)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert (report["new"] + report["warning"], report["error"]) == (301 if large else 2, 1)
    assert report["unknown_symbols"] == []
    assert await person.symbols() == []
    assert await person.states() == []


@pytest.mark.parametrize("large", [False, True], ids=["small", "large"])
async def test_a_run_that_fails_leaves_nothing_behind(person: Person, large: bool):
    text = file(GOOD.format(symbol="NEW"), BAD.format(symbol="NEW"), large=large)
    done = await person.run("import", "--create-assets", text=text)
    assert done.returncode == 1, done.stderr
    assert "1 of " in done.stderr
    assert "cannot be booked" in done.stderr
    assert re.search(r"line \d+: .", done.stderr)
    assert await person.symbols() == []
    assert await person.states() == []


@pytest.mark.parametrize("large", [False, True], ids=["small", "large"])
async def test_rows_that_are_skipped_or_doubtful_say_why(person: Person, large: bool):
    twice = GOOD.format(symbol="NEW")
    text = file(twice, twice, HEAD, large=large)
    done = await person.run("import", "--create-assets", "--dry-run", "--json", text=text)
    assert done.returncode == 0, done.stderr
    last = text.count("\n") + 1
    notes = json.loads(done.stdout)["notes"]
    assert notes[-1] == {"line": last, "status": "skipped", "message": "The headers again."}
    [first, *_] = notes
    told = 3 if large else last - 1
    assert first == {"line": told, "status": "warning", "message": f"Equal to line {told - 1}; both are booked."}


async def test_an_export_is_the_apis_byte_for_byte(person: Person):
    assert (await person.run("import", text=NOTED)).returncode == 0
    place = person.place / "out"
    for form in ("json", "csv", "beancount"):
        answer = await person.client.get(f"/api/v1/portfolios/{person.portfolio}/export", params={"format": form})
        done = await person.run("export", place, "--format", form, "--force")
        assert (done.returncode, done.stdout) == (0, ""), done.stderr
        assert place.read_bytes() == answer.content
    piped = await person.run_apart("export", "-", "--format", "beancount", PYTHONIOENCODING="ascii")
    assert (piped.returncode, piped.stdout) == (0, place.read_bytes()), piped.stderr


async def test_an_export_takes_the_place_of_a_file_only_by_force_and_is_read_back(person: Person):
    assert (await person.run("import", text=NOTED)).returncode == 0
    place = person.place / "out"
    place.write_text("old", encoding="utf-8")
    refused = await person.run("export", place)
    assert refused.returncode == 1
    assert "--force" in refused.stderr
    assert place.read_text(encoding="utf-8") == "old"
    assert (await person.run("export", place, "--force")).returncode == 0
    back = await person.run("import", place, "--json")
    assert json.loads(back.stdout)["duplicate"] == 1, back.stderr


async def test_an_export_that_cannot_be_written_is_one_clear_line(person: Person):
    done = await person.run("export", person.place / "absent" / "out.json")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "out.json cannot be written: No such file or directory" in done.stderr
