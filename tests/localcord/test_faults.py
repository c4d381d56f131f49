"""Faults on demand, each caused in one line, in process or over HTTP."""

import asyncio

import aiohttp
import pytest
from localcord_client import Listener

pytestmark = pytest.mark.anyio


@pytest.fixture
def path(channel):
    return f"/channels/{channel['id']}/messages"


async def count(bot, path):
    return len(await bot.get(path))


@pytest.mark.proves("faults.status")
async def test_a_failure_before_has_no_effect_and_one_after_has(local, bot, path):
    local.faults.fail("POST", "/channels/*/messages", status=502)
    assert (await bot.ask("POST", path, {"content": "a"})).status == 502
    assert await count(bot, path) == 0
    local.faults.fail("POST", "/channels/*/messages", status=502, when="after")
    assert (await bot.ask("POST", path, {"content": "b"})).status == 502
    assert await count(bot, path) == 1
    assert (await bot.ask("POST", path, {"content": "c"})).status == 200


@pytest.mark.proves("faults.drop")
@pytest.mark.parametrize("kind", ["drop", "reset"])
async def test_a_broken_connection_after_the_effect_leaves_the_message(local, bot, path, kind):
    getattr(local.faults, kind)("POST", when="after")
    with pytest.raises(aiohttp.ClientError):
        await bot.ask("POST", path, {"content": "a"})
    assert await count(bot, path) == 1


@pytest.mark.proves("faults.hang")
async def test_a_request_hangs_until_the_fault_is_removed(local, bot, path):
    fault = local.faults.hang("POST")
    waiting = asyncio.ensure_future(bot.ask("POST", path, {"content": "a"}))
    await asyncio.wait_for(fault.hit.wait(), 5)
    assert not waiting.done()
    assert await count(bot, path) == 0
    fault.remove()
    assert (await asyncio.wait_for(waiting, 5)).status == 200


@pytest.mark.proves("faults.rate-limit")
async def test_a_429_comes_with_or_without_via(local, bot, path):
    local.faults.rate_limit("POST", retry_after=1.5, overall=True)
    answer = await bot.ask("POST", path, {"content": "a"})
    assert (answer.status, answer.body["retry_after"], answer.body["global"]) == (429, 1.5, True)
    local.faults.rate_limit("POST", via=False)
    answer = await bot.ask("POST", path, {"content": "a"})
    assert answer.status == 429
    assert "Via" not in answer.headers


@pytest.mark.proves("faults.slow")
async def test_answers_are_slow_for_as_long_as_the_fault_lasts(local, bot, path):
    fault = local.faults.slow(0.05, "GET")
    began = asyncio.get_running_loop().time()
    await bot.get(path)
    assert asyncio.get_running_loop().time() - began >= 0.05
    fault.remove()
    assert fault.hits == 1


@pytest.mark.proves("faults.skip-times")
async def test_a_fault_may_skip_requests_and_hit_several(local, bot, path):
    local.faults.fail("POST", status=500, skip=1, times=2)
    statuses = [(await bot.ask("POST", path, {"content": "x"})).status for _ in range(4)]
    assert statuses == [200, 500, 500, 200]


@pytest.mark.proves("faults.gateway-close")
async def test_the_gateway_closes_with_any_code(local, bot, grace, connect):
    listener, other = await connect(bot.token), await connect(grace.token)
    assert local.faults.close_gateway(4009, user_id=bot.user_id) == 1
    assert await listener.until_closed() == 4009
    assert await other.drain() == []
    local.faults.close_gateway(0)
    assert await other.until_closed() == 1006


@pytest.mark.proves("faults.ops")
async def test_op_7_and_both_kinds_of_op_9(local, bot, connect):
    listener = await connect(bot.token)
    assert local.faults.reconnect() == 1
    assert (await listener.receive())["op"] == 7
    local.faults.invalidate(resumable=True)
    assert (await listener.receive())["d"] is True
    local.faults.invalidate()
    assert (await listener.receive())["d"] is False
    await listener.identify(bot.token)
    await listener.event("READY")


@pytest.mark.proves("faults.refuse-resume")
async def test_a_resume_is_refused_on_demand(local, bot, connect):
    listener = await connect(bot.token)
    await listener.drop()
    local.faults.refuse_resume()
    again = await Listener.open(local)
    body = {"token": bot.token, "session_id": listener.ready["session_id"], "seq": listener.sequence}
    await again.send(6, body)
    assert (await again.receive())["op"] == 9
    await again.send(6, body)
    assert (await again.receive())["t"] == "RESUMED"
    await again.close()


@pytest.mark.proves("faults.lose-events")
async def test_events_get_lost(local, bot, channel, connect):
    listener = await connect(bot.token)
    local.faults.lose_events(2, "MESSAGE_CREATE")
    for number in range(3):
        await bot.say(channel, str(number))
    assert (await listener.event("MESSAGE_CREATE"))["d"]["content"] == "2"


@pytest.mark.proves("faults.down")
async def test_the_server_is_down_for_a_while(local, bot, path, connect):
    listener = await connect(bot.token)
    local.faults.down()
    await listener.until_closed()
    with pytest.raises(aiohttp.ClientError):
        await bot.ask("GET", path)
    with pytest.raises(aiohttp.ClientError):
        await Listener.open(local)
    local.faults.back_up()
    assert await bot.get(path) == []


@pytest.mark.proves("faults.heartbeats")
async def test_heartbeats_go_unanswered(local, bot, connect):
    listener = await connect(bot.token)
    local.faults.ignore_heartbeats()
    await listener.send(1, listener.sequence)
    await bot.post(f"/guilds/{bot.guild_id}/channels", {"name": "x"}, expect=201)
    assert (await listener.receive())["t"] == "CHANNEL_CREATE"


@pytest.mark.proves("admin.http")
async def test_all_of_it_can_be_done_over_http(local, bot, path, connect):
    admin = local.page + "localcord/admin"
    session = bot._session

    async def ask(method, place, body=None):
        async with session.request(method, admin + place, json=body) as response:
            return response.status, await response.json() if response.status == 200 else None

    await ask("POST", "/faults/http", {"action": "status", "method": "POST", "status": 503})
    assert (await bot.ask("POST", path, {"content": "x"})).status == 503
    assert (await ask("POST", "/faults/http", {"action": "nonsense"}))[0] == 400
    before = (await ask("GET", "/clock"))[1]["now"]
    assert (await ask("POST", "/clock", {"advance_s": 3600}))[1]["now"] > before
    assert (await ask("POST", "/clock", {"advance_s": -1}))[0] == 400
    person = (await ask("POST", "/world/people", {"name": "linus"}))[1]
    assert person["name"] == "linus"
    added = (await ask("POST", "/world/bots", {"name": "helper", "privileged": []}))[1]
    listener = await connect(added["token"], intents=1)
    channel = (await ask("POST", "/world/channels", {"name": "made"}))[1]
    assert (await listener.event("CHANNEL_CREATE"))["d"]["id"] == channel["id"]
    assert (await ask("POST", "/faults/gateway", {"action": "close", "code": 4000}))[1] == {"connections": 1}
    assert await listener.until_closed() == 4000
    assert (await ask("PATCH", "/limits", {"pins": 3, "rename": [5, 60]}))[1]["rename"] == {"count": 5, "per_s": 60.0}
    assert (await ask("PATCH", "/limits", {"nonsense": 3}))[0] == 400
    assert (await ask("GET", "/"))[1]["users"] == 6
    assert (await ask("DELETE", "/faults"))[0] == 204
    assert (await ask("GET", "/nonsense"))[0] == 404


@pytest.mark.proves("clock.moves")
async def test_the_clock_moves_forward_only_and_ids_with_it(local, bot, channel):
    first = await bot.say(channel)
    local.admin.advance(86_400)
    second = await bot.say(channel)
    assert ((int(second["id"]) >> 22) - (int(first["id"]) >> 22)) >= 86_400_000
    assert second["timestamp"][:10] > first["timestamp"][:10]
    with pytest.raises(ValueError, match="forward"):
        local.admin.advance(-1)
