"""What is in a channel is shown as Discord shows it."""

import pytest

from tests.localcord.client import form

pytestmark = [pytest.mark.anyio, pytest.mark.long]
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360f8cf00000003010100"
    "18dd8db00000000049454e44ae426082"
)
WEBHOOK_NAME = "research · intern 3"


async def test_channels_stand_under_their_categories_and_threads_under_their_channels(page, bot, ada):
    category = await ada.post(f"/guilds/{ada.guild_id}/channels", {"name": "Agents", "type": 4}, expect=201)
    child = {"name": "research", "parent_id": category["id"]}
    channel = await ada.post(f"/guilds/{ada.guild_id}/channels", child, expect=201)
    message = await bot.say(channel, "a card")
    await bot.post(f"/channels/{channel['id']}/messages/{message['id']}/threads", {"name": "task-17"}, expect=201)
    await page.see("task-17", ".sidebar")
    tree = await page.evaluate(
        "[...document.querySelectorAll('.sidebar section')].map(s => [s.querySelector('.category').innerText,"
        " [...s.querySelectorAll('.channel')].map(c => c.innerText.trim())])"
    )
    assert [name.upper() for name, _ in tree] == ["TEXT CHANNELS", "AGENTS"], tree
    assert tree[1][1] == ["research", "task-17"]


async def test_messages_of_one_author_within_minutes_share_a_head_and_each_day_has_a_line(page, general, bot, local):
    await bot.say(general, "first")
    await bot.say(general, "second")
    local.admin.advance(8 * 60)
    await bot.say(general, "eight minutes later")
    local.admin.advance(24 * 3600)
    await bot.say(general, "a day later")
    await page.see("a day later")
    await page.equals("document.querySelectorAll('.message.head').length", 3)
    await page.equals("document.querySelectorAll('.divider').length", 2)
    assert "APP" in await page.text(".author-line")


async def test_older_messages_are_loaded_on_scrolling_up_and_the_place_is_kept(page, general, bot):
    for number in range(130):
        await bot.say(general, f"event {number}")
    await page.see("event 129")
    await page.command("Page.reload")
    await page.until("document.querySelectorAll('.message').length === 50")
    await page.see("event 129")
    top = "document.querySelector('.scroller').getBoundingClientRect().top"
    await page.evaluate("document.querySelector('.scroller').scrollTop = 10")
    await page.until("document.querySelectorAll('.message').length === 100")
    first = "[...document.querySelectorAll('.message')].find(m => m.innerText.includes('event 80'))"
    assert abs(await page.evaluate(f"{first}.getBoundingClientRect().top - {top}")) < 100
    await page.until(
        "(() => { const s = document.querySelector('.scroller'); s.scrollTop = 0;"
        " return document.querySelector('.channel-start')?.checkVisibility(); })()"
    )
    await page.see("event 0\n")
    await page.click(".jump-to-present")
    await page.until(
        "(() => { const s = document.querySelector('.scroller');"
        " return s.scrollHeight - s.scrollTop - s.clientHeight < 5; })()"
    )


async def test_a_message_that_arrives_while_reading_older_ones_does_not_move_the_page(page, general, bot):
    for number in range(60):
        await bot.say(general, f"event {number}")
    await page.see("event 59")
    await page.evaluate("document.querySelector('.scroller').scrollTop = 100")
    where = "document.querySelectorAll('.message')[25].getBoundingClientRect().top"
    await page.until("document.querySelector('.jump-to-present').checkVisibility()")
    before = await page.evaluate(where)
    message = await bot.say(general, "one more")
    await page.until(f"document.getElementById('main-{message['id']}')")
    assert abs(await page.evaluate(where) - before) < 2


async def test_an_answer_shows_what_it_answers_and_leads_there(page, general, bot, ada):
    first = await bot.say(general, "the question")
    for number in range(60):
        await bot.say(general, f"noise {number}")
    await ada.say(general, "the answer", message_reference={"message_id": first["id"]})
    await page.see("the answer")
    assert "the question" in await page.text(".reply-line")
    await page.click(".reply-words")
    await page.until(f"document.querySelector('.flash')?.dataset.id === '{first['id']}'")


async def test_a_message_of_the_distant_past_is_reached_by_its_address(browse, general, bot):
    first = await bot.say(general, "long ago")
    for number in range(120):
        await bot.say(general, f"noise {number}")
    page = await browse("ada", f"#/channels/{bot.guild_id}/{general}/{first['id']}")
    await page.until(f"document.querySelector('.flash')?.dataset.id === '{first['id']}'")
    assert "noise 119" not in await page.text(".messages")
    await page.click(".jump-to-present")
    await page.see("noise 119")


async def test_a_jump_to_the_present_is_not_lost_while_more_of_the_past_is_loading(browse, general, bot, local):
    first = await bot.say(general, "long ago")
    for number in range(220):
        await bot.say(general, f"noise {number}")
    page = await browse("ada", f"#/channels/{bot.guild_id}/{general}/{first['id']}")
    await page.until(f"document.querySelector('.flash')?.dataset.id === '{first['id']}'")
    local.faults.slow(0.5, "GET", f"/channels/{general}/messages", times=1)
    await page.evaluate(
        "new Promise(done => { const s = document.querySelector('.scroller'); s.scrollTop = s.scrollHeight;"
        " setTimeout(() => { document.querySelector('.jump-to-present').click(); done(); }, 100); })"
    )
    await page.see("noise 219")
    assert "noise 100" not in await page.text(".messages"), "it walked there through all that lies between"


async def test_a_forward_shows_the_message_with_all_it_had_and_leads_to_where_it_stands(page, general, bot, ada):
    plans = await ada.post(f"/guilds/{ada.guild_id}/channels", {"name": "plans"}, expect=201)
    row = {"type": 1, "components": [{"type": 2, "style": 1, "label": "Approve", "custom_id": "approve"}]}
    body = {"content": "the *report*", "embeds": [{"title": "Task 17"}], "components": [row]}
    data = form(body, ("notes.txt", b"notes", "text/plain"))
    source = (await bot.ask("POST", f"/channels/{plans['id']}/messages", data=data)).body
    pointer = {"type": 1, "channel_id": plans["id"], "message_id": source["id"]}
    await bot.post(f"/channels/{general}/messages", {"message_reference": pointer})
    for words in ("Forwarded", "the report", "Task 17", "Approve", "notes.txt", "#plans • "):
        await page.see(words, ".forwarded")
    assert await page.evaluate("document.querySelector('.forwarded button.component').matches('[inert] *')")
    await page.click(".forwarded .text-link", text="#plans")
    await page.until(f"document.querySelector('.flash')?.dataset.id === '{source['id']}'")


async def test_custom_emoji_have_a_picture(page, general, bot, local):
    await bot.say(general, f"well done <:party:{local.admin.add_emoji('party')}>")
    await page.until("document.querySelector('.content img.emoji')?.naturalWidth > 0")


async def test_an_embed_shows_all_its_parts(page, general, bot):
    embed = {
        "title": "Task 17",
        "description": "Compare *three* options",
        "color": 0x57F287,
        "author": {"name": "research"},
        "fields": [{"name": "State", "value": "**working**", "inline": True}],
        "footer": {"text": "the footer"},
    }
    await bot.say(general, "", embeds=[embed])
    await page.see("Task 17", ".embed")
    text = await page.text(".embed")
    assert all(part in text for part in ("research", "Compare three options", "State", "working", "the footer"))
    assert (
        await page.evaluate("getComputedStyle(document.querySelector('.embed')).borderLeftColor") == "rgb(87, 242, 135)"
    )


async def test_pictures_are_shown_and_other_files_can_be_downloaded(page, general, bot):
    files = (("plot.png", PNG, "image/png"), ("report.md", b"# report", "text/markdown"))
    await bot.post(f"/channels/{general}/messages", data=form({"content": "files"}, *files))
    await page.until("document.querySelector('.picture img')?.naturalWidth === 1")
    href = await page.evaluate("document.querySelector('.file-card a[download]').href")
    assert await page.evaluate(f"fetch({href!r}).then(r => r.text())") == "# report"


async def test_a_webhook_speaks_under_its_own_name_with_an_initialled_face(page, general, bot):
    webhook = await bot.post(f"/channels/{general}/webhooks", {"name": "hook"})
    path = f"/webhooks/{webhook['id']}/{webhook['token']}?wait=true"
    await bot.post(path, {"content": "step one", "username": WEBHOOK_NAME})
    await page.see("step one")
    assert WEBHOOK_NAME in await page.text(".author-line")
    await page.reads(".message .avatar", "R3")


async def test_components_of_version_two_are_drawn(page, general, bot):
    section = {"type": 9, "components": [{"type": 10, "content": "**task-17**"}]}
    section["accessory"] = {"type": 2, "style": 2, "label": "Open", "custom_id": "open"}
    inner = [{"type": 10, "content": "## Board"}, section, {"type": 14}]
    inner.append({"type": 12, "items": [{"media": {"url": "attachment://plot.png"}}]})
    inner.append({"type": 13, "file": {"url": "attachment://data.csv"}})
    box = {"type": 17, "accent_color": 0x5865F2, "components": inner}
    files = (("plot.png", PNG, "image/png"), ("data.csv", b"a,b", "text/csv"))
    await bot.post(f"/channels/{general}/messages", data=form({"flags": 1 << 15, "components": [box]}, *files))
    await page.see("Board", ".container h4.heading-2")
    await page.see("task-17", ".section strong")
    await page.reads(".section button", "Open")
    await page.until("!!document.querySelector('.container hr.separator')")
    await page.until("document.querySelector('.gallery img')?.naturalWidth === 1")
    assert "data.csv" in await page.text(".container .file-card")


async def test_a_pin_leaves_a_notice_and_stands_in_the_list_of_pins(page, general, bot):
    message = await bot.say(general, "worth keeping")
    await bot.put(f"/channels/{general}/messages/pins/{message['id']}")
    await page.see("pinned a message to this channel")
    await page.click("[data-tool=pins]")
    await page.see("worth keeping", ".popover")
    await page.press("Escape")
    await page.gone(".popover")


async def test_a_thread_opens_beside_its_channel_and_closes_again(page, general, bot):
    message = await bot.say(general, "the card")
    thread = await bot.post(f"/channels/{general}/messages/{message['id']}/threads", {"name": "task-17"}, expect=201)
    await bot.say(thread, "inside the thread")
    await page.see("1 Message", ".thread-card")
    await page.click(".thread-card")
    await page.see("inside the thread", ".side")
    await page.see("the card", ".side")
    await page.click(".side [aria-label='Close']")
    await page.gone(".side")


async def test_an_archived_thread_is_found_in_the_list_of_threads_and_can_be_read(page, general, ada):
    thread = await ada.post(f"/channels/{general}/threads", {"name": "an old thread", "type": 11}, expect=201)
    await ada.say(thread, "said long ago")
    await page.see("an old thread", ".sidebar")
    await ada.patch(f"/channels/{thread['id']}", {"archived": True})
    await page.until("!document.querySelector('.sidebar').innerText.includes('an old thread')")
    await page.click("[data-tool=threads]")
    await page.click(".thread-row", text="an old thread")
    await page.see("said long ago", ".side")
    await page.see("Archived", ".side .channel-head")


async def test_a_forum_shows_its_posts_as_cards_and_a_post_beside_them(page, ada):
    tags = [{"name": "bug", "emoji_name": "🐛"}, {"name": "idea"}]
    body = {"name": "tasks", "type": 15, "topic": "Post **one task** each.", "available_tags": tags}
    forum = await ada.post(f"/guilds/{ada.guild_id}/channels", body, expect=201)
    bug = forum["available_tags"][0]["id"]
    path = f"/channels/{forum['id']}/threads"
    await ada.post(path, {"name": "It breaks", "applied_tags": [bug], "message": {"content": "how"}}, expect=201)
    await ada.post(path, {"name": "A wish", "message": {"content": "please"}}, expect=201)
    await page.click(".channel", text="tasks")
    await page.see("It breaks", ".forum-cards")
    await page.see("how", ".forum-cards")
    await page.equals("document.querySelectorAll('.forum-card').length", 2)
    await page.click(".forum-tags .tag", text="bug")
    await page.until("document.querySelectorAll('.forum-card').length === 1")
    await page.click(".forum-card")
    await page.see("how", ".side .messages")


async def test_a_person_does_not_see_channels_that_are_closed_to_them(browse, ada, local):
    deny = [{"id": ada.guild_id, "type": 0, "deny": str(1 << 10), "allow": "0"}]
    body = {"name": "owners-only", "permission_overwrites": deny}
    await ada.post(f"/guilds/{ada.guild_id}/channels", body, expect=201)
    owner, member = await browse("ada"), await browse("grace")
    await owner.see("owners-only", ".sidebar")
    await member.see("general", ".sidebar")
    assert "owners-only" not in await member.text(".sidebar")


async def test_messages_are_found_by_their_words_and_jumped_to(page, general, bot, ada):
    channel = await ada.post(f"/guilds/{ada.guild_id}/channels", {"name": "plans"}, expect=201)
    wanted = await bot.say(channel, "the golden needle")
    await bot.say(general, "hay")
    await page.click("[data-tool=search]")
    await page.type("needle")
    await page.press("Enter")
    await page.see("the golden needle", ".popover")
    await page.click(".popover button", text="Jump")
    await page.until(f"document.querySelector('.flash')?.dataset.id === '{wanted['id']}'")
    await page.see("plans", ".channel-head")


async def test_a_whisper_outlives_a_look_at_the_past(browse, general, bot, connect):
    listener = await connect(bot.token)
    row = {"type": 1, "components": [{"type": 2, "style": 1, "label": "Go", "custom_id": "go"}]}
    first = await bot.say(general, "long ago")
    for number in range(100):
        await bot.say(general, f"noise {number}")
    await bot.say(general, "press", components=[row])
    page = await browse("ada")
    await page.click(".component", text="Go")
    asked = (await listener.event("INTERACTION_CREATE"))["d"]
    answer = {"type": 4, "data": {"content": "a whisper", "flags": 64}}
    await bot.post(f"/interactions/{asked['id']}/{asked['token']}/callback", answer, expect=204)
    await page.see("a whisper")
    await page.evaluate(f"location.hash = '#/channels/{bot.guild_id}/{general}/{first['id']}'")
    await page.see("long ago")
    await page.until("!document.body.innerText.includes('noise 99')")
    await page.click(".jump-to-present")
    await page.see("noise 99")
    await page.see("a whisper")
