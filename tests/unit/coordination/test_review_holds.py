"""What agents may send: the destinations they may name, and what waits for the review of a task."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from claw_discord_coord.config.model import Config
from claw_discord_coord.coordination.caller import Caller
from claw_discord_coord.errors import NotAuthorized, UnknownDestination
from claw_discord_coord.models import Delivery, DeliveryState, NewTask, Task
from claw_discord_coord.routing.rules import nameable
from claw_discord_coord.skills.route_output import RouteOutput, route_output
from tests.contract.memory_workspace import MemoryWorkspace
from tests.house import PATIENCE_S, House, ScriptedRuntime, open_house, settings

pytestmark = pytest.mark.anyio

DESTINATIONS: dict[str, Any] = {
    "blog": {"kind": "file", "folder": "blog"},
    "guarded": {"kind": "file", "folder": "guarded", "approval": True},
    "unrouted": {"kind": "file", "folder": "unrouted"},
}


def config(**more: Any) -> Config:
    plain = settings().model_dump(mode="json", exclude_unset=True)
    routes = [{"when": {"kind": "report"}, "to": ["blog"]}, {"when": {"kind": "secret"}, "to": ["guarded"]}]
    return Config.model_validate({**plain, "destinations": DESTINATIONS, "routes": routes, **more})


@pytest.fixture
async def house(tmp_path: Path, anyio_backend: str, request: pytest.FixtureRequest) -> AsyncIterator[House]:
    given = getattr(request, "param", {})
    async with open_house(tmp_path, config(**given), MemoryWorkspace(), ScriptedRuntime()) as opened:
        yield opened


async def at_work(house: House, **options: Any) -> tuple[Task, Caller]:
    """A task at work, and its agent as a caller."""
    task = await house.spawn(**options)
    token = house.sessions.token(await house.running(task.id))
    return task, await house.coordinator.agent_caller(token, request_id=f"call-{task.id}", surface="cli")


async def send(house: House, caller: Caller, **call: Any) -> None:
    """Send without waiting for the receipt: a held delivery has none."""
    request = house.coordinator.deliveries.content_request(call["content"], caller, kind=call.get("kind"))
    await house.coordinator.deliveries.plan(request, call.get("to", ()))


async def is_in(house: House, task_id: str, state: DeliveryState) -> Delivery:
    async with asyncio.timeout(PATIENCE_S):
        while True:
            for delivery in await house.registry.deliveries.of_task(task_id):
                if delivery.state is state:
                    return delivery
            await asyncio.sleep(0.01)


@pytest.mark.proves("obeyed.agent-destinations")
@pytest.mark.parametrize("name", ["guarded", "unrouted"])
async def test_an_agent_names_the_destinations_of_routes_that_need_no_approval(house: House, name: str) -> None:
    _, caller = await at_work(house)
    sent = await route_output(house.coordinator, RouteOutput(content="words", to=("blog",)), caller)
    assert [receipt.destination for receipt in sent.receipts] == ["blog"]
    with pytest.raises(NotAuthorized, match=f"may not send to {name}. It may name: blog") as refused:
        await route_output(house.coordinator, RouteOutput(content="words", to=("blog", name)), caller)
    assert f"agents.research.destinations" in (refused.value.fix or "")  # noqa: F541
    with pytest.raises(NotAuthorized, match=f"may not send to {name}"):
        await house.coordinator.delegation.spawn(NewTask(task="write a report", to=(name,)), caller)
    with pytest.raises(UnknownDestination):
        await route_output(house.coordinator, RouteOutput(content="words", to=("nowhere",)), caller)


async def test_a_person_may_name_every_destination(house: House) -> None:
    person = Caller("r", "cli", "ada")
    sent = await route_output(house.coordinator, RouteOutput(content="words", to=("unrouted",)), person)
    assert [receipt.destination for receipt in sent.receipts] == ["unrouted"]


def test_skill_yaml_says_what_an_agent_may_name() -> None:
    agents = settings().model_dump(mode="json", exclude_unset=True)["agents"]
    agents["research"]["destinations"] = ["unrouted", "guarded"]
    agents["writing"]["destinations"] = []
    told = config(agents=agents)
    assert nameable(told, "research") == ("unrouted", "guarded")
    assert nameable(told, "writing") == ()
    agents["writing"]["destinations"] = ["nowhere"]
    with pytest.raises(ValueError, match="there is no destination 'nowhere'"):
        config(agents=agents)


@pytest.mark.proves("obeyed.agent-destinations")
@pytest.mark.parametrize("states", [["alert"], ["failed", "alert"]])
def test_an_agent_cannot_name_the_destination_of_alerts_by_default(states: list[str]) -> None:
    alerts = {"name": "alerts", "when": {"state": states}, "to": "unrouted"}
    written = settings().model_dump(mode="json", exclude_unset=True)
    routes = [{"when": {"kind": "report"}, "to": ["blog"]}]
    assert nameable(config(routes=[*routes, alerts]), "research") == ("blog",)
    both = config(routes=[*routes, alerts, {"name": "more", "when": {"kind": "note"}, "to": "unrouted"}])
    assert set(nameable(both, "research")) == {"blog", "unrouted"}
    written["agents"]["research"]["destinations"] = ["unrouted"]
    assert nameable(config(routes=[*routes, alerts], agents=written["agents"]), "research") == ("unrouted",)


@pytest.mark.proves("obeyed.review-others")
@pytest.mark.parametrize("approved", [True, False])
async def test_what_a_task_under_review_sends_waits_for_the_decision(house: House, approved: bool) -> None:
    task, caller = await at_work(house, review=True)
    await send(house, caller, content="early words", kind="report")
    child = (
        await house.coordinator.delegation.spawn(NewTask(task="write a report", output_kind="report"), caller)
    ).task
    house.runtime.complete(await house.running(child.id), "the child's report")
    await house.closed(child.id)
    for sender in (task, child):
        held = await is_in(house, sender.id, DeliveryState.HELD)
        assert held.held_for == task.id
    house.runtime.complete(await house.running(task.id), "the report", kind="report")
    await house.until(task.id, "input-required")
    assert not (house.folder / "blog").exists()
    await house.coordinator.control.review(task.id, "ada", approved=approved)
    await house.closed(task.id)
    expected = DeliveryState.DELIVERED if approved else DeliveryState.FAILED
    for sender in (task, child):
        await is_in(house, sender.id, expected)
    if approved:
        for delivery in await house.registry.deliveries.of_task(task.id):
            await house.delivered(delivery.id)
    written = sorted(file.read_text() for file in (house.folder / "blog").glob("*.md")) if approved else []
    assert len(written) == (3 if approved else 0)


async def test_a_destination_that_asks_for_approval_asks_after_the_review(house: House) -> None:
    task, caller = await at_work(house, review=True)
    await send(house, caller, content="guarded words", kind="secret")
    house.runtime.complete(await house.running(task.id), "nothing for a route")
    await house.until(task.id, "input-required")
    await house.coordinator.control.review(task.id, "ada", approved=True)
    await house.closed(task.id)
    (delivery,) = await house.registry.deliveries.of_task(task.id)
    assert (delivery.state, delivery.held_for) == (DeliveryState.HELD, None)
    async with asyncio.timeout(PATIENCE_S):
        while not any("held for approval" in said.text for said in house.workspace.threads[task.id]):
            await asyncio.sleep(0.01)
    await house.coordinator.deliveries.review(delivery.id, "ada", approved=True)
    await house.delivered(delivery.id)


async def test_a_task_that_is_stopped_sends_nothing_that_waited(house: House) -> None:
    task, caller = await at_work(house, review=True)
    await send(house, caller, content="early words", kind="report")
    await house.coordinator.control.cancel(task.id, "ada")
    await house.closed(task.id)
    (delivery,) = await house.registry.deliveries.of_task(task.id)
    assert delivery.state is DeliveryState.FAILED
    assert f"rejected by the review of task {task.id}" in (delivery.error or "")


@pytest.mark.parametrize("house", [{"review_holds": "result"}], indirect=True)
async def test_skill_yaml_may_let_everything_but_the_result_pass(house: House) -> None:
    task, caller = await at_work(house, review=True)
    await send(house, caller, content="early words", kind="report")
    await is_in(house, task.id, DeliveryState.DELIVERED)


async def test_an_operator_may_let_one_delivery_pass_before_the_review(house: House) -> None:
    task, caller = await at_work(house, review=True)
    await send(house, caller, content="early words", kind="report")
    held = await is_in(house, task.id, DeliveryState.HELD)
    await house.coordinator.deliveries.review(held.id, "ada", approved=True)
    await house.delivered(held.id)
    house.runtime.complete(await house.running(task.id), "no report")
    await house.until(task.id, "input-required")
    await house.coordinator.control.review(task.id, "ada", approved=False)
    await house.closed(task.id)
    assert (await house.registry.deliveries.get(held.id)).state is DeliveryState.DELIVERED
