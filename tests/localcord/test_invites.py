"""Invites: made, listed, looked at, revoked, expired."""

import pytest
from localcord_client import Http

pytestmark = pytest.mark.anyio


def of(channel):
    return f"/channels/{channel['id']}/invites"


@pytest.mark.proves("invites.manage")
async def test_an_invite_is_made_listed_seen_and_revoked(local, bot, channel, connect):
    listener = await connect(bot.token)
    invite = await bot.post(of(channel), {"max_age": 3600, "max_uses": 5}, reason="guests")
    assert (invite["channel"]["id"], invite["inviter"]["id"]) == (channel["id"], bot.user_id)
    assert (invite["max_age"], invite["max_uses"], invite["uses"], invite["temporary"]) == (3600, 5, 0, False)
    told = (await listener.event("INVITE_CREATE"))["d"]
    assert (told["code"], told["max_uses"], told["inviter"]["id"]) == (invite["code"], 5, bot.user_id)
    assert await bot.get(of(channel)) == await bot.get(f"/guilds/{bot.guild_id}/invites") == [invite]
    async with Http(local, None) as anyone:
        seen = await anyone.get(f"/invites/{invite['code']}", with_counts="true")
    assert (seen["guild"]["name"], seen["approximate_member_count"], "uses" in seen) == ("Local guild", 4, False)
    assert (await bot.delete(f"/invites/{invite['code']}", expect=200))["code"] == invite["code"]
    gone = {"guild_id": bot.guild_id, "channel_id": channel["id"], "code": invite["code"]}
    assert (await listener.event("INVITE_DELETE"))["d"] == gone
    answer = await bot.ask("GET", f"/invites/{invite['code']}")
    assert (answer.status, answer.code) == (404, 10006)
    entries = (await bot.get(f"/guilds/{bot.guild_id}/audit-logs"))["audit_log_entries"]
    assert [(entry["action_type"], entry.get("reason")) for entry in entries[:2]] == [(42, None), (40, "guests")]


@pytest.mark.proves("invites.manage")
async def test_the_same_terms_give_the_same_invite_unless_it_is_to_be_unique(bot, grace, channel):
    first = await bot.post(of(channel), {})
    assert (await bot.post(of(channel)))["code"] == first["code"]
    others = [
        await bot.post(of(channel), {"unique": True}),
        await bot.post(of(channel), {"max_uses": 1}),
        await grace.post(of(channel), {}),
    ]
    assert len({invite["code"] for invite in (first, *others)}) == 4


@pytest.mark.proves("invites.manage")
async def test_an_invite_ends_with_its_time_or_its_channel(local, bot, channel):
    await bot.post(of(channel), {"max_age": 60})
    lasting = await bot.post(of(channel), {"max_age": 0})
    assert lasting["expires_at"] is None
    local.admin.advance(61)
    assert [invite["code"] for invite in await bot.get(of(channel))] == [lasting["code"]]
    await bot.delete(f"/channels/{channel['id']}", expect=200)
    assert (await bot.ask("GET", f"/invites/{lasting['code']}")).code == 10006


@pytest.mark.proves("invites.checked")
async def test_invites_are_checked_and_for_those_who_may(local, bot, grace, ada, channel, connect):
    for body in ({"max_age": 5_184_001}, {"max_uses": 101}, {"max_uses": -1}, {"temporary": "maybe"}):
        assert (await bot.ask("POST", of(channel), body)).code == 50035
    category = await bot.post(f"/guilds/{bot.guild_id}/channels", {"name": "c", "type": 4}, expect=201)
    assert (await bot.ask("POST", of(category), {})).code == 50024
    listener = await connect(grace.token)
    invite = await grace.post(of(channel), {})
    assert (await grace.ask("GET", of(channel))).code == 50013
    assert (await grace.ask("GET", f"/guilds/{grace.guild_id}/invites")).code == 50013
    assert (await grace.ask("DELETE", f"/invites/{invite['code']}")).code == 50013
    assert "INVITE_CREATE" not in await listener.drain()
    await ada.put(f"/channels/{channel['id']}/permissions/{bot.guild_id}", {"type": 0, "deny": "1"})
    assert (await grace.ask("POST", of(channel), {})).code == 50013


@pytest.mark.proves("invites.manage", "data.everything")
async def test_an_invite_is_kept_over_a_restart(serve, tmp_path):
    async with serve(data=tmp_path) as local, Http(local, local.ready.person("ada").token) as ada:
        general = next(c for c in await ada.get(f"/guilds/{ada.guild_id}/channels") if c["name"] == "general")
        invite = await ada.post(of(general), {})
    async with serve(data=tmp_path) as local, Http(local, local.ready.person("ada").token) as ada:
        assert await ada.get(of(general)) == [invite]
