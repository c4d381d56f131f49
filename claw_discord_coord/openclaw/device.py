"""The coordinator's identity for OpenClaw: an Ed25519 key, and the token that the Gateway gives a paired device.

Source: OpenClaw documentation, "Gateway protocol auth", section "Device identity and pairing". The signed text has the
form of `buildDeviceAuthPayloadV3`.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

from claw_discord_coord.errors import NotAuthorized
from claw_discord_coord.openclaw.frames import Challenge
from claw_discord_coord.private_files import write_whole

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


class Stored(BaseModel):
    """The content of the file: the private key (32 bytes, base64url), and the token after pairing."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    private_key: str
    token: str | None = None
    scopes: tuple[str, ...] = ()


class Device:
    """A device's identity in one file that only the owner can read.

    Methods that read the file raise NotAuthorized for an unreadable or damaged file, without the content in the
    message.
    """

    def __init__(self, path: Path, stored: Stored, key: Ed25519PrivateKey, *, keeps: bool = True) -> None:
        self._path = path
        self._keeps = keeps
        self._take(stored, key)

    def _take(self, stored: Stored, key: Ed25519PrivateKey) -> None:
        self._stored, self._key = stored, key
        self._public = key.public_key().public_bytes_raw()

    @classmethod
    def open(cls, path: Path) -> Device:
        """Return the identity in the file, and create a missing file with a new identity."""
        if path.exists():
            return cls(path, *_read(path))
        key = _key_type().generate()
        device = cls(path, Stored(private_key=_base64url(key.private_bytes_raw())), key)
        device._save()
        return device

    @classmethod
    def look(cls, path: Path) -> Device | None:
        """Return the identity in the file, or None without a file. Writes nothing."""
        return cls(path, *_read(path), keeps=False) if path.exists() else None

    @property
    def id(self) -> str:
        """Return the Gateway's name for this device: the SHA-256 of the public key, in hexadecimal."""
        return hashlib.sha256(self._public).hexdigest()

    @property
    def token(self) -> str | None:
        """Return the token from the Gateway, or None before pairing."""
        return self._stored.token

    @property
    def scopes(self) -> tuple[str, ...]:
        """Return the scopes of the token."""
        return self._stored.scopes

    def refresh(self) -> None:
        """Read the file again: `install` pairs while the coordinator runs."""
        if self._path.exists():
            self._take(*_read(self._path))

    def remember(self, token: str, scopes: Sequence[str]) -> None:
        """Store the token from the Gateway with the token's scopes."""
        if token != self._stored.token:
            self._stored = self._stored.model_copy(update={"token": token, "scopes": tuple(scopes)})
            self._save()

    def forget_token(self) -> None:
        """Drop a token that the Gateway no longer accepts. The key stays, unless the file was removed meanwhile."""
        self._stored = self._stored.model_copy(update={"token": None, "scopes": ()})
        if self._path.exists():
            self._save()

    def proof(
        self, challenge: Challenge, *, client: dict[str, str], role: str, scopes: Sequence[str], token: str
    ) -> dict[str, Any]:
        """Return the `device` part of a handshake: the public key, and a signature over all claims."""
        signed = "|".join(
            [
                "v3",
                self.id,
                client["id"],
                client["mode"],
                role,
                ",".join(scopes),
                str(challenge.ts),
                token,
                challenge.nonce,
                client["platform"].lower(),
                "",
            ]
        )
        return {
            "id": self.id,
            "publicKey": _base64url(self._public),
            "signature": _base64url(self._key.sign(signed.encode())),
            "signedAt": challenge.ts,
            "nonce": challenge.nonce,
        }

    def _save(self) -> None:
        if not self._keeps:
            return
        write_whole(self._path, self._stored.model_dump_json().encode())


def _read(path: Path) -> tuple[Stored, Ed25519PrivateKey]:
    try:
        stored = Stored.model_validate_json(path.read_text(encoding="utf-8"))
        return stored, _key_type().from_private_bytes(_from_base64url(stored.private_key))
    except OSError as error:
        raise NotAuthorized(
            f"The coordinator's key for OpenClaw in {path} cannot be read: {error.strerror}.",
            fix="Give the file to the user who runs the coordinator.",
        ) from error
    except ValueError:  # the cause would show the key
        raise NotAuthorized(
            f"The coordinator's key for OpenClaw in {path} is damaged.",
            fix="Remove that file and run `claw-discord-coord install`.",
        ) from None


def _key_type() -> type[Ed25519PrivateKey]:
    # Imported here: cryptography takes 7 MB, and a coordinator without OpenClaw has no key.
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Ed25519PrivateKey


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _from_base64url(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
