"""What this package needs of the registry: the ledger of posts, cursors, and the count of requests."""

from __future__ import annotations

from typing import Protocol

from claw_discord_coord.models import Post


class Ledger(Protocol):
    """The part of the registry that writes to Discord go through; every call is stored safely once it has answered."""

    async def plan_post(self, key: str, channel_id: str, sha256: str) -> Post:
        """Write a post down before it is sent; one of the same key that is there already is the answer."""
        ...

    async def confirm_post(self, key: str, message_id: str) -> Post:
        """Note the message that Discord made of the post."""
        ...

    async def forget_post(self, key: str) -> None:
        """Drop the post; nothing happens if it is not there."""
        ...

    async def cursor(self, name: str) -> str | None:
        """Read how far something has got; None if never set."""
        ...

    async def set_cursor(self, name: str, value: str) -> None:
        """Note how far something has got."""
        ...

    async def add_requests(self, task_id: str, count: int) -> None:
        """Add to the number of requests to Discord that a task has cost."""
        ...
