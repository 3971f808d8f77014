"""How to reach a database, as one value that never prints its password."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from urllib.parse import quote


@dataclass(frozen=True, slots=True)
class Connection:
    """A database behind a Unix socket; ``run/database.json`` holds the same fields."""

    host: str
    """The socket's directory, an absolute path."""
    port: int
    """The number in the socket's name; no TCP port is open."""
    dbname: str
    user: str
    password: str = field(repr=False)

    def dsn(self) -> str:
        """The libpq URI, password included; psycopg and the client programs take it as it is."""
        user, password, dbname, host = (
            quote(part, safe="") for part in (self.user, self.password, self.dbname, self.host)
        )
        return f"postgresql://{user}:{password}@/{dbname}?host={host}&port={self.port}"

    def with_role(self, user: str, password: str) -> Connection:
        """The same database as another role."""
        return replace(self, user=user, password=password)

    def with_database(self, dbname: str) -> Connection:
        """Another database of the same server, as the same role."""
        return replace(self, dbname=dbname)

    def socket_path(self) -> Path:
        """The socket file; it exists while the server runs."""
        return Path(self.host) / f".s.PGSQL.{self.port}"

    def to_json(self) -> str:
        return json.dumps(asdict(self), indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Connection:
        """Read what ``to_json`` wrote. Raises KeyError, TypeError or ValueError on anything else."""
        fields = json.loads(text)
        return cls(
            host=str(fields["host"]),
            port=int(fields["port"]),
            dbname=str(fields["dbname"]),
            user=str(fields["user"]),
            password=str(fields["password"]),
        )
