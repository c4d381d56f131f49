"""What can't be read is refused or replaced, and whatever was sent, everyone else goes on as before."""

import asyncio
import json
import logging
import re

import pytest
from localcord_client import Listener
from yarl import URL

from claw_discord_coord.localcord.api.routes import all_routes
from claw_discord_coord.localcord.events import Event

pytestmark = pytest.mark.anyio

HALF_AN_EMOJI = "\\ud83d"
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=b"

BUTTON = {"type": 2, "style": 1, "label": "Go", "custom_id": "go"}
NO_IDS = ["x", "@original", "%C2%B2", "9" * 5000, "%ED%A0%BD", "%00", "a%3A%C2%B2", "a%3A" + "9" * 5000, "%FF", "%2F"]
NO_BODIES = ["null", "1", '"x"', "[]", "[1]", "[[]]", "[{}]", '[{"id": {}}]', '{"": 1}', '{"type": []}', "true"]


@pytest.fixture
def path(channel):
    return f"/channels/{channel['id']}/messages"


async def send(user, method, path, kind, body):
    return await user.ask(method, path, data=body, headers={"Content-Type": kind})


async def send_encoded(user, method, path):
    """Ask for a path exactly as it is written (`Http.ask` would decode what needs no encoding)."""
    url = URL(user.local.api_base + path, encoded=True)
    async with user._session.request(method, url) as response:
        return response.status, await response.json() if response.status == 200 else None


def part(headers, body, end=b"--b--\r\n"):
    return b"--b\r\n" + headers + b"\r\n\r\n" + body + b"\r\n" + end


@pytest.mark.proves("errors.body", "hostile.unreadable")
@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (JSON, b"{"),
        (JSON, b'{"content": "' + HALF_AN_EMOJI.encode() + b'"}'),
        (JSON, b'{"' + HALF_AN_EMOJI.encode() + b'": 1, "content": "x"}'),
        (JSON, b'{"content": "\xed\xa0\xbd"}'),
        (JSON, b'{"content": "\xe9"}'),
        (JSON, b'{"content": "x", "flags": NaN}'),
        (JSON, b'{"content": "x", "nonce": Infinity}'),
        (JSON, b'{"content": "x", "flags": 1e999}'),
        (JSON, b'{"content": "x", "flags": ' + b"9" * 5000 + b"}"),
        (JSON, b"[" * 100_000),
        (JSON, b'{"content": "x", "more": ' + b"[" * 500 + b"]" * 500 + b"}"),
        (FORM, b"payload_json=%7B"),
        (FORM, b"payload_json=%7B%22content%22%3A%22%5Cud83d%22%7D"),
        ("multipart/form-data", b"x"),
        (MULTIPART, b"garbage"),
        (MULTIPART, part(b'Content-Disposition: form-data; name="content"', b"x", end=b"")),
        (MULTIPART, part(b'Content-Disposition: form-data; name="payload_json"', b"{")),
        (MULTIPART, part(b'Content-Disposition: form-data; name="payload_json"', b'"' + b'\\ud83d"')),
        (MULTIPART, part(b"X: " + b"x" * 100_000, b"x")),
        (MULTIPART, part(b"Content-Type: multipart/mixed", b"x")),
    ],
)
async def test_a_body_that_cannot_be_read_is_refused_and_nothing_else_notices(bot, path, connect, kind, body):
    listener = await connect(bot.token)
    answer = await send(bot, "POST", path, kind, body)
    assert (answer.status, answer.code) == (400, 50109)
    await bot.post(path, {"content": "next"})
    assert (await listener.event("MESSAGE_CREATE"))["d"]["content"] == "next"
    assert [message["content"] for message in await bot.get(path)] == ["next"]


@pytest.mark.proves("hostile.unreadable")
async def test_bytes_that_are_no_text_become_replacement_characters(local, bot, channel, path, connect):
    answer = await send(bot, "POST", path, FORM, b"content=%ED%A0%BDhello+%FF")
    assert answer.body["content"].endswith("hello �")
    head = b'Content-Disposition: form-data; name="files[0]"; filename="\xff.txt"\r\nContent-Type: x/\xff'
    answer = await send(bot, "POST", path, MULTIPART, part(head, b"data"))
    assert answer.body["attachments"][0]["filename"].endswith(".txt")
    async with bot._session.get(answer.body["attachments"][0]["url"]) as response:
        assert await response.read() == b"data"
    assert (await send_encoded(bot, "GET", f"/guilds/{bot.guild_id}/members/search?query=%ED%A0%BD%FF"))[0] == 200
    assert (await send_encoded(bot, "GET", f"/channels/%ED%A0%BD{channel['id']}"))[0] == 400
    # aiohttp's client sends no header that isn't text.
    url = URL(local.api_base)
    reader, writer = await asyncio.open_connection(url.host, url.port)
    change = json.dumps({"topic": "new"}).encode()
    head = f"PATCH /api/v10/channels/{channel['id']} HTTP/1.1\r\nHost: x\r\nAuthorization: Bot {bot.token}\r\n"
    rest = f"Connection: close\r\nContent-Type: {JSON}\r\nContent-Length: {len(change)}\r\n\r\n"
    writer.write(head.encode() + b"X-Audit-Log-Reason: because \xff\r\n" + rest.encode() + change)
    assert b" 200 " in (await asyncio.wait_for(reader.read(), 5)).splitlines()[0]
    writer.close()
    (entry, *_) = (await bot.get(f"/guilds/{bot.guild_id}/audit-logs"))["audit_log_entries"]
    assert entry["reason"] == "because �"
    assert len(await bot.get(path)) == 2
    await connect(bot.token)


@pytest.mark.proves("hostile.unreadable")
@pytest.mark.parametrize(
    "text",
    [
        "[" * 4000,
        '{"op": 1, "d": NaN}',
        '{"op": 1, "d": 1e999}',
        '{"op": 1, "d": "' + HALF_AN_EMOJI + '"}',
        '{"op": 2, "d": {"token": "' + HALF_AN_EMOJI + '"}}',
    ],
)
async def test_a_payload_that_cannot_be_read_is_4002(bot, connect, text):
    listener = await connect(bot.token)
    await listener.send_raw(text)
    assert await listener.until_closed() == 4002


@pytest.mark.proves("hostile.unreadable")
@pytest.mark.parametrize("value", ["²", "--5", "9" * 5000, "1_0", ""])
async def test_what_only_looks_like_a_number_is_refused(bot, channel, path, value):
    assert (await bot.ask("GET", path, params={"limit": value})).code == 50035
    assert (await bot.ask("PATCH", f"/channels/{channel['id']}", {"rate_limit_per_user": value})).code == 50035
    assert (await bot.ask("PATCH", f"{path}/{value or 'x'}", {"content": "x"})).status in (400, 404)


@pytest.fixture
async def valid(local, bot, ada, path):
    """What the parameters of paths may be, all of them of things that there are."""
    message = await bot.post(path, {"content": "x", "components": [{"type": 1, "components": [BUTTON]}]})
    hook = await bot.post(path.replace("messages", "webhooks"), {"name": "h"})
    application = f"/applications/{bot.user_id}/guilds/{bot.guild_id}/commands"
    command = await bot.post(application, {"name": "c", "description": "d"}, expect=201)
    role = await ada.post(f"/guilds/{bot.guild_id}/roles", {"name": "r"})
    where = {"application_id": bot.user_id, "guild_id": bot.guild_id, "channel_id": message["channel_id"]}
    data = {"component_type": 2, "custom_id": "go"}
    click = {"type": 3, "session_id": "none", "message_id": message["id"], "data": data}
    await ada.post("/interactions", {**where, **click}, expect=204)
    interaction = next(iter(local.parts.world.interactions))
    ids = {"message_id": message["id"], "webhook_id": hook["id"], "command_id": command["id"], "role_id": role["id"]}
    tokens = {"webhook_token": hook["token"], "interaction_id": interaction.id, "interaction_token": interaction.token}
    return {**where, **ids, **tokens, "user_id": ada.user_id, "emoji_name": "%E2%9C%85"}


@pytest.mark.proves("hostile.unreadable")
async def test_nothing_in_a_path_or_instead_of_a_body_makes_a_route_fail(ada, valid):
    failed = []
    for route in all_routes().all:
        names = re.findall(r"{(\w+)}", route.template)
        for values in [valid | {name: value} for name in names for value in NO_IDS]:
            place = re.sub(r"{(\w+)}", lambda found: values.get(found[1], "1"), route.template)  # noqa: B023
            url = URL(ada.local.api_base + place, encoded=True)
            async with ada._session.request(route.method, url) as response:
                failed += [(route.method, place[:200])] if response.status >= 500 else []
        place = re.sub(r"{(\w+)}", lambda found: valid.get(found[1], "1"), route.template)
        for body in () if route.method in ("GET", "DELETE") else NO_BODIES:
            answer = await ada.ask(route.method, place, data=body, headers={"Content-Type": JSON})
            failed += [(route.method, place, body)] if answer.status >= 500 else []
    assert failed == []


@pytest.mark.proves("hostile.unreadable")
@pytest.mark.parametrize("by", ["nan", "inf", -1, 1e300])
async def test_the_clock_only_moves_by_something_that_is_a_time(local, bot, path, by):
    async with bot._session.post(local.page + "localcord/admin/clock", json={"advance_s": by}) as response:
        assert response.status == 400
    await bot.post(path, {"content": "x"})


@pytest.mark.proves("hostile.unreadable")
async def test_an_admin_body_that_is_no_object_is_refused(local, bot):
    async with bot._session.post(local.page + "localcord/admin/world/bots", json=[]) as response:
        assert response.status == 400


@pytest.mark.proves("http.encoded-paths")
async def test_a_path_may_be_encoded_more_than_it_needs(local, bot, path):
    me, message = await bot.get("/users/@me"), await bot.post(path, {"content": "x"})
    assert await send_encoded(bot, "GET", "/users/%40me") == (200, me)
    assert (await send_encoded(bot, "PUT", f"{path}/{message['id']}/reactions/%E2%9C%85/%40me"))[0] == 204
    assert (await bot.get(f"{path}/{message['id']}"))["reactions"][0]["me"]
    thread = await bot.post(f"{path}/{message['id']}/threads", {"name": "t"}, expect=201)
    assert (await send_encoded(bot, "PUT", f"/channels/{thread['id']}/thread-members/%40me"))[0] == 204
    local.faults.fail("GET", "/users/@me", status=503)
    assert (await send_encoded(bot, "GET", "/users/%40me"))[0] == 503
    assert (await send_encoded(bot, "GET", "/users%2F%40me"))[0] == 404


@pytest.mark.proves("http.encoded-paths")
async def test_original_names_a_message_to_interactions_only(bot, channel):
    hook = await bot.post(f"/channels/{channel['id']}/webhooks", {"name": "h"})
    for method in ("GET", "PATCH", "DELETE"):
        answer = await bot.ask(method, f"/webhooks/{hook['id']}/{hook['token']}/messages/@original")
        assert (answer.status, answer.code) == (404, 10008)


@pytest.mark.proves("http.forms")
async def test_a_body_may_be_urlencoded(bot, channel, path):
    answer = await send(bot, "POST", path, FORM, b"content=a+%C3%BC&tts=false&flags=4")
    assert (answer.body["content"], answer.body["flags"]) == ("a ü", 4)
    answer = await send(bot, "POST", path, FORM, b"payload_json=%7B%22content%22%3A%22inside%22%7D")
    assert answer.body["content"] == "inside"
    hook = await bot.post(f"/channels/{channel['id']}/webhooks", {"name": "h"})
    await send(bot, "POST", f"/webhooks/{hook['id']}/{hook['token']}", FORM, b"content=hello&username=curl")
    newest = (await bot.get(path))[0]
    assert (newest["content"], newest["author"]["username"]) == ("hello", "curl")
    assert (await send(bot, "POST", path, FORM, b"")).code == 50006


@pytest.mark.proves("audit.reason")
async def test_a_reason_has_512_characters_at_most(bot, channel):
    place = f"/channels/{channel['id']}"
    await bot.patch(place, {"topic": "a"}, reason="ü" * 512)
    answer = await bot.ask("PATCH", place, {"topic": "b"}, reason="ü" * 513)
    assert (answer.status, answer.code) == (400, 50035)
    assert answer.body["errors"]["reason"]["_errors"][0]["code"] == "BASE_TYPE_MAX_LENGTH"
    (entry, *_) = (await bot.get(f"/guilds/{bot.guild_id}/audit-logs"))["audit_log_entries"]
    assert entry["reason"] == "ü" * 512
    assert (await bot.get(place))["topic"] == "a"


@pytest.mark.proves("mentions.allowed")
@pytest.mark.parametrize("kind", ["foo", 1, None, [], {}])
async def test_only_three_kinds_of_mentions_may_be_parsed(bot, path, kind):
    answer = await bot.ask("POST", path, {"content": "x", "allowed_mentions": {"parse": ["users", kind]}})
    (error,) = answer.body["errors"]["allowed_mentions"]["parse"]["1"]["_errors"]
    assert error["code"] == "BASE_TYPE_CHOICES"


@pytest.mark.proves("data.undone")
async def test_a_request_that_is_refused_halfway_has_changed_nothing(bot, channel, path, connect):
    wrong = {"content": "new", "allowed_mentions": {"parse": ["foo"]}}
    message = await bot.post(path, {"content": "old"})
    assert (await bot.ask("PATCH", f"{path}/{message['id']}", wrong)).code == 50035
    assert (await bot.get(path))[0]["content"] == "old"
    forum = await bot.post(f"/guilds/{bot.guild_id}/channels", {"name": "forum", "type": 15}, expect=201)
    hook = await bot.post(f"/channels/{forum['id']}/webhooks", {"name": "h"})
    listener = await connect(bot.token)
    place = f"/webhooks/{hook['id']}/{hook['token']}"
    assert (await bot.ask("POST", place, {**wrong, "thread_name": "post"})).code == 50035
    post = {"name": "post", "message": wrong}
    assert (await bot.ask("POST", f"/channels/{forum['id']}/threads", post)).code == 50035
    assert (await bot.get(f"/guilds/{bot.guild_id}/threads/active"))["threads"] == []
    assert await listener.drain() == []
    assert (await bot.ask("POST", place, {"content": "x", "thread_name": "post"})).status == 204


@pytest.mark.proves("gateway.failures")
async def test_a_session_that_cannot_be_told_is_ended_and_the_others_are_told(local, bot, grace, connect, caplog):
    unlucky, other = await connect(bot.token), await connect(grace.token)

    def body(viewer):
        if viewer.user_id == bot.user_id:
            raise ZeroDivisionError
        return {"n": 1}

    local.parts.world.emit(Event("TEST", body))
    with caplog.at_level(logging.CRITICAL):
        local.parts.flush()
    assert await unlucky.until_closed() == 4000
    assert (await other.event("TEST"))["d"] == {"n": 1}
    assert unlucky.ready["session_id"] not in local.parts.hub.sessions
    await connect(bot.token)


@pytest.mark.proves("gateway.failures")
async def test_a_failure_on_a_gateway_connection_closes_it_with_4000(local, bot, connect, monkeypatch):
    listener = await Listener.open(local)
    with monkeypatch.context() as patch:
        patch.setattr(local.parts.hub, "starts", None)
        await listener.identify(bot.token)
        assert await listener.until_closed() == 4000
    await listener.close()
    await connect(bot.token)


@pytest.mark.proves("gateway.failures")
async def test_a_request_that_is_no_handshake_is_400(local, bot):
    async with bot._session.get(local.page + "gateway") as response:
        assert response.status == 400


@pytest.mark.proves("clock.moves")
async def test_what_fails_when_it_is_due_does_not_keep_the_rest_from_happening(local):
    happened = []

    def fail():
        raise ZeroDivisionError

    local.parts.clock.call_later(1, fail)
    local.parts.clock.call_later(2, lambda: happened.append(2))
    local.admin.advance(3)
    assert happened == [2]
