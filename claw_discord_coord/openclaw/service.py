"""The coordinator as a service of the operating system: files and commands for systemd, launchd and Windows."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

NAME = "claw-discord-coord"
LABEL = "org.claw-discord-coord"

_SYSTEMD = """\
[Unit]
Description=Coordinator of delegated agents on Discord
After=network-online.target

[Service]
ExecStart={command}
WorkingDirectory={folder}
EnvironmentFile=-{environment}
Restart=on-failure
RestartSec=3
KillMode=mixed
TimeoutStopSec=30

[Install]
WantedBy=default.target
"""

_LAUNCHD = """\
<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>Label</key><string>{label}</string>
  <key>ProgramArguments</key>
  <array>
{arguments}
  </array>
  <key>WorkingDirectory</key><string>{folder}</string>
  <key>RunAtLoad</key><true/>
  <key>KeepAlive</key><dict><key>SuccessfulExit</key><false/></dict>
  <key>StandardErrorPath</key><string>{log}</string>
</dict>
</plist>
"""

_WINDOWS = """\
<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo><Description>Coordinator of delegated agents on Discord</Description></RegistrationInfo>
  <Triggers><LogonTrigger><Enabled>true</Enabled></LogonTrigger></Triggers>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>
    <RestartOnFailure><Interval>PT1M</Interval><Count>10</Count></RestartOnFailure>
  </Settings>
  <Actions>
    <Exec><Command>{program}</Command><Arguments>{arguments}</Arguments><WorkingDirectory>{folder}</WorkingDirectory></Exec>
  </Actions>
</Task>
"""


@dataclass(frozen=True)
class Service:
    """A file to write, and commands of the system.

    Attributes:
        file: The file.
        content: The file's content.
        available: A command that succeeds where the system runs services of a user.
        enable: The commands that make the system use the file.
        enabled: A command that succeeds while the system starts the service with this computer.
        disable: The commands that make the system forget the service.
        encoding: The file's encoding.
    """

    file: Path
    content: str
    available: tuple[str, ...]
    enable: tuple[tuple[str, ...], ...]
    enabled: tuple[str, ...]
    disable: tuple[tuple[str, ...], ...]
    encoding: str = "utf-8"


def service(platform: str, command: Sequence[str], *, home: Path, folder: Path) -> Service:
    """Return the service for `sys.platform`; `command` starts the coordinator in the foreground, in `folder`.

    On Linux, the lines NAME=value in the file .env of `folder` are the service's environment.
    """
    if platform == "darwin":
        return _launchd(command, home, folder)
    if platform == "win32":
        return _windows(command, folder)
    return _systemd(command, home, folder)


def _systemd(command: Sequence[str], home: Path, folder: Path) -> Service:
    content = _SYSTEMD.format(
        command=" ".join(_systemd_word(word) for word in command),
        folder=str(folder).replace("%", "%%"),
        environment=str(folder / ".env").replace("%", "%%"),
    )
    control = ("systemctl", "--user")
    return Service(
        home / ".config" / "systemd" / "user" / f"{NAME}.service",
        content,
        # Fails where no systemd runs for the user, such as in a container or over `su`.
        available=(*control, "show-environment"),
        enable=((*control, "daemon-reload"), (*control, "enable", "--now", NAME)),
        enabled=(*control, "is-enabled", "--quiet", NAME),
        disable=((*control, "disable", "--now", NAME), (*control, "daemon-reload")),
    )


def _systemd_word(word: str) -> str:
    """Return one word of ExecStart in the form of systemd.service(5), "Command lines"."""
    # systemd expands % and $ also inside quotes.
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{escaped}"'


def _launchd(command: Sequence[str], home: Path, folder: Path) -> Service:
    file = home / "Library" / "LaunchAgents" / f"{LABEL}.plist"
    content = _LAUNCHD.format(
        label=LABEL,
        arguments="\n".join(f"    <string>{escape(word)}</string>" for word in command),
        folder=escape(str(folder)),
        log=escape(str(home / "Library" / "Logs" / f"{NAME}.log")),
    )
    return Service(
        file,
        content,
        available=("launchctl", "list"),
        enable=(("launchctl", "load", "-w", str(file)),),
        enabled=("launchctl", "list", LABEL),
        disable=(("launchctl", "unload", "-w", str(file)),),
    )


def _windows(command: Sequence[str], folder: Path) -> Service:
    file = folder / f"{NAME}.xml"
    content = _WINDOWS.format(
        program=escape(command[0]), arguments=escape(subprocess.list2cmdline(command[1:])), folder=escape(str(folder))
    )
    return Service(
        file,
        content,
        available=("schtasks", "/Query"),
        enable=(("schtasks", "/Create", "/F", "/TN", NAME, "/XML", str(file)), ("schtasks", "/Run", "/TN", NAME)),
        enabled=("schtasks", "/Query", "/TN", NAME),
        disable=(("schtasks", "/End", "/TN", NAME), ("schtasks", "/Delete", "/F", "/TN", NAME)),
        encoding="utf-16",  # the encoding that the file's XML header declares
    )
