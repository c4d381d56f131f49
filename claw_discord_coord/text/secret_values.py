"""Decides whether a value is a secret, or a word, a placeholder, a reference or code."""

from __future__ import annotations

import re

_WORDY = re.compile(
    r"(?:[A-Z]?[a-z]{0,15}\d{0,4}|[A-Z]{1,14}\d{0,4}|(?:[A-Z][a-z]{1,14}){1,8}|[a-z]{1,12}(?:[A-Z][a-z]{1,14}){1,8}|\d{1,4})"
)
_SEPARATORS = re.compile(r"[-_.~/+=:%]+")

_PLACEHOLDER = re.compile(
    r"(?i)(?:.*(?:example|placeholder|change[-_]?me|redacted|removed|hidden|masked|dummy|sample|insert|replace|your)"
    r"|(?:my|the|a|some|db|database|new|old|default|strong|super|top)?[-_ ]?"
    r"(?:password|passwd|passwort|kennwort|passphrase|pass|pwd|pw|secret|token"
    r"|key|api[-_]?key|user|username|login|tiger|guest|postgres|mysql|root|admin|test|none|null|nil|true|false|undefined"
    r"|string|str|optional|required|value|name|contraseña|senha|hasło|пароль|パスワード|密码)\d{0,3}"
    r"|(.)\1{2,}|[*x.•●_-]{2,})[-_a-z]{0,20}|\d{1,6}|1234567\d*"
)
_REFERENCE = re.compile(
    r"\$[{(]|\{\{|#\{|%[({]|\.\.\.|…|::|->"
    r"|^(?:process\.env|os\.environ|self)\b"
    r"|^[$@:!&*%#?][A-Za-z_][A-Za-z_.-]*[%#]?$"  # a variable, a parameter, a tag, an anchor
    r"|^\$\d$|^\$[A-Z_][A-Z0-9_]*$|^%\w+%$|^%[sdr]$"
    r"|^[<(\[{]|^[a-z_]+\.[a-z_.]+$"
    r"|^[A-Za-z_][\w.]*[(\[]"  # a call, an item
    r"|^(?:~|\.{1,2})?(?:/[\w.@-]+){2,}/?$|^[A-Za-z]:\\{1,2}\w"  # a path
    r"|^[\w.+-]+@(?:[\w-]+\.[a-z]{2,}|localhost)$"  # an address of mail
)
"""Marks of code and templates: a call, a variable, a reference to another value."""
_NAME = re.compile(r"_?[A-Za-z]+(?:_[A-Za-z]+)*|[A-Za-z_]\w*(?:\.[A-Za-z_]\w*){0,4}\.[A-Za-z_]{3,}")
"""A name in code: a type, or an attribute at the end of a path."""
_KEY_CODE = re.compile(r"[$<>{}()\[\]]|\.\.\.|…|%\(|^[a-z_]+\.[a-z_.]+$|::|^(?:process\.env|os\.environ|self)\b")
_WORD_AND_YEAR = re.compile(
    r"[a-z]+[-_.]v?\d{1,4}|v?\d+(?:\.\d+)+\w*|\d+\w{0,3}|\d{4}-\d\d-\d\d.*|[\d.,:/-]+"
).fullmatch
_MARKS = frozenset('$@#%^&*!"')
_LEAST_CHARS = 6


def is_wordy(text: str) -> bool:
    """Return whether a text consists of words and small numbers, such as a CSS class or a dotted name."""
    return all(_WORDY.fullmatch(piece) for piece in _SEPARATORS.split(text))


def is_random(text: str) -> bool:
    """Return whether a text has the mixture of letters and digits of a generated secret."""
    return any(c.isdigit() for c in text) and any(c.isalpha() for c in text) and not is_wordy(text)


def anything(_value: str) -> bool:
    """Accept every value."""
    return True


def not_wordy(value: str) -> bool:
    """Refuse words."""
    return not is_wordy(value)


def not_repeated(value: str) -> bool:
    """Refuse placeholders such as `xxxxxxxx` and `00000000`."""
    return len(set(value)) > 3


def is_stated(value: str) -> bool:
    """Accept what stands where only a secret can be, such as in an address, but no placeholder and no reference."""
    return len(value) >= 3 and not _REFERENCE.search(value) and not _PLACEHOLDER.fullmatch(value)


def is_setting(value: str) -> bool:
    """Accept the password of a connection string, which may stand in braces or quotation marks."""
    bare = value[1:-1] if len(value) > 2 and value[0] + value[-1] in ('""', "''", "{}") else value
    return is_stated(bare) and not (value[0] == "{" and (_NAME.fullmatch(bare) or bare.isdigit()))


def is_password(value: str) -> bool:
    """Accept a value behind a password's label, but no placeholder, no variable and no plain word."""
    if " " in value:  # a sentence, or a password of several words
        return any(is_password(word) and not is_wordy(word) for word in value.split())
    if (
        len(value) < _LEAST_CHARS
        or _REFERENCE.search(value)
        or _PLACEHOLDER.fullmatch(value)
        or _NAME.fullmatch(value.rstrip(")]},;:?"))
    ):
        return False
    classes = (
        any(c.islower() for c in value),
        any(c.isupper() for c in value),
        any(c.isdigit() for c in value),
        any(not c.isalnum() for c in value),
    )
    if classes[0] and any(c in _MARKS for c in value[1:-1]) and value.isascii():
        return True
    return sum(classes) >= 3 or (classes[2] and sum(classes) >= 2 and not _WORD_AND_YEAR(value))


def is_told_password(value: str) -> bool:
    """Accept a password in a sentence, where most values are words."""
    return is_password(value) and not is_wordy(value)


def is_key(value: str) -> bool:
    """Accept a value behind the label of a key or token."""
    return (
        len(value) >= 12
        and not _KEY_CODE.search(value)
        and not _NAME.fullmatch(value)
        and not _PLACEHOLDER.fullmatch(value)
        and is_random(value)
        and not _WORD_AND_YEAR(value)
        and not_repeated(value)
    )


def is_login(value: str) -> bool:
    """Accept the value of an `Authorization` header."""
    return not _PLACEHOLDER.fullmatch(value)


def is_bearer(value: str) -> bool:
    """Accept the token behind `Bearer`."""
    return is_login(value) and not _KEY_CODE.search(value) and (len(value) >= 20 or is_random(value))
