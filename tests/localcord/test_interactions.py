"""Interactions: a person uses something, an application answers once and in time."""

import asyncio

import pytest

pytestmark = pytest.mark.anyio

EPHEMERAL, LOADING = 64, 128


class Stage:
    """A bot that listens, a person that clicks, and what passes between them."""

    def __init__(self, bot, person, channel, bot_ears, person_ears):
        self.bot, self.person, self.channel = bot, person, channel
        self.bot_ears, self.person_ears = bot_ears, person_ears
        self.count = 0

    async def message(self, *components):
        parts = components or ({"type": 2, "style": 1, "label": "Go", "custom_id": "go"},)
        rows = [{"type": 1, "components": [part]} for part in parts]
        return await self.bot.say(self.channel, "press", components=rows)

    def body(self, kind, **more):
        self.count += 1
        return {
            "type": kind,
            "application_id": self.bot.user_id,
            "guild_id": self.bot.guild_id,
            "channel_id": self.channel["id"],
            "session_id": self.person_ears.ready["session_id"],
            "nonce": f"nonce-{self.count}",
            **more,
        }

    async def use(self, kind, **more):
        """Begin an interaction and answer what the application received."""
        await self.person.post("/interactions", self.body(kind, **more), expect=204)
        return (await self.bot_ears.event("INTERACTION_CREATE"))["d"]

    async def click(self, message, custom_id="go", **more):
        data = {"component_type": 2, "custom_id": custom_id, **more}
        return await self.use(3, message_id=message["id"], message_flags=message["flags"], data=data)

    async def answer(self, interaction, kind, data=None, *, expect=204, with_response=False):
        path = f"/interactions/{interaction['id']}/{interaction['token']}/callback"
        body = {"type": kind} | ({"data": data} if data is not None else {})
        path += "?with_response=1" if with_response else ""
        return await self.bot.post(path, body, expect=expect)

    def hook(self, interaction, tail=""):
        return f"/webhooks/{interaction['application_id']}/{interaction['token']}{tail}"


@pytest.fixture
async def stage(bot, grace, channel, connect):
    return Stage(bot, grace, channel, await connect(bot.token), await connect(grace.token))


@pytest.mark.proves("interactions.click", "interactions.message-answer")
async def test_a_click_reaches_the_application_and_its_answer_the_channel(stage):
    message = await stage.message()
    interaction = await stage.click(message)
    assert interaction["data"] == {"component_type": 2, "custom_id": "go", "id": 2}
    assert interaction["member"]["user"]["id"] == stage.person.user_id
    assert interaction["message"]["id"] == message["id"]
    assert {"app_permissions", "guild", "locale", "version", "entitlements"} <= set(interaction)
    answered = await stage.answer(interaction, 4, {"content": "done"}, expect=200, with_response=True)
    assert answered["resource"]["message"]["content"] == "done"
    assert answered["interaction"]["response_message_id"] == answered["resource"]["message"]["id"]
    begun = (await stage.person_ears.event("INTERACTION_CREATE"))["d"]
    succeeded = (await stage.person_ears.event("INTERACTION_SUCCESS"))["d"]
    assert begun == succeeded == {"id": interaction["id"], "nonce": "nonce-1"}
    (answer, _) = await stage.person.get(f"/channels/{stage.channel['id']}/messages")
    assert answer["interaction_metadata"]["interacted_message_id"] == message["id"]


@pytest.mark.proves("interactions.thread-start")
async def test_a_click_on_the_first_message_of_a_thread_is_answered_in_the_thread(stage):
    message = await stage.message()
    thread = await stage.bot.post(
        f"/channels/{stage.channel['id']}/messages/{message['id']}/threads", {"name": "work"}, expect=201
    )
    other = await stage.message()
    click = {"message_flags": 0, "data": {"component_type": 2, "custom_id": "go"}}
    interaction = await stage.use(3, **click, message_id=message["id"], channel_id=thread["id"])
    assert (interaction["channel_id"], interaction["message"]["id"]) == (thread["id"], message["id"])
    answered = await stage.answer(interaction, 4, {"content": "done"}, expect=200, with_response=True)
    reply = answered["resource"]["message"]
    assert reply["channel_id"] == thread["id"]
    assert reply["message_reference"]["channel_id"] == stage.channel["id"]
    elsewhere = stage.body(3, **click, message_id=other["id"], channel_id=thread["id"])
    assert (await stage.person.ask("POST", "/interactions", elsewhere)).code == 10008


@pytest.mark.proves("interactions.once")
async def test_of_many_answers_at_once_one_is_accepted(stage):
    interaction = await stage.click(await stage.message())
    path = f"/interactions/{interaction['id']}/{interaction['token']}/callback"
    answers = await asyncio.gather(*(stage.bot.ask("POST", path, {"type": 6}) for _ in range(5)))
    assert sorted((answer.status, answer.code) for answer in answers if answer.status != 204) == [(400, 40060)] * 4


@pytest.mark.proves("interactions.three-seconds")
async def test_an_answer_after_three_seconds_is_too_late_and_the_person_is_told(local, stage):
    interaction = await stage.click(await stage.message())
    local.admin.advance(3.1)
    failure = (await stage.person_ears.event("INTERACTION_FAILURE"))["d"]
    assert failure == {"id": interaction["id"], "nonce": "nonce-1", "reason_code": 2}
    path = f"/interactions/{interaction['id']}/{interaction['token']}/callback"
    answer = await stage.bot.ask("POST", path, {"type": 6})
    assert (answer.status, answer.code) == (404, 10062)


@pytest.mark.proves("interactions.token-15-minutes")
async def test_follow_ups_are_accepted_for_15_minutes(local, stage):
    interaction = await stage.click(await stage.message())
    await stage.answer(interaction, 5)
    local.admin.advance(14 * 60)
    await stage.bot.patch(stage.hook(interaction, "/messages/@original"), {"content": "in time"})
    local.admin.advance(2 * 60)
    answer = await stage.bot.ask("POST", stage.hook(interaction), {"content": "late"})
    assert (answer.status, answer.code) == (401, 50027)


@pytest.mark.proves("interactions.wrong-token")
async def test_an_unknown_interaction_or_token_is_10062(stage):
    interaction = await stage.click(await stage.message())
    for path in (f"/interactions/{interaction['id']}/wrong/callback", "/interactions/1/wrong/callback"):
        assert (await stage.bot.ask("POST", path, {"type": 6})).code == 10062


@pytest.mark.proves("interactions.deferred")
async def test_a_deferred_answer_is_replaced_by_the_first_follow_up(stage):
    interaction = await stage.click(await stage.message())
    deferred = await stage.answer(interaction, 5, expect=200, with_response=True)
    assert deferred["resource"]["message"]["flags"] & LOADING
    assert (await stage.bot.get(stage.hook(interaction, "/messages/@original")))["flags"] & LOADING
    first = await stage.bot.post(stage.hook(interaction), {"content": "result"})
    assert (first["id"], first["flags"] & LOADING) == (deferred["resource"]["message"]["id"], 0)
    second = await stage.bot.post(stage.hook(interaction), {"content": "more"})
    assert second["id"] != first["id"]
    assert (await stage.bot.patch(stage.hook(interaction, f"/messages/{second['id']}"), {"content": "x"}))[
        "content"
    ] == "x"
    await stage.bot.delete(stage.hook(interaction, f"/messages/{second['id']}"))
    assert (await stage.bot.ask("GET", stage.hook(interaction, f"/messages/{second['id']}"))).code == 10008


@pytest.mark.proves("interactions.update")
async def test_an_update_changes_the_message_that_was_clicked_at_once_or_later(stage):
    message = await stage.message()
    interaction = await stage.click(message)
    answered = await stage.answer(
        interaction, 7, {"content": "pressed", "components": []}, expect=200, with_response=True
    )
    assert answered["resource"]["message"]["id"] == message["id"]
    assert answered["resource"]["message"]["components"] == []
    message = await stage.message()
    interaction = await stage.click(message)
    await stage.answer(interaction, 6)
    edited = await stage.bot.patch(stage.hook(interaction, "/messages/@original"), {"content": "later"})
    assert (edited["id"], edited["content"]) == (message["id"], "later")


@pytest.mark.proves("interactions.ephemeral")
async def test_an_ephemeral_answer_is_seen_by_one_person_only(stage, connect, ada):
    others_ears = await connect(ada.token)
    interaction = await stage.click(await stage.message())
    answered = await stage.answer(interaction, 4, {"content": "psst", "flags": 64}, expect=200, with_response=True)
    hidden = answered["resource"]["message"]
    assert answered["interaction"]["response_message_ephemeral"]
    seen = (await stage.person_ears.event("MESSAGE_CREATE"))["d"]
    while seen["content"] != "psst":
        seen = (await stage.person_ears.event("MESSAGE_CREATE"))["d"]
    assert seen["flags"] & EPHEMERAL
    contents = [m["content"] for m in await stage.person.get(f"/channels/{stage.channel['id']}/messages")]
    assert contents == ["press"]
    path = f"/channels/{stage.channel['id']}/messages/{hidden['id']}"
    assert (await stage.bot.ask("GET", path)).code == 10008
    await others_ears.drain()
    await stage.bot.patch(stage.hook(interaction, "/messages/@original"), {"content": "psst 2"})
    assert "MESSAGE_UPDATE" not in await others_ears.drain()
    assert (await stage.person_ears.event("MESSAGE_UPDATE"))["d"]["content"] == "psst 2"
    await stage.bot.delete(stage.hook(interaction, "/messages/@original"))
    assert (await stage.person_ears.event("MESSAGE_DELETE"))["d"]["id"] == hidden["id"]


@pytest.mark.proves("interactions.ephemeral")
async def test_a_button_of_an_ephemeral_answer_works_for_its_person_alone(stage, ada):
    interaction = await stage.click(await stage.message())
    row = {"type": 1, "components": [{"type": 2, "style": 1, "label": "Sure?", "custom_id": "sure"}]}
    data = {"content": "sure?", "flags": 64, "components": [row]}
    answered = await stage.answer(interaction, 4, data, expect=200, with_response=True)
    hidden = answered["resource"]["message"]
    body = stage.body(3, message_id=hidden["id"], data={"component_type": 2, "custom_id": "sure"})
    assert (await ada.ask("POST", "/interactions", body)).code == 10008
    second = await stage.click(hidden, "sure")
    assert second["message"]["id"] == hidden["id"]
    await stage.answer(second, 7, {"content": "done", "components": []})


@pytest.mark.proves("interactions.select")
async def test_a_choice_is_checked_and_resolved(stage):
    options = [{"label": value, "value": value} for value in "abc"]
    strings = {"type": 3, "custom_id": "s", "options": options, "min_values": 1, "max_values": 2}
    users = {"type": 5, "custom_id": "u"}
    message = await stage.message(strings, users)
    interaction = await stage.click(message, "s", values=["a", "c"])
    assert (interaction["data"]["component_type"], interaction["data"]["values"]) == (3, ["a", "c"])
    for wrong in ([], ["z"], ["a", "b", "c"]):
        data = {"component_type": 3, "custom_id": "s", "values": wrong}
        answer = await stage.person.ask("POST", "/interactions", stage.body(3, message_id=message["id"], data=data))
        assert answer.code == 50035
    interaction = await stage.click(message, "u", values=[stage.bot.user_id])
    assert stage.bot.user_id in interaction["data"]["resolved"]["users"]
    assert stage.bot.user_id in interaction["data"]["resolved"]["members"]


@pytest.mark.proves("interactions.component-checked")
async def test_a_click_on_what_is_not_there_or_disabled_is_refused(stage):
    message = await stage.message({"type": 2, "style": 1, "label": "No", "custom_id": "no", "disabled": True})
    for custom_id in ("no", "unknown"):
        data = {"component_type": 2, "custom_id": custom_id}
        answer = await stage.person.ask("POST", "/interactions", stage.body(3, message_id=message["id"], data=data))
        assert answer.code == 50035
    data = {"component_type": 2, "custom_id": "no"}
    assert (await stage.person.ask("POST", "/interactions", stage.body(3, message_id="1", data=data))).code == 10008
    assert (await stage.bot.ask("POST", "/interactions", stage.body(3))).code == 20001


@pytest.mark.proves("interactions.modal")
async def test_a_modal_is_shown_to_the_person_and_what_they_fill_in_comes_back(stage):
    interaction = await stage.click(await stage.message())
    field = {"type": 4, "custom_id": "why", "style": 2, "label": "Why?", "min_length": 3, "max_length": 10}
    label = {
        "type": 18,
        "label": "Which?",
        "component": {"type": 3, "custom_id": "which", "options": [{"label": "a", "value": "a"}]},
    }
    modal = {"custom_id": "form", "title": "Form", "components": [{"type": 1, "components": [field]}, label]}
    await stage.answer(interaction, 9, modal)
    shown = (await stage.person_ears.event("INTERACTION_MODAL_CREATE"))["d"]
    assert (shown["custom_id"], shown["title"], shown["nonce"]) == ("form", "Form", "nonce-1")
    assert (shown["application"]["id"], shown["channel_id"]) == (stage.bot.user_id, stage.channel["id"])

    def filled(text):
        row = {"type": 1, "components": [{"type": 4, "custom_id": "why", "value": text}]}
        chosen = {"type": 18, "component": {"type": 3, "custom_id": "which", "values": ["a"]}}
        return {"id": shown["id"], "custom_id": "form", "components": [row, chosen]}

    short = await stage.person.ask("POST", "/interactions", stage.body(5, data=filled("x")))
    assert short.code == 50035
    submitted = await stage.use(5, data=filled("because"))
    assert submitted["type"] == 5
    assert submitted["data"]["components"][0]["components"][0]["value"] == "because"
    assert submitted["data"]["components"][1]["component"]["values"] == ["a"]
    assert submitted["message"]["content"] == "press"
    await stage.answer(submitted, 7, {"content": "thanks"})


@pytest.mark.proves("interactions.callback-types")
async def test_an_answer_must_be_of_a_kind_that_fits(stage):
    interaction = await stage.click(await stage.message())
    path = f"/interactions/{interaction['id']}/{interaction['token']}/callback"
    for body in (
        {"type": 8, "data": {"choices": []}},
        {"type": 99},
        {},
        {"type": 4},
        {"type": 4, "data": {"content": ""}},
    ):
        answer = await stage.bot.ask("POST", path, body)
        assert answer.code in (50035, 50006), body
    await stage.answer(interaction, 6)


@pytest.fixture
async def ping(stage):
    command = {
        "name": "ping",
        "description": "Answers",
        "options": [
            {"type": 3, "name": "word", "description": "w", "required": True, "min_length": 2},
            {"type": 4, "name": "times", "description": "t", "min_value": 1, "max_value": 3},
            {"type": 6, "name": "who", "description": "u"},
            {"type": 3, "name": "kind", "description": "k", "autocomplete": True},
        ],
    }
    return await stage.bot.post(f"/applications/{stage.bot.user_id}/commands", command, expect=201)


def given(command, *options, kind=1):
    return {
        "id": command["id"],
        "name": command["name"],
        "type": kind,
        "version": command["version"],
        "options": [{"type": number, "name": name, "value": value} for number, name, value in options],
    }


@pytest.mark.proves("commands.use")
async def test_a_command_arrives_with_its_options_resolved(stage, ping):
    data = given(ping, (3, "word", "hello"), (4, "times", 2), (6, "who", stage.bot.user_id))
    interaction = await stage.use(2, data=data)
    assert [option["value"] for option in interaction["data"]["options"]] == ["hello", 2, stage.bot.user_id]
    assert stage.bot.user_id in interaction["data"]["resolved"]["users"]
    answered = await stage.answer(interaction, 4, {"content": "pong"}, expect=200, with_response=True)
    message = answered["resource"]["message"]
    assert (message["type"], message["interaction"]["name"]) == (20, "ping")
    assert message["author"]["id"] == stage.bot.user_id


@pytest.mark.proves("commands.options-checked")
@pytest.mark.parametrize(
    "options",
    [
        [],
        [(3, "word", "x")],
        [(3, "word", "ok"), (4, "times", 4)],
        [(3, "word", "ok"), (4, "times", "many")],
        [(3, "word", "ok"), (4, "times", 1.5)],
        [(3, "word", "ok"), (4, "times", True)],
        [(3, "word", "ok"), (3, "unknown", "x")],
        [(3, "word", "ok"), (6, "who", "nobody")],
    ],
)
async def test_options_that_do_not_fit_the_command_are_refused(stage, ping, options):
    answer = await stage.person.ask("POST", "/interactions", stage.body(2, data=given(ping, *options)))
    assert answer.code == 50035


@pytest.mark.proves("commands.outdated")
async def test_a_command_that_changed_meanwhile_is_outdated(stage, ping):
    await stage.bot.patch(f"/applications/{stage.bot.user_id}/commands/{ping['id']}", {"description": "new"})
    answer = await stage.person.ask("POST", "/interactions", stage.body(2, data=given(ping, (3, "word", "hello"))))
    assert answer.code == 50035


@pytest.mark.proves("commands.autocomplete")
async def test_completions_are_asked_for_and_shown(stage, ping):
    data = given(ping, (3, "kind", "re"))
    data["options"][0]["focused"] = True
    interaction = await stage.use(4, data=data)
    assert interaction["type"] == 4
    assert interaction["data"]["options"][0]["focused"] is True
    await stage.answer(interaction, 8, {"choices": [{"name": "Red", "value": "red"}]})
    shown = (await stage.person_ears.event("APPLICATION_COMMAND_AUTOCOMPLETE_RESPONSE"))["d"]
    assert shown["choices"] == [{"name": "Red", "value": "red"}]


@pytest.mark.proves("commands.menus")
async def test_a_message_menu_carries_the_message_with_its_content(local, stage):
    local.admin.set_privileged(stage.bot.user_id)
    command = {"name": "Look at this", "type": 3}
    command = await stage.bot.post(f"/applications/{stage.bot.user_id}/commands", command, expect=201)
    message = await stage.person.say(stage.channel, "look")
    data = {"id": command["id"], "name": command["name"], "type": 3, "target_id": message["id"]}
    interaction = await stage.use(2, data=data)
    assert interaction["data"]["resolved"]["messages"][message["id"]]["content"] == "look"


@pytest.mark.proves("commands.index")
async def test_people_see_which_commands_there_are(stage, ping):
    index = await stage.person.get(f"/guilds/{stage.bot.guild_id}/application-command-index")
    assert [command["name"] for command in index["application_commands"]] == ["ping"]
    assert stage.bot.user_id in [application["id"] for application in index["applications"]]


@pytest.mark.proves("commands.permissions")
async def test_a_command_may_be_for_those_with_a_permission_only(stage, ada):
    body = {"name": "admin", "description": "d", "default_member_permissions": "0"}
    command = await stage.bot.post(f"/applications/{stage.bot.user_id}/commands", body, expect=201)
    answer = await stage.person.ask("POST", "/interactions", stage.body(2, data=given(command)))
    assert answer.code == 50013
    assert (await ada.ask("POST", "/interactions", stage.body(2, data=given(command)))).status == 204


@pytest.mark.proves("interactions.several-sessions")
async def test_every_session_of_a_bot_gets_the_interaction(stage, connect):
    second = await connect(stage.bot.token)
    interaction = await stage.click(await stage.message())
    assert (await second.event("INTERACTION_CREATE"))["d"]["id"] == interaction["id"]
