"""The Workspace port on Discord."""

from __future__ import annotations

import asyncio
import dataclasses
import logging
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

import discord

from claw_discord_coord.config.model import DiscordConfig, OperatorsConfig
from claw_discord_coord.errors import CoordError, DiscordRefused
from claw_discord_coord.models import BOARD_CHANNEL, Delivery, Kind, Task, TaskLocation, TaskState
from claw_discord_coord.ports import BoardView, ChannelPost, Sent
from claw_discord_coord.text.sanitize import one_line
from claw_discord_coord.workspace.board import board, without_words
from claw_discord_coord.workspace.cards import card, face_sha256, link_to, thread_name
from claw_discord_coord.workspace.channel_topics import GENERAL_TOPIC
from claw_discord_coord.workspace.channels import Channels
from claw_discord_coord.workspace.connecting.discord_connection import Connection
from claw_discord_coord.workspace.connecting.discord_errors import (
    FilesRefused,
    ThreadClosed,
    Vanished,
    WordsRefused,
    mapped,
)
from claw_discord_coord.workspace.connecting.request_counter import counted
from claw_discord_coord.workspace.controls import ControlButton, Controls, OnClick, view_of_records
from claw_discord_coord.workspace.intake import Intake, OnMessage
from claw_discord_coord.workspace.posting.draft import Draft
from claw_discord_coord.workspace.posting.forums import Forums
from claw_discord_coord.workspace.posting.long_message import long_message
from claw_discord_coord.workspace.posting.named_threads import NamedThreads
from claw_discord_coord.workspace.posting.outbox import IN_CHANNEL, IN_THREAD, Address, Outbox
from claw_discord_coord.workspace.posting.posts import Posted, Posts
from claw_discord_coord.workspace.posting.replaceable_posts import ReplaceablePosts
from claw_discord_coord.workspace.progress_message import Progress
from claw_discord_coord.workspace.reactions import OnReaction, Reactions
from claw_discord_coord.workspace.records import Records
from claw_discord_coord.workspace.task_locations import Known, Spot, TaskLocations
from claw_discord_coord.workspace.threads import Threads

_log = logging.getLogger(__name__)

OnMoved = Callable[[str, TaskLocation], Awaitable[None]]
"""Receives a task's id and its new location, after people deleted the card or thread."""

_AT_WORK = frozenset({TaskState.SUBMITTED, TaskState.WORKING})
"""The states in which a run may report progress."""

_BOARD_CURSOR = "discord/board"
"""The cursor with the number of boards so far; people may delete a board."""


class DiscordWorkspace:
    """Implements the Workspace port on Discord. Created by `connect`."""

    def __init__(
        self,
        config: DiscordConfig,
        operators: Callable[[], OperatorsConfig],
        records: Records,
        *,
        on_click: OnClick,
        on_message: OnMessage | None,
        on_reaction: OnReaction | None,
        on_moved: OnMoved | None,
        now: Callable[[], datetime],
        clock_s: Callable[[], float],
        progress: Progress,
        topic: Callable[[str], str],
    ) -> None:
        self._records = records
        self._on_moved = on_moved
        self._clock_s = clock_s
        self.connection = Connection(config, self, items=[ControlButton])
        self._channels = Channels(self.connection, config.category, records.cursors, topic)
        self._posts = Posts(self.connection, records, now)
        self._threads = Threads(self.connection)
        self._outbox = Outbox(
            self._channels,
            self._posts,
            self._threads,
            Forums(self.connection, records, now),
            NamedThreads(records, self._posts, self._threads),
        )
        self._replaceable = ReplaceablePosts(self.connection, records, self._outbox, self._posts, self._threads)
        self._places = TaskLocations(records)
        self._controls = Controls(operators, on_click)
        self._intake = None if on_message is None else Intake(self.connection, records, on_message)
        self._reactions = None if on_reaction is None else Reactions(self.connection, records, on_reaction)
        self._progress = progress
        self._working: dict[str, Task] = {}
        self._heard = asyncio.Event()
        self._board_turn = asyncio.Lock()
        self._board_shown: str | None = None

    @classmethod
    @asynccontextmanager
    async def connect(
        cls,
        config: DiscordConfig,
        operators: Callable[[], OperatorsConfig],
        records: Records,
        *,
        on_click: OnClick,
        on_message: OnMessage | None = None,
        on_reaction: OnReaction | None = None,
        on_moved: OnMoved | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        clock_s: Callable[[], float] = time.monotonic,
        progress: Progress | None = None,
        topic: Callable[[str], str] = lambda _: GENERAL_TOPIC,
    ) -> AsyncGenerator[Self]:
        """Connect to Discord while the context lasts. Entering returns at once; `ready` waits for Discord.

        `operators` returns at every click the people who may command. `now` must be the clock of the records. `clock_s`
        and `progress` decide when progress is shown. `topic` returns the topic of a new channel by its name.

        Raises:
            ConfigError: The token or the server is missing.
        """
        workspace = cls(
            config,
            operators,
            records,
            on_click=on_click,
            on_message=on_message,
            on_reaction=on_reaction,
            on_moved=on_moved,
            now=now,
            clock_s=clock_s,
            progress=progress or Progress(),
            topic=topic,
        )
        async with workspace.connection:
            showing = asyncio.create_task(workspace._show_progress(), name="discord-progress")
            try:
                yield workspace
            finally:
                showing.cancel()
                with suppress(asyncio.CancelledError):
                    await showing

    async def ready(self, timeout_s: float = 30.0) -> None:
        """Wait until Discord is connected.

        Raises:
            DiscordUnavailable: Discord is not connected after `timeout_s`; the connection is retried.
            DiscordRefused: Discord refuses the bot until a person changes a setting.
        """
        await self.connection.ready(timeout_s)

    # The methods of the port.

    async def open(self, task: Task) -> TaskLocation:
        """Create the task's channel, card and thread where missing, and return the location."""
        async with self._turn(task):
            return self._place(await self._opened(task))

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
        """Post a text of any length in the task's thread, once per `event`."""
        async with self._turn(task) as known:
            if task.state not in _AT_WORK:
                self._quiet(task.id)
                known.at_rest = True
            guild = await self.connection.ready()
            drafts = await long_message(event, text, files, file_limit_bytes=guild.filesize_limit)
            if reply_to is not None:
                drafts[0] = dataclasses.replace(drafts[0], reply_to=int(reply_to))
            if buttons:
                drafts[-1] = dataclasses.replace(drafts[-1], view=view_of_records(buttons))
            try:
                posted = await self._say_all(task, event, drafts)
            except FilesRefused as error:
                # The text without the files, since the registry keeps the files.
                names = ", ".join(one_line(path.name, 100) for path in files)
                noted = f"{text}\n-# Discord did not take the files ({names}): {error}"
                drafts = await long_message(event, noted, (), file_limit_bytes=guild.filesize_limit)
                posted = await self._say_all(task, event, drafts)
            if any(message.fresh for message in posted):
                known.archived = False  # Discord unarchives a thread when a message arrives.
            return self._sent(posted[0])

    async def progress(self, task: Task, line: str) -> None:
        """Queue a line of progress for the thread. Never raises."""
        _refuse_private(task)
        # A line may arrive after the result, which must stay the last word of the thread.
        if self._places.of(task.id).at_rest:
            return
        self._working[task.id] = task
        self._progress.hear(task.id, line, self._clock_s())
        self._heard.set()

    async def show(self, task: Task) -> None:
        """Update the card to the task's present state; sends nothing when the card is current."""
        async with self._turn(task) as known:
            try:
                spot = await self._opened(task)
            except DiscordRefused:
                # Without a thread, the card alone shows the state and has the buttons.
                await self._show_card_alone(task)
                raise
            try:
                await self._edit_card(task, spot, known)
            except Vanished:
                await self._made_again(task, spot, keep_thread=True)

    async def close(self, task: Task) -> None:
        """Write the last state on the card, and archive the thread of an intern.

        A card that people deleted stays deleted, since the task has ended. A card without a thread is deleted.
        """
        async with self._turn(task) as known:
            self._quiet(task.id)
            known.at_rest = True
            spot = await self._places.find(task.id)
            if spot is None:  # stopped before it had a thread
                await self._posts.take_away(_card_key(task, 1))
                return
            try:
                await self._edit_card(task, spot, known)
            except Vanished:
                _log.info("The card of task %s was deleted; it is left so.", task.id)
            if task.kind is Kind.INTERN and not known.archived:
                await self._threads.archive(spot.thread_id)
                known.archived = True

    async def send(self, post: ChannelPost) -> Sent:
        """Post a text of any length, once per `post.key`."""
        guild = await self.connection.ready()
        name = post.title or post.key
        to = Address(post.channel, thread=post.thread, forum=post.forum, name=name, tags=post.tags)
        # A forum shows the title above the post.
        headed = post.title is not None and not post.forum
        text = f"## {one_line(post.title or '', 200)}\n{post.text}" if headed else post.text
        drafts = await long_message(name, text, post.files, file_limit_bytes=guild.filesize_limit)
        if post.replace is None:
            return self._sent(await self._outbox.post(to, post.key, drafts))
        return self._sent(await self._replaceable.put(to, post.replace, post.key, drafts, post.as_of))

    async def show_board(self, view: BoardView) -> None:
        """Update the board's message; sends nothing when the board is current. A board that people deleted is posted
        again.
        """
        async with self._board_turn:
            try:
                await self._show_board(board(view))
            except WordsRefused as error:
                _log.warning("The board shows ids instead of titles: %s", error)
                await self._show_board(board(without_words(view)))

    async def _show_board(self, draft: Draft) -> None:
        face = face_sha256(draft)
        if face == self._board_shown:
            return
        number = int(await self._records.cursors.get(_BOARD_CURSOR) or 1)
        posted = await self._outbox.in_channel(BOARD_CHANNEL, f"board/{number}", draft)
        if not posted.fresh:
            message = self.connection.channel(posted.channel_id).get_partial_message(posted.message_id)
            try:
                with mapped("edit the board", needs=IN_CHANNEL):
                    await message.edit(embed=draft.embed, view=draft.view)
            except Vanished:
                await self._records.cursors.set(_BOARD_CURSOR, str(number + 1))
                await self._outbox.in_channel(BOARD_CHANNEL, f"board/{number + 1}", draft)
        self._board_shown = face

    # Events from Discord: this class is the connection's Listener.

    async def connected(self) -> None:
        """Read the messages that were written while the bot was away."""
        if self._intake is not None:
            await self._intake.catch_up()

    async def message(self, message: discord.Message) -> None:
        """Handle a message."""
        if self._intake is not None:
            await self._intake.hear(message)

    async def reacted(self, reaction: discord.RawReactionActionEvent) -> None:
        """Handle a reaction."""
        if self._reactions is not None:
            await self._reactions.added(reaction)

    async def pressed(self, interaction: discord.Interaction, subject_id: str, button: str) -> None:
        """Handle a click."""
        await self._controls.pressed(interaction, subject_id, button)

    # Internal steps.

    @asynccontextmanager
    async def _turn(self, task: Task) -> AsyncGenerator[Known]:
        """Allow one write for a task at a time, and count the requests for the task."""
        _refuse_private(task)
        known = self._places.of(task.id)
        async with known.turn:
            with counted() as counter:
                try:
                    yield known
                finally:
                    if counter.requests:
                        await self._records.tasks.add_requests(task.id, counter.requests)

    async def _opened(self, task: Task) -> Spot:
        spot = await self._places.find(task.id)
        if spot is None:
            spot = await self._settled(task, number=1)
        return spot

    async def _settled(self, task: Task, *, number: int, thread_id: int | None = None) -> Spot:
        """Post the card of that number and open its thread, unless the given thread goes on."""
        mention = None if thread_id is None else f"<#{thread_id}>"
        posted = await self._post_card(task, number, mention)
        if thread_id is None:
            thread_id = await self._threads.start(
                posted.channel_id, posted.message_id, thread_name(task), plain_name=task.id
            )
            if self._intake is not None:
                self._intake.started(thread_id)
        spot = Spot(number, posted.channel_id, posted.message_id, thread_id, task.title)
        await self._places.keep(task.id, spot)
        return spot

    async def _post_card(self, task: Task, number: int, thread: str | None = None) -> Posted:
        """Post the card of that number, or find the posted card."""
        known = self._places.of(task.id)
        draft = card(task, came_from=await self._origin(task), thread=thread, plain=known.plain)
        try:
            posted = await self._outbox.in_channel(task.channel, _card_key(task, number), draft)
        except WordsRefused as error:
            _log.warning("The card of task %s shows no words of the task: %s", task.id, error)
            known.plain = True
            draft = card(task, thread=thread, plain=True)
            posted = await self._outbox.in_channel(task.channel, _card_key(task, number), draft)
        known.shown = face_sha256(draft) if posted.fresh else None
        return posted

    async def _show_card_alone(self, task: Task) -> None:
        """Update the card of a task whose thread Discord refuses. A refusal of the card is logged."""
        try:
            posted = await self._post_card(task, 1)
            if not posted.fresh:
                spot = Spot(1, posted.channel_id, posted.message_id, posted.message_id, task.title)
                await self._edit_card(task, spot, self._places.of(task.id))
        except DiscordRefused as error:
            _log.warning("The card of task %s is not current: %s", task.id, error)

    async def _made_again(self, task: Task, spot: Spot, *, keep_thread: bool = False) -> Spot:
        """Post a new card for a task after people deleted the card, and open a new thread unless the thread still
        exists.
        """
        new = await self._settled(task, number=spot.number + 1, thread_id=spot.thread_id if keep_thread else None)
        _log.warning("Task %s moved to %s: its card or thread was deleted.", task.id, self._place(new).url)
        if not keep_thread:
            note = Draft(content="-# The thread of this task was deleted; it goes on here.")
            await self._posts.put(f"{task.id}/moved/{new.number}", new.thread_id, note, needs=IN_THREAD)
        if self._on_moved is not None:
            await self._on_moved(task.id, self._place(new))
        return new

    async def _edit_card(self, task: Task, spot: Spot, known: Known) -> None:
        own_thread = spot.thread_id == spot.message_id
        mention = None if own_thread else f"<#{spot.thread_id}>"
        draft = card(task, came_from=await self._origin(task), thread=mention, plain=known.plain)
        if known.shown == face_sha256(draft):
            return
        try:
            await self._edit(spot, draft)
        except WordsRefused as error:
            _log.warning("The card of task %s shows no words of the task: %s", task.id, error)
            known.plain = True
            draft = card(task, thread=mention, plain=True)
            await self._edit(spot, draft)
        known.shown = face_sha256(draft)

    async def _edit(self, spot: Spot, draft: Draft) -> None:
        await self.connection.ready()
        message = self.connection.channel(spot.channel_id).get_partial_message(spot.message_id)
        with mapped("edit a card", needs=IN_CHANNEL):
            await message.edit(embed=draft.embed, view=draft.view)

    async def _say_all(self, task: Task, event: str, drafts: Sequence[Draft]) -> list[Posted]:
        return [
            await self._in_thread(task, f"{task.id}/{event}/{number}", draft) for number, draft in enumerate(drafts)
        ]

    async def _in_thread(self, task: Task, key: str, draft: Draft) -> Posted:
        spot = await self._opened(task)
        try:
            return await self._posts.put(key, spot.thread_id, draft, needs=IN_THREAD)
        except ThreadClosed:
            await self._threads.reopen(spot.thread_id)
        except Vanished:
            spot = await self._made_again(task, spot)
        return await self._posts.put(key, spot.thread_id, draft, needs=IN_THREAD)

    async def _origin(self, task: Task) -> str | None:
        """Return a link to the task that led to this task. A mention of an archived thread shows no name, so a link is
        used.
        """
        if task.parent_id is None:
            return None
        spot = await self._places.find(task.parent_id)
        if spot is None:
            return one_line(task.parent_id, 100)
        return link_to(spot.title, self.connection.link(spot.thread_id))

    def _place(self, spot: Spot) -> TaskLocation:
        return TaskLocation(
            channel_id=str(spot.channel_id),
            message_id=str(spot.message_id),
            thread_id=str(spot.thread_id),
            url=self.connection.link(spot.thread_id),
        )

    def _sent(self, posted: Posted) -> Sent:
        url = self.connection.link(posted.channel_id, posted.message_id)
        return Sent(channel_id=str(posted.channel_id), message_id=str(posted.message_id), url=url)

    def _quiet(self, task_id: str) -> None:
        self._progress.forget(task_id)
        self._working.pop(task_id, None)

    async def _show_progress(self) -> None:
        while True:
            due_s = self._progress.next_due_s()
            with suppress(TimeoutError):
                async with asyncio.timeout(None if due_s is None else max(0.0, due_s - self._clock_s())):
                    await self._heard.wait()
            self._heard.clear()
            due = self._progress.take_due(self._clock_s())
            await asyncio.gather(*(self._post_progress(task_id, text) for task_id, text in due.items()))

    async def _post_progress(self, task_id: str, text: str) -> None:
        task = self._working.get(task_id)
        if task is None:
            return
        try:
            async with self._turn(task):
                if task_id in self._working:
                    await self._write_progress(task, text)
        except CoordError as error:
            _log.info("Progress of task %s is not shown: %s", task_id, error)
        except Exception:  # noqa: BLE001 - the outermost edge of a courtesy that must not end the others'
            _log.exception("Showing the progress of task %s failed.", task_id)

    async def _write_progress(self, task: Task, text: str) -> None:
        spot = await self._places.find(task.id)
        if spot is None:
            return
        posted = await self._posts.put(f"{task.id}/progress", spot.thread_id, Draft(content=text), needs=IN_THREAD)
        if not posted.fresh:
            message = self.connection.channel(posted.channel_id).get_partial_message(posted.message_id)
            with mapped("edit a message", needs=IN_THREAD):
                await message.edit(content=text, allowed_mentions=discord.AllowedMentions.none())


def _card_key(task: Task, number: int) -> str:
    return f"{task.id}/card/{number}"


def _refuse_private(task: Task) -> None:
    if task.private:
        raise AssertionError(f"Task {task.id} is private and must never reach Discord.")
