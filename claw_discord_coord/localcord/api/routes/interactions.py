"""Interactions: people begin them, applications answer them.

Source: Discord documentation, interactions/receiving-and-responding; the people's side as Discord's own web client
does it (docs.discord.food, unofficial, "Create Interaction").
"""

from ...answers import DEFERRED_UPDATE, MESSAGE, UPDATE, answer
from ...checks.form import Form, form_of
from ...errors import UNKNOWN_INTERACTION, DiscordError
from ...events import Viewer
from ...shapes import Json
from ...wire.message import message_json
from ...world.interaction import Interaction, InteractionType
from ...world.message import EPHEMERAL, LOADING
from .. import uses
from ..call import Call
from ..routing import Routes

routes = Routes()

_BEGIN = {
    InteractionType.COMMAND: uses.use_command,
    InteractionType.COMPONENT: uses.use_component,
    InteractionType.AUTOCOMPLETE: uses.autocomplete,
    InteractionType.MODAL_SUBMIT: uses.submit_modal,
}


@routes.on("POST", "/interactions")
def begin_interaction(call: Call) -> None:
    """A person uses a command, clicks, chooses, types, or submits a modal."""
    call.people_only()
    form = form_of(call.body)
    kind = form.choice("type", [int(kind) for kind in _BEGIN], required=True)
    form.errors.raise_if_any()
    _BEGIN[InteractionType(kind or 0)](call, form)


@routes.on("POST", "/interactions/{interaction_id}/{interaction_token}/callback", anonymous=True, exempt=True)
def callback(call: Call) -> Json | None:
    """An application's first answer, accepted once and within 3 seconds."""
    interaction = call.world.interactions.get(call.id("interaction_id"))
    if interaction is None or interaction.token != call.params["interaction_token"]:
        raise DiscordError(UNKNOWN_INTERACTION)
    form = form_of(call.body)
    answer(call.parts, interaction, form, call.files)
    if not call.flag("with_response"):
        return None
    return _callback_json(call, interaction, form)


def _callback_json(call: Call, interaction: Interaction, form: Form) -> Json:
    body: Json = {"id": interaction.id, "type": interaction.type, "channel_id": interaction.channel_id}
    if interaction.guild_id is not None:
        body["guild_id"] = interaction.guild_id
    answered: Json = {"interaction": body}
    message = call.world.messages.get(interaction.original_id)
    if message is None:
        return answered
    body |= {
        "response_message_id": message.id,
        "response_message_loading": bool(message.flags & LOADING),
        "response_message_ephemeral": bool(message.flags & EPHEMERAL),
    }
    kind = UPDATE if form.body["type"] in (DEFERRED_UPDATE, UPDATE) else MESSAGE
    answered["resource"] = {
        "type": kind,
        "message": message_json(call.world, message, Viewer(interaction.application_id)),
    }
    return answered
