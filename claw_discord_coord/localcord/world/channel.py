"""Channels of every kind, threads included, and who is in a thread."""

from dataclasses import dataclass, field
from enum import IntEnum

from ..shapes import JsonList


class ChannelType(IntEnum):
    """Kinds of channels. Source: Discord documentation, resources/channel, "Channel Types"."""

    TEXT = 0
    DM = 1
    VOICE = 2
    CATEGORY = 4
    ANNOUNCEMENT = 5
    ANNOUNCEMENT_THREAD = 10
    PUBLIC_THREAD = 11
    PRIVATE_THREAD = 12
    STAGE = 13
    FORUM = 15
    MEDIA = 16


THREADS = frozenset({ChannelType.ANNOUNCEMENT_THREAD, ChannelType.PUBLIC_THREAD, ChannelType.PRIVATE_THREAD})
FORUMS = frozenset({ChannelType.FORUM, ChannelType.MEDIA})
WITH_MESSAGES = frozenset(
    {ChannelType.TEXT, ChannelType.DM, ChannelType.VOICE, ChannelType.ANNOUNCEMENT, ChannelType.STAGE, *THREADS}
)

PINNED = 1 << 1
"""Channel flag: a forum post pinned to the top."""

REQUIRE_TAG = 1 << 4
"""Channel flag: a forum whose posts need a tag."""


@dataclass(slots=True)
class Channel:
    """A channel; a thread is one too, with `parent_id` naming its channel.

    `overwrites` and `tags` are stored as they travel. The fields from `owner_id` on are for threads only. `recipients`
    is for direct messages only. Source: Discord documentation, resources/channel.
    """

    id: str
    type: int
    guild_id: str | None
    name: str | None
    position: int = 0
    parent_id: str | None = None
    topic: str | None = None
    nsfw: bool = False
    rate_limit_per_user: int = 0
    flags: int = 0
    overwrites: JsonList = field(default_factory=lambda: JsonList())
    last_message_id: str | None = None
    last_pin_timestamp: str | None = None
    default_auto_archive_duration: int | None = None
    default_thread_rate_limit_per_user: int = 0
    tags: JsonList = field(default_factory=lambda: JsonList())
    default_reaction_emoji: dict[str, str | None] | None = None
    default_sort_order: int | None = None
    default_forum_layout: int = 0
    bitrate: int = 64000
    user_limit: int = 0
    recipients: list[str] = field(default_factory=lambda: list[str]())
    owner_id: str | None = None
    archived: bool = False
    locked: bool = False
    invitable: bool = True
    auto_archive_duration: int = 4320
    archive_timestamp: str | None = None
    create_timestamp: str | None = None
    last_activity_ms: int = 0
    message_count: int = 0
    total_message_sent: int = 0
    applied_tags: list[str] = field(default_factory=lambda: list[str]())

    @property
    def key(self) -> str:
        """What the channel is stored under."""
        return self.id

    @property
    def is_thread(self) -> bool:
        """Whether it is a thread of any kind."""
        return self.type in THREADS

    @property
    def is_forum(self) -> bool:
        """Whether it is a forum or media channel: only threads, no messages of its own."""
        return self.type in FORUMS


@dataclass(slots=True)
class ThreadMember:
    """That a user has joined a thread."""

    thread_id: str
    user_id: str
    join_timestamp: str
    flags: int = 1

    @property
    def key(self) -> str:
        """What the membership is stored under."""
        return f"{self.thread_id}:{self.user_id}"
