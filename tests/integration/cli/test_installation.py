"""An external database is reached as the application, whose limits hold there too."""

from __future__ import annotations

import psycopg
import pytest
from support import Server

from finsage.cli.installation import open_installation
from finsage.platform.settings import InvalidSetting, load_settings


def shown(url: str, *names: str) -> list[str]:
    """Values of a session of the application at an external database."""
    settings = load_settings({"FINSAGE_DATABASE_URL": url})
    with (
        open_installation(settings, log=print) as installation,
        psycopg.connect(installation.app_dsn) as connection,
    ):
        return [connection.execute(f"SELECT current_setting('{name}')").fetchone()[0] for name in names]


def test_a_session_has_the_limits_of_its_role(server: Server):
    names = ("role", "statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
    assert shown(server.owner_dsn, *names) == ["finsage_app", "15s", "2s", "10s"]


def test_options_of_the_address_are_kept_and_may_tighten_the_limits(server: Server):
    options = "-c%20work_mem%3D7MB%20-c%20statement_timeout%3D5s%20-c%20role%3Dnone"
    names = ("role", "work_mem", "statement_timeout", "lock_timeout")
    assert shown(f"{server.owner_dsn}&options={options}", *names) == ["finsage_app", "7MB", "5s", "2s"]


@pytest.mark.parametrize("url", ["nonsense", "mysql://db/x", "postgresql://db/x?nonsense=1"])
def test_an_address_that_is_none_is_one_clear_line(url: str):
    with (
        pytest.raises(InvalidSetting, match="FINSAGE_DATABASE_URL"),
        open_installation(load_settings({"FINSAGE_DATABASE_URL": url}), log=print),
    ):
        pass
