"""First and no-change synchronisation of 20 000 messages beside mbsync and a raw read of the socket."""

import imaplib
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from mssclient.engine.annotating import Annotator
from mssclient.engine.bulk import Bulk
from mssclient.mail.annotating import Annotators
from mssclient.store.folders import folder_state
from mssclient.trust.whitelist import shipped
from tests.bench.mixed import mixed_messages
from tests.mail.accounts import message, open_desk
from tests.servers import ImapServer

pytestmark = [pytest.mark.bench, pytest.mark.servers, pytest.mark.timeout(1800)]

MESSAGES = 20_000
FLAGGED = 10_000
ROUNDS = 4
MARKS = ["\\Flagged", "\\Seen"]


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _raw_read(server: ImapServer, user: str) -> None:
    address, password = server.credentials(user)
    with imaplib.IMAP4_SSL(server.host, server.port_tls, ssl_context=server.context(), timeout=600) as imap:
        imap.authenticate("PLAIN", lambda _: f"\0{address}\0{password}".encode())
        imap.select("INBOX", readonly=True)
        imap.send(b"Z1 UID FETCH 1:* (UID FLAGS BODY.PEEK[])\r\n")
        tail = b""
        while b"\r\nZ1 OK" not in tail:
            chunk = imap.sock.recv(1 << 18)
            assert chunk
            tail = (tail + chunk)[-4096:]


def _raw_changes(server: ImapServer, user: str, uidvalidity: int, modseq: int) -> None:
    """Read what QRESYNC tells since ``modseq``, and do nothing with it."""
    address, password = server.credentials(user)
    with imaplib.IMAP4_SSL(server.host, server.port_tls, ssl_context=server.context(), timeout=600) as imap:
        imap.authenticate("PLAIN", lambda _: f"\0{address}\0{password}".encode())
        imap.enable("QRESYNC")
        imap.send(b"Z1 EXAMINE INBOX (QRESYNC (%d %d))\r\n" % (uidvalidity, modseq))
        tail = b""
        while b"\r\nZ1 OK" not in tail:
            chunk = imap.sock.recv(1 << 18)
            assert chunk
            tail = (tail + chunk)[-4096:]


def _mbsync(server: ImapServer, user: str, folder: Path) -> Callable[[], None]:
    address, password = server.credentials(user)
    store = folder / "mbsync"
    (store / "mail").mkdir(parents=True)
    (store / "ca.pem").write_bytes(server.ca_pem)
    (store / "rc").write_text(
        f"IMAPAccount a\nHost {server.host}\nPort {server.port_tls}\nUser {address}\nPass {password}\n"
        f"SSLType IMAPS\nCertificateFile {store}/ca.pem\nAuthMechs PLAIN\nTimeout 300\n\n"
        f"IMAPStore far\nAccount a\n\nMaildirStore near\nPath {store}/mail/\nInbox {store}/mail/INBOX\n\n"
        f"Channel all\nFar :far:\nNear :near:\nPatterns INBOX\nCreate Near\nSync Pull\nSyncState *\n"
    )
    (store / "rc").chmod(0o600)

    def run() -> None:
        subprocess.run(["mbsync", "-q", "-c", str(store / "rc"), "all"], check=True, timeout=600)

    return run


def test_synchronising_twenty_thousand_messages(dovecot: ImapServer, tmp_path: Path) -> None:
    if shutil.which("mbsync") is None:
        pytest.skip("mbsync (Debian package isync) is not installed")
    user = dovecot.new_user("bench", quota_octets=2 << 30)[0]
    total = sum(len(raw) for raw in mixed_messages(MESSAGES))
    dovecot.seed(user, mixed_messages(MESSAGES))
    raw = min(_timed(lambda: _raw_read(dovecot, user)) for _ in range(2))
    peer = _mbsync(dovecot, user, tmp_path)
    peer_first = _timed(peer)
    peer_again = min(_timed(peer) for _ in range(3))
    desk = open_desk(dovecot, user, tmp_path)
    bulk, trust = Bulk(), shipped()
    annotator = Annotator(desk.account.address, lambda: trust, bulk)
    desk.annotators = Annotators(annotator.whole, annotator.headers, annotator.begin)
    try:
        desk.tree()
        headers = _timed(desk.sync)
        first = headers + _timed(desk.bodies)
        assert desk.bodies() == 0
        again = min(_timed(lambda: (desk.drop(), desk.sync())) for _ in range(3))
    finally:
        desk.close()
        bulk.close()
    print(f"\n{MESSAGES} messages, {total / 1e6:.0f} MB")
    print(f"  raw read of the socket   {raw:7.2f} s")
    print(f"  mbsync, first            {peer_first:7.2f} s")
    print(f"  here, headers            {headers:7.2f} s")
    ratios = f"{first / peer_first:.2f} × mbsync, {first / raw:.1f} × raw"
    print(f"  here, bodies and search  {first:7.2f} s   {ratios}")
    print(f"  mbsync, nothing changed  {peer_again:7.2f} s")
    print(f"  here, nothing changed    {again:7.2f} s   {again / peer_again:.2f} × mbsync")


def test_ten_thousand_flags_changed_elsewhere(dovecot: ImapServer, tmp_path: Path) -> None:
    """P4: another desk marks a whole folder. Told (QRESYNC), asked for (CONDSTORE), and compared in full."""
    user = dovecot.new_user("marques", quota_octets=2 << 30)[0]
    dovecot.seed(user, (message(number) for number in range(FLAGGED)))
    other = dovecot.raw_client(user)
    other.select_folder("INBOX")
    servers = {
        "QRESYNC": dovecot,
        "CONDSTORE": dovecot.limited("IMAP4rev1 CONDSTORE ENABLE"),
        "compared": dovecot.limited("IMAP4rev1"),
    }
    peer = _mbsync(dovecot, user, tmp_path) if shutil.which("mbsync") else None
    if peer:
        peer()
    desks = {}
    for name, server in servers.items():
        (tmp_path / name).mkdir()
        desks[name] = open_desk(server, user, tmp_path / name)
        desks[name].tree()
        desks[name].sync(headers_only=True)
    times: dict[str, list[float]] = {}
    for number in range(ROUNDS):
        for name in ("raw", *(("mbsync",) if peer else ()), *desks):
            # Each is the first to ask: Dovecot then works out what has changed, and tells the next at once.
            mark, unmark = (other.add_flags, other.remove_flags)[:: 1 if number % 2 == 0 else -1]
            unmark("1:*", MARKS, silent=True)
            mark("1:*", MARKS, silent=True)
            if name == "raw":
                known = folder_state(desks["QRESYNC"].view, desks["QRESYNC"].folder())
                assert known is not None
                seconds = _timed(
                    lambda known=known: _raw_changes(dovecot, user, known.uidvalidity, known.modseq)
                )
            elif name == "mbsync":
                assert peer is not None
                seconds = _timed(peer)
            else:
                desk = desks[name]
                desk.drop()
                seconds = _timed(desk.sync)
                shown = desk.view.rows(desk.folder(), 0, FLAGGED)
                assert sum("flagged" in row.flags for row in shown) == (FLAGGED if number % 2 == 0 else 0)
            times.setdefault(name, []).append(seconds)
    for desk in desks.values():
        desk.close()
    print(f"\n{FLAGGED} flags changed elsewhere, best of {ROUNDS}")
    if not peer:
        print("  mbsync (Debian package isync) is not installed: no comparison")
    for name, seconds in times.items():
        ratio = f"   {min(seconds) / min(times['mbsync']):.2f} × mbsync" if name in desks and peer else ""
        print(f"  {name:<10} {min(seconds):7.2f} s{ratio}")
