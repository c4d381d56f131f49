"""Made-up secrets in their usual surroundings.

Everything is generated from a fixed seed, with prefixes in two pieces, so that no scanner finds a key in this file.
The forms follow the issuers' documentation and not the patterns of the product: a pattern that is too narrow shows.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from claw_discord_coord.text.secrets import mask_secrets
from tests.labeled_secrets import labeled
from tests.made_texts import ALNUM, BASE64, DIGITS, HEX, LOWER, UPPER, URLSAFE, Made
from tests.secrets_in_settings import in_settings

LEAK_CHARS = 10
"""The shortest piece of a secret that counts as a leak."""

SHAPES: dict[str, Callable[[Made], str]] = {
    "github classic": lambda m: "gh" + "p_" + m.mixed(ALNUM, 36),
    "github oauth": lambda m: "gh" + "o_" + m.mixed(ALNUM, 36),
    "github app": lambda m: "gh" + "s_" + m.mixed(ALNUM, 36),
    "github user-to-server": lambda m: "gh" + "u_" + m.mixed(ALNUM, 36),
    "github refresh": lambda m: "gh" + "r_" + m.mixed(ALNUM, 76),
    "github fine-grained": lambda m: "github" + "_pat_" + m.mixed(ALNUM, 22) + "_" + m.mixed(ALNUM, 59),
    "gitlab personal": lambda m: "gl" + "pat-" + m.mixed(URLSAFE, 20),
    "gitlab routable": lambda m: "gl" + "pat-" + m.mixed(URLSAFE, 27) + ".01." + m.of(DIGITS + LOWER, 9),
    "gitlab deploy": lambda m: "gl" + "dt-" + m.mixed(URLSAFE, 20),
    "gitlab runner": lambda m: "gl" + "rt-" + m.mixed(URLSAFE, 20),
    "gitlab trigger": lambda m: "gl" + "ptt-" + m.mixed(HEX, 40),
    "openai old": lambda m: "sk" + "-" + m.mixed(ALNUM, 20) + "T3Blbk" + "FJ" + m.mixed(ALNUM, 20),
    "openai project": lambda m: "sk" + "-proj-" + m.mixed(URLSAFE, 74) + "T3Blbk" + "FJ" + m.mixed(URLSAFE, 74),
    "openai service": lambda m: "sk" + "-svcacct-" + m.mixed(URLSAFE, 58) + "T3Blbk" + "FJ" + m.mixed(URLSAFE, 58),
    "anthropic": lambda m: "sk" + "-ant-api03-" + m.mixed(URLSAFE, 93) + "AA",
    "anthropic oauth": lambda m: "sk" + "-ant-oat01-" + m.mixed(URLSAFE, 86) + "AA",
    "openrouter": lambda m: "sk" + "-or-v1-" + m.mixed(HEX, 64),
    "deepseek": lambda m: "sk" + "-" + m.mixed(HEX, 32),
    "groq": lambda m: "gs" + "k_" + m.mixed(ALNUM, 52),
    "xai": lambda m: "xa" + "i-" + m.mixed(ALNUM, 80),
    "hugging face": lambda m: "h" + "f_" + m.mixed(LOWER + UPPER + "7", 34),
    "replicate": lambda m: "r" + "8_" + m.mixed(ALNUM, 37),
    "perplexity": lambda m: "ppl" + "x-" + m.mixed(ALNUM, 48),
    "langsmith": lambda m: "lsv2" + "_pt_" + m.mixed(HEX, 32) + "_" + m.of(HEX, 10),
    "elevenlabs": lambda m: "sk" + "_" + m.mixed(HEX, 48),
    "nvidia": lambda m: "nv" + "api-" + m.mixed(URLSAFE, 64),
    "aws key id": lambda m: "AK" + "IA" + m.mixed(UPPER + "234567", 16),
    "aws session key id": lambda m: "AS" + "IA" + m.mixed(UPPER + "234567", 16),
    "google api key": lambda m: "AI" + "za" + "Sy" + m.mixed(URLSAFE, 33),
    "google client secret": lambda m: "GOC" + "SPX-" + m.mixed(URLSAFE, 28),
    "google access token": lambda m: "ya" + "29.a0" + m.mixed(URLSAFE, 100),
    "google refresh token": lambda m: "1/" + "/0" + m.mixed(URLSAFE, 60),
    "azure client secret": lambda m: m.mixed(ALNUM, 3) + "8" + "Q~" + m.mixed(ALNUM + "_.-", 34),
    "slack bot": lambda m: "xo" + f"xb-{m.of(DIGITS, 12)}-{m.of(DIGITS, 13)}-{m.mixed(ALNUM, 24)}",
    "slack user": lambda m: "xo" + f"xp-{m.of(DIGITS, 12)}-{m.of(DIGITS, 12)}-{m.of(DIGITS, 13)}-{m.mixed(HEX, 32)}",
    "slack app": lambda m: "xa" + f"pp-1-A{m.of(UPPER + DIGITS, 10)}-{m.of(DIGITS, 13)}-{m.mixed(HEX, 64)}",
    "slack config": lambda m: "xo" + "xe.xo" + f"xp-1-{m.mixed(ALNUM, 160)}",
    "slack webhook": lambda m: (
        f"https://hooks.slack.com/services/T{m.of(UPPER + DIGITS, 10)}/B{m.of(UPPER + DIGITS, 10)}/{m.mixed(ALNUM, 24)}"
    ),
    "discord bot": lambda m: (
        base64.b64encode(m.of(DIGITS, 18).encode()).decode().rstrip("=").replace("=", "")
        + "."
        + m.mixed(ALNUM, 6)
        + "."
        + m.mixed(URLSAFE, 38)
    ),
    "discord webhook": lambda m: f"https://discord.com/api/webhooks/{m.of('123456789', 19)}/{m.mixed(URLSAFE, 68)}",
    "telegram": lambda m: m.of("123456789", 10) + ":A" + "A" + m.mixed(URLSAFE, 33),
    "telegram address": lambda m: (
        "https://api.telegram.org/bot" + m.of("123456789", 10) + ":A" + "A" + m.mixed(URLSAFE, 33) + "/sendMessage"
    ),
    "stripe secret": lambda m: "sk" + "_live_" + m.mixed(ALNUM, 24),
    "stripe long secret": lambda m: "sk" + "_live_51" + m.mixed(ALNUM, 99),
    "stripe restricted": lambda m: "rk" + "_live_" + m.mixed(ALNUM, 24),
    "stripe webhook": lambda m: "wh" + "sec_" + m.mixed(ALNUM, 32),
    "npm": lambda m: "np" + "m_" + m.mixed(ALNUM, 36),
    "pypi": lambda m: "pypi-" + "AgEIcHlwaS5vcmc" + m.mixed(URLSAFE, 120),
    "rubygems": lambda m: "ruby" + "gems_" + m.mixed(HEX, 48),
    "docker hub": lambda m: "dckr" + "_pat_" + m.mixed(URLSAFE, 27),
    "nuget": lambda m: "oy" + "2" + m.mixed(LOWER + DIGITS, 43),
    "sendgrid": lambda m: "S" + "G." + m.mixed(URLSAFE, 22) + "." + m.mixed(URLSAFE, 43),
    "mailgun": lambda m: "ke" + "y-" + m.mixed(HEX, 32),
    "mailchimp": lambda m: m.mixed(HEX, 32) + "-u" + "s14",
    "brevo": lambda m: "xkey" + "sib-" + m.mixed(HEX, 64) + "-" + m.mixed(ALNUM, 16),
    "twilio": lambda m: "S" + "K" + m.mixed(HEX, 32),
    "jwt": lambda m: "ey" + "JhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.ey" + f"J{m.base64url(60)}.{m.base64url(32)}",
    "square": lambda m: "sq0" + "csp-" + m.mixed(URLSAFE, 43),
    "shopify": lambda m: "shp" + "at_" + m.mixed(HEX, 32),
    "digitalocean": lambda m: "dop" + "_v1_" + m.mixed(HEX, 64),
    "doppler": lambda m: "dp" + ".pt." + m.mixed(ALNUM, 43),
    "linear": lambda m: "lin" + "_api_" + m.mixed(ALNUM, 40),
    "notion": lambda m: "nt" + "n_" + m.mixed(ALNUM, 46),
    "airtable": lambda m: "pa" + "t" + m.mixed(ALNUM, 14) + "." + m.mixed(HEX, 64),
    "atlassian": lambda m: "ATA" + "TT3xFfGF0" + m.mixed(URLSAFE, 170) + "=" + m.of(HEX.upper(), 8),
    "figma": lambda m: "fi" + "gd_" + m.mixed(URLSAFE, 40),
    "databricks": lambda m: "da" + "pi" + m.mixed(HEX, 32),
    "new relic": lambda m: "NR" + "AK-" + m.mixed(UPPER + DIGITS, 27),
    "grafana": lambda m: "gl" + "sa_" + m.mixed(ALNUM, 32) + "_" + m.of(HEX, 8),
    "sentry": lambda m: "sntry" + "u_" + m.mixed(HEX, 64),
    "vault": lambda m: "hv" + "s." + m.mixed(URLSAFE, 92),
    "terraform": lambda m: m.mixed(ALNUM, 14) + ".atl" + "asv1." + m.mixed(URLSAFE, 67),
    "pulumi": lambda m: "pu" + "l-" + m.mixed(HEX, 40),
    "supabase": lambda m: "sb" + "p_" + m.mixed(HEX, 40),
    "planetscale": lambda m: "pscale" + "_pw_" + m.mixed(URLSAFE, 43),
    "postman": lambda m: "PM" + "AK-" + m.mixed(HEX, 24) + "-" + m.mixed(HEX, 34),
    "tailscale": lambda m: "ts" + "key-auth-k" + m.mixed(ALNUM, 11) + "CNTRL-" + m.mixed(ALNUM, 32),
    "hubspot": lambda m: "pa" + "t-na1-" + m.uuid(),
    "1password": lambda m: "A" + "3-" + "-".join(m.of(UPPER + "23456789", n) for n in (6, 6, 5, 5, 5, 5)),
    "age": lambda m: "AGE-SECRET" + "-KEY-1" + m.mixed(UPPER + DIGITS, 58),
    "posthog": lambda m: "ph" + "x_" + m.mixed(ALNUM, 43),
    "circleci": lambda m: "CCI" + "PAT_" + m.mixed(ALNUM, 22) + "_" + m.mixed(HEX, 40),
    "heroku": lambda m: "HRKU" + "-AA" + m.mixed(URLSAFE, 58),
    "deepl": lambda m: m.uuid() + ":f" + "x",
    "task token": lambda m: "ta" + "sk_" + m.mixed(HEX, 64),
    "alibaba": lambda m: "LT" + "AI5t" + m.mixed(ALNUM, 20),
    "plaid": lambda m: "access-" + "production-" + m.uuid(),
    "easypost": lambda m: "EZ" + "AK" + m.mixed(ALNUM, 54),
    "artifactory": lambda m: "AK" + "Cp" + m.mixed(ALNUM, 69),
    "sonarqube": lambda m: "sq" + "u_" + m.mixed(HEX, 40),
}
"""Secrets that are known by their own form."""

CONTEXTS: dict[str, Callable[[str], str]] = {
    "env line": lambda s: f"SERVICE_VALUE={s}\nDEBUG=1\n",
    "export": lambda s: f'export SERVICE_VALUE="{s}"',
    "json": lambda s: f'{{"name": "service", "value": "{s}", "size": 3}}',
    "escaped json": lambda s: f'{{"body": "{{\\"value\\": \\"{s}\\"}}"}}',
    "yaml": lambda s: f"service:\n  value: {s}\n  size: 3\n",
    "query": lambda s: f"GET https://api.example.com/v1/items?value={s}&page=2",
    "curl header": lambda s: f"curl -H 'X-Service: {s}' https://api.example.com",
    "log line": lambda s: f"2026-03-04T05:06:07Z INFO client: using {s}, 3 retries",
    "code fence": lambda s: f"Try this:\n```sh\nservice login {s}\n```\nThen go on.",
    "inline code": lambda s: f"The value is `{s}`.",
    "end of a sentence": lambda s: f"My value is {s}. Do not share.",
    "table": lambda s: f"| name | value |\n|---|---|\n| service | {s} |",
    "upper prefix": lambda s: f"TOKEN_{s}",
    "lower prefix": lambda s: f"key-{s}",
    "python": lambda s: f"client = Client('{s}', timeout=3)",
    "brackets": lambda s: f"(see <{s}>)",
    "line-wrapped": lambda s: (
        f"The service gave me this value: {s[: len(s) // 2]}\n{s[len(s) // 2 :]} and nothing else."
    ),
    "quoted and wrapped": lambda s: (
        f"> The service gave me this value: {s[: len(s) * 2 // 3]}\n> {s[len(s) * 2 // 3 :]}\n> Then it stopped."
    ),
}

PREFIXES_DO_NOT_APPLY = {
    "mailchimp",
    "azure client secret",
    "terraform",
    "deepl",
    "slack webhook",
    "discord webhook",
    "telegram address",
    "telegram",
    "google refresh token",
}
"""Forms that begin with random characters or a scheme: with a word before them they are another form."""


def key(m: Made, kind: str = "PRIVATE KEY", lines: int = 12) -> str:
    body = "\n".join(m.of(BASE64, 64) for _ in range(lines)) + "\n" + m.of(BASE64, 30) + "=="
    return f"-----BEGIN {kind}-----\n{body}\n-----END {kind}-----"


def private_keys(m: Made) -> Iterator[tuple[str, str, str]]:
    """Private keys, whole and in pieces."""
    for kind in (
        "PRIVATE KEY",
        "RSA PRIVATE KEY",
        "EC PRIVATE KEY",
        "OPENSSH PRIVATE KEY",
        "ENCRYPTED PRIVATE KEY",
        "DSA PRIVATE KEY",
    ):
        whole = key(m, kind)
        body = "".join(line for line in whole.splitlines() if not line.startswith("-"))
        yield "private key", body, f"Here it is:\n\n{whole}\n\nThat was it."
        yield "private key", body, f"```\n{whole}\n```"
        yield "private key", body, '{"private_key": "' + whole.replace("\n", "\\n") + '\\n", "size": 3}'
        yield "private key", body, 'KEY="' + whole.replace("\n", "\\n") + '"'
        yield "private key", body, "\n".join(f"  {line}" for line in f"key: |\n{whole}".splitlines())
        yield "private key", body, "\n".join(f"2026-01-02 03:04:05 INFO {line}" for line in whole.splitlines())
        yield "private key", body, "\n".join(f"> {line}" for line in whole.splitlines())
        yield "private key", body, "\r\n".join(whole.splitlines())
        yield "private key without footer", body, whole.rpartition("\n")[0]
        yield "private key without header", body, whole.partition("\n")[2] + "\nThat was it."
    whole = key(m, "PGP PRIVATE KEY BLOCK").replace("BLOCK-----\n", "BLOCK-----\nVersion: GnuPG v2\n\n", 1)
    body = "".join(line for line in whole.splitlines() if not line.startswith(("-", "Version")))
    yield "pgp key", body, whole
    header = "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,0123456789ABCDEF0123456789ABCDEF\n\n"
    whole = key(m, "RSA PRIVATE KEY").replace("KEY-----\n", "KEY-----\n" + header, 1)
    body = "".join(line for line in whole.splitlines() if not line.startswith(("-", "Proc", "DEK")))
    yield "encrypted key", body, whole


@dataclass(frozen=True)
class Case:
    """One text; `secret` is empty for a harmless text."""

    name: str
    text: str
    secret: str = ""

    @property
    def leaks(self) -> bool:
        """Whether a piece of the secret is left."""
        rest = mask_secrets(self.text)
        pieces = (self.secret[at : at + LEAK_CHARS] for at in range(max(1, len(self.secret) - LEAK_CHARS + 1)))
        return any(piece in rest for piece in pieces)

    @property
    def is_changed(self) -> bool:
        return mask_secrets(self.text) != self.text


def core_of(secret: str) -> str:
    """The part of a secret that must not be left: of an address, the last long piece of the path."""
    return max(secret.split("/"), key=len) if "://" in secret else secret


def secrets(seed: int = 20) -> list[Case]:
    """All secrets in all surroundings."""
    made = Made(seed)
    cases: list[Case] = []
    for shape, make in SHAPES.items():
        for context, place in CONTEXTS.items():
            if "prefix" in context and shape in PREFIXES_DO_NOT_APPLY:
                continue
            secret = make(made)
            core = core_of(secret)
            cases.append(Case(f"{shape}, {context}", place(secret), core))
    cases += [
        Case(f"{shape}: {text[:40]}", text, secret)
        for shape, secret, text in (*labeled(made), *private_keys(made), *in_settings(made))
    ]
    return cases
