"""Made-up secrets in their usual surroundings, and harmless texts that look like secrets.

Everything is generated from a fixed seed, with prefixes in two pieces, so that no scanner finds a key in this file.
The forms follow the issuers' documentation and not the patterns of the product: a pattern that is too narrow shows.
"""

from __future__ import annotations

import base64
import hashlib
import random
import string
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from claw_discord_coord.text.secrets import mask_secrets

LOWER, UPPER, DIGITS = string.ascii_lowercase, string.ascii_uppercase, string.digits
ALNUM = LOWER + UPPER + DIGITS
URLSAFE = ALNUM + "-_"
HEX = DIGITS + "abcdef"
BASE64 = ALNUM + "+/"
LEAK_CHARS = 10
"""The shortest piece of a secret that counts as a leak."""


class Made:
    """A source of random texts."""

    def __init__(self, seed: int = 20) -> None:
        self._random = random.Random(seed)

    def of(self, alphabet: str, length: int) -> str:
        return "".join(self._random.choice(alphabet) for _ in range(length))

    def mixed(self, alphabet: str, length: int) -> str:
        """A text with at least one digit and one letter, and an end that is neither `-` nor `_`."""
        while True:
            text = self.of(alphabet, length)
            if (
                any(c.isdigit() for c in text)
                and any(c.isalpha() for c in text)
                and text[-1].isalnum()
                and text[0].isalnum()
            ):
                return text

    def uuid(self) -> str:
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))

    def base64(self, length: int) -> str:
        return base64.b64encode(self._random.randbytes(length)).decode()

    def base64url(self, length: int) -> str:
        return base64.urlsafe_b64encode(self._random.randbytes(length)).decode().rstrip("=")


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


def labeled(m: Made) -> Iterator[tuple[str, str, str]]:
    """Secrets that are only known by what stands around them, as (shape, secret, text)."""
    password = m.mixed(ALNUM, 14)
    for scheme in ("postgres", "postgresql+asyncpg", "mysql", "mongodb+srv", "redis", "amqp", "https", "ftp", "smtp"):
        password = m.mixed(ALNUM + "_.!", 16)
        yield "password in an address", password, f"DATABASE_URL={scheme}://svc:{password}@db.internal:5432/app?x=1"
        password = m.mixed(ALNUM, 16)
        yield "password in an address", password, f'"url": "{scheme}://svc:{password}@10.0.0.3/app"'
    yield "password in an address", password, f"redis://:{password}@cache:6379/0"
    token = m.mixed(ALNUM, 40)
    yield "token in an address", token, f"git clone https://{token}@git.example.com/a/b.git"
    yield "token in an address", token, f"git remote add o https://x-access-token:{token}@github.com/a/b"
    for label in ("password", "DB_PASSWORD", "PGPASSWORD", "passwd", "SMTP_PASS", "pwd", "userPassword", "passphrase"):
        for password in (
            m.mixed(ALNUM, 12) + "!",
            "Winter" + m.of(DIGITS, 2) + "#" + m.of(LOWER, 3),
            m.mixed(ALNUM, 20),
        ):
            yield "labeled password", password, f"{label}={password}"
            yield "labeled password", password, f'  "{label}": "{password}",'
            yield "labeled password", password, f"{label}: '{password}'"
    yield "password option", password, f"mysql --user=root --password={password} app"
    yield "password option", password, f"curl -u admin:{password} https://x.example"
    yield "ado connection", password, f"Server=tcp:db,1433;User ID=sa;Password={password};Encrypt=yes"
    yield "netrc", password, f"machine api.example.com login svc password {password}"
    for label in (
        "API_KEY",
        "api_key",
        "apiKey",
        "x-api-key",
        "SECRET_KEY",
        "client_secret",
        "ACCESS_TOKEN",
        "auth_token",
        "Private-Token",
        "JWT_SECRET",
        "DISCORD_TOKEN",
        "webhookSecret",
        "refresh_token",
        "signing_secret",
    ):
        for value in (m.mixed(ALNUM, 32), m.mixed(HEX, 40), m.mixed(URLSAFE, 43)):
            yield "labeled key", value, f"{label}={value}"
            yield "labeled key", value, f'"{label}": "{value}"'
            yield "labeled key", value, f"{label}: {value}"
    password = m.mixed(ALNUM + "!", 12)
    yield "password in xml", password, f"<server><password>{password}</password></server>"
    yield "password with @", f"x@{password}", f"https://svc:x@{password}@host.example/db"
    yield "password for sshpass", password, f"sshpass -p '{password}' ssh host"
    yield "authorization of another scheme", value, f"Authorization: SSWS {value}"
    yield "authorization without scheme", value, f"headers: {{ Authorization: '{value}' }}"
    yield "labeled key", value, f"https://api.example.com/v1/x?access_token={value}&page=2"
    yield "labeled key", value, f"https://api.example.com/v1/x?page=2&api_key={value}"
    for _ in range(3):
        secret = m.base64(30)
        yield "aws secret", secret, f"aws_secret_access_key = {secret}"
        yield "aws secret", secret, f'"SecretAccessKey": "{secret}"'
        yield "aws secret", secret, f"export AWS_SECRET_ACCESS_KEY={secret}"
    account_key = m.base64(64)
    yield (
        "azure storage",
        account_key,
        f"DefaultEndpointsProtocol=https;AccountName=a;AccountKey={account_key};EndpointSuffix=core.windows.net",
    )
    signature = m.base64(32).replace("+", "%2B").replace("/", "%2F").replace("=", "%3D")
    yield (
        "azure sas",
        signature,
        f"https://a.blob.core.windows.net/c/f?sv=2022-11-02&se=2026-01-01&sr=b&sp=r&sig={signature}",
    )
    signature = m.mixed(HEX, 64)
    yield (
        "aws presigned",
        signature,
        f"https://b.s3.amazonaws.com/k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature={signature}",
    )
    basic = base64.b64encode(f"svc:{m.mixed(ALNUM, 20)}".encode()).decode()
    for scheme, value in (
        ("Basic", basic),
        ("Bearer", m.mixed(URLSAFE, 40)),
        ("Bot", m.mixed(URLSAFE, 40)),
        ("token", m.mixed(HEX, 40)),
    ):
        yield "authorization", value, f"curl -H 'Authorization: {scheme} {value}' https://x.example"
        yield "authorization", value, f'"authorization": "{scheme} {value}"'
    yield "npmrc", value, f"//registry.npmjs.org/:_authToken={m.uuid() and value}"
    yield "docker config", basic, f'{{"auths": {{"registry.example": {{"auth": "{basic}"}}}}}}'
    cookie = m.mixed(ALNUM, 40)
    yield "session cookie", cookie, f"Cookie: lang=en; sessionid={cookie}; theme=dark"


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
        Case(f"{shape}: {text[:40]}", text, secret) for shape, secret, text in (*labeled(made), *private_keys(made))
    ]
    return cases


def harmless(seed: int = 20) -> list[Case]:
    """Texts that must stay as they are."""
    m = Made(seed)
    texts: dict[str, list[str]] = {
        "css class": [
            f'<div class="{name}">'
            for name in (
                "sk-circle-fade",
                "sk-circle-fade-dot",
                "sk-toggleable__content",
                "sk-toggleable__label-arrow",
                "sk-container-id-1",
                "sk-toggleable__control--hidden-visually",
                "sk-estimator-doc-link-fitted",
                "sk-parallel-item-container-12",
                "sk-folding-cube-animation-delay",
                "sk-spinner-wandering-cubes-large",
                "sk-top-container-wrapper-element",
                "sk-text-repr-fallback-visible-1",
                "sk-dashed-wrapped-estimator-box",
                "xoxo-hugs-and-kisses-forever",
                "xoxo-hugs-2024-gallery",
                "xoxb-button-primary-large",
                "key-visual-wrapper-large-screen",
                "hf_header_navigation_container_main",
                "npm_package_dependencies_list_container_x",
                "whsec_header_navigation_wrapper_x",
                "glpat-navigation-header-large-wide",
                "ghp_header_navigation_container_wrapper",
                "pat-card-header-navigation-list",
                "mfa.navigation.header.container.main",
                "re_render_component_tree_now",
                "tk_toolbar_navigation_container_x",
                "sl.navigation.container.header",
                "dp.component.header.navigation",
                "st.sidebar.container.header",
                "pul-navigation-header-wrapper",
            )
        ],
        "dotted name": [
            "com.example.discord.bot.commands.ModerationCommandHandlerFactory",
            "org.springframework.beans.factory.annotation.AutowiredAnnotationBeanPostProcessor",
            "Microsoft.Extensions.DependencyInjection.ServiceCollectionContainerBuilderExtensions",
            "NotificationsManagerController.Handler.HandleIncomingNotificationMessages",
            "MyApplicationConfiguration.Server.DefaultSettingsProviderFactoryBean",
            "OrganizationSettingsService.create.organizationSettingsForWorkspace",
            "claw_discord_coord.destinations.programs.payload",
            "NetworkInterfaceCollection.Items.GetEnumeratorForAllInterfaces",
            "MainWindowViewModelFactory.Create.BuildAllTheThingsForTheMainWindow",
            "self.model.encoder.layers.attention.weight",
            "sk-learn.preprocessing.StandardScaler",
            "numpy.core.multiarray.scalar",
        ],
        "git hash": [f"commit {m.of(HEX, 40)}" for _ in range(8)]
        + [f"index {m.of(HEX, 7)}..{m.of(HEX, 7)} 100644" for _ in range(4)],
        "sha256": [f"sha256:{m.of(HEX, 64)}" for _ in range(6)]
        + [f"{m.of(HEX, 64)}  dist/package.whl" for _ in range(4)],
        "md5": [f"{m.of(HEX, 32)}  image.iso" for _ in range(4)] + [f'ETag: "{m.of(HEX, 32)}"' for _ in range(3)],
        "uuid": [f"id: {m.uuid()}" for _ in range(6)]
        + [f"https://example.com/items/{m.uuid()}" for _ in range(4)]
        + [f'"request_id": "{m.uuid()}"' for _ in range(4)],
        "npm integrity": [
            f'"integrity": "sha512-{base64.b64encode(hashlib.sha512(m.of(LOWER, 9).encode()).digest()).decode()}"'
            for _ in range(10)
        ],
        "pip hash": [f"    --hash=sha256:{m.of(HEX, 64)} \\" for _ in range(6)],
        "go.sum": [f"github.com/a/b v1.2.3 h1:{m.base64(32)}" for _ in range(6)],
        "base64 image": [f"![x](data:image/png;base64,{m.base64(300)})" for _ in range(6)]
        + ["data:font/woff2;base64,\n" + "\n".join(m.base64(57) for _ in range(6))],
        "email": [
            "ada.lovelace@example.com",
            "Write to support+billing@mail.example.org.",
            "From: Grace Hopper <grace@navy.example>",
            "git@github.com:org/repo.git",
            "ssh://git@github.com/org/repo.git",
            "mailto:someone@example.com?subject=Hello",
            "scp file.txt deploy@host.example:/srv/app",
        ],
        "placeholder": [
            "GITHUB_TOKEN=ghp_xxxxxxxxxxxxxxxxxxxx",
            "OPENAI_API_KEY=sk-...",
            "api_key = 'YOUR_API_KEY'",
            "API_KEY=<your key here>",
            "token: ${{ secrets.GITHUB_TOKEN }}",
            "password: ${DB_PASSWORD}",
            "password=changeme",
            "PASSWORD=your-password-here",
            "client_secret: {{ vault.client_secret }}",
            "DISCORD_TOKEN=your-bot-token-goes-here",
            "postgres://user:password@localhost:5432/db",
            "postgresql://postgres:postgres@localhost/test",
            "mysql://root:<password>@db/app",
            "redis://:$REDIS_PASSWORD@cache:6379",
            "https://user:pass@example.com/path",
            "mongodb://username:password@host/db",
            "amqp://guest:guest@rabbit:5672//",
            "curl -u user:password https://example.com",
            "curl -H 'Authorization: Bearer $TOKEN' https://x.example",
            "Authorization: Bearer <token>",
            "Authorization: Bearer YOUR_ACCESS_TOKEN_HERE",
            "AWS_SECRET_ACCESS_KEY=...",
            "https://hooks.slack.com/",
            "Set `SECRET_KEY` in your environment.",
            "export OPENAI_API_KEY",
            "sk-your-key-here-please",
            "xoxb-your-bot-token-here",
            "ghp_YourTokenGoesHere",
        ],
        "code": [
            "password = getpass.getpass('Password: ')",
            "token = await self.store.get_token(user)",
            "secret = os.environ['APP_SECRET']",
            "def login(username: str, password: str) -> Token:",
            "if token == other.token: return None",
            "const apiKey = process.env.API_KEY;",
            "self.access_token = response.json()['access_token']",
            "token: Optional[str] = None",
            "passwordField.setText(model.getPassword());",
            "private_key = ed25519.Ed25519PrivateKey.from_private_bytes(secret)",
            "results['secret'] = NotifyExample4.unquote(results['secret'])",
            "password: _TriStateType",
            "needsPassword = pq.PQconnectionNeedsPassword",
            "password: forceAuth._password || other",
            '<label for="password">Password</label>',
            "postgresql+psycopg://scott:tiger@localhost/test",
            "https://hooks.slack.com/services/TOKEN_A/TOKEN_B/TOKEN_C",
            "max_tokens=4096, temperature=0.2",
            '"total_tokens": 123456789012',
            '"next_page_token": "CAUQAAWxk2jf93kfn2kdnfk3k"',
            "tokenizer = AutoTokenizer.from_pretrained('bert-base-uncased')",
            "private_key_path: /etc/ssl/private/server.key",
            "secret_name: my-app-secrets-production",
            "primary key: user_id",
            "auth: required",
            "auth = HTTPBasicAuth(user, password)",
            '<input type="password" name="password" autocomplete="current-password">',
            "password_hash_algorithm: argon2id-v19",
            "token_url: https://auth.example.com/oauth2/token",
            "secret: false",
            "The secret is that nobody knows.",
            "Password: must have at least 12 characters",
            "for token in tokens: yield token",
            "assert token.startswith('ghp_')",
            "TOKEN_LIFETIME=3600",
            "secret.type: kubernetes.io/service-account-token",
            "key: value",
            "keyboard: qwertz-de-latin1-nodeadkeys",
            "api_key_id: 12",
            "access_key_rotation_days: 90",
            "author: Ada",
            "authorization: required for all endpoints of version 2",
            "Cookie: theme=dark; lang=en-GB",
            "bearer of good news from the department of internal affairs",
        ],
        "header of a key alone": [
            "A key begins with -----BEGIN PRIVATE KEY----- and the rest is base64.",
            "-----BEGIN RSA PRIVATE KEY-----\n\nThe line above is how such a file begins.\nMore text follows.",
            "Look for `-----BEGIN OPENSSH PRIVATE KEY-----` and `-----END OPENSSH PRIVATE KEY-----` in the file.",
            "-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----" + " and so on" * 3,
            "grep -rn 'BEGIN PRIVATE KEY' .",
            "-----BEGIN CERTIFICATE-----\n"
            + "\n".join(m.of(BASE64, 64) for _ in range(6))
            + "\n-----END CERTIFICATE-----",
            "-----BEGIN PUBLIC KEY-----\n"
            + "\n".join(m.of(BASE64, 64) for _ in range(6))
            + "\n-----END PUBLIC KEY-----",
            "ssh-ed25519 " + m.of(BASE64, 68) + " ada@laptop",
            "ssh-rsa " + m.of(BASE64, 370) + "= ada@laptop",
        ],
        "other": [
            "Version 1.2.3-alpha.build.20261121",
            "docker.io/library/python:3.12-slim@sha256:" + m.of(HEX, 64),
            "See https://discord.com/channels/1/2/3",
            "2026-01-02T03:04:05.678901+00:00 INFO started in 3.14 s",
            "https://www.youtube.com/watch?v=dQw4w9WgXcQ",
            "https://docs.google.com/document/d/" + m.mixed(URLSAFE, 44) + "/edit",
            "arn:aws:iam::123456789012:role/service-role/MyRole",
            "i-0abcd1234ef567890 t3.micro",
            "ami-" + m.of(HEX, 17),
            "DE89370400440532013000",
            "+49 30 123456789",
            "12:34:56:78:9a:bc",
            "fe80::1ff:fe23:4567:890a",
            "https://example.com:8443/path@version",
            "http://localhost:3000/@scope/name",
            "npm install @scope/package@1.2.3",
            "S3 bucket my-company-logs-eu-central-1-prod",
            "AKIA is the prefix of access key ids.",
            "SKUs: SK1234567890",
            "task_0123456789",
            'eyJ is base64 of {"',
            "The key-value store holds 10000 entries.",
            "dapi is an abbreviation, dapifoo is not",
            "cio, oy2, re_ and tk_ are prefixes",
            "pk_" + "test_" + m.mixed(ALNUM, 24),
            "phc_" + m.mixed(ALNUM, 43),
        ],
    }
    return [Case(f"{kind}: {text[:50]}", text) for kind, group in texts.items() for text in group]
