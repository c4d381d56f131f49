"""What operators and strangers write in a task's thread."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import pytest

from claw_discord_coord.clock import utc_now
from claw_discord_coord.config.model import OperatorsConfig
from claw_discord_coord.coordination.people.thread_messages import ThreadMessages
from claw_discord_coord.errors import Refused
from claw_discord_coord.models import Delivery, DeliveryState, TaskState
from claw_discord_coord.ports import IncomingMessage, IncomingReaction
from tests.contract.memory_workspace import Said
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
    (said,) = house.workspace.threads[task_id]
    assert said.text == "This agent takes no messages. Stop it.\n-# `stop` stops the task."
    assert house.workspace.replies[said.message_id] == "77"


async def test_a_word_that_is_no_action_of_tasks_is_a_message(house: House) -> None:
    _, run_id, thread = await thread_of_running(house)
    await messages(house).handle(written(thread, ADA, "ada", "resend"))
    assert house.runtime.sent == [(run_id, "resend")]


async def in_review(house: House) -> tuple[str, str]:
    task = await house.spawn(review=True)
    house.runtime.complete(await house.running(task.id))
    await house.until(task.id, "input-required")
    async with asyncio.timeout(10):
        while not any(said.key.endswith("/review") for said in house.workspace.threads[task.id]):
            await asyncio.sleep(0.01)
    return task.id, house.workspace.places[task.id].thread_id


def reply_in(house: House, task_id: str) -> Said:
    return house.workspace.threads[task_id][-1]


@pytest.mark.parametrize("text", ["stop please", "Stop it", "/stop", "**stop**", "🛑", "abort", "halt", "стоп", "停止"])
async def test_stop_is_heard_in_many_words(house: House, text: str) -> None:
    task_id, _, thread = await thread_of_running(house)
    await messages(house).handle(written(thread, ADA, "ada", text))
    assert (await house.closed(task_id)).state is TaskState.CANCELED


async def test_a_result_in_review_is_followed_by_the_buttons(house: House) -> None:
    task_id, _ = await in_review(house)
    request = reply_in(house, task_id)
    assert request.text.startswith("✋ This result waits for a review.")
    assert f"control-task --task {task_id} --action approve" in request.text
    assert house.workspace.buttons[request.message_id] == [task_id]


@pytest.mark.parametrize("text", ["approved", "LGTM", "yes", "ok", "✅", "Ja, bitte"])
async def test_an_approval_is_heard_in_many_words(house: House, text: str) -> None:
    task_id, thread = await in_review(house)
    await messages(house).handle(written(thread, ADA, "ada", text))
    assert (await house.closed(task_id)).state is TaskState.COMPLETED


async def test_a_rejection_is_recorded_with_its_reason(house: House) -> None:
    task_id, thread = await in_review(house)
    await messages(house).handle(written(thread, ADA, "ada", "reject: numbers are wrong"))
    task = await house.closed(task_id)
    assert (task.state, task.reason) == (TaskState.REJECTED, "rejected by ada: numbers are wrong")
    (event,) = await house.registry.events.of_task(task_id, types=["review.rejected"])
    assert event.text == "rejected by ada: numbers are wrong"


@pytest.mark.parametrize("text", ["don't stop", "yes", "ok", "yes, but use blue", "only the year 2025", "LGTM"])
async def test_a_sentence_to_the_agent_is_a_message_without_a_question(house: House, text: str) -> None:
    task_id, run_id, thread = await thread_of_running(house)
    await messages(house).handle(written(thread, ADA, "ada", text))
    assert house.runtime.sent == [(run_id, text)]
    assert house.workspace.threads[task_id] == []


@pytest.mark.parametrize("text", ["stop using tabs", "stop, wrong branch", "stop?", "no, stop", "✋"])
@pytest.mark.proves("obeyed.doubt")
async def test_a_doubtful_stop_reaches_the_agent_and_is_asked_about(house: House, text: str) -> None:
    task_id, run_id, thread = await thread_of_running(house)
    await messages(house).handle(written(thread, ADA, "ada", text))
    assert house.runtime.sent == [(run_id, text)]
    assert (await house.registry.tasks.get(task_id)).state is TaskState.WORKING
    reply = reply_in(house, task_id)
    assert "`stop` stops the task" in reply.text
    assert (house.workspace.replies[reply.message_id], house.workspace.buttons[reply.message_id]) == ("77", [task_id])


@pytest.mark.parametrize("text", ["yes, but use blue", "reject the second part", "ok?", "hm", "no, use blue"])
@pytest.mark.proves("obeyed.doubt")
async def test_in_a_review_a_doubtful_text_is_asked_about(house: House, text: str) -> None:
    task_id, thread = await in_review(house)
    await messages(house).handle(written(thread, ADA, "ada", text))
    assert (await house.registry.tasks.get(task_id)).state is TaskState.INPUT_REQUIRED
    reply = reply_in(house, task_id)
    assert "`approve`, `reject: the reason` or `stop`" in reply.text
    assert house.workspace.buttons[reply.message_id] == [task_id]


async def test_a_command_to_a_task_that_does_not_wait_is_told_what_would_work(house: House) -> None:
    task_id, _, thread = await thread_of_running(house)
    await messages(house).handle(written(thread, ADA, "ada", "approve"))
    assert "does not wait for a review" in reply_in(house, task_id).text
    assert "`stop` stops the task" in reply_in(house, task_id).text


async def test_a_command_to_an_ended_task_gets_a_reply_and_other_words_do_not(house: House) -> None:
    task_id, run_id, thread = await thread_of_running(house)
    house.runtime.complete(run_id)
    await house.closed(task_id)
    before = len(house.workspace.threads[task_id])
    await messages(house).handle(written(thread, ADA, "ada", "good work"))
    assert len(house.workspace.threads[task_id]) == before
    await messages(house).handle(written(thread, ADA, "ada", "stop"))
    assert "has already ended" in reply_in(house, task_id).text


async def with_held(house: House, count: int) -> tuple[str, str]:
    """An ended task with deliveries that wait for approval."""
    task_id, run_id, thread = await thread_of_running(house)
    house.runtime.complete(run_id)
    await house.closed(task_id)
    for number in range(count):
        delivery = Delivery(
            id=f"d-{number}", key=f"task/{task_id}/{number}", task_id=task_id, destination="files", route="first",
            title="t", text="x", state=DeliveryState.HELD, created_at=utc_now(),
        )  # fmt: skip
        await house.registry.deliveries.plan(delivery)
    return task_id, thread


async def test_a_delivery_that_waits_is_approved_in_the_thread_of_its_task(house: House) -> None:
    _, thread = await with_held(house, 1)
    await messages(house).handle(written(thread, ADA, "ada", "yes"))
    assert (await house.registry.deliveries.get("d-0")).state is not DeliveryState.HELD


async def test_of_several_deliveries_that_wait_the_buttons_ask_which_is_meant(house: House) -> None:
    task_id, thread = await with_held(house, 2)
    await messages(house).handle(written(thread, ADA, "ada", "approve"))
    assert (await house.registry.deliveries.get("d-0")).state is DeliveryState.HELD
    assert house.workspace.buttons[reply_in(house, task_id).message_id] == ["d-0", "d-1"]


def reaction(
    task_id: str, emoji: str, event: str = "card", user: str = ADA, roles: Iterable[str] = ()
) -> IncomingReaction:
    return IncomingReaction(task_id, event, "88", emoji, user, "ada", frozenset(roles))


@pytest.mark.parametrize("event", ["card", "result", "review"])
@pytest.mark.proves("obeyed.reaction")
async def test_an_operators_reaction_approves_once(house: House, event: str) -> None:
    task_id, _ = await in_review(house)
    for _ in range(2):
        await messages(house).handle_reaction(reaction(task_id, "✅", event))
    assert (await house.closed(task_id)).state is TaskState.COMPLETED
    assert len(await house.registry.events.of_task(task_id, types=["review.approved"])) == 1


@pytest.mark.proves("obeyed.reaction")
async def test_only_an_operators_reaction_counts_and_only_to_a_card_or_request(house: House) -> None:
    task_id, _ = await in_review(house)
    for made in (
        reaction(task_id, "✅", user="2"),
        reaction(task_id, "✅", "progress"),
        reaction(task_id, "🎉"),
        reaction(task_id, "✅", "not-delivered"),
    ):
        await messages(house).handle_reaction(made)
    assert (await house.registry.tasks.get(task_id)).state is TaskState.INPUT_REQUIRED
    assert await house.registry.events.of_task(task_id, types=["review.approved"]) == []


async def test_a_reaction_stops_a_task_and_praise_for_one_at_work_changes_nothing(house: House) -> None:
    task_id, _, _ = await thread_of_running(house)
    await messages(house).handle_reaction(reaction(task_id, "✅"))
    assert house.workspace.threads[task_id] == []
    await messages(house).handle_reaction(reaction(task_id, "🛑", user="2", roles={OPERATORS}))
    assert (await house.closed(task_id)).state is TaskState.CANCELED


async def test_a_reaction_to_the_request_of_a_delivery_decides_on_the_delivery(house: House) -> None:
    task_id, _ = await with_held(house, 2)
    await messages(house).handle_reaction(reaction(task_id, "❌", "delivery/d-1/held"))
    states = [(await house.registry.deliveries.get(f"d-{number}")).state for number in range(2)]
    assert states == [DeliveryState.HELD, DeliveryState.FAILED]
