"""Posts a delivery on a pull request or issue: comments for the text, and reviews for findings about lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from claw_discord_coord.config.destinations import GitHubDestinationConfig
from claw_discord_coord.destinations.github.findings import Finding, findings, placeable
from claw_discord_coord.destinations.github.mark import Mark, hash_of
from claw_discord_coord.destinations.github.repository import (
    COMMENT_CHARS,
    COMMENTS_PER_REVIEW,
    Comment,
    GitHubRepository,
)
from claw_discord_coord.destinations.github.target import target
from claw_discord_coord.errors import DeliveryFailed
from claw_discord_coord.models import Delivery
from claw_discord_coord.text.fences import commonmark_fences
from claw_discord_coord.text.markdown import without_title
from claw_discord_coord.text.mentions import for_github
from claw_discord_coord.text.sanitize import outgoing
from claw_discord_coord.text.split import split

# Comments are looked for from the delivery's time on. GitHub's clock may be behind the clock of this machine.
_CLOCKS_APART = timedelta(hours=1)


@dataclass(frozen=True)
class _Posted:
    """A comment of the coordinator, with the mark."""

    mark: Mark
    comment: Comment


@dataclass(frozen=True)
class _Review:
    """A missing review."""

    body: str
    findings: Sequence[Finding]


class Posting:
    """A delivery to GitHub. All methods block, so call the methods in a thread.

    Raises:
        DeliveryFailed, Unavailable: any method: as the methods of GitHubRepository.

    """

    def __init__(self, name: str, settings: GitHubDestinationConfig, delivery: Delivery) -> None:
        """Find the pull request or issue of the delivery."""
        self._name = name
        self._settings = settings
        self._delivery = delivery
        wanted = target(settings, delivery.about)
        self._repository = GitHubRepository(name, settings)
        self._number = wanted.number if wanted.number is not None else self._repository.pull_of(wanted.branch or "")

    def post(self) -> Comment | None:
        """Write the missing comments and reviews, and return the first comment."""
        posted = self._posted()
        self._check_newest(posted)
        first: Comment | None = None
        for part, body in enumerate(self._bodies(), 1):
            comment = self._put(posted.pop(part, None), body)
            first = first or comment
        # In update mode the delivery before may have had more parts.
        for rest in posted.values():
            self._repository.delete(rest.comment)
        for review in self._missing_reviews():
            self._repository.review(self._number, review.body, review.findings)
        return first

    def find(self) -> Comment | None:
        """Return the first comment, or None if a comment or a review of the delivery is missing."""
        posted, key = self._posted(), hash_of(self._delivery.key)
        complete = sorted(posted) == list(range(1, len(self._bodies()) + 1))
        if not complete or any(each.mark.delivery != key for each in posted.values()) or any(self._missing_reviews()):
            return None
        return posted[1].comment

    def _put(self, old: _Posted | None, body: str) -> Comment:
        if old is None:
            return self._repository.create(self._number, body)
        if old.mark.delivery == hash_of(self._delivery.key):
            return old.comment
        return self._repository.edit(old.comment, body)

    def _check_newest(self, posted: dict[int, _Posted]) -> None:
        # In update mode a late attempt must not replace a newer output by an older output.
        key = hash_of(self._delivery.key)
        others = [each.mark.as_of_ms for each in posted.values() if each.mark.delivery != key]
        if others and max(others) > self._as_of_ms:
            raise DeliveryFailed(
                f"{self._name}: a newer output stands there already.",
                fix="Leave it there, or resend this output to have it there after all.",
            )

    def _bodies(self) -> list[str]:
        """Return the bodies of all comments for the delivery's text."""
        title, text = self._delivery.title, without_title(self._delivery.title, self._delivery.text)
        names = ", ".join(Path(artifact).name for artifact in self._delivery.artifacts)
        # GitHub's API has no upload of files.
        whole = f"### {title}\n\n{text}" + (f"\n\n(Files that stay with the task: {names})" if names else "")
        sanitized = self._sanitized(whole)
        parts = split(sanitized.rstrip(), limit_chars=COMMENT_CHARS, fences=commonmark_fences)
        return [self._mark(number, len(parts)).above(part.content) for number, part in enumerate(parts, 1)]

    def _sanitized(self, text: str) -> str:
        text = outgoing(text)
        return text if self._settings.mentions else for_github(text)

    @property
    def _subject(self) -> str:
        """The subject of the comments' marks: the delivery, or in update mode the destination."""
        if self._settings.comment == "new":
            return hash_of(self._delivery.key)
        return hash_of(f"{self._settings.repository} {self._name}")

    @property
    def _as_of_ms(self) -> int:
        return int(self._delivery.as_of.timestamp() * 1000)

    def _mark(self, part: int, count: int) -> Mark:
        return Mark(self._subject, part, count, hash_of(self._delivery.key), self._as_of_ms)

    def _posted(self) -> dict[int, _Posted]:
        """Return the coordinator's comments of the subject, by part."""
        since = self._delivery.created_at - _CLOCKS_APART if self._settings.comment == "new" else None
        return self._own(self._repository.comments(self._number, since=since), self._subject)

    def _own(self, comments: Sequence[Comment], subject: str) -> dict[int, _Posted]:
        marked = [_Posted(mark, comment) for comment in comments if (mark := Mark.read(comment.body, subject))]
        # Anyone can copy a mark, so the author counts, too. The question costs a request: only if there is a mark.
        me = self._repository.me() if marked else None
        own: dict[int, _Posted] = {}
        for each in marked:
            if me is None or each.comment.by == me:
                own.setdefault(each.mark.part, each)
        return own

    def _missing_reviews(self) -> Iterator[_Review]:
        found = findings(self._delivery.text) if self._settings.findings else ()
        if not found or not self._repository.subject(self._number).is_pull:
            return
        # A review belongs to one delivery, in update mode too: earlier findings stay on their lines.
        key = hash_of(self._delivery.key)
        written = self._own(self._repository.reviews(self._number), key)
        shown = placeable(found, self._repository.patches(self._number))
        chunks = [shown[start : start + COMMENTS_PER_REVIEW] for start in range(0, len(shown), COMMENTS_PER_REVIEW)]
        for part, chunk in enumerate(chunks, 1):
            if part not in written:
                summary = self._sanitized(f"{self._delivery.title}: findings on {len(chunk)} lines.")
                remarks = [replace(finding, text=self._sanitized(finding.text)) for finding in chunk]
                yield _Review(Mark(key, part, len(chunks), key, self._as_of_ms).above(summary), remarks)
