"""What a destination may use of the program around it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from claw_discord_coord.ports import Sent


class Channels(Protocol):
    """Discord's channels; a Workspace is one."""

    async def send(
        self, channel: str, key: str, text: str, *, title: str | None = None, files: Sequence[Path] = ()
    ) -> Sent:
        """Post a text of any length in the channel of that name, once per `key`.

        Raises:
            DiscordUnavailable: trying again later helps.
            DiscordRefused: it does not.

        """
        ...


@dataclass(frozen=True)
class GatewaySent:
    """What OpenClaw's Gateway answers to `send`: its run id, and the message's id on the channel."""

    run_id: str | None
    message_id: str | None


class Gateway(Protocol):
    """OpenClaw's Gateway, as far as sending goes (its RPC methods `channels.status` and `send`)."""

    async def channels(self) -> frozenset[str]:
        """List the channels that are configured and able to send.

        Raises:
            Unavailable: the Gateway cannot be reached now.

        """
        ...

    async def send(self, channel: str, to: str, message: str, *, idempotency_key: str) -> GatewaySent:
        """Send a message; the same key sends once for as long as the Gateway's process lives.

        Raises:
            Unavailable: the Gateway was not reached, and nothing was sent.
            DeliveryFailed: the Gateway or the channel refused.
            DeliveryUnclear: the connection broke after the request had gone out.

        """
        ...


def now() -> datetime:
    """Tell the time in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Surroundings:
    """What a destination may use of the program around it.

    `work_folder` is where relative paths are meant from. `channels` is None without Discord, `gateway` without
    OpenClaw. `channels_leave_machine` says whether Discord is the real one.
    """

    work_folder: Path
    channels: Channels | None = None
    channels_leave_machine: bool = True
    gateway: Gateway | None = None
    clock: Callable[[], datetime] = field(default=now)
