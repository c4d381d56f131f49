"""Takes work in: a call becomes a task once, however often it arrives, within the limits of its tree."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import shutil
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from claw_discord_coord.config.model import Config
from claw_discord_coord.coordination.announcements import Announcements
from claw_discord_coord.coordination.assignment import choose
from claw_discord_coord.coordination.caller import Caller
from claw_discord_coord.coordination.deliveries import Deliveries
from claw_discord_coord.coordination.services import Services
from claw_discord_coord.coordination.sessions import Sessions
from claw_discord_coord.errors import Conflict, CoordError, LimitReached, NotAuthorized, UnknownTask, UsageError
from claw_discord_coord.models import Handoff, HandoffState, Kind, Task, TaskState, Wanted
from claw_discord_coord.routing.rules import check_kind
from claw_discord_coord.runtimes.artifacts import take
from claw_discord_coord.text.sanitize import printable

TITLE_CHARS = 80
ID_ALPHABET = "23456789abcdefghjkmnpqrstvwxyz"
"""No 0/o, 1/i/l, u: ids are read out and typed by people."""


class Delegation:
    """Makes tasks from calls and starts their lives."""

    def __init__(
        self,
        services: Services,
        sessions: Sessions,
        deliveries: Deliveries,
        announcements: Announcements,
        artifacts_folder: Path,
    ) -> None:
        self._registry = services.registry
        self._engine = services.engine
        self._sessions = sessions
        self._deliveries = deliveries
        self._announcements = announcements
        self._config = services.config
        self._now = services.now
        self._artifacts_folder = artifacts_folder

    async def spawn(
        self,
        text: str,
        caller: Caller,
        *,
        agent: str | None = None,
        kind: Kind | None = None,
        title: str | None = None,
        key: str | None = None,
        parent_id: str | None = None,
        review: bool = False,
        private: bool = False,
        timeout_s: float | None = None,
        wanted: Wanted | None = None,
    ) -> tuple[Task, bool]:
        """The task for this call, and whether the call joined one that was there already.

        Raises:
            UsageError: empty or over-long text, unknown agent or parent task, a time limit over the agent's.
            UnknownDestination, UnknownKind: what is wanted of the output names one that skill.yaml does not have.
            UnknownTask: the parent, where there is none, or a guest's session has not asked for it.
            LimitReached: a limit of the task's tree.
            NotAuthorized: an agent names a parent that is not its own task.
            Conflict: the request id has already been used for other work, or a guest's key names the work of others.
        """
        config = self._config()
        self._check_text(text, config.limits.task_chars)
        choice = choose(config, text, named=agent)
        parent = await self._parent(caller, parent_id)
        if key is not None and caller.task is not None:
            key = f"{caller.task.root_id}/{key}"  # an agent's names are its tree's own: it must not join others' work
        origin = await self._origin(caller, f"spawn/{choice.agent}/{_digest(text)}")
        task = self._task(
            config,
            text,
            title,
            choice.agent,
            choice.because,
            origin,
            parent,
            kind=kind,
            key=key,
            review=review,
            private=private or (parent is not None and parent.private),
            timeout_s=timeout_s,
        )
        # what an agent at work starts is for whoever asked for its own task: its session may soon be gone
        asked_from = caller.task.asked_from if caller.task is not None else caller.context
        wanted = await self._expecting(task, wanted or Wanted())
        task = task.model_copy(update={"wanted": wanted, "asked_from": asked_from})
        task, created = await self._create(task, f"submitted by {caller.name}")
        if not created and task.origin == origin:
            _check_same(task, text, agent and choice.agent)
        elif not created:
            _check_may_join(task, caller)
        await self._engine.start("task", task.id)
        return task, not created

    async def handoff(
        self,
        task_id: str,
        to_agent: str,
        summary: str,
        caller: Caller,
        *,
        artifacts: Sequence[str] = (),
        deadline_s: float | None = None,
    ) -> tuple[Handoff, Task, bool]:
        """Pass what follows from a task on to another agent; answers with the record, the receiver's task, and
        whether it was there already.

        Raises:
            UsageError: unknown task or agent, empty summary, an artifact that is no file of the task.
            LimitReached: a limit of the tree.
            NotAuthorized: an agent hands off a task that is not its own, or a guest hands over files.
            Conflict: the request id has already been used for something else.
        """
        config = self._config()
        self._check_text(summary, config.limits.task_chars)
        source = await self._registry.tasks.get(task_id)
        caller.check_asked_for(source)
        if artifacts:
            caller.check_commands("hand over files of this machine")
        if caller.task is not None and caller.task.id != source.id:
            raise NotAuthorized("An agent can only hand off its own task.", fix=f"Use task {caller.task.id}.")
        choice = choose(config, summary, named=to_agent)
        origin = await self._origin(caller, f"handoff/{source.id}/{choice.agent}")
        deadline = None if deadline_s is None else self._now() + timedelta(seconds=deadline_s)
        handoff_id = f"h-{_random_id()}"
        inside = None if caller.task is None else self._sessions.folder(source)
        folder = self._artifacts_folder / handoff_id
        files = await asyncio.to_thread(_kept, artifacts, inside=inside, into=folder)
        packet = {
            "handoff_id": handoff_id,
            "from_task": source.id,
            "from_agent": source.agent,
            "summary": summary,
            "artifacts": list(files),
            "history_url": source.thread_url,
        }
        task = self._task(
            config,
            summary,
            None,
            choice.agent,
            f"handed off by {source.agent}",
            origin,
            source,
            private=source.private,
            deadline=deadline,
        ).model_copy(update={"handoff_id": handoff_id, "packet": packet, "depth": source.depth})
        wanted = await self._expecting(task, Wanted())
        task = task.model_copy(update={"wanted": wanted, "asked_from": source.asked_from})
        handoff = Handoff(
            id=handoff_id,
            from_task=source.id,
            to_task=task.id,
            to_agent=choice.agent,
            summary=summary,
            artifacts=files,
            state=HandoffState.OFFERED,
            deadline_at=deadline,
            created_at=task.created_at,
        )
        event = f"handed off by {source.agent} (task {source.id})"
        try:
            task, created = await self._create(task, event, handoff)
        except CoordError:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        if not created:
            shutil.rmtree(folder, ignore_errors=True)
        if task.handoff_id is None or task.parent_id != source.id:
            raise _used(task)
        if caller.run is None:  # an agent that is run again may find other words for the same handoff
            _check_same(task, summary, choice.agent)
        if created:
            await self._registry.events.add(
                source.id,
                "handoff.offered",
                f"handed off to {choice.agent} (task {task.id})",
                {"to_task": task.id, "handoff": handoff_id},
            )
        await self._engine.start("task", task.id)
        record = await self._registry.handoffs.get(task.handoff_id)
        await self._announcements.handed_off(source, record)
        return record, task, not created

    async def _create(self, task: Task, event: str, handoff: Handoff | None = None) -> tuple[Task, bool]:
        limits = self._config().limits
        try:
            return await self._registry.admission.create(task, handoff=handoff, limits=limits, event=event)
        except LimitReached as error:
            above = None if task.parent_id is None else await self._registry.tasks.get(task.parent_id)
            name = f"limit/{task.root_id}/{_digest(str(error))}"
            await self._deliveries.alert(name, f"Not started: {task.title}", error.sentence(), above)
            raise

    def _task(
        self,
        config: Config,
        text: str,
        title: str | None,
        agent: str,
        because: str,
        origin: str,
        parent: Task | None,
        *,
        kind: Kind | None = None,
        key: str | None = None,
        review: bool = False,
        private: bool = False,
        timeout_s: float | None = None,
        deadline: datetime | None = None,
    ) -> Task:
        settings = config.agents[agent]
        if timeout_s is not None and not 0 < timeout_s <= settings.timeout_s:
            raise UsageError(
                f"timeout_s must be above 0 and at most {settings.timeout_s:g} for {agent}.",
                fix="Give a shorter one, or leave it out.",
            )
        task_id = f"t-{_random_id()}"
        return Task(
            id=task_id,
            title=_title(title or "") or _title(text),
            text=text,
            agent=agent,
            kind=kind or settings.kind,
            state=TaskState.SUBMITTED,
            chosen_because=because,
            key=key,
            origin=origin,
            parent_id=parent.id if parent else None,
            root_id=parent.root_id if parent else task_id,
            depth=parent.depth + 1 if parent else 0,
            review=review,
            private=private,
            timeout_s=timeout_s or settings.timeout_s,
            deadline_at=deadline,
            created_at=self._now(),
            channel=settings.channel,
        )

    async def _expecting(self, task: Task, wanted: Wanted) -> Wanted:
        check_kind(self._config(), wanted.kind)
        request = self._deliveries.task_request(
            task.model_copy(update={"wanted": wanted, "state": TaskState.COMPLETED})
        )
        expected = await self._deliveries.expected(request.output, wanted.to)
        return wanted.model_copy(update={"expected": expected})

    async def _parent(self, caller: Caller, parent_id: str | None) -> Task | None:
        if caller.task is not None:
            if parent_id not in (None, caller.task.id):
                raise NotAuthorized(
                    "An agent can only start tasks below its own.",
                    fix=f"Leave parent_task out, or give {caller.task.id}.",
                )
            return caller.task
        if parent_id is None:
            return None
        parent = await self._registry.tasks.get(parent_id)
        caller.check_asked_for(parent)
        return parent

    async def _origin(self, caller: Caller, what: str) -> str:
        """The name by which this call is known for ever.

        A run that was lost is run again and makes its calls again: so an agent's n-th call of one sort is known by
        its task and n, not by the run that makes it.
        """
        if caller.task is None or caller.run is None:
            return f"call/{caller.request_id}"
        return await self._registry.calls.origin_of(
            caller.request_id, run_id=caller.run.id, base=f"{caller.task.id}/{what}"
        )

    def _check_text(self, text: str, limit_chars: int) -> None:
        if not printable(text).strip():
            raise UsageError("The task's text is empty.", fix="Say in a sentence what is to be done.")
        if len(text) > limit_chars:
            raise UsageError(
                f"The task's text has {len(text):,} characters; at most {limit_chars:,} are allowed.",
                fix="Put the material into a file and name it in the task, or raise limits.task_chars in skill.yaml.",
            )


def _check_same(task: Task, text: str, agent: str | None) -> None:
    """Make sure that a call with the request id of an earlier one is that call again."""
    if task.text != text or agent not in (None, task.agent):
        raise _used(task)


def _used(task: Task) -> Conflict:
    return Conflict(
        f"A call with this request id has already started something else: task {task.id}.",
        fix="Give every call a request id of its own, and the same one only to retries of the same call.",
    )


def _check_may_join(task: Task, caller: Caller) -> None:
    try:
        caller.check_asked_for(task)
    except UnknownTask:
        raise Conflict(
            f"The key {task.key!r} is taken by work that another chat has asked for.", fix="Give another key."
        ) from None


def _kept(named: Sequence[str], *, inside: Path | None, into: Path) -> tuple[str, ...]:
    taken = take(named, folder=inside, into=into)
    if taken.refused:
        shutil.rmtree(into, ignore_errors=True)
        raise UsageError(
            f"Nothing was handed off, since not every artifact can go with it: {'; '.join(taken.refused)}.",
            fix="Name files that exist, inside the folder the agent works in.",
        )
    return taken.files


def _title(text: str) -> str:
    """The text as one line that hides nothing; empty when there is nothing to see in it."""
    line = " ".join(printable(text).split())
    return line if len(line) <= TITLE_CHARS else line[: TITLE_CHARS - 1].rstrip() + "…"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _random_id() -> str:
    return "".join(secrets.choice(ID_ALPHABET) for _ in range(8))
