"""An unmodified discord.py against the local Discord: everything it does, and every way its gateway can fail."""

import asyncio
import sys
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import discord
import pytest
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

pytestmark = pytest.mark.anyio

STEPS = Path(__file__).parent / "discordpy_steps.py"
TIMEOUT_S = 20


@pytest.mark.proves("discordpy.39-steps")
@pytest.mark.local(limits=True)
async def test_all_39_steps_hold_with_every_limit_in_force(local):
    bot = local.ready.bots[0]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, str(STEPS), local.api_base, local.gateway_url, bot.token, local.ready.guild_id),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    out, _ = await asyncio.wait_for(process.communicate(), 120)
    assert out.decode().strip().splitlines()[-1] == "39 of 39 steps hold", out.decode()
    assert process.returncode == 0


class Client(discord.Client):
    """A plain bot that notes what happens to it."""

    def __init__(self, *, intents=None):
        intents = intents or discord.Intents(guilds=True, guild_messages=True, message_content=True)
        super().__init__(intents=intents, guild_ready_timeout=0.05)
        self.happened = asyncio.Queue()
        self.views = []

    async def setup_hook(self):
        for view in self.views:
            self.add_view(view)

    async def on_ready(self):
        self.happened.put_nowait("ready")

    async def on_resumed(self):
        self.happened.put_nowait("resumed")

    async def on_message(self, message):
        self.happened.put_nowait(message.content)

    async def next(self, timeout_s=TIMEOUT_S):
        return await asyncio.wait_for(self.happened.get(), timeout_s)


@pytest.fixture
def running(local, monkeypatch):
    """Runs a discord.py client on the local Discord; its only change is where Discord is."""
    monkeypatch.setattr(Route, "BASE", local.api_base)
    monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(local.gateway_url))

    @asynccontextmanager
    async def running(client, token):
        task = asyncio.create_task(client.start(token))
        try:
            first = asyncio.create_task(client.next())
            await asyncio.wait({task, first}, return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                first.cancel()
                await task
            assert await first == "ready"
            yield client
        finally:
            await client.close()
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    return running


SURVIVED = {
    "op 7": lambda faults: faults.reconnect(),
    "op 9 true": lambda faults: faults.invalidate(resumable=True),
    "close 1000": lambda faults: faults.close_gateway(1000),
    "close 4000": lambda faults: faults.close_gateway(4000),
    "TCP abort": lambda faults: faults.close_gateway(0),
}
LOST = {
    "op 9 false": lambda faults: faults.invalidate(),
    "close 4009": lambda faults: faults.close_gateway(4009),
    "refused resume": lambda faults: (faults.refuse_resume(), faults.close_gateway(4000)),
}


@pytest.mark.proves("discordpy.resumes")
@pytest.mark.parametrize("name", SURVIVED)
async def test_it_resumes_and_gets_what_it_missed(local, running, bot, channel, name):
    async with running(Client(), bot.token) as client:
        SURVIVED[name](local.faults)
        await asyncio.wait_for(local.admin.until_disconnected(bot.user_id), TIMEOUT_S)
        await bot.say(channel, "while away")
        assert {await client.next(), await client.next()} == {"while away", "resumed"}
        await bot.say(channel, "back")
        assert await client.next() == "back"


@pytest.mark.proves("discordpy.loses")
@pytest.mark.parametrize("name", LOST)
async def test_it_identifies_anew_and_never_gets_what_it_missed(local, running, bot, channel, name):
    async with running(Client(), bot.token) as client:
        LOST[name](local.faults)
        await asyncio.wait_for(local.admin.until_disconnected(bot.user_id), TIMEOUT_S)
        await bot.say(channel, "while away")
        assert await client.next() == "ready"
        await bot.say(channel, "back")
        assert await client.next() == "back"


@pytest.mark.proves("discordpy.first-connect")
async def test_a_first_connection_that_fails_ends_it(local, running, bot):
    local.faults.fail("GET", "/gateway", status=503)
    with pytest.raises((AttributeError, aiohttp.ClientError)):
        async with running(Client(), bot.token):
            pass


@pytest.mark.proves("discordpy.resumes-after-5xx")
async def test_a_resume_that_meets_a_503_is_tried_again(local, running, bot, channel):
    async with running(Client(), bot.token) as client:
        fault = local.faults.fail("GET", "/gateway", status=503)
        local.faults.close_gateway(4000)
        await asyncio.wait_for(local.admin.until_disconnected(bot.user_id), TIMEOUT_S)
        await bot.say(channel, "while away")
        assert {await client.next(), await client.next()} == {"while away", "resumed"}
        assert fault.hits == 1


@pytest.mark.proves("discordpy.login")
async def test_it_understands_why_it_may_not_log_in(local, running, bot):
    with pytest.raises(discord.LoginFailure):
        async with running(Client(), "nonsense"):
            pass
    local.admin.set_privileged(bot.user_id)
    with pytest.raises(discord.PrivilegedIntentsRequired):
        async with running(Client(), bot.token):
            pass


@pytest.mark.proves("discordpy.nonce")
async def test_its_own_retry_of_a_send_makes_no_second_message(local, running, bot, channel):
    async with running(Client(), bot.token) as client:
        local.faults.fail("POST", "/channels/*/messages", status=502, when="after")
        sent = await client.get_channel(int(channel["id"])).send("once")
        assert [m["id"] for m in await bot.get(f"/channels/{channel['id']}/messages")] == [str(sent.id)]


@pytest.mark.proves("discordpy.thread-retry")
async def test_its_own_retry_of_a_thread_meets_160004_though_it_won(local, running, bot, channel):
    async with running(Client(), bot.token) as client:
        message = await client.get_channel(int(channel["id"])).send("claim")
        local.faults.fail("POST", "*/threads", status=502, when="after")
        with pytest.raises(discord.HTTPException) as refused:
            await message.create_thread(name="mine")
        assert refused.value.code == 160004
        assert (await client.fetch_channel(message.id)).name == "mine"


@pytest.mark.proves("discordpy.errors")
async def test_it_sees_503_drops_and_429_without_via_as_they_are(local, running, bot, channel):
    async with running(Client(), bot.token) as client:
        place = client.get_channel(int(channel["id"]))
        local.faults.fail("POST", status=503)
        with pytest.raises(discord.DiscordServerError):
            await place.send("x")
        local.faults.drop("POST", when="after")
        with pytest.raises(aiohttp.ServerDisconnectedError):
            await place.send("x")
        local.faults.rate_limit("POST", via=False)
        with pytest.raises(discord.HTTPException) as banned:
            await place.send("x")
        assert banned.value.status == 429
        local.faults.rate_limit("POST", retry_after=0.05)
        assert (await place.send("waited")).content == "waited"


@pytest.mark.proves("discordpy.bucket")
@pytest.mark.local(limits=True)
async def test_the_send_that_empties_the_bucket_returns_late_though_it_was_posted_at_once(local, running, bot, channel):
    async with running(Client(), bot.token) as client:
        place = client.get_channel(int(channel["id"]))
        for number in range(4):
            await place.send(str(number))
        fifth = asyncio.create_task(place.send("fifth"))
        for number in range(4):
            assert await client.next() == str(number)
        assert await client.next() == "fifth"
        assert not fifth.done()
        await asyncio.wait_for(fifth, 6)


class Claim(discord.ui.View):
    """A persistent button."""

    def __init__(self):
        super().__init__(timeout=None)
        self.results = asyncio.Queue()

    @discord.ui.button(label="Claim", custom_id="claim:1")
    async def claim(self, interaction, _):
        try:
            await interaction.response.send_message("yours", ephemeral=True)
            self.results.put_nowait("acknowledged")
        except discord.HTTPException as error:
            self.results.put_nowait((error.status, error.code))


async def press(person, bot, channel, message_id):
    body = {
        "type": 3,
        "application_id": bot.user_id,
        "guild_id": bot.guild_id,
        "channel_id": channel["id"],
        "message_id": str(message_id),
        "message_flags": 0,
        "session_id": "none",
        "nonce": "1",
        "data": {"component_type": 2, "custom_id": "claim:1"},
    }
    await person.post("/interactions", body, expect=204)


@pytest.mark.proves("discordpy.persistent-buttons")
async def test_a_button_works_after_the_bot_restarted(running, bot, ada, channel):
    async with running(Client(), bot.token) as client:
        message = await client.get_channel(int(channel["id"])).send("press", view=Claim())
    view, client = Claim(), Client()
    client.views.append(view)
    async with running(client, bot.token):
        await press(ada, bot, channel, message.id)
        assert await asyncio.wait_for(view.results.get(), TIMEOUT_S) == "acknowledged"


@pytest.mark.proves("discordpy.ack-race")
async def test_of_two_clients_on_one_token_one_acknowledges_and_the_other_learns_so(running, bot, ada, channel):
    views, clients = [Claim(), Claim()], [Client(), Client()]
    for client, view in zip(clients, views, strict=True):
        client.views.append(view)
    async with running(clients[0], bot.token), running(clients[1], bot.token):
        message = await clients[0].get_channel(int(channel["id"])).send("press", view=views[0])
        await press(ada, bot, channel, message.id)
        results = [await asyncio.wait_for(view.results.get(), TIMEOUT_S) for view in views]
        assert sorted(results, key=str) == [(400, 40060), "acknowledged"]


class Watcher(Client):
    """Notes bans, invites, emoji and roles too."""

    def __init__(self):
        intents = discord.Intents(
            guilds=True, members=True, moderation=True, invites=True, emojis_and_stickers=True, guild_messages=True
        )
        super().__init__(intents=intents | discord.Intents(message_content=True))

    async def on_member_ban(self, guild, user):
        self.happened.put_nowait(f"banned {user.name}")

    async def on_member_unban(self, guild, user):
        self.happened.put_nowait(f"unbanned {user.name}")

    async def on_member_remove(self, member):
        self.happened.put_nowait(f"gone {member.name}")

    async def on_invite_create(self, invite):
        self.happened.put_nowait(f"invite {invite.max_uses}")

    async def on_guild_role_create(self, role):
        self.happened.put_nowait(f"role {role.name}")

    async def on_guild_emojis_update(self, guild, before, after):
        self.happened.put_nowait(f"emojis {len(after)}")


@pytest.mark.proves("discordpy.moderates")
async def test_it_bans_invites_forwards_moves_roles_and_makes_emoji(local, running):
    bot = local.admin.add_bot("moderator", permissions=discord.Permissions.all().value & 0x1FFFFFFFFFFFFF)
    other = local.admin.add_person("other")
    async with running(Watcher(), bot.token) as client:
        guild = client.get_guild(int(local.ready.guild_id))
        general = discord.utils.get(guild.text_channels, name="general")
        grace = discord.utils.get(guild.members, name="grace")
        source = await general.send("the original", silent=True)
        assert await client.next() == "the original"
        forward = await source.forward(general)
        assert await client.next() == ""
        assert forward.message_snapshots[0].content == "the original"
        assert forward.flags.forwarded
        await guild.ban(grace, reason="spam", delete_message_seconds=60)
        assert {await client.next(), await client.next()} == {"banned grace", "gone grace"}
        assert (await guild.fetch_ban(grace)).reason == "spam"
        assert [entry.user.name async for entry in guild.bans()] == ["grace"]
        await guild.unban(grace)
        assert await client.next() == "unbanned grace"
        result = await guild.bulk_ban([discord.Object(int(other.user_id)), discord.Object(1)])
        assert ([user.id for user in result.banned], [user.id for user in result.failed]) == ([int(other.user_id)], [1])
        assert {await client.next(), await client.next()} == {"banned other", "gone other"}
        invite = await general.create_invite(max_uses=3)
        assert await client.next() == "invite 3"
        assert [found.code for found in await guild.invites()] == [invite.code]
        assert (await client.fetch_invite(invite.url)).guild.id == guild.id
        await invite.delete()
        emoji = await guild.create_custom_emoji(name="party", image=b"\x89PNG\r\n\x1a\n" + bytes(40))
        assert await client.next() == "emojis 1"
        await emoji.delete()
        assert await client.next() == "emojis 0"
        for name in ("low", "high"):
            await guild.create_role(name=name)
            assert await client.next() == f"role {name}"
        assert [role.name for role in guild.roles][:3] == ["@everyone", "high", "low"]
        await guild.edit_role_positions({discord.utils.get(guild.roles, name="high"): 2})
        assert [role.name for role in await guild.fetch_roles()][:3] == ["@everyone", "low", "coordinator"]
