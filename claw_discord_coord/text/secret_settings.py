"""The shapes of passwords in connection strings, in environment files and in SQL."""

from __future__ import annotations

from claw_discord_coord.text.secret_values import is_password, is_setting, is_stated, is_told_password
from claw_discord_coord.text.shape import Shape

# Microsoft, "Connection strings" and "ODBC connection string syntax": a value may stand in quotation marks or braces,
# which are doubled within the value. Without them a mark may stand inside, and the value ends at `;`.
_VALUE = (
    r"\{(?:[^}\r\n]|\}\}){1,200}\}|\"(?:[^\"\r\n]|\"\"){1,200}\"(?=[\s;]|$)|'(?:[^'\r\n]|''){1,200}'(?=[\s;\"]|$)"
    r"|[^\s;\"'{](?:[^;\"'\r\n<>&]|&(?![a-z_]{1,30}=)|[\"'](?![\s,;:)}\]]|$)){2,200}(?<![\s\\])"
)
_OTHER_SETTING = (
    r"(?:user(?: ?id| ?name)?|uid|server|data source|host(?:name)?|address|addr|database|initial catalog|dbq?|dsn"
    r"|driver|port|encrypt|provider|trusted_connection|integrated security|persist security info|pooling|ssl ?mode"
    r"|max pool size|timeout|connect(?:ion)? timeout|multipleactiveresultsets|trustservercertificate|charset)"
)

SETTINGS = (
    Shape(
        "password in a connection string",
        ("password", "pwd"),
        rf"(?<=;)[ \t]{{0,2}}(?:password|pwd)[ \t]{{0,2}}=[ \t]{{0,2}}(?P<secret>{_VALUE})",
        is_setting,
        wraps=False,
        folded=True,
    ),
    Shape(
        "password at the beginning of a connection string",
        ("password", "pwd"),
        rf"(?<![\w;])(?:password|pwd)[ \t]{{0,2}}=[ \t]{{0,2}}(?P<secret>{_VALUE})"
        rf"(?=;[ \t]{{0,2}}{_OTHER_SETTING}[ \t]{{0,2}}=)",
        is_setting,
        wraps=False,
        folded=True,
    ),
    Shape(
        "password in a JDBC address",
        ("jdbc:",),
        r"jdbc:[a-z][\w:+-]{1,40}(?://|@)[^\s\"'<>]{1,300}?[?&;](?:password|pwd)="
        r"(?P<secret>\{(?:[^}\r\n]|\}\}){1,200}\}|[^\s\"'&;<>]{3,200})",
        is_setting,
        wraps=False,
        folded=True,
    ),
    Shape(
        "password in an Oracle address",
        ("jdbc:oracle:", "sqlplus"),
        r"(?:jdbc:oracle:(?:thin|oci8?):|sqlplus(?: -\w+){0,3} )[\"']?[\w$#]{1,40}/"
        r"(?P<secret>\"[^\"\r\n]{1,100}\"|[^\s\"'@]{3,100}(?:@[^\s\"'@/]{1,40})?)(?=@)",
        is_setting,
        wraps=False,
        folded=True,
    ),
    Shape(
        "password in an environment file",
        ("PASS", "PWD"),
        r"(?m:^[ \t]{0,8}(?:export |set |ENV |- )?(?:[A-Z0-9_]{0,60}_)?"
        r"(?:PASSWORD|PASSWD|PASS|PWD)(?:_[A-Z0-9]{1,20})?="
        r"(?P<secret>[^\s\"'`]\S{5,200})[ \t]*\r?$)",
        is_password,
        wraps=False,
    ),
    Shape(
        "password below a user",
        ("pass",),
        r"(?:user(?: ?name)?|login|e-?mail)[ \t]?[:=][ \t]{0,4}\S{1,80}[ \t]*\r?\n"
        r"[ \t>*-]{0,10}pass[ \t]?[:=][ \t]{0,4}(?P<secret>\S{6,200})",
        is_password,
        wraps=False,
        folded=True,
    ),
    Shape(
        "user and password in a line",
        ("credential", "login", "zugangsdaten"),
        r"(?:credentials?|login|zugangsdaten)[ \t]?:[ \t]{1,4}[^\s/:\"'()]{1,60}"
        r"[ \t]{0,2}[/:][ \t]{0,2}(?P<secret>[^\s/]{6,200})",
        is_told_password,
        wraps=False,
        folded=True,
    ),
    Shape(
        "password of basic authentication in code",
        ("auth",),
        r"auth[ \t]?(?:=[ \t]?(?:[\w.]{0,40}auth)?)?\([ \t]?[\"'][^\"'\n]{1,60}[\"'],"
        r"[ \t]?[\"'](?P<secret>[^\"'\n]{6,200})[\"']",
        is_password,
        wraps=False,
        folded=True,
    ),
    Shape(
        "password given to a program's input",
        ("echo ", "printf "),
        r"(?:echo|printf)[ \t]{1,4}(?:-\w{1,3}[ \t]{1,4})?[\"']?(?:[\w.-]{1,40}:(?=[^|\n]{1,200}chpasswd))?"
        r"(?P<secret>[^\s\"'|]{3,200})[\"']?[ \t]{0,4}\|[ \t]{0,4}"
        r"(?:sudo -s\b|(?:sudo )?chpasswd|[^|\n]{1,200}--pass(?:word|phrase)-(?:stdin|fd))",
        is_stated,
        wraps=False,
        folded=True,
    ),
    Shape(
        "password in PowerShell",
        ("convertto-securestring",),
        r"convertto-securestring[ \t]{1,4}(?:-string[ \t]{1,4})?[\"'](?P<secret>[^\"'\n]{3,200})[\"']",
        is_stated,
        wraps=False,
        folded=True,
    ),
    Shape(
        "password in PostgreSQL's password file",  # host, port, database, user, password
        (":54", ":64"),
        r"(?m:^[\w.*-]{1,80}:(?:54\d\d|64\d\d):[\w*-]{1,60}:[\w*-]{1,60}:(?P<secret>[^\s:]{3,200})[ \t]*\r?$)",
        is_stated,
        wraps=False,
    ),
    Shape(
        "password of a network device",
        ("community ", "enable ", "username "),
        r"(?:snmp-server community|enable (?:secret|password)(?: \d)?"
        r"|username \S{1,40} (?:privilege \d{1,2} )?(?:secret|password)(?: \d)?)"
        r"[ \t]{1,4}(?P<secret>\S{6,200})",
        is_password,
        wraps=False,
        folded=True,
    ),
    Shape(
        "password in SQL",
        ("password '", "identified ", "password = '"),
        r"(?:identified(?: with [\w']{1,40})? (?:by|as)(?: password)?|(?<![a-z_])password)[ \t]{1,4}(?:=[ \t]{0,4})?"
        r"[en]?(?P<secret>'(?:[^'\r\n]|''){3,200}'|\"[^\"\r\n]{3,200}\")",
        lambda value: is_stated(value[1:-1]) and " " not in value,
        wraps=False,
        folded=True,
    ),
)
"""Passwords that may have any mark, because their surroundings say where they end."""
