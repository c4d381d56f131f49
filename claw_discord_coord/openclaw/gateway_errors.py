"""Errors for the Gateway's refusals, each with a fix."""

from __future__ import annotations

from claw_discord_coord.errors import CoordError, NotAuthorized, OpenClawMismatch, OpenClawRefused, OpenClawUnavailable
from claw_discord_coord.openclaw.frames import PROTOCOL, UNKNOWN_FORM, Complaint

_SET_IT = (
    "Compare openclaw.token in skill.yaml (usually ${OPENCLAW_GATEWAY_TOKEN}) with gateway.auth.token in OpenClaw's "
    "openclaw.json; then restart the coordinator."
)
_PAIR_AGAIN = "Run `claw-discord-coord install` again on the Gateway's host."
_UPDATE = "Update whichever of the two is older."
_TOKEN = {"AUTH_TOKEN_MISMATCH", "AUTH_PASSWORD_MISMATCH", "AUTH_UNAUTHORIZED", "AUTH_DEVICE_TOKEN_MISMATCH"}
_NO_TOKEN = {"AUTH_REQUIRED", "AUTH_TOKEN_MISSING", "AUTH_PASSWORD_MISSING", "DEVICE_IDENTITY_REQUIRED"}
"""Source of the codes: OpenClaw, packages/gateway-protocol/src/connect-error-details.ts."""


class NotReady(OpenClawUnavailable):
    """The Gateway is still starting, or asks for a pause."""


def from_handshake(complaint: Complaint) -> CoordError:
    """Return the error for a refused handshake."""
    reason, details = complaint.reason, complaint.details
    if reason in _TOKEN:
        return NotAuthorized("OpenClaw's Gateway refused the token.", fix=_SET_IT)
    if reason in _NO_TOKEN:
        return NotAuthorized("OpenClaw's Gateway wants a token, and none is configured.", fix=_SET_IT)
    if reason == "PAIRING_REQUIRED":
        approve = f"openclaw devices approve {details.get('requestId', '<request id>')}"
        return NotAuthorized(
            "OpenClaw's Gateway has not approved this coordinator yet.", fix=f"On the Gateway's host, run `{approve}`."
        )
    if reason == "AUTH_SCOPE_MISMATCH":
        return NotAuthorized("This coordinator was paired with OpenClaw for less than it needs now.", fix=_PAIR_AGAIN)
    # No client can speak an older protocol: the Gateway takes its own only (measured with 2026.9.6, protocol 4).
    if reason == "PROTOCOL_MISMATCH":
        theirs = details.get("expectedProtocol", "another")
        return OpenClawMismatch(
            f"OpenClaw's Gateway speaks protocol {theirs}, this version of claw-discord-coord speaks {PROTOCOL}.",
            fix=_UPDATE,
            code=reason,
        )
    if reason.startswith("DEVICE_AUTH_"):
        return NotAuthorized(
            f"OpenClaw's Gateway refused this coordinator's key ({reason}).",
            fix=_PAIR_AGAIN,
        )
    if complaint.code == "UNAVAILABLE" or complaint.retryable:
        return NotReady(f"OpenClaw's Gateway is not ready yet ({complaint.message}).", fix="It is tried again.")
    return OpenClawRefused(f"OpenClaw's Gateway refused the connection: {complaint.message} ({reason}).", code=reason)


def from_call(method: str, complaint: Complaint) -> CoordError:
    """Return the error for a refused call."""
    if complaint.reason == "MISSING_SCOPE" or complaint.code == "FORBIDDEN":
        scope = complaint.details.get("missingScope", "a wider permission")
        return NotAuthorized(
            f"OpenClaw's Gateway does not let this coordinator call {method}: it lacks {scope}.",
            fix="Run `claw-discord-coord install` again, or put the Gateway's shared token into openclaw.token.",
        )
    if complaint.code == UNKNOWN_FORM:
        return OpenClawMismatch(f"OpenClaw answered {method}, but {complaint.message}.", fix=_UPDATE)
    if complaint.code == "UNAVAILABLE" or complaint.retryable:
        return OpenClawUnavailable(f"OpenClaw cannot do {method} now: {complaint.message}.")
    return OpenClawRefused(f"OpenClaw refused {method}: {complaint.message}", code=complaint.reason)
