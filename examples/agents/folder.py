"""Looks at folders, within bounds: what the agents here have in common."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from words import size

SKIPPED = {
    ".git", ".hg", ".svn", ".claw-discord-coord", "node_modules", "__pycache__", ".venv", "venv",
    ".tox", ".nox", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".hypothesis", ".cache", ".idea",
}  # fmt: skip
"""Folders whose content somebody else made: version control, dependencies, caches, and the coordinator's own."""
MAX_FILES = 100_000
MAX_READ_BYTES = 2_000_000_000
MAX_SECONDS = 60.0


@dataclass
class Budget:
    """How much may be looked at. `stopped` says in words what ran out, if something did."""

    files: int = MAX_FILES
    read_bytes: int = MAX_READ_BYTES
    seconds: float = MAX_SECONDS
    stopped: str | None = None
    _began: float = field(default_factory=time.monotonic)

    def spend(self, *, files: int = 0, read_bytes: int = 0) -> bool:
        """Take this much; false when there is not enough left."""
        self.files -= files
        self.read_bytes -= read_bytes
        if self.files < 0:
            self.stopped = self.stopped or f"after {MAX_FILES:,} files"
        if self.read_bytes < 0:
            self.stopped = self.stopped or f"after reading {size(MAX_READ_BYTES)}"
        if time.monotonic() - self._began > self.seconds:
            self.stopped = self.stopped or f"after {MAX_SECONDS:.0f} seconds"
        return self.stopped is None


@dataclass
class File:
    """A regular file: its absolute path, its path from the folder, and what the system says of it."""

    path: Path
    name: str
    status: os.stat_result


@dataclass
class Walk:
    """One walk through a folder. Links are counted and not followed, so that it ends and stays inside."""

    root: Path
    budget: Budget
    folders: int = 0
    links: int = 0
    broken_links: list[str] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        state = os.environ.get("CLAW_STATE_DIR")
        self._state = os.path.realpath(state) if state else None

    def files(self, tick: Callable[[int], None] = lambda _count: None) -> Iterator[File]:
        """Every regular file, in an order that is the same each time; `tick` hears now and then how many there were."""
        waiting, seen, told = [str(self.root)], 0, time.monotonic()
        while waiting:
            below: list[str] = []
            for entry in self._entries(waiting.pop()):
                if not self.budget.spend():
                    return
                if self._is_folder(entry):
                    below.append(entry.path)
                elif (file := self._file(entry)) is not None:
                    if not self.budget.spend(files=1):
                        return
                    seen += 1
                    yield file
                if time.monotonic() - told > 3:
                    told = time.monotonic()
                    tick(seen)
            waiting += reversed(below)

    def short(self, path: str) -> str:
        """The path from the folder that is walked."""
        return os.path.relpath(path, self.root)

    def _entries(self, folder: str) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(folder) as entries:
                return sorted(entries, key=lambda entry: entry.name)
        except OSError:
            self.unreadable.append(self.short(folder))
            return []

    def _is_folder(self, entry: os.DirEntry[str]) -> bool:
        """Whether to go into it."""
        if not entry.is_dir(follow_symlinks=False):
            return False
        is_venv = is_there(Path(entry.path, "pyvenv.cfg"))
        if entry.name in SKIPPED or is_venv or os.path.realpath(entry.path) == self._state:
            self.skipped.append(self.short(entry.path))
            return False
        self.folders += 1
        return True

    def _file(self, entry: os.DirEntry[str]) -> File | None:
        if entry.is_symlink():
            self.links += 1
            if not is_there(Path(entry.path)):
                self.broken_links.append(self.short(entry.path))
        elif entry.is_file(follow_symlinks=False):
            try:
                return File(Path(entry.path), self.short(entry.path), entry.stat(follow_symlinks=False))
            except OSError:
                self.unreadable.append(self.short(entry.path))
        return None


def is_there(path: Path) -> bool:
    """Whether something is there that can be looked at; not so behind a closed door or at the end of a circle."""
    try:
        return path.exists()
    except (OSError, RuntimeError):
        return False


def named_in(text: str) -> Path | None:
    """The folder that a task names by its absolute path, best in quotes; None when it names none that exists."""
    quotes = [match.start() for match in re.finditer("[\"'`]", text)]
    quoted = [text[start + 1 : end] for start in quotes for end in quotes if start < end]
    bare = [word.rstrip(".,:;!?)") for word in re.findall(r"(?:(?<=\s)|^)(?:/|~|[A-Za-z]:\\)\S*", text)]
    # A path may itself hold a quote, so the longest that exists is the one that was meant.
    for name in [*sorted(quoted, key=len, reverse=True), *bare]:
        try:
            folder = Path(name).expanduser()
            if folder.is_absolute() and folder.is_dir():
                return folder
        except (OSError, ValueError, RuntimeError):
            continue
    return None
