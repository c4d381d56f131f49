"""The MESSAGE_CONTENT intent really hides content, over the gateway and over HTTP."""

import pytest
from localcord_client import ALL_INTENTS

pytestmark = pytest.mark.anyio

CONTENT = 1 << 15


def is_hidden(message):
    return (message["content"], message["embeds"], message["attachments"], message["components"]) == ("", [], [], [])


@pytest.mark.proves("content.gateway")
async def test_a_session_without_the_intent_sees_empty_messages(bot, ada, channel, connect):
    blind, seeing = await connect(bot.token, intents=ALL_INTENTS & ~CONTENT), await connect(bot.token)
    await ada.say(channel, "words", embeds=[{"title": "t"}])
    assert is_hidden((await blind.event("MESSAGE_CREATE"))["d"])
    assert (await seeing.event("MESSAGE_CREATE"))["d"]["content"] == "words"


@pytest.mark.proves("content.http")
async def test_an_application_without_the_toggle_reads_nothing_over_http_either(local, bot, ada, channel):
    message = await ada.say(channel, "words")
    local.admin.set_privileged(bot.user_id)
    path = f"/channels/{channel['id']}/messages"
    assert is_hidden((await bot.get(path))[0])
    assert is_hidden(await bot.get(f"{path}/{message['id']}"))
    assert (await bot.ask("GET", f"/guilds/{bot.guild_id}/messages/search?content=words")).code == 50001


@pytest.mark.proves("content.exceptions")
async def test_own_messages_direct_ones_and_mentions_are_shown_all_the_same(local, bot, ada, channel, connect):
    local.admin.set_privileged(bot.user_id)
    blind = await connect(bot.token, intents=(ALL_INTENTS & ~CONTENT) & ~(1 << 1) & ~(1 << 8))
    await bot.say(channel, "own")
    await ada.say(channel, f"<@{bot.user_id}> called")
    direct = await ada.post("/users/@me/channels", {"recipient_id": bot.user_id})
    await ada.say(direct, "direct")
    shown = [(await blind.event("MESSAGE_CREATE"))["d"]["content"] for _ in range(3)]
    assert shown == ["own", f"<@{bot.user_id}> called", "direct"]
    assert (await bot.get(f"/channels/{channel['id']}/messages"))[1]["content"] == "own"


@pytest.mark.proves("content.reply")
async def test_the_message_a_reply_answers_is_hidden_too(local, bot, ada, channel):
    first = await ada.say(channel, "secret")
    reply = {"message_reference": {"message_id": first["id"]}}
    local.admin.set_privileged(bot.user_id)
    answer = await bot.say(channel, "reply", **reply)
    assert (answer["content"], answer["referenced_message"]["content"]) == ("reply", "")


@pytest.mark.proves("content.people")
async def test_people_read_everything(local, bot, ada, grace, channel, connect):
    listener = await connect(grace.token)
    await ada.say(channel, "words")
    assert (await listener.event("MESSAGE_CREATE"))["d"]["content"] == "words"
