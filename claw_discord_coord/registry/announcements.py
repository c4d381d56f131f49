"""What the sessions that asked for work are still to be told: written down first, gathered, told once."""

from __future__ import annotations

from sqlalchemy import Connection, select, update

from claw_discord_coord.models import Announcement
from claw_discord_coord.registry.book import Book
from claw_discord_coord.registry.rows import every, insert_new, one_at_a_time, values
from claw_discord_coord.registry.schema import announcements


class Announcements(Book):
    """The announcements that there are, by key."""

    async def plan_announcement(self, announcement: Announcement) -> bool:
        """Write an announcement down; whether it is new. One of the same key is there once for ever."""
        row = values(announcement, announcements)
        return await self._database.write(insert_new, announcements, row)

    async def sessions_to_tell(self) -> list[str]:
        """The sessions for which there is something to tell."""
        query = select(announcements.c.session_key).where(announcements.c.told.is_(None)).distinct()
        return await self._database.read(lambda connection: list(connection.execute(query).scalars()))

    async def next_batch(self, session_key: str, new_batch: str) -> list[Announcement]:
        """What to tell the session next. A batch that was begun comes again as it was; else all that waits becomes
        one.
        """
        return await self._database.write(_next_batch, session_key, new_batch)

    async def announced(self, batch: str, *, told: str) -> None:
        """Note how telling a batch ended: `told` is `yes`, or why it could not be."""
        change = update(announcements).where(announcements.c.batch == batch, announcements.c.told.is_(None))
        await self._database.write(lambda connection: connection.execute(change.values(told=told)))


def _next_batch(connection: Connection, session_key: str, new_batch: str) -> list[Announcement]:
    one_at_a_time(connection, "announcements", session_key)
    waiting = (announcements.c.session_key == session_key) & announcements.c.told.is_(None)
    begun = connection.execute(
        select(announcements.c.batch).where(waiting, announcements.c.batch.is_not(None)).limit(1)
    ).scalar()
    if begun is None:
        connection.execute(update(announcements).where(waiting).values(batch=new_batch))
    batch = begun or new_batch
    query = select(announcements).where(waiting, announcements.c.batch == batch).order_by(announcements.c.number)
    return every(connection, Announcement, query)
