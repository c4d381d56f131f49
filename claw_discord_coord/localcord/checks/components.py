"""Components of messages and modals. Source: Discord documentation, components/reference."""

from collections.abc import Callable, Collection
from itertools import count

from ..shapes import Json, JsonList
from .emoji import is_unicode_emoji
from .form import Form, without_none

ACTION_ROW, BUTTON, STRING_SELECT, TEXT_INPUT = 1, 2, 3, 4
USER_SELECT, ROLE_SELECT, MENTIONABLE_SELECT, CHANNEL_SELECT = 5, 6, 7, 8
SECTION, TEXT_DISPLAY, THUMBNAIL, MEDIA_GALLERY, FILE, SEPARATOR = 9, 10, 11, 12, 13, 14
CONTAINER, LABEL, FILE_UPLOAD = 17, 18, 19
RADIO_GROUP, CHECKBOX_GROUP, CHECKBOX = 21, 22, 23

SELECTS = frozenset({STRING_SELECT, USER_SELECT, ROLE_SELECT, MENTIONABLE_SELECT, CHANNEL_SELECT})
LEGACY_ROWS = 5
BUTTONS_IN_ROW = 5
TOTAL_V2 = 40
TEXT_CHARS_V2 = 4000
LINK_STYLE, PREMIUM_STYLE = 5, 6

_DEFAULT_TYPES = {
    USER_SELECT: ("user",),
    ROLE_SELECT: ("role",),
    MENTIONABLE_SELECT: ("role", "user"),
    CHANNEL_SELECT: ("channel",),
}
"""Types of default values by kind of select. Source: components/reference, "Select Default Value Structure"."""

_TOP_LEVEL_V2 = frozenset({ACTION_ROW, SECTION, TEXT_DISPLAY, MEDIA_GALLERY, FILE, SEPARATOR, CONTAINER})
_IN_CONTAINER = _TOP_LEVEL_V2 - {CONTAINER}
_IN_MODAL = frozenset({ACTION_ROW, TEXT_DISPLAY, LABEL})
_IN_LABEL = SELECTS | {TEXT_INPUT, FILE_UPLOAD, RADIO_GROUP, CHECKBOX_GROUP, CHECKBOX}


class _Reader:
    """Reads one message's components: gives ids, counts, and keeps `custom_id`s apart."""

    def __init__(self, *, modal: bool, attached: Collection[str] = ()) -> None:
        self._modal = modal
        self._attached = attached
        self._ids = count(1)
        self._given: set[int] = set()
        self._custom_ids: set[str] = set()
        self.total = 0
        self.text_chars = 0
        self._kinds: dict[int, Callable[[Form], Json]] = {
            ACTION_ROW: self._row,
            BUTTON: self._button,
            TEXT_INPUT: self._text_input,
            SECTION: self._section,
            TEXT_DISPLAY: self._text_display,
            THUMBNAIL: lambda form: self._media(form, "media"),
            MEDIA_GALLERY: self._gallery,
            FILE: self._file,
            SEPARATOR: self._separator,
            CONTAINER: self._container,
            LABEL: self._label,
            FILE_UPLOAD: self._select,
            RADIO_GROUP: self._select,
            CHECKBOX_GROUP: self._select,
            CHECKBOX: lambda form: {"custom_id": self._custom_id(form), "default": form.boolean("default")},
            **dict.fromkeys(SELECTS, self._select),
        }

    def read(self, forms: list[Form], allowed: frozenset[int]) -> JsonList:
        """Components of which only some kinds are allowed here."""
        return [self.one(form, allowed) for form in forms]

    def one(self, form: Form, allowed: frozenset[int]) -> Json:
        """One component of an allowed kind, with an id."""
        kind = form.choice("type", allowed, required=True)
        if kind is None:
            return {"type": 0, "id": 0}
        self.total += 1
        wanted = form.integer("id", low=0)
        component_id = wanted if wanted else self._next_id()
        self._given.add(component_id)
        return {"type": kind, "id": component_id} | self._kinds[kind](form)

    def _next_id(self) -> int:
        return next(number for number in self._ids if number not in self._given)

    def _custom_id(self, form: Form) -> str:
        custom_id = form.text("custom_id", 100, low=1, required=True) or ""
        if custom_id and custom_id in self._custom_ids:
            form.fault("custom_id", "COMPONENT_CUSTOM_ID_DUPLICATED", "Component custom id cannot be duplicated")
        self._custom_ids.add(custom_id)
        return custom_id

    def _row(self, form: Form) -> Json:
        children = form.objects("components", BUTTONS_IN_ROW, low=1, required=True) or []
        allowed = frozenset({TEXT_INPUT}) if self._modal else SELECTS | {BUTTON}
        read = self.read(children, allowed)
        if len(read) > 1 and any(child["type"] != BUTTON for child in read):
            form.fault(
                "components", "COMPONENT_LAYOUT_WIDTH_EXCEEDED", "The specified component exceeds the maximum width"
            )
        return {"components": read}

    def _button(self, form: Form) -> Json:
        style = form.choice("style", range(1, 7), required=True) or 1
        label, emoji = form.text("label", 80), _emoji(form)
        button: Json = without_none({"style": style, "label": label, "emoji": emoji})
        button["disabled"] = form.boolean("disabled")
        if style == LINK_STYLE:
            button["url"] = form.text("url", 512, low=1, required=True)
            if form.body.get("custom_id") is not None:
                form.fault(
                    None,
                    "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE",
                    "A custom id and url cannot both be specified",
                )
        elif style == PREMIUM_STYLE:
            button["sku_id"] = form.snowflake("sku_id", required=True)
        else:
            button["custom_id"] = self._custom_id(form)
        if style != PREMIUM_STYLE and not label and emoji is None:
            form.fault(None, "BUTTON_COMPONENT_INVALID_LABEL", "A button must have a label or an emoji")
        return button

    def _select(self, form: Form) -> Json:
        low = form.integer("min_values", low=0, high=25, default=1)
        high = form.integer("max_values", low=1, high=25, default=1)
        kind = form.body.get("type")
        select: Json = {"custom_id": self._custom_id(form)}
        if kind not in (RADIO_GROUP,):
            select |= {"min_values": low, "max_values": high}
        if kind in SELECTS:
            select["disabled"] = form.boolean("disabled")
        if self._modal:
            select["required"] = form.boolean("required", True)
        if placeholder := form.text("placeholder", 150):
            select["placeholder"] = placeholder
        if kind in (STRING_SELECT, RADIO_GROUP, CHECKBOX_GROUP):
            options = form.objects("options", 25, low=1, required=True) or []
            select["options"] = [_option(option) for option in options]
            self._check_options(form, select)
        if kind == CHANNEL_SELECT and form.has("channel_types"):
            select["channel_types"] = form.values("channel_types", 20) or []
        defaults = form.objects("default_values", 25)
        if defaults:
            select["default_values"] = [_default_value(value, kind or 0) for value in defaults]
            if not (low or 0) <= len(defaults) <= (high or 1):
                form.fault("default_values", "BASE_TYPE_BAD_LENGTH", f"Must be between {low} and {high} in length.")
        return select

    def _check_options(self, form: Form, select: Json) -> None:
        values = [option["value"] for option in select["options"]]
        if len(set(values)) != len(values):
            form.fault(
                "options", "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", "The specified option value is already used"
            )
        if select.get("max_values", 1) > max(1, len(values)) or select.get("min_values", 0) > len(values):
            form.fault(
                "options", "SELECT_COMPONENT_MAX_VALUES_TOO_LARGE", "There are fewer options than values to choose"
            )

    def _text_input(self, form: Form) -> Json:
        labeled = form.has("label")
        field: Json = {
            "custom_id": self._custom_id(form),
            "style": form.choice("style", (1, 2), default=1),
            "required": form.boolean("required", True),
            "min_length": form.integer("min_length", low=0, high=4000),
            "max_length": form.integer("max_length", low=1, high=4000),
            "value": form.text("value", 4000),
            "placeholder": form.text("placeholder", 100),
            "label": form.text("label", 45, low=1) if labeled else None,
        }
        return without_none(field)

    def _section(self, form: Form) -> Json:
        texts = form.objects("components", 3, low=1, required=True) or []
        accessory = form.object("accessory", required=True)
        read: Json = {"components": self.read(texts, frozenset({TEXT_DISPLAY}))}
        if accessory is not None:
            read["accessory"] = self.one(accessory, frozenset({BUTTON, THUMBNAIL}))
        return read

    def _text_display(self, form: Form) -> Json:
        content = form.text("content", TEXT_CHARS_V2, low=1, required=True) or ""
        self.text_chars += len(content)
        return {"content": content}

    def _gallery(self, form: Form) -> Json:
        items = form.objects("items", 10, low=1, required=True) or []
        return {"items": [self._media(item, "media") for item in items]}

    def _file(self, form: Form) -> Json:
        return self._media(form, "file") | {"name": None, "size": None}

    def _media(self, form: Form, name: str) -> Json:
        media = form.object(name, required=True)
        url = media.text("url", 2048, low=1, required=True) if media is not None else None
        prefix, separator, filename = (url or "").partition("attachment://")
        if media is not None and separator and not prefix and filename not in self._attached:
            code = "UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND"
            media.fault("url", code, f"The referenced attachment was not found: {filename}")
        read: Json = {name: {"url": url or ""}, "spoiler": form.boolean("spoiler")}
        if name == "media":
            read["description"] = form.text("description", 1024)
        return read

    def _separator(self, form: Form) -> Json:
        return {"divider": form.boolean("divider", True), "spacing": form.choice("spacing", (1, 2), default=1)}

    def _container(self, form: Form) -> Json:
        children = form.objects("components", TOTAL_V2, low=1, required=True) or []
        return {
            "accent_color": form.integer("accent_color", low=0, high=0xFFFFFF),
            "spoiler": form.boolean("spoiler"),
            "components": self.read(children, _IN_CONTAINER),
        }

    def _label(self, form: Form) -> Json:
        child = form.object("component", required=True)
        label: Json = without_none(
            {"label": form.text("label", 45, low=1, required=True), "description": form.text("description", 100)}
        )
        if child is not None:
            label["component"] = self.one(child, _IN_LABEL)
        return label


def read_components(
    form: Form, *, v2: bool, attached: Collection[str] = (), name: str = "components"
) -> JsonList | None:
    """The components of a message as Discord gives them back; None when the field is missing.

    `attached` are the file names of the message's attachments, which `attachment://` may name.
    """
    forms = form.objects(name, TOTAL_V2 if v2 else LEGACY_ROWS)
    if forms is None:
        return None
    reader = _Reader(modal=False, attached=attached)
    components = reader.read(forms, _TOP_LEVEL_V2 if v2 else frozenset({ACTION_ROW}))
    if v2 and reader.total > TOTAL_V2:
        form.fault(
            name, "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED", f"The total number of components exceeds {TOTAL_V2}"
        )
    if v2 and reader.text_chars > TEXT_CHARS_V2:
        form.fault(
            name,
            "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED",
            f"The total length of text in components exceeds {TEXT_CHARS_V2}",
        )
    return components


def read_modal(form: Form) -> Json:
    """A modal: `custom_id`, `title`, `components`."""
    forms = form.objects("components", TOTAL_V2, low=1, required=True) or []
    return {
        "custom_id": form.text("custom_id", 100, low=1, required=True) or "",
        "title": form.text("title", 45, low=1, required=True) or "",
        "components": _Reader(modal=True).read(forms, _IN_MODAL),
    }


def walk(components: JsonList) -> JsonList:
    """All components, those inside others too."""
    found: JsonList = []
    for component in components:
        found.append(component)
        found += walk(component.get("components", []))
        found += walk([component[inner] for inner in ("accessory", "component") if inner in component])
    return found


def _default_value(form: Form, kind: int) -> Json:
    allowed = _DEFAULT_TYPES.get(kind, ())
    type_name = form.text("type", 10, required=True)
    if type_name is not None and type_name not in allowed:
        names = ", ".join(f"'{name}'" for name in allowed)
        form.fault("type", "BASE_TYPE_CHOICES", f"Value must be one of {{{names}}}.")
    return {"id": form.snowflake("id", required=True), "type": type_name}


def _option(form: Form) -> Json:
    return without_none(
        {
            "label": form.text("label", 100, low=1, required=True) or "",
            "value": form.text("value", 100, low=1, required=True) or "",
            "description": form.text("description", 100),
            "emoji": _emoji(form),
            "default": form.boolean("default"),
        }
    )


def _emoji(form: Form) -> Json | None:
    emoji = form.object("emoji")
    if emoji is None:
        return None
    emoji_id = emoji.snowflake("id")
    read: Json = {"name": emoji.text("name", 100) or ""}
    if emoji_id:
        read |= {"id": emoji_id, "animated": emoji.boolean("animated")}
    elif not is_unicode_emoji(read["name"]):
        emoji.fault("name", "COMPONENT_INVALID_EMOJI", "Invalid emoji")
    return read
