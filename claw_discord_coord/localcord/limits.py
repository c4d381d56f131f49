"""How much of everything: sizes and counts as documented, rates as observed, all of it settable."""

from dataclasses import dataclass, field, fields, replace
from typing import Any

from .shapes import Json


@dataclass(frozen=True, slots=True)
class Rate:
    """So many requests per so many seconds."""

    count: int
    per_s: float


@dataclass(frozen=True, slots=True)
class RouteLimit:
    """The rate of some routes: `method` and `template` as in Discord's documentation, `*` for any method.

    `shared` rates count for all callers together (scope `shared`).
    """

    method: str
    template: str
    rate: Rate
    shared: bool = False


def _observed() -> list[RouteLimit]:
    messages, webhook = "/channels/{channel_id}/messages", "/webhooks/{webhook_id}/{webhook_token}"
    return [
        RouteLimit("POST", messages, Rate(5, 5.0)),
        RouteLimit("PATCH", f"{messages}/{{message_id}}", Rate(5, 5.0)),
        RouteLimit("DELETE", f"{messages}/{{message_id}}", Rate(5, 1.0)),
        RouteLimit("PUT", f"{messages}/{{message_id}}/reactions/{{emoji_name}}/@me", Rate(1, 0.25)),
        RouteLimit("DELETE", f"{messages}/{{message_id}}/reactions/{{emoji_name}}/@me", Rate(1, 0.25)),
        RouteLimit("PATCH", "/channels/{channel_id}", Rate(5, 15.0)),
        *(RouteLimit("POST", webhook + form, Rate(5, 2.0)) for form in ("", "/slack", "/github")),
    ]


@dataclass(frozen=True, slots=True)
class Limits:
    """Every limit of the server.

    Documented values come from Discord's documentation; those of `routes`, `rename`, `webhook_channel`,
    `thread_creation`, `old_edits`, `nonce_window_s` and `default_route` are what people observed, since Discord does
    not publish them: message creation discord-api-docs#20, renames discord-api-docs#1900 and #2208, webhooks
    discord-api-docs#367, thread creation discord-api-docs#7816 (only its 219 s wait was seen, not its rate), old edits
    docs.discord.food. `rates=False` switches all rates off and keeps sizes and counts.
    """

    rates: bool = True
    global_rate: Rate = Rate(50, 1.0)
    routes: list[RouteLimit] = field(default_factory=_observed)
    default_route: Rate = Rate(20, 10.0)
    rename: Rate = Rate(2, 600.0)
    webhook_channel: Rate = Rate(30, 60.0)
    thread_creation: Rate = Rate(50, 300.0)
    old_edits: Rate = Rate(3, 6.0)
    old_after_s: float = 3600.0
    invalid_requests: Rate = Rate(10_000, 600.0)
    gateway_events: Rate = Rate(120, 60.0)
    identifies_per_day: int = 1000
    max_concurrency: int = 1
    identify_every_s: float = 5.0
    resume_within_s: float = 180.0
    heartbeat_interval_ms: int = 41_250
    gateway_payload_bytes: int = 4096
    nonce_window_s: float = 300.0
    content_chars: int = 2000
    file_bytes: int = 10 * 1024 * 1024
    request_bytes: int = 25 * 1024 * 1024
    channels_per_guild: int = 500
    channels_per_category: int = 50
    active_threads: int = 1000
    thread_members: int = 1000
    webhooks_per_channel: int = 15
    webhooks_per_guild: int = 1000
    pins: int = 250
    reactions: int = 20
    command_creates_per_day: int = 200
    thread_again_after_delete: bool = False

    def changed(self, changes: Json) -> "Limits":
        """A copy with some values changed; rates are given as `[count, per_s]`. Raises ValueError for unknown names."""
        known = {item.name for item in fields(self)} - {"routes"}
        unknown = set(changes) - known
        if unknown:
            raise ValueError(f"no such limit: {', '.join(sorted(unknown))}; there are {', '.join(sorted(known))}")
        return replace(self, **{name: _value(getattr(self, name), value) for name, value in changes.items()})


def _value(old: Any, new: Any) -> Any:
    if isinstance(old, Rate):
        count, per_s = new
        return Rate(int(count), float(per_s))
    return type(old)(new)


OFF = Limits(rates=False, identifies_per_day=1_000_000, max_concurrency=16)
"""Sizes and counts as ever, but nothing is too fast: for quick tests."""
