"""The shapes of tokens and keys that are known by their own form, by issuer."""

from __future__ import annotations

from claw_discord_coord.text.secret_values import is_random, is_wordy, not_repeated, not_wordy
from claw_discord_coord.text.shape import HEX, URLSAFE, UUID, Shape, token


def _is_slack(value: str) -> bool:
    return not is_wordy(value) or value[:8].isdigit()


TOKENS = (
    # Chat
    Shape(
        "Discord bot token",  # user id, time and signature in base64
        (".",),
        (rf"(?<![A-Za-z0-9])[MNO]{URLSAFE}{{22,27}}\.{URLSAFE}{{5,8}}\.(?P<body>{URLSAFE}{{25,}})"),
        lambda value: not is_wordy(value),
    ),
    token("Discord MFA token", "mfa.", rf"{URLSAFE}{{20,}}", accepts=not_wordy),
    token(
        "Slack token", "xox", r"[a-z](?:\.xox[bp])?-(?:\d-)?[A-Za-z0-9%/+=-]{10,}", accepts=lambda v: _is_slack(v[2:])
    ),
    token("Slack app token", "xapp-", r"[A-Za-z0-9-]{10,}", accepts=_is_slack),
    Shape("Telegram bot token", (":A",), (r"(?<!\d)\d{8,10}:A[\w-]{34}(?![\w-])")),
    token("Matrix access token", "syt_", r"[A-Za-z0-9]{2,100}_[A-Za-z0-9]{10,40}_[A-Za-z0-9]{4,10}"),
    # Code hosts
    *(token("GitHub token", f"gh{letter}_", r"[A-Za-z0-9]{30,}", left=False, accepts=not_wordy) for letter in "pousr"),
    token("GitHub fine-grained token", "github_pat_", r"\w{30,}", left=False, accepts=not_wordy),
    *(
        token(
            "GitLab token",
            f"gl{word}-",
            rf"{URLSAFE}{{20,}}(?:\.[0-9a-z]{{2,3}}\.[0-9a-z]{{7,9}})?",
            accepts=not_wordy,
        )
        for word in ("pat", "dt", "rt", "ptt", "cbt", "soat", "ft", "imt", "agent", "oas", "ffct", "wt")
    ),
    token("Atlassian token", "ATATT3", r"[A-Za-z0-9_=-]{40,}"),
    token("Bitbucket app password", "ATBB", r"[A-Za-z0-9_=-]{24,}", accepts=is_random),
    token("Sourcegraph token", "sgp_", rf"(?:[a-zA-Z0-9]{{16}}_|local_)?{HEX}{{40}}"),
    # Models
    token(
        "OpenAI key",
        "sk-",
        rf"(?:proj|svcacct|admin|None)-{URLSAFE}{{20,}}",
        right="",
        accepts=lambda v: not is_wordy(v.partition("-")[2]),
    ),
    token("Anthropic key", "sk-ant-", rf"{URLSAFE}{{20,}}", right="", accepts=not_wordy),
    token("OpenRouter key", "sk-or-", rf"{URLSAFE}{{20,}}", right="", accepts=not_wordy),
    token("key of OpenAI or a compatible service", "sk-", rf"{URLSAFE}{{20,}}", right="", accepts=not_wordy),
    token("ElevenLabs key", "sk_", rf"{HEX}{{48}}"),
    token("Groq key", "gsk_", r"[A-Za-z0-9]{40,}"),
    token("xAI key", "xai-", r"[A-Za-z0-9]{60,}"),
    token("Hugging Face token", "hf_", r"[A-Za-z0-9]{30,}", accepts=not_wordy),
    token("Hugging Face organization token", "api_org_", r"[A-Za-z0-9]{30,}"),
    token("Replicate token", "r8_", r"[A-Za-z0-9]{37}"),
    token("Perplexity key", "pplx-", r"[A-Za-z0-9]{40,}"),
    token("LangSmith key", "lsv2_", r"(?:pt|sk)_[0-9a-f]{32}_[0-9a-f]{10}"),
    token("Pinecone key", "pcsk_", r"[A-Za-z0-9_]{40,}"),
    token("Fireworks key", "fw_", r"[A-Za-z0-9]{24}", accepts=is_random),
    token("NVIDIA key", "nvapi-", rf"{URLSAFE}{{40,}}", right=""),
    # Clouds
    *(
        token("AWS access key id", word, r"[A-Z0-9]{16}", accepts=not_repeated)
        for word in ("AKIA", "ASIA", "ABIA", "ACCA")
    ),
    token("AWS Bedrock key", "ABSK", r"[A-Za-z0-9+/]{60,}={0,2}"),
    token("Google API key", "AIza", r"[\w-]{35}", left=False, right=r"(?![\w-])"),
    token("Google client secret", "GOCSPX-", rf"{URLSAFE}{{20,}}", right=""),
    token("Google access token", "ya29.", rf"{URLSAFE}{{20,}}", right="", accepts=not_wordy),
    token("Google refresh token", "1//0", rf"{URLSAFE}{{30,}}", right="", accepts=is_random),
    Shape("Azure client secret", ("Q~",), (r"(?<![\w~.-])[\w~.-]{3}\dQ~[\w~.-]{31,34}(?![\w~-])")),
    Shape("Azure DevOps token", ("AZDO",), (r"(?<![A-Za-z0-9])[A-Za-z0-9]{76}AZDO[A-Za-z0-9]{4}(?![A-Za-z0-9])")),
    token("Alibaba access key id", "LTAI", r"[A-Za-z0-9]{16,24}", accepts=is_random),
    token("Tencent secret id", "AKID", r"[A-Za-z0-9]{32}"),
    token("Yandex API key", "AQVN", rf"{URLSAFE}{{35,40}}"),
    *(token("DigitalOcean token", f"{word}_v1_", rf"{HEX}{{64}}") for word in ("dop", "doo", "dor")),
    token("Heroku key", "HRKU-", rf"(?:AA{URLSAFE}{{58}}|{UUID})"),
    token("Cloudflare origin key", "v1.0-", rf"{HEX}{{24}}-{HEX}{{146}}"),
    *(token("Cloudflare token", word, r"[A-Za-z0-9]{40}[0-9a-f]{8}") for word in ("cfut_", "cfat_", "cfk_")),
    token("Scaleway key", "SCW", r"[A-Z0-9]{17}", accepts=is_random),
    token("Supabase token", "sbp_", r"(?:v0_)?[0-9a-f]{40}"),
    token("Supabase key", "sb_secret_", rf"{URLSAFE}{{20,}}", right=""),
    *(token("PlanetScale token", f"pscale_{word}_", r"[A-Za-z0-9_.=-]{32,64}") for word in ("tkn", "pw", "oauth")),
    token("Databricks token", "dapi", rf"{HEX}{{32}}(?:-\d)?"),
    token("Vault token", "hvs.", rf"{URLSAFE}{{24,}}", right="", accepts=not_wordy),
    token("Vault batch token", "hvb.", rf"{URLSAFE}{{60,}}", right=""),
    Shape(
        "HCP Terraform token",
        (".atlasv1.",),
        (rf"(?<![A-Za-z0-9])[A-Za-z0-9]{{14}}\.atlasv1\.{URLSAFE}{{60,70}}"),
    ),
    token("Pulumi token", "pul-", rf"{HEX}{{40}}"),
    token("Fly.io token", "fm2_", r"[A-Za-z0-9+/=_,-]{40,}", right=""),
    token("Fly.io access token", "fo1_", rf"{URLSAFE}{{40,}}", right=""),
    token("Netlify token", "nfp_", r"[A-Za-z0-9]{36,}"),
    token("Vercel token", "vercel_blob_rw_", r"\w{30,}"),
    *(
        token("Vercel token", word, r"[A-Za-z0-9]{24,60}", accepts=is_random)
        for word in ("vcp_", "vci_", "vca_", "vcr_", "vck_")
    ),
    token("Render key", "rnd_", r"[A-Za-z0-9]{28,40}"),
    token("Tailscale key", "tskey-", rf"[a-z]+-{URLSAFE}{{20,}}", right=""),
    token("Doppler token", "dp.", r"(?:pt|st|ct|sa|scim|audit)\.(?:[a-z0-9_-]{2,35}\.)?[A-Za-z0-9]{40,44}"),
    token("Infisical token", "st.", rf"{HEX}{{24}}\.{HEX}{{32}}\.{HEX}{{32}}"),
    token(
        "1Password secret key",
        "A3-",
        r"[A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})-[A-Z0-9]{5}-[A-Z0-9]{5}-[A-Z0-9]{5}",
    ),
    token("1Password service account", "ops_eyJ", r"[A-Za-z0-9+/=_-]{100,}", right=""),
    token("age key", "AGE-SECRET-KEY-1", r"[A-Z0-9]{58}"),
    # Packages and builds
    token("npm token", "npm_", r"[A-Za-z0-9]{36,}", accepts=not_wordy),
    token("PyPI token", "pypi-AgE", rf"{URLSAFE}{{50,}}", right=""),
    token("RubyGems key", "rubygems_", rf"{HEX}{{48}}"),
    token("crates.io token", "cio", r"[A-Za-z0-9]{32}", accepts=is_random),
    token("NuGet key", "oy2", r"[a-z0-9]{43}"),
    token("Docker Hub token", "dckr_pat_", rf"{URLSAFE}{{20,}}", right=""),
    token("Docker Hub organization token", "dckr_oat_", rf"{URLSAFE}{{20,}}", right=""),
    token("Clojars token", "CLOJARS_", r"[a-z0-9]{60}"),
    token("Artifactory key", "AKCp", r"[A-Za-z0-9]{60,80}"),
    token("Artifactory reference token", "cmVmd", r"[A-Za-z0-9]{59}"),
    token("CircleCI token", "CCIPAT_", rf"[A-Za-z0-9]{{22}}_{HEX}{{40}}"),
    *(token("Buildkite token", word, rf"{HEX}{{40}}") for word in ("bkua_", "bkat_")),
    *(token("SonarQube token", word, rf"{HEX}{{40}}") for word in ("squ_", "sqp_", "sqa_")),
    token("Prefect key", "pnu_", r"[A-Za-z0-9]{36}"),
    token("Postman key", "PMAK-", rf"{HEX}{{24}}-{HEX}{{34}}"),
    token("ReadMe key", "rdme_", r"[a-z0-9]{70}"),
    # Mail, messages and payment
    Shape("SendGrid key", ("SG.",), (rf"(?<![A-Za-z0-9])SG\.{URLSAFE}{{16,32}}\.{URLSAFE}{{32,64}}")),
    token("Mailgun key", "key-", rf"{HEX}{{32}}"),
    Shape("Mailgun key", ("-",), (rf"(?<![0-9a-z-]){HEX}{{32}}-{HEX}{{8}}-{HEX}{{8}}(?![0-9a-z-])")),
    Shape("Mailchimp key", ("-us",), (rf"(?<![0-9a-z]){HEX}{{32}}-us\d{{1,2}}(?![0-9a-z])")),
    token("Brevo key", "xkeysib-", rf"{HEX}{{64}}-[A-Za-z0-9]{{16}}"),
    token("Brevo SMTP key", "xsmtpsib-", rf"{HEX}{{64}}-[A-Za-z0-9]{{16}}"),
    token("Resend key", "re_", r"[A-Za-z0-9]{6,10}_[A-Za-z0-9]{20,28}", accepts=is_random),
    token("Twilio key", "SK", rf"{HEX}{{32}}"),
    *(
        token("Stripe key", f"{word}_{mode}_", r"[A-Za-z0-9]{16,}", accepts=not_repeated)
        for word in ("sk", "rk")
        for mode in ("live", "test", "prod")
    ),
    token("Stripe webhook secret", "whsec_", r"[A-Za-z0-9+/]{24,}={0,2}"),
    *(token("Square token", word, rf"{URLSAFE}{{22,60}}") for word in ("sq0atp-", "sq0csp-", "sq0idp-")),
    token("Square access token", "EAAA", rf"{URLSAFE}{{50,80}}", accepts=is_random),
    token("Meta access token", "EAA", r"(?:[A-Z])[A-Za-z0-9]{80,}", accepts=lambda v: len(set(v)) > 30),
    *(token("Shopify token", f"shp{word}_", r"[0-9a-fA-F]{32}") for word in ("at", "ca", "pa", "ss")),
    Shape(
        "Braintree token",
        ("access_token$",),
        (r"access_token\$(?:production|sandbox)\$[0-9a-z]{16}\$[0-9a-f]{32}"),
    ),
    Shape("Plaid token", ("access-",), (rf"access-(?:sandbox|development|production)-{UUID}")),
    token("Flutterwave key", "FLWSECK", r"(?:_TEST|_LIVE)?-[0-9a-zA-Z]{12,40}(?:-X)?"),
    *(token("EasyPost key", word, r"[A-Za-z0-9]{54}") for word in ("EZAK", "EZTK")),
    *(token("Shippo token", f"shippo_{mode}_", rf"{HEX}{{40}}") for mode in ("live", "test")),
    *(token("Duffel token", f"duffel_{mode}_", rf"{URLSAFE}{{43}}") for mode in ("live", "test")),
    # Work
    token("Linear key", "lin_api_", r"[A-Za-z0-9]{32,}"),
    token("Linear OAuth token", "lin_oauth_", r"[A-Za-z0-9]{32,}"),
    token("Notion token", "ntn_", r"[A-Za-z0-9]{40,}"),
    token("Notion token", "secret_", r"[A-Za-z0-9]{43}", accepts=is_random),
    Shape("Airtable token", ("pat",), (rf"pat(?<![A-Za-z0-9]pat)[A-Za-z0-9]{{14}}\.{HEX}{{64}}")),
    Shape("HubSpot token", ("pat-",), (rf"pat-(?<![A-Za-z0-9]pat-)(?:na|eu)\d-{UUID}")),
    token("Figma token", "figd_", rf"{URLSAFE}{{30,}}", right=""),
    token("Typeform token", "tfp_", r"[\w=.-]{40,60}"),
    token("Contentful token", "CFPAT-", rf"{URLSAFE}{{43}}"),
    token("Dropbox token", "sl.", rf"(?:u\.)?{URLSAFE}{{100,}}", right=""),
    token("Frame.io token", "fio-u-", r"[\w=-]{64}"),
    token("Mapbox token", "sk.eyJ", r"[A-Za-z0-9_-]{20,300}\.[A-Za-z0-9_-]{20,}", right=""),
    token("Zapier or LaunchDarkly key", "sdk-", UUID),
    Shape("DeepL key", (":fx",), (rf"(?<![0-9a-f-]){UUID}:fx(?![A-Za-z0-9])")),
    token("ntfy token", "tk_", r"[a-z0-9]{29}", accepts=is_random),
    Shape("Asana token", ("/",), r"(?<![\w/])[012]/\d{16}(?:/\d{16})?:[0-9a-f]{32}(?![A-Za-z0-9])"),
    token("Trello token", "ATTA", rf"{HEX}{{64,80}}"),
    token("Intercom token", "dG9rO", r"[A-Za-z0-9+/]{40,}={0,2}"),
    Shape("Meta app token", ("|",), r"(?<!\d)\d{15,16}\|(?P<body>[A-Za-z0-9_-]{27})(?![\w-])", is_random),
    # Observation
    *(
        token("New Relic key", word, r"[A-Za-z0-9-]{19,40}", accepts=is_random)
        for word in ("NRAK-", "NRJS-", "NRII-", "NRAL-")
    ),
    token("Grafana service account token", "glsa_", r"[A-Za-z0-9]{32}_[0-9A-Fa-f]{8}"),
    token("Grafana Cloud token", "glc_eyJ", r"[A-Za-z0-9+/=_-]{30,}", right=""),
    token("Sentry organization token", "sntrys_eyJ", r"[A-Za-z0-9+/=_-]{30,}", right=""),
    token("Sentry user token", "sntryu_", rf"{HEX}{{64}}"),
    token("Dynatrace token", "dt0c01.", r"[A-Z0-9]{24}\.[A-Z0-9]{64}"),
    *(token("PostHog key", word, r"[A-Za-z0-9]{40,50}") for word in ("phx_", "phs_")),
    # Any issuer
    Shape(
        "JSON Web Token",
        ("eyJ",),
        (rf"(?<![A-Za-z0-9])eyJ{URLSAFE}{{10,}}\.eyJ{URLSAFE}{{10,}}\.{URLSAFE}{{10,}}"),
    ),
    token("task token of this coordinator", "task_", rf"{HEX}{{64}}"),
    token("Twitter bearer token", "AAAAAAAAAAAAAAAAAAAAA", r"[A-Za-z0-9%]{60,}", accepts=lambda v: len(set(v)) > 20),
)
"""Tokens and keys with a form of their own."""
