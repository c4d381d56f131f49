"""Threads: one per message, their archive, members, and posts of forums."""

import asyncio

import pytest

pytestmark = pytest.mark.anyio


async def start(client, channel, message, name="task"):
    return await client.post(f"/channels/{channel['id']}/messages/{message['id']}/threads", {"name": name}, expect=201)


@pytest.fixture
async def thread(bot, channel):
    return await start(bot, channel, await bot.say(channel))


@pytest.mark.proves("threads.same-id")
async def test_a_thread_has_the_id_of_its_message_which_then_says_so(bot, channel, connect):
    listener = await connect(bot.token)
    message = await bot.say(channel)
    thread = await start(bot, channel, message)
    assert (thread["id"], thread["type"], thread["owner_id"]) == (message["id"], 11, bot.user_id)
    created = (await listener.event("THREAD_CREATE"))["d"]
    assert (created["id"], created["newly_created"]) == (message["id"], True)
    updated = (await listener.event("MESSAGE_UPDATE"))["d"]
    assert updated["flags"] & 32
    assert updated["thread"]["id"] == thread["id"]


@pytest.mark.proves("threads.one-per-message")
async def test_of_many_that_start_a_thread_at_once_one_wins_and_the_others_get_160004(bot, other_bot, channel):
    message = await bot.say(channel)
    path = f"/channels/{channel['id']}/messages/{message['id']}/threads"
    racers = [client.ask("POST", path, {"name": str(n)}) for n in range(4) for client in (bot, other_bot)]
    answers = await asyncio.gather(*racers)
    assert sorted(answer.status for answer in answers) == [201, *[400] * 7]
    assert {answer.code for answer in answers if answer.status == 400} == {160004}


@pytest.mark.proves("threads.deleted")
async def test_a_message_whose_thread_was_deleted_gets_no_other(bot, channel):
    message = await bot.say(channel)
    thread = await start(bot, channel, message)
    await bot.delete(f"/channels/{thread['id']}", expect=200)
    path = f"/channels/{channel['id']}/messages/{message['id']}/threads"
    assert (await bot.ask("POST", path, {"name": "again"})).code == 160004


@pytest.mark.proves("threads.name")
@pytest.mark.parametrize("name", ["", "   ", "x" * 101, None])
async def test_a_thread_name_has_1_to_100_characters(bot, channel, name):
    message = await bot.say(channel)
    path = f"/channels/{channel['id']}/messages/{message['id']}/threads"
    answer = await bot.ask("POST", path, {"name": name})
    assert (answer.code, list(answer.body["errors"])) == (50035, ["name"])


@pytest.mark.proves("threads.auto-archive-values")
async def test_the_time_to_the_archive_is_one_of_four(bot, channel):
    message = await bot.say(channel)
    path = f"/channels/{channel['id']}/messages/{message['id']}/threads"
    answer = await bot.ask("POST", path, {"name": "x", "auto_archive_duration": 61})
    assert "auto_archive_duration" in answer.body["errors"]


@pytest.mark.proves("threads.without-message")
async def test_a_thread_without_a_message_is_announced_in_its_channel(bot, channel):
    thread = await bot.post(f"/channels/{channel['id']}/threads", {"name": "free", "type": 11}, expect=201)
    (announcement,) = await bot.get(f"/channels/{channel['id']}/messages")
    assert (announcement["type"], announcement["content"]) == (18, "free")
    assert announcement["message_reference"]["channel_id"] == thread["id"]


@pytest.mark.proves("threads.private")
async def test_a_private_thread_is_seen_by_its_members_and_managers_only(bot, grace, channel):
    thread = await bot.post(f"/channels/{channel['id']}/threads", {"name": "secret"}, expect=201)
    assert thread["type"] == 12
    assert (await grace.ask("GET", f"/channels/{thread['id']}")).code == 50001
    await bot.put(f"/channels/{thread['id']}/thread-members/{grace.user_id}")
    assert (await grace.get(f"/channels/{thread['id']}"))["member"]["user_id"] == grace.user_id


@pytest.mark.proves("threads.archive")
async def test_a_message_takes_a_thread_out_of_the_archive(bot, thread):
    path = f"/channels/{thread['id']}"
    archived = await bot.patch(path, {"archived": True})
    assert archived["thread_metadata"]["archived"]
    first = (await bot.get(f"{path}/messages"))[-1]
    assert (await bot.ask("PATCH", path, {"name": "new"})).code == 50083
    assert (await bot.ask("PUT", f"{path}/messages/{first['id']}/reactions/✅/@me")).code == 50083
    await bot.say(thread, "wake up")
    assert not (await bot.get(path))["thread_metadata"]["archived"]


@pytest.mark.proves("threads.lock")
async def test_a_locked_thread_is_written_to_by_managers_only(bot, grace, thread):
    path = f"/channels/{thread['id']}"
    await bot.patch(path, {"locked": True})
    answer = await grace.ask("POST", f"{path}/messages", {"content": "hi"})
    assert (answer.status, answer.code) == (400, 160005)
    await bot.say(thread, "I may")
    await bot.patch(path, {"archived": True})
    assert (await grace.ask("PATCH", path, {"archived": False})).code == 50013


@pytest.mark.proves("threads.auto-archive")
async def test_an_idle_thread_is_archived_when_its_time_is_over(local, bot, channel, connect):
    listener = await connect(bot.token)
    message = await bot.say(channel)
    body = {"name": "idle", "auto_archive_duration": 60}
    thread = await bot.post(f"/channels/{channel['id']}/messages/{message['id']}/threads", body, expect=201)
    local.admin.advance(59 * 60)
    assert not (await bot.get(f"/channels/{thread['id']}"))["thread_metadata"]["archived"]
    local.admin.advance(2 * 60)
    assert (await bot.get(f"/channels/{thread['id']}"))["thread_metadata"]["archived"]
    assert (await listener.event("THREAD_UPDATE"))["d"]["thread_metadata"]["archived"]


@pytest.mark.proves("threads.lists")
async def test_threads_are_listed_as_active_or_archived(bot, channel):
    threads = [await start(bot, channel, await bot.say(channel), f"t{n}") for n in range(3)]
    for thread in threads[:2]:
        await bot.patch(f"/channels/{thread['id']}", {"archived": True})
    active = await bot.get(f"/guilds/{bot.guild_id}/threads/active")
    assert [thread["id"] for thread in active["threads"]] == [threads[2]["id"]]
    path = f"/channels/{channel['id']}/threads/archived/public"
    page = await bot.get(path, limit=1)
    assert ([thread["id"] for thread in page["threads"]], page["has_more"]) == ([threads[1]["id"]], True)
    before = page["threads"][0]["thread_metadata"]["archive_timestamp"]
    page = await bot.get(path, before=before)
    assert ([thread["id"] for thread in page["threads"]], page["has_more"]) == ([threads[0]["id"]], False)


@pytest.mark.proves("threads.members")
async def test_writing_joining_and_being_mentioned_make_one_a_member(bot, ada, grace, thread, connect):
    listener = await connect(bot.token)
    path = f"/channels/{thread['id']}/thread-members"
    await ada.say(thread, f"<@{grace.user_id}>")
    members = {member["user_id"] for member in await bot.get(path)}
    assert members == {bot.user_id, ada.user_id, grace.user_id}
    await grace.delete(f"{path}/@me")
    assert (await bot.ask("GET", f"{path}/{grace.user_id}")).code == 10007
    updates = [(await listener.event("THREAD_MEMBERS_UPDATE"))["d"] for _ in range(3)]
    assert updates[-1]["removed_member_ids"] == [grace.user_id]
    with_member = await bot.get(path, with_member="true", limit=1)
    assert with_member[0]["member"]["user"]["id"] == with_member[0]["user_id"]


@pytest.mark.proves("threads.counts")
async def test_a_thread_counts_its_messages(bot, thread):
    message = await bot.say(thread, "one")
    await bot.say(thread, "two")
    await bot.delete(f"/channels/{thread['id']}/messages/{message['id']}")
    shown = await bot.get(f"/channels/{thread['id']}")
    assert (shown["message_count"], shown["total_message_sent"]) == (1, 2)


@pytest.mark.proves("threads.limit-active")
async def test_there_is_a_limit_of_active_threads(local, bot, channel):
    local.admin.set_limits(local.admin.limits.changed({"active_threads": 1}))
    await start(bot, channel, await bot.say(channel))
    message = await bot.say(channel)
    answer = await bot.ask("POST", f"/channels/{channel['id']}/messages/{message['id']}/threads", {"name": "x"})
    assert answer.code == 160006


@pytest.fixture
async def forum(bot):
    tags = [{"name": "bug"}, {"name": "staff", "moderated": True}]
    body = {"name": "tasks", "type": 15, "available_tags": tags}
    return await bot.post(f"/guilds/{bot.guild_id}/channels", body, expect=201)


@pytest.mark.proves("forum.post")
async def test_a_forum_post_starts_with_a_message_that_has_its_id(bot, forum):
    bug = forum["available_tags"][0]["id"]
    body = {"name": "post", "message": {"content": "body"}, "applied_tags": [bug]}
    post = await bot.post(f"/channels/{forum['id']}/threads?use_nested_fields=1", body, expect=201)
    assert (post["message"]["id"], post["message"]["content"]) == (post["id"], "body")
    assert post["applied_tags"] == [bug]
    assert (await bot.ask("POST", f"/channels/{forum['id']}/messages", {"content": "x"})).code == 50008
    assert (await bot.get(f"/channels/{post['id']}"))["message_count"] == 1


@pytest.mark.proves("forum.tags")
async def test_tags_are_the_forums_own_and_moderated_ones_need_a_manager(bot, grace, forum):
    path = f"/channels/{forum['id']}/threads"
    staff = forum["available_tags"][1]["id"]
    body = {"name": "p", "message": {"content": "x"}}
    assert (await bot.ask("POST", path, body | {"applied_tags": ["123"]})).code == 50035
    assert (await bot.ask("POST", path, body | {"applied_tags": ["1"] * 6})).code == 50035
    assert (await grace.ask("POST", path, body | {"applied_tags": [staff]})).code == 40066
    await bot.patch(f"/channels/{forum['id']}", {"flags": 16})
    assert (await bot.ask("POST", path, body)).code == 40067
    many = [{"name": str(n)} for n in range(21)]
    assert (await bot.ask("PATCH", f"/channels/{forum['id']}", {"available_tags": many})).code == 30048
    twins = [{"name": "same"}] * 2
    assert (await bot.ask("PATCH", f"/channels/{forum['id']}", {"available_tags": twins})).code == 40061


@pytest.mark.proves("forum.message-required")
async def test_a_forum_post_needs_a_message(bot, forum):
    path = f"/channels/{forum['id']}/threads"
    answer = await bot.ask("POST", path, {"name": "p"})
    assert (answer.code, list(answer.body["errors"])) == (50035, ["message"])
    assert (await bot.ask("POST", path, {"name": "p", "message": {"content": ""}})).code == 50006
    assert (await bot.get(f"/guilds/{bot.guild_id}/threads/active"))["threads"] == []


@pytest.mark.proves("forum.pinned")
async def test_one_post_of_a_forum_may_be_pinned_and_is_not_archived(local, bot, forum):
    path = f"/channels/{forum['id']}/threads"
    posts = [await bot.post(path, {"name": "p", "message": {"content": "x"}}, expect=201) for _ in range(2)]
    assert (await bot.patch(f"/channels/{posts[0]['id']}", {"flags": 2}))["flags"] == 2
    assert (await bot.ask("PATCH", f"/channels/{posts[1]['id']}", {"flags": 2})).code == 30047
    local.admin.advance(8 * 86_400)
    archived = [(await bot.get(f"/channels/{post['id']}"))["thread_metadata"]["archived"] for post in posts]
    assert archived == [False, True]


@pytest.mark.proves("threads.private-archive")
async def test_archived_private_threads_are_listed_to_managers_and_members(bot, ada, grace, channel):
    path = f"/channels/{channel['id']}"
    threads = [await bot.post(f"{path}/threads", {"name": f"t{n}", "type": 12}, expect=201) for n in range(2)]
    await bot.put(f"/channels/{threads[0]['id']}/thread-members/{grace.user_id}")
    for thread in threads:
        await bot.patch(f"/channels/{thread['id']}", {"archived": True})
    listed = await ada.get(f"{path}/threads/archived/private")
    assert [thread["id"] for thread in listed["threads"]] == [threads[1]["id"], threads[0]["id"]]
    assert (await grace.ask("GET", f"{path}/threads/archived/private")).code == 50013
    mine = await grace.get(f"{path}/users/@me/threads/archived/private")
    assert [thread["id"] for thread in mine["threads"]] == [threads[0]["id"]]


@pytest.mark.proves("threads.remove-member")
async def test_a_manager_removes_members_and_deletes_the_thread(bot, grace, thread, connect):
    listener = await connect(grace.token)
    path = f"/channels/{thread['id']}/thread-members"
    await grace.put(f"{path}/@me")
    assert (await grace.get(f"{path}/@me"))["user_id"] == grace.user_id
    assert (await grace.ask("DELETE", f"{path}/{bot.user_id}")).code == 50013
    await bot.delete(f"{path}/{grace.user_id}")
    assert (await bot.ask("DELETE", f"{path}/{grace.user_id}")).code == 10007
    await bot.delete(f"/channels/{thread['id']}", expect=200)
    assert (await listener.event("THREAD_DELETE"))["d"]["parent_id"] == thread["parent_id"]


@pytest.mark.proves("threads.member-limit")
async def test_a_thread_has_so_many_members(local, grace, thread):
    local.admin.set_limits(local.admin.limits.changed({"thread_members": 1}))
    assert (await grace.ask("PUT", f"/channels/{thread['id']}/thread-members/@me")).code == 30033


@pytest.mark.proves("threads.rename")
async def test_a_renamed_thread_says_so_once(bot, ada, thread, connect):
    listener = await connect(bot.token)
    path = f"/channels/{thread['id']}"
    await ada.patch(path, {"name": "new name"})
    created = (await listener.event("MESSAGE_CREATE"))["d"]
    assert (created["type"], created["content"], created["channel_id"]) == (4, "new name", thread["id"])
    assert created["author"]["id"] == ada.user_id
    await ada.patch(path, {"name": "new name", "auto_archive_duration": 60})
    assert [message["type"] for message in await bot.get(f"{path}/messages")] == [4, 21]
    assert (await bot.ask("PATCH", f"{path}/messages/{created['id']}", {"content": "x"})).code in (50005, 50021)


@pytest.mark.proves("threads.rename")
async def test_a_thread_is_renamed_while_it_is_archived_or_taken_out(bot, thread):
    path = f"/channels/{thread['id']}"
    archived = await bot.patch(path, {"name": "done", "archived": True})
    assert (archived["name"], archived["thread_metadata"]["archived"]) == ("done", True)
    again = await bot.patch(path, {"name": "again", "archived": False})
    assert (again["name"], again["thread_metadata"]["archived"]) == ("again", False)
    assert [message["content"] for message in await bot.get(f"{path}/messages", limit=2)] == ["again", "done"]


@pytest.mark.proves("threads.no-overwrites")
async def test_a_thread_has_no_overwrites_webhooks_or_invites(bot, ada, grace, thread):
    path = f"/channels/{thread['id']}"
    for method, below, body in (
        ("PUT", f"permissions/{grace.user_id}", {"type": 1, "allow": "1024"}),
        ("DELETE", f"permissions/{grace.user_id}", None),
        ("POST", "webhooks", {"name": "x"}),
        ("POST", "invites", {}),
        ("POST", "threads", {"name": "x", "type": 11}),
    ):
        answer = await ada.ask(method, f"{path}/{below}", body)
        assert (answer.status, answer.code) == (400, 50024), below
    direct = await bot.post("/users/@me/channels", {"recipient_id": grace.user_id})
    answer = await bot.ask("PUT", f"/channels/{direct['id']}/permissions/{grace.user_id}", {"type": 1})
    assert (answer.status, answer.code) == (403, 50003)
