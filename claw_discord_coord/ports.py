"""The ports between coordination and the outside world: runtimes, the workspace on Discord, and destinations.

Adapters live in `runtimes`, `workspace` and `destinations`. One contract suite per port runs on every adapter.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol, TypeVar

from claw_discord_coord.actions import Action
from claw_discord_coord.config.model import AgentConfig
from claw_discord_coord.config.runtimes import RuntimeSettings, settings_of
from claw_discord_coord.errors import RunFailed
from claw_discord_coord.models import Delivery, Receipt, RunOutcome, Task, TaskLocation, TaskState

Report = Callable[[str], Awaitable[None]]
"""Called with one line of progress of a run."""

SettingsT = TypeVar("SettingsT", bound=RuntimeSettings)


@dataclass(frozen=True)
class RunOrder:
    """The order for one run.

    Attributes:
        run_id: The id of the run.
        agent: The settings of the agent.
        brief: The JSON for the agent: task_id, run_id, attempt, title, text, kind, agent, private, and packet (of a
            handoff) or null.
        folder: The session's folder: kept for a specialist, fresh for an intern.
        environment: Additions to a minimal environment: the task token, and the way to call the coordinator.
        timeout_s: The limit of the run in seconds.
    """

    run_id: str
    agent: AgentConfig
    brief: dict[str, Any]
    folder: Path
    environment: dict[str, str]
    timeout_s: float

    def settings(self, model: type[SettingsT]) -> SettingsT:
        """Return the settings of the agent's runtime, as the runtime's own model.

        Raises:
            RunFailed: The agent has another kind of runtime now than when the run was recorded.
        """
        settings = settings_of(self.agent.runtime)
        if not isinstance(settings, model):
            raise RunFailed(f"The agent's runtime is {self.agent.runtime.kind} now; the run was begun with another.")
        return settings


class RunMessages(Protocol):
    """The capability of a runtime to send messages to runs that are going on."""

    async def send_message(self, run_id: str, key: str, text: str) -> None:
        """Send a message to a run, once per `key`.

        Raises:
            Conflict: The run has ended.
            Unavailable: Not now; trying again may help.
        """
        ...


class RunProcesses(Protocol):
    """The capability of a runtime to tell for which run a process of this machine works."""

    def run_of(self, marks: Sequence[str]) -> str | None:
        """Return the run to which a process belongs, or None.

        Args:
            marks: The marks of runs in the environments of the process and its ancestors, farthest ancestor first.
        """
        ...


class RunSessions(Protocol):
    """The capability of a runtime to tell for which run a session of an assistant works."""

    async def run_of(self, session_key: str) -> str | None:
        """Return the run for which a session works, or None for a session of another owner.

        Raises:
            NotAuthorized: The session is of an agent, and no run works in the session now.
            Unavailable: Not now; trying again may help.
        """
        ...


class Runtime(Protocol):
    """The place where agents do their work. A run is named by its run id. Every method may be called again, also after
    a restart of either side.

    Attributes:
        ends_with_us: Whether runs are ended when the coordinator is shut down. Others go on and are taken up after the
            next start.
        messages: Sends messages to runs, or None when runs take no messages.
        sessions: Knows the sessions of runs, or None when runs have no sessions from which skills are called.
        processes: Knows the processes of runs, or None when runs have no processes of their own on this machine.
    """

    ends_with_us: bool

    @property
    def messages(self) -> RunMessages | None: ...  # noqa: D102 - see the class

    @property
    def processes(self) -> RunProcesses | None: ...  # noqa: D102 - see the class

    @property
    def sessions(self) -> RunSessions | None: ...  # noqa: D102 - see the class

    async def start(self, order: RunOrder) -> None:
        """Start the run unless it has been started before.

        Raises:
            RunFailed: The run can never start (no such program, ...).
        """
        ...

    async def watch(self, run_id: str, report: Report) -> RunOutcome:
        """Wait until the run ends, and report its progress. After a restart, a run that goes on is followed again.

        Returns:
            The outcome, the same at every call; state `lost` when no one can know the outcome.
        """
        ...

    async def stop(self, run_id: str) -> None:
        """End the run and everything it started, and wait for their end. `watch` then returns the state `canceled`."""
        ...

    async def forget(self, run_id: str) -> None:
        """Delete the records of an ended run; the registry has the outcome by then."""
        ...


@dataclass(frozen=True)
class IncomingMessage:
    """A person's message in the thread of a task.

    Attributes:
        thread_id: The thread's id on Discord; the other ids are Discord's, too.
        message_id: The message's id.
        author_id: The user id of the author.
        author_name: The author's display name.
        author_roles: The ids of the roles that the author has when the message is handled.
        text: The text, followed by forwarded messages and links to the attachments.
    """

    thread_id: str
    message_id: str
    author_id: str
    author_name: str
    author_roles: frozenset[str]
    text: str


@dataclass(frozen=True)
class IncomingReaction:
    """A person's reaction to a message about a task.

    Attributes:
        task_id: The task.
        event: The event of the message, as in `Workspace.say`; `card` for the task's card.
        message_id: The message's id on Discord.
        emoji: The emoji, or the name of a server's own emoji.
        user_id: The user id of the person.
        user_name: The person's display name.
        user_roles: The ids of the roles that the person has when the reaction arrives.
    """

    task_id: str
    event: str
    message_id: str
    emoji: str
    user_id: str
    user_name: str
    user_roles: frozenset[str]


@dataclass(frozen=True)
class Click:
    """An operator's click on a button.

    Attributes:
        action: The action of the button.
        subject_id: The id of the task or delivery.
        user_id: The operator's user id on Discord.
        user_name: The operator's display name.
    """

    action: Action
    subject_id: str
    user_id: str
    user_name: str


@dataclass(frozen=True)
class Sent:
    """A message on Discord, and the first of several for a long text. `url` is the message's link."""

    channel_id: str
    message_id: str
    url: str


@dataclass(frozen=True)
class FinishedTask:
    """A task that ended, and its deliveries that arrived."""

    task: Task
    delivered: tuple[Delivery, ...] = ()


@dataclass(frozen=True)
class BoardView:
    """The content of the board.

    Attributes:
        tasks: Unfinished tasks.
        more_tasks: The number of unfinished tasks beyond `tasks`.
        deliveries: Deliveries that need a person: held or failed.
        delivery_tasks: The tasks of these deliveries, by id.
        counts: The number of tasks by state.
        finished: The tasks that ended last, the latest first.
        not_announced: The ids of tasks whose end the session that asked for them was not told.
        not_posted: The ids of tasks that Discord refuses to show, or that wait for a counterpart.
    """

    tasks: tuple[Task, ...]
    more_tasks: int
    deliveries: tuple[Delivery, ...]
    counts: dict[TaskState, int]
    delivery_tasks: Mapping[str, Task] = field(default_factory=dict[str, Task])
    finished: tuple[FinishedTask, ...] = ()
    not_announced: tuple[str, ...] = ()
    not_posted: tuple[str, ...] = ()


@dataclass(frozen=True)
class ChannelPost:
    """A text for a channel, a thread or a forum.

    Attributes:
        channel: The channel's name.
        key: The name of the post; a second post with the same key is the same post.
        text: Markdown of any length.
        title: A heading above the text; in a forum the post's title.
        files: Files to attach.
        thread: The name of a thread of the channel, which is created if missing. None posts into the channel.
        forum: True when the channel is a forum, in which the text becomes a post of its own.
        tags: Tags of the forum post, which are created if missing.
        replace: A permanent name. The text replaces the text last sent under that name, in the same messages.
        as_of: The age of the text. A text never replaces a newer text of the same name.
    """

    channel: str
    key: str
    text: str
    title: str | None = None
    files: tuple[Path, ...] = ()
    thread: str | None = None
    forum: bool = False
    tags: tuple[str, ...] = ()
    replace: str | None = None
    as_of: datetime | None = None


class Channels(Protocol):
    """Discord's channels; a Workspace is one."""

    async def send(self, post: ChannelPost) -> Sent:
        """Post a text of any length, once per `post.key`.

        Raises:
            DiscordUnavailable: Discord cannot be reached now; a later attempt may succeed.
            DiscordRefused: Discord refused. Overtaken: a newer text has replaced this text.
        """
        ...


class Workspace(Channels, Protocol):
    """The view of tasks on Discord. Every write is named by task, event and part, and is safe to repeat.

    All methods but `progress` raise DiscordUnavailable when a later attempt may succeed, and DiscordRefused otherwise.
    """

    async def open(self, task: Task) -> TaskLocation:
        """Create the channel, card and thread of the task as far as missing, and return the location."""
        ...

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
        """Post a text of any length in the task's thread, once per `event`.

        Args:
            task: The task.
            event: The name of the post.
            text: Markdown.
            files: Files to attach.
            reply_to: The id of the message in the thread to which the post replies.
            buttons: The records whose buttons the post shows.
        """
        ...

    async def progress(self, task: Task, line: str) -> None:
        """Show a line of progress in the thread; a newer line may replace older lines. Never raises."""
        # Without a promise: lines are gathered to save requests, and a lost line does no harm.
        ...

    async def show(self, task: Task) -> None:
        """Bring the card up to the task's present state."""
        ...

    async def close(self, task: Task) -> None:
        """Write the final state on the card, and archive the thread of an intern.

        Of a task without a thread, nothing stays on Discord.
        """
        ...

    async def show_board(self, view: BoardView) -> None:
        """Edit the board's message to show this view, if the view has changed."""
        ...


class Destination(Protocol):
    """A place for outputs. A delivery's `key` is permanent: where the place allows, a repeated delivery shows once."""

    async def deliver(self, delivery: Delivery) -> Receipt:
        """Deliver the output and return the receipt.

        Raises:
            DeliveryFailed: The destination refused; another attempt will not help.
            DeliveryUnclear: The output may have arrived; only a person can tell.
            Unavailable: The destination cannot be reached now; another attempt may help.
        """
        ...

    async def find(self, delivery: Delivery) -> Receipt | None:
        """Return the receipt of an earlier attempt that has arrived, or None. Called before every repeated attempt."""
        ...

    def leaves_machine(self) -> bool:
        """Return whether others than the user of this machine can see outputs here; such a destination gets nothing of
        private tasks.
        """
        ...
