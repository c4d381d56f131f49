"""Stores the messages for the sessions that asked for work: planned first, batched, announced once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, select, update

from claw_discord_coord.models import Announcement
from claw_discord_coord.registry.events import tell
from claw_discord_coord.registry.part import Part
from claw_discord_coord.registry.storage.rows import every, insert_new, one_at_a_time, values
from claw_discord_coord.registry.storage.schema import GIVEN_UP, announcements

SHOWN_FOR = timedelta(days=3)
"""The age to which a failed announcement is shown: a person cannot settle one, so the showing has to end by itself."""


class Announcements(Part):
    """The announcements by key. A key begins with the task's id and a slash."""

    async def plan(self, announcement: Announcement) -> bool:
        """Store an announcement and return True, or return False when the key exists already."""
        row = values(announcement, announcements)
        return await self._database.write(insert_new, announcements, row)

    async def sessions(self) -> list[str]:
        """Return the sessions with open announcements."""
        query = select(announcements.c.session_key).where(announcements.c.told.is_(None)).distinct()
        return await self._database.read(lambda connection: list(connection.execute(query).scalars()))

    async def next_batch(self, session_key: str, new_batch: str) -> list[Announcement]:
        """Return the next announcements for a session, as one batch.

        An unfinished batch is returned again unchanged. Otherwise all open announcements for the chat of the oldest
        announcement become the batch `new_batch`.
        """
        return await self._database.write(_next_batch, session_key, new_batch)

    async def release(self, batch: str) -> None:
        """Open the announcements of a batch again, after the batch is known to be undelivered."""
        change = update(announcements).where(announcements.c.batch == batch, announcements.c.told.is_(None))
        again = change.values(batch=None, attempts=announcements.c.attempts + 1)
        await self._database.write(lambda connection: connection.execute(again))

    async def given_up(self, *, limit: int) -> list[Announcement]:
        """Return the announcements of the last days that did not reach their session, newest first."""
        since = self._clock() - SHOWN_FOR
        query = select(announcements).where(GIVEN_UP, announcements.c.created_at > since)
        newest = query.order_by(announcements.c.created_at.desc(), announcements.c.number.desc()).limit(limit)
        return await self._database.read(lambda connection: every(connection, Announcement, newest))

    async def finish(self, news: Sequence[Announcement], *, told: str) -> None:
        """Record the outcome of announcements.

        Args:
            news: The announcements.
            told: `yes`, or the reason why the announcements could not be made. A reason becomes an event of each task.
        """
        await self._database.write(_announced, [one.key for one in news], told, self._clock())


def _next_batch(connection: Connection, session_key: str, new_batch: str) -> list[Announcement]:
    # Two batches for one session would interleave their messages in the chat.
    one_at_a_time(connection, "announcements", session_key)
    waiting = (announcements.c.session_key == session_key) & announcements.c.told.is_(None)
    news = every(connection, Announcement, select(announcements).where(waiting).order_by(announcements.c.number))
    for one in news:
        if one.batch is not None:
            return [another for another in news if another.batch == one.batch]
    # A batch becomes one message, so all its announcements must be for the same chat.
    together = [one.key for one in news if one.chat == news[0].chat]
    mine = announcements.c.key.in_(together)
    connection.execute(update(announcements).where(mine).values(batch=new_batch))
    return every(connection, Announcement, select(announcements).where(mine).order_by(announcements.c.number))


def _announced(connection: Connection, keys: Sequence[str], told: str, at: datetime) -> None:
    change = update(announcements).where(announcements.c.key.in_(keys), announcements.c.told.is_(None))
    query = change.values(told=told).returning(announcements.c.key, announcements.c.session_key)
    for key, session_key in connection.execute(query).all():
        if told != "yes":
            tell(connection, key.partition("/")[0], "announcement", f"news for {session_key}: {told}", at=at)
