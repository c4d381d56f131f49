"""Webhooks themselves. Source: Discord documentation, resources/webhook."""

import hashlib
import re

from ...access import require
from ...audit import changes_between, log
from ...checks.form import Form, form_of
from ...errors import (
    INVALID_WEBHOOK_TOKEN,
    TOO_MANY_WEBHOOKS,
    TOO_MANY_WEBHOOKS_IN_GUILD,
    UNKNOWN_CHANNEL,
    UNKNOWN_WEBHOOK,
    WRONG_CHANNEL_TYPE,
    DiscordError,
)
from ...events import Event
from ...intents import Intent
from ...permissions import Permission
from ...shapes import Json, JsonList
from ...wire.webhook import webhook_json
from ...world.audit import AuditEvent
from ...world.channel import Channel, ChannelType
from ...world.webhook import Webhook, make_webhook_token
from ..call import Call
from ..routing import Routes

routes = Routes()

_PLACES = (
    ChannelType.TEXT,
    ChannelType.ANNOUNCEMENT,
    ChannelType.VOICE,
    ChannelType.STAGE,
    ChannelType.FORUM,
    ChannelType.MEDIA,
)
_FORBIDDEN = re.compile(r"clyde|discord", re.IGNORECASE)
_LOGGED = ("name", "channel_id", "type", "application_id", "avatar")


def read_name(form: Form, name: str = "name", *, required: bool = False) -> str | None:
    """A webhook's name: 1 to 80 characters, without "clyde" and "discord"."""
    text = form.text(name, 80, low=1, required=required)
    if text is not None and (found := _FORBIDDEN.search(text)):
        form.fault(name, "USERNAME_INVALID_CONTAINS", f'Username cannot contain "{found.group().lower()}"')
    return text


def _avatar(form: Form) -> str | None:
    data = form.body.get("avatar")
    return hashlib.md5(str(data).encode(), usedforsecurity=False).hexdigest() if data else None


def webhook_by_token(call: Call) -> Webhook:
    """The webhook in the path with its token; raises DiscordError 10015, 50027."""
    webhook = call.world.webhooks.get(call.id("webhook_id"))
    if webhook is None:
        raise DiscordError(UNKNOWN_WEBHOOK)
    if webhook.token != call.params["webhook_token"]:
        raise DiscordError(INVALID_WEBHOOK_TOKEN)
    return webhook


def _managed(call: Call) -> Webhook:
    webhook = call.world.webhooks.get(call.id("webhook_id"))
    if webhook is None:
        raise DiscordError(UNKNOWN_WEBHOOK)
    require(call.world, call.user, call.world.channels[webhook.channel_id], Permission.MANAGE_WEBHOOKS)
    return webhook


@routes.on("POST", "/channels/{channel_id}/webhooks")
def create_webhook(call: Call) -> Json:
    """Create a webhook in a channel."""
    channel = call.channel(Permission.MANAGE_WEBHOOKS)
    if channel.type not in _PLACES or channel.guild_id is None:
        raise DiscordError(WRONG_CHANNEL_TYPE)
    form = form_of(call.body)
    name = read_name(form, required=True)
    form.errors.raise_if_any()
    world, limits = call.world, call.parts.limits
    if sum(1 for other in world.webhooks if other.channel_id == channel.id) >= limits.webhooks_per_channel:
        raise DiscordError(TOO_MANY_WEBHOOKS)
    if len(world.webhooks) >= limits.webhooks_per_guild:
        raise DiscordError(TOO_MANY_WEBHOOKS_IN_GUILD)
    webhook = Webhook(
        world.new_id(),
        channel.guild_id,
        channel.id,
        name or "",
        make_webhook_token(),
        call.user.id,
        call.user.application_id,
        _avatar(form),
    )
    world.webhooks.put(webhook)
    _changed(call, webhook, AuditEvent.WEBHOOK_CREATE, {}, webhook_json(world, webhook))
    return webhook_json(world, webhook)


def _changed(call: Call, webhook: Webhook, event: AuditEvent, before: Json, after: Json) -> None:
    world = call.world
    body: Json = {"guild_id": webhook.guild_id, "channel_id": webhook.channel_id}
    intents = int(Intent.GUILD_WEBHOOKS)
    world.emit(Event("WEBHOOKS_UPDATE", body, intents, guild_id=webhook.guild_id, channel_id=webhook.channel_id))
    by = call.caller.id if call.caller else webhook.user_id
    changes = changes_between(before, after, _LOGGED)
    log(world, webhook.guild_id, by, event, webhook.id, changes=changes, reason=call.reason)


@routes.on("GET", "/channels/{channel_id}/webhooks")
def get_channel_webhooks(call: Call) -> JsonList:
    """The webhooks of a channel; tokens are shown only of one's own application's (and to people)."""
    channel = call.channel(Permission.MANAGE_WEBHOOKS)
    return [_seen(call, webhook) for webhook in call.world.webhooks if webhook.channel_id == channel.id]


@routes.on("GET", "/guilds/{guild_id}/webhooks")
def get_guild_webhooks(call: Call) -> JsonList:
    """The webhooks of the guild."""
    guild = call.guild(Permission.MANAGE_WEBHOOKS)
    return [_seen(call, webhook) for webhook in call.world.webhooks if webhook.guild_id == guild.id]


def _seen(call: Call, webhook: Webhook) -> Json:
    body = webhook_json(call.world, webhook)
    if webhook.application_id is not None and webhook.application_id != call.user.application_id:
        del body["token"], body["url"]
    return body


@routes.on("GET", "/webhooks/{webhook_id}")
def get_webhook(call: Call) -> Json:
    """One webhook."""
    return _seen(call, _managed(call))


@routes.on("GET", "/webhooks/{webhook_id}/{webhook_token}", anonymous=True)
def get_webhook_by_token(call: Call) -> Json:
    """One webhook, by its token."""
    return webhook_json(call.world, webhook_by_token(call), with_user=False)


@routes.on("PATCH", "/webhooks/{webhook_id}")
def edit_webhook(call: Call) -> Json:
    """Rename or move a webhook."""
    webhook = _managed(call)
    form = form_of(call.body)
    target = form.snowflake("channel_id")
    _rename(call, webhook, form, target)
    return _seen(call, webhook)


@routes.on("PATCH", "/webhooks/{webhook_id}/{webhook_token}", anonymous=True)
def edit_webhook_by_token(call: Call) -> Json:
    """Rename a webhook by its token."""
    webhook = webhook_by_token(call)
    _rename(call, webhook, form_of(call.body), None)
    return webhook_json(call.world, webhook, with_user=False)


def _rename(call: Call, webhook: Webhook, form: Form, target: str | None) -> None:
    name = read_name(form)
    form.errors.raise_if_any()
    before = webhook_json(call.world, webhook)
    if target is not None:
        channel = call.world.channels.get(target)
        if channel is None or channel.guild_id != webhook.guild_id:
            raise DiscordError(UNKNOWN_CHANNEL)
        require(call.world, call.user, channel, Permission.MANAGE_WEBHOOKS)
        _check_place(channel)
        webhook.channel_id = channel.id
    webhook.name = name or webhook.name
    if form.has("avatar"):
        webhook.avatar = _avatar(form)
    call.world.webhooks.put(webhook)
    _changed(call, webhook, AuditEvent.WEBHOOK_UPDATE, before, webhook_json(call.world, webhook))


def _check_place(channel: Channel) -> None:
    if channel.type not in _PLACES:
        raise DiscordError(WRONG_CHANNEL_TYPE)


@routes.on("DELETE", "/webhooks/{webhook_id}")
def delete_webhook(call: Call) -> None:
    """Delete a webhook."""
    _delete(call, _managed(call))


@routes.on("DELETE", "/webhooks/{webhook_id}/{webhook_token}", anonymous=True)
def delete_webhook_by_token(call: Call) -> None:
    """Delete a webhook by its token."""
    _delete(call, webhook_by_token(call))


def _delete(call: Call, webhook: Webhook) -> None:
    call.world.webhooks.drop(webhook.id)
    _changed(call, webhook, AuditEvent.WEBHOOK_DELETE, webhook_json(call.world, webhook), {})
