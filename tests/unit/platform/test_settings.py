"""Settings: what is misspelt, unreadable or impossible is said with its name, and every setting does something."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import finsage
from finsage.platform.settings import InvalidSetting, Settings, UnknownSetting, load_settings, masked, redis_place

SOURCE = Path(finsage.__file__).parent


def test_every_setting_is_read_by_something():
    read = set()
    for path in SOURCE.rglob("*.py"):
        read |= set(re.findall(r"settings\.(\w+)", path.read_text(encoding="utf-8")))
    read |= set(re.findall(r"self\.(\w+)", (SOURCE / "platform" / "settings.py").read_text(encoding="utf-8")))
    assert set(Settings.model_fields) <= read


def test_a_misspelt_name_is_refused_with_the_nearest_one():
    with pytest.raises(UnknownSetting, match=r"FINSAGE_PROT .*FINSAGE_PORT"):
        load_settings({"FINSAGE_PROT": "9000"})


@pytest.mark.parametrize("networks", ["nonsense", "10.0.0.0/8, 10.0.0.0/64"])
def test_a_proxy_that_is_no_network_is_refused_by_its_name(networks: str):
    with pytest.raises(InvalidSetting, match="FINSAGE_TRUSTED_PROXIES"):
        load_settings({"FINSAGE_TRUSTED_PROXIES": networks})


@pytest.mark.parametrize(
    "url",
    ["http://:hush@host", "rediss://:hush@host:port", "rediss://:hush@host/0?ssl_cert_reqs=none", "redis://:hush@/0"],
)
def test_an_address_of_redis_is_refused_without_repeating_its_password(url: str):
    with pytest.raises(InvalidSetting, match="FINSAGE_REDIS_URL") as refused:
        load_settings({"FINSAGE_REDIS_URL": url})
    assert "hush" not in str(refused.value)


def test_the_address_of_redis_is_a_secret():
    settings = load_settings({"FINSAGE_REDIS_URL": "rediss://me:h%40sh@host/2"})
    assert redis_place(settings.redis_url or "") == ("host", 6379, 2, "me", "h@sh", True)
    assert [shown.value for shown in masked(settings) if shown.name == "FINSAGE_REDIS_URL"] == ["••••"]


def test_networks_are_taken_as_written():
    assert load_settings({"FINSAGE_TRUSTED_PROXIES": "10.0.0.1, ::1"}).trusted_proxies == ("10.0.0.1", "::1")


def test_a_secret_file_that_cannot_be_read_is_named(tmp_path: Path):
    (tmp_path / "latin").write_bytes(b"caf\xe9")
    for path in (tmp_path / "absent", tmp_path / "latin"):
        with pytest.raises(InvalidSetting, match=f"FINSAGE_METRICS_TOKEN_FILE.*{path.name}"):
            load_settings({"FINSAGE_METRICS_TOKEN_FILE": str(path)})


@pytest.mark.parametrize("content", [b"port = [", "town = 'Z\u00fcrich'".encode("latin-1")])
def test_a_settings_file_that_cannot_be_read_is_named(tmp_path: Path, content: bytes):
    (tmp_path / "finsage.toml").write_bytes(content)
    with pytest.raises(InvalidSetting, match=r"finsage\.toml"):
        load_settings({}, data_dir=tmp_path)


def test_the_address_to_show_can_be_typed():
    assert load_settings({"FINSAGE_HOST": "::1"}).address() == "http://[::1]:8000"
    assert load_settings({}).address() == "http://127.0.0.1:8000"
