"""The result rule: what a program's output says."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claw_discord_coord.runtimes.result import parse

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
printable = st.text(st.characters(blacklist_categories=["Cs", "Cc"]) | st.just("\n"))


@given(
    before=printable,
    text=printable.filter(str.strip),
    more=st.dictionaries(st.text(), json_values, max_size=3),
    indent=st.sampled_from([None, 0, 2, "\t"]),
    ascii_only=st.booleans(),
    after=st.sampled_from(["", "\n", " \n\n\t "]),
)
def test_the_json_object_at_the_end_is_the_result_however_it_is_printed(before, text, more, indent, ascii_only, after):
    object_ = {**{key: value for key, value in more.items() if key != "progress"}, "text": text}
    output = before + "\n" + json.dumps(object_, indent=indent, ensure_ascii=ascii_only) + after
    assert parse(output).text == text.strip("\n")


@given(printable.filter(lambda text: not text.rstrip().endswith("}")))
def test_output_without_an_object_at_its_end_is_the_text(output):
    assert parse(output).text == (output.strip("\n").rstrip() or "The agent finished without saying anything.")


@given(st.text(st.characters()))
def test_every_output_gives_a_text_that_any_database_takes(output):
    text = parse(output).text
    assert text
    assert "\0" not in text
    assert text.encode("utf-8").decode("utf-8") == text


AFTER = [
    "the end",
    "\x1b[?25h",
    "\x1b[0m\x1b[?25h\n",
    "npm notice\nnpm notice New minor version of npm available! 11.1.0 -> 11.2.0\nnpm notice",
    "logout",
    "\nreal\t0m1.2s\nuser\t0m0.9s\nsys\t0m0.1s",
    "Done in 3.21s.",
    '{"level": "info", "msg": "bye"}',
    '{"progress": "cleaning up"}',
    "\r\n",
]
BEFORE = [
    "",
    "\ufeff",
    "\x1b[?25l",
    "npm warn config\n",
    '{"progress": "reading"}\n',
    "> agent@1.0 start\n\n",
    "{ not json\n",
]


# Without a gap no object may follow: two objects on one line are no result.
GAP_AND_AFTER = [(gap, after) for gap in ("\n", "") for after in AFTER if gap or not after.startswith("{")]


@pytest.mark.parametrize("before", BEFORE)
@pytest.mark.parametrize(("gap", "after"), GAP_AND_AFTER)
def test_the_result_is_found_whatever_stands_around_it(before, after, gap):
    found = parse(f'{before}{{"text": "# Report", "kind": "report", "title": "T"}}{gap}{after}')
    assert (found.text, found.kind, found.title) == ("# Report", "report", "T")


@given(
    after=st.lists(printable.filter(lambda line: "{" not in line and "\n" not in line), max_size=18),
    text=printable.filter(str.strip),
    indent=st.sampled_from([None, 2]),
)
def test_a_few_lines_of_any_kind_may_follow(after, text, indent):
    output = json.dumps({"text": text, "kind": "report"}, indent=indent) + "\n" + "\n".join(after)
    assert parse(output)[:3:2] == (text.strip("\n"), "report")


def test_an_object_that_a_text_quotes_is_not_the_result():
    quoted = 'The program prints this:\n\n```json\n{"text": "no"}\n```\n\nThat is all.'
    assert parse(quoted).text == quoted
    long_before = '{"text": "no"}\n' + "\n".join(f"line {number}" for number in range(40))
    assert parse(long_before).text == long_before


noise = st.sampled_from(
    [
        "",
        "\x1b[?25h",
        "\x1b[0m\x1b[K",
        "\x1b]0;title\x07",
        "\n",
        "\r\n",
        "npm notice\nnpm notice New minor version of npm available! 10.8.2 -> 10.9.0\nnpm notice\n",
        "logout\n",
        "Goodbye!\n",
        "(node:12) ExperimentalWarning: {} is experimental\n",
        '{"level":"info","msg":"bye"}\n',
        '{"level":"error","error":"telemetry could not be sent"}\n',
        '{"progress": "cleaning up"}\n',
        "\ufeff",
        "> ",
        "[1]+  Done    { sleep 1; }\n",
    ]
)


@given(
    before=st.lists(noise, max_size=4),
    after=st.lists(noise, max_size=4),
    indent=st.sampled_from([None, 2]),
    text=st.sampled_from(["# Hello\n\nWorld", "```json\n{}\n```", '{"text": "inner"}', "ends in }"]),
)
def test_a_result_is_found_among_any_noise(before, after, indent, text):
    printed = json.dumps({"text": text, "title": "T", "kind": "report", "artifacts": ["a"]}, indent=indent)
    glue = "\n" if "> " in before else ""  # text on both sides is a sentence
    parsed = parse("".join(before) + printed + glue + "".join(after))
    assert (parsed.text, parsed.title, parsed.kind, parsed.artifacts) == (text, "T", "report", ("a",))


@given(before=st.lists(noise.filter(lambda piece: piece != "> "), max_size=4), after=st.lists(noise, max_size=4))
def test_a_text_alone_is_found_among_noise_too(before, after):
    assert parse("".join(before) + '\n{"text": "yes"}\n' + "".join(after)).text == "yes"


@pytest.mark.parametrize("before", ["", "Here is the result:\n\n"])
def test_a_result_in_a_code_block_at_the_end_is_the_result(before):
    parsed = parse(before + '```json\n{"text": "hello", "kind": "report"}\n```\n')
    assert (parsed.text, parsed.kind) == ("hello", "report")
    assert parse('```json\n{"text": "hello"}\n```').text == "hello"


def test_a_result_behind_text_on_its_line_is_found_when_it_is_clearly_one():
    assert parse('Working... {"text": "done", "title": "T"}').title == "T"
    assert parse('agent-1  | {"text": "done", "title": "T"}\nagent-1 exited with code 0').title == "T"
    assert parse('Send {"text": "done", "title": "T"} to it.').title is None


def test_a_result_at_the_end_of_an_output_that_is_costly_to_read_is_found():
    assert parse('{"a":\n' * 100_000 + '\n{"text": "yes"}').text == "yes"


def test_an_object_that_reports_an_error_is_a_failure():
    assert parse('{"error": "no quota"}').error == "no quota"
    assert parse('{"is_error": true, "text": "no quota"}').error == "no quota"
    assert parse('{"error": null, "text": "fine"}').error is None
    assert parse('{"text": "fine", "error": "one link is dead"}').error is None
    assert parse('{"text": "fine"}\n{"time": 1, "error": "not ours"}').error is None


def test_of_several_objects_the_last_is_the_result():
    assert parse('{"text": "first"}\n{"text": "last"}\n').text == "last"


def test_an_object_within_a_line_is_not_the_result():
    assert parse('the answer: {"text": "no"}').text == 'the answer: {"text": "no"}'


@pytest.mark.parametrize("key", ["text", "result", "summary"])
def test_the_text_may_have_one_of_three_keys(key):
    assert parse(json.dumps({key: "# Hello"})).text == "# Hello"


def test_an_object_without_a_text_is_shown_as_it_is():
    assert parse('{"answer": 42}').text == '```json\n{\n  "answer": 42\n}\n```'


def test_a_fence_inside_such_an_object_does_not_break_out():
    assert parse(json.dumps({"code": "```"})).text.startswith("````json\n")


def test_everything_else_in_the_object_is_optional_and_checked():
    parsed = parse(
        json.dumps(
            {
                "text": "t",
                "title": "  two\nlines ",
                "kind": "report",
                "artifacts": ["a.txt", 7, "b/c.txt"],
                "usage": {"input_tokens": 3, "output_tokens": -1, "cost_usd": "much"},
            }
        )
    )
    assert parsed.title == "two lines"
    assert parsed.kind == "report"
    assert parsed.artifacts == ("a.txt", "b/c.txt")
    assert (parsed.usage.input_tokens, parsed.usage.output_tokens, parsed.usage.cost_usd) == (3, 0, 0.0)
    odd = parse(json.dumps({"text": "t", "title": 3, "kind": "two words", "artifacts": "a.txt", "usage": 9}))
    assert (odd.title, odd.kind, odd.artifacts, odd.usage) == (None, None, (), None)


def test_numbers_beyond_reason_do_no_harm():
    parsed = parse('{"text": "t", "usage": {"input_tokens": 1' + "0" * 400 + ', "cost_usd": Infinity}}')
    assert (parsed.usage.input_tokens, parsed.usage.cost_usd) == (10**15, 0.0)
    assert parse('{"text": "t", "n": ' + "9" * 5_000 + "}").text.startswith('{"text"')


def test_progress_objects_are_not_part_of_the_text():
    assert parse('{"progress": "reading"}\nthe answer\n{"progress": "done"}\n').text == "the answer"


def test_terminal_codes_and_redrawn_lines_are_gone():
    assert (
        parse("\x1b[1;31mred\x1b[0m and \x1b]0;title\x07plain\n10 %\r100 %\r\nend").text == "red and plain\n100 %\nend"
    )


def test_silence_is_said():
    assert parse(" \n").text == "The agent finished without saying anything."


@pytest.mark.parametrize(
    "output",
    [
        "{\n" * 1_000_000 + "}",
        '{"a":\n' * 500_000 + "}",
        '{"a": 1}\n' * 400_000 + "x }",
        ('{"a": "' + "x" * 5_000 + "\n") * 800 + "}",
    ],
    ids=["opened", "nested", "many", "unfinished"],
)
def test_no_output_makes_parsing_slow(output):
    began = time.process_time()
    parse(output)
    assert time.process_time() - began < 5
