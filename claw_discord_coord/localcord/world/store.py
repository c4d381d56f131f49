"""Where the world is kept: in memory, or in one SQLite file that outlives the program."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Protocol, TypeVar

from .table import Changes, encode


class DataError(Exception):
    """The data folder can't be used; the text says why and what to do."""


class DataInUseError(DataError):
    """Another local Discord already works with this data folder."""


class Store(Protocol):
    """Keeps things and the bytes of uploads."""

    def load(self) -> Iterator[tuple[str, str]]:
        """Every stored thing as (kind, JSON)."""
        ...

    def remembered(self, name: str) -> str | None:
        """A value saved along with the last changes."""
        ...

    def save(self, changes: Changes, values: dict[str, str]) -> None:
        """Keep changes; when this returns they survive `kill -9`."""
        ...

    def roll_back(self) -> None:
        """Undo what was put and dropped since the last `save` that went well."""
        ...

    def put_upload(self, key: str, kind: str, body: bytes) -> None:
        """Keep an upload with its content type; it is safe once `save` was called."""
        ...

    def get_upload(self, key: str) -> tuple[str, bytes] | None:
        """An upload with its content type, if there is one."""
        ...

    def drop_upload(self, key: str) -> None:
        """Forget an upload; it is gone for good once `save` was called."""
        ...

    def close(self) -> None:
        """Let go of the file."""
        ...


class MemoryStore:
    """Keeps everything for as long as it lives: what a failed change is rolled back to."""

    def __init__(self) -> None:
        self._things: dict[tuple[str, str], str] = {}
        self._uploads: dict[str, tuple[str, bytes]] = {}
        self._changed: dict[str, tuple[str, bytes] | None] = {}

    def load(self) -> Iterator[tuple[str, str]]:
        """Every stored thing as (kind, JSON), in the order they were first saved."""
        return ((kind, body) for (kind, _), body in self._things.items())

    def remembered(self, name: str) -> str | None:
        """Nothing: it has no life before this one."""
        del name

    def save(self, changes: Changes, values: dict[str, str]) -> None:
        """Keep changes, together with uploads put since the last."""
        written = {where: None if entity is None else encode(entity) for where, entity in changes.items()}
        _apply(written, self._things)
        _apply(self._changed, self._uploads)
        self._changed.clear()

    def roll_back(self) -> None:
        """Undo what was put and dropped since the last `save` that went well."""
        self._changed.clear()

    def put_upload(self, key: str, kind: str, body: bytes) -> None:
        """Keep an upload."""
        self._changed[key] = (kind, body)

    def get_upload(self, key: str) -> tuple[str, bytes] | None:
        """An upload with its content type, if there is one."""
        return self._changed[key] if key in self._changed else self._uploads.get(key)

    def drop_upload(self, key: str) -> None:
        """Forget an upload."""
        self._changed[key] = None

    def close(self) -> None:
        """Nothing to do."""


K = TypeVar("K")
V = TypeVar("V")


def _apply(changes: Mapping[K, V | None], rows: dict[K, V]) -> None:
    for key, value in changes.items():
        if value is None:
            rows.pop(key, None)
        else:
            rows[key] = value


class SqliteStore:
    """Keeps everything in `DIR/localcord.sqlite3`.

    Each `save` is one transaction in write-ahead mode: what it wrote has left the process when it returns, so it
    survives the process's death at any moment. The file is locked for as long as the store is open.
    """

    def __init__(self, folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            # Private conversations: for this user only. SQLite gives the files beside the database its permissions.
            (folder / "localcord.sqlite3").touch(mode=0o600)
            self._db = sqlite3.connect(folder / "localcord.sqlite3", isolation_level=None, timeout=0.2)
        except (OSError, sqlite3.Error) as error:
            raise DataError(f"the folder {folder} can't be used ({error}); choose another") from error
        try:
            self._db.execute("PRAGMA locking_mode = EXCLUSIVE")
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = NORMAL")
            self._db.execute("BEGIN IMMEDIATE")
            self._db.execute(
                "CREATE TABLE IF NOT EXISTS things (n INTEGER PRIMARY KEY, kind TEXT, key TEXT, body TEXT, "
                "UNIQUE (kind, key))"
            )
            self._db.execute("CREATE TABLE IF NOT EXISTS remembered (name TEXT PRIMARY KEY, value TEXT)")
            self._db.execute("CREATE TABLE IF NOT EXISTS uploads (key TEXT PRIMARY KEY, kind TEXT, body BLOB)")
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            self._db.close()
            if "locked" in str(error):
                raise DataInUseError(
                    f"the folder {folder} is in use by another local Discord; stop that one or choose another"
                ) from error
            raise DataError(f"the folder {folder} holds no readable data ({error}); choose another") from error

    def load(self) -> Iterator[tuple[str, str]]:
        """Every stored thing as (kind, JSON), in the order they were first saved."""
        with closing(self._db.execute("SELECT kind, body FROM things ORDER BY n")) as rows:
            yield from rows

    def remembered(self, name: str) -> str | None:
        """A value saved along with the last changes."""
        row = self._db.execute("SELECT value FROM remembered WHERE name = ?", (name,)).fetchone()
        return None if row is None else str(row[0])

    def save(self, changes: Changes, values: dict[str, str]) -> None:
        """Keep changes in one transaction, together with uploads put since the last."""
        self._begin()
        self._db.executemany(
            "INSERT INTO things (kind, key, body) VALUES (?, ?, ?) "
            "ON CONFLICT (kind, key) DO UPDATE SET body = excluded.body",
            [(kind, key, encode(entity)) for (kind, key), entity in changes.items() if entity is not None],
        )
        self._db.executemany(
            "DELETE FROM things WHERE kind = ? AND key = ?",
            [where for where, entity in changes.items() if entity is None],
        )
        self._db.executemany(
            "INSERT INTO remembered (name, value) VALUES (?, ?) "
            "ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            list(values.items()),
        )
        self._db.execute("COMMIT")

    def roll_back(self) -> None:
        """Undo what was put and dropped since the last `save` that went well."""
        if self._db.in_transaction:
            self._db.execute("ROLLBACK")

    def put_upload(self, key: str, kind: str, body: bytes) -> None:
        """Keep an upload."""
        self._begin()
        self._db.execute("INSERT OR REPLACE INTO uploads (key, kind, body) VALUES (?, ?, ?)", (key, kind, body))

    def get_upload(self, key: str) -> tuple[str, bytes] | None:
        """An upload with its content type, if there is one."""
        row = self._db.execute("SELECT kind, body FROM uploads WHERE key = ?", (key,)).fetchone()
        return None if row is None else (str(row[0]), bytes(row[1]))

    def drop_upload(self, key: str) -> None:
        """Forget an upload."""
        self._begin()
        self._db.execute("DELETE FROM uploads WHERE key = ?", (key,))

    def _begin(self) -> None:
        if not self._db.in_transaction:
            self._db.execute("BEGIN")

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()
