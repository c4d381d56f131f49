"""Custom emoji of a guild and their pictures."""

from .events import Event
from .intents import Intent
from .shapes import Json, JsonList
from .wire.user import emoji_json
from .world.guild import Emoji, Guild
from .world.world import World

PNG, JPEG, GIF, WEBP = "image/png", "image/jpeg", "image/gif", "image/webp"


def kind_of_image(body: bytes) -> str | None:
    """The content type of a picture by its first bytes; None for what is no PNG, JPEG, GIF or WebP."""
    if body.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if body.startswith(b"\xff\xd8\xff"):
        return JPEG
    if body[:6] in (b"GIF87a", b"GIF89a"):
        return GIF
    return WEBP if body[:4] == b"RIFF" and body[8:12] == b"WEBP" else None


def emojis_of(world: World, guild: Guild) -> JsonList:
    """The emoji of a guild as `EmojiResponse`s."""
    return [emoji_json(world, emoji) for emoji in world.emojis if emoji.guild_id == guild.id]


def add(world: World, guild: Guild, emoji: Emoji, picture: bytes | None = None) -> Emoji:
    """Add an emoji and say so; without a picture the server draws one (`pictures.py`)."""
    if picture is not None:
        world.store.put_upload(picture_key(emoji.id), kind_of_image(picture) or PNG, picture)
    world.emojis.put(emoji)
    announce(world, guild)
    return emoji


def remove(world: World, guild: Guild, emoji: Emoji) -> None:
    """Remove an emoji with its picture and say so."""
    world.emojis.drop(emoji.id)
    world.store.drop_upload(picture_key(emoji.id))
    announce(world, guild)


def announce(world: World, guild: Guild) -> None:
    """Send GUILD_EMOJIS_UPDATE."""
    body: Json = {"guild_id": guild.id, "emojis": emojis_of(world, guild)}
    world.emit(Event("GUILD_EMOJIS_UPDATE", body, int(Intent.GUILD_EXPRESSIONS), guild_id=guild.id))


def picture_key(emoji_id: str) -> str:
    """What the picture of an emoji is stored under."""
    return f"emojis/{emoji_id}"
