"""Buttons, menus, modals and commands reach the bot, and its answers reach the person."""

import asyncio

import pytest

pytestmark = [pytest.mark.anyio, pytest.mark.long]
MESSAGE, DEFERRED, UPDATE, CHOICES, MODAL = 4, 5, 7, 8, 9
EPHEMERAL = 64
COMPOSER = ".composer textarea"


class App:
    """A bot that answers interactions as a test tells it."""

    def __init__(self, bot, listener):
        self.bot, self.listener = bot, listener

    async def next(self):
        return (await self.listener.event("INTERACTION_CREATE"))["d"]

    async def answer(self, interaction, kind, data=None):
        path = f"/interactions/{interaction['id']}/{interaction['token']}/callback"
        await self.bot.post(path, {"type": kind, "data": data} if data is not None else {"type": kind}, expect=204)

    async def commands(self, *commands):
        path = f"/applications/{self.bot.user_id}/guilds/{self.bot.guild_id}/commands"
        return await self.bot.put(path, list(commands), expect=200)


@pytest.fixture
async def app(bot, connect):
    return App(bot, await connect(bot.token))


def row(*components):
    return {"type": 1, "components": list(components)}


def button(label="Go", custom_id="go", **more):
    return {"type": 2, "style": 1, "label": label, "custom_id": custom_id, **more}


async def test_a_click_reaches_the_bot_and_its_whisper_only_this_person(browse, general, bot, app):
    ada, grace = await browse("ada"), await browse("grace")
    await bot.say(general, "press", components=[row(button())])
    await ada.click(".component", text="Go")
    interaction = await app.next()
    assert (interaction["type"], interaction["data"]["custom_id"]) == (3, "go")
    assert interaction["member"]["user"]["username"] == "ada"
    await app.answer(interaction, MESSAGE, {"content": "a whisper", "flags": EPHEMERAL})
    await ada.see("a whisper")
    await ada.see("Only you can see this")
    await bot.say(general, "for all")
    await grace.see("for all")
    assert "a whisper" not in await grace.text(".messages")
    await ada.click(".only-you button")
    await ada.until("!document.querySelector('.ephemeral')")


@pytest.mark.parametrize("flags", [0, EPHEMERAL])
async def test_a_click_in_a_thread_is_answered_in_the_thread(page, general, bot, app, flags):
    card = await bot.say(general, "the card", components=[row(button("Card"))])
    thread = await bot.post(f"/channels/{general}/messages/{card['id']}/threads", {"name": "work"}, expect=201)
    await bot.say(thread["id"], "a question", components=[row(button("Question"))])
    await page.click(".thread-card")
    side = "[aria-label='work']"
    for label in ("Card", "Question"):
        await page.click(f"{side} .component", text=label)
        await app.answer(await app.next(), MESSAGE, {"content": f"{label} was pressed", "flags": flags})
        await page.see(f"{label} was pressed", f"{side} .message")
    messages = await page.evaluate("document.querySelector(\"[aria-label='#general'] .messages\").innerText")
    assert "the card" in messages
    # The card of the thread below the message quotes the newest message of the thread.
    assert "Card was pressed" not in messages


async def test_the_bot_may_change_the_message_that_was_clicked(page, general, bot, app):
    await bot.say(general, "press", components=[row(button())])
    await page.click(".component", text="Go")
    changed = {"content": "pressed", "components": [row(button("Done", disabled=True))]}
    await app.answer(await app.next(), UPDATE, changed)
    await page.see("pressed", ".content")
    await page.until("document.querySelector('.component')?.disabled")


async def test_a_bot_that_stays_silent_is_told_of(page, general, bot, app, local):
    await bot.say(general, "press", components=[row(button())])
    await page.click(".component", text="Go")
    await app.next()
    await page.until("document.querySelector('.component.waiting')")
    local.admin.advance(3.1)
    await page.see("This interaction failed")
    await page.until("!document.querySelector('.component.waiting')")


async def test_a_choice_of_a_menu_reaches_the_bot(page, general, bot, app):
    options = [{"label": name, "value": name[0]} for name in ("research", "engineering", "writing")]
    menu = {"type": 3, "custom_id": "agent", "placeholder": "Choose an agent", "options": options}
    await bot.say(general, "who?", components=[row(menu)])
    await page.click(".select")
    await page.press("ArrowDown")
    await page.press("Enter")
    interaction = await app.next()
    assert interaction["data"]["values"] == ["e"]
    await app.answer(interaction, MESSAGE, {"content": "engineering it is"})
    await page.see("engineering it is")
    await page.reads(".select", "engineering")


async def test_several_people_are_chosen_from_the_guild(page, general, bot, app, grace, ada):
    menu = {"type": 5, "custom_id": "people", "max_values": 2}
    await bot.say(general, "who?", components=[row(menu)])
    await page.click(".select")
    await page.click(".option", text="Grace")
    await page.click(".option", text="Ada")
    await page.press("Escape")
    interaction = await app.next()
    assert set(interaction["data"]["values"]) == {grace.user_id, ada.user_id}
    await app.answer(interaction, DEFERRED + 1)


async def test_a_modal_is_filled_and_sent(page, general, bot, app):
    await bot.say(general, "press", components=[row(button())])
    await page.click(".component", text="Go")
    reason = {"type": 4, "style": 1, "label": "Reason", "custom_id": "reason", "required": True}
    agents = {"type": 3, "custom_id": "agent", "options": [{"label": "research", "value": "r"}]}
    details = {"type": 4, "style": 2, "custom_id": "details", "required": False}
    labels = [{"type": 18, "label": "Details", "description": "As long as you like", "component": details}]
    labels.append({"type": 18, "label": "Agent", "component": agents})
    modal = {"custom_id": "claim", "title": "Claim the task", "components": [row(reason), *labels]}
    await app.answer(await app.next(), MODAL, modal)
    await page.see("Claim the task", "dialog")
    await page.until("document.activeElement.dataset.customId === 'reason'")
    await page.type("because I can")
    await page.click("dialog button", text="Submit")
    await page.see("“Agent” is required.", "dialog")
    await page.click("dialog .select")
    await page.click(".option", text="research")
    await page.click("dialog button", text="Submit")
    interaction = await app.next()
    assert (interaction["type"], interaction["data"]["custom_id"]) == (5, "claim")
    sent = interaction["data"]["components"]
    assert sent[0]["components"][0]["value"] == "because I can"
    assert (sent[1]["component"]["value"], sent[2]["component"]["values"]) == ("", ["r"])
    await app.answer(interaction, MESSAGE, {"content": "it is yours"})
    await page.see("it is yours")
    await page.gone("dialog")


async def test_a_command_is_found_filled_in_with_the_keyboard_and_run(page, general, app, grace):
    choices = [{"name": name, "value": name[0]} for name in ("research", "engineering")]
    options = [
        {"type": 3, "name": "agent", "description": "Which agent", "required": True, "choices": choices},
        {"type": 3, "name": "task", "description": "What to do", "required": True},
        {"type": 4, "name": "budget", "description": "Tokens"},
        {"type": 6, "name": "who", "description": "For whom"},
    ]
    await app.commands({"name": "spawn", "description": "Starts an agent", "options": options})
    await page.click(COMPOSER)
    await page.type("/sp")
    await page.see("Starts an agent", ".suggestions")
    await page.press("Enter")
    await page.see("research", ".suggestions")
    await page.press("ArrowDown")
    await page.press("Enter")
    await page.press("Tab")
    await page.type("build it")
    await page.click(".option-chip", text="budget")
    await page.type("500")
    await page.click(".option-chip", text="who")
    await page.type("gra")
    await page.see("Grace", ".suggestions")
    await page.press("Tab")
    await page.press("Enter")
    interaction = await app.next()
    given = {option["name"]: option["value"] for option in interaction["data"]["options"]}
    assert given == {"agent": "e", "task": "build it", "budget": 500, "who": grace.user_id}
    await app.answer(interaction, DEFERRED, {})
    await page.see("coordinator is thinking…")
    path = f"/webhooks/{app.bot.user_id}/{interaction['token']}/messages/@original"
    await app.bot.patch(path, {"content": "spawned"})
    await page.see("spawned", ".content")
    await page.see("used /spawn", ".reply-line")


async def test_a_required_option_is_asked_for_before_anything_is_sent(page, app):
    option = {"type": 3, "name": "task", "description": "What to do", "required": True}
    await app.commands({"name": "spawn", "description": "Starts an agent", "options": [option]})
    await page.click(COMPOSER)
    await page.type("/spawn")
    await page.see("Starts an agent", ".suggestions")
    await page.press("Enter")
    await page.until("document.querySelector('.option-field')")
    await page.press("Enter")
    await page.see("This option is required", ".option-field")
    await page.press("Escape")
    await page.until(f"document.querySelector('{COMPOSER}').checkVisibility()")
    assert await app.listener.drain() == []


async def test_the_bot_completes_an_option_while_it_is_typed(page, app):
    option = {"type": 3, "name": "task", "description": "Which", "required": True, "autocomplete": True}
    listing = {"type": 1, "name": "show", "description": "Shows a task", "options": [option]}
    await app.commands({"name": "task", "description": "Tasks", "options": [listing]})
    await page.click(COMPOSER)
    await page.type("/task show")
    await page.see("Shows a task", ".suggestions")
    await page.press("Enter")
    first = await app.next()
    await app.answer(first, CHOICES, {"choices": []})
    await page.type("imp")
    asked = await app.next()
    assert asked["type"] == 4
    assert asked["data"]["options"][0]["options"][0] == {"type": 3, "name": "task", "value": "imp", "focused": True}
    await app.answer(asked, CHOICES, {"choices": [{"name": "importer", "value": "t-1"}]})
    await page.see("importer", ".suggestions")
    await page.press("Enter")
    await page.press("Enter")
    run = await app.next()
    assert run["type"] == 2
    assert run["data"]["options"][0]["options"][0]["value"] == "t-1"
    await app.answer(run, MESSAGE, {"content": "here it is"})
    await page.see("here it is")


async def test_a_command_that_nobody_answers_is_told_of(page, app, local):
    await app.commands({"name": "sleep", "description": "Says nothing"})
    await page.click(COMPOSER)
    await page.type("/sleep")
    await page.see("Says nothing", ".suggestions")
    await page.press("Enter")
    await page.press("Enter")
    await app.next()
    local.admin.advance(3.1)
    await page.see("The application did not respond", ".message.failed")
    await page.click(".message.failed .text-link", text="Dismiss")
    await page.gone(".message")


async def test_a_command_for_a_message_is_offered_in_its_menu(page, general, bot, app):
    await app.commands({"name": "Summarize", "type": 3})
    message = await bot.say(general, "a long story")
    await page.click(".message", button="right")
    await page.click("[role=menuitem]", text="Apps")
    await page.click("[role=menuitem]", text="Summarize")
    interaction = await app.next()
    assert interaction["data"]["target_id"] == message["id"]
    await app.answer(interaction, MESSAGE, {"content": "short", "flags": EPHEMERAL})
    await page.see("Only you can see this")


async def test_two_people_clicking_at_once_are_both_heard(browse, general, bot, app):
    tabs = [await browse("ada"), await browse("grace")]
    await bot.say(general, "press", components=[row(button())])
    await asyncio.gather(*(tab.click(".component", text="Go") for tab in tabs))
    names = set()
    for _ in tabs:
        interaction = await app.next()
        names.add(interaction["member"]["user"]["username"])
        await app.answer(interaction, MESSAGE, {"content": "heard", "flags": EPHEMERAL})
    assert names == {"ada", "grace"}
    for tab in tabs:
        await tab.see("heard")


async def test_a_mention_of_a_command_starts_it(page, general, bot, app):
    (command,) = await app.commands({"name": "help", "description": "Helps"})
    await bot.say(general, f"try </help:{command['id']}>")
    await page.click("button.mention", text="/help")
    await page.see("/help", ".command-form")
    await page.press("Enter")
    await app.answer(await app.next(), MESSAGE, {"content": "here is help"})
    await page.see("here is help")
