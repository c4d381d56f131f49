"""`demo`: three agents inspect a folder on the local Discord, with live progress and a summary."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import hashlib
import json
import os
import secrets
import sys
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import click

from claw_discord_coord.app.coordinator import Running, open_coordinator
from claw_discord_coord.cli.up import moved, until_signal
from claw_discord_coord.config.file import ConfigFile
from claw_discord_coord.config.locate import built_in, locate
from claw_discord_coord.config.model import Config
from claw_discord_coord.coordination.caller import Caller
from claw_discord_coord.coordination.coordinator import Coordinator
from claw_discord_coord.errors import UsageError
from claw_discord_coord.models import Delivery, DeliveryState, Kind, NewTask, Task, TaskState
from claw_discord_coord.registry.executions import CLOSED
from claw_discord_coord.skills.base import terminal
from claw_discord_coord.skills.base.views import TaskView
from claw_discord_coord.text.excerpts import beginning
from claw_discord_coord.text.sanitize import printable

LOOK_S = 0.25
FIRST_AGENT = "research"
AGENTS = {FIRST_AGENT, "engineering", "writing"}
REPLACED = {"discord"}
"""The sections of skill.yaml that the demo replaces, so that no token of a real Discord is needed."""


@dataclass(frozen=True)
class Options:
    """The options of the command. None stands for the default."""

    input_folder: Path | None
    output: Path | None
    config_path: Path | None
    state_folder: Path | None
    as_json: bool
    keep: bool


def run(options: Options) -> None:
    """Run the demo. Exits with 0 when every task was completed and every delivery arrived, else with 1."""
    located = locate(options.config_path, options.state_folder, here=Path.cwd())
    folder = options.input_folder or located.work
    if not folder.is_dir():
        raise UsageError(f"{folder.absolute()} is not a folder.", fix="Name an existing folder with --input.")
    # One folder has one demo, however the path is written.
    folder = folder.resolve()
    if not _is_text(folder):
        raise UsageError(
            f"The name of the folder {os.fsencode(folder)!r} is not UTF-8, so Discord cannot show it.",
            fix="Rename the folder.",
        )
    adapt = partial(_adapted, output=options.output)
    file = ConfigFile.open(located.file, without=REPLACED, adapt=adapt)
    if not file.config.agents.keys() >= AGENTS:
        click.echo(f"{located.file} does not define the demo's agents; using the built-in ones.", err=True)
        located = dataclasses.replace(located, file=built_in(), programs=built_in().parent)
        file = ConfigFile.open(located.file, without=REPLACED, adapt=adapt)
    sys.exit(asyncio.run(_Demo(folder, as_json=options.as_json, keep=options.keep).play(file, located)))


@dataclass(frozen=True)
class _Demo:
    folder: Path
    as_json: bool
    keep: bool

    async def play(self, file: ConfigFile, located: Any) -> int:
        async with until_signal() as stopped, open_coordinator(file, located) as running:
            if running.moved_from:
                self._say(moved(running))
            self._say(f"The local Discord is at {running.page} (open it to watch).")
            playing = asyncio.create_task(self._story(running))
            interrupted = asyncio.create_task(stopped.wait())
            await asyncio.wait({playing, interrupted}, return_when=asyncio.FIRST_COMPLETED)
            interrupted.cancel()
            if not playing.done():
                # The coordinator closes after this; the workflows stay stored and continue at the next start.
                playing.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await playing
                self._say("Interrupted. Nothing is lost: run the same command to continue.")
                return 1
            code = playing.result()
            if self.keep:
                self._say("Everything keeps running. Press Ctrl-C to stop.")
                await stopped.wait()
            else:
                self._say("The local Discord ended with the demo. `claw-discord-coord demo --keep` keeps it running.")
            return code

    async def _story(self, running: Running) -> int:
        coordinator = running.coordinator
        async with _narrated(coordinator, self._say):
            root = await self._begin(coordinator)
            tasks = await _ended(coordinator, root)
        deliveries = [delivery for task in tasks for delivery in await coordinator.registry.deliveries.of_task(task.id)]
        self._summarize(tasks, deliveries, running.page)
        # Cleared after printing: a demo that was killed before prints its summary at the next call.
        await coordinator.registry.cursors.set(self._cursor(), "")
        good = all(task.state is TaskState.COMPLETED for task in tasks)
        return 0 if good and all(delivery.state is DeliveryState.DELIVERED for delivery in deliveries) else 1

    async def _begin(self, coordinator: Coordinator) -> Task:
        """Start the demo's first task, or continue the interrupted task of this folder."""
        registry = coordinator.registry
        # The stored key makes a second call join the interrupted task instead of starting another.
        key = await registry.cursors.get(self._cursor())
        if not key:
            key = f"demo/{secrets.token_hex(6)}"
            await registry.cursors.set(self._cursor(), key)
        text = (
            f'Check up on the folder "{self.folder}": survey what is in it, have an intern measure duplicates and '
            "sizes, and hand your findings to writing for a report."
        )
        caller = Caller(request_id=key, surface="cli", name="the demo")
        title = beginning(f"Check up on {self.folder.name or self.folder}", 200)
        new = NewTask(task=text, agent=FIRST_AGENT, kind=Kind.SPECIALIST, title=title, key=key)
        admitted = await coordinator.delegation.spawn(new, caller)
        if admitted.joined:
            self._say("Continuing the interrupted demo.")
        return admitted.task

    def _cursor(self) -> str:
        return f"demo/{hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:16]}"

    def _summarize(self, tasks: list[Task], deliveries: list[Delivery], page: str | None) -> None:
        outputs = [_output(delivery) for delivery in deliveries]
        views = [TaskView.of(task).model_dump(mode="json") for task in tasks]
        if self.as_json:
            names = ("task_id", "title", "agent", "kind", "state", "duration_s", "discord_requests")
            summary = {
                "tasks": [{name: view[name] for name in names} for view in views],
                "outputs": outputs,
                "page": page,
            }
            click.echo(json.dumps(summary, ensure_ascii=False))
            return
        click.echo("\n" + printable(terminal.table(views)) + "\n")
        for task in tasks:
            if task.reason and task.state is not TaskState.COMPLETED:
                click.echo(printable(terminal.entry(f"{task.id} {task.state.value}: {task.reason}")))
        for delivery, output in zip(deliveries, outputs, strict=True):
            where = output.get("path") or output.get("url") or delivery.error
            click.echo(printable(terminal.entry(f"{delivery.destination}: {delivery.state.value} {where}")))
        interns = [task.discord_requests for task in tasks if task.kind is Kind.INTERN]
        click.echo(f"\nDiscord requests: {sum(task.discord_requests for task in tasks)} in all")
        if interns:
            least, most = min(interns), max(interns)
            click.echo(
                f"Discord requests for one intern, start to archive: {least if least == most else f'{least} to {most}'}"
            )

    def _say(self, line: str) -> None:
        click.echo(printable(line), err=self.as_json)


@asynccontextmanager
async def _narrated(coordinator: Coordinator, say: Any) -> AsyncGenerator[None]:
    """Print the updates of all tasks while the context lasts."""
    begun = time.monotonic()

    async def narrate() -> None:
        async with coordinator.updates.subscribe(None) as lines:
            while True:
                line = await lines.get()
                if not line.task_id:
                    continue
                task = await coordinator.registry.tasks.get(line.task_id)
                told = terminal.update(dataclasses.asdict(line))
                say(f"{time.monotonic() - begun:6.1f} s  {task.agent:<12}{line.task_id}{told}")

    narrating = asyncio.create_task(narrate())
    await asyncio.sleep(0)
    try:
        yield
    finally:
        narrating.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await narrating


async def _ended(coordinator: Coordinator, root: Task) -> list[Task]:
    """Return all tasks of the tree after all tasks and deliveries have ended."""
    registry = coordinator.registry
    while True:
        tasks = sorted(await registry.tasks.find(root_id=root.root_id, limit=500), key=lambda task: task.created_at)
        open_tasks = [task for task in tasks if not await registry.events.of_task(task.id, types=[CLOSED])]
        deliveries = [delivery for task in tasks for delivery in await registry.deliveries.of_task(task.id)]
        if not open_tasks and all(delivery.state is not DeliveryState.PLANNED for delivery in deliveries):
            return tasks
        await asyncio.sleep(LOOK_S)


def _output(delivery: Delivery) -> dict[str, str]:
    receipt = delivery.receipt
    known = {"path": receipt.path, "url": receipt.url} if receipt else {"error": delivery.error}
    return {"destination": delivery.destination, **{name: value for name, value in known.items() if value}}


def _is_text(path: Path) -> bool:
    try:
        str(path).encode()
    except UnicodeEncodeError:
        return False
    return True


def _adapted(config: Config, output: Path | None) -> Config:
    """Return the settings with the blog in the folder `output`."""
    if output is None:
        return config
    folder = str(output.absolute())
    changed = {
        name: destination.model_copy(update={"folder": folder}) if destination.kind == "blog" else destination
        for name, destination in config.destinations.items()
    }
    return config.model_copy(update={"destinations": changed})
