"""One OpenClaw: its state in a temporary folder, its Gateway as a process that can be stopped, killed and started
again.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from tests.openclaw.harness.install import VERSION, Installed, OpenClawMissing, cache_folder
from tests.openclaw.harness.model import ScriptedModel

TOKEN = "gateway-token-of-the-tests"
START_LIMIT_S = 120.0


@dataclass
class OpenClaw:
    """OpenClaw with its home, state and workspace below `home`. Always ended by `async with`."""

    installed: Installed
    home: Path
    model: ScriptedModel
    environment: dict[str, str] = field(default_factory=dict)
    port: int = 0
    process: asyncio.subprocess.Process | None = None

    @property
    def state(self) -> Path:
        return self.home / ".openclaw"

    @property
    def workspace(self) -> Path:
        return self.home / "workspace"

    @property
    def config_file(self) -> Path:
        return self.state / "openclaw.json"

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        return (self.home / "gateway.log").read_text(errors="replace")

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.returncode is None

    def prepare(self, **more: Any) -> None:
        """Write openclaw.json; `more` are further top-level sections."""
        self.port = self.port or _free_port()
        self.workspace.mkdir(parents=True, exist_ok=True)
        self.state.mkdir(exist_ok=True)
        models = [{"id": "scripted", "name": "scripted", "contextWindow": 200_000, "maxTokens": 8_000}]
        provider = {"baseUrl": self.model.url, "apiKey": "none", "api": "openai-completions", "models": models}
        config: dict[str, Any] = {
            "gateway": {
                "mode": "local",
                "port": self.port,
                "bind": "loopback",
                "auth": {"mode": "token", "token": TOKEN},
            },
            "models": {"providers": {"mock": provider}},
            "agents": {"defaults": {"model": {"primary": "mock/scripted"}, "workspace": str(self.workspace)}},
            "update": {"checkOnStart": False},
        }
        self.config_file.write_text(json.dumps({**config, **more}, indent=2))

    @property
    def env(self) -> dict[str, str]:
        """The environment in which this OpenClaw and its command run."""
        kept = {
            name: os.environ[name] for name in ("LANG", "LC_ALL", "TMPDIR", "NODE_EXTRA_CA_CERTS") if name in os.environ
        }
        own = {"HOME": str(self.home), "OPENCLAW_STATE_DIR": str(self.state), "PATH": self.installed.path}
        npm = {name: value for name, value in os.environ.items() if name.lower().startswith("npm_config_")}
        npm |= {"npm_config_cache": str(cache_folder() / "npm"), "npm_config_prefer_offline": "true"}
        return {**kept, **npm, **own, "NO_COLOR": "1", **self.environment}

    async def start(self) -> None:
        """Start the Gateway and wait until it is healthy."""
        with (self.home / "gateway.log").open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *self.installed.command,
                "gateway",
                cwd=self.home,
                env=self.env,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        async with asyncio.timeout(START_LIMIT_S), aiohttp.ClientSession() as http:
            while not await self._healthy(http):
                if self.process.returncode is not None:
                    raise RuntimeError(f"the Gateway ended with {self.process.returncode}:\n{self.log[-3000:]}")
                await asyncio.sleep(0.25)

    async def _healthy(self, http: aiohttp.ClientSession) -> bool:
        try:
            async with http.get(f"http://127.0.0.1:{self.port}/healthz") as answer:
                return answer.status == 200
        except aiohttp.ClientConnectionError:
            return False

    async def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End the Gateway and everything it started."""
        process, self.process = self.process, None
        if process is None or process.returncode is not None:
            return
        if how is signal.SIGKILL:
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.send_signal(how)
        try:
            async with asyncio.timeout(60):
                await process.wait()
        finally:
            if process.returncode is None:
                os.killpg(process.pid, signal.SIGKILL)
                await process.wait()

    async def __aenter__(self) -> OpenClaw:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.stop(signal.SIGKILL)

    async def run(self, *arguments: str, limit_s: float = 180) -> str:
        """Run `openclaw <arguments>` with this state and return what it printed; fails the test on another exit code
        than 0.
        """
        process = await asyncio.create_subprocess_exec(
            *self.installed.command,
            *arguments,
            cwd=self.home,
            env=self.env,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            async with asyncio.timeout(limit_s):
                out, _ = await process.communicate()
        finally:
            if process.returncode is None:
                os.killpg(process.pid, signal.SIGKILL)
        text = out.decode(errors="replace")
        assert process.returncode == 0, f"openclaw {' '.join(arguments)} ended with {process.returncode}:\n{text}"
        return text

    async def install_discord(self) -> None:
        """Install OpenClaw's own Discord plugin from npm (only the official install is trusted with its store).

        Raises OpenClawMissing when that cannot be had.
        """
        try:
            await self.run("plugins", "install", f"@openclaw/discord@{VERSION}", "--force")
        except (AssertionError, TimeoutError) as error:
            raise OpenClawMissing(
                f"its Discord plugin could not be installed: {' '.join(str(error).split())[-400:]}"
            ) from error
        await self.run("plugins", "enable", "discord")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
