"""More forms of agents' programs: lists, streams without a text in the result, results inside messages, odd values."""

import json

import pytest

from claw_discord_coord.runtimes.result import parse

OWN = json.dumps({"text": "# Report", "title": "T", "kind": "report", "artifacts": ["a.txt"]})


def lines(*values):
    return "\n".join(json.dumps(value) for value in values) + "\n"


CLAUDE = {
    "type": "result",
    "subtype": "success",
    "is_error": False,
    "duration_ms": 4086,
    "num_turns": 1,
    "result": "Hello.",
    "stop_reason": "end_turn",
    "session_id": "20dde46c-b21a-4475-ac07-6a190b80c4e3",
    "total_cost_usd": 0.024,
    "usage": {
        "input_tokens": 3,
        "cache_creation_input_tokens": 2_783,
        "cache_read_input_tokens": 14_707,
        "output_tokens": 6,
    },
}
CLAUDE_STREAM = (
    {"type": "system", "subtype": "init", "session_id": "s", "tools": ["Bash"]},
    {"type": "assistant", "parent_tool_use_id": None, "message": {"content": [{"type": "text", "text": "\n\nHello."}]}},
    {"type": "assistant", "parent_tool_use_id": "toolu_1", "message": {"content": [{"type": "text", "text": "sub"}]}},
    {"type": "rate_limit_event", "rate_limit_info": {"status": "allowed"}},
)
CODEX = (
    {"type": "thread.started", "thread_id": "019e49d4"},
    {"type": "turn.started"},
    {"type": "error", "message": "Reconnecting... 2/5 (timeout waiting for child process to exit)"},
    {"type": "item.completed", "item": {"id": "item_0", "type": "reasoning", "text": "hm"}},
    {"type": "item.completed", "item": {"id": "item_1", "type": "agent_message", "text": "I look first."}},
    {"type": "item.completed", "item": {"id": "item_2", "type": "command_execution", "aggregated_output": "x"}},
    {"type": "item.completed", "item": {"id": "item_3", "type": "agent_message", "text": "Hello."}},
    {"type": "turn.completed", "usage": {"input_tokens": 17_490, "cached_input_tokens": 3_456, "output_tokens": 6}},
)
GEMINI = {
    "session_id": "g-1",
    "response": "Hello.",
    "stats": {
        "models": {
            "gemini-2.5-pro": {"tokens": {"prompt": 17_000, "candidates": 2, "total": 17_006, "thoughts": 3}},
            "gemini-2.5-flash": {"tokens": {"prompt": 493, "candidates": 1, "total": 494}},
        },
        "tools": {"totalCalls": 0},
    },
}
GEMINI_STREAM = (
    {"type": "init", "session_id": "g-1", "model": "gemini-2.5-pro"},
    {"type": "message", "role": "user", "content": "Say hello"},
    {"type": "message", "role": "assistant", "content": "I look first.", "delta": True},
    {"type": "tool_use", "tool_name": "ls", "tool_id": "1", "parameters": {}},
    {"type": "tool_result", "tool_id": "1", "status": "success", "output": "x"},
    {"type": "error", "severity": "warning", "message": "slow"},
    {"type": "message", "role": "assistant", "content": "Hel", "delta": True},
    {"type": "message", "role": "assistant", "content": "lo.", "delta": True},
    {"type": "result", "status": "success", "stats": {"input_tokens": 17_493, "output_tokens": 6}},
)
FORMS = {
    "claude json": lines(CLAUDE),
    "claude json, indented": json.dumps(CLAUDE, indent=2),
    "claude json, verbose": json.dumps([*CLAUDE_STREAM, CLAUDE]),
    "claude stream": lines(*CLAUDE_STREAM, CLAUDE),
    "claude stream without text in the result": lines(*CLAUDE_STREAM, {**CLAUDE, "result": ""}),
    "codex": lines(*CODEX),
    "gemini json": json.dumps(GEMINI, indent=2),
    "gemini stream": lines(*GEMINI_STREAM),
}


@pytest.mark.parametrize(
    "after", ["", "\x1b[?25h", "npm notice\nnpm notice New version\n", "logout", '{"level":"info"}']
)
@pytest.mark.parametrize("before", ["", "Reading prompt from stdin...\n", "\x1b[?25l"])
@pytest.mark.parametrize("form", FORMS)
def test_text_usage_and_session_are_read_whatever_stands_around(form, before, after):
    parsed = parse(before + FORMS[form] + after)
    assert parsed.text == "Hello."
    assert parsed.error is None
    assert (parsed.usage.input_tokens, parsed.usage.output_tokens) == (17_493 if "codex" not in form else 17_490, 6)
    assert parsed.usage.cost_usd == (0.024 if "claude" in form else 0)


@pytest.mark.parametrize(
    "output",
    [
        lines({**CLAUDE, "result": OWN}),
        lines({**CLAUDE, "result": f"```json\n{OWN}\n```"}),
        lines({**CLAUDE, "result": "Done.", "structured_output": json.loads(OWN)}),
        lines(*CODEX[:3], {"type": "item.completed", "item": {"type": "agent_message", "text": OWN}}, CODEX[-1]),
        json.dumps({**GEMINI, "response": OWN}),
    ],
    ids=["claude", "claude fenced", "claude structured", "codex", "gemini"],
)
def test_the_agents_message_may_be_a_result_with_title_and_kind(output):
    parsed = parse(output)
    assert (parsed.text, parsed.title, parsed.kind, parsed.artifacts) == ("# Report", "T", "report", ("a.txt",))
    assert parsed.usage.output_tokens == 6


def test_an_example_in_the_agents_message_stays_an_example():
    report = 'Call it so:\n\n{"text": "hello"}'
    assert parse(lines({**CLAUDE, "result": report})).text == report


@pytest.mark.parametrize(
    ("output", "error"),
    [
        ('{"type":"result","is_error":true,"result":"You have hit your limit"}', "You have hit your limit"),
        (lines({**CLAUDE, "is_error": True, "result": "You have hit your limit"}), "You have hit your limit"),
        (
            lines(*CLAUDE_STREAM, {"type": "result", "subtype": "error_during_execution", "errors": ["no network"]}),
            "no network",
        ),
        (
            '{"type":"result","subtype":"error_during_execution","is_error":false,"num_turns":0}',
            "error during execution",
        ),
        (
            json.dumps([*CLAUDE_STREAM, {"type": "result", "subtype": "error_max_turns", "is_error": True}]),
            "error max turns",
        ),
        (lines(CLAUDE_STREAM[0]), "the program ended before its turn did"),
        (
            lines(
                *CODEX[:2],
                {"type": "error", "message": "at capacity"},
                {"type": "turn.failed", "error": {"message": "full"}},
            ),
            "full",
        ),
        (lines(*CODEX[:2], {"type": "error", "message": "unauthorized"}), "unauthorized"),
        ('{"session_id": "g", "error": {"type": "ApiError", "message": "no quota", "code": 429}}', "no quota"),
        (
            lines(
                *GEMINI_STREAM[:-1],
                {"type": "result", "status": "error", "error": {"type": "X", "message": "no quota"}},
            ),
            "no quota",
        ),
    ],
)
@pytest.mark.parametrize("after", ["", "\x1b[?25h\nlogout\n"])
def test_a_failure_that_the_program_reports_is_read(output, error, after):
    assert parse(output + after).error == error


def test_cost_and_usage_of_a_failure_are_read():
    parsed = parse(lines({**CLAUDE, "is_error": True}))
    assert (parsed.usage.cost_usd, parsed.usage.output_tokens) == (0.024, 6)


@pytest.mark.parametrize("odd", [None, 7, True, [], {}, [[]], "x", {"content": 7}, {"content": [7, {"text": 8}]}])
@pytest.mark.parametrize("form", FORMS)
def test_odd_values_in_any_place_do_no_harm(form, odd):
    for line in FORMS[form].splitlines() if FORMS[form].startswith('{"') else [json.dumps(json.loads(FORMS[form]))]:
        value = json.loads(line)
        for key in value if isinstance(value, dict) else []:
            changed = FORMS[form].replace(line, json.dumps({**value, key: odd}))
            assert parse(changed).text


def test_a_result_behind_the_output_of_an_agents_program_counts():
    assert parse(lines(*CODEX) + OWN).title == "T"
    assert parse(OWN + "\n" + lines(*CODEX)).text == "Hello."
