"""Where agents work on this machine, and the secrets by which their runs call the skills."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import shutil
from pathlib import Path

from claw_discord_coord.errors import CoordError
from claw_discord_coord.models import Kind, Task

TOKEN_PREFIX = "task_"  # noqa: S105 - what every task token begins with, no secret
"""By this a task token is told from the coordinator's own."""

KEY_BYTES = 32


class Sessions:
    """The session folders below the state folder, and the task tokens.

    A specialist's folder stays; an intern's is its task's own and is removed with it. A token is derived from the
    run's id and a key in the state folder, so that a step that runs again hands out the same one; only its hash is in
    the registry.
    """

    def __init__(self, state_folder: Path) -> None:
        self._folder = state_folder / "sessions"
        self._key = _key(state_folder / "token.key")

    def folder(self, task: Task) -> Path:
        """The folder in which the task is worked on; made if missing."""
        name = f"agent-{task.agent}" if task.kind is Kind.SPECIALIST else f"task-{task.id}"
        folder = self._folder / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def clean_up(self, task: Task) -> None:
        """Remove what an intern leaves behind."""
        if task.kind is Kind.INTERN:
            shutil.rmtree(self._folder / f"task-{task.id}", ignore_errors=True)

    def token(self, run_id: str) -> str:
        """The secret by which the run of that id calls the skills."""
        return TOKEN_PREFIX + hmac.new(self._key, run_id.encode(), hashlib.sha256).hexdigest()


def token_hash(token: str) -> str:
    """What the registry keeps of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def _key(path: Path) -> bytes:
    """The key in the file, made at first use. Written aside and renamed: a crash never leaves half a key."""
    if path.exists() and (not path.is_file() or path.stat().st_size != KEY_BYTES):
        raise CoordError(
            f"{path} is damaged: it does not hold a key.",
            fix="Remove it; runs that are going on then lose their tokens.",
        )
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        aside = path.with_suffix(".new")
        aside.unlink(missing_ok=True)
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(secrets.token_bytes(KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    return path.read_bytes()
