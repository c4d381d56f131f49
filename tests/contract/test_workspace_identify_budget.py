"""The bot never introduces itself so often that Discord takes its token away."""

from __future__ import annotations

import pytest

from claw_discord_coord.workspace.connecting.identify_budget import (
    IDENTIFIES_PER_DAY,
    IdentifyBudget,
    IdentifyBudgetSpent,
)


def test_the_budget_is_below_discords_and_fills_again_after_a_day() -> None:
    now_s = 0.0
    budget = IdentifyBudget(lambda: now_s)

    spent = 0

    def spend_all() -> None:
        nonlocal spent, now_s
        while spent < IDENTIFIES_PER_DAY:
            budget.spend()
            spent, now_s = spent + 1, now_s + 1.0

    with pytest.raises(IdentifyBudgetSpent) as stopped:
        spend_all()

    assert spent < IDENTIFIES_PER_DAY
    assert stopped.value.wait_s == pytest.approx(86_400 - spent)
    now_s += stopped.value.wait_s
    budget.spend()
    with pytest.raises(IdentifyBudgetSpent):
        budget.spend()
