"""Messages posted by webhooks, and by applications that answer interactions (whose paths are the same).

Source: Discord documentation, resources/webhook, and interactions/receiving-and-responding, "Followup Messages".
"""

from ... import messages
from ...checks.channel import NAME_CHARS
from ...checks.draft import Draft, read_draft, refuse_empty
from ...checks.form import Form, form_of
from ...errors import (
    NO_FORUM_THREAD_FOR_WEBHOOK,
    THREAD_NAME_AND_ID,
    UNKNOWN_CHANNEL,
    UNKNOWN_MESSAGE,
    WEBHOOKS_ONLY_MAKE_THREADS_IN_FORUMS,
    DiscordError,
)
from ...permissions import EVERYONE
from ...shapes import Json
from ...thread_start import NewThread, start_thread
from ...wire.message import message_json, webhook_author_json
from ...world.channel import Channel, ChannelType
from ...world.message import Message
from ...world.webhook import Webhook
from .. import followups
from ..call import Call, Upload
from ..routing import Routes
from .webhooks import read_name, webhook_by_token

routes = Routes()

_PATH = "/webhooks/{webhook_id}/{webhook_token}"


@routes.on("POST", _PATH, anonymous=True, exempt=True)
def execute(call: Call) -> Json | None:
    """Post as a webhook (204, or with `wait` the message), or follow up on an interaction."""
    if followups.is_interaction(call):
        return followups.create(call)
    message = speak(call, webhook_by_token(call), form_of(call.body), call.files)
    return message_json(call.world, message, call.viewer) if call.flag("wait") else None


def speak(call: Call, webhook: Webhook, form: Form, files: dict[str, Upload]) -> Message:
    """Post what a body asks for as a webhook, where the body and the query say; raises DiscordError."""
    name = read_name(form, "username")
    avatar_url = form.text("avatar_url", 2048)
    draft = read_draft(form, files, call.parts.limits)
    refuse_empty(draft)
    _check_components(call, webhook, draft)
    if draft.flags is not None:
        draft.flags &= ~messages.EPHEMERAL
    channel, first = _place(call, webhook, form)
    author = webhook_author_json(webhook.id, name or webhook.name, avatar_url or webhook.avatar)
    like = Message(
        first.id if first else "",
        channel.id,
        channel.guild_id,
        webhook.id,
        "",
        0,
        author=author,
        webhook_id=webhook.id,
        application_id=webhook.application_id,
    )
    limits = call.parts.limits
    return messages.post(call.world, limits, channel, draft, author_id=webhook.id, permissions=EVERYONE, like=like)


def _check_components(call: Call, webhook: Webhook, draft: Draft) -> None:
    """A webhook that no application made may not have interactive components; they are left out, as Discord does."""
    if webhook.application_id is None and draft.components and not call.flag("with_components"):
        draft.components = []
        refuse_empty(draft)


def _place(call: Call, webhook: Webhook, form: Form) -> tuple[Channel, Channel | None]:
    channel = call.world.channels[webhook.channel_id]
    thread_id = call.snowflake("thread_id")
    name = form.text("thread_name", NAME_CHARS, low=1, stripped=True)
    tags = form.snowflakes("applied_tags", 5) or []
    form.errors.raise_if_any()
    if thread_id is not None and name is not None:
        raise DiscordError(THREAD_NAME_AND_ID)
    if thread_id is not None:
        thread = call.world.channels.get(str(thread_id))
        if thread is None or thread.parent_id != channel.id or not thread.is_thread:
            raise DiscordError(UNKNOWN_CHANNEL)
        return thread, None
    if name is not None:
        if not channel.is_forum:
            raise DiscordError(WEBHOOKS_ONLY_MAKE_THREADS_IN_FORUMS)
        new = NewThread(name, ChannelType.PUBLIC_THREAD, applied_tags=tags)
        thread = start_thread(call.world, call.parts.limits, channel, new, by=webhook.id, reason=None)
        return thread, thread
    if channel.is_forum:
        raise DiscordError(NO_FORUM_THREAD_FOR_WEBHOOK)
    return channel, None


def _own_message(call: Call, webhook: Webhook) -> Message:
    named = "message_id" in call.params  # `@original` names a message to interactions only
    message = call.world.messages.get(call.id("message_id")) if named else None
    if message is None or message.webhook_id != webhook.id:
        raise DiscordError(UNKNOWN_MESSAGE)
    thread_id = call.snowflake("thread_id")
    place = str(thread_id) if thread_id is not None else webhook.channel_id
    if message.channel_id != place:
        raise DiscordError(UNKNOWN_MESSAGE)
    return message


def get_message(call: Call) -> Json:
    """A message this webhook posted."""
    if followups.is_interaction(call):
        return followups.get(call)
    return message_json(call.world, _own_message(call, webhook_by_token(call)), call.viewer)


def edit_message(call: Call) -> Json:
    """Edit a message this webhook posted."""
    if followups.is_interaction(call):
        return followups.edit(call)
    message = _own_message(call, webhook_by_token(call))
    draft = read_draft(form_of(call.body), call.files, call.parts.limits, edits=message)
    messages.edit(call.world, message, draft, permissions=EVERYONE)
    return message_json(call.world, message, call.viewer)


def delete_message(call: Call) -> None:
    """Delete a message this webhook posted."""
    if followups.is_interaction(call):
        return followups.delete(call)
    messages.delete(call.world, [_own_message(call, webhook_by_token(call))])
    return None


for _message in ("@original", "{message_id}"):
    routes.on("GET", f"{_PATH}/messages/{_message}", anonymous=True, exempt=True)(get_message)
    routes.on("PATCH", f"{_PATH}/messages/{_message}", anonymous=True, exempt=True)(edit_message)
    routes.on("DELETE", f"{_PATH}/messages/{_message}", anonymous=True, exempt=True)(delete_message)
