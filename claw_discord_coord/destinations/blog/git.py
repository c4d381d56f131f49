"""Commits and pushes files with the git program. Git is never allowed to ask a person."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from claw_discord_coord.config.destinations import GitConfig
from claw_discord_coord.destinations.programs.program import OutputTooLongError, Program, ProgramMissingError
from claw_discord_coord.errors import DeliveryFailed, Unavailable
from claw_discord_coord.text.excerpts import one_line_of

# A coordinator has no terminal: a question would stand there until the time-out. The words of git's messages are
# matched below, so they must be English.
_SILENT = {
    "GIT_TERMINAL_PROMPT": "0",  # git's manual, "Environment Variables": no questions on the terminal
    "GIT_ASKPASS": "",
    "SSH_ASKPASS": "",
    "GIT_SSH_COMMAND": "ssh -oBatchMode=yes",  # ssh_config(5): no questions for passwords and passphrases
    "GIT_OPTIONAL_LOCKS": "0",  # git's manual: `git status` beside a person's git takes no lock
    "LC_ALL": "C",
}
_REFUSED = re.compile(
    r"permission denied|authentication failed|could not read (username|password)|returned error: 403|rejected",
    re.IGNORECASE,
)
"""Messages of git after which another attempt certainly fails, too."""
# Only lines of git itself count. The output also holds the words of hooks, which may speak of anything.
_PASSING = re.compile(
    r"^(?:fatal|error): .*(?:unable to (?:access|connect|look up)|unable to create '.*\.lock'|cannot lock ref"
    r"|could not (?:resolve|read from remote)|hung up|RPC failed)",
    re.IGNORECASE | re.MULTILINE,
)
"""Messages of git after which another attempt may succeed."""
# A remote's address may hold a token, and git repeats the address in its messages.
_CREDENTIALS = re.compile(r"://[^@/\s]*@")
_SHOWN_CHARS = 500


class Repository:
    """The git repository of a folder."""

    def __init__(self, folder: Path, settings: GitConfig, *, timeout_s: float) -> None:
        """Use git in `folder`, anywhere inside the repository."""
        self._folder = folder
        self._settings = settings
        self._timeout_s = timeout_s

    async def published(self, paths: Sequence[Path]) -> bool:
        """Return whether all changes to the files are committed, and pushed if skill.yaml wants a push.

        Raises:
            DeliveryFailed, Unavailable: as `publish`.

        """
        if not self._settings.commit:
            return True
        return not await self._changed(paths) and not (self._settings.push and await self._unpushed())

    async def publish(self, paths: Sequence[Path], message: str) -> str | None:
        """Commit only these files, push if skill.yaml wants a push, and return the commit's id. Safe to repeat.

        Raises:
            DeliveryFailed: git refused, or ignores a file.
            Unavailable: the remote cannot be reached, another git is at work, or git took too long.

        """
        if not self._settings.commit:
            return None
        names = [str(path) for path in paths]
        if await self._changed(paths):
            await self._git("add", "--", *names)
            # `--only`: a person may have staged other files, which do not belong to this commit.
            await self._git(*self._author(), "commit", "--quiet", "--only", "--message", message, "--", *names)
        if self._settings.push and await self._unpushed():
            await self._git("push", "--quiet", self._settings.remote, f"HEAD:{await self._remote_branch()}")
        return await self.commit_of(paths)

    async def commit_of(self, paths: Sequence[Path]) -> str | None:
        """Return the id of the last commit of any of the files."""
        return (await self._git("log", "-1", "--format=%H", "--", *map(str, paths))).strip() or None

    async def _changed(self, paths: Sequence[Path]) -> bool:
        names = [str(path) for path in paths]
        # `git status` is silent about ignored files, so a post that is never committed would look committed.
        found = await self._git("ls-files", "--others", "--ignored", "--exclude-standard", "-z", "--", *names)
        if ignored := ", ".join(found.split("\0")[:-1]):
            raise DeliveryFailed(
                f"git ignores {ignored} in {self._folder}, so nothing is committed.",
                fix="Take it out of .gitignore, or name another folder in skill.yaml, then resend.",
            )
        return bool((await self._git("status", "--porcelain", "--untracked-files=all", "--", *names)).strip())

    async def _unpushed(self) -> bool:
        """Return whether the remote lacks commits, as far as the last exchange with the remote tells."""
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
        # As configuration, because `--author` leaves the committer to git, which refuses without a configured name.
        return ["-c", f"user.name={name}", "-c", f"user.email={address}"]

    async def _git(self, *arguments: str) -> str:
        program = Program(("git", *arguments), self._folder, self._timeout_s, _SILENT)
        try:
            process_exit = await program.run()
        except ProgramMissingError as error:
            raise DeliveryFailed(str(error), fix="Install git, or remove `git:` from skill.yaml.") from None
        except TimeoutError:
            # Unlike other programs, git can be asked afterwards how far it came, so another attempt is safe.
            raise Unavailable(
                f"git took longer than {self._timeout_s:g} s.", fix="Raise the destination's timeout_s in skill.yaml."
            ) from None
        except OutputTooLongError:
            raise DeliveryFailed("git printed more than can be read.", fix="Look into the repository.") from None
        if process_exit.exit_code == 0:
            return process_exit.stdout.decode(errors="replace")
        message = _CREDENTIALS.sub("://", process_exit.stderr.decode(errors="replace").strip())
        message = message or f"exit code {process_exit.exit_code}"
        # A refused push ends with "could not read from remote", too, so the refusals are looked for first.
        kind = Unavailable if _PASSING.search(message) and not _REFUSED.search(message) else DeliveryFailed
        raise kind(
            f"git failed in {self._folder}: {one_line_of(message, _SHOWN_CHARS)}.",
            fix="Correct the cause there, then resend.",
        )
