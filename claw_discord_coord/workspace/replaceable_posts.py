"""Texts that stand under a lasting name: a later one takes the place of the earlier one, in the same messages."""

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
from claw_discord_coord.workspace.connection import Connection
from claw_discord_coord.workspace.discord_errors import ThreadClosed, Vanished, mapped
from claw_discord_coord.workspace.draft import Draft
from claw_discord_coord.workspace.outbox import IN_CHANNEL, Address, Outbox
from claw_discord_coord.workspace.posts import Posted, Posts
from claw_discord_coord.workspace.records import Records
from claw_discord_coord.workspace.threads import Threads

_TRIES = 4
"""How often what people delete meanwhile is made anew within one call."""


@dataclass
class _State:
    """What the registry keeps of a standing text.

    `as_of` is how new it is, in ISO 8601. `shown` is the key of the delivery that it shows in full, `parts` the numbers
    of its messages, `next` the first number that was never used: a deleted message's is not used again, since Discord
    may still know its nonce.
    """

    shown: str | None = None
    as_of: str | None = None
    next: int = 0
    parts: list[int] = field(default_factory=lambda: list[int]())


class ReplaceablePosts:
    """Standing texts by address and name. Every step is noted before it is taken, so any may be repeated."""

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
        """Have the text of that name consist of these drafts, and say where the first is; no request if it does.

        Raises:
            DiscordUnavailable: not now; the next call goes on where this one has stopped.
            DiscordRefused: never, until a person has changed something. Overtaken: what stands there is newer.
        """
        lasting = _lasting(to, name)
        async with self._turns[lasting]:
            state = _State(**json.loads(await self._records.cursors.get(_cursor(lasting)) or "{}"))
            if as_of is not None:
                if state.as_of is not None and as_of < datetime.fromisoformat(state.as_of):
                    raise Overtaken(
                        "A newer text stands there already.",
                        fix="Leave it so, or send this one again to have it there after all.",
                    )
                state.as_of = as_of.isoformat()
            for _ in range(_TRIES):
                first = await self._brought_up(to, lasting, state, key, drafts)
                if first is not None:
                    return first
        raise Vanished("What was posted is deleted again and again.", fix="Let the bot's messages stand.")

    async def _brought_up(
        self, to: Address, lasting: str, state: _State, key: str, drafts: Sequence[Draft]
    ) -> Posted | None:
        """Edit and add messages; None if one was gone, and with it all from there on."""
        is_shown = state.shown == key
        if not is_shown:
            missing = max(0, len(drafts) - len(state.parts))
            state.shown = None
            state.parts += range(state.next, state.next + missing)
            state.next += missing
            await self._keep(lasting, state)
        first: Posted | None = None
        for index, draft in enumerate(drafts):
            part = _part(lasting, state.parts[index])
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
                await self._cut(to, lasting, state, first, index)
                return None
        await self._cut(to, lasting, state, first, len(drafts))
        state.shown = key
        await self._keep(lasting, state)
        return first

    async def _cut(self, to: Address, lasting: str, state: _State, first: Posted | None, length: int) -> None:
        """Delete the messages from there on, the last first."""
        for number in reversed(state.parts[length:]):
            part = _part(lasting, number)
            if to.forum and number == state.parts[0]:  # its words are gone, the post itself is left to those in it
                await self._records.posts.forget(part)
            else:
                await self._taken_away(part, first)
            state.parts.remove(number)
            await self._keep(lasting, state)

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

    async def _keep(self, lasting: str, state: _State) -> None:
        await self._records.cursors.set(_cursor(lasting), json.dumps(asdict(state)))


def _lasting(to: Address, name: str) -> str:
    where = json.dumps([to.channel, to.forum, to.thread, name])
    return hashlib.sha256(where.encode()).hexdigest()[:24]


def _cursor(lasting: str) -> str:
    return f"discord/standing/{lasting}"


def _part(lasting: str, number: int) -> str:
    return f"standing/{lasting}/{number}"
