"""OpenClaw as it is installed on this machine: its command, its settings, its Gateway's address."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

from pydantic import BaseModel, SecretStr, TypeAdapter, ValidationError

from claw_discord_coord.errors import CoordError, NotAuthorized, OpenClawRefused, OpenClawUnavailable

COMMAND_LIMIT_S = 180.0
DEFAULT_PORT = 18_789
"""The Gateway's port when openclaw.json names none (OpenClaw's documentation, "Gateway configuration reference")."""

PORT_VARIABLE, TOKEN_VARIABLE = "OPENCLAW_GATEWAY_PORT", "OPENCLAW_GATEWAY_TOKEN"

_OBJECT: TypeAdapter[dict[str, Any]] = TypeAdapter(dict[str, Any])
_UNSET = "Config path is valid but unset"


class _Failure(BaseModel):
    """What `--json` prints instead of an answer ("CLI", "JSON failures"); `issues` are mistakes in openclaw.json."""

    class Error(BaseModel):
        message: str

    class Issue(BaseModel):
        path: str = ""
        message: str = ""

    error: Error
    issues: tuple[Issue, ...] = ()


class _Dashboard(BaseModel):
    """What `openclaw dashboard --json` prints; the fragment of `url` has the shared token unless it is a secret kept
    elsewhere ("Dashboard CLI", "Machine-readable output").
    """

    url: str = ""


@dataclass(frozen=True)
class SharedToken:
    """The token that opens the Gateway to everyone who has it, and where it is set."""

    value: SecretStr
    source: str


@dataclass(frozen=True)
class _Printed:
    exit_code: int
    out: str
    complaint: str


@dataclass(frozen=True)
class OpenClawCli:
    """The `openclaw` command with the environment it needs.

    OpenClaw itself is asked what its settings are, since openclaw.json may have comments and include other files. An
    answer is kept until `run` is called, which may change them.
    """

    command: tuple[str, ...]
    environment: Mapping[str, str] = field(repr=False)
    _sections: dict[str, dict[str, Any]] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def find(cls, environment: Mapping[str, str], *, command: Sequence[str] = ()) -> OpenClawCli:
        """The command that was named, else the one on the PATH.

        Raises:
            OpenClawUnavailable: there is none.
        """
        if command:
            return cls(tuple(command), environment)
        found = shutil.which("openclaw", path=environment.get("PATH"))
        if found is None:
            raise OpenClawUnavailable(
                "The command `openclaw` is not on the PATH.",
                fix="Install OpenClaw (`npm install -g openclaw`), or name the command with --openclaw.",
            )
        return cls((found,), environment)

    @property
    def state_folder(self) -> Path:
        """Where OpenClaw keeps what it knows ("Environment variables": OPENCLAW_STATE_DIR)."""
        named, home = self.environment.get("OPENCLAW_STATE_DIR"), self.environment.get("HOME")
        return Path(named) if named else Path(home or Path.home()) / ".openclaw"

    @property
    def config_file(self) -> Path:
        """Where OpenClaw keeps its settings ("Environment variables": OPENCLAW_CONFIG_PATH)."""
        named = self.environment.get("OPENCLAW_CONFIG_PATH")
        return Path(named) if named else self.state_folder / "openclaw.json"

    async def setting(self, *path: str) -> Any:
        """One value of openclaw.json with everything it includes, or None; secrets are masked by OpenClaw.

        Raises:
            OpenClawRefused: openclaw.json cannot be understood.
            OpenClawUnavailable: the command cannot be started or does not end.
        """
        section, *keys = path
        if section not in self._sections:
            self._sections[section] = await self._section(section)
        value: Any = self._sections[section]
        for key in keys:
            if not isinstance(value, dict):
                return None
            value = cast("dict[str, Any]", value).get(key)
        return value

    async def _section(self, name: str) -> dict[str, Any]:
        printed = await self._call("config", "get", name, "--json")
        try:
            if printed.exit_code == 0:
                return _OBJECT.validate_json(printed.out)
            failure = _Failure.model_validate_json(printed.out)
        except ValidationError:
            raise _ended("openclaw config get", printed) from None
        if failure.error.message.startswith(_UNSET):
            return {}
        details = "".join(f" {issue.path}: {issue.message}" for issue in failure.issues[:3])
        raise OpenClawRefused(
            f"OpenClaw does not understand its settings in {self.config_file}.{details}",
            fix="Correct them until `openclaw config validate` is content.",
        )

    async def gateway_url(self) -> str:
        """The Gateway's address on this machine ("Gateway runbook", where the port is set); raises as `setting`."""
        named = self.environment.get(PORT_VARIABLE, "")
        port = named if named.isdecimal() else await self.setting("gateway", "port") or DEFAULT_PORT
        return f"ws://127.0.0.1:{port}"

    async def gateway_token(self) -> SharedToken:
        """The Gateway's shared token, as OpenClaw finds it ("Remote access", "Credential precedence"), else that of
        the environment. The Gateway must be running.

        Raises:
            NotAuthorized: it cannot be known.
            OpenClawRefused, OpenClawUnavailable: as `setting` does.
        """
        printed = await self._call("dashboard", "--json")
        try:
            fragment = urlsplit(_Dashboard.model_validate_json(printed.out).url).fragment
        except ValidationError:
            fragment = ""
        found, named = parse_qs(fragment).get("token"), self.environment.get(TOKEN_VARIABLE)
        if found and await self.setting("gateway", "auth", "token") is not None:
            return SharedToken(SecretStr(found[0]), f"gateway.auth.token of {self.config_file}")
        if named:
            return SharedToken(SecretStr(named), f"the environment variable {TOKEN_VARIABLE}")
        if found:
            return SharedToken(SecretStr(found[0]), "`openclaw dashboard --json`")
        raise NotAuthorized(
            "OpenClaw does not tell the Gateway's shared token.",
            fix=f"Set {TOKEN_VARIABLE} to it for this one command.",
        )

    async def workspace(self) -> Path | None:
        """The folder of the main agent, where a skill.yaml of a person's own belongs; raises as `setting` does."""
        named = await self.setting("agents", "defaults", "workspace")
        return _folder(named) if isinstance(named, str) else None

    async def run(self, *arguments: str) -> str:
        """Run the command and return what it printed.

        Raises:
            OpenClawRefused: it ended with an error; the message has its last lines.
            OpenClawUnavailable: it cannot be started or does not end.
        """
        try:
            printed = await self._call(*arguments)
        finally:
            self._sections.clear()
        if printed.exit_code != 0:
            raise _ended(f"openclaw {' '.join(arguments[:3])}", printed)
        return printed.out

    async def _call(self, *arguments: str) -> _Printed:
        try:
            process = await asyncio.create_subprocess_exec(
                *self.command,
                *arguments,
                env={**self.environment, "NO_COLOR": "1"},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
            )
        except OSError as error:
            raise OpenClawUnavailable(f"`{self.command[0]}` cannot be started: {error.strerror}.") from error
        try:
            async with asyncio.timeout(COMMAND_LIMIT_S):
                out, complaint = await process.communicate()
        except TimeoutError:
            raise OpenClawUnavailable(f"`openclaw {arguments[0]}` did not end within {COMMAND_LIMIT_S:g} s.") from None
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        return _Printed(process.returncode or 0, _text(out), _text(complaint))

    async def set_config(self, path: str, value: object) -> None:
        """Change one setting; OpenClaw takes it over without a restart. Raises as `run` does."""
        await self.run("config", "set", path, json.dumps(value), "--strict-json")


def _folder(named: str) -> Path:
    return Path(named).expanduser()


def _text(printed: bytes) -> str:
    return printed.decode(errors="replace").strip()


def _ended(command: str, printed: _Printed) -> CoordError:
    last = " ".join(f"{printed.out}\n{printed.complaint}".strip().splitlines()[-4:])
    return OpenClawRefused(f"`{command}` ended with {printed.exit_code}: {last}")


def environment_of_process() -> dict[str, str]:
    """This process's environment without what would make OpenClaw another one than a person's own shell has."""
    return {name: value for name, value in os.environ.items() if not name.startswith("CLAW_")}
