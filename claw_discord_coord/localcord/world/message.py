"""Messages, uploaded files and the memory of nonces."""

from dataclasses import dataclass, field
from enum import IntEnum

from ..shapes import Json, JsonList


class MessageType(IntEnum):
    """Kinds of messages that occur here. Source: Discord documentation, resources/message, "Message Types"."""

    DEFAULT = 0
    CHANNEL_NAME_CHANGE = 4
    CHANNEL_PINNED_MESSAGE = 6
    USER_JOIN = 7
    THREAD_CREATED = 18
    REPLY = 19
    CHAT_INPUT_COMMAND = 20
    THREAD_STARTER_MESSAGE = 21
    CONTEXT_MENU_COMMAND = 23


USER_MADE = frozenset(
    {MessageType.DEFAULT, MessageType.REPLY, MessageType.CHAT_INPUT_COMMAND, MessageType.CONTEXT_MENU_COMMAND}
)
"""Types that are not system messages."""

CROSSPOSTED = 1 << 0
SUPPRESS_EMBEDS = 1 << 2
HAS_THREAD = 1 << 5
EPHEMERAL = 1 << 6
LOADING = 1 << 7
SUPPRESS_NOTIFICATIONS = 1 << 12
VOICE_MESSAGE = 1 << 13
HAS_SNAPSHOT = 1 << 14
COMPONENTS_V2 = 1 << 15


@dataclass(slots=True)
class Message:
    """A message as it is stored; embeds, components and attachments are kept as they travel.

    `author` is set only when it is not a user's own name and picture (webhooks). `ephemeral_to` names the one person
    who may see it; such a message is in no channel's history. `reactions` maps an emoji (`✅` or `name:id`) to the ids
    of those who reacted, in order. `snapshots` is what a forward keeps of the message it forwards, as stored here
    (attachments without addresses, mentions by id). Source: Discord documentation, resources/message.
    """

    id: str
    channel_id: str
    guild_id: str | None
    author_id: str
    timestamp: str
    created_ms: int
    type: int = 0
    content: str = ""
    author: Json | None = None
    edited_timestamp: str | None = None
    tts: bool = False
    mention_everyone: bool = False
    mentions: list[str] = field(default_factory=lambda: list[str]())
    mention_roles: list[str] = field(default_factory=lambda: list[str]())
    attachments: JsonList = field(default_factory=lambda: JsonList())
    embeds: JsonList = field(default_factory=lambda: JsonList())
    components: JsonList = field(default_factory=lambda: JsonList())
    flags: int = 0
    nonce: str | int | None = None
    pinned_at: str | None = None
    webhook_id: str | None = None
    application_id: str | None = None
    reference: Json | None = None
    reactions: dict[str, list[str]] = field(default_factory=lambda: dict[str, list[str]]())
    interaction_metadata: Json | None = None
    interaction: Json | None = None
    interaction_token: str | None = None
    position: int | None = None
    ephemeral_to: str | None = None
    snapshots: JsonList = field(default_factory=lambda: JsonList())

    @property
    def key(self) -> str:
        """What the message is stored under."""
        return self.id


@dataclass(slots=True)
class NonceUse:
    """That an author used a nonce in a channel; outlives the message, so a retry after a delete finds nothing new."""

    author_id: str
    channel_id: str
    nonce: str
    message_id: str
    created_ms: int

    @property
    def key(self) -> str:
        """What the use is stored under."""
        return nonce_key(self.author_id, self.channel_id, self.nonce)


def nonce_key(author_id: str, channel_id: str, nonce: str | int) -> str:
    """The key of a nonce: by author and channel."""
    return f"{author_id}:{channel_id}:{nonce}"
