"""Messages over HTTP: creating, reading, editing and deleting them."""

import json

import aiohttp
import pytest
from localcord_client import form

pytestmark = pytest.mark.anyio


@pytest.mark.proves("messages.create")
async def test_a_posted_message_comes_back_with_id_author_and_time(bot, channel):
    message = await bot.say(channel, "hello")
    assert message["content"] == "hello"
    assert message["author"]["id"] == bot.user_id
    assert message["timestamp"].endswith("+00:00")
    assert (await bot.get(f"/channels/{channel['id']}/messages/{message['id']}"))["id"] == message["id"]


@pytest.mark.proves("messages.order")
async def test_history_is_newest_first_and_pages_by_before_after_and_around(bot, channel):
    ids = [(await bot.say(channel, str(number)))["id"] for number in range(6)]
    path = f"/channels/{channel['id']}/messages"

    async def page(**query):
        return [message["id"] for message in await bot.get(path, **query)]

    assert await page() == ids[::-1]
    assert await page(limit=2) == [ids[5], ids[4]]
    assert await page(before=ids[3], limit=2) == [ids[2], ids[1]]
    assert await page(after=ids[1], limit=2) == [ids[3], ids[2]]
    assert await page(around=ids[2], limit=3) == [ids[3], ids[2], ids[1]]
    assert (await bot.ask("GET", f"{path}?limit=101")).code == 50035


@pytest.mark.proves("nonce.same-message")
async def test_the_same_enforced_nonce_gives_the_same_message_and_no_second(bot, channel):
    first = await bot.say(channel, "a", nonce="n-1", enforce_nonce=True)
    again = await bot.say(channel, "b", nonce="n-1", enforce_nonce=True)
    assert (again["id"], again["content"], again["nonce"]) == (first["id"], "a", "n-1")
    assert len(await bot.get(f"/channels/{channel['id']}/messages")) == 1


@pytest.mark.proves("nonce.unenforced")
async def test_a_nonce_without_enforcement_makes_two_messages(bot, channel):
    first, second = await bot.say(channel, nonce="n"), await bot.say(channel, nonce="n")
    assert first["id"] != second["id"]


@pytest.mark.proves("nonce.scope")
async def test_a_nonce_counts_by_author_and_channel(bot, other_bot, channel):
    elsewhere = await bot.post(f"/guilds/{bot.guild_id}/channels", {"name": "other"}, expect=201)
    options = {"nonce": "n", "enforce_nonce": True}
    messages = [await bot.say(channel, **options), await bot.say(elsewhere, **options)]
    messages.append(await other_bot.say(channel, **options))
    assert len({message["id"] for message in messages}) == 3


@pytest.mark.proves("nonce.window")
async def test_a_nonce_may_be_used_again_after_the_window(local, bot, channel):
    first = await bot.say(channel, nonce="n", enforce_nonce=True)
    local.admin.advance(local.admin.limits.nonce_window_s + 1)
    assert (await bot.say(channel, nonce="n", enforce_nonce=True))["id"] != first["id"]


@pytest.mark.proves("nonce.deleted")
async def test_a_retry_of_a_deleted_message_is_unknown_message_rather_than_a_new_one(bot, channel):
    first = await bot.say(channel, nonce="n", enforce_nonce=True)
    await bot.delete(f"/channels/{channel['id']}/messages/{first['id']}")
    body = {"content": "x", "nonce": "n", "enforce_nonce": True}
    answer = await bot.ask("POST", f"/channels/{channel['id']}/messages", body)
    assert (answer.status, answer.code) == (404, 10008)


@pytest.mark.proves("nonce.length")
async def test_a_nonce_has_25_characters_at_most(bot, channel):
    await bot.say(channel, nonce="x" * 25)
    answer = await bot.ask("POST", f"/channels/{channel['id']}/messages", {"content": "x", "nonce": "x" * 26})
    assert "nonce" in answer.body["errors"]


@pytest.mark.proves("messages.content-limit", "errors.nested")
async def test_2001_characters_are_refused_at_the_place_in_the_body(bot, channel):
    await bot.say(channel, "x" * 2000)
    answer = await bot.ask("POST", f"/channels/{channel['id']}/messages", {"content": "x" * 2001})
    assert (answer.status, answer.code) == (400, 50035)
    (error,) = answer.body["errors"]["content"]["_errors"]
    assert error == {"code": "BASE_TYPE_MAX_LENGTH", "message": "Must be 2000 or fewer in length."}


@pytest.mark.proves("messages.empty")
@pytest.mark.parametrize(
    "body",
    [{}, {"content": ""}, {"content": "  \n"}, {"embeds": []}, {"embeds": [{}]}, {"embeds": [{"color": 1}]}],
)
async def test_a_message_that_would_show_nothing_is_refused(bot, channel, body):
    answer = await bot.ask("POST", f"/channels/{channel['id']}/messages", body)
    assert (answer.status, answer.code) == (400, 50006)


@pytest.mark.proves("messages.empty")
async def test_an_edit_may_not_leave_an_embed_that_shows_nothing(bot, channel):
    message = await bot.say(channel, "", embeds=[{"title": "t"}])
    path = f"/channels/{channel['id']}/messages/{message['id']}"
    assert (await bot.ask("PATCH", path, {"embeds": [{}]})).code == 50006
    assert (await bot.get(path))["embeds"][0]["title"] == "t"


@pytest.mark.proves("messages.not-supported")
async def test_polls_and_stickers_are_refused_rather_than_forgotten(bot, channel):
    for body in ({"content": "x", "poll": {"question": {"text": "?"}}}, {"content": "x", "sticker_ids": ["1"]}):
        answer = await bot.ask("POST", f"/channels/{channel['id']}/messages", body)
        assert (answer.code, list(answer.body["errors"])) == (50035, [next(n for n in body if n != "content")])


@pytest.mark.proves("errors.body")
async def test_a_body_that_is_not_json_is_refused(bot, channel):
    path = f"/channels/{channel['id']}/messages"
    answer = await bot.ask("POST", path, data=b"{nope", headers={"Content-Type": "application/json"})
    assert (answer.status, answer.code) == (400, 50109)
    assert (await bot.ask("POST", path, ["list"])).code == 50035


@pytest.mark.proves("embeds.limits")
@pytest.mark.parametrize(
    ("embeds", "place"),
    [
        ([{"title": "x" * 257}], ("0", "title")),
        ([{"description": "x" * 4097}], ("0", "description")),
        ([{"fields": [{"name": "n", "value": "v"}] * 26}], ("0", "fields")),
        ([{"fields": [{"name": "x" * 257, "value": "v"}]}], ("0", "fields", "0", "name")),
        ([{"fields": [{"name": "n", "value": "x" * 1025}]}], ("0", "fields", "0", "value")),
        ([{"footer": {"text": "x" * 2049}}], ("0", "footer", "text")),
        ([{"author": {"name": "x" * 257}}], ("0", "author", "name")),
        ([{"title": "x"}] * 11, ()),
        ([{"description": "x" * 3001}] * 2, ()),
    ],
)
async def test_embeds_beyond_a_limit_are_refused_at_their_place(bot, channel, embeds, place):
    answer = await bot.ask("POST", f"/channels/{channel['id']}/messages", {"embeds": embeds})
    assert (answer.status, answer.code) == (400, 50035)
    found = answer.body["errors"]["embeds"]
    for step in place:
        found = found[step]
    assert found["_errors"]


@pytest.mark.proves("embeds.shape")
async def test_an_embed_comes_back_as_rich_with_inline_filled_in(bot, channel):
    embed = {"title": "t", "color": 255, "fields": [{"name": "n", "value": "v"}], "footer": {"text": "f"}}
    message = await bot.say(channel, "", embeds=[embed])
    (shown,) = message["embeds"]
    assert (shown["type"], shown["fields"][0]["inline"]) == ("rich", False)


@pytest.mark.proves("attachments.roundtrip")
async def test_an_upload_can_be_downloaded_byte_for_byte_and_keeps_its_description(bot, channel):
    payload = {"content": "see", "attachments": [{"id": 0, "description": "notes"}]}
    data = form(payload, ("a b.txt", b"\x00one\xff", "text/plain"))
    message = (await bot.ask("POST", f"/channels/{channel['id']}/messages", data=data)).body
    (attachment,) = message["attachments"]
    assert (attachment["filename"], attachment["size"]) == ("a_b.txt", 5)
    assert attachment["description"] == "notes"
    async with bot._session.get(attachment["url"]) as response:
        assert await response.read() == b"\x00one\xff"
        assert response.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.proves("attachments.limits")
async def test_eleven_attachments_and_a_file_beyond_10_mib_are_refused(bot, channel):
    path = f"/channels/{channel['id']}/messages"
    many = form({}, *((f"{n}.txt", b"x", "text/plain") for n in range(11)))
    assert (await bot.ask("POST", path, data=many)).code == 30015
    big = form({}, ("big.bin", b"x" * (10 * 1024 * 1024 + 1), "application/octet-stream"))
    answer = await bot.ask("POST", path, data=big)
    assert (answer.status, answer.code) == (413, 50045)


@pytest.mark.proves("attachments.image")
async def test_an_embed_may_show_an_uploaded_image(bot, channel):
    png = b"\x89PNG\r\n\x1a\n" + b"\x00\x00\x00\rIHDR" + (3).to_bytes(4, "big") + (2).to_bytes(4, "big")
    data = form({"embeds": [{"image": {"url": "attachment://p.png"}}]}, ("p.png", png, "image/png"))
    message = (await bot.ask("POST", f"/channels/{channel['id']}/messages", data=data)).body
    assert message["embeds"][0]["image"]["url"] == message["attachments"][0]["url"]
    assert (message["attachments"][0]["width"], message["attachments"][0]["height"]) == (3, 2)


@pytest.mark.proves("attachments.edit")
async def test_an_edit_keeps_the_attachments_it_names_and_drops_the_others(bot, channel):
    data = form({"content": "x"}, ("a.txt", b"a", "text/plain"), ("b.txt", b"b", "text/plain"))
    message = (await bot.ask("POST", f"/channels/{channel['id']}/messages", data=data)).body
    path = f"/channels/{channel['id']}/messages/{message['id']}"
    kept = message["attachments"][1]["id"]
    assert [a["id"] for a in (await bot.patch(path, {"attachments": [{"id": kept}]}))["attachments"]] == [kept]
    assert len((await bot.patch(path, {"content": "y"}))["attachments"]) == 1


@pytest.mark.proves("messages.reply")
async def test_a_reply_carries_the_message_it_answers_and_mentions_its_author(bot, ada, channel):
    first = await ada.say(channel, "question")
    reply = await bot.say(channel, "answer", message_reference={"message_id": first["id"]})
    assert (reply["type"], reply["referenced_message"]["id"]) == (19, first["id"])
    assert [user["id"] for user in reply["mentions"]] == [ada.user_id]
    silent = await bot.say(
        channel, "x", message_reference={"message_id": first["id"]}, allowed_mentions={"replied_user": False}
    )
    assert silent["mentions"] == []
    await ada.delete(f"/channels/{channel['id']}/messages/{first['id']}")
    path = f"/channels/{channel['id']}/messages"
    assert (await bot.get(f"{path}/{reply['id']}"))["referenced_message"] is None
    gone = {"content": "x", "message_reference": {"message_id": first["id"]}}
    assert (await bot.ask("POST", path, gone)).code == 50035
    gone["message_reference"]["fail_if_not_exists"] = False
    assert (await bot.post(path, gone))["type"] == 0


@pytest.mark.proves("mentions.allowed")
async def test_only_allowed_mentions_count(bot, ada, grace, channel):
    text = f"<@{ada.user_id}> <@{grace.user_id}> @everyone `<@{bot.user_id}>`"

    async def mentioned(**more):
        message = await bot.say(channel, text, **more)
        return {user["id"] for user in message["mentions"]}, message["mention_everyone"]

    assert await mentioned() == ({ada.user_id, grace.user_id}, True)
    assert await mentioned(allowed_mentions={"parse": []}) == (set(), False)
    assert await mentioned(allowed_mentions={"parse": [], "users": [ada.user_id]}) == ({ada.user_id}, False)
    assert await mentioned(allowed_mentions={"parse": ["everyone"]}) == (set(), True)
    both = {"content": text, "allowed_mentions": {"parse": ["users"], "users": [ada.user_id]}}
    assert (await bot.ask("POST", f"/channels/{channel['id']}/messages", both)).code == 50035


@pytest.mark.proves("messages.edit")
async def test_an_edit_changes_what_it_names_and_is_dated(bot, channel):
    message = await bot.say(channel, "a", embeds=[{"title": "t"}])
    path = f"/channels/{channel['id']}/messages/{message['id']}"
    edited = await bot.patch(path, {"content": "b"})
    assert (edited["content"], len(edited["embeds"])) == ("b", 1)
    assert edited["edited_timestamp"] is not None
    assert (await bot.patch(path, {"embeds": []}))["embeds"] == []
    assert (await bot.ask("PATCH", path, {"content": ""})).code == 50006


@pytest.mark.proves("messages.edit-others")
async def test_nobody_edits_anothers_message(bot, ada, channel):
    message = await bot.say(channel)
    path = f"/channels/{channel['id']}/messages/{message['id']}"
    answer = await ada.ask("PATCH", path, {"content": "mine now"})
    assert (answer.status, answer.code) == (403, 50005)
    assert (await ada.patch(path, {"flags": 4}))["flags"] & 4


@pytest.mark.proves("messages.delete")
async def test_a_message_is_deleted_once_and_then_unknown(bot, channel):
    message = await bot.say(channel)
    path = f"/channels/{channel['id']}/messages/{message['id']}"
    await bot.delete(path)
    answer = await bot.ask("DELETE", path)
    assert (answer.status, answer.code) == (404, 10008)


@pytest.mark.proves("messages.bulk-delete")
async def test_bulk_delete_takes_2_to_100_messages_younger_than_two_weeks(local, bot, channel):
    ids = [(await bot.say(channel))["id"] for _ in range(3)]
    path = f"/channels/{channel['id']}/messages/bulk-delete"
    assert (await bot.ask("POST", path, {"messages": ids[:1]})).code == 50016
    assert (await bot.ask("POST", path, {"messages": [str(n) for n in range(101)]})).code == 50016
    await bot.post(path, {"messages": ids[:2]}, expect=204)
    assert [m["id"] for m in await bot.get(f"/channels/{channel['id']}/messages")] == ids[2:]
    local.admin.advance(15 * 86_400)
    fresh = (await bot.say(channel))["id"]
    assert (await bot.ask("POST", path, {"messages": [ids[2], fresh]})).code == 50034


@pytest.mark.proves("messages.crosspost")
async def test_a_message_of_an_announcement_channel_is_published_once(bot):
    news = await bot.post(f"/guilds/{bot.guild_id}/channels", {"name": "news", "type": 5}, expect=201)
    message = await bot.say(news)
    path = f"/channels/{news['id']}/messages/{message['id']}/crosspost"
    assert (await bot.post(path))["flags"] & 1
    assert (await bot.ask("POST", path)).code == 40033


@pytest.mark.proves("messages.search")
async def test_messages_are_found_by_text_author_and_channel(bot, ada, channel):
    await bot.say(channel, "The Needle is here")
    await ada.say(channel, "needle of ada")
    path = f"/guilds/{bot.guild_id}/messages/search"
    found = await bot.get(path, content="needle")
    assert (found["total_results"], len(found["messages"])) == (2, 2)
    mine = await bot.get(path, content="needle", author_id=ada.user_id)
    assert [group[0]["content"] for group in mine["messages"]] == ["needle of ada"]


@pytest.mark.proves("direct.messages")
async def test_a_person_and_a_bot_talk_in_one_direct_channel(bot, ada, grace):
    opened = await bot.post("/users/@me/channels", {"recipient_id": ada.user_id})
    assert (await ada.post("/users/@me/channels", {"recipient_id": bot.user_id}))["id"] == opened["id"]
    message = await ada.say(opened, "just us")
    assert "guild_id" not in message
    assert (await bot.get(f"/channels/{opened['id']}/messages"))[0]["content"] == "just us"
    assert (await grace.ask("GET", f"/channels/{opened['id']}/messages")).code == 50001


@pytest.mark.proves("direct.channel-create")
async def test_people_are_told_of_a_new_direct_channel_and_bots_only_of_its_messages(bot, ada, connect):
    person, robot = await connect(ada.token), await connect(bot.token)
    opened = await bot.post("/users/@me/channels", {"recipient_id": ada.user_id})
    assert (await person.event("CHANNEL_CREATE"))["d"]["id"] == opened["id"]
    await ada.say(opened)
    assert (await robot.event("MESSAGE_CREATE"))["d"]["channel_id"] == opened["id"]
    assert [payload["t"] for payload in robot.events if payload["t"] == "CHANNEL_CREATE"] == []


@pytest.mark.proves("auth.tokens")
async def test_bots_say_bot_and_people_do_not(local, bot, ada):
    wrong = [bot.token, f"Bot {ada.token}", "Bot nonsense", ""]
    for text in wrong:
        answer = await bot.ask("GET", "/users/@me", headers={"Authorization": text})
        assert (answer.status, answer.body["message"]) == (401, "401: Unauthorized"), text
    assert (await ada.get("/users/@me"))["id"] == ada.user_id


@pytest.mark.proves("errors.unknown-route")
async def test_unknown_paths_are_404_and_wrong_methods_405(bot):
    assert (await bot.ask("GET", "/no/such/thing")).body == {"message": "404: Not Found", "code": 0}
    assert (await bot.ask("PUT", "/users/@me")).status == 405
    assert (await bot.ask("GET", "/channels/nonsense")).code == 50035


@pytest.mark.proves("http.content-type")
async def test_json_is_labeled_exactly_so_and_every_answer_has_via(bot, channel):
    for answer in (await bot.ask("GET", "/users/@me"), await bot.ask("GET", "/channels/1")):
        assert answer.headers["Content-Type"] == "application/json"
        assert "Via" in answer.headers


@pytest.mark.proves("attachments.field")
async def test_a_file_is_kept_whatever_its_field_is_called(bot, channel):
    data = aiohttp.FormData(quote_fields=False)
    data.add_field("payload_json", json.dumps({"content": "x"}), filename="p.json", content_type="application/json")
    data.add_field("_a.txt", b"one", filename="a.txt", content_type="text/plain")
    data.add_field("files[0]", b"two", filename="b.txt", content_type="text/plain")
    data.add_field("upload", b"three", filename="c.txt", content_type="text/plain")
    message = await bot.post(f"/channels/{channel['id']}/messages", data=data)
    assert [part["filename"] for part in message["attachments"]] == ["b.txt", "a.txt", "c.txt"]
    assert message["content"] == "x"


@pytest.mark.proves("messages.voice")
async def test_a_voice_message_has_one_audio_file_and_nothing_else(bot, channel):
    path = f"/channels/{channel['id']}/messages"
    assert (await bot.ask("POST", path, {"content": "text", "flags": 8192})).code == 50159
    assert (await bot.ask("POST", path, {"flags": 8192})).code == 50160
    text = form({"flags": 8192}, ("a.txt", b"x", "text/plain"))
    assert (await bot.ask("POST", path, data=text)).code == 50160
    answer = await bot.ask("POST", path, data=form({"flags": 8192}, ("a.ogg", b"x", "audio/ogg")))
    assert (answer.code, list(answer.body["errors"])) == (50035, ["flags"])
    assert await bot.get(path) == []
