"""Finds the threads of text channels that skill.yaml names, and creates missing threads once."""

from __future__ import annotations

import asyncio
import hashlib
import json

import discord

from claw_discord_coord.text.sanitize import one_line
from claw_discord_coord.workspace.connecting.discord_errors import Vanished, mapped
from claw_discord_coord.workspace.posting.draft import Draft
from claw_discord_coord.workspace.posting.posts import Posts
from claw_discord_coord.workspace.records import Records
from claw_discord_coord.workspace.threads import Threads

NAME_CHARS = 100
"""The longest name of a thread (Discord documentation, resources/channel, "Start Thread from Message")."""

_LOOK_BACK_THREADS = 500


class NamedThreads:
    """Threads by channel and name. The registry stores the thread's id, so a renamed thread is still found."""

    def __init__(self, records: Records, posts: Posts, threads: Threads) -> None:
        self._records = records
        self._posts = posts
        self._threads = threads
        self._looking = asyncio.Lock()

    async def find(self, channel: discord.TextChannel, name: str, *, needs: str) -> int:
        """Find the thread of that name among active and archived threads, or create the thread. Returns the id.

        The thread is created from a message of this bot: a message has one thread at most, so the request is safe to
        repeat.

        Raises:
            DiscordUnavailable: Discord cannot be reached now.
            DiscordRefused: The bot may not create the thread. Vanished when the channel does not exist.
        """
        name = one_line(name, NAME_CHARS)
        async with self._looking:
            cursor = _cursor(channel.id, name)
            known, number = json.loads(await self._records.cursors.get(cursor) or "[null, 1]")
            if known is not None:
                return known
            thread_id = await self._named(channel, name)
            if thread_id is None:
                thread_id, number = await self._made(channel, name, number, needs)
            await self._records.cursors.set(cursor, json.dumps([thread_id, number]))
            return thread_id

    async def forget(self, channel: discord.TextChannel, name: str, thread_id: int) -> None:
        """Record that people deleted a thread; the next thread of the name is a new one."""
        async with self._looking:
            cursor = _cursor(channel.id, one_line(name, NAME_CHARS))
            known, number = json.loads(await self._records.cursors.get(cursor) or "[null, 1]")
            if known == thread_id:
                await self._records.cursors.set(cursor, json.dumps([None, number + 1]))

    async def _named(self, channel: discord.TextChannel, name: str) -> int | None:
        with mapped("look for a thread", needs="View Channel, Read Message History"):
            active = await channel.guild.active_threads()
            same = [thread.id for thread in active if thread.parent_id == channel.id and thread.name == name]
            if same:
                return min(same)
            async for thread in channel.archived_threads(limit=_LOOK_BACK_THREADS):
                if thread.name == name:
                    return thread.id
        return None

    async def _made(self, channel: discord.TextChannel, name: str, number: int, needs: str) -> tuple[int, int]:
        while True:
            key = f"thread/{_cursor(channel.id, name)}/{number}"
            posted = await self._posts.put(key, channel.id, Draft(content=f"🧵 **{name}**"), needs=needs)
            try:
                # Any plain name does, since the registry stores the thread's id.
                start = self._threads.start(posted.channel_id, posted.message_id, name, plain_name=f"thread-{number}")
                return await start, number
            except Vanished:
                if posted.fresh:
                    raise
                number += 1  # the message was deleted before its thread was known; another one takes its place


def _cursor(channel_id: int, name: str) -> str:
    return f"discord/thread/{channel_id}/{hashlib.sha256(name.encode()).hexdigest()[:16]}"
