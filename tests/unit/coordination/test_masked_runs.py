"""Nothing of a run's output leaves with a secret, whichever runtime ran it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from claw_discord_coord.coordination.caller import Caller
from claw_discord_coord.coordination.masked_runs import MaskedProgress, masked_outcome
from claw_discord_coord.coordination.runs import SECRETS_MASKED
from claw_discord_coord.errors import DiscordRefused
from claw_discord_coord.models import DeliveryState, Result, RunOutcome, RunState
from claw_discord_coord.skills import SKILLS
from claw_discord_coord.skills.handoff import HandoffInput, handoff
from claw_discord_coord.text import masked_lines
from claw_discord_coord.text.secrets import SECRET_REMOVED
from tests.house import House
from tests.made_texts import Made
from tests.secret_corpus import SHAPES, key

TOKEN = SHAPES["github classic"](Made(1))


def test_an_outcome_is_masked_in_every_text() -> None:
    outcome, count = masked_outcome(
        RunOutcome(RunState.FAILED, result=Result(text=f"{TOKEN} {TOKEN}", title=TOKEN), error=TOKEN, stderr=TOKEN)
    )

    assert outcome.result is not None
    assert outcome.result.text == f"{SECRET_REMOVED} {SECRET_REMOVED}"
    assert (outcome.result.title, outcome.error, outcome.stderr) == (SECRET_REMOVED,) * 3
    assert count == 2


@pytest.mark.anyio
async def test_held_progress_comes_after_a_moment_and_the_rest_at_the_end(monkeypatch) -> None:
    monkeypatch.setattr("claw_discord_coord.coordination.masked_runs.HELD_S", 0.01)
    shown: list[str] = []

    async def show(line: str) -> None:
        shown.append(line)

    progress = MaskedProgress(show)
    await progress.report(f"half of it: {TOKEN[:20]}")
    assert shown == []
    async with asyncio.timeout(5):
        while not shown:
            await asyncio.sleep(0.01)
    for line in key(Made()).splitlines()[:-1]:
        await progress.report(line)
    await progress.close()

    assert shown == [f"half of it: {SECRET_REMOVED}", SECRET_REMOVED]
    assert masked_lines.HELD_S <= 5


async def test_a_run_that_prints_a_key_line_by_line_shows_no_line_of_it(house: House) -> None:
    whole = key(Made())
    house.runtime.lines = ["before", *whole.splitlines(), "after"]
    task = await house.spawn()
    run_id = await house.running(task.id)
    house.runtime.complete(run_id, f"Done with {TOKEN}.", kind="report")
    await house.closed(task.id)

    assert house.workspace.progress_lines[task.id] == ["before", SECRET_REMOVED, "after"]
    shown = f"{vars(house.workspace)}"
    assert not any(line in shown for line in whole.splitlines()[1:-1])
    assert TOKEN not in shown
    events = await house.registry.events.of_task(task.id, types=[SECRETS_MASKED])
    assert [event.text for event in events] == ["1 secret was masked in the result"]


async def test_a_handoff_says_what_was_masked_in_its_files(house: House) -> None:
    source = await house.spawn()
    await house.running(source.id)
    notes = house.folder / "notes.txt"
    notes.write_text(f"use {TOKEN}")
    caller = Caller("r1", "test", "ada")
    summary = f"make a report of {TOKEN}"
    call = HandoffInput(task_id=source.id, to_agent="writing", summary=summary, artifacts=(str(notes),))
    told = [(await handoff(house.coordinator, call, caller)).masked for _ in range(2)]
    assert told == 2 * [
        (
            "1 secret was masked in the summary as people see it; the receiver gets it unmasked",
            "1 secret was masked in notes.txt",
        )
    ]
    shown = SKILLS["handoff"].command_line.show(
        {"handoff_id": "h", "joined": False, "agent": "a", "task_id": "t", "state": "offered", "masked": told[0]}
    )
    assert shown.splitlines()[1:] == [f"  {sentence}" for sentence in told[0]]
    (done,) = await house.registry.handoffs.of_task(source.id)

    copy = await asyncio.to_thread(Path(done.artifacts[0]).read_text)
    assert copy == f"use {SECRET_REMOVED}"
    (event,) = await house.registry.events.of_task(source.id, types=["handoff.offered"])
    assert event.text.endswith("; 1 secret was masked in notes.txt")


async def test_a_secret_in_a_destinations_error_does_not_reach_the_record(house: House) -> None:
    task = await house.spawn()
    await house.running(task.id)
    house.workspace.failing = DiscordRefused(f"Refused: {TOKEN}.")
    request = house.coordinator.deliveries.content_request("words", Caller("r", "test", "ada", task), kind="report")
    await house.coordinator.deliveries.plan(request, ["reports"])
    async with asyncio.timeout(10):
        while not (failed := await house.registry.deliveries.find(DeliveryState.FAILED, limit=9)):
            await asyncio.sleep(0.01)

    assert failed[0].error is not None
    assert SECRET_REMOVED in failed[0].error
    assert TOKEN not in f"{failed}"
