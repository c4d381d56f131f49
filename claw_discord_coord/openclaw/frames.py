"""What goes over the Gateway's WebSocket, protocol 4.

Source: OpenClaw's documentation, "Gateway protocol handshake" and "Gateway protocol transport". Fields that are not
needed here are left out; fields that nobody knows yet are ignored, as the protocol grows without changing its number.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.alias_generators import to_camel

from claw_discord_coord.errors import OpenClawMismatch

PROTOCOL = 4
"""The protocol's version; a client must offer exactly what the Gateway speaks ("Gateway protocol versioning")."""


class Shape(BaseModel):
    """The common form of what the Gateway sends: camelCase on the wire, open to fields of later versions."""

    model_config = ConfigDict(frozen=True, extra="ignore", alias_generator=to_camel, populate_by_name=True)

    @classmethod
    def of(cls, answer: dict[str, Any], method: str) -> Self:
        """Read what the Gateway has answered to `method`.

        Raises:
            OpenClawMismatch: it is of another form; names the places, not what stands there.
        """
        try:
            return cls.model_validate(answer)
        except ValidationError as error:
            places = sorted({".".join(map(str, item["loc"])) for item in error.errors()})
            raise OpenClawMismatch(
                f"OpenClaw answered {method} in a form that this version does not know, at {', '.join(places[:3])}.",
                fix="Update whichever of the two is older.",
            ) from None


class Complaint(Shape):
    """Why a request was refused. `code` and `details["code"]` are stable, `message` is for people."""

    code: str
    message: str = ""
    details: dict[str, Any] = {}
    retryable: bool = False
    retry_after_ms: int | None = None

    @property
    def reason(self) -> str:
        """The most exact code there is."""
        return str(self.details.get("code") or self.code)


class Response(Shape):
    """An answer to the request with the same id; some requests get a second one when what they started has ended."""

    type: Literal["res"]
    id: str
    ok: bool
    payload: dict[str, Any] | None = None
    error: Complaint | None = None


class Event(Shape):
    """Something that happened in the Gateway."""

    type: Literal["event"]
    event: str
    payload: dict[str, Any] = {}

    @property
    def run_id(self) -> str | None:
        """The run this is about, if it is about one."""
        return self.payload.get("runId")


class Challenge(Shape):
    """What the Gateway says first. The time is in milliseconds and is what a device signs, so that clocks may
    differ.
    """

    nonce: str
    ts: int = Field(ge=0)


class Server(Shape):
    """Which Gateway it is. `boot_id` is another one after every restart."""

    version: str
    boot_id: str = ""


class Granted(Shape):
    """What this connection may do. A device token is there when a device has been paired."""

    role: str
    scopes: tuple[str, ...] = ()
    device_token: str | None = None


class Policy(Shape):
    """The Gateway's limits."""

    max_payload: int = 25 * 1024 * 1024


class Snapshot(Shape):
    """What the Gateway was at the handshake. `applied_config_hash` names the settings it works with."""

    applied_config_hash: str | None = None


class Hello(Shape):
    """The Gateway's answer to a handshake that succeeded."""

    protocol: int
    server: Server
    auth: Granted
    policy: Policy = Policy()
    snapshot: Snapshot = Snapshot()


_FRAME: TypeAdapter[Response | Event] = TypeAdapter(Annotated[Response | Event, Field(discriminator="type")])


def parse(text: str | bytes) -> Response | Event | None:
    """The frame, or None for one of a kind that this version does not know."""
    try:
        return _FRAME.validate_json(text)
    except ValidationError:
        return None
