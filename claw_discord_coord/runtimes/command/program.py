"""The program that a run starts, and the program's environment."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from claw_discord_coord.config.runtimes import CommandRuntimeConfig
from claw_discord_coord.errors import RunFailed

_PASSED_ON = re.compile(
    r"PATH|HOME|USER|LOGNAME|LANG|LANGUAGE|LC_\w+|TZ|TMPDIR|TEMP|TMP"
    r"|SYSTEMROOT|SYSTEMDRIVE|WINDIR|COMSPEC|PATHEXT|USERPROFILE|APPDATA|LOCALAPPDATA|PROGRAMDATA"
)
"""The variables of the coordinator that a program gets; others may hold secrets."""
# Without these, a Python program's progress comes only when a buffer is full, and not in UTF-8 on every system.
_EVERY_PROGRAM = {"PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1"}


def environment(config: CommandRuntimeConfig, own: Mapping[str, str], order: Mapping[str, str]) -> dict[str, str]:
    """Return the program's whole environment.

    Args:
        config: The settings of the agent's runtime, whose `env` wins over `own`.
        own: The coordinator's environment, of which only the machine's part is passed on.
        order: The variables of the run, which win over all others.
    """
    passed_on = {name: value for name, value in own.items() if _PASSED_ON.fullmatch(name.upper())}
    return {**passed_on, **_EVERY_PROGRAM, **config.env, **order}


def command(config: CommandRuntimeConfig, programs_folder: Path, path: str | None) -> list[str]:
    """Return the program and its arguments, with absolute paths for files below `programs_folder`.

    `python` as the first word is this Python. A first word without a slash is looked up in `path`, the program's own
    PATH.

    Raises:
        RunFailed: The program or script does not exist, or is not executable.
    """
    first, *rest = config.command
    return [_program(first, programs_folder, path), *(_argument(word, programs_folder) for word in rest)]


def _program(word: str, folder: Path, path: str | None) -> str:
    if word == "python":
        return sys.executable
    if os.sep not in word and "/" not in word:
        if found := shutil.which(word, path=path):
            return str(Path(found).absolute())
        raise RunFailed(
            f"The program `{word}` is not installed.",
            fix="Install it where PATH finds it, or correct `runtime.command` of the agent in skill.yaml.",
        )
    file = folder / Path(word).expanduser()
    if not file.is_file():
        raise RunFailed(
            f"The program {file} does not exist.", fix="Correct `runtime.command` of the agent in skill.yaml."
        )
    if not os.access(file, os.X_OK):
        raise RunFailed(
            f"The program {file} is not executable.",
            fix=f"Run `chmod +x {file}`, or put its interpreter first in `runtime.command`.",
        )
    return str(file.absolute())


def _argument(word: str, folder: Path) -> str:
    if word.startswith("-") or not word or "\0" in word:
        return word
    file = folder / word
    if _is_file(file):
        return str(file.absolute())
    # A word that can only mean a file: told now, since the program itself would end with a stranger message.
    if word.startswith(("./", "../")) or word.endswith(".py"):
        raise RunFailed(f"The file {file} does not exist.", fix="Correct `runtime.command` of the agent in skill.yaml.")
    return word


def _is_file(file: Path) -> bool:
    try:
        return file.is_file()
    except OSError:
        return False  # a word that is too long for a file name
