"""News told to a session of the real OpenClaw: once, whatever happens to the turn in which they are told."""

import asyncio
import itertools
import json
import signal
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from claw_discord_coord.errors import DeliveryFailed, OpenClawRefused, OpenClawUnavailable, TurnFailed
from claw_discord_coord.models import Announcement
from claw_discord_coord.openclaw.announce import GatewayAnnouncer
from claw_discord_coord.openclaw.gateway import Gateway
from tests.openclaw.harness import Fail, Hold, OpenClaw, Say, ScriptedModel

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.openclaw,
    pytest.mark.long,
    pytest.mark.xdist_group("openclaw_announcements"),
]

MAIN = "agent:main:main"
numbers = itertools.count(1)


@pytest.fixture
def announcer(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> GatewayAnnouncer:
    monkeypatch.setattr("claw_discord_coord.openclaw.announce.LOOK_EVERY_S", 0.2)
    return GatewayAnnouncer(gateway)


def news(text: str, batch: str | None = None, session_key: str = MAIN) -> list[Announcement]:
    number = next(numbers)
    key, batch = f"t-{number}/completed", batch or f"b-{number}"
    return [Announcement(key=key, session_key=session_key, text=text, created_at=datetime.now(UTC), batch=batch)]


async def asked(model: ScriptedModel, words: str, times: int = 1) -> None:
    """Wait until the model has been asked about this so many times."""
    async with asyncio.timeout(90):
        while len(model.said(words)) < times:
            model.asked.clear()
            await model.asked.wait()


async def told(announcer: GatewayAnnouncer, tidings: list[Announcement]) -> list[Announcement]:
    """Tell it as the coordinator does, and return what it was told as."""
    async with asyncio.timeout(180):
        while True:
            try:
                await announcer.announce(tidings, limit_s=60)
            except OpenClawUnavailable:
                await asyncio.sleep(0.5)
            except TurnFailed:
                tidings = news(tidings[0].text)
                await asyncio.sleep(0.5)
            else:
                return tidings


async def transcript(gateway: Gateway, words: str) -> int:
    """In how many rows of the main session these words stand."""
    rows = (await gateway.call("chat.history", {"sessionKey": MAIN, "limit": 200}))["messages"]
    return sum(words in json.dumps(row) for row in rows)


async def until(gateway: Gateway, satisfied: Callable[[dict[str, object]], bool]) -> None:
    async with asyncio.timeout(60):
        while not satisfied(await gateway.call("chat.history", {"sessionKey": MAIN, "limit": 20})):
            await asyncio.sleep(0.2)  # the Gateway has no event for it


@pytest.mark.proves("doubled.announcement")
async def test_news_are_told_once_also_when_the_gateway_has_forgotten_that_they_were(
    announcer: GatewayAnnouncer, model: ScriptedModel, openclaw: OpenClaw
) -> None:
    model.script("the sea is wet", Say("It is wet."))
    tidings = news("the sea is wet")
    await announcer.announce(tidings, limit_s=60)
    await announcer.announce(tidings, limit_s=60)
    await openclaw.stop()
    await openclaw.start()
    await announcer.announce(tidings, limit_s=60)
    assert len(model.requests) == 1


@pytest.mark.proves("lost.announcement")
async def test_news_that_the_model_failed_at_are_told_with_the_next_batch(
    announcer: GatewayAnnouncer, model: ScriptedModel, openclaw: OpenClaw
) -> None:
    model.script("foxes are red", Fail(400))
    tidings = news("foxes are red")
    with pytest.raises(TurnFailed, match="LLM request failed"):
        await announcer.announce(tidings, limit_s=60)
    model.script("foxes are red", Say("Foxes are red, I hear."))
    with pytest.raises(TurnFailed):
        await announcer.announce(tidings, limit_s=60)
    await announcer.announce(news("foxes are red"), limit_s=60)
    assert len(model.requests) == 2


@pytest.mark.proves("lost.announcement")
async def test_news_whose_turn_fails_while_a_person_waits_are_told_with_the_next_batch(
    announcer: GatewayAnnouncer, model: ScriptedModel, openclaw: OpenClaw, gateway: Gateway
) -> None:
    hold = asyncio.Event()
    model.script("newts are shy", Hold(hold, Fail(400)))
    model.script("good day", Say("Good day."))
    tidings = news("newts are shy")
    telling = asyncio.create_task(told(announcer, tidings))
    await asked(model, "newts are shy")
    await gateway.call("chat.send", {"sessionKey": MAIN, "message": "good day", "idempotencyKey": "talk-3"})
    model.script("newts are shy", Say("Newts are shy."))
    hold.set()
    assert await telling != tidings
    assert await transcript(gateway, "Newts are shy.") == 1


async def test_news_whose_turn_a_crash_broke_off_are_left_to_the_turn_in_which_openclaw_goes_on(
    announcer: GatewayAnnouncer, model: ScriptedModel, openclaw: OpenClaw, gateway: Gateway
) -> None:
    hold = asyncio.Event()
    model.script("owls are awake", Hold(hold, Say("Owls are awake.")))
    tidings = news("owls are awake")
    telling = asyncio.create_task(told(announcer, tidings))
    await asked(model, "owls are awake")

    await openclaw.stop(signal.SIGKILL)
    await openclaw.start()
    await asked(model, "owls are awake", 2)
    assert not telling.done()
    hold.set()
    assert await telling == tidings

    assert await transcript(gateway, "owls are awake") == 1, "the news were sent again"
    assert await transcript(gateway, "Owls are awake.") == 1
    assert len(model.requests) == 2
    await announcer.announce(tidings, limit_s=60)
    assert len(model.requests) == 2


async def test_news_that_waited_in_the_queue_of_a_gateway_that_crashed_are_told_with_the_next_batch(
    announcer: GatewayAnnouncer, model: ScriptedModel, openclaw: OpenClaw, gateway: Gateway
) -> None:
    hold = asyncio.Event()
    model.script("a long talk", Hold(hold, Say("talked")))
    model.script("bees are busy", Say("Bees are busy."))
    await gateway.call("chat.send", {"sessionKey": MAIN, "message": "a long talk", "idempotencyKey": "talk-1"})
    await asked(model, "a long talk")
    tidings = news("bees are busy")
    telling = asyncio.create_task(told(announcer, tidings))
    await until(gateway, lambda page: "bees are busy" in json.dumps(page["pendingInputs"]))

    await openclaw.stop(signal.SIGKILL)
    hold.set()
    await openclaw.start()
    assert await telling != tidings

    assert await transcript(gateway, "Bees are busy.") == 1


async def test_news_wait_for_their_turn_in_a_session_that_is_busy(
    announcer: GatewayAnnouncer, model: ScriptedModel, openclaw: OpenClaw, gateway: Gateway
) -> None:
    hold = asyncio.Event()
    model.script("another long talk", Hold(hold, Say("talked")))
    model.script("ants are many", Say("Ants are many."))
    await gateway.call("chat.send", {"sessionKey": MAIN, "message": "another long talk", "idempotencyKey": "talk-2"})
    await asked(model, "another long talk")
    tidings = news("ants are many")
    with pytest.raises(OpenClawUnavailable):
        await announcer.announce(tidings, limit_s=2)
    telling = asyncio.create_task(announcer.announce(tidings, limit_s=60))
    hold.set()
    await telling
    assert await transcript(gateway, "Ants are many.") == 1


async def test_a_turn_that_someone_stops_is_not_begun_again(
    announcer: GatewayAnnouncer, model: ScriptedModel, openclaw: OpenClaw, gateway: Gateway
) -> None:
    model.script("cats purr", Hold(asyncio.Event(), Say("never")))
    tidings = news("cats purr")
    telling = asyncio.create_task(announcer.announce(tidings, limit_s=60))
    await asked(model, "cats purr")
    await gateway.call("sessions.abort", {"key": MAIN})
    with pytest.raises(DeliveryFailed, match="stopped"):
        await telling


async def test_news_that_the_model_has_nothing_to_say_to_are_told(
    announcer: GatewayAnnouncer, model: ScriptedModel, openclaw: OpenClaw
) -> None:
    model.script("it rains", Say("NO_REPLY"))
    await announcer.announce(news("it rains"), limit_s=60)
    assert len(model.requests) == 1


async def test_an_agent_that_is_not_there_is_never_told(
    announcer: GatewayAnnouncer, model: ScriptedModel, openclaw: OpenClaw
) -> None:
    with pytest.raises(OpenClawRefused):
        await announcer.announce(news("anything", session_key="agent:nobody:main"), limit_s=60)
