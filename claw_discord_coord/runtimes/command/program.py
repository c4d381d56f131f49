"""Which program a run starts, and what it finds in its environment."""

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
"""What a program needs to know of its machine; nothing else of the coordinator's environment reaches it, as that
holds secrets.
"""
_EVERY_PROGRAM = {"PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1"}
"""So that a Python program's progress comes as it is printed, in UTF-8 on every system."""


def environment(config: CommandRuntimeConfig, own: Mapping[str, str], order: Mapping[str, str]) -> dict[str, str]:
    """The program's whole environment: the machine's part of the coordinator's `own`, skill.yaml's, and the order's,
    which wins.
    """
    passed_on = {name: value for name, value in own.items() if _PASSED_ON.fullmatch(name.upper())}
    return {**passed_on, **_EVERY_PROGRAM, **config.env, **order}


def command(config: CommandRuntimeConfig, programs_folder: Path, path: str | None) -> list[str]:
    """The program and its arguments, with the program and every argument that names a file under `programs_folder`
    made absolute.

    `python` as the first word is this Python; a word without a slash is looked up in `path`, the program's own PATH.

    Raises:
        RunFailed: there is no such program or script, or it is not executable.
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
    if word.startswith(("./", "../")) or word.endswith(".py"):
        raise RunFailed(f"The file {file} does not exist.", fix="Correct `runtime.command` of the agent in skill.yaml.")
    return word


def _is_file(file: Path) -> bool:
    try:
        return file.is_file()
    except OSError:
        return False  # a word too long to be a name
