"""A Discord channel, a thread of a channel, or a forum."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from claw_discord_coord.config.destinations import DiscordDestinationConfig
from claw_discord_coord.destinations.context import DestinationContext
from claw_discord_coord.destinations.guarantee import Guarantee
from claw_discord_coord.destinations.receipt import receipt
from claw_discord_coord.errors import DeliveryFailed, DiscordRefused
from claw_discord_coord.models import Delivery, Receipt
from claw_discord_coord.ports import ChannelPost
from claw_discord_coord.text import front_matter
from claw_discord_coord.text.markdown import without_title
from claw_discord_coord.text.sanitize import outgoing


class Channel:
    """Posts each delivery in a channel, or replaces the post of the delivery before.

    The workspace keys the messages, splits long texts, and attaches very long texts as files.
    """

    guarantee: ClassVar[Guarantee] = Guarantee.ONCE_BY_KEY
    Settings: ClassVar[type[DiscordDestinationConfig]] = DiscordDestinationConfig

    def __init__(self, name: str, settings: DiscordDestinationConfig, context: DestinationContext) -> None:
        """Post in the channel of `settings`."""
        self._name = name
        self._settings = settings
        self._context = context

    async def deliver(self, delivery: Delivery) -> Receipt:
        """Post the text under the title, with the attachments."""
        channels = self._context.channels
        if channels is None:
            raise DeliveryFailed(
                f"The destination {self._name!r} needs Discord, which this program is not connected to.",
                fix="Resend while the coordinator runs.",
            )
        title = outgoing(delivery.title)
        text = outgoing(without_title(delivery.title, delivery.text))
        if self._settings.forum and not text.strip():
            # Discord refuses a forum post without a text, so here the heading that repeats the title stays.
            text = outgoing(delivery.text)
        tags = (*self._settings.tags, *_tags(delivery.about.get("tags"))) if self._settings.forum else ()
        post = ChannelPost(
            channel=self._settings.channel,
            key=delivery.key,
            text=text,
            title=title,
            files=tuple(Path(artifact) for artifact in delivery.artifacts),
            thread=self._settings.thread,
            forum=self._settings.forum,
            tags=tags,
            replace=self._replaceable_name(),
            as_of=delivery.as_of,
        )
        try:
            sent = await channels.send(post)
        except DiscordRefused as error:
            raise DeliveryFailed(str(error), fix=error.fix) from error
        return receipt(delivery, text, self._context.clock(), url=sent.url, identifier=sent.message_id)

    async def find(self, delivery: Delivery) -> Receipt | None:
        """Return None: `deliver` finds the message by the key and sends nothing twice."""
        return None

    def leaves_machine(self) -> bool:
        """Return True: all members of the server read the channel."""
        # Also for the local Discord. It runs on this machine, but every user and agent on it can open its page,
        # and a private task has no card there either.
        return True

    def _replaceable_name(self) -> str | None:
        replace = self._settings.replace
        return replace if isinstance(replace, str) else self._name if replace else None


def _tags(value: front_matter.Value | None) -> list[str]:
    """Return the tags of an output: a list of words, or words between commas."""
    words = value if isinstance(value, list) else value.split(",") if isinstance(value, str) else []
    return [word.strip() for word in words if word.strip()]
