"""Incoming webhooks."""

import secrets
from dataclasses import dataclass


@dataclass(slots=True)
class Webhook:
    """A webhook of type 1 (incoming). Source: Discord documentation, resources/webhook."""

    id: str
    guild_id: str
    channel_id: str
    name: str
    token: str
    user_id: str
    application_id: str | None = None
    avatar: str | None = None

    @property
    def key(self) -> str:
        """What the webhook is stored under."""
        return self.id


def make_webhook_token() -> str:
    """A token of the length Discord uses: 68 characters."""
    return secrets.token_urlsafe(51)
