"""Copies the files of a result or a handoff to a folder of the coordinator, since session folders are deleted."""

from __future__ import annotations

import contextlib
import os
import re
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO, NamedTuple

from claw_discord_coord.private_files import ASIDE, make_private_folder, open_private
from claw_discord_coord.text.excerpts import beginning
from claw_discord_coord.text.secrets import mask, mask_secrets, masked_in

_LIMIT_BYTES = 25_000_000
"""The limit for all files together: Discord's for one request (reference, "Uploading Files")."""
_LIMIT_FILES = 100
_NAME_CHARS = 100
_BINARY = getattr(os, "O_BINARY", 0)
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_SNIFFED_BYTES = 8_000
# Formats that may begin without a NUL: PNG, JPEG, GIF, ZIP, gzip, bzip2, xz, 7z, PDF, RIFF, Ogg, MP3, ELF, zstd, Java.
_BINARY_STARTS = (
    *(b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"PK\x03\x04", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"7z\xbc\xaf", b"%PDF-"),
    *(b"RIFF", b"OggS", b"ID3", b"\x7fELF", b"\x28\xb5\x2f\xfd", b"\xca\xfe\xba\xbe", b"\x00\x00\x00"),
)
_UNSAFE = re.compile(r"[^\w.+-]+")


class Taken(NamedTuple):
    """The result of `take`.

    Attributes:
        files: The absolute paths of the copies.
        refused: The name of each file that was not copied, with the reason in parentheses.
        masked: The words that say so for each copy, and each name of a copy, in which secrets were masked.
    """

    files: tuple[str, ...]
    refused: tuple[str, ...]
    masked: tuple[str, ...] = ()


def take(named: Sequence[str], *, folder: Path | None, into: Path, limit_bytes: int = _LIMIT_BYTES) -> Taken:
    """Copy files, with likely secrets masked in text. Copying the same files again makes the same copies.

    Args:
        named: The paths, as the agent or the person wrote them.
        folder: The session's folder when an agent names the files: an agent may name only regular files inside the
            folder. None when a person names the files.
        into: The folder for the copies, created when needed.
        limit_bytes: The limit for all files together.
    """
    files: list[str] = []
    refused: list[str] = []
    masked: list[str] = []
    names: set[str] = set()
    room = limit_bytes
    for path in dict.fromkeys(named[:_LIMIT_FILES]):
        try:
            name = _free_name(path, names)
            copy = into / name
            size, secrets = _copy(path, folder, copy, room)
            room -= size
        except _RefusedFile as refusal:
            refused.append(f"{_shown(path)} ({refusal})")
        else:
            names.add(name)
            if secrets:
                masked.append(masked_in(secrets, name))
            if in_name := mask(Path(path).name).count:
                masked.append(masked_in(in_name, f"the name of {name}"))
            files.append(str(copy.absolute()))
    if len(named) > _LIMIT_FILES:
        refused.append(f"{len(named) - _LIMIT_FILES} more (at most {_LIMIT_FILES} files are taken)")
    return Taken(tuple(files), tuple(refused), tuple(masked))


class _RefusedFile(Exception):
    """The reason for not taking a file, in a few words."""


def _copy(path: str, folder: Path | None, copy: Path, room: int) -> tuple[int, int]:
    """Copy a file, and return its size and the number of secrets masked."""
    with _opened(path, folder) as source:
        make_private_folder(copy.parent)
        temporary = copy.with_name(f".{os.urandom(6).hex()}{ASIDE}")
        try:
            poured = _pour(source, temporary, room)
            temporary.replace(copy)
        finally:
            temporary.unlink(missing_ok=True)
    return poured


def _pour(source: BinaryIO, target: Path, room: int) -> tuple[int, int]:
    data = source.read(room + 1)
    if len(data) > room:
        raise _RefusedFile("too large: all files together may have 25 MB")
    content, secrets = _without_secrets(data)
    with open_private(target, "xb") as file:
        file.write(content)
    return len(data), secrets


def _without_secrets(data: bytes) -> tuple[bytes, int]:
    """Return the content without secrets, and the number of secrets. Pictures, archives and the like stay."""
    for encoding in _encodings(data):
        try:
            masked = mask(data.decode(encoding))
        except UnicodeDecodeError:
            continue
        return (masked.text.encode(encoding), masked.count) if masked.count else (data, 0)
    return data, 0


def _encodings(data: bytes) -> tuple[str, ...]:
    """Return the encodings in which the content may be text."""
    if data.startswith(_UTF16_MARKS):
        return ("utf-16",)
    if data.startswith(_BINARY_STARTS) or b"\0" in data[:_SNIFFED_BYTES]:
        return ()
    # In Latin-1 every byte is a character: so secrets, which are ASCII, are found in text of any other encoding.
    return ("utf-8", "latin-1")


def _opened(path: str, folder: Path | None) -> BinaryIO:
    try:
        if folder is None:
            # O_NONBLOCK, since opening a named pipe would wait for a writer.
            return os.fdopen(_regular(os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | _BINARY)), "rb")
        root = folder.resolve(strict=True)
        parts = (root / path).resolve(strict=True).relative_to(root).parts
        return os.fdopen(_descend(root, parts), "rb")
    except FileNotFoundError:
        raise _RefusedFile("there is no such file") from None
    except (ValueError, RuntimeError):  # outside the folder, a NUL in the name, a loop of links
        raise _RefusedFile("not a file inside the session's folder") from None
    except OSError as error:
        raise _RefusedFile(f"cannot be read: {error.strerror}") from None


def _descend(root: Path, parts: tuple[str, ...]) -> int:
    """Open a file below `root`, folder by folder, without following links."""
    if not parts:
        raise _RefusedFile("not a regular file")
    # The links were resolved before. An agent may have replaced a folder with a link since, which O_NOFOLLOW notices;
    # systems without dir_fd (Windows) cannot close this gap.
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
    """Return the file's name, safe for every file system and for a chat; a second file of a name gets a number."""
    plain = _UNSAFE.sub("-", mask_secrets(Path(path.replace("\0", "")).name)).strip(".-") or "file"
    stem, dot, suffix = plain.rpartition(".")
    if not dot or not stem or len(suffix) > 10:
        stem, suffix = plain, ""
    stem = stem[: _NAME_CHARS - len(suffix)]
    ending = f".{suffix}" if suffix else ""
    name, number = stem + ending, 2
    # Compared in lower case: on macOS and Windows, names that differ only in case are the same file.
    while name.lower() in {taken.lower() for taken in names}:
        name, number = f"{stem}-{number}{ending}", number + 1
    return name


def _shown(path: str) -> str:
    text = "".join(
        character if character.isprintable() and character != "`" else "?" for character in beginning(path, 200)
    )
    return f"`{text}`"
