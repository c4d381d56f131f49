"""The steps of a task's workflow and the typed results in the journal.

Journals of earlier versions are replayed with these types. So names, values and aliases are stored forms and stay;
`tests/contract/test_old_journals.py` replays old journals.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import ConfigDict, Field, TypeAdapter

from claw_discord_coord.coordination.workflows.journal import NO_RESULT, Step
from claw_discord_coord.models import Record


class Ending(StrEnum):
    """The way the work on a task ended. `expired`: the deadline passed."""

    COMPLETED = "completed"
    FAILED = "failed"
    CANCELED = "canceled"
    EXPIRED = "expired"
    REJECTED = "rejected"


class _StepResult(Record):
    model_config = ConfigDict(validate_by_name=True, validate_by_alias=True)


class Begun(_StepResult):
    """Result of `begin`.

    Attributes:
        state: `working` when the task has a slot, `waiting` when no slot is free, else the early ending.
        wait_s: The longest pause before the next look, in seconds; set when waiting.
    """

    state: Literal["working", "waiting"] | Ending = Field(validation_alias="is", serialization_alias="is")
    wait_s: float | None = Field(default=None, validation_alias="patience_s", serialization_alias="patience_s")


class Settled(_StepResult):
    """Result of `settle`.

    Attributes:
        state: `running` while the run goes on, `again` when a lost run must be repeated, else the ending.
        wait_s: The longest pause before the next look, in seconds; set when running.
    """

    state: Literal["running", "again"] | Ending = Field(validation_alias="is", serialization_alias="is")
    wait_s: float | None = Field(default=None, validation_alias="patience_s", serialization_alias="patience_s")


Reviewed = Ending | Literal["asked"]
"""Result of `ask` and `judge`: `asked` while the result waits for a review, else the ending."""

_ENDING_OR_NONE: TypeAdapter[Ending | None] = TypeAdapter(Ending | None)
_REVIEWED: TypeAdapter[Reviewed] = TypeAdapter(Reviewed)

BEGIN = Step("begin", TypeAdapter(Begun))
OPEN = Step("open", _ENDING_OR_NONE)
RUN = Step("run", NO_RESULT)
SETTLE = Step("settle", TypeAdapter(Settled))
ASK = Step("ask", _REVIEWED)
REVIEW = Step("judge", _REVIEWED)
END = Step("end", NO_RESULT)
FAIL = Step("fail", NO_RESULT)
PLAN = Step("plan", NO_RESULT)
CLOSE = Step("close", NO_RESULT)
ANNOUNCE = Step("announce", NO_RESULT)
CLEAN = Step("clean", NO_RESULT)
