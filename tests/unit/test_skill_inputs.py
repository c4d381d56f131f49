"""A skill reads its input as a model means it, and refuses the rest in a plain sentence."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from claw_discord_coord.openclaw.tools import tools
from claw_discord_coord.skills import SKILLS
from claw_discord_coord.surfaces.dispatch import explain

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
VALUES = SCALARS | st.lists(SCALARS | st.lists(SCALARS, max_size=1), max_size=2) | st.just({"a": 1})
FIELDS = sorted({field for skill in SKILLS.values() for field in skill.input.model_fields})
WORK = {"task": "survey"}
PASSED_ON = {"task_id": "t-abcdefgh", "to_agent": "writing", "summary": "x"}


def read(skill: str, arguments: dict[str, Any]) -> dict[str, Any]:
    return SKILLS[skill].input.model_validate(arguments).model_dump(mode="json", exclude_defaults=True)


@pytest.mark.parametrize(
    "to",
    [
        "blog",
        '["blog"]',
        "[blog]",
        ["blog"],
        " blog, ",
        ["blog", ""],
        "blog,",
        "`blog`",
        "'blog'",
        '"blog"',
        ['"blog"'],
        "- blog",
    ],
)
def test_one_name_is_a_list_of_one(to: object) -> None:
    assert read("spawn_agent", {**WORK, "to": to}) == {**WORK, "to": ["blog"]}
    assert read("route_output", {"content": "x", "to": to}) == {"content": "x", "to": ["blog"]}


@pytest.mark.parametrize("labels", ["a,b", "a, b", '["a", "b"]', ["a", "b"], "['a', 'b']", "a; b", "a\nb", "- a\n- b"])
def test_a_list_may_be_a_text_with_commas(labels: object) -> None:
    assert read("spawn_agent", {**WORK, "labels": labels}) == {**WORK, "labels": ["a", "b"]}


def test_a_list_keeps_a_comma_inside_an_entry() -> None:
    assert read("handoff", {**PASSED_ON, "artifacts": ["/a/b, c.txt"]})["artifacts"] == ["/a/b, c.txt"]
    assert read("handoff", {**PASSED_ON, "artifacts": "/a/b.txt, /c.txt"})["artifacts"] == ["/a/b.txt", "/c.txt"]


@pytest.mark.parametrize("seconds", ["60", " 60 ", 60, 60.0, '"60"'])
def test_a_number_may_be_a_text(seconds: object) -> None:
    assert read("spawn_agent", {**WORK, "timeout_s": seconds}) == {**WORK, "timeout_s": 60}
    assert read("registry_status", {"limit": seconds}) == {"limit": 60}


@pytest.mark.parametrize(
    ("text", "seconds"), [("60s", 60), ("60 seconds", 60), ("5 min", 300), ("2h", 7200), ("1,000", 1000)]
)
def test_a_time_may_have_a_unit(text: str, seconds: float) -> None:
    assert read("spawn_agent", {**WORK, "timeout_s": text}) == {**WORK, "timeout_s": seconds}


@pytest.mark.parametrize("null", ["null", "None", "undefined"])
def test_a_word_for_nothing_is_not_given_but_may_be_a_text(null: str) -> None:
    given = {"agent": null, "key": null, "to": null, "timeout_s": null, "parent_task": null, "private": null}
    assert read("spawn_agent", {"task": null, **given}) == {"task": null}


@pytest.mark.parametrize("name", ["research", "@research", "`research`", ' "research" '])
def test_a_name_is_read_without_marks_around_it(name: str) -> None:
    assert read("spawn_agent", {**WORK, "agent": name}) == {**WORK, "agent": "research"}
    assert read("route_output", {"content": "`x`"}) == {"content": "`x`"}


@pytest.mark.parametrize(
    ("word", "state"), [("running", "working"), ("in progress", "working"), ("Done.", "completed")]
)
def test_a_state_may_have_another_name(word: str, state: str) -> None:
    assert read("registry_status", {"state": word}) == {"state": state}


@pytest.mark.parametrize("empty", ["", "  ", None])
@pytest.mark.parametrize("field", [name for name in SKILLS["spawn_agent"].input.model_fields if name != "task"])
def test_an_empty_value_is_not_given(field: str, empty: object) -> None:
    assert read("spawn_agent", {**WORK, field: empty}) == WORK


@pytest.mark.parametrize(
    "action",
    [
        "cancel",
        "stop",
        "Stop!",
        " `stop` ",
        "STOP",
        '"cancel".',
        "please stop",
        "stop it",
        "action: stop",
        "Stop the task t-abcdefgh.",
    ],
)
def test_an_action_is_understood_with_the_noise_around_it(action: str) -> None:
    assert read("control_task", {"action": action, "task_id": "t-abcdefgh"})["action"] == "cancel"


@pytest.mark.parametrize("action", ["do not approve", "approve or reject", "stopp"])
def test_an_action_is_never_guessed(action: str) -> None:
    with pytest.raises(ValidationError) as caught:
        read("control_task", {"action": action, "task_id": "t-abcdefgh"})
    assert explain(caught.value) == "`action` must be 'cancel', 'approve', 'reject' or 'resend'."


def test_a_choice_is_understood_in_another_spelling() -> None:
    assert read("registry_status", {"state": "Input_Required"}) == {"state": "input-required"}
    assert read("spawn_agent", {**WORK, "priority": "`High`"}) == {**WORK, "priority": "high"}


@pytest.mark.parametrize(
    ("skill", "arguments", "problem"),
    [
        ("spawn_agent", {"task": "  "}, "`task` is missing."),
        ("spawn_agent", {**WORK, "to": {"a": 1}}, "`to` must be a list."),
        ("spawn_agent", {**WORK, "to": [["a"]]}, "`to.0` must be text."),
        ("spawn_agent", {**WORK, "title": ["x"]}, "`title` must be text."),
        ("spawn_agent", {**WORK, "title": "x" * 201}, "`title` has more than 200 characters."),
        ("spawn_agent", {**WORK, "timeout_s": "soon"}, "`timeout_s` must be a number."),
        ("spawn_agent", {**WORK, "timeout_s": True}, "`timeout_s` must be a number."),
        ("spawn_agent", {**WORK, "timeout_s": "inf"}, "`timeout_s` must be a finite number."),
        ("spawn_agent", {**WORK, "timeout_s": 0}, "`timeout_s` must be greater than 0."),
        ("spawn_agent", {**WORK, "review": "maybe"}, "`review` must be true or false."),
        ("spawn_agent", {**WORK, "kind": "boss"}, "`kind` must be 'intern' or 'specialist'."),
        ("registry_status", {"limit": "2.5"}, "`limit` must be a whole number."),
        ("registry_status", {"limit": 1000}, "`limit` must be at most 500."),
        ("registry_status", {"limit": "0"}, "`limit` must be at least 1."),
        ("handoff", {**PASSED_ON, "artifacts": ["x"] * 51}, "`artifacts` has more than 50 entries."),
        ("handoff", {**PASSED_ON, "deadline_s": 1e18}, "`deadline_s` must be at most 31622400."),
    ],
)
def test_a_refusal_is_a_plain_sentence(skill: str, arguments: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValidationError) as caught:
        read(skill, arguments)
    assert explain(caught.value) == problem


@given(skill=st.sampled_from(sorted(SKILLS)), arguments=st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=4))
def test_no_input_is_refused_in_the_words_of_python(skill: str, arguments: dict[str, Any]) -> None:
    problem = ""
    try:
        read(skill, arguments)
    except ValidationError as error:
        problem = explain(error)
    assert not re.search(r"tuple|valid (string|boolean|integer|number)|Input should|NoneType|dict", problem)


def test_the_tools_schemas_are_short_and_accept_every_form_that_is_read() -> None:
    made = tools(SKILLS.values())
    assert sum(len(json.dumps(tool)) for tool in made) < 4 * 1_850
    assert not re.search(r'"(anyOf|enum|additionalProperties|\$ref|default)"', json.dumps(made))
    properties = {name: form for tool in made for name, form in tool["input_schema"]["properties"].items()}
    for name in ("to", "labels", "artifacts"):
        assert properties[name]["type"] == ["array", "string"]
    for name in ("timeout_s", "deadline_s", "limit"):
        assert properties[name]["type"] == ["string", "number"]
    assert all(form["description"] for form in properties.values())
