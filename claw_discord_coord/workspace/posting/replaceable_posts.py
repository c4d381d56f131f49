"""Texts with a permanent name: a later text replaces the earlier text in the same messages."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime

import discord

from claw_discord_coord.errors import Overtaken
from claw_discord_coord.workspace.connecting.discord_connection import Connection
from claw_discord_coord.workspace.connecting.discord_errors import ThreadClosed, Vanished, mapped
from claw_discord_coord.workspace.posting.draft import Draft
from claw_discord_coord.workspace.posting.outbox import IN_CHANNEL, Address, Outbox
from claw_discord_coord.workspace.posting.posts import Posted, Posts
from claw_discord_coord.workspace.records import Records
from claw_discord_coord.workspace.threads import Threads

_TRIES = 4
"""The number of times that deleted messages are posted again within one call."""


@dataclass
class _State:
    """The stored state of a replaceable post.

    Attributes:
        as_of: The age of the text, in ISO 8601.
        shown: The key of the delivery that is shown in full.
        parts: The numbers of the messages.
        next: The first unused number. The number of a deleted message is not used again, since Discord may still
            know the message's nonce.
    """

    shown: str | None = None
    as_of: str | None = None
    next: int = 0
    parts: list[int] = field(default_factory=lambda: list[int]())


class ReplaceablePosts:
    """Replaceable posts by address and name. Every step is recorded before the step, so every step may be repeated."""

    def __init__(
        self, connection: Connection, records: Records, outbox: Outbox, posts: Posts, threads: Threads
    ) -> None:
        self._connection = connection
        self._records = records
        self._outbox = outbox
        self._posts = posts
        self._threads = threads
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def put(
        self, to: Address, name: str, key: str, drafts: Sequence[Draft], as_of: datetime | None = None
    ) -> Posted:
        """Show these drafts under the name, and return the first message; sends nothing when the drafts are shown
        already.

        Raises:
            DiscordUnavailable: Discord cannot be reached now; the next call continues from here.
            DiscordRefused: Discord refuses until a person changes a setting. Overtaken: the shown text is newer.
        """
        post_name = _post_name(to, name)
        async with self._turns[post_name]:
            state = _State(**json.loads(await self._records.cursors.get(_cursor(post_name)) or "{}"))
            if as_of is not None:
                if state.as_of is not None and as_of < datetime.fromisoformat(state.as_of):
                    raise Overtaken(
                        "A newer text stands there already.",
                        fix="Leave it so, or send this one again to have it there after all.",
                    )
                state.as_of = as_of.isoformat()
            # People may delete a message in the middle of the round; the next round posts the missing ones again.
            for _ in range(_TRIES):
                first = await self._brought_up(to, post_name, state, key, drafts)
                if first is not None:
                    return first
        raise Vanished("The post is deleted again and again.", fix="Do not delete the bot's messages.")

    async def _brought_up(
        self, to: Address, post_name: str, state: _State, key: str, drafts: Sequence[Draft]
    ) -> Posted | None:
        """Edit and add messages. Returns None when a message was missing; that message and all later messages are
        dropped.
        """
        is_shown = state.shown == key
        if not is_shown:
            missing = max(0, len(drafts) - len(state.parts))
            # While messages are edited no delivery is shown in full, so a crash leads to a new round of edits.
            state.shown = None
            # Numbers are stored before their messages exist: after a crash the same numbers find the same messages.
            state.parts += range(state.next, state.next + missing)
            state.next += missing
            await self._keep(post_name, state)
        first: Posted | None = None
        for index, draft in enumerate(drafts):
            part = _part(post_name, state.parts[index])
            posted = await (
                self._outbox.begin(to, part, draft) if first is None else self._outbox.go_on(to, first, part, draft)
            )
            first = first or posted
            if is_shown:
                return first
            try:
                if not posted.fresh:
                    await self._edit(posted, draft)
                    if index == 0:
                        await self._outbox.retitle(to, posted)
            except Vanished:
                await self._cut(to, post_name, state, first, index)
                return None
        await self._cut(to, post_name, state, first, len(drafts))
        state.shown = key
        await self._keep(post_name, state)
        return first

    async def _cut(self, to: Address, post_name: str, state: _State, first: Posted | None, length: int) -> None:
        """Delete the messages from that position on, the last message first."""
        for number in reversed(state.parts[length:]):
            part = _part(post_name, number)
            if to.forum and number == state.parts[0]:  # its words are gone, the post itself is left to those in it
                await self._records.posts.forget(part)
            else:
                await self._taken_away(part, first)
            state.parts.remove(number)
            await self._keep(post_name, state)

    async def _taken_away(self, part: str, first: Posted | None) -> None:
        try:
            await self._posts.take_away(part)
        except ThreadClosed:
            if first is not None:
                with suppress(Vanished):
                    await self._threads.reopen(first.channel_id)
            await self._posts.take_away(part)

    async def _edit(self, posted: Posted, draft: Draft) -> None:
        try:
            await self._edited(posted, draft)
        except ThreadClosed:
            await self._threads.reopen(posted.channel_id)
            await self._edited(posted, draft)

    async def _edited(self, posted: Posted, draft: Draft) -> None:
        await self._connection.ready()
        message = self._connection.channel(posted.channel_id).get_partial_message(posted.message_id)
        with mapped("edit a message", needs=IN_CHANNEL):
            await message.edit(
                content=draft.content or None,
                attachments=[upload.opened() for upload in draft.files],
                allowed_mentions=discord.AllowedMentions.none(),
            )

    async def _keep(self, post_name: str, state: _State) -> None:
        await self._records.cursors.set(_cursor(post_name), json.dumps(asdict(state)))


def _post_name(to: Address, name: str) -> str:
    where = json.dumps([to.channel, to.forum, to.thread, name])
    return hashlib.sha256(where.encode()).hexdigest()[:24]


def _cursor(post_name: str) -> str:
    return f"discord/standing/{post_name}"


def _part(post_name: str, number: int) -> str:
    return f"standing/{post_name}/{number}"
