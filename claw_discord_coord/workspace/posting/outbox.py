"""Posts texts to channels, named threads and forums."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from claw_discord_coord.workspace.channels import Channels
from claw_discord_coord.workspace.connecting.discord_errors import ThreadClosed, Vanished
from claw_discord_coord.workspace.posting.draft import Draft
from claw_discord_coord.workspace.posting.forums import Forums
from claw_discord_coord.workspace.posting.named_threads import NamedThreads
from claw_discord_coord.workspace.posting.posts import Posted, Posts
from claw_discord_coord.workspace.threads import Threads

IN_CHANNEL = "View Channel, Send Messages, Embed Links, Attach Files"
IN_THREAD = "View Channel, Send Messages in Threads, Embed Links, Attach Files"
"""The permissions for writing in a thread, named as in Discord's settings."""


@dataclass(frozen=True)
class Address:
    """The target of a text: a channel, a thread of the channel, or a forum. Only forum posts have `name` and `tags`."""

    channel: str
    thread: str | None = None
    forum: bool = False
    name: str = ""
    tags: tuple[str, ...] = ()


class Outbox:
    """Writes messages by address. Deleted channels and threads are created again."""

    def __init__(
        self, channels: Channels, posts: Posts, threads: Threads, forums: Forums, named_threads: NamedThreads
    ) -> None:
        self._channels = channels
        self._posts = posts
        self._threads = threads
        self._forums = forums
        self._named_threads = named_threads

    async def post(self, to: Address, key: str, drafts: Sequence[Draft]) -> Posted:
        """Post the drafts, each once under the key and its number. Returns the first message."""
        first = await self.begin(to, f"send/{key}/0", drafts[0])
        for number, draft in enumerate(drafts[1:], 1):
            await self.go_on(to, first, f"send/{key}/{number}", draft)
        return first

    async def begin(self, to: Address, key: str, draft: Draft) -> Posted:
        """Post the first message of a text."""
        try:
            return await self._put(to, key, draft)
        except Vanished:
            return await self._put(to, key, draft)

    async def go_on(self, to: Address, first: Posted, key: str, draft: Draft) -> Posted:
        """Post a further message of the text that begins with `first`."""
        if to.forum:
            return await self._in_thread(key, first.channel_id, draft)
        return await self.begin(to, key, draft)

    async def in_channel(self, name: str, key: str, draft: Draft) -> Posted:
        """Post one message in the text channel of that name."""
        return await self.begin(Address(name), key, draft)

    async def retitle(self, to: Address, first: Posted) -> None:
        """Set the name and tags of the forum post that begins with `first`; does nothing elsewhere."""
        if to.forum:
            await self._forums.name(first.channel_id, await self._channels.forum(to.channel), to.name, to.tags)

    async def _put(self, to: Address, key: str, draft: Draft) -> Posted:
        """Try once. A missing channel or thread is dropped from the cache, so that the next try creates another."""
        if to.forum:
            forum = await self._channels.forum(to.channel)
            with self._forgetting(forum.id):
                return await self._forums.put(key, forum, to.name, draft, to.tags)
        channel = await self._channels.named(to.channel)
        with self._forgetting(channel.id):
            if to.thread is None:
                return await self._posts.put(key, channel.id, draft, needs=IN_CHANNEL)
            thread_id = await self._named_threads.find(channel, to.thread, needs=IN_CHANNEL)
        try:
            return await self._in_thread(key, thread_id, draft)
        except Vanished:
            await self._named_threads.forget(channel, to.thread, thread_id)
            raise

    @contextmanager
    def _forgetting(self, channel_id: int) -> Generator[None]:
        try:
            yield
        except Vanished:
            self._channels.forget(channel_id)
            raise

    async def _in_thread(self, key: str, thread_id: int, draft: Draft) -> Posted:
        try:
            return await self._posts.put(key, thread_id, draft, needs=IN_THREAD)
        except ThreadClosed:
            await self._threads.reopen(thread_id)
        return await self._posts.put(key, thread_id, draft, needs=IN_THREAD)
