"""An SMTP relay to LMTP for machines without root or Postfix: ``small_relay PORT LMTP_PORT TABLE``."""

import asyncio
import re
import smtplib
import sys
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.servers.relay import DOMAINS


class Delivery:
    """Hands each accepted message to LMTP while the client waits, so that nothing is queued."""

    def __init__(self, lmtp_port: int, table: Path) -> None:
        self._lmtp_port = lmtp_port
        self._table = table

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        return [*responses[:-1], "250-ENHANCEDSTATUSCODES", responses[-1]]

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address.rpartition("@")[2].lower() not in DOMAINS:
            return "550 5.1.2 hors espace de confiance"
        people = (line.split()[0].strip("/") for line in self._table.read_text().splitlines())
        if not any(re.match(person, address, re.IGNORECASE) for person in people):
            return "550 5.1.1 User unknown in virtual mailbox table"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 Ok"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        return await asyncio.get_running_loop().run_in_executor(None, self._hand_over, envelope)

    def _hand_over(self, envelope: Envelope) -> str:
        content = envelope.content
        assert isinstance(content, bytes)
        try:
            with smtplib.LMTP("127.0.0.1", self._lmtp_port, timeout=60) as lmtp:
                lmtp.sendmail(envelope.mail_from or "", envelope.rcpt_tos, content, ["BODY=8BITMIME"])
        except (OSError, smtplib.SMTPException) as why:
            print(f"not delivered: {why!r}", file=sys.stderr, flush=True)
            return "451 4.3.0 delivery failed"
        return f"250 2.0.0 Ok: queued as {id(envelope):X}"


async def main(port: int, lmtp_port: int, table: Path) -> None:
    delivery = Delivery(lmtp_port, table)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(delivery, data_size_limit=15728640, enable_SMTPUTF8=True, loop=loop), "127.0.0.1", port
    )
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])))
