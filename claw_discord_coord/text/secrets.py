"""Masks secrets by the forms that issuers publish."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the module loads PyYAML, which the masking itself does not need
    from claw_discord_coord.text.front_matter import Value

SECRET_REMOVED = "[secret removed]"  # noqa: S105 - the opposite of a secret
"""The text that replaces a secret."""

_SECRETS = re.compile(
    "|".join(
        (
            r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----.*?(?:-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----|\Z)",
            r"https?://(?:\w+\.)?discord(?:app)?\.com/api/(?:v\d+/)?webhooks/\d+/[\w-]+",
            r"https?://hooks\.slack\.com/(?:services|workflows|triggers)/[\w/-]+",
            r"(?<![\w-])[MNO][\w-]{22,27}\.[\w-]{5,8}\.[\w-]{25,}",  # Discord: user id, time and signature in base64
            r"(?<![\w-])mfa\.[\w-]{20,}",
            r"(?<!\w)task_[0-9a-f]{64}(?!\w)",  # our own task tokens
            r"(?<!\w)(?:gh[pousr]_[A-Za-z0-9]{30,}|github_pat_\w{30,})",
            r"(?<!\w)glpat-[\w-]{20,}",
            r"(?<!\w)(?:xox[a-z]|xapp)-[A-Za-z0-9-]{10,}",
            r"(?<![\w-])sk-[\w-]{20,}",  # OpenAI, Anthropic
            r"(?<![\w-])(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}(?!\w)",
            r"(?<!\w)AIza[\w-]{35}",
            r"(?<!\w)\d{8,10}:AA[\w-]{33}(?!\w)",  # Telegram
            r"(?<!\w)(?:sk|rk)_live_[A-Za-z0-9]{20,}",
            r"(?<!\w)npm_[A-Za-z0-9]{36}",
            r"(?<!\w)pypi-AgE[\w-]{50,}",
            r"(?<!\w)eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}",  # JSON Web Token
        )
    ),
    re.DOTALL,
)
_LABELLED = re.compile(r"(?i)((?:aws_?)?secret_?access_?key[\"']?\s*[=:]\s*[\"']?)[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+])")
_BEARER = re.compile(r"(?i)(authorization[\"']?\s*[=:]\s*[\"']?(?:bearer|bot|basic|token)\s+)[\w.~+/=-]{12,}")


def mask_secrets(text: str) -> str:
    """Replace everything with the form of a secret; the rest stays."""
    text = _SECRETS.sub(SECRET_REMOVED, text)
    text = _LABELLED.sub(rf"\1{SECRET_REMOVED}", text)
    return _BEARER.sub(rf"\1{SECRET_REMOVED}", text)


def mask_metadata(values: Mapping[str, Value]) -> dict[str, Value]:
    """Return metadata with secrets masked in keys and words; numbers and booleans stay."""
    return {mask_secrets(key): _mask_value(key, value) for key, value in values.items()}


def _mask_value(key: str, value: Value) -> Value:
    if isinstance(value, list):
        return [mask_secrets(word) for word in value]
    if not isinstance(value, str):
        return value
    # Some secrets are only known by the name in front of them, such as `secret_access_key: ...`.
    label = f"{key}: "
    return mask_secrets(f"{label}{value}").removeprefix(mask_secrets(label))
