"""Opens, archives and reopens the threads of tasks."""

from __future__ import annotations

import logging

import discord

from claw_discord_coord.errors import DiscordRefused
from claw_discord_coord.workspace.connecting.discord_connection import Connection
from claw_discord_coord.workspace.connecting.discord_errors import (
    ThreadClosed,
    ThreadExists,
    Vanished,
    WordsRefused,
    mapped,
)

_log = logging.getLogger(__name__)

_DAY_MIN = 1440
"""The idle minutes after which Discord archives a thread (Discord documentation, resources/channel,
`auto_archive_duration`); a later message reopens the thread."""


class Threads:
    """The threads on cards. A message has one thread at most, with the message's id."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def start(self, channel_id: int, message_id: int, name: str, *, plain_name: str) -> int:
        """Create the message's thread, or find the existing thread. Returns the thread's id.

        Error 160004 means that the message has a thread, never that another bot won. Discord also returns 160004 to
        this bot when the response to a first request was lost.

        Args:
            channel_id: The message's channel.
            message_id: The message.
            name: The thread's name.
            plain_name: The name to use when Discord does not allow a word of `name`.

        Raises:
            Vanished: The message or channel does not exist, or the thread was deleted; a new message is needed.
            DiscordUnavailable: Discord cannot be reached now, or the server has too many threads.
            DiscordRefused: The bot may not create threads.
        """
        guild = await self._connection.ready()
        # The gateway has reported the thread, so the request would only return error 160004.
        if guild.get_thread(message_id) is not None:
            return message_id
        message = self._connection.channel(channel_id).get_partial_message(message_id)
        try:
            try:
                await self._create(message, name)
            except WordsRefused as error:
                _log.warning("A thread is named %s: %s", plain_name, error)
                await self._create(message, plain_name)
        except ThreadExists:
            await self._look(message_id)
        return message_id

    async def _create(self, message: discord.PartialMessage, name: str) -> None:
        with mapped("start a thread", needs="Create Public Threads"):
            await message.create_thread(name=name, auto_archive_duration=_DAY_MIN)

    async def archive(self, thread_id: int) -> None:
        """Archive the thread. Does nothing when the thread is archived or missing."""
        try:
            await self._edit(thread_id, archived=True)
        # An archived or deleted thread has the wanted effect.
        except (ThreadClosed, Vanished):
            return

    async def reopen(self, thread_id: int) -> None:
        """Unarchive and unlock the thread, so that the bot can write.

        Raises:
            Vanished: The thread does not exist.
            DiscordRefused: The bot may not change the thread.
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
        # A deleted thread keeps its error 160004, so the card needs a new message before a thread can exist again.
        if not isinstance(found, discord.Thread):
            raise Vanished(f"Discord's channel {thread_id} is not a thread.")
