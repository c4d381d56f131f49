"""A message as a client asks for it. Source: Discord documentation, resources/message, "Create Message"."""

from dataclasses import dataclass, field
from typing import Any

from ..errors import EMPTY_MESSAGE, FILE_TOO_LARGE, TOO_MANY_ATTACHMENTS, DiscordError
from ..limits import Limits
from ..shapes import JsonList
from ..world.message import COMPONENTS_V2, EPHEMERAL, LOADING, SUPPRESS_EMBEDS, SUPPRESS_NOTIFICATIONS
from .components import read_components
from .embeds import read_embeds, shows_something
from .form import Form

NONCE_CHARS = 25
SETTABLE = SUPPRESS_EMBEDS | SUPPRESS_NOTIFICATIONS | COMPONENTS_V2 | EPHEMERAL
"""Message flags that a sender may set."""

ATTACHMENTS = 10
NOT_HERE = ("poll", "sticker_ids")


@dataclass(slots=True)
class NewFile:
    """An upload that is to become an attachment."""

    filename: str
    body: bytes
    content_type: str | None = None
    description: str | None = None
    title: str | None = None


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


def read_draft(form: Form, files: dict[str, Any], limits: Limits, *, flags_before: int = 0) -> Draft:
    """Read a message to create or an edit; raises DiscordError 50035, 50006, 30015 or 50045."""
    flags = form.integer("flags", low=0)
    v2 = bool(((flags or 0) | flags_before) & COMPONENTS_V2)
    draft = Draft(
        content=_content(form, limits),
        embeds=read_embeds(form),
        components=read_components(form, v2=v2),
        flags=flags & (SETTABLE | LOADING) if flags is not None else None,
        tts=form.boolean("tts"),
        allowed_mentions=form.object("allowed_mentions"),
        nonce=_nonce(form),
        enforce_nonce=form.boolean("enforce_nonce"),
        reference=form.object("message_reference"),
    )
    for name in NOT_HERE:
        if form.body.get(name):
            form.fault(name, "LOCALCORD_NOT_SUPPORTED", "The local Discord has no polls and stickers")
    _read_nulls(form, draft)
    _read_files(form, files, draft)
    if v2 and (draft.content or draft.embeds):
        form.fault(
            "flags" if draft.flags else None,
            "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2",
            "The 'content', 'embeds', 'stickers' and 'poll' fields cannot be used "
            "when using MessageFlags.IS_COMPONENTS_V2",
        )
    form.errors.raise_if_any()
    _check_files(draft, limits)
    return draft


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
    if nonce is None or isinstance(nonce, int):
        return nonce
    return form.text("nonce", NONCE_CHARS)


def _read_files(form: Form, files: dict[str, Any], draft: Draft) -> None:
    described = form.objects("attachments", ATTACHMENTS)
    by_number = {str(item.body.get("id")): item for item in described or []}
    for number, upload in sorted(files.items(), key=lambda item: int(item[0])):
        item = by_number.pop(number, None)
        draft.files.append(
            NewFile(
                filename=(item.text("filename", 1024) if item else None) or upload.filename,
                body=upload.body,
                content_type=upload.content_type,
                description=item.text("description", 1024) if item else None,
                title=item.text("title", 1024) if item else None,
            )
        )
    if form.has("attachments"):
        draft.kept_attachments = list(by_number)


def _check_files(draft: Draft, limits: Limits) -> None:
    if len(draft.files) + len(draft.kept_attachments or []) > ATTACHMENTS:
        raise DiscordError(TOO_MANY_ATTACHMENTS)
    if any(len(file.body) > limits.file_bytes for file in draft.files):
        raise DiscordError(FILE_TOO_LARGE, status=413)


def refuse_empty(draft: Draft) -> None:
    """Raise DiscordError 50006 when there is nothing to send."""
    if draft.is_empty:
        raise DiscordError(EMPTY_MESSAGE)
