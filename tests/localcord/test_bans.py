"""Bans, and leaving the guild by them or by being kicked."""

import pytest
from localcord_client import Http

from claw_discord_coord.localcord.permissions import BOT, Permission

pytestmark = pytest.mark.anyio

MODERATOR = BOT | Permission.BAN_MEMBERS | Permission.KICK_MEMBERS


@pytest.fixture
async def moderator(local):
    added = local.admin.add_bot("moderator", permissions=int(MODERATOR))
    async with Http(local, added.token, bot=True) as client:
        client.user_id = added.user_id
        yield client


def of(client, who=None):
    return f"/guilds/{client.guild_id}/bans" + (f"/{who.user_id}" if who else "")


@pytest.mark.proves("bans.ban")
async def test_a_ban_takes_the_member_out_and_is_announced_logged_and_lifted(moderator, grace, connect):
    listener, hers = await connect(moderator.token), await connect(grace.token)
    await moderator.put(of(moderator, grace), {}, reason="spam%20again")
    added = (await listener.event("GUILD_BAN_ADD"))["d"]
    assert (added["guild_id"], added["user"]["id"]) == (moderator.guild_id, grace.user_id)
    assert (await listener.event("GUILD_MEMBER_REMOVE"))["d"]["user"]["id"] == grace.user_id
    assert (await hers.event("GUILD_DELETE"))["d"] == {"id": moderator.guild_id}
    assert (await grace.ask("GET", f"/guilds/{moderator.guild_id}/channels")).code == 50001
    ban = await moderator.get(of(moderator, grace))
    assert (ban["user"]["id"], ban["reason"]) == (grace.user_id, "spam again")
    await moderator.delete(of(moderator, grace), reason="sorry")
    assert (await listener.event("GUILD_BAN_REMOVE"))["d"]["user"]["id"] == grace.user_id
    assert (await moderator.ask("GET", of(moderator, grace))).code == 10026
    assert (await moderator.ask("DELETE", of(moderator, grace))).code == 10026
    entries = (await moderator.get(f"/guilds/{moderator.guild_id}/audit-logs"))["audit_log_entries"]
    assert [(entry["action_type"], entry["target_id"], entry["reason"]) for entry in entries[:2]] == [
        (23, grace.user_id, "sorry"),
        (22, grace.user_id, "spam again"),
    ]


@pytest.mark.proves("bans.ban")
async def test_a_second_ban_changes_nothing_and_strangers_can_be_banned(local, moderator, grace, connect):
    await moderator.delete(f"/guilds/{moderator.guild_id}/members/{grace.user_id}")
    await moderator.put(of(moderator, grace), {}, reason="first")
    listener = await connect(moderator.token)
    await moderator.put(of(moderator, grace), {}, reason="second")
    assert await listener.drain() == []
    assert (await moderator.get(of(moderator, grace)))["reason"] == "first"
    assert (await moderator.ask("PUT", f"{of(moderator)}/1", {})).code == 10013


@pytest.mark.proves("bans.messages")
@pytest.mark.parametrize("body", [{"delete_message_seconds": 3600}, {"delete_message_days": 1}])
async def test_what_the_banned_wrote_lately_is_deleted_in_all_channels(local, moderator, grace, channel, connect, body):
    other = await moderator.post(f"/guilds/{moderator.guild_id}/channels", {"name": "other"}, expect=201)
    old = await grace.say(channel, "long ago")
    local.admin.advance(25 * 3600)
    gone = [await grace.say(channel, "a"), await grace.say(channel, "b"), await grace.say(other, "c")]
    kept = await moderator.say(channel, "mine")
    listener = await connect(moderator.token)
    await moderator.put(of(moderator, grace), body)
    bulk = (await listener.event("MESSAGE_DELETE_BULK"))["d"]
    assert (bulk["channel_id"], bulk["ids"]) == (channel["id"], [message["id"] for message in gone[:2]])
    assert (await listener.event("MESSAGE_DELETE"))["d"]["id"] == gone[2]["id"]
    left = [message["id"] for message in await moderator.get(f"/channels/{channel['id']}/messages")]
    assert left == [kept["id"], old["id"]]
    assert await moderator.get(f"/channels/{other['id']}/messages") == []


@pytest.mark.proves("bans.messages")
async def test_without_being_asked_a_ban_deletes_nothing(moderator, grace, channel):
    message = await grace.say(channel, "stays")
    await moderator.put(of(moderator, grace))
    assert [m["id"] for m in await moderator.get(f"/channels/{channel['id']}/messages")] == [message["id"]]
    for body in ({"delete_message_seconds": 604_801}, {"delete_message_days": 8}):
        assert (await moderator.ask("PUT", of(moderator, grace), body)).code == 50035


@pytest.mark.proves("bans.allowed")
async def test_bans_need_the_permission_and_reach_only_those_below(moderator, bot, ada, grace):
    for method, path, body in (
        ("GET", of(bot), None),
        ("GET", of(bot, grace), None),
        ("PUT", of(bot, grace), {}),
        ("DELETE", of(bot, grace), None),
        ("POST", f"/guilds/{bot.guild_id}/bulk-ban", {"user_ids": [grace.user_id]}),
    ):
        assert (await bot.ask(method, path, body)).code == 50013
    for above in (ada, moderator):
        assert (await moderator.ask("PUT", of(moderator, above), {})).code == 50013
    role = await ada.post(f"/guilds/{ada.guild_id}/roles", {"name": "high"})
    await ada.patch(f"/guilds/{ada.guild_id}/roles", [{"id": role["id"], "position": 9}])
    await ada.put(f"/guilds/{ada.guild_id}/members/{grace.user_id}/roles/{role['id']}")
    assert (await moderator.ask("PUT", of(moderator, grace), {})).code == 50013
    await ada.put(of(ada, moderator), {})
    assert [ban["user"]["username"] for ban in await ada.get(of(ada))] == ["moderator"]


@pytest.mark.proves("bans.allowed")
async def test_only_those_who_may_ban_or_read_the_log_are_told_of_bans(local, moderator, grace, connect):
    plain = local.admin.add_bot("plain", permissions=0)
    listener, deaf = await connect(moderator.token), await connect(plain.token)
    await moderator.put(of(moderator, grace), {})
    await listener.event("GUILD_BAN_ADD")
    assert (await deaf.event("GUILD_MEMBER_REMOVE"))["d"]["user"]["id"] == grace.user_id
    assert "GUILD_BAN_ADD" not in await deaf.drain()


@pytest.mark.proves("bans.list")
async def test_bans_are_listed_by_user_and_paged(local, moderator):
    people = [local.admin.add_person(f"p{number}") for number in range(4)]
    for person in people:
        await moderator.put(of(moderator, person), {})
    ids = sorted((person.user_id for person in people), key=int)

    async def page(**query):
        return [ban["user"]["id"] for ban in await moderator.get(of(moderator), **query)]

    assert await page() == ids
    assert await page(limit=2) == ids[:2]
    assert await page(after=ids[1]) == ids[2:]
    assert await page(before=ids[3], limit=2) == ids[1:3]
    assert await page(before=ids[1], after=ids[1]) == ids[:1]
    assert (await moderator.ask("GET", of(moderator) + "?limit=1001")).code == 50035


@pytest.mark.proves("bans.bulk")
async def test_many_are_banned_at_once_and_those_who_could_not_be_are_named(local, moderator, ada, grace, connect):
    path = f"/guilds/{moderator.guild_id}/bulk-ban"
    other = local.admin.add_person("other")
    listener = await connect(moderator.token)
    ids = [grace.user_id, ada.user_id, other.user_id, "1"]
    answer = await moderator.post(path, {"user_ids": ids, "delete_message_seconds": 60}, reason="raid")
    assert answer == {"banned_users": [grace.user_id, other.user_id], "failed_users": [ada.user_id, "1"]}
    assert {(await listener.event("GUILD_BAN_ADD"))["d"]["user"]["id"] for _ in range(2)} == set(answer["banned_users"])
    assert (await moderator.get(of(moderator, grace)))["reason"] == "raid"
    refused = await moderator.ask("POST", path, {"user_ids": ids})
    assert (refused.status, refused.code) == (400, 500000)
    assert (await moderator.ask("POST", path, {"user_ids": [str(n) for n in range(1, 202)]})).code == 50035
    assert (await moderator.ask("POST", path, {})).code == 50035


@pytest.mark.proves("members.leave")
async def test_who_is_kicked_is_no_member_of_threads_either(moderator, grace, channel, connect):
    thread = await moderator.post(f"/channels/{channel['id']}/threads", {"name": "t", "type": 11}, expect=201)
    await grace.put(f"/channels/{thread['id']}/thread-members/@me")
    listener = await connect(moderator.token)
    await moderator.delete(f"/guilds/{moderator.guild_id}/members/{grace.user_id}")
    assert (await listener.event("THREAD_MEMBERS_UPDATE"))["d"]["removed_member_ids"] == [grace.user_id]
    assert (await listener.event("GUILD_MEMBER_REMOVE"))["d"]["user"]["id"] == grace.user_id
    members = await moderator.get(f"/channels/{thread['id']}/thread-members")
    assert [member["user_id"] for member in members] == [moderator.user_id]


@pytest.mark.proves("bans.ban", "data.everything")
async def test_a_ban_is_kept_over_a_restart(serve, tmp_path):
    async with serve(data=tmp_path) as local, Http(local, local.ready.person("ada").token) as ada:
        await ada.put(f"/guilds/{ada.guild_id}/bans/{local.ready.person('grace').user_id}", {}, reason="spam")
    async with serve(data=tmp_path) as local, Http(local, local.ready.person("ada").token) as ada:
        (ban,) = await ada.get(f"/guilds/{ada.guild_id}/bans")
        assert (ban["user"]["username"], ban["reason"]) == ("grace", "spam")
