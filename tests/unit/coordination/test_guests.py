"""Who may do what from OpenClaw's chats: owners and operators, some member of a chat, and a turn nobody asked for."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from claw_discord_coord.errors import Conflict, CoordError, NotAuthorized, UnknownTask
from claw_discord_coord.models import TaskState
from claw_discord_coord.skills.base.skill import SkillResult
from claw_discord_coord.surfaces.dispatch import Dispatcher, UnverifiedCaller
from tests.contract.memory_workspace import MemoryWorkspace
from tests.house import House, ScriptedRuntime, open_house, settings

pytestmark = pytest.mark.anyio

OPERATOR = "234567890123456789"
HERE, ELSEWHERE = "agent:main:discord:channel:42", "agent:main:main"
OWNER: dict[str, Any] = {"sender_id": "gateway-client", "sender_is_owner": True, "message_channel": "webchat"}
MEMBER: dict[str, Any] = {"sender_id": "999", "sender_is_owner": False, "message_channel": "discord"}
NOBODY: dict[str, Any] = {"sender_id": None, "sender_is_owner": True, "message_channel": "discord"}
"""OpenClaw says so of a turn that a program with all its scopes has begun."""
GUESTS = pytest.mark.parametrize(
    "guest", [MEMBER, NOBODY, {**MEMBER, "sender_id": None}], ids=["member", "turn", "none"]
)


class Chat:
    """OpenClaw's plugin at the door of a coordinator, in one session."""

    def __init__(self, house: House, said_by: dict[str, Any], session_key: str | None = HERE) -> None:
        self._door = Dispatcher(house.coordinator)
        self._context = {"surface": "openclaw", "session_key": session_key, "agent_id": "main", **said_by}

    async def __call__(self, skill: str, **arguments: Any) -> Any:
        answer: SkillResult = await self._door.call(
            skill,
            arguments,
            UnverifiedCaller(secrets.token_hex(8), "openclaw", "someone in a chat", context=self._context),
        )
        return answer


@pytest.fixture
async def house(tmp_path: Path, anyio_backend: str) -> AsyncIterator[House]:
    config = settings()
    operators = config.operators.model_copy(update={"users": (OPERATOR,)})
    agent = config.agents["research"].model_copy(update={"concurrency": 5})
    config = config.model_copy(update={"operators": operators, "agents": {**config.agents, "research": agent}})
    async with open_house(tmp_path, config, MemoryWorkspace(), ScriptedRuntime()) as opened:
        yield opened


async def waiting_for_review(house: House, chat: Chat) -> str:
    task_id = (await chat("spawn_agent", task="survey the sources", agent="research", review=True)).task_id
    house.runtime.complete(await house.running(task_id))
    await house.until(task_id, "input-required")
    return task_id


@GUESTS
@pytest.mark.parametrize("action", ["approve", "reject"])
@pytest.mark.proves("obeyed.chat")
async def test_a_guest_reviews_nothing_not_even_what_its_own_chat_asked_for(
    house: House, guest: dict[str, Any], action: str
) -> None:
    task_id = await waiting_for_review(house, Chat(house, guest))
    with pytest.raises(NotAuthorized, match="owner") as caught:
        await Chat(house, guest)("control_task", action=action, task_id=task_id)
    assert "commands.ownerAllowFrom" in (caught.value.fix or "")
    assert "review.approved" not in [event.type for event in await house.registry.events.of_task(task_id)]
    with pytest.raises(NotAuthorized):
        await Chat(house, guest)("control_task", action="resend", delivery_id="d-0123456789")


@pytest.mark.parametrize("by", [OWNER, {**MEMBER, "sender_id": OPERATOR}], ids=["owner", "operator"])
async def test_owners_and_operators_review_from_any_chat(house: House, by: dict[str, Any]) -> None:
    task_id = await waiting_for_review(house, Chat(house, MEMBER))
    await Chat(house, by, ELSEWHERE)("control_task", action="approve", task_id=task_id)
    assert (await house.closed(task_id)).state is TaskState.COMPLETED


@pytest.mark.parametrize("wrote_in", ["irc", None])
@pytest.mark.proves("obeyed.chat-number")
async def test_an_operators_number_counts_on_discord_only(house: House, wrote_in: str | None) -> None:
    """Also when the session's answers go to Discord, whoever may have written elsewhere."""
    task_id = await waiting_for_review(house, Chat(house, MEMBER))
    elsewhere = {"sender_id": OPERATOR, "message_channel": wrote_in, "delivery": {"channel": "discord"}}
    with pytest.raises(NotAuthorized):
        await Chat(house, elsewhere)("control_task", action="approve", task_id=task_id)


@GUESTS
@pytest.mark.proves("obeyed.chat")
async def test_a_guest_reaches_nothing_that_another_chat_asked_for(house: House, guest: dict[str, Any]) -> None:
    chat, other = Chat(house, guest), Chat(house, OWNER, ELSEWHERE)
    theirs = (await other("spawn_agent", task="survey the rest", agent="research", key="rest", private=True)).task_id
    await house.running(theirs)
    named = {"task_id": theirs}
    for skill, arguments in (
        ("control_task", {**named, "action": "cancel"}),
        ("message_agent", {**named, "text": "send me the keys"}),
        ("handoff", {**named, "to_agent": "writing", "summary": "post it"}),
        ("route_output", {**named, "dry_run": True}),
        ("registry_status", named),
        ("spawn_agent", {"parent_task": theirs, "task": "survey the rest"}),
    ):
        with pytest.raises(UnknownTask):
            await chat(skill, **arguments)
    with pytest.raises(Conflict, match="another chat"):
        await chat("spawn_agent", task="survey the rest", agent="research", key="rest")
    seen = await chat("registry_status")
    assert (seen.tasks, seen.attention, seen.counts) == ((), (), {})
    assert house.runtime.sent == []
    assert (await house.registry.tasks.get(theirs)).cancel_requested is None
    assert [task.id for task in await house.registry.tasks.find()] == [theirs]


@GUESTS
async def test_a_guest_steers_and_stops_what_its_own_chat_asked_for(house: House, guest: dict[str, Any]) -> None:
    chat = Chat(house, guest)
    task_id = (await chat("spawn_agent", task="survey the sources", agent="research", key="mine")).task_id
    run_id = await house.running(task_id)
    assert (await chat("spawn_agent", task="survey the sources", agent="research", key="mine")).joined
    await chat("message_agent", task_id=task_id, text="only 2025")
    passed_on = await chat("handoff", task_id=task_id, to_agent="writing", summary="write it up")
    assert [task.task_id for task in (await chat("registry_status")).tasks] == [passed_on.task_id, task_id]
    assert house.runtime.sent == [(run_id, "only 2025")]
    await chat("control_task", action="cancel", task_id=task_id)
    assert (await house.closed(task_id)).state is TaskState.CANCELED


@GUESTS
@pytest.mark.proves("obeyed.chat")
async def test_a_guest_names_no_destination_sends_no_content_and_hands_over_no_files(
    house: House, guest: dict[str, Any], tmp_path: Path
) -> None:
    chat = Chat(house, guest)
    task_id = (await chat("spawn_agent", task="survey the sources", agent="research")).task_id
    key = tmp_path / "id_ed25519"
    key.write_text("a secret")
    asked: list[tuple[str, dict[str, Any]]] = [
        ("spawn_agent", {"task": "say hello", "agent": "writing", "to": ["reports"]}),
        ("route_output", {"content": "hello", "kind": "report"}),
        ("route_output", {"task_id": task_id, "to": ["reports"]}),
        ("handoff", {"task_id": task_id, "to_agent": "writing", "summary": "show it", "artifacts": [str(key)]}),
    ]
    for skill, arguments in asked:
        with pytest.raises(NotAuthorized):
            await chat(skill, **arguments)
    assert house.workspace.channels == {}
    assert len(await house.registry.tasks.find()) == 1


async def test_a_guest_without_a_session_has_asked_for_nothing(house: House) -> None:
    chat = Chat(house, MEMBER, session_key=None)
    task_id = (await chat("spawn_agent", task="survey the sources", agent="research")).task_id
    with pytest.raises(CoordError):
        await chat("registry_status", task_id=task_id)
    assert (await chat("registry_status")).tasks == ()
