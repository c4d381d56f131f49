"""Admits new work: a call becomes one task, even when the call arrives again, within the limits of the task tree."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from claw_discord_coord.coordination.announcements import Announcements
from claw_discord_coord.coordination.assignment import Choice, choose
from claw_discord_coord.coordination.caller import Caller
from claw_discord_coord.coordination.deliveries import Deliveries
from claw_discord_coord.coordination.drafts import check_text, digest, draft, fingerprint, random_id
from claw_discord_coord.coordination.hops import hop
from claw_discord_coord.coordination.privacy import not_started
from claw_discord_coord.coordination.services import Services
from claw_discord_coord.coordination.sessions import Sessions
from claw_discord_coord.errors import Conflict, CoordError, LimitReached, NotAuthorized, UnknownTask, UsageError
from claw_discord_coord.models import Handoff, HandoffState, NewHandoff, NewTask, Task, TaskState
from claw_discord_coord.registry.admission import Admitted
from claw_discord_coord.routing.rules import check_kind, check_nameable
from claw_discord_coord.runtimes.artifacts import Taken, take
from claw_discord_coord.text.secrets import mask, masked_in


@dataclass(frozen=True)
class HandedOff:
    """The handoff of a call and the receiver's task.

    Attributes:
        handoff: The handoff.
        task: The receiver's task.
        joined: True when both existed already.
        masked: A sentence for each text and file of the handoff in which secrets were masked.
    """

    handoff: Handoff
    task: Task
    joined: bool
    masked: tuple[str, ...] = ()


class Delegation:
    """Creates the tasks of calls and starts the workflows of the tasks."""

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
        self._config = services.config
        self._now = services.now
        self._sessions = sessions
        self._deliveries = deliveries
        self._announcements = announcements
        self._artifacts_folder = artifacts_folder

    async def spawn(self, new: NewTask, caller: Caller) -> Admitted:
        """Create the task of a call, or join the task with the call's key or request id.

        Raises:
            UsageError: The text is empty or too long, there is no such agent or parent task, or the time limit is
                longer than the agent's.
            UnknownDestination, UnknownKind: skill.yaml does not have the destination or kind of the output.
            UnknownTask: There is no such parent, or a guest's session has not asked for the parent.
            LimitReached: A limit of the task's tree is reached.
            NotAuthorized: An agent names another parent than the agent's own task, or a destination that it may not
                name.
            Conflict: The request id belongs to other work, or a guest's key names another session's work.
        """
        config = self._config()
        check_text(new.task, config.limits.task_chars)
        choice = choose(config, new.task, named=new.agent)
        parent = await self._parent(new, caller)
        if caller.task is not None and new.to:
            check_nameable(config, caller.task.agent, new.to)
        if new.key is not None and caller.task is not None:
            # An agent's keys belong to its tree: with a key that other work happens to use, it must not join that work.
            new = new.model_copy(update={"key": f"{caller.task.root_id}/{new.key}"})
        origin = await self._origin(caller, f"spawn/{choice.agent}/{digest(new.task)}")
        task = draft(new, choice, origin=origin, parent=parent, config=config, at=self._now())
        # An agent's subtask belongs to the session that asked for the agent's task: the agent's own may soon be gone.
        asked_from = caller.task.asked_from if caller.task is not None else caller.context
        task = task.model_copy(update={"asked_from": asked_from, "fingerprint": _fingerprint(new, task, caller)})
        task = await self._with_expected(task)
        admitted = await self._admit(task, f"submitted by {caller.name}")
        if admitted.joined and admitted.task.origin == origin:
            _check_same_call(admitted.task, new.task, new.agent and choice.agent)
        elif admitted.joined:
            _check_may_join(admitted.task, caller)
        self._start(admitted, caller)
        return admitted

    async def handoff(self, new: NewHandoff, caller: Caller) -> HandedOff:
        """Pass a task on to another agent, in a new task for the receiver.

        Raises:
            UsageError: There is no such task or agent, the summary is empty or too long, or an artifact cannot be
                taken.
            LimitReached: A limit of the tree is reached.
            NotAuthorized: An agent hands off another task than the agent's own, or a guest hands over files.
            Conflict: The request id belongs to other work.
        """
        config = self._config()
        check_text(new.summary, config.limits.task_chars)
        source = await self._source(new, caller)
        choice = Choice(choose(config, new.summary, named=new.to_agent).agent, f"handed off by {source.agent}")
        origin = await self._origin(caller, f"handoff/{source.id}/{choice.agent}")
        handoff_id = f"h-{random_id()}"
        # An agent may only hand over files of its own session folder.
        inside = None if caller.task is None else self._sessions.folder(source)
        folder = self._artifacts_folder / handoff_id
        taken = await asyncio.to_thread(_take, new.artifacts, inside=inside, into=folder)
        task = draft(NewTask(task=new.summary), choice, origin=origin, parent=source, config=config, at=self._now())
        handoff = Handoff(
            id=handoff_id,
            from_task=source.id,
            to_task=task.id,
            to_agent=choice.agent,
            summary=new.summary,
            artifacts=taken.files,
            state=HandoffState.OFFERED,
            deadline_at=None if new.deadline_s is None else self._now() + timedelta(seconds=new.deadline_s),
            created_at=task.created_at,
        )
        task = _received(task, source, handoff)
        if not new.again:
            same = fingerprint(f"handoff/{source.id}", task.agent, task.text, list(new.artifacts))
            task = task.model_copy(update={"fingerprint": same})
        task = await self._with_expected(task)
        try:
            admitted = await self._admit(task, f"handed off by {source.agent} (task {source.id})", handoff)
        except CoordError:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        masked = (*_masked_summary(new.summary), *taken.masked)
        return await self._handed_off(source, handoff, admitted, folder, caller, masked)

    async def _handed_off(
        self,
        source: Task,
        handoff: Handoff,
        admitted: Admitted,
        folder: Path,
        caller: Caller,
        masked: tuple[str, ...],
    ) -> HandedOff:
        task = admitted.task
        if admitted.joined:  # the earlier call has taken the files
            shutil.rmtree(folder, ignore_errors=True)
        if task.handoff_id is None or task.parent_id != source.id:
            raise _used(task)
        # An agent that is run again may word the same handoff differently, and the same work may have other spaces.
        if task.origin == f"call/{caller.request_id}":
            _check_same_call(task, handoff.summary, handoff.to_agent)
        if not admitted.joined:
            await self._registry.events.add(
                source.id,
                "handoff.offered",
                "; ".join([f"handed off to {handoff.to_agent} (task {task.id})", *masked]),
                {"to_task": task.id, "handoff": handoff.id},
            )
        self._start(admitted, caller)
        record = await self._registry.handoffs.get(task.handoff_id)
        await self._announcements.handed_off(source, record)
        return HandedOff(record, task, admitted.joined, masked)

    async def _source(self, new: NewHandoff, caller: Caller) -> Task:
        source = await self._registry.tasks.get(new.task_id)
        caller.check_asked_for(source)
        if new.artifacts:
            caller.check_commands("hand over files of this machine")
        if caller.task is not None and caller.task.id != source.id:
            raise NotAuthorized("An agent can only hand off its own task.", fix=f"Use task {caller.task.id}.")
        return source

    async def _parent(self, new: NewTask, caller: Caller) -> Task | None:
        if caller.task is not None:
            if new.parent_task not in (None, caller.task.id):
                raise NotAuthorized(
                    "An agent can only start tasks below its own.",
                    fix=f"Leave `parent_task` out, or give {caller.task.id}.",
                )
            return caller.task
        if new.parent_task is None:
            return None
        parent = await self._registry.tasks.get(new.parent_task)
        caller.check_asked_for(parent)
        return parent

    async def _origin(self, caller: Caller, what: str) -> str:
        """Return the lasting name of a call."""
        if caller.task is None or caller.run is None:
            return f"call/{caller.request_id}"
        # A lost run is run again and repeats its calls: so an agent's n-th call of one sort is known by its task and
        # n, not by the run that makes the call.
        return await self._registry.calls.origin_of(
            caller.request_id, run_id=caller.run.id, base=f"{caller.task.id}/{what}"
        )

    async def _with_expected(self, task: Task) -> Task:
        """Return the task with the expected destinations of the result, as far as the rules can tell."""
        check_kind(self._config(), task.wanted.kind)
        completed = task.model_copy(update={"state": TaskState.COMPLETED})
        request = self._deliveries.task_request(completed)
        expected = await self._deliveries.expected(request.output, task.wanted.to)
        return task.model_copy(update={"wanted": task.wanted.model_copy(update={"expected": expected})})

    async def _admit(self, task: Task, event: str, handoff: Handoff | None = None) -> Admitted:
        limits = self._config().limits
        try:
            return await self._registry.admission.create(task, handoff=handoff, limits=limits, event=event)
        except LimitReached as error:
            above = None if task.parent_id is None else await self._registry.tasks.get(task.parent_id)
            name = f"limit/{task.root_id}/{digest(str(error))}"
            # The draft may be private below an open parent.
            title, text = not_started(task) if task.private else (f"Not started: {task.title}", error.sentence())
            await self._deliveries.alert(name, title, text, above)
            raise

    def _start(self, admitted: Admitted, caller: Caller) -> None:
        task = admitted.task
        how = "joined" if admitted.joined else "admitted"
        hop(task.id, f"{how} for {task.agent} (depth {task.depth}), call {caller.request_id} by {caller.surface}")
        if task.state is TaskState.SUBMITTED:
            self._engine.wake("agent", task.agent)
        if task.deadline_at is not None:
            self._engine.due_changed()


def _fingerprint(new: NewTask, task: Task, caller: Caller) -> str | None:
    """Return the fingerprint of a task that a model asks for without a key, or None.

    A model may make the same call twice in one turn. A person at a terminal, and a script, mean what they repeat.
    """
    if new.again or new.key is not None:
        return None
    if caller.task is not None:
        asker = f"task/{caller.task.id}"
    elif caller.in_chat and caller.session_key is not None:
        asker = f"session/{caller.session_key}"
    elif caller.surface == "mcp":
        asker = "mcp"
    else:
        return None
    wishes = task.wanted.model_dump(mode="json", exclude={"expected"})
    return fingerprint(asker, task.agent, task.text, task.kind.value, task.parent_id, task.review, task.private, wishes)


def _received(task: Task, source: Task, handoff: Handoff) -> Task:
    """Return the receiver's task of a handoff."""
    packet = {
        "handoff_id": handoff.id,
        "from_task": source.id,
        "from_agent": source.agent,
        "summary": handoff.summary,
        "artifacts": list(handoff.artifacts),
        "history_url": source.thread_url,
    }
    update = {
        "handoff_id": handoff.id,
        "packet": packet,
        # A handoff goes on at the level of its source; a limit of its own ends long chains.
        "depth": source.depth,
        "deadline_at": handoff.deadline_at,
        "asked_from": source.asked_from,
    }
    return task.model_copy(update=update)


def _masked_summary(summary: str) -> list[str]:
    # The packet keeps the summary as written, since the receiver may need what only looks like a secret.
    count = mask(summary).count
    return [f"{masked_in(count, 'the summary as people see it')}; the receiver gets it unmasked"] if count else []


def _check_same_call(task: Task, text: str, agent: str | None) -> None:
    """Check that a call with the request id of an earlier call is the same call."""
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


def _take(artifacts: Sequence[str], *, inside: Path | None, into: Path) -> Taken:
    """Copy the artifacts of a handoff, all or none."""
    taken = take(artifacts, folder=inside, into=into)
    if taken.refused:
        shutil.rmtree(into, ignore_errors=True)
        raise UsageError(
            f"Nothing was handed off, since not every artifact can go with it: {'; '.join(taken.refused)}.",
            fix="Name files that exist, inside the folder the agent works in.",
        )
    return taken
