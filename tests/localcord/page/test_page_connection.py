"""The page keeps its session, catches up, and starts anew when it must."""

import json

import pytest

from tests.localcord.page.chromium import open_page

pytestmark = [pytest.mark.anyio, pytest.mark.long]


async def test_what_was_missed_while_the_connection_was_gone_is_shown_after_resuming(page, general, bot, local, ada):
    await bot.say(general, "before")
    await page.see("before")
    await page.evaluate("window.keep = document.querySelector('.message')")
    local.parts.hub.faults.on_close(4000, ada.user_id)
    await bot.say(general, "meanwhile")
    await page.see("meanwhile")
    assert await page.evaluate("window.keep.isConnected"), "the page was drawn anew: it did not resume"


async def test_the_server_may_ask_to_reconnect(page, general, bot, local, ada):
    local.parts.hub.faults.on_op(7, None, ada.user_id)
    await bot.say(general, "after")
    await page.see("after")


async def test_after_a_lost_session_everything_is_read_again(page, general, bot, local, ada):
    await bot.say(general, "before")
    await page.see("before")
    await page.evaluate("window.keep = document.querySelector('.message')")
    local.parts.hub.faults.on_op(9, False, ada.user_id)
    await bot.say(general, "lost on the way")
    await page.until("!window.keep.isConnected")
    await page.see("lost on the way")
    await bot.say(general, "and live again")
    await page.see("and live again")


async def test_it_says_that_it_reconnects_while_the_server_refuses_it(browse, general, bot, local):
    page = await browse("ada")
    local.faults.up.clear()
    local.faults.on_close(1012, None)
    await page.see("Reconnecting…", ".connection")
    local.faults.up.set()
    await page.gone(".connection")
    await bot.say(general, "back")
    await page.see("back")
    page.errors.clear()


async def test_a_newcomer_chooses_who_they_are_and_is_remembered(browse, local):
    page = await browse("", ready=".person")
    await page.see("Who are you")
    await page.click(".person", text="Grace")
    await page.see("Grace", ".user-panel")
    await page.goto(local.page)
    await page.see("Grace", ".user-panel")
    await page.click(".user-face")
    await page.click("[role=menuitem]", text="Switch person")
    await page.click(".person", text="Ada")
    await page.see("Ada", ".user-panel")


async def test_a_server_that_was_started_anew_is_found_again(browser, serve):
    async with open_page(browser) as page:
        async with serve() as first:
            port = int(first.page.rstrip("/").rsplit(":", 1)[1])
            await page.goto(f"{first.page}?as=ada")
            await page.see("general", ".sidebar")
            guild = first.ready.guild_id
        await page.see("Reconnecting…", ".connection")
        async with serve(port=port) as second:
            assert second.ready.guild_id != guild
            await page.gone(".connection")
            await page.until("document.querySelector('.composer textarea') && !document.querySelector('.notice')")
            channels = json.dumps([one.id for one in second.parts.world.channels])
            await page.until(f"{channels}.includes(document.querySelector('.channel[aria-current=page]')?.dataset.id)")
