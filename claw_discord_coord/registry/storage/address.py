"""Parses the registry's database URL and names the registry without its password."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from claw_discord_coord.errors import RegistryUnavailable

_FIX = "Use sqlite:///path/to/registry.sqlite3 or postgresql://user:password@host:5432/database."


@dataclass(frozen=True)
class Address:
    """The address of a registry's database.

    Attributes:
        url: The URL for SQLAlchemy.
        path: The absolute path of an SQLite file; None for PostgreSQL.
    """

    url: URL
    path: Path | None

    @classmethod
    def parse(cls, url: str) -> Address:
        """Parse a URL: sqlite://, postgresql:// or postgres://.

        Raises:
            RegistryUnavailable: The URL is not valid. The message leaves the URL out, since a URL may hold a password.
        """
        try:
            parsed = make_url(url)
            backend = parsed.drivername.partition("+")[0]
        except (ArgumentError, ValueError):
            raise RegistryUnavailable("The registry's address is not a database address.", fix=_FIX) from None
        if backend == "sqlite":
            return cls._sqlite(parsed)
        if backend in {"postgresql", "postgres"}:
            return cls(parsed.set(drivername="postgresql+psycopg"), None)
        raise RegistryUnavailable("The registry's address names neither SQLite nor PostgreSQL.", fix=_FIX)

    @classmethod
    def _sqlite(cls, url: URL) -> Address:
        file = url.database
        if not file or file == ":memory:" or file.startswith("file:"):
            raise RegistryUnavailable("The registry's address names no file.", fix=_FIX)
        path = Path(file).absolute()
        return cls(URL.create("sqlite+pysqlite", database=str(path)), path)

    @property
    def name(self) -> str:
        """The registry's name in messages: the file, or host, port and database. Never a user name or password."""
        if self.path is not None:
            return str(self.path)
        # An unescaped @ in a password makes the parser take the rest of it for a part of the host.
        host = (self.url.host or "").rpartition("@")[2] or str(self.url.query.get("host", "the local socket"))
        return f"{host}{f':{self.url.port}' if self.url.port else ''}/{self.url.database or ''}"
