"""The error for an invalid value in skill.yaml, with a fix."""

from __future__ import annotations


class InvalidSetting(ValueError):
    """An invalid value, for pydantic's validators. `problem` is half a sentence, `fix` a whole one."""

    def __init__(self, problem: str, fix: str) -> None:
        super().__init__(f"{problem}. {fix}")
        self.problem = problem
        self.fix = fix
