"""``finsage doctor``: what is configured, where it comes from, and whether the installation is sound."""

from __future__ import annotations

import asyncio
import os
import stat
from dataclasses import asdict
from pathlib import Path
from typing import Any

import typer

from finsage.cli.installation import open_installation
from finsage.cli.session import AsJson, DataDir, say, show
from finsage.migrations.inspection import Finding, inspect
from finsage.platform import key_canary
from finsage.platform.database import Database
from finsage.platform.disk import free_space
from finsage.platform.encryption import Vault
from finsage.platform.files.opening import files_fault
from finsage.platform.settings import InvalidSetting, Settings, load_settings, masked
from finsage.platform.shared.errors import SharedStoreUnavailable
from finsage.platform.shared.opening import ask_once
from finsage.prediction.service.documents import boosting_fault


def command(data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Check everything. Exit 1 when something is wrong."""
    settings = load_settings(data_dir=data_dir)
    with open_installation(settings, log=say) as installation:
        keys = _keys(settings, installation.app_dsn)
        findings = [
            *inspect(installation.owner_dsn),
            *_place(settings),
            _files(settings),
            keys,
            *_redis(settings),
            _boosting(),
        ]
    report: dict[str, Any] = {"settings": [asdict(value) for value in masked(settings)]}
    if as_json:
        report["findings"] = [asdict(finding) for finding in findings]
        show(report, as_json=True)
    else:
        _print(settings, findings)
    if not all(finding.is_ok for finding in findings):
        raise typer.Exit(1)


def _print(settings: Settings, findings: list[Finding]) -> None:
    for value in masked(settings):
        print(f"  {value.name:<34} {value.value:<40} {value.source}")
    for finding in findings:
        print(f"{'ok  ' if finding.is_ok else 'BAD '} {finding.name}: {finding.detail}")
        if not finding.is_ok:
            print(f"     {finding.remedy}")


def _place(settings: Settings) -> list[Finding]:
    findings = [_space(settings.data_dir)]
    if settings.database_url is None and os.name == "posix":
        findings.append(_mode(settings.data_dir / "secrets"))
    return findings


def _space(place: Path) -> Finding:
    found = free_space(place)
    return Finding("disk", found.is_enough, f"{found} in {place}", f"Free {found.needed_mib} MiB")


def _files(settings: Settings) -> Finding:
    is_ok, detail = asyncio.run(files_fault(settings))
    return Finding(
        "files", is_ok, detail, "Mend the data directory or the FINSAGE_S3_ settings, see docs/guides/store-files.md"
    )


def _redis(settings: Settings) -> list[Finding]:
    """Degraded is told as a fault here: everything goes on without it, slower and with the limits of each process."""
    if settings.redis_url is None:
        return []
    remedy = "Mend Redis or FINSAGE_REDIS_URL, or take the setting away; see docs/guides/redis.md"
    try:
        return [Finding("redis", is_ok=True, detail=asyncio.run(ask_once(settings)) or "")]
    except (SharedStoreUnavailable, InvalidSetting) as error:
        return [Finding("redis", is_ok=False, detail=f"degraded: {error}", remedy=remedy)]


def _keys(settings: Settings, dsn: str) -> Finding:
    async def look() -> str:
        database = Database(dsn, pool_size=2)
        try:
            return await key_canary.look(database, Vault(settings.data_dir))
        finally:
            await database.close()

    try:
        return Finding("keys", is_ok=True, detail=asyncio.run(look()))
    except key_canary.KeysDoNotFit as error:
        return Finding("keys", is_ok=False, detail="they do not fit the database", remedy=str(error))


def _boosting() -> Finding:
    """Forecasts are made without it, so that its absence is told but nothing is wrong."""
    fault = boosting_fault()
    return Finding("LightGBM", is_ok=True, detail=fault or "boosted members of forecasts can be loaded", remedy="")


def _mode(secrets: Path) -> Finding:
    mode = stat.S_IMODE(secrets.stat().st_mode)
    return Finding("secrets", not mode & 0o077, f"{secrets} has mode {mode:04o}", f"chmod 700 {secrets}")
