"""Commits and pushes files with the git program. Git is never allowed to ask a person."""

from __future__ import annotations

import contextlib
import re
import tempfile
from collections.abc import Mapping, Sequence
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
_MOVED = re.compile(
    r"\((?:fetch first|non-fast-forward|stale info|failed to update ref|cannot lock ref)", re.IGNORECASE
)
"""Messages of git after which the remote has commits that this repository lacks."""
_PUSHES = 5
"""The most pushes of one delivery; between two of them, somebody else has pushed."""
_TRAILER = "Delivery: "
"""The beginning of the line with the delivery's key in messages of commits."""


class _RemoteMoved(DeliveryFailed):
    """The remote has commits that this repository lacks."""


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

        Args:
            paths: The files.
            message: The message of the commit, with a line that begins with `Delivery: `.

        Raises:
            DeliveryFailed: git refused, or ignores a file.
            Unavailable: the remote cannot be reached, another git is at work, or git took too long.

        """
        if not self._settings.commit:
            return None
        names = [str(path) for path in paths]
        if await self._changed(paths):
            await self._commit(names, message)
        if self._settings.push and await self._unpushed():
            await self._push()
        return await self.commit_of(paths)

    async def _commit(self, names: Sequence[str], message: str) -> None:
        try:
            await self._git("add", "--", *names)
            # `--only`: a person may have staged other files, which do not belong to this commit.
            await self._git(*self._author(), "commit", "--quiet", "--only", "--message", message, "--", *names)
        except (DeliveryFailed, Unavailable):
            # Files that stay staged would be part of the person's next commit.
            with contextlib.suppress(DeliveryFailed, Unavailable):
                await self._git("reset", "--quiet", "--", *names)
            raise

    async def _push(self) -> None:
        """Push. When the remote has moved, put the commits of deliveries on top of the remote's, never by force."""
        branch = await self._remote_branch()
        remote, old = self._settings.remote, (await self._git("rev-parse", "HEAD")).strip()
        new = old
        for attempt in range(1, _PUSHES + 1):
            try:
                await self._git("push", "--quiet", remote, f"{new}:{branch}")
                break
            except _RemoteMoved:
                if attempt == _PUSHES:
                    raise
            await self._git("fetch", "--quiet", remote, branch)
            new = await self._rebased(old, (await self._git("rev-parse", "FETCH_HEAD")).strip())
        if new != old:
            await self._move_to(old, new)

    async def _rebased(self, head: str, base: str) -> str:
        """Return the last of the commits that are made anew on top of `base`. The working tree stays as it is.

        Raises:
            DeliveryFailed: A commit is not of a delivery, or changes a file that the remote has changed.
        """
        # A person's files may be half edited, which `git rebase` would refuse or stash. So the trees are put together
        # in a separate index: commits of deliveries only add or replace whole files.
        for commit in (await self._git("rev-list", "--reverse", "--topo-order", f"{base}..{head}")).split():
            parents, message = (await self._git("log", "-1", "--format=%P%n%B", commit)).split("\n", 1)
            if " " in parents or not any(line.startswith(_TRAILER) for line in message.splitlines()):
                raise DeliveryFailed(
                    f"The remote has moved, and {commit[:10]} in {self._folder} is a commit that is not pushed either.",
                    fix="Run `git pull --rebase` and `git push` there, then resend.",
                )
            base = await self._picked(commit, parents, base, message)
        return base

    async def _picked(self, commit: str, parent: str, base: str, message: str) -> str:
        """Return a commit on top of `base` with the changes of `commit`, or `base` if the changes are there already."""
        raw = await self._git("diff-tree", "-r", "-z", "--no-renames", "--no-commit-id", parent, commit)
        fields = raw.split("\0")[:-1]
        changes: list[str] = []
        for described, path in zip(fields[::2], fields[1::2], strict=True):
            _, mode, before, after, _ = described.removeprefix(":").split(" ")
            entry = (await self._git("ls-tree", "--full-tree", base, "--", f":(literal){path}")).split()
            there = entry[2] if entry else "0" * len(after)
            if there == after:
                continue
            if there != before:
                raise DeliveryFailed(
                    f"The remote has moved, and has another {_shown(path)} than {self._folder}.",
                    fix="Run `git pull --rebase` there, resolve the conflict, then resend.",
                )
            changes.append(f"{mode} {after}\t{path}\0")
        if not changes:
            return base
        with tempfile.TemporaryDirectory(prefix="claw-git-") as folder:
            index = {"GIT_INDEX_FILE": str(Path(folder, "index"))}
            await self._git("read-tree", base, env=index)
            await self._git("update-index", "-z", "--index-info", env=index, stdin="".join(changes))
            tree = (await self._git("write-tree", env=index)).strip()
        name, address, date = (await self._git("log", "-1", "--format=%an%n%ae%n%aI", commit)).splitlines()
        author = {"GIT_AUTHOR_NAME": name, "GIT_AUTHOR_EMAIL": address, "GIT_AUTHOR_DATE": date}
        made = await self._git(*self._author(), "commit-tree", tree, "-p", base, env=author, stdin=message)
        return made.strip()

    async def _move_to(self, old: str, new: str) -> None:
        """Move the local branch and the files to the pushed commit, and keep what a person has changed or staged."""
        # The post is published already. Where a changed file is in the way, the branch stays behind until the person
        # pulls, and the next push skips commits that the remote has.
        with contextlib.suppress(DeliveryFailed, Unavailable):
            # As `git checkout` does it: refuses, with nothing changed, if a changed file would be lost.
            await self._git("read-tree", "-m", "-u", old, new)
            await self._git("update-ref", "-m", "claw-discord-coord: rebase", "HEAD", new, old)

    async def commit_of(self, paths: Sequence[Path]) -> str | None:
        """Return the id of the last commit of any of the files."""
        return (await self._git("log", "-1", "--format=%H", "--", *map(str, paths))).strip() or None

    async def _changed(self, paths: Sequence[Path]) -> bool:
        names = [str(path) for path in paths]
        # `git status` is silent about ignored files, so a post that is never committed would look committed.
        found = await self._git("ls-files", "--others", "--ignored", "--exclude-standard", "-z", "--", *names)
        if ignored := _shown(", ".join(found.split("\0")[:-1])):
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

    async def _git(self, *arguments: str, env: Mapping[str, str] | None = None, stdin: str = "") -> str:
        program = Program(("git", *arguments), self._folder, self._timeout_s, {**_SILENT, **(env or {})})
        try:
            process_exit = await program.run(stdin.encode(errors="surrogateescape"))
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
            return process_exit.stdout.decode(errors="surrogateescape")
        message = _CREDENTIALS.sub("://", process_exit.stderr.decode(errors="replace").strip())
        message = message or f"exit code {process_exit.exit_code}"
        # A refused push ends with "could not read from remote", too, so the refusals are looked for first.
        if _MOVED.search(message):
            kind = _RemoteMoved
        else:
            kind = Unavailable if _PASSING.search(message) and not _REFUSED.search(message) else DeliveryFailed
        raise kind(
            f"git failed in {self._folder}: {one_line_of(message, _SHOWN_CHARS)}.",
            fix="Correct the cause there, then resend.",
        )


def _shown(path: str) -> str:
    """Return a path for a message; a file's name may have bytes that are not text."""
    return path.encode(errors="replace").decode()
