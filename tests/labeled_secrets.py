"""Made-up secrets that are only known by what stands around them, in the forms of files, messages and commands."""

from __future__ import annotations

import base64
from collections.abc import Iterator

from tests.made_texts import ALNUM, DIGITS, HEX, LOWER, URLSAFE, Made


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
