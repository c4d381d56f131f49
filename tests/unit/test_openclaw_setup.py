"""What `install` and `doctor` see of an OpenClaw: its settings, its Gateway, this coordinator's key for it."""

import json
import shlex
import traceback
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from websockets.asyncio.server import ServerConnection

from claw_discord_coord.errors import CoordError, NotAuthorized, OpenClawRefused, OpenClawUnavailable
from claw_discord_coord.openclaw.checks import Finding, Level, check
from claw_discord_coord.openclaw.cli import OpenClawCli
from claw_discord_coord.openclaw.device import Device
from claw_discord_coord.openclaw.gateway import Gateway
from claw_discord_coord.openclaw.gateway_connection import READ, WRITE, Access, opened
from claw_discord_coord.openclaw.install import Wishes, plan
from claw_discord_coord.openclaw.pairing import look_for_gateway
from claw_discord_coord.openclaw.plugin_steps import prove
from claw_discord_coord.openclaw.step import undo
from tests.gateway_stand_in import StandIn, reply
from tests.scripted_openclaw import ScriptedOpenClaw

pytestmark = pytest.mark.anyio
SKILLS = ("registry_status", "spawn_agent")


@pytest.fixture
def openclaw(tmp_path: Path) -> ScriptedOpenClaw:
    scripted = ScriptedOpenClaw(tmp_path / "openclaw")
    scripted.write({})
    return scripted


@pytest.fixture
async def stand_in() -> AsyncIterator[StandIn]:
    async with StandIn().serving() as stand_in:
        yield stand_in


@pytest.fixture
def key(tmp_path: Path) -> Path:
    return tmp_path / "openclaw-device.json"


def cli_of(openclaw: ScriptedOpenClaw, **environment: str) -> OpenClawCli:
    return OpenClawCli.find({**openclaw.environment, **environment}, command=shlex.join(openclaw.command))


def kept(key: Path) -> bytes | None:
    return key.read_bytes() if key.exists() else None


def put(key: Path, content: bytes) -> None:
    key.write_bytes(content)


def with_port(stand_in: StandIn, **auth: Any) -> dict[str, Any]:
    return {"gateway": {"port": int(stand_in.url.rpartition(":")[2]), "auth": auth}}


async def test_the_settings_are_what_openclaw_says_and_are_asked_for_again_once_they_may_have_changed(
    openclaw: ScriptedOpenClaw,
) -> None:
    openclaw.write({"gateway": {"port": 1}})
    cli = cli_of(openclaw)
    assert (await cli.gateway_url(), await cli.setting("tools", "profile")) == ("ws://127.0.0.1:1", None)

    openclaw.write({"gateway": {"port": 2}, "tools": {"profile": "coding"}})
    assert await cli.gateway_url() == "ws://127.0.0.1:1"
    await cli.run("--version")
    assert (await cli.gateway_url(), await cli.setting("tools", "profile")) == ("ws://127.0.0.1:2", "coding")
    assert openclaw.calls.count("config get gateway --json") == 2


async def test_settings_that_openclaw_does_not_understand_are_never_taken_for_empty(openclaw: ScriptedOpenClaw) -> None:
    openclaw.write("{ gateway: ")
    cli = cli_of(openclaw)
    with pytest.raises(OpenClawRefused, match=r"openclaw\.json.*invalid end of input"):
        await cli.gateway_url()
    assert await _problem_of(cli) == ["OpenClawRefused"]


async def _problem_of(cli: OpenClawCli) -> list[str]:
    """What goes wrong when everything is undone that needs the settings."""
    wishes = Wishes(Path("/nowhere/run.json"), "up", Path("/nowhere/key.json"), agents={})
    return sorted({type(problem).__name__ for problem in await undo(plan(cli, wishes), lambda _: None)})


@pytest.mark.parametrize(
    ("variable", "settings", "port"),
    [("4711", {"gateway": {"port": 1}}, 4711), ("", {"gateway": {"port": 1}}, 1), ("", {}, 18_789)],
)
async def test_the_port_is_that_of_the_environment_then_that_of_the_settings(
    openclaw: ScriptedOpenClaw, variable: str, settings: dict[str, Any], port: int
) -> None:
    openclaw.write(settings)
    assert await cli_of(openclaw, OPENCLAW_GATEWAY_PORT=variable).gateway_url() == f"ws://127.0.0.1:{port}"


@pytest.mark.parametrize(
    ("configured", "variable", "token", "source"),
    [
        ("right", "other", "right", "gateway.auth.token of"),
        (None, "right", "right", "the environment variable OPENCLAW_GATEWAY_TOKEN"),
        ({"source": "store", "id": "X"}, "right", "right", "the environment variable OPENCLAW_GATEWAY_TOKEN"),
    ],
)
async def test_the_token_is_the_one_openclaw_itself_would_use_and_its_source_is_known(
    openclaw: ScriptedOpenClaw, configured: Any, variable: str, token: str, source: str
) -> None:
    openclaw.write({"gateway": {"auth": {} if configured is None else {"token": configured}}})
    found = await cli_of(openclaw, OPENCLAW_GATEWAY_TOKEN=variable).gateway_token()
    assert found.value.get_secret_value() == token
    assert found.source.startswith(source)


async def test_a_gateway_that_does_not_run_is_told_with_the_command_that_starts_it(
    openclaw: ScriptedOpenClaw, free_tcp_port: int, key: Path
) -> None:
    openclaw.write({"gateway": {"port": free_tcp_port, "auth": {"token": "right"}}})
    with pytest.raises(OpenClawUnavailable) as caught:
        await look_for_gateway(cli_of(openclaw), key)
    assert caught.value.fix == "Start it with `openclaw gateway`."


@pytest.mark.parametrize(
    ("auth", "variable", "source"),
    [
        ({"token": "wrong-one"}, "", "gateway.auth.token of"),
        ({}, "wrong-one", "the environment variable OPENCLAW_GATEWAY_TOKEN"),
    ],
)
async def test_a_token_that_the_gateway_refuses_is_told_with_where_it_is_set(
    openclaw: ScriptedOpenClaw, stand_in: StandIn, key: Path, auth: dict[str, str], variable: str, source: str
) -> None:
    openclaw.write(with_port(stand_in, **auth))
    with pytest.raises(NotAuthorized) as caught:
        await look_for_gateway(cli_of(openclaw, OPENCLAW_GATEWAY_TOKEN=variable), key)
    assert source in str(caught.value)
    assert "wrong-one" not in caught.value.sentence()
    assert kept(key) is None


async def test_the_gateway_is_found_with_the_right_token_and_nothing_is_paired(
    openclaw: ScriptedOpenClaw, stand_in: StandIn, key: Path
) -> None:
    openclaw.write(with_port(stand_in, token="right"))
    await look_for_gateway(cli_of(openclaw), key)
    assert stand_in.claims
    assert all("device" not in claim for claim in stand_in.claims)
    assert kept(key) is None


async def test_a_gateway_that_is_still_starting_is_waited_for(
    openclaw: ScriptedOpenClaw, stand_in: StandIn, key: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("claw_discord_coord.openclaw.pairing.START_PAUSE_S", 0)
    starting = {"code": "UNAVAILABLE", "message": "gateway starting; retry shortly", "retryable": True}
    openclaw.write(with_port(stand_in, token="right"))
    stand_in.refusals = [starting, starting]
    await look_for_gateway(cli_of(openclaw), key)
    assert stand_in.refusals == []


@pytest.mark.parametrize(
    ("tools", "remains"),
    [({"profile": "full"}, False), ({"profile": "full", "alsoAllow": ["claw-discord-coord", "browser"]}, True)],
)
async def test_only_what_install_has_allowed_is_undone(
    openclaw: ScriptedOpenClaw, key: Path, tools: dict[str, Any], remains: bool
) -> None:
    openclaw.write({"tools": tools})
    steps = plan(cli_of(openclaw), Wishes(key, "up", key, agents={}))
    policy = next(step for step in steps if "allow the plugin's tools" in step.does)
    assert (await policy.done(), await policy.remains()) == (True, remains)


@pytest.mark.parametrize("content", ['{"private_key":"VERYSECRET', '{"private_key":"VERYSECRET"}', "\xff", "[]"])
def test_a_damaged_key_is_told_without_what_is_in_it(key: Path, content: str) -> None:
    key.write_bytes(content.encode("latin-1"))
    for read in (Device.open, Device.look):
        with pytest.raises(NotAuthorized, match="is damaged") as caught:
            read(key)
        assert "Remove that file and run `claw-discord-coord install`." in caught.value.sentence()
        assert "VERYSECRET" not in "".join(traceback.format_exception(caught.value))


async def test_a_key_that_gets_damaged_while_the_coordinator_runs_is_told_and_cured(
    stand_in: StandIn, key: Path
) -> None:
    device, whole = Device.open(key), kept(key)
    assert whole is not None
    put(key, b"{")
    access = Access(stand_in.url, token=SecretStr("right"), device=device)
    with pytest.raises(NotAuthorized, match="is damaged"):
        async with opened(access):
            pass
    put(key, whole)
    async with opened(access):
        pass


async def test_looking_with_a_key_that_the_gateway_has_dropped_changes_nothing_and_names_the_cure(
    stand_in: StandIn, key: Path
) -> None:
    Device.open(key).remember("revoked", [READ, WRITE])
    before = kept(key)

    findings = await looked(Access(stand_in.url, device=Device.look(key)))

    assert [(one.check, one.level) for one in findings] == [("gateway", Level.ERROR)]
    assert findings[0].fix == "Run `claw-discord-coord install` on the Gateway's host."
    assert kept(key) == before


async def test_looking_goes_on_by_the_shared_token_without_pairing_the_dropped_key_anew(
    stand_in: StandIn, key: Path
) -> None:
    Device.open(key).remember("revoked", [READ, WRITE])
    before, stand_in.device_token = kept(key), "given"

    findings = await looked(Access(stand_in.url, token=SecretStr("right"), device=Device.look(key)))

    assert ("pairing", Level.WARNING) in {(one.check, one.level) for one in findings}
    assert "device" not in stand_in.claims[-1]
    assert kept(key) == before


async def looked(access: Access) -> list[Finding]:
    return await check(access, cli=None, run_file=Path("/nowhere/run.json"), tools=SKILLS, agents=[])


REGISTERED = [{"id": name, "pluginId": "claw-discord-coord"} for name in SKILLS]


@pytest.mark.parametrize(
    ("effective", "invoked", "level", "missing"),
    [
        (REGISTERED, None, Level.OK, ""),
        (REGISTERED[:1], None, Level.ERROR, "spawn_agent"),
        ([{**one, "pluginId": "another"} for one in REGISTERED], None, Level.ERROR, "registry_status, spawn_agent"),
        (None, {"ok": False, "error": {"code": "not_found"}}, Level.ERROR, "registry_status"),
        (None, {"ok": False, "error": {"code": "internal_error"}}, Level.OK, ""),
    ],
)
async def test_tools_are_offered_only_if_the_main_session_may_use_them(
    stand_in: StandIn,
    effective: list[dict[str, str]] | None,
    invoked: dict[str, Any] | None,
    level: Level,
    missing: str,
) -> None:
    """The catalog lists them in any case: it knows of no profile and no `deny`. A session that was never used is
    unknown.
    """

    async def answer(_: StandIn, socket: ServerConnection, request: dict[str, Any]) -> None:
        match request["method"]:
            case "tools.effective" if effective is None:
                refusal = {"code": "INVALID_REQUEST", "message": 'unknown session key "agent:main:main"'}
                text = json.dumps({"type": "res", "id": request["id"], "ok": False, "error": refusal})
                await socket.send(text)
                return
            case "tools.effective":
                payload: dict[str, Any] = {"groups": [{"id": "plugin", "tools": effective}]}
            case "tools.catalog":
                payload = {"groups": [{"pluginId": "claw-discord-coord", "tools": REGISTERED}]}
            case "tools.invoke":
                payload = invoked or {}
            case _:
                payload = {}
        await reply(socket, request, payload)

    stand_in.answer = answer
    findings = await looked(Access(stand_in.url, token=SecretStr("right")))
    tools = next(one for one in findings if one.check == "tools")
    assert tools.level is level
    if missing:
        assert tools.text == f"OpenClaw does not offer its main session {missing}."
        assert tools.fix
        assert "deny" in tools.fix


async def test_the_proof_tells_tools_that_are_kept_back_from_a_coordinator_that_is_down(stand_in: StandIn) -> None:
    said: dict[str, Any] = {"ok": False, "error": {"code": "not_found"}}

    async def answer(_: StandIn, socket: ServerConnection, request: dict[str, Any]) -> None:
        await reply(socket, request, said)

    stand_in.answer = answer
    errors: list[CoordError] = []
    async with Gateway(Access(stand_in.url, token=SecretStr("right"))) as gateway:
        for code in ("not_found", "internal_error"):
            said["error"] = {"code": code}
            with pytest.raises(OpenClawRefused) as caught:
                await prove(gateway)
            errors.append(caught.value)
    assert ["keeps the plugin's tools" in str(error) for error in errors] == [True, False]
