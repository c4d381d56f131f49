"""The shapes of secrets: one list, in the forms that issuers publish.

Sources: the issuers' documentation of their key formats, compared with the rule sets of gitleaks (config/gitleaks.toml)
and detect-secrets 1.5 (its plugins). Neither is a dependency: gitleaks is a Go program, and detect-secrets reads single
lines, has 27 shapes and none of Anthropic, GitHub's fine-grained tokens, Telegram addresses or database URLs.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache

# Every pattern begins with its literal, so that `re` finds candidates fast. Runs are bounded, or nothing has to follow
# them: so the time stays linear for every text.
_LEFT = r"(?<![A-Za-z0-9]{literal})"
"""No letter or digit directly before the literal; `TOKEN_` or `key-` may be there."""
_RIGHT = r"(?![A-Za-z0-9])"

_WORDY = re.compile(
    r"(?:[A-Z]?[a-z]{0,15}\d{0,4}|[A-Z]{1,14}\d{0,4}|(?:[A-Z][a-z]{1,14}){1,8}|[a-z]{1,12}(?:[A-Z][a-z]{1,14}){1,8}|\d{1,4})"
)
_SEPARATORS = re.compile(r"[-_.~/+=:%]+")


def is_wordy(text: str) -> bool:
    """Return whether a text consists of words and small numbers, such as a CSS class or a dotted name."""
    return all(_WORDY.fullmatch(piece) for piece in _SEPARATORS.split(text))


def is_random(text: str) -> bool:
    """Return whether a text has the mixture of letters and digits of a generated secret."""
    return any(c.isdigit() for c in text) and any(c.isalpha() for c in text) and not is_wordy(text)


def _anything(_value: str) -> bool:
    return True


def _not_wordy(value: str) -> bool:
    return not is_wordy(value)


def _not_repeated(value: str) -> bool:
    """Refuse placeholders such as `xxxxxxxx` and `00000000`."""
    return len(set(value)) > 3


@dataclass(frozen=True)
class Shape:
    """One shape of a secret.

    Attributes:
        name: The issuer and the sort of secret.
        literals: Texts of which one is part of every match. Without them in a text, the expression is not tried.
        expression: The regular expression. The group `secret`, if there is one, is the part to mask.
        accepts: The check of the secret, after the literal, that a regular expression cannot make.
        wraps: The secret may be found over a line break.
        folded: Literals and expression are lower-case, and are looked for in the lower-case text.
    """

    name: str
    literals: tuple[str, ...]
    expression: str
    accepts: Callable[[str], bool] = field(default=_anything)
    wraps: bool = True
    folded: bool = False

    @property
    def pattern(self) -> re.Pattern[str]:
        """The compiled expression."""
        return _compiled(self.expression)


# Compiled at the first use: most texts have the literals of few shapes, and all of them together take 0.1 s.
_compiled = cache(re.compile)


def _token(
    name: str,
    literal: str,
    body: str,
    *,
    accepts: Callable[[str], bool] = _anything,
    left: bool = True,
    right: str = _RIGHT,
) -> Shape:
    """Return the shape of a token that begins with a literal."""
    start = re.escape(literal)
    before = _LEFT.format(literal=start) if left else ""
    return Shape(name, (literal,), f"{start}{before}(?P<body>{body}){right}", accepts)


def _labeled(name: str, labels: str, value: str, literals: tuple[str, ...], accepts: Callable[[str], bool]) -> Shape:
    """Return the shape of a value that is only known as a secret by the label in front of it.

    A label is followed by `=`, `:` or `=>`, as in environment files, JSON, YAML, program options and queries.
    """
    pattern = rf"(?:{labels})\\?[\"'`]?\]?[ \t]{{0,4}}(?:=>|:=|=|:|>|%3d)[ \t]{{0,4}}\\?[\"'`]?(?P<secret>{value})"
    return Shape(name, literals, pattern, accepts, wraps=False, folded=True)


_HEX = "[0-9a-f]"
_ALNUM = "[A-Za-z0-9]"
_URLSAFE = r"[A-Za-z0-9_-]"
_UUID = r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
_SLASH = r"\\?/"
"""A slash; JSON may escape slashes."""

_PLACEHOLDER = re.compile(
    r"(?i)(?:.*(?:example|placeholder|change[-_]?me|redacted|removed|hidden|masked|dummy|sample|insert|replace|your)"
    r"|(?:my|the|a|some|db|database)?[-_ ]?(?:password|passwd|passwort|passphrase|pass|pwd|pw|secret|token"
    r"|key|api[-_]?key|user|username|login|tiger|guest|postgres|mysql|root|admin|test|none|null|nil|true|false|undefined|string|str|optional|required|value)\d{0,3}"
    r"|(.)\1{2,}|[*x.•_-]{2,})[-_a-z]{0,20}|\d{1,6}"
)
_CODE = re.compile(r"[$<>{}()\[\]]|\.\.\.|…|%\(|^[a-z_]+\.[a-z_.]+$|::|^(?:process\.env|os\.environ|self)\b")
"""Marks of code and templates: a call, a variable, a reference to another value."""
_NAME = re.compile(r"_?[A-Za-z]+(?:_[A-Za-z]+)*|[A-Za-z_]\w*(?:\.[A-Za-z_]\w*){0,4}\.[A-Za-z_]{3,}")
"""A name in code: a type, or an attribute at the end of a path."""


def _password(value: str) -> bool:
    """Accept a value behind a password's label, but no placeholder, no variable and no plain word."""
    if len(value) < 6 or _CODE.search(value) or _PLACEHOLDER.fullmatch(value) or _NAME.fullmatch(value):
        return False
    classes = (
        any(c.islower() for c in value),
        any(c.isupper() for c in value),
        any(c.isdigit() for c in value),
        any(not c.isalnum() for c in value),
    )
    return sum(classes) >= 3 or (classes[2] and sum(classes) >= 2 and not _WORD_AND_YEAR(value))


_WORD_AND_YEAR = re.compile(
    r"[a-z]+[-_.]v?\d{1,4}|v?\d+(?:\.\d+)+\w*|\d+\w{0,3}|\d{4}-\d\d-\d\d.*|[\d.,:/-]+"
).fullmatch


def _keyed(value: str) -> bool:
    """Accept a value behind the label of a key or token."""
    return (
        len(value) >= 12
        and not _CODE.search(value)
        and not _NAME.fullmatch(value)
        and not _PLACEHOLDER.fullmatch(value)
        and is_random(value)
        and not _WORD_AND_YEAR(value)
        and _not_repeated(value)
    )


def _url_password(value: str) -> bool:
    return len(value) >= 3 and not _CODE.search(value) and not _PLACEHOLDER.fullmatch(value)


def _url_user(value: str) -> bool:
    return is_random(value)


def _slack(value: str) -> bool:
    return not is_wordy(value) or value[:8].isdigit()


def _authorization(value: str) -> bool:
    return not _PLACEHOLDER.fullmatch(value)


def _bearer(value: str) -> bool:
    return _authorization(value) and not _CODE.search(value) and (len(value) >= 20 or is_random(value))


_TOKENS = (
    # Chat
    Shape(
        "Discord bot token",  # user id, time and signature in base64
        (".",),
        (rf"(?<![A-Za-z0-9])[MNO]{_URLSAFE}{{22,27}}\.{_URLSAFE}{{5,8}}\.(?P<body>{_URLSAFE}{{25,}})"),
        lambda value: not is_wordy(value),
    ),
    _token("Discord MFA token", "mfa.", rf"{_URLSAFE}{{20,}}", accepts=_not_wordy),
    _token("Slack token", "xox", r"[a-z](?:\.xox[bp])?-(?:\d-)?[A-Za-z0-9%/+=-]{10,}", accepts=lambda v: _slack(v[2:])),
    _token("Slack app token", "xapp-", r"[A-Za-z0-9-]{10,}", accepts=_slack),
    Shape("Telegram bot token", (":A",), (r"(?<!\d)\d{8,10}:A[\w-]{34}(?![\w-])")),
    _token("Matrix access token", "syt_", r"[A-Za-z0-9]{2,100}_[A-Za-z0-9]{10,40}_[A-Za-z0-9]{4,10}"),
    # Code hosts
    *(
        _token("GitHub token", f"gh{letter}_", r"[A-Za-z0-9]{30,}", left=False, accepts=_not_wordy)
        for letter in "pousr"
    ),
    _token("GitHub fine-grained token", "github_pat_", r"\w{30,}", left=False, accepts=_not_wordy),
    *(
        _token(
            "GitLab token",
            f"gl{word}-",
            rf"{_URLSAFE}{{20,}}(?:\.[0-9a-z]{{2,3}}\.[0-9a-z]{{7,9}})?",
            accepts=_not_wordy,
        )
        for word in ("pat", "dt", "rt", "ptt", "cbt", "soat", "ft", "imt", "agent", "oas", "ffct", "wt")
    ),
    _token("Atlassian token", "ATATT3", r"[A-Za-z0-9_=-]{40,}"),
    _token("Bitbucket app password", "ATBB", r"[A-Za-z0-9_=-]{24,}", accepts=is_random),
    _token("Sourcegraph token", "sgp_", rf"(?:[a-zA-Z0-9]{{16}}_|local_)?{_HEX}{{40}}"),
    # Models
    _token(
        "OpenAI key",
        "sk-",
        rf"(?:proj|svcacct|admin|None)-{_URLSAFE}{{20,}}",
        right="",
        accepts=lambda v: not is_wordy(v.partition("-")[2]),
    ),
    _token("Anthropic key", "sk-ant-", rf"{_URLSAFE}{{20,}}", right="", accepts=_not_wordy),
    _token("OpenRouter key", "sk-or-", rf"{_URLSAFE}{{20,}}", right="", accepts=_not_wordy),
    _token("key of OpenAI or a compatible service", "sk-", rf"{_URLSAFE}{{20,}}", right="", accepts=_not_wordy),
    _token("ElevenLabs key", "sk_", rf"{_HEX}{{48}}"),
    _token("Groq key", "gsk_", r"[A-Za-z0-9]{40,}"),
    _token("xAI key", "xai-", r"[A-Za-z0-9]{60,}"),
    _token("Hugging Face token", "hf_", r"[A-Za-z0-9]{30,}", accepts=_not_wordy),
    _token("Hugging Face organization token", "api_org_", r"[A-Za-z0-9]{30,}"),
    _token("Replicate token", "r8_", r"[A-Za-z0-9]{37}"),
    _token("Perplexity key", "pplx-", r"[A-Za-z0-9]{40,}"),
    _token("LangSmith key", "lsv2_", r"(?:pt|sk)_[0-9a-f]{32}_[0-9a-f]{10}"),
    _token("Pinecone key", "pcsk_", r"[A-Za-z0-9_]{40,}"),
    _token("Fireworks key", "fw_", r"[A-Za-z0-9]{24}", accepts=is_random),
    _token("NVIDIA key", "nvapi-", rf"{_URLSAFE}{{40,}}", right=""),
    # Clouds
    *(
        _token("AWS access key id", word, r"[A-Z0-9]{16}", accepts=_not_repeated)
        for word in ("AKIA", "ASIA", "ABIA", "ACCA")
    ),
    _token("AWS Bedrock key", "ABSK", r"[A-Za-z0-9+/]{60,}={0,2}"),
    _token("Google API key", "AIza", r"[\w-]{35}", left=False, right=r"(?![\w-])"),
    _token("Google client secret", "GOCSPX-", rf"{_URLSAFE}{{20,}}", right=""),
    _token("Google access token", "ya29.", rf"{_URLSAFE}{{20,}}", right="", accepts=_not_wordy),
    _token("Google refresh token", "1//0", rf"{_URLSAFE}{{30,}}", right="", accepts=is_random),
    Shape("Azure client secret", ("Q~",), (r"(?<![\w~.-])[\w~.-]{3}\dQ~[\w~.-]{31,34}(?![\w~-])")),
    Shape("Azure DevOps token", ("AZDO",), (r"(?<![A-Za-z0-9])[A-Za-z0-9]{76}AZDO[A-Za-z0-9]{4}(?![A-Za-z0-9])")),
    _token("Alibaba access key id", "LTAI", r"[A-Za-z0-9]{16,24}", accepts=is_random),
    _token("Tencent secret id", "AKID", r"[A-Za-z0-9]{32}"),
    _token("Yandex API key", "AQVN", rf"{_URLSAFE}{{35,40}}"),
    *(_token("DigitalOcean token", f"{word}_v1_", rf"{_HEX}{{64}}") for word in ("dop", "doo", "dor")),
    _token("Heroku key", "HRKU-", rf"(?:AA{_URLSAFE}{{58}}|{_UUID})"),
    _token("Cloudflare origin key", "v1.0-", rf"{_HEX}{{24}}-{_HEX}{{146}}"),
    *(_token("Cloudflare token", word, r"[A-Za-z0-9]{40}[0-9a-f]{8}") for word in ("cfut_", "cfat_", "cfk_")),
    _token("Scaleway key", "SCW", r"[A-Z0-9]{17}", accepts=is_random),
    _token("Supabase token", "sbp_", r"(?:v0_)?[0-9a-f]{40}"),
    _token("Supabase key", "sb_secret_", rf"{_URLSAFE}{{20,}}", right=""),
    *(_token("PlanetScale token", f"pscale_{word}_", r"[A-Za-z0-9_.=-]{32,64}") for word in ("tkn", "pw", "oauth")),
    _token("Databricks token", "dapi", rf"{_HEX}{{32}}(?:-\d)?"),
    _token("Vault token", "hvs.", rf"{_URLSAFE}{{24,}}", right="", accepts=_not_wordy),
    _token("Vault batch token", "hvb.", rf"{_URLSAFE}{{60,}}", right=""),
    Shape(
        "HCP Terraform token",
        (".atlasv1.",),
        (rf"(?<![A-Za-z0-9])[A-Za-z0-9]{{14}}\.atlasv1\.{_URLSAFE}{{60,70}}"),
    ),
    _token("Pulumi token", "pul-", rf"{_HEX}{{40}}"),
    _token("Fly.io token", "fm2_", r"[A-Za-z0-9+/=_,-]{40,}", right=""),
    _token("Fly.io access token", "fo1_", rf"{_URLSAFE}{{40,}}", right=""),
    _token("Netlify token", "nfp_", r"[A-Za-z0-9]{36,}"),
    _token("Vercel token", "vercel_blob_rw_", r"\w{30,}"),
    *(
        _token("Vercel token", word, r"[A-Za-z0-9]{24,60}", accepts=is_random)
        for word in ("vcp_", "vci_", "vca_", "vcr_", "vck_")
    ),
    _token("Render key", "rnd_", r"[A-Za-z0-9]{28,40}"),
    _token("Tailscale key", "tskey-", rf"[a-z]+-{_URLSAFE}{{20,}}", right=""),
    _token("Doppler token", "dp.", r"(?:pt|st|ct|sa|scim|audit)\.(?:[a-z0-9_-]{2,35}\.)?[A-Za-z0-9]{40,44}"),
    _token("Infisical token", "st.", rf"{_HEX}{{24}}\.{_HEX}{{32}}\.{_HEX}{{32}}"),
    _token(
        "1Password secret key",
        "A3-",
        r"[A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})-[A-Z0-9]{5}-[A-Z0-9]{5}-[A-Z0-9]{5}",
    ),
    _token("1Password service account", "ops_eyJ", r"[A-Za-z0-9+/=_-]{100,}", right=""),
    _token("age key", "AGE-SECRET-KEY-1", r"[A-Z0-9]{58}"),
    # Packages and builds
    _token("npm token", "npm_", r"[A-Za-z0-9]{36,}", accepts=_not_wordy),
    _token("PyPI token", "pypi-AgE", rf"{_URLSAFE}{{50,}}", right=""),
    _token("RubyGems key", "rubygems_", rf"{_HEX}{{48}}"),
    _token("crates.io token", "cio", r"[A-Za-z0-9]{32}", accepts=is_random),
    _token("NuGet key", "oy2", r"[a-z0-9]{43}"),
    _token("Docker Hub token", "dckr_pat_", rf"{_URLSAFE}{{20,}}", right=""),
    _token("Docker Hub organization token", "dckr_oat_", rf"{_URLSAFE}{{20,}}", right=""),
    _token("Clojars token", "CLOJARS_", r"[a-z0-9]{60}"),
    _token("Artifactory key", "AKCp", r"[A-Za-z0-9]{60,80}"),
    _token("Artifactory reference token", "cmVmd", r"[A-Za-z0-9]{59}"),
    _token("CircleCI token", "CCIPAT_", rf"[A-Za-z0-9]{{22}}_{_HEX}{{40}}"),
    *(_token("Buildkite token", word, rf"{_HEX}{{40}}") for word in ("bkua_", "bkat_")),
    *(_token("SonarQube token", word, rf"{_HEX}{{40}}") for word in ("squ_", "sqp_", "sqa_")),
    _token("Prefect key", "pnu_", r"[A-Za-z0-9]{36}"),
    _token("Postman key", "PMAK-", rf"{_HEX}{{24}}-{_HEX}{{34}}"),
    _token("ReadMe key", "rdme_", r"[a-z0-9]{70}"),
    # Mail, messages and payment
    Shape("SendGrid key", ("SG.",), (rf"(?<![A-Za-z0-9])SG\.{_URLSAFE}{{16,32}}\.{_URLSAFE}{{32,64}}")),
    _token("Mailgun key", "key-", rf"{_HEX}{{32}}"),
    Shape("Mailgun key", ("-",), (rf"(?<![0-9a-z-]){_HEX}{{32}}-{_HEX}{{8}}-{_HEX}{{8}}(?![0-9a-z-])")),
    Shape("Mailchimp key", ("-us",), (rf"(?<![0-9a-z]){_HEX}{{32}}-us\d{{1,2}}(?![0-9a-z])")),
    _token("Brevo key", "xkeysib-", rf"{_HEX}{{64}}-[A-Za-z0-9]{{16}}"),
    _token("Brevo SMTP key", "xsmtpsib-", rf"{_HEX}{{64}}-[A-Za-z0-9]{{16}}"),
    _token("Resend key", "re_", r"[A-Za-z0-9]{6,10}_[A-Za-z0-9]{20,28}", accepts=is_random),
    _token("Twilio key", "SK", rf"{_HEX}{{32}}"),
    *(
        _token("Stripe key", f"{word}_{mode}_", r"[A-Za-z0-9]{16,}", accepts=_not_repeated)
        for word in ("sk", "rk")
        for mode in ("live", "test", "prod")
    ),
    _token("Stripe webhook secret", "whsec_", r"[A-Za-z0-9+/]{24,}={0,2}"),
    *(_token("Square token", word, rf"{_URLSAFE}{{22,60}}") for word in ("sq0atp-", "sq0csp-", "sq0idp-")),
    _token("Square access token", "EAAA", rf"{_URLSAFE}{{50,80}}", accepts=is_random),
    _token("Meta access token", "EAA", r"(?:[A-Z])[A-Za-z0-9]{80,}", accepts=lambda v: len(set(v)) > 30),
    *(_token("Shopify token", f"shp{word}_", r"[0-9a-fA-F]{32}") for word in ("at", "ca", "pa", "ss")),
    Shape(
        "Braintree token",
        ("access_token$",),
        (r"access_token\$(?:production|sandbox)\$[0-9a-z]{16}\$[0-9a-f]{32}"),
    ),
    Shape("Plaid token", ("access-",), (rf"access-(?:sandbox|development|production)-{_UUID}")),
    _token("Flutterwave key", "FLWSECK", r"(?:_TEST|_LIVE)?-[0-9a-zA-Z]{12,40}(?:-X)?"),
    *(_token("EasyPost key", word, r"[A-Za-z0-9]{54}") for word in ("EZAK", "EZTK")),
    *(_token("Shippo token", f"shippo_{mode}_", rf"{_HEX}{{40}}") for mode in ("live", "test")),
    *(_token("Duffel token", f"duffel_{mode}_", rf"{_URLSAFE}{{43}}") for mode in ("live", "test")),
    # Work
    _token("Linear key", "lin_api_", r"[A-Za-z0-9]{32,}"),
    _token("Linear OAuth token", "lin_oauth_", r"[A-Za-z0-9]{32,}"),
    _token("Notion token", "ntn_", r"[A-Za-z0-9]{40,}"),
    _token("Notion token", "secret_", r"[A-Za-z0-9]{43}", accepts=is_random),
    Shape("Airtable token", ("pat",), (rf"pat(?<![A-Za-z0-9]pat)[A-Za-z0-9]{{14}}\.{_HEX}{{64}}")),
    Shape("HubSpot token", ("pat-",), (rf"pat-(?<![A-Za-z0-9]pat-)(?:na|eu)\d-{_UUID}")),
    _token("Figma token", "figd_", rf"{_URLSAFE}{{30,}}", right=""),
    _token("Typeform token", "tfp_", r"[\w=.-]{40,60}"),
    _token("Contentful token", "CFPAT-", rf"{_URLSAFE}{{43}}"),
    _token("Dropbox token", "sl.", rf"(?:u\.)?{_URLSAFE}{{100,}}", right=""),
    _token("Frame.io token", "fio-u-", r"[\w=-]{64}"),
    _token("Mapbox token", "sk.eyJ", r"[A-Za-z0-9_-]{20,300}\.[A-Za-z0-9_-]{20,}", right=""),
    _token("Zapier or LaunchDarkly key", "sdk-", _UUID),
    Shape("DeepL key", (":fx",), (rf"(?<![0-9a-f-]){_UUID}:fx(?![A-Za-z0-9])")),
    _token("ntfy token", "tk_", r"[a-z0-9]{29}", accepts=is_random),
    Shape("Asana token", ("/",), r"(?<![\w/])[012]/\d{16}(?:/\d{16})?:[0-9a-f]{32}(?![A-Za-z0-9])"),
    _token("Trello token", "ATTA", rf"{_HEX}{{64,80}}"),
    _token("Intercom token", "dG9rO", r"[A-Za-z0-9+/]{40,}={0,2}"),
    Shape("Meta app token", ("|",), r"(?<!\d)\d{15,16}\|(?P<body>[A-Za-z0-9_-]{27})(?![\w-])", is_random),
    # Observation
    *(
        _token("New Relic key", word, r"[A-Za-z0-9-]{19,40}", accepts=is_random)
        for word in ("NRAK-", "NRJS-", "NRII-", "NRAL-")
    ),
    _token("Grafana service account token", "glsa_", r"[A-Za-z0-9]{32}_[0-9A-Fa-f]{8}"),
    _token("Grafana Cloud token", "glc_eyJ", r"[A-Za-z0-9+/=_-]{30,}", right=""),
    _token("Sentry organization token", "sntrys_eyJ", r"[A-Za-z0-9+/=_-]{30,}", right=""),
    _token("Sentry user token", "sntryu_", rf"{_HEX}{{64}}"),
    _token("Dynatrace token", "dt0c01.", r"[A-Z0-9]{24}\.[A-Z0-9]{64}"),
    *(_token("PostHog key", word, r"[A-Za-z0-9]{40,50}") for word in ("phx_", "phs_")),
    # Any issuer
    Shape(
        "JSON Web Token",
        ("eyJ",),
        (rf"(?<![A-Za-z0-9])eyJ{_URLSAFE}{{10,}}\.eyJ{_URLSAFE}{{10,}}\.{_URLSAFE}{{10,}}"),
    ),
    _token("task token of this coordinator", "task_", rf"{_HEX}{{64}}"),
    _token("Twitter bearer token", "AAAAAAAAAAAAAAAAAAAAA", r"[A-Za-z0-9%]{60,}", accepts=lambda v: len(set(v)) > 20),
)

_ADDRESSES = (
    Shape(
        "Discord webhook",
        ("webhooks",),
        (
            rf"https?:{_SLASH}{_SLASH}(?:\w{{1,20}}\.)?discord(?:app)?\.com{_SLASH}api{_SLASH}(?:v\d+{_SLASH})?webhooks{_SLASH}\d+{_SLASH}[\w-]+"
        ),
    ),
    Shape(
        "Slack webhook",
        ("hooks.slack",),
        rf"https?:{_SLASH}{_SLASH}hooks\.slack(?:-gov)?\.com{_SLASH}(?:services|workflows|triggers){_SLASH}"
        r"(?P<body>[\w/\\-]{20,300})",
        _not_wordy,
    ),
    Shape(
        "Teams webhook",
        (".webhook.office.com", ".logic.azure.com"),
        (
            r"https://[\w-]{1,80}\.(?:webhook\.office\.com/webhookb2/[\w@/-]+|[\w.-]{0,40}logic\.azure\.com[:/][^\s\"'<>]{20,400})"
        ),
    ),
    Shape(
        "Google Chat webhook",
        ("chat.googleapis.com",),
        (r"https://chat\.googleapis\.com/v1/spaces/[\w-]+/messages\?(?P<secret>[^\s\"'<>)]{20,400})"),
    ),
    Shape("Zapier webhook", ("hooks.zapier.com",), (r"https://hooks\.zapier\.com/hooks/catch/\d+/\w+")),
    Shape(
        "IFTTT webhook",
        ("maker.ifttt.com",),
        (r"maker\.ifttt\.com/[\w/{}-]{1,80}/with/key/(?P<secret>[\w-]{20,})"),
    ),
    Shape(
        "password in an address",
        ("://", ":\\/\\/"),
        (
            rf"(?<=[A-Za-z0-9]):{_SLASH}{_SLASH}[^\s/@:\"'<>\\]{{0,80}}:(?P<secret>(?!\d{{2,5}}/)(?:[^\s/,\"'`<>]{{1,200}}|[^\s@\"'`<>]{{1,200}}))@(?=[\w.\[-])"
        ),
        _url_password,
    ),
    Shape(
        "token in an address",
        ("://",),
        (r"(?<=[A-Za-z0-9])://(?P<secret>[\w.~%-]{16,200})(?::|:x-oauth-basic)?@(?=[\w\[])"),
        _url_user,
    ),
)

_KEY_LABELS = (
    r"(?:api|access|account|secret|private|signing|encryption|master|service|license|app|consumer|storage)[_-]?key"
    r"|secret|_auth|(?<![a-z])auth|credentials?|x-(?:amz|goog)-signature"
    r"|(?<!next)(?<!next[_-])(?<!page)(?<!page[_-])(?<!continuation)(?<!continuation[_-])(?<!sync[_-])(?<!cancel)"
    r"(?<!cancellation[_-])(?<!csrf)(?<!csrf[_-])(?<!xsrf[_-])(?<!idempotency[_-])token"
)

_LABELED = (
    _labeled(
        "labeled password",
        r"password|passwd|passwort|passphrase|(?<![a-z])pwd|(?<=[_-])pass|(?<![a-z])dbpass|pgpass",
        r"[^\s\"'`,;&\\<>]{6,200}",
        ("pass", "pwd"),
        _password,
    ),
    _labeled(
        "AWS secret access key",
        "secret_?access_?key",
        r"[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+])",
        ("secret",),
        _anything,
    ),
    _labeled(
        "labeled key or token",
        _KEY_LABELS,
        r"[A-Za-z0-9_.~+/=%!@#^*:-]{12,4000}",
        ("key", "token", "secret", "auth", "credential", "x-amz", "x-goog"),
        _keyed,
    ),
    Shape(
        "Authorization header",
        ("authorization",),
        (
            r"authorization\\?[\"']?\]?\s{0,4}(?:=>|=|:)\s{0,4}\\?[\"'`]?(?:bearer|bot|basic|token|apikey|key|digest|oauth)\s{1,4}"
            r"(?P<secret>[\w.~+/=:-]{12,8000})"
        ),
        _authorization,
        wraps=False,
        folded=True,
    ),
    Shape(
        "Authorization header of another scheme",
        ("authorization",),
        r"authorization\\?[\"']?\]?\s{0,4}(?:=>|=|:)\s{0,4}\\?[\"'`]?(?:[a-z][a-z0-9_-]{1,20}\s{1,4})?"
        r"(?P<secret>[\w.~+/=:-]{12,8000})",
        _keyed,
        wraps=False,
        folded=True,
    ),
    Shape(
        "bearer token",
        ("bearer ",),
        (r"(?<![a-z])bearer {1,2}(?P<secret>[\w.~+/=-]{16,8000})"),
        _bearer,
        wraps=False,
        folded=True,
    ),
    Shape(
        "password in a command",
        (" -u", "--user", "--password", "--token", "--pass", "sshpass"),
        (
            r"(?:(?:^|\s)(?:-u|--user|--proxy-user)[ =]?[\"']?[\w.@+-]{1,80}:"
            r"|\s--(?:password|passwd|pass|token|api-key|secret)[ =][\"']?|sshpass -p ?[\"']?)"
            r"(?P<secret>[^\s\"']{6,200})"
        ),
        _password,
        wraps=False,
    ),
    Shape(
        "password in .netrc",
        ("password ",),
        (r"\blogin\s{1,4}\S{1,80}\s{1,4}password\s{1,4}(?P<secret>\S{6,200})"),
        _url_password,
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

SHAPES: tuple[Shape, ...] = (*_TOKENS, *_ADDRESSES, *_LABELED)
"""All shapes of one line or word. Private keys, which have many lines, are found by `private_keys`."""

WRAPPED: tuple[Shape, ...] = tuple(shape for shape in SHAPES if shape.wraps)
"""The shapes that are also looked for over line breaks."""

LITERALS: tuple[str, ...] = tuple(
    dict.fromkeys(
        literal
        for shape in _TOKENS
        for literal in shape.literals
        if len(literal) >= 3 and any(c.isalpha() for c in literal)
    )
)
"""The beginnings of tokens, to recognize a token that goes on."""
