"""The parts of the coordinator for use by destinations."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from claw_discord_coord.clock import Clock, utc_now
from claw_discord_coord.ports import Channels


class Gateway(Protocol):
    """OpenClaw's Gateway, as destinations see it."""

    async def call(
        self, method: str, params: dict[str, Any] | None = None, *, limit_s: float = 30.0, final: bool = False
    ) -> dict[str, Any]:
        """Call a method of the Gateway and return the payload of the response.

        Raises:
            OpenClawUnavailable: the Gateway cannot be reached now, or the connection broke during the call.
            NotAuthorized, OpenClawRefused: the Gateway refused the call.

        """
        ...


@dataclass(frozen=True)
class DestinationContext:
    """The parts of the coordinator for use by destinations.

    Relative paths in settings start at `work_folder`. `channels` is None without Discord, `gateway` without OpenClaw. A
    destination that needs the missing part fails with a fix.
    """

    work_folder: Path
    channels: Channels | None = None
    gateway: Gateway | None = None
    clock: Clock = utc_now
