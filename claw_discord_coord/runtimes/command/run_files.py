"""The content of the JSON files in a run's folder; run_folder.py lists the files."""

from __future__ import annotations

from typing import Any, Literal, TypedDict

Reason = Literal["exited", "timeout", "output_limit", "unwritable", "stopped", "not_started", "terminated", "lost"]
"""The reason for a run's end.

`unwritable`: the output could not be stored. `terminated`: not the coordinator ended the supervisor, but for example
the system when shutting down. `lost`: the supervisor died, so the end of the program is unknown.
"""

Phase = Literal["absent", "waiting", "running", "abandoned", "ended"]
"""The phase of a run. `waiting`: ordered, and not taken by a supervisor. `abandoned`: the supervisor died without
writing an end.
"""


class Order(TypedDict):
    """The content of order.json. Paths are absolute. Every process of the run has `mark` in its environment."""

    command: list[str]
    folder: str
    environment: dict[str, str]
    brief: dict[str, Any]
    mark: str
    timeout_s: float
    output_limit_bytes: int
    grace_s: float


class Started(TypedDict):
    """The content of started.json: the supervisor's process."""

    pid: int


class Program(TypedDict):
    """The content of program.json: the program's process. A later process of the same number has another `born`."""

    pid: int
    born: str


class Exit(TypedDict):
    """The content of exit.json.

    Attributes:
        exit_code: Negative for a signal; None when unknown.
        reason: The reason for the end.
        ended_at: Seconds since 1970.
        error: A sentence, where the reason alone says too little.
        survivors: The processes that could not be ended.
    """

    exit_code: int | None
    reason: Reason
    ended_at: float
    error: str | None
    survivors: list[int]
