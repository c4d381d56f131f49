"""Webhooks: made in a channel, executed with nothing but their token."""

import pytest
from localcord_client import Http, form

pytestmark = pytest.mark.anyio


@pytest.fixture
async def hook(bot, channel):
    return await bot.post(f"/channels/{channel['id']}/webhooks", {"name": "agent"})


@pytest.fixture
async def nobody(local):
    async with Http(local, None) as client:
        yield client


def url(hook, tail=""):
    return f"/webhooks/{hook['id']}/{hook['token']}{tail}"


@pytest.mark.proves("webhooks.execute")
async def test_a_webhook_speaks_with_a_name_of_its_own_and_answers_when_asked_to_wait(nobody, bot, channel, hook):
    assert await nobody.post(url(hook), {"content": "quiet"}, expect=204) is None
    message = await nobody.post(url(hook, "?wait=true"), {"content": "loud", "username": "agent-7"})
    assert (message["author"]["username"], message["webhook_id"]) == ("agent-7", hook["id"])
    assert message["author"]["bot"] is True
    contents = [m["content"] for m in await bot.get(f"/channels/{channel['id']}/messages")]
    assert contents == ["loud", "quiet"]


@pytest.mark.proves("webhooks.messages")
async def test_a_webhook_edits_and_deletes_its_own_messages_only(nobody, bot, channel, hook):
    message = await nobody.post(url(hook, "?wait=1"), {"content": "a"})
    place = url(hook, f"/messages/{message['id']}")
    assert (await nobody.patch(place, {"content": "b"}))["content"] == "b"
    assert (await nobody.get(place))["content"] == "b"
    other = await bot.say(channel)
    assert (await nobody.ask("PATCH", url(hook, f"/messages/{other['id']}"), {"content": "x"})).code == 10008
    await nobody.delete(place)
    assert (await nobody.ask("GET", place)).code == 10008


@pytest.mark.proves("webhooks.threads")
async def test_a_webhook_posts_into_threads_of_its_channel(nobody, bot, channel, hook):
    thread = await bot.post(f"/channels/{channel['id']}/threads", {"name": "t", "type": 11}, expect=201)
    message = await nobody.post(url(hook, f"?wait=1&thread_id={thread['id']}"), {"content": "in thread"})
    assert message["channel_id"] == thread["id"]
    place = url(hook, f"/messages/{message['id']}")
    assert (await nobody.ask("GET", place)).code == 10008
    assert (await nobody.get(f"{place}?thread_id={thread['id']}"))["id"] == message["id"]
    assert (await nobody.ask("POST", url(hook, "?thread_id=1"), {"content": "x"})).code == 10003
    assert (await nobody.ask("POST", url(hook), {"content": "x", "thread_name": "n"})).code == 220003


@pytest.mark.proves("webhooks.forum")
async def test_a_webhook_in_a_forum_starts_posts(nobody, bot):
    forum = await bot.post(f"/guilds/{bot.guild_id}/channels", {"name": "f", "type": 15}, expect=201)
    hook = await bot.post(f"/channels/{forum['id']}/webhooks", {"name": "agent"})
    assert (await nobody.ask("POST", url(hook), {"content": "x"})).code == 220001
    message = await nobody.post(url(hook, "?wait=1"), {"content": "body", "thread_name": "post"})
    assert message["id"] == message["channel_id"]
    assert (await bot.get(f"/channels/{message['channel_id']}"))["name"] == "post"


@pytest.mark.proves("webhooks.names")
@pytest.mark.parametrize("name", ["", "x" * 81, "Clyde", "my discord hook"])
async def test_a_webhook_may_not_have_such_a_name(bot, channel, hook, nobody, name):
    answer = await bot.ask("POST", f"/channels/{channel['id']}/webhooks", {"name": name})
    assert (answer.code, list(answer.body["errors"])) == (50035, ["name"])
    answer = await nobody.ask("POST", url(hook), {"content": "x", "username": name})
    assert answer.code == 50035


@pytest.mark.proves("webhooks.limits")
async def test_a_channel_has_15_webhooks_at_most(bot, channel):
    for number in range(15):
        await bot.post(f"/channels/{channel['id']}/webhooks", {"name": f"w{number}"})
    assert (await bot.ask("POST", f"/channels/{channel['id']}/webhooks", {"name": "w"})).code == 30007


@pytest.mark.proves("webhooks.tokens")
async def test_the_token_is_checked_and_shown_to_its_own_application_only(nobody, bot, other_bot, ada, channel, hook):
    wrong = {"id": hook["id"], "token": "wrong"}
    answer = await nobody.ask("POST", url(wrong), {"content": "x"})
    assert (answer.status, answer.code) == (401, 50027)
    assert (await nobody.ask("POST", url({"id": "1", "token": "x"}), {"content": "x"})).code == 10015
    (seen,) = await other_bot.get(f"/channels/{channel['id']}/webhooks")
    assert "token" not in seen
    assert (await bot.get(f"/guilds/{bot.guild_id}/webhooks"))[0]["token"] == hook["token"]
    assert "user" not in await nobody.get(url(hook))


@pytest.mark.proves("webhooks.manage")
async def test_a_webhook_is_renamed_moved_and_deleted(nobody, bot, channel, hook, connect):
    listener = await connect(bot.token)
    other = await bot.post(f"/guilds/{bot.guild_id}/channels", {"name": "other"}, expect=201)
    moved = await bot.patch(f"/webhooks/{hook['id']}", {"name": "new", "channel_id": other["id"]})
    assert (moved["name"], moved["channel_id"]) == ("new", other["id"])
    assert (await nobody.patch(url(hook), {"name": "newer"}))["name"] == "newer"
    await nobody.delete(url(hook))
    assert (await bot.ask("GET", f"/webhooks/{hook['id']}")).code == 10015
    assert (await listener.event("WEBHOOKS_UPDATE"))["d"]["guild_id"] == bot.guild_id


@pytest.mark.proves("webhooks.files")
async def test_a_webhook_uploads_files(nobody, hook):
    answer = await nobody.ask("POST", url(hook, "?wait=1"), data=form({"content": "f"}, ("a.txt", b"a", "text/plain")))
    assert answer.body["attachments"][0]["filename"] == "a.txt"


@pytest.mark.proves("webhooks.no-nonce")
async def test_a_webhook_knows_no_nonces(nobody, hook):
    body = {"content": "x", "nonce": "n", "enforce_nonce": True}
    ids = {(await nobody.post(url(hook, "?wait=1"), body))["id"] for _ in range(2)}
    assert len(ids) == 2


async def last_message(bot, channel):
    return (await bot.get(f"/channels/{channel['id']}/messages", limit=1))[0]


SLACK = {
    "text": "Nightly build",
    "username": "ci",
    "icon_url": "https://example.com/ci.png",
    "channel": "#ignored",
    "attachments": [
        {
            "pretext": "before",
            "text": "*details*",
            "title": "Build 17",
            "title_link": "https://example.com/17",
            "color": "#f0f",
            "author_name": "builder",
            "author_link": "https://example.com/b",
            "fields": [{"title": "Took", "value": "3 min", "short": True}],
            "footer": "from the cellar",
            "image_url": "https://example.com/i.png",
            "thumb_url": "https://example.com/t.png",
            "ts": 1565708994,
        }
    ],
}


@pytest.mark.proves("webhooks.slack")
async def test_what_slack_takes_is_posted_and_answered_as_slack_does(nobody, bot, channel, hook):
    async with nobody._session.post(nobody.local.api_base + url(hook, "/slack"), json=SLACK) as response:
        assert (response.status, await response.text()) == (200, "ok")
    message = await last_message(bot, channel)
    assert (message["content"], message["author"]["username"]) == ("Nightly build", "ci")
    assert message["author"]["avatar"] == "https://example.com/ci.png"
    (embed,) = message["embeds"]
    assert embed == {
        "type": "rich",
        "title": "Build 17",
        "url": "https://example.com/17",
        "description": "before\n*details*",
        "color": 0xFF00FF,
        "timestamp": "2019-08-13T15:09:54.000000+00:00",
        "author": {"name": "builder", "url": "https://example.com/b"},
        "footer": {"text": "from the cellar"},
        "image": {"url": "https://example.com/i.png"},
        "thumbnail": {"url": "https://example.com/t.png"},
        "fields": [{"name": "Took", "value": "3 min", "inline": True}],
    }


@pytest.mark.proves("webhooks.slack")
async def test_slack_messages_come_as_forms_too_and_go_into_threads(nobody, bot, channel, hook):
    assert (await nobody.ask("POST", url(hook, "/slack"), data={"payload": '{"text": "as a form"}'})).status == 200
    assert (await last_message(bot, channel))["content"] == "as a form"
    assert (await nobody.ask("POST", url(hook, "/slack"), data={"payload": "{nope"})).code == 50109
    assert (await nobody.ask("POST", url(hook, "/slack"), data={"payload": "[]"})).code == 50035
    thread = await bot.post(f"/channels/{channel['id']}/threads", {"name": "t", "type": 11}, expect=201)
    await nobody.ask("POST", url(hook, f"/slack?thread_id={thread['id']}"), {"text": "in the thread"})
    assert (await last_message(bot, thread))["content"] == "in the thread"


@pytest.mark.proves("webhooks.slack")
@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, 50006),
        ({"text": "x" * 2001}, 50035),
        ({"attachments": [{"text": "x", "color": "blueish"}]}, 50035),
        ({"attachments": [{"text": "x", "title_link": "nowhere"}]}, 50035),
        ({"text": "x", "username": "Clyde"}, 50035),
    ],
)
async def test_slack_messages_are_checked(nobody, bot, channel, hook, body, code):
    assert (await nobody.ask("POST", url(hook, "/slack"), body)).code == code
    assert (await nobody.ask("POST", url({**hook, "token": "wrong"}, "/slack"), {"text": "x"})).code == 50027
    assert await bot.get(f"/channels/{channel['id']}/messages") == []


SENDER = {"id": 1, "login": "ada", "html_url": "https://example.com/ada", "avatar_url": "https://example.com/ada.png"}
REPOSITORY = {"id": 2, "html_url": "https://example.com/o/r", "name": "r", "full_name": "o/r"}
ISSUE = {
    "id": 3,
    "number": 7,
    "title": "It breaks",
    "html_url": "https://example.com/7",
    "user": SENDER,
    "body": "Why?",
}
COMMENT = {"id": 4, "html_url": "https://example.com/c", "user": SENDER, "body": "Indeed", "commit_id": "c" * 40}


def commit(number):
    return {
        "id": str(number) * 40,
        "url": f"https://example.com/{number}",
        "message": f"Change {number}\n\nmore",
        "author": {"name": "Ada"},
    }


PUSH = {
    "ref": "refs/heads/main",
    "compare": "https://example.com/compare",
    "head_commit": commit(2),
    "commits": [commit(1), commit(2)],
}

GITHUB = [
    ("push", PUSH, "[r:main] 2 new commits", "https://example.com/compare"),
    ("push", PUSH | {"commits": [commit(2)]}, "[r:main] 1 new commit", "https://example.com/2"),
    (
        *("push", PUSH | {"forced": True}, "[r] Branch main was force-pushed to `2222222`"),
        "https://example.com/compare",
    ),
    ("issues", {"action": "opened", "issue": ISSUE}, "[o/r] Issue opened: #7 It breaks", "https://example.com/7"),
    ("issues", {"action": "closed", "issue": ISSUE}, "[o/r] Issue closed: #7 It breaks", "https://example.com/7"),
    (
        *("issue_comment", {"action": "created", "issue": ISSUE, "comment": COMMENT}),
        *("[o/r] New comment on issue #7: It breaks", "https://example.com/c"),
    ),
    (
        "issue_comment",
        {"action": "created", "issue": ISSUE | {"pull_request": {"url": "https://x"}}, "comment": COMMENT},
        *("[o/r] New comment on pull request #7: It breaks", "https://example.com/c"),
    ),
    (
        *("pull_request", {"action": "opened", "pull_request": ISSUE}),
        *("[o/r] Pull request opened: #7 It breaks", "https://example.com/7"),
    ),
    (
        *("commit_comment", {"action": "created", "comment": COMMENT}),
        *("[o/r] New comment on commit `ccccccc`", "https://example.com/c"),
    ),
    (*("create", {"ref": "v1", "ref_type": "tag"}), *("[o/r] New tag created: v1", "https://example.com/o/r")),
    (*("delete", {"ref": "old", "ref_type": "branch"}), *("[o/r] Branch deleted: old", "https://example.com/o/r")),
    ("watch", {"action": "started"}, "[o/r] New star added", "https://example.com/o/r"),
]


async def tell(nobody, hook, event, body):
    headers = {"X-GitHub-Event": event}
    whole = {"sender": SENDER, "repository": REPOSITORY, **body}
    return await nobody.ask("POST", url(hook, "/github"), whole, headers=headers)


@pytest.mark.proves("webhooks.github")
@pytest.mark.parametrize(("event", "body", "title", "link"), GITHUB)
async def test_what_github_tells_is_posted(nobody, bot, channel, hook, event, body, title, link):
    assert (await tell(nobody, hook, event, body)).status == 204
    message = await last_message(bot, channel)
    (embed,) = message["embeds"]
    assert message["author"]["username"] == "GitHub"
    assert (embed["title"], embed["url"], embed["author"]["name"]) == (title, link, "ada")


@pytest.mark.proves("webhooks.github")
async def test_a_push_names_its_commits_and_long_texts_are_cut(nobody, bot, channel, hook):
    await tell(nobody, hook, "push", PUSH)
    assert (await last_message(bot, channel))["embeds"][0]["description"].splitlines() == [
        "[`1111111`](https://example.com/1) Change 1 - Ada",
        "[`2222222`](https://example.com/2) Change 2 - Ada",
    ]
    await tell(nobody, hook, "issues", {"action": "opened", "issue": ISSUE | {"title": "x" * 300, "body": "y" * 5000}})
    (embed,) = (await last_message(bot, channel))["embeds"]
    assert (len(embed["title"]), len(embed["description"])) == (256, 4096)


@pytest.mark.proves("webhooks.github")
@pytest.mark.parametrize(
    ("event", "body"),
    [
        ("ping", {"zen": "Keep it logically awesome."}),
        ("issues", {"action": "labeled", "issue": ISSUE}),
        ("star", {"action": "created"}),
        ("push", {"ref": "refs/heads/new", "commits": []}),
        ("", {"action": "opened", "issue": ISSUE}),
    ],
)
async def test_of_other_events_of_github_nothing_is_posted(nobody, bot, channel, hook, event, body):
    assert (await tell(nobody, hook, event, body)).status == 204
    assert await bot.get(f"/channels/{channel['id']}/messages") == []
    assert (await nobody.ask("POST", url(hook, "/github"), {}, headers={"X-GitHub-Event": event})).code == 50035
