"""What happens on the server is seen at once."""

import pytest

pytestmark = pytest.mark.anyio


async def test_a_message_appears_changes_and_goes(page, general, bot):
    message = await bot.say(general, "first words")
    await page.see("first words")
    await bot.patch(f"/channels/{general}/messages/{message['id']}", {"content": "other words"})
    await page.see("other words (edited)")
    await bot.delete(f"/channels/{general}/messages/{message['id']}")
    await page.gone(".message")


async def test_messages_deleted_together_all_go(page, general, bot):
    ids = [(await bot.say(general, f"number {number}"))["id"] for number in range(3)]
    await page.see("number 2")
    await bot.post(f"/channels/{general}/messages/bulk-delete", {"messages": ids}, expect=204)
    await page.gone(".message")


async def test_reactions_are_counted_as_people_add_and_take_them(page, general, bot, grace):
    message = await bot.say(general, "vote")
    path = f"/channels/{general}/messages/{message['id']}/reactions/👍/@me"
    await bot.put(path)
    await grace.put(path)
    await page.see("2", ".reaction")
    await page.click(".reaction")
    await page.see("3", ".reaction.mine")
    await page.click(".reaction")
    await page.until("!document.querySelector('.reaction.mine')")
    await page.hover(".composer")  # or the page asks who reacted, when nobody has any more
    await grace.delete(path)
    await bot.delete(path)
    await page.gone(".reaction")


async def test_it_is_seen_who_types_until_they_have_written(page, general, grace):
    await grace.post(f"/channels/{general}/typing", expect=204)
    await page.see("Grace is typing…", ".typing")
    await grace.say(general, "done")
    await page.until("document.querySelector('.typing').innerText === ''")


async def test_others_see_this_person_type(page, general, connect, grace):
    listener = await connect(grace.token)
    await page.click(".composer textarea")
    await page.type("I am")
    event = await listener.event("TYPING_START")
    assert event["d"]["channel_id"] == general


async def test_channels_come_change_their_names_and_go(page, ada):
    channel = await ada.post(f"/guilds/{ada.guild_id}/channels", {"name": "plans"}, expect=201)
    await page.see("plans", ".sidebar")
    await page.click(".channel", text="plans")
    await page.see("plans", ".channel-head")
    await ada.patch(f"/channels/{channel['id']}", {"name": "deeds", "topic": "what is *done*"})
    await page.see("deeds", ".sidebar")
    await page.see("what is done", ".channel-head")
    await ada.delete(f"/channels/{channel['id']}", expect=200)
    await page.see("general", ".channel-head")


async def test_an_unread_channel_is_bright_and_counts_who_called(page, ada, bot):
    channel = await ada.post(f"/guilds/{ada.guild_id}/channels", {"name": "plans"}, expect=201)
    await page.see("plans", ".sidebar")
    await bot.say(channel, "news")
    await page.see("plans", ".channel.unread")
    await bot.say(channel, f"<@{ada.user_id}> look")
    await page.see("1", ".channel.unread .badge")
    await page.click(".channel", text="plans")
    await page.see("NEW", ".divider.new")
    await page.until("!document.querySelector('.channel.unread')")


async def test_a_thread_shows_its_starter_as_it_is_now(page, general, bot):
    message = await bot.say(general, "Working on it")
    thread = await bot.post(f"/channels/{general}/messages/{message['id']}/threads", {"name": "task-19"}, expect=201)
    await bot.say(thread, "one step")
    await page.click(".thread-card")
    await page.see("Working on it", ".side")
    await bot.patch(f"/channels/{general}/messages/{message['id']}", {"content": "All done"})
    await page.see("All done", ".side")


async def test_the_card_of_a_thread_that_is_deleted_goes(page, general, bot, ada):
    message = await bot.say(general, "a task")
    thread = await bot.post(f"/channels/{general}/messages/{message['id']}/threads", {"name": "task-18"}, expect=201)
    await page.see("task-18", ".thread-card")
    await ada.delete(f"/channels/{thread['id']}", expect=200)
    await page.gone(".thread-card")
    await page.see("a task")


async def test_the_card_of_a_thread_counts_and_quotes_what_is_said_in_it(page, general, bot):
    message = await bot.say(general, "the card")
    thread = await bot.post(f"/channels/{general}/messages/{message['id']}/threads", {"name": "task-17"}, expect=201)
    await page.see("0 Messages", ".thread-card")
    await bot.say(thread, "one step")
    await bot.say(thread, "two steps")
    await page.see("2 Messages", ".thread-card")
    await page.see("two steps", ".thread-card")
    await bot.patch(f"/channels/{thread['id']}", {"name": "task-17 done"})
    await page.see("task-17 done", ".thread-card")


async def test_a_person_who_joins_is_seen_among_the_members(page, local):
    await page.click("[aria-label='Member List']")
    local.admin.add_person("hedy")
    await page.see("Hedy", ".members")


async def test_a_control_keeps_the_focus_when_its_message_is_drawn_anew(page, general, bot):
    row = {"type": 1, "components": [{"type": 2, "style": 1, "label": "Go", "custom_id": "go"}]}
    message = await bot.say(general, "press", components=[row])
    await page.until("document.querySelector('[data-custom-id=go]')")
    await page.focus("[data-custom-id=go]")
    await bot.patch(f"/channels/{general}/messages/{message['id']}", {"content": "press again"})
    await page.see("press again")
    await page.equals("document.activeElement.dataset.customId", "go")
