"""What an application does after its first answer: follow-ups, and reading, changing and deleting its messages.

Source: Discord documentation, interactions/receiving-and-responding, "Followup Messages".
"""

from .. import messages
from ..answers import post_response, response_message
from ..checks.draft import read_draft
from ..checks.form import form_of
from ..errors import INVALID_WEBHOOK_TOKEN, UNKNOWN_MESSAGE, UNKNOWN_WEBHOOK, DiscordError
from ..interactions import is_token_valid
from ..permissions import EVERYONE
from ..shapes import Json
from ..wire.message import message_json
from ..world.interaction import Interaction
from ..world.message import EPHEMERAL, Message
from .call import Call


def is_interaction(call: Call) -> bool:
    """Whether the path names an application and the token of an interaction, rather than a webhook."""
    return call.params["webhook_id"] in call.world.applications


def _interaction(call: Call) -> Interaction:
    interaction = call.world.interaction_by_token(call.params["webhook_token"])
    if interaction is None or interaction.application_id != call.params["webhook_id"]:
        raise DiscordError(INVALID_WEBHOOK_TOKEN)
    if not is_token_valid(call.world.clock, interaction):
        raise DiscordError(INVALID_WEBHOOK_TOKEN)
    if interaction.answered is None:
        raise DiscordError(UNKNOWN_WEBHOOK)
    return interaction


def _message(call: Call, interaction: Interaction) -> Message:
    number = call.params.get("message_id") or interaction.original_id
    message = call.world.messages.get(number)
    if message is None or (message.interaction_token != interaction.token and number != interaction.original_id):
        raise DiscordError(UNKNOWN_MESSAGE)
    return message


def create(call: Call) -> Json:
    """Send another message; right after a deferred answer it takes that one's place."""
    interaction = _interaction(call)
    if interaction.deferred and interaction.original_id in call.world.messages:
        return edit(call)
    draft = read_draft(form_of(call.body), call.files, call.parts.limits)
    message = response_message(call.world, interaction, draft, is_original=False)
    post_response(call.parts, interaction, message, draft)
    return message_json(call.world, message, call.viewer)


def get(call: Call) -> Json:
    """A message sent through the interaction."""
    return message_json(call.world, _message(call, _interaction(call)), call.viewer)


def edit(call: Call) -> Json:
    """Change a message sent through the interaction, or put a message in place of a deferred answer."""
    interaction = _interaction(call)
    message = _message(call, interaction)
    draft = read_draft(form_of(call.body), call.files, call.parts.limits, edits=message)
    if interaction.deferred and message.id == interaction.original_id:
        interaction.deferred = False
        call.world.interactions.put(interaction)
        message.flags |= (draft.flags or 0) & ~EPHEMERAL
    messages.edit(call.world, message, draft, permissions=EVERYONE)
    return message_json(call.world, message, call.viewer)


def delete(call: Call) -> None:
    """Delete a message sent through the interaction."""
    messages.delete(call.world, [_message(call, _interaction(call))])
