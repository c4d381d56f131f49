"""Creates folders and files that only this user may read, whatever the umask is."""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO, Literal

FILE_MODE = 0o600
FOLDER_MODE = 0o700
ASIDE = ".new"
"""The ending of a file that is written aside, to be renamed when it is whole."""


def make_private_folder(folder: Path) -> None:
    """Create a folder and missing parents; existing folders stay as they are."""
    # Path.mkdir gives its mode to the last folder only, and the umask's permissions to the parents.
    missing = [path for path in (folder, *folder.parents) if not path.is_dir()]
    for path in reversed(missing):
        path.mkdir(mode=FOLDER_MODE, exist_ok=True)


def open_private(file: Path, mode: Literal["xb", "wb", "ab", "ab+"], *, buffering: int = -1) -> BinaryIO:
    """Open a file to write bytes. A new file is private from the beginning."""
    return open(file, mode, buffering=buffering, opener=_opener)


def write_whole(file: Path, content: bytes) -> None:
    """Write a private file so that the file is whole or absent."""
    make_private_folder(file.parent)
    # Of several processes that write the file at once, each has its own name aside.
    aside = file.with_name(f"{file.name}.{os.urandom(6).hex()}{ASIDE}")
    try:
        with open_private(aside, "xb") as written:
            written.write(content)
            written.flush()
            os.fsync(written.fileno())
        aside.replace(file)
    finally:
        aside.unlink(missing_ok=True)


def _opener(path: str, flags: int) -> int:
    return os.open(path, flags, FILE_MODE)
