"""The secrets that are only known by what stands in front of them, such as `password: ...` or `Authorization: ...`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache

from claw_discord_coord.text.secret_values import (
    anything,
    is_bearer,
    is_key,
    is_login,
    is_password,
    is_random,
    is_stated,
    is_told_password,
)
from claw_discord_coord.text.secret_words import KEYS, PASSWORDS, PHRASES, Words, ends
from claw_discord_coord.text.shape import Shape, folded

_SPACE = r"[ \t\u00a0\u202f\u3000]{0,20}"
_OF = r"[ \t](?:for|of|für|von|pour|para|de|di|voor|dla|для)[ \t][^\s:=]{1,40}"
# `PASSWORD_2`, `password_prod`, `Password (temporary)`, `password for ada`, `**Password**`
_LABEL_END = (
    r"s?(?:[_-]?\d{1,2})?(?:[_-](?:base|prod|production|dev|test|staging|live|old|new|current|primary|secondary|confirmation))?"
    rf"(?:[ \t]?[(（][^()（）\n]{{1,30}}[)）]|{_OF})?"
    rf"\\?[\"'`]?\]?[*_]{{0,3}}{_SPACE}"
)
# Markdown's marks, a spoiler's bars, and the letters of a string's kind in Python, C# and SQL
_START = (
    rf"{_LABEL_END}(?:=>|->|::|:=|:[ \t]?[a-z]{{3,12}}[ \t]?=|</t[dh]>\s{{0,20}}<t[dh]>|[:：]|=|>|%3d)"
    rf"[*_]{{0,3}}{_SPACE}(?:\|\|)?\[?(?:[brufn@]{{1,2}}(?=[\"']))?\\?[\"'`]?"
)
_QUOTED = r"(?<=[^\\]\")(?:[^\"\\\r\n]|\\.){6,200}(?=\")|(?<=[^\\]')[^'\\\r\n]{6,200}(?=')|(?<=`)[^`\r\n]{6,200}(?=`)"
# In YAML a value may stand below its label: one word in each line, more indented than the label.
_BELOW = (
    rf"(?m:{_LABEL_END}:[ \t]{{0,4}}(?:[|>][+-]?\d?[+-]?)?[ \t]{{0,4}}(?:\#[^\n]{{0,100}})?\r?\n"
    r"(?P<indent>[ \t]{1,40}(?:- [\"']?)?)(?P<secret>[^\s:]\S{5,4000}"
    r"(?:\r?\n(?P=indent)[^\s:]\S{0,4000}(?=[ \t]*\r?$)){0,60})(?=[ \t]*\r?$))"
)
_OPEN = re.compile(rf"{_LABEL_END}:[ \t]{{0,4}}(?:[|>][+-]?\d?[+-]?)?\s*")
# `name: DB_PASSWORD`, `value: ...` in Kubernetes, `key="Password" value="..."` in .NET, `default = "..."` in Terraform
_PAIR = (
    r"\\?[\"'`]?(?:\s[\w-]{1,20}=[\"'][^\"'\n]{0,40}[\"']){0,3}[ \t,{]{0,4}(?:\r?\n[ \t]{0,40})?"
    r"[ \t]{0,4}[\"']?(?:value|default|content)[\"']?[ \t]{0,4}[:=][ \t]{0,4}[\"']?(?P<secret>[^\s\"'<>,]{6,200})"
)
_ARGUMENT = r"[\"']?(?:[ \t]{0,4}[(,]|[ \t])[ \t]{0,4}[\"'](?P<secret>[^\s\"']{6,200})[\"'][ \t]{0,4}(?:[),;]|\r?\n|$)"
_TOLD = (
    rf"(?:{_OF})?(?:[ \t]{{1,4}}(?:is|was|are|ist|lautet|war|est|es|era|é|è|is:|to|jest|är|er)|は|是|为|為)[:：]?"
    r"[ \t]{0,4}[\"'`*_(]{0,3}(?P<secret>[^\s\"'`,;()<>。]{6,200}(?<![.!?*_]))"
)
_IS = "は|是|is|are|ist|est|es|é|è"
_PHRASE = (
    rf"(?:[ \t][(（][^()（）\n]{{1,40}}[)）])?\\?[\"'`]?[*_]{{0,3}}{_SPACE}(?:(?:{_IS})?[ \t]?[:：=]|{_IS})"
    r"[>*_]{0,3}[\s\"'`*_|>(\[-]{0,20}(?P<secret>(?:\d{1,2}[.):]?[ \t]{1,3}|- )?[^\W\d_]{2,10}"
    r"(?:(?:[ \t,;|\"'・　-]{1,10}|[ \t,;|\"']{0,5}\r?\n[ \t>|\"'-]{0,10})"
    r"(?:\d{1,2}[.):]?[ \t]{1,3})?[^\W\d_]{2,10}){11,23})"
    r"(?![^\W_])"
)

_PHRASE_WORDS = re.compile(r"[^\W\d_]+")
# Function words of prose that are in no list of BIP-39.
_PROSE = re.compile(
    r"\b(?:the|and|for|are|with|not|has|was|were|been|your|must|from|have|but|its|which|should|could|would|into|who|how"
    r"|use|uses|these|those|than|them|our|out|may|if|of|to|in|is|it|on|or|be|as|at|by|an)\b"
)
_PHRASE_SIZES = frozenset({12, 15, 18, 21, 24})

_Check = Callable[[str], bool]


def _in_pieces(accepts: _Check) -> _Check:
    return lambda value: accepts("".join(value.split()))


def _is_mnemonic(value: str) -> bool:
    """Accept as many words as BIP-39 allows, none of which is a function word of prose."""
    return len(_PHRASE_WORDS.findall(value)) in _PHRASE_SIZES and not _PROSE.search(value)


def _rests(*rests: tuple[str, _Check]) -> tuple[tuple[re.Pattern[str], _Check], ...]:
    return tuple((re.compile(rest), accepts) for rest, accepts in rests)


@cache
def _labels() -> tuple[tuple[Words, tuple[tuple[re.Pattern[str], _Check], ...]], ...]:
    """Return the words in front of secrets, each with what may follow them and the check of the secret."""
    return (
        (
            PASSWORDS,
            _rests(
                (rf"{_START}(?P<secret>{_QUOTED}|[^\s\"'`,;&\\<>]{{6,200}})", is_password),
                (_BELOW, _in_pieces(is_password)),
                (_TOLD, is_told_password),
                (_PAIR, is_password),
                (_ARGUMENT, is_told_password),
            ),
        ),
        (
            KEYS,
            _rests(
                (rf"{_START}(?P<secret>[A-Za-z0-9_.~+/=%!@#^*:-]{{12,4000}})", is_key),
                (_BELOW, _in_pieces(is_key)),
                (_PAIR, is_key),
                (_ARGUMENT, is_key),
            ),
        ),
        (PHRASES, _rests((_PHRASE, _is_mnemonic))),
    )


def labeled_secrets(text: str) -> Iterator[tuple[int, int]]:
    """Yield the positions of the secrets behind labels: words for a password, a key or a recovery phrase."""
    lower = folded(text)
    for words, rests in _labels():
        found = ends(words, lower)
        for rest, accepts in rests:
            searched = 0
            for at in found:
                # A value may hold further labels. Reading each value once keeps the time linear.
                if at >= searched and (match := rest.match(lower, at)) is not None:
                    searched = match.end()
                    if accepts(text[slice(*match.span("secret"))]):
                        yield match.span("secret")


def awaits_value(line: str) -> bool:
    """Return whether a line ends with a label whose value may stand in the next line."""
    lower = folded(line)
    return any(_OPEN.fullmatch(lower, at) is not None for words in (PASSWORDS, KEYS) for at in ends(words, lower))


LABELED = (
    Shape(
        "AWS secret access key",
        ("secret_access_key", "secretaccesskey", "secret_accesskey", "secretaccess_key"),
        rf"secret_?access_?key(?:{_START}|[ \t]{{1,4}})(?P<secret>[A-Za-z0-9/+]{{40}}(?![A-Za-z0-9/+]))",
        anything,
        wraps=False,
        folded=True,
    ),
    Shape(
        "Fernet key",
        ("fernet(",),
        r"fernet\(\s{0,4}(?:key\s?=\s?)?[brut]{0,2}[\"'](?P<secret>[\w-]{43}=)",
        wraps=False,
        folded=True,
    ),
    Shape(
        "Authorization header",
        ("authorization",),
        (
            r"authorization\\?[\"']?\]?\s{0,4}(?:=>|=|:)\s{0,4}\\?[\"'`]?(?:bearer|bot|basic|token|apikey|key|digest|oauth)\s{1,4}"
            r"(?P<secret>[\w.~+/=:-]{12,8000})"
        ),
        is_login,
        wraps=False,
        folded=True,
    ),
    Shape(
        "Authorization header of another scheme",
        ("authorization",),
        r"authorization\\?[\"']?\]?\s{0,4}(?:=>|=|:)\s{0,4}\\?[\"'`]?(?:[a-z][a-z0-9_-]{1,20}\s{1,4})?"
        r"(?P<secret>[\w.~+/=:-]{12,8000})",
        is_key,
        wraps=False,
        folded=True,
    ),
    Shape(
        "bearer token",
        ("bearer ",),
        (r"(?<![a-z])bearer {1,2}(?P<secret>[\w.~+/=-]{16,8000})"),
        is_bearer,
        wraps=False,
        folded=True,
    ),
    Shape(
        "login in an option",
        (" -u", "--user", "--proxy-user"),
        r"(?<!\S)(?:-u|--user|--proxy-user)[ =]?[\"']?[\w.@+-]{1,80}:(?P<secret>[^\s\"']{6,200})",
        is_password,
        wraps=False,
    ),
    Shape(
        "password in .netrc",
        ("password ",),
        (r"\blogin\s{1,4}(?!and\b|or\b|und\b)\S{1,80}\s{1,4}password\s{1,4}(?P<secret>\S{6,200})"),
        is_stated,
        wraps=False,
        folded=True,
    ),
    Shape(
        "signature in an address",
        ("sig=",),
        (r"[?&;](?:sig|signature)=(?P<secret>[A-Za-z0-9%+/=_-]{24,200})"),
        is_random,
        wraps=False,
    ),
    Shape(
        "session cookie",
        ("cookie",),
        (
            r"cookie\\?[\"']?\s{0,4}[:=]\s{0,4}[\"']?(?:[\w.-]{1,60}=[^;\s]{0,200}; ?){0,6}"
            r"(?:[\w.-]{0,40}(?:sess|sid|auth|token|jwt)[\w.-]{0,20})=(?P<secret>[^;\s\"']{16,4000})"
        ),
        is_random,
        wraps=False,
        folded=True,
    ),
)
"""Secrets behind the name of a header or of an option."""
