"""The guild: channels, roles, members, and its audit log."""

import pytest

pytestmark = pytest.mark.anyio


@pytest.mark.proves("channels.kinds")
@pytest.mark.parametrize("kind", [0, 2, 4, 5, 13, 15, 16])
async def test_channels_of_every_kind_can_be_made(bot, kind):
    channel = await bot.post(f"/guilds/{bot.guild_id}/channels", {"name": "Any Name", "type": kind}, expect=201)
    assert channel["type"] == kind
    assert channel["name"] == ("any-name" if kind in (0, 5, 15, 16) else "Any Name")


@pytest.mark.proves("channels.checked")
@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"name": "x", "type": 99}, "type"),
        ({"name": "x", "topic": "x" * 1025}, "topic"),
        ({"name": "x", "type": 15, "topic": "x" * 4097}, "topic"),
        ({"name": "x", "rate_limit_per_user": 21601}, "rate_limit_per_user"),
        ({"name": "x", "parent_id": "1"}, "parent_id"),
        ({"name": ""}, "name"),
        ({"name": "  \t "}, "name"),
        ({"name": "   ", "type": 2}, "name"),
        ({"name": "x", "permission_overwrites": [{"id": "1", "type": 5}]}, "permission_overwrites"),
    ],
)
async def test_a_channel_beyond_a_limit_is_refused_at_its_place(bot, body, place):
    answer = await bot.ask("POST", f"/guilds/{bot.guild_id}/channels", body)
    assert (answer.code, list(answer.body["errors"])) == (50035, [place])
    assert len(faults_in(answer.body["errors"])) == 1


def faults_in(place):
    """Every fault below a place of the nested `errors`."""
    inner = [fault for name, value in place.items() if name != "_errors" for fault in faults_in(value)]
    return place.get("_errors", []) + inner


@pytest.mark.proves("channels.checked")
async def test_a_channel_is_not_renamed_to_blanks_and_has_overwrites_of_roles_and_members_only(bot, channel):
    path = f"/channels/{channel['id']}"
    assert list((await bot.ask("PATCH", path, {"name": "  "})).body["errors"]) == ["name"]
    answer = await bot.ask("PUT", f"{path}/permissions/{bot.user_id}", {"type": 5, "allow": "0"})
    assert (answer.code, list(answer.body["errors"])) == (50035, ["type"])
    assert (await bot.get(path)) == channel


@pytest.mark.proves("channels.limits")
async def test_a_guild_and_a_category_hold_so_many_channels(local, bot):
    path = f"/guilds/{bot.guild_id}/channels"
    category = await bot.post(path, {"name": "c", "type": 4}, expect=201)
    for _ in range(50):
        await bot.post(path, {"name": "x", "parent_id": category["id"]}, expect=201)
    assert (await bot.ask("POST", path, {"name": "x", "parent_id": category["id"]})).code == 50035
    local.admin.set_limits(local.admin.limits.changed({"channels_per_guild": 10}))
    assert (await bot.ask("POST", path, {"name": "x"})).code == 30013


@pytest.mark.proves("channels.delete")
async def test_a_deleted_category_leaves_its_channels(bot, connect):
    listener = await connect(bot.token)
    path = f"/guilds/{bot.guild_id}/channels"
    category = await bot.post(path, {"name": "c", "type": 4}, expect=201)
    child = await bot.post(path, {"name": "x", "parent_id": category["id"]}, expect=201)
    await bot.delete(f"/channels/{category['id']}", expect=200)
    assert (await bot.get(f"/channels/{child['id']}"))["parent_id"] is None
    assert (await listener.event("CHANNEL_DELETE"))["d"]["id"] == category["id"]
    assert (await bot.ask("GET", f"/channels/{category['id']}")).code == 10003


@pytest.mark.proves("channels.move")
async def test_channels_are_moved(bot, channel):
    await bot.patch(f"/guilds/{bot.guild_id}/channels", [{"id": channel["id"], "position": 7}], expect=204)
    assert (await bot.get(f"/channels/{channel['id']}"))["position"] == 7


@pytest.mark.proves("roles.manage")
async def test_roles_are_made_changed_given_and_deleted(bot, grace, connect):
    listener = await connect(bot.token)
    path = f"/guilds/{bot.guild_id}/roles"
    role = await bot.post(path, {"name": "team", "color": 255, "mentionable": True})
    assert (await listener.event("GUILD_ROLE_CREATE"))["d"]["role"]["id"] == role["id"]
    assert (await bot.patch(f"{path}/{role['id']}", {"name": "crew"}))["name"] == "crew"
    member = f"/guilds/{bot.guild_id}/members/{grace.user_id}"
    await bot.put(f"{member}/roles/{role['id']}")
    assert (await bot.get(member))["roles"] == [role["id"]]
    assert (await listener.event("GUILD_MEMBER_UPDATE"))["d"]["roles"] == [role["id"]]
    assert (await bot.patch(member, {"roles": []}))["roles"] == []
    await bot.put(f"{member}/roles/{role['id']}")
    await bot.delete(f"{path}/{role['id']}")
    assert (await bot.get(member))["roles"] == []
    assert (await bot.ask("GET", f"{path}/{role['id']}")).code == 10011


@pytest.mark.proves("members.read")
async def test_members_are_listed_searched_and_unknown(bot, grace):
    path = f"/guilds/{bot.guild_id}/members"
    everyone = await bot.get(path, limit=1000)
    assert len(everyone) == 4
    assert len(await bot.get(path)) == 1
    assert [m["user"]["username"] for m in await bot.get(f"{path}/search", query="gra")] == ["grace"]
    assert (await bot.ask("GET", f"{path}/1")).code == 10007
    assert (await bot.ask("GET", "/users/1")).code == 10013


@pytest.mark.proves("members.nick")
async def test_people_name_themselves_and_managers_name_others(bot, grace):
    mine = f"/guilds/{bot.guild_id}/members/@me"
    assert (await grace.patch(mine, {"nick": "Gracie"}))["nick"] == "Gracie"
    other = f"/guilds/{bot.guild_id}/members/{bot.user_id}"
    assert (await grace.ask("PATCH", other, {"nick": "x"})).code == 50013
    assert (await bot.ask("PATCH", mine, {"nick": "x" * 33})).code == 50035


@pytest.mark.proves("members.intent")
async def test_listing_members_needs_the_privileged_intent(local, bot):
    local.admin.set_privileged(bot.user_id, "message_content")
    assert (await bot.ask("GET", f"/guilds/{bot.guild_id}/members")).code == 50001


@pytest.mark.proves("audit.log")
async def test_what_was_done_is_logged_with_who_what_and_why(bot, ada, channel):
    await bot.patch(f"/channels/{channel['id']}", {"topic": "new"}, reason="because%20so")
    message = await ada.say(channel)
    await bot.delete(f"/channels/{channel['id']}/messages/{message['id']}", reason="spam")
    log = await bot.get(f"/guilds/{bot.guild_id}/audit-logs")
    deleted, changed, created = log["audit_log_entries"][:3]
    assert (deleted["action_type"], deleted["target_id"], deleted["reason"]) == (72, ada.user_id, "spam")
    assert (changed["action_type"], changed["reason"]) == (11, "because so")
    assert changed["changes"] == [{"key": "topic", "new_value": "new"}]
    assert (created["action_type"], created["user_id"]) == (10, bot.user_id)
    only = await bot.get(f"/guilds/{bot.guild_id}/audit-logs", action_type=72)
    assert [entry["id"] for entry in only["audit_log_entries"]] == [deleted["id"]]
    assert {user["id"] for user in only["users"]} == {ada.user_id, bot.user_id}


@pytest.mark.proves("pins.system-message")
async def test_a_pin_is_announced_listed_and_taken_back(bot, channel, connect):
    listener = await connect(bot.token)
    messages = [await bot.say(channel, str(n)) for n in range(2)]
    path = f"/channels/{channel['id']}/messages/pins"
    for message in messages:
        await bot.put(f"{path}/{message['id']}")
        await bot.put(f"{path}/{message['id']}")
    listed = await bot.get(path)
    assert [item["message"]["id"] for item in listed["items"]] == [m["id"] for m in reversed(messages)]
    page = await bot.get(path, limit=1)
    assert page["has_more"]
    rest = await bot.get(path, before=page["items"][0]["pinned_at"])
    assert [item["message"]["id"] for item in rest["items"]] == [messages[0]["id"]]
    system = [m for m in await bot.get(f"/channels/{channel['id']}/messages") if m["type"] == 6]
    assert len(system) == 2
    assert system[0]["message_reference"]["message_id"] == messages[1]["id"]
    assert (await listener.event("CHANNEL_PINS_UPDATE"))["d"]["channel_id"] == channel["id"]
    await bot.delete(f"{path}/{messages[0]['id']}")
    assert len((await bot.get(path))["items"]) == 1
    assert (await bot.ask("PUT", f"{path}/{system[0]['id']}")).code == 50021


@pytest.mark.proves("pins.limit")
async def test_a_channel_has_so_many_pins(local, bot, channel):
    local.admin.set_limits(local.admin.limits.changed({"pins": 1}))
    first, second = await bot.say(channel), await bot.say(channel)
    await bot.put(f"/channels/{channel['id']}/messages/pins/{first['id']}")
    assert (await bot.ask("PUT", f"/channels/{channel['id']}/messages/pins/{second['id']}")).code == 30003


@pytest.mark.proves("reactions.add-remove")
async def test_reactions_count_users_once_and_are_taken_back(bot, grace, channel, connect):
    listener = await connect(grace.token)
    message = await bot.say(channel)
    path = f"/channels/{channel['id']}/messages/{message['id']}"
    for client in (bot, bot, grace):
        await client.put(f"{path}/reactions/✅/@me")
    (reaction,) = (await bot.get(path))["reactions"]
    assert (reaction["count"], reaction["me"], reaction["emoji"]) == (2, True, {"id": None, "name": "✅"})
    assert {user["id"] for user in await bot.get(f"{path}/reactions/✅")} == {bot.user_id, grace.user_id}
    added = (await listener.event("MESSAGE_REACTION_ADD"))["d"]
    assert (added["user_id"], added["message_author_id"]) == (bot.user_id, bot.user_id)
    await bot.delete(f"{path}/reactions/✅/{grace.user_id}")
    await bot.delete(f"{path}/reactions/✅/@me")
    assert "reactions" not in await bot.get(path)
    assert (await grace.ask("DELETE", f"{path}/reactions")).code == 50013


@pytest.mark.proves("reactions.limits")
async def test_a_message_has_20_emoji_and_none_that_are_not_emoji(local, bot, channel):
    message = await bot.say(channel)
    path = f"/channels/{channel['id']}/messages/{message['id']}/reactions"
    for number in range(20):
        await bot.put(f"{path}/{chr(0x1F600 + number)}/@me")
    assert (await bot.ask("PUT", f"{path}/{chr(0x1F700)}/@me")).code == 30010
    own = await bot.say(channel)
    custom = f"blob:{local.admin.add_emoji('blob')}"
    await bot.put(f"/channels/{channel['id']}/messages/{own['id']}/reactions/{custom}/@me")
    shown = await bot.get(f"/channels/{channel['id']}/messages/{own['id']}")
    assert shown["reactions"][0]["emoji"]["name"] == "blob"
    for wrong in ("word", "日本", "name:1"):
        assert (await bot.ask("PUT", f"{path}/{wrong}/@me")).code == 10014


@pytest.mark.proves("lists.empty")
async def test_what_clients_ask_for_at_their_start_is_there_if_empty(bot):
    guild, application = f"/guilds/{bot.guild_id}", f"/applications/{bot.user_id}"
    for path in ("/regions", "/stickers", "/scheduled-events", "/auto-moderation/rules", "/integrations"):
        assert await bot.get(guild + path) == []
    assert await bot.get("/soundboard-default-sounds") == await bot.get("/voice/regions") == []
    assert (await bot.get(f"{guild}/soundboard-sounds")) == await bot.get(f"{application}/emojis") == {"items": []}
    assert set((await bot.get(f"{guild}/roles/member-counts")).values()) == {1}


@pytest.mark.proves("errors.not-built")
async def test_what_is_not_built_says_so_by_404_or_405_with_code_0(bot, channel):
    guild = f"/guilds/{bot.guild_id}"
    for method, path, status in (
        ("POST", f"{guild}/stickers", 405),
        ("POST", f"{guild}/scheduled-events", 405),
        ("POST", f"{guild}/auto-moderation/rules", 405),
        ("POST", f"{guild}/soundboard-sounds", 405),
        ("POST", f"{guild}/templates", 405),
        ("POST", f"/applications/{bot.user_id}/emojis", 405),
        ("GET", f"{guild}/prune", 404),
        ("POST", f"{guild}/prune", 404),
        ("GET", f"{guild}/vanity-url", 404),
        ("GET", f"{guild}/stickers/1", 404),
        ("POST", "/stage-instances", 404),
        ("POST", f"/channels/{channel['id']}/polls/1/expire", 404),
    ):
        answer = await bot.ask(method, path)
        assert (answer.status, answer.code) == (status, 0), path


@pytest.mark.proves("typing")
async def test_others_see_someone_typing(bot, grace, channel, connect):
    listener = await connect(bot.token)
    await grace.post(f"/channels/{channel['id']}/typing", expect=204)
    assert (await listener.event("TYPING_START"))["d"]["user_id"] == grace.user_id


@pytest.mark.proves("guild.edit")
async def test_the_guild_is_renamed_and_shown(bot, connect):
    listener = await connect(bot.token)
    path = f"/guilds/{bot.guild_id}"
    assert (await bot.patch(path, {"name": "New name", "description": "ours"}))["name"] == "New name"
    assert (await listener.event("GUILD_UPDATE"))["d"]["description"] == "ours"
    assert (await bot.get(path, with_counts="true"))["approximate_member_count"] == 4
    assert (await bot.get(f"{path}/preview"))["name"] == "New name"
    assert (await bot.ask("PATCH", path, {"name": "x"})).code == 50035
    assert (await bot.ask("GET", "/guilds/1")).code == 10004


@pytest.mark.proves("users.me")
async def test_a_user_knows_itself_and_its_guilds(bot, ada, connect):
    listener = await connect(bot.token)
    assert (await bot.patch("/users/@me", {"username": "renamed"}))["username"] == "renamed"
    assert (await listener.event("USER_UPDATE"))["d"]["username"] == "renamed"
    (guild,) = await ada.get("/users/@me/guilds", with_counts="true")
    assert (guild["owner"], guild["approximate_member_count"]) == (True, 4)
    assert await ada.get("/users/@me/guilds", after=guild["id"]) == []
    assert (await bot.get(f"/users/@me/guilds/{guild['id']}/member"))["user"]["id"] == bot.user_id
    assert (await bot.get("/oauth2/@me"))["user"]["id"] == bot.user_id
    assert (await bot.patch("/applications/@me", {"description": "helps", "tags": ["a"]}))["description"] == "helps"
    assert await ada.get("/users/@me/channels") == []
    assert (await bot.ask("GET", "/users/@me/channels")).code == 20001


@pytest.mark.proves("roles.move")
async def test_roles_below_ones_own_are_moved(ada, bot):
    path = f"/guilds/{ada.guild_id}/roles"
    first, second = [await ada.post(path, {"name": name}) for name in ("a", "b")]
    moved = await ada.patch(path, [{"id": first["id"], "position": 5}])
    assert [(role["name"], role["position"]) for role in moved] == [
        *(("@everyone", 0), ("b", 1), ("coordinator", 2), ("assistant", 3), ("a", 4))
    ]
    assert (await bot.ask("PATCH", path, [{"id": first["id"], "position": 1}])).code == 50013
    assert (await ada.ask("PATCH", path, [{"id": "1", "position": 1}])).code == 10011
    assert (await ada.get(f"{path}/{second['id']}"))["name"] == "b"
    managed = next(role for role in moved if role["managed"])
    assert (await ada.ask("DELETE", f"{path}/{managed['id']}")).code == 50028


@pytest.mark.proves("roles.position")
async def test_new_roles_share_position_1_where_the_older_is_the_higher(ada, bot, grace):
    path = f"/guilds/{ada.guild_id}/roles"
    first, second = [await ada.post(path, {"name": name}) for name in ("first", "second")]
    assert (first["position"], second["position"]) == (1, 1)
    assert await order_of(ada) == ["@everyone", "second", "first", "coordinator", "assistant"]
    await ada.patch(f"{path}/{first['id']}", {"permissions": str(1 << 28)})
    member = f"/guilds/{ada.guild_id}/members"
    await ada.put(f"{member}/{grace.user_id}/roles/{first['id']}")
    assert (await grace.patch(f"{path}/{second['id']}", {"name": "below"}))["name"] == "below"
    assert (await grace.ask("PATCH", f"{path}/{first['id']}", {"name": "mine"})).code == 50013
    assert (await grace.ask("PUT", f"{member}/{bot.user_id}/roles/{first['id']}")).code == 50013


async def order_of(client):
    return [role["name"] for role in await client.get(f"/guilds/{client.guild_id}/roles")]


@pytest.mark.proves("roles.move")
async def test_a_list_of_all_roles_is_accepted_when_those_above_stay_as_they_are(ada, bot, connect):
    listener = await connect(bot.token)
    path = f"/guilds/{ada.guild_id}/roles"
    a, b, c = [await ada.post(path, {"name": name}) for name in "abc"]
    everyone, *_, coordinator, assistant = await bot.get(path)
    assert await order_of(bot) == ["@everyone", "c", "b", "a", "coordinator", "assistant"]
    wanted = [everyone, a, c, b, coordinator, assistant]
    await bot.patch(path, [{"id": role["id"], "position": place} for place, role in enumerate(wanted)])
    assert await order_of(bot) == ["@everyone", "a", "c", "b", "coordinator", "assistant"]
    told = [(await listener.event("GUILD_ROLE_UPDATE"))["d"]["role"] for _ in range(4)]
    assert [(role["name"], role["position"]) for role in told] == [
        *(("c", 2), ("b", 3), ("coordinator", 4), ("assistant", 5))
    ]
    assert "GUILD_ROLE_UPDATE" not in await listener.drain()


@pytest.mark.proves("roles.move", "permissions.hierarchy")
async def test_a_move_out_of_ones_reach_moves_no_role_at_all(ada, bot):
    path = f"/guilds/{ada.guild_id}/roles"
    a, b = [await ada.post(path, {"name": name}) for name in "ab"]
    before = await ada.patch(path, [{"id": a["id"], "position": 1}])
    assert [role["position"] for role in before] == [0, 1, 2, 3, 4]
    everyone, *_, coordinator, assistant = before
    for out_of_reach, code in (
        ({"id": b["id"], "position": coordinator["position"]}, 50013),
        ({"id": b["id"], "position": assistant["position"] + 1}, 50013),
        ({"id": coordinator["id"], "position": 1}, 50013),
        ({"id": assistant["id"], "position": 1}, 50013),
        ({"id": everyone["id"], "position": 1}, 50028),
        ({"id": "1", "position": 1}, 10011),
        ({"id": b["id"], "position": -1}, 50035),
    ):
        body = [{"id": a["id"], "position": 1}, {"id": b["id"], "position": 2}, out_of_reach]
        assert (await bot.ask("PATCH", path, body)).code == code
        assert await bot.get(path) == before


@pytest.mark.proves("reactions.clear")
async def test_a_manager_clears_one_emoji_or_all(bot, grace, channel, connect):
    listener = await connect(bot.token)
    message = await grace.say(channel)
    path = f"/channels/{channel['id']}/messages/{message['id']}"
    for emoji in "✅❌":
        await grace.put(f"{path}/reactions/{emoji}/@me")
    await bot.delete(f"{path}/reactions/✅")
    assert [reaction["emoji"]["name"] for reaction in (await bot.get(path))["reactions"]] == ["❌"]
    await bot.delete(f"{path}/reactions")
    assert "reactions" not in await bot.get(path)
    assert (await listener.event("MESSAGE_REACTION_REMOVE_EMOJI"))["d"]["emoji"]["name"] == "✅"
    assert (await listener.event("MESSAGE_REACTION_REMOVE_ALL"))["d"]["message_id"] == message["id"]
    assert (await bot.ask("DELETE", f"{path}/reactions/✅/@me")).code == 10014


@pytest.mark.proves("http.numbers")
async def test_a_whole_number_may_be_written_with_a_point(bot, channel):
    path = f"/channels/{channel['id']}"
    assert (await bot.patch(path, {"rate_limit_per_user": 5.0}))["rate_limit_per_user"] == 5
    assert (await bot.patch(path, {"type": 0.0}))["type"] == 0
    embed = {"title": "t", "color": 255.0}
    assert (await bot.say(channel, embeds=[embed]))["embeds"][0]["color"] == 255
    for wrong in (5.5, True, "5.0", " 5"):
        answer = await bot.ask("PATCH", path, {"rate_limit_per_user": wrong})
        assert (answer.code, list(answer.body["errors"])) == (50035, ["rate_limit_per_user"]), wrong
