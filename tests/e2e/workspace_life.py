"""A process that lives one task's life on Discord and keeps its records in a real registry, to be killed by a test.

Usage: workspace_life.py FOLDER DISCORD_JSON SECONDS_AHEAD
"""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from claw_discord_coord.config.model import DiscordConfig, OperatorsConfig
from claw_discord_coord.models import Kind, Task, TaskState
from claw_discord_coord.ports import Click
from claw_discord_coord.registry.registry import Registry
from claw_discord_coord.workspace.discord_workspace import DiscordWorkspace

RESULT = "\n\n".join(f"Paragraph {number}. " + "Words in it. " * 60 for number in range(4))


async def _no_clicks(_click: Click) -> None:
    return None


async def live(folder: Path, config: DiscordConfig, ahead: timedelta) -> None:
    """Open a task, say its result, close it: each as often as it takes."""

    def now() -> datetime:
        return datetime.now(UTC) + ahead

    began = datetime(2026, 11, 21, tzinfo=UTC)
    task = Task(
        id="t-1",
        title="Survey the folder",
        text="Survey the folder.",
        agent="research",
        kind=Kind.INTERN,
        state=TaskState.WORKING,
        chosen_because="you named it",
        origin="t-1",
        root_id="t-1",
        timeout_s=60,
        created_at=began,
        started_at=began,
        channel="research",
    )
    over = task.model_copy(update={"state": TaskState.COMPLETED, "ended_at": began + timedelta(seconds=7)})
    async with (
        Registry.open(f"sqlite:///{folder / 'registry.sqlite3'}", clock=now) as registry,
        DiscordWorkspace.connect(config, OperatorsConfig, registry, on_click=_no_clicks, now=now) as workspace,
    ):
        await registry.admission.create(task, event="Taken up.")
        await workspace.open(task)
        await workspace.say(over, "result", RESULT)
        await workspace.close(over)


if __name__ == "__main__":
    _, given_folder, discord, seconds_ahead = sys.argv
    asyncio.run(
        live(Path(given_folder), DiscordConfig.model_validate_json(discord), timedelta(seconds=float(seconds_ahead)))
    )
