"""What a message refers to: the one it answers, or the one it forwards.

Source: Discord documentation, resources/message, "Message Reference Types".
"""

from ..access import require
from ..checks.draft import Draft
from ..checks.form import Form
from ..errors import (
    CANNOT_FORWARD_OUT_OF_NSFW,
    CANNOT_FORWARD_UNREADABLE,
    CANNOT_FORWARD_WITHOUT_HISTORY,
    CANNOT_REPLY_WITHOUT_HISTORY,
    EMPTY_MESSAGE,
    FORWARD_WITH_CONTENT,
    SYSTEM_MESSAGE,
    DiscordError,
)
from ..forwards import snapshots_of
from ..permissions import Permission
from ..shapes import Json
from ..wire.message import shows_content
from ..world.channel import Channel
from ..world.message import HAS_SNAPSHOT, USER_MADE, Message
from .call import Call

_FORWARD = 1
"""The type of a reference that forwards."""


def reply_to(call: Call, channel: Channel, form: Form, permissions: int) -> Json | None:
    """The reference of a reply; None when it need not exist and doesn't. Raises DiscordError 50035, 160002."""
    message_id = form.snowflake("message_id", required=True)
    must_exist = form.boolean("fail_if_not_exists", True)
    form.errors.raise_if_any()
    referenced = _referenced(call, form, message_id, channel.id, must_exist)
    if referenced is None:
        return None
    if not permissions & Permission.READ_MESSAGE_HISTORY:
        raise DiscordError(CANNOT_REPLY_WITHOUT_HISTORY)
    if referenced.type not in USER_MADE:
        form.fault(None, "REPLIES_CANNOT_REPLY_TO_SYSTEM_MESSAGE", "Cannot reply to a system message")
        form.errors.raise_if_any()
    return _pointer(referenced, 0)


def _referenced(
    call: Call, form: Form, message_id: str | None, channel_id: str | None, must_exist: bool
) -> Message | None:
    referenced = call.world.messages.get(message_id)
    if referenced is not None and referenced.channel_id == channel_id and referenced.ephemeral_to is None:
        return referenced
    if must_exist:
        form.fault(None, "MESSAGE_REFERENCE_UNKNOWN_MESSAGE", "Unknown message")
        form.errors.raise_if_any()
    return None


def _pointer(referenced: Message, kind: int) -> Json:
    pointer: Json = {"type": kind, "channel_id": referenced.channel_id, "message_id": referenced.id}
    if referenced.guild_id is not None:
        pointer["guild_id"] = referenced.guild_id
    return pointer


def is_forward(draft: Draft) -> bool:
    """Whether a draft forwards a message, which it can do with nothing else (160011)."""
    if draft.reference is None:
        return False
    forwards = draft.reference.choice("type", (0, _FORWARD), default=0) == _FORWARD
    draft.reference.errors.raise_if_any()
    if forwards and (draft.content or draft.embeds or draft.components or draft.files):
        raise DiscordError(FORWARD_WITH_CONTENT)
    return forwards


def forward(call: Call, channel: Channel, form: Form, like: Message) -> None:
    """Make `like` a forward of the message that was named; raises DiscordError 50001, 50021, 160009, 160010, 160014."""
    message_id = form.snowflake("message_id", required=True)
    source_id = form.snowflake("channel_id", required=True)
    form.errors.raise_if_any()
    world = call.world
    source = world.channels.get(source_id)
    if source is not None:
        permissions = require(world, call.user, source)
        if not permissions & Permission.READ_MESSAGE_HISTORY:
            raise DiscordError(CANNOT_FORWARD_WITHOUT_HISTORY)
    referenced = _referenced(call, form, message_id, source_id, form.boolean("fail_if_not_exists", True))
    if source is None or referenced is None:
        raise DiscordError(EMPTY_MESSAGE)
    if referenced.type not in USER_MADE:
        raise DiscordError(SYSTEM_MESSAGE)
    if not shows_content(referenced, call.viewer):
        raise DiscordError(CANNOT_FORWARD_UNREADABLE)
    if _is_nsfw(call, source) and not _is_nsfw(call, channel):
        raise DiscordError(CANNOT_FORWARD_OUT_OF_NSFW)
    like.reference = _pointer(referenced, _FORWARD)
    like.snapshots = snapshots_of(world, referenced, channel)
    like.flags |= HAS_SNAPSHOT


def _is_nsfw(call: Call, channel: Channel) -> bool:
    parent = call.world.channels.get(channel.parent_id) if channel.is_thread else None
    return (parent or channel).nsfw
