"""The shapes of passwords in connection strings, in environment files and in SQL."""

from __future__ import annotations

from claw_discord_coord.text.secret_values import is_password, is_setting, is_stated
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
