"""Invites to a channel."""

from dataclasses import dataclass


@dataclass(slots=True)
class Invite:
    """An invite; `max_age` is in seconds and `max_uses` a count, 0 for no end. Source: resources/invite."""

    code: str
    guild_id: str
    channel_id: str
    inviter_id: str
    created_ms: int
    max_age: int
    max_uses: int
    temporary: bool = False

    @property
    def key(self) -> str:
        """What the invite is stored under."""
        return self.code

    @property
    def expires_ms(self) -> int | None:
        """When it ends, if it does."""
        return self.created_ms + self.max_age * 1000 if self.max_age else None
