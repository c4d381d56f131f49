"""With a data folder everything survives a restart, even one by kill -9."""

import asyncio
import json
import os
import signal
import sys

import aiohttp
import pytest
from localcord_client import Http, form

from claw_discord_coord.localcord import DataInUseError, LocalDiscord, Ready, ReadyBot, ReadyPerson

pytestmark = pytest.mark.anyio


@pytest.mark.proves("data.everything")
async def test_a_restart_changes_nothing(serve, tmp_path):
    async with serve(data=tmp_path) as local:
        ready = local.ready.as_dict()
        async with Http(local, local.ready.bots[0].token, bot=True) as bot:
            channel = await bot.post(f"/guilds/{bot.guild_id}/channels", {"name": "work"}, expect=201)
            message = await bot.say(channel, "kept", nonce="n", enforce_nonce=True)
            await bot.put(f"/channels/{channel['id']}/messages/{message['id']}/reactions/✅/@me")
            await bot.put(f"/channels/{channel['id']}/messages/pins/{message['id']}")
            path = f"/channels/{channel['id']}/messages/{message['id']}/threads"
            thread = await bot.post(path, {"name": "t"}, expect=201)
            hook = await bot.post(f"/channels/{channel['id']}/webhooks", {"name": "h"})
            gone = await bot.say(channel, "gone")
            await bot.delete(f"/channels/{channel['id']}/messages/{gone['id']}")
            before = await bot.get(f"/channels/{channel['id']}/messages")
            log = (await bot.get(f"/guilds/{bot.guild_id}/audit-logs"))["audit_log_entries"]
    async with serve(data=tmp_path) as local:
        again = local.ready.as_dict()
        assert (again["bots"], again["people"], again["guild_id"]) == (
            ready["bots"],
            ready["people"],
            ready["guild_id"],
        )
        async with Http(local, local.ready.bots[0].token, bot=True) as bot:
            assert await bot.get(f"/channels/{channel['id']}/messages") == before
            assert (await bot.get(f"/guilds/{bot.guild_id}/audit-logs"))["audit_log_entries"] == log
            assert (await bot.say(channel, "x", nonce="n", enforce_nonce=True))["id"] == message["id"]
            assert (await bot.ask("POST", path, {"name": "second"})).code == 160004
            assert (await bot.get(f"/channels/{thread['id']}/thread-members"))[0]["user_id"] == bot.user_id
            assert (await bot.ask("POST", f"/webhooks/{hook['id']}/{hook['token']}", {"content": "x"})).status == 204
            assert int((await bot.say(channel, "new"))["id"]) > int(gone["id"])


@pytest.mark.proves("data.uploads")
async def test_uploads_are_kept(serve, tmp_path):
    async with serve(data=tmp_path) as local, Http(local, local.ready.bots[0].token, bot=True) as bot:
        channel = await bot.post(f"/guilds/{bot.guild_id}/channels", {"name": "work"}, expect=201)
        data = form({}, ("a.bin", b"\x00\x01", "application/octet-stream"))
        message = (await bot.ask("POST", f"/channels/{channel['id']}/messages", data=data)).body
    async with serve(data=tmp_path) as local, Http(local, local.ready.bots[0].token, bot=True) as bot:
        shown = await bot.get(f"/channels/{channel['id']}/messages/{message['id']}")
        url = shown["attachments"][0]["url"]
        assert url.startswith(local.page)
        async with bot._session.get(url) as response:
            assert await response.read() == b"\x00\x01"


@pytest.mark.proves("data.undone")
@pytest.mark.parametrize("kept", [False, True])
async def test_a_change_that_cannot_be_saved_is_undone(serve, tmp_path, kept):
    options = {"data": tmp_path} if kept else {}
    async with serve(**options) as local, Http(local, local.ready.bots[0].token, bot=True) as bot:
        world = local.parts.world
        channel = await bot.post(f"/guilds/{bot.guild_id}/channels", {"name": "work"}, expect=201)
        path = f"/channels/{channel['id']}/messages"
        upload = form({}, ("a.bin", b"\x00\x01", "application/octet-stream"))
        message = (await bot.ask("POST", path, data=upload)).body
        before = await bot.get(path)
        row = world.channels[channel["id"]]
        row.topic = object()
        world.channels.put(row)
        world.drop_message(world.messages[message["id"]])
        with pytest.raises(TypeError):
            local.parts.flush()
        assert (world.channels[channel["id"]], row.topic) == (row, None)
        assert await bot.get(path) == before
        async with bot._session.get(message["attachments"][0]["url"]) as response:
            assert await response.read() == b"\x00\x01"
        await bot.say(channel, "next")
        assert len(await bot.get(path)) == 2


@pytest.mark.proves("data.undone")
async def test_a_full_disk_fails_one_request_and_not_those_after_it(serve, tmp_path):
    async with serve(data=tmp_path) as local, Http(local, local.ready.bots[0].token, bot=True) as bot:
        channel = await bot.post(f"/guilds/{bot.guild_id}/channels", {"name": "work"}, expect=201)
        path = f"/channels/{channel['id']}/messages"
        await bot.say(channel, "before")
        disk = local.parts.world.store._db
        (pages,) = disk.execute("PRAGMA page_count").fetchone()
        disk.execute(f"PRAGMA max_page_count = {pages + 4}")
        large = form({"content": "large"}, ("a.bin", b"x" * 1_000_000, "application/octet-stream"))
        assert (await bot.ask("POST", path, data=large)).status == 500
        assert [message["content"] for message in await bot.get(path)] == ["before"]
        await bot.say(channel, "after")
        shown = await bot.get(path)
        assert [message["content"] for message in shown] == ["after", "before"]
    async with serve(data=tmp_path) as local, Http(local, local.ready.bots[0].token, bot=True) as bot:
        assert await bot.get(path) == shown


@pytest.mark.proves("data.clock")
async def test_a_moved_clock_stays_moved(serve, tmp_path):
    async with serve(data=tmp_path) as local, Http(local, local.ready.bots[0].token, bot=True) as bot:
        local.admin.advance(86_400)
        await bot.post(f"/guilds/{bot.guild_id}/channels", {"name": "x"}, expect=201)
        before = local.admin.now()
    async with serve(data=tmp_path) as local:
        assert local.admin.now() > before


@pytest.mark.proves("data.locked")
async def test_two_servers_never_share_a_folder(serve, tmp_path):
    async with serve(data=tmp_path):
        with pytest.raises(DataInUseError, match="in use"):
            async with LocalDiscord.serve(data=tmp_path):
                pass
    async with serve(data=tmp_path):
        pass


@pytest.mark.proves("data.interactions")
async def test_an_interaction_is_answered_after_a_restart(serve, tmp_path):
    async with serve(data=tmp_path) as local, Http(local, local.ready.bots[0].token, bot=True) as bot:
        channel = await bot.post(f"/guilds/{bot.guild_id}/channels", {"name": "work"}, expect=201)
        button = {"type": 2, "style": 1, "label": "Go", "custom_id": "go"}
        message = await bot.say(channel, "x", components=[{"type": 1, "components": [button]}])
        async with Http(local, local.ready.person("ada").token) as ada:
            body = {
                "type": 3,
                "application_id": bot.user_id,
                "guild_id": bot.guild_id,
                "channel_id": channel["id"],
                "message_id": message["id"],
                "session_id": "none",
                "data": {"component_type": 2, "custom_id": "go"},
            }
            await ada.post("/interactions", body, expect=204)
        interaction = next(iter(local.parts.world.interactions))
        await bot.post(f"/interactions/{interaction.id}/{interaction.token}/callback", {"type": 5}, expect=204)
    async with serve(data=tmp_path) as local, Http(local, local.ready.bots[0].token, bot=True) as bot:
        path = f"/webhooks/{bot.user_id}/{interaction.token}"
        assert (await bot.patch(f"{path}/messages/@original", {"content": "late but fine"}))["flags"] & 128 == 0
        again = f"/interactions/{interaction.id}/{interaction.token}/callback"
        assert (await bot.ask("POST", again, {"type": 6})).code == 40060


async def start(tmp_path, judged):
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "claw_discord_coord.localcord", "--no-limits", "--data", str(tmp_path)),
        env={**os.environ, **judged},
        stdout=asyncio.subprocess.PIPE,
    )
    return process, json.loads(await asyncio.wait_for(process.stdout.readline(), 20))


class Elsewhere:
    """What a client needs to know of a server in another process."""

    def __init__(self, ready):
        bots = [ReadyBot(**bot) for bot in ready["bots"]]
        people = [ReadyPerson(**person) for person in ready["people"]]
        self.ready = Ready(**(ready | {"bots": bots, "people": people}))
        self.api_base = ready["api_base"]


@pytest.mark.proves("data.kill-9")
async def test_no_acknowledged_write_is_lost_by_kill_9(tmp_path, judged):
    acknowledged, channel = [], None
    for _ in range(3):
        process, ready = await start(tmp_path, judged)
        local = Elsewhere(ready)
        async with Http(local, local.ready.bots[0].token, bot=True) as bot:
            if channel is None:
                channel = await bot.post(f"/guilds/{bot.guild_id}/channels", {"name": "work"}, expect=201)
            path = f"/channels/{channel['id']}/messages"
            shown, after = [], "0"
            while page := await bot.get(path, limit=100, after=after):
                shown += [message["id"] for message in page]
                after = page[0]["id"]
            assert set(acknowledged) <= set(shown)
            assert len(shown) <= len(acknowledged) + 8 * 3

            async def write(bot=bot, channel=channel):
                while True:
                    try:
                        acknowledged.append((await bot.say(channel, "x"))["id"])
                    except (aiohttp.ClientError, OSError):
                        return

            writers = [asyncio.ensure_future(write()) for _ in range(8)]
            enough = len(acknowledged) + 150
            while len(acknowledged) < enough:
                await asyncio.wait(writers, timeout=0.01)
            os.kill(process.pid, signal.SIGKILL)
            await process.wait()
            await asyncio.gather(*writers)
    assert len(acknowledged) >= 450
