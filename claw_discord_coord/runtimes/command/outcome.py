"""Turns exit.json and the logs of an ended run into a RunOutcome."""

from __future__ import annotations

import os
import signal
from dataclasses import replace
from pathlib import Path

from claw_discord_coord.models import Result, RunOutcome, RunState
from claw_discord_coord.runtimes import artifacts
from claw_discord_coord.runtimes.command.run_files import Exit, Order
from claw_discord_coord.runtimes.command.run_folder import RunFolder
from claw_discord_coord.runtimes.progress_lines import plain
from claw_discord_coord.runtimes.result import Parsed, parse
from claw_discord_coord.text.excerpts import ending
from claw_discord_coord.text.secrets import mask_secrets

_STDERR_CHARS = 20_000
"""How much of the end of standard error is stored with the run."""
_QUOTED_LINES = 5
_QUOTED_CHARS = 1_000


def outcome(folder: RunFolder, end: Exit, *, artifacts_folder: Path) -> RunOutcome:
    """Return the outcome of the run, and copy the artifacts to `artifacts_folder`.

    Calling again returns the same outcome and makes the same copies.
    """
    stderr = ending(_text(folder.stderr, last_bytes=4 * _STDERR_CHARS), _STDERR_CHARS)
    parsed = parse(_text(folder.output)) if end["reason"] == "exited" else None
    ended = RunOutcome(
        _state(end),
        exit_code=end["exit_code"],
        stderr=stderr,
        usage=parsed.usage if parsed else None,
        session_id=parsed.session_id if parsed else None,
    )
    if parsed is not None and parsed.error is not None:
        error = mask_secrets(f"The agent failed: {parsed.error}")
        return replace(ended, state=RunState.FAILED, error=error)
    if parsed is not None and end["exit_code"] == 0:
        return replace(ended, state=RunState.COMPLETED, result=_result(parsed, folder, artifacts_folder))
    return replace(ended, error=_sentence(folder, end, stderr))


def _state(end: Exit) -> RunState:
    match end["reason"]:
        case "stopped":
            return RunState.CANCELED
        case "lost" | "terminated":
            return RunState.LOST
        case _:
            return RunState.FAILED


def _result(parsed: Parsed, folder: RunFolder, artifacts_folder: Path) -> Result:
    order = folder.order()
    taken = artifacts.Taken((), ())
    if parsed.artifacts and order is not None:
        taken = artifacts.take(parsed.artifacts, folder=Path(order["folder"]), into=artifacts_folder)
    text = parsed.text
    if taken.refused:
        text = f"{text.rstrip()}\n\n*Not taken over: {'; '.join(taken.refused)}.*"
    if taken.masked:
        text = f"{text.rstrip()}\n\n*{'; '.join(taken.masked)}.*"
    return Result(text=text, kind=parsed.kind, title=parsed.title, artifacts=taken.files)


def _sentence(folder: RunFolder, end: Exit, stderr: str) -> str:
    order = folder.order()
    match end["reason"]:
        case "exited":
            return _with_last_lines(_exit_sentence(end["exit_code"]), folder, stderr)
        case "timeout":
            allowed = _duration(order["timeout_s"]) if order else "its time"
            return _with_last_lines(f"The run took longer than {allowed} and was stopped", folder, stderr)
        case "output_limit":
            return f"The program printed more than {_allowed_output(order)} and was stopped."
        case "stopped":
            return "The run was stopped."
        case "terminated":
            return "The run was ended from outside, for example by the system shutting down."
        case "lost":
            return "The run's supervisor died, so the end of the run is unknown; its remaining processes were ended."
        case "not_started" | "unwritable":
            return end["error"] or "The program could not be started."


def _exit_sentence(code: int | None) -> str:
    if code is None:
        return "The program could not be ended"
    if code < 0:
        return f"The program was ended by {_signal_name(-code)}"
    return f"The program ended with exit code {code}"


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _with_last_lines(sentence: str, folder: RunFolder, stderr: str) -> str:
    """Return the sentence with the last lines of standard error, or else of the output."""
    # Masked before lines are left out: of a private key, the last lines alone have no shape.
    output = stderr.strip() or mask_secrets(_text(folder.output, last_bytes=4 * _STDERR_CHARS)).strip()
    if not output:
        return f"{sentence}."
    quoted = "\n".join(output.splitlines()[-_QUOTED_LINES:])[-_QUOTED_CHARS:]
    return f"{sentence}. Its last lines:\n{quoted}"


def _allowed_output(order: Order | None) -> str:
    return f"{order['output_limit_bytes']:,} bytes" if order else "it may"


def _duration(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:g} s"
    return f"{seconds / 60:.0f} minutes" if seconds < 7_200 else f"{seconds / 3600:.1f} hours"


def _text(path: str, *, last_bytes: int | None = None) -> str:
    """Return a log, or its end without terminal codes; bytes that are not UTF-8 are replaced."""
    try:
        with Path(path).open("rb") as file:
            # Only the end: a log may be as long as the output limit allows.
            if last_bytes is not None:
                file.seek(0, os.SEEK_END)
                file.seek(max(0, file.tell() - last_bytes))
            raw = file.read()
    except FileNotFoundError:
        return ""
    text = raw.decode("utf-8", errors="replace")
    return text if last_bytes is None else plain(text)
