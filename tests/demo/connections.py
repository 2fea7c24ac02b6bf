"""Connections to a demonstration operator, as its users open them."""

import smtplib
import socket
import ssl
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

from imapclient import IMAPClient

from mssclient.demo import DemoOperator

REFERENCE = "2026-11-24T14:30:00"
FILES = {"listeblanche-demonstration.xml", "operator.lock", "reference.txt"}
"""What a running operator has in its folder."""


class Desk:
    """Opens connections to an operator as its users do; closes them at the end."""

    def __init__(self, operator: DemoOperator) -> None:
        self.operator = operator
        self.passwords = {a.login: a.password for a in operator.accounts}
        self.addresses = tuple(self.passwords)
        self.tls = ssl.create_default_context(cadata=operator.ca_pem)
        self._open: list[IMAPClient] = []

    def imap(self, login: str, *, starttls: bool = False, password: str | None = None) -> IMAPClient:
        port = self.operator.imap_starttls_port if starttls else self.operator.imap_port
        client = IMAPClient("localhost", port, ssl=not starttls, ssl_context=self.tls, timeout=20)
        self._open.append(client)
        client.socket().setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if starttls:
            client.starttls(self.tls)
        client.login(login, self.passwords[login] if password is None else password)
        return client

    def smtp(self, login: str, *, starttls: bool = False) -> smtplib.SMTP:
        if starttls:
            client = smtplib.SMTP("localhost", self.operator.submission_starttls_port, timeout=20)
            client.starttls(context=self.tls)
        else:
            client = smtplib.SMTP_SSL(
                "localhost", self.operator.submission_port, context=self.tls, timeout=20
            )
        client.login(login, self.passwords[login])
        return client

    def send(self, sender: str, recipients: Sequence[str], raw: bytes, *, starttls: bool = False) -> None:
        with self.smtp(sender, starttls=starttls) as client:
            client.sendmail(sender, list(recipients), raw)

    def close(self) -> None:
        for client in self._open:
            with suppress(OSError):
                client.shutdown()


def letter(sender: str, recipient: str, subject: str, body: str = "Bonjour") -> bytes:
    return (
        f"From: {sender}\r\nTo: {recipient}\r\nSubject: {subject}\r\n"
        f"Message-ID: <{time.time_ns()}@essai.example>\r\nDate: Tue, 24 Nov 2026 10:00:00 +0100\r\n"
        f"Content-Type: text/plain; charset=utf-8\r\n\r\n{body}\r\n"
    ).encode()


def hear(client: IMAPClient, wanted: Callable[[tuple], bool], limit_s: float = 10) -> bool:
    """Whether an IDLE client is told something within the limit; returns at once when it is."""
    end = time.monotonic() + limit_s
    while time.monotonic() < end:
        if any(wanted(line) for line in client.idle_check(timeout=end - time.monotonic())):
            return True
    return False
