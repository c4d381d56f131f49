"""The composition root: the only place that builds the parts of a coordinator and joins them."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import secrets
import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from pydantic import SecretStr

from claw_discord_coord.config.file import ConfigFile
from claw_discord_coord.config.locate import Located
from claw_discord_coord.config.model import Config, DiscordConfig, OperatorsConfig
from claw_discord_coord.coordination.announcements import Announcements
from claw_discord_coord.coordination.board import Board
from claw_discord_coord.coordination.control import Control
from claw_discord_coord.coordination.conversation import Conversation
from claw_discord_coord.coordination.coordinator import Coordinator
from claw_discord_coord.coordination.delegation import Delegation
from claw_discord_coord.coordination.deliveries import Deliveries
from claw_discord_coord.coordination.engine import Boundary, open_engine
from claw_discord_coord.coordination.lifecycle import Lifecycle
from claw_discord_coord.coordination.news import News
from claw_discord_coord.coordination.runs import Runs
from claw_discord_coord.coordination.sessions import Sessions
from claw_discord_coord.destinations.catalog import build
from claw_discord_coord.localcord import LocalDiscord
from claw_discord_coord.ports import Destination, Place
from claw_discord_coord.registry.address import Address
from claw_discord_coord.registry.book import utc_now
from claw_discord_coord.registry.lock import hold
from claw_discord_coord.registry.registry import Registry
from claw_discord_coord.runtimes.command import CommandRuntime
from claw_discord_coord.surfaces import http
from claw_discord_coord.surfaces.client import write_run_file
from claw_discord_coord.workspace.discord_workspace import DiscordWorkspace
from claw_discord_coord.workspace.intake import Spoken

CONFIG_LOOK_S = 2.0
"""How often skill.yaml is looked at for changes."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Running:
    """A coordinator that is up. `page` is where the local Discord can be watched, None with the real one."""

    coordinator: Coordinator
    url: str
    token: str
    page: str | None


@asynccontextmanager
async def open_coordinator(
    file: ConfigFile, folders: Located, *, local_discord_port: int = 0, boundary: Boundary | None = None
) -> AsyncGenerator[Running]:
    """Bring a coordinator up, take up what an earlier one left, and yield it; leaving closes everything in order.

    Raises:
        RegistryInUse: another coordinator has this registry.
        CoordError: anything that keeps it from starting, with a fix.
    """
    config = file.config
    folders.state.mkdir(parents=True, exist_ok=True)
    registry_url = (
        config.registry.url.get_secret_value()
        if config.registry.url
        else f"sqlite:///{folders.state / 'registry.sqlite3'}"
    )
    async with AsyncExitStack() as stack:
        stack.enter_context(hold(registry_url))
        registry = await stack.enter_async_context(Registry.open(registry_url, clock=utc_now))
        discord, operators, page = config.discord, config.operators, None
        if discord.token is None:
            local = await stack.enter_async_context(
                LocalDiscord.serve(port=local_discord_port, data=folders.state / "local-discord")
            )
            discord, operators, page = _local(local, config), _local_operators(local, config), local.page
        parts = _Parts(file, folders, registry)
        workspace = await stack.enter_async_context(
            DiscordWorkspace.connect(
                discord,
                operators,
                registry,
                on_control=parts.on_control,
                on_message=parts.on_message,
                on_moved=parts.on_moved,
            )
        )
        coordinator = await parts.join(stack, workspace, operators, registry_url, boundary)
        token = secrets.token_urlsafe(24)
        url = await stack.enter_async_context(http.serve(coordinator, token, port=config.server.port))
        for written in write_run_file(folders.state, url, token, os.getpid()):
            stack.callback(written.unlink, missing_ok=True)
        watching = asyncio.create_task(_watch_config(file), name="watch skill.yaml")
        stack.push_async_callback(_cancel, watching)
        yield Running(coordinator, url, token, page)


@dataclass(frozen=True)
class _Doors:
    """Who carries out what people want."""

    control: Control
    deliveries: Deliveries
    conversation: Conversation


class _Parts:
    """The coordination parts while they are being joined: people may act before there is somebody to carry it out."""

    def __init__(self, file: ConfigFile, folders: Located, registry: Registry) -> None:
        self._file = file
        self._folders = folders
        self._registry = registry
        self._doors: asyncio.Future[_Doors] = asyncio.get_running_loop().create_future()

    async def on_control(self, subject_id: str, action: str, _user_id: str, user_name: str) -> None:
        """An operator has pressed a button of a task or a delivery."""
        doors = await self._doors
        if subject_id.startswith("d-"):
            if action == "resend":
                await doors.deliveries.resend(subject_id, user_name)
            else:
                await doors.deliveries.judge(subject_id, user_name, approved=action == "approve")
        elif action == "stop":
            await doors.control.cancel(subject_id, user_name)
        else:
            await doors.control.judge(subject_id, user_name, approved=action == "approve")

    async def on_moved(self, task_id: str, place: Place) -> None:
        """A task's card or thread was deleted and has been made anew elsewhere."""
        task = await self._registry.get_task(task_id)
        await self._registry.place(
            task_id,
            fence=task.fence,
            channel_id=place.channel_id,
            message_id=place.message_id,
            thread_id=place.thread_id,
            thread_url=place.url,
        )

    async def on_message(self, spoken: Spoken) -> None:
        """Somebody has written in a task's thread."""
        doors = await self._doors
        await doors.conversation.hear(
            spoken.thread_id, spoken.message_id, spoken.author_id, spoken.author_name, spoken.text
        )

    async def join(
        self,
        stack: AsyncExitStack,
        workspace: DiscordWorkspace,
        operators: OperatorsConfig,
        registry_url: str,
        boundary: Boundary | None,
    ) -> Coordinator:
        folders, registry = self._folders, self._registry
        sessions = Sessions(folders.state)
        artifacts = folders.state / "artifacts"
        news = News()
        runtimes = {"command": CommandRuntime(folders.state / "runs", folders.programs, artifacts / "runs")}
        environment = {
            "CLAW_STATE_DIR": str(folders.state),
            "CLAW_CLI": json.dumps([sys.executable, "-m", "claw_discord_coord"]),
        }
        runs = Runs(registry, runtimes, workspace, sessions, news, self._config, utc_now, environment)
        stack.push_async_callback(runs.close)
        destinations = _Destinations(self._file, workspace, folders)
        deliveries = Deliveries(registry, workspace, news, self._config, destinations.current, utc_now)
        announcements = Announcements(registry, runs, None, utc_now)
        lifecycle = Lifecycle(
            registry, workspace, runs, deliveries, sessions, announcements, news, self._config, utc_now
        )
        engine = await stack.enter_async_context(
            open_engine(
                Address.parse(registry_url).url.render_as_string(hide_password=False),
                {"task": lifecycle.live, "delivery": deliveries.live},
                boundary=boundary,
            )
        )
        for part in (runs, deliveries, lifecycle):
            part.attach(engine)
        control = Control(registry, engine, runs)
        delegation = Delegation(
            registry, engine, sessions, deliveries, announcements, self._config, utc_now, artifacts / "handoffs"
        )
        for task in await registry.unfinished():
            await engine.start("task", task.id)
            await engine.wake("task", task.id)  # what should have woken it may have died with the last coordinator
        await deliveries.take_up()
        conversation = Conversation(registry, control, workspace, lambda user_id: user_id in operators.users)
        self._doors.set_result(_Doors(control, deliveries, conversation))
        board = asyncio.create_task(Board(registry, workspace, news).run(), name="board")
        stack.push_async_callback(_cancel, board)
        return Coordinator(registry, delegation, control, deliveries, news, self._config)

    def _config(self) -> Config:
        return self._file.config


class _Destinations:
    """The destinations of the settings in force, built anew when those change."""

    def __init__(self, file: ConfigFile, workspace: DiscordWorkspace, folders: Located) -> None:
        self._file = file
        self._workspace = workspace
        self._folders = folders
        self._built_for: Config | None = None
        self._built: Mapping[str, Destination] = {}

    def current(self) -> Mapping[str, Destination]:
        if self._built_for is not self._file.config:
            self._built = build(self._file.config, workspace=self._workspace, work_folder=self._folders.work)
            self._built_for = self._file.config
        return self._built


def _local(local: LocalDiscord, config: Config) -> DiscordConfig:
    return config.discord.model_copy(
        update={
            "token": SecretStr(local.ready.bots[0].token),
            "guild_id": local.ready.guild_id,
            "api_base": local.api_base,
            "gateway_url": local.gateway_url,
        }
    )


def _local_operators(local: LocalDiscord, config: Config) -> OperatorsConfig:
    """On the local Discord everyone is the person at this machine: its owner may command."""
    return config.operators.model_copy(update={"users": (*config.operators.users, local.ready.people[0].user_id)})


async def _watch_config(file: ConfigFile) -> None:
    while True:
        await asyncio.sleep(CONFIG_LOOK_S)
        if file.refresh():
            if file.complaint is None:
                log.info("skill.yaml has changed and is in force")
            else:
                log.error(
                    "skill.yaml has changed but cannot be used; the settings before stay in force.\n%s", file.complaint
                )


async def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
