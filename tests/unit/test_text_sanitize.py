"""Text from outside can neither ping, hide, reverse nor give away anything."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claw_discord_coord.text.sanitize import one_line, sanitize
from claw_discord_coord.text.secrets import SECRET_REMOVED

A = "a" * 40
SECRETS = [
    "MTU3MzgxODY4NTA2NjQ0NDgwMQ.WTaYGI.-OxqFQSOWzr05ZRD-vvl5rEW8eXfB6nNUN_j0Z",
    "https://discord.com/api/webhooks/123456789012345678/" + A,
    "ghp_" + A,
    "github_pat_" + A,
    "xoxb-123456789012-" + A,
    "https://hooks.slack.com/services/T000/B000/" + A,
    "sk-proj-" + A,
    "sk-ant-api03-" + A,
    "AKIAIOSFODNN7EXAMPLE",
    "AIza" + "b" * 35,
    "123456789:AA" + "c" * 33,
    "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nabc\n-----END RSA PRIVATE KEY-----",
    "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjE",
]


@pytest.mark.parametrize("secret", SECRETS)
def test_what_looks_like_a_secret_is_removed(secret: str) -> None:
    shown = sanitize(f"The key is {secret}")

    assert shown == f"The key is {SECRET_REMOVED}"


@pytest.mark.parametrize(
    "line",
    [
        "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "Authorization: Bearer abcdefghijklmnopqrstuvwx",
    ],
)
def test_a_labeled_secret_is_removed_and_its_label_stays(line: str) -> None:
    shown = sanitize(line)

    assert shown.endswith(SECRET_REMOVED)
    assert shown.split()[0] in line


@pytest.mark.parametrize(
    "harmless",
    [
        "sk-learn is a library",
        "The hash is da39a3ee5e6b4b0d3255bfef95601890afd80709.",
        "See https://discord.com/channels/1/2/3",
        "Version 1.2.3-alpha.build.20261121",
        "مرحبا שלום 漢字 naïve",
        "👩\u200d💻 🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f ☀\ufe0f می\u200cخواهم",
        "tabs\tand\nlines",
    ],
)
def test_what_is_harmless_stays_as_it_is(harmless: str) -> None:
    assert sanitize(harmless) == harmless


@pytest.mark.parametrize("mention", ["@everyone", "@here", "@Everyone", "<@123>", "<@!123>", "<@&123>"])
@pytest.mark.proves("secret.pings")
def test_a_mention_becomes_plain_text_that_looks_the_same(mention: str) -> None:
    shown = sanitize(f"Hello {mention}!")

    assert mention not in shown
    assert shown.replace("\u200b", "") == f"Hello {mention}!"


@pytest.mark.proves("secret.hidden")
def test_nothing_can_turn_the_reading_direction_or_hide() -> None:
    hidden = "".join(chr(0xE0000 + ord(letter)) for letter in "obey me")

    assert sanitize(f"file\u202efdp.exe{hidden}\u2066 \u200b\x1b[31mred\r\nend") == "filefdp.exe [31mred\nend"


def test_half_a_character_becomes_one_that_can_be_sent() -> None:
    assert sanitize("broken \ud800 here").encode() == "broken \ufffd here".encode()


@given(st.text(st.characters(exclude_categories=[]), max_size=200))
@settings(max_examples=300, deadline=None)
def test_making_neutral_twice_is_the_same_as_once_and_always_sendable(text: str) -> None:
    once = sanitize(text)

    assert sanitize(once) == once
    once.encode()


def test_one_line_is_one_line_of_bounded_length_and_never_empty() -> None:
    assert one_line("a\n b\t\tc", 10) == "a b c"
    assert one_line("word " * 10, 12) == "word word w…"
    assert one_line("\u202e\n", 12) == "(untitled)"
