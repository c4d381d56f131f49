"""Translates errors of the database into one sentence and one fix for a person, without the driver's text."""

from __future__ import annotations

import re
import sqlite3

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from claw_discord_coord.errors import RegistryUnavailable
from claw_discord_coord.registry.storage.address import Address

_SQLITE: dict[int, tuple[str, str]] = {
    sqlite3.SQLITE_BUSY: (
        "is locked by another program",
        "Close other programs that use it (a database browser, a backup), then try again.",
    ),
    sqlite3.SQLITE_LOCKED: (
        "is locked by another program",
        "Close other programs that use it (a database browser, a backup), then try again.",
    ),
    sqlite3.SQLITE_NOTADB: ("is not a database", "Name another file, or move this one away."),
    sqlite3.SQLITE_CORRUPT: ("is damaged", "Restore it from a backup, or move it away to begin a new one."),
    sqlite3.SQLITE_FULL: ("cannot grow: the disk is full", "Make room on the disk, then try again."),
    sqlite3.SQLITE_READONLY: ("may not be written", "Make the file and its folder writable for this user."),
    sqlite3.SQLITE_PERM: ("may not be opened", "Make the file and its folder writable for this user."),
    sqlite3.SQLITE_AUTH: ("may not be opened", "Make the file and its folder writable for this user."),
    sqlite3.SQLITE_CANTOPEN: (
        "cannot be opened",
        "Make sure that its folder exists and is writable for this user, and that it is a file.",
    ),
    sqlite3.SQLITE_IOERR: ("cannot be read or written", "Check the disk; SQLite is not reliable on a network drive."),
}
"""Sentences by SQLite's primary result code (sqlite.org/rescode.html)."""

_POSTGRESQL: dict[str, tuple[str, str]] = {
    "28000": ("refuses this user", "Check the user's name and password in the address, and the server's pg_hba.conf."),
    "28P01": ("refuses the password", "Check the user's name and password in the address."),
    "3D000": ("does not exist", "Create it with createdb, or correct the name in the address."),
    "42501": ("does not let this user create or change tables", "Make the user the owner of the database."),
    "25006": ("may only be read", "Name the primary server in the address, not a standby."),
    "53100": ("cannot grow: the server's disk is full", "Make room on the server's disk, then try again."),
    "53300": ("has no free connection", "Raise max_connections on the server, or close other programs."),
    "55P03": ("is locked by another program", "End the session that holds the lock (see pg_stat_activity)."),
    "57P01": ("was shut down by its administrator", "Start the server again; nothing is lost."),
    "57P03": ("is starting up or shutting down", "Try again in a moment."),
    "40001": ("was changed by another program at the same moment", "Try again."),
    "40P01": ("was changed by another program at the same moment", "Try again."),
}
"""Sentences by SQLSTATE (PostgreSQL documentation, appendix A)."""

_AT_CONNECT: tuple[tuple[str, str], ...] = (
    (r"password authentication failed|no password supplied", "28P01"),
    (r"database .* does not exist", "3D000"),
    (r"pg_hba\.conf|role .* does not exist|authentication failed", "28000"),
    (r"too many (clients|connections)|connection slots are reserved", "53300"),
    (r"the database system is", "57P03"),
)
"""The server's messages at connecting, with their SQLSTATE. libpq does not report the code at that point."""


def explained(error: DBAPIError, address: Address) -> RegistryUnavailable | None:
    """Return the error for a person, or None when the statement was wrong, which is a fault of this package."""
    if address.path is not None:
        return _sqlite(error, address)
    return _postgresql(error, address)


def _sqlite(error: DBAPIError, address: Address) -> RegistryUnavailable | None:
    if not isinstance(error.orig, sqlite3.DatabaseError) or isinstance(error.orig, sqlite3.IntegrityError):
        return None
    # The primary code is the low byte of the extended one (sqlite.org/rescode.html).
    known = _SQLITE.get(error.orig.sqlite_errorcode & 0xFF)
    if known is None:
        return None
    problem, fix = known
    return RegistryUnavailable(f"The registry {address.name} {problem}.", fix=fix)


def _postgresql(error: DBAPIError, address: Address) -> RegistryUnavailable | None:
    import psycopg

    if not isinstance(error.orig, psycopg.Error):
        return None
    state = error.orig.sqlstate or next(
        (code for words, code in _AT_CONNECT if re.search(words, str(error.orig))), None
    )
    if state in _POSTGRESQL:
        problem, fix = _POSTGRESQL[state]
        return RegistryUnavailable(f"The registry's PostgreSQL database {address.name} {problem}.", fix=fix)
    # Class 08 is "connection exception"; without a code the server was never reached, or went away.
    if isinstance(error, OperationalError | InterfaceError) and (state is None or state.startswith("08")):
        return RegistryUnavailable(
            f"The registry's PostgreSQL database {address.name} cannot be reached.",
            fix="Start the server, or correct the host and port in the address; nothing is lost.",
        )
    return None
