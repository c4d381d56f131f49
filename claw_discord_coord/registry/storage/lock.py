"""Lets one coordinator at a time use a registry."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout
from sqlalchemy import Connection, func, select
from sqlalchemy.exc import DBAPIError

from claw_discord_coord.errors import RegistryInUse, RegistryUnavailable
from claw_discord_coord.registry.registry import make_folder
from claw_discord_coord.registry.storage.address import Address
from claw_discord_coord.registry.storage.database import lone_connection, mapped
from claw_discord_coord.registry.storage.rows import lock_number


@contextmanager
def hold(url: str) -> Generator[Hold]:
    """Lock the registry at `url` for this process while the context lasts. The end of the process releases the lock.

    SQLite: a lock on a file beside the database; the file stays. PostgreSQL: an advisory lock on a connection of its
    own. A lost connection loses the lock, so callers check `Hold.still` from time to time.

    Raises:
        RegistryInUse: Another coordinator holds the lock.
        RegistryUnavailable: The database or its folder cannot be used.
    """
    address = Address.parse(url)
    if address.path is not None:
        with _file(address, address.path):
            yield Hold()
        return
    held = _Advisory(address)
    if not held.still():
        raise _in_use(address)
    try:
        yield held
    finally:
        held.release()


class Hold:
    """A registry that this process has locked."""

    def still(self) -> bool:
        """Return whether this process still holds the lock. May block for a moment; call in a thread.

        Raises:
            RegistryUnavailable: The database cannot be reached now.
        """
        # The operating system keeps a file lock until the process ends, so the lock cannot be lost.
        return True


class _Advisory(Hold):
    """An advisory lock of PostgreSQL, taken again after a lost connection."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._connection = ExitStack()
        self._alive: Connection | None = None

    def still(self) -> bool:
        with mapped(self._address):
            if self._alive is not None:
                try:
                    self._alive.execute(select(1))
                except DBAPIError:
                    # PostgreSQL released the advisory lock together with the lost connection.
                    self.release()
                else:
                    return True
            connection = self._connection.enter_context(lone_connection(self._address))
            # A new connection must take the lock again: another coordinator may have taken it meanwhile.
            taken = connection.execute(select(func.pg_try_advisory_lock(lock_number("coordinator")))).scalar_one()
            if not taken:
                self.release()
                return False
            self._alive = connection
            return True

    def release(self) -> None:
        """Release the lock."""
        self._alive = None
        with suppress(DBAPIError):
            self._connection.close()


def lock_file(database: Path) -> Path:
    """Return the lock file of an SQLite database."""
    return database.with_name(f"{database.name}.lock")


@contextmanager
def _file(address: Address, database: Path) -> Generator[None]:
    make_folder(address)
    # Readable by the owner only, as everything in the state folder.
    lock = FileLock(lock_file(database), mode=0o600, blocking=False)
    try:
        lock.acquire()
    except Timeout:
        raise _in_use(address) from None
    except OSError as error:
        raise RegistryUnavailable(
            f"The registry's lock {lock_file(database)} cannot be taken.",
            fix="Make its folder writable for this user, or name another place.",
        ) from error
    try:
        yield
    finally:
        lock.release()


def _in_use(address: Address) -> RegistryInUse:
    return RegistryInUse(
        f"Another coordinator is already running on the registry {address.name}.",
        fix="Use it, or stop it first.",
    )
