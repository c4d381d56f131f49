"""Comments on a pull request or issue on GitHub, and review comments on its lines."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import ClassVar

from claw_discord_coord.config.destinations import GitHubDestinationConfig
from claw_discord_coord.destinations.blocking import in_thread
from claw_discord_coord.destinations.context import DestinationContext
from claw_discord_coord.destinations.github.findings import Finding, findings, placeable
from claw_discord_coord.destinations.github.repository import (
    COMMENT_CHARS,
    COMMENTS_PER_REVIEW,
    Comment,
    GitHubRepository,
)
from claw_discord_coord.destinations.github.target import KEYS, linked, target
from claw_discord_coord.destinations.guarantee import Guarantee
from claw_discord_coord.destinations.masking import SECRETS
from claw_discord_coord.destinations.receipt import receipt
from claw_discord_coord.errors import DeliveryFailed
from claw_discord_coord.models import Delivery, Receipt
from claw_discord_coord.routing.output import Output
from claw_discord_coord.text.fences import commonmark_fences
from claw_discord_coord.text.front_matter import Value
from claw_discord_coord.text.markdown import code_and_prose, without_title
from claw_discord_coord.text.split import split

_MARK = "claw-discord-coord"
_CLOCKS = timedelta(hours=1)
"""How far GitHub's clock may be behind ours when we look for our own comments."""


class GitHub:
    """Writes each delivery as a comment that begins with a hidden mark, by which it is found again.

    Long texts become several comments. In update mode, the destination's earlier comments on the same pull request or
    issue are replaced in place, and never by an output that is older than what they show.
    """

    guarantee: ClassVar[Guarantee] = Guarantee.ONCE_BY_LOOKING
    Settings: ClassVar[type[GitHubDestinationConfig]] = GitHubDestinationConfig

    def __init__(self, name: str, settings: GitHubDestinationConfig, context: DestinationContext) -> None:
        """Comment in the repository of `settings`."""
        self._name = name
        self._settings = settings
        self._clock = context.clock
        self._turn = asyncio.Lock()
        SECRETS.add([settings.token.get_secret_value()])

    async def deliver(self, delivery: Delivery) -> Receipt:
        """Write what is not there yet: the comments, then the review of lines."""
        async with self._turn:
            return await in_thread(self._deliver, delivery)

    async def find(self, delivery: Delivery) -> Receipt | None:
        """Look for the comments and the review; all of them must be there."""
        async with self._turn:
            return await in_thread(self._find, delivery)

    def leaves_machine(self) -> bool:
        """Comments are elsewhere."""
        return True

    def prepare(self, output: Output) -> dict[str, Value]:
        """Name the pull request or issue that the task links to, unless settings or metadata name one."""
        settings = self._settings
        if settings.number is not None or settings.branch is not None or any(key in output.about for key in KEYS):
            return {}
        number = linked(settings, output.task_text or "")
        return {} if number is None else {"pull_request": number}

    def _deliver(self, delivery: Delivery) -> Receipt:
        forge, number, text = self._opened(delivery)
        bodies = self._bodies(delivery, text)
        there = self._there(forge, number, delivery)
        newer = max((one.as_of_ms for one in there.values() if one.delivery != _hash(delivery.key)), default=None)
        if newer is not None and newer > _as_of_ms(delivery):
            raise DeliveryFailed(
                f"{self._name}: a newer output stands there already.",
                fix="Leave it so, or send this one again to have it there after all.",
            )
        first: Comment | None = None
        for part, body in enumerate(bodies, 1):
            old = there.pop(part, None)
            if old is None:
                comment = forge.create(number, body)
            else:
                comment = old.comment if old.delivery == _hash(delivery.key) else forge.edit(old.comment, body)
            first = first or comment
        for old in there.values():
            forge.delete(old.comment)
        for part, count, some in self._missing_reviews(forge, number, delivery, text):
            summary = f"{delivery.title}: findings on {len(some)} lines."
            forge.review(number, self._marked(_hash(delivery.key), part, count, delivery, summary), some)
        return self._receipt(delivery, text, first)

    def _find(self, delivery: Delivery) -> Receipt | None:
        forge, number, text = self._opened(delivery)
        there = self._there(forge, number, delivery)
        count = len(self._bodies(delivery, text))
        arrived = sorted(there) == list(range(1, count + 1)) and all(
            one.delivery == _hash(delivery.key) for one in there.values()
        )
        if not arrived or self._missing_reviews(forge, number, delivery, text):
            return None
        return self._receipt(delivery, text, there[1].comment)

    def _opened(self, delivery: Delivery) -> tuple[GitHubRepository, int, str]:
        wanted = target(self._settings, delivery.about)
        forge = GitHubRepository(self._name, self._settings)
        number = wanted.number if wanted.number is not None else forge.pull_of(wanted.branch or "")
        return forge, number, delivery.text

    def _bodies(self, delivery: Delivery, text: str) -> list[str]:
        names = ", ".join(Path(artifact).name for artifact in delivery.artifacts)
        shown = without_title(delivery.title, text)
        whole = f"### {delivery.title}\n\n{shown}" + (f"\n\n(Files that stay with the task: {names})" if names else "")
        harmless = whole if self._settings.mentions else _without_mentions(whole)
        split_text = split(harmless.rstrip(), limit_chars=COMMENT_CHARS, fences=commonmark_fences)
        several = [part.content for part in split_text]
        mark = self._mark(delivery)
        return [self._marked(mark, part, len(several), delivery, content) for part, content in enumerate(several, 1)]

    def _mark(self, delivery: Delivery) -> str:
        """Name what a comment stands for: one delivery, or in update mode this destination."""
        return _hash(delivery.key if self._settings.comment == "new" else f"{self._settings.repository} {self._name}")

    def _marked(self, mark: str, part: int, count: int, delivery: Delivery, content: str) -> str:
        """Put the hidden mark before a comment's text; hashes, so that no name can break out of it."""
        return f"<!-- {_MARK} {mark} {part}/{count} {_hash(delivery.key)} {_as_of_ms(delivery)} -->\n{content}"

    def _there(self, forge: GitHubRepository, number: int, delivery: Delivery) -> dict[int, _Ours]:
        """Find our comments by their part."""
        since = delivery.created_at - _CLOCKS if self._settings.comment == "new" else None
        return _ours(forge, forge.comments(number, since=since), self._mark(delivery))

    def _missing_reviews(
        self, forge: GitHubRepository, number: int, delivery: Delivery, text: str
    ) -> list[tuple[int, int, Sequence[Finding]]]:
        """List the reviews that are still to be written, as (part, count of parts, findings)."""
        found = findings(text) if self._settings.findings else ()
        if not found or not forge.subject(number).is_pull:
            return []
        there = _ours(forge, forge.reviews(number), _hash(delivery.key))
        shown = placeable(found, forge.patches(number))
        chunks = [shown[start : start + COMMENTS_PER_REVIEW] for start in range(0, len(shown), COMMENTS_PER_REVIEW)]
        return [(part, len(chunks), chunk) for part, chunk in enumerate(chunks, 1) if part not in there]

    def _receipt(self, delivery: Delivery, text: str, comment: Comment | None) -> Receipt:
        return receipt(
            delivery,
            text,
            self._clock(),
            url=comment.url if comment else None,
            identifier=str(comment.id) if comment else None,
        )


@dataclass(frozen=True)
class _Ours:
    """A comment of ours, the hash of the delivery that it shows, and how new that is."""

    comment: Comment
    delivery: str
    as_of_ms: int


def _ours(forge: GitHubRepository, comments: Sequence[Comment], mark: str) -> dict[int, _Ours]:
    """Pick those that begin with the mark and are by the token's owner (anyone could copy a mark), by their part."""
    pattern = re.compile(rf"<!-- {_MARK} {mark} (\d+)/\d+ ([0-9a-f]+) (\d+) -->")
    marked = [(match, one) for one in comments if (match := pattern.match(one.body))]
    me = forge.me() if marked else None
    found: dict[int, _Ours] = {}
    for match, one in marked:
        if me is None or one.by == me:
            found.setdefault(int(match[1]), _Ours(one, match[2], int(match[3])))
    return found


def _as_of_ms(delivery: Delivery) -> int:
    return int(delivery.as_of.timestamp() * 1000)


def _hash(named: str) -> str:
    return hashlib.sha256(named.encode()).hexdigest()[:24]


def _without_mentions(text: str) -> str:
    """Keep @names from notifying people: an empty comment inside shows nothing and breaks the mention."""
    pieces = code_and_prose(text)
    return "".join(piece if code else re.sub(r"(?<!\w)@(?=\w)", "@<!-- -->", piece) for code, piece in pieces)
