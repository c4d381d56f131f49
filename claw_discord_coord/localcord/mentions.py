"""Whom a message mentions, as far as it is allowed to.

Source: Discord documentation, resources/message, "Allowed Mentions Object".
"""

import re
from dataclasses import dataclass

from .checks.form import Form
from .permissions import Permission
from .world.message import Message
from .world.world import World

_USER = re.compile(r"<@!?(\d{1,20})>")
_ROLE = re.compile(r"<@&(\d{1,20})>")
_EVERYONE = re.compile(r"@(?:everyone|here)\b")
_KINDS = ("everyone", "roles", "users")
_CODE = re.compile(r"```.*?```|`[^`]*`", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Allowed:
    """What may be mentioned: None allows all users (or roles), else only those named."""

    users: frozenset[str] | None = None
    roles: frozenset[str] | None = None
    everyone: bool = True
    replied_user: bool = True


def read_allowed(form: Form | None) -> Allowed:
    """Read `allowed_mentions`; missing means everything is allowed."""
    if form is None:
        return Allowed()
    parse = form.values("parse", 3)
    users, roles = form.snowflakes("users", 100), form.snowflakes("roles", 100)
    kinds = parse or []
    for number, kind in enumerate(kinds):
        if kind not in _KINDS:
            place = (*form.path, "parse", number)
            form.errors.add(place, "BASE_TYPE_CHOICES", f"Value must be one of {{{', '.join(map(repr, _KINDS))}}}.")
    for kind, ids in (("users", users), ("roles", roles)):
        if kind in kinds and ids:
            form.fault(
                None,
                "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE",
                f'parse:["{kind}"] and {kind}: [ids...] are mutually exclusive.',
            )
    form.errors.raise_if_any()
    return Allowed(
        users=None if "users" in kinds else frozenset(users or ()),
        roles=None if "roles" in kinds else frozenset(roles or ()),
        everyone="everyone" in kinds,
        replied_user=form.boolean("replied_user"),
    )


def apply_mentions(
    world: World, message: Message, allowed: Allowed, permissions: int, text: str, replied_to: str | None = None
) -> None:
    """Set whom a message mentions; `text` is all that it shows, `replied_to` the author of the message it answers."""
    text = _CODE.sub("", text)
    users = [user for user in _unique(_USER, text) if user in world.users]
    if allowed.users is not None:
        users = [user for user in users if user in allowed.users]
    if replied_to is not None and allowed.replied_user and replied_to in world.users and replied_to not in users:
        users.append(replied_to)
    may_all = bool(permissions & Permission.MENTION_EVERYONE)
    roles: list[str] = []
    for role_id in _unique(_ROLE, text):
        role = world.roles.get(role_id)
        if role and (role.mentionable or may_all) and (allowed.roles is None or role_id in allowed.roles):
            roles.append(role_id)
    message.mentions = users
    message.mention_roles = roles
    message.mention_everyone = may_all and allowed.everyone and _EVERYONE.search(text) is not None


def _unique(pattern: re.Pattern[str], text: str) -> list[str]:
    return list(dict.fromkeys(pattern.findall(text)))
