"""The session folders of agents on this machine, and the task tokens of runs."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import shutil
from pathlib import Path

from claw_discord_coord.errors import CoordError
from claw_discord_coord.models import Kind, Task
from claw_discord_coord.private_files import make_private_folder, write_whole

TOKEN_PREFIX = "task_"  # noqa: S105 - a prefix, not a secret
"""The prefix that distinguishes task tokens from the coordinator's own token."""

SESSIONS_FOLDER_NAME = "sessions"
"""The folder of the session folders, where agents work."""
KEY_BYTES = 32


class Sessions:
    """The session folders below the state folder, and the task tokens.

    A specialist's folder stays; an intern's folder belongs to one task and is removed at the end.
    """

    def __init__(self, state_folder: Path) -> None:
        self._folder = state_folder / SESSIONS_FOLDER_NAME
        self._key = _key(state_folder / "token.key")

    def folder(self, task: Task) -> Path:
        """Return the session folder for a task, and create a missing folder."""
        name = f"task-{task.id}"
        if task.kind is Kind.SPECIALIST:
            # Apart from each other: what a private task leaves behind must not come into an open task's hands.
            name = f"private-{task.agent}" if task.private else f"agent-{task.agent}"
        folder = self._folder / name
        make_private_folder(folder)
        return folder

    def clean_up(self, task: Task) -> None:
        """Remove the session folder of an intern."""
        if task.kind is Kind.INTERN:
            shutil.rmtree(self._folder / f"task-{task.id}", ignore_errors=True)

    def token(self, run_id: str) -> str:
        """Return the secret with which a run calls skills."""
        # Derived from a key instead of drawn at random: a step that is repeated after a crash hands out the same token.
        return TOKEN_PREFIX + hmac.new(self._key, run_id.encode(), hashlib.sha256).hexdigest()


def token_hash(token: str) -> str:
    """Return the hash of a token, which the registry stores instead of the token."""
    return hashlib.sha256(token.encode()).hexdigest()


def _key(path: Path) -> bytes:
    """Return the key in the file, and create a missing key.

    Raises:
        CoordError: The file does not contain a key.
    """
    if path.exists() and (not path.is_file() or path.stat().st_size != KEY_BYTES):
        raise CoordError(
            f"{path} is damaged: it does not hold a key.",
            fix="Remove it; runs that are going on then lose their tokens.",
        )
    if not path.exists():
        write_whole(path, secrets.token_bytes(KEY_BYTES))  # a crash never leaves half a key
    return path.read_bytes()
