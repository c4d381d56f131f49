"""Application commands as an application manages them."""

import pytest

pytestmark = pytest.mark.anyio


def command(name="go", **more):
    return {"name": name, "description": "d", **more}


@pytest.fixture
def path(bot):
    return f"/applications/{bot.user_id}/commands"


@pytest.mark.proves("commands.upsert")
async def test_creating_a_command_of_the_same_name_changes_it(bot, path):
    first = await bot.post(path, command(), expect=201)
    again = await bot.post(path, command(description="other"), expect=200)
    assert (again["id"], again["description"]) == (first["id"], "other")
    assert again["version"] != first["version"]


@pytest.mark.proves("commands.overwrite")
async def test_an_overwrite_makes_exactly_the_given_commands_and_keeps_ids(bot, path):
    kept = await bot.post(path, command("kept"), expect=201)
    await bot.post(path, command("gone"), expect=201)
    answered = await bot.put(path, [command("kept"), command("new")], expect=200)
    assert [item["name"] for item in answered] == ["kept", "new"]
    assert answered[0]["id"] == kept["id"]
    assert {item["name"] for item in await bot.get(path)} == {"kept", "new"}


@pytest.mark.proves("commands.scopes")
async def test_guild_commands_and_global_ones_are_apart_and_belong_to_their_application(bot, other_bot, path):
    in_guild = f"/applications/{bot.user_id}/guilds/{bot.guild_id}/commands"
    mine = await bot.post(in_guild, command(), expect=201)
    assert mine["guild_id"] == bot.guild_id
    assert await bot.get(path) == []
    assert (await other_bot.ask("GET", path)).code == 20012
    assert (await bot.ask("GET", f"{path}/{mine['id']}")).code == 10063
    await bot.delete(f"{in_guild}/{mine['id']}")
    assert await bot.get(in_guild) == []


@pytest.mark.proves("commands.checked")
@pytest.mark.parametrize(
    ("body", "place"),
    [
        (command("Has Space"), ["name"]),
        (command("UPPER"), ["name"]),
        (command("x" * 33), ["name"]),
        (command(description=""), ["description"]),
        (command(description="x" * 101), ["description"]),
        (command(options=[{"type": 3, "name": f"o{n}", "description": "d"} for n in range(26)]), ["options"]),
        (command(options=[{"type": 3, "name": "o", "description": "d"}] * 2), ["options"]),
        (command(options=[{"type": 99, "name": "o", "description": "d"}]), ["options", "0", "type"]),
        (command(options=[{"type": 3, "name": "o"}]), ["options", "0", "description"]),
    ],
)
async def test_a_command_beyond_a_limit_is_refused_at_its_place(bot, path, body, place):
    answer = await bot.ask("POST", path, body)
    assert answer.code == 50035
    found = answer.body["errors"]
    for step in place:
        found = found[step]
    assert found["_errors"]


@pytest.mark.proves("commands.limits")
async def test_there_are_100_slash_commands_and_200_creations_a_day(local, bot, path):
    many = [command(f"c{n}") for n in range(101)]
    assert (await bot.ask("PUT", path, many)).code == 30032
    await bot.put(path, many[:100], expect=200)
    assert (await bot.ask("POST", path, command("one-more"))).code == 30032
    await bot.put(path, [command(f"d{n}") for n in range(100)], expect=200)
    await bot.put(path, [], expect=200)
    assert (await bot.ask("POST", path, command("too-many-today"))).code == 30034
    local.admin.advance(86_401)
    await bot.post(path, command("tomorrow"), expect=201)


@pytest.mark.proves("commands.unique")
async def test_two_commands_of_one_name_are_refused_in_an_overwrite(bot, path):
    answer = await bot.ask("PUT", path, [command(), command()])
    assert (answer.code, list(answer.body["errors"])) == (50035, ["1"])


@pytest.mark.proves("applications.me")
async def test_an_application_knows_itself(bot, ada):
    application = await bot.get("/oauth2/applications/@me")
    assert application["bot"]["id"] == bot.user_id
    assert (await bot.get("/applications/@me"))["id"] == application["id"]
    assert application["owner"]["id"] == ada.user_id
    assert (await ada.ask("GET", "/applications/@me")).code == 20002
