"""Stores writes to Discord: planned before sending, confirmed with the message's id."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, select, update

from claw_discord_coord.errors import Conflict
from claw_discord_coord.models import Post
from claw_discord_coord.registry.part import Part
from claw_discord_coord.registry.storage.rows import every, insert_new, only
from claw_discord_coord.registry.storage.schema import posts


class Posts(Part):
    """The posts by key."""

    async def plan(self, key: str, channel_id: str, sha256: str) -> Post:
        """Store a post before it is sent. Returns the existing post when the key is known."""
        return await self._database.write(_plan, key, channel_id, sha256, self._clock())

    async def confirm(self, key: str, message_id: str) -> Post:
        """Store the id of the message that Discord created for the post.

        Raises:
            Conflict: No post with that key is planned.
        """
        return await self._database.write(_confirm, key, message_id)

    async def by_message(self, message_id: str) -> Post | None:
        """Return the post that Discord shows as that message."""
        query = select(posts).where(posts.c.message_id == message_id)
        return await self._database.read(only, Post, query)

    async def forget(self, key: str) -> None:
        """Delete the post. Does nothing when the key is unknown."""
        await self._database.write(lambda connection: connection.execute(delete(posts).where(posts.c.key == key)))


def _plan(connection: Connection, key: str, channel_id: str, sha256: str, at: datetime) -> Post:
    insert_new(connection, posts, {"key": key, "channel_id": channel_id, "sha256": sha256, "planned_at": at})
    return every(connection, Post, select(posts).where(posts.c.key == key))[0]


def _confirm(connection: Connection, key: str, message_id: str) -> Post:
    change = update(posts).where(posts.c.key == key).values(message_id=message_id).returning(posts)
    post = only(connection, Post, change)
    if post is None:
        raise Conflict(f"No post is planned under the key {key!r}.", fix="Plan it first.")
    return post
