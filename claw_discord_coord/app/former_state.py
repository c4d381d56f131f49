"""Moves the state folder of an earlier version, which lay beside skill.yaml."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from pathlib import Path

from filelock import FileLock, Timeout

from claw_discord_coord.config.locate import Located
from claw_discord_coord.errors import CoordError, RegistryInUse
from claw_discord_coord.private_files import make_private_folder, write_whole
from claw_discord_coord.registry.registry import Registry
from claw_discord_coord.registry.storage.lock import lock_file
from claw_discord_coord.runtimes.command.run_folder import RunFolder
from claw_discord_coord.surfaces.run_file import RUN_FILE_NAME, read_run_file

REGISTRY_FILE_NAME = "registry.sqlite3"
_MOVED_FROM = "moved-from"
"""A file with the former path of the state folder, until every stored path below the former one is corrected."""


def has_former_state(folders: Located) -> bool:
    """Return whether an earlier version's state folder is still to be moved."""
    former = folders.former_state
    return former is not None and former.is_dir() and not former.is_symlink() and not folders.state.exists()


def agents_at_work(state_folder: Path) -> bool:
    """Return whether a supervisor is alive that writes into the state folder."""
    return any(RunFolder(run).is_locked() for run in (state_folder / "runs").glob("*"))


def move(former: Path, state: Path) -> None:
    """Move the state folder. A move that a crash has interrupted is finished by the next call.

    Raises:
        RegistryInUse: A coordinator runs with the former folder.
        CoordError: The folder cannot be moved.
    """
    if read_run_file(former / RUN_FILE_NAME) is not None:
        raise _in_use(former)
    try:
        with FileLock(lock_file(former / REGISTRY_FILE_NAME), blocking=False):
            # Inside the folder, so that the note travels along, also when the process dies between two lines.
            (former / _MOVED_FROM).write_text(str(former), encoding="utf-8")
            make_private_folder(state.parent)
            _rename(former, state)
    except Timeout:
        raise _in_use(former) from None
    except OSError as error:
        raise CoordError(
            f"The state folder {former} cannot be moved to {state}: {error.strerror}.",
            fix="Move it by hand, or name the state folder with --state-folder.",
        ) from error


async def correct_paths(registry: Registry, state: Path) -> Path | None:
    """Correct the stored paths after a move. A correction that a crash has interrupted runs again at the next start.

    Returns:
        The former state folder, or None without a move.
    """
    marker = state / _MOVED_FROM
    if not marker.exists():
        return None
    former = Path(marker.read_text(encoding="utf-8"))
    old, new = f"{former}{os.sep}", f"{state}{os.sep}"
    await registry.replace_path(old, new)
    for file in (state / "runs").glob("*/*.json"):
        _replace_in(file, old, new)
    # The copy to another file system may have been interrupted before the former folder was removed.
    shutil.rmtree(former, ignore_errors=True)
    marker.unlink()
    return former


def _rename(former: Path, state: Path) -> None:
    with contextlib.suppress(OSError):
        former.rename(state)
        return
    # On another file system: copied aside first, so that the new folder is whole or absent.
    aside = state.with_name(f"{state.name}.moving")
    shutil.rmtree(aside, ignore_errors=True)
    # Without the socket of a coordinator that was killed: a socket cannot be copied.
    shutil.copytree(former, aside, symlinks=True, ignore=shutil.ignore_patterns("*.sock"))
    aside.rename(state)
    shutil.rmtree(former)


def _replace_in(file: Path, old: str, new: str) -> None:
    # As JSON writes a string, without the quotation marks.
    text = file.read_text(encoding="utf-8")
    changed = text.replace(json.dumps(old)[1:-1], json.dumps(new)[1:-1])
    if changed != text:
        write_whole(file, changed.encode())


def _in_use(former: Path) -> RegistryInUse:
    return RegistryInUse(
        f"A coordinator is still running with the former state folder {former}.", fix="Stop it, then start again."
    )
