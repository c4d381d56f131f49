"""`control_task`: stop a task and everything it led to, approve, reject, or send a failed delivery again."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pydantic import Field, field_validator, model_validator

from claw_discord_coord.actions import ACTIONS, Action, Subject, parse
from claw_discord_coord.coordination.people.order import Order
from claw_discord_coord.errors import NotAuthorized, UsageError
from claw_discord_coord.skills.base import command_text
from claw_discord_coord.skills.base.skill import CommandLine, Skill, SkillInput, SkillResult, SlashCommand

if TYPE_CHECKING:  # commands that only call a coordinator import nothing that the coordinator is made of
    from claw_discord_coord.coordination.caller import Caller
    from claw_discord_coord.coordination.coordinator import Coordinator


_IDS = re.compile(rf"{command_text.TASK_ID.pattern}|{command_text.DELIVERY_ID.pattern}")
_MARKS = ".,:!`'\"*"
_FILLERS = {"", "action", "please", "the", "this", "that", "it", "task", "run", "delivery", "now"}
"""Words that models write around an action."""


class ControlTask(SkillInput):
    """Input of `control_task`: an action, and a task or a delivery."""

    action: Action
    """`cancel` stops a task and everything it led to. `approve` and `reject` decide on a result in review or a held
    delivery. `resend` sends a failed delivery again."""
    task_id: str | None = None
    """The task's id."""
    delivery_id: str | None = None
    """The delivery's id; registry_status lists the deliveries that need attention."""
    note: str | None = Field(default=None, max_length=1_000)
    """The reason, which is recorded."""
    task_token: str | None = None
    """The token of an agent at work, which may only cancel tasks that it started."""

    @field_validator("action", mode="before")
    @classmethod
    def _known_word(cls, word: object) -> object:
        # People and models write `stop` for `cancel`, as the button says.
        if not isinstance(word, str):
            return word
        # Only words without a meaning are left out: `do not approve` must stay unknown.
        words = [each for each in _IDS.sub(" ", word).split() if each.strip(_MARKS).lower() not in _FILLERS]
        return parse(word) or (parse(words[0]) if len(words) == 1 else None) or word

    @model_validator(mode="after")
    def _fits(self) -> ControlTask:
        if (self.task_id is None) == (self.delivery_id is None):
            raise ValueError("give either `task_id` or `delivery_id`")
        if Subject.of(self.subject_id) not in ACTIONS[self.action].subjects:
            (subject,) = ACTIONS[self.action].subjects
            raise ValueError(f"{self.action} takes a `{subject}_id`")
        return self

    @property
    def subject_id(self) -> str:
        """The id of the task or delivery."""
        return self.task_id or self.delivery_id or ""


class ControlTaskResult(SkillResult):
    """Result of `control_task`."""

    action: Action
    """The action that was ordered."""
    id: str
    """The task's or delivery's id."""
    state: str
    """The state when the order was taken; the state changes as soon as the order is carried out."""
    affected: tuple[str, ...]
    """The ids of the tasks or deliveries that the order reaches."""


async def control_task(coordinator: Coordinator, call: ControlTask, caller: Caller) -> ControlTaskResult:
    """Carry out an order.

    Raises:
        NotAuthorized: A guest orders more than to cancel, or an agent more than to cancel a task that it started.
        UnknownTask: A guest's session did not request the task.
    """
    if ACTIONS[call.action].operators_only:
        caller.check_commands("approve, reject or send again")
    if call.task_id is not None:
        target = await coordinator.registry.tasks.get(call.task_id)
        caller.check_asked_for(target)
        if caller.task is not None and (call.action is not Action.CANCEL or target.parent_id != caller.task.id):
            raise NotAuthorized("An agent may only cancel tasks that it started itself.")
    elif caller.task is not None:
        # Approval is a person's decision: an agent must not release the output of its own work.
        raise NotAuthorized("An agent may not decide on deliveries.")
    order = Order(call.action, call.subject_id, caller.name, caller.request_id, call.note)
    taken = await coordinator.orders.carry_out(order)
    return ControlTaskResult(action=call.action, id=call.subject_id, state=taken.state, affected=taken.affected)


# The lookahead: a longer word that begins like an id is not an id.
_ID_FIRST = re.compile(rf"(?:{command_text.TASK_ID.pattern}|{command_text.DELIVERY_ID.pattern})(?![\w-])[:,]?\s+")


def _parse(command: str) -> dict[str, Any]:
    """Parse the id of a task or delivery, the action, and a note."""
    task, delivery = command_text.TASK_ID.search(command), command_text.DELIVERY_ID.search(command)
    id_first = _ID_FIRST.match(command)
    # The action is the first word, or the word after the id. Later words may belong to the note.
    words = command[id_first.end() if id_first else 0 :].split(maxsplit=1)
    action = parse(words[0]) if words else None
    if action is None or (task is None and delivery is None):
        raise UsageError("The action or the task is missing.", fix=SKILL.how_to_write())
    subject = {"task_id": task[0]} if task else {"delivery_id": (delivery or [""])[0]}
    note = words[1] if len(words) > 1 else ""
    # Behind the action the id is part of the text, and not a part of the recorded note.
    note = note if id_first else command_text.without(note, *subject.values())
    return {"action": action.value, **subject, **({"note": note} if note else {})}


def _show(result: dict[str, Any]) -> str:
    return f"{ACTIONS[Action(result['action'])].past}: {', '.join(result['affected'])}"


SKILL = Skill(
    name="control_task",
    description=(
        "Stop a task and everything it led to, approve or reject a result in review or a held delivery, or send a "
        "failed delivery again."
    ),
    input=ControlTask,
    result=ControlTaskResult,
    run=control_task,
    slash_command=SlashCommand(
        summary="Stop or review a task", usage="<task> cancel|approve|reject", example="t-abcdefgh cancel", parse=_parse
    ),
    command_line=CommandLine(show=_show, short_options={"task_id": "--task", "delivery_id": "--delivery"}),
    guide=(
        '`{"task_id", "action": "cancel"}` stops a task and everything it led to; `approve` or `reject` a result when '
        "an owner or operator says so."
    ),
    destructive=True,
)
