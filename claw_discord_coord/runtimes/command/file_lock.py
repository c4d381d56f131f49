"""An operating-system lock on an open file. The system frees the lock when the holder dies."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import IO

if sys.platform == "win32":
    import msvcrt

    def try_lock(file: IO[bytes], *, shared: bool) -> bool:
        """Lock the file without waiting. Return False when another process's lock prevents that."""
        # Windows has no shared locks: here every lock is exclusive.
        file.seek(0)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def unlock(file: IO[bytes]) -> None:
        """Free the lock."""
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def try_lock(file: IO[bytes], *, shared: bool) -> bool:
        """Lock the file without waiting. Return False when another process's lock prevents that.

        Any number of processes may hold a shared lock at once.
        """
        try:
            fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def unlock(file: IO[bytes]) -> None:
        """Free the lock."""
        fcntl.flock(file, fcntl.LOCK_UN)
