"""What operators and strangers write in a task's thread."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from claw_discord_coord.config.model import OperatorsConfig
from claw_discord_coord.coordination.people.thread_messages import ThreadMessages
from claw_discord_coord.errors import Refused
from claw_discord_coord.models import TaskState
from claw_discord_coord.ports import IncomingMessage
from tests.house import House, ScriptedRuntime

pytestmark = pytest.mark.anyio

ADA = "1" * 18
OPERATORS = "9" * 18


def messages(house: House) -> ThreadMessages:
    operators = OperatorsConfig(users=(ADA,), roles=(OPERATORS,))
    parts = house.coordinator
    return ThreadMessages(house.services, parts.control, parts.orders, lambda: operators)


def written(thread_id: str, author_id: str, author: str, text: str, roles: Iterable[str] = ()) -> IncomingMessage:
    return IncomingMessage(thread_id, "77", author_id, author, frozenset(roles), text)


async def thread_of_running(house: House) -> tuple[str, str, str]:
    task = await house.spawn()
    run_id = await house.running(task.id)
    return task.id, run_id, house.workspace.places[task.id].thread_id


@pytest.mark.proves("doubled.word")
async def test_an_operators_word_reaches_the_agent_at_work_once(house: House) -> None:
    _, run_id, thread = await thread_of_running(house)
    handler = messages(house)
    for _ in range(2):  # a message may be heard again after a restart
        await handler.handle(written(thread, ADA, "ada", "only the year 2025"))
    assert house.runtime.sent == [(run_id, "only the year 2025")]


@pytest.mark.proves("obeyed.word")
async def test_a_stranger_is_not_obeyed(house: House) -> None:
    task_id, _, thread = await thread_of_running(house)
    await messages(house).handle(written(thread, "2", "mallory", "stop"))
    assert house.runtime.sent == []
    assert (await house.registry.tasks.get(task_id)).state is TaskState.WORKING


async def test_the_word_of_who_has_an_operators_role_counts(house: House) -> None:
    task_id, _, thread = await thread_of_running(house)
    await messages(house).handle(written(thread, "2", "grace", "stop", roles={"8", OPERATORS}))
    assert (await house.closed(task_id)).state is TaskState.CANCELED


async def test_stop_stops(house: House) -> None:
    task_id, _, thread = await thread_of_running(house)
    await messages(house).handle(written(thread, ADA, "ada", "Stop!"))
    assert (await house.closed(task_id)).state is TaskState.CANCELED


async def test_what_cannot_be_done_is_answered_in_the_thread(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    task_id, _, thread = await thread_of_running(house)

    async def refuse(_self: ScriptedRuntime, _run_id: str, _key: str, _text: str) -> None:
        raise Refused("This agent takes no messages.", fix="Stop it.")

    monkeypatch.setattr(ScriptedRuntime, "send_message", refuse)
    await messages(house).handle(written(thread, ADA, "ada", "faster"))
    assert [said.text for said in house.workspace.threads[task_id]] == ["This agent takes no messages. Stop it."]


async def test_a_word_that_is_no_action_of_tasks_is_a_message(house: House) -> None:
    _, run_id, thread = await thread_of_running(house)
    await messages(house).handle(written(thread, ADA, "ada", "resend"))
    assert house.runtime.sent == [(run_id, "resend")]
