"""Only one coordinator at a time uses a registry."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import ExitStack, contextmanager, suppress

from filelock import FileLock, Timeout
from sqlalchemy import Connection, func, select
from sqlalchemy.exc import DBAPIError

from claw_discord_coord.errors import RegistryInUse, RegistryUnavailable
from claw_discord_coord.registry.address import Address
from claw_discord_coord.registry.database import lone_connection, mapped
from claw_discord_coord.registry.registry import make_folder
from claw_discord_coord.registry.rows import lock_number


@contextmanager
def hold(url: str) -> Generator[Hold]:
    """Keep the registry at `url` for this process while the context lasts; the end of the process ends it, too.

    SQLite: a lock on a file beside it, which stays there. PostgreSQL: an advisory lock on a connection of its own;
    should the server go away, so does the lock: ask `Hold.still` now and then.

    Raises:
        RegistryInUse: another coordinator holds it.
        RegistryUnavailable: the database or its folder cannot be used.
    """
    address = Address.parse(url)
    if address.path is not None:
        with _file(address):
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
    """A registry that is held."""

    def still(self) -> bool:
        """Whether it is still ours; false once another coordinator has it. May take a moment: ask in a thread.

        Raises:
            RegistryUnavailable: the database cannot be asked now.
        """
        return True


class _Advisory(Hold):
    """An advisory lock, taken anew where the connection that had it was lost."""

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
                    self.release()
                else:
                    return True
            connection = self._connection.enter_context(lone_connection(self._address))
            taken = connection.execute(select(func.pg_try_advisory_lock(lock_number("coordinator")))).scalar_one()
            if not taken:
                self.release()
                return False
            self._alive = connection
            return True

    def release(self) -> None:
        """Let it go."""
        self._alive = None
        with suppress(DBAPIError):
            self._connection.close()


@contextmanager
def _file(address: Address) -> Generator[None]:
    make_folder(address)
    lock = FileLock(f"{address.path}.lock", blocking=False)
    try:
        lock.acquire()
    except Timeout:
        raise _in_use(address) from None
    except OSError as error:
        raise RegistryUnavailable(
            f"The registry's lock {address.path}.lock cannot be taken.",
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
