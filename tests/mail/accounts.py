"""What most tests of the room need: an account on a server, a store beside it, plain annotators."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mssclient.access.credential import Credential, PasswordCredential
from mssclient.mail.annotating import Annotators
from mssclient.mail.bodies import BodyBringer
from mssclient.mail.folders import sync_tree
from mssclient.mail.mailbox import Mailbox
from mssclient.mail.session import Session, open_session
from mssclient.mail.sync import FolderSynchroniser
from mssclient.model.accounts import Account, AccountState, Endpoint
from mssclient.model.ids import AccountId, FolderId
from mssclient.model.messages import Annotation, Person, Summary
from mssclient.model.questions import FolderSync
from mssclient.model.secrets import Secret
from mssclient.model.verdicts import Verdict
from mssclient.store.accounts import add_account
from mssclient.store.folders import find_folder
from mssclient.store.store import Priority, Store
from mssclient.store.view import View
from tests.servers import ImapServer

KEY = bytes(range(32))


def field(raw: bytes, name: str) -> str:
    found = re.search(rb"(?im)^" + name.encode() + rb":[ \t]*(.*?)\r?$", raw.partition(b"\r\n\r\n")[0])
    return found.group(1).decode("utf-8", "replace") if found else ""


def annotate(raw: bytes) -> Annotation:
    """Enough of an annotation for what this room does with it: the identity and a subject."""
    return Annotation(
        summary=Summary(
            subject=field(raw, "Subject"),
            sender=Person(address=field(raw, "From")),
            rfc_message_id=field(raw, "Message-ID"),
            text=raw.partition(b"\r\n\r\n")[2][:1000].decode("utf-8", "replace"),
        ),
        verdict=Verdict(level="ordinary"),
    )


def annotate_headers(raw: bytes, octets: int) -> Annotation:
    summary = Summary(
        subject=field(raw, "Subject"),
        sender=Person(address=field(raw, "From")),
        rfc_message_id=field(raw, "Message-ID"),
        complete=False,
    )
    return Annotation(summary=summary, verdict=Verdict(provisional=True))


def message(number: int, body: str = "Bonjour.", *, subject: str = "") -> bytes:
    return (
        f"From: Dr Essai <essai@exemple.fr>\r\nTo: alice@exemple.fr\r\n"
        f"Subject: {subject or f'Message {number}'}\r\nMessage-ID: <m{number}@exemple.fr>\r\n"
        f"Date: Mon, 1 Jul 2024 10:00:00 +0200\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{body}\r\n"
    ).encode()


def account_on(server: ImapServer, address: str, *, starttls: bool = False) -> Account:
    imap = Endpoint(host=server.host, port=server.port_tls)
    smtp = Endpoint(host=server.host, port=server.submission_tls)
    if starttls:
        imap = Endpoint(host=server.host, port=server.port_starttls, security="starttls")
        smtp = Endpoint(host=server.host, port=server.submission_starttls, security="starttls")
    return Account(
        id=AccountId(1), address=address, login=address, imap=imap, smtp=smtp, ca_pem=server.ca_pem.decode()
    )


def credential_of(server: ImapServer, user: str) -> Credential:
    address, password = server.credentials(user)
    return PasswordCredential(login=address, secret=Secret(password))


@dataclass
class Desk:
    """A store with one account on a server, and a session when asked for."""

    server: ImapServer
    user: str
    account: Account
    store: Store
    view: View
    annotators: Annotators
    _session: Session | None = None

    @property
    def session(self) -> Session:
        if self._session is None:
            self._session = open_session(self.account, credential_of(self.server, self.user))
        return self._session

    def drop(self) -> None:
        """The connection is lost."""
        if self._session is not None:
            self._session.close()
            self._session = None

    def tree(self) -> None:
        sync_tree(self.session, self.store, self.account.id, self.session.namespaces())

    def folder(self, path: str = "INBOX") -> FolderId:
        found = find_folder(self.view, self.account.id, path)
        assert found is not None, path
        return found

    def sync(self, path: str = "INBOX", *, headers_only: bool = False) -> FolderSync:
        synchroniser = FolderSynchroniser(
            self.account, self.store, self.view, self.annotators, headers_only=headers_only
        )
        return synchroniser.run(self.session, self.folder(path))

    def mailbox(
        self,
        account: Account | None = None,
        on_state: Callable[[AccountState], None] = lambda state: None,
        **options: Any,
    ) -> Mailbox:
        """A mailbox on the store; ``account`` replaces ours, e.g. behind a fault proxy."""
        return Mailbox(
            account or self.account,
            self.store,
            annotate,
            annotate_headers,
            lambda: credential_of(self.server, self.user),
            on_state,
            **options,
        )

    def bodies(self) -> int:
        """Bring every missing body; returns how many."""
        bringer = BodyBringer(self.account.id, self.store, self.view, self.annotators)
        count = 0
        while brought := bringer.some(self.session):
            count += brought
        return count

    def reopen(self) -> None:
        """After another process had the store."""
        self.close()
        self.store = Store.open(self.store.path, KEY)
        self.view = self.store.view()

    def close(self) -> None:
        self.drop()
        self.view.close()
        self.store.close()


def open_desk(server: ImapServer, user: str, folder: Path) -> Desk:
    store = Store.open(folder / "store.db", KEY)
    address, _ = server.credentials(user)
    account = store.write(Priority.PERSON, lambda tx: add_account(tx, account_on(server, address)))
    return Desk(server, user, account, store, store.view(), Annotators(annotate, annotate_headers))
