"""Operators steer tasks by the buttons of a card; nobody else does."""

from __future__ import annotations

import asyncio

import pytest

from claw_discord_coord.actions import Action
from claw_discord_coord.config.model import OperatorsConfig
from claw_discord_coord.errors import Conflict
from claw_discord_coord.models import TaskState
from claw_discord_coord.ports import Click
from claw_discord_coord.workspace.controls import ControlButton
from tests.contract.workspace_scene import a_scene, a_task, ended

pytestmark = pytest.mark.anyio


def _labels(card: dict[str, object]) -> list[str]:
    rows = card["components"]
    assert isinstance(rows, list)
    return [button["label"] for row in rows for button in row["components"]]


async def test_an_operators_click_is_passed_on_and_answered() -> None:
    async with a_scene() as scene, scene.workspace() as workspace:
        task = a_task()
        place = await workspace.open(task)

        await scene.ada.click(await scene.ada.card(place), "Stop")

        assert await scene.ada.answer_to_click() == "Stopping it, and all it led to."
        assert scene.heard.clicks == [Click(Action.CANCEL, task.id, scene.ada.id, "Ada")]


@pytest.mark.proves("obeyed.click")
async def test_a_stranger_is_refused_and_nothing_happens() -> None:
    async with a_scene() as scene, scene.workspace() as workspace:
        place = await workspace.open(a_task())

        await scene.grace.click(await scene.grace.card(place), "Stop")

        assert "Only operators may do this" in await scene.grace.answer_to_click()
        assert scene.heard.clicks == []


async def test_two_operators_who_click_at_once_are_both_answered() -> None:
    async with a_scene() as scene, scene.workspace() as workspace:
        task = a_task()
        place = await workspace.open(task)
        await workspace.show(task.model_copy(update={"state": TaskState.INPUT_REQUIRED}))
        card = await scene.ada.card(place)
        judged: list[str] = []

        def judge(click: Click) -> str:
            if judged:
                raise Conflict("It has been judged already.", fix="Nothing to do.")
            judged.append(click.action.value)
            return f"You have chosen {click.action}."

        scene.heard.on_click = judge
        await asyncio.gather(scene.ada.click(card, "Approve"), scene.ada.click(card, "Reject"))

        answers = {await scene.ada.answer_to_click(), await scene.ada.answer_to_click()}
        assert len(judged) == 1
        assert answers == {f"You have chosen {judged[0]}.", "It has been judged already. Nothing to do."}


@pytest.mark.proves("lost.click")
async def test_a_button_sent_before_a_restart_still_works() -> None:
    async with a_scene() as scene:
        task = a_task()
        async with scene.workspace() as workspace:
            place = await workspace.open(task)

        async with scene.workspace():
            await scene.ada.click(await scene.ada.card(place), "Stop")
            await scene.ada.answer_to_click()

        assert [(click.subject_id, click.action) for click in scene.heard.clicks] == [(task.id, Action.CANCEL)]


@pytest.mark.parametrize(
    ("state", "labels"),
    [
        (TaskState.WORKING, ["Stop"]),
        (TaskState.INPUT_REQUIRED, ["Approve", "Reject", "Stop"]),
        (TaskState.COMPLETED, []),
        (TaskState.CANCELED, []),
    ],
)
async def test_a_card_has_the_buttons_that_fit_its_state(state: TaskState, labels: list[str]) -> None:
    async with a_scene() as scene, scene.workspace() as workspace:
        task = a_task(state=TaskState.SUBMITTED, started_at=None)
        place = await workspace.open(task)

        await workspace.show(ended(task, state))

        assert _labels(await scene.ada.card(place)) == labels


async def test_a_failure_inside_is_no_secret_told_to_the_person_who_clicked(caplog: pytest.LogCaptureFixture) -> None:
    async with a_scene() as scene, scene.workspace() as workspace:
        place = await workspace.open(a_task())

        def fails(_click: Click) -> str:
            raise RuntimeError("the inside of the coordinator")

        scene.heard.on_click = fails
        await scene.ada.click(await scene.ada.card(place), "Stop")

        assert await scene.ada.answer_to_click() == "That failed inside the coordinator; its log says why."
        assert "the inside of the coordinator" in caplog.text


@pytest.mark.proves("lost.click")
async def test_a_click_whose_acknowledgment_got_lost_is_done_and_answered() -> None:
    """discord.py repeats the acknowledgment after a 502 and meets 40060: the first one was taken."""
    async with a_scene() as scene, scene.workspace() as workspace:
        place = await workspace.open(a_task())
        scene.faults.fail("POST", "/interactions/*/callback", status=502, when="after")

        await scene.ada.click(await scene.ada.card(place), "Stop")

        assert await scene.ada.answer_to_click() == "Stopping it, and all it led to."


async def test_a_members_role_makes_an_operator() -> None:
    async with a_scene() as scene:
        scene.operators = OperatorsConfig(roles=(await scene.give_role(scene.grace),))
        async with scene.workspace() as workspace:
            place = await workspace.open(a_task())

            await scene.grace.click(await scene.grace.card(place), "Stop")

            assert await scene.grace.answer_to_click() == "Stopping it, and all it led to."


@pytest.mark.proves("obeyed.operators-now")
async def test_who_is_no_operator_any_more_is_refused_at_the_next_click() -> None:
    async with a_scene() as scene, scene.workspace() as workspace:
        place = await workspace.open(a_task())
        scene.operators = OperatorsConfig(users=(scene.grace.id,))

        await scene.ada.click(await scene.ada.card(place), "Stop")

        assert "Only operators may do this" in await scene.ada.answer_to_click()
        assert scene.heard.clicks == []


@pytest.mark.proves("obeyed.unknown-action")
async def test_a_button_of_a_newer_version_is_refused_with_a_message(monkeypatch: pytest.MonkeyPatch) -> None:
    async with a_scene() as scene, scene.workspace() as workspace:
        task = a_task()
        with monkeypatch.context() as newer:
            newer.setattr(
                "claw_discord_coord.workspace.cards.buttons_for", lambda task: [ControlButton(task.id, "postpone")]
            )
            place = await workspace.open(task)

        await scene.ada.click(await scene.ada.card(place), "postpone")

        assert "'postpone' is not an action" in await scene.ada.answer_to_click()
        assert scene.heard.clicks == []
