"""A chat on any channel of the user's OpenClaw, through OpenClaw's Gateway.

Source: OpenClaw's gateway protocol, methods `channels.status` and `send` (packages/gateway-protocol, schema).
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, ClassVar, cast

from claw_discord_coord.config.destinations import OpenClawDestinationConfig
from claw_discord_coord.destinations.context import DestinationContext, Gateway
from claw_discord_coord.destinations.guarantee import Guarantee
from claw_discord_coord.destinations.receipt import receipt
from claw_discord_coord.errors import DeliveryFailed, NotAuthorized, OpenClawRefused
from claw_discord_coord.models import Delivery, Receipt
from claw_discord_coord.text.markdown import without_title
from claw_discord_coord.text.mentions import for_chat
from claw_discord_coord.text.sanitize import outgoing


class OpenClaw:
    """Sends each delivery as a message. OpenClaw splits long messages by the rules of the channel.

    Attachments are not sent; the message names the files.
    """

    # The Gateway keeps idempotency keys in the memory of its process only. After a restart of the Gateway the same key
    # is sent again, so the message can show twice.
    guarantee: ClassVar[Guarantee] = Guarantee.AT_LEAST_ONCE
    Settings: ClassVar[type[OpenClawDestinationConfig]] = OpenClawDestinationConfig

    def __init__(self, name: str, settings: OpenClawDestinationConfig, context: DestinationContext) -> None:
        """Send to the chat of `settings`."""
        self._name = name
        self._settings = settings
        self._context = context

    async def deliver(self, delivery: Delivery) -> Receipt:
        """Send the message."""
        gateway = self._context.gateway
        if gateway is None:
            raise DeliveryFailed(
                f"The destination {self._name!r} needs OpenClaw's Gateway, which this program is not connected to.",
                fix="Set openclaw.token in skill.yaml, then resend.",
            )
        message = _message(delivery)
        try:
            # OpenClaw queues a message for a channel that is not set up, and may send the message much later.
            await self._check_channel(gateway)
            response = await gateway.call(
                "send",
                {
                    "channel": self._settings.channel,
                    "to": self._settings.to,
                    "message": message,
                    "idempotencyKey": hashlib.sha256(delivery.key.encode()).hexdigest(),
                },
                limit_s=self._settings.timeout_s,
            )
        except (OpenClawRefused, NotAuthorized) as error:
            raise DeliveryFailed(str(error), fix=error.fix or "Correct it in OpenClaw, then resend.") from error
        message_id = response.get("messageId") or response.get("runId")
        return receipt(
            delivery, message, self._context.clock(), identifier=None if message_id is None else str(message_id)
        )

    async def find(self, delivery: Delivery) -> Receipt | None:
        """Return None: the Gateway recognizes the key when `deliver` sends again."""
        return None

    def leaves_machine(self) -> bool:
        """Return True."""
        return True

    async def _check_channel(self, gateway: Gateway) -> None:
        status = await gateway.call("channels.status", {"probe": False}, limit_s=self._settings.timeout_s)
        accounts = cast("dict[str, list[dict[str, Any]]]", status.get("channelAccounts") or {})
        ready = [name for name, of_channel in accounts.items() if any(map(_can_send, of_channel))]
        if self._settings.channel not in ready:
            raise DeliveryFailed(
                f"OpenClaw has no channel {self._settings.channel!r}; there are: {', '.join(ready) or 'none'}.",
                fix=f"Run `openclaw channels add --channel {self._settings.channel}`, then resend.",
            )


def _can_send(account: dict[str, Any]) -> bool:
    return bool(account.get("configured")) and account.get("enabled") is not False


def _message(delivery: Delivery) -> str:
    title = for_chat(outgoing(delivery.title))
    text = for_chat(outgoing(without_title(delivery.title, delivery.text)))
    names = ", ".join(Path(artifact).name for artifact in delivery.artifacts)
    return f"**{title}**\n\n{text}" + (f"\n\n(Files that stay with the task: {names})" if names else "")
