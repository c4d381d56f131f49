from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from claw_discord_coord.models import DeliveryState, HandoffState, RunState, TaskState
from claw_discord_coord.registry.transitions import (
    ALLOWED,
    DELIVERY_ALLOWED,
    FINAL,
    HANDOFF_ALLOWED,
    RUN_ALLOWED,
    before,
    handoff_state,
    sources,
)

targets = st.lists(st.sampled_from(TaskState), max_size=30)


def walk(wishes: list[TaskState]) -> list[TaskState]:
    """The states a task goes through when each wish is granted if `sources` allows it."""
    path = [TaskState.SUBMITTED]
    for wish in wishes:
        if path[-1] in sources(wish):
            path.append(wish)
    return path


def test_the_table_speaks_of_every_state_of_every_record() -> None:
    for table, states in (
        (ALLOWED, TaskState),
        (RUN_ALLOWED, RunState),
        (HANDOFF_ALLOWED, HandoffState),
        (DELIVERY_ALLOWED, DeliveryState),
    ):
        assert set(table) == set(states)


def test_exactly_the_four_final_states_of_a2a_are_final() -> None:
    assert {TaskState.COMPLETED, TaskState.FAILED, TaskState.CANCELED, TaskState.REJECTED} == FINAL


@given(targets)
def test_whatever_is_wished_every_step_is_in_the_table(wishes: list[TaskState]) -> None:
    path = walk(wishes)
    assert all(following in ALLOWED[state] for state, following in pairwise(path))


@given(targets)
def test_whatever_is_wished_a_final_state_is_never_left(wishes: list[TaskState]) -> None:
    assert not any(state in FINAL for state in walk(wishes)[:-1])


@given(targets)
def test_no_state_follows_itself_so_a_repeat_is_never_a_second_step(wishes: list[TaskState]) -> None:
    path = walk(wishes)
    assert all(state is not following for state, following in pairwise(path))


def test_every_state_but_the_first_can_be_reached() -> None:
    assert {state for state in TaskState if sources(state)} == set(TaskState) - {TaskState.SUBMITTED}


@given(targets, st.booleans())
def test_a_handoff_can_follow_its_task_along_every_path(wishes: list[TaskState], expired: bool) -> None:
    present = HandoffState.OFFERED
    for state in walk(wishes):
        following = handoff_state(state, expired=expired)
        if following is not None and following is not present:
            assert present in before(HANDOFF_ALLOWED, following)
            present = following
    ended = walk(wishes)[-1] in FINAL
    assert ended == (not HANDOFF_ALLOWED[present])
