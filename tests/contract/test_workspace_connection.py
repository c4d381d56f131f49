"""The bot stays on Discord whatever the network does, and says plainly when it never will be."""

from __future__ import annotations

import asyncio
import logging
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from pathlib import Path

import aiohttp
import pytest
from pydantic import SecretStr
from yarl import URL

from claw_discord_coord.config.model import OperatorsConfig
from claw_discord_coord.errors import ConfigError, DiscordRefused, DiscordUnavailable
from claw_discord_coord.localcord import Limits, Rate, RouteLimit
from claw_discord_coord.models import TaskState
from claw_discord_coord.workspace.connecting.discord_connection import Connection
from claw_discord_coord.workspace.discord_workspace import DiscordWorkspace
from tests.contract.workspace_scene import (
    PATIENCE_S,
    Heard,
    MemoryRecords,
    MovableClock,
    Person,
    Scene,
    a_scene,
    a_task,
    ended,
)
from tests.judged_discord import judged_discord

pytestmark = pytest.mark.anyio

WRONG_TOKEN = "MTIzNDU2Nzg5MDEyMzQ1Njc4.Gabcde.thisisnotthetokenofanybotatall12345678"


async def _works(scene: Scene, workspace: DiscordWorkspace) -> bool:
    task = a_task()
    place = await workspace.open(task)
    await workspace.say(task, "result", "It is done.")
    return await scene.ada.texts(place.thread_id) == ["It is done."]


async def test_a_wrong_token_is_refused_with_what_to_do_and_not_tried_again() -> None:
    async with a_scene() as scene:
        with pytest.raises(DiscordRefused, match="does not accept the bot's token") as refused:
            async with scene.workspace(token=SecretStr(WRONG_TOKEN)):
                pass

        assert refused.value.fix is not None
        assert "Developer Portal" in refused.value.fix


async def test_a_missing_intent_is_refused_with_the_switch_to_turn() -> None:
    async with a_scene() as scene:
        scene.local.admin.set_privileged(scene.local.ready.bots[0].user_id)

        with pytest.raises(DiscordRefused, match="may not read what people write") as refused:
            async with scene.workspace():
                pass

        assert refused.value.fix is not None
        assert "Message Content Intent" in refused.value.fix


async def test_a_server_without_the_bot_is_told_with_an_invitation() -> None:
    async with a_scene() as scene, _entered(scene, guild_id="123456789012345678") as workspace:
        with pytest.raises(DiscordRefused, match="not a member of the server") as refused:
            await workspace.ready(PATIENCE_S)

        assert refused.value.fix is not None
        assert "oauth2/authorize" in refused.value.fix


async def test_settings_without_a_server_are_a_mistake_in_skill_yaml() -> None:
    async with a_scene() as scene:
        with pytest.raises(ConfigError, match="which Discord server"):
            async with scene.workspace(token=None):
                pass


@pytest.mark.proves("lost.discord-away")
async def test_a_discord_that_is_away_at_the_start_is_waited_for() -> None:
    async with a_scene() as scene:
        scene.faults.down()
        async with _entered(scene) as workspace:
            with pytest.raises(DiscordUnavailable):
                await workspace.ready(0.5)
            scene.faults.back_up()
            await workspace.ready(PATIENCE_S)

            assert await _works(scene, workspace)


async def test_a_gateway_that_cannot_be_reached_at_first_is_tried_again_with_a_new_client() -> None:
    """The first connect to the gateway failing ends discord.py's client with an AttributeError."""
    async with a_scene() as scene:
        logins = scene.faults.slow(0.0, "GET", "/users/@me")
        async with _entered(scene, gateway_url="ws://127.0.0.1:9/gateway") as workspace:
            async with asyncio.timeout(PATIENCE_S):
                while logins.hits < 2:
                    with pytest.raises(DiscordUnavailable):
                        await workspace.ready(0.1)


@pytest.mark.parametrize("ending", [4000, 0, 4009, 1000])
async def test_a_closed_gateway_is_connected_again(ending: int) -> None:
    async with a_scene() as scene, scene.workspace() as workspace:
        scene.faults.close_gateway(ending)

        assert await _works(scene, workspace)
        await workspace.ready(PATIENCE_S)


async def test_a_session_that_was_lost_is_followed_by_a_new_one() -> None:
    async with a_scene() as scene, scene.workspace() as workspace:
        scene.faults.invalidate(resumable=False)
        channel_id = scene.local.admin.add_channel("research")

        await workspace.ready(PATIENCE_S)
        place = await workspace.open(a_task())

        assert place.channel_id == channel_id


@pytest.mark.proves("lost.discord-away")
async def test_work_goes_on_after_discord_was_down_for_a_while() -> None:
    async with a_scene() as scene, scene.workspace() as workspace:
        task = a_task()
        place = await workspace.open(task)
        scene.faults.down()
        with pytest.raises(DiscordUnavailable):
            await workspace.say(task, "result", "It is done.")
        scene.faults.back_up()

        await workspace.say(task, "result", "It is done.")

        assert await scene.ada.texts(place.thread_id) == ["It is done."]


async def test_discord_may_be_restarted_under_the_coordinator(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(AsyncExitStack())
        local = await first.enter_async_context(judged_discord(data=tmp_path, limits=False))
        port = URL(local.api_base).port
        session = await stack.enter_async_context(aiohttp.ClientSession())
        clock = MovableClock()
        scene = Scene(
            local, Person(local, "ada", session), Person(local, "grace", session), clock, MemoryRecords(clock), Heard()
        )
        workspace = await stack.enter_async_context(scene.workspace())
        task = a_task()
        place = await workspace.open(task)
        await first.aclose()
        with pytest.raises(DiscordUnavailable):
            await workspace.say(task, "result", "It is done.")

        await stack.enter_async_context(judged_discord(port=port or 0, data=tmp_path, limits=False))
        await workspace.say(task, "result", "It is done.")
        await scene.ada.say(place.thread_id, "Thank you.")
        await scene.heard.until(lambda: bool(scene.heard.messages))

        assert await scene.ada.texts(place.thread_id) == ["It is done.", "Thank you."]


@pytest.mark.proves("lost.discord-limits")
async def test_a_burst_beyond_discords_rates_arrives_whole_and_in_order() -> None:
    slow_down = Limits(routes=[RouteLimit("POST", "/channels/{channel_id}/messages", Rate(3, 0.4))])
    async with a_scene(limits=slow_down) as scene, scene.workspace() as workspace:
        task = a_task()
        place = await workspace.open(task)

        for number in range(8):
            await workspace.say(task, f"news-{number}", f"News {number}.")

        assert await scene.ada.texts(place.thread_id) == [f"News {number}." for number in range(8)]


async def test_a_rate_limit_that_lasts_is_told_instead_of_slept_through() -> None:
    async with a_scene() as scene, scene.workspace() as workspace:
        scene.faults.rate_limit("POST", "/channels/*/threads", retry_after=219.0, scope="shared")

        with pytest.raises(DiscordUnavailable, match="219 seconds of rest"):
            await workspace.open(a_task())


async def test_a_place_that_wants_rest_is_not_asked_again_and_the_others_go_on() -> None:
    async with a_scene() as scene, scene.workspace() as workspace:
        fault = scene.faults.rate_limit("POST", "/channels/*/threads", retry_after=219.0, scope="shared")
        with pytest.raises(DiscordUnavailable):
            await workspace.open(a_task())
        fault.remove()

        for _ in range(3):
            with pytest.raises(DiscordUnavailable, match="seconds of rest before it will start a thread") as caught:
                await workspace.open(a_task())
            assert 200 < (caught.value.retry_after_s or 0) <= 219
        await workspace.open(a_task(channel="engineering"))


async def test_of_a_task_that_ended_before_it_had_a_thread_no_card_stays() -> None:
    async with a_scene() as scene, scene.workspace() as workspace:
        scene.faults.rate_limit("POST", "/channels/*/threads", retry_after=219.0)
        task = a_task()
        with pytest.raises(DiscordUnavailable):
            await workspace.open(task)
        channel = await scene.ada.channel_named(task.channel)
        assert len(await scene.ada.messages(channel["id"])) == 1

        for _ in range(2):
            await workspace.close(ended(task, TaskState.CANCELED))
            assert await scene.ada.messages(channel["id"]) == []


async def test_a_page_of_cloudflares_is_an_outage_not_a_refusal() -> None:
    async with a_scene() as scene, scene.workspace() as workspace:
        task = a_task()
        await workspace.open(task)
        scene.faults.rate_limit("POST", "/channels/*/messages", via=False)

        with pytest.raises(DiscordUnavailable):
            await workspace.say(task, "result", "It is done.")


class Counting:
    """Counts sessions and hears nothing else."""

    def __init__(self) -> None:
        self.sessions = 0
        self.again = asyncio.Event()

    async def connected(self) -> None:
        self.sessions += 1
        if self.sessions == 2:
            self.again.set()

    async def message(self, message: object) -> None:
        pass

    async def pressed(self, interaction: object, task_id: str, button: str) -> None:
        pass


async def test_a_gateway_that_can_never_be_resumed_is_given_up_for_a_new_client() -> None:
    """discord.py would try for ever at the address READY gave for resuming."""
    async with a_scene() as scene:
        scene.local.parts.hub.url = "ws://127.0.0.1:9/gateway"
        counting = Counting()
        async with Connection(scene.config, counting, stuck_after_s=0.3) as connection:
            await connection.ready(PATIENCE_S)
            first = connection.client
            scene.faults.close_gateway(4000)
            async with asyncio.timeout(PATIENCE_S):
                await counting.again.wait()

            assert connection.client is not first
            assert first.is_closed()


async def test_leaving_while_discord_is_away_takes_no_time() -> None:
    async with a_scene() as scene:
        scene.faults.down()
        async with asyncio.timeout(PATIENCE_S):
            async with _entered(scene):
                await asyncio.sleep(0)


@pytest.mark.parametrize("answers", [True, False], ids=["that succeeds", "that fails"])
async def test_leaving_at_any_moment_of_a_reconnect_takes_no_time(answers: bool) -> None:
    async with a_scene() as scene:
        for turns in range(0, 60, 2):
            async with asyncio.timeout(PATIENCE_S):
                async with scene.workspace():
                    scene.faults.reconnect()
                    if not answers:
                        scene.faults.down()
                    for _ in range(turns):
                        await asyncio.sleep(0)
            scene.faults.back_up()


@pytest.mark.proves("secret.errors")
async def test_the_token_is_in_no_line_of_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with a_scene() as scene:
        async with scene.workspace() as workspace:
            logging.getLogger("discord.http").error("sent with Bot %s", scene.local.ready.bots[0].token)
            scene.faults.close_gateway(4000)
            assert await _works(scene, workspace)

        assert "[secret removed]" in caplog.text
        assert scene.local.ready.bots[0].token not in caplog.text


def _entered(scene: Scene, **changes: object) -> AbstractAsyncContextManager[DiscordWorkspace]:
    return DiscordWorkspace.connect(
        scene.config.model_copy(update=changes), OperatorsConfig, scene.records, on_click=scene.heard.click
    )
