"""Long text reaches Discord whole: split where a reader would, code in its fences, characters never torn."""

import itertools
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from claw_discord_coord.text.fences import discord_fences
from claw_discord_coord.text.split import Part
from claw_discord_coord.text.split import split as split_text
from claw_discord_coord.workspace.posting.pages import MESSAGE_CHARS, PAGES_MAX, pages

PROSE = st.text(alphabet=st.sampled_from("abc de.\n\n  é e\u0301 👩\u200d💻 🇩🇪🇫🇷 👍🏽 漢字。 `* _#"), max_size=400)
CODE = st.text(alphabet=st.sampled_from("ab c=(){}\n\n\t "), min_size=1, max_size=300).filter(str.strip)
BLOCK = st.builds(
    lambda language, code: f"```{language}\n{code}\n```\n", st.sampled_from(["", "python", "c++", "sh"]), CODE
)
DOCUMENT = st.lists(st.one_of(PROSE.filter(lambda text: "```" not in text), BLOCK), max_size=12).map("\n".join)


ONE_CHARACTER = {
    "flag of Scotland": "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
    "flag of France": "🇫🇷",
    "Hangul written in jamo": "\u1112\u1161\u11ab",
    "Thai with vowel and tone": "\u0e01\u0e33",
    "Devanagari conjunct": "\u0915\u094d\u0937\u093f",
    "family": "👨\u200d👩\u200d👧\u200d👦",
    "skin tone": "👍🏽",
    "keycap": "1\ufe0f\u20e3",
    "accent": "e\u0301",
}


def split(text: str, *, limit_chars: int) -> list[Part]:
    return split_text(text, limit_chars=limit_chars, fences=discord_fences)


@pytest.mark.parametrize("fence", ["", "```\n"], ids=["prose", "code"])
@pytest.mark.parametrize("character", ONE_CHARACTER.values(), ids=ONE_CHARACTER)
@pytest.mark.parametrize("before", range(8))
def test_a_character_of_any_script_is_never_cut(character: str, fence: str, before: int) -> None:
    text = f"{fence}{'x' * before}{character * 60}"

    for part in split(text, limit_chars=80)[:-1]:
        body = part.body.removeprefix(fence).lstrip("x")
        assert body == character * (len(body) // len(character))


@given(text=st.one_of(st.text(max_size=600), DOCUMENT), limit_chars=st.integers(60, 300))
@example(text="`" * 700, limit_chars=60)
@example(text="```python\n" + "x" * 500, limit_chars=60)
@example(text="e" + "\u0301" * 400, limit_chars=60)
@settings(max_examples=400, deadline=None)
def test_the_bodies_joined_are_the_text_and_no_part_is_too_long(text: str, limit_chars: int) -> None:
    parts = split(text, limit_chars=limit_chars)

    assert "".join(part.body for part in parts) == text
    assert all(len(part.content) <= limit_chars for part in parts)
    assert all(part.body for part in parts) or text == ""


@given(text=DOCUMENT, limit_chars=st.integers(80, 300))
@settings(max_examples=400, deadline=None)
def test_every_part_of_a_well_formed_document_opens_and_closes_its_own_fences(text: str, limit_chars: int) -> None:
    for part in split(text, limit_chars=limit_chars):
        assert part.content.count("```") % 2 == 0


@given(text=DOCUMENT, limit_chars=st.integers(60, 300))
@settings(max_examples=400, deadline=None)
def test_no_break_falls_inside_what_a_reader_sees_as_one_character(text: str, limit_chars: int) -> None:
    parts = split(text, limit_chars=limit_chars)

    for left, right in itertools.pairwise(parts):
        before, after = left.body[-1], right.body[0]
        if before == "\n":
            continue
        assert unicodedata.category(after) not in {"Mn", "Me", "Mc"}
        assert "\u200d" not in (before, after)
        assert not "\U0001f3fb" <= after <= "\U0001f3ff"
        run = len(left.body) - len(left.body.rstrip("🇩🇪🇫🇷"))
        assert not ("🇦" <= after <= "🇿" and run % 2 == 1)


def test_a_text_that_fits_is_left_as_it_is() -> None:
    text = "x" * MESSAGE_CHARS

    assert pages(text).contents == (text,)


def test_length_is_counted_in_code_points_as_discord_counts_it() -> None:
    text = "\U0001f600" * MESSAGE_CHARS

    assert pages(text).contents == (text,)


def test_it_breaks_between_paragraphs_rather_than_inside_them() -> None:
    first, second = "One sentence. " * 8, "Another sentence. " * 8

    parts = split(f"{first}\n\n{second}", limit_chars=200)

    assert [part.body for part in parts] == [f"{first}\n\n", second]


def test_it_breaks_between_words_rather_than_inside_them() -> None:
    parts = split("word " * 100, limit_chars=72)

    assert {word for part in parts for word in part.body.split()} == {"word"}


def test_a_code_block_that_fits_into_a_message_is_not_cut() -> None:
    block = "```python\n" + "line = 1\n" * 15 + "```"

    parts = split("Words before it.\n" * 8 + block + "\nAnd after.", limit_chars=200)

    assert any(block in part.content for part in parts)


def test_a_longer_code_block_is_closed_and_reopened_with_its_language() -> None:
    lines = [f"value_{number} = {number}" for number in range(60)]

    parts = split("```python\n" + "\n".join(lines) + "\n```", limit_chars=300)

    assert len(parts) > 2
    assert all(part.content.startswith("```python\n") for part in parts)
    assert all(part.content.rstrip().endswith("```") for part in parts)
    shown = [line for part in parts for line in part.content.splitlines() if not line.startswith("```")]
    assert shown == lines


def test_a_text_of_many_pages_becomes_its_beginning_and_a_file_with_all_of_it() -> None:
    text = "A line of the report.\n" * 1000

    laid_out = pages(text)

    assert len(laid_out.contents) == 1
    assert laid_out.contents[0].startswith("A line of the report.")
    assert "22,000 characters" in laid_out.contents[0]
    assert len(laid_out.contents[0]) <= MESSAGE_CHARS
    assert laid_out.attachment == text


@given(text=st.one_of(st.text(max_size=900), DOCUMENT))
@settings(max_examples=200, deadline=None)
def test_pages_are_few_never_blank_and_never_too_long(text: str) -> None:
    laid_out = pages(text, limit_chars=200)

    assert 1 <= len(laid_out.contents) <= PAGES_MAX
    assert all(content.strip() and len(content) <= 200 for content in laid_out.contents)


@pytest.mark.parametrize("blank", ["", " \n\t\n "])
def test_a_blank_text_says_so_since_discord_refuses_empty_messages(blank: str) -> None:
    assert pages(blank).contents == ("*(no text)*",)
