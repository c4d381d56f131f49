"""How outputs get to their destinations."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

import pytest

from claw_discord_coord.clock import utc_now
from claw_discord_coord.config.model import Config
from claw_discord_coord.coordination.caller import Caller
from claw_discord_coord.coordination.deliveries import Deliveries
from claw_discord_coord.coordination.workflows.queues import Queue
from claw_discord_coord.coordination.workflows.task_effects import KIND_UNKNOWN, PLAN_FAILED
from claw_discord_coord.destinations.file import File
from claw_discord_coord.errors import (
    Conflict,
    DeliveryFailed,
    DiscordRefused,
    DiscordUnavailable,
    LimitReached,
    Refused,
    UnknownDestination,
    UnknownKind,
)
from claw_discord_coord.models import Delivery, DeliveryState, Receipt, RunOutcome, RunState, TaskState
from claw_discord_coord.routing.explanation import Explanation
from claw_discord_coord.routing.output import Output
from claw_discord_coord.skills.control_task import ControlTask, control_task
from claw_discord_coord.skills.route_output import RouteOutput, explained, route_output
from claw_discord_coord.text.front_matter import Value
from tests.contract.memory_workspace import MemoryWorkspace
from tests.house import House, ScriptedRuntime, open_house, settings

pytestmark = pytest.mark.anyio


@pytest.fixture
async def careful(tmp_path: Path, anyio_backend: str) -> AsyncIterator[House]:
    """A house whose file destination asks for approval."""
    config = settings()
    held = config.destinations["files"].model_copy(update={"approval": True})
    config = config.model_copy(update={"destinations": {**config.destinations, "files": held}})
    async with open_house(tmp_path, config, MemoryWorkspace(), ScriptedRuntime()) as opened:
        yield opened


async def reported(house: House, **options: object) -> str:
    """A task that has produced a report."""
    task = await house.spawn(**options)
    house.runtime.complete(await house.running(task.id), "the report", kind="report")
    return (await house.closed(task.id)).id


async def until(house: House, task_id: str, destination: str, holds: Callable[[Delivery], bool]) -> Delivery:
    async with asyncio.timeout(10):
        while True:
            for delivery in await house.registry.deliveries.of_task(task_id):
                if delivery.destination == destination and holds(delivery):
                    return delivery
            await asyncio.sleep(0.01)


def is_in(state: DeliveryState) -> Callable[[Delivery], bool]:
    return lambda delivery: delivery.state is state


async def test_a_task_says_from_the_start_where_its_result_will_go(house: House) -> None:
    task = await house.spawn(output_kind="report")
    assert task.wanted.expected == ("files", "reports")
    named = await house.spawn("survey more", to=("files",))
    assert named.wanted.expected == ("files",)


async def test_a_destination_or_kind_that_does_not_exist_is_refused_at_spawn(house: House) -> None:
    with pytest.raises(UnknownDestination, match="files, reports"):
        await house.spawn(to=("moon",))
    with pytest.raises(UnknownKind, match="report"):
        await house.spawn(output_kind="poem")


async def test_a_destination_named_by_the_caller_wins_over_the_rules(house: House) -> None:
    task_id = await reported(house, to=("files",))
    await until(house, task_id, "files", is_in(DeliveryState.DELIVERED))
    assert [one.destination for one in await house.registry.deliveries.of_task(task_id)] == ["files"]


@pytest.mark.proves("obeyed.approval")
async def test_a_held_delivery_waits_and_goes_when_it_is_approved(careful: House) -> None:
    task_id = await reported(careful)
    held = await until(careful, task_id, "files", is_in(DeliveryState.HELD))
    await until(careful, task_id, "reports", is_in(DeliveryState.DELIVERED))
    assert not (careful.folder / "out").exists()
    await careful.coordinator.deliveries.review(held.id, "ada", approved=True)
    await until(careful, task_id, "files", is_in(DeliveryState.DELIVERED))
    with pytest.raises(Conflict):
        await careful.coordinator.deliveries.review(held.id, "ada", approved=True)


async def test_approval_is_asked_for_once_discord_is_back_and_holds_up_no_other_delivery(careful: House) -> None:
    task = await careful.registry.tasks.get(await reported(careful))
    careful.workspace.failing = DiscordUnavailable("Discord is away.")
    request = careful.coordinator.deliveries.content_request("words", Caller("r", "test", "ada", task), kind="report")
    async with asyncio.timeout(10):
        (held, other) = await careful.coordinator.deliveries.plan(request)
    assert (held.state, other.state) == (DeliveryState.HELD, DeliveryState.PLANNED)
    careful.workspace.failing = None
    async with asyncio.timeout(10):
        while not any(
            f"--delivery {held.id} --action approve" in said.text for said in careful.workspace.threads[task.id]
        ):
            await asyncio.sleep(0.01)
    await until(careful, task.id, "reports", lambda one: one.id == other.id and one.state is DeliveryState.DELIVERED)


async def test_a_delivery_that_was_refused_before_discord_was_back_is_no_failure(careful: House) -> None:
    task = await careful.registry.tasks.get(await reported(careful))
    careful.workspace.failing = DiscordUnavailable("Discord is away.")
    request = careful.coordinator.deliveries.content_request("words", Caller("r", "test", "ada", task), kind="report")
    (held,) = await careful.coordinator.deliveries.plan(request, ["files"])
    async with asyncio.timeout(10):
        while not await careful.registry.showing.messages(task.id):
            await asyncio.sleep(0.01)
    await careful.coordinator.deliveries.review(held.id, "ada", approved=False)
    careful.workspace.failing = None
    async with asyncio.timeout(10):
        while (task := await careful.registry.tasks.get(task.id)).shown < task.version:
            await asyncio.sleep(0.01)
    assert await careful.registry.showing.messages(task.id) == []
    assert not any(held.id in said.text for said in careful.workspace.threads[task.id])


@pytest.mark.proves("obeyed.approval")
async def test_a_held_delivery_that_is_refused_is_never_sent(careful: House) -> None:
    task_id = await reported(careful)
    held = await until(careful, task_id, "files", is_in(DeliveryState.HELD))
    refused = await careful.coordinator.deliveries.review(held.id, "ada", approved=False)
    assert (refused.state, refused.error) == (DeliveryState.FAILED, "rejected by ada")
    assert not (careful.folder / "out").exists()


@pytest.mark.proves("doubled.decision")
async def test_of_reviews_given_at_once_one_counts_and_the_others_conflict(careful: House) -> None:
    deliveries = careful.coordinator.deliveries
    for number in range(8):
        request = deliveries.content_request(f"report {number}", Caller(f"r-{number}", "test", "ada"), kind="report")
        (held,) = await deliveries.plan(request, ["files"])
        judging = [deliveries.review(held.id, "ada", approved=approved) for approved in (False, True, False, True)]
        answers = await asyncio.gather(*judging, return_exceptions=True)
        assert [type(answer) for answer in answers if isinstance(answer, Exception)] == [Conflict] * 3
        (accepted,) = [answer for answer in answers if isinstance(answer, Delivery)]
        expected = DeliveryState.FAILED if accepted.state is DeliveryState.FAILED else DeliveryState.DELIVERED
        async with asyncio.timeout(10):
            while (ended := await careful.registry.deliveries.get(held.id)).state is not expected:
                await asyncio.sleep(0.01)
        assert ended.attempts == (0 if expected is DeliveryState.FAILED else 1)


async def test_a_call_that_is_repeated_because_its_answer_was_lost_is_answered_again(careful: House) -> None:
    task_id = await reported(careful)
    held = await until(careful, task_id, "files", is_in(DeliveryState.HELD))
    (careful.folder / "out").write_text("a file where the folder should be")
    for request_id, action in (("c-1", "approve"), ("c-2", "resend")):
        call, caller = ControlTask(delivery_id=held.id, action=action), Caller(request_id, "test", "ada")
        for _ in range(2):
            assert (await control_task(careful.coordinator, call, caller)).id == held.id
        await until(careful, task_id, "files", is_in(DeliveryState.FAILED))
    with pytest.raises(Conflict):
        await control_task(
            careful.coordinator, ControlTask(delivery_id=held.id, action="approve"), Caller("c-3", "test", "ada")
        )


@pytest.mark.proves("lost.delivery-resend")
async def test_a_person_can_send_again_what_has_used_up_the_attempts_of_its_tree(tmp_path: Path) -> None:
    config = settings()
    config = config.model_copy(update={"limits": config.limits.model_copy(update={"tree_delivery_attempts": 1})})
    async with open_house(tmp_path, config, MemoryWorkspace(), ScriptedRuntime()) as house:
        (house.folder / "out").write_text("a file where the folder should be")
        task_id = await reported(house, to=("files",))
        failed = await until(house, task_id, "files", is_in(DeliveryState.FAILED))
        assert failed.attempts == 1
        (house.folder / "out").unlink()
        await house.coordinator.deliveries.resend(failed.id, "ada")
        await until(house, task_id, "files", is_in(DeliveryState.DELIVERED))


@pytest.mark.proves("lost.delivery-resend")
async def test_a_failed_delivery_is_told_in_the_thread_and_can_be_sent_again(house: House) -> None:
    (house.folder / "out").write_text("a file where the folder should be")
    task_id = await reported(house)
    failed = await until(house, task_id, "files", is_in(DeliveryState.FAILED))
    async with asyncio.timeout(10):
        while not any("did not get this" in said.text for said in house.workspace.threads[task_id]):
            await asyncio.sleep(0.01)
    (house.folder / "out").unlink()
    await house.coordinator.deliveries.resend(failed.id, "ada")
    delivered = await until(house, task_id, "files", is_in(DeliveryState.DELIVERED))
    assert delivered.id == failed.id
    assert delivered.attempts == 2


@pytest.mark.proves("doubled.delivery")
async def test_the_same_result_is_sent_to_the_same_place_once(house: House) -> None:
    task_id = await reported(house)
    await until(house, task_id, "files", is_in(DeliveryState.DELIVERED))
    request = await house.coordinator.deliveries.result_request(task_id, Caller("r", "test", "ada"))
    await house.coordinator.deliveries.plan(request)
    assert len(await house.registry.deliveries.of_task(task_id)) == 2
    assert len(list((house.folder / "out").iterdir())) == 1


@pytest.mark.proves("secret.private")
async def test_a_private_result_is_refused_where_others_would_see_it(house: House) -> None:
    with pytest.raises(Refused, match="reports"):
        await house.spawn(private=True, to=("reports",))


async def test_the_story_of_a_private_task_says_what_was_left_out(house: House) -> None:
    task_id = await reported(house, private=True)
    await until(house, task_id, "files", is_in(DeliveryState.DELIVERED))
    events = await house.registry.events.of_task(task_id, types=["delivery.left_out"])
    assert [event.text for event in events] == [
        "reports is left out: the output is private, and others can see reports."
    ]


async def test_a_queue_lets_so_many_pass_in_a_minute() -> None:
    now = 0.0
    passed: list[float] = []
    queue = Queue(at_once=5, per_minute=2, clock_s=lambda: now)

    async def one() -> None:
        async with queue.turn():
            passed.append(now)

    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        waiting = [group.create_task(one()) for _ in range(3)]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert passed == [0.0, 0.0]
        waiting[2].cancel()


async def test_a_queue_takes_no_more_at_once_than_it_may() -> None:
    queue = Queue(at_once=2, per_minute=None, clock_s=lambda: 0.0)
    inside = most = 0
    gate = asyncio.Event()

    async def one() -> None:
        nonlocal inside, most
        async with queue.turn():
            inside += 1
            most = max(most, inside)
            await gate.wait()
            inside -= 1

    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        for _ in range(6):
            group.create_task(one())
        await asyncio.sleep(0)
        gate.set()
    assert most == 2


@pytest.mark.proves("secret.result")
async def test_a_secret_in_a_result_does_not_leave(house: House) -> None:
    task = await house.spawn()
    token = house.sessions.token(f"{task.id}-r1")
    house.runtime.complete(await house.running(task.id), f"my token is {token}", kind="report")
    await house.closed(task.id)
    delivered = await until(house, task.id, "files", is_in(DeliveryState.DELIVERED))
    assert delivered.text == "my token is [secret removed]"


async def test_a_secret_in_the_metadata_of_a_result_does_not_leave(house: House) -> None:
    task = await house.spawn()
    token = house.sessions.token(f"{task.id}-r1")
    house.runtime.complete(await house.running(task.id), f"---\ntags: [a, {token}]\n---\n\nText.", kind="report")
    await house.closed(task.id)
    delivered = await until(house, task.id, "files", is_in(DeliveryState.DELIVERED))
    assert (delivered.text, delivered.about) == ("Text.", {"tags": ["a", "[secret removed]"]})


async def test_a_second_block_of_front_matter_is_text_and_arrives_whole(house: House) -> None:
    task = await house.spawn()
    block = "---\nauthor: Ada\ndraft: true\n---\n\nThe post."
    house.runtime.complete(await house.running(task.id), f"---\nkind: report\n---\n\n{block}")
    await house.closed(task.id)
    delivered = await until(house, task.id, "files", is_in(DeliveryState.DELIVERED))
    (path,) = (house.folder / "out").iterdir()
    assert (delivered.text, path.read_text()) == (block, block)


@pytest.mark.proves("doubled.delivery-restart")
async def test_a_delivery_that_was_under_way_is_looked_for_after_a_restart_and_not_sent_again(tmp_path: Path) -> None:
    arrived: list[str] = []

    async def stuck(_self: File, delivery: Delivery) -> Receipt:
        arrived.append(delivery.id)
        await asyncio.Event().wait()
        raise AssertionError

    async def found(_self: File, delivery: Delivery) -> Receipt | None:
        assert delivery.id in arrived
        return Receipt(destination="files", id="1", size_bytes=1, sha256="0" * 64, at=utc_now())

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(File, "deliver", stuck)
        patched.setattr(File, "find", found)
        async with open_house(tmp_path, settings(), MemoryWorkspace(), ScriptedRuntime()) as house:
            task_id = await reported(house)
            await until(house, task_id, "files", lambda one: one.id in arrived)
        async with open_house(tmp_path, settings(), MemoryWorkspace(), ScriptedRuntime()) as house:
            delivered = await until(house, task_id, "files", is_in(DeliveryState.DELIVERED))
    assert arrived == [delivered.id]


@pytest.mark.proves("lost.delivery-kept")
async def test_a_result_of_a_kind_nobody_knows_is_kept_and_the_thread_says_which_kinds_there_are(house: House) -> None:
    task = await house.spawn()
    house.runtime.complete(await house.running(task.id), "a poem", kind="poem")
    task = await house.closed(task.id)
    assert task.result is not None
    texts = [said.text for said in house.workspace.threads[task.id]]
    assert "a poem" in texts
    assert any("there are: report" in text for text in texts)


def with_routes(*routes: dict[str, object], **more: object) -> Config:
    """The usual settings with other rules."""
    return Config.model_validate({**settings().model_dump(), "routes": routes, **more})


@pytest.mark.parametrize("kinds", [(), ("report",)])
async def test_a_result_of_a_kind_nobody_knows_still_goes_where_the_other_rules_say(
    tmp_path: Path, kinds: tuple[str, ...]
) -> None:
    config = with_routes({"when": {"kind": "report"}, "to": "reports"}, {"to": "files"}, kinds=kinds)
    async with open_house(tmp_path, config, MemoryWorkspace(), ScriptedRuntime()) as house:
        task = await house.spawn()
        house.runtime.complete(await house.running(task.id), "a poem", kind="poem")
        await house.closed(task.id)
        await until(house, task.id, "files", is_in(DeliveryState.DELIVERED))
        types = [event.type for event in await house.registry.events.of_task(task.id)]
        assert PLAN_FAILED not in types
        assert (KIND_UNKNOWN in types) is bool(kinds), "only where skill.yaml lists the kinds is another one odd"


async def test_content_of_a_kind_nobody_knows_is_refused_whoever_names_it(house: House) -> None:
    deliveries, caller = house.coordinator.deliveries, Caller("r", "test", "ada")
    with pytest.raises(UnknownKind, match="there are: report"):
        deliveries.content_request("a poem", caller, kind="poem")
    with pytest.raises(UnknownKind, match="'poem'; there are: report"):
        deliveries.content_request("---\nkind: poem\n---\na poem", caller, kind=None)


async def test_content_of_an_agent_at_work_is_of_the_kind_that_the_agent_produces(tmp_path: Path) -> None:
    config = settings()
    research = config.agents["research"].model_copy(update={"produces": "report"})
    config = config.model_copy(update={"agents": {**config.agents, "research": research}})
    async with open_house(tmp_path, config, MemoryWorkspace(), ScriptedRuntime()) as house:
        task = await house.spawn()
        run = await house.registry.runs.get(await house.running(task.id))
        request = house.coordinator.deliveries.content_request(
            "words", Caller("r", "test", "ada", task, run), kind=None
        )
        assert request.output.kind == "report"


async def test_a_delivery_that_failed_is_an_alert_and_a_failed_alert_is_none(tmp_path: Path) -> None:
    config = with_routes(
        {"when": {"kind": "report"}, "to": "files"},
        {"name": "alerts", "when": {"state": "alert"}, "to": ["reports", "files"]},
    )
    async with open_house(tmp_path, config, MemoryWorkspace(), ScriptedRuntime()) as house:
        (house.folder / "out").write_text("a file where the folder should be")
        task_id = await reported(house)
        alert = await until(house, task_id, "reports", is_in(DeliveryState.DELIVERED))
        assert (alert.route, alert.title) == ("alerts", "Not delivered to files: survey the sources")
        assert "--action resend" in alert.text
        failed = await until(house, task_id, "files", lambda one: one.route == "alerts" and one.error is not None)
        async with asyncio.timeout(10):
            while not any(f"--delivery {failed.id}" in said.text for said in house.workspace.threads[task_id]):
                await asyncio.sleep(0.01)
        assert len(await house.registry.deliveries.of_task(task_id)) == 3, "the result and the alert to two places"


async def test_a_run_that_was_lost_is_an_alert(tmp_path: Path) -> None:
    config = with_routes({"when": {"state": "alert"}, "to": "files"})
    async with open_house(tmp_path, config, MemoryWorkspace(), ScriptedRuntime()) as house:
        task = await house.spawn()
        house.runtime.end(await house.running(task.id, 1), RunOutcome(RunState.LOST, error="nobody saw"))
        house.runtime.complete(await house.running(task.id, 2))
        await house.closed(task.id)
        (alert,) = await house.registry.deliveries.of_task(task.id)
        assert alert.title == "Run lost: survey the sources"
        assert alert.text.endswith("It is run again.")


async def test_a_task_that_waits_for_approval_says_so_where_a_rule_asks_for_it_and_nothing_of_its_result(
    tmp_path: Path,
) -> None:
    config = with_routes(
        {"when": {"kind": "report"}, "to": "reports"}, {"when": {"state": "input-required"}, "to": "files"}
    )
    async with open_house(tmp_path, config, MemoryWorkspace(), ScriptedRuntime()) as house:
        task = await house.spawn(review=True, to=("reports",))
        house.runtime.complete(await house.running(task.id), "the draft", kind="report")
        asked = await until(house, task.id, "files", is_in(DeliveryState.DELIVERED))
        assert asked.text == "the result waits for a review"
        assert [one.id for one in await house.registry.deliveries.of_task(task.id)] == [asked.id]
        await house.coordinator.control.review(task.id, "ada", approved=True)
        await until(house, task.id, "reports", is_in(DeliveryState.DELIVERED))


@pytest.mark.parametrize("error", [DeliveryFailed("Nothing goes out."), RuntimeError("something unexpected")])
async def test_news_of_a_task_that_cannot_be_sent_do_not_decide_how_it_ends(
    house: House, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    explain = house.coordinator.deliveries.explain

    async def broken_for_notices(output: Output, to: Sequence[str] = ()) -> Explanation:
        if output.state in {"alert", "input-required"}:
            raise error
        return await explain(output, to)

    monkeypatch.setattr(house.coordinator.deliveries, "explain", broken_for_notices)
    task = await house.spawn(review=True)
    house.runtime.end(await house.running(task.id, 1), RunOutcome(RunState.LOST, error="nobody saw"))
    house.runtime.complete(await house.running(task.id, 2), "the report", kind="report")
    await house.until(task.id, TaskState.INPUT_REQUIRED)
    await house.coordinator.control.review(task.id, "ada", approved=True)
    assert (await house.closed(task.id)).state is TaskState.COMPLETED
    await until(house, task.id, "files", is_in(DeliveryState.DELIVERED))


@pytest.mark.proves("doubled.alert")
async def test_a_limit_that_was_reached_is_an_alert_once(tmp_path: Path) -> None:
    config = with_routes({"when": {"state": "alert"}, "to": "files"}, limits={"children": 0})
    async with open_house(tmp_path, config, MemoryWorkspace(), ScriptedRuntime()) as house:
        parent = await house.spawn()
        await house.running(parent.id)
        for text in ("write a report", "write another report"):
            with pytest.raises(LimitReached):
                await house.spawn(text, parent_task=parent.id)
        (alert,) = await house.registry.deliveries.of_task(parent.id)
        assert alert.text.startswith("The limit is reached")


@pytest.mark.proves("lost.delivery-alone")
async def test_a_template_that_fails_loses_neither_the_other_destinations_nor_the_output(tmp_path: Path) -> None:
    def rules(title: str) -> Config:
        return with_routes(
            {"name": "bad", "when": {"kind": "report"}, "to": "files", "title": title},
            {"name": "good", "when": {"kind": "report"}, "to": "reports"},
            routing="all",
        )

    async with open_house(tmp_path, rules("{{ 1 / 0 }}"), MemoryWorkspace(), ScriptedRuntime()) as house:
        task_id = await reported(house)
        await until(house, task_id, "reports", is_in(DeliveryState.DELIVERED))
        failed = await until(house, task_id, "files", is_in(DeliveryState.FAILED))
        assert "The title template of the route 'bad'" in (failed.error or "")
        async with asyncio.timeout(10):
            while not any(f"--delivery {failed.id}" in said.text for said in house.workspace.threads[task_id]):
                await asyncio.sleep(0.01)
        with pytest.raises(DeliveryFailed, match="cannot be filled in"):
            await house.coordinator.deliveries.resend(failed.id, "ada")

        services = dataclasses.replace(house.services, config=lambda: rules("{{ agent }}: {{ title }}"))
        mended = Deliveries(services, dict)
        await mended.resend(failed.id, "ada")
        delivered = await until(house, task_id, "files", is_in(DeliveryState.DELIVERED))
        assert (delivered.id, delivered.title, delivered.text) == (
            failed.id,
            "research: survey the sources",
            "the report",
        )


class Shelf:
    """A destination that adds metadata, once the shelf has a label."""

    def __init__(self) -> None:
        self.label: str | None = None

    def prepare(self, output: Output) -> dict[str, Value]:
        if self.label is None:
            raise DeliveryFailed("The shelf has no label.", fix="Label it.")
        return {"label": self.label}

    async def deliver(self, delivery: Delivery) -> Receipt:
        return Receipt(destination="files", path="/shelf", size_bytes=0, sha256="0", at=utc_now())

    async def find(self, delivery: Delivery) -> Receipt | None:
        return None

    def leaves_machine(self) -> bool:
        return False


@pytest.mark.parametrize("to", [(), ("files",)])
@pytest.mark.proves("lost.delivery-kept")
async def test_what_a_destination_could_not_prepare_can_be_sent_again(house: House, to: tuple[str, ...]) -> None:
    shelf = Shelf()
    config = with_routes({"when": {"kind": "report"}, "to": "files"})
    services = dataclasses.replace(house.services, config=lambda: config)
    deliveries = Deliveries(services, lambda: {"files": shelf})
    request = deliveries.content_request("Text.", Caller("r", "test", "ada"), kind="report")

    (failed,) = await deliveries.plan(request, to)
    assert (failed.state, failed.error) == (DeliveryState.FAILED, "The shelf has no label. Label it.")
    with pytest.raises(DeliveryFailed, match="no label"):
        await deliveries.resend(failed.id, "ada")
    shelf.label = "A"
    resent = await deliveries.resend(failed.id, "ada")

    assert (resent.text, resent.about, resent.output) == ("Text.", {"label": "A"}, None)


@pytest.mark.proves("obeyed.approval")
async def test_what_was_filled_in_late_is_approved_before_it_is_sent(tmp_path: Path) -> None:
    def rules(title: str) -> Config:
        held = settings().destinations["files"].model_copy(update={"approval": True})
        config = with_routes({"name": "bad", "when": {"kind": "report"}, "to": "files", "title": title})
        return config.model_copy(update={"destinations": {**config.destinations, "files": held}})

    async with open_house(tmp_path, rules("{{ 1 / 0 }}"), MemoryWorkspace(), ScriptedRuntime()) as house:
        task_id = await reported(house)
        failed = await until(house, task_id, "files", is_in(DeliveryState.FAILED))
        mended = Deliveries(dataclasses.replace(house.services, config=lambda: rules("{{ title }}!")), dict)
        held = await mended.resend(failed.id, "ada")
        assert (held.state, held.title) == (DeliveryState.HELD, "survey the sources!")
        async with asyncio.timeout(10):
            while not any(
                f"--delivery {held.id} --action approve" in one.text for one in house.workspace.threads[task_id]
            ):
                await asyncio.sleep(0.01)
        assert (await house.registry.deliveries.get(held.id)).attempts == 0
        await mended.review(held.id, "ada", approved=True)
        await until(house, task_id, "files", is_in(DeliveryState.DELIVERED))


async def test_a_thread_that_takes_no_words_stops_no_delivery(careful: House) -> None:
    task = await careful.registry.tasks.get(await reported(careful))
    assert task.thread_id is not None
    request = careful.coordinator.deliveries.content_request("words", Caller("r", "test", "ada", task), kind="report")
    careful.workspace.failing = DiscordRefused("The thread is locked.")
    (held,) = await careful.coordinator.deliveries.plan(request, ["files"])
    await careful.coordinator.deliveries.review(held.id, "ada", approved=True)
    await until(careful, task.id, "files", is_in(DeliveryState.DELIVERED))


@pytest.mark.parametrize("dry_run", [True, False])
async def test_an_output_that_no_route_takes_gets_advice(house: House, dry_run: bool) -> None:
    call = RouteOutput(content="x", dry_run=dry_run)
    result = await route_output(house.coordinator, call, Caller("r-1", "cli", "ada"))
    assert (result.receipts, result.planned) == ((), ())
    assert [rule.taken for rule in result.rules] == [False] * len(house.coordinator.config().routes)
    assert result.note == (
        "Nothing is sent: no route of skill.yaml takes this output. Name a destination "
        f"({', '.join(house.coordinator.config().destinations)}), or add a route to skill.yaml."
    )


def test_a_private_output_that_is_left_out_everywhere_gets_advice() -> None:
    result = explained(Explanation(considered=(), planned=(), why="", left_out=("reports is left out.",)), ["reports"])
    assert result.note == "Nothing is sent: the output is private. Add a route with `private: true` to skill.yaml."


async def test_a_receipt_without_a_place_names_no_place(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    async def deliver(*_: object) -> Receipt:
        return Receipt(destination="files", size_bytes=1, sha256="0" * 64, at=utc_now())

    monkeypatch.setattr(File, "deliver", deliver)
    task_id = await reported(house)
    await until(house, task_id, "files", is_in(DeliveryState.DELIVERED))
    async with asyncio.timeout(5):
        while not (texts := [e.text for e in await house.registry.events.of_task(task_id) if "ed to files" in e.text]):
            await asyncio.sleep(0.01)
    assert texts == ["delivered to files"]
