"""Finds the text and forum channels that skill.yaml names, and creates missing channels once."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TypeVar

import discord

from claw_discord_coord.errors import CoordError, DiscordUnavailable
from claw_discord_coord.workspace.connecting.discord_connection import Connection
from claw_discord_coord.workspace.connecting.discord_errors import mapped
from claw_discord_coord.workspace.connecting.request_counter import counted
from claw_discord_coord.workspace.records import CursorRecords

_log = logging.getLogger(__name__)

_REASON = "named in skill.yaml"
_CLOCKS_MAY_DIFFER = timedelta(minutes=5)

AnyChannel = discord.abc.GuildChannel
T = TypeVar("T", bound=AnyChannel)


class Channels:
    """The server's text and forum channels by the name in skill.yaml.

    The registry stores the id of each channel, so a channel that people rename or move is still found. A deleted
    channel is looked for by name, and created when missing.

    Discord allows two channels with the same name, and creating a channel is not safe to repeat. So one caller at a
    time looks, creates and looks again. Of several channels with the name the oldest counts. A younger channel that
    this bot created is deleted while it is empty.
    """

    def __init__(
        self, connection: Connection, category: str | None, cursors: CursorRecords, topic: Callable[[str], str]
    ) -> None:
        """`topic` returns the topic of a new channel by its name."""
        self._connection = connection
        self._category = category
        self._cursors = cursors
        self._topic = topic
        self._making = asyncio.Lock()
        self._gone: set[int] = set()
        self._ids: dict[str, int | None] = {}

    async def named(self, name: str) -> discord.TextChannel:
        """Find or create the text channel of that name.

        Raises:
            DiscordUnavailable: Discord cannot be reached now.
            DiscordRefused: The bot may not create the channel, or the server is full.
        """
        return await self._one(name, discord.TextChannel)

    async def forum(self, name: str) -> discord.ForumChannel:
        """Find or create the forum channel of that name. A text channel may have the same name.

        Raises:
            DiscordUnavailable: Discord cannot be reached now.
            DiscordRefused: The bot may not create the channel, or the server is full.
        """
        return await self._one(name, discord.ForumChannel)

    def forget(self, channel_id: int) -> None:
        """Drop a deleted channel from the cache, in case the gateway has not reported the deletion."""
        self._gone.add(channel_id)

    async def _one(self, name: str, kind: type[T]) -> T:
        guild = await self._connection.ready()
        known = await self._remembered(guild, guild.channels, name, kind) or self._chosen(guild.channels, name, kind)
        if known is None:
            async with self._making:
                # A channel is created once for all tasks, so the requests count for none of them.
                with counted():
                    known = await self._looked_for_or_made(name, kind)
        await self._remember(guild, name, known)
        return known

    async def _remembered(
        self, guild: discord.Guild, channels: Iterable[AnyChannel], name: str, kind: type[T]
    ) -> T | None:
        """Return the channel that the name meant last, if the channel still exists."""
        cursor = _cursor(guild, name, kind)
        if cursor not in self._ids:
            stored = await self._cursors.get(cursor)
            self._ids[cursor] = None if stored is None else int(stored)
        id_ = self._ids[cursor]
        return next((c for c in channels if c.id == id_ and isinstance(c, kind) and c.id not in self._gone), None)

    async def _remember(self, guild: discord.Guild, name: str, channel: AnyChannel) -> None:
        cursor = _cursor(guild, name, type(channel))
        if self._ids.get(cursor) != channel.id:
            await self._cursors.set(cursor, str(channel.id))
            self._ids[cursor] = channel.id

    async def _looked_for_or_made(self, name: str, kind: type[T]) -> T:
        guild = await self._connection.ready()
        listed = await _listed(guild)
        found = await self._remembered(guild, listed, name, kind) or self._chosen(listed, name, kind)
        if found is not None:
            return found
        category = await self._category_of(guild)
        topic = self._topic(name)
        make = guild.create_forum if issubclass(kind, discord.ForumChannel) else guild.create_text_channel
        return await self._made(
            guild,
            lambda: make(name, category=category, topic=topic, reason=_REASON),
            lambda channels: self._all_chosen(channels, name, kind),
            f"create the channel #{name}",
            topic,
        )

    async def _category_of(self, guild: discord.Guild) -> discord.CategoryChannel | None:
        wanted = self._category
        if wanted is None:
            return None

        def those(channels: Iterable[AnyChannel]) -> list[discord.CategoryChannel]:
            same = (c for c in channels if isinstance(c, discord.CategoryChannel) and _same(c.name, wanted))
            return sorted(same, key=lambda c: c.id)

        found = await self._remembered(guild, guild.categories, wanted, discord.CategoryChannel)
        if found is None:
            found = next(iter(those(guild.categories)), None)
        if found is None:
            found = await self._made(
                guild, lambda: guild.create_category(wanted, reason=_REASON), those, f"create the category {wanted}"
            )
        await self._remember(guild, wanted, found)
        return found

    async def _made(
        self,
        guild: discord.Guild,
        create: Callable[[], Awaitable[object]],
        those: Callable[[Iterable[AnyChannel]], list[T]],
        doing: str,
        topic: str | None = None,
    ) -> T:
        """Create a channel and look for the result, since Discord may create two channels, or create one without a
        response.
        """
        # discord.py repeats a request after a server error, so one call may create two channels.
        began = discord.utils.utcnow()
        unclear: DiscordUnavailable | None = None
        try:
            with mapped(doing, needs="Manage Channels"):
                await create()
        except DiscordUnavailable as error:
            unclear = error
        found = those(await _listed(guild))
        if not found:
            raise unclear or DiscordUnavailable(f"Discord was asked to {doing}, but it is not to be seen yet.")
        for spare in found[1:]:
            # An older or used channel belongs to people and is never deleted.
            if _made_since(spare, began) and _is_empty(spare, topic):
                _log.info("Removing %s (%s): there is an older one of that name.", spare.name, spare.id)
                with suppress(CoordError), mapped("remove a channel made twice", needs="Manage Channels"):
                    await spare.delete(reason="made twice by a request that was repeated")
        return found[0]

    def _chosen(self, channels: Iterable[AnyChannel], name: str, kind: type[T]) -> T | None:
        return next(iter(self._all_chosen(channels, name, kind)), None)

    def _all_chosen(self, channels: Iterable[AnyChannel], name: str, kind: type[T]) -> list[T]:
        """Return the channels of that kind and name, the channel that counts first."""
        same = [c for c in channels if isinstance(c, kind) and c.name == name and c.id not in self._gone]
        wanted = self._category
        return sorted(
            same, key=lambda c: (wanted is not None and not _same(c.category and c.category.name, wanted), c.id)
        )


def _cursor(guild: discord.Guild, name: str, kind: type[AnyChannel]) -> str:
    # Hashed, since a category's name may hold any characters. A text channel and a forum may have the same name.
    return f"discord/channel/{guild.id}/{kind.__name__}/{hashlib.sha256(name.encode()).hexdigest()[:16]}"


async def _listed(guild: discord.Guild) -> list[AnyChannel]:
    with mapped("list the channels"):
        return list(await guild.fetch_channels())


def _same(name: str | None, wanted: str) -> bool:
    return name is not None and name.casefold() == wanted.casefold()


def _made_since(channel: AnyChannel, moment: datetime) -> bool:
    return channel.created_at >= moment - _CLOCKS_MAY_DIFFER


def _is_empty(channel: AnyChannel, topic: str | None) -> bool:
    # A topic other than the new channel's was written by a person.
    if isinstance(channel, discord.CategoryChannel):
        return not channel.channels
    if not isinstance(channel, discord.TextChannel | discord.ForumChannel):
        return False
    return channel.last_message_id is None and channel.topic == topic
