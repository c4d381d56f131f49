"""When Discord wants rest at a place, it gets it: one asks again, and the others wait for how it fares."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from claw_discord_coord.workspace import discord
from claw_discord_coord.workspace.connecting.cooldowns import Cooldowns, Route

pytestmark = pytest.mark.anyio


class Api:
    """Discord, which refuses as often as it is told to; `now_s` is everyone's clock."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.refusing_s: list[float] = []
        self.asked: list[str] = []
        self.request = Cooldowns(lambda: self.now_s).kept(self._request)

    async def _request(self, route: Route, **_given: Any) -> str:
        self.asked.append(route.url.removeprefix(Route.BASE))
        await asyncio.sleep(0)
        if self.refusing_s:
            raise discord.RateLimited(self.refusing_s.pop(0))
        return "yes"

    async def thread(self, channel: int, message: int = 1) -> Any:
        path = "/channels/{channel_id}/messages/{message_id}/threads"
        route = Route("POST", path, channel_id=channel, message_id=message)
        return await self.request(route, json={"name": "x"})

    async def edit(self, channel: int, **changes: Any) -> Any:
        return await self.request(Route("PATCH", "/channels/{channel_id}", channel_id=channel), json=changes)


async def test_a_resting_place_is_not_asked_and_says_how_long_it_rests() -> None:
    api = Api()
    api.refusing_s = [155.0]
    with pytest.raises(discord.RateLimited):
        await api.thread(1)
    api.now_s = 100.0
    with pytest.raises(discord.RateLimited) as caught:
        await api.thread(1, message=2)
    assert caught.value.retry_after == 55.0
    assert len(api.asked) == 1
    assert await api.thread(2) == "yes", "another channel has a limit of its own"
    api.now_s = 155.0
    assert await api.thread(1) == "yes"


async def test_after_the_rest_one_asks_for_all_and_a_new_refusal_holds_for_all() -> None:
    api = Api()
    api.refusing_s = [155.0, 30.0]
    with pytest.raises(discord.RateLimited):
        await api.thread(1)
    api.now_s = 155.0
    answers = await asyncio.gather(*(api.thread(1, n) for n in range(20)), return_exceptions=True)
    assert [type(answer) for answer in answers] == [discord.RateLimited] * 20
    assert len(api.asked) == 2
    api.now_s = 185.0
    assert await asyncio.gather(*(api.thread(1, n) for n in range(20))) == ["yes"] * 20


async def test_a_channel_whose_name_may_not_change_can_still_be_archived() -> None:
    api = Api()
    api.refusing_s = [600.0]
    with pytest.raises(discord.RateLimited):
        await api.edit(1, name="new")
    assert await api.edit(1, archived=True) == "yes"


async def test_whoever_stops_waiting_leaves_the_turn_to_the_next() -> None:
    api = Api()
    api.refusing_s = [1.0]
    with pytest.raises(discord.RateLimited):
        await api.thread(1)
    api.now_s = 1.0
    asking = [asyncio.create_task(api.thread(1, n)) for n in range(3)]
    await asyncio.sleep(0)
    asking[0].cancel()
    answers = await asyncio.gather(*asking, return_exceptions=True)
    assert answers[1:] == ["yes", "yes"]
