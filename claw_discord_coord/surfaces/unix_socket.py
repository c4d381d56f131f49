"""The coordinator's Unix socket, over which the operating system tells which process calls."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from claw_discord_coord.private_files import make_private_folder

SOCKET_FOLDER_NAME = "socket"
"""A folder with nothing but the socket, so that a sandbox can get the folder: the socket itself is replaced at every
start."""
_LONGEST_PATH_BYTES = 100
"""The kernel's limits are 107 bytes on Linux (unix(7)) and 103 on macOS."""


def socket_file(state_folder: Path) -> Path:
    """Return the path of the coordinator's socket."""
    return state_folder / SOCKET_FOLDER_NAME / "coordinator.sock"


def listen(file: Path) -> socket.socket | None:
    """Listen on the socket; None on a system without Unix sockets, or where the path is too long.

    Raises:
        OSError: The folder cannot be used.
    """
    if not hasattr(socket, "AF_UNIX"):
        return None
    make_private_folder(file.parent)
    file.unlink(missing_ok=True)
    with short_path(file) as address:
        if address is None:
            return None
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            listener.bind(address)
            file.chmod(0o600)
        except OSError:
            listener.close()
            raise
    return listener


@contextmanager
def short_path(file: Path) -> Generator[str | None]:
    """Yield a path of the socket that the kernel takes while the context lasts, or None when there is none.

    Raises:
        OSError: The folder does not exist.
    """
    if len(os.fsencode(file)) <= _LONGEST_PATH_BYTES:
        yield str(file)
    elif sys.platform != "linux":
        yield None
    else:
        # The path leads through the descriptor of the open folder (proc_pid_fd(5)).
        folder = os.open(file.parent, os.O_PATH | os.O_DIRECTORY)
        try:
            yield f"/proc/self/fd/{folder}/{file.name}"
        finally:
            os.close(folder)
