"""Submission (RFC 6409) of the demonstration operator: mail between its users really arrives."""

import secrets
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from ssl import SSLContext
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword
from aiosmtpd.smtp import Session as SmtpSession

from mssclient.demo.mailboxes import DemoMailbox

__all__ = ["SIZE_LIMIT_OCTETS", "Postmark", "Submission"]

SIZE_LIMIT_OCTETS = 15 * 1024 * 1024

Postmark = Callable[[str, bytes], Awaitable[None]]
"""Delivers (recipient, raw message) to an INBOX of the demonstration."""


class Submission:
    """Handler and authenticator of aiosmtpd."""

    def __init__(
        self,
        mailboxes: Mapping[str, DemoMailbox],
        passwords: Mapping[str, str],
        may_send_as: Mapping[str, frozenset[str]],
        correspondents: frozenset[str],
        deliver: Postmark,
    ) -> None:
        """``correspondents``: invented people in our own domains; others are unknown there."""
        self._mailboxes = mailboxes
        self._passwords = passwords
        self._may_send_as = may_send_as
        self._correspondents = correspondents
        self._domains = frozenset(a.rpartition("@")[2] for a in mailboxes)
        self._deliver = deliver

    def protocol(self, tls: SSLContext, *, starttls: bool) -> SMTP:
        """One connection's protocol, for ``loop.create_server``."""
        security: dict[str, Any] = (
            {"auth_require_tls": True, "tls_context": tls, "require_starttls": True}
            if starttls
            # aiosmtpd does not see implicit TLS as TLS
            else {"auth_require_tls": False}
        )
        return SMTP(
            self,
            hostname="operateur.demonstration",
            ident="ESMTP",
            enable_SMTPUTF8=True,
            auth_required=True,
            authenticator=self.authenticate,
            data_size_limit=SIZE_LIMIT_OCTETS,
            **security,
        )

    def authenticate(
        self, server: SMTP, session: SmtpSession, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        if mechanism not in ("PLAIN", "LOGIN") or not isinstance(data, LoginPassword):
            return AuthResult(success=False, handled=False)
        login = data.login.decode("utf-8", "replace").lower()
        expected = self._passwords.get(login, secrets.token_hex()).encode()
        good = secrets.compare_digest(expected, data.password)
        return AuthResult(success=good, handled=False, auth_data=login)

    async def handle_MAIL(
        self, server: SMTP, session: SmtpSession, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address.lower() not in self._may_send_as.get(str(session.auth_data), frozenset()):
            return "550 5.7.1 Sender address is not yours"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_RCPT(
        self, server: SMTP, session: SmtpSession, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        recipient = address.lower()
        mailbox = self._mailboxes.get(recipient)
        if mailbox is None:
            local = recipient.rpartition("@")[2] in self._domains
            if local and recipient not in self._correspondents:
                return "550 5.1.1 No such mailbox here"
        elif mailbox.usage()[0] >= mailbox.limit_octets:
            return "552 5.2.2 Mailbox full"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: SmtpSession, envelope: Envelope) -> str:
        raw = envelope.original_content or b""
        queue_id = secrets.token_hex(6).upper()
        stamp = format_datetime(datetime.now(UTC))
        for recipient in dict.fromkeys(r.lower() for r in envelope.rcpt_tos):
            if recipient not in self._mailboxes:
                continue  # an invented correspondent, or the outside world: nothing leaves this computer
            trace = (
                f"Return-Path: <{envelope.mail_from}>\r\n"
                f"Received: from client.demonstration (localhost [127.0.0.1])\r\n"
                f"\tby operateur.demonstration with ESMTPSA id {queue_id}\r\n"
                f"\tfor <{recipient}>; {stamp}\r\n"
            )
            await self._deliver(recipient, trace.encode("utf-8") + raw)
        return f"250 2.0.0 OK queued as {queue_id}"
