"""Routing by the rules of skill.yaml."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from claw_discord_coord.config.model import Config
from claw_discord_coord.config.routes import RouteConfig
from claw_discord_coord.errors import DeliveryFailed, Refused, UnknownDestination, UnknownKind
from claw_discord_coord.models import Kind, Result, Task, TaskState
from claw_discord_coord.routing.explanation import Planned
from claw_discord_coord.routing.output import Declared, Output, Source
from claw_discord_coord.routing.rules import DestinationTraits, check_kind, explain, known_kinds, plan_again

LEAVING_NOTES = DestinationTraits(leaving=frozenset({"notes"}))
RUNTIME = {"kind": "command", "command": ["true"]}


def config(*routes: dict[str, object], **more: object) -> Config:
    return Config.model_validate(
        {
            "agents": {
                name: {"purpose": "Finds out.", "channel": name, "runtime": RUNTIME} for name in ("research", *"abc")
            },
            "destinations": {name: {"kind": "file", "folder": name} for name in ("blog", "notes", "pager", "archive")},
            "routes": routes,
            **more,
        }
    )


def task(state: TaskState = TaskState.COMPLETED, **more: object) -> Task:
    values: dict[str, object] = {
        "id": "t1",
        "title": "Survey the field",
        "text": "Survey the field, please.",
        "agent": "research",
        "kind": Kind.INTERN,
        "state": state,
        "chosen_because": "it was named",
        "origin": "o1",
        "root_id": "t1",
        "timeout_s": 60,
        "created_at": datetime(2026, 11, 21, tzinfo=UTC),
        "channel": "research",
        "result": Result(text="All fields surveyed."),
    }
    return Task.model_validate({**values, **more})


def route(config: Config, output: Output, *, to: Sequence[str] = ()) -> tuple[Planned, ...]:
    return explain(config, output, to=to).planned


def names(config: Config, output: Output, *to: str) -> list[str]:
    return [planned.destination for planned in route(config, output, to=to)]


def test_the_first_route_that_matches_decides_alone():
    rules = config({"when": {"kind": "report"}, "to": "blog"}, {"when": {"agent": "research"}, "to": "notes"})

    assert names(rules, Output("x", "t", kind="report", agent="research")) == ["blog"]
    assert names(rules, Output("x", "t", kind="note", agent="research")) == ["notes"]
    assert names(rules, Output("x", "t", kind="note", agent="writing")) == []


def test_every_route_that_matches_is_taken_when_routing_is_all():
    rules = config(
        {"when": {"kind": "report"}, "to": ["blog", "notes"], "title": "one"},
        {"when": {"agent": "research"}, "to": ["notes", "archive"], "title": "two"},
        routing="all",
    )

    planned = route(rules, Output("x", "t", kind="report", agent="research"))

    assert [(one.destination, one.title) for one in planned] == [("blog", "one"), ("notes", "one"), ("archive", "two")]


@pytest.mark.parametrize("routing", ["first", "all"])
def test_a_default_is_taken_only_if_no_other_route_matches(routing: str):
    rules = config({"to": "archive", "default": True}, {"when": {"kind": "report"}, "to": "blog"}, routing=routing)

    assert names(rules, Output("x", "t", kind="report")) == ["blog"]
    assert names(rules, Output("x", "t", kind="other")) == ["archive"]


@pytest.mark.parametrize(
    ("when", "matching", "other"),
    [
        ({"kind": ["a", "b"]}, {"kind": "b"}, {"kind": "c"}),
        ({"agent": "research"}, {"agent": "research"}, {"agent": None}),
        ({"label": ["urgent", "legal"]}, {"labels": ("legal", "x")}, {"labels": ("x",)}),
        ({"channel": "research"}, {"channel": "research"}, {"channel": "writing"}),
        ({"state": ["failed", "alert"]}, {"state": "alert"}, {"state": "completed"}),
        ({"priority": "high"}, {"priority": "high"}, {"priority": "normal"}),
        ({"private": True}, {"private": True}, {"private": False}),
        ({"private": False}, {"private": False}, {"private": True}),
        ({"text": r"CVE-\d{4}-\d+"}, {"text": "See CVE-2026-12345."}, {"text": "See CVE."}),
    ],
)
def test_each_condition_must_hold(when: dict[str, object], matching: dict[str, object], other: dict[str, object]):
    rules = config({"when": when, "to": "blog"})

    assert names(rules, Output(**{"text": "x", "title": "t", **matching})) == ["blog"]  # pyright: ignore[reportArgumentType]
    assert names(rules, Output(**{"text": "x", "title": "t", **other})) == []  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("state", [TaskState.FAILED, TaskState.CANCELED, TaskState.REJECTED, TaskState.INPUT_REQUIRED])
def test_work_that_did_not_complete_goes_nowhere_unless_a_route_names_its_state(state: TaskState):
    output = Output.of_task(task(state, result=None, reason="The program ended with 3."))

    assert names(config({"to": "blog"}, {"to": "archive", "default": True}), output) == []
    assert names(config({"when": {"state": state.value}, "to": "pager"}), output) == ["pager"]
    assert output.text == "The program ended with 3."


def test_a_pattern_that_is_too_slow_counts_as_not_found():
    rules = config({"when": {"text": r"(a|aa)+$"}, "to": "blog"}, {"to": "notes"})

    explanation = explain(rules, Output("a" * 5_000 + "b", "t"))

    assert [one.destination for one in explanation.planned] == ["notes"]
    assert "too slow" in explanation.considered[0].why


def test_templates_decide_on_the_content_for_each_destination():
    rules = config(
        {
            "name": "reports",
            "to": ["blog", "notes"],
            "title": "{{ kind | title }}:\n {{ title }}",
            "text": "{{ text }}\n\n— {{ agent }} for {{ destination }} by {{ route }}",
        }
    )

    planned = route(rules, Output("Found <b>&</b>.", "Fields", kind="report", agent="research"))

    assert planned[0].title == "Report: Fields"
    assert planned[1].text == "Found <b>&</b>.\n\n— research for notes by reports"


@pytest.mark.parametrize(
    "template",
    [
        "{{ texte }}",
        "{{ text",
        "{{ text | nosuch }}",
        "{% if text is nosuch %}{% endif %}",
        "{% include 'x' %}",
        "{{ " + "(" * 5_000 + "1" + ")" * 5_000 + " }}",
        "{{ " + "1 + " * 250 + "1 }}",
    ],
)
def test_a_template_that_can_never_be_rendered_is_refused_when_the_file_is_read(template: str):
    with pytest.raises(ValidationError):
        RouteConfig.model_validate({"to": "blog", "text": template})


@pytest.mark.parametrize(
    "template",
    [
        "{{ labels.append('x') }}",
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{% for a in range(99999) %}{% for b in range(99999) %}xxxxxxxxxx{% endfor %}{% endfor %}",
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        "{{ title.nosuch.thing }}",
        "{{ 1 / 0 }}",
    ],
)
@pytest.mark.proves("obeyed.template")
def test_a_template_that_cannot_be_rendered_is_a_problem_with_a_fix(template: str):
    rules = config(
        {"name": "bad", "to": "blog", "text": template}, {"to": "notes", "text": "{{ text }}"}, routing="all"
    )

    bad, good = route(rules, Output("x", "t", labels=("a",)))

    assert (bad.problem or "").startswith("The text template of the route 'bad' cannot be filled in")
    assert (bad.problem or "").endswith("Correct the template in skill.yaml, then resend.")
    assert (bad.title, bad.text) == ("t", "x")
    assert (good.problem, good.text) == (None, "x")


def test_a_failed_template_is_planned_again_by_the_present_route():
    output = Output("x", "t", labels=("a",), about={"draft": True, "tags": ["x"]}, private=True, priority="high")
    output = Output.from_json(json.loads(json.dumps(output.to_json())))
    rules = config({"name": "mine", "to": "blog", "title": "{{ labels[0] }}"})

    planned = plan_again(rules, output, route="mine", destination="blog")

    assert (planned.title, planned.text, planned.about) == ("a", "x", {"draft": True, "tags": ["x"]})
    with pytest.raises(DeliveryFailed, match="no longer has a route 'mine' to notes"):
        plan_again(rules, output, route="mine", destination="notes")
    with pytest.raises(DeliveryFailed, match="cannot be filled in"):
        plan_again(
            config({"name": "mine", "to": "blog", "text": "{{ 1 / 0 }}"}), output, route="mine", destination="blog"
        )


def test_a_private_output_leaves_out_destinations_that_others_can_see():
    rules = config({"when": {"private": True}, "to": ["blog", "notes"]})
    output = Output("x", "t", private=True)

    explanation = explain(rules, output, traits=LEAVING_NOTES)

    assert [one.destination for one in explanation.planned] == ["blog"]
    assert explanation.left_out == ("notes is left out: the output is private, and others can see notes.",)
    assert explain(rules, Output("x", "t"), traits=LEAVING_NOTES).left_out == ()
    with pytest.raises(Refused, match="others can see notes"):
        explain(rules, output, to=["blog", "notes"], traits=LEAVING_NOTES)


def test_a_private_output_takes_only_a_route_that_says_so():
    rules = config({"to": ["blog"]}, {"when": {"private": False}, "to": ["blog"]}, routing="all")
    explanation = explain(rules, Output("x", "t", private=True))
    assert explanation.planned == ()
    assert [rule.why for rule in explanation.considered] == ["Not taken: private is yes, not no."] * 2
    assert len(explain(rules, Output("x", "t")).planned) == 1


@pytest.mark.proves("obeyed.text")
def test_text_is_never_taken_for_a_template():
    rules = config({"to": "blog", "text": "{{ text }}"})

    assert route(rules, Output("{{ 1 + 1 }} {% raw %}", "t"))[0].text == "{{ 1 + 1 }} {% raw %}"


def test_destinations_named_by_the_caller_win_over_the_rules():
    rules = config({"to": "blog"})

    planned = route(rules, Output("x", "t"), to=["notes", "pager", "notes"])

    assert [one.destination for one in planned] == ["notes", "pager"]
    assert planned[0].route == "given by the caller"


def test_an_unknown_destination_is_refused_with_the_right_names():
    with pytest.raises(UnknownDestination, match=r"'nosuch'; there are: blog, notes, pager, archive"):
        route(config(), Output("x", "t"), to=["nosuch"])


def test_an_unknown_kind_is_refused_with_the_right_ones():
    rules = config({"when": {"kind": ["report", "note"]}, "to": "blog"}, {"when": {"kind": "note"}, "to": "notes"})

    check_kind(rules, "note")
    check_kind(rules, None)
    with pytest.raises(UnknownKind, match=r"'notes'; there are: report, note\."):
        check_kind(rules, "notes")
    assert known_kinds(config(kinds=["a"])) == ("a",)
    check_kind(config({"to": "blog"}), "anything")


def test_the_explanation_says_of_each_route_why_it_is_taken_or_not():
    rules = config(
        {"name": "reports", "when": {"kind": "report"}, "to": "blog"},
        {"when": {"agent": "research"}, "to": ["notes", "pager"]},
        {"name": "rest", "to": "archive"},
        {"name": "default", "to": "archive", "default": True},
    )

    explanation = explain(rules, Output("x", "t", kind="note", agent="research"))

    assert [(seen.route, seen.matches, seen.taken) for seen in explanation.considered] == [
        ("reports", False, False),
        ("notes, pager", True, True),
        ("rest", True, False),
        ("default", True, False),
    ]
    assert [seen.why for seen in explanation.considered] == [
        "Not taken: kind is note, not report.",
        "Taken: state completed, agent research.",
        "Not taken: the route matches, but an earlier route has decided.",
        "Not taken: the route is a default, and another route matches.",
    ]
    assert explanation.why == "1 of 4 routes taken (the first that matches): notes, pager."


def test_kind_title_labels_and_priority_are_found_in_the_front_matter_and_removed():
    text = "---\nkind: report\ntitle: Fields\nlabels: [a, b]\npriority: urgent\n---\n\n# Text\n"

    output = Output.of_task(task(result=Result(text=text)))

    assert (output.kind, output.title, output.labels, output.priority) == ("report", "Fields", ("a", "b"), "urgent")
    assert output.text == "# Text\n"


def test_declared_properties_win_over_the_front_matter():
    said = "---\nkind: said\n---\nx"

    assert Output.of_task(task(result=Result(text=said, kind="declared"))).kind == "declared"
    assert Output.of_task(task(result=Result(text=said, kind="declared")), Declared(kind="called")).kind == "called"


def test_other_front_matter_becomes_metadata_also_with_templates():
    output = Output.of_content("---\nkind: review\npull_request: 12\ntags: [x]\n---\nText.")
    rules = config({"to": "blog", "text": "---\ntags: [y]\n---\nBy {{ text }}"})

    (templated,), (named,) = route(rules, output), route(rules, output, to=["notes"])
    assert (templated.text, templated.about) == ("By Text.", {"pull_request": 12, "tags": ["y"]})
    assert (named.text, named.about) == ("Text.", {"pull_request": 12, "tags": ["x"]})


SECOND_BLOCK = "---\nauthor: Ada\ndraft: true\n---\n\nThe post."


@pytest.mark.parametrize(
    ("template", "text", "about"),
    [
        (None, SECOND_BLOCK, {}),
        ("{{ text }}", SECOND_BLOCK, {}),
        ("\n{{ text }}\n", f"\n{SECOND_BLOCK}\n", {}),
        ("---\ntags: [{{ agent }}]\n---\n\n{{ text }}", SECOND_BLOCK, {"tags": ["research"]}),
        ("---\n{{ text }}\n---\n", f"---\n{SECOND_BLOCK}\n---\n", {}),
        ("{% if private %}---\ntags: [a]\n---\n{% endif %}{{ text }}", SECOND_BLOCK, {}),
        ("{% if not private %}---\ntags: [a]\n---\n{% endif %}{{ text }}", SECOND_BLOCK, {"tags": ["a"]}),
    ],
)
def test_a_second_block_of_front_matter_is_text_and_stays_whole(
    template: str | None, text: str, about: dict[str, object]
):
    output = Output.of_content(f"---\nkind: report\n---\n\n{SECOND_BLOCK}", source=Source("research"))

    (planned,) = route(config({"to": "blog", "text": template}), output)

    assert (planned.text, planned.about) == (text, about)


def test_lines_of_a_text_between_the_rules_of_a_template_are_not_front_matter():
    rules = config({"to": "blog", "text": "---\n{{ text }}\n---\n"})

    (planned,) = route(rules, Output("Status: done", "t"))

    assert (planned.text, planned.about) == ("---\nStatus: done\n---\n", {})


def test_secrets_in_title_text_and_metadata_are_masked():
    token, key = f"ghp_{'a' * 36}", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
    about = {
        "note": f"my token is {token}",
        token: 1,
        "tags": ["a", token],
        "aws_secret_access_key": key,
        "draft": True,
    }
    output = Output(f"See {token}", f"Of {token}", about=about)

    for masked in (output.masked(), route(config({"to": "blog"}), output)[0].masked()):
        assert (masked.title, masked.text) == ("Of [secret removed]", "See [secret removed]")
        assert masked.about == {
            "note": "my token is [secret removed]",
            "[secret removed]": 1,
            "tags": ["a", "[secret removed]"],
            "aws_secret_access_key": "[secret removed]",
            "draft": True,
        }


@pytest.mark.parametrize(
    "odd",
    [
        "summary:",
        "params: {a: b}",
        "params:\n  a:\n  - b",
        "7: lucky",
        "2026-11-21: a day",
        "size: .inf",
        f"size: 0x{'f' * 7_000}",
        "tags: [{a: b}]",
    ],
)
def test_values_of_front_matter_that_are_not_plain_are_left_out(odd: str):
    output = Output.of_content(f"---\nkind: report\n{odd}\nlabels: [a, 7, 2026-11-21, [b], ]\n---\nText.")

    assert (output.kind, output.labels, output.text) == ("report", ("a", "7", "2026-11-21"), "Text.")
    assert output.about == {}
    assert route(config({"to": "blog"}), output)[0].text == "Text."


@pytest.mark.parametrize(
    "text",
    [
        "---\nNote:\n---\nx",
        "---\n\nA line and\n\n---\nanother.",
        "---\nkind: [\n---\nx",
        "---\n- a\n---\nx",
        "--- \nno: end",
        "text\n---\nkind: a\n---\n",
    ],
)
def test_text_that_only_looks_like_front_matter_is_left_alone(text: str):
    output = Output.of_content(text)

    assert output.kind is None
    assert output.text == text


def test_content_without_a_title_is_called_after_its_first_line():
    assert Output.of_content("\n\n## The *first* line\n\nMore.").title == "The *first* line"
    assert Output.of_content("").title == "Untitled"


words = st.sampled_from(["a", "b", "c"])
matches = st.fixed_dictionaries(
    {}, optional={"kind": st.lists(words), "agent": words, "label": words, "private": st.booleans(), "text": words}
)
routes = st.lists(
    st.fixed_dictionaries(
        {
            "when": matches,
            "to": st.lists(st.sampled_from(["blog", "notes", "pager"]), min_size=1),
            "default": st.booleans(),
        }
    ),
    max_size=6,
)
outputs = st.builds(
    Output,
    text=st.text("abc", max_size=3),
    title=words,
    kind=words,
    agent=words,
    labels=st.tuples(words),
    private=st.booleans(),
)


@given(routes, outputs)
def test_first_takes_a_subset_of_all_and_only_matching_routes(rules: list[dict[str, object]], output: Output):
    first = explain(config(*rules), output)
    every = explain(config(*rules, routing="all"), output)

    assert {one.destination for one in first.planned} <= {one.destination for one in every.planned}
    for explanation in (first, every):
        assert bool(explanation.planned) == any(seen.matches for seen in explanation.considered)
        assert all(seen.matches for seen in explanation.considered if seen.taken)
        assert len({one.destination for one in explanation.planned}) == len(explanation.planned)
    assert sum(seen.taken for seen in first.considered) <= 1
