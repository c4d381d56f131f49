"""What a destination may use of the program around it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from claw_discord_coord.ports import Channels


class Gateway(Protocol):
    """OpenClaw's Gateway; the package's own client of it is one."""

    async def call(
        self, method: str, params: dict[str, Any] | None = None, *, limit_s: float = 30.0, final: bool = False
    ) -> dict[str, Any]:
        """Ask the Gateway for `method` and return its answer.

        Raises:
            OpenClawUnavailable: it cannot be reached now, or the connection broke meanwhile.
            NotAuthorized, OpenClawRefused: it said no.

        """
        ...


def now() -> datetime:
    """Tell the time in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class DestinationContext:
    """What a destination may use of the program around it.

    Relative paths in settings start at `work_folder`. `channels` is None without Discord, `gateway` without OpenClaw;
    a destination that needs one of them then fails with a fix.
    """

    work_folder: Path
    channels: Channels | None = None
    gateway: Gateway | None = None
    clock: Callable[[], datetime] = field(default=now)
