"""How tasks are found."""

import pytest

from claw_discord_coord.errors import UnknownTask
from claw_discord_coord.models import Result, Task, TaskState
from claw_discord_coord.registry.registry import Registry
from tests.contract.registry_records import Records

pytestmark = pytest.mark.anyio


async def put(registry: Registry, *tasks: Task) -> list[Task]:
    return [(await registry.admission.create(task, event=".")).task for task in tasks]


async def test_a_task_that_does_not_exist_is_named(registry: Registry) -> None:
    with pytest.raises(UnknownTask, match="'nobody'"):
        await registry.tasks.get("nobody")


async def test_tasks_are_listed_newest_first_up_to_the_limit(registry: Registry, records: Records) -> None:
    one, two, three = await put(registry, records.task(), records.task(), records.task())
    assert await registry.tasks.find() == [three, two, one]
    assert await registry.tasks.find(limit=2) == [three, two]


async def test_a_list_holds_only_what_everything_given_fits(registry: Registry, records: Records) -> None:
    one, two, _ = await put(
        registry, records.task(agent="writing"), records.task(agent="writing", text="poem"), records.task(text="poem")
    )
    two = await registry.executions.move(two.id, TaskState.WORKING)
    assert await registry.tasks.find(agent="writing") == [two, one]
    assert await registry.tasks.find(agent="writing", state=TaskState.WORKING) == [two]
    assert await registry.tasks.find(agent="writing", text="poem") == [two]
    assert await registry.tasks.find(agent="nobody") == []


async def test_a_list_can_be_of_a_parents_children_or_of_a_whole_tree(registry: Registry, records: Records) -> None:
    root, _ = await put(registry, records.task(), records.task())
    (child,) = await put(registry, records.child(root))
    (grandchild,) = await put(registry, records.child(child))
    assert await registry.tasks.find(parent_id=root.id) == [child]
    assert await registry.tasks.find(root_id=root.id) == [grandchild, child, root]
    assert await registry.tasks.find(parent_id=root.id) == [child]


@pytest.mark.parametrize(
    "words", ["survey", "SURVEY", "strasse", "STRASSE", "100%", "a_b", "\\", "überschrift", "ÜBER"]
)
async def test_a_text_is_found_in_title_and_text_in_any_case_and_literally(
    registry: Registry, records: Records, words: str
) -> None:
    (task,) = await put(registry, records.task(title="Überschrift: Survey", text="Straße, 100% of a_b\\c"))
    await put(registry, records.task(title="Something else", text="100 of ab/c, axb"))
    assert await registry.tasks.find(text=words) == [task]


async def test_a_text_is_found_in_a_result(registry: Registry, records: Records) -> None:
    task, _ = await put(registry, records.task(), records.task())
    await registry.executions.move(task.id, TaskState.WORKING)
    task = await registry.executions.move(
        task.id, TaskState.COMPLETED, result=Result(text='Es heißt "Größe".', title="Bericht")
    )
    assert await registry.tasks.find(text='"GRÖSSE"') == await registry.tasks.find(text="bericht") == [task]


async def test_a_very_long_text_can_be_looked_for(registry: Registry, records: Records) -> None:
    (task,) = await put(registry, records.task(text="%" * 90_000))
    assert await registry.tasks.find(text="%" * 80_000) == [task]


async def test_counts_name_every_state(registry: Registry, records: Records) -> None:
    one, _ = await put(registry, records.task(), records.task())
    await registry.executions.move(one.id, TaskState.CANCELED)
    expected = dict.fromkeys(TaskState, 0) | {TaskState.SUBMITTED: 1, TaskState.CANCELED: 1}
    assert await registry.tasks.count() == expected
