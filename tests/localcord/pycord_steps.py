"""An unmodified py-cord: messages with files, threads, reactions, a button and a slash command.

Usage: pycord_steps.py API_BASE BOT_TOKEN GUILD_ID APPLICATION_ID PERSON_TOKEN. Prints one step a line as it holds; the
last is `done`. Clicks and commands are a person's, over HTTP.
"""

import asyncio
import io
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import discord
from discord.http import Route

API, TOKEN, GUILD, APPLICATION, PERSON = sys.argv[1:6]
TIMEOUT_S = 15

Route.API_BASE_URL = API
loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)  # py-cord takes the loop it lives on when it is made
bot = discord.Bot(intents=discord.Intents.all(), debug_guilds=[int(GUILD)])


class Buttons(discord.ui.View):
    @discord.ui.button(label="Go", custom_id="go")
    async def go(self, button: discord.ui.Button, interaction: discord.Interaction) -> None:
        await interaction.response.edit_message(content="pressed", view=None)


@bot.slash_command(description="Says it again, a little later")
async def echo(context: discord.ApplicationContext, text: str) -> None:
    await context.defer()
    await context.interaction.edit_original_response(content=f"{text}, {text}", file=_file("b.txt"))
    await context.respond("more")


def _file(name: str) -> discord.File:
    return discord.File(io.BytesIO(b"data"), name)


async def ask(method: str, path: str, body: Any = None) -> Any:
    """Ask as the person."""
    async with (
        aiohttp.ClientSession(headers={"Authorization": PERSON}) as session,
        session.request(method, API + path, json=body) as response,
    ):
        assert response.ok, await response.text()
        return await response.json() if response.status == 200 else None


async def interact(kind: int, channel: discord.TextChannel, data: dict[str, Any], **more: Any) -> None:
    body = {"type": kind, "application_id": APPLICATION, "guild_id": GUILD, "channel_id": str(channel.id)}
    await ask("POST", "/interactions", {**body, "session_id": "none", "nonce": "1", "data": data, **more})


async def event(name: str, check: Callable[..., bool]) -> Any:
    return await bot.wait_for(name, check=check, timeout=TIMEOUT_S)


async def walk() -> None:
    await bot.wait_until_ready()
    guild = bot.get_guild(int(GUILD))
    assert guild is not None
    assert len(guild.members) == 4
    print("connected")
    channel = await guild.create_text_channel("py-cord")
    told = asyncio.ensure_future(event("message", lambda message: message.content == "hello"))
    sent = await channel.send("hello", file=_file("a.txt"), view=Buttons(), embed=discord.Embed(title="embed"))
    assert (await told).id == sent.id
    assert await sent.attachments[0].read() == b"data"
    print("a message with file, embed and button")
    told = asyncio.ensure_future(event("reaction_add", lambda reaction, user: user.name == "grace"))
    await sent.add_reaction("✅")
    await ask("PUT", f"/channels/{channel.id}/messages/{sent.id}/reactions/%E2%9C%85/@me")
    reaction, _ = await told
    assert (str(reaction.emoji), reaction.count) == ("✅", 2)
    await sent.remove_reaction("✅", bot.user)
    print("reactions")
    thread = await sent.create_thread(name="thread")
    assert thread.id == sent.id
    assert (await thread.send("inside")).channel.id == thread.id
    await thread.archive()
    assert [found.id async for found in channel.archived_threads()] == [thread.id]
    print("a thread")
    told = asyncio.ensure_future(event("message_edit", lambda before, after: after.content == "pressed"))
    await interact(3, channel, {"component_type": 2, "custom_id": "go"}, message_id=str(sent.id))
    _, pressed = await told
    assert (pressed.id, pressed.components) == (sent.id, [])
    print("a click edits its message")
    commands = (await ask("GET", f"/guilds/{GUILD}/application-command-index"))["application_commands"]
    command = next(command for command in commands if command["name"] == "echo")
    told = asyncio.ensure_future(event("message", lambda message: message.content == "more"))
    options = [{"type": 3, "name": "text", "value": "hi"}]
    await interact(
        2, channel, {**{name: command[name] for name in ("id", "name", "type", "version")}, "options": options}
    )
    await told
    more, answer = await channel.history(limit=2).flatten()
    assert (answer.content, answer.attachments[0].filename, more.content) == ("hi, hi", "b.txt", "more")
    assert answer.interaction_metadata is not None
    print("a command is deferred, answered and followed up")
    assert await _code(channel.send("x" * 2001)) == 50035
    print("done")


async def _code(call: Awaitable[object]) -> int | None:
    """The code a call is refused with, None when it is not."""
    try:
        await call
    except discord.HTTPException as error:
        return error.code
    return None


async def main() -> None:
    running = asyncio.ensure_future(bot.start(TOKEN))
    try:
        await asyncio.wait_for(walk(), 45)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await bot.close()


loop.run_until_complete(main())
