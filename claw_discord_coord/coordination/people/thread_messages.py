"""Handles operators' messages and reactions in the threads of tasks: orders, and messages for the agent at work."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from claw_discord_coord.actions import Action, offered_for
from claw_discord_coord.config.model import OperatorsConfig
from claw_discord_coord.coordination.caller import Caller
from claw_discord_coord.coordination.hops import hop
from claw_discord_coord.coordination.people.control import Control
from claw_discord_coord.coordination.people.order import Order
from claw_discord_coord.coordination.people.orders import Orders
from claw_discord_coord.coordination.people.reading import Certainty, Reading, read, read_emoji
from claw_discord_coord.coordination.services import Services
from claw_discord_coord.coordination.task_posts import REVIEW_POST, TaskPosts
from claw_discord_coord.errors import CoordError
from claw_discord_coord.models import Delivery, DeliveryState, Task, TaskState
from claw_discord_coord.ports import IncomingMessage, IncomingReaction
from claw_discord_coord.registry.transitions import FINAL

HANDLED = "heard"
"""The type of the event that records a handled message; stored, so the value stays."""

DELIVERY_BUTTONS = 4
"""The number of deliveries with buttons in a reply: Discord allows five rows, and the task has one."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Situation:
    """A task, and the records that wait for an operator's decision in the task's thread."""

    task: Task
    waiting: tuple[Task | Delivery, ...]

    @property
    def at_work(self) -> bool:
        return self.task.state in {TaskState.SUBMITTED, TaskState.WORKING}

    @property
    def buttons(self) -> tuple[Task | Delivery, ...]:
        deliveries = [record for record in self.waiting if isinstance(record, Delivery)][:DELIVERY_BUTTONS]
        return (*([self.task] if offered_for(self.task.state) else []), *deliveries)

    def what_works(self) -> str:
        """Return the sentence about the commands that are possible now."""
        if self.task.state is TaskState.INPUT_REQUIRED:
            return "Here you can write `approve`, `reject: the reason` or `stop`, or press a button."
        sentences = ["`stop` stops the task."] if self.at_work else []
        if self.waiting:
            sentences.append("`approve` or `reject: the reason` decides on the held delivery; so do the buttons.")
        return " ".join(sentences) or "The task has ended, so nothing more can be done here. Start another task."


@dataclass(frozen=True)
class _Reply:
    """The reply to a message: a sentence, and with `asks` the buttons."""

    text: str
    asks: bool = False


class ThreadMessages:
    """Handles each message and reaction of an operator once. Other people are ignored without a reply."""

    def __init__(
        self,
        services: Services,
        control: Control,
        orders: Orders,
        operators: Callable[[], OperatorsConfig],
    ) -> None:
        self._registry = services.registry
        self._posts = TaskPosts(services)
        self._control = control
        self._orders = orders
        self._operators = operators

    async def handle(self, message: IncomingMessage) -> None:
        """Carry out the order in a message, or pass the text to the agent. The thread shows a failure or a question."""
        if not self._operators().allows(message.author_id, message.author_roles):
            return
        task = await self._registry.tasks.in_thread(message.thread_id)
        if task is None or not message.text.strip():
            return
        reading = read(message.text)
        # People may talk to each other in the thread of an ended task.
        if task.state in FINAL and reading is None:
            return
        if message.message_id in await self._handled(task):
            return
        hop(task.id, f"message {message.message_id} received in the thread")
        caller = Caller(f"discord-{message.message_id}", "discord", message.author_name)
        now = _Situation(task, await self._waiting(task))
        try:
            reply = await self._obey(now, reading, message.text, caller)
        except CoordError as error:
            reply = _Reply(error.sentence())
        if reply is not None:
            await self._reply(now, message, reply)
        # Recorded last: after a crash the message comes again, and its request id makes the order the same one.
        await self._registry.events.add(
            task.id, HANDLED, f"heard {message.author_name}", {"message_id": message.message_id}
        )

    async def handle_reaction(self, reaction: IncomingReaction) -> None:
        """Carry out the order of an operator's reaction to a card, a result or a request.

        A reaction that is not an order for the record's present state is ignored, since people also react to praise.
        """
        action = read_emoji(reaction.emoji)
        if action is None or not self._operators().allows(reaction.user_id, reaction.user_roles):
            return
        task = await self._registry.tasks.get(reaction.task_id)
        subject = await self._subject(task, reaction.event)
        if subject is None or action not in [entry.action for entry in offered_for(subject.state)]:
            log.info("task %s: ignored the reaction %s of %s", task.id, reaction.emoji, reaction.user_name)
            return
        hop(task.id, f"reaction received: {action}")
        call = f"discord-reaction-{reaction.message_id}-{reaction.user_id}-{action}"
        try:
            await self._orders.carry_out(Order(action, subject.id, reaction.user_name, call))
        except CoordError as error:
            now = _Situation(task, await self._waiting(task))
            await self._say(task, call, _Reply(f"{error.sentence()}\n-# {now.what_works()}"), now, None)

    async def _subject(self, task: Task, event: str) -> Task | Delivery | None:
        """Return the record that a message of that event asks about, or None for other messages."""
        name, _, rest = event.partition("/")
        if name == "delivery":
            return await self._registry.deliveries.get(rest.split("/")[0])
        return task if name in {"card", "result", REVIEW_POST, "answer"} else None

    async def _handled(self, task: Task) -> set[object]:
        events = await self._registry.events.of_task(task.id, limit=10_000, types=[HANDLED])
        return {event.data.get("message_id") for event in events}

    async def _waiting(self, task: Task) -> tuple[Task | Delivery, ...]:
        """Return the records that wait for a decision: the task in review, else the held deliveries of the task."""
        if task.state is TaskState.INPUT_REQUIRED:
            return (task,)
        deliveries = await self._registry.deliveries.of_task(task.id)
        # A delivery that waits for a review is decided with the review.
        return tuple(one for one in deliveries if one.state is DeliveryState.HELD and one.held_for is None)

    async def _obey(self, now: _Situation, reading: Reading | None, text: str, caller: Caller) -> _Reply | None:
        """Carry out the message of an operator.

        Raises:
            CoordError: The order or the message cannot be carried out.
        """
        if reading is None:
            return await self._not_a_command(now, text, caller)
        if reading.action is Action.CANCEL:
            return await self._stop(now, reading, text, caller)
        return await self._decide(now, reading, text, caller)

    async def _stop(self, now: _Situation, reading: Reading, text: str, caller: Caller) -> _Reply | None:
        if reading.certainty is Certainty.DOUBTFUL:
            return await self._in_doubt(now, text, caller)
        # After a crash the message comes again, when the task has been canceled by the message itself.
        if now.task.state is not TaskState.CANCELED:
            await self._orders.carry_out(Order(Action.CANCEL, now.task.id, caller.name, caller.request_id))
        return None

    async def _decide(self, now: _Situation, reading: Reading, text: str, caller: Caller) -> _Reply | None:
        doubtful = reading.certainty is Certainty.DOUBTFUL
        # "Yes" to an agent at work is more often a message for the agent.
        doubtful = doubtful or (now.at_work and reading.certainty is Certainty.LIKELY)
        if doubtful and now.waiting:
            return await self._in_doubt(now, text, caller)
        if doubtful or (reading.certainty is Certainty.LIKELY and not now.waiting):
            return await self._not_a_command(now, text, caller)
        if len(now.waiting) > 1:
            return _Reply("More than one delivery is held.", asks=True)
        subject = now.waiting[0] if now.waiting else now.task
        order = Order(reading.action, subject.id, caller.name, caller.request_id, reading.note)
        await self._orders.carry_out(order)
        return None

    async def _not_a_command(self, now: _Situation, text: str, caller: Caller) -> _Reply | None:
        if now.at_work:
            await self._control.send_message(now.task.id, text, caller)
            return None
        if now.task.state in FINAL:
            return None
        return _Reply("Nobody works on this task now, so this message went nowhere.", asks=True)

    async def _in_doubt(self, now: _Situation, text: str, caller: Caller) -> _Reply | None:
        """Ask with buttons. The text goes to the agent as well, so that no message is lost while people decide."""
        if not now.at_work:
            return _Reply("This could be a command or a remark.", asks=True) if now.buttons else None
        try:
            await self._control.send_message(now.task.id, text, caller)
        except CoordError as error:
            return _Reply(f"Is this a command? As a message it went nowhere: {error.sentence()}", asks=True)
        return _Reply("This went to the agent as a message. If it was a command, press the button.", asks=True)

    async def _reply(self, now: _Situation, message: IncomingMessage, reply: _Reply) -> None:
        text = f"{reply.text}\n-# {now.what_works()}"
        await self._say(
            now.task, f"answer/{message.message_id}", _Reply(text, asks=reply.asks), now, message.message_id
        )

    async def _say(self, task: Task, event: str, reply: _Reply, now: _Situation, reply_to: str | None) -> None:
        buttons: Sequence[Task | Delivery] = now.buttons if reply.asks else ()
        await self._posts.say(task, event, reply.text, reply_to=reply_to, buttons=buttons)
