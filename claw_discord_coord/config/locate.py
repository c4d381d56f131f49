"""Finds the skill.yaml to use, and the folders that go with skill.yaml."""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path

import platformdirs

FILE_NAME = "skill.yaml"
FORMER_STATE_FOLDER_NAME = ".claw-discord-coord"
"""The name of a state folder beside skill.yaml, where earlier versions kept state."""
_PACKAGE = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Located:
    """A skill.yaml and the folders that go with the file. All paths are absolute.

    Attributes:
        file: The skill.yaml.
        programs: The folder where relative paths of programs start.
        work: The folder where relative paths of outputs start.
        state: The coordinator's own folder.
        former_state: A state folder of an earlier version, to be moved to `state`; None when the caller named `state`.
    """

    file: Path
    programs: Path
    work: Path
    state: Path
    former_state: Path | None = None


def locate(named: Path | None, state: Path | None, *, here: Path) -> Located:
    """Return the named file, else the nearest file from `here` upwards, else the built-in example with outputs below
    `here`.

    Args:
        named: A skill.yaml, which need not exist.
        state: The state folder. Default: the folder of this configuration below `state_base`.
        here: The current folder.
    """
    nearest = next((folder / FILE_NAME for folder in (here, *here.parents) if (folder / FILE_NAME).is_file()), None)
    file = (named or nearest or built_in()).absolute()
    programs = file.parent
    work = here.absolute() if named is None and nearest is None else programs
    if state is not None:
        return Located(file, programs, work, state.absolute())
    # A skill.yaml that is written later into the folder of the built-in example takes over the example's state.
    configuration = work / FILE_NAME if work != programs else file
    return Located(file, programs, work, default_state_folder(configuration), work / FORMER_STATE_FOLDER_NAME)


def state_base() -> Path:
    """Return the folder with the state folders of all configurations of this user.

    Linux: `$XDG_STATE_HOME/claw-discord-coord`, by default below `~/.local/state` (XDG Base Directory Specification).
    """
    return platformdirs.user_state_path("claw-discord-coord", appauthor=False)


def default_state_folder(configuration: Path) -> Path:
    """Return the state folder of the skill.yaml at this path, which need not exist."""
    # Outside every workspace: agents may read the files of their workspaces, and people push workspaces to git hosts.
    path = configuration.absolute().resolve()
    name = re.sub(r"[^a-z0-9]+", "-", path.parent.name.lower()).strip("-")[:40] or "root"
    return state_base() / f"{name}-{hashlib.sha256(os.fsencode(path)).hexdigest()[:10]}"


def built_in() -> Path:
    """Return the example that an installed package contains; in a checkout, the repository's own file."""
    bundled = _PACKAGE / "bundled" / FILE_NAME
    return bundled if bundled.is_file() else _PACKAGE.parent / FILE_NAME
