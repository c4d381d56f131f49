"""The coordinator's address as OpenClaw's plugin and other programs call it."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

import aiohttp
import pytest

from claw_discord_coord.config.model import OpenClawConfig
from claw_discord_coord.models import Result, RunOutcome, RunState, Usage
from claw_discord_coord.skills import SKILLS
from claw_discord_coord.surfaces import http
from tests.house import House

pytestmark = pytest.mark.anyio

TOKEN = "the-coordinators-own"
OWNER = {
    "surface": "openclaw",
    "session_key": "agent:main:main",
    "agent_id": "main",
    "sender_id": "1234@everyone",
    "sender_is_owner": True,
    "message_channel": "telegram",
    "delivery": {"channel": "discord"},
}


@dataclass
class Address:
    """A coordinator's address and a program that calls it."""

    house: House
    url: str
    session: aiohttp.ClientSession

    async def post(
        self, path: str, body: dict[str, Any], *, by: dict[str, Any] | None = None, request_id: str | None = None
    ) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {TOKEN}", "X-Claw-Caller": json.dumps(by or {})}
        headers |= {"X-Request-Id": request_id} if request_id else {}
        async with self.session.post(f"{self.url}/skills/{path}", json=body, headers=headers) as answer:
            return answer.status, await answer.json()


@pytest.fixture
async def address(house: House) -> AsyncIterator[Address]:
    async with http.serve(house.coordinator, lambda: TOKEN, port=0) as url, aiohttp.ClientSession() as session:
        yield Address(house, url, session)


async def test_who_wrote_in_openclaws_chat_is_on_record(address: Address) -> None:
    said = {"task": "survey the sources", "review": True}
    _, answer = await address.post("spawn_agent", said, by=OWNER)
    task_id = answer["task_id"]
    address.house.runtime.complete(await address.house.running(task_id))
    await address.house.until(task_id, "input-required")
    status, _ = await address.post("control_task/command", {"command": f"approve {task_id}"}, by=OWNER)
    assert status == 200
    await address.house.closed(task_id)
    told = [event.text for event in await address.house.registry.events.of_task(task_id)]
    assert "approved by telegram user 1234@\u200beveryone through OpenClaw's main" in told


async def test_a_stranger_in_openclaws_chat_is_told_that_it_is_not_for_him_to_judge(address: Address) -> None:
    stranger = {**OWNER, "sender_is_owner": False}
    status, answer = await address.post("control_task/command", {"command": "approve t-abcdefgh"}, by=stranger)
    assert (status, answer["error"]["type"]) == (403, "not_authorized")


@pytest.mark.parametrize(
    ("path", "body", "problem", "fix"),
    [
        (
            "spawn_agent/command",
            {"command": "--kind boss do it"},
            "`kind` must be 'intern' or 'specialist'.",
            "Write for example: /spawn_agent @research compare A and B",
        ),
        ("message_agent", {"txt": "faster"}, "`task_id` is missing. `text` is missing. There is no field `txt`.", None),
        ("control_task", {"action": "cancel"}, "Give either `task_id` or `delivery_id`.", None),
    ],
)
async def test_a_wrong_input_is_told_in_sentences_to_whoever_cannot_see_the_schema(
    address: Address, path: str, body: dict[str, Any], problem: str, fix: str | None
) -> None:
    status, answer = await address.post(path, body)
    assert (status, answer["error"]["message"]) == (400, problem)
    fields = ", ".join(SKILLS[path.partition("/")[0]].input.model_fields)
    assert answer["error"]["fix"] == (fix or f"{path} takes: {fields}.")


@pytest.mark.parametrize(
    "surface", ["cli\n2026 INFO claw: task t-forged", "OpenClaw", "", None, ["openclaw"], {"a": 1}]
)
async def test_a_call_from_an_unknown_surface_is_refused(address: Address, surface: Any) -> None:
    status, answer = await address.post("registry_status", {}, by={"surface": surface})
    assert (status, answer["error"]["message"]) == (400, "X-Claw-Caller names an unknown surface.")
    assert answer["error"]["fix"] == "Name one of: cli, doctor, http, mcp, openclaw."


@pytest.mark.parametrize("caller", [{}, OWNER, {"surface": "cli"}, {"surface": "doctor"}, {"surface": "mcp"}])
async def test_a_call_from_a_known_surface_is_accepted(address: Address, caller: dict[str, Any]) -> None:
    status, _ = await address.post("registry_status", {}, by=caller)
    assert status == 200


@pytest.mark.proves("shown.usage")
async def test_what_the_work_has_used_is_told_of_the_task_and_of_each_run(address: Address) -> None:
    _, answer = await address.post("spawn_agent", {"task": "survey the sources"})
    task_id = answer["task_id"]
    run_id = await address.house.running(task_id)
    _, before = await address.post("registry_status", {"task_id": task_id})
    assert (before["task"]["usage"], before["runs"][0]["usage"]) == (None, None)
    usage = Usage(input_tokens=2000, output_tokens=100, cost_usd=0.05)
    address.house.runtime.end(run_id, RunOutcome(RunState.COMPLETED, Result(text="done"), usage=usage))
    await address.house.closed(task_id)
    used = {"input_tokens": 2000, "output_tokens": 100, "cost_usd": 0.05}
    _, after = await address.post("registry_status", {"task_id": task_id})
    assert (after["task"]["usage"], after["runs"][0]["usage"]) == (used, used)
    _, listed = await address.post("registry_status", {"details": True})
    assert listed["tasks"][0]["usage"] == used
    _, spoken = await address.post("registry_status/command", {"command": task_id})
    assert "completed, 2,000 tokens in, 100 out, $0.0500" in spoken["text"]


async def test_a_list_has_few_fields_of_each_task_and_details_on_request(address: Address) -> None:
    for number in range(5):
        await address.post("spawn_agent", {"task": f"survey the sources of river {number}", "key": f"river-{number}"})
    _, listed = await address.post("registry_status", {})
    assert len(listed["tasks"]) == 5
    assert {*listed["tasks"][0]} == {"task_id", "title", "state", "agent", "duration_s"}
    assert len(json.dumps(listed["tasks"])) / 4 / 5 < 50, "tokens for each task"
    _, detailed = await address.post("registry_status", {"details": "true"})
    assert {"thread_url", "usage", "result", "chosen_because"} <= {*detailed["tasks"][0]}


async def test_the_children_of_a_task_have_few_fields(address: Address) -> None:
    _, parent = await address.post("spawn_agent", {"task": "survey the sources"})
    await address.post("spawn_agent", {"task": "survey one", "parent_task": parent["task_id"]})
    _, status = await address.post("registry_status", {"task_id": parent["task_id"]})
    assert [{*child} for child in status["children"]] == [{"task_id", "title", "state", "agent", "duration_s"}]


@pytest.mark.parametrize(
    ("skill", "arguments", "problem"),
    [
        ("spawn_agent", {"task": "survey\0"}, "The field `task` contains a NUL character."),
        ("spawn_agent", {"task": "survey", "to": ["a", "b\0"]}, "The field `to` contains a NUL character."),
        ("registry_status", {"text": "\0"}, "The field `text` contains a NUL character."),
        (
            "handoff",
            {"task_id": "t-abcdefgh", "to_agent": "writing", "summary": "x", "deadline_s": 1e18},
            "`deadline_s` must be at most 31622400.",
        ),
    ],
)
async def test_what_no_database_or_clock_can_hold_is_refused(
    address: Address, skill: str, arguments: dict[str, Any], problem: str
) -> None:
    status, answer = await address.post(skill, arguments)
    assert status == 400
    assert answer["error"]["message"].startswith(problem)


@pytest.mark.proves("lost.request-id")
async def test_a_request_id_that_was_used_for_something_else_is_a_conflict(address: Address) -> None:
    status, first = await address.post("spawn_agent", {"task": "survey the sources"}, request_id="r-1")
    again = await address.post("spawn_agent", {"task": "survey the sources"}, request_id="r-1")
    assert (status, again[0], again[1]["task_id"]) == (200, 200, first["task_id"])
    status, answer = await address.post("spawn_agent", {"task": "survey the rest"}, request_id="r-1")
    assert (status, answer["error"]["type"]) == (409, "conflict")


GATEWAY = """
import json, socket, subprocess, sys
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
sys.stdin.readline()
subprocess.run([sys.executable, "-c", *sys.argv[1:]], check=True)
"""
TURN = """
import sys, urllib.error, urllib.request
url, token, caller, *calls = sys.argv[1:]
for path, body in zip(calls[::2], calls[1::2]):
    headers = {"Authorization": f"Bearer {token}", "X-Claw-Caller": caller}
    try:
        response = urllib.request.urlopen(urllib.request.Request(f"{url}/skills/{path}", body.encode(), headers))
    except urllib.error.HTTPError as error:
        response = error
    print(response.status, flush=True)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells which process calls over TCP")
@pytest.mark.parametrize("claim", [{}, {"name": "ada"}, OWNER], ids=["nobody", "a person", "an owner"])
@pytest.mark.proves("obeyed.openclaw-exec")
async def test_a_program_that_openclaw_started_is_a_guest_whatever_it_shows(
    house: House, claim: dict[str, Any]
) -> None:
    """A process stands in for the Gateway: it listens on the Gateway's port and starts the program, as `exec` does."""
    settings = house.coordinator.config()
    port = 1
    coordinator = replace(
        house.coordinator,
        config=lambda: settings.model_copy(update={"openclaw": OpenClawConfig(gateway_url=f"ws://127.0.0.1:{port}")}),
    )
    task = await house.spawn(review=True)
    house.runtime.complete(await house.running(task.id), "a secret plan")
    await house.until(task.id, "input-required")
    async with http.serve(coordinator, lambda: TOKEN, port=0) as url:
        calls = {
            "control_task": {"action": "approve", "task_id": task.id},
            "registry_status": {"task_id": task.id},
            "route_output": {"content": "Text.", "to": ["files"]},
            "spawn_agent": {"task": "survey the sources"},
        }
        words = [word for path, body in calls.items() for word in (path, json.dumps(body))]
        gateway = await asyncio.create_subprocess_exec(
            sys.executable, "-c", GATEWAY, TURN, url, TOKEN, json.dumps(claim), *words,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert gateway.stdout is not None
        port = int(await gateway.stdout.readline())
        async with asyncio.timeout(30):
            output, _ = await gateway.communicate(b"\n")

    assert gateway.returncode == 0
    assert output.decode().split() == ["403", "404", "403", "200"]
    assert (await house.registry.tasks.get(task.id)).state == "input-required"
