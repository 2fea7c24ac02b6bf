"""One page of the assistant, and what the pages build up together."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from mssclient.model.accounts import Account, Endpoint
from mssclient.model.operators import OperatorView, Proposal
from mssclient.model.secrets import Secret
from mssclient.model.wants import AddAccount

if TYPE_CHECKING:
    from ui.bridge import Bridge

__all__ = ["Draft", "Page"]


@dataclass
class Draft:
    """What is known so far. The secret is put in for the one want that carries it, and taken out again."""

    address: str = ""
    operator_id: str = ""
    """Chosen by the person; the proposal may name one that was recognised."""
    operator: OperatorView | None = None
    proposal: Proposal | None = None
    imap: Endpoint | None = None
    smtp: Endpoint | None = None
    confirmed_hosts: tuple[str, ...] = ()
    by_hand: bool = False
    kind: str = "personal"
    name: str = ""
    login: str = ""
    auth: str = "password"
    certificate: str = ""
    pkcs12: str = ""
    pkcs11: str = ""
    national_id: str = ""
    psc_way: str = ""
    account: Account | None = None
    password_changed: bool = False
    """On the way in, because the operator asked for it."""

    def want(self, secret: Secret, new_secret: Secret) -> AddAccount:
        proposal = self.proposal
        return AddAccount(
            address=self.address,
            name=self.name,
            kind=self.kind,
            login=self.login,
            imap=self.imap,
            smtp=self.smtp,
            auth=self.auth,
            secret=secret,
            new_secret=new_secret,
            operator=self.operator_id or (proposal.operator if proposal else ""),
            confirmed_hosts=self.confirmed_hosts,
            sieve=proposal.sieve if proposal else None,
            ldap=proposal.ldap if proposal else None,
            certificate=self.certificate,
            pkcs12=self.pkcs12,
            pkcs11=self.pkcs11,
            national_id=self.national_id,
            psc_way=self.psc_way,
        )


class Page(QWidget):
    """``ready_changed`` when the primary button may have to change; ``done`` when the page has ended."""

    ready_changed = Signal()
    done = Signal()
    idle = Signal()
    """It has nothing to type in: the keyboard goes to the primary button."""
    grown = Signal()
    """Its content needs another height."""

    title = ""
    sentence = ""
    primary = ""

    def __init__(self, bridge: "Bridge", draft: Draft) -> None:
        super().__init__()
        self.bridge = bridge
        self.draft = draft

    def enter(self) -> None:
        """Shown now: fill from the draft, put the focus."""

    def ready(self) -> bool:
        """Whether the primary button may be pressed."""
        return True

    def go(self) -> None:
        """The primary button: keep what was entered; emit ``done`` now or later."""
        self.done.emit()

    def leave(self) -> bool:
        """Going back or closing: stop what is under way. False keeps the page."""
        return True
