"""lib < api < ui, charts < features < app: each forbidden import is planted in a copy, and Biome must name it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

WEB = Path(__file__).resolve().parents[2] / "web"
BINARIES = sorted((WEB / "node_modules" / "@biomejs").glob("cli-*/biome*"))

pytestmark = pytest.mark.skipif(not BINARIES, reason="web/node_modules is not installed: tools/web.py check does it")

ARROW = "lint/style/noRestrictedImports"
CYCLE = "lint/suspicious/noImportCycles"

FAULTS = {
    "lib/planted-api.ts": ("export { ask } from '@/api/client';", ARROW),
    "lib/planted-ui.ts": ("export { Button } from '@/ui/button';", ARROW),
    "lib/planted-relative.ts": ("export { ask } from '../api/client';", ARROW),
    "api/planted-ui.ts": ("export { Button } from '@/ui/button';", ARROW),
    "api/planted-charts.ts": ("export { LineChart } from '@/charts/line';", ARROW),
    "api/planted-zod.ts": ("export { z } from 'zod';", ARROW),
    "ui/planted-charts.ts": ("export { LineChart } from '@/charts/line';", ARROW),
    "ui/planted-fetch.ts": ("export { ask } from '@/api/client';", ARROW),
    "ui/planted-query.ts": ("export { useQuery } from '@tanstack/react-query';", ARROW),
    "charts/planted-ui.ts": ("export { Button } from '@/ui/button';", ARROW),
    "charts/planted-queries.ts": ("export { meQuery } from '@/api/queries/identity';", ARROW),
    "features/settings/planted-app.ts": ("export { router } from '@/app/router';", ARROW),
    "features/settings/planted-feature.ts": ("export { default } from '@/features/auth/login';", ARROW),
    "features/settings/planted-lazy.ts": ("export const page = () => import('@/features/auth/login');", ARROW),
    "features/settings/planted-up.ts": ("export { default } from '../auth/login';", ARROW),
    "app/planted-up.ts": ("export { ask } from '../api/client';", ARROW),
    "lib/planted-cycle-a.ts": ("import { b } from './planted-cycle-b';\nexport const a = () => b;", CYCLE),
    "lib/planted-cycle-b.ts": ("import { a } from './planted-cycle-a';\nexport const b = () => a;", CYCLE),
}


@pytest.fixture(scope="module")
def copy(tmp_path_factory) -> Path:
    place = tmp_path_factory.mktemp("web")
    shutil.copytree(WEB / "src", place / "src")
    for name in ("biome.json", "tsconfig.json", "package.json"):
        shutil.copy(WEB / name, place / name)
    (place / "node_modules").symlink_to(WEB / "node_modules")
    return place


def lint(place: Path) -> subprocess.CompletedProcess[str]:
    program = [BINARIES[0], "lint", "--max-diagnostics=none", "--colors=off", "--reporter=github", "src"]
    return subprocess.run(program, cwd=place, capture_output=True, text=True, check=False, timeout=120)


def test_the_tree_keeps_its_arrows(copy):
    answer = lint(copy)
    assert answer.returncode == 0, answer.stdout + answer.stderr


def test_every_planted_fault_is_named(copy):
    for name, (text, _) in FAULTS.items():
        (copy / "src" / name).write_text(text + "\n")
    answer = lint(copy)
    lines = answer.stdout.splitlines()
    assert answer.returncode != 0
    unseen = [
        name for name, (_, rule) in FAULTS.items() if not any(f"src/{name}" in line and rule in line for line in lines)
    ]
    assert unseen == []
