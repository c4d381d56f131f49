"""All errors that this package raises on purpose.

CoordError                    a person can act on the error; `fix` says how
├─ UsageError                 the call is not valid (exit code 2)
│  ├─ ConfigError             skill.yaml has invalid settings
│  ├─ UnknownAgent            no agent has that name
│  ├─ UnknownTask             no task has that id
│  ├─ UnknownDestination      no destination has that name
│  └─ UnknownKind             no kind of output has that name
├─ Refused                    the call is valid but not allowed
│  ├─ LimitReached            depth, children, handoffs, runs, ...
│  └─ NotAuthorized           wrong or missing token, or not an operator
├─ Conflict                   the state has changed (a guarded update found another state)
│  ├─ Fenced                  a newer execution has taken the task over
│  └─ RegistryInUse           another coordinator uses the registry
├─ Unavailable                a counterpart cannot be reached now; a later attempt may succeed
│  ├─ CoordinatorUnavailable  no coordinator is running, or the coordinator stopped
│  ├─ DiscordUnavailable      Discord cannot be reached
│  ├─ OpenClawUnavailable     OpenClaw's Gateway cannot be reached
│  └─ RegistryUnavailable     the database is locked, missing, or from a newer version
├─ DiscordRefused             Discord refused a request (permissions, unknown channel, invalid form)
│  └─ Overtaken               a newer text has replaced the text
├─ OpenClawRefused            OpenClaw's Gateway refused a request (unknown session, invalid call)
│  └─ OpenClawMismatch        OpenClaw's Gateway has an unsupported version
├─ RunFailed                  an agent's program could not be started
├─ TurnFailed                 a turn of a session failed; another turn may succeed
└─ DeliveryFailed             a destination refused the output; another attempt will not help
   └─ DeliveryUnclear         the output may have arrived or not
"""

from __future__ import annotations

import re


class CoordError(Exception):
    """An error that a person can act on.

    `str(error)` is one sentence for a person. `fix` is the advice. `exit_code` is the exit code of the command line.
    """

    exit_code = 1

    def __init__(self, message: str | None = None, *, fix: str | None = None) -> None:
        super().__init__(message or (self.__doc__ or "").strip().splitlines()[0])
        self.fix = fix

    @property
    def type(self) -> str:
        """The error's name in JSON, such as `unknown_agent`."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", type(self).__name__).lower()

    def sentence(self) -> str:
        """Return the message and the fix as one line."""
        return f"{self} {self.fix}" if self.fix else str(self)


class UsageError(CoordError):
    """The call is not valid."""

    exit_code = 2


class ConfigError(UsageError):
    """skill.yaml has invalid settings."""


class UnknownAgent(UsageError):
    """There is no agent of that name."""


class UnknownTask(UsageError):
    """There is no task of that id."""


class UnknownDestination(UsageError):
    """There is no destination of that name."""


class UnknownKind(UsageError):
    """There is no kind of output of that name."""


class Refused(CoordError):
    """The call is valid but not allowed."""


class LimitReached(Refused):
    """A limit of skill.yaml has been reached."""


class NotAuthorized(Refused):
    """The caller may not do this."""


class Conflict(CoordError):
    """The state has changed since the caller read it."""


class Fenced(Conflict):
    """A newer execution has taken the task over."""


class RegistryInUse(Conflict):
    """Another coordinator is already running on this registry."""


class Unavailable(CoordError):
    """A counterpart cannot be reached now; a later attempt may succeed.

    Attributes:
        counterpart: The counterpart's name for people.
        retry_after_s: The pause in seconds that the counterpart asked for, if it did.
    """

    counterpart = "a counterpart"

    def __init__(
        self, message: str | None = None, *, fix: str | None = None, retry_after_s: float | None = None
    ) -> None:
        super().__init__(message, fix=fix)
        self.retry_after_s = retry_after_s


class CoordinatorUnavailable(Unavailable):
    """No coordinator is running."""

    counterpart = "the coordinator"


class DiscordUnavailable(Unavailable):
    """Discord cannot be reached at the moment."""

    counterpart = "Discord"


class OpenClawUnavailable(Unavailable):
    """OpenClaw's Gateway cannot be reached at the moment."""

    counterpart = "OpenClaw"


class RegistryUnavailable(Unavailable):
    """The registry's database cannot be used."""

    counterpart = "the registry"


class DiscordRefused(CoordError):
    """Discord refused the request."""


class Overtaken(DiscordRefused):
    """A newer text has replaced the text."""


class OpenClawRefused(CoordError):
    """OpenClaw's Gateway refused the request.

    `code` is the Gateway's code for the reason, such as `INVALID_REQUEST`.
    """

    def __init__(self, message: str | None = None, *, fix: str | None = None, code: str = "") -> None:
        super().__init__(message, fix=fix)
        self.code = code


class OpenClawMismatch(OpenClawRefused):
    """OpenClaw's Gateway has an unsupported version of the protocol."""


class RunFailed(CoordError):
    """The agent's program could not be started."""


class TurnFailed(CoordError):
    """The session's turn ended without success."""


class DeliveryFailed(CoordError):
    """The destination refused the output."""


class DeliveryUnclear(DeliveryFailed):
    """The destination may or may not have received the output."""


def by_type(name: str) -> type[CoordError]:
    """Return the error class with that name in JSON, or CoordError when this version does not know the name."""
    known: list[type[CoordError]] = [CoordError]
    for kind in known:
        known.extend(kind.__subclasses__())
        if kind("x").type == name:
            return kind
    return CoordError
