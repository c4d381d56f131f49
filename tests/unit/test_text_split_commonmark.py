"""Long texts in parts: nothing is lost, nothing is too long, code stays in its fences."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from claw_discord_coord.text.fences import commonmark_fences
from claw_discord_coord.text.split import split

WORDS = st.text(st.sampled_from("abc  \n\n.é👍🏽e\u0301"), max_size=300)
BLOCKS = st.builds(lambda code: f"```python\n{code}\n```\n", st.text(st.sampled_from("xy =\n"), max_size=200))


def parts(text: str, *, limit_chars: int) -> list[str]:
    return [part.content for part in split(text, limit_chars=limit_chars, fences=commonmark_fences)]


@given(st.lists(st.one_of(WORDS, BLOCKS), max_size=6).map("\n".join), st.integers(60, 200))
def test_no_part_is_too_long_and_no_word_is_lost(text: str, limit_chars: int):
    made = parts(text, limit_chars=limit_chars)

    assert all(len(part) <= limit_chars for part in made)
    kept = "".join(made).replace("```python", "").replace("```", "")
    assert "".join(kept.split()) == "".join(text.replace("```python", "").replace("```", "").split())


@given(st.text(st.sampled_from("ab \n"), max_size=1_000), st.integers(60, 200))
def test_text_without_code_is_only_cut(text: str, limit_chars: int):
    assert "".join(parts(text, limit_chars=limit_chars)) == text


@given(st.lists(st.one_of(st.just("Words.\n\n"), BLOCKS), max_size=8).map("".join), st.integers(60, 200))
def test_every_fence_that_is_opened_in_a_part_is_closed_in_it(text: str, limit_chars: int):
    for part in parts(text, limit_chars=limit_chars):
        assert part.count("```") % 2 == 0


def test_it_breaks_between_paragraphs_where_it_can():
    assert parts("one two three\n\nfour five six\n\nseven eight", limit_chars=40) == [
        "one two three\n\nfour five six\n\n",
        "seven eight",
    ]


def test_a_block_that_is_cut_goes_on_with_its_language():
    code = "\n".join(f"x{number} = {number}" for number in range(20))

    first, second, *_ = parts(f"```python\n{code}\n```\n", limit_chars=100)

    assert first.startswith("```python\nx0 = 0\n")
    assert first.endswith("\n```")
    assert second.startswith("```python\n")


def test_what_a_reader_sees_as_one_character_is_not_torn():
    for part in parts("👍🏽" * 100, limit_chars=61):
        assert part.startswith("👍")


@given(st.lists(st.one_of(WORDS, BLOCKS), max_size=6).map("\n".join), st.integers(10, 59))
def test_very_short_parts_hold_everything_too(text: str, limit_chars: int):
    made = parts(text, limit_chars=limit_chars)

    assert "".join(made) == text
    assert all(len(part) <= limit_chars for part in made)


def test_a_longer_fence_with_a_shorter_one_inside_is_one_block() -> None:
    block = "````markdown\n" + "".join(f"line {number}\n```\n" for number in range(30)) + "````\n"

    made = parts(f"Words.\n\n{block}", limit_chars=120)

    assert len(made) > 2
    assert all(part.startswith("````markdown\n") for part in made[1:])
    assert all(part.rstrip().endswith("````") for part in made[1:])


def test_a_fence_of_tildes_is_closed_and_opened_with_tildes() -> None:
    made = parts("~~~text\n" + "a line with ``` in it\n" * 20 + "~~~\n", limit_chars=100)

    assert all(part.startswith("~~~text\n") and part.rstrip().endswith("~~~") for part in made)
