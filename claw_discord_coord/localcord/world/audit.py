"""The guild's audit log."""

from dataclasses import dataclass, field
from enum import IntEnum

from ..shapes import Json, JsonList

AUDIT_KEPT_MS = 45 * 86_400_000
"""How long entries are kept: 45 days. Source: Discord documentation, resources/audit-log."""


class AuditEvent(IntEnum):
    """What is logged here. Source: Discord documentation, resources/audit-log, "Audit Log Events"."""

    GUILD_UPDATE = 1
    CHANNEL_CREATE = 10
    CHANNEL_UPDATE = 11
    CHANNEL_DELETE = 12
    CHANNEL_OVERWRITE_CREATE = 13
    CHANNEL_OVERWRITE_UPDATE = 14
    CHANNEL_OVERWRITE_DELETE = 15
    MEMBER_KICK = 20
    MEMBER_BAN_ADD = 22
    MEMBER_BAN_REMOVE = 23
    MEMBER_UPDATE = 24
    MEMBER_ROLE_UPDATE = 25
    BOT_ADD = 28
    ROLE_CREATE = 30
    ROLE_UPDATE = 31
    ROLE_DELETE = 32
    INVITE_CREATE = 40
    INVITE_DELETE = 42
    WEBHOOK_CREATE = 50
    WEBHOOK_UPDATE = 51
    WEBHOOK_DELETE = 52
    EMOJI_CREATE = 60
    EMOJI_UPDATE = 61
    EMOJI_DELETE = 62
    MESSAGE_DELETE = 72
    MESSAGE_BULK_DELETE = 73
    MESSAGE_PIN = 74
    MESSAGE_UNPIN = 75
    THREAD_CREATE = 110
    THREAD_UPDATE = 111
    THREAD_DELETE = 112


@dataclass(slots=True)
class AuditEntry:
    """One line of the log, `changes` and `options` as they travel."""

    id: str
    guild_id: str
    user_id: str
    action_type: int
    target_id: str | None
    changes: JsonList = field(default_factory=lambda: JsonList())
    options: Json | None = None
    reason: str | None = None

    @property
    def key(self) -> str:
        """What the entry is stored under."""
        return self.id
