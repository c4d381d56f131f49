"""Webhooks: made in a channel, executed with nothing but their token."""

import pytest
from localcord_client import Http, form

pytestmark = pytest.mark.anyio


@pytest.fixture
async def hook(bot, channel):
    return await bot.post(f"/channels/{channel['id']}/webhooks", {"name": "agent"})


@pytest.fixture
async def nobody(local):
    async with Http(local, None) as client:
        yield client


def url(hook, tail=""):
    return f"/webhooks/{hook['id']}/{hook['token']}{tail}"


@pytest.mark.proves("webhooks.execute")
async def test_a_webhook_speaks_with_a_name_of_its_own_and_answers_when_asked_to_wait(nobody, bot, channel, hook):
    assert await nobody.post(url(hook), {"content": "quiet"}, expect=204) is None
    message = await nobody.post(url(hook, "?wait=true"), {"content": "loud", "username": "agent-7"})
    assert (message["author"]["username"], message["webhook_id"]) == ("agent-7", hook["id"])
    assert message["author"]["bot"] is True
    contents = [m["content"] for m in await bot.get(f"/channels/{channel['id']}/messages")]
    assert contents == ["loud", "quiet"]


@pytest.mark.proves("webhooks.messages")
async def test_a_webhook_edits_and_deletes_its_own_messages_only(nobody, bot, channel, hook):
    message = await nobody.post(url(hook, "?wait=1"), {"content": "a"})
    place = url(hook, f"/messages/{message['id']}")
    assert (await nobody.patch(place, {"content": "b"}))["content"] == "b"
    assert (await nobody.get(place))["content"] == "b"
    other = await bot.say(channel)
    assert (await nobody.ask("PATCH", url(hook, f"/messages/{other['id']}"), {"content": "x"})).code == 10008
    await nobody.delete(place)
    assert (await nobody.ask("GET", place)).code == 10008


@pytest.mark.proves("webhooks.threads")
async def test_a_webhook_posts_into_threads_of_its_channel(nobody, bot, channel, hook):
    thread = await bot.post(f"/channels/{channel['id']}/threads", {"name": "t", "type": 11}, expect=201)
    message = await nobody.post(url(hook, f"?wait=1&thread_id={thread['id']}"), {"content": "in thread"})
    assert message["channel_id"] == thread["id"]
    place = url(hook, f"/messages/{message['id']}")
    assert (await nobody.ask("GET", place)).code == 10008
    assert (await nobody.get(f"{place}?thread_id={thread['id']}"))["id"] == message["id"]
    assert (await nobody.ask("POST", url(hook, "?thread_id=1"), {"content": "x"})).code == 10003
    assert (await nobody.ask("POST", url(hook), {"content": "x", "thread_name": "n"})).code == 220003


@pytest.mark.proves("webhooks.forum")
async def test_a_webhook_in_a_forum_starts_posts(nobody, bot):
    forum = await bot.post(f"/guilds/{bot.guild_id}/channels", {"name": "f", "type": 15}, expect=201)
    hook = await bot.post(f"/channels/{forum['id']}/webhooks", {"name": "agent"})
    assert (await nobody.ask("POST", url(hook), {"content": "x"})).code == 220001
    message = await nobody.post(url(hook, "?wait=1"), {"content": "body", "thread_name": "post"})
    assert message["id"] == message["channel_id"]
    assert (await bot.get(f"/channels/{message['channel_id']}"))["name"] == "post"


@pytest.mark.proves("webhooks.names")
@pytest.mark.parametrize("name", ["", "x" * 81, "Clyde", "my discord hook"])
async def test_a_webhook_may_not_have_such_a_name(bot, channel, hook, nobody, name):
    answer = await bot.ask("POST", f"/channels/{channel['id']}/webhooks", {"name": name})
    assert (answer.code, list(answer.body["errors"])) == (50035, ["name"])
    answer = await nobody.ask("POST", url(hook), {"content": "x", "username": name})
    assert answer.code == 50035


@pytest.mark.proves("webhooks.limits")
async def test_a_channel_has_15_webhooks_at_most(bot, channel):
    for number in range(15):
        await bot.post(f"/channels/{channel['id']}/webhooks", {"name": f"w{number}"})
    assert (await bot.ask("POST", f"/channels/{channel['id']}/webhooks", {"name": "w"})).code == 30007


@pytest.mark.proves("webhooks.tokens")
async def test_the_token_is_checked_and_shown_to_its_own_application_only(nobody, bot, other_bot, ada, channel, hook):
    wrong = {"id": hook["id"], "token": "wrong"}
    answer = await nobody.ask("POST", url(wrong), {"content": "x"})
    assert (answer.status, answer.code) == (401, 50027)
    assert (await nobody.ask("POST", url({"id": "1", "token": "x"}), {"content": "x"})).code == 10015
    (seen,) = await other_bot.get(f"/channels/{channel['id']}/webhooks")
    assert "token" not in seen
    assert (await bot.get(f"/guilds/{bot.guild_id}/webhooks"))[0]["token"] == hook["token"]
    assert "user" not in await nobody.get(url(hook))


@pytest.mark.proves("webhooks.manage")
async def test_a_webhook_is_renamed_moved_and_deleted(nobody, bot, channel, hook, connect):
    listener = await connect(bot.token)
    other = await bot.post(f"/guilds/{bot.guild_id}/channels", {"name": "other"}, expect=201)
    moved = await bot.patch(f"/webhooks/{hook['id']}", {"name": "new", "channel_id": other["id"]})
    assert (moved["name"], moved["channel_id"]) == ("new", other["id"])
    assert (await nobody.patch(url(hook), {"name": "newer"}))["name"] == "newer"
    await nobody.delete(url(hook))
    assert (await bot.ask("GET", f"/webhooks/{hook['id']}")).code == 10015
    assert (await listener.event("WEBHOOKS_UPDATE"))["d"]["guild_id"] == bot.guild_id


@pytest.mark.proves("webhooks.files")
async def test_a_webhook_uploads_files(nobody, hook):
    answer = await nobody.ask("POST", url(hook, "?wait=1"), data=form({"content": "f"}, ("a.txt", b"a", "text/plain")))
    assert answer.body["attachments"][0]["filename"] == "a.txt"


@pytest.mark.proves("webhooks.no-nonce")
async def test_a_webhook_knows_no_nonces(nobody, hook):
    body = {"content": "x", "nonce": "n", "enforce_nonce": True}
    ids = {(await nobody.post(url(hook, "?wait=1"), body))["id"] for _ in range(2)}
    assert len(ids) == 2
