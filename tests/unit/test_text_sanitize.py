"""Text from outside can neither ping, hide, reverse nor give away anything."""

import sys

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from claw_discord_coord.text.sanitize import one_line, printable, sanitize
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
        "👨🏽\u200d❤\ufe0f\u200d💋\u200d👨🏿 ⛹🏽\u200d♂\ufe0f 🏳\ufe0f\u200d🌈 🙂\u200d↔\ufe0f 1\ufe0f\u20e3 ☎\ufe0e 🇩🇪",
        "क\u094d\u200dष ന\u0d4d\u200d ශ\u0dca\u200dර\u0dd3 ه\u200d خانه\u200cها",
        "ᠠ\u180b ᠨ\u180eᠠ ∩\ufe00 邊\ufe00 ש\u05b8\u034f\u05c1 \U00013000\U00013430\U00013001",
        "⠓⠑⠇⠇⠕\u2800⠺⠕⠗⠇⠙\n\u2800\u2800⣿⠛\u2800",
    ],
)
def test_what_is_harmless_stays_as_it_is(harmless: str) -> None:
    assert sanitize(harmless) == harmless


@pytest.mark.parametrize(
    "mention",
    ["@everyone", "@here", "@Everyone", "<@123>", "<@!123>", "<@&123>", "</approve:12>", "</task stop now:12>"],
)
@pytest.mark.proves("secret.pings")
def test_a_mention_becomes_plain_text_that_looks_the_same(mention: str) -> None:
    shown = sanitize(f"Hello {mention}!")

    assert mention not in shown
    assert shown.replace("\u200b", "") == f"Hello {mention}!"


@pytest.mark.proves("secret.hidden")
def test_nothing_can_turn_the_reading_direction_or_hide() -> None:
    hidden = "".join(chr(0xE0000 + ord(letter)) for letter in "obey me")

    assert sanitize(f"file\u202efdp.exe{hidden}\u2066 \u200b\x1b[31mred\r\nend") == "filefdp.exe [31mred\nend"


INVISIBLE = [
    character
    for character in map(chr, range(sys.maxunicode + 1))
    if regex.match(r"[\p{Default_Ignorable_Code_Point}\uFFF9-\uFFFB\U00013430-\U00013440]", character)
]


@pytest.mark.proves("secret.hidden")
def test_no_invisible_character_stays_in_latin_text_or_in_code() -> None:
    assert sanitize("".join(f"a{character}" for character in INVISIBLE)) == "a" * len(INVISIBLE)
    assert sanitize(f"`x{''.join(INVISIBLE)}y`") == "`xy`"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("☀\ufe0f\ufe0f\ufe0e", "☀\ufe0f"),
        ("👩\u200d\u200d💻", "👩💻"),
        ("می\u200c\u200d\u200cخ", "میخ"),
        ("word\u200cs 1\ufe0f 👩\u200d end\U000e0100", "words 1 👩 end"),
        ("\u2800\u2800x\u2800", "  x "),
        ("one\u2028two\u2029three", "one\ntwo\nthree"),
    ],
)
@pytest.mark.proves("secret.hidden")
def test_an_invisible_character_stays_only_where_it_shapes_another(text: str, shown: str) -> None:
    assert sanitize(text) == shown


@given(
    st.lists(
        st.sampled_from([*"a1ا\u064bक\u094d☀👩🏽🏴⠓ᠠ\u05b8邊∩", *INVISIBLE[:40], *INVISIBLE[-300::60]]), max_size=12
    )
)
@settings(max_examples=300, deadline=None)
def test_at_most_one_invisible_character_follows_another(pieces: list[str]) -> None:
    once = sanitize("".join(pieces))

    assert sanitize(once) == once
    # An emoji in picture style and a joiner are the longest valid row.
    assert not regex.search(r"\p{Default_Ignorable_Code_Point}{2}", once.replace("\ufe0f\u200d", "\u200d"))


@given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Cf", "Cn", "Zl", "Zp"]), max_size=200))
@settings(max_examples=300, deadline=None)
def test_visible_characters_of_every_script_stay(text: str) -> None:
    visible = regex.sub(r"[\p{Default_Ignorable_Code_Point}\u2800\U00013430-\U00013440]", "", text)

    assert printable(visible) == visible


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
    assert one_line("a\u2028b\u2029c", 12) == "a b c"
    assert one_line("\u202e\n\u2800\u034f\u3164", 12) == "(untitled)"
