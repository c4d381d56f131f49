"""The context in which runtimes are built: folders, a clock, and the connection to OpenClaw."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from claw_discord_coord.openclaw.gateway import Gateway


@dataclass(frozen=True)
class RuntimeContext:
    """The parts of the coordinator that a runtime may use.

    Attributes:
        state_folder: Private to this user and kept over restarts. Each runtime keeps records in a folder of its own
            below.
        programs_folder: The folder that relative paths of programs start from.
        artifacts_folder: Files of results are copied to the folder RUN_ID below, since session folders are deleted.
        clock: Returns the present time in UTC.
        gateway: The client of OpenClaw's Gateway, or None when skill.yaml has no section `openclaw`.
    """

    state_folder: Path
    programs_folder: Path
    artifacts_folder: Path
    clock: Callable[[], datetime]
    gateway: Gateway | None = None
