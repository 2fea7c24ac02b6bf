"""Who one is at each operator, for the life of the open store: passwords, files, sessions, cards.

Passwords and passphrases are kept by ``store.key``; everything else lives here, in memory only, and is
forgotten when the store is closed. Getting in (with prompts) is :mod:`mssclient.engine.entering`.
"""

import contextlib
import hashlib
import threading
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from mssclient.access.credential import (
    CertificateCredential,
    Credential,
    PasswordCredential,
    TokenCredential,
)
from mssclient.access.pkcs12 import SoftwareIdentity
from mssclient.access.psc.problems import session_ended
from mssclient.engine import gettingin
from mssclient.engine.certificates import CertificateFiles
from mssclient.engine.tickets import Ticket
from mssclient.model.accounts import WITH_PIN, Account
from mssclient.model.errors import Refused
from mssclient.model.language import _
from mssclient.model.secrets import Secret

if TYPE_CHECKING:
    from mssclient.access.card.identity import CardIdentity
    from mssclient.access.card.thread import CardThread
    from mssclient.access.psc.session import PscSession
    from mssclient.access.psc.settings import PscSettings
    from mssclient.engine.desk import Desk

__all__ = ["HeldSession", "Identities", "card_locked", "subject_of"]


class HeldSession(NamedTuple):
    """A session of Pro Santé Connect and whose it is."""

    settings: "PscSettings"
    subject: str
    """As :func:`subject_of`."""
    session: "PscSession"


def subject_of(name: str) -> str:
    """What an account remembers of the provider's name for a person."""
    return hashlib.sha256(name.encode()).hexdigest()


def card_locked() -> Refused:
    return Refused(
        "card-locked",
        _("Le code de la carte n’a pas encore été saisi."),
        _("Insérez la carte CPS de cette boîte aux lettres, puis saisissez son code."),
    )


def _token_locked() -> Refused:
    return Refused(
        "card-locked",
        _("Le code du certificat n’a pas encore été saisi."),
        _("Branchez le support de ce certificat, puis saisissez son code."),
    )


class Identities:
    """Methods may be called from any thread."""

    def __init__(self, desk: "Desk") -> None:
        self._desk = desk
        self._guard = threading.RLock()
        self._entering = threading.Lock()
        self._opening = threading.Lock()
        self.certificate_files = CertificateFiles()
        self._files: dict[str, SoftwareIdentity] = {}
        """By address, case folded."""
        self._cards: dict[str, CardIdentity] = {}
        """Of unlocked cards, by the fingerprint of the certificate."""
        self._sessions: list[HeldSession] = []
        self._adding = 0
        self._closed = False

    @property
    def card_thread(self) -> "CardThread":
        """The one thread for cards of this engine."""
        return self._desk.engine.cards.thread

    # -- what is shown to an operator ------------------------------------------------------------------

    def credential(self, account: Account) -> Credential:
        """Raises WorldError password-missing, pkcs12-missing; Refused psc-session-ended, card-locked, and
        what opens a PKCS#12 file. The command line, which has no later moment, gets in first: see
        :func:`mssclient.engine.entering.enter`."""
        if not self._desk.engine.background and not self.is_in(account):
            from mssclient.engine import entering

            with self._entering:
                if not self.is_in(account):
                    account = entering.enter(self._desk, account, Ticket("", lambda _progress: None))
        login = account.login or account.address
        match account.auth:
            case "psc":
                session = self.session(account)
                if session is None:
                    raise session_ended()
                return TokenCredential(login, session)
            case "cps" | "pkcs11":
                card = self.card(account)
                if card is None:
                    raise card_locked() if account.auth == "cps" else _token_locked()
                return CertificateCredential(login, card)
            case "pkcs12":
                return CertificateCredential(login, self._file(account))
            case _:
                return PasswordCredential(login, self._desk.password(account.address))

    def is_in(self, account: Account) -> bool:
        """Whether :meth:`credential` has something to show, without asking anybody."""
        match account.auth:
            case "psc":
                return self.session(account) is not None
            case "cps" | "pkcs11":
                return self.card(account) is not None
            case _:
                return True

    # -- files -----------------------------------------------------------------------------------------

    def open_file(self, account: Account, passphrase: Secret) -> SoftwareIdentity:
        """Open it anew and hold it. Raises as :meth:`CertificateFiles.open`."""
        identity = self.certificate_files.open(Path(account.pkcs12), passphrase)
        with self._guard:
            if not self._closed:
                self._files[account.address.casefold()] = identity
        return identity

    def _file(self, account: Account) -> SoftwareIdentity:
        with self._opening:  # by whichever worker comes first
            with self._guard:
                known = self._files.get(account.address.casefold())
            return known or self.open_file(account, self._desk.password(account.address))

    # -- sessions --------------------------------------------------------------------------------------

    def session(self, account: Account) -> "PscSession | None":
        """The living session of the person of this account at its operator's provider."""
        settings = gettingin.psc.settings_of(self._desk, account)
        with self._guard:
            self._sessions = [each for each in self._sessions if each.session.alive]
            for each in self._sessions:
                if each.settings == settings and each.subject == account.psc_subject:
                    return each.session
        return None

    def session_of(self, settings: "PscSettings", national_id: str) -> HeldSession | None:
        """A living session of a person who is known by number, for another account of theirs."""
        with self._guard:
            for each in self._sessions:
                person = each.session.identity
                if each.settings == settings and person is not None and person.national_id == national_id:
                    return each
        return None

    def hold_session(self, held: HeldSession) -> None:
        """It takes the place of an earlier one of the same person."""
        with self._guard:
            if not self._closed:
                kept = [one for one in self._sessions if one[:2] != held[:2]]
                self._sessions = [*kept, held]

    # -- cards -----------------------------------------------------------------------------------------

    def card(self, account: Account) -> "CardIdentity | None":
        with self._guard:
            return self._cards.get(account.certificate)

    def hold_card(self, identity: "CardIdentity") -> None:
        """An unlocked card, for every account that was opened with this certificate."""
        with self._guard:
            old = self._cards.pop(identity.certificate.fingerprint, None)
            refused = self._closed
            if not refused:
                self._cards[identity.certificate.fingerprint] = identity
        if old is not None and old.token is not identity.token:
            old.token.close(reset=False)
        if refused:
            identity.token.close(reset=True)

    def held_cards(self) -> "tuple[CardIdentity, ...]":
        with self._guard:
            return tuple(self._cards.values())

    def drop_cards(self, reader: str | None = None, *, reset: bool = True) -> tuple[str, ...]:
        """Forget the cards of ``reader``, or all. Returns the fingerprints of what they were opened with.

        ``reset``: a card that is still there forgets its PIN. Waits for the card thread.
        """
        with self._guard:
            gone = {name: each for name, each in self._cards.items() if reader in (None, each.token.reader)}
            for name in gone:
                del self._cards[name]
        for token in {each.token for each in gone.values()}:
            token.close(reset=reset)
        return tuple(gone)

    def drop_card_of(self, account: Account) -> None:
        """Before it is opened again; its PIN is not forgotten."""
        with self._guard:
            known = self._cards.pop(account.certificate, None)
            busy = known is not None and any(each.token is known.token for each in self._cards.values())
        if known is not None and not busy:
            known.token.close(reset=False)

    # -- the end ---------------------------------------------------------------------------------------

    def give_up_sessions(self) -> "tuple[PscSession, ...]":
        """For whoever says farewell to their provider; here they are forgotten. Cards and files go with a
        lock, as everything does."""
        with self._guard:
            sessions, self._sessions = self._sessions, []
        return tuple(each.session for each in sessions)

    @contextlib.contextmanager
    def adding(self) -> Generator[None]:
        """While an account is added: what it brought is forgotten at the end, unless it was kept."""
        with self._guard:
            self._adding += 1
        try:
            yield
        finally:
            with self._guard:
                self._adding -= 1
            self.forget_strangers()

    def forget_strangers(self) -> None:
        """Forget what belongs to no account: of one that was not added, or has been removed.

        Blocks a few seconds at most, for the provider. Nothing happens while an account is being added.
        """
        accounts = [] if self._desk.closing.is_set() else self._desk.accounts()
        with self._guard:
            if self._adding or self._closed:
                return
            addresses = {each.address.casefold() for each in accounts}
            self._files = {name: each for name, each in self._files.items() if name in addresses}
            used = {each.certificate for each in accounts if each.auth in WITH_PIN}
            cards = [self._cards.pop(name) for name in set(self._cards) - used]
            people = {each.psc_subject for each in accounts if each.auth == "psc"}
            strangers = [each for each in self._sessions if each.subject not in people]
            self._sessions = [each for each in self._sessions if each.subject in people]
            busy = {each.token for each in self._cards.values()}
        for token in {each.token for each in cards} - busy:
            token.close(reset=True)
        for each in strangers:
            each.session.end()

    def close(self) -> None:
        """Nothing is left in memory, and cards forget their PIN. No network."""
        with self._guard:
            self._closed = True
            for each in self._sessions:
                each.session.forget()  # whoever waits for its token goes at once
            self._sessions.clear()
            self._files.clear()
        self.certificate_files.close()
        self.drop_cards()
