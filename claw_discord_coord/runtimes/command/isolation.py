"""Runs a program behind a wall: bubblewrap gives it a file system of its own with the named paths only (Linux).

The program sees its session's folder, the declared paths, the system's programs and libraries, this Python with this
package, and the coordinator's socket. The program sees neither the state folder nor other processes.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from claw_discord_coord.config.locate import state_base
from claw_discord_coord.config.runtimes import IsolationConfig
from claw_discord_coord.errors import RunFailed

_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
# Of /etc only what programs need to load libraries, to find hosts, and to check certificates.
_ETC = (
    "alternatives",
    "ca-certificates",
    "group",
    "hosts",
    "ld.so.cache",
    "ld.so.conf",
    "ld.so.conf.d",
    "localtime",
    "nsswitch.conf",
    "passwd",
    "pki",
    "protocols",
    "resolv.conf",
    "services",
    "ssl",
)
_PACKAGE = Path(__file__).resolve().parents[2]
_LIMIT_S = 10.0
_OF_THE_KERNEL = (Path("/proc"), Path("/sys"), Path("/dev"))


@dataclass(frozen=True)
class Folders:
    """The folders that a walled program deals with.

    Attributes:
        session: The session's folder, which the program may write.
        programs: The folder where relative declared paths start.
        state: The coordinator's state folder, which stays out of sight.
        socket: The folder with nothing but the coordinator's socket, or None without a socket.
    """

    session: Path
    programs: Path
    state: Path
    socket: Path | None


def isolated(
    command: Sequence[str],
    environment: Mapping[str, str],
    config: IsolationConfig,
    folders: Folders,
    files: Sequence[str] = (),
) -> tuple[list[str], dict[str, str]]:
    """Return the command behind the wall, and its environment.

    Args:
        command: The program with an absolute path, and the arguments.
        environment: The environment without the wall.
        config: The declared paths, and whether the network is open.
        folders: The folders.
        files: Files that the program may read, such as those of a handoff.

    Raises:
        RunFailed: bubblewrap is not installed, or a declared path does not exist.
    """
    words = [_bwrap(), "--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL"]
    if config.network:
        words.append("--share-net")
    words += ["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"]  # noqa: S108 - a file system of its own
    # The kernel's settings are the machine's: root could change them through a /proc of its own.
    for name in ("sys", "sysrq-trigger", "irq", "bus"):
        words += ["--ro-bind-try", f"/proc/{name}", f"/proc/{name}"]
    words += _system()
    if home := environment.get("HOME"):
        words += ["--tmpfs", home]
    python = _python()
    for path in [*python, *_files_of(command, seen=[*map(Path, _SYSTEM), *python])]:
        words += ["--ro-bind", str(path), str(path)]
    for path in _declared(config.read, folders.programs):
        words += ["--ro-bind", str(path), str(path)]
    for path in _declared(config.write, folders.programs):
        words += ["--bind", str(path), str(path)]
    # After the declared paths: a home folder that is declared does not open the state folder in it.
    for hidden in {state_base(), folders.state}:
        if hidden.exists():
            words += ["--tmpfs", str(hidden)]
    words += ["--bind", str(folders.session), str(folders.session)]
    for path in ([folders.socket] if folders.socket else []) + [Path(file) for file in files]:
        words += ["--ro-bind-try", str(path), str(path)]
    words += ["--chdir", str(folders.session), "--", *command]
    seen = {name: value for name, value in environment.items() if name not in {"CLAW_STATE_DIR", "TMPDIR"}}
    return words, seen


def kernel_folder(path: Path) -> Path | None:
    """Return the folder of the kernel in which the path lies: /proc, /sys or /dev; None for a path elsewhere."""
    found = path.resolve()
    return next((folder for folder in _OF_THE_KERNEL if found.is_relative_to(folder)), None)


def path_problems(config: IsolationConfig, programs: Path) -> Iterator[str]:
    """Yield a sentence for each declared path that does not exist or opens the wall to the kernel's files."""
    for path in (programs / Path(name).expanduser() for name in (*config.read, *config.write)):
        if (kernel := kernel_folder(path)) is not None:
            yield f"The path {path} of `isolation` lies in {kernel}: programs could reach other processes or devices."
        elif not path.exists():
            yield _does_not_exist(path)


def problem() -> str | None:
    """Return why no program can be isolated on this machine, or None."""
    try:
        tried = subprocess.run(  # noqa: S603 - a fixed command
            [_bwrap(), "--unshare-all", "--ro-bind", "/", "/", "--proc", "/proc", "--", "true"],
            capture_output=True,
            text=True,
            timeout=_LIMIT_S,
            check=False,
        )
    except RunFailed as error:
        return error.sentence()
    except subprocess.TimeoutExpired:
        return "bubblewrap does not come to an end."
    return None if tried.returncode == 0 else f"bubblewrap cannot isolate programs here: {tried.stderr.strip()}"


def _bwrap() -> str:
    found = shutil.which("bwrap") if sys.platform == "linux" else None
    if found is None:
        raise RunFailed(
            "The agent's `isolation` needs bubblewrap, which is not installed."
            if sys.platform == "linux"
            else "The agent's `isolation` needs Linux.",
            fix="Install it (Debian: `apt install bubblewrap`), or remove `isolation` of the agent in skill.yaml.",
        )
    return found


def _system() -> Iterator[str]:
    for name in _SYSTEM:
        path = Path(name)
        if path.is_symlink():
            yield from ("--symlink", os.readlink(path), name)  # noqa: PTH115
        elif path.is_dir():
            yield from ("--ro-bind", name, name)
    for name in _ETC:
        yield from ("--ro-bind-try", f"/etc/{name}", f"/etc/{name}")


def _python() -> list[Path]:
    """Return the folders of this Python and this package, with which programs call skills."""
    folders = {Path(sys.base_prefix).resolve(), Path(sys.prefix), _PACKAGE}
    return sorted(folder for folder in folders if not folder.is_relative_to("/usr"))


def _files_of(command: Sequence[str], *, seen: Sequence[Path]) -> Iterator[Path]:
    """Yield the files that the command names, its program and its script, which the program does not see anyway."""
    for word in command:
        path = Path(word)
        if path.is_absolute() and _is_file(path) and not any(path.is_relative_to(folder) for folder in seen):
            yield path


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False  # an argument that only looks like a path


def _declared(paths: Sequence[str], programs: Path) -> Iterator[Path]:
    for name in paths:
        path = programs / Path(name).expanduser()
        if not path.exists():
            raise RunFailed(_does_not_exist(path), fix="Create it, or correct `isolation` of the agent in skill.yaml.")
        yield path.absolute()


def _does_not_exist(path: Path) -> str:
    return f"The path {path} of the agent's `isolation` does not exist."
