"""Runs in the real OpenClaw: they end as they should, also when either side is killed in the middle."""

import asyncio
import contextlib
import json
import signal
from datetime import UTC, datetime
from pathlib import Path

import pytest

from claw_discord_coord.config.model import AgentConfig
from claw_discord_coord.config.runtimes import OpenClawRuntimeConfig
from claw_discord_coord.errors import Conflict, NotAuthorized, RunFailed
from claw_discord_coord.models import RunState
from claw_discord_coord.openclaw.gateway import Gateway
from claw_discord_coord.openclaw.gateway_connection import Access
from claw_discord_coord.ports import RunOrder
from claw_discord_coord.runtimes.context import RuntimeContext
from claw_discord_coord.runtimes.openclaw.runtime import OpenClawRuntime
from claw_discord_coord.runtimes.openclaw.turns import Turns
from tests.openclaw.harness import Call, Fail, Hold, OpenClaw, Say, ScriptedModel

pytestmark = [pytest.mark.anyio, pytest.mark.openclaw, pytest.mark.long, pytest.mark.xdist_group("openclaw_runs")]


def an_order(
    task: str, text: str, *, attempt: int = 1, kind: str = "intern", timeout_s: float = 60, agent_id: str = "main"
) -> RunOrder:
    runtime = OpenClawRuntimeConfig(kind="openclaw", agent_id=agent_id)
    agent = AgentConfig.model_construct(purpose="Looks things up.", channel="research", runtime=runtime)
    brief = {"task_id": task, "run_id": f"{task}-r{attempt}", "attempt": attempt, "title": text, "text": text}
    brief |= {"kind": kind, "agent": "research", "packet": None}
    return RunOrder(str(brief["run_id"]), agent, brief, Path("unused"), {}, timeout_s)


def build(gateway: Gateway, folder: Path) -> OpenClawRuntime:
    return OpenClawRuntime(RuntimeContext(folder, folder, folder / "artifacts", lambda: datetime.now(UTC), gateway))


@pytest.fixture
def runtime(gateway: Gateway, tmp_path: Path) -> OpenClawRuntime:
    return build(gateway, tmp_path)


class Lines(list[str]):
    """The progress of a run; `until` waits for a line with these words."""

    def __init__(self) -> None:
        super().__init__()
        self._more = asyncio.Event()

    async def __call__(self, line: str) -> None:
        self.append(line)
        self._more.set()

    async def until(self, words: str) -> None:
        while not any(words in line for line in self):
            self._more.clear()
            await self._more.wait()


async def the_model_is_asked(model: ScriptedModel, times: int) -> None:
    async with asyncio.timeout(60):
        while len(model.requests) < times:
            model.asked.clear()
            await model.asked.wait()


async def test_a_run_ends_with_the_full_text_of_its_answer_and_what_it_used(
    runtime: OpenClawRuntime, model: ScriptedModel
) -> None:
    long = "# Findings\n\n" + "word " * 30_000 + "END"
    model.script("compare A and B", Call("exec", {"command": "echo A"}, text="Looking at A first."), Say(long))
    lines = Lines()

    await runtime.start(an_order("t1a", "compare A and B"))
    outcome = await runtime.watch("t1a-r1", lines)

    assert outcome.state is RunState.COMPLETED
    assert outcome.result is not None
    assert outcome.result.text == long
    assert outcome.usage is not None
    assert (outcome.usage.input_tokens, outcome.usage.output_tokens) == (2000, 100)
    assert "Looking at A first." in lines
    assert any(line.startswith("uses ") for line in lines)


@pytest.mark.proves("doubled.run")
async def test_starting_a_run_twice_runs_it_once_also_after_it_ended(
    runtime: OpenClawRuntime, model: ScriptedModel, openclaw: OpenClaw, gateway: Gateway
) -> None:
    model.script("only once", Say("done"))
    await asyncio.gather(*(runtime.start(an_order("t2a", "only once")) for _ in range(3)))
    await runtime.watch("t2a-r1", Lines())
    await openclaw.stop()
    await openclaw.start()

    await runtime.start(an_order("t2a", "only once"))
    outcome = await runtime.watch("t2a-r1", Lines())

    assert outcome.state is RunState.COMPLETED
    assert len(model.requests) == 1


async def test_what_a_person_says_while_it_works_is_heard_in_the_same_turn(
    runtime: OpenClawRuntime, model: ScriptedModel
) -> None:
    hold = asyncio.Event()
    model.script("write about cats", Hold(hold, Call("exec", {"command": "echo cats"})), Say("cats"))
    model.script("/dogs, not cats", Say("dogs"))
    await runtime.start(an_order("t3a", "write about cats"))
    watching = asyncio.create_task(runtime.watch("t3a-r1", Lines()))
    await the_model_is_asked(model, 1)

    await runtime.messages.send_message("t3a-r1", "m1", "/dogs, not cats")
    await runtime.messages.send_message("t3a-r1", "m1", "/dogs, not cats")
    hold.set()
    outcome = await watching

    assert outcome.result is not None
    assert outcome.result.text == "dogs"
    assert len(model.requests) == 2
    with pytest.raises(Conflict):
        await runtime.messages.send_message("t3a-r1", "m2", "too late")


async def test_a_stopped_run_stops_at_once_and_stopping_again_changes_nothing(
    runtime: OpenClawRuntime, model: ScriptedModel, gateway: Gateway
) -> None:
    model.script("never ends", Hold(asyncio.Event(), Say("never")))
    await runtime.start(an_order("t5a", "never ends"))
    watching = asyncio.create_task(runtime.watch("t5a-r1", Lines()))
    await the_model_is_asked(model, 1)

    await runtime.stop("t5a-r1")
    await runtime.stop("t5a-r1")

    assert (await watching).state is RunState.CANCELED
    session = await gateway.call("sessions.describe", {"key": "agent:main:subagent:claw-t5a"})
    assert not session["session"].get("hasActiveRun")


async def test_a_run_that_takes_too_long_fails_and_says_so(runtime: OpenClawRuntime, model: ScriptedModel) -> None:
    model.script("never ends", Hold(asyncio.Event(), Say("never")))
    await runtime.start(an_order("t6a", "never ends", timeout_s=3))

    outcome = await runtime.watch("t6a-r1", Lines())

    assert outcome.state is RunState.FAILED
    assert outcome.error is not None
    assert "within 3 s" in outcome.error


async def test_a_model_that_fails_makes_the_run_fail_with_its_reason(
    runtime: OpenClawRuntime, model: ScriptedModel
) -> None:
    model.script("boom", Fail(400))
    await runtime.start(an_order("t7a", "boom"))

    outcome = await runtime.watch("t7a-r1", Lines())

    assert outcome.state is RunState.FAILED
    assert outcome.error is not None
    assert "400" in outcome.error


async def test_an_agent_that_openclaw_does_not_have_is_refused_with_the_way_to_make_it(
    runtime: OpenClawRuntime,
) -> None:
    with pytest.raises(RunFailed) as refused:
        await runtime.start(an_order("t8a", "anything", agent_id="nobody"))
    assert "openclaw agents add nobody" in refused.value.sentence()


@pytest.mark.parametrize("killed", [False, True], ids=["", "with the Gateway killed"])
@pytest.mark.parametrize("queue", ["ours", "openclaw's"])
async def test_a_specialist_does_one_task_after_another_in_one_session(
    queue: str,
    killed: bool,
    runtime: OpenClawRuntime,
    model: ScriptedModel,
    openclaw: OpenClaw,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if queue != "ours":  # as when somebody else has the session begin to work just then
        monkeypatch.setattr(Turns, "waits", lambda *_: False)
    a, b = f"t9a-{queue[:2]}{killed:d}", f"t9b-{queue[:2]}{killed:d}"
    hold, later = asyncio.Event(), asyncio.Event()
    model.script(f"work on {a}.", Hold(hold, Say("one")))
    model.script(f"work on {b}.", Hold(later, Say("two")))
    await runtime.start(an_order(a, f"work on {a}.", kind="specialist"))
    await the_model_is_asked(model, 1)
    await runtime.start(an_order(b, f"work on {b}.", kind="specialist"))
    await runtime.start(an_order(b, f"work on {b}.", kind="specialist"))
    lines = Lines()
    watching = asyncio.gather(runtime.watch(f"{a}-r1", Lines()), runtime.watch(f"{b}-r1", lines))
    assert await runtime.sessions.run_of("agent:main:subagent:claw-research") == f"{a}-r1", "the other one waits"
    if queue == "ours":
        await lines.until("waits until the agent's session is free")
        await runtime.messages.send_message(f"{b}-r1", "m1", f"and quickly, {b}")
        await runtime.messages.send_message(f"{b}-r1", "m1", f"and quickly, {b}")
    await asyncio.sleep(4)  # OpenClaw's own queue takes an input over a few seconds after it came
    monkeypatch.undo()
    if killed:
        await openclaw.stop(signal.SIGKILL)
        await openclaw.start()
    hold.set()
    if queue == "ours" and not killed:
        await the_model_is_asked(model, 2)
        await runtime.messages.send_message(f"{b}-r1", "m1", f"and quickly, {b}")
    later.set()
    first, second = await watching

    assert first.result is not None, first.error
    assert second.result is not None, second.error
    assert (first.result.text, second.result.text) == ("one", "two")
    asked = [str(request["messages"]) for request in model.requests]
    assert sum(f"work on {b}." in text for text in asked) == 1, "it was begun twice"
    assert queue != "ours" or asked[-1].count(f"and quickly, {b}") == 1


async def test_a_run_that_waits_for_its_session_can_be_stopped(runtime: OpenClawRuntime, model: ScriptedModel) -> None:
    hold = asyncio.Event()
    model.script("first thing", Hold(hold, Say("one")))
    await runtime.start(an_order("t16a", "first thing", kind="specialist"))
    await the_model_is_asked(model, 1)
    await runtime.start(an_order("t16b", "second thing", kind="specialist"))
    watching = asyncio.gather(runtime.watch("t16a-r1", Lines()), runtime.watch("t16b-r1", Lines()))
    await runtime.stop("t16b-r1")
    hold.set()
    first, second = await watching

    assert (first.state, second.state) == (RunState.COMPLETED, RunState.CANCELED)
    assert len(model.requests) == 1


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
@pytest.mark.proves("lost.gateway-crash")
async def test_a_run_that_the_gateway_broke_off_is_taken_up_again_and_finished_once(
    how: signal.Signals, runtime: OpenClawRuntime, model: ScriptedModel, openclaw: OpenClaw
) -> None:
    hold = asyncio.Event()
    steps = (Call("exec", {"command": "echo one"}), Hold(hold, Call("exec", {"command": "echo two"})), Say("all done"))
    model.script("three steps", *steps)
    await runtime.start(an_order(f"t10-{how.name}".lower(), "three steps"))
    watching = asyncio.create_task(runtime.watch(f"t10-{how.name}-r1".lower(), Lines()))
    await the_model_is_asked(model, 2)

    if how is signal.SIGTERM:
        asyncio.get_running_loop().call_later(1, hold.set)
    await openclaw.stop(how)
    hold.set()
    await openclaw.start()
    outcome = await watching

    assert outcome.state is RunState.COMPLETED, outcome.error
    assert outcome.result is not None
    assert outcome.result.text == "all done"
    first_steps = [request for request in model.requests if len(request["messages"]) <= 3]
    assert len(first_steps) == 1, "the run was begun twice"


@pytest.mark.parametrize("step", [Call("exec", {"command": "echo ants"}), Say("ants")], ids=["goes on", "ends"])
@pytest.mark.proves("lost.gateway-crash")
async def test_a_message_that_a_crash_of_the_gateway_lost_is_sent_again_once(
    step: Call | Say, runtime: OpenClawRuntime, model: ScriptedModel, openclaw: OpenClaw, gateway: Gateway
) -> None:
    task = f"t16{'a' if isinstance(step, Call) else 'b'}"
    hold = asyncio.Event()
    model.script("write about ants", Hold(hold, step), Say("ants"))
    model.script("bees, not ants", Say("bees"))
    lines = Lines()
    await runtime.start(an_order(task, "write about ants"))
    watching = asyncio.create_task(runtime.watch(f"{task}-r1", lines))
    await the_model_is_asked(model, 1)
    await runtime.messages.send_message(f"{task}-r1", "m1", "bees, not ants")
    assert not any("has read" in line for line in lines)

    await openclaw.stop(signal.SIGKILL)
    await openclaw.start()
    hold.set()
    outcome = await watching

    assert outcome.result is not None
    assert outcome.result.text == "bees"
    assert [line for line in lines if "has read" in line] == ["has read the message: bees, not ants"]
    session = f"agent:main:subagent:claw-{task}"
    rows = (await gateway.call("chat.history", {"sessionKey": session, "limit": 200}))["messages"]
    assert sum(row["role"] == "user" and "bees, not ants" in json.dumps(row["content"]) for row in rows) == 1


async def test_a_run_is_followed_to_its_end_by_a_coordinator_that_was_started_anew(
    runtime: OpenClawRuntime, model: ScriptedModel, access: Access, tmp_path: Path
) -> None:
    hold = asyncio.Event()
    model.script("long work", Hold(hold, Say("finished")))
    await runtime.start(an_order("t11a", "long work"))
    await the_model_is_asked(model, 1)

    async with Gateway(access) as gateway:
        anew = build(gateway, tmp_path)
        await anew.start(an_order("t11a", "long work"))
        watching = asyncio.create_task(anew.watch("t11a-r1", Lines()))
        hold.set()
        outcome = await watching
        ended_before = await anew.watch("t11a-r1", Lines())

    assert outcome.result is not None
    assert outcome.result.text == "finished"
    assert ended_before == outcome
    assert len(model.requests) == 1


async def test_a_run_ordered_while_openclaw_is_down_begins_when_it_is_back(
    runtime: OpenClawRuntime, model: ScriptedModel, openclaw: OpenClaw, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("claw_discord_coord.runtimes.openclaw.runtime.START_LIMIT_S", 1.0)
    model.script("patient work", Say("done"))
    await openclaw.stop(signal.SIGKILL)
    await runtime.start(an_order("t12a", "patient work"))
    watching = asyncio.create_task(runtime.watch("t12a-r1", Lines()))

    await openclaw.start()

    assert (await watching).state is RunState.COMPLETED
    assert len(model.requests) == 1


async def test_forgetting_an_intern_deletes_its_session_and_a_specialists_stays(
    runtime: OpenClawRuntime, model: ScriptedModel, gateway: Gateway
) -> None:
    model.script("anything", Say("done"))
    for task, kind in (("t13a", "intern"), ("t13b", "specialist")):
        await runtime.start(an_order(task, "anything", kind=kind))
        await runtime.watch(f"{task}-r1", Lines())
        await runtime.forget(f"{task}-r1")
        await runtime.forget(f"{task}-r1")

    with pytest.raises(NotAuthorized):
        await runtime.sessions.run_of("agent:main:subagent:claw-research")
    assert (await runtime.sessions.run_of("agent:main:main")) is None
    keys = [row["key"] for row in (await gateway.call("sessions.list"))["sessions"]]
    assert "agent:main:subagent:claw-research" in keys
    assert "agent:main:subagent:claw-t13a" not in keys


async def test_a_session_that_an_agent_at_work_opens_itself_acts_for_the_same_run(
    runtime: OpenClawRuntime, model: ScriptedModel, gateway: Gateway
) -> None:
    hold = asyncio.Event()
    model.script("needs a helper", Call.plugin("sessions_spawn", task="lend a hand"), Hold(hold, Say("done")))
    model.script("lend a hand", Hold(hold, Say("helped")))
    await runtime.start(an_order("t15a", "needs a helper"))
    watching = asyncio.create_task(runtime.watch("t15a-r1", Lines()))
    helpers, known = [], None
    async with asyncio.timeout(60):
        while known is None:
            await asyncio.sleep(0.2)  # OpenClaw has no event for it, and notes who opened it a moment later
            helpers = [key for key in await subagents(gateway) if ":claw-" not in key]
            with contextlib.suppress(NotAuthorized, IndexError):
                known = await runtime.sessions.run_of(helpers[0])
    assert known == "t15a-r1"

    hold.set()
    await watching
    with pytest.raises(NotAuthorized):
        await runtime.sessions.run_of(helpers[0])


async def subagents(gateway: Gateway) -> list[str]:
    rows = (await gateway.call("sessions.list"))["sessions"]
    return [row["key"] for row in rows if ":subagent:" in row["key"]]


async def test_the_main_session_hears_nothing_of_all_that(
    runtime: OpenClawRuntime, model: ScriptedModel, gateway: Gateway
) -> None:
    model.script("anything", Say("done"))
    await runtime.start(an_order("t14a", "anything"))
    await runtime.watch("t14a-r1", Lines())

    keys = [row["key"] for row in (await gateway.call("sessions.list"))["sessions"]]
    assert "agent:main:main" not in keys
    assert not model.said("session=agent:main:main ")
