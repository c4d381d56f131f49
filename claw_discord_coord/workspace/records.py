"""The parts of the registry that the workspace uses."""

from __future__ import annotations

from typing import Protocol

from claw_discord_coord.models import Post


class PostRecords(Protocol):
    """The writes to Discord, by key. Every change is stored when the call returns."""

    async def plan(self, key: str, channel_id: str, sha256: str) -> Post:
        """Record a post before it is sent. Returns the existing post when the key is known."""
        ...

    async def confirm(self, key: str, message_id: str) -> Post:
        """Record the id of the message that Discord created for the post."""
        ...

    async def by_message(self, message_id: str) -> Post | None:
        """Return the post that Discord shows as that message, or None for other messages."""
        ...

    async def forget(self, key: str) -> None:
        """Delete the post. Does nothing when the key is unknown."""
        ...


class CursorRecords(Protocol):
    """Positions in lists that are read in portions, by name."""

    async def get(self, name: str) -> str | None:
        """Return the position, or None when it was never set."""
        ...

    async def set(self, name: str, value: str) -> None:
        """Store the position."""
        ...


class RequestCounts(Protocol):
    """The number of requests to Discord that each task has caused."""

    async def add_requests(self, task_id: str, count: int) -> None:
        """Add `count` to the task's number."""
        ...


class Records(Protocol):
    """What the workspace stores. The registry provides these attributes."""

    @property
    def posts(self) -> PostRecords:
        """The writes to Discord."""
        ...

    @property
    def cursors(self) -> CursorRecords:
        """The positions up to which threads were read."""
        ...

    @property
    def tasks(self) -> RequestCounts:
        """The number of requests per task."""
        ...
