"""The file with which a running coordinator tells commands where to call, and the search for the file."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from claw_discord_coord.config.locate import FILE_NAME, state_base
from claw_discord_coord.errors import CoordinatorUnavailable
from claw_discord_coord.private_files import write_whole
from claw_discord_coord.runtimes.command.processes import born

RUN_FILE_NAME = "coordinator.json"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class RunFile:
    """The address of a running coordinator.

    Attributes:
        url: The base URL for HTTP over TCP.
        token: The bearer token for calls.
        pid: The coordinator's process.
        state_folder: The state folder.
        work_folder: The folder of skill.yaml, from which commands find the coordinator.
        socket: The Unix socket for HTTP, or None on a system without.
    """

    url: str
    token: str
    pid: int
    state_folder: Path
    work_folder: Path | None = None
    socket: Path | None = None


def write_run_file(known: RunFile) -> list[Path]:
    """Write the run file into the state folder, and name the folder in the user's list of running coordinators.

    Commands find a coordinator through the list from any folder. Entries of killed coordinators are removed.

    Returns:
        The files, to be deleted at the end.
    """
    content = {
        "url": known.url,
        "token": known.token,
        "pid": known.pid,
        "born": born(known.pid),
        "state_folder": str(known.state_folder),
        "work_folder": str(known.work_folder) if known.work_folder else None,
        "socket": str(known.socket) if known.socket else None,
    }
    files = [known.state_folder / RUN_FILE_NAME]
    write_whole(files[0], json.dumps(content).encode())
    try:
        # A killed coordinator leaves its entry behind, and the process id may belong to another program by now.
        for entry in _list_folder().glob("*.json"):
            found = _listed(entry)
            if found is None or found.state_folder == known.state_folder:
                entry.unlink(missing_ok=True)
        # Without the token: one file with the token is enough to guard.
        entry = _list_folder() / f"{known.pid}.json"
        write_whole(entry, json.dumps({"state_folder": str(known.state_folder)}).encode())
        files.append(entry)
    except OSError as error:  # a courtesy: without a home folder commands need --state-folder
        log.warning("this coordinator is not in the user's list: %s", error.strerror)
    return files


def replace_token(file: Path, token: str) -> None:
    """Replace the token in the run file of a running coordinator; without a coordinator nothing happens."""
    if read_run_file(file) is not None:
        content = {**json.loads(file.read_text(encoding="utf-8")), "token": token}
        write_whole(file, json.dumps(content).encode())


def read_run_file(file: Path) -> RunFile | None:
    """Return the content of a run file, or None when the file is missing or its process has ended.

    Another program may listen at the address of a dead process, and must not receive the token.
    """
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        found = RunFile(
            content["url"],
            content["token"],
            int(content["pid"]),
            Path(content["state_folder"]),
            _path(content.get("work_folder")),
            _path(content.get("socket")),
        )
        begun = content["born"]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return found if begun and begun == born(found.pid) else None


def find(state_folder: Path | None, environment: Mapping[str, str]) -> RunFile:
    """Find the running coordinator: in the named folder, else the coordinator of the nearest folder from here upwards,
    else the only coordinator of this user.

    Raises:
        CoordinatorUnavailable: No coordinator runs, or several run and the choice is not clear.
    """
    named = state_folder or (Path(environment["CLAW_STATE_DIR"]) if "CLAW_STATE_DIR" in environment else None)
    if named is not None:
        found = read_run_file(named / RUN_FILE_NAME)
        if found is None:
            raise CoordinatorUnavailable(
                f"No coordinator is running with the state folder {named}.",
                fix="Start it with `claw-discord-coord up`.",
            )
        return found
    listed = [found for entry in sorted(_list_folder().glob("*.json")) if (found := _listed(entry)) is not None]
    running = {found.state_folder.resolve(): found for found in listed}
    by_folder = {found.work_folder.resolve(): found for found in running.values() if found.work_folder is not None}
    here = Path.cwd().resolve()
    for folder in (here, *here.parents):
        if folder in by_folder:
            return by_folder[folder]
        if (folder / FILE_NAME).is_file():
            # Never another project's: the work would start with the agents of that project.
            raise CoordinatorUnavailable(
                f"The coordinator of {folder / FILE_NAME} is not running.",
                fix="Start it with `claw-discord-coord up`, or name another coordinator with --state-folder.",
            )
    if len(running) == 1:
        return next(iter(running.values()))
    if not running:
        raise CoordinatorUnavailable("No coordinator is running.", fix="Start one with `claw-discord-coord up`.")
    folders = ", ".join(str(found.state_folder) for found in running.values())
    raise CoordinatorUnavailable(
        f"Several coordinators are running: {folders}.", fix="Name one with --state-folder FOLDER."
    )


def _listed(entry: Path) -> RunFile | None:
    """Return the running coordinator that an entry of the list names."""
    try:
        state_folder = Path(json.loads(entry.read_text(encoding="utf-8"))["state_folder"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    found = read_run_file(state_folder / RUN_FILE_NAME)
    # The state folder may have a new coordinator, with an entry of its own.
    return found if found is not None and entry.stem == str(found.pid) else None


def _path(value: object) -> Path | None:
    return Path(value) if isinstance(value, str) else None


def _list_folder() -> Path:
    return state_base() / "running"
