"""The demonstration operator put together: authority, mail, IMAP and submission in one loop."""

import asyncio
import logging
import os
import secrets
import signal
import sys
import threading
import warnings
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
from pymap.parsing.message import AppendMessage

from mssclient.demo import corpus, repairs
from mssclient.demo.authority import Authority, list_signer, tls_context
from mssclient.demo.corpus.calendar import paris
from mssclient.demo.corpus.people import ACCOUNTS, AUBRY, OFFICE, PEOPLE, VALADE, domains
from mssclient.demo.imap import ImapOperator
from mssclient.demo.launch import DemoAccount, Ready
from mssclient.demo.mailboxes import DemoMailbox
from mssclient.demo.memory import Memory, alone
from mssclient.demo.submission import SIZE_LIMIT_OCTETS, Submission
from mssclient.demo.whitelist import signed_list

__all__ = ["run"]

SHARED = "Partagés/Cabinet des Tilleuls"
REFERENCE_FILE = "reference.txt"

_QUOTAS_MIB = {AUBRY.address: (100, 70), VALADE.address: (100, 24), OFFICE.address: (200, 184)}
"""Limit and first usage in MiB by BAL: about 70 %, 24 % and 92 %. What the mail does not fill is said to be
used already, as calendars and retained mail are with real operators; so a message of 15 MB still fits."""


def run(folder: Path, *, small: bool = False, reference: datetime | None = None) -> int:
    """Serve until standard input ends, or SIGTERM. Writes in ``folder`` only. Returns the exit code.

    Waits for an operator that is just ending in the same folder.
    """
    logging.basicConfig(level=logging.ERROR, stream=sys.stderr)
    logging.getLogger("mail.log").setLevel(logging.ERROR)  # aiosmtpd warns at each implicit-TLS connection
    warnings.filterwarnings("ignore", "Requiring AUTH while not requiring TLS")
    repairs.install()
    with alone(folder), suppress(KeyboardInterrupt):
        # After the loop's end: no connection changes anything any more.
        asyncio.run(_serve(folder, small, reference)).keep()
    return 0


def _reference(folder: Path, asked: datetime | None) -> datetime:
    """The moment from which dates count back: kept in the folder, so that a kept profile finds its mail."""
    file = folder / REFERENCE_FILE
    with suppress(OSError, ValueError):
        return datetime.fromisoformat(file.read_text("ascii").strip())
    now = datetime.now(UTC)
    offset = paris((now + timedelta(hours=1)).replace(tzinfo=None)).utcoffset() or timedelta()
    moment = (asked or (now + offset)).replace(tzinfo=None, microsecond=0)
    file.write_text(moment.isoformat(), "ascii")
    return moment


def _mailboxes(messages: Sequence[corpus.DemoMessage]) -> dict[str, DemoMailbox]:
    mailboxes: dict[str, DemoMailbox] = {}
    for address, folders in corpus.FOLDERS.items():
        mailboxes[address] = mailbox = DemoMailbox(address, corpus.EDITION)
        for name, use in folders.items():
            mailbox.found(name, use.encode("ascii"))
    for message in messages:
        mailboxes[message.account].folder(message.folder).seed(
            message.uid,
            message.raw,
            datetime.fromtimestamp(message.internal_date_utc, UTC),
            [flag.encode("ascii") for flag in message.flags],
        )
    for address, mailbox in mailboxes.items():
        limit, used = (size << 20 for size in _QUOTAS_MIB[address])
        mailbox.limit_octets = limit
        mailbox.ballast_octets = max(0, used - mailbox.usage()[0])
    # One of them only: the office is a BAL of its own beside them, and twice the same tree helps nobody.
    mailboxes[VALADE.address].mounts[SHARED] = mailboxes[OFFICE.address]
    return mailboxes


def _ending() -> asyncio.Event:
    """Set when standard input ends (the parent is gone) or a signal comes; works on Windows too."""
    loop, ending = asyncio.get_running_loop(), asyncio.Event()

    def end() -> None:
        with suppress(RuntimeError):  # the loop is closed already
            loop.call_soon_threadsafe(ending.set)

    def watch() -> None:
        # os.read: a thread blocked in sys.stdin would keep the interpreter from ending
        with suppress(OSError):
            while os.read(0, 4096):
                pass
        end()

    threading.Thread(target=watch, name="stdin", daemon=True).start()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, frame: end())
    return ending


async def _serve(folder: Path, small: bool, asked: datetime | None) -> Memory:
    loop, ending = asyncio.get_running_loop(), _ending()
    moment = _reference(folder, asked)
    authority = Authority.found("Autorité de démonstration (TLS)")
    tls = tls_context(authority, folder)
    imap = ImapOperator(tls, SIZE_LIMIT_OCTETS * 4)
    mailboxes = _mailboxes(corpus.build(moment.date(), moment.time(), small=small))
    memory = Memory(folder, f"{corpus.EDITION} {moment.isoformat()} {small}", mailboxes)
    memory.recall()
    passwords = {person.address: secrets.token_urlsafe(12) for person in ACCOUNTS}
    for address, password in passwords.items():
        await imap.admit(address, password, mailboxes[address])

    async def deliver(recipient: str, raw: bytes) -> None:
        await (
            mailboxes[recipient]
            .folder("INBOX")
            .append(AppendMessage(raw, datetime.now(UTC), frozenset()), recent=True)
        )

    submission = Submission(
        mailboxes,
        passwords,
        {
            AUBRY.address: frozenset({AUBRY.address, OFFICE.address}),
            VALADE.address: frozenset({VALADE.address, OFFICE.address}),
            OFFICE.address: frozenset({OFFICE.address}),
        },
        frozenset(person.address for person in PEOPLE.values()),
        deliver,
    )
    host = "127.0.0.1"
    servers = [
        await asyncio.start_server(imap.serve, host, 0, ssl=tls, limit=1 << 20),
        await asyncio.start_server(imap.serve_starttls, host, 0, limit=1 << 20),
        await loop.create_server(lambda: submission.protocol(tls, starttls=False), host, 0, ssl=tls),
        await loop.create_server(lambda: submission.protocol(tls, starttls=True), host, 0),
    ]
    ports = [server.sockets[0].getsockname()[1] for server in servers]
    ready = _ready(ports, authority, folder, passwords, moment, mailboxes)
    sys.stdout.write(msgspec.json.encode(ready).decode("utf-8") + "\n")
    sys.stdout.flush()
    await ending.wait()
    for server in servers:  # not wait_closed(): Python 3.12 waits for the clients
        server.close()
    return memory


def _ready(
    ports: Sequence[int],
    authority: Authority,
    folder: Path,
    passwords: dict[str, str],
    moment: datetime,
    mailboxes: dict[str, DemoMailbox],
) -> Ready:
    root, intermediate, signer = list_signer()
    file = folder / "listeblanche-demonstration.xml"
    file.write_bytes(signed_list(domains(), datetime.now(UTC), signer))
    return Ready(
        imap_port=ports[0],
        imap_starttls_port=ports[1],
        submission_port=ports[2],
        submission_starttls_port=ports[3],
        ca_pem=authority.pem,
        whitelist=str(file.resolve()),
        whitelist_ca_pem=root.pem + intermediate.pem,
        accounts=tuple(
            DemoAccount(
                address=person.address,
                login=person.address,
                password=passwords[person.address],
                display_name=person.name,
                kind=person.kind,
            )
            for person in ACCOUNTS
        ),
        reference=moment.isoformat(),
        uidvalidity={
            address: {name: own.uid_validity for name, own in mailbox.own_folders().items()}
            for address, mailbox in mailboxes.items()
        },
        shared=SHARED,
    )
