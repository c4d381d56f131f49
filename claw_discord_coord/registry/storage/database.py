"""Runs short transactions in worker threads, in the same way on SQLite and PostgreSQL."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable, Generator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry

from claw_discord_coord.errors import RegistryUnavailable
from claw_discord_coord.registry.storage.address import Address
from claw_discord_coord.registry.storage.database_errors import explained

P = ParamSpec("P")
T = TypeVar("T")

READERS = 4
WRITERS = 4
"""The number of worker threads, and so of connections. SQLite gets one writer, since SQLite allows one at a time and
the queue of a thread pool is fair."""


class Database:
    """An open database. Each call runs one function of a connection as one transaction in a worker thread.

    A canceled call does not interrupt the running transaction. So the transaction may have happened or not, as after a
    kill of the process.
    """

    def __init__(self, address: Address, *, busy_timeout_s: float) -> None:
        self.address = address
        writers = WRITERS if address.path is None else 1
        self._engine = _engine(address, busy_timeout_s=busy_timeout_s, connections=READERS + writers)
        # The option tells `_begin_sqlite` not to take the write lock.
        self._reading = self._engine.execution_options(reading=True)
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="registry-read")
        self._writers = ThreadPoolExecutor(writers, thread_name_prefix="registry-write")
        self._open = True

    async def read(self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return the result of `work(connection, ...)`, which must not write.

        Raises:
            RegistryUnavailable: The database cannot be used now.
        """
        return await self._run(self._readers, self._reading, lambda connection: work(connection, *args, **kwargs))

    async def write(self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return the result of `work(connection, ...)` after the commit. An exception rolls the transaction back.

        Raises:
            RegistryUnavailable: The database cannot be used now.
        """
        return await self._run(self._writers, self._engine, lambda connection: work(connection, *args, **kwargs))

    async def _run(self, threads: Executor, engine: Engine, work: Callable[[Connection], T]) -> T:
        if not self._open:
            raise RegistryUnavailable("The registry has been closed.", fix="Start the coordinator again.")
        return await asyncio.get_running_loop().run_in_executor(threads, self._transaction, engine, work)

    def _transaction(self, engine: Engine, work: Callable[[Connection], T]) -> T:
        with mapped(self.address), engine.begin() as connection:
            return work(connection)

    def close(self) -> None:
        """Wait for running transactions, then close all connections."""
        self._open = False
        self._readers.shutdown()
        self._writers.shutdown()
        self._engine.dispose()


def postgresql_options(url: URL) -> dict[str, int]:
    """Return options for connections that notice a server that is away within seconds. Options in the URL count more.

    Source: PostgreSQL documentation, "Parameter Key Words" of libpq.
    """
    # Without the options, a connection attempt takes 130 s, and a query on a lost connection 15 minutes.
    options = {
        "connect_timeout": 5,
        "keepalives_idle": 5,
        "keepalives_interval": 2,
        "keepalives_count": 3,
        "tcp_user_timeout": 10_000,
    }
    return {name: value for name, value in options.items() if name not in url.query}


@contextmanager
def mapped(address: Address) -> Generator[None]:
    """Raise RegistryUnavailable for errors of the database; the original exception stays attached for the log."""
    try:
        yield
    except DBAPIError as error:
        problem = explained(error, address)
        if problem is None:
            raise
        raise problem from error


@contextmanager
def lone_connection(address: Address) -> Generator[Connection]:
    """Open a connection outside of pools and transactions, for locks that last as long as the connection."""
    engine = _engine(address, busy_timeout_s=0, connections=1)
    try:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            yield connection
    finally:
        engine.dispose()


def _engine(address: Address, *, busy_timeout_s: float, connections: int) -> Engine:
    if address.path is not None:
        engine = create_engine(
            address.url,
            pool_size=connections,
            max_overflow=0,
            hide_parameters=True,
            connect_args={"timeout": busy_timeout_s},
        )

        def prepare_sqlite(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
            _prepare_sqlite(connection, busy_timeout_s)

        event.listen(engine, "connect", prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    try:
        engine = create_engine(
            address.url,
            pool_size=connections,
            max_overflow=0,
            pool_pre_ping=True,
            # After waiting for an advisory lock, a statement must see the holder's changes. The server's default may
            # be a level that keeps an older snapshot.
            isolation_level="READ COMMITTED",
            hide_parameters=True,
            connect_args={"application_name": "claw-discord-coord"} | postgresql_options(address.url),
        )
    except ModuleNotFoundError:
        raise RegistryUnavailable(
            "The registry is in PostgreSQL, but PostgreSQL's client is not installed.",
            fix="Install it with: pip install 'claw-discord-coord[postgresql]'",
        ) from None

    def prepare(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        cursor = connection.cursor()
        cursor.execute(f"SET lock_timeout = '{round(busy_timeout_s * 1000)}ms'")
        cursor.close()
        connection.commit()

    event.listen(engine, "connect", prepare)
    return engine


def _prepare_sqlite(connection: DBAPIConnection, busy_timeout_s: float) -> None:
    """Set durable writes beside readers (sqlite.org/wal.html), and transactions with an explicit begin."""
    connection.isolation_level = None
    cursor = connection.cursor()
    _into_wal(cursor, time.monotonic() + busy_timeout_s)
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _into_wal(cursor: DBAPICursor, until_s: float) -> None:
    """Switch to write-ahead logging, and retry while another connection switches."""
    while True:
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() >= until_s:
                raise
        else:
            return
        time.sleep(0.02)


# A reading transaction that starts to write later may be refused at once instead of waiting (sqlite.org/rescode.html,
# SQLITE_BUSY_SNAPSHOT).
def _begin_sqlite(connection: Connection) -> None:
    """Begin a transaction; a writing transaction takes the write lock at once."""
    reading = connection.get_execution_options().get("reading", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")
