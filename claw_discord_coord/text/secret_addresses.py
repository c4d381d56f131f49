"""The shapes of secrets within web addresses."""

from __future__ import annotations

from claw_discord_coord.text.secret_values import is_random, is_stated, not_wordy
from claw_discord_coord.text.shape import SLASH, Shape

ADDRESSES = (
    Shape(
        "Discord webhook",
        ("webhooks",),
        (
            rf"https?:{SLASH}{SLASH}(?:\w{{1,20}}\.)?discord(?:app)?\.com{SLASH}api{SLASH}(?:v\d+{SLASH})?webhooks{SLASH}\d+{SLASH}[\w-]+"
        ),
    ),
    Shape(
        "Slack webhook",
        ("hooks.slack",),
        rf"https?:{SLASH}{SLASH}hooks\.slack(?:-gov)?\.com{SLASH}(?:services|workflows|triggers){SLASH}"
        r"(?P<body>[\w/\\-]{20,300})",
        not_wordy,
    ),
    Shape(
        "Teams webhook",
        (".webhook.office.com", ".logic.azure.com"),
        (
            r"https://[\w-]{1,80}\.(?:webhook\.office\.com/webhookb2/[\w@/-]+|[\w.-]{0,40}logic\.azure\.com[:/][^\s\"'<>]{20,400})"
        ),
    ),
    Shape(
        "Google Chat webhook",
        ("chat.googleapis.com",),
        (r"https://chat\.googleapis\.com/v1/spaces/[\w-]+/messages\?(?P<secret>[^\s\"'<>)]{20,400})"),
    ),
    Shape("Zapier webhook", ("hooks.zapier.com",), (r"https://hooks\.zapier\.com/hooks/catch/\d+/\w+")),
    Shape(
        "IFTTT webhook",
        ("maker.ifttt.com",),
        (r"maker\.ifttt\.com/[\w/{}-]{1,80}/with/key/(?P<secret>[\w-]{20,})"),
    ),
    Shape(
        "password in an address",
        ("://", ":\\/\\/"),
        (
            rf"(?<=[A-Za-z0-9]):{SLASH}{SLASH}[^\s/@:\"'<>\\]{{0,80}}:(?P<secret>(?!\d{{2,5}}/)(?:[^\s/,\"'`<>]{{1,200}}|[^\s@\"'`<>]{{1,200}}))@(?=[\w.\[-])"
        ),
        is_stated,
    ),
    Shape(
        "token in an address",
        ("://",),
        (r"(?<=[A-Za-z0-9])://(?P<secret>[\w.~%-]{16,200})(?::|:x-oauth-basic)?@(?=[\w\[])"),
        is_random,
    ),
)
"""Addresses that are a secret, or hold one."""
