"""Comments on a pull request or issue on GitHub, and review comments on lines."""

from __future__ import annotations

import asyncio
from typing import ClassVar

from claw_discord_coord.config.destinations import GitHubDestinationConfig
from claw_discord_coord.destinations.blocking import in_thread
from claw_discord_coord.destinations.context import DestinationContext
from claw_discord_coord.destinations.github.posting import Posting
from claw_discord_coord.destinations.github.repository import Comment
from claw_discord_coord.destinations.github.target import KEYS, linked
from claw_discord_coord.destinations.guarantee import Guarantee
from claw_discord_coord.destinations.masking import SECRETS
from claw_discord_coord.destinations.receipt import receipt
from claw_discord_coord.models import Delivery, Receipt
from claw_discord_coord.routing.output import Output
from claw_discord_coord.text.front_matter import Value


class GitHub:
    """Writes each delivery as a comment with a hidden mark, to find the comment again.

    A long text becomes several comments. In update mode, a delivery replaces the destination's earlier comments on the
    same pull request or issue, unless the comments show a newer output.
    """

    guarantee: ClassVar[Guarantee] = Guarantee.ONCE_BY_LOOKING
    Settings: ClassVar[type[GitHubDestinationConfig]] = GitHubDestinationConfig

    def __init__(self, name: str, settings: GitHubDestinationConfig, context: DestinationContext) -> None:
        """Comment in the repository of `settings`."""
        self._name = name
        self._settings = settings
        self._clock = context.clock
        # One delivery at a time: between looking for comments and writing them, no other delivery may write.
        self._turn = asyncio.Lock()
        SECRETS.add([settings.token.get_secret_value()])

    async def deliver(self, delivery: Delivery) -> Receipt:
        """Write the missing comments and reviews."""
        async with self._turn:
            comment = await in_thread(lambda: Posting(self._name, self._settings, delivery).post())
        return self._receipt(delivery, comment)

    async def find(self, delivery: Delivery) -> Receipt | None:
        """Look for the comments and reviews; a delivery with a part missing has not arrived."""
        async with self._turn:
            comment = await in_thread(lambda: Posting(self._name, self._settings, delivery).find())
        return None if comment is None else self._receipt(delivery, comment)

    def leaves_machine(self) -> bool:
        """Return True."""
        return True

    def prepare(self, output: Output) -> dict[str, Value]:
        """Name the pull request or issue linked in the task, unless settings or metadata name another."""
        settings = self._settings
        if settings.number is not None or settings.branch is not None or any(key in output.about for key in KEYS):
            return {}
        number = linked(settings, output.task_text or "")
        return {} if number is None else {"pull_request": number}

    def _receipt(self, delivery: Delivery, comment: Comment | None) -> Receipt:
        return receipt(
            delivery,
            delivery.text,
            self._clock(),
            url=comment.url if comment else None,
            identifier=str(comment.id) if comment else None,
        )
