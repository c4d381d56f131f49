"""A folder on this machine that files are put into and that no file ever leaves."""

from __future__ import annotations

import errno
import filecmp
import io
import os
import secrets
import shutil
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from claw_discord_coord.errors import DeliveryFailed, Unavailable

_PASSING = {errno.ENOSPC, errno.EDQUOT, errno.EAGAIN, errno.EBUSY, errno.EIO, errno.EMFILE, errno.ENFILE}
"""Errors after which trying again may help."""


class Folder:
    """A root folder; paths are given relative to it, with `/` between parts, and checked against symbolic links.

    Methods block; call them in a thread. They raise DeliveryFailed where the folder or disk does not allow it, and
    Unavailable where the disk is full or busy.
    """

    def __init__(self, root: Path) -> None:
        """The folder need not exist yet; it is created with the first file."""
        self._root = root

    @property
    def root(self) -> Path:
        """Where the folder really is, with symbolic links followed."""
        return _resolved(self._root)

    def place(self, relative: str) -> Path:
        """Find where the file `relative` belongs.

        Raises:
            DeliveryFailed: that would be outside of the folder.

        """
        parts = PurePosixPath(relative)
        root = self.root
        path = root.joinpath(*parts.parts)
        if parts.is_absolute() or ".." in parts.parts or not _resolved(path.parent).is_relative_to(root):
            raise DeliveryFailed(
                f"{relative} would be written outside of {self._root}.",
                fix="Remove the symbolic link that leads out of the folder, or name another folder in skill.yaml.",
            )
        return path

    def taken(self, relative: str) -> bool:
        """Whether something is there, be it a broken link."""
        return os.path.lexists(self.place(relative))

    def read_start(self, relative: str, size_bytes: int) -> bytes:
        """Read the beginning of a file; a file that is not there, or is not a regular one, is empty."""
        path = self.place(relative)
        if path.is_symlink() or not path.is_file():
            return b""
        with self._explained(path), path.open("rb") as file:
            return file.read(size_bytes)

    def write_new(self, relative: str, content: bytes | Path) -> bool:
        """Write a file that appears whole or not at all: bytes, or a copy of the file at a path.

        False, and nothing is changed, if the name is taken. The data is on the disk when this returns.
        """
        path = self.place(relative)
        with self._explained(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            self.place(relative)
            temporary = path.parent / f".{secrets.token_hex(8)}.tmp"
            try:
                with temporary.open("xb") as file:
                    with _source(content) as source:
                        shutil.copyfileobj(source, file)
                    file.flush()
                    os.fsync(file.fileno())
                if not _appear(temporary, path):
                    return False
            finally:
                temporary.unlink(missing_ok=True)
            _sync_folder(path.parent)
        return True

    def holds(self, relative: str, content: Path) -> bool:
        """Whether the file is there and is the same as the one at `content`."""
        path = self.place(relative)
        with self._explained(path):
            return path.is_file() and not path.is_symlink() and filecmp.cmp(path, content, shallow=False)

    def remove(self, relative: str) -> None:
        """Remove a file if it is there, and its folder if that is empty then."""
        path = self.place(relative)
        with self._explained(path):
            path.unlink(missing_ok=True)
            if path.parent != self.root and path.parent.is_dir() and not any(path.parent.iterdir()):
                path.parent.rmdir()

    def files(self, relative: str, ending: str) -> Iterator[str]:
        """List the files below `relative` whose names end so, as paths like those that the other methods take."""
        start = self.place(relative) if relative else self.root
        with self._explained(start):
            for folder, _, names in os.walk(start):
                for name in names:
                    if name.endswith(ending) and not name.startswith("."):
                        yield (Path(folder) / name).relative_to(self.root).as_posix()

    @contextmanager
    def _explained(self, path: Path) -> Generator[None]:
        """Turn the system's errors into ours, which name the folder, since it is the folder that people have chosen."""
        try:
            yield
        except OSError as error:
            reason = error.strerror or type(error).__name__
            sentence = f"The folder {self._root} cannot be used: {reason}, at {path.relative_to(self.root)}"
            if error.errno in _PASSING:
                raise Unavailable(f"{sentence}.", fix="Make room on the disk.") from None
            raise DeliveryFailed(
                f"{sentence}.", fix="Make it a folder that this user may write to, or name another in skill.yaml."
            ) from None


def _resolved(path: Path) -> Path:
    try:
        return path.resolve()
    except (OSError, RuntimeError):
        raise DeliveryFailed(f"{path} is a symbolic link that leads in a circle.", fix="Remove the link.") from None


@contextmanager
def _source(content: bytes | Path) -> Generator[BinaryIO]:
    """The content as a stream; a file that is gone or no regular file is the delivery's fault, not the folder's."""
    if isinstance(content, bytes):
        yield io.BytesIO(content)
        return
    if not content.is_file():
        raise DeliveryFailed(f"The attachment {content.name} is no longer there.", fix="Run the task again.")
    with content.open("rb") as file:
        yield file


def _appear(temporary: Path, path: Path) -> bool:
    """Give the file its final name unless that is taken. Linking does both in one step; not every file system can."""
    try:
        os.link(temporary, path)
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EACCES, errno.EMLINK}:
            raise
        if os.path.lexists(path):
            return False
        temporary.replace(path)
    return True


def _sync_folder(folder: Path) -> None:
    """Make the names in the folder durable, where the system has such a thing (Windows has not)."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
