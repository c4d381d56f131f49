"""Interactions from the person's side: they begin, and fail when nobody answers in time."""

from .access import channel_permissions
from .clock import Clock
from .events import Event
from .parts import Parts
from .shapes import Json
from .wire.interaction import interaction_json
from .world.interaction import ANSWER_WITHIN_S, KEPT_S, TOKEN_VALID_S, Interaction
from .world.world import World

TIMEOUT = 2
"""`reason_code` of an INTERACTION_FAILURE when nobody answered. Source: docs.discord.food (unofficial)."""


def begin(parts: Parts, interaction: Interaction) -> None:
    """Send an interaction to its application, and note when it fails unless it is answered."""
    world = parts.world
    forget_old(world)
    world.add_interaction(interaction)
    tell(world, interaction, "INTERACTION_CREATE", {})
    application = world.applications[interaction.application_id]
    channel = world.channels[interaction.channel_id]
    body = interaction_json(world, interaction, channel_permissions(world, channel, application.bot_id))
    world.emit(Event("INTERACTION_CREATE", body, guild_id=interaction.guild_id, only=frozenset({application.bot_id})))

    def give_up() -> None:
        if interaction.answered is None and not interaction.failed:
            interaction.failed = True
            world.interactions.put(interaction)
            tell(world, interaction, "INTERACTION_FAILURE", {"reason_code": TIMEOUT})
            parts.flush()

    parts.clock.call_later(ANSWER_WITHIN_S, give_up)


def tell(world: World, interaction: Interaction, name: str, more: Json) -> None:
    """Send something about an interaction to the person's session."""
    body: Json = {"id": interaction.id, "nonce": interaction.nonce} | more
    only = frozenset({interaction.user_id})
    world.emit(Event(name, body, only=only, session_id=interaction.session_id))


def is_answerable(clock: Clock, interaction: Interaction) -> bool:
    """Whether the first answer would still be in time."""
    return clock.now_s() - interaction.created_s <= ANSWER_WITHIN_S


def is_token_valid(clock: Clock, interaction: Interaction) -> bool:
    """Whether follow-ups and edits are still accepted."""
    return clock.now_s() - interaction.created_s <= TOKEN_VALID_S


def forget_old(world: World) -> None:
    """Forget interactions of more than a day ago, with the messages only one person could see."""
    while (old := world.interactions.oldest()) is not None and world.clock.now_s() - old.created_s > KEPT_S:
        for message_id in old.hidden:
            message = world.messages.get(message_id)
            if message is not None:
                world.drop_message(message)
        world.drop_interaction(old)
