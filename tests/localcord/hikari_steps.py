"""An unmodified hikari connects, reads, posts and gets events.

Usage: hikari_steps.py API_BASE BOT_TOKEN GUILD_ID. Prints one step a line as it holds; the last is `done`.
"""

import asyncio
import sys
from collections.abc import Awaitable

import hikari

API, TOKEN, GUILD = sys.argv[1:4]
TIMEOUT_S = 15

bot = hikari.GatewayBot(
    TOKEN,
    rest_url=API,
    intents=hikari.Intents.ALL,
    banner=None,
    logs="WARNING",
    force_color=False,
    suppress_optimization_warning=True,
)


async def walk() -> None:
    guild = await bot.rest.fetch_guild(int(GUILD))
    print("read the guild:", guild.name)
    cached = bot.cache.get_guild(guild.id)
    assert cached is not None, "GUILD_CREATE fills the cache"
    print("cached channels:", len(cached.get_channels()))
    channel = await bot.rest.create_guild_text_channel(guild.id, "hikari")
    row = bot.rest.build_message_action_row()
    row.add_interactive_button(hikari.ButtonStyle.PRIMARY, "go", label="Go")
    async with asyncio.timeout(TIMEOUT_S):
        with bot.stream(hikari.GuildMessageCreateEvent, timeout=TIMEOUT_S) as stream:
            sent = await channel.send("hello", component=row, attachment=hikari.Bytes(b"data", "a.txt"))
            async for event in stream:
                assert event.message.id == sent.id
                break
    print("posted and got MESSAGE_CREATE")
    assert await (await bot.rest.fetch_message(channel, sent)).attachments[0].read() == b"data"
    print("read the file back")
    await sent.edit("edited")
    await sent.add_reaction("✅")
    await bot.rest.pin_message(channel, sent)
    thread = await bot.rest.create_message_thread(channel, sent, "thread")
    assert thread.id == sent.id
    assert await _code(bot.rest.create_message_thread(channel, sent, "again")) == 160004
    print("one thread per message")
    await bot.rest.edit_channel(thread, archived=True)
    archived = await bot.rest.fetch_public_archived_threads(channel)
    assert [found.id for found in archived] == [thread.id]
    history = [message.content async for message in bot.rest.fetch_messages(channel)]
    assert "edited" in history, history
    print("read the history")
    hook = await bot.rest.create_webhook(channel, "agent")
    via = await bot.rest.execute_webhook(hook.id, hook.token, "via webhook", username="agent-7")
    assert via.author.username == "agent-7"
    command = bot.rest.slash_command_builder("ping", "Answers")
    application = await bot.rest.fetch_application()
    assert len(await bot.rest.set_application_commands(application, [command], guild=guild)) == 1
    print("webhook and commands")
    assert await _code(channel.send("x" * 2001)) == 50035
    print("done")


async def _code(call: Awaitable[object]) -> int | None:
    """The code a call is refused with, None when it is not."""
    try:
        await call
    except hikari.BadRequestError as error:
        return error.code
    return None


async def main() -> None:
    await bot.start()
    try:
        await walk()
    finally:
        await bot.close()


asyncio.run(main())
