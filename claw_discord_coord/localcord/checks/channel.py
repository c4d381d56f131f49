"""What a channel may be made of. Source: Discord documentation, resources/channel, "Modify Channel"."""

import re
from typing import Any

from ..errors import TAG_NAMES_MUST_BE_UNIQUE, TOO_MANY_TAGS, DiscordError
from ..permissions import ALL
from ..shapes import Json, JsonList
from ..world.channel import FORUMS, ChannelType
from .form import Form

ARCHIVE_MINUTES = (60, 1440, 4320, 10080)
"""Allowed values of `auto_archive_duration`."""

NAME_CHARS = 100
TOPIC_CHARS = 1024
FORUM_TOPIC_CHARS = 4096
TAGS = 20
SLOWMODE_S = 21600

_LOWERCASED = frozenset({ChannelType.TEXT, ChannelType.ANNOUNCEMENT, *FORUMS})


def normal_name(name: str, kind: int) -> str:
    """A channel's name as Discord keeps it: text channels in lower case with dashes for spaces."""
    if kind not in _LOWERCASED:
        return name
    return re.sub(r"-{2,}", "-", re.sub(r"\s+", "-", name.lower()))


def read_name(form: Form) -> str | None:
    """The name of a channel or thread: 1 to 100 characters, of which blanks around it don't count."""
    return form.text("name", NAME_CHARS, low=1, required=True, stripped=True)


def read_channel_fields(form: Form, kind: int, *, new: bool = False) -> dict[str, Any]:
    """The fields of a channel that were sent, by the name of the stored field; faults are left in the form.

    A `new` channel must have a name.
    """
    fields: dict[str, Any] = {}
    if new or form.has("name"):
        name = read_name(form)
        fields["name"] = normal_name(name or "", kind)
    if form.has("topic"):
        fields["topic"] = form.text("topic", FORUM_TOPIC_CHARS if kind in FORUMS else TOPIC_CHARS)
    for name, high in (
        ("rate_limit_per_user", SLOWMODE_S),
        ("default_thread_rate_limit_per_user", SLOWMODE_S),
        ("position", 1 << 30),
        ("bitrate", 384000),
        ("user_limit", 10000),
    ):
        if form.has(name):
            fields[name] = form.integer(name, low=0, high=high, default=0)
    if form.has("nsfw"):
        fields["nsfw"] = form.boolean("nsfw")
    if form.has("parent_id"):
        fields["parent_id"] = form.snowflake("parent_id")
    if form.has("default_auto_archive_duration"):
        fields["default_auto_archive_duration"] = form.choice("default_auto_archive_duration", ARCHIVE_MINUTES)
    if form.has("permission_overwrites"):
        fields["overwrites"] = read_overwrites(form)
    if kind in FORUMS:
        fields |= _forum_fields(form)
    return fields


def _forum_fields(form: Form) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    if form.has("available_tags"):
        fields["tags"] = read_tags(form)
    if form.has("flags"):
        fields["flags"] = (form.integer("flags", low=0, default=0) or 0) & ((1 << 4) | (1 << 15))
    if form.has("default_sort_order"):
        fields["default_sort_order"] = form.choice("default_sort_order", (0, 1))
    if form.has("default_forum_layout"):
        fields["default_forum_layout"] = form.choice("default_forum_layout", (0, 1, 2), default=0)
    if form.has("default_reaction_emoji"):
        emoji = form.object("default_reaction_emoji")
        fields["default_reaction_emoji"] = emoji and {
            "emoji_id": emoji.snowflake("emoji_id"),
            "emoji_name": emoji.text("emoji_name", 100),
        }
    return fields


def read_overwrites(form: Form) -> JsonList:
    """Permission overwrites as they travel: `id`, `type`, `allow`, `deny`."""
    return [
        read_overwrite(item, item.snowflake("id", required=True) or "0")
        for item in form.objects("permission_overwrites", 500) or []
    ]


def read_overwrite(form: Form, target_id: str) -> Json:
    """One overwrite, of a role (type 0) or a member (1); the bits are strings of digits (or numbers)."""
    kind = form.choice("type", (0, 1), default=0)
    bits = {name: form.integer(name, low=0, default=0) or 0 for name in ("allow", "deny")}
    return {
        "id": target_id,
        "type": kind,
        "allow": str(bits["allow"] & ALL),
        "deny": str(bits["deny"] & ALL),
    }


def read_tags(form: Form) -> JsonList:
    """Tags of a forum; new ones have no id yet. Raises DiscordError 30048 and 40061."""
    items = form.objects("available_tags", 1000) or []
    if len(items) > TAGS:
        raise DiscordError(TOO_MANY_TAGS)
    tags = [
        {
            "id": item.snowflake("id"),
            "name": item.text("name", 50, low=1, required=True) or "",
            "moderated": item.boolean("moderated"),
            "emoji_id": item.snowflake("emoji_id"),
            "emoji_name": item.text("emoji_name", 100),
        }
        for item in items
    ]
    if len({tag["name"] for tag in tags}) != len(tags):
        raise DiscordError(TAG_NAMES_MUST_BE_UNIQUE)
    return tags
