"""The results of Claude Code, Codex and Gemini CLI in their JSON forms, also when they failed with exit code 0."""

import json

import pytest

from claw_discord_coord.models import Usage
from claw_discord_coord.runtimes.result import parse

CLAUDE = {
    "type": "result",
    "subtype": "success",
    "is_error": False,
    "duration_ms": 2006,
    "num_turns": 3,
    "result": "# Report\n\nAll is well.",
    "session_id": "5f0c",
    "total_cost_usd": 0.0123,
    "usage": {
        "input_tokens": 10,
        "cache_creation_input_tokens": 20,
        "cache_read_input_tokens": 70,
        "output_tokens": 78,
    },
}
CLAUDE_STREAM = [
    {"type": "system", "subtype": "init", "session_id": "5f0c"},
    {"type": "assistant", "message": {"content": [{"type": "text", "text": "Working."}]}},
    CLAUDE,
]
CODEX = [
    {"type": "thread.started", "thread_id": "th_1"},
    {"type": "turn.started"},
    {"type": "item.completed", "item": {"id": "0", "type": "reasoning", "text": "Thinking."}},
    {"type": "item.completed", "item": {"id": "1", "type": "agent_message", "text": "First words."}},
    {"type": "item.completed", "item": {"id": "2", "type": "agent_message", "text": "# Report\n\nAll is well."}},
    {"type": "turn.completed", "usage": {"input_tokens": 100, "cached_input_tokens": 40, "output_tokens": 78}},
]
GEMINI = {
    "session_id": "s",
    "response": "# Report\n\nAll is well.",
    "stats": {
        "models": {
            "gemini-2.5-pro": {"tokens": {"prompt": 60, "candidates": 70, "cached": 2, "thoughts": 5}},
            "gemini-2.5-flash": {"tokens": {"prompt": 40, "candidates": 3}},
        }
    },
}
GEMINI_STREAM = [
    {"type": "init", "session_id": "s"},
    {"type": "message", "role": "user", "content": "check"},
    {"type": "message", "role": "assistant", "content": "# Report\n\n", "delta": True},
    {"type": "message", "role": "assistant", "content": "All is well.", "delta": True},
    {"type": "result", "status": "success", "stats": {"input_tokens": 100, "output_tokens": 78}},
]


def lines(*objects: dict) -> str:
    return "\n".join(json.dumps(each) for each in objects)


SUCCESSES = {
    "claude json": lines(CLAUDE),
    "claude json, pretty": json.dumps(CLAUDE, indent=2),
    "claude stream-json": lines(*CLAUDE_STREAM),
    "codex": lines(*CODEX),
    "gemini json": json.dumps(GEMINI, indent=2),
    "gemini stream-json": lines(*GEMINI_STREAM),
}


@pytest.mark.parametrize("output", SUCCESSES.values(), ids=SUCCESSES)
@pytest.mark.parametrize("around", ["{}", "npm notice\n{}\nnpm notice\n\x1b[?25h", "\ufeff{}\r\n"])
def test_the_last_message_is_the_text_and_the_usage_is_known(output: str, around: str) -> None:
    found = parse(around.replace("{}", output))
    assert (found.text, found.error) == ("# Report\n\nAll is well.", None)
    assert found.usage is not None
    assert (found.usage.input_tokens, found.usage.output_tokens) == (100, 78)


SESSIONS = {"claude": "5f0c", "codex": "th_1", "gemini": "s"}


@pytest.mark.parametrize("name", SUCCESSES)
def test_the_programs_own_session_is_known(name: str) -> None:
    assert parse(SUCCESSES[name]).session_id == SESSIONS[name.partition(" ")[0]]


def test_a_failed_run_has_a_session_too() -> None:
    assert parse(lines({**CLAUDE, "is_error": True})).session_id == "5f0c"


@pytest.mark.parametrize("odd", [7, None, "", "two words", "x" * 129, "a\nb", "-rf", ["5f0c"]])
def test_a_session_id_that_is_none_is_left_out(odd: object) -> None:
    assert parse(lines({**CLAUDE, "session_id": odd})).session_id is None


def test_claudes_cost_is_the_runs_cost() -> None:
    assert parse(lines(CLAUDE)).usage == Usage(input_tokens=100, output_tokens=78, cost_usd=0.0123)


FAILURES = {
    "claude, limit": ({**CLAUDE, "is_error": True, "result": "You have hit your limit"},),
    "claude, as measured": (
        {"type": "result", "subtype": "success", "is_error": True, "result": "You have hit your limit"},
    ),
    "claude, execution": ({**CLAUDE, "subtype": "error_during_execution", "result": None, "errors": ["the limit"]},),
    "codex, failed": (*CODEX[:-1], {"type": "turn.failed", "error": {"message": "You have hit your limit"}}),
    "codex, error": (*CODEX[:2], {"type": "error", "message": "You have hit your limit"}),
    "gemini, error": ({"session_id": "s", "error": {"type": "ApiError", "message": "the limit", "code": 429}},),
    "gemini stream": (*GEMINI_STREAM[:2], {"type": "result", "status": "error", "error": {"message": "the limit"}}),
}


@pytest.mark.parametrize("printed", FAILURES.values(), ids=FAILURES)
def test_a_program_that_says_it_failed_has_failed(printed: tuple[dict, ...]) -> None:
    error = parse(lines(*printed)).error
    assert error is not None
    assert "limit" in error


def test_a_failure_in_its_shortest_form_is_one() -> None:
    found = parse('{"type":"result","is_error":true,"result":"You have hit your limit"}')
    assert found.error == "You have hit your limit"


def test_an_execution_error_without_words_is_named() -> None:
    found = parse(lines({"type": "result", "subtype": "error_max_turns", "is_error": False}))
    assert found.error == "error max turns"


def test_a_stream_that_stops_in_the_middle_has_failed() -> None:
    assert parse(lines(*CODEX[:-1])).error == "the program ended before its turn did"


def test_what_only_looks_a_little_alike_is_read_as_before() -> None:
    assert parse(lines({"type": "result", "text": "mine", "kind": "report"}))[:3:2] == ("mine", "report")
    assert parse(lines({"stats": {"words": 3}, "text": "mine"})).text == "mine"
    assert parse(lines({"error": "none", "text": "mine"})).error is None
