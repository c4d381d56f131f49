"""A local Discord with people in it, and the Discord workspace on it, for tests."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
from pydantic import SecretStr

from claw_discord_coord.config.model import DiscordConfig, OperatorsConfig
from claw_discord_coord.localcord import Limits, LocalDiscord
from claw_discord_coord.models import Kind, Post, Task, TaskLocation, TaskState
from claw_discord_coord.ports import Click, IncomingMessage, IncomingReaction
from claw_discord_coord.workspace.channel_topics import GENERAL_TOPIC
from claw_discord_coord.workspace.discord_workspace import DiscordWorkspace
from claw_discord_coord.workspace.progress_message import Progress
from tests.judged_discord import judged_discord

PATIENCE_S = 10.0
TEXT, CATEGORY, FORUM = 0, 4, 15
_numbers = itertools.count(1)


def a_task(**given: Any) -> Task:
    """A task that is being worked on; whatever a test cares about it names."""
    now = datetime.now(UTC)
    id_ = f"t-{next(_numbers):04d}"
    record: dict[str, Any] = {
        "id": id_,
        "title": "Survey the folder",
        "text": "Survey the folder.\nSay which files matter.",
        "agent": "research",
        "kind": Kind.INTERN,
        "state": TaskState.WORKING,
        "chosen_because": "you named it",
        "origin": id_,
        "root_id": id_,
        "timeout_s": 60,
        "created_at": now,
        "started_at": now,
        "channel": "research",
    }
    return Task(**(record | given))


def ended(task: Task, state: TaskState = TaskState.COMPLETED, **given: Any) -> Task:
    """The task after its end."""
    return task.model_copy(update={"state": state, "ended_at": datetime.now(UTC), **given})


class MovableClock:
    """The time, and whatever a test has added to it."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def pass_(self, **duration: float) -> None:
        self.ahead += timedelta(**duration)


class Killed(BaseException):
    """The process dies here."""


class MemoryPosts:
    """Posts in memory. `dies_before_confirm` kills the process between Discord's response and its record, once."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._posts: dict[str, Post] = {}
        self.dies_before_confirm = False

    async def plan(self, key: str, channel_id: str, sha256: str) -> Post:
        planned = Post(key=key, channel_id=channel_id, sha256=sha256, planned_at=self._clock())
        return self._posts.setdefault(key, planned)

    async def confirm(self, key: str, message_id: str) -> Post:
        if self.dies_before_confirm:
            self.dies_before_confirm = False
            raise Killed
        self._posts[key] = self._posts[key].model_copy(update={"message_id": message_id})
        return self._posts[key]

    async def by_message(self, message_id: str) -> Post | None:
        return next((post for post in self._posts.values() if post.message_id == message_id), None)

    async def forget(self, key: str) -> None:
        self._posts.pop(key, None)


class MemoryCursors:
    """Cursors in memory."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}

    async def get(self, name: str) -> str | None:
        return self.values.get(name)

    async def set(self, name: str, value: str) -> None:
        self.values[name] = value


class MemoryRequestCounts:
    """The number of requests per task, in memory."""

    def __init__(self) -> None:
        self.requests: dict[str, int] = {}

    async def add_requests(self, task_id: str, count: int) -> None:
        self.requests[task_id] = self.requests.get(task_id, 0) + count


class MemoryRecords:
    """The parts of the registry that the workspace uses, in memory."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.posts = MemoryPosts(clock)
        self.cursors = MemoryCursors()
        self.tasks = MemoryRequestCounts()


class Person:
    """Somebody at the local Discord: reads and writes over HTTP, sees events over the gateway."""

    def __init__(self, local: LocalDiscord, name: str, session: aiohttp.ClientSession) -> None:
        self.name = name
        self._who = local.ready.person(name)
        self._guild_id = local.ready.guild_id
        self._local = local
        self._session = session
        self._events: list[tuple[str, dict[str, Any]]] = []
        self._news = asyncio.Condition()
        self._reading: asyncio.Task[None] | None = None
        self._session_id = ""

    @property
    def id(self) -> str:
        return self._who.user_id

    async def call(self, method: str, path: str, body: Any = None) -> Any:
        url = f"{self._local.api_base}{path}"
        async with self._session.request(
            method, url, json=body, headers={"Authorization": self._who.token}
        ) as response:
            answer = await response.json() if response.status not in (204,) else None
            assert response.status < 300, (method, path, answer)
            return answer

    async def download(self, url: str) -> bytes:
        async with self._session.get(url) as response:
            return await response.read()

    async def channels(self, kind: int = TEXT) -> list[dict[str, Any]]:
        return [c for c in await self.call("GET", f"/guilds/{self._guild_id}/channels") if c["type"] == kind]

    async def channel_named(self, name: str) -> dict[str, Any]:
        return next(channel for channel in await self.channels() if channel["name"] == name)

    async def messages(self, channel_id: str) -> list[dict[str, Any]]:
        """The messages people and bots have written there, oldest first; not what Discord itself puts into threads."""
        found = await self.call("GET", f"/channels/{channel_id}/messages?limit=100")
        return [message for message in reversed(found) if message["type"] in (0, 19)]

    async def texts(self, channel_id: str) -> list[str]:
        return [message["content"] for message in await self.messages(channel_id)]

    async def card(self, place: TaskLocation) -> dict[str, Any]:
        return await self.call("GET", f"/channels/{place.channel_id}/messages/{place.message_id}")

    async def say(self, channel_id: str, text: str) -> str:
        return (await self.call("POST", f"/channels/{channel_id}/messages", {"content": text}))["id"]

    async def upload(self, channel_id: str, text: str, filename: str, data: bytes) -> None:
        form = aiohttp.FormData(quote_fields=False)
        form.add_field("payload_json", json.dumps({"content": text}))
        form.add_field("files[0]", data, filename=filename)
        url = f"{self._local.api_base}/channels/{channel_id}/messages"
        async with self._session.post(url, data=form, headers={"Authorization": self._who.token}) as response:
            assert response.status == 200, await response.text()

    async def click(self, message: dict[str, Any], label: str) -> None:
        await self.listen()
        button = next(b for row in message["components"] for b in row["components"] if b["label"] == label)
        await self.call(
            "POST",
            "/interactions",
            {
                "type": 3,
                "application_id": message["author"]["id"],
                "guild_id": self._guild_id,
                "channel_id": message["channel_id"],
                "session_id": self._session_id,
                "nonce": str(next(_numbers)),
                "message_id": message["id"],
                "message_flags": message.get("flags", 0),
                "data": {"component_type": 2, "custom_id": button["custom_id"]},
            },
        )

    async def answer_to_click(self) -> str:
        """The text of the next answer that only this person sees."""

        def finished(name: str, data: dict[str, Any]) -> bool:
            flags = data.get("flags", 0)
            return name in ("MESSAGE_CREATE", "MESSAGE_UPDATE") and bool(flags & 64) and not flags & 128

        return (await self.event(finished))["content"]

    async def event(self, wanted: Callable[[str, dict[str, Any]], bool]) -> dict[str, Any]:
        """Wait for an event, and take it and those before it out of the list."""

        def index() -> int | None:
            return next((i for i, (name, data) in enumerate(self._events) if wanted(name, data)), None)

        async with asyncio.timeout(PATIENCE_S), self._news:
            await self._news.wait_for(lambda: index() is not None)
            at = index()
            assert at is not None
            data = self._events[at][1]
            del self._events[: at + 1]
            return data

    async def listen(self) -> None:
        """Be on the gateway from now on."""
        if self._reading is None:
            ready = asyncio.Event()
            self._reading = asyncio.create_task(self._read(ready))
            async with asyncio.timeout(PATIENCE_S):
                await ready.wait()

    async def leave(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)

    async def _read(self, ready: asyncio.Event) -> None:
        async with self._session.ws_connect(f"{self._local.gateway_url}?v=10&encoding=json") as socket:
            await socket.receive_json()
            await socket.send_json({"op": 2, "d": {"token": self._who.token, "properties": {}}})
            async for frame in socket:
                event = frame.json()
                if event["op"] != 0:
                    continue
                if event["t"] == "READY":
                    self._session_id = event["d"]["session_id"]
                    ready.set()
                async with self._news:
                    self._events.append((event["t"], event["d"]))
                    self._news.notify_all()


@dataclass
class Heard:
    """What the workspace has passed on."""

    clicks: list[Click] = field(default_factory=list)
    messages: list[IncomingMessage] = field(default_factory=list)
    reactions: list[IncomingReaction] = field(default_factory=list)
    moves: list[tuple[str, TaskLocation]] = field(default_factory=list)
    refuses_message: bool = False
    on_click: Callable[[Click], str | None] = lambda _click: None
    news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def click(self, click: Click) -> str | None:
        self.clicks.append(click)
        await self._tell()
        return self.on_click(click)

    async def message(self, spoken: IncomingMessage) -> None:
        if self.refuses_message:
            self.refuses_message = False
            await self._tell()
            raise RuntimeError("nobody takes this message")
        self.messages.append(spoken)
        await self._tell()

    async def reaction(self, reaction: IncomingReaction) -> None:
        self.reactions.append(reaction)
        await self._tell()

    async def moved(self, task_id: str, place: TaskLocation) -> None:
        self.moves.append((task_id, place))

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_S), self.news:
            await self.news.wait_for(holds)

    async def _tell(self) -> None:
        async with self.news:
            self.news.notify_all()


@dataclass
class Scene:
    """A local Discord and what is around it; every `workspace()` is another life of the coordinator."""

    local: LocalDiscord
    ada: Person
    grace: Person
    clock: MovableClock
    records: MemoryRecords
    heard: Heard
    category: str | None = None
    operators: OperatorsConfig = field(init=False)

    def __post_init__(self) -> None:
        self.operators = OperatorsConfig(users=(self.ada.id,))

    async def give_role(self, person: Person) -> str:
        """Make a role, and give it to the person; returns its id."""
        guild = f"/guilds/{self.local.ready.guild_id}"
        role = await self.ada.call("POST", f"{guild}/roles", {"name": "operators"})
        await self.ada.call("PUT", f"{guild}/members/{person.id}/roles/{role['id']}")
        return str(role["id"])

    @property
    def config(self) -> DiscordConfig:
        return DiscordConfig(
            token=SecretStr(self.local.ready.bots[0].token),
            guild_id=self.local.ready.guild_id,
            category=self.category,
            api_base=self.local.api_base,
            gateway_url=self.local.gateway_url,
        )

    def pass_(self, *, seconds: float = 0.0, hours: float = 0.0) -> None:
        """Let time go by, for the coordinator and for Discord, which then forgets nonces."""
        self.clock.pass_(seconds=seconds, hours=hours)
        self.local.admin.advance(seconds + 3600 * hours)

    @property
    def faults(self) -> Any:
        return self.local.faults

    @asynccontextmanager
    async def workspace(
        self, *, topic: Callable[[str], str] = lambda _: GENERAL_TOPIC, **changes: Any
    ) -> AsyncIterator[DiscordWorkspace]:
        async with DiscordWorkspace.connect(
            self.config.model_copy(update=changes),
            lambda: self.operators,
            self.records,
            on_click=self.heard.click,
            on_message=self.heard.message,
            on_reaction=self.heard.reaction,
            on_moved=self.heard.moved,
            now=self.clock,
            progress=Progress(first_after_s=0.1, every_s=0.2),
            topic=topic,
        ) as workspace:
            await workspace.ready(PATIENCE_S)
            yield workspace


@asynccontextmanager
async def a_scene(*, limits: bool | Limits = False, category: str | None = None) -> AsyncIterator[Scene]:
    """Begin a world of its own for one test."""
    clock = MovableClock()
    async with judged_discord(port=0, data=None, limits=limits) as local, aiohttp.ClientSession() as session:
        ada, grace = Person(local, "ada", session), Person(local, "grace", session)
        try:
            yield Scene(local, ada, grace, clock, MemoryRecords(clock), Heard(), category)
        finally:
            await ada.leave()
            await grace.leave()
