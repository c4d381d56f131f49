"""The gateway: beginning, keeping, losing and resuming a session."""

import asyncio

import pytest
from localcord_client import ALL_INTENTS, ClosedError, Listener

from claw_discord_coord.localcord import Limits, Rate

pytestmark = pytest.mark.anyio

QUICK = Limits(rates=False, heartbeat_interval_ms=200)


@pytest.fixture
async def opened(local):
    """Opens a connection that has only read HELLO."""
    listeners = []

    async def opened(query="v=10&encoding=json", url=None):
        listener = await Listener.open(local, query, url)
        listeners.append(listener)
        return listener

    yield opened
    for listener in listeners:
        await listener.close()


async def close_code(listener):
    return await listener.until_closed()


@pytest.mark.proves("gateway.hello-ready")
async def test_hello_then_ready_then_the_guilds(local, bot, opened):
    listener = await opened()
    assert listener.interval_ms == 41_250
    await listener.identify(bot.token)
    ready = (await listener.receive())["d"]
    assert ready["user"]["id"] == bot.user_id
    assert ready["guilds"] == [{"id": bot.guild_id, "unavailable": True}]
    assert ready["application"]["id"] == local.ready.bots[0].application_id
    assert ready["resume_gateway_url"] == local.gateway_url
    guild = await listener.receive()
    assert (guild["t"], guild["s"]) == ("GUILD_CREATE", 2)
    assert guild["d"]["member_count"] == 4
    assert {"general"} <= {channel["name"] for channel in guild["d"]["channels"]}


@pytest.mark.proves("gateway.compression")
@pytest.mark.parametrize("name", ["zlib-stream", "zstd-stream"])
async def test_the_stream_is_compressed_when_asked(bot, channel, connect, name):
    listener = await connect(bot.token, query=f"v=10&encoding=json&compress={name}")
    for number in range(20):
        await bot.say(channel, f"{number} " + "long " * 300)
    for number in range(20):
        assert (await listener.event("MESSAGE_CREATE"))["d"]["content"].startswith(f"{number} ")


@pytest.mark.proves("gateway.payload-compression")
async def test_large_payloads_are_compressed_when_identify_asks(bot, connect):
    listener = await connect(bot.token, compress=True)
    assert listener.guild["id"] == bot.guild_id


@pytest.mark.proves("gateway.fatal-4004")
async def test_a_wrong_token_is_4004(opened):
    listener = await opened()
    await listener.identify("nonsense")
    assert await close_code(listener) == 4004


@pytest.mark.proves("gateway.fatal-4010")
async def test_an_impossible_shard_is_4010(bot, opened):
    listener = await opened()
    await listener.identify(bot.token, shard=[2, 1])
    assert await close_code(listener) == 4010


@pytest.mark.proves("gateway.fatal-4012")
async def test_another_version_of_the_gateway_is_4012(opened):
    with pytest.raises(ClosedError) as closed:
        await opened("v=6&encoding=json")
    assert closed.value.code == 4012


@pytest.mark.proves("gateway.fatal-4013")
@pytest.mark.parametrize("intents", [-1, 1 << 40, "all", None])
async def test_intents_that_do_not_exist_are_4013(bot, opened, intents):
    listener = await opened()
    await listener.identify(bot.token, intents=intents)
    assert await close_code(listener) == 4013


@pytest.mark.proves("gateway.fatal-4014")
async def test_a_privileged_intent_that_is_switched_off_is_4014(local, bot, opened):
    local.admin.set_privileged(bot.user_id, "members")
    listener = await opened()
    await listener.identify(bot.token, intents=1 | 1 << 15)
    assert await close_code(listener) == 4014
    listener = await opened()
    await listener.identify(bot.token, intents=1 | 1 << 1)
    await listener.event("READY")


@pytest.mark.proves("gateway.codes")
@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{not json", 4002),
        ('["list"]', 4002),
        ('{"op": 99}', 4003),
        ('{"op": 5, "d": {}}', 4001),
        ('{"op": 3, "d": {}}', 4003),
        ('{"op": 8, "d": {}}', 4003),
        ('{"op": 1, "d": "' + "x" * 4096 + '"}', 4002),
    ],
)
async def test_nonsense_is_answered_with_the_code_for_it(opened, text, code):
    listener = await opened()
    await listener.send_raw(text)
    assert await close_code(listener) == code


@pytest.mark.proves("gateway.codes")
async def test_identifying_twice_is_4005(bot, connect):
    listener = await connect(bot.token)
    await listener.identify(bot.token)
    assert await close_code(listener) == 4005


@pytest.mark.proves("gateway.intents")
async def test_a_session_gets_only_what_its_intents_name(bot, ada, channel, connect):
    guilds_only = await connect(bot.token, intents=1)
    message = await ada.say(channel)
    await ada.put(f"/channels/{channel['id']}/messages/{message['id']}/reactions/✅/@me")
    await ada.post(f"/channels/{channel['id']}/typing", expect=204)
    assert await guilds_only.drain() == []
    nothing = await connect(bot.token, intents=0)
    await bot.post(f"/guilds/{bot.guild_id}/channels", {"name": "x"}, expect=201)
    assert await nothing.drain() == []
    assert await guilds_only.drain() == ["CHANNEL_CREATE"]


@pytest.mark.proves("gateway.heartbeat")
async def test_heartbeats_are_acknowledged(bot, connect):
    listener = await connect(bot.token)
    await listener.send(1, listener.sequence)
    assert (await listener.receive())["op"] == 11


@pytest.mark.proves("gateway.heartbeat-missing")
@pytest.mark.local(limits=QUICK)
async def test_a_client_that_stops_its_heartbeat_is_disconnected_and_may_resume(bot, connect, opened):
    silent = await connect(bot.token)
    assert await close_code(silent) == 4000
    again = await opened()
    body = {"token": bot.token, "session_id": silent.ready["session_id"], "seq": silent.sequence}
    await again.send(6, body)
    assert (await again.receive())["t"] == "RESUMED"


async def resume(opened, listener, token, sequence=None):
    again = await opened(url=listener.ready["resume_gateway_url"])
    seq = listener.sequence if sequence is None else sequence
    await again.send(6, {"token": token, "session_id": listener.ready["session_id"], "seq": seq})
    return again


@pytest.mark.proves("gateway.resume")
async def test_a_resumed_session_replays_what_was_missed_in_order(bot, channel, connect, opened):
    listener = await connect(bot.token)
    await bot.say(channel, "seen")
    await listener.event("MESSAGE_CREATE")
    await listener.drop()
    for text in ("missed 1", "missed 2"):
        await bot.say(channel, text)
    again = await resume(opened, listener, bot.token)
    received = [await again.receive() for _ in range(3)]
    assert [payload["t"] for payload in received] == ["MESSAGE_CREATE", "MESSAGE_CREATE", "RESUMED"]
    assert [payload["d"].get("content") for payload in received[:2]] == ["missed 1", "missed 2"]
    assert [payload["s"] for payload in received] == sorted(payload["s"] for payload in received)
    await bot.say(channel, "live")
    assert (await again.event("MESSAGE_CREATE"))["d"]["content"] == "live"


@pytest.mark.proves("gateway.resume-seq")
async def test_a_sequence_that_never_was_is_4007(bot, connect, opened):
    listener = await connect(bot.token)
    again = await resume(opened, listener, bot.token, 9999)
    assert await close_code(again) == 4007


@pytest.mark.proves("gateway.resume-refused")
async def test_an_unknown_or_foreign_or_expired_session_is_op_9(local, bot, other_bot, connect, opened):
    listener = await connect(bot.token)
    again = await resume(opened, listener, other_bot.token)
    assert (await again.receive())["d"] is False
    await listener.drop()
    await asyncio.wait_for(local.admin.until_disconnected(bot.user_id), 5)
    local.admin.advance(local.admin.limits.resume_within_s + 60)
    again = await resume(opened, listener, bot.token)
    payload = await again.receive()
    assert (payload["op"], payload["d"]) == (9, False)
    await again.identify(bot.token)
    await again.event("READY")


@pytest.mark.proves("gateway.clean-close")
async def test_a_client_that_closes_with_1000_ends_its_session(bot, connect, opened):
    listener = await connect(bot.token)
    await listener.close(1000)
    again = await resume(opened, listener, bot.token)
    assert (await again.receive())["op"] == 9


@pytest.mark.proves("gateway.sequence-per-session")
async def test_several_sessions_of_one_bot_each_get_every_event(bot, channel, connect):
    listeners = [await connect(bot.token) for _ in range(3)]
    await bot.say(channel, "to all")
    received = [await listener.event("MESSAGE_CREATE") for listener in listeners]
    assert {payload["d"]["content"] for payload in received} == {"to all"}
    assert {payload["s"] for payload in received} == {3}


@pytest.mark.proves("gateway.bot-info")
async def test_gateway_bot_tells_how_many_sessions_are_left(local, bot, connect):
    before = await bot.get("/gateway/bot")
    assert (before["url"], before["shards"]) == (local.gateway_url, 1)
    await connect(bot.token)
    after = (await bot.get("/gateway/bot"))["session_start_limit"]
    assert after["remaining"] == before["session_start_limit"]["remaining"] - 1
    assert 86_000_000 < after["reset_after"] <= 86_400_000
    assert (await bot.get("/gateway"))["url"] == local.gateway_url


@pytest.mark.proves("gateway.identify-rate")
@pytest.mark.local(limits=True)
async def test_a_second_identify_within_five_seconds_is_op_9(local, bot, connect, opened):
    await connect(bot.token)
    hasty = await opened()
    await hasty.identify(bot.token)
    payload = await hasty.receive()
    assert (payload["op"], payload["d"]) == (9, False)
    local.admin.advance(5)
    await hasty.identify(bot.token)
    await hasty.event("READY")


@pytest.mark.proves("gateway.identify-budget")
@pytest.mark.local(limits=Limits(rates=False, identifies_per_day=1))
async def test_more_identifies_than_a_day_has_are_refused(local, bot, connect, opened):
    await connect(bot.token)
    listener = await opened()
    await listener.identify(bot.token)
    assert await close_code(listener) == 4004
    local.admin.advance(86_401)
    await connect(bot.token)


@pytest.mark.proves("gateway.events-rate")
@pytest.mark.local(limits=Limits(gateway_events=Rate(10, 60.0)))
async def test_too_many_events_in_a_minute_are_4008(bot, connect):
    listener = await connect(bot.token)
    for _ in range(11):
        await listener.send(1, listener.sequence)
    assert await close_code(listener) == 4008


@pytest.mark.proves("gateway.order")
async def test_an_event_is_sent_when_the_change_is_saved_and_in_order(bot, ada, channel, connect):
    listener = await connect(bot.token)
    ids = [(await ada.say(channel, str(n)))["id"] for n in range(30)]
    assert [(await listener.event("MESSAGE_CREATE"))["d"]["id"] for _ in ids] == ids


@pytest.mark.proves("gateway.members-chunk")
async def test_members_are_sent_on_request(bot, grace, connect):
    listener = await connect(bot.token)
    body = {"guild_id": bot.guild_id, "query": "", "limit": 0, "nonce": "n"}
    await listener.send(8, body)
    chunk = (await listener.event("GUILD_MEMBERS_CHUNK"))["d"]
    assert (len(chunk["members"]), chunk["chunk_count"], chunk["nonce"]) == (4, 1, "n")
    await listener.send(8, {"guild_id": bot.guild_id, "user_ids": [grace.user_id, "1"]})
    chunk = (await listener.event("GUILD_MEMBERS_CHUNK"))["d"]
    assert ([m["user"]["id"] for m in chunk["members"]], chunk["not_found"]) == ([grace.user_id], ["1"])


@pytest.mark.proves("gateway.members-limits")
async def test_the_whole_list_and_presences_need_their_intents(bot, grace, connect):
    listener = await connect(bot.token, intents=1)
    for asked in ({"query": "", "limit": 0}, {"query": "", "limit": 1}, {}, {"guild_id": []}):
        await listener.send(8, {"guild_id": bot.guild_id, **asked})
    assert await listener.drain() == []
    wanted = {"guild_id": bot.guild_id, "user_ids": grace.user_id, "presences": True, "nonce": "n" * 33}
    await listener.send(8, wanted)
    chunk = (await listener.event("GUILD_MEMBERS_CHUNK"))["d"]
    assert [member["user"]["id"] for member in chunk["members"]] == [grace.user_id]
    assert not {"presences", "nonce"} & set(chunk)
    listener = await connect(bot.token, intents=1 | 1 << 8)
    await listener.send(8, wanted | {"nonce": "n" * 32})
    chunk = (await listener.event("GUILD_MEMBERS_CHUNK"))["d"]
    assert (chunk["presences"], chunk["nonce"]) == ([], "n" * 32)


@pytest.mark.proves("gateway.members-limits")
async def test_a_search_or_a_list_of_ids_finds_a_hundred_members_at_most(local, bot, connect):
    ids = [local.admin.add_person(f"p{number}").user_id for number in range(101)]
    listener = await connect(bot.token)

    async def found(**asked):
        await listener.send(8, {"guild_id": bot.guild_id, **asked})
        return len((await listener.event("GUILD_MEMBERS_CHUNK"))["d"]["members"])

    assert await found(user_ids=ids) == 100
    assert [await found(query="p", limit=limit) for limit in (0, 5, 101)] == [100, 5, 100]
    assert [await found(query="", limit=limit) for limit in (0, 5)] == [105, 5]


@pytest.mark.proves("gateway.shards")
async def test_a_shard_gets_the_guilds_that_are_its_own(bot, channel, connect):
    home = (int(bot.guild_id) >> 22) % 2
    mine = await connect(bot.token, shard=[home, 2])
    other = await connect(bot.token, shard=[1 - home, 2])
    assert (mine.ready["shard"], other.ready["guilds"]) == ([home, 2], [])
    await bot.say(channel, "x")
    assert (await mine.event("MESSAGE_CREATE"))["d"]["content"] == "x"
    assert await other.drain() == []


@pytest.mark.proves("gateway.people")
async def test_a_person_gets_channels_threads_members_and_everything_that_happens(bot, ada, channel, connect):
    await bot.post(f"/channels/{channel['id']}/threads", {"name": "t", "type": 11}, expect=201)
    listener = await connect(ada.token, intents=ALL_INTENTS)
    assert {"channels", "threads", "members", "roles", "emojis"} <= set(listener.guild)
    assert [thread["name"] for thread in listener.guild["threads"]] == ["t"]
    assert len(listener.guild["members"]) == 4
    assert {user["username"] for user in listener.ready["users"]} >= {"ada", "grace", "coordinator"}
    await bot.say(channel, "x")
    assert (await listener.event("MESSAGE_CREATE"))["d"]["member"]["roles"]


@pytest.mark.proves("gateway.bulk-delete")
async def test_deletes_are_told_one_by_one_or_in_bulk(bot, channel, connect):
    listener = await connect(bot.token)
    ids = [(await bot.say(channel))["id"] for _ in range(3)]
    await bot.delete(f"/channels/{channel['id']}/messages/{ids[0]}")
    await bot.post(f"/channels/{channel['id']}/messages/bulk-delete", {"messages": ids[1:]}, expect=204)
    assert (await listener.event("MESSAGE_DELETE"))["d"]["id"] == ids[0]
    assert (await listener.event("MESSAGE_DELETE_BULK"))["d"]["ids"] == ids[1:]
