"""Dovecot with everything an MSSanté operator may offer, and the same mail seen through a bare IMAP4rev1."""

import contextlib
import hashlib
import imaplib
import os
import shutil
import smtplib
import socket
import ssl
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from imapclient import IMAPClient

from tests.planted import seed_secret
from tests.servers.authority import Authority, Identity
from tests.servers.children import Child, free_ports, give_away, need_program, unprivileged
from tests.servers.dovecot_settings import (
    CERTIFICATES_ACCEPTED,
    DIRECTORY,
    DIRECTORY_ACCEPTED,
    SETTINGS,
    TOKENS,
    TOKENS_ACCEPTED,
)
from tests.servers.relay import DOMAIN, Relay

__all__ = ["DOMAIN", "FULL", "ImapServer"]

FULL = ""
"""Capabilities of :meth:`ImapServer.limited`: what Dovecot announces by itself."""
PORTS = ("tls", "starttls", "submission_tls", "submission_starttls", "sieve", "lmtp")


class ImapServer:
    """One Dovecot on the loopback, started by the fixture ``dovecot``, and the relay its submission hands to.

    ``users`` maps a short name to (address, password): ``alice`` and ``bob`` are persons, ``cabinet`` is an
    organisational BAL whose inbox alice may use in full and bob may only read, as ``Partages/<its address>``.
    """

    host = "localhost"

    def __init__(
        self,
        folder: Path,
        authority: Authority,
        *,
        identity: Identity | None = None,
        limited: str = FULL,
        extra: str = "",
    ) -> None:
        self._folder = folder
        self._authority = authority
        self._identity = identity or authority.server()
        self._capabilities = limited
        self._extra = extra
        self._clients: list[IMAPClient] = []
        self._others: dict[str, ImapServer] = {}
        self._mail = folder / "mail"
        self._accounts = folder / "people"
        self.users: dict[str, tuple[str, str]] = {}
        self.ca_pem = authority.ca_pem
        self.ca_pem_path = folder / "ca.pem"
        self.relay: Relay | None = None
        self._relay_port = 0
        self._assign_ports()

    def _assign_ports(self) -> None:
        ports = dict(zip(PORTS, free_ports(len(PORTS)), strict=True))
        self.port_tls = ports["tls"]
        self.port_starttls = ports["starttls"]
        self.submission_tls = ports["submission_tls"]
        self.submission_starttls = ports["submission_starttls"]
        self.sieve_port = ports["sieve"]
        self.lmtp = ports["lmtp"]

    @property
    def _ports(self) -> tuple[int, ...]:
        return (
            self.port_tls,
            self.port_starttls,
            self.submission_tls,
            self.submission_starttls,
            self.sieve_port,
            self.lmtp,
        )

    # -- life ------------------------------------------------------------------------------------

    def create(self) -> None:
        """Make the folders, the people and the relay, and start. Called once by the fixture."""
        self._mail.mkdir(parents=True)
        self.ca_pem_path.write_bytes(self.ca_pem)
        self._accounts.mkdir()
        self.relay = Relay(self._folder / "relay", self.lmtp)
        self._relay_port = self.relay.port
        for name in ("alice", "bob", "cabinet"):
            self.new_user(name)
        self._configure("main")
        give_away(self._mail)
        self.relay.start()
        self.start()
        self._share("cabinet", "alice", "lrwstipekxa")
        self._share("cabinet", "bob", "lrs")

    def _configure(self, name: str) -> None:
        place = self._folder / name
        for each in ("run", "state"):
            (place / each).mkdir(parents=True)
        give_away(place)
        certificate, key = self._identity.write(place, "server")
        settings = place / "dovecot.conf"
        settings.write_text(self._settings(place, certificate, key))
        program = need_program("dovecot", "dovecot-imapd")
        self._child = Child([program, "-F", "-c", settings], place / "log")

    def start(self) -> None:
        """Start it (again, after :meth:`stop`), on the same ports; returns when all of them answer."""
        self._child.start(self._ports)

    def stop(self) -> None:
        """End it, as an outage would: clients see their connections closed, later ones are refused."""
        self.close_clients()
        self._child.stop()

    @property
    def running(self) -> bool:
        return self._child.running

    def end(self) -> None:
        """End everything that was started here."""
        for other in self._others.values():
            other.end()
        self.close_clients()
        self._child.kill()
        if self.relay is not None:
            self.relay.kill()

    def logs(self) -> dict[str, Path]:
        """The log files to attach to a failed test."""
        mine = {f"dovecot {self._child.log.parent.name}": self._child.log}
        if self.relay is not None:
            mine |= self.relay.logs()
        for other in self._others.values():
            mine |= other.logs()
        return mine

    def limited(
        self, capabilities: str = "IMAP4rev1", *, identity: Identity | None = None, name: str = ""
    ) -> "ImapServer":
        """A second Dovecot over the same mail and people that announces only these capabilities.

        The cut is in what it says: a command that it does not announce may still work. With an
        ``identity`` it shows that certificate (expired, misnamed …), under a ``name`` of the test's
        choice. Kept for the rest of the session, one for each set of arguments.
        """
        key = name or capabilities
        if key not in self._others:
            self._add(key, ImapServer(self._folder, self._authority, identity=identity, limited=capabilities))
        return self._others[key]

    def with_settings(self, name: str, extra: str, identity: Identity | None = None) -> "ImapServer":
        """A second Dovecot over the same mail and people with more settings, kept under ``name``."""
        if name not in self._others:
            self._add(name, ImapServer(self._folder, self._authority, identity=identity, extra=extra))
        return self._others[name]

    def with_tokens(self, introspection: str, identity: Identity | None = None) -> "ImapServer":
        """One that takes access tokens (XOAUTH2, OAUTHBEARER) and asks ``introspection`` about each."""
        settings = self._outside_file("tokens", TOKENS.format(url=introspection, ca=self.ca_pem_path))
        name = f"tokens {introspection} {'' if identity is None else identity.certificate.serial_number}"
        return self.with_settings(name, TOKENS_ACCEPTED.format(settings=settings), identity)

    def with_directory(self, uri: str, name: str) -> "ImapServer":
        """One that asks a directory, by binding as ``name``, about passwords that are none of its own."""
        words = DIRECTORY.format(uri=uri, ca=self.ca_pem_path, name=name)
        settings = self._outside_file("directory", words)
        return self.with_settings(f"directory {uri} {name}", DIRECTORY_ACCEPTED.format(settings=settings))

    def _outside_file(self, kind: str, words: str) -> Path:
        """Settings that Dovecot reads from a file of their own, one file for each content."""
        file = self._folder / f"{kind}-{hashlib.sha256(words.encode()).hexdigest()[:16]}.ext"
        file.write_text(words)
        file.chmod(0o644)
        return file

    def set_password(self, user: str, password: str) -> None:
        """What this server takes from now on for a person; "" = nothing. Returns when it does."""
        address, before = self.credentials(user)
        file = self._accounts / address
        _address, _known, rest = file.read_text().split(":", 2)
        later = file.stat().st_mtime + 2
        file.write_text(f"{address}:{f'{{PLAIN}}{password}' if password else '{CRYPT}*'}:{rest}")
        os.utime(file, (later, later))
        if password:
            name = next(name for name, known in self.users.items() if known[0] == address)
            self.users[name] = (address, password)
        end = time.monotonic() + 30
        while self._takes(address, before):  # it looks at a file that it knows once a second
            assert time.monotonic() < end
            time.sleep(0.05)

    def _takes(self, address: str, password: str) -> bool:
        with imaplib.IMAP4_SSL(self.host, self.port_tls, ssl_context=self.context(), timeout=30) as imap:
            try:
                imap.authenticate("PLAIN", lambda _: f"\0{address}\0{password}".encode())
            except imaplib.IMAP4.error:
                return False
            return True

    def with_certificates(self, identity: Identity | None = None) -> "ImapServer":
        """One that asks for client certificates of the authority and takes EXTERNAL, on all its services.

        :meth:`let_in` says whose number opens which BAL.
        """
        holders = self._folder / "holders"
        holders.mkdir(exist_ok=True)
        accepted = CERTIFICATES_ACCEPTED.format(ca=self.ca_pem_path, holders=holders)
        name = f"certificates {'' if identity is None else identity.certificate.serial_number}"
        return self.with_settings(name, accepted, identity)

    def let_in(self, number: str, user: str) -> str:
        """The holder of a certificate with this common name gets into the BAL of ``user``: its address."""
        address, _password = self.credentials(user)
        holders = self._folder / "holders"
        holders.mkdir(exist_ok=True)
        (holders / number).write_text(f"{number}:::::::nopassword=y user={address}\n")
        return address

    def _add(self, key: str, other: "ImapServer") -> None:
        other.users = self.users
        other._relay_port = self._relay_port
        other._configure(f"other{len(self._others)}")
        other.start()
        self._others[key] = other

    # -- people ----------------------------------------------------------------------------------

    def new_user(self, name: str, *, quota_octets: int = 200 << 20, domain: str = DOMAIN) -> tuple[str, str]:
        """A fresh person with an empty mailbox: (address, password). ``name`` must be new."""
        assert name not in self.users, f"{name} is somebody already"
        address, password = f"{name}@{domain}", seed_secret(f"Sésame-{name}-{len(self.users)}!")
        home = self._mail / address
        who = unprivileged()
        line = f"{address}:{{PLAIN}}{password}:{who.pw_uid}:{who.pw_gid}::{home}::"
        # A file each: Dovecot looks at a common one again after a second only.
        (self._accounts / address).write_text(f"{line}userdb_quota_rule=*:bytes={quota_octets}\n")
        if self.relay is not None:
            self.relay.know(address)
        self.users[name] = (address, password)
        return self.users[name]

    def credentials(self, user: str) -> tuple[str, str]:
        """(address, password) of a person given by short name or by address."""
        if user in self.users:
            return self.users[user]
        return next(found for found in self.users.values() if found[0] == user)

    # -- looking and preparing ---------------------------------------------------------------------

    def context(self) -> ssl.SSLContext:
        """A client's TLS context that trusts this server's authority only."""
        return self._authority.client_context()

    def raw_client(self, user: str) -> IMAPClient:
        """A connection logged in as ``user``, to prepare or to judge; closed at the end of the test."""
        client = IMAPClient(self.host, self.port_tls, ssl=True, ssl_context=self.context(), timeout=30)
        self._clients.append(client)
        client._imap.debug = 0  # it would log every line
        address, password = self.credentials(user)
        # LOGIN takes ASCII only in imaplib; AUTHENTICATE PLAIN takes UTF-8 (RFC 4616).
        client.plain_login(address, password)
        return client

    def close_clients(self) -> None:
        for client in self._clients:
            with contextlib.suppress(Exception):
                client.shutdown()
        self._clients.clear()

    def append(
        self,
        user: str,
        folder: str = "INBOX",
        raw: bytes = b"",
        flags: Iterable[str] = (),
        when: datetime | None = None,
    ) -> int:
        """Put a message in a folder (created when missing) at the INTERNALDATE ``when``; returns its UID."""
        return self.append_all(user, folder, [(raw, flags, when)])[0]

    def append_all(
        self, user: str, folder: str, messages: Iterable[tuple[bytes, Iterable[str], datetime | None]]
    ) -> list[int]:
        """Put many messages in a folder over one connection; returns their UIDs."""
        address, password = self.credentials(user)
        quoted = f'"{_wire_name(folder)}"'
        with imaplib.IMAP4_SSL(self.host, self.port_tls, ssl_context=self.context(), timeout=60) as imap:
            imap.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # else 45 ms each APPEND
            imap.authenticate("PLAIN", lambda _: f"\0{address}\0{password}".encode())
            uids: list[int] = []
            for raw, flags, when in messages:
                date = imaplib.Time2Internaldate(when or datetime.now(UTC))
                words = f"({' '.join(flags)})"
                status, answer = imap.append(quoted, words, date, raw)
                if status == "NO" and b"TRYCREATE" in answer[0]:
                    imap.create(quoted)
                    status, answer = imap.append(quoted, words, date, raw)
                assert status == "OK", answer
                uids.append(int(answer[0].split(b"]")[0].split()[2]))
        return uids

    def seed(self, user: str, messages: Iterable[bytes]) -> None:
        """Lay many messages into an INBOX that nobody has opened yet, as files: a hundred times faster."""
        who = unprivileged()
        home = self._mail / self.credentials(user)[0]
        folders = [home, home / "Maildir", *(home / "Maildir" / part for part in ("cur", "new", "tmp"))]
        for folder in folders:
            folder.mkdir(exist_ok=True)
            shutil.chown(folder, who.pw_uid, who.pw_gid)
        for number, raw in enumerate(messages):
            file = home / "Maildir/cur" / f"{1_700_000_000 + number}.M{number}.seed,S={len(raw)}:2,"
            file.write_bytes(raw)
            shutil.chown(file, who.pw_uid, who.pw_gid)

    def deliver(self, user: str, raw: bytes, sender: str = "dehors@exemple.fr") -> None:
        """Let a message arrive from outside, by LMTP: filters run, IDLE and NOTIFY tell."""
        with smtplib.LMTP(self.host, self.lmtp, timeout=30) as lmtp:
            lmtp.sendmail(sender, [self.credentials(user)[0]], raw, ["BODY=8BITMIME"])

    def uids(self, user: str, folder: str = "INBOX") -> list[int]:
        """The UIDs in a folder, by a new connection."""
        client = self.raw_client(user)
        client.select_folder(folder, readonly=True)
        return client.search("ALL")

    def raw(self, user: str, folder: str = "INBOX") -> list[bytes]:
        """Every message in a folder as the server holds it, in the order of UIDs."""
        client = self.raw_client(user)
        client.select_folder(folder, readonly=True)
        found = client.fetch(client.search("ALL"), ["BODY.PEEK[]"]) if client.search("ALL") else {}
        return [found[uid][b"BODY[]"] for uid in sorted(found)]

    def set_rights(self, user: str, folder: str, rights: str) -> None:
        """What the owner of a folder may still do in it (RFC 4314)."""
        self._grant(user, user, rights, f'"{_wire_name(folder)}"')

    def _share(self, owner: str, user: str, rights: str) -> None:
        self._grant(owner, user, rights, "INBOX")

    def _grant(self, owner: str, user: str, rights: str, folder: str) -> None:
        address, password = self.credentials(owner)
        with imaplib.IMAP4_SSL(self.host, self.port_tls, ssl_context=self.context(), timeout=30) as imap:
            imap.authenticate("PLAIN", lambda _: f"\0{address}\0{password}".encode())
            status, answer = imap.setacl(folder, self.credentials(user)[0], rights)
            assert status == "OK", answer

    def _settings(self, place: Path, certificate: Path, key: Path) -> str:
        import grp  # not on Windows, where this module is imported too

        who = unprivileged()
        return (
            SETTINGS.format(
                place=place,
                certificate=certificate,
                key=key,
                who=who.pw_name,
                group=grp.getgrgid(who.pw_gid).gr_name,
                first_uid=min(who.pw_uid, 500),
                domain=DOMAIN,
                accounts=self._accounts,
                capabilities=self._capabilities,
                relay_port=self._relay_port,
                folder=self._folder,
                server=self,
            )
            + self._extra
        )


def _wire_name(folder: str) -> str:
    """A folder's name as IMAP4rev1 writes it (modified UTF-7), escaped for a quoted string."""
    from imapclient.imap_utf7 import encode

    return encode(folder).decode().replace("\\", "\\\\").replace('"', '\\"')
