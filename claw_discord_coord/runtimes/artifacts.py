"""Takes files that go with a result or a handoff into the coordinator's keeping, so that they outlive the session they
were made in.
"""

from __future__ import annotations

import contextlib
import os
import re
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO, NamedTuple

from claw_discord_coord.text.secrets import mask_secrets

_LIMIT_BYTES = 25_000_000
"""How much may go together; Discord takes no more in one request (reference, "Uploading Files")."""
_LIMIT_FILES = 100
_NAME_CHARS = 100
_BINARY = getattr(os, "O_BINARY", 0)
_UNSAFE = re.compile(r"[^\w.+-]+")


class Taken(NamedTuple):
    """The copies, as absolute paths, and a sentence for every file that was not taken."""

    files: tuple[str, ...]
    refused: tuple[str, ...]


def take(named: Sequence[str], *, folder: Path | None, into: Path, limit_bytes: int = _LIMIT_BYTES) -> Taken:
    """Copy the named files, out of a session's `folder` where an agent names them.

    An agent is not trusted: only regular files inside its folder are taken, after links are resolved and without
    following one that appears meanwhile. Without `folder` any regular file is. What looks like a secret is taken out
    of text. Taking the same files again gives the same copies.
    """
    files: list[str] = []
    refused: list[str] = []
    names: set[str] = set()
    room = limit_bytes
    for path in dict.fromkeys(named[:_LIMIT_FILES]):
        try:
            name = _free_name(path, names)
            copy = into / name
            room -= _copy(path, folder, copy, room)
        except _RefusedFile as refusal:
            refused.append(f"{_shown(path)} ({refusal})")
        else:
            names.add(name)
            files.append(str(copy.absolute()))
    if len(named) > _LIMIT_FILES:
        refused.append(f"{len(named) - _LIMIT_FILES} more (at most {_LIMIT_FILES} files are taken)")
    return Taken(tuple(files), tuple(refused))


class _RefusedFile(Exception):
    """Why a file is not taken, in a few words."""


def _copy(path: str, folder: Path | None, copy: Path, room: int) -> int:
    with _opened(path, folder) as source:
        copy.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        temporary = copy.with_name(f".{os.urandom(6).hex()}")
        try:
            size = _pour(source, temporary, room)
            temporary.replace(copy)
        finally:
            temporary.unlink(missing_ok=True)
    return size


def _pour(source: BinaryIO, target: Path, room: int) -> int:
    data = source.read(room + 1)
    if len(data) > room:
        raise _RefusedFile("too large: 25 MB may go together")
    with target.open("xb") as file:
        file.write(_without_secrets(data))
    return len(data)


def _without_secrets(data: bytes) -> bytes:
    try:
        return mask_secrets(data.decode()).encode()
    except UnicodeDecodeError:  # no text: a picture, an archive
        return data


def _opened(path: str, folder: Path | None) -> BinaryIO:
    try:
        if folder is None:
            return os.fdopen(_regular(os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | _BINARY)), "rb")
        root = folder.resolve(strict=True)
        parts = (root / path).resolve(strict=True).relative_to(root).parts
        return os.fdopen(_descend(root, parts), "rb")
    except FileNotFoundError:
        raise _RefusedFile("there is no such file") from None
    except (ValueError, RuntimeError):  # outside the folder, a NUL in the name, a circle of links
        raise _RefusedFile("not a file inside the session's folder") from None
    except OSError as error:
        raise _RefusedFile(f"cannot be read: {error.strerror}") from None


def _descend(root: Path, parts: tuple[str, ...]) -> int:
    """Open a file step by step without following links, so that nobody can swap a folder for a link between the check
    and this.
    """
    if not parts:
        raise _RefusedFile("not a regular file")
    if os.open not in os.supports_dir_fd:
        return _regular(os.open(root.joinpath(*parts), os.O_RDONLY | _BINARY))
    with contextlib.ExitStack() as opened:
        at = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
        opened.callback(os.close, at)
        for part in parts[:-1]:
            at = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=at)
            opened.callback(os.close, at)
        return _regular(os.open(parts[-1], os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=at))


def _regular(descriptor: int) -> int:
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise _RefusedFile("not a regular file")
    return descriptor


def _free_name(path: str, names: set[str]) -> str:
    """The file's own name, made safe for every file system and for a chat; numbered when it is there twice."""
    plain = _UNSAFE.sub("-", Path(path.replace("\0", "")).name).strip(".-") or "file"
    stem, dot, suffix = plain.rpartition(".")
    if not dot or not stem or len(suffix) > 10:
        stem, suffix = plain, ""
    stem = stem[: _NAME_CHARS - len(suffix)]
    ending = f".{suffix}" if suffix else ""
    name, number = stem + ending, 2
    while name.lower() in {taken.lower() for taken in names}:
        name, number = f"{stem}-{number}{ending}", number + 1
    return name


def _shown(path: str) -> str:
    text = "".join(character if character.isprintable() and character != "`" else "?" for character in path[:200])
    return f"`{text}`"
