"""The supervisors started by this process. This process must collect each supervisor when the supervisor ends."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from claw_discord_coord.private_files import open_private
from claw_discord_coord.runtimes.command.run_folder import RunFolder

_SUPERVISOR = "claw_discord_coord.runtimes.command.supervisor"
_CODE = f"import sys; sys.path += sys.argv[2:]; from {_SUPERVISOR} import main; main(sys.argv[1])"
# Of the module and not of a runtime object: to the operating system, supervisors are children of the process.
_children: dict[int, subprocess.Popen[bytes]] = {}


def start_supervisor(folder: RunFolder, environment: Mapping[str, str]) -> str:
    """Start a supervisor for the run and wait for its word; blocks for a few hundredths of a second.

    Returns:
        `started`, `not started`, `stopped`, `taken` (by another supervisor), or "" when the supervisor died before.

    Raises:
        OSError: The system has no room for a process.
    """
    for pid in list(_children):
        collected(pid)
    flags = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW if sys.platform == "win32" else 0
    with open_private(folder.supervisor_log, "ab") as log:
        child = subprocess.Popen(  # noqa: S603
            # -I and -S: nothing from the environment or the site; Python then also starts twice as fast.
            [sys.executable, "-I", "-S", "-c", _CODE, folder.path, *_import_folders()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            cwd=Path(folder.path).parent,
            env=dict(environment),
            # A session of its own: a Ctrl-C meant for the coordinator must not reach the supervisor.
            start_new_session=True,
            creationflags=flags,
        )
    _children[child.pid] = child
    assert child.stdout is not None  # noqa: S101  # a pipe was asked for
    with child.stdout:
        word = child.stdout.readline().decode("ascii").strip()
    if word != "started":
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(timeout=5)
        collected(child.pid)
    return word


def collected(pid: int) -> bool:
    """Collect the supervisor if ended. Return whether this process has nothing left to collect."""
    child = _children.get(pid)
    if child is not None and child.poll() is None:
        return False
    _children.pop(pid, None)
    return True


def _import_folders() -> list[str]:
    """Return the folders of this package and, where the supervisor needs psutil, of psutil."""
    folders = [Path(__file__).parents[3]]
    if sys.platform != "linux":
        import psutil

        folders.append(Path(psutil.__file__).parents[1])
    return [os.fspath(folder) for folder in folders]
