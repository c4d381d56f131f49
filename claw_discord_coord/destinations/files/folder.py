"""A folder on this machine. No file is ever written outside of the folder."""

from __future__ import annotations

import contextlib
import errno
import filecmp
import io
import os
import secrets
import shutil
import sys
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from claw_discord_coord.errors import DeliveryFailed, Unavailable

if sys.platform == "win32":

    def _lock(file: BinaryIO, *, shared: bool) -> None:
        """Do nothing: Windows refuses to remove a file that is open."""

else:
    import fcntl

    def _lock(file: BinaryIO, *, shared: bool) -> None:
        fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)


_PASSING = {errno.ENOSPC, errno.EDQUOT, errno.EAGAIN, errno.EBUSY, errno.EIO, errno.EMFILE, errno.ENFILE}
"""Errors after which another attempt may succeed."""
_NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EACCES, errno.EMLINK}
"""Errors of a file system that has no hard links, such as FAT or a network share."""
_PREFIX, _ENDING = ".claw-", ".tmp"
_LEFT_AFTER_S = 0.5
"""The age of a temporary file before it may be a leftover. A new file is not locked in its first moment."""


class Folder:
    """A root folder. All paths are relative to the root, with `/` between parts, and checked against symbolic links.

    All methods block, so call the methods in a thread.

    Raises:
        DeliveryFailed: any method: folder or disk do not permit the operation.
        Unavailable: any method: the disk is full or busy.

    """

    def __init__(self, root: Path) -> None:
        """Use a root folder, created with the first file."""
        self._root = root

    @property
    def root(self) -> Path:
        """The root with symbolic links resolved."""
        return _resolved(self._root)

    def place(self, relative: str) -> Path:
        """Return the absolute path of a file.

        Raises:
            DeliveryFailed: the path is outside of the folder.

        """
        # Only the parent is resolved: a link in place of the file itself is checked by the callers, which never follow.
        parts = PurePosixPath(relative)
        root = self.root
        path = root.joinpath(*parts.parts)
        if parts.is_absolute() or ".." in parts.parts or not _resolved(path.parent).is_relative_to(root):
            raise DeliveryFailed(
                f"{relative} would be written outside of {self._root}.",
                fix="Remove the symbolic link that leads out of the folder, or name another one in skill.yaml.",
            )
        return path

    def taken(self, relative: str) -> bool:
        """Return whether the name exists, also as a broken link."""
        return os.path.lexists(self.place(relative))

    def read_start(self, relative: str, size_bytes: int) -> bytes:
        """Return the beginning of a file, or nothing if no regular file has the name."""
        path = self.place(relative)
        if path.is_symlink() or not path.is_file():
            return b""
        with self._explained(path), path.open("rb") as file:
            return file.read(size_bytes)

    def write_new(self, relative: str, content: bytes | Path) -> bool:
        """Write bytes, or a copy of the file at a path, to a new file. The file appears whole or not at all.

        The data is on the disk when the method returns.

        Returns:
            False, with nothing changed, if the name exists.

        """
        path = self.place(relative)
        with self._explained(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            # Checked again: only now the parent exists and can turn out to be a link that leads outside.
            self.place(relative)
            # `files` skips dot files, so a temporary file that a crash left behind is never taken for a post.
            remove_leftovers(path.parent)
            temporary = path.parent / f"{_PREFIX}{secrets.token_hex(8)}{_ENDING}"
            try:
                with temporary.open("xb") as file:
                    _hold(file)
                    with _source(content) as source:
                        shutil.copyfileobj(source, file)
                    file.flush()
                    os.fsync(file.fileno())
                    # Still locked, since another process removes temporary files that nobody holds. Windows has no
                    # such locks, and gives no new name to a file that is open.
                    if sys.platform != "win32" and not _appear(temporary, path):
                        return False
                if sys.platform == "win32" and not _appear(temporary, path):
                    return False
            finally:
                temporary.unlink(missing_ok=True)
            _sync_folder(path.parent)
        return True

    def holds(self, relative: str, content: Path) -> bool:
        """Return whether the file exists with the content of the file at `content`."""
        path = self.place(relative)
        with self._explained(path):
            return path.is_file() and not path.is_symlink() and filecmp.cmp(path, content, shallow=False)

    def remove(self, relative: str) -> None:
        """Remove a file, if present, and the file's folder if the folder is empty then."""
        path = self.place(relative)
        with self._explained(path):
            path.unlink(missing_ok=True)
            if path.parent != self.root and path.parent.is_dir() and not any(path.parent.iterdir()):
                path.parent.rmdir()

    def files(self, relative: str, ending: str) -> Iterator[str]:
        """Yield the relative paths of all files below `relative` with names ending in `ending`."""
        start = self.place(relative) if relative else self.root
        with self._explained(start):
            for folder, _, names in os.walk(start):
                for name in names:
                    if _is_temporary(name):
                        _remove_leftover(Path(folder, name))
                    elif name.endswith(ending) and not name.startswith("."):
                        yield (Path(folder) / name).relative_to(self.root).as_posix()

    @contextmanager
    def _explained(self, path: Path) -> Generator[None]:
        """Map errors of the system."""
        try:
            yield
        except OSError as error:
            # The message names the folder first: that is the name that people have written in skill.yaml.
            reason = error.strerror or type(error).__name__
            sentence = f"The folder {self._root} cannot be used: {reason}, at {path.relative_to(self.root)}"
            if error.errno in _PASSING:
                raise Unavailable(f"{sentence}.", fix="Make room on the disk.") from None
            raise DeliveryFailed(
                f"{sentence}.",
                fix="Make it a folder that this user may write to, or name another one in skill.yaml.",
            ) from None


def remove_leftovers(folder: Path) -> None:
    """Remove the temporary files of writers that were killed. Files that a writer holds stay."""
    for entry in folder.iterdir():
        if _is_temporary(entry.name):
            _remove_leftover(entry)


def _is_temporary(name: str) -> bool:
    return name.startswith(_PREFIX) and name.endswith(_ENDING)


def _remove_leftover(file: Path) -> None:
    with contextlib.suppress(OSError):
        if file.is_symlink() or time.time() - file.stat().st_mtime < _LEFT_AFTER_S:
            return
        with file.open("rb") as opened:
            _lock(opened, shared=False)
        file.unlink()


def _hold(file: BinaryIO) -> None:
    """Lock a temporary file until the file is closed; the system ends the lock of a killed process."""
    # Not every network share has locks. The age protects the file then.
    with contextlib.suppress(OSError):
        _lock(file, shared=True)
    if os.fstat(file.fileno()).st_nlink == 0:
        raise OSError(errno.EAGAIN, "another process has removed the temporary file")


def _resolved(path: Path) -> Path:
    try:
        return path.resolve()
    except (OSError, RuntimeError):
        raise DeliveryFailed(f"{path} is a symbolic link that leads in a circle.", fix="Remove the link.") from None


@contextmanager
def _source(content: bytes | Path) -> Generator[BinaryIO]:
    """Open the content as a stream."""
    if isinstance(content, bytes):
        yield io.BytesIO(content)
        return
    # Checked here, since the error for a missing attachment must not name the folder.
    if not content.is_file():
        raise DeliveryFailed(f"The attachment {content.name} is no longer there.", fix="Run the task again.")
    with content.open("rb") as file:
        yield file


def _appear(temporary: Path, path: Path) -> bool:
    """Give the file the final name, and return False if the name exists."""
    # A hard link is made only if the name is free, in one step; a rename would replace another program's file.
    try:
        os.link(temporary, path)
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        if os.path.lexists(path):
            return False
        temporary.replace(path)
    return True


def _sync_folder(folder: Path) -> None:
    """Write the folder's names to the disk."""
    # Without this a new name may be lost in a power cut although the content is on the disk. Windows cannot do it.
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
