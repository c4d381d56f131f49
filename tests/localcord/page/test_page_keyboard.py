"""Everything can be reached and left with the keyboard, and says what it is."""

import pytest

pytestmark = [pytest.mark.anyio, pytest.mark.long]
ACTIVE = "document.activeElement"


async def test_arrow_keys_walk_the_channels_and_enter_opens_one(page, ada):
    await ada.post(f"/guilds/{ada.guild_id}/channels", {"name": "plans", "position": 9}, expect=201)
    await page.see("plans", ".sidebar")
    await page.focus(".sidebar .channel")
    await page.press("End")
    name = await page.evaluate(f"{ACTIVE}.innerText.trim()")
    await page.press("Enter")
    await page.see(f"Welcome to #{name}!")
    await page.equals("document.querySelectorAll('.channel[aria-current=page]').length", 1)


async def test_alt_and_arrows_go_from_channel_to_channel(page, ada):
    await ada.post(f"/guilds/{ada.guild_id}/channels", {"name": "plans"}, expect=201)
    await page.see("plans", ".sidebar")
    await page.press("ArrowDown", modifiers="Alt")
    await page.see("Welcome to #plans!")
    await page.press("ArrowDown", modifiers="Alt")
    await page.see("Welcome to #general!")


async def test_a_category_folds_with_the_arrow_keys(page):
    await page.focus(".category")
    await page.press("ArrowLeft")
    await page.until("document.querySelector('.category').getAttribute('aria-expanded') === 'false'")
    await page.until(f"{ACTIVE}.classList.contains('category')")
    await page.press("ArrowRight")
    await page.until("document.querySelector('.category').getAttribute('aria-expanded') === 'true'")


async def test_a_few_letters_lead_to_a_channel(page, ada):
    await ada.post(f"/guilds/{ada.guild_id}/channels", {"name": "agent-logs"}, expect=201)
    await page.see("agent-logs", ".sidebar")
    await page.press("k", modifiers="Control")
    await page.until(f"{ACTIVE}.closest('dialog')")
    await page.type("logs")
    await page.press("Enter")
    await page.see("Welcome to #agent-logs!")
    await page.gone("dialog")


async def test_messages_are_walked_with_arrows_and_handled_with_single_keys(page, general, bot):
    await bot.say(general, "first")
    await bot.say(general, "second")
    await page.see("second")
    await page.evaluate("[...document.querySelectorAll('.message')].at(-1).focus()")
    await page.press("ArrowUp")
    assert "first" in await page.evaluate(f"{ACTIVE}.innerText")
    await page.press("r")
    await page.see("Replying to coordinator", ".reply-bar")
    await page.until(f"{ACTIVE}.closest('.composer')")
    await page.press("Escape")
    await page.gone(".reply-bar")


@pytest.mark.parametrize("name", ["pins", "threads"])
async def test_escape_closes_a_layer_and_gives_the_focus_back(page, name):
    await page.focus(f"[data-tool={name}]")
    await page.press("Enter")
    await page.until("document.querySelector('.popover')")
    await page.press("Escape")
    await page.gone(".popover")
    await page.equals(f"{ACTIVE}.dataset.tool", name)


async def test_escape_closes_the_thread_beside_the_channel(page, general, ada):
    thread = await ada.post(f"/channels/{general}/threads", {"name": "aside", "type": 11}, expect=201)
    await page.click(".thread-card")
    await page.see("aside", ".side .channel-head")
    await page.press("Escape")
    await page.gone(".side")
    assert thread["id"] not in await page.evaluate("location.hash")


async def test_what_has_the_focus_is_outlined(page):
    await page.focus(".composer textarea")
    for _ in range(6):
        await page.press("Tab", modifiers="Shift")
        style = await page.evaluate(f"getComputedStyle({ACTIVE}).outlineStyle + {ACTIVE}.className")
        assert style.startswith(("solid", "auto")) or "scroller" in style or "nonebody" in style, style


async def test_every_control_has_a_name_and_every_picture_a_text(page, general, bot):
    row = {
        "type": 1,
        "components": [{"type": 2, "style": 1, "custom_id": "x", "emoji": {"name": "👍"}, "label": "Yes"}],
    }
    message = await bot.say(general, "look", components=[row], embeds=[{"title": "t"}])
    await bot.put(f"/channels/{general}/messages/{message['id']}/reactions/👍/@me")
    await page.hover(".message")
    await page.until("document.querySelector('.reaction')")
    nameless = """[...document.querySelectorAll('button, a, input, textarea, select, [role=button]')]
      .filter(one => one.checkVisibility() && !one.closest('[aria-hidden=true]'))
      .filter(one => !(one.innerText?.trim() || one.getAttribute('aria-label') || one.labels?.length))
      .map(one => one.outerHTML)"""
    await page.equals(nameless, [])
    await page.equals("[...document.images].filter(one => !one.hasAttribute('alt')).length", 0)
    await page.equals("document.querySelectorAll('main').length", 1)


async def test_no_control_is_nameless_to_those_who_do_not_see_it_nor_on_a_phone(page, general, bot, ada):
    buttons = [{"type": 2, "style": 1, "custom_id": "x", "emoji": {"name": "👍"}}]
    select = [{"type": 5, "custom_id": "who"}]
    rows = [{"type": 1, "components": parts} for parts in (buttons, select)]
    message = await bot.say(general, "||look|| `code`", components=rows)
    await ada.post(f"/channels/{general}/messages/{message['id']}/threads", {"name": "aside"}, expect=201)
    await page.see("aside", ".thread-card")
    assert await page.nameless() == []
    await page.size(400, 800)
    await page.click("[aria-label='Channels'].icon-button")
    await page.see("general", ".sidebar")
    assert await page.nameless() == []


@pytest.mark.proves("page.lists")
async def test_every_item_is_in_a_list_and_the_messages_are_in_a_log(page, general, bot):
    await bot.say(general, "hello")
    await page.see("hello", ".message")
    stray = """[...document.querySelectorAll('li')].filter(item => {
      const list = item.parentElement;
      return !['OL', 'UL', 'MENU'].includes(list.tagName) || ![null, 'list'].includes(list.getAttribute('role'));
    }).map(item => item.outerHTML.slice(0, 80))"""
    await page.equals(stray, [])
    await page.equals(
        "document.querySelector('.message').closest('[role=log]').getAttribute('aria-label')", "Messages in general"
    )
