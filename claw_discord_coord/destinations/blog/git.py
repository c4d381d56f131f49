"""Puts files under version control with the git program. It never asks anybody anything."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from claw_discord_coord.config.destinations import GitConfig
from claw_discord_coord.destinations.programs import program
from claw_discord_coord.errors import DeliveryFailed, Unavailable

_SILENT = {
    "GIT_TERMINAL_PROMPT": "0",  # git's own manual, "Environment Variables": never ask on the terminal
    "GIT_ASKPASS": "",
    "SSH_ASKPASS": "",
    "GIT_SSH_COMMAND": "ssh -oBatchMode=yes",  # ssh_config(5): passwords and passphrases are never asked for
    "GIT_OPTIONAL_LOCKS": "0",
    "LC_ALL": "C",
}
_REFUSED = re.compile(
    r"permission denied|authentication failed|could not read (username|password)|returned error: 403|rejected",
    re.IGNORECASE,
)
"""What git says where it is certain that trying again does not help."""
_PASSING = re.compile(
    r"^(?:fatal|error): .*(?:unable to (?:access|connect|look up)|unable to create '.*\.lock'|cannot lock ref"
    r"|could not (?:resolve|read from remote)|hung up|RPC failed)",
    re.IGNORECASE | re.MULTILINE,
)
"""What git says where trying again may help; only its own lines count, since hooks say what they like."""
_CREDENTIALS = re.compile(r"://[^@/\s]*@")


class Repository:
    """The git repository that a folder belongs to."""

    def __init__(self, folder: Path, settings: GitConfig, *, timeout_s: float) -> None:
        """`folder` may be anywhere inside the repository."""
        self._folder = folder
        self._settings = settings
        self._timeout_s = timeout_s

    async def published(self, paths: Sequence[Path]) -> bool:
        """Whether the files are committed as they are, and pushed if that is wanted.

        Raises:
            DeliveryFailed, Unavailable: as `publish`.

        """
        if not self._settings.commit:
            return True
        return not await self._changed(paths) and not (self._settings.push and await self._unpushed())

    async def publish(self, paths: Sequence[Path], message: str) -> str | None:
        """Commit the files and nothing else, and push if that is wanted; safe to repeat. Answers the commit's id.

        Raises:
            DeliveryFailed: git refused, or is set up to ignore one of the files.
            Unavailable: the remote cannot be reached now, another git is at work, or git took too long.

        """
        if not self._settings.commit:
            return None
        names = [str(path) for path in paths]
        if await self._changed(paths):
            await self._git("add", "--", *names)
            await self._git(*self._author(), "commit", "--quiet", "--only", "--message", message, "--", *names)
        if self._settings.push and await self._unpushed():
            await self._git("push", "--quiet", self._settings.remote, f"HEAD:{await self._remote_branch()}")
        return await self.commit_of(paths)

    async def commit_of(self, paths: Sequence[Path]) -> str | None:
        """Tell the id of the last commit that changed one of the files."""
        return (await self._git("log", "-1", "--format=%H", "--", *map(str, paths))).strip() or None

    async def _changed(self, paths: Sequence[Path]) -> bool:
        """Whether a file is not committed as it is. Git's status is silent about files that it ignores."""
        names = [str(path) for path in paths]
        found = await self._git("ls-files", "--others", "--ignored", "--exclude-standard", "-z", "--", *names)
        if ignored := ", ".join(found.split("\0")[:-1]):
            raise DeliveryFailed(
                f"git ignores {ignored} in {self._folder}, so nothing is committed.",
                fix="Take it out of .gitignore, or name another folder in skill.yaml, then resend.",
            )
        return bool((await self._git("status", "--porcelain", "--untracked-files=all", "--", *names)).strip())

    async def _unpushed(self) -> bool:
        """Whether the remote lacks commits of ours, as far as the last exchange with it tells."""
        branch = (await self._remote_branch()).removeprefix("refs/heads/")
        tracking = f"refs/remotes/{self._settings.remote}/{branch}"
        if not (await self._git("for-each-ref", tracking)).strip():
            return True
        return (await self._git("rev-list", "--count", f"{tracking}..HEAD")).strip() != "0"

    async def _remote_branch(self) -> str:
        branch = self._settings.branch or (await self._git("symbolic-ref", "--short", "HEAD")).strip()
        return f"refs/heads/{branch}"

    def _author(self) -> list[str]:
        if self._settings.author is None:
            return []
        name, _, address = self._settings.author.rstrip(">").partition(" <")
        return ["-c", f"user.name={name}", "-c", f"user.email={address}"]

    async def _git(self, *arguments: str) -> str:
        try:
            ended = await program.run(["git", *arguments], folder=self._folder, timeout_s=self._timeout_s, env=_SILENT)
        except program.ProgramMissingError as error:
            raise DeliveryFailed(str(error), fix="Install git, or remove `git:` from skill.yaml.") from None
        except TimeoutError:
            raise Unavailable(
                f"git took longer than {self._timeout_s:g} s.", fix="Raise the destination's timeout_s in skill.yaml."
            ) from None
        except program.OutputTooLongError:
            raise DeliveryFailed("git printed more than can be read.", fix="Look into the repository.") from None
        if ended.exit_code == 0:
            return ended.stdout.decode(errors="replace")
        said = _CREDENTIALS.sub("://", ended.stderr.decode(errors="replace").strip()) or f"exit code {ended.exit_code}"
        kind = Unavailable if _PASSING.search(said) and not _REFUSED.search(said) else DeliveryFailed
        raise kind(
            f"git could not do it in {self._folder}: {' '.join(said.split())[:500]}.",
            fix="Correct it there, then resend.",
        )
