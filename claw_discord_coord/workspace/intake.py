"""Receives the messages of people in the threads of tasks, also messages from the time when the bot was away."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from weakref import WeakValueDictionary

import discord

from claw_discord_coord.errors import CoordError
from claw_discord_coord.ports import IncomingMessage
from claw_discord_coord.workspace.connecting.discord_connection import Connection
from claw_discord_coord.workspace.connecting.discord_errors import mapped
from claw_discord_coord.workspace.members import looked_up_role_ids, role_ids
from claw_discord_coord.workspace.records import Records

_log = logging.getLogger(__name__)

_REMEMBERED = 5_000
_OVERLAP_MS = 5_000
"""Message ids follow the time of creation, not the order of arrival, so reading starts a little before the cursor."""

_WRITTEN = (discord.MessageType.default, discord.MessageType.reply)

OnMessage = Callable[[IncomingMessage], Awaitable[None]]
"""Handles one message. The same message may arrive again after a restart, so handlers record the id. When the handler
raises, the message arrives again with the next message in the thread, or after the next reconnect."""


class Intake:
    """The messages in threads that this bot created; each thread in order.

    The registry has one cursor per thread. A thread is read live only after its history was read up to the present in
    this session; until then messages come from the history, so that none is skipped.
    """

    def __init__(self, connection: Connection, records: Records, on_message: OnMessage) -> None:
        self._connection = connection
        self._records = records
        self._on_message = on_message
        self._current: set[int] = set()
        self._seen: OrderedDict[int, None] = OrderedDict()
        self._turns: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()

    def started(self, thread_id: int) -> None:
        """Record a thread that was created just now, and has no history to read."""
        self._current.add(thread_id)

    async def catch_up(self) -> None:
        """Read the unread history of every open thread of this bot."""
        # A new session may have missed messages in every thread, so no thread counts as read.
        self._current.clear()
        guild = await self._connection.ready()
        for thread in [thread for thread in guild.threads if thread.owner_id == self._connection.bot_id]:
            try:
                async with self._turn(thread.id):
                    await self._read(thread)
            except CoordError as error:
                _log.warning("Thread %s is read later: %s", thread.id, error)

    async def hear(self, message: discord.Message) -> None:
        """Handle a message that was written just now."""
        thread = message.channel
        if not isinstance(thread, discord.Thread) or not _by_a_person(message):
            return
        # A thread of another bot is not a task. `started` knows threads that the cache still lacks.
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
        unread = [message for message in missed if _by_a_person(message) and message.id not in self._seen]
        # Messages of a history come without the roles of their authors.
        roles = await looked_up_role_ids(thread.guild, {message.author.id for message in unread})
        # From here on live messages queue behind the lock of this thread, so the order is kept.
        self._current.add(thread.id)
        for message in unread:
            if not await self._pass_on(message, roles[message.author.id]):
                return
        if missed:
            await self._records.cursors.set(_cursor(thread.id), str(missed[-1].id))

    async def _pass_on(self, message: discord.Message, author_roles: frozenset[str]) -> bool:
        """Pass one message to the handler. Returns False when the handler failed; the message will arrive again."""
        if message.id in self._seen:
            return True
        incoming = IncomingMessage(
            thread_id=str(message.channel.id),
            message_id=str(message.id),
            author_id=str(message.author.id),
            author_name=message.author.display_name,
            author_roles=author_roles,
            text=text_of(message),
        )
        try:
            await self._on_message(incoming)
        except Exception:  # noqa: BLE001 - the outermost edge: the log gets it, and the message comes again
            _log.exception("Message %s in thread %s was not handled.", message.id, message.channel.id)
            # The next message of the thread then reads the history again, which includes this message.
            self._current.discard(message.channel.id)
            return False
        self._seen[message.id] = None
        if len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)
        # Stored last: a crash before this line delivers the message again, which the handler recognizes by its id.
        await self._records.cursors.set(_cursor(message.channel.id), str(message.id))
        return True

    def _turn(self, thread_id: int) -> asyncio.Lock:
        return self._turns.setdefault(thread_id, asyncio.Lock())


def _by_a_person(message: discord.Message) -> bool:
    # Bots and webhooks never command: an agent could otherwise obey its own output.
    return not message.author.bot and message.webhook_id is None and message.type in _WRITTEN


def text_of(message: discord.Message) -> str:
    """Return the words of a message, the messages that it forwards, and links to all attachments."""
    links = [attachment.url for attachment in message.attachments]
    parts = [message.content, *links]
    for snapshot in message.message_snapshots:
        # Marked as forwarded, so that another person's "stop" is not taken for a command of the person who forwards.
        quoted = [f"> {line}" for line in snapshot.content.splitlines()]
        parts += ["Forwarded message:", *quoted, *(attachment.url for attachment in snapshot.attachments)]
    return "\n".join(parts).strip()


def _cursor(thread_id: int) -> str:
    return f"heard/{thread_id}"


def _a_little_before(message_id: int) -> int:
    return max(0, message_id - (_OVERLAP_MS << 22))
