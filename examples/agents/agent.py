"""How an agent speaks with the coordinator. Copy this file: it is all an agent in Python needs.

The coordinator starts an agent's program once for every task. The task is JSON on standard input; what the program
prints is progress, and a JSON object as the last thing it prints is the result. To call a skill, it runs the command
in CLAW_CLI, which finds the coordinator and the task's token in the environment by itself.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NoReturn


def brief() -> dict[str, Any]:
    """The task: `text` says what to do, `packet` (or null) is what another agent handed over."""
    try:
        task: Any = json.load(sys.stdin)
    except ValueError as error:
        fail(f"The task on standard input is not JSON: {error}.")
    try:
        return {**task, "text": str(task["text"])}
    except (KeyError, TypeError):
        fail('The task on standard input must be a JSON object with a "text".')


def progress(line: str) -> None:
    """Say what is going on; shown in the task's thread."""
    print(json.dumps({"progress": line}), flush=True)


def finish(text: str, *, title: str, kind: str, artifacts: list[Path]) -> None:
    """Give the result: `text` is Markdown, `artifacts` are files of the folder the agent was started in."""
    paths = [str(path) for path in artifacts]
    print(json.dumps({"text": text, "title": title, "kind": kind, "artifacts": paths}), flush=True)


def fail(sentence: str) -> NoReturn:
    """End the task as failed, for a reason that a person understands."""
    print(sentence, file=sys.stderr)
    sys.exit(1)


def workplace(task: dict[str, Any]) -> Path:
    """A folder for this task's files: an agent may work on several tasks in the same session folder."""
    folder = Path(str(task.get("task_id") or "by-hand"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def works_alone() -> bool:
    """Whether there is no coordinator: the program was started by hand."""
    return "CLAW_CLI" not in os.environ


def call(*words: str) -> dict[str, Any]:
    """Call a skill, as on the command line but with its answer as a dictionary.

    The command itself waits for a coordinator that is being restarted. What it says goes to this program's log.
    """
    command = [*json.loads(os.environ["CLAW_CLI"]), *words, "--json"]
    done = subprocess.run(command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, check=False)
    try:
        return json.loads(done.stdout)
    except ValueError:
        fail(f"The coordinator could not be asked: `{words[0]}` ended with exit code {done.returncode}.")
