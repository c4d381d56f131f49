"""The types of single values in skill.yaml: numbers, switches, words, Discord ids, web addresses, tokens."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    HttpUrl,
    SecretStr,
    TypeAdapter,
    WebsocketUrl,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from claw_discord_coord.config.invalid_setting import InvalidSetting

_WHOLE = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_NUMBER = re.compile(r"[-+]?(0|[1-9][0-9]*)?(\.[0-9]*)?([eE][-+]?[0-9]+)?")
_SWITCHES = {"yes": True, "on": True, "no": False, "off": False}
# Discord documentation, reference, "Snowflakes": milliseconds since 2015, shifted by 22 bits. 15 digits are a time in
# January 2015, and 20 digits hold 64 bits.
_DISCORD_ID = re.compile(r"[0-9]{15,20}")
_SCHEMES = re.compile(r"(?:authorization:\s*)?(?:(?:bot|bearer|token)(?:\s+|$))?", re.IGNORECASE)
_QUOTES = ('""', "''", "``", "“”")
# What RFC 9110 (5.5) calls obs-text, as far as Latin-1 has a letter or sign.
_LATIN = frozenset(map(chr, range(0xA0, 0x100)))
_INVISIBLE = "\ufeff\u200b\u200c\u200d\u2060"


def _whole(value: object) -> object:
    # pydantic reads true as 1, and "1_000" as 1000.
    if isinstance(value, bool) or (isinstance(value, str) and not _WHOLE.fullmatch(value.strip())):
        raise InvalidSetting(
            "is not a whole number (integer)", "Write a whole number in decimal digits, such as 2, without quotes."
        )
    return value


def _number(value: object) -> object:
    text = value.strip() if isinstance(value, str) else ""
    if isinstance(value, bool) or (isinstance(value, str) and not (text.strip("+-.eE") and _NUMBER.fullmatch(text))):
        raise InvalidSetting("is not a number", "Write a number in decimal digits, such as 60 or 1.5, without quotes.")
    return value


def switch(value: object) -> object:
    """Return true or false for the words of YAML 1.1, and any other value unchanged.

    Raises:
        InvalidSetting: The value is a number.
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        raise InvalidSetting("is not true or false", "Write true or false.")
    return _SWITCHES.get(value.lower(), value) if isinstance(value, str) else value


Whole = Annotated[int, BeforeValidator(_whole, json_schema_input_type=int)]
"""A whole number; true is not 1."""
Number = Annotated[float, BeforeValidator(_number, json_schema_input_type=float)]
"""A number; true is not 1."""
Switch = Annotated[bool, BeforeValidator(switch, json_schema_input_type=bool)]
"""True or false; 1 is not true."""


def _filled(value: str) -> str:
    if not value.strip():
        raise InvalidSetting("is empty", "Write a text, or remove it.")
    return value


Text = Annotated[str, AfterValidator(_filled), Field(min_length=1)]
"""A text that is not blank."""


@dataclass(frozen=True)
class Form:
    """Requires that the whole text matches a pattern, for use within Annotated; the JSON Schema has the pattern.

    Attributes:
        pattern: The regular expression, in the dialect that Python and JSON Schema share.
        problem: Half a sentence for other texts.
        fix: A whole sentence.
    """

    pattern: str
    problem: str
    fix: str

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Return pydantic's schema of the text, with the check."""
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Return the JSON Schema of the text, with the pattern."""
        return handler(schema) | {"pattern": f"^(?:{self.pattern})$"}

    def _check(self, value: str) -> str:
        if not re.fullmatch(self.pattern, value):
            raise InvalidSetting(self.problem, self.fix)
        return value


ChannelName = Annotated[
    str,
    Form(
        r"[^\sA-Z#@:,`]{1,100}",
        "is not a valid channel name",
        "Write it as Discord does: 1 to 100 characters, lower case, no spaces, no #.",
    ),
]
"""Discord's rule for text channels: 1 to 100 characters, lower case, no spaces (resources/channel, "Channel
Object")."""


OpenClawName = Annotated[
    str,
    Form(
        r"[a-z0-9][a-z0-9_-]{0,63}",
        "is not a name that OpenClaw gives",
        "Use lower-case letters, digits, - and _, as `openclaw agents list` and `openclaw channels list` show.",
    ),
]
"""The id of an agent of OpenClaw, or the name of a channel of OpenClaw."""

VariableName = Annotated[
    str, Form(r"[^\s=\0]+", "is not a name of a variable", "Use letters, digits and _, without spaces and =.")
]
"""The name of an environment variable."""


def _id_text(value: object) -> object:
    # YAML reads an id without quotes as a number. Python's numbers keep all digits.
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _discord_id(value: str) -> str:
    if not _DISCORD_ID.fullmatch(value):
        raise InvalidSetting(
            "is not a Discord id",
            "Write the number of 15 to 20 digits. To copy it, switch on Developer Mode in Discord (User Settings > "
            "Advanced), then right-click the server, person or role and choose Copy ID.",
        )
    return value


DiscordId = Annotated[
    str,
    AfterValidator(_discord_id),
    BeforeValidator(_id_text, json_schema_input_type=Annotated[str, Field(pattern=f"^{_DISCORD_ID.pattern}$")] | int),
]
"""The id of a server, user or role, with or without quotes."""


def _address(*schemes: str, adapter: TypeAdapter[Any]) -> Callable[[str], str]:
    first, second = (f"{scheme}://" for scheme in schemes)

    def checked(value: str) -> str:
        problem, fix = f"is not an address that begins with {first} or {second}", f"Write such as {second}example.com."
        if not value.lower().startswith((first, second)) or re.search(r"\s|[\0-\x1f\x7f]", value):
            raise InvalidSetting(problem, fix)
        try:
            adapter.validate_python(value)
        except ValueError:
            raise InvalidSetting("is not a web address", fix) from None
        return value

    return checked


def _base(value: str) -> str:
    # Paths are appended to the address, so a query would swallow the paths.
    if "?" in value or "#" in value:
        raise InvalidSetting("has a query (?) or a fragment (#)", "Write the address without it.")
    return value


check_web_address = _address("http", "https", adapter=TypeAdapter(HttpUrl))
"""Return an http or https address unchanged. Raises InvalidSetting for other texts."""

WebBase = Annotated[str, AfterValidator(check_web_address), AfterValidator(_base)]
"""The http or https address of an API, to which paths are appended."""
SocketBase = Annotated[
    str,
    AfterValidator(_address("ws", "wss", adapter=TypeAdapter(WebsocketUrl))),
    AfterValidator(_base),
]
"""A ws or wss address."""


def trimmed(text: str) -> str:
    """Return a text without blanks, line ends and byte order marks around it, which editors and consoles add."""
    return text.strip(" \t\r\n\v\f\x85\xa0\u2028\u2029" + _INVISIBLE)


def _bare(secret: SecretStr) -> str:
    value = trimmed(secret.get_secret_value())
    if value[:1] + value[-1:] in _QUOTES and len(value) > 1:
        value = trimmed(value[1:-1])
    # The scheme is a part of the header, and is often copied along from an example.
    value = trimmed(_SCHEMES.sub("", value, count=1))
    value = "".join(character for character in value if unicodedata.category(character) != "Cf")
    if not value:
        raise InvalidSetting("is empty", "Put the token into the variable or file that is named here.")
    return value


def _token(secret: SecretStr) -> SecretStr:
    value = _bare(secret)
    for position, character in enumerate(value):
        if not "!" <= character <= "~":
            raise InvalidSetting(
                f"has {_named(character)} after {position} characters, which no token has",
                "Copy the token again, alone and in one line, into the variable or file that is named here.",
            )
    return SecretStr(value)


def _named(character: str) -> str:
    if character in "\r\n\v\f\x85\u2028\u2029":
        return "a line end"
    return "a space" if character.isspace() else f"the character U+{ord(character):04X}"


Token = Annotated[SecretStr, AfterValidator(_token)]
"""A token for a header. Line ends, byte order marks, quotes and a scheme such as `Bot ` are removed."""


def _shared_token(secret: SecretStr) -> SecretStr:
    # People choose the token themselves, and the token travels in JSON, so a space within is possible.
    value = _bare(secret)
    if re.search(r"[\0-\x1f\x7f]", value):
        raise InvalidSetting("has a line end or another control character within", "Write the token in one line.")
    return SecretStr(value)


SharedToken = Annotated[SecretStr, AfterValidator(_shared_token)]
"""A token of a person's choice. Removes the same as `Token`."""


def header_value(secret: SecretStr) -> SecretStr:
    """Return the value of an HTTP header without blanks and line ends around it.

    Raises:
        InvalidSetting: The value has a character that no header may have.
    """
    value = trimmed(secret.get_secret_value())
    for position, character in enumerate(value):
        if character != "\t" and not (" " <= character <= "~" or character in _LATIN):
            raise InvalidSetting(
                f"has {_named(character)} after {position} characters, which no header may have",
                "Copy the value again, in one line.",
            )
    return SecretStr(value)
