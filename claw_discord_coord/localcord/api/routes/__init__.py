"""The routes of the API, one file per noun."""

from ..routing import Routes
from . import (
    applications,
    audit_log,
    bans,
    channels,
    commands,
    emojis,
    empty,
    gateway,
    guilds,
    interactions,
    invites,
    members,
    messages,
    pins,
    reactions,
    roles,
    search,
    threads,
    users,
    webhook_forms,
    webhook_messages,
    webhooks,
)


def all_routes() -> Routes:
    """Every route of the API."""
    routes = Routes()
    for part in (
        *(applications, audit_log, bans, channels, commands, emojis, empty, gateway, guilds, interactions),
        *(
            invites,
            members,
            messages,
            pins,
            reactions,
            roles,
            search,
            threads,
            users,
            webhook_forms,
            webhook_messages,
            webhooks,
        ),
    ):
        routes.include(part.routes)
    return routes
