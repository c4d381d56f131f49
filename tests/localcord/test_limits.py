"""Rates: buckets, headers, 429s of every scope, and the limits nobody shows."""

import asyncio

import pytest
from localcord_client import Http

from claw_discord_coord.localcord import Limits, Rate

pytestmark = [pytest.mark.anyio, pytest.mark.local(limits=True)]


async def say(client, channel, count=1):
    path = f"/channels/{channel['id']}/messages"
    return [await client.ask("POST", path, {"content": "x"}) for _ in range(count)]


@pytest.mark.proves("limits.headers")
async def test_every_answer_shows_its_bucket(bot, channel):
    answers = await say(bot, channel, 2)
    headers = [answer.headers for answer in answers]
    assert [h["X-RateLimit-Limit"] for h in headers] == ["5", "5"]
    assert [h["X-RateLimit-Remaining"] for h in headers] == ["4", "3"]
    assert headers[0]["X-RateLimit-Bucket"] == headers[1]["X-RateLimit-Bucket"]
    assert 0 < float(headers[0]["X-RateLimit-Reset-After"]) <= 5
    assert float(headers[0]["X-RateLimit-Reset"]) > 1_700_000_000


@pytest.mark.proves("limits.429")
async def test_the_sixth_message_in_five_seconds_must_wait(local, bot, other_bot, channel):
    answers = await say(bot, channel, 6)
    refused = answers[5]
    assert [answer.status for answer in answers] == [200] * 5 + [429]
    assert refused.headers["Via"]
    assert refused.headers["Content-Type"] == "application/json"
    assert refused.headers["X-RateLimit-Scope"] == "user"
    assert "X-RateLimit-Global" not in refused.headers
    assert 0 < refused.body["retry_after"] <= 5
    assert int(refused.headers["Retry-After"]) >= refused.body["retry_after"]
    assert refused.body["global"] is False
    assert (await say(other_bot, channel))[0].status == 200
    local.admin.advance(refused.body["retry_after"])
    assert (await say(bot, channel))[0].status == 200


@pytest.mark.proves("limits.major-parameter")
async def test_each_channel_has_a_bucket_of_its_own(bot, channel):
    other = await bot.post(f"/guilds/{bot.guild_id}/channels", {"name": "other"}, expect=201)
    first, second = (await say(bot, channel, 5))[-1], (await say(bot, other))[0]
    assert second.status == 200
    assert first.headers["X-RateLimit-Bucket"] == second.headers["X-RateLimit-Bucket"]


@pytest.mark.proves("limits.global")
@pytest.mark.local(limits=Limits(default_route=Rate(1000, 1.0)))
async def test_more_than_50_requests_a_second_meet_the_global_limit(local, bot, ada):
    answers = await asyncio.gather(*(bot.ask("GET", "/users/@me") for _ in range(60)))
    refused = [answer for answer in answers if answer.status == 429]
    assert 0 < len(refused) <= 10
    assert refused[0].headers["X-RateLimit-Global"] == "true"
    assert (refused[0].headers["X-RateLimit-Scope"], refused[0].body["global"]) == ("global", True)
    assert (await ada.ask("GET", "/users/@me")).status == 200


@pytest.mark.proves("limits.rename-hidden")
async def test_the_third_rename_in_ten_minutes_waits_though_the_headers_show_room(local, bot, channel):
    path = f"/channels/{channel['id']}"
    for name in ("a", "b"):
        await bot.patch(path, {"name": name})
    refused = await bot.ask("PATCH", path, {"name": "c"})
    assert refused.status == 429
    assert refused.body["retry_after"] > 500
    assert int(refused.headers["X-RateLimit-Remaining"]) > 0
    await bot.patch(path, {"rate_limit_per_user": 5})
    local.admin.advance(601)
    await bot.patch(path, {"name": "c"})


@pytest.mark.proves("limits.shared")
@pytest.mark.local(limits=Limits(thread_creation=Rate(2, 300.0)))
async def test_thread_creation_is_limited_for_all_together(bot, other_bot, channel):
    for client in (bot, other_bot):
        await client.post(f"/channels/{channel['id']}/threads", {"name": "t", "type": 11}, expect=201)
    refused = await bot.ask("POST", f"/channels/{channel['id']}/threads", {"name": "t", "type": 11})
    assert (refused.status, refused.headers["X-RateLimit-Scope"]) == (429, "shared")
    assert refused.body["retry_after"] > 200


@pytest.mark.proves("limits.old-edits")
async def test_messages_older_than_an_hour_are_edited_three_times_in_six_seconds(local, bot, channel):
    message = (await say(bot, channel))[0].body
    local.admin.advance(3700)
    path = f"/channels/{channel['id']}/messages/{message['id']}"
    for number in range(3):
        await bot.patch(path, {"content": str(number)})
    refused = await bot.ask("PATCH", path, {"content": "4"})
    assert (refused.status, refused.code) == (429, 30046)


@pytest.mark.proves("limits.webhooks")
async def test_a_webhook_has_its_own_bucket_and_the_channel_a_hidden_one(local, bot, channel):
    hooks = [await bot.post(f"/channels/{channel['id']}/webhooks", {"name": f"w{n}"}) for n in range(7)]
    async with Http(local, None) as nobody:
        answers = []
        for hook in hooks:
            path = f"/webhooks/{hook['id']}/{hook['token']}"
            answers.append([(await nobody.ask("POST", path, {"content": "x"})) for _ in range(5)])
        assert [answer.status for answer in answers[0]] == [204] * 5
        assert [answer.status for answer in answers[6]] == [429] * 5
        assert answers[6][0].body["retry_after"] > 50
        hook = hooks[0]
        assert (await nobody.ask("POST", f"/webhooks/{hook['id']}/{hook['token']}", {"content": "x"})).status == 429
        for form in ("slack", "github"):
            answer = await nobody.ask("POST", f"/webhooks/{hook['id']}/{hook['token']}/{form}", {"text": "x"})
            assert (answer.status, answer.body["retry_after"] > 50) == (429, True)


@pytest.mark.proves("limits.interactions-exempt")
@pytest.mark.local(limits=Limits(default_route=Rate(1000, 1.0), global_rate=Rate(1, 60.0)))
async def test_answers_to_interactions_do_not_count_for_the_global_limit(local, bot):
    async with Http(local, bot.token, bot=True) as client:
        assert (await client.ask("GET", "/users/@me")).status == 200
        assert (await client.ask("GET", "/users/@me")).status == 429
        assert (await client.ask("POST", "/interactions/1/x/callback", {"type": 6})).code == 10062


@pytest.mark.proves("limits.invalid-requests")
@pytest.mark.local(limits=Limits(invalid_requests=Rate(3, 600.0)))
async def test_too_many_invalid_requests_get_the_address_banned(local, bot):
    async with Http(local, "nonsense", bot=True) as stranger:
        assert [(await stranger.ask("GET", "/users/@me")).status for _ in range(4)] == [401, 401, 401, 429]
    banned = await bot.ask("GET", "/users/@me")
    assert (banned.status, banned.headers["Content-Type"]) == (429, "text/html; charset=utf-8")
    assert "Via" not in banned.headers
    local.admin.advance(601)
    assert (await bot.ask("GET", "/users/@me")).status == 200


@pytest.mark.proves("limits.settable")
async def test_limits_are_changed_or_switched_off_while_it_runs(local, bot, channel):
    assert (await say(bot, channel, 6))[-1].status == 429
    local.admin.set_limits(False)
    assert {answer.status for answer in await say(bot, channel, 20)} == {200}
    assert "X-RateLimit-Limit" not in (await say(bot, channel))[0].headers
    local.admin.set_limits(local.admin.limits.changed({"content_chars": 3}))
    path = f"/channels/{channel['id']}/messages"
    assert (await bot.ask("POST", path, {"content": "long"})).code == 50035
    with pytest.raises(ValueError, match="no such limit"):
        local.admin.limits.changed({"nonsense": 1})


@pytest.mark.proves("limits.request-size")
@pytest.mark.local(limits=Limits(request_bytes=1000))
async def test_a_request_that_is_too_large_is_refused(bot, channel):
    answer = await bot.ask("POST", f"/channels/{channel['id']}/messages", {"content": "x" * 2000})
    assert (answer.status, answer.code) == (413, 40005)
