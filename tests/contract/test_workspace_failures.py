"""What discord.py and aiohttp raise becomes one of two errors, with words and a fix for a person."""

from __future__ import annotations

from dataclasses import dataclass, field

import aiohttp
import pytest

from claw_discord_coord.errors import CoordError, DiscordRefused, DiscordUnavailable
from claw_discord_coord.workspace import discord
from claw_discord_coord.workspace.connecting.discord_errors import (
    FilesRefused,
    ThreadClosed,
    ThreadExists,
    Vanished,
    WordsRefused,
    explained,
    mapped,
)


@dataclass
class Response:
    """As much of an HTTP response as discord.py's exceptions look at."""

    status: int
    reason: str = "as it may be"
    headers: dict[str, str] = field(default_factory=dict[str, str])


def _answer(status: int, body: dict[str, object] | str = "") -> discord.HTTPException:
    kinds = {403: discord.Forbidden, 404: discord.NotFound}
    kind = kinds.get(status, discord.DiscordServerError if status >= 500 else discord.HTTPException)
    return kind(Response(status), body)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "problem",
    [
        _answer(503),
        _answer(500, "<html>Bad gateway</html>"),
        _answer(429, {"message": "You are being rate limited.", "retry_after": 1.0}),
        discord.RateLimited(219.0),
        aiohttp.ServerDisconnectedError(),
        aiohttp.ClientConnectionError("Connector is closed."),
        ConnectionResetError(104, "Connection reset by peer"),
        TimeoutError(),
        RuntimeError("Session is closed"),
    ],
    ids=repr,
)
def test_what_may_pass_is_an_outage(problem: BaseException) -> None:
    assert isinstance(explained(problem, "post a message"), DiscordUnavailable)


@pytest.mark.parametrize(
    ("problem", "rest_s"),
    [
        (discord.RateLimited(219.0), 219.0),
        (discord.HTTPException(Response(429, headers={"Retry-After": "65"}), ""), 65.0),  # type: ignore[arg-type]
        (discord.HTTPException(Response(429, headers={"Retry-After": "1.337"}), ""), 1.337),  # type: ignore[arg-type]
        (_answer(429), None),
        (_answer(503), None),
    ],
)
def test_how_long_discord_wants_to_be_left_alone_is_passed_on(problem: BaseException, rest_s: float | None) -> None:
    outage = explained(problem, "post a message")

    assert isinstance(outage, DiscordUnavailable)
    assert outage.retry_after_s == rest_s


@pytest.mark.parametrize(
    ("problem", "kind", "fix"),
    [
        (_answer(403, {"code": 50013, "message": "Missing Permissions"}), DiscordRefused, "Send Messages"),
        (_answer(403, {"code": 50001, "message": "Missing Access"}), DiscordRefused, "View Channel"),
        (_answer(403, "<html>error 1020</html>"), DiscordRefused, "Send Messages"),
        (_answer(401, {"code": 0, "message": "401: Unauthorized"}), DiscordRefused, "token"),
        (_answer(404, {"code": 10003, "message": "Unknown Channel"}), Vanished, "deleted"),
        (_answer(404, {"code": 10008, "message": "Unknown Message"}), Vanished, "deleted"),
        (_answer(400, {"code": 50083, "message": "Thread is archived"}), ThreadClosed, "Manage Threads"),
        (_answer(400, {"code": 160004, "message": "A thread has already been created"}), ThreadExists, "code"),
        (_answer(400, {"code": 30013, "message": "Maximum number of channels"}), DiscordRefused, "500"),
        (_answer(400, {"code": 12345, "message": "Something new"}), DiscordRefused, "documentation"),
    ],
    ids=str,
)
def test_what_a_person_must_change_is_a_refusal_with_its_fix(
    problem: discord.HTTPException, kind: type[CoordError], fix: str
) -> None:
    said = explained(problem, "post a message", needs="Send Messages")

    assert type(said) is kind
    assert "<html>" not in str(said)
    assert said.fix is not None
    assert fix in said.fix


@pytest.mark.parametrize(
    "code",
    [20016, 20022, 20028, 20029, 30046, 40004, 40006, 40062, 40333, 110000, 130000, 160006, 160007],
)
def test_a_refusal_that_passes_by_itself_is_an_outage_with_advice(code: int) -> None:
    said = explained(_answer(400, {"code": code, "message": "No."}), "post a message")

    assert type(said) is DiscordUnavailable
    assert f"({code})" in str(said)
    assert said.fix


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (50035, WordsRefused),
        (20009, WordsRefused),
        (20031, WordsRefused),
        (200000, WordsRefused),
        (200001, WordsRefused),
        (240000, WordsRefused),
        (40005, FilesRefused),
        (50045, FilesRefused),
        (50123, FilesRefused),
        (400001, FilesRefused),
        (160005, ThreadClosed),
    ],
)
def test_a_refusal_that_has_another_way_is_a_kind_of_its_own(code: int, kind: type[CoordError]) -> None:
    said = explained(_answer(400, {"code": code, "message": "No."}), "post a message")

    assert type(said) is kind
    assert said.fix


def test_the_field_that_discord_complains_of_is_named() -> None:
    errors = {"content": {"_errors": [{"code": "BASE_TYPE_MAX_LENGTH", "message": "Must be 2000 or fewer in length."}]}}
    problem = _answer(400, {"code": 50035, "message": "Invalid Form Body", "errors": errors})

    said = str(explained(problem, "post a message"))

    assert "In content: Must be 2000 or fewer in length" in said
    assert "(50035)" in said


def test_a_mistake_of_our_own_stays_what_it_is() -> None:
    with pytest.raises(RuntimeError, match="a bug"), mapped("post a message"):
        raise RuntimeError("a bug")
