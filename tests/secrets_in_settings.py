"""Made-up secrets in tables, connection strings, command lines, block values, sentences and JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator

from tests.made_texts import ALNUM, BASE64, HEX, LOWER, UPPER, URLSAFE, Made

MARKED = ("pa$$w0rd!x", "Tr%40b!dor%9", "s3cret@home", "p{a}ss}1w", "q'uo\"te7d", "$Ecr3t&Co+", "#1=Ab~cd^e")
"""Passwords with the marks that end or quote values."""

NUMBERED = "abandon ability able about above absent absorb abstract absurd abuse access accident"
PHRASE = "legal winner thank year wave sausage worth useful legal winner thank yellow"

LABELS = (
    *(
        "Kennwort",
        "Passwort",
        "WLAN-Passwort",
        "mot de passe",
        "Mot de passe",
        "contraseña",
        "contrasen\u0303a",
        "Clave",
    ),
    *("senha", "Palavra-passe", "Parola d'ordine", "wachtwoord", "Hasło", "heslo", "jelszó", "lösenord", "adgangskode"),
    *("passord", "salasana", "şifre", "parolă", "mật khẩu", "kata sandi", "κωδικός", "Пароль", "סיסמה", "كلمة المرور"),
    *("パスワード", "密码", "密碼", "비밀번호", "Passcode", "pass phrase"),
)
KEY_LABELS = (
    "API-Schlüssel",
    "clé API",
    "clave secreta",
    "chave de API",
    "Geheimnis",
    "ключ API",
    "シークレット",
    "密钥",
)

Found = tuple[str, str, str]
"""A kind, a secret, and a text with the secret."""


def password(m: Made) -> str:
    return m.mixed(ALNUM, 13)


def in_tables(m: Made) -> Iterator[Found]:
    for line_end in ("\n", "\r\n"):
        for quote in ("", '"'):
            for mark in ("", "\ufeff"):
                key_id, secret = "AK" + "IA" + m.mixed(UPPER + "234567", 16), m.mixed(BASE64, 40)
                rows = (("Access key ID", "Secret access key"), (key_id, secret))
                text = line_end.join(",".join(f"{quote}{cell}{quote}" for cell in row) for row in rows)
                yield "aws csv", secret, mark + text + line_end
                known = password(m) + "$|!"
                rows = (
                    ("User name", "Password", "Access key ID", "Secret access key", "Console login link"),
                    ("ada", known, key_id, secret, "https://123456789012.signin.aws.amazon.com/console"),
                )
                text = line_end.join(",".join(f"{quote}{cell}{quote}" for cell in row) for row in rows)
                yield "aws csv of users", secret, mark + text + line_end
                yield "password in csv", known, mark + text + line_end
    for delimiter in (";", "\t"):
        known = password(m)
        yield "csv", known, delimiter.join(("user", "password", "role")) + "\n" + delimiter.join(("ada", known, "x"))
    known = password(m)
    yield "row of a table", known, f"| password | {known} |"
    yield "row of a table", known, f"| name | value |\n|---|---|\n| **DB password** | `{known}` |\n| port | 5432 |"
    yield "row of a table", known, f"| Kennwort | {known} | läuft ab |"
    yield "column of a table", known, f"| user | password |\n|---|---|\n| ada | {known} |"
    yield (
        "column of a table",
        known,
        f"| user | role | password |\n|:--|:-:|--:|\n| a | x | b |\n| ada | y | `{known}` |",
    )
    yield "column of a table", known, f" user | password \n------+----------\n ada  | {known}\n(1 row)\n"
    yield (
        "column of a table",
        known,
        f"+------+------+\n| user | senha |\n+------+------+\n| ada | {known} |\n+------+------+",
    )
    token = m.mixed(HEX, 40)
    yield "column of a table", token, f"| service | api key |\n|---|---|\n| maps | {token} |"


def in_connection_strings(m: Made) -> Iterator[Found]:
    for known in MARKED:
        quoted = '"' + known.replace('"', '""') + '"'
        braces = "{" + known.replace("}", "}}") + "}"
        for written in (known, quoted, braces):
            secret = written.strip('"{}')
            yield "ado.net", secret, f"Server=tcp:db,1433;Database=app;User ID=sa;Password={written};Encrypt=True;"
            yield "ado.net", secret, f"Data Source=db;Initial Catalog=app;User Id=sa;Pwd={written}"
            yield "odbc", secret, f"Driver={{ODBC Driver 18 for SQL Server}};Server=db;Uid=sa;Pwd={written};Port=1433"
            yield "at the beginning", secret, f"Password={written};User ID=sa;Initial Catalog=app;Data Source=db"
        if '"' not in known:
            yield "in C#", known, f'var c = new SqlConnection("Server=db;User Id=sa;Password={known}");'
            yield "in JSON", known, f'{{"Default": "Server=db;Database=x;User Id=sa;Password={known};Encrypt=yes"}}'
        yield "jdbc", known, f"jdbc:sqlserver://db:1433;databaseName=app;user=sa;password={known};encrypt=true"
    yield "braces", "a;b", "Driver={PostgreSQL};Server=db;Uid=sa;Pwd={a;b};Database=x"
    for known in ("pa$$w0rd!x", "Tr%40b!dor%9", "s3cret@home"):
        yield "jdbc", known, f"jdbc:mysql://db:3306/app?user=sa&password={known}&useSSL=true"
        yield "oracle", known, f"jdbc:oracle:thin:scott/{known}@//db:1521/orcl"
        yield "labeled", known, f"DB_PASSWORD={known}"
        yield "labeled", known, f'password = "{known}"'
        yield "labeled", known, f"password: {known}"
    yield "environment file", "a;b<c>d'e1&f", "DB_HOST=x\nDB_PASSWORD=a;b<c>d'e1&f\nDB_PORT=5432\n"
    yield "sql", "Tiger#9$x", "CREATE USER ada IDENTIFIED BY 'Tiger#9$x';"
    yield "sql", "hunter-two", "ALTER ROLE ada WITH LOGIN PASSWORD 'hunter-two' VALID UNTIL 'infinity';"


def of_services(m: Made) -> Iterator[Found]:
    for label in (
        "DD_API_KEY",
        "DD-API-KEY",
        "datadog_api_key",
        "datadog.api.key",
        "DD_APPLICATION_KEY",
        "dd-application-key",
    ):
        for separator in ("=", ": ", '": "'):
            value = m.mixed(HEX, 40 if "app" in label.lower() else 32)
            yield "datadog", value, f"{label}{separator}{value}"
    for text in (
        "FERNET_KEY={}",
        "fernet_key: {}",
        "AIRFLOW__CORE__FERNET_KEY='{}'",
        'Fernet(b"{}")',
        "Fernet('{}')",
        "fernet = Fernet(key=b'{}')",
    ):
        value = m.mixed(URLSAFE, 43) + "="
        yield "fernet", value, text.format(value)


COMMANDS = (
    "docker login -u x -p {}", "docker login --password {} registry.example", "podman login -p={} r.example",
    "docker login -u x -p '{}' \\\n  registry.example", "mysql -uroot -p{}", "mysqldump -u root -p'{}' app > app.sql",
    "mysql --password={} app", "docker exec -it db mysql -uroot -p{} -e 'SELECT 1'", "mariadb -h db -p\"{}\"",
    "PGPASSWORD={} psql -h db -U app", "PGPASSWORD='{}' pg_dump app", "sshpass -p {} ssh host",
    "curl -u ada:{} https://x.example", "curl --user 'ada:{}' https://x.example", "curl -sS --user=ada:{} https://x",
    "curl -uada:{} https://x.example", "htpasswd -b .htpasswd ada {}", "htpasswd -nbB ada {}",
    "htpasswd -bc file ada '{}'", "sshpass -p'{}' scp a b:", "redis-cli -h cache -a {} ping",
    "redis-server --requirepass {}", "mongosh -u root -p {} --host db",
    "mongodump --username=x --password={}", "openssl rsa -in key.pem -passin pass:{} -out plain.pem",
    "openssl pkcs12 -export -passout pass:{}", "ldapsearch -x -D cn=admin -w {} -b dc=x", "ldapadd -x -w'{}' -f a.ldif",
    "smbclient //host/share -U ada%{}", "smbclient -L host --user=DOM/ada%{}", "wget --password={} https://x.example",
    "wget --user=ada --http-password={} https://x", "net use Z: \\\\host\\share /user:ada {}",
    "net use \\\\host\\share {} /user:ada /persistent:no", "net user ada {} /add", "az login -u ada@x.example -p {}",
    "az login --service-principal -u id -p={} --tenant t", "az acr login -n r -u x -p {}", "lftp -u ada,{} host",
    'CMD ["redis-server", "--requirepass", "{}"]', 'command: ["mysql", "-uroot", "-p{}"]', "zip -P {} a.zip b",
    "7z a -p{} a.7z b", "keytool -list -storepass {} -keystore a", "kubectl config set-credentials a --token={}",
    "/usr/bin/mysql -u root -p{} app", "plink.exe -pw {} ada@host", "sudo sshpass -p {} ssh host mysql -uroot",
)  # fmt: skip


def in_commands(m: Made) -> Iterator[Found]:
    for command in COMMANDS:
        for known in (password(m), "hunter2", m.mixed(LOWER + "123!%_", 11) + "A"):
            yield "command", known, command.format(known)
            yield "command in a sentence", known, f"Run `{command.format(known)}` first."


def in_blocks(m: Made) -> Iterator[Found]:
    for mark in (">-", "|", ">", "|+", "|2-", ""):
        known = password(m)
        yield "block", known, f"db:\n  password: {mark}\n    {known}\n  port: 5432\n"
        token = m.mixed(HEX, 40)
        yield "block", token, f"token: {mark}\n  {token}\nport: 5432\n"
        yield "block", token, f"token: {mark}\n  {token[:20]}\n  {token[20:]}\nport: 5432\n"
    for label in LABELS:
        known = password(m)
        yield "language", known, f"{label}: {known}"
        yield "language", known, f"**{label}** : `{known}`"
        yield "language", known, f'"{label}"="{known}"'
    for label in KEY_LABELS:
        token = m.mixed(ALNUM, 32)
        yield "language", token, f"{label}: {token}"
    for text in (
        "パスワード：{}",
        "密码是 {}",
        "Das Passwort lautet {}.",
        "the password is {}",
        "Le mot de passe est {}",
        "La contraseña es {}",
    ):
        known = password(m)
        yield "sentence", known, text.format(known)
    for phrase in (PHRASE, f"{PHRASE} {NUMBERED}"):
        for label in (
            "mnemonic",
            "seed phrase",
            "Recovery phrase",
            "MNEMONIC",
            "wallet seed",
            "Secret Recovery Phrase",
            "助记词",
        ):
            yield "mnemonic", phrase, f"{label}: {phrase}"
            yield "mnemonic", phrase, f'{label} = "{phrase}"'
            yield "mnemonic", phrase, f"{label}:\n\n{phrase}\n\nKeep it safe."
    numbered = "\n".join(f"{number}. {word}" for number, word in enumerate(NUMBERED.split(), 1))
    yield "mnemonic", "3. able", f"My recovery phrase is:\n{numbered}\n"


def in_json(m: Made) -> Iterator[Found]:
    token = "sk" + "-ant-api03-" + m.mixed(URLSAFE, 80)
    for text in (f"abc\n{token}", f"key:\t{token}", f"{token[:50]}\n{token[50:]}"):
        for levels in (1, 2, 3):
            written = text
            for _ in range(levels):
                written = json.dumps({"text": written})
            yield "json", token[-30:], written
    known = 'a"' + m.mixed(ALNUM, 12)
    written = json.dumps({"password": known, "size": 3})
    yield "json", known[2:], written
    for _ in range(3):
        written = json.dumps({"body": written})
        yield "json", known[2:], written
    yield "json", "bcdef", '"password": "a\\"bcdef"'
    yield "json", known[2:], '{"pass\\u0077ord": "' + known[2:] + '"}'
    yield "html", known[2:], f"&quot;password&quot;: &quot;{known[2:]}&quot;"
    body = "\\n".join(m.of(BASE64, 64) for _ in range(8))
    for line_end in ("\\n", "\\\\n", "\\r\\n"):
        lines = body.split("\\n")
        whole = line_end.join(("-----BEGIN PRIVATE " + "KEY-----", *lines, "-----END PRIVATE KEY-----"))
        yield "key in json", "".join(lines), f'{{"key": "{whole}{line_end}", "size": 3}}'
        yield "key in json", lines[3], f'{{"key": "{whole}{line_end}", "size": 3}}'


SURROUNDINGS = (
    "env:\n  - name: DB_PASSWORD\n    value: {}\n", '{{"name": "DB_PASSWORD", "value": "{}"}}',
    "password        =   {}", '<add key="SmtpPassword" value="{}" />',
    'variable "db_password" {{\n  default = "{}"\n}}',
    'x.setPassword("{}");', "password -> {}", "Password:: {}", "const password: string = '{}';", 'storePassword "{}"',
    '#define DB_PASSWORD "{}"', "<tr><td>Password</td><td>{}</td></tr>",
    'get(url, auth=("ada", "{}"))', "HTTPBasicAuth('ada', '{}')", "echo '{}' | sudo -S apt update",
    "pass = {}", 'psk="{}"',
    "echo {} | docker login -u x --password-stdin", "echo 'ada:{}' | chpasswd", "define('DB_PASSWORD', '{}');",
    "nmcli dev wifi connect home password {}", "db.internal:5432:app:ada:{}", "user: ada\npass: {}\n",
    "Credentials: ada / {}", "ConvertTo-SecureString '{}' -AsPlainText -Force", "snmp-server community {} RO",
    "enable secret 0 {}", "body=%7B%22password%22%3A%22{}%22%7D", "passwords:\n  - {}\n", '"passwords": ["{}"]',
    '<input type="password" name="p" value="{}">',
)  # fmt: skip


def in_surroundings(m: Made) -> Iterator[Found]:
    for surrounding in SURROUNDINGS:
        for known in (password(m), m.mixed(ALNUM, 20)):
            yield "surroundings", known, surrounding.format(known)
    token = m.mixed(HEX, 40)
    yield "list", token, f"tokens:\n  - {token}\n"
    yield "list", token, f'"api_keys": ["{token}"]'
    yield "base of keys", token, f"secret_key_base: {token}"
    secret = m.mixed(BASE64, 40)
    yield "aws configure", secret, f"aws configure set aws_secret_access_key {secret}"


KINDS = (in_tables, in_connection_strings, of_services, in_commands, in_blocks, in_json, in_surroundings)
"""The sources of the secrets in this file, by kind."""


def in_settings(m: Made) -> Iterator[Found]:
    """All kinds of this file."""
    for kind in KINDS:
        yield from kind(m)
