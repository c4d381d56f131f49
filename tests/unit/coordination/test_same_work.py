"""The same work that a model asks for twice is one task, without a key, while the first is open."""

from __future__ import annotations

import asyncio
import dataclasses

import pytest

from claw_discord_coord.coordination.caller import Caller
from claw_discord_coord.models import NewTask, RunOutcome, RunState, Task
from tests.house import House

pytestmark = pytest.mark.anyio

CHAT = Caller("c", "openclaw", "ada", context={"session_key": "agent:main:main"}, in_chat=True)
MODELS = {
    "chat": CHAT,
    "mcp": Caller("m", "mcp", "an assistant"),
}


async def asked(house: House, caller: Caller, number: int, **options: object) -> tuple[Task, bool]:
    call = dataclasses.replace(caller, request_id=f"{caller.request_id}-{number}")
    new = NewTask.model_validate({"task": "survey the sources", **options})
    admitted = await house.coordinator.delegation.spawn(new, call)
    return admitted.task, admitted.joined


async def at_work(house: House, task: Task, attempt: int = 1) -> Caller:
    run_id = await house.running(task.id, attempt)
    return await house.coordinator.agent_caller(house.sessions.token(run_id), request_id=f"a{attempt}", surface="cli")


@pytest.mark.proves("doubled.same-words")
@pytest.mark.parametrize("caller", MODELS.values(), ids=MODELS)
async def test_the_same_words_of_a_model_are_one_task_while_it_is_open(house: House, caller: Caller) -> None:
    first, _ = await asked(house, caller, 1)
    second, joined = await asked(house, caller, 2, task="survey  the\nsources")
    assert (second.id, joined) == (first.id, True)
    another, joined = await asked(house, caller, 3, again=True)
    assert (another.id != first.id, joined) == (True, False)
    assert (await asked(house, caller, 4))[0].id == first.id
    for number, differing in enumerate(
        ({"task": "survey the other sources"}, {"review": True}, {"to": ["files"]}, {"private": True})
    ):
        assert (await asked(house, caller, 10 + number, **differing))[1] is False
    house.runtime.complete(await house.running(first.id))
    await house.closed(first.id)
    later, joined = await asked(house, caller, 9)
    assert (later.id != first.id, joined) == (True, False)


async def test_calls_at_once_are_one_task(house: House) -> None:
    made = await asyncio.gather(*(asked(house, CHAT, number) for number in range(20)))
    assert len({task.id for task, _ in made}) == 1
    assert [joined for _, joined in made].count(False) == 1


async def test_two_chats_have_a_task_each(house: House) -> None:
    first, _ = await asked(house, CHAT, 1)
    other = dataclasses.replace(CHAT, context={"session_key": "agent:main:other"})
    assert (await asked(house, other, 2))[0].id != first.id


async def test_a_person_at_a_terminal_means_what_is_repeated(house: House) -> None:
    person = Caller("p", "cli", "ada")
    first, _ = await asked(house, person, 1)
    second, joined = await asked(house, person, 2)
    assert (first.id != second.id, joined) == (True, False)


async def test_a_run_that_is_run_again_finds_what_it_had_joined_though_that_has_ended(house: House) -> None:
    task = await house.spawn()
    agent = await at_work(house, task)
    first, _ = await asked(house, agent, 1, task="write a report")
    assert (await asked(house, agent, 2, task="write a report"))[0].id == first.id
    house.runtime.complete(await house.running(first.id))
    await house.closed(first.id)
    house.runtime.end(f"{task.id}-r1", RunOutcome(RunState.LOST))
    agent = await at_work(house, task, attempt=2)
    again = [(await asked(house, agent, number, task="write a report"))[0].id for number in (1, 2)]
    assert again == [first.id, first.id]
    # A third call is new: the first run had not made it.
    assert (await asked(house, agent, 3, task="write a report"))[0].id != first.id


@pytest.mark.proves("doubled.same-words")
async def test_the_same_handoff_said_twice_is_one_while_the_receiver_is_at_it(house: House) -> None:
    source = await house.spawn()
    await house.running(source.id)
    calls = [Caller(f"h-{number}", "mcp", "an assistant") for number in range(4)]
    first = await house.handoff(source.id, "writing", "make it a report", calls[0])
    second = await house.handoff(source.id, "writing", "make it  a report", calls[1])
    assert (second.handoff.id, second.task.id, second.joined) == (first.handoff.id, first.task.id, True)
    meant = await house.handoff(source.id, "writing", "make it a report", calls[2], again=True)
    assert meant.task.id != first.task.id
    house.runtime.complete(await house.running(first.task.id))
    await house.closed(first.task.id)
    later = await house.handoff(source.id, "writing", "make it a report", calls[3])
    assert later.task.id not in {first.task.id, meant.task.id}
