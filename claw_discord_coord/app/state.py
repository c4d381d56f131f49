"""The state folder of a coordinator, and the shared files in the folder."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import stat
import time
from pathlib import Path

from sqlalchemy.engine import URL

from claw_discord_coord.app.former_state import REGISTRY_FILE_NAME, agents_at_work, has_former_state, move
from claw_discord_coord.config.locate import Located
from claw_discord_coord.config.model import Config
from claw_discord_coord.coordination.sessions import SESSIONS_FOLDER_NAME
from claw_discord_coord.errors import CoordError
from claw_discord_coord.private_files import ASIDE, FILE_MODE, FOLDER_MODE, make_private_folder

_LEFT_AFTER_S = 60.0
"""The age from which a file that was written aside is left over. Supervisors of runs may write at any time."""
DEVICE_FILE_NAME = "openclaw-device.json"
"""The file with the device key and token for OpenClaw's Gateway."""


def current_state(folders: Located) -> Located:
    """Return the folders with the state folder that is in use until the next start. Changes nothing."""
    return _with_former_state(folders) if has_former_state(folders) else folders


def open_state_folder(folders: Located) -> Located:
    """Create the state folder, or make an existing one private. The folder of an earlier version is moved first.

    Returns:
        The folders to use. The state folder is the former one as long as agents are at work in there.

    Raises:
        RegistryInUse: A coordinator of an earlier version is running.
        CoordError: The folder cannot be used.
    """
    if has_former_state(folders) and folders.former_state is not None:
        if agents_at_work(folders.former_state):
            # Supervisors write to the paths that they got. They have ended at one of the next starts.
            folders = _with_former_state(folders)
        else:
            move(folders.former_state, folders.state)
    try:
        _make_private(folders.state)
    except OSError as error:
        raise CoordError(
            f"The state folder {folders.state} cannot be used: {error.strerror}.",
            fix="Name another one with --state-folder.",
        ) from error
    return folders


def registry_url(config: Config, folders: Located) -> str:
    """Return the URL of the registry, from skill.yaml or else of a file in the state folder.

    The URL may contain a password.
    """
    if config.registry.url is not None:
        return config.registry.url.get_secret_value()
    # Rendered by SQLAlchemy: a folder's name may have signs that mean something else in a URL, such as ? and %20.
    return URL.create("sqlite", database=str(folders.state / REGISTRY_FILE_NAME)).render_as_string()


def _with_former_state(folders: Located) -> Located:
    assert folders.former_state is not None  # noqa: S101 - callers have looked
    return dataclasses.replace(folders, state=folders.former_state, former_state=None)


def _make_private(folder: Path) -> None:
    """Let this user alone into the folder, which holds tokens and the texts of private tasks.

    The folder's mode protects everything below, and files with secrets are private from the beginning. So the check at
    a start is the mode of the folder and of the files directly in it. Everything below is walked only when others could
    enter: after a start that found the folder private, no file below needs a change.
    """
    make_private_folder(folder)
    open_to_others = stat.S_IMODE(folder.stat().st_mode) != FOLDER_MODE
    folder.chmod(FOLDER_MODE)
    # A named state folder may lie in a repository that people push.
    (folder / ".gitignore").write_text("*\n", encoding="utf-8")
    # SQLite gives the files beside the database the permissions of the database.
    (folder / REGISTRY_FILE_NAME).touch(mode=FILE_MODE)
    if open_to_others:
        _narrow(folder)
    # Files aside are written here and one folder below; those of a run are removed with the run's folder.
    for file in (*folder.iterdir(), *folder.glob(f"*/*{ASIDE}")):
        _tidy(file)


def _narrow(folder: Path) -> None:
    """Make everything in the folder private, except for the files of the agents."""
    for path, folders, files in os.walk(folder):
        if Path(path) == folder and SESSIONS_FOLDER_NAME in folders:
            # The files in there are those of the agents, who may need them executable.
            folders.remove(SESSIONS_FOLDER_NAME)
            (folder / SESSIONS_FOLDER_NAME).chmod(FOLDER_MODE)
        Path(path).chmod(FOLDER_MODE)
        for name in files:
            _tidy(Path(path, name))


def _tidy(file: Path) -> None:
    """Make a file private, or remove what a process that was killed has written aside."""
    # A supervisor may remove its files meanwhile.
    with contextlib.suppress(FileNotFoundError):
        if file.is_symlink() or not file.is_file():
            return
        if file.suffix == ASIDE and time.time() - file.stat().st_mtime > _LEFT_AFTER_S:
            file.unlink()
        else:
            file.chmod(FILE_MODE)
