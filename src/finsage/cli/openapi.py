"""``finsage openapi``: the description of the HTTP API, as JSON on stdout."""

from __future__ import annotations

import json

from finsage.app import openapi


def command() -> None:
    """Print the API description."""
    print(json.dumps(openapi(), indent=1, ensure_ascii=False))
