"""Alembic's part: applies the versions the schema lacks. The caller holds the migration lock."""

from __future__ import annotations

import logging
from pathlib import Path

import psycopg
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, pool, text

logging.getLogger("alembic").setLevel(logging.WARNING)  # who starts FinSage is not told about DDL contexts


def upgrade(dsn: str) -> None:
    """Apply every version that is not in force, as the role that owns the tables."""
    engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(dsn), poolclass=pool.NullPool)
    with engine.connect() as connection:
        connection.execute(text("SET ROLE finsage_owner"))
        connection.commit()
        settings = config()
        settings.attributes["connection"] = connection
        command.upgrade(settings, "head")
        connection.commit()


def config() -> Config:
    """What Alembic must know: where the versions are."""
    settings = Config()
    settings.set_main_option("script_location", str(Path(__file__).parent))
    return settings
