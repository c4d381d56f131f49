"""Creates folders and files that only this user may read, whatever the umask is."""

# Without pathlib and typing: the supervisor of every run loads this module, and imports would be most of its memory.

from __future__ import annotations

import contextlib
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO, Literal

StrPath = str | os.PathLike[str]
FILE_MODE = 0o600
FOLDER_MODE = 0o700
ASIDE = ".new"
"""The ending of a file that is written aside, to be renamed when it is whole."""


def make_private_folder(folder: StrPath) -> None:
    """Create a folder and missing parents; existing folders stay as they are."""
    # os.makedirs gives its mode to the last folder only, and the umask's permissions to the parents.
    path = os.fspath(folder)
    missing: list[str] = []
    while path and not os.path.isdir(path):
        missing.append(path)
        path = os.path.dirname(path)
    for path in reversed(missing):
        try:
            os.mkdir(path, FOLDER_MODE)
        except FileExistsError:
            # Another process has just created the folder. A file in its place remains an error.
            if not os.path.isdir(path):
                raise


def open_private(file: StrPath, mode: Literal["xb", "wb", "ab", "ab+"], *, buffering: int = -1) -> BinaryIO:
    """Open a file to write bytes. A new file is private from the beginning."""
    return open(file, mode, buffering=buffering, opener=_opener)


def write_whole(file: StrPath, content: bytes) -> None:
    """Write a private file so that the file is whole or absent."""
    make_private_folder(os.path.dirname(file))
    # Of several processes that write the file at once, each has its own name aside.
    aside = f"{os.fspath(file)}.{os.urandom(6).hex()}{ASIDE}"
    try:
        with open_private(aside, "xb") as written:
            written.write(content)
            written.flush()
            os.fsync(written.fileno())
        os.replace(aside, file)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(aside)


def _opener(path: str, flags: int) -> int:
    return os.open(path, flags, FILE_MODE)
