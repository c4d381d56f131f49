"""No destination is pinged by a text, in its own dialect, and code stays as it is."""

from __future__ import annotations

import re

import pytest

from claw_discord_coord.text.mentions import for_chat, for_commit, for_discord, for_github
from claw_discord_coord.text.sanitize import outgoing, sanitize

CODE = ["`npm i @scope/name @everyone`", "```\n@everyone <@123> @scope/name fixes #1 <!channel>\n```", "``a ` @here``"]


@pytest.mark.parametrize("disable", [sanitize, for_discord, for_chat, for_github])
@pytest.mark.parametrize("code", CODE)
def test_code_stays(disable, code: str) -> None:
    assert code in disable(f"Before @everyone\n{code}\nafter")


@pytest.mark.parametrize(
    "mention",
    [
        "@channel",
        "<!channel>",
        "<!here|here>",
        "<@U012AB3CD>",
        "<!subteam^SAZ94GDB8>",
        "@all",
        "@ada_lovelace",
        "<@&12>",
        "@here",
    ],
)
def test_chat_services_ping_nobody(mention: str) -> None:
    shown = for_chat(f"Hello {mention}, look")

    assert mention not in shown
    assert not re.search(r"<[!@]\w|@\w", shown)
    assert shown.replace("\u200b", "") == f"Hello {mention}, look"


def test_addresses_stay_in_chats() -> None:
    text = "ada@example.com, git@github.com:a/b.git, mailto:support+x@example.org, a < b"

    assert for_chat(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "fixes #1",
        "Closes: org/repo#12",
        "resolved https://github.com/o/r/issues/3",
        "FIX #4",
        "closed GH-5",
        "fixed  #6",
    ],
)
def test_github_closes_no_issue(text: str) -> None:
    shown = for_github(f"This {text} and more")

    assert "<!-- -->" in shown
    assert shown.replace("<!-- -->", "") == f"This {text} and more"
    assert not re.search(r"(?i)(?:fix|close|resolve)(?:e?[sd])?:?\s+(?:[\w.-]+/[\w.-]+)?(?:#|gh-|https)", shown)
    assert "\u200b" in for_commit(text)


@pytest.mark.parametrize("mention", ["@user", "@org/team", "(@user)", "@user,"])
def test_github_mentions_nobody(mention: str) -> None:
    assert mention not in for_github(f"Hello {mention}")
    assert mention not in for_commit(f"Hello {mention}")


def test_any_output_loses_signs_that_hide_or_turn_and_keeps_its_line_ends() -> None:
    assert outgoing("a\u202eb\u2066c\u200bd\r\ne\nf\x1b[0m\U000e0041 👩\u200d💻") == "abcd\r\ne\nf[0m 👩\u200d💻"
