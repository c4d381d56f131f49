"""Forwarding: a message that shows another as it was."""

import aiohttp
import pytest
from localcord_client import Http, form

pytestmark = pytest.mark.anyio

PNG = bytes.fromhex("89504e470d0a1a0a0000000d4948445200000001000000010806000000") + bytes(20)


def reference(message, **more):
    return {"message_reference": {"type": 1, "channel_id": message["channel_id"], "message_id": message["id"], **more}}


async def forward(client, message, into, **more):
    return await client.post(f"/channels/{into['id']}/messages", {**reference(message), **more})


async def refused(client, message, into, **more):
    answer = await client.ask("POST", f"/channels/{into['id']}/messages", {**reference(message), **more})
    assert answer.status >= 400, answer.body
    return answer.code


@pytest.fixture
async def elsewhere(bot):
    return await bot.post(f"/guilds/{bot.guild_id}/channels", {"name": "elsewhere"}, expect=201)


async def download(url):
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        return response.status, await response.read()


@pytest.mark.proves("forwards.snapshot")
async def test_a_forward_shows_the_message_as_it_was_and_mentions_nobody(bot, ada, channel, elsewhere, connect):
    listener = await connect(ada.token)
    row = {"type": 1, "components": [{"type": 2, "style": 1, "label": "Go", "custom_id": "go"}]}
    source = await bot.say(channel, f"look, <@{ada.user_id}>", embeds=[{"title": "t"}], components=[row])
    made = await forward(ada, source, elsewhere)
    assert (made["type"], made["content"], made["flags"], made["mentions"]) == (0, "", 1 << 14, [])
    pointer = {"type": 1, "channel_id": channel["id"], "message_id": source["id"], "guild_id": bot.guild_id}
    assert made["message_reference"] == pointer
    assert "referenced_message" not in made
    (snapshot,) = made["message_snapshots"]
    kept = ("type", "content", "embeds", "components", "flags", "mentions", "timestamp", "edited_timestamp")
    assert {name: snapshot["message"][name] for name in kept} == {name: source[name] for name in kept}
    assert "author" not in snapshot["message"]
    await bot.patch(f"/channels/{channel['id']}/messages/{source['id']}", {"content": "changed"})
    await bot.delete(f"/channels/{channel['id']}/messages/{source['id']}")
    (read,) = await bot.get(f"/channels/{elsewhere['id']}/messages")
    assert read["message_snapshots"] == made["message_snapshots"]
    told = [await listener.event("MESSAGE_CREATE") for _ in range(2)][-1]["d"]
    assert told["message_snapshots"] == made["message_snapshots"]


@pytest.mark.proves("forwards.snapshot")
async def test_a_forward_of_a_forward_shows_the_first_message(bot, channel, elsewhere):
    source = await bot.say(channel, "first")
    once = await forward(bot, source, elsewhere)
    twice = await forward(bot, once, channel)
    assert twice["message_snapshots"] == once["message_snapshots"]
    assert twice["message_reference"]["message_id"] == once["id"]


@pytest.mark.proves("forwards.uploads")
async def test_the_uploads_of_a_forward_stay_when_the_message_goes_and_go_with_the_forward(bot, channel, elsewhere):
    body = {"embeds": [{"title": "t", "image": {"url": "attachment://a.png"}}]}
    answer = await bot.ask("POST", f"/channels/{channel['id']}/messages", data=form(body, ("a.png", PNG, "image/png")))
    made = await forward(bot, answer.body, elsewhere)
    await bot.delete(f"/channels/{channel['id']}/messages/{answer.body['id']}")
    shown = made["message_snapshots"][0]["message"]
    url = shown["attachments"][0]["url"]
    assert shown["embeds"][0]["image"]["url"] == url
    assert await download(url) == (200, PNG)
    assert (await download(answer.body["attachments"][0]["url"]))[0] == 404
    await bot.delete(f"/channels/{elsewhere['id']}/messages/{made['id']}")
    assert (await download(url))[0] == 404


@pytest.mark.proves("forwards.alone")
async def test_a_forward_has_nothing_beside_what_it_forwards(bot, channel, elsewhere):
    source = await bot.say(channel, "hello")
    assert await refused(bot, source, elsewhere, content="my words") == 160011
    assert await refused(bot, source, elsewhere, embeds=[{"title": "t"}]) == 160011
    made = await forward(bot, source, elsewhere, nonce="n", enforce_nonce=True)
    assert (await forward(bot, source, elsewhere, nonce="n", enforce_nonce=True))["id"] == made["id"]
    place = f"/channels/{elsewhere['id']}/messages/{made['id']}"
    assert (await bot.ask("PATCH", place, {"content": "my words"})).code == 160011
    assert (await bot.patch(place, {"flags": 4}))["flags"] == (1 << 14) | 4


@pytest.mark.proves("forwards.permissions")
async def test_only_what_one_may_read_is_forwarded(local, bot, ada, grace, channel, elsewhere):
    source = await ada.say(channel, "secret")
    everyone = f"/channels/{channel['id']}/permissions/{bot.guild_id}"
    await ada.put(everyone, {"type": 0, "deny": str(1 << 16)})
    assert await refused(grace, source, elsewhere) == 160009
    await ada.put(everyone, {"type": 0, "deny": str(1 << 10)})
    assert await refused(grace, source, elsewhere) == 50001
    await ada.delete(everyone)
    await forward(grace, source, elsewhere)
    local.admin.set_privileged(bot.user_id, "members")
    assert await refused(bot, source, elsewhere) == 160014
    (read,) = await bot.get(f"/channels/{elsewhere['id']}/messages")
    hidden = read["message_snapshots"][0]["message"]
    assert (hidden["content"], hidden["embeds"], hidden["attachments"], hidden["components"]) == ("", [], [], [])


@pytest.mark.proves("forwards.permissions")
async def test_system_messages_missing_ones_and_those_of_grown_ups_stay_where_they_are(bot, channel, elsewhere):
    source = await bot.say(channel, "hello")
    await bot.put(f"/channels/{channel['id']}/messages/pins/{source['id']}")
    pin = (await bot.get(f"/channels/{channel['id']}/messages"))[0]
    assert await refused(bot, pin, elsewhere) == 50021
    assert await refused(bot, {**source, "id": "1"}, elsewhere) == 50035
    assert await refused(bot, {**source, "channel_id": elsewhere["id"]}, elsewhere) == 50035
    missing = {"message_reference": {"type": 1, "message_id": source["id"]}}
    answer = await bot.ask("POST", f"/channels/{elsewhere['id']}/messages", missing)
    assert list(answer.body["errors"]["message_reference"]) == ["channel_id"]
    await bot.patch(f"/channels/{channel['id']}", {"nsfw": True})
    assert await refused(bot, source, elsewhere) == 160010
    await bot.patch(f"/channels/{elsewhere['id']}", {"nsfw": True})
    await forward(bot, source, elsewhere)


@pytest.mark.proves("forwards.snapshot", "data.everything")
async def test_a_forward_is_kept_over_a_restart(serve, tmp_path):
    async with serve(data=tmp_path) as local, Http(local, local.ready.bot("coordinator").token, bot=True) as bot:
        channel = await bot.post(f"/guilds/{bot.guild_id}/channels", {"name": "work"}, expect=201)
        made = await forward(bot, await bot.say(channel, "hello"), channel)
    async with serve(data=tmp_path) as local, Http(local, local.ready.bot("coordinator").token, bot=True) as bot:
        read = await bot.get(f"/channels/{channel['id']}/messages/{made['id']}")
        assert read["message_snapshots"] == made["message_snapshots"]
