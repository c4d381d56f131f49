"""Installing into the real OpenClaw, and taking everything out again."""

import asyncio
import json
import shlex
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from pydantic import SecretStr

from claw_discord_coord.errors import OpenClawRefused
from claw_discord_coord.openclaw.checks import Finding, Level, check
from claw_discord_coord.openclaw.cli import OpenClawCli
from claw_discord_coord.openclaw.device import Device
from claw_discord_coord.openclaw.gateway import Gateway, briefly
from claw_discord_coord.openclaw.gateway_connection import ADMIN, READ, WRITE, Access
from claw_discord_coord.openclaw.install import Wishes, plan
from claw_discord_coord.openclaw.plugin_steps import prove
from claw_discord_coord.openclaw.step import apply, undo
from claw_discord_coord.openclaw.transcript import read_reply, read_turn
from tests.openclaw.harness import Call, Installed, OpenClaw, Say, ScriptedModel

pytestmark = [pytest.mark.anyio, pytest.mark.openclaw, pytest.mark.long, pytest.mark.xdist_group("openclaw_install")]
TOKEN = "secret-of-the-two"
TOOLS = ("spawn_agent", "handoff", "route_output", "registry_status", "control_task")


class StandIn:
    """A coordinator as the plugin sees it: says where it is in its run file and answers every skill."""

    def __init__(self, run_file: Path) -> None:
        self.run_file = run_file
        self.calls: list[tuple[str, dict[str, Any], dict[str, Any]]] = []
        self.refuse: dict[str, str] | None = None
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        app = web.Application()
        app.router.add_post("/skills/{path:.*}", self._answer)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        self.run_file.write_text(json.dumps({"url": url, "token": TOKEN, "pid": 1}))

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _answer(self, request: web.Request) -> web.Response:
        assert request.headers["authorization"] == f"Bearer {TOKEN}"
        assert request.headers["x-request-id"]
        path = request.match_info["path"]
        self.calls.append((path, await request.json(), json.loads(request.headers["x-claw-caller"])))
        if self.refuse is not None:
            return web.json_response({"error": self.refuse}, status=400)
        return web.json_response({"text": "Task t1 begins."} if path.endswith("/command") else {"task_id": "t1"})


@pytest.fixture(scope="module")
async def openclaw_of_module(
    installed: Installed, model_server: ScriptedModel, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[OpenClaw]:
    """Set up by hand, as OpenClaw's documentation does it: JSON5 with comments and an included file."""
    async with OpenClaw(installed, tmp_path_factory.mktemp("openclaw"), model_server) as openclaw:
        openclaw.prepare(tools={"$include": "./tools.json5"})
        openclaw.config_file.write_text(f"// by hand\n{openclaw.config_file.read_text()}")
        (openclaw.state / "tools.json5").write_text("{ profile: 'coding', } // without the plugin's tools")
        yield openclaw


@pytest.fixture(scope="module")
async def coordinator(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[StandIn]:
    coordinator = StandIn(tmp_path_factory.mktemp("state") / "coordinator.json")
    await coordinator.start()
    yield coordinator
    await coordinator.stop()


@pytest.fixture(scope="module")
def cli(openclaw_of_module: OpenClaw) -> OpenClawCli:
    """One for all tests: it remembers the settings, so that only what a test has changed is asked for again."""
    return OpenClawCli.find(openclaw_of_module.env, command=shlex.join(openclaw_of_module.installed.command))


@pytest.fixture
def wishes(coordinator: StandIn, openclaw: OpenClaw) -> Wishes:
    folder = coordinator.run_file.parent
    return Wishes(
        run_file=coordinator.run_file,
        start_command="claw-discord-coord up",
        device_file=folder / "openclaw-device.json",
        agents={"research": openclaw.home / "research"},
        skill_file=openclaw.workspace / "skill.yaml",
        skill_text="name: mine\n",
    )


@pytest.fixture
async def gateway(cli: OpenClawCli, wishes: Wishes) -> AsyncIterator[Gateway]:
    """The Gateway as the installed coordinator reaches it: with its own key, without the shared token."""
    await apply(plan(cli, wishes), lambda _: None)
    async with Gateway(Access(await cli.gateway_url(), device=Device.open(wishes.device_file))) as gateway:
        yield gateway


async def said_in(gateway: Gateway, session: str, text: str, key: str) -> str:
    """What the session answers to the text. A turn that comes while OpenClaw is taking over a new plugin fails; it is
    said again.
    """
    await gateway.call("chat.send", {"sessionKey": session, "message": text, "idempotencyKey": key})
    async with asyncio.timeout(120):
        while (await gateway.call("agent.wait", {"runId": key, "timeoutMs": 20_000}))["status"] in {
            "pending",
            "timeout",
        }:
            continue
    turn = await read_turn(gateway, session, [key])
    if turn.broken_off:
        return await said_in(gateway, session, text, f"{key}again")
    if turn.reply_id:
        return await read_reply(gateway, session, turn.reply_id)
    last = (await gateway.call("chat.history", {"sessionKey": session}))["messages"][-1]
    return str(last["content"][0]["text"])


async def test_installing_twice_changes_nothing_the_second_time_and_proves_the_round_trip(
    cli: OpenClawCli, wishes: Wishes, gateway: Gateway, coordinator: StandIn
) -> None:
    told: list[str] = []
    await apply(plan(cli, wishes), told.append)
    assert told
    assert all(line.startswith("already: ") for line in told)

    coordinator.calls.clear()
    assert (await prove(gateway))["ok"]
    assert [call[0] for call in coordinator.calls] == ["registry_status"]


async def test_the_coordinators_own_key_is_used_narrowly_and_widened_only_for_a_moment(
    gateway: Gateway, wishes: Wishes
) -> None:
    assert (await gateway.hello()).auth.scopes == (READ, WRITE)
    async with briefly(gateway.access, ADMIN) as connection:
        assert connection.hello.auth.scopes == (ADMIN,)
    assert Device.open(wishes.device_file).scopes == (READ, WRITE, ADMIN)


async def test_the_main_session_delegates_through_the_plugin_which_says_who_calls(
    gateway: Gateway, model: ScriptedModel, coordinator: StandIn
) -> None:
    model.script(
        "have research look", Call.plugin("spawn_agent", task="look into X", agent="research"), Say("Under way.")
    )
    coordinator.calls.clear()

    assert await said_in(gateway, "agent:main:main", "please have research look into X", "p1") == "Under way."

    path, body, caller = coordinator.calls[0]
    assert (path, body) == ("spawn_agent", {"task": "look into X", "agent": "research"})
    assert (caller["surface"], caller["session_key"], caller["agent_id"]) == ("openclaw", "agent:main:main", "main")
    assert "t1" in str(model.requests[-1]["messages"])


async def test_a_slash_command_reaches_the_coordinator_without_asking_a_model(
    gateway: Gateway, model: ScriptedModel, coordinator: StandIn
) -> None:
    coordinator.calls.clear()

    reply = await said_in(gateway, "agent:main:main", "/spawn_agent @research compare A – B", "p2")

    assert reply == "Task t1 begins."
    assert coordinator.calls[0][:2] == ("spawn_agent/command", {"command": "@research compare A – B"})
    assert model.requests == []


async def test_what_the_coordinator_refuses_is_told_with_what_to_do(gateway: Gateway, coordinator: StandIn) -> None:
    coordinator.refuse = {"type": "unknown_agent", "message": "There is no agent nobody.", "fix": "Use research."}
    try:
        reply = await said_in(gateway, "agent:main:main", "/spawn_agent @nobody do it", "p3")
    finally:
        coordinator.refuse = None
    assert "There is no agent nobody. Use research." in reply


async def test_a_coordinator_that_is_down_is_told_at_once_with_the_command_that_starts_it(
    gateway: Gateway, model: ScriptedModel, coordinator: StandIn
) -> None:
    model.script("have research look", Call.plugin("spawn_agent", task="look into Y"), Say("It is down."))
    await coordinator.stop()
    try:
        await said_in(gateway, "agent:main:main", "have research look into Y", "p4")
        reply = await said_in(gateway, "agent:main:main", "/registry_status", "p5")
        with pytest.raises(OpenClawRefused):
            await prove(gateway)
    finally:
        await coordinator.start()
    assert "`claw-discord-coord up`" in reply
    assert "claw-discord-coord up" in str(model.requests[-1]["messages"])
    assert (await said_in(gateway, "agent:main:main", "/registry_status", "p6")) == "Task t1 begins."


async def test_what_is_looked_at_is_all_right_after_installing(
    cli: OpenClawCli, wishes: Wishes, gateway: Gateway
) -> None:
    findings = await check(gateway.access, cli=cli, run_file=wishes.run_file, tools=TOOLS, agents=["research"])
    assert [finding.level for finding in findings] == [Level.OK] * 8, findings


async def test_what_is_wrong_is_named_with_its_fix(cli: OpenClawCli, wishes: Wishes, gateway: Gateway) -> None:
    elsewhere = wishes.run_file.with_name("other.json")
    await cli.run("plugins", "disable", "claw-discord-coord")

    findings = await check(gateway.access, cli=cli, run_file=elsewhere, tools=TOOLS, agents=["nobody"])
    stranger = await check(
        Access(await cli.gateway_url(), token=SecretStr("wrong")), cli=None, run_file=elsewhere, tools=TOOLS, agents=[]
    )

    wrong = {finding.check for finding in findings if finding.level is Level.ERROR}
    assert {"plugin files", "plugin settings", "plugin", "agents"} <= wrong
    assert all(finding.fix for finding in findings if finding.level is not Level.OK)
    assert [(finding.check, finding.level) for finding in stranger] == [("gateway", Level.ERROR)]


async def test_tools_that_the_settings_keep_back_are_found(cli: OpenClawCli, wishes: Wishes, gateway: Gateway) -> None:
    await cli.set_config("tools.deny", ["spawn_agent"])
    try:
        finding = await tools_finding(gateway, wishes, Level.ERROR)
    finally:
        await cli.run("config", "unset", "tools.deny")
    assert "spawn_agent" in finding.text
    assert "handoff" not in finding.text
    await tools_finding(gateway, wishes, Level.OK)


async def tools_finding(gateway: Gateway, wishes: Wishes, level: Level) -> Finding:
    """What is found of the tools once the Gateway has taken over the settings by which it is of that level."""
    async with asyncio.timeout(60):
        while True:
            findings = await check(gateway.access, cli=None, run_file=wishes.run_file, tools=TOOLS, agents=[])
            finding = next(one for one in findings if one.check == "tools")
            if finding.level is level:
                return finding
            await asyncio.sleep(0.5)


async def test_a_pairing_that_was_ended_is_found_left_as_it_is_and_made_anew_by_installing(
    cli: OpenClawCli, wishes: Wishes, gateway: Gateway
) -> None:
    before = wishes.device_file.read_bytes()
    await cli.run("devices", "remove", Device.open(wishes.device_file).id)

    device = Device.look(wishes.device_file)
    access = Access(await cli.gateway_url(), device=device)
    findings = await check(access, cli=None, run_file=wishes.run_file, tools=TOOLS, agents=[])
    assert [(one.check, one.fix) for one in findings] == [
        ("gateway", "Run `claw-discord-coord install` on the Gateway's host.")
    ]
    assert wishes.device_file.read_bytes() == before

    told: list[str] = []
    await apply(plan(cli, wishes), told.append)
    assert [line for line in told if line.startswith("done: ")] == [
        "done: pair the coordinator with OpenClaw's Gateway"
    ]


async def test_uninstalling_takes_out_all_that_was_put_in(
    cli: OpenClawCli, wishes: Wishes, gateway: Gateway, openclaw: OpenClaw
) -> None:
    told: list[str] = []
    assert await undo(plan(cli, wishes), told.append) == []

    assert "claw-discord-coord" not in openclaw.config_file.read_text()
    assert "claw-discord-coord" not in (openclaw.state / "tools.json5").read_text()
    assert not (openclaw.state / "extensions" / "claw-discord-coord").exists()
    assert not wishes.device_file.exists()
    assert wishes.skill_file is not None
    assert not wishes.skill_file.exists()
    assert "claw" not in await openclaw.run("devices", "list")
