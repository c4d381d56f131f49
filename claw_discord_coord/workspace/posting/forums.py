"""Creates posts of forum channels once per key, with tags. Discord accepts no nonce for a forum post."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

import discord

from claw_discord_coord.errors import CoordError, DiscordRefused
from claw_discord_coord.models import Post
from claw_discord_coord.text.sanitize import one_line
from claw_discord_coord.workspace.connecting.discord_connection import Connection
from claw_discord_coord.workspace.connecting.discord_errors import Vanished, WordsRefused, mapped
from claw_discord_coord.workspace.connecting.request_counter import counted
from claw_discord_coord.workspace.posting.draft import Draft, recognized
from claw_discord_coord.workspace.posting.posts import Posted
from claw_discord_coord.workspace.records import Records

_log = logging.getLogger(__name__)

TAGS_PER_POST = 5
TAGS_PER_FORUM = 20
TAG_CHARS = 20
NAME_CHARS = 100
"""Discord's limits (Discord documentation, resources/channel, `applied_tags`, `available_tags`, "Forum Tag Object", and
`name`)."""

_CLOCKS_MAY_DIFFER = timedelta(minutes=5)
_LOOK_BACK_POSTS = 200
_NEEDS = "View Channel, Send Messages, Create Posts, Attach Files"


class Forums:
    """The posts of forum channels. A post is a thread; its first message has the thread's id."""

    def __init__(self, connection: Connection, records: Records, now: Callable[[], datetime]) -> None:
        self._connection = connection
        self._records = records
        self._now = now
        self._tagging = asyncio.Lock()
        self._confirmed: set[int] = set()

    async def put(self, key: str, forum: discord.ForumChannel, name: str, draft: Draft, tags: Sequence[str]) -> Posted:
        """Create the forum post of that key, or find the existing post. The returned channel is the post's thread.

        The post is recorded first. When the outcome of a request is unknown, the forum's active and archived posts are
        searched for a post of this bot with the same name and fingerprint before another post is created.

        Raises:
            DiscordUnavailable: Discord cannot be reached now; the next call finds out whether the post exists.
            DiscordRefused: Discord refuses until a person changes a setting. Vanished when the forum does not exist.
        """
        began = self._now()
        name = one_line(name, NAME_CHARS)
        sha256 = _fingerprint(name, draft.sha256)
        post = await self._records.posts.plan(key, str(forum.id), sha256)
        if post.message_id is not None:
            return Posted(int(post.message_id), int(post.message_id), fresh=False)
        if post.channel_id != str(forum.id):  # planned for a forum that has gone since
            await self._records.posts.forget(key)
            post = await self._records.posts.plan(key, str(forum.id), sha256)
        # Only an earlier call can have created the post, so a new record needs no search.
        plain_sha256 = _fingerprint(_plain_name(key), draft.sha256)
        found = await self._found(forum, post, sha256, plain_sha256) if post.planned_at < began else []
        post_id = found[0].id if found else await self._made(forum, name, draft, tags, post)
        await self._records.posts.confirm(key, str(post_id))
        self._confirmed.add(post_id)
        return Posted(post_id, post_id, fresh=not found or post.sha256 == sha256)

    async def name(self, post_id: int, forum: discord.ForumChannel, name: str, tags: Sequence[str]) -> None:
        """Set a post's name and tags, and unarchive the post; sends nothing when all are current."""
        await self._connection.ready()
        with mapped("look for a post"):
            thread = forum.get_thread(post_id) or await forum.guild.fetch_channel(post_id)
        if not isinstance(thread, discord.Thread):
            raise Vanished(f"Channel {post_id} on Discord is not a forum post.")
        name = one_line(name, NAME_CHARS)
        wanted = await self._tags(forum, tags)
        if thread.name == name and {tag.id for tag in thread.applied_tags} == {tag.id for tag in wanted}:
            return
        try:
            with mapped("rename a post", needs="Manage Threads"):
                await thread.edit(name=name, applied_tags=wanted, archived=False)
        except WordsRefused as error:
            _log.warning("The post %s keeps its name: %s", post_id, error)

    async def _made(self, forum: discord.ForumChannel, name: str, draft: Draft, tags: Sequence[str], post: Post) -> int:
        # Tags first: a failure after the post would leave the post without its tags for good.
        applied = await self._tags(forum, tags)
        with counted() as counter:
            try:
                made = await _create(forum, name, draft, applied)
            except WordsRefused as error:
                name = _plain_name(post.key)
                _log.warning("A post in #%s is named %s: %s", forum.name, name, error)
                made = await _create(forum, name, draft, applied)
        # One request has one result; more requests may have created several posts.
        if counter.requests == 1:
            return made.thread.id
        # discord.py repeats what a server error has answered, although it may have been done.
        first, *spares = await self._found(forum, post, _fingerprint(name, draft.sha256)) or [made.thread]
        for spare in spares:
            _log.info("Removing the post %s: it was made twice by a request that was repeated.", spare.id)
            with suppress(CoordError), mapped("remove a post made twice", needs="Manage Threads"):
                await spare.delete()
        return first.id

    async def _found(self, forum: discord.ForumChannel, post: Post, *sha256: str) -> list[discord.Thread]:
        """Search for posts that an earlier request may have created, oldest first.

        A post matches the recorded fingerprint, or the present fingerprint when a later text replaces the recorded
        text.
        """
        since = post.planned_at - _CLOCKS_MAY_DIFFER
        found: dict[int, discord.Thread] = {}
        with mapped("look for a post", needs="View Channel, Read Message History"):
            async for thread in _posts(forum):
                ours = thread.owner_id == self._connection.bot_id and thread.id not in self._confirmed
                made_at = discord.utils.snowflake_time(thread.id)
                if ours and made_at >= since and await _fingerprint_of(thread) in {post.sha256, *sha256}:
                    found[thread.id] = thread
        return [found[id_] for id_ in sorted(found)]

    async def _tags(self, forum: discord.ForumChannel, wanted: Sequence[str]) -> list[discord.ForumTag]:
        """Find or create the tags of these names.

        A post is worth more than its tags, so tags that cannot be created, or exceed the limit, are left out.
        """
        by_fold: dict[str, str] = {}
        for name in (one_line(tag, TAG_CHARS) for tag in wanted):
            by_fold.setdefault(name.casefold(), name)
        names = list(by_fold.values())
        if len(names) > TAGS_PER_POST:
            _log.warning("A post may have %d tags; left out: %s.", TAGS_PER_POST, ", ".join(names[TAGS_PER_POST:]))
            names = names[:TAGS_PER_POST]
        if _missing(names, forum.available_tags):
            async with self._tagging:
                try:
                    forum = await self._with_tags(forum, names)
                except DiscordRefused as error:
                    _log.warning("Tags of #%s cannot be made: %s", forum.name, error.sentence())
        return [tag for tag in forum.available_tags if tag.name.casefold() in map(str.casefold, names)]

    async def _with_tags(self, forum: discord.ForumChannel, names: Sequence[str]) -> discord.ForumChannel:
        with mapped("read a forum's tags"):
            known = await forum.guild.fetch_channel(forum.id)
        if not isinstance(known, discord.ForumChannel):
            raise Vanished(f"#{forum.name} on Discord is not a forum any more.")
        missing = _missing(names, known.available_tags)
        room = TAGS_PER_FORUM - len(known.available_tags)
        if len(missing) > room:
            _log.warning("#%s has no room for the tags %s.", forum.name, ", ".join(missing[room:]))
            missing = missing[:room]
        if not missing:
            return known
        # The whole list is sent, so that a repeated request changes nothing.
        tags = [*known.available_tags, *(discord.ForumTag(name=name) for name in missing)]
        with mapped("make a forum's tags", needs="Manage Channels"):
            edited = await known.edit(available_tags=tags, reason="named in skill.yaml or by an output")
        return edited or known


async def _create(
    forum: discord.ForumChannel, name: str, draft: Draft, tags: Sequence[discord.ForumTag]
) -> discord.channel.ThreadWithMessage:
    with mapped(f"post in the forum #{forum.name}", needs=_NEEDS):
        return await forum.create_thread(
            name=name,
            content=draft.content or None,
            files=[upload.opened() for upload in draft.files],
            applied_tags=tags,
            suppress_embeds=True,
            allowed_mentions=discord.AllowedMentions.none(),
        )


def _plain_name(key: str) -> str:
    """Return the name of a post whose own name holds words that are not allowed."""
    return f"post-{hashlib.sha256(key.encode()).hexdigest()[:8]}"


async def _posts(forum: discord.ForumChannel) -> AsyncIterator[discord.Thread]:
    for thread in await forum.guild.active_threads():
        if thread.parent_id == forum.id:
            yield thread
    async for thread in forum.archived_threads(limit=_LOOK_BACK_POSTS):
        yield thread


async def _fingerprint_of(thread: discord.Thread) -> str | None:
    try:
        return _fingerprint(thread.name, recognized(await thread.fetch_message(thread.id)))
    except discord.NotFound:  # people have deleted it
        return None


def _fingerprint(name: str, sha256: str) -> str:
    return hashlib.sha256(f"{name}\n{sha256}".encode()).hexdigest()


def _missing(names: Sequence[str], tags: Sequence[discord.ForumTag]) -> list[str]:
    known = {tag.name.casefold() for tag in tags}
    return [name for name in names if name.casefold() not in known]
