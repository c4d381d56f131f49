"""The words that stand in front of passwords, keys and recovery phrases, in the common languages.

Each word is a literal and the regular expression of its rest, on lower-case text: so a text is searched fast. An accent
may be a character of its own (Unicode NFD).
"""

from __future__ import annotations

import re
from functools import cache

Words = tuple[tuple[str, str], ...]

PASSWORDS: Words = (
    (
        "pass",
        r"(?:w(?:or[dt]|d)|ord|[_ -]?phrase|code|(?:(?<=[_-]pass)|(?<=dbpass)|(?<=userpass)|(?<=smtppass)|(?<=mailpass)"
        r"|(?<=ftppass)|(?<=rootpass)|(?<=adminpass)|(?<=pgpass)|(?<![a-z]pass)(?= ?=)))",
    ),
    ("pwd", r"(?<![a-z]pwd)"),
    ("pw", r"(?<![a-z]pw)(?= ?[:=])"),
    ("psk", r"(?<![a-z]psk)"),
    ("kennwort", ""),
    ("zugangscode", ""),
    ("mot", r"s?[_ -]de[_ -]passe?"),
    ("contrase", r"(?:ñ|n\u0303|n)a"),
    ("palavra", r"[_ -]passe"),
    ("senha", r"(?<![a-z]senha)"),
    ("clave", r"(?<![a-z]clave)(?:[_ -](?:de acceso|de usuario))?"),
    ("parol", r"(?:a d['’]ordine|[aăeё])"),
    ("wachtwoord", ""),
    ("has", r"(?:ł|l)o(?<![a-z]has.o)"),
    ("heslo", ""),
    ("jelsz", r"(?:ó|o\u0301|o)"),
    ("senord", r"(?<=l[öo\u0308]senord)"),
    ("adgangskode", ""),
    ("salasana", ""),
    ("parool", ""),
    ("geslo", ""),
    ("lozinka", ""),
    ("zaporka", ""),
    ("slaptažodis", ""),
    ("ifre", r"(?<=[şs\u0327]ifre)"),
    ("kh", r"(?:ẩ|a)u(?<=m[ậa]t kh.u)"),
    ("kata sandi", ""),
    ("κωδικ", r"(?:ό|ο\u0301)ς(?: πρόσβασης)?"),
    ("парол", "[ьяі]"),
    ("лозинка", ""),
    ("סיסמ", "[הא]"),
    ("كلمة", " (?:المرور|السر)"),
    ("पासवर्ड", ""),
    ("รหัสผ่าน", ""),
    ("パスワード", ""),
    ("暗証番号", ""),
    ("密", "[码碼]"),
    ("口令", ""),
    ("비밀번호", ""),
    ("암호", ""),
)
"""Words for a password."""

_OWNERS = (
    *("api", "access", "account", "secret", "private", "signing", "encryption", "master", "service", "license", "app"),
    *("application", "consumer", "storage", "fernet", "client", "shared", "session", "auth", "webhook", "subscription"),
    *("deploy", "write", "admin", "root", "ingest", "integration"),
)

KEYS: Words = (
    *((word, "[._ -]?key") for word in _OWNERS),
    ("secret", ""),
    ("auth", r"(?:(?<=_auth)|(?<![a-z]auth))"),
    ("credential", "s?"),
    ("x-amz-signature", ""),
    ("x-goog-signature", ""),
    (
        "token",
        r"(?<!nexttoken)(?<!next[_-]token)(?<!pagetoken)(?<!page[_-]token)(?<!continuationtoken)"
        r"(?<!continuation[_-]token)(?<!sync[_-]token)(?<!canceltoken)(?<!cancellation[_-]token)(?<!csrftoken)"
        r"(?<!csrf[_-]token)(?<!xsrf[_-]token)(?<!idempotency[_-]token)",
    ),
    ("api", r"[ -]?(?:schl(?:ü|u\u0308|ue)ssel|sleutel|キー| ?키)"),
    ("geheim", r"(?:nis|er schlüssel)"),
    ("cl", r"(?:é|e\u0301|e)s?[_ -](?:api|d['’]api|secr(?:è|e)te)"),
    ("clave", "[_ -](?:api|secreta|de api)"),
    ("chave", "[_ -](?:api|secreta|de api)"),
    ("chiave", "[_ -](?:api|segreta)"),
    ("secreto", ""),
    ("segredo", ""),
    ("segreto", ""),
    ("klucz", "(?:[_ -]api)?"),
    ("sekret", ""),
    ("ключ", "(?: api)?"),
    ("секрет", ""),
    ("токен", ""),
    ("シークレット", ""),
    ("秘密鍵", ""),
    ("トークン", ""),
    ("密", "[钥鑰]"),
    ("秘钥", ""),
    ("令牌", ""),
    ("비밀키", ""),
    ("토큰", ""),
)
"""Words for a key, a token or another generated secret."""

PHRASES: Words = (
    ("mnemonic", "s?"),
    *((word, "[_ -]?(?:phrases?|words?)") for word in ("seed", "recovery", "backup", "secret", "wallet")),
    ("seed", r"(?<=[_ -]seed)"),
    ("wiederherstellungs", "(?:phrase|wörter)"),
    ("phrase", " (?:de récupération|secrète|mnémonique)"),
    ("frase", " (?:de recuperación|semilla|de recuperação|semente|di recupero)"),
    ("сид", "[ -]?фраз[аы]"),
    ("助", "[记記][词詞]"),
    ("ニーモニック", ""),
)
"""Words for the words from which a wallet can be restored."""


def occur(words: Words, lower: str) -> bool:
    """Return whether a word may be in a lower-case text."""
    return any(literal in lower for literal, _ in words)


def ends(words: Words, lower: str) -> list[int]:
    """Return the positions behind the words in a lower-case text, in their order."""
    return sorted(
        {
            match.end()
            for literal, rest in words
            if literal in lower
            for match in _pattern(literal, rest).finditer(lower)
        }
    )


def alternatives(words: Words) -> str:
    """Return the regular expression of all words."""
    return "|".join(f"{literal}{rest}" for literal, rest in words)


@cache
def _pattern(literal: str, rest: str) -> re.Pattern[str]:
    return re.compile(literal + rest)
