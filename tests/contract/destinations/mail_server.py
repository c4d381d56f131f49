"""A mail server that stores messages (aiosmtpd)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.contract.destinations.faults import Fault

USER, PASSWORD = "ada", "s3cret-passw0rd"


class MailServer:
    """A mailbox. `mails` are the received messages. `takes_logins` is False for a server without logins."""

    def __init__(self, *, takes_logins: bool = True) -> None:
        self.takes_logins = takes_logins
        self.fault = Fault.NONE
        self.mails: list[EmailMessage] = []
        self.released = asyncio.Event()
        self._protocols: list[SMTP] = []

    @asynccontextmanager
    async def running(self) -> AsyncIterator[int]:
        """Serve, and yield the port."""
        loop = asyncio.get_running_loop()
        server = await loop.create_server(self._protocol, "127.0.0.1", 0)
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            self.released.set()
            server.close()
            for protocol in self._protocols:
                if protocol.transport is not None:
                    protocol.transport.abort()
            await server.wait_closed()
            await asyncio.sleep(0)

    def _protocol(self) -> SMTP:
        made = SMTP(
            self,
            authenticator=self._authenticate,
            auth_require_tls=not self.takes_logins,
            data_size_limit=50_000_000,
        )
        self._protocols.append(made)
        return made

    def _authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        right = isinstance(data, LoginPassword) and (data.login, data.password) == (USER.encode(), PASSWORD.encode())
        return AuthResult(success=right and self.fault is not Fault.UNAUTHORIZED, handled=False)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        match self.fault:
            case Fault.REFUSES:
                return "550 5.1.1 no such mailbox"
            case Fault.OVERLOADED:
                return "451 4.3.2 try again later"
            case _:
                envelope.rcpt_tos.append(address)
                return "250 2.1.5 ok"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        if self.fault is Fault.STALLS:
            await self.released.wait()
        assert isinstance(envelope.original_content, bytes)
        mail = message_from_bytes(envelope.original_content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        if self.fault is Fault.DROPS:
            server.transport.close()
        return "250 2.0.0 taken"
