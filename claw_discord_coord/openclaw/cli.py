"""The installed OpenClaw: command, settings, and the Gateway's address."""

from __future__ import annotations

import asyncio
import json
import os
import shlex
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

from pydantic import BaseModel, SecretStr, TypeAdapter, ValidationError

from claw_discord_coord.errors import CoordError, NotAuthorized, OpenClawRefused, OpenClawUnavailable, UsageError

# Some commands wait for the Gateway, which took up to 22 s to start on two cores (measured with OpenClaw 2026.9.6).
COMMAND_LIMIT_S = 180.0
DEFAULT_PORT = 18_789
"""The Gateway's port without a port in openclaw.json (OpenClaw documentation, "Gateway configuration reference")."""

PORT_VARIABLE, TOKEN_VARIABLE = "OPENCLAW_GATEWAY_PORT", "OPENCLAW_GATEWAY_TOKEN"

_OBJECT: TypeAdapter[dict[str, Any]] = TypeAdapter(dict[str, Any])
_UNSET = "Config path is valid but unset"


class _Failure(BaseModel):
    """The output of `--json` for a failure ("CLI", "JSON failures"); `issues` are errors in openclaw.json."""

    class Error(BaseModel):
        message: str

    class Issue(BaseModel):
        path: str = ""
        message: str = ""

    error: Error
    issues: tuple[Issue, ...] = ()


class _Dashboard(BaseModel):
    """The output of `openclaw dashboard --json`. The fragment of `url` has the shared token, unless a secret store
    keeps the token ("Dashboard CLI", "Machine-readable output").
    """

    url: str = ""


@dataclass(frozen=True)
class SharedToken:
    """The Gateway's shared token, and the place of its setting."""

    value: SecretStr
    source: str


@dataclass(frozen=True)
class _Printed:
    exit_code: int
    out: str
    complaint: str


@dataclass(frozen=True)
class OpenClawCli:
    """The `openclaw` command with the environment of the command.

    Settings come from the command, since openclaw.json may have comments and include other files. Settings are kept
    until `run` is called, which may change the settings.
    """

    command: tuple[str, ...]
    environment: Mapping[str, str] = field(repr=False)
    _sections: dict[str, dict[str, Any]] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def find(cls, environment: Mapping[str, str], *, command: str | None = None) -> OpenClawCli:
        """Return the named command, else the command on the PATH.

        Args:
            environment: The environment of the command.
            command: The command as a person writes it at a terminal, such as `npx openclaw`.

        Raises:
            UsageError: The command cannot be read.
            OpenClawUnavailable: There is no such command.
        """
        if command is not None:
            words = _words(command)
            if shutil.which(words[0], path=environment.get("PATH")) is None:
                raise OpenClawUnavailable(
                    f"The command `{words[0]}` does not exist.", fix="Correct --openclaw, or leave it out."
                )
            return cls(tuple(words), environment)
        found = shutil.which("openclaw", path=environment.get("PATH"))
        if found is None:
            raise OpenClawUnavailable(
                "The command `openclaw` is not on the PATH.",
                fix="Install OpenClaw (`npm install -g openclaw`), or name the command with --openclaw.",
            )
        return cls((found,), environment)

    @property
    def state_folder(self) -> Path:
        """Return OpenClaw's state folder ("Environment variables": OPENCLAW_STATE_DIR)."""
        named, home = self.environment.get("OPENCLAW_STATE_DIR"), self.environment.get("HOME")
        return Path(named) if named else Path(home or Path.home()) / ".openclaw"

    @property
    def config_file(self) -> Path:
        """Return OpenClaw's file of settings ("Environment variables": OPENCLAW_CONFIG_PATH)."""
        named = self.environment.get("OPENCLAW_CONFIG_PATH")
        return Path(named) if named else self.state_folder / "openclaw.json"

    async def setting(self, *path: str) -> Any:
        """Return one value of openclaw.json and all included files, or None. OpenClaw masks secrets.

        Raises:
            OpenClawRefused: openclaw.json is invalid.
            OpenClawUnavailable: The command cannot be started or does not end.
        """
        section, *keys = path
        # Each start of `openclaw` takes about a second, and one `config get` returns a whole section.
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
        # OpenClaw reports a path without a value as an error.
        if failure.error.message.startswith(_UNSET):
            return {}
        details = "".join(f" {issue.path}: {issue.message}" for issue in failure.issues[:3])
        raise OpenClawRefused(
            f"OpenClaw does not understand its settings in {self.config_file}.{details}",
            fix="Correct them until `openclaw config validate` is content.",
        )

    async def gateway_url(self) -> str:
        """Return the Gateway's address on this machine ("Gateway runbook", port).

        Raises:
            OpenClawRefused, OpenClawUnavailable: As `setting`.
        """
        named = self.environment.get(PORT_VARIABLE, "")
        port = named if named.isdecimal() else await self.setting("gateway", "port") or DEFAULT_PORT
        return f"ws://127.0.0.1:{port}"

    async def gateway_token(self) -> SharedToken:
        """Return the Gateway's shared token from OpenClaw ("Remote access", "Credential precedence"), else from the
        environment.

        The Gateway must be running.

        Raises:
            NotAuthorized: The token is unknown.
            OpenClawRefused, OpenClawUnavailable: As `setting`.
        """
        printed = await self._call("dashboard", "--json")
        try:
            fragment = urlsplit(_Dashboard.model_validate_json(printed.out).url).fragment
        except ValidationError:
            fragment = ""
        found, named = parse_qs(fragment).get("token"), self.environment.get(TOKEN_VARIABLE)
        # The source is for people: a wrong token has to be corrected in the place that OpenClaw reads.
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
        """Return the main agent's workspace, the folder for a person's own skill.yaml, or None.

        Raises:
            OpenClawRefused, OpenClawUnavailable: As `setting`.
        """
        named = await self.setting("agents", "defaults", "workspace")
        return _folder(named) if isinstance(named, str) else None

    async def run(self, *arguments: str) -> str:
        """Run the command and return the output.

        Raises:
            OpenClawRefused: The command ended with an error; the message has the last lines.
            OpenClawUnavailable: The command cannot be started or does not end.
        """
        try:
            printed = await self._call(*arguments)
        finally:
            # Also after an error, since a command may have changed settings before it failed.
            self._sections.clear()
        if printed.exit_code != 0:
            raise _ended(f"openclaw {' '.join(arguments[:3])}", printed)
        return printed.out

    async def _call(self, *arguments: str) -> _Printed:
        try:
            process = await asyncio.create_subprocess_exec(
                *self.command,
                *arguments,
                # Errors quote the output, and a chat would show the codes of colors.
                env={**self.environment, "NO_COLOR": "1"},
                stdin=asyncio.subprocess.DEVNULL,  # a question of OpenClaw must not wait for a person
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
            # Also when the caller is canceled: no command may outlive its call.
            if process.returncode is None:
                process.kill()
                await process.wait()
        return _Printed(process.returncode or 0, _text(out), _text(complaint))

    async def set_config(self, path: str, value: object) -> None:
        """Change one setting; OpenClaw applies the change without a restart.

        Raises:
            OpenClawRefused, OpenClawUnavailable: As `run`.
        """
        await self.run("config", "set", path, json.dumps(value), "--strict-json")


def _words(command: str) -> list[str]:
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise UsageError(
            f"--openclaw {command!r} is not a command: {error}.",
            fix="Write a command such as `npx openclaw`.",
        ) from None
    if not words or not words[0]:
        raise UsageError("--openclaw names no command.", fix="Write a command such as `openclaw`, or leave it out.")
    return words


def _folder(named: str) -> Path:
    return Path(named).expanduser()


def _text(printed: bytes) -> str:
    return printed.decode(errors="replace").strip()


def _ended(command: str, printed: _Printed) -> CoordError:
    last = " ".join(f"{printed.out}\n{printed.complaint}".strip().splitlines()[-4:])
    return OpenClawRefused(f"`{command}` ended with {printed.exit_code}: {last}")


def environment_of_process() -> dict[str, str]:
    """Return this process's environment without the variables of a run, which would select another OpenClaw."""
    return {name: value for name, value in os.environ.items() if not name.startswith("CLAW_")}
