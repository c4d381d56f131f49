"""What holds when many call at the same time, through two openings of the same registry."""

import asyncio
import itertools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from claw_discord_coord.config.model import LimitsConfig
from claw_discord_coord.errors import Fenced, LimitReached
from claw_discord_coord.models import Task, TaskState
from claw_discord_coord.registry.admission import Admitted
from claw_discord_coord.registry.registry import Registry
from tests.contract.registry_records import Records, claim, events_after

pytestmark = pytest.mark.anyio

few = settings(
    max_examples=8,
    deadline=None,
    # Every example uses an agent, keys and tasks of its own, so one registry serves them all.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
serial = itertools.count(1)


@given(count=st.integers(2, 12), concurrency=st.integers(1, 5))
@few
@pytest.mark.proves("doubled.concurrency")
async def test_an_agent_never_works_on_more_than_its_concurrency(
    registry: Registry, second_registry: Registry, records: Records, count: int, concurrency: int
) -> None:
    agent = f"agent-{next(serial)}"
    waiting = [(await registry.admission.create(records.task(agent=agent), event=".")).task for _ in range(count)]
    begun: list[str] = []
    while len(begun) < count:
        tries = [
            opened.executions.begin_waiting(agent, concurrency=concurrency)
            for opened in (registry, second_registry) * 3
        ]
        answers = [task.id for tasks in await asyncio.gather(*tries) for task in tasks]
        working = await registry.tasks.find(agent=agent, state=TaskState.WORKING)
        assert len(answers) == len(set(answers)) == min(concurrency, count - len(begun))
        assert {task.id for task in working} == set(answers)
        begun.extend(sorted(answers, key=[task.id for task in waiting].index))
        await asyncio.gather(*(registry.executions.move(task.id, TaskState.COMPLETED) for task in working))
    assert begun == [task.id for task in waiting]


@given(calls=st.lists(st.sampled_from("abc"), min_size=2, max_size=12))
@few
@pytest.mark.proves("doubled.at-once")
async def test_the_same_work_asked_for_at_once_is_one_task(
    registry: Registry, second_registry: Registry, records: Records, calls: list[str]
) -> None:
    example = next(serial)
    answers = await asyncio.gather(
        *(
            opened.admission.create(records.task(key=f"{example}-{key}"), event=".")
            for key, opened in zip(calls, itertools.cycle((registry, second_registry)), strict=False)
        )
    )
    for key in set(calls):
        of_key = [answer for answer, asked in zip(answers, calls, strict=True) if asked == key]
        assert len({admitted.task.id for admitted in of_key}) == 1
        assert [admitted.joined for admitted in of_key].count(False) == 1


@given(times=st.integers(2, 12))
@few
@pytest.mark.proves("doubled.at-once")
async def test_the_same_call_made_at_once_is_one_task_with_one_story(
    registry: Registry, second_registry: Registry, records: Records, times: int
) -> None:
    origin = f"origin-{next(serial)}"
    answers = await asyncio.gather(
        *(
            opened.admission.create(records.task(origin=origin), event=".")
            for opened in itertools.islice(itertools.cycle((registry, second_registry)), times)
        )
    )
    assert [admitted.joined for admitted in answers].count(False) == 1
    (task_id,) = {admitted.task.id for admitted in answers}
    assert len(await registry.events.of_task(task_id)) == 1


@given(count=st.integers(2, 12), children=st.integers(0, 6), tasks=st.integers(1, 8))
@few
@pytest.mark.proves("obeyed.limits")
async def test_a_tree_stays_within_its_limits_when_many_grow_it_at_once(
    registry: Registry, second_registry: Registry, records: Records, count: int, children: int, tasks: int
) -> None:
    limits = LimitsConfig(children=children, tasks=tasks)
    root = (await registry.admission.create(records.task(), event=".")).task
    answers = await asyncio.gather(
        *(
            opened.admission.create(records.child(root), limits=limits, event=".")
            for opened in itertools.islice(itertools.cycle((registry, second_registry)), count)
        ),
        return_exceptions=True,
    )
    assert all(isinstance(answer, Admitted | LimitReached) for answer in answers)
    assert len(await registry.tasks.find(parent_id=root.id)) == min(count, children, tasks - 1)


async def test_two_executions_that_claim_at_once_get_different_fences(
    registry: Registry, second_registry: Registry, records: Records
) -> None:
    task = (await registry.admission.create(records.task(), event=".")).task
    claims = await asyncio.gather(*(opened.executions.claim(task.id) for opened in (registry, second_registry) * 10))
    assert sorted(claimed.fence for claimed in claims if claimed is not None) == list(range(1, 21))


@pytest.mark.proves("doubled.end")
async def test_of_two_ends_at_once_one_is_the_end(
    registry: Registry, second_registry: Registry, records: Records
) -> None:
    for _ in range(10):
        task = (await registry.admission.create(records.task(), event=".")).task
        await registry.executions.move(task.id, TaskState.WORKING)
        answers = await asyncio.gather(
            registry.executions.move(task.id, TaskState.COMPLETED),
            second_registry.executions.move(task.id, TaskState.CANCELED),
            return_exceptions=True,
        )
        (ended,) = [answer for answer in answers if isinstance(answer, Task)]
        assert await registry.tasks.get(task.id) == ended
        assert [event.type for event in await registry.events.of_task(task.id)][2:] == [f"task.{ended.state}"]


async def test_a_claim_in_the_midst_of_writes_lets_each_be_whole_or_fenced(
    registry: Registry, second_registry: Registry, records: Records
) -> None:
    task = (await registry.admission.create(records.task(), event=".")).task
    await registry.executions.begin_waiting(task.agent, concurrency=1)
    fence = await claim(registry, task)
    tries = [registry.runs.add(records.run(task, attempt=attempt), fence=fence) for attempt in range(1, 9)]
    answers = await asyncio.gather(*tries, second_registry.executions.claim(task.id), return_exceptions=True)
    added = [answer for answer in answers[:-1] if not isinstance(answer, BaseException)]
    assert all(isinstance(answer, Fenced) for answer in answers[:-1] if isinstance(answer, BaseException))
    assert {run.id for run in await registry.runs.of_task(task.id)} == {run.id for run in added}


@pytest.mark.proves("shown.record")
async def test_who_reads_events_as_they_come_misses_none(registry: Registry, second_registry: Registry) -> None:
    count = 60
    seen: list[int] = []

    async def read() -> None:
        while len(seen) < count:
            seen.extend(event.id for event in await events_after(registry, seen[-1] if seen else 0))

    writers = [opened.events.add(None, "x", "x") for opened in (registry, second_registry) * (count // 2)]
    async with asyncio.timeout(20):
        await asyncio.gather(read(), *writers)
    assert seen == [event.id for event in await events_after(registry, 0)]


@pytest.mark.proves("lost.database-whole")
async def test_a_canceled_call_happens_whole_or_not_at_all(registry: Registry, records: Records) -> None:
    tasks = [records.task() for _ in range(20)]
    calls = [asyncio.ensure_future(registry.admission.create(task, event=".")) for task in tasks]
    await asyncio.wait(calls, return_when=asyncio.FIRST_COMPLETED)
    for call in calls:
        call.cancel()
    await asyncio.gather(*calls, return_exceptions=True)
    again = [await registry.admission.create(task, event=".") for task in tasks]
    assert [admitted.task for admitted in again] == tasks
    assert len(await events_after(registry, 0)) == len(tasks)
