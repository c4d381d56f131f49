"""A person writes, answers, changes, reacts and uploads."""

import pytest

pytestmark = [pytest.mark.anyio, pytest.mark.long]
COMPOSER = ".composer textarea"


async def last(client, channel):
    return (await client.get(f"/channels/{channel}/messages", limit=1))[0]


async def write(page, text):
    await page.click(COMPOSER)
    await page.type(text)
    await page.press("Enter")


async def test_enter_sends_and_shift_enter_makes_a_line(page, general, bot, ada):
    await page.click(COMPOSER)
    await page.type("one")
    await page.press("Enter", modifiers="Shift")
    await page.type("two")
    await page.press("Enter")
    await page.until("document.querySelector('.message:not(.local)')")
    message = await last(bot, general)
    assert (message["content"], message["author"]["id"]) == ("one\ntwo", ada.user_id)
    await page.equals(f"document.querySelector('{COMPOSER}').value", "")


async def test_names_channels_and_emoji_are_sent_as_discord_stores_them_but_not_in_code(page, general, bot, grace):
    await write(page, "hi @grace see #general :tada: `@grace :tada:` me@grace.org")
    await page.until("document.querySelector('.message:not(.local)')")
    wanted = f"hi <@{grace.user_id}> see <#{general}> 🎉 `@grace :tada:` me@grace.org"
    assert (await last(bot, general))["content"] == wanted


async def test_a_name_is_completed_with_the_keyboard(page, general, bot, grace):
    await page.click(COMPOSER)
    await page.type("ask @gr")
    await page.see("Grace", ".suggestions")
    await page.press("Tab")
    await page.type("please")
    await page.press("Enter")
    await page.until("document.querySelector('.message:not(.local)')")
    assert (await last(bot, general))["content"] == f"ask <@{grace.user_id}> please"


async def test_arrow_up_changes_the_last_message_and_escape_leaves_it(page, general, bot):
    await write(page, "a tipo")
    await page.until("document.querySelector('.message:not(.local)')")
    await page.press("ArrowUp")
    await page.until("document.activeElement.closest('.editor')")
    await page.press("Escape")
    await page.gone(".editor")
    await page.press("ArrowUp")
    await page.until("document.activeElement.closest('.editor')")
    await page.evaluate("document.activeElement.select()")
    await page.type("a typo")
    await page.press("Enter")
    await page.see("a typo (edited)")
    assert (await last(bot, general))["content"] == "a typo"


async def test_an_answer_refers_to_the_message_and_may_leave_its_author_in_peace(page, general, bot):
    question = await bot.say(general, "a question")
    await page.hover(".message")
    await page.click(".actions [aria-label='Reply']")
    await page.see("Replying to coordinator", ".reply-bar")
    await page.click(".reply-bar [aria-pressed]")
    await write(page, "an answer")
    await page.see("an answer", ".messages")
    await page.until("!document.querySelector('.message.local')")
    message = await last(bot, general)
    assert message["message_reference"]["message_id"] == question["id"]
    assert message["mentions"] == []


async def test_a_reaction_is_chosen_from_the_picker(page, general, bot):
    message = await bot.say(general, "react to me")
    await page.hover(".message")
    await page.click(".actions [aria-label='Add Reaction']")
    await page.type("rocket")
    await page.press("Enter")
    await page.see("🚀", ".reaction.mine")
    users = await bot.get(f"/channels/{general}/messages/{message['id']}/reactions/🚀")
    assert [user["username"] for user in users] == ["ada"]


async def test_a_message_is_deleted_after_a_question(page, general, bot):
    await bot.say(general, "delete me")
    await page.click(".message", button="right")
    await page.click("[role=menuitem]", text="Delete Message")
    await page.see("Are you sure")
    await page.click("dialog button", text="Delete")
    await page.gone(".message")
    assert await bot.get(f"/channels/{general}/messages") == []


async def test_a_chosen_file_is_sent_with_the_words(page, general, bot, tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("the notes")
    await page.set_files(".composer input[type=file]", path)
    await page.see("notes.txt", ".upload-cards")
    await write(page, "see the file")
    await page.see("notes.txt", ".message:not(.local) .file-card")
    message = await last(bot, general)
    assert (message["content"], message["attachments"][0]["filename"]) == ("see the file", "notes.txt")


@pytest.mark.parametrize("way", ["drop", "paste"])
async def test_a_dropped_or_pasted_file_is_taken(page, way):
    script = f"""(() => {{
      const data = new DataTransfer();
      data.items.add(new File(["abc"], "sketch.txt", {{ type: "text/plain" }}));
      const target = document.querySelector("{COMPOSER}");
      const event = "{way}" === "drop"
        ? new DragEvent("drop", {{ dataTransfer: data, bubbles: true, cancelable: true }})
        : new ClipboardEvent("paste", {{ clipboardData: data, bubbles: true, cancelable: true }});
      target.dispatchEvent(event);
      return event.defaultPrevented;
    }})()"""
    assert await page.evaluate(script)
    await page.see("sketch.txt", ".upload-cards")
    await page.click("[aria-label='Remove sketch.txt']")
    await page.gone(".upload-cards")


async def test_a_refused_message_says_why_and_can_be_sent_again(browse, general, bot, local):
    page = await browse("ada")
    local.faults.fail("POST", f"/channels/{general}/messages", status=500)
    await write(page, "do not lose me")
    await page.see("Try again", ".message.failed")
    await page.click(".message.failed .text-link", text="Try again")
    await page.until("document.querySelector('.message:not(.local)')?.innerText.includes('do not lose me')")
    assert len(await bot.get(f"/channels/{general}/messages")) == 1
    page.errors.clear()


async def test_a_message_whose_answer_was_lost_is_not_doubled(browse, general, bot, local):
    page = await browse("ada")
    local.faults.drop("POST", f"/channels/{general}/messages", when="after")
    await write(page, "only once")
    await page.until("document.querySelector('.message:not(.local)')")
    await page.until("!document.querySelector('.message.local')")
    assert len(await bot.get(f"/channels/{general}/messages")) == 1
    await page.equals("document.querySelectorAll('.message').length", 1)
    page.errors.clear()


async def test_a_rate_limit_is_waited_out(browse, general, bot, local):
    page = await browse("ada")
    local.faults.rate_limit("POST", f"/channels/{general}/messages", retry_after=0.3)
    await write(page, "patience")
    await page.until("document.querySelector('.message:not(.local)')")
    assert (await last(bot, general))["content"] == "patience"
    page.errors.clear()


async def test_unsent_words_wait_in_their_channel(page, ada):
    await ada.post(f"/guilds/{ada.guild_id}/channels", {"name": "plans"}, expect=201)
    await page.click(COMPOSER)
    await page.type("half a thought")
    await page.click(".channel", text="plans")
    await page.see("Welcome to #plans!")
    await page.equals(f"document.querySelector('{COMPOSER}').value", "")
    await page.click(".channel", text="general")
    await page.until(f"document.querySelector('{COMPOSER}').value === 'half a thought'")


async def test_nobody_is_invited_to_write_where_they_may_not(browse, ada):
    deny = [{"id": ada.guild_id, "type": 0, "deny": str(1 << 11), "allow": "0"}]
    channel = await ada.post(
        f"/guilds/{ada.guild_id}/channels", {"name": "news", "permission_overwrites": deny}, expect=201
    )
    page = await browse("grace", f"#/channels/{ada.guild_id}/{channel['id']}", ready=".composer-closed")
    await page.see("You do not have permission to send messages in this channel.")
    assert not await page.evaluate(f"document.querySelector('{COMPOSER}').checkVisibility()")


async def test_a_thread_is_started_from_a_message_and_written_in(page, general, bot):
    message = await bot.say(general, "let us talk about this")
    await page.hover(".message")
    await page.click(".actions [aria-label='Create Thread']")
    await page.until("document.querySelector('dialog input')?.value")
    await page.press("Enter")
    await page.see("let us talk about this", ".side .channel-head")
    await page.click(".side textarea")
    await page.type("in the thread")
    await page.press("Enter")
    await page.see("in the thread", ".side .message:not(.local)")
    assert (await last(bot, message["id"]))["content"] == "in the thread"


async def test_a_post_is_written_in_a_forum(page, ada, bot):
    forum = await ada.post(
        f"/guilds/{ada.guild_id}/channels",
        {"name": "tasks", "type": 15, "available_tags": [{"name": "bug"}]},
        expect=201,
    )
    await page.click(".channel", text="tasks")
    await page.click(".forum-bar button", text="New Post")
    await page.until("document.activeElement.closest('dialog')")
    await page.type("It breaks")
    await page.click("dialog textarea")
    await page.type("when I do **this**")
    await page.click("dialog .tag", text="bug")
    await page.click("dialog button", text="Post")
    await page.see("when I do this", ".side .messages")
    post = await page.evaluate("location.hash.split('/').at(-1)")
    thread = await bot.get(f"/channels/{post}")
    assert (thread["name"], thread["applied_tags"]) == ("It breaks", [forum["available_tags"][0]["id"]])
