"""What has become of news told to a session of OpenClaw, by its transcript as OpenClaw 2026.9.6 shows it."""

import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import SecretStr
from websockets.asyncio.server import ServerConnection

from claw_discord_coord.errors import DeliveryFailed, OpenClawMismatch, OpenClawUnavailable, TurnFailed
from claw_discord_coord.models import Announcement
from claw_discord_coord.openclaw.announce import GatewayAnnouncer
from claw_discord_coord.openclaw.announcement_state import State, state_of
from claw_discord_coord.openclaw.gateway import Backoff, Gateway
from claw_discord_coord.openclaw.gateway_connection import Access
from claw_discord_coord.openclaw.history import History
from claw_discord_coord.openclaw.transcript import read_reply, read_turn
from tests.gateway_stand_in import StandIn

QUICK = Backoff(first_s=0.01, limit_s=0.02, refused_s=0.05)
TURN = "claw-news-b-1"
ACTIVE = {"status": "running", "hasActiveRun": True}
RECOVERY = "8a535043"


def an_input(turn: str, tool: str | None = None) -> dict[str, Any]:
    row: dict[str, Any] = {"role": "user", "content": "…", "idempotencyKey": f"{turn}:user"}
    return row | ({"provenance": {"kind": "inter_session", "sourceTool": tool}} if tool else {})


def an_answer(run_id: str, stop: str | None) -> dict[str, Any]:
    return {"role": "assistant", "content": [], "stopReason": stop, "__openclaw": {"runId": run_id}}


def a_failure(run_id: str) -> dict[str, Any]:
    text = "This turn ended before a reply: session rebound"
    row = {"role": "custom", "customType": "run-failed-before-reply", "content": text, "display": True}
    return {**row, "__openclaw": {"runId": run_id}}


def a_note(run_id: str) -> dict[str, Any]:
    return {"role": "custom", "customType": "model-switch", "content": "…", "__openclaw": {"runId": run_id}}


NEWS = an_input(TURN, "spawn_agent")
RECOVERED = an_input(RECOVERY, "main_session_restart_recovery")
PERSON = an_input("p-1")
BEFORE = [an_input("p-0"), an_answer("p-0", "stop")]


def ended(run_id: str, status: str) -> dict[str, Any]:
    return {"status": status, "lastRunId": run_id, "hasActiveRun": False}


@pytest.mark.parametrize(
    ("rows", "session", "state"),
    [
        ([], {}, State.UNKNOWN),
        (BEFORE, ended("p-0", "done"), State.UNKNOWN),
        ([*BEFORE, NEWS], ACTIVE, State.GOING_ON),
        ([*BEFORE, NEWS, an_answer(TURN, "toolUse")], ACTIVE, State.GOING_ON),
        ([*BEFORE, NEWS, an_answer(TURN, "stop")], ended(TURN, "done"), State.TOLD),
        ([NEWS, an_answer("fresh", "toolUse"), an_answer("fresh", "stop")], ended("fresh", "done"), State.TOLD),
        ([NEWS], ended(TURN, "done"), State.TOLD),
        ([NEWS, an_answer(TURN, "stop"), PERSON, an_answer("p-1", "error")], ended("p-1", "failed"), State.TOLD),
        ([NEWS, an_answer(TURN, "error")], ended(TURN, "failed"), State.FAILED),
        ([NEWS, an_answer("fresh", "error")], ended("fresh", "failed"), State.FAILED),
        ([NEWS, an_answer(TURN, "error")], ACTIVE, State.GOING_ON),
        ([NEWS, an_answer(TURN, "error"), PERSON], ACTIVE, State.FAILED),
        ([NEWS, an_answer(TURN, "error"), PERSON, an_answer("p-1", "stop")], ended("p-1", "done"), State.FAILED),
        ([NEWS], ended(TURN, "timeout"), State.FAILED),
        ([NEWS], ended(TURN, "killed"), State.STOPPED),
        ([NEWS], {"status": "running", "hasActiveRun": True, "activeRunIds": [RECOVERY]}, State.GOING_ON),
        ([NEWS], {"status": "running", "hasActiveRun": False}, State.QUIET),
        ([*BEFORE, NEWS], ended("p-0", "done"), State.QUIET),
        ([NEWS, RECOVERED], ACTIVE, State.GOING_ON),
        ([NEWS, RECOVERED, an_answer(RECOVERY, "stop")], ended(RECOVERY, "done"), State.TOLD),
        ([NEWS, RECOVERED], ended(RECOVERY, "done"), State.TOLD),
        ([NEWS, RECOVERED, an_answer(RECOVERY, "error")], ended(RECOVERY, "failed"), State.FAILED),
        (
            [NEWS, RECOVERED, an_input("again", "main_session_restart_recovery"), an_answer("again", "stop")],
            ended("again", "done"),
            State.TOLD,
        ),
        ([NEWS, a_failure(TURN), PERSON, an_answer("p-1", "stop")], ended("p-1", "done"), State.FAILED),
        ([NEWS, a_failure(TURN), PERSON], ACTIVE, State.FAILED),
        ([NEWS, a_failure(TURN)], ended(TURN, "failed"), State.FAILED),
        ([NEWS, PERSON, an_answer("p-1", "stop"), a_failure(TURN)], ended("p-1", "done"), State.FAILED),
        ([NEWS, PERSON, a_failure("p-1")], ended("p-1", "failed"), State.OVERTAKEN),
        ([NEWS, a_note("fresh"), an_answer(TURN, "stop")], ended(TURN, "done"), State.TOLD),
        ([NEWS, PERSON], ACTIVE, State.GOING_ON),
        ([NEWS, PERSON, an_answer(TURN, "stop")], ended(TURN, "done"), State.TOLD),
        ([NEWS, PERSON, an_answer("p-1", "stop")], ended("p-1", "done"), State.OVERTAKEN),
    ],
)
def test_what_follows_the_news_in_the_transcript_tells_what_became_of_them(
    rows: list[dict[str, Any]], session: dict[str, Any], state: State
) -> None:
    assert state_of(History.model_validate({"messages": rows, "sessionInfo": session}), TURN) is state


@pytest.mark.parametrize(("kept_as", "state"), [("queued", State.GOING_ON), ("interrupted", State.FAILED)])
def test_news_that_wait_in_the_queue_come_only_while_they_are_queued(kept_as: str, state: State) -> None:
    pending = {"items": [{"runId": TURN, "state": kept_as}], "total": 1}
    page = {"messages": BEFORE, "pendingInputs": pending, "sessionInfo": ended("p-0", "done")}
    assert state_of(History.model_validate(page), TURN) is state


Answers = dict[str, Callable[[dict[str, Any]], dict[str, Any]]]


@pytest.fixture
async def stand_in() -> AsyncIterator[StandIn]:
    async with StandIn().serving() as stand_in:
        yield stand_in


@pytest.fixture
async def announcer(stand_in: StandIn, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[GatewayAnnouncer]:
    monkeypatch.setattr("claw_discord_coord.openclaw.announce.LOOK_EVERY_S", 0.01)
    monkeypatch.setattr("claw_discord_coord.openclaw.announce.QUIET_LIMIT_S", 0.05)
    async with Gateway(Access(stand_in.url, token=SecretStr("right")), backoff=QUICK) as gateway:
        yield GatewayAnnouncer(gateway)


def answering(**answers: Callable[[dict[str, Any]], dict[str, Any]]) -> tuple[Any, list[tuple[str, dict[str, Any]]]]:
    """What a Gateway does that answers thus, and what it has been asked."""
    asked: list[tuple[str, dict[str, Any]]] = []

    async def answer(_: StandIn, socket: ServerConnection, request: dict[str, Any]) -> None:
        asked.append((request["method"], request["params"]))
        payload = answers[request["method"].replace(".", "_")](request["params"])
        if "code" in payload:
            said: dict[str, Any] = {"ok": False, "error": payload}
        else:
            said = {"ok": True, "payload": payload}
        await socket.send(json.dumps({"type": "res", "id": request["id"], **said}))

    return answer, asked


def the_news(chat: dict[str, Any] | None = None) -> list[Announcement]:
    now = datetime.now(UTC)
    texts = {"t-1/completed": "One is done.", "t-2/completed": "Two is done."}
    return [
        Announcement(key=key, session_key="agent:main:main", chat=chat or {}, text=text, created_at=now, batch="b-1")
        for key, text in texts.items()
    ]


def remembered(status: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda _: {"status": status}


@pytest.mark.anyio
async def test_all_news_of_a_batch_are_one_message_for_the_chat_they_are_for(
    stand_in: StandIn, announcer: GatewayAnnouncer
) -> None:
    rows: list[dict[str, Any]] = []

    def agent(_: dict[str, Any]) -> dict[str, Any]:
        rows.extend([NEWS, an_answer(TURN, "stop")])
        return {"status": "ok"}

    stand_in.answer, asked = answering(
        chat_history=lambda _: {"messages": rows}, agent=agent, agent_wait=remembered("ok")
    )
    for _ in range(2):
        await announcer.announce(the_news({"channel": "discord", "to": "channel:7"}), limit_s=5)
    [request] = [params for method, params in asked if method == "agent"]
    assert (request["idempotencyKey"], request["deliver"], request["replyTo"]) == (TURN, True, "channel:7")
    assert "- One is done.\n- Two is done." in request["message"]


@pytest.mark.anyio
async def test_news_that_are_in_the_session_are_never_sent_again(
    stand_in: StandIn, announcer: GatewayAnnouncer
) -> None:
    stand_in.answer, asked = answering(
        chat_history=lambda _: {"messages": [NEWS], "sessionInfo": {"status": "running"}},
        agent_wait=remembered("timeout"),
    )
    with pytest.raises(TurnFailed, match="broke off"):
        await announcer.announce(the_news(), limit_s=5)
    assert "agent" not in dict(asked)


@pytest.mark.anyio
async def test_a_session_that_works_on_them_for_long_is_waited_for(
    stand_in: StandIn, announcer: GatewayAnnouncer
) -> None:
    stand_in.answer, asked = answering(chat_history=lambda _: {"messages": [NEWS], "sessionInfo": ACTIVE})
    with pytest.raises(OpenClawUnavailable, match="not yet"):
        await announcer.announce(the_news(), limit_s=0.2)
    assert {method for method, _ in asked} == {"chat.history"}


@pytest.mark.anyio
async def test_a_turn_that_openclaw_refused_to_begin_has_failed(stand_in: StandIn, announcer: GatewayAnnouncer) -> None:
    stand_in.answer, _ = answering(
        chat_history=lambda _: {}, agent=lambda _: {"code": "UNAVAILABLE", "message": "SESSION_WORK_START_CHANGED"}
    )
    with pytest.raises(TurnFailed, match="SESSION_WORK_START_CHANGED"):
        await announcer.announce(the_news(), limit_s=5)


@pytest.mark.anyio
@pytest.mark.parametrize(("status", "fails"), [("ok", False), ("error", True)])
async def test_what_a_session_no_longer_shows_is_told_if_the_gateway_remembers_that_it_was(
    status: str, fails: bool, stand_in: StandIn, announcer: GatewayAnnouncer
) -> None:
    stand_in.answer, _ = answering(
        chat_history=lambda _: {}, agent=lambda _: {"status": "in_flight"}, agent_wait=remembered(status)
    )
    if not fails:
        return await announcer.announce(the_news(), limit_s=5)
    with pytest.raises(TurnFailed):
        await announcer.announce(the_news(), limit_s=5)
    return None


@pytest.mark.anyio
@pytest.mark.parametrize(("status", "told"), [("timeout", False), ("error", False), ("ok", True)])
async def test_a_session_that_went_on_without_a_reply_is_told_again_unless_the_gateway_remembers_a_reply(
    status: str, told: bool, stand_in: StandIn, announcer: GatewayAnnouncer
) -> None:
    rows = [NEWS, PERSON, an_answer("p-1", "stop")]
    stand_in.answer, _ = answering(
        chat_history=lambda _: {"messages": rows, "sessionInfo": ended("p-1", "done")}, agent_wait=remembered(status)
    )
    if told:
        return await announcer.announce(the_news(), limit_s=5)
    with pytest.raises(TurnFailed):
        await announcer.announce(the_news(), limit_s=5)
    return None


@pytest.mark.anyio
async def test_a_long_transcript_is_read_only_as_far_as_the_news_can_be(
    stand_in: StandIn, announcer: GatewayAnnouncer
) -> None:
    long_ago = {**BEFORE[1], "timestamp": 1_600_000_000_000}

    def page(params: dict[str, Any]) -> dict[str, Any]:
        rows = [long_ago] if params.get("offset") else [an_answer("p-9", "stop")]
        return {"messages": rows, "hasMore": True, "nextOffset": 200, "sessionInfo": ended("p-9", "done")}

    stand_in.answer, asked = answering(
        chat_history=page, agent=lambda _: {"code": "UNAVAILABLE", "message": "no"}, agent_wait=remembered("timeout")
    )
    with pytest.raises(TurnFailed):
        await announcer.announce(the_news(), limit_s=5)
    assert [params.get("offset") for method, params in asked if method == "chat.history"] == [None, 200] * 2


@pytest.mark.anyio
async def test_a_wrong_token_is_no_reason_to_give_news_up(stand_in: StandIn) -> None:
    async with Gateway(Access(stand_in.url, token=SecretStr("wrong")), backoff=QUICK) as gateway:
        announcer = GatewayAnnouncer(gateway)
        with pytest.raises(OpenClawUnavailable, match="token"):
            await announcer.reachable()
        with pytest.raises(OpenClawUnavailable, match="token"):
            await announcer.announce(the_news(), limit_s=5)


def always(answer: dict[str, Any]) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda _: answer


UNKNOWN_HISTORY: dict[str, Any] = {"messages": [{"content": "a secret"}]}


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("method", "unknown"),
    [("chat.history", UNKNOWN_HISTORY), ("agent", {"status": {"secret": 1}}), ("agent.wait", {"status": 7})],
)
async def test_news_wait_while_nobody_understands_what_openclaw_says(
    method: str, unknown: dict[str, Any], stand_in: StandIn, announcer: GatewayAnnouncer
) -> None:
    answers: dict[str, dict[str, Any]] = {"chat.history": {}, "agent": {}, "agent.wait": {}, method: unknown}
    stand_in.answer, _ = answering(**{name.replace(".", "_"): always(answer) for name, answer in answers.items()})
    with pytest.raises(OpenClawUnavailable, match=f"answered {method} in a form") as caught:
        await announcer.announce(the_news(), limit_s=5)
    assert "secret" not in str(caught.value)


@pytest.mark.anyio
async def test_news_for_a_chat_nobody_can_tell_are_given_up(stand_in: StandIn, announcer: GatewayAnnouncer) -> None:
    stand_in.answer, _ = answering(chat_history=lambda _: {})
    with pytest.raises(DeliveryFailed, match="chat"):
        await announcer.announce(the_news({"channel": ["discord"]}), limit_s=5)


@pytest.mark.anyio
async def test_a_transcript_of_another_form_is_said_to_be_one(stand_in: StandIn) -> None:
    stand_in.answer, _ = answering(chat_history=lambda _: UNKNOWN_HISTORY, chat_message_get=lambda _: {"message": {}})
    async with Gateway(Access(stand_in.url, token=SecretStr("right")), backoff=QUICK) as gateway:
        with pytest.raises(OpenClawMismatch, match=r"messages\.0\.role"):
            await read_turn(gateway, "agent:main:main", ["r-1"])
        with pytest.raises(OpenClawMismatch, match=r"message\.role"):
            await read_reply(gateway, "agent:main:main", "m-1")
