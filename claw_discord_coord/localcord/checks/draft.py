"""A message as a client asks for it. Source: Discord documentation, resources/message, "Create Message"."""

import re
from dataclasses import dataclass, field
from typing import Any, NoReturn

from ..errors import (
    EMPTY_MESSAGE,
    FILE_TOO_LARGE,
    TOO_MANY_ATTACHMENTS,
    VOICE_MESSAGE_WITH_CONTENT,
    VOICE_MESSAGE_WITHOUT_AUDIO,
    DiscordError,
)
from ..limits import Limits
from ..shapes import JsonList
from ..world.message import (
    COMPONENTS_V2,
    EPHEMERAL,
    LOADING,
    SUPPRESS_EMBEDS,
    SUPPRESS_NOTIFICATIONS,
    VOICE_MESSAGE,
    Message,
)
from .components import read_components
from .embeds import read_embeds, shows_something
from .form import Form

NONCE_CHARS = 25
SETTABLE = SUPPRESS_EMBEDS | SUPPRESS_NOTIFICATIONS | COMPONENTS_V2 | EPHEMERAL
"""Message flags that a sender may set."""

ATTACHMENTS = 10
_UNSAFE = re.compile(r"[^\w.\-()\[\]]+")
NOT_HERE = ("poll", "sticker_ids")


@dataclass(slots=True)
class NewFile:
    """An upload that is to become an attachment."""

    filename: str
    body: bytes
    content_type: str | None = None
    description: str | None = None
    title: str | None = None

    @property
    def stored_name(self) -> str:
        """The name of the attachment, without a folder and with `_` for characters that Discord replaces."""
        return _UNSAFE.sub("_", self.filename.rsplit("/", 1)[-1]) or "file"


@dataclass(slots=True)
class Draft:
    """What was asked for; None means the field was not sent (an edit leaves it alone)."""

    content: str | None = None
    embeds: JsonList | None = None
    components: JsonList | None = None
    flags: int | None = None
    tts: bool = False
    allowed_mentions: Form | None = None
    nonce: str | int | None = None
    enforce_nonce: bool = False
    reference: Form | None = None
    files: list[NewFile] = field(default_factory=lambda: list[NewFile]())
    kept_attachments: list[str] | None = None

    @property
    def is_empty(self) -> bool:
        """Whether a message made of this alone would show nothing."""
        shown = any(shows_something(embed) for embed in self.embeds or ())
        return not (self.content or shown or self.components or self.files)


def read_draft(form: Form, files: dict[str, Any], limits: Limits, *, edits: Message | None = None) -> Draft:
    """Read a message to create, or changes to the message that it `edits`.

    Raises DiscordError 50035, 50006, 30015, 50045, 50159 or 50160.
    """
    flags = form.integer("flags", low=0)
    v2 = bool(((flags or 0) | (edits.flags if edits else 0)) & COMPONENTS_V2)
    new_files, kept_attachments = _read_files(form, files)
    attached = {file.stored_name for file in new_files}
    if edits:
        attached |= {
            attachment["filename"]
            for attachment in edits.attachments
            if kept_attachments is None or attachment["id"] in kept_attachments
        }
    draft = Draft(
        content=_content(form, limits),
        embeds=read_embeds(form),
        components=read_components(form, v2=v2, attached=attached),
        flags=flags & (SETTABLE | LOADING) if flags is not None else None,
        tts=form.boolean("tts"),
        allowed_mentions=form.object("allowed_mentions"),
        nonce=_nonce(form),
        enforce_nonce=form.boolean("enforce_nonce"),
        reference=form.object("message_reference"),
        files=new_files,
        kept_attachments=kept_attachments,
    )
    for name in NOT_HERE:
        if form.body.get(name):
            form.fault(name, "LOCALCORD_NOT_SUPPORTED", "The local Discord has no polls and stickers")
    _read_nulls(form, draft)
    if v2 and (draft.content or draft.embeds):
        form.fault(
            "flags" if draft.flags else None,
            "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2",
            "The 'content', 'embeds', 'stickers' and 'poll' fields cannot be used "
            "when using MessageFlags.IS_COMPONENTS_V2",
        )
    form.errors.raise_if_any()
    _check_files(draft, limits)
    if edits is None and (flags or 0) & VOICE_MESSAGE:
        _refuse_voice_message(form, draft)
    return draft


def _refuse_voice_message(form: Form, draft: Draft) -> NoReturn:
    """Raise for a voice message what Discord raises, and 50035 for a valid one: the local Discord has none."""
    if draft.content or draft.embeds or draft.components:
        raise DiscordError(VOICE_MESSAGE_WITH_CONTENT)
    if len(draft.files) != 1 or not (draft.files[0].content_type or "").startswith("audio/"):
        raise DiscordError(VOICE_MESSAGE_WITHOUT_AUDIO)
    form.fault("flags", "LOCALCORD_NOT_SUPPORTED", "The local Discord has no voice messages")
    raise form.errors.as_error()


def _content(form: Form, limits: Limits) -> str | None:
    text = form.text("content", limits.content_chars)
    return None if text is None else text.strip()


def _read_nulls(form: Form, draft: Draft) -> None:
    if form.has("content") and form.body["content"] is None:
        draft.content = ""
    if form.has("embeds") and form.body["embeds"] is None:
        draft.embeds = []
    if form.has("components") and form.body["components"] is None:
        draft.components = []


def _nonce(form: Form) -> str | int | None:
    nonce = form.body.get("nonce")
    if nonce is None or (isinstance(nonce, int) and not isinstance(nonce, bool)):
        return nonce
    return form.text("nonce", NONCE_CHARS)


def _read_files(form: Form, files: dict[str, Any]) -> tuple[list[NewFile], list[str] | None]:
    """Return the uploads, and the ids of the attachments that an edit keeps (None for all)."""
    new_files: list[NewFile] = []
    described = form.objects("attachments", ATTACHMENTS)
    by_number = {str(item.body.get("id")): item for item in described or []}
    for number, upload in sorted(files.items(), key=lambda item: int(item[0])):
        item = by_number.pop(number, None)
        new_files.append(
            NewFile(
                filename=(item.text("filename", 1024) if item else None) or upload.filename,
                body=upload.body,
                content_type=upload.content_type,
                description=item.text("description", 1024) if item else None,
                title=item.text("title", 1024) if item else None,
            )
        )
    return new_files, list(by_number) if form.has("attachments") else None


def _check_files(draft: Draft, limits: Limits) -> None:
    if len(draft.files) + len(draft.kept_attachments or []) > ATTACHMENTS:
        raise DiscordError(TOO_MANY_ATTACHMENTS)
    if any(len(file.body) > limits.file_bytes for file in draft.files):
        raise DiscordError(FILE_TOO_LARGE, status=413)


def refuse_empty(draft: Draft) -> None:
    """Raise DiscordError 50006 when there is nothing to send."""
    if draft.is_empty:
        raise DiscordError(EMPTY_MESSAGE)
