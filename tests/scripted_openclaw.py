"""An `openclaw` command for tests that need no more of it than its settings, which it has from a file.

Run as a program: prints what OpenClaw 2026.9.6 prints for `config get`, `dashboard --json` and `--version`, and fails
at everything else. Each call is a line of `calls`.
"""

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass
class ScriptedOpenClaw:
    """The command, with its settings and its memory in `folder`, which is also its home and its state folder."""

    folder: Path

    @property
    def command(self) -> list[str]:
        return [sys.executable, "-SE", __file__, str(self.folder)]

    @property
    def calls(self) -> list[str]:
        file = self.folder / "calls"
        return file.read_text().splitlines() if file.exists() else []

    def write(self, settings: dict[str, Any] | str) -> None:
        """What openclaw.json says; a text is one that OpenClaw does not understand."""
        self.folder.mkdir(exist_ok=True)
        (self.folder / "settings").write_text(json.dumps(settings))

    @property
    def environment(self) -> dict[str, str]:
        """Where it keeps its state, as OpenClaw is told."""
        return {"HOME": str(self.folder), "OPENCLAW_STATE_DIR": str(self.folder)}


def _config(settings: Any, section: str) -> dict[str, Any] | None:
    if isinstance(settings, str):
        problem = {"path": "<root>", "message": "JSON5 parse failed: SyntaxError: JSON5: invalid end of input at 2:1"}
        return _no("OpenClaw config is invalid: ~/.openclaw/openclaw.json", issues=[problem])
    if section in settings:
        return settings[section]
    return _no(
        f"Config path is valid but unset: {section}. The runtime default applies until you set an authored value"
    )


def _no(message: str, **more: Any) -> dict[str, Any]:
    return {"ok": False, "error": {"type": "cli_error", "message": message}, **more}


def _dashboard(settings: Any) -> dict[str, Any]:
    configured = settings.get("gateway", {}).get("auth", {}).get("token")
    token = os.environ.get("OPENCLAW_GATEWAY_TOKEN") if configured is None else configured
    url = "http://127.0.0.1:1/"
    kept_elsewhere = token is None or isinstance(token, dict)
    return {"ok": True, "url": url if kept_elsewhere else f"{url}#token={token}", "tokenIncluded": not kept_elsewhere}


def _main(folder: Path, arguments: list[str]) -> int:
    with (folder / "calls").open("a") as calls:
        calls.write(" ".join(arguments) + "\n")
    settings = json.loads((folder / "settings").read_text())
    print("[config] warnings: something to say on the side", file=sys.stderr)
    match arguments:
        case ["--version"]:
            print("OpenClaw 2026.9.6")
            return 0
        case ["config", "get", section, "--json"]:
            answer = _config(settings, section)
        case ["dashboard", "--json"]:
            answer = _dashboard(settings)
        case _:
            print("plugin requires capability consent; rerun with --accept-capabilities", file=sys.stderr)
            return 1
    print(json.dumps(answer))
    return 1 if isinstance(answer, dict) and answer.get("ok") is False else 0


if __name__ == "__main__":
    sys.exit(_main(Path(sys.argv[1]), sys.argv[2:]))
