"""Finds the skill.yaml to use, and the folders that go with it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

FILE_NAME = "skill.yaml"
STATE_FOLDER_NAME = ".claw-discord-coord"
_PACKAGE = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Located:
    """A skill.yaml and its folders: relative programs are meant from `programs`, relative outputs from `work`;
    `state` is ours.
    """

    file: Path
    programs: Path
    work: Path
    state: Path


def locate(named: Path | None, state: Path | None, *, here: Path) -> Located:
    """The file that was named, else the nearest from `here` upwards, else the built-in example with outputs below
    `here`.
    """
    nearest = next((folder / FILE_NAME for folder in (here, *here.parents) if (folder / FILE_NAME).is_file()), None)
    file = (named or nearest or built_in()).absolute()
    programs = file.parent
    work = here if named is None and nearest is None else programs
    return Located(file, programs, work, (state or work / STATE_FOLDER_NAME).absolute())


def built_in() -> Path:
    """The example that an installed package brings along; in a checkout it is the repository's own."""
    bundled = _PACKAGE / "bundled" / FILE_NAME
    return bundled if bundled.is_file() else _PACKAGE.parent / FILE_NAME
