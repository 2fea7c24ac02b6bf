"""A submission service in this process that does what a test wants with each message."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from tests.servers import Authority
from tests.servers.children import free_ports

__all__ = ["AIOSMTPD", "Operator", "operator_of"]

AIOSMTPD = r"mail\.log: Session\.login_data is deprecated"
"""What aiosmtpd logs of itself at each login."""


class Operator:
    """Takes at most ``most`` recipients a message, as operators do; keeps what it took."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.most = 5000
        self.taken: list[Envelope] = []
        self.on_data: Callable[[], None] | None = None
        """Called when a message is here whole, before that is said."""

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if len(envelope.rcpt_tos) >= self.most:
            return "452 4.5.3 Too many recipients"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Ok"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.on_data is not None:
            self.on_data()
        self.taken.append(envelope)
        return f"250 2.0.0 Ok: queued as N{len(self.taken)}"


@contextlib.contextmanager
def operator_of(authority: Authority, folder: Path) -> Iterator[Operator]:
    """Listening on the loopback, TLS from the first octet; every password is right."""
    (port,) = free_ports(1)
    operator = Operator(port)
    controller = Controller(
        operator,
        hostname="127.0.0.1",
        port=port,
        server_hostname="localhost",
        ssl_context=authority.server().server_context(folder),
        authenticator=lambda *_: AuthResult(success=True, handled=False, auth_data="quelqu’un"),
        auth_require_tls=False,  # aiosmtpd cannot know that it is inside TLS
        data_size_limit=20_000_000,
        command_call_limit=5000,
    )
    controller.start()
    try:
        yield operator
    finally:
        controller.stop()
