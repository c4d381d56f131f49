"""The services for every part of the coordination."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from claw_discord_coord.config.model import Config
from claw_discord_coord.coordination.updates import Updates
from claw_discord_coord.coordination.workflows.engine import Engine
from claw_discord_coord.ports import Workspace
from claw_discord_coord.registry.registry import Registry


@dataclass(frozen=True)
class Services:
    """The services of one coordinator.

    Attributes:
        registry: The stored records.
        engine: Runs workflows.
        workspace: Discord.
        updates: Publishes updates to subscribers in this process.
        config: Returns the settings in force; call it for every decision, since skill.yaml may change.
        now: The clock.
    """

    registry: Registry
    engine: Engine
    workspace: Workspace
    updates: Updates
    config: Callable[[], Config]
    now: Callable[[], datetime]
