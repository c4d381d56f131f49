"""Only one coordinator at a time uses a registry."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from filelock import FileLock, Timeout
from sqlalchemy import func, select

from claw_discord_coord.errors import RegistryInUse, RegistryUnavailable
from claw_discord_coord.registry.address import Address
from claw_discord_coord.registry.database import lone_connection, mapped
from claw_discord_coord.registry.registry import make_folder
from claw_discord_coord.registry.rows import lock_number


@contextmanager
def hold(url: str) -> Generator[None]:
    """Keep the registry at `url` for this process while the context lasts; the end of the process ends it, too.

    SQLite: a lock on a file beside it, which stays there. PostgreSQL: an advisory lock on a connection of its own; if
    the server goes away, so does the lock, and the fences of the tasks are what holds.

    Raises:
        RegistryInUse: another coordinator holds it.
        RegistryUnavailable: the database or its folder cannot be used.
    """
    address = Address.parse(url)
    with _file(address) if address.path is not None else _advisory(address):
        yield


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


@contextmanager
def _advisory(address: Address) -> Generator[None]:
    with mapped(address), lone_connection(address) as connection:
        if not connection.execute(select(func.pg_try_advisory_lock(lock_number("coordinator")))).scalar_one():
            raise _in_use(address)
        yield


def _in_use(address: Address) -> RegistryInUse:
    return RegistryInUse(
        f"Another coordinator is already running on the registry {address.name}.",
        fix="Use it, or stop it first.",
    )
