"""A value of skill.yaml that cannot be used, with what to do instead."""

from __future__ import annotations


class Mistake(ValueError):
    """What is wrong with a value, and a fix that says more than that it must be corrected; for pydantic's validators.

    `problem` is half a sentence, `fix` a whole one.
    """

    def __init__(self, problem: str, fix: str) -> None:
        super().__init__(f"{problem}. {fix}")
        self.problem = problem
        self.fix = fix
