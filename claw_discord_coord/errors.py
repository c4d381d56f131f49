"""Every error this package raises on purpose.

CoordError                    something a person can act on; `fix` says how
├─ UsageError                 the call itself is wrong (exit code 2)
│  ├─ ConfigError             skill.yaml does not say what it must
│  ├─ UnknownAgent            no agent of that name
│  ├─ UnknownTask             no task of that id
│  ├─ UnknownDestination      no destination of that name
│  └─ UnknownKind             no kind of output of that name
├─ Refused                    understood, but not allowed
│  ├─ LimitReached            depth, children, handoffs, runs, ...
│  └─ NotAuthorized           wrong or missing token, not an operator
├─ Conflict                   the state has moved on (a guarded update found another state)
│  ├─ Fenced                  a newer coordinator has taken the task over
│  └─ RegistryInUse           another coordinator is running on this registry
├─ Unavailable                a counterpart cannot be reached now; trying again may help
│  ├─ CoordinatorUnavailable  no coordinator is running, or it went away
│  ├─ DiscordUnavailable      Discord cannot be reached
│  ├─ OpenClawUnavailable     OpenClaw's Gateway cannot be reached
│  └─ RegistryUnavailable     the database is locked, missing, or from a newer version
├─ DiscordRefused             Discord answered no (permissions, unknown channel, invalid form)
├─ OpenClawRefused            OpenClaw's Gateway answered no (unknown session, invalid call)
│  └─ OpenClawMismatch        OpenClaw's Gateway is of a version this one does not understand
├─ RunFailed                  an agent's program could not be started
├─ TurnFailed                 a turn of a session ended without success; another may do better
└─ DeliveryFailed             a destination said no; trying again will not help
   └─ DeliveryUnclear         nobody can tell whether the output arrived
"""

from __future__ import annotations

import re


class CoordError(Exception):
    """Something went wrong that a person can act on.

    `str(error)` is one sentence for a person, `fix` says what to do next, `exit_code` is what the command line ends
    with.
    """

    exit_code = 1

    def __init__(self, message: str | None = None, *, fix: str | None = None) -> None:
        super().__init__(message or (self.__doc__ or "").strip().splitlines()[0])
        self.fix = fix

    @property
    def type(self) -> str:
        """The error's name on the wire, such as `unknown_agent`."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", type(self).__name__).lower()

    def sentence(self) -> str:
        """The message and the fix as one line for a person."""
        return f"{self} {self.fix}" if self.fix else str(self)


class UsageError(CoordError):
    """The call is not of the form it must have."""

    exit_code = 2


class ConfigError(UsageError):
    """skill.yaml does not say what it must."""


class UnknownAgent(UsageError):
    """There is no agent of that name."""


class UnknownTask(UsageError):
    """There is no task of that id."""


class UnknownDestination(UsageError):
    """There is no destination of that name."""


class UnknownKind(UsageError):
    """There is no kind of output of that name."""


class Refused(CoordError):
    """The call was understood but is not allowed."""


class LimitReached(Refused):
    """A limit of skill.yaml has been reached."""


class NotAuthorized(Refused):
    """The caller may not do this."""


class Conflict(CoordError):
    """The task has moved on since it was read."""


class Fenced(Conflict):
    """A newer coordinator has taken this task over."""


class RegistryInUse(Conflict):
    """Another coordinator is already running on this registry."""


class Unavailable(CoordError):
    """A counterpart cannot be reached at the moment.

    `counterpart` is what a person calls it, `retry_after_s` how long it wants to be left alone, in seconds, where it
    has said so.
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
    """A newer text stands where this one was to stand."""


class OpenClawRefused(CoordError):
    """OpenClaw's Gateway refused the request.

    `code` is the Gateway's own word for why, such as `INVALID_REQUEST`.
    """

    def __init__(self, message: str | None = None, *, fix: str | None = None, code: str = "") -> None:
        super().__init__(message, fix=fix)
        self.code = code


class OpenClawMismatch(OpenClawRefused):
    """OpenClaw's Gateway speaks another version of its protocol."""


class RunFailed(CoordError):
    """The agent's program could not be started."""


class TurnFailed(CoordError):
    """The session's turn ended without success."""


class DeliveryFailed(CoordError):
    """The destination refused the output."""


class DeliveryUnclear(DeliveryFailed):
    """The destination may or may not have received the output."""


def by_type(name: str) -> type[CoordError]:
    """The error class whose wire name is `name`, or CoordError for one this version does not know."""
    known: list[type[CoordError]] = [CoordError]
    for kind in known:
        known.extend(kind.__subclasses__())
        if kind("x").type == name:
            return kind
    return CoordError
