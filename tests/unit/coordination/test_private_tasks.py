"""What others see of a private task: every way out, with a task whose every text is a secret."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from claw_discord_coord.config.model import Config
from claw_discord_coord.coordination import privacy
from claw_discord_coord.coordination.announcements import Announcer
from claw_discord_coord.coordination.caller import Caller
from claw_discord_coord.coordination.people.board import Board
from claw_discord_coord.errors import Conflict, LimitReached
from claw_discord_coord.models import (
    Announcement,
    Delivery,
    DeliveryState,
    Event,
    Handoff,
    Kind,
    NewTask,
    Run,
    Task,
)
from claw_discord_coord.skills.registry_status import RegistryStatus, registry_status
from claw_discord_coord.skills.route_output import SKILL as ROUTE_OUTPUT
from claw_discord_coord.skills.route_output import RouteOutput, route_output
from claw_discord_coord.skills.spawn_agent import SpawnAgent, spawn_agent
from tests.contract.memory_workspace import MemoryWorkspace
from tests.house import PATIENCE_S, House, ScriptedRuntime, open_house, settings

pytestmark = pytest.mark.anyio

SECRET = "merger-on-friday"
CHAT = Caller("c", "openclaw", "ada", context={"session_key": "agent:main:main"}, in_chat=True)


class Told(Announcer):
    """An announcer that keeps what it was given."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.came = asyncio.Event()

    async def reachable(self) -> None:
        """Be there."""

    async def announce(self, batch: Any, /, *, limit_s: float) -> None:
        self.texts += [entry.text for entry in batch if isinstance(entry, Announcement)]
        self.came.set()


def config() -> Config:
    plain = settings().model_dump(mode="json", exclude_unset=True)
    plain["destinations"] |= {
        "phone": {"kind": "command", "command": ["true"]},
        "broken": {"kind": "command", "command": ["no-such-program"], "leaves_machine": False},
        "guarded": {"kind": "file", "folder": "guarded", "approval": True},
    }
    plain["routes"] += [
        {"when": {"state": "alert"}, "to": ["phone"]},
        {"when": {"kind": "broken", "private": True}, "to": ["broken", "guarded"]},
    ]
    return Config.model_validate(plain)


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
async def house(tmp_path: Path, anyio_backend: str, told: Told) -> AsyncIterator[House]:
    async with open_house(tmp_path, config(), MemoryWorkspace(), ScriptedRuntime(), announcer=told) as opened:
        yield opened


async def private_task(house: House, *, kind: str = "broken", **options: Any) -> Task:
    """A private task of a chat that has ended, with the secret in every text, a failed delivery and a held one."""
    new = NewTask(task=f"survey the {SECRET}", title=f"The {SECRET}", private=True, key=f"the {SECRET}", **options)
    task = (await house.coordinator.delegation.spawn(new, CHAT)).task
    run_id = await house.running(task.id)
    house.runtime.complete(run_id, f"It is about the {SECRET}.", kind=kind)
    return await house.closed(task.id)


@pytest.mark.proves("secret.private-ways")
async def test_the_board_shows_that_there_is_something_to_look_at(house: House) -> None:
    task = await private_task(house)
    await _failed(house, task)
    view = await Board(house.services).view()
    assert view.tasks == ()
    assert {delivery.destination for delivery in view.deliveries} == {"broken", "guarded"}
    assert SECRET not in repr(view)
    assert "no-such-program" not in repr(view.deliveries)


@pytest.mark.proves("secret.private-ways")
async def test_an_alert_says_only_where_to_look(house: House) -> None:
    task = await private_task(house)
    await _failed(house, task)
    async with asyncio.timeout(PATIENCE_S):
        while not (alerts := [each for each in await house.registry.deliveries.find() if each.destination == "phone"]):
            await asyncio.sleep(0.01)
    assert all(alert.title == "Look at a private task" for alert in alerts)
    assert all(f"registry-status --task {task.id}" in alert.text for alert in alerts)
    assert SECRET not in repr(alerts)
    assert "no-such-program" not in repr(alerts)


@pytest.mark.proves("secret.private-ways")
async def test_the_chat_that_asked_hears_the_state_and_nothing_else(house: House, told: Told) -> None:
    task = await private_task(house)
    stored = await house.registry.announcements.next_batch("agent:main:main", "b-1")
    (text,) = [entry.text for entry in stored]
    assert f"Task {task.id} (a private task)" in text
    assert f"registry-status --task {task.id}" in text
    assert SECRET not in text


@pytest.mark.parametrize("guest", [False, True])
async def test_a_chat_reads_id_agent_and_state(house: House, guest: bool) -> None:
    task = await private_task(house)
    asker = dataclasses.replace(CHAT, guest=guest)
    for call in (RegistryStatus(), RegistryStatus(task_id=task.id)):
        seen = await registry_status(house.coordinator, call, asker)
        assert SECRET not in repr(seen)
        assert "no-such-program" not in repr(seen)
        shown = seen.task or seen.tasks[0]
        assert (shown.task_id, shown.agent, shown.state) == (task.id, "research", "completed")


async def test_a_person_at_this_machine_reads_everything(house: House) -> None:
    task = await private_task(house)
    seen = await registry_status(house.coordinator, RegistryStatus(task_id=task.id), Caller("r", "cli", "ada"))
    assert seen.task is not None
    assert seen.task.result is not None
    assert SECRET in seen.task.result.text


async def test_an_agent_of_an_open_task_does_not_read_its_private_subtask(house: House) -> None:
    parent = await house.spawn("survey the open sources")
    run_id = await house.running(parent.id)
    token = house.sessions.token(run_id)
    agent = await house.coordinator.agent_caller(token, request_id="a1", surface="cli")
    new = NewTask(task=f"report on the {SECRET}", agent="writing", private=True)
    child = (await house.coordinator.delegation.spawn(new, agent)).task
    house.runtime.complete(await house.running(child.id), f"It is about the {SECRET}.")
    await house.closed(child.id)
    for call in (RegistryStatus(), RegistryStatus(task_id=child.id), RegistryStatus(task_id=parent.id)):
        assert SECRET not in repr(await registry_status(house.coordinator, call, agent))
    assert SECRET not in repr(house.runtime.sent)
    assert any(child.id in text for _, text in house.runtime.sent)


@pytest.mark.proves("secret.private-ways")
async def test_the_alert_about_a_private_draft_below_an_open_task_says_nothing_of_it(
    tmp_path: Path, anyio_backend: str
) -> None:
    flat = config().model_copy(update={"limits": config().limits.model_copy(update={"depth": 0})})
    async with open_house(tmp_path, flat, MemoryWorkspace(), ScriptedRuntime()) as house:
        parent = await house.spawn("survey the open sources")
        new = NewTask(task=f"report on the {SECRET}", parent_task=parent.id, private=True)
        with pytest.raises(LimitReached):
            await house.coordinator.delegation.spawn(new, Caller("r", "cli", "ada"))
        (alert,) = await house.registry.deliveries.find()
        assert (alert.destination, alert.title) == ("phone", "Look at a private task")
        assert f"registry-status --task {parent.id}" in alert.text
        assert SECRET not in repr(alert)


@pytest.mark.proves("secret.private-ways")
async def test_a_text_search_finds_private_tasks_only_for_who_reads_them(house: House) -> None:
    await private_task(house)
    parent = await house.spawn("survey the open sources")
    token = house.sessions.token(await house.running(parent.id))
    agent = await house.coordinator.agent_caller(token, request_id="a1", surface="cli")
    new = NewTask(task=f"report on the {SECRET}", agent="writing", private=True)
    await house.coordinator.delegation.spawn(new, agent)

    async def found(text: str, caller: Caller) -> int:
        return len((await registry_status(house.coordinator, RegistryStatus(text=text), caller)).tasks)

    for caller in (agent, CHAT, dataclasses.replace(CHAT, guest=True)):
        assert await found(SECRET, caller) == 0
        assert len((await registry_status(house.coordinator, RegistryStatus(), caller)).tasks) > 0
    assert await found("open sources", agent) == 1
    assert await found(SECRET, Caller("r", "cli", "ada")) == 2


async def test_an_agent_of_a_private_task_reads_its_subtasks(house: House) -> None:
    parent = await house.spawn("survey the closed sources", private=True)
    token = house.sessions.token(await house.running(parent.id))
    agent = await house.coordinator.agent_caller(token, request_id="a1", surface="cli")
    child = (await house.coordinator.delegation.spawn(NewTask(task="report", agent="writing"), agent)).task
    assert child.private
    house.runtime.complete(await house.running(child.id), f"It is about the {SECRET}.")
    await house.closed(child.id)
    assert SECRET in repr(await registry_status(house.coordinator, RegistryStatus(task_id=child.id), agent))
    assert SECRET in repr(house.runtime.sent)


@pytest.mark.proves("secret.private-ways")
@pytest.mark.parametrize("guest", [False, True])
async def test_a_chat_that_routes_a_private_task_learns_no_text_receipt_or_error(house: House, guest: bool) -> None:
    task = await private_task(house)
    asker = dataclasses.replace(CHAT, guest=guest)
    calls = [
        RouteOutput(task_id=task.id),
        RouteOutput(task_id=task.id, dry_run=True),
        RouteOutput(task_id=task.id, kind="report"),
        *((RouteOutput(task_id=task.id, to=("files",)), RouteOutput(task_id=task.id, to=("broken",))) * (not guest)),
    ]
    await _failed(house, task)
    for call in calls:
        seen = await route_output(house.coordinator, call, asker)
        assert seen.planned or seen.receipts
        assert all(delivery.receipt is None for delivery in seen.receipts)
        shown = repr(seen) + ROUTE_OUTPUT.command_line.show(seen.model_dump(mode="json"))
        assert SECRET not in shown
        assert "no-such-program" not in shown
        assert str(house.folder) not in shown


async def test_a_person_at_this_machine_reads_the_plan_and_the_receipt(house: House) -> None:
    task, person = await private_task(house), Caller("r", "cli", "ada")
    plan = await route_output(house.coordinator, RouteOutput(task_id=task.id, dry_run=True), person)
    assert SECRET in plan.planned[0].text
    sent = await route_output(house.coordinator, RouteOutput(task_id=task.id, to=("files",)), person)
    assert sent.receipts[0].receipt is not None


async def test_who_joins_a_private_task_by_its_key_learns_no_title(house: House) -> None:
    await private_task(house, to=("files",))
    call = SpawnAgent(task="survey something", key=f"the {SECRET}")
    joined = await spawn_agent(house.coordinator, call, dataclasses.replace(CHAT, request_id="another"))
    assert joined.joined
    assert joined.title == "a private task"
    assert joined.chosen_because == privacy.WITHHELD
    assert joined.destinations == ()
    person = await spawn_agent(house.coordinator, call, Caller("fourth", "cli", "ada"))
    assert (SECRET in person.title, person.destinations) == (True, ("files",))
    stranger = dataclasses.replace(CHAT, request_id="third", guest=True, context={"session_key": "agent:main:x"})
    with pytest.raises(Conflict):
        await spawn_agent(house.coordinator, call, stranger)


async def test_a_specialists_private_work_has_a_folder_of_its_own(house: House) -> None:
    private = await house.spawn("survey the private sources", kind=Kind.SPECIALIST, private=True)
    folder = house.sessions.folder(private)
    (folder / "notes.md").write_text(SECRET)
    house.runtime.complete(await house.running(private.id))
    await house.closed(private.id)
    opened = await house.spawn("survey the open sources", kind=Kind.SPECIALIST)
    await house.running(opened.id)
    assert house.sessions.folder(opened) != folder
    assert list(house.sessions.folder(opened).iterdir()) == []
    again = await house.spawn("survey more private sources", kind=Kind.SPECIALIST, private=True)
    assert house.sessions.folder(again) == folder


@pytest.mark.proves("secret.private-ways")
def test_every_record_has_a_form_for_others_that_keeps_no_text() -> None:
    # A field that is added later must be looked at: everything but these fields is compared with the secret.
    forms = {
        Task: privacy.task_for_others,
        Delivery: privacy.delivery_for_others,
        Run: privacy.run_for_others,
        Handoff: privacy.handoff_for_others,
        Event: privacy.event_for_others,
    }
    for kind, form in forms.items():
        record = kind.model_construct(**{name: _filled(name) for name in kind.model_fields})
        left = {name for name, value in form(record).__dict__.items() if SECRET in repr(value)}
        assert left <= HARMLESS[kind], f"{kind.__name__}: {left - HARMLESS[kind]}"


HARMLESS: dict[type, set[str]] = {
    # Ids, names from skill.yaml, states, and what only the coordinator itself reads.
    Task: {
        *("id", "agent", "kind", "state", "origin", "parent_id", "root_id", "depth", "handoff_id", "review", "private"),
        *("wanted", "asked_from", "timeout_s", "deadline_at", "created_at", "started_at", "ended_at", "channel"),
        *(
            "channel_id",
            "message_id",
            "thread_id",
            "thread_url",
            "discord_requests",
            "usage",
            "cancel_requested",
            "fence",
        ),
        *("woken", "handled", "version", "shown"),
    },
    Delivery: {
        *("id", "key", "task_id", "destination", "route", "kind", "state", "attempts", "generation", "held_for"),
        *("earlier_attempts", "created_at", "released_at", "ended_at", "due_at"),
    },
    Run: {
        *("id", "task_id", "attempt", "agent", "runtime", "state", "token_sha256", "started_at", "ended_at"),
        *("exit_code", "usage"),
    },
    Handoff: {
        *("id", "from_task", "to_task", "to_agent", "state", "deadline_at", "created_at", "answered_at"),
    },
    Event: {"id", "task_id", "at", "type", "text"},
}


def _filled(name: str) -> Any:
    return True if name == "private" else SECRET


async def _failed(house: House, task: Task) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not any(
            delivery.state is DeliveryState.FAILED for delivery in await house.registry.deliveries.of_task(task.id)
        ):
            await asyncio.sleep(0.01)
