"""Hears what people write in the threads of tasks, also what they wrote while nobody was listening."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from weakref import WeakValueDictionary

import discord

from claw_discord_coord.errors import CoordError
from claw_discord_coord.ports import IncomingMessage
from claw_discord_coord.workspace.connection import Connection
from claw_discord_coord.workspace.discord_errors import mapped
from claw_discord_coord.workspace.members import looked_up_role_ids, role_ids
from claw_discord_coord.workspace.records import Records

_log = logging.getLogger(__name__)

_REMEMBERED = 5_000
_OVERLAP_MS = 5_000
"""Message ids follow time to the millisecond, not the order of arrival: catching up begins just before the cursor."""

_SPOKEN = (discord.MessageType.default, discord.MessageType.reply)

OnMessage = Callable[[IncomingMessage], Awaitable[None]]
"""Takes one message. The same message may come again after a restart, so its id is to be remembered. When it raises,
the message comes again with the next one in the thread, or after the next reconnect."""


class Intake:
    """The messages of people in threads that this bot has started; each thread is heard in order.

    A cursor per thread, in the registry, says how far it has been heard. A thread is only heard live once it has been
    caught up in this session; until then its messages are read from its history, so that nothing is passed over.
    """

    def __init__(self, connection: Connection, records: Records, on_message: OnMessage) -> None:
        self._connection = connection
        self._records = records
        self._on_message = on_message
        self._current: set[int] = set()
        self._seen: OrderedDict[int, None] = OrderedDict()
        self._turns: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()

    def started(self, thread_id: int) -> None:
        """Take note of a thread that has just been started: there is nothing to catch up."""
        self._current.add(thread_id)

    async def catch_up(self) -> None:
        """Read, in every open thread of ours, what was written since it was last heard."""
        self._current.clear()
        guild = await self._connection.ready()
        for thread in [thread for thread in guild.threads if thread.owner_id == self._connection.bot_id]:
            try:
                async with self._turn(thread.id):
                    await self._read(thread)
            except CoordError as error:
                _log.warning("Thread %s is read later: %s", thread.id, error)

    async def hear(self, message: discord.Message) -> None:
        """Take in a message that was written just now."""
        thread = message.channel
        if not isinstance(thread, discord.Thread) or not _by_a_person(message):
            return
        if thread.owner_id != self._connection.bot_id and thread.id not in self._current:
            return
        async with self._turn(thread.id):
            if thread.id in self._current:
                await self._pass_on(message, role_ids(message.author))
            else:
                await self._read(thread)

    async def _read(self, thread: discord.Thread) -> None:
        heard = await self._records.cursors.get(_cursor(thread.id))
        last = thread.last_message_id
        if last is None or (heard is not None and last <= int(heard)):
            self._current.add(thread.id)
            return
        since = discord.Object(_a_little_before(int(heard)) if heard else thread.id)
        with mapped("read a thread's history", needs="Read Message History"):
            missed = [message async for message in thread.history(after=since, limit=None, oldest_first=True)]
        spoken = [message for message in missed if _by_a_person(message) and message.id not in self._seen]
        roles = await looked_up_role_ids(thread.guild, {message.author.id for message in spoken})  # a history has none
        self._current.add(thread.id)
        for message in spoken:
            if not await self._pass_on(message, roles[message.author.id]):
                return
        if missed:
            await self._records.cursors.set(_cursor(thread.id), str(missed[-1].id))

    async def _pass_on(self, message: discord.Message, author_roles: frozenset[str]) -> bool:
        """Hand one message over; false if it was not taken, and will come again."""
        if message.id in self._seen:
            return True
        links = [attachment.url for attachment in message.attachments]
        spoken = IncomingMessage(
            thread_id=str(message.channel.id),
            message_id=str(message.id),
            author_id=str(message.author.id),
            author_name=message.author.display_name,
            author_roles=author_roles,
            text="\n".join([message.content, *links]).strip(),
        )
        try:
            await self._on_message(spoken)
        except Exception:  # noqa: BLE001 - the outermost edge: the log gets it, and the message comes again
            _log.exception("Message %s in thread %s was not taken.", message.id, message.channel.id)
            self._current.discard(message.channel.id)
            return False
        self._seen[message.id] = None
        if len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)
        await self._records.cursors.set(_cursor(message.channel.id), str(message.id))
        return True

    def _turn(self, thread_id: int) -> asyncio.Lock:
        return self._turns.setdefault(thread_id, asyncio.Lock())


def _by_a_person(message: discord.Message) -> bool:
    return not message.author.bot and message.webhook_id is None and message.type in _SPOKEN


def _cursor(thread_id: int) -> str:
    return f"heard/{thread_id}"


def _a_little_before(message_id: int) -> int:
    return max(0, message_id - (_OVERLAP_MS << 22))
