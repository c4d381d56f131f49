"""Permissions are enforced: roles, overwrites, and what a stranger may not see."""

from datetime import datetime, timedelta

import pytest

pytestmark = pytest.mark.anyio

VIEW, SEND, MANAGE_CHANNELS, ADD_REACTIONS = 1 << 10, 1 << 11, 1 << 4, 1 << 6


async def overwrite(ada, channel, target, *, kind, allow=0, deny=0):
    body = {"type": kind, "allow": str(allow), "deny": str(deny)}
    await ada.put(f"/channels/{channel['id']}/permissions/{target}", body)


@pytest.mark.proves("permissions.view")
async def test_a_hidden_channel_is_missing_access(ada, grace, channel):
    await overwrite(ada, channel, ada.guild_id, kind=0, deny=VIEW)
    for method, path in (("GET", ""), ("GET", "/messages"), ("POST", "/messages"), ("POST", "/typing")):
        answer = await grace.ask(method, f"/channels/{channel['id']}{path}", {"content": "x"} if path else None)
        assert (answer.status, answer.code) == (403, 50001)


@pytest.mark.proves("permissions.missing")
async def test_a_missing_permission_is_50013(grace, channel):
    tries = [
        ("PATCH", f"/channels/{channel['id']}", {"name": "mine"}),
        ("DELETE", f"/channels/{channel['id']}", None),
        ("POST", f"/guilds/{grace.guild_id}/channels", {"name": "x"}),
        ("POST", f"/channels/{channel['id']}/webhooks", {"name": "x"}),
        ("POST", f"/guilds/{grace.guild_id}/roles", {"name": "x"}),
        ("GET", f"/guilds/{grace.guild_id}/audit-logs", None),
        ("PUT", f"/channels/{channel['id']}/permissions/{grace.user_id}", {"type": 1}),
    ]
    for method, path, body in tries:
        answer = await grace.ask(method, path, body)
        assert (answer.status, answer.code) == (403, 50013), path


@pytest.mark.proves("permissions.overwrites")
async def test_a_members_overwrite_wins_over_roles_and_those_over_everyone(ada, bot, grace, channel):
    path = f"/channels/{channel['id']}/messages"
    role = await bot.post(f"/guilds/{bot.guild_id}/roles", {"name": "writers", "permissions": "0"})
    await overwrite(ada, channel, bot.guild_id, kind=0, deny=SEND)
    assert (await grace.ask("POST", path, {"content": "x"})).code == 50013
    await bot.put(f"/guilds/{bot.guild_id}/members/{grace.user_id}/roles/{role['id']}")
    await overwrite(ada, channel, role["id"], kind=0, allow=SEND)
    await grace.say(channel)
    await overwrite(ada, channel, grace.user_id, kind=1, deny=SEND)
    assert (await grace.ask("POST", path, {"content": "x"})).code == 50013
    await ada.delete(f"/channels/{channel['id']}/permissions/{grace.user_id}")
    await grace.say(channel)
    assert (await ada.ask("DELETE", f"/channels/{channel['id']}/permissions/{grace.user_id}")).code == 10009


@pytest.mark.proves("permissions.administrator")
async def test_overwrites_do_not_bind_the_owner(bot, ada, channel):
    await overwrite(ada, channel, bot.guild_id, kind=0, deny=VIEW | SEND)
    await ada.say(channel, "still here")


@pytest.mark.proves("permissions.threads-inherit")
async def test_a_thread_has_the_permissions_of_its_channel(ada, bot, grace, channel):
    thread = await bot.post(f"/channels/{channel['id']}/threads", {"name": "t", "type": 11}, expect=201)
    await grace.say(thread)
    await overwrite(ada, channel, bot.guild_id, kind=0, deny=1 << 38)
    assert (await grace.ask("POST", f"/channels/{thread['id']}/messages", {"content": "x"})).code == 50013


@pytest.mark.proves("permissions.hierarchy")
async def test_nobody_changes_a_role_at_or_above_their_own(bot, ada, channel):
    roles = await bot.get(f"/guilds/{bot.guild_id}/roles")
    top = max(roles, key=lambda role: role["position"])
    assert (await bot.ask("PATCH", f"/guilds/{bot.guild_id}/roles/{top['id']}", {"name": "x"})).code == 50013
    more = {"name": "x", "permissions": str(1 << 3)}
    assert (await bot.ask("POST", f"/guilds/{bot.guild_id}/roles", more)).code == 50013
    assert (await ada.post(f"/guilds/{bot.guild_id}/roles", more))["name"] == "x"


@pytest.mark.proves("permissions.events")
async def test_events_of_a_hidden_channel_are_not_sent(ada, bot, grace, channel, connect):
    await overwrite(ada, channel, bot.user_id, kind=1, allow=VIEW)
    listener = await connect(grace.token)
    await overwrite(ada, channel, bot.guild_id, kind=0, deny=VIEW)
    assert (await listener.event("CHANNEL_DELETE"))["d"]["id"] == channel["id"]
    await bot.say(channel, "secret")
    assert "MESSAGE_CREATE" not in await listener.drain()
    await bot.post(f"/channels/{channel['id']}/threads", {"name": "t", "type": 11}, expect=201)
    await overwrite(ada, channel, bot.guild_id, kind=0)
    assert (await listener.event("CHANNEL_CREATE"))["d"]["id"] == channel["id"]
    sync = (await listener.event("THREAD_LIST_SYNC"))["d"]
    assert (sync["channel_ids"], sync["threads"][0]["name"]) == ([channel["id"]], "t")


@pytest.mark.proves("permissions.reactions")
async def test_the_first_use_of_an_emoji_needs_a_permission_joining_in_does_not(ada, bot, grace, channel):
    message = await bot.say(channel)
    path = f"/channels/{channel['id']}/messages/{message['id']}/reactions/✅"
    await overwrite(ada, channel, bot.guild_id, kind=0, deny=ADD_REACTIONS)
    await overwrite(ada, channel, bot.user_id, kind=1, allow=ADD_REACTIONS)
    assert (await grace.ask("PUT", f"{path}/@me")).code == 50013
    await bot.put(f"{path}/@me")
    await grace.put(f"{path}/@me")


@pytest.mark.proves("permissions.history")
async def test_without_the_right_to_read_history_it_is_empty(ada, bot, grace, channel):
    await bot.say(channel)
    await overwrite(ada, channel, bot.guild_id, kind=0, deny=1 << 16)
    assert await grace.get(f"/channels/{channel['id']}/messages") == []


@pytest.mark.proves("permissions.timeout")
async def test_a_timed_out_member_reads_but_does_not_write(local, ada, grace, channel):
    until = "2100-01-01T00:00:00+00:00"
    path = f"/guilds/{ada.guild_id}/members/{grace.user_id}"
    assert (await ada.ask("PATCH", path, {"communication_disabled_until": until})).code == 50035
    until = (datetime.fromisoformat(local.admin.now()) + timedelta(hours=1)).isoformat()
    await ada.patch(path, {"communication_disabled_until": until})
    await grace.get(f"/channels/{channel['id']}/messages")
    assert (await grace.ask("POST", f"/channels/{channel['id']}/messages", {"content": "x"})).code == 50013
    local.admin.advance(3601)
    await grace.say(channel)


@pytest.mark.proves("permissions.stranger")
async def test_a_stranger_to_the_guild_has_no_access(local, bot, ada):
    await ada.delete(f"/guilds/{ada.guild_id}/members/{bot.user_id}")
    assert (await bot.ask("GET", f"/guilds/{bot.guild_id}")).code == 50001
    assert await bot.get("/users/@me/guilds") == []


@pytest.mark.proves("slowmode")
async def test_slow_mode_makes_ordinary_members_wait(local, bot, grace, channel):
    await bot.patch(f"/channels/{channel['id']}", {"rate_limit_per_user": 10})
    await grace.say(channel)
    answer = await grace.ask("POST", f"/channels/{channel['id']}/messages", {"content": "x"})
    assert (answer.status, answer.code) == (429, 20016)
    await bot.say(channel)
    local.admin.advance(11)
    await grace.say(channel)


async def give_role(ada, user_id, name, permissions):
    """A new role of a member. New roles share position 1, where the older one is the higher."""
    role = await ada.post(f"/guilds/{ada.guild_id}/roles", {"name": name, "permissions": str(permissions)})
    await ada.put(f"/guilds/{ada.guild_id}/members/{user_id}/roles/{role['id']}")
    return role


@pytest.mark.proves("members.outranked")
@pytest.mark.parametrize("change", ["nick", "timeout", "end of timeout", "kick", "ban"])
@pytest.mark.parametrize("who", ["owner", "above", "equal", "below"])
async def test_only_members_below_oneself_can_be_changed(ada, bot, other_bot, grace, local, change, who):
    manager = 1 << 1 | 1 << 2 | 1 << 27 | 1 << 40
    high = await give_role(ada, other_bot.user_id, "high", 0)
    low = await give_role(ada, other_bot.user_id, "low", manager)
    roles = [{"id": high["id"], "position": 9}, {"id": low["id"], "position": 8}]
    await ada.patch(f"/guilds/{ada.guild_id}/roles", roles)
    member = {"owner": ada, "above": other_bot, "equal": other_bot, "below": grace}[who]
    await ada.patch(f"/guilds/{ada.guild_id}/members/{bot.user_id}", {"roles": [low["id"]]})
    theirs = {"above": [high["id"]], "equal": [low["id"]]}.get(who, [])
    if who != "owner":
        await ada.patch(f"/guilds/{ada.guild_id}/members/{member.user_id}", {"roles": theirs})
    path = f"/guilds/{ada.guild_id}/members/{member.user_id}"
    until = (datetime.fromisoformat(local.admin.now()) + timedelta(hours=1)).isoformat()
    method, path, body = {
        "nick": ("PATCH", path, {"nick": "renamed"}),
        "timeout": ("PATCH", path, {"communication_disabled_until": until}),
        "end of timeout": ("PATCH", path, {"communication_disabled_until": None}),
        "kick": ("DELETE", path, None),
        "ban": ("PUT", path.replace("/members/", "/bans/"), {}),
    }[change]
    answer = await bot.ask(method, path, body)
    if who == "below":
        assert answer.status in (200, 204)
    else:
        assert (answer.status, answer.code) == (403, 50013)


@pytest.mark.proves("members.whole")
async def test_a_refused_change_of_a_member_changes_nothing(ada, grace):
    path = f"/guilds/{ada.guild_id}/members/{grace.user_id}"
    assert (await ada.ask("PATCH", path, {"nick": "new", "roles": ["123"]})).code == 10011
    assert (await ada.get(path))["nick"] is None


@pytest.mark.proves("members.voice")
@pytest.mark.parametrize("body", [{"mute": True}, {"deaf": False}, {"channel_id": None}, {"channel_id": "1"}])
async def test_who_is_not_in_voice_is_not_muted_or_moved(ada, bot, grace, body):
    path = f"/guilds/{ada.guild_id}/members/{grace.user_id}"
    answer = await ada.ask("PATCH", path, {"nick": "new"} | body)
    assert (answer.status, answer.code) == (400, 40032)
    assert (await ada.get(path))["nick"] is None
    assert (await bot.ask("PATCH", path, body)).code == 50013
