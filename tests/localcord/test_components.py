"""Components of messages, version 1 and 2."""

import json

import pytest
from localcord_client import form

pytestmark = pytest.mark.anyio

V2 = 1 << 15


def button(custom_id="b", **more):
    return {"type": 2, "style": 1, "label": "Go", "custom_id": custom_id, **more}


def row(*children):
    return {"type": 1, "components": list(children)}


def text(content="text"):
    return {"type": 10, "content": content}


@pytest.mark.proves("components.ids")
async def test_every_component_comes_back_with_an_id(bot, channel):
    message = await bot.say(channel, "x", components=[row(button("a"), button("b", id=7)), row(button("c"))])
    rows = message["components"]
    ids = [part["id"] for line in rows for part in (line, *line["components"])]
    assert len(set(ids)) == 5
    assert rows[0]["components"][1]["id"] == 7


@pytest.mark.proves("components.v1-limits")
@pytest.mark.parametrize(
    "components",
    [
        [row(button())] * 6,
        [row(*(button(str(n)) for n in range(6)))],
        [row(button("x" * 101))],
        [row(button(label="x" * 81))],
        [row(button("same"), button("same"))],
        [row({"type": 2, "style": 5, "label": "link"})],
        [row({"type": 2, "style": 1, "custom_id": "bare"})],
        [row({"type": 3, "custom_id": "s", "options": [{"label": str(n), "value": str(n)} for n in range(26)]})],
        [row({"type": 3, "custom_id": "s", "options": []})],
        [row({"type": 3, "custom_id": "s", "options": [{"label": "a", "value": "a"}] * 2})],
        [row(button(), {"type": 5, "custom_id": "u"})],
        [button()],
        [text()],
        [row({"type": 4, "custom_id": "t", "style": 1, "label": "l"})],
    ],
)
async def test_components_beyond_a_limit_are_refused(bot, channel, components):
    answer = await bot.ask("POST", f"/channels/{channel['id']}/messages", {"content": "x", "components": components})
    assert (answer.status, answer.code) == (400, 50035)
    assert "components" in answer.body["errors"]


@pytest.mark.proves("components.emoji")
@pytest.mark.parametrize("emoji", [{"name": "black_nib"}, {"name": "日本"}, {}, {"id": None, "name": "7 7"}])
async def test_what_is_no_emoji_is_refused_on_buttons_and_options(bot, channel, emoji):
    select = {"type": 3, "custom_id": "s", "options": [{"label": "a", "value": "a", "emoji": emoji}]}
    rows = [row(button(emoji=emoji)), row(select)]
    answer = await bot.ask("POST", f"/channels/{channel['id']}/messages", {"content": "x", "components": rows})
    first, second = (answer.body["errors"]["components"][place]["components"]["0"] for place in "01")
    for place in (first["emoji"], second["options"]["0"]["emoji"]):
        assert place["name"]["_errors"] == [{"code": "COMPONENT_INVALID_EMOJI", "message": "Invalid emoji"}]


@pytest.mark.proves("components.emoji")
async def test_emoji_of_every_sort_are_taken(local, bot, channel):
    custom = {"name": "party", "id": local.admin.add_emoji("party")}
    sorts = [{"name": name} for name in ("👍", "👩🏽‍💻", "🇩🇪", "7️⃣", "#️⃣", "ℹ️", "Ⓜ️", "‼️", "↔️", "©️", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "㊗️")]
    emoji = [*sorts, custom]
    rows = [row(*(button(f"{n}", emoji=one) for n, one in list(enumerate(emoji))[at : at + 5])) for at in (0, 5, 10)]
    message = await bot.say(channel, "x", components=rows)
    shown = [part["emoji"] for line in message["components"] for part in line["components"]]
    assert [one["name"] for one in shown] == [one["name"] for one in emoji]


@pytest.mark.proves("components.v2")
async def test_version_2_takes_layouts_instead_of_content(bot, channel):
    section = {"type": 9, "components": [text("left")], "accessory": button("right")}
    gallery = {"type": 12, "items": [{"media": {"url": "https://example.org/a.png"}}]}
    container = {"type": 17, "accent_color": 255, "components": [text("inside"), {"type": 14}, row(button("in"))]}
    message = await bot.post(
        f"/channels/{channel['id']}/messages", {"flags": V2, "components": [text(), section, gallery, container]}
    )
    assert [part["type"] for part in message["components"]] == [10, 9, 12, 17]
    assert message["flags"] & V2
    path = f"/channels/{channel['id']}/messages/{message['id']}"
    assert (await bot.patch(path, {"components": [text("new")]}))["flags"] & V2
    assert (await bot.ask("PATCH", path, {"content": "no"})).code == 50035


@pytest.mark.proves("components.v2-limits")
@pytest.mark.parametrize(
    "body",
    [
        {"content": "x", "components": [text()]},
        {"embeds": [{"title": "x"}], "components": [text()]},
        {"components": [text() for _ in range(41)]},
        {"components": [{"type": 17, "components": [text() for _ in range(40)]}]},
        {"components": [text("x" * 4001)]},
        {"components": [text("x" * 2001), text("x" * 2000)]},
        {"components": [{"type": 17, "components": [{"type": 17, "components": [text()]}]}]},
        {"components": [{"type": 9, "components": [text()]}]},
    ],
)
async def test_version_2_beyond_a_limit_is_refused(bot, channel, body):
    answer = await bot.ask("POST", f"/channels/{channel['id']}/messages", {"flags": V2, **body})
    assert (answer.status, answer.code) == (400, 50035)


@pytest.mark.proves("components.v2-limits")
async def test_40_components_and_4000_characters_are_just_allowed(bot, channel):
    path = f"/channels/{channel['id']}/messages"
    await bot.post(path, {"flags": V2, "components": [text("x" * 100) for _ in range(40)]})


@pytest.mark.proves("components.mentions")
async def test_a_mention_in_a_text_display_counts(bot, ada, channel):
    body = {"flags": V2, "components": [text(f"<@{ada.user_id}>")]}
    message = await bot.post(f"/channels/{channel['id']}/messages", body)
    assert [user["id"] for user in message["mentions"]] == [ada.user_id]


@pytest.mark.proves("components.defaults")
@pytest.mark.parametrize(
    ("kind", "wrong"), [(5, "role"), (6, "user"), (7, "channel"), (8, "user"), (5, "nobody"), (3, "user")]
)
async def test_a_default_value_fits_its_select(bot, channel, kind, wrong):
    right = {5: "user", 6: "role", 7: "role", 8: "channel"}.get(kind, wrong)
    select = {"type": kind, "custom_id": "s", "default_values": [{"id": bot.user_id, "type": wrong}]}
    if kind == 3:
        select["options"] = [{"label": "a", "value": "a"}]
    body = {"content": "x", "components": [row(select)]}
    answer = await bot.ask("POST", f"/channels/{channel['id']}/messages", body)
    inner = answer.body["errors"]["components"]["0"]["components"]["0"]["default_values"]["0"]
    assert (answer.code, list(inner)) == (50035, ["type"])
    if kind != 3:
        select["default_values"] = [{"id": bot.user_id, "type": right}]
        await bot.say(channel, "x", components=[row(select)])
        select["default_values"] *= 2
        assert (await bot.ask("POST", f"/channels/{channel['id']}/messages", body)).code == 50035


@pytest.mark.proves("attachments.missing")
@pytest.mark.parametrize("kind", [11, 12, 13])
async def test_a_component_shows_only_a_file_that_the_message_has(bot, channel, kind):
    media = {"url": "attachment://none.txt"}
    shown = {
        11: {"type": 9, "components": [text()], "accessory": {"type": 11, "media": media}},
        12: {"type": 12, "items": [{"media": media}]},
        13: {"type": 13, "file": media},
    }[kind]
    path = f"/channels/{channel['id']}/messages"
    body = {"flags": V2, "components": [{"type": 17, "components": [shown]}]}
    answer = await bot.ask("POST", path, body)
    assert (answer.status, answer.code) == (400, 50035)
    assert "ATTACHMENT_NOT_FOUND" in json.dumps(answer.body)
    assert await bot.get(path) == []
    message = await bot.post(path, data=form(body, ("none.txt", b"x", "text/plain")))
    await bot.patch(f"{path}/{message['id']}", {"components": body["components"]})
    gone = {"components": body["components"], "attachments": []}
    assert (await bot.ask("PATCH", f"{path}/{message['id']}", gone)).code == 50035
