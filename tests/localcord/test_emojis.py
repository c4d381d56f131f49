"""Custom emoji of the guild, and their pictures."""

import base64

import aiohttp
import pytest
from localcord_client import Http

from claw_discord_coord.localcord.permissions import BOT, Permission

pytestmark = pytest.mark.anyio

PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)
GIF = b"GIF89a" + bytes(40)


def uri(picture, kind="png"):
    return f"data:image/{kind};base64," + base64.b64encode(picture).decode()


def of(client, emoji=None):
    return f"/guilds/{client.guild_id}/emojis" + (f"/{emoji['id']}" if emoji else "")


async def shown(local, emoji_id):
    async with aiohttp.ClientSession() as session, session.get(f"{local.page}emojis/{emoji_id}.webp") as response:
        return response.status, response.content_type, await response.read()


@pytest.mark.proves("emojis.manage")
async def test_an_emoji_is_made_renamed_used_shown_and_deleted(local, ada, channel, connect):
    listener = await connect(ada.token)
    emoji = await ada.post(of(ada), {"name": "party", "image": uri(PNG)}, expect=201, reason="fun")
    assert (emoji["name"], emoji["animated"], emoji["user"]["id"]) == ("party", False, ada.user_id)
    assert (await listener.event("GUILD_EMOJIS_UPDATE"))["d"]["emojis"] == [emoji]
    assert await ada.get(of(ada)) == [emoji]
    assert await ada.get(of(ada, emoji)) == emoji
    assert await shown(local, emoji["id"]) == (200, "image/png", PNG)
    message = await ada.say(channel)
    await ada.put(f"/channels/{channel['id']}/messages/{message['id']}/reactions/party:{emoji['id']}/@me")
    assert (await ada.patch(of(ada, emoji), {"name": "feast"}))["name"] == "feast"
    await ada.delete(of(ada, emoji))
    assert await ada.get(of(ada)) == []
    assert (await shown(local, emoji["id"]))[0] == 404
    for method in ("GET", "DELETE"):
        answer = await ada.ask(method, of(ada, emoji))
        assert (answer.status, answer.code) == (404, 10014)
    entries = (await ada.get(f"/guilds/{ada.guild_id}/audit-logs"))["audit_log_entries"]
    assert [entry["action_type"] for entry in entries[:3]] == [62, 61, 60]
    assert (entries[2]["reason"], entries[1]["changes"]) == (
        "fun",
        [{"key": "name", "old_value": "party", "new_value": "feast"}],
    )


@pytest.mark.proves("emojis.checked")
@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({"image": uri(PNG)}, "name"),
        ({"name": "x", "image": uri(PNG)}, "name"),
        ({"name": "two words", "image": uri(PNG)}, "name"),
        ({"name": "party"}, "image"),
        ({"name": "party", "image": "picture.png"}, "image"),
        ({"name": "party", "image": uri(b"<svg></svg>", "svg+xml")}, "image"),
        ({"name": "party", "image": uri(b"no picture")}, "image"),
        ({"name": "party", "image": uri(PNG)[:-3] + "!!!"}, "image"),
        ({"name": "party", "image": uri(PNG + bytes(256 * 1024))}, "image"),
    ],
)
async def test_what_can_be_no_emoji_is_refused_at_its_place(ada, body, place):
    answer = await ada.ask("POST", of(ada), body)
    assert (answer.code, list(answer.body["errors"])) == (50035, [place])


@pytest.mark.proves("emojis.checked")
async def test_a_guild_has_50_emoji_that_move_and_50_that_do_not(ada):
    for number in range(50):
        await ada.post(of(ada), {"name": f"still{number}", "image": uri(PNG)}, expect=201)
    assert (await ada.ask("POST", of(ada), {"name": "more", "image": uri(PNG)})).code == 30008
    moving = await ada.post(of(ada), {"name": "moving", "image": uri(GIF, "gif")}, expect=201)
    assert moving["animated"] is True


@pytest.mark.proves("emojis.permissions")
async def test_emoji_are_for_those_who_may_make_them_and_those_of_others_for_who_manages_them(local, ada, grace, bot):
    body = {"name": "party", "image": uri(PNG)}
    for client in (grace, bot):
        assert (await client.ask("POST", of(client), body)).code == 50013
    maker = local.admin.add_bot("maker", permissions=BOT | Permission.CREATE_GUILD_EXPRESSIONS)
    async with Http(local, maker.token, bot=True) as client:
        own = await client.post(of(client), body, expect=201)
        others = await ada.post(of(ada), body, expect=201)
        assert (await client.patch(of(client, own), {"name": "mine"}))["name"] == "mine"
        assert (await client.ask("PATCH", of(client, others), {"name": "mine"})).code == 50013
        assert (await client.ask("DELETE", of(client, others))).code == 50013
        await client.delete(of(client, own))


@pytest.mark.proves("emojis.manage", "data.uploads")
async def test_the_picture_of_an_emoji_is_kept_over_a_restart(serve, tmp_path):
    async with serve(data=tmp_path) as local, Http(local, local.ready.person("ada").token) as ada:
        emoji = await ada.post(of(ada), {"name": "party", "image": uri(PNG)}, expect=201)
    async with serve(data=tmp_path) as local:
        assert (await shown(local, emoji["id"]))[2] == PNG
