"""`up`: runs the coordinator in the foreground."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import click

from claw_discord_coord.app.coordinator import Running, open_coordinator
from claw_discord_coord.config.file import ConfigFile
from claw_discord_coord.config.locate import locate
from claw_discord_coord.errors import RegistryInUse


def run(config_path: Path | None, state_folder: Path | None, *, local_discord_port: int) -> None:
    """Run until Ctrl-C or SIGTERM."""
    asyncio.run(_run(config_path, state_folder, local_discord_port))


async def _run(config_path: Path | None, state_folder: Path | None, local_discord_port: int) -> None:
    located = locate(config_path, state_folder, here=Path.cwd())
    file = ConfigFile.open(located.file)
    async with (
        until_signal() as stopped,
        open_coordinator(file, located, local_discord_port=local_discord_port) as running,
    ):
        click.echo(introduce(running))
        await _either(stopped, running.lost)
        if running.lost.is_set():
            raise RegistryInUse("Another coordinator took over this registry.", fix="Use that one.")
        click.echo("Stopping: ending all runs. They continue after the next start.")


async def _either(*events: asyncio.Event) -> None:
    waiting = [asyncio.create_task(event.wait()) for event in events]
    try:
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in waiting:
            task.cancel()


def introduce(running: Running) -> str:
    """Return the coordinator's addresses for a person."""
    lines = [f"The coordinator is up at {running.url} (state: {running.state_folder})."]
    if running.moved_from:
        lines.insert(0, moved(running))
    if running.page:
        lines.append(f"Watch the local Discord at {running.page}")
    lines.append(f"Agents: {', '.join(running.coordinator.config().agents)}")
    lines.append('Give them work:  claw-discord-coord spawn-agent "..."   Stop with Ctrl-C.')
    return "\n".join(lines)


def moved(running: Running) -> str:
    """Return the sentence about a state folder that this start has moved."""
    return f"The state folder {running.moved_from} was moved to {running.state_folder}."


@asynccontextmanager
async def until_signal() -> AsyncGenerator[asyncio.Event]:
    """Yield an event that the first SIGINT or SIGTERM sets; a second signal ends the program at once."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()

    def stop(number: signal.Signals) -> None:
        if not stopped.is_set():
            stopped.set()
            return
        signal.signal(number, signal.SIG_DFL)
        signal.raise_signal(number)

    caught = [signal.SIGINT, signal.SIGTERM]
    for number in caught:
        with contextlib.suppress(NotImplementedError):  # Windows: Ctrl-C arrives as KeyboardInterrupt instead
            loop.add_signal_handler(number, stop, number)
    try:
        yield stopped
    finally:
        for number in caught:
            with contextlib.suppress(NotImplementedError):
                loop.remove_signal_handler(number)
