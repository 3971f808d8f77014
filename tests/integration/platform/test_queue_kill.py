"""Writers and workers are killed at random moments.

No job of a committed row is lost, none of a rolled-back row exists, and every effect is there once.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from finsage.migrations import migrate
from finsage.platform.postgres import Connection

from .conftest import wait_until

NEST = Path(__file__).with_name("queue_nest.py")


@contextmanager
def nest(dsn: str, tenant: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, str(NEST), dsn, tenant]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.stdin.close()  # type: ignore[union-attr]
        assert process.wait(10) == 0


def fork(process: subprocess.Popen[str], what: str) -> int:
    process.stdin.write(f"{what}\n")  # type: ignore[union-attr]
    process.stdin.flush()  # type: ignore[union-attr]
    return int(process.stdout.readline())  # type: ignore[union-attr]


@pytest.fixture
def campaign(postgres: Connection) -> Iterator[tuple[psycopg.Connection[Any], str]]:
    name = f"queue_{uuid4().hex[:8]}"
    server, role = postgres.with_database(name), f"{name}_login"
    with psycopg.connect(postgres.dsn(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        migrate(server.dsn())
        connection.execute(f"CREATE ROLE {role} LOGIN PASSWORD 'x' IN ROLE finsage_app")
    with psycopg.connect(server.dsn(), autocommit=True) as admin:
        admin.execute("CREATE TABLE causes (tenant_id uuid, id uuid PRIMARY KEY)")
        admin.execute("CREATE TABLE effects (job_id uuid, note text)")
        admin.execute("GRANT SELECT, INSERT ON causes, effects TO finsage_app")
        yield admin, server.with_role(role, "x").dsn()


def count(admin: psycopg.Connection[Any], query: str) -> int:
    row = admin.execute(query).fetchone()
    assert row is not None
    return int(row[0])


CAUSES = "SELECT count(*) FROM causes"
WAITING = "SELECT count(*) FROM pgqueuer WHERE entrypoint = 'test.effect'"
LOST = """
    SELECT count(*) FROM causes WHERE id::text NOT IN (SELECT note FROM effects)
        AND id::text NOT IN (SELECT convert_from(payload, 'UTF8')::jsonb #>> '{payload,cause}' FROM pgqueuer
                             WHERE entrypoint = 'test.effect')"""
PHANTOM = """
    SELECT (SELECT count(*) FROM effects WHERE note NOT IN (SELECT id::text FROM causes))
         + (SELECT count(*) FROM pgqueuer WHERE entrypoint = 'test.effect'
            AND convert_from(payload, 'UTF8')::jsonb #>> '{payload,cause}' NOT IN (SELECT id::text FROM causes))"""
DUPLICATE = "SELECT count(*) - count(DISTINCT note) FROM effects"


def kill_many(campaign: tuple[psycopg.Connection[Any], str], kills: int) -> None:
    admin, dsn = campaign
    seed = random.randrange(10**6)
    moments = random.Random(seed)
    with nest(dsn, str(uuid4())) as process:
        for number in range(kills):
            before = count(admin, CAUSES)
            pids = [fork(process, "write"), fork(process, "work")]
            # On a busy machine a writer needs longer than its life to write at all.
            wait_until(lambda before=before: count(admin, CAUSES) > before, seconds=60)
            moments.shuffle(pids)
            for pid in pids:
                time.sleep(moments.uniform(0.05, 0.3))
                os.kill(pid, signal.SIGKILL)
            lost, phantom = count(admin, LOST), count(admin, PHANTOM)
            assert (lost, phantom) == (0, 0), f"seed {seed}, after kill {number}"
        last = fork(process, "work")
        deadline = time.monotonic() + 120
        while count(admin, WAITING) and time.monotonic() < deadline:
            time.sleep(0.1)
        os.kill(last, signal.SIGKILL)
    causes, jobs = count(admin, CAUSES), count(admin, "SELECT count(*) FROM effects")
    print(f"seed {seed}: {2 * kills} kills, {causes} causes, {jobs} effects")
    assert count(admin, "SELECT count(*) FROM job_states WHERE state <> 'done' AND name = 'test.effect'") == 0
    assert count(admin, DUPLICATE) == 0
    assert causes == jobs > kills, f"seed {seed}"


def test_kills_lose_no_job_and_double_no_effect(campaign: tuple[psycopg.Connection[Any], str]) -> None:
    kill_many(campaign, 2)


@pytest.mark.slow
def test_many_kills_lose_no_job_and_double_no_effect(campaign: tuple[psycopg.Connection[Any], str]) -> None:
    kill_many(campaign, 200)
