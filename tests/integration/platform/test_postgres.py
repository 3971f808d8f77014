"""Start, use and stop on real processes."""

from __future__ import annotations

import psycopg

from finsage.platform.postgres import Connection


def test_the_session_server_answers_with_the_agreed_cluster_options(postgres: Connection):
    with psycopg.connect(postgres.dsn()) as session:
        row = session.execute(
            "SELECT current_database(), current_setting('data_checksums'), current_setting('listen_addresses'),"
            " current_setting('password_encryption'), datlocprovider, datlocale, pg_encoding_to_char(encoding)"
            " FROM pg_database WHERE datname = current_database()"
        ).fetchone()
    assert row == ("finsage", "on", "", "scram-sha-256", "b", "C.UTF-8", "UTF8")
