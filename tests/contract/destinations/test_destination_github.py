"""Comments on GitHub, against a server checked with GitHub's published description."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from claw_discord_coord.config.destinations import GitHubDestinationConfig
from claw_discord_coord.config.model import Config
from claw_discord_coord.destinations.catalog import traits_of
from claw_discord_coord.destinations.github.findings import Finding, findings, lines_of
from claw_discord_coord.destinations.github.target import linked
from claw_discord_coord.errors import DeliveryFailed, Unavailable
from claw_discord_coord.routing.output import Output
from claw_discord_coord.routing.rules import explain
from claw_discord_coord.text.front_matter import Value
from tests.contract.destinations.benches import NOW, build_one, delivery
from tests.contract.destinations.faults import Fault, Faulty, served
from tests.contract.destinations.github_server import TOKEN, GitHubServer

pytestmark = pytest.mark.anyio


@pytest.fixture
async def server() -> AsyncIterator[GitHubServer]:
    server = GitHubServer()
    async with server.running():
        yield server


def github(folder: Path, server: GitHubServer, **settings: Any) -> Any:
    fixed = {"kind": "github", "repository": "ada/engine", "token": TOKEN, "api_url": server.base, "timeout_s": 10}
    return build_one(folder, {**fixed, **settings})


async def test_a_comment_begins_with_a_hidden_mark_and_the_receipt_links_to_it(tmp_path: Path, server: GitHubServer):
    receipt = await github(tmp_path, server, number=12).deliver(delivery())

    head, _, rest = server.bodies()[0].partition("\n")
    assert head.startswith("<!-- claw-discord-coord ")
    assert rest == "### Fields\n\nAll *fields* surveyed."
    assert receipt.url is not None
    assert receipt.url.endswith(f"/ada/engine/issues/12#issuecomment-{receipt.id}")


async def test_update_replaces_the_earlier_comment_also_when_it_took_more_or_fewer_parts(
    tmp_path: Path, server: GitHubServer
):
    destination = github(tmp_path, server, number=12, comment="update")
    long = "\n\n".join(f"Paragraph {number}." for number in range(12_000))

    first = await destination.deliver(delivery("Short.", key="t1"))
    second = await destination.deliver(delivery(long, key="t2"))
    assert len(server.bodies()) > 1
    third = await destination.deliver(delivery("Short again.", key="t3"))

    assert len(server.bodies()) == 1
    assert server.bodies()[0].endswith("Short again.")
    assert first.id == second.id == third.id
    assert await destination.find(delivery("Short again.", key="t3")) is not None
    assert await destination.find(delivery("Short.", key="t1")) is None


@pytest.mark.proves("doubled.delivery-order")
async def test_an_older_output_that_comes_late_does_not_replace_a_newer_one_unless_a_person_sends_it_again(
    tmp_path: Path, server: GitHubServer
):
    destination = github(tmp_path, server, number=12, comment="update")
    new = delivery("New.", key="t2", created_at=NOW - timedelta(seconds=1))
    old = delivery("Old.", key="t1", created_at=NOW - timedelta(seconds=2))

    await destination.deliver(new)
    with pytest.raises(DeliveryFailed, match="a newer output stands there already"):
        await destination.deliver(old)
    assert [body.endswith("New.") for body in server.bodies()] == [True]
    released = old.model_copy(update={"generation": 1, "released_at": NOW - timedelta(milliseconds=500)})
    await destination.deliver(released)
    assert [body.endswith("Old.") for body in server.bodies()] == [True]
    await destination.deliver(delivery("Newest.", key="t3", created_at=NOW - timedelta(milliseconds=250)))
    with pytest.raises(DeliveryFailed, match="a newer output stands there already"):
        await destination.deliver(released)
    assert [body.endswith("Newest.") for body in server.bodies()] == [True]


@pytest.mark.proves("obeyed.mark")
async def test_a_mark_that_someone_else_has_copied_is_not_taken_for_ours(tmp_path: Path, server: GitHubServer):
    destination = github(tmp_path, server, number=12, comment="update")
    await destination.deliver(delivery("Ours.", key="t1"))
    copied = server.bodies()[0]
    server.subjects[12].comments.clear()
    server.comment(12, copied, by="mallory")

    assert await destination.find(delivery("Ours.", key="t1")) is None
    await destination.deliver(delivery("Ours.", key="t1"))

    assert len(server.bodies()) == 2


async def test_a_mark_inside_a_text_is_not_taken_for_one(tmp_path: Path, server: GitHubServer):
    destination = github(tmp_path, server, number=12)
    await destination.deliver(delivery("Ours.", key="t1"))
    mark = server.bodies()[0].partition("\n")[0]
    server.subjects[12].comments.clear()

    await destination.deliver(delivery(mark, key="t2"))

    assert await destination.find(delivery("Ours.", key="t1")) is None


async def test_comments_are_found_on_later_pages(tmp_path: Path, server: GitHubServer):
    for number in range(250):
        server.comment(12, f"Chatter {number}.", by="bob")
    destination = github(tmp_path, server, number=12)
    await destination.deliver(delivery())

    assert await destination.find(delivery()) is not None


@pytest.mark.parametrize(
    ("about", "number"),
    [
        ({"pull_request": 12}, 12),
        ({"issue": 7}, 7),
        ({"issue": "#7"}, 7),
        ({"issue": "ada/engine#7"}, 7),
        ({"pull_request": "BASE/ada/engine/pull/12"}, 12),
        ({"branch": "feature"}, 12),
        ({"branch": "ada:feature"}, 12),
    ],
)
async def test_the_metadata_says_where_to_comment(
    tmp_path: Path, server: GitHubServer, about: dict[str, object], number: int
):
    base = server.base.removesuffix("/api/v3")
    about = {key: value.replace("BASE", base) if isinstance(value, str) else value for key, value in about.items()}

    await github(tmp_path, server, number=1).deliver(delivery("Text.", about=about))

    assert len(server.bodies(number)) == 1
    assert "---" not in server.bodies(number)[0].replace("<!--", "").replace("-->", "")


@pytest.mark.parametrize(
    ("settings", "about", "template", "added"),
    [
        ({}, {}, None, {"pull_request": 12}),
        ({}, {"tags": ["a"]}, "---\nlang: en\n---\nx", {"tags": ["a"], "lang": "en", "pull_request": 12}),
        ({}, {"issue": 7}, None, {"issue": 7}),
        ({}, {}, "---\nissue: 7\n---\nx", {"issue": 7}),
        ({"number": 3}, {}, None, {}),
        ({"branch": "feature"}, {}, None, {}),
    ],
)
def test_the_pull_request_that_the_task_links_to_is_named_unless_another_is(
    tmp_path: Path,
    settings: dict[str, object],
    about: dict[str, Value],
    template: str | None,
    added: dict[str, object],
):
    output = Output("Fine.", "Review", task_text="Review ada/engine#12, please.", about=about)
    rules = Config.model_validate(
        {
            "agents": {"a": {"purpose": "x", "channel": "a", "runtime": {"kind": "command", "command": ["true"]}}},
            "destinations": {"pr": {"kind": "file", "folder": "x"}},
            "routes": [{"to": "pr", "text": template}],
        }
    )

    fixed = {"kind": "github", "repository": "ada/engine", "token": TOKEN}
    traits = traits_of({"pr": build_one(tmp_path, {**fixed, **settings})})
    (planned,) = explain(rules, output, traits=traits).planned
    (named,) = explain(rules, output, to=["pr"], traits=traits).planned

    assert planned.about == added
    assert template is not None or named.about == added


@pytest.mark.parametrize(
    ("about", "complaint"),
    [
        ({"pull_request": "eve/other#3"}, "is not a pull request or issue of ada/engine"),
        ({"pull_request": "https://github.com/eve/other/pull/3"}, "is not a pull request or issue of ada/engine"),
        ({"pull_request": 99}, r"404"),
        ({"branch": "nosuch"}, "has no open pull request"),
        ({"tags": ["a"]}, "The output names no pull request"),
    ],
)
async def test_a_target_that_is_not_there_is_refused_with_a_fix(
    tmp_path: Path, server: GitHubServer, about: dict[str, object], complaint: str
):
    with pytest.raises(DeliveryFailed, match=complaint) as failure:
        await github(tmp_path, server).deliver(delivery("Text.", about=about))

    assert failure.value.fix
    assert [subject.comments for subject in server.subjects.values()] == [{}, {}]


REVIEW = """The change is sound but for:

- `src/engine.py:2: this is never closed`
- src/engine.py:3:7: prefer a constant
- src/engine.py:90: outside of the change
- docs/none.md:1: not part of it

```
src/engine.py:1: only an example
```
"""


async def test_findings_on_changed_lines_become_review_comments_once(tmp_path: Path, server: GitHubServer):
    destination = github(tmp_path, server, number=12, findings=True)

    await destination.deliver(delivery(REVIEW))
    await destination.deliver(delivery(REVIEW))

    assert server.subjects[12].review_comments == [
        {"path": "src/engine.py", "line": 2, "side": "RIGHT", "body": "this is never closed"},
        {"path": "src/engine.py", "line": 3, "side": "RIGHT", "body": "prefer a constant"},
    ]
    assert len(server.subjects[12].reviews) == 1
    assert len(server.bodies()) == 1
    assert "outside of the change" in server.bodies()[0]
    assert await destination.find(delivery(REVIEW)) is not None


async def test_a_delivery_whose_review_is_missing_has_not_arrived(tmp_path: Path, server: GitHubServer):
    destination = github(tmp_path, server, number=12, findings=True)
    await destination.deliver(delivery(REVIEW))
    server.subjects[12].reviews.clear()

    assert await destination.find(delivery(REVIEW)) is None


async def test_issues_get_findings_as_text(tmp_path: Path, server: GitHubServer):
    await github(tmp_path, server, number=7, findings=True).deliver(delivery(REVIEW))

    assert len(server.bodies(7)) == 1
    assert server.subjects[7].reviews == []


@pytest.mark.proves("secret.pings")
async def test_names_do_not_notify_people_unless_the_settings_allow_it(tmp_path: Path, server: GitHubServer):
    text = "Ask @ada or @org/team, not me@example.org; `@code`."

    await github(tmp_path, server, number=12).deliver(delivery(text, key="t1"))
    await github(tmp_path, server, number=12, mentions=True).deliver(delivery(text, key="t2"))

    assert "Ask @<!-- -->ada or @<!-- -->org/team, not me@example.org; `@code`." in server.bodies()[0]
    assert text in server.bodies()[1]


@pytest.mark.parametrize(
    ("status", "headers", "rest_s"),
    [
        (403, {"Retry-After": "60"}, 60),
        (429, {"retry-after": "60"}, 60),
        (403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "in 90 s"}, 90),
        (503, {}, None),
    ],
    ids=str,
)
async def test_the_pause_that_github_wants_is_passed_on(
    tmp_path: Path, server: GitHubServer, status: int, headers: dict[str, str], rest_s: int | None
):
    reset = str(int(time.time()) + 90)
    said = {name: reset if value == "in 90 s" else value for name, value in headers.items()}
    body = {"message": "You have exceeded a secondary rate limit.", "documentation_url": "https://docs.github.com"}
    server.refusal = lambda _: web.json_response(body, status=status, headers=said)  # type: ignore[method-assign]
    server.fault = Fault.OVERLOADED

    with pytest.raises(Unavailable) as failure:
        await github(tmp_path, server, number=12).deliver(delivery())

    assert failure.value.retry_after_s == (None if rest_s is None else pytest.approx(rest_s, abs=5))


async def test_a_comment_takes_two_requests(tmp_path: Path, server: GitHubServer):
    await github(tmp_path, server, number=12).deliver(delivery())

    assert server.calls == [
        "GET /repos/{owner}/{repo}/issues/{issue_number}/comments",
        "POST /repos/{owner}/{repo}/issues/{issue_number}/comments",
    ]


def test_findings_are_read_as_linters_write_them():
    text = (
        "a/b.py:3: x\n* **a/b.py:4** — y\n1. `a/b.py:5:1`: z\nat 12:30: lunch\nhttps://x.example:80: no\nMakefile:1: m"
    )

    assert findings(text) == (Finding("a/b.py", 3, "x"), Finding("a/b.py", 4, "y"), Finding("a/b.py", 5, "z"))


def test_only_lines_that_a_patch_shows_can_be_commented():
    patch = "@@ -10,3 +20,4 @@ def f():\n same\n-old\n+new\n+newer\n same\n\\ No newline at end\n@@ -50 +61 @@\n-a\n+b"

    assert lines_of(patch) == {20, 21, 22, 23, 61}


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("Review https://github.com/ada/engine/pull/12 please", 12),
        ("See ada/engine#12 and https://github.com/ada/engine/issues/12#issuecomment-5", 12),
        ("ada/engine#12 or ada/engine#13", None),
        ("https://github.com/eve/engine/pull/12", None),
        ("https://github.com/ada/engine2/pull/12, xada/engine#5", None),
        ("#12", None),
    ],
)
def test_the_one_pull_request_that_a_task_links_to_is_found(text: str, number: int | None):
    settings = GitHubDestinationConfig.model_validate({"kind": "github", "repository": "ada/engine", "token": "x"})

    assert linked(settings, text) == number


@pytest.mark.parametrize("comment", ["new", "update"])
@pytest.mark.parametrize("body", ["<html>Log in to the network</html>", "[]", "null", "[1]", '"x"', '[{"id": "x"}]'])
async def test_a_page_of_another_server_in_place_of_github_is_an_outage(tmp_path: Path, body: str, comment: str):
    async def anything(_request: web.Request) -> web.Response:
        return web.Response(text=body, content_type="text/html" if body[0] == "<" else "application/json")

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", anything)
    async with served(app, Faulty()) as base:
        settings = {"kind": "github", "repository": "ada/engine", "token": TOKEN, "api_url": base, "number": 12}
        destination = build_one(tmp_path, {**settings, "comment": comment, "timeout_s": 10})
        with pytest.raises(Unavailable, match="is not GitHub's API"):
            await destination.deliver(delivery())
