"""A Workspace in memory, for tests of what stands above the port; it keeps the same contract as Discord's adapter."""

from __future__ import annotations

import dataclasses
import itertools
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from claw_discord_coord.errors import CoordError, Overtaken
from claw_discord_coord.models import Delivery, Kind, Task, TaskLocation, TaskState
from claw_discord_coord.ports import BoardView, ChannelPost, Sent
from claw_discord_coord.registry.transitions import FINAL


@dataclass(frozen=True)
class Said:
    """One message in a thread or channel."""

    key: str
    message_id: str
    text: str
    title: str | None = None
    files: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


@dataclass
class MemoryWorkspace:
    """Keeps what it was told, keyed like Discord's adapter: the same call twice leaves one message.

    `failing` is raised by every call but `progress` while it is set; with `lose_replies`, only after the write.
    `calls` lists every call as (method, task id or channel). `requests` counts the writes that Discord would have seen.
    """

    failing: CoordError | None = None
    lose_replies: bool = False
    calls: list[tuple[str, str]] = field(default_factory=list)
    places: dict[str, TaskLocation] = field(default_factory=dict)
    shown: dict[str, list[TaskState]] = field(default_factory=lambda: defaultdict(list))
    threads: dict[str, list[Said]] = field(default_factory=lambda: defaultdict(list))
    channels: dict[str, list[Said]] = field(default_factory=lambda: defaultdict(list))
    named_threads: dict[tuple[str, str], list[Said]] = field(default_factory=lambda: defaultdict(list))
    forums: dict[str, list[Said]] = field(default_factory=lambda: defaultdict(list))
    replies: dict[str, str | None] = field(default_factory=dict[str, str | None])
    buttons: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    progress_lines: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    closed: dict[str, TaskState] = field(default_factory=dict)
    boards: list[BoardView] = field(default_factory=list)
    archived: set[str] = field(default_factory=set)
    requests: int = 0
    _ids: itertools.count[int] = field(default_factory=lambda: itertools.count(1_300_000_000_000_000_000))
    _standing: dict[tuple[int, str], Said] = field(default_factory=dict[tuple[int, str], Said])
    _as_of: dict[tuple[int, str], datetime] = field(default_factory=dict[tuple[int, str], datetime])
    _channel_ids: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self._channel_ids = defaultdict(lambda: str(next(self._ids)))

    async def open(self, task: Task) -> TaskLocation:
        self._begin("open", task)
        if task.id not in self.places:
            self.requests += 2
            channel_id, message_id = self._channel_ids[task.channel], str(next(self._ids))
            url = f"memory://{channel_id}/{message_id}"
            self.places[task.id] = TaskLocation(
                channel_id=channel_id, message_id=message_id, thread_id=message_id, url=url
            )
            self.shown[task.id].append(task.state)
        self._reply()
        return self.places[task.id]

    async def say(
        self,
        task: Task,
        event: str,
        text: str,
        *,
        files: Sequence[Path] = (),
        reply_to: str | None = None,
        buttons: Sequence[Task | Delivery] = (),
    ) -> Sent:
        self._begin("say", task)
        place = self.places[task.id]
        self.archived.discard(task.id)
        sent = self._put(self.threads[task.id], f"{task.id}/{event}", text, None, files, place.thread_id)
        self.replies[sent.message_id] = reply_to
        self.buttons[sent.message_id] = [record.id for record in buttons]
        self._reply()
        return sent

    async def progress(self, task: Task, line: str) -> None:
        self.calls.append(("progress", task.id))
        assert not task.private
        self.progress_lines[task.id].append(line)

    async def show(self, task: Task) -> None:
        self._begin("show", task)
        if self.shown[task.id][-1:] != [task.state]:
            self.requests += 1
            self.shown[task.id].append(task.state)
        self._reply()

    async def close(self, task: Task) -> None:
        self._begin("close", task)
        assert task.state in FINAL, f"closed while {task.state}"
        if task.id not in self.places:
            self._reply()
            return
        if self.shown[task.id][-1:] != [task.state]:
            self.requests += 1
            self.shown[task.id].append(task.state)
        if task.kind is Kind.INTERN and task.id not in self.archived:
            self.requests += 1
            self.archived.add(task.id)
        self.closed[task.id] = task.state
        self._reply()

    async def show_board(self, view: BoardView) -> None:
        self._fail(after=False)
        if self.boards[-1:] != [view]:
            self.requests += 1
            self.boards.append(view)
        self._reply()

    async def send(self, post: ChannelPost) -> Sent:
        self.calls.append(("send", post.channel))
        self._fail(after=False)
        messages = self.channels[post.channel]
        if post.forum:
            messages = self.forums[post.channel]
        elif post.thread is not None:
            messages = self.named_threads[post.channel, post.thread]
        if post.replace is not None:
            standing = self._standing.get((id(messages), post.replace))
            newest = self._as_of.get((id(messages), post.replace))
            if post.as_of is not None and newest is not None and post.as_of < newest:
                raise Overtaken("A newer text stands there already.")
            if post.as_of is not None:
                self._as_of[id(messages), post.replace] = post.as_of
            if standing is not None and standing in messages and standing.key != post.key:
                at = messages.index(standing)
                messages[at] = Said(
                    post.key, standing.message_id, post.text, post.title, tuple(path.name for path in post.files)
                )
                self.requests += 1
        sent = self._put(messages, post.key, post.text, post.title, post.files, post.channel)
        at = next(at for at, said in enumerate(messages) if said.key == post.key)
        messages[at] = dataclasses.replace(messages[at], tags=tuple(post.tags))
        if post.replace is not None:
            self._standing[id(messages), post.replace] = messages[at]
        self._reply()
        return sent

    def _begin(self, call: str, task: Task) -> None:
        assert not task.private, f"private task {task.id} reached the workspace"
        self.calls.append((call, task.id))
        self._fail(after=False)

    def _reply(self) -> None:
        self._fail(after=True)

    def _fail(self, *, after: bool) -> None:
        if self.failing is not None and self.lose_replies is after:
            raise self.failing

    def _put(
        self, messages: list[Said], key: str, text: str, title: str | None, files: Sequence[Path], channel_id: str
    ) -> Sent:
        for said in messages:
            if said.key == key:
                return Sent(channel_id, said.message_id, f"memory://{channel_id}/{said.message_id}")
        self.requests += 1
        said = Said(key, str(next(self._ids)), text, title, tuple(path.name for path in files))
        messages.append(said)
        return Sent(channel_id, said.message_id, f"memory://{channel_id}/{said.message_id}")
