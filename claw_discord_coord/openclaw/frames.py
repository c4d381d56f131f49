"""The frames on the Gateway's WebSocket, protocol 4.

Source: OpenClaw documentation, "Gateway protocol handshake" and "Gateway protocol transport". Fields without a use here
are left out. Unknown fields are ignored, since the protocol grows without a new number.
"""

from __future__ import annotations

import logging
from typing import Annotated, Any, Literal, Self, cast

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_validator,
)
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticUseDefault

from claw_discord_coord.errors import OpenClawMismatch

UNKNOWN_FORM = "UNKNOWN_FORM"
"""The code of the refusal that stands for a response of an unknown form; OpenClaw has no such code."""

PROTOCOL = 4
"""The protocol's version; a client must offer exactly the Gateway's version ("Gateway protocol versioning")."""


log = logging.getLogger(__name__)


class Shape(BaseModel):
    """The base of all data from the Gateway: camelCase names, open to fields of later versions."""

    model_config = ConfigDict(frozen=True, extra="ignore", alias_generator=to_camel, populate_by_name=True)

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, data: object) -> object:
        # null stands for "not given": a field that may be absent must not be refused for a null.
        if not isinstance(data, dict):
            return data
        return {name: value for name, value in cast("dict[str, Any]", data).items() if value is not None}

    @classmethod
    def of(cls, answer: dict[str, Any], method: str) -> Self:
        """Read the Gateway's response to `method`.

        Raises:
            OpenClawMismatch: The response has another form; the message names the fields, not the values.
        """
        try:
            return cls.model_validate(answer)
        except ValidationError as error:
            places = sorted({".".join(map(str, item["loc"])) for item in error.errors()})
            raise OpenClawMismatch(
                f"OpenClaw answered {method} in a form that this version does not know, at {', '.join(places[:3])}.",
                fix="Update whichever of the two is older.",
            ) from None


def _or_default(value: object, read: ValidatorFunctionWrapHandler) -> Any:
    try:
        return read(value)
    except ValidationError:
        raise PydanticUseDefault from None


UNLESS_ODD = WrapValidator(_or_default)
"""Marks a field that has its default when the value is of an unknown form: nothing depends on the field alone."""


class Complaint(Shape):
    """The Gateway's reason for a refusal. `code` and `details["code"]` are stable, `message` is for people."""

    code: str
    message: str = ""
    details: dict[str, Any] = {}
    retryable: bool = False

    @property
    def reason(self) -> str:
        """Return the most exact code."""
        return str(self.details.get("code") or self.code)


class Response(Shape):
    """The response to the request with the same id. Some requests get a second response when the started work has
    ended.
    """

    type: Literal["res"]
    id: str
    ok: bool
    payload: dict[str, Any] | None = None
    error: Complaint | None = None


class Event(Shape):
    """An event in the Gateway."""

    type: Literal["event"]
    event: str
    payload: dict[str, Any] = {}

    @property
    def run_id(self) -> str | None:
        """Return the run of the event, or None for an event about no run."""
        return self.word("runId")

    def word(self, *path: str) -> str | None:
        """Return the text at this path of the payload; None for nothing there, and for anything but text."""
        # A later version of OpenClaw may send another type, which must not end the connection.
        value: Any = self.payload
        for name in path:
            value = cast("dict[str, Any]", value).get(name) if isinstance(value, dict) else None
        return value if isinstance(value, str) else None


class Challenge(Shape):
    """The Gateway's first frame. A device signs the Gateway's time, in milliseconds, so that clocks may differ."""

    nonce: str
    ts: int = Field(ge=0)


class Server(Shape):
    """The Gateway's identity. `boot_id` changes at every restart."""

    version: str
    boot_id: str = ""


class Granted(Shape):
    """The rights of a connection; with a device token when a device has been paired."""

    role: str
    scopes: tuple[str, ...] = ()
    device_token: str | None = None


class Snapshot(Shape):
    """The Gateway's state at the handshake. `applied_config_hash` identifies the settings in force."""

    applied_config_hash: str | None = None


class Hello(Shape):
    """The Gateway's response to a successful handshake."""

    protocol: int
    server: Server
    auth: Granted
    snapshot: Snapshot = Snapshot()


class _Head(Shape):
    type: str
    id: str = ""
    event: str = ""


_FRAME: TypeAdapter[Response | Event] = TypeAdapter(Annotated[Response | Event, Field(discriminator="type")])


def parse(text: str | bytes) -> Response | Event | None:
    """Return the frame, or None for a frame of an unknown kind or form.

    A response of an unknown form comes back as a refusal, so that the call does not wait until its time limit.
    """
    try:
        return _FRAME.validate_json(text)
    except ValidationError as error:
        places = sorted({".".join(map(str, item["loc"])) for item in error.errors()})
    try:
        head = _Head.model_validate_json(text)
    except ValidationError:
        head = _Head(type="?")
    # Without the values: a frame may have texts of people and secrets.
    log.warning("OpenClaw sent a frame of an unknown form: %s %s at %s", head.type, head.event, ", ".join(places[:3]))
    if head.type == "res" and head.id:
        complaint = Complaint(code=UNKNOWN_FORM, message=f"the response has an unknown form at {', '.join(places[:3])}")
        return Response(type="res", id=head.id, ok=False, error=complaint)
    return None
