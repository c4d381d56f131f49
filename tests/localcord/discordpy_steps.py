#!/usr/bin/env python3
# ruff: noqa: BLE001, PTH123, SIM115
"""An unmodified discord.py client walks 39 steps on a Discord-compatible server and checks each answer.

Usage: discordpy_steps.py API_BASE GATEWAY_URL BOT_TOKEN GUILD_ID     (needs discord.py 2.7)
API_BASE ends in /api/v10. Exit code 0 when every step holds; the last line is the count.
"""

import asyncio
import sys

import discord
import yarl
from discord import app_commands
from discord.asset import Asset
from discord.gateway import DiscordWebSocket
from discord.http import Route

API, GATEWAY, TOKEN, GUILD = sys.argv[1:5]
Route.BASE = API.rstrip("/")
DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(GATEWAY)
Asset.BASE = API.split("/api")[0]
STEP_TIMEOUT_S = 12
held: list[str] = []
failed: list[str] = []


class Button(discord.ui.View):
    def __init__(self) -> None:
        super().__init__(timeout=None)

    @discord.ui.button(label="Claim", custom_id="claim:1")
    async def claim(self, interaction: discord.Interaction, _: discord.ui.Button) -> None:
        await interaction.response.send_message("ok", ephemeral=True)


class Walker(discord.Client):
    def __init__(self) -> None:
        intents = discord.Intents.default()
        intents.message_content = True
        super().__init__(intents=intents, guild_ready_timeout=0.3)
        self.messages: asyncio.Queue[discord.Message] = asyncio.Queue()
        self.tree = app_commands.CommandTree(self)

        @self.tree.command(name="ping", description="Answers pong")
        async def ping(interaction: discord.Interaction) -> None:
            await interaction.response.send_message("pong")

    async def setup_hook(self) -> None:
        self.add_view(Button())

    async def on_message(self, message: discord.Message) -> None:
        await self.messages.put(message)


client = Walker()


async def step(name, call, check=lambda _: True):
    """Runs one step; it holds when the call returns in time and check(result) is true."""
    try:
        result = await asyncio.wait_for(call(), STEP_TIMEOUT_S)
        (held if check(result) else failed).append(name)
        if name in failed:
            print(f"FAIL {name}: got {result!r:.200}")
        return result
    except Exception as error:  # a judge reports every way to fall short
        failed.append(name)
        print(f"FAIL {name}: {type(error).__name__}: {error!s:.300}")


async def collect(iterator):
    return [item async for item in iterator]


async def walk() -> None:
    await asyncio.wait_for(client.wait_until_ready(), 30)
    guild = client.get_guild(int(GUILD))
    await step("guild in READY", lambda: asyncio.sleep(0, guild), lambda g: g is not None)
    await step("fetch channels", guild.fetch_channels, lambda c: len(c) >= 1)
    ch = await step(
        "create text channel", lambda: guild.create_text_channel("work", topic="topic"), lambda c: c.topic == "topic"
    )
    m = await step(
        "send with button", lambda: ch.send("hello", view=Button()), lambda x: x.content == "hello" and x.components
    )
    await step("own MESSAGE_CREATE", client.messages.get, lambda x: x.id == m.id)
    a = await step("send with nonce", lambda: ch.send("n", nonce="same-nonce-1"))
    await step("same nonce, same message", lambda: ch.send("n", nonce="same-nonce-1"), lambda x: x.id == a.id)
    await step("other nonce, other message", lambda: ch.send("n", nonce="same-nonce-2"), lambda x: x.id != a.id)
    await step(
        "edit", lambda: m.edit(content="edited", view=None), lambda x: x.content == "edited" and not x.components
    )
    await step("edit topic", lambda: ch.edit(topic="t2"), lambda c: c.topic == "t2")
    await step(
        "history, newest first",
        lambda: collect(ch.history(limit=10)),
        lambda h: [x.id for x in h] == sorted((x.id for x in h), reverse=True) and len(h) == 3,
    )
    await step(
        "history after, oldest first",
        lambda: collect(ch.history(limit=None, after=m, oldest_first=True)),
        lambda h: [x.content for x in h] == ["n", "n"],
    )
    await step("add reaction", lambda: m.add_reaction("\N{WHITE HEAVY CHECK MARK}"))
    await step(
        "read reaction",
        lambda: ch.fetch_message(m.id),
        lambda x: [(str(r.emoji), r.count, r.me) for r in x.reactions] == [("\N{WHITE HEAVY CHECK MARK}", 1, True)],
    )
    await step("pin", m.pin)
    await step("pins", lambda: collect(ch.pins()), lambda p: [x.id for x in p] == [m.id])
    th = await step(
        "thread from message has its id",
        lambda: m.create_thread(name="t1", auto_archive_duration=1440),
        lambda t: t.id == m.id,
    )

    async def second_thread():
        try:
            await m.create_thread(name="t1b")
        except discord.HTTPException as error:
            return error.status, error.code

    await step("one thread per message: 400, 160004", second_thread, lambda r: r == (400, 160004))
    await step("thread without message", lambda: ch.create_thread(name="t2", type=discord.ChannelType.public_thread))
    await step("send in thread", lambda: th.send("in thread"), lambda x: x.channel.id == th.id)
    await step("archive", lambda: th.edit(archived=True), lambda t: t.archived)
    await step(
        "archived threads", lambda: collect(ch.archived_threads(limit=5)), lambda t: [x.id for x in t] == [th.id]
    )
    await step("unarchive", lambda: th.edit(archived=False), lambda t: not t.archived)
    await step("active threads", guild.active_threads, lambda t: th.id in [x.id for x in t])
    hook = await step("create webhook", lambda: ch.create_webhook(name="agent-x"))
    hooked = await step(
        "execute webhook",
        lambda: hook.send("via webhook", username="agent-7", wait=True),
        lambda x: x.author.name == "agent-7",
    )
    await step("edit webhook message", lambda: hooked.edit(content="wh edited"), lambda x: x.content == "wh edited")
    await step("webhook into thread", lambda: hook.send("wh in thread", thread=th, wait=True))
    await step("list webhooks", ch.webhooks, lambda w: [x.id for x in w] == [hook.id])
    forum = await step("create forum", lambda: guild.create_forum("tasks"))
    await step(
        "forum post", lambda: forum.create_thread(name="task 1", content="body"), lambda p: p.message.content == "body"
    )
    await step("sync guild commands", lambda: client.tree.sync(guild=guild))
    await step("sync global commands", client.tree.sync, lambda c: [x.name for x in c] == ["ping"])

    async def layout():
        view = discord.ui.LayoutView()
        view.add_item(discord.ui.TextDisplay("v2 text"))
        return await ch.send(view=view)

    await step("components v2", layout, lambda x: x.flags.components_v2)
    sent = await step(
        "send file", lambda: ch.send(file=discord.File(__file__, "x.py")), lambda x: x.attachments[0].filename == "x.py"
    )
    await step("read file back", lambda: sent.attachments[0].read(), lambda b: b == open(__file__, "rb").read())

    async def too_long():
        try:
            await ch.send("x" * 2001)
        except discord.HTTPException as error:
            return error.status, error.code

    await step("2,001 characters: 400, 50035", too_long, lambda r: r == (400, 50035))

    async def bulk():
        pair = [await ch.send("x"), await ch.send("y")]
        await ch.delete_messages(pair)
        return [x.id for x in await collect(ch.history(limit=2))], [x.id for x in pair]

    await step("bulk delete", bulk, lambda r: not set(r[0]) & set(r[1]))
    await step("delete channel", ch.delete)


async def main() -> None:
    running = asyncio.create_task(client.start(TOKEN))
    walking = asyncio.create_task(walk())
    await asyncio.wait({running, walking}, timeout=200, return_when=asyncio.FIRST_COMPLETED)
    for job, name in ((walking, "walk"), (running, "client")):
        if job.done() and job.exception():
            failed.append(f"{name} died: {job.exception()!r:.200}")
    await client.close()
    for job in (walking, running):
        job.cancel()
    await asyncio.gather(walking, running, return_exceptions=True)
    print(f"{len(held)} of {len(held) + len(failed)} steps hold" + (": " + "; ".join(failed) if failed else ""))


asyncio.run(main())
sys.exit(bool(failed))
