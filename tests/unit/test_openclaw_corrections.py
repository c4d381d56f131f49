"""A message to a run is kept until the transcript shows the message, over restarts of both sides."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest

from claw_discord_coord.errors import OpenClawUnavailable
from claw_discord_coord.openclaw.run_records import RunRecord, RunRecords
from claw_discord_coord.openclaw.transcript import Turn
from claw_discord_coord.runtimes.openclaw.corrections import Corrections
from claw_discord_coord.runtimes.openclaw.inputs import TurnInputs

pytestmark = pytest.mark.anyio
FIRST = "r-1~m1"


class Inputs:
    """Stands for a Gateway that takes messages; a `boot` of None cannot be reached."""

    def __init__(self) -> None:
        self.present: str | None = "boot-1"
        self.sent: list[str] = []

    async def boot(self) -> str:
        if self.present is None:
            raise OpenClawUnavailable
        return self.present

    async def steer(self, _record: RunRecord, turn_id: str, _text: str) -> None:
        self.sent.append(turn_id)


@pytest.fixture
def inputs() -> Inputs:
    return Inputs()


@pytest.fixture
def records(tmp_path: Path) -> RunRecords:
    return RunRecords(tmp_path)


@pytest.fixture
def corrections(records: RunRecords, inputs: Inputs) -> Corrections:
    return Corrections(records, cast("TurnInputs", inputs))


@pytest.fixture
def record(records: RunRecords, corrections: Corrections) -> RunRecord:
    given: dict[str, Any] = {
        "run_id": "r-1",
        "task_id": "t-1",
        "session": "s",
        "agent_id": "a",
        "title": "",
    }
    run = RunRecord(**given, deadline_at=datetime.now(UTC), timeout_s=60, turns=("r-1",), messages=("do it",), boot="x")
    return corrections.add(records.put(run), "m1", "faster")


def kept(records: RunRecords) -> RunRecord:
    record = records.get("r-1")
    assert record is not None
    return record


async def test_a_message_is_sent_once_to_one_process_of_the_gateway(
    corrections: Corrections, inputs: Inputs, record: RunRecord, records: RunRecords
) -> None:
    await corrections.send(record)
    await corrections.send(kept(records))
    assert inputs.sent == [FIRST]
    assert kept(records).corrections[0].boot == "boot-1"


async def test_a_message_that_could_not_be_sent_goes_under_the_same_id_later(
    corrections: Corrections, inputs: Inputs, record: RunRecord, records: RunRecords
) -> None:
    inputs.present = None
    with pytest.raises(OpenClawUnavailable):
        await corrections.send(record)
    inputs.present = "boot-2"
    await corrections.send(kept(records))
    assert inputs.sent == [FIRST]


async def test_a_message_that_a_restart_lost_is_sent_again_once_under_another_id(
    corrections: Corrections, inputs: Inputs, record: RunRecord, records: RunRecords
) -> None:
    await corrections.send(record)
    inputs.present = "boot-2"
    for _ in range(3):
        await corrections.send(kept(records))
    assert inputs.sent == [FIRST, f"{FIRST}~again1"]


@pytest.mark.parametrize("shown", [FIRST, f"{FIRST}~again1"])
async def test_a_message_counts_as_read_only_when_the_transcript_shows_it(
    shown: str, corrections: Corrections, inputs: Inputs, record: RunRecord, records: RunRecords
) -> None:
    await corrections.send(record)
    inputs.present = "boot-2"
    await corrections.send(kept(records))
    assert corrections.settle(kept(records), Turn(inputs=frozenset({"r-1"}))).corrections
    assert corrections.take_read("r-1") == []

    settled = corrections.settle(kept(records), Turn(inputs=frozenset({"r-1", shown}), own_runs=frozenset({"r-1"})))

    assert (settled.corrections, settled.told, settled.turns) == ((), ("m1",), ("r-1",))
    assert corrections.take_read("r-1") == ["faster"]
    assert corrections.take_read("r-1") == []


async def test_a_message_that_openclaw_ran_as_a_turn_of_its_own_is_the_runs_turn(
    corrections: Corrections, record: RunRecord
) -> None:
    settled = corrections.settle(record, Turn(inputs=frozenset({"r-1", FIRST}), own_runs=frozenset({"r-1", FIRST})))
    assert (settled.turn, settled.messages) == (FIRST, ("do it", "faster"))


async def test_a_message_that_the_run_ended_without_becomes_its_next_input(
    corrections: Corrections, record: RunRecord, records: RunRecords
) -> None:
    corrections.become_input(corrections.add(record, "m2", "and shorter"))
    run = kept(records)
    assert (run.turns, run.messages, run.told) == (("r-1", FIRST), ("do it", "faster"), ("m1",))
    assert [entry.key for entry in run.corrections] == ["m2"]


async def test_a_stop_that_comes_while_a_message_is_kept_is_not_undone(
    corrections: Corrections, record: RunRecord, records: RunRecords
) -> None:
    records.put(kept(records).model_copy(update={"stopping": True}))
    await corrections.send(record)
    assert kept(records).stopping
