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

from pydantic import SecretStr, TypeAdapter, ValidationError

from claw_discord_coord.errors import OpenClawRefused, OpenClawUnavailable

COMMAND_LIMIT_S = 180.0
DEFAULT_PORT = 18_789
"""The Gateway's port when openclaw.json names none (OpenClaw's documentation, "Gateway configuration reference")."""

_OBJECT: TypeAdapter[dict[str, Any]] = TypeAdapter(dict[str, Any])


@dataclass(frozen=True)
class OpenClawCli:
    """The `openclaw` command with the environment it needs. Nothing is kept between calls: settings may change."""

    command: tuple[str, ...]
    environment: Mapping[str, str] = field(repr=False)

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

    def settings(self) -> dict[str, Any]:
        """What openclaw.json says; empty when it is not there or is written in a form of JSON5 we do not read."""
        try:
            return _OBJECT.validate_json(self.config_file.read_bytes())
        except (OSError, ValidationError):
            return {}

    def setting(self, *path: str) -> Any:
        """One value of openclaw.json, or None."""
        value: Any = self.settings()
        for key in path:
            if not isinstance(value, dict):
                return None
            value = cast("dict[str, Any]", value).get(key)
        return value

    def gateway_url(self) -> str:
        """The Gateway's address on this machine."""
        return f"ws://127.0.0.1:{self.setting('gateway', 'port') or DEFAULT_PORT}"

    def gateway_token(self) -> SecretStr | None:
        """The Gateway's shared token: of the environment, else of openclaw.json when it stands there as it is."""
        token = self.environment.get("OPENCLAW_GATEWAY_TOKEN") or self.setting("gateway", "auth", "token")
        return SecretStr(token) if isinstance(token, str) and token and "${" not in token else None

    def workspace(self) -> Path | None:
        """The folder of the main agent, where a skill.yaml of a person's own belongs."""
        named = self.setting("agents", "defaults", "workspace")
        return Path(named).expanduser() if isinstance(named, str) else None

    async def run(self, *arguments: str) -> str:
        """Run the command and return what it printed.

        Raises:
            OpenClawRefused: it ended with an error; the message has its last lines.
            OpenClawUnavailable: it cannot be started or does not end.
        """
        try:
            process = await asyncio.create_subprocess_exec(
                *self.command,
                *arguments,
                env={**self.environment, "NO_COLOR": "1"},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
            )
        except OSError as error:
            raise OpenClawUnavailable(f"`{self.command[0]}` cannot be started: {error.strerror}.") from error
        try:
            async with asyncio.timeout(COMMAND_LIMIT_S):
                printed, _ = await process.communicate()
        except TimeoutError:
            raise OpenClawUnavailable(f"`openclaw {arguments[0]}` did not end within {COMMAND_LIMIT_S:g} s.") from None
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        text = printed.decode(errors="replace").strip()
        if process.returncode != 0:
            last = " ".join(text.splitlines()[-4:])
            raise OpenClawRefused(f"`openclaw {' '.join(arguments[:3])}` ended with {process.returncode}: {last}")
        return text

    async def set_config(self, path: str, value: object) -> None:
        """Change one setting; OpenClaw takes it over without a restart. Raises as `run` does."""
        await self.run("config", "set", path, json.dumps(value), "--strict-json")


def environment_of_process() -> dict[str, str]:
    """This process's environment without what would make OpenClaw another one than a person's own shell has."""
    return {name: value for name, value in os.environ.items() if not name.startswith("CLAW_")}
