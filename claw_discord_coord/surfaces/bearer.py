"""The bearer token with which assistants and scripts call the coordinator. The token stays the same over restarts."""

from __future__ import annotations

import secrets
from pathlib import Path

from claw_discord_coord.errors import UsageError
from claw_discord_coord.private_files import write_whole
from claw_discord_coord.surfaces.run_file import RUN_FILE_NAME, replace_token

BEARER_FILE_NAME = "bearer-token"
_LEAST_CHARS = 32


def bearer_token(state_folder: Path) -> str:
    """Return the token, and create a missing one."""
    file = state_folder / BEARER_FILE_NAME
    try:
        token = file.read_text(encoding="ascii").strip()
    except (FileNotFoundError, UnicodeDecodeError):
        token = ""
    # An empty or shortened token could be guessed.
    return token if len(token) >= _LEAST_CHARS else _write_new(file)


def rotate(state_folder: Path) -> Path:
    """Replace the token, also in the run file of a running coordinator. Returns the file with the new token.

    Raises:
        UsageError: There is no such state folder.
    """
    if not state_folder.is_dir():
        raise UsageError(f"There is no state folder {state_folder}.", fix="Start the coordinator, or name another one.")
    file = state_folder / BEARER_FILE_NAME
    replace_token(state_folder / RUN_FILE_NAME, _write_new(file))
    return file


def _write_new(file: Path) -> str:
    token = secrets.token_urlsafe(24)
    write_whole(file, token.encode())
    return token
