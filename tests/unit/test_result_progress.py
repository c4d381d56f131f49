"""Which of a program's output is progress while it runs."""

import json
import time

from hypothesis import given
from hypothesis import strategies as st

from claw_discord_coord.runtimes.progress_lines import clean_line, digest


def digested(output: bytes, cuts: list[int]) -> list[str]:
    """All progress lines when the output is looked at after each of the cuts."""
    lines: list[str] = []
    start = 0
    for cut in [*sorted(cuts), len(output)]:
        new, used = digest(output[start:cut])
        lines += new
        start += used
    return lines


@given(
    parts=st.lists(
        st.sampled_from(
            [
                "reading\n",
                "10 %\r",
                "20 %\r\n",
                "\n",
                "{not json\n",
                "}\n",
                "  indented\n",
                "é🦀漢\n",
                '{"progress": "half"}\n',
            ]
        )
        | st.builds(lambda value: json.dumps({"a": value}, indent=2) + "\n", st.lists(st.integers(), max_size=3)),
        max_size=12,
    ),
    cuts=st.lists(st.integers(min_value=0, max_value=400), max_size=12),
)
def test_the_lines_do_not_depend_on_when_one_looks(parts, cuts):
    output = "".join(parts).encode()
    assert digested(output, [cut for cut in cuts if cut <= len(output)]) == digested(output, [])


def test_lines_are_told_as_soon_as_they_are_whole():
    assert digest(b"first\nsecond\nthi") == (["first", "second"], 13)


def test_a_progress_object_is_told_by_its_text():
    assert digest(b'{"progress": "half way"}\n')[0] == ["half way"]


def test_the_result_is_not_progress_in_whatever_way_it_is_printed():
    deep = {"text": "# Hello", "list": [{"a": 1}, 2]}
    for result, indent in ((deep, None), (deep, 2), (deep, "\t"), ({"text": "# Hello", "title": "flat"}, 0)):
        printed = json.dumps(result, indent=indent).encode()
        assert digest(b"working\n" + printed + b"\n")[0] == ["working"]


def test_what_only_began_like_an_object_is_progress():
    assert digest(b"{nearly\nthe end\n")[0] == ["{nearly", "the end"]


def test_a_progress_bar_is_told_as_it_is_redrawn():
    assert digest(b"10 %\r20 %\r")[0] == ["10 %"]
    assert digest(b"10 %\r20 %\r30 %\n")[0] == ["10 %", "20 %", "30 %"]


@given(st.text())
def test_a_line_is_one_line_bounded_and_clean(line):
    shown = clean_line(line)
    assert len(shown) <= 400
    assert not any(ord(character) < 32 or ord(character) == 127 for character in shown)


def test_no_output_makes_looking_slow():
    began = time.process_time()
    for line in (b"},\n", b"}\n", b"  {\n", b"{\n", b'{"a": [\n'):
        assert digest(b'{"a": [\n' + line * 60_000 + b"the end\n")[0][-1] == "the end"
    assert time.process_time() - began < 2
