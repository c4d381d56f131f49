"""Sends each message once: recorded first, sent with a nonce, searched for when the outcome is unknown."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import discord

from claw_discord_coord.models import Post
from claw_discord_coord.workspace.connecting.discord_connection import Connection
from claw_discord_coord.workspace.connecting.discord_errors import (
    INVALID_FORM,
    REPLY_WITHOUT_HISTORY,
    UNKNOWN_MESSAGE,
    Vanished,
    mapped,
)
from claw_discord_coord.workspace.posting.draft import Draft, recognized
from claw_discord_coord.workspace.records import Records

NONCE_TRUSTED = timedelta(minutes=1)
"""The time for which a nonce protects. Discord remembers nonces for "the past few minutes" and gives no number (Discord
documentation, resources/message, `enforce_nonce`)."""

NONCE_CHARS = 25
"""The longest nonce (Discord documentation, resources/message, `nonce`)."""

_NOWHERE = "0"
_CLOCKS_MAY_DIFFER = timedelta(minutes=5)
_LOOK_BACK_MESSAGES = 500
_REMEMBERED = 1_000


@dataclass(frozen=True)
class Posted:
    """A message on Discord. `fresh`: this call sent or found the message, and the message holds the draft."""

    channel_id: int
    message_id: int
    fresh: bool


class Posts:
    """Sends all messages of this package."""

    def __init__(self, connection: Connection, records: Records, now: Callable[[], datetime]) -> None:
        self._connection = connection
        self._records = records
        self._now = now
        self._confirmed: OrderedDict[int, None] = OrderedDict()

    async def put(self, key: str, channel_id: int, draft: Draft, *, needs: str) -> Posted:
        """Send the message of that key, or find the existing message.

        A known key returns the earlier message, whatever the draft. When the outcome of a first request is unknown, the
        same nonce makes a second request harmless for a few minutes. After that time the channel is searched for a
        message of this bot with the same fingerprint, and the message is sent only when the search finds none.

        Raises:
            DiscordUnavailable: Discord cannot be reached now; the next call finds out whether the message exists.
            DiscordRefused: Discord refuses until a person changes a setting. Vanished when the channel does not exist.
        """
        # Recorded before the request: after a crash the record says that the message may exist.
        post = await self._records.posts.plan(key, str(channel_id), draft.sha256)
        if post.message_id is not None:
            return Posted(int(post.channel_id), int(post.message_id), fresh=False)
        if post.channel_id != str(channel_id):  # planned for a channel that has gone since
            await self._records.posts.forget(key)
            post = await self._records.posts.plan(key, str(channel_id), draft.sha256)
        message_id = None
        # A young record needs no search: Discord recognizes the nonce and returns the first message.
        if self._now() - post.planned_at > NONCE_TRUSTED:
            message_id = await self._found(post, draft.sha256)
        if message_id is None:
            message_id = await self._sent(key, channel_id, draft, needs)
        await self._records.posts.confirm(key, str(message_id))
        # A confirmed message belongs to a key, so a search for another key must not find this message.
        self._confirmed[message_id] = None
        if len(self._confirmed) > _REMEMBERED:
            self._confirmed.popitem(last=False)
        # Of an attempt with another draft, whose outcome is unknown, the message may exist with the earlier text.
        return Posted(channel_id, message_id, fresh=post.sha256 == draft.sha256)

    async def take_away(self, key: str) -> None:
        """Delete the message of that key, if the message exists, and forget the key.

        Raises:
            DiscordUnavailable: Discord cannot be reached now.
            DiscordRefused: Discord refuses until a person changes a setting. ThreadClosed for a message in an
                archived thread.
        """
        # Planning is the only call that returns an existing record; a new record is deleted again below.
        post = await self._records.posts.plan(key, _NOWHERE, "")
        with suppress(Vanished):
            message_id = post.message_id
            if message_id is None and post.channel_id != _NOWHERE:
                message_id = await self._found(post, post.sha256)
            if message_id is not None:
                await self._connection.ready()
                message = self._connection.channel(int(post.channel_id)).get_partial_message(int(message_id))
                with mapped("delete a message"):
                    await message.delete()
        await self._records.posts.forget(key)

    async def _found(self, post: Post, sha256: str) -> int | None:
        """Search for a message that an earlier request may have sent, with the recorded or the present fingerprint.

        A message that belongs to another key does not match. So of two identical texts, sent minutes apart on both
        sides of a restart, one may be missing; no text is posted twice.
        """
        await self._connection.ready()
        channel = self._connection.channel(int(post.channel_id))
        since = discord.Object(discord.utils.time_snowflake(post.planned_at - _CLOCKS_MAY_DIFFER))
        with mapped("read the channel's history", needs="View Channel, Read Message History"):
            async for message in channel.history(after=since, limit=_LOOK_BACK_MESSAGES, oldest_first=True):
                ours = message.author.id == self._connection.bot_id and message.id not in self._confirmed
                if ours and recognized(message) in {post.sha256, sha256}:
                    return message.id
        return None

    async def _sent(self, key: str, channel_id: int, draft: Draft, needs: str) -> int:
        await self._connection.ready()
        channel = self._connection.channel(channel_id)
        with mapped("post a message", needs=needs):
            try:
                return await _send(channel, draft, _nonce(key, channel_id))
            except discord.HTTPException as error:
                # The message to reply to may be hidden from the bot or gone; the words count more than the reference.
                if draft.reply_to is not None and error.code in {REPLY_WITHOUT_HISTORY, INVALID_FORM}:
                    return await _send(channel, replace(draft, reply_to=None), _nonce(key, channel_id))
                # So Discord says that a message with this nonce existed and was deleted. What we
                # have to say still has to be said.
                if error.code != UNKNOWN_MESSAGE:
                    raise
                return await _send(channel, draft, _nonce(f"{key}\nagain", channel_id))


async def _send(channel: discord.PartialMessageable, draft: Draft, nonce: str) -> int:
    # discord.py sends `enforce_nonce` whenever there is a nonce (discord/http.py), though its signature says int.
    # No time-out of our own: the request that empties a rate limit's bucket returns only when the bucket is full again.
    message = await channel.send(
        content=draft.content or None,
        embeds=[draft.embed] if draft.embed else [],
        reference=_reference(channel, draft.reply_to),  # pyright: ignore[reportArgumentType] - None is its default
        view=draft.view,  # pyright: ignore[reportArgumentType] - None is what its default is
        files=[upload.opened() for upload in draft.files],
        nonce=nonce,  # pyright: ignore[reportArgumentType]
        # Discord would fetch every address an agent writes, and so carry out whatever is hidden in it.
        suppress_embeds=draft.embed is None,
        allowed_mentions=discord.AllowedMentions.none(),
    )
    return message.id


def _reference(channel: discord.PartialMessageable, message_id: int | None) -> discord.MessageReference | None:
    if message_id is None:
        return None
    # A message that its author deletes meanwhile must not keep the reply from being posted.
    return discord.MessageReference(message_id=message_id, channel_id=channel.id, fail_if_not_exists=False)


def _nonce(key: str, channel_id: int) -> str:
    return hashlib.sha256(f"{key}\n{channel_id}".encode()).hexdigest()[:NONCE_CHARS]
