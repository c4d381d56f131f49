"""Opens, archives and reopens the threads of tasks."""

from __future__ import annotations

import discord

from claw_discord_coord.errors import DiscordRefused
from claw_discord_coord.workspace.connection import Connection
from claw_discord_coord.workspace.discord_errors import ThreadClosed, ThreadExists, Vanished, mapped

_DAY_MIN = 1440
"""After how many idle minutes Discord archives a thread by itself (Discord documentation, resources/channel,
`auto_archive_duration`); what is said in it later opens it again."""


class Threads:
    """The threads that hang on cards. A message has one thread at most, whose id is the message's."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def start(self, channel_id: int, message_id: int, name: str) -> int:
        """Make sure that the message has its thread, and return the thread's id.

        Discord answers 160004 when there is one, also to our own request when the answer to its first attempt was lost:
        so it means that there is a thread, never that somebody else has won, and is settled by looking.

        Raises:
            Vanished: the message or its channel is gone, or its thread was deleted; it takes a new message.
            DiscordUnavailable: not now.
            DiscordRefused: the bot may not, or the server has too many threads.
        """
        guild = await self._connection.ready()
        if guild.get_thread(message_id) is not None:
            return message_id
        message = self._connection.channel(channel_id).get_partial_message(message_id)
        try:
            with mapped("start a thread", needs="Create Public Threads"):
                await message.create_thread(name=name, auto_archive_duration=_DAY_MIN)
        except ThreadExists:
            await self._look(message_id)
        return message_id

    async def archive(self, thread_id: int) -> None:
        """Archive the thread; nothing happens if it is archived or gone."""
        try:
            await self._edit(thread_id, archived=True)
        except (ThreadClosed, Vanished):
            return

    async def reopen(self, thread_id: int) -> None:
        """Take the thread out of the archive, and its lock off, so that it can be written in.

        Raises:
            Vanished: it is gone.
            DiscordRefused: the bot may not.
        """
        try:
            await self._edit(thread_id, archived=False, locked=False)
        except ThreadClosed as error:
            raise DiscordRefused(str(error), fix="Give the bot's role Manage Threads, or unlock the thread.") from error

    async def _edit(self, thread_id: int, **changes: bool) -> None:
        await self._connection.ready()
        # discord.py has no partial thread, and fetching one first would be a request for nothing.
        with mapped("archive or reopen a thread", needs="Manage Threads"):
            await self._connection.client.http.edit_channel(thread_id, reason=None, **changes)

    async def _look(self, thread_id: int) -> None:
        guild = await self._connection.ready()
        with mapped("look for a thread"):
            found = await guild.fetch_channel(thread_id)
        if not isinstance(found, discord.Thread):
            raise Vanished(f"What Discord shows in the place of thread {thread_id} is no thread.")
