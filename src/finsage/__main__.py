"""``python -m finsage``."""

from __future__ import annotations

from finsage.cli.main import main

if __name__ == "__main__":
    main()
