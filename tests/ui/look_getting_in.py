"""Pictures of every screen of getting in: ``python -m tests.ui.look_getting_in FOLDER [light dark …]``.

Each dialog is also measured: what does not fit on a screen of 1366 × 768 at 150 % is named on the output.
"""

import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QObject, QPoint, QUrl, Signal, Slot
from PySide6.QtGui import QDesktopServices
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from mssclient.engine.client import Listener, Profile
from mssclient.model.accounts import Account, AccountState, Endpoint
from mssclient.model.cards import CardCertificate
from mssclient.model.changes import Changed
from mssclient.model.diagnosis import Check, Requirement
from mssclient.model.errors import Problem
from mssclient.model.ids import AccountId, PromptId
from mssclient.model.operators import Bal, Discovery, DiscoveryStep, OperatorView, Proposal
from mssclient.model.passwords import PasswordRules
from mssclient.model.prompts import Prompt
from mssclient.model.questions import (
    BalsAnswer,
    CardsAnswer,
    Diagnose,
    Diagnosis,
    Discover,
    DiscoveryAnswer,
    Done,
    OperatorsAnswer,
    PasswordHow,
    ReadBals,
    ReadCards,
    ReadOperators,
    ReadPasswordRules,
)
from mssclient.store.persons import Person, bound_card, keep_person
from tests.ui.look import wait
from tests.ui.practice import StoreDoor
from ui.accounts import PasswordDialog
from ui.accounts.assistant import AccountAssistant
from ui.accounts.pin import PinDialog
from ui.accounts.waiting import WaitingDialog
from ui.bridge import Bridge
from ui.kit import Dialog
from ui.main.people import NameDialog
from ui.main.prompting import make_dialog
from ui.main.window import MainWindow
from ui.start import make_application
from ui.theme import appearance

ADDRESS = "camille.aubry@medecin.mssante.fr"
IMAP = Endpoint(host="imap.esante-pdl.example", port=993)
SMTP = Endpoint(host="smtp.esante-pdl.example", port=465)
EVERY = ("password", "cps", "psc", "pkcs12")
PROPOSAL = Proposal(imap=IMAP, smtp=SMTP, login=ADDRESS, authentications=EVERY)
OPERATOR = OperatorView(
    id="pays-de-la-loire",
    name="MSSanté Pays de la Loire",
    terms="https://operateur.example/conditions",
    change_at_first_login=True,
    phone="02 40 69 10 79",
    mail="assistance@operateur.example",
    help="https://operateur.example/aide",
)
ACCOUNT = Account(id=AccountId(7), address=ADDRESS, name="Dr Camille AUBRY", imap=IMAP, smtp=SMTP)
CARD = CardCertificate(
    fingerprint="a" * 64, surname="AUBRY", given_name="Camille", profession="Médecin", usage="authentication"
)
OTHER = CardCertificate(fingerprint="b" * 64, surname="MARTIN", given_name="Lou", usage="authentication")
STEPS = (
    DiscoveryStep(
        kind="srv", what="_imaps._tcp.medecin.mssante.fr", state="nothing", sentence="Aucune réponse."
    ),
    DiscoveryStep(
        kind="page",
        what="https://autoconfig.medecin.mssante.fr/mail/config-v1.1.xml",
        state="failed",
        sentence="La page n’a pas répondu à temps.",
    ),
    DiscoveryStep(
        kind="profile",
        what="MSSanté Pays de la Loire",
        state="found",
        sentence="Serveurs connus du programme.",
    ),
)
REFUSAL = Problem(
    code="login-refused",
    sentence="L’opérateur a refusé l’identifiant ou le mot de passe.",
    remedy="Vérifiez-les et réessayez\u202f; après plusieurs refus, l’opérateur peut bloquer le compte.",
)
MUST_CHANGE = Problem(
    code="password-must-change",
    sentence="L’opérateur demande de changer le mot de passe avant d’aller plus loin.",
    remedy="Choisissez-en un nouveau.",
)
NO_READER = Problem(
    code="card-no-reader",
    sentence="Aucun lecteur de carte n’est branché.",
    remedy="Branchez-le, puis réessayez.",
)
BALS = (
    Bal(account=AccountId(7), address=ADDRESS, name="Dr Camille AUBRY", unread=3),
    Bal(
        account=AccountId(7),
        address="secretariat@cabinet-tilleuls.mssante.fr",
        name="Cabinet des Tilleuls",
        kind="organisational",
        unread=12,
    ),
    Bal(
        account=AccountId(7),
        address="pneumologie@ch-vallee.mssante.fr",
        kind="shared",
        root="Partages/pneumo",
        rights="lr",
    ),
)
RULES = PasswordRules(min_length=10, digits=2, upper=1, lower=1, punctuation=1, history=3)


class Browser(QObject):
    @Slot(QUrl)
    def open(self, url: QUrl) -> None:
        """It stays closed here."""


BROWSER = Browser()


class Answers(QObject):
    """A bridge whose answers are these attributes; they come when :meth:`settle` is called."""

    progress = Signal(object)
    changed = Signal(object)
    locked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.view = None
        self.discovery: Discovery | None = Discovery(steps=STEPS, proposal=PROPOSAL, guess=PROPOSAL)
        self.cards: object = CardsAnswer()
        self.bals: tuple[Bal, ...] = BALS
        self.how: object = PasswordHow(here=True, rules=RULES, page="https://operateur.example/mdp")
        self.outcome: object = Done(account=ACCOUNT)
        self._later: list[tuple[Callable[[object], object], object]] = []

    def ask(self, question: object, on_answer: Callable[[object], object], *, owner: object) -> str:
        answer: object = None
        match question:
            case ReadOperators():
                answer = OperatorsAnswer(operators=(OPERATOR,))
            case Discover() if self.discovery is not None:
                answer = DiscoveryAnswer(discovery=self.discovery, operator=OPERATOR)
            case ReadCards():
                answer = self.cards
            case ReadBals():
                answer = BalsAnswer(bals=self.bals)
            case ReadPasswordRules():
                answer = self.how
        if answer is not None:
            self._later.append((on_answer, answer))
        return "question"

    def post(self, want: object, on_end: Any = None, *, owner: object = None) -> str:
        if on_end is not None:
            self._later.append((on_end, self.outcome))
        return "want"

    def cancel(self, id: str) -> None:
        self._later.clear()

    def settle(self) -> None:
        while self._later:
            then, value = self._later.pop(0)
            then(value)


class Book:
    """Where pictures go, under the name of a screen and of the theme."""

    def __init__(self, folder: Path, room: tuple[int, int] = (911, 470)) -> None:
        """``room``: width and height in which every dialog must fit."""
        self.folder = folder
        self.theme = "light"
        self.scale = ""
        self._room = room

    def keep(self, name: str, widget: QWidget) -> None:
        wait(60)
        widget.grab().save(str(self.folder / f"{name}_{self.theme}{self.scale}.png"))
        if isinstance(widget, Dialog):
            size = widget.size()
            if size.width() > self._room[0] or size.height() > self._room[1]:
                print(f"{name}: {size.width()} × {size.height()} is more than {self._room}")

    def dialog(self, name: str, dialog: Dialog, tabs: int = 0) -> None:
        """Show, move the keyboard on by Tab, keep, close."""
        if not dialog.isVisible():
            dialog.show()
        wait(30)
        for _each in range(tabs):
            QTest.keyClick(dialog.focusWidget() or dialog, "\t")
        self.keep(name, dialog)
        dialog.close()
        dialog.deleteLater()


# The assistant


def assistant(bridge: Answers, page: int) -> Any:
    """At this page, with the answers of now."""
    dialog: Any = AccountAssistant(bridge, None)  # type: ignore[arg-type]
    dialog.show()
    bridge.settle()
    for at in range(page):
        if at == 0:
            dialog.page.address.setText(ADDRESS)
        if at == 2:
            dialog.page.password.setText("invente")
        dialog.primary_button.click()
        bridge.settle()
    return dialog


def look_at_servers(book: Book) -> None:
    bridge = Answers()
    book.dialog("assistant-1-adresse", assistant(bridge, 0))
    bridge.discovery = None
    book.dialog("assistant-2-recherche", assistant(bridge, 1))
    bridge.discovery = Discovery(steps=STEPS, proposal=PROPOSAL, guess=PROPOSAL)
    dialog = assistant(bridge, 1)
    dialog.page.details_button.setChecked(True)
    book.dialog("assistant-2-details", dialog, tabs=1)
    outside = Proposal(imap=IMAP, smtp=SMTP, outside=("imap.esante-pdl.example", "smtp.esante-pdl.example"))
    bridge.discovery = Discovery(steps=STEPS, proposal=outside)
    book.dialog("assistant-2-ailleurs", assistant(bridge, 1))
    bridge.discovery = Discovery(steps=STEPS, guess=PROPOSAL)
    book.dialog("assistant-2-a-la-main", assistant(bridge, 1))


def look_at_logins(book: Book) -> None:
    bridge = Answers()
    for number, auth in enumerate(EVERY):
        dialog = assistant(bridge, 2)
        dialog.page._choices[auth].click()
        book.dialog(f"assistant-3-{auth}", dialog, tabs=6 if number == 0 else 0)
    dialog = assistant(bridge, 2)
    dialog.page._choices["psc"].click()
    dialog.page.way.setCurrentIndex(1)
    dialog.page.names.kind.setCurrentIndex(1)
    book.dialog("assistant-3-psc-navigateur", dialog)
    for name, answer in (
        ("carte", CardsAnswer(certificates={"Bureau 1": (CARD, OTHER)})),
        ("sans-lecteur", CardsAnswer(problem=NO_READER)),
    ):
        bridge.cards = answer
        dialog = assistant(bridge, 2)
        dialog.page._choices["cps"].click()
        book.dialog(f"assistant-3-{name}", dialog)
    for name, problem in (("refus", REFUSAL), ("a-changer", MUST_CHANGE)):
        bridge.outcome = problem
        book.dialog(f"assistant-3-{name}", assistant(bridge, 3))


def look_at_setup(book: Book) -> None:
    bridge = Answers()
    book.dialog("assistant-4-boites", assistant(bridge, 3), tabs=1)
    for number, done in enumerate(("", "identity", "terms", "password", "notification", "hprim")):
        before = ("identity", "terms", "password", "notification", "hprim")[:number]
        dialog: Any = AccountAssistant(bridge, None, ACCOUNT, before)  # type: ignore[arg-type]
        dialog.draft.operator = OPERATOR
        dialog.page.enter()
        dialog.show()
        bridge.settle()
        book.dialog(f"assistant-5-apres-{done or 'rien'}", dialog)


# What the engine asks


def prompt(kind: str, **more: Any) -> Prompt:
    return Prompt(id=PromptId("p"), kind=kind, **more)


def look_at_prompts(book: Book) -> None:
    holder = "AUBRY Camille · Médecin"
    for name, more in (
        ("pin", {"tries_left": 3}),
        ("pin-faux", {"tries_left": 2, "problem": "Ce code n’est pas celui de la carte."}),
        ("pin-dernier", {"tries_left": 1, "problem": "Ce code n’est pas celui de la carte."}),
        ("pin-bloquee", {"tries_left": 0, "problem": "La carte est bloquée."}),
    ):
        pin = PinDialog(None, prompt("pin", holder=holder, length=(4, 4), **more))
        pin.entry.setText("12" if name == "pin" else "")
        book.dialog(name, pin)
    pin = PinDialog(None, prompt("pin", holder=holder, tries_left=1, length=(4, 8)))
    pin.show()
    pin.keypad_button.setChecked(True)
    book.dialog("pin-clavier", pin, tabs=1)
    accept = "Ouvrez l’application e-CPS et acceptez la demande qui porte ce nombre."
    book.dialog("attente-telephone", WaitingDialog(None, prompt("phone", sentence=accept, digits="42")))
    opens = "La page de Pro Santé Connect s’ouvre dans votre navigateur."
    for name, works in (("attente-navigateur", True), ("attente-navigateur-ferme", False)):
        waiting: Any = WaitingDialog(None, prompt("browser", sentence=opens, url="https://psc.example/"))
        QDesktopServices.setUrlHandler("https", BROWSER, "open")
        waiting.show()
        waiting.begin()
        if not works:
            waiting.quiet.timeout.emit()
        book.dialog(name, waiting, tabs=1)
    choices = ("AUBRY Camille · Médecin", "Cabinet des Tilleuls · personne morale")
    more = {"sentence": "Cette carte porte plusieurs certificats.", "choices": choices}
    book.dialog("certificat", make_dialog(None, prompt("certificate", **more)))
    secret: Any = make_dialog(None, prompt("passphrase-new", sentence="Elle protège vos messages."))
    secret._entries[0].setText("trop court")
    secret._entries[1].setText("autre")
    book.dialog("phrase", secret)
    words = "Saisissez le mot de passe de cette boîte aux lettres."
    book.dialog("mot-de-passe", make_dialog(None, prompt("password", sentence=words)))


def look_at_passwords(book: Book) -> None:
    bridge = Answers()

    def opened(why: Problem | None = None) -> Any:
        dialog: Any = PasswordDialog(bridge, None, ACCOUNT, why)  # type: ignore[arg-type]
        dialog.show()
        bridge.settle()
        return dialog

    def typed(dialog: Any, *texts: str) -> Any:
        for entry, text in zip((dialog.current, dialog.new, dialog.again), texts, strict=False):
            entry.setText(text)
        return dialog

    book.dialog("changer", opened())
    book.dialog("changer-impose", opened(MUST_CHANGE))
    book.dialog("changer-saisie", typed(opened(), "invente", "Glycine-bleue", "Glycine-bleu"), tabs=3)
    dialog = typed(opened(), "invente", "Glycine-bleue-1987", "Glycine-bleue-1987")
    dialog.primary_button.click()
    book.keep("changer-en-cours", dialog)
    bridge.outcome = REFUSAL
    bridge._later = [(then, REFUSAL) for then, _value in bridge._later]
    bridge.settle()
    book.dialog("changer-refus", dialog)
    bridge.how = PasswordHow(here=False, page="https://operateur.example/mdp")
    book.dialog("changer-ailleurs", opened())


# The window


class Door(StoreDoor):
    """Readers hold what ``holding`` says; the diagnosis is an invented one."""

    holding: tuple[CardCertificate, ...] = ()

    def ask(self, question: Any) -> Any:
        answer: object = None
        if isinstance(question, ReadCards):
            answer = CardsAnswer(certificates={"Bureau 1": self.holding})
        elif isinstance(question, Diagnose):
            answer = diagnosis()
        if answer is None:
            return super().ask(question)
        self.listener.answered("asked", answer)
        return "asked"


def diagnosis() -> Diagnosis:
    account = AccountId(1)
    checks = (
        Check(area="network", check="route", state="ok", sentence="Cet ordinateur est relié à un réseau."),
        Check(
            area="clock", check="clock", state="warn", sentence="L’horloge avance de 3 minutes.", remedy="…"
        ),
        Check(
            area="card", check="reader", state="fail", sentence=NO_READER.sentence, remedy=NO_READER.remedy
        ),
        Check(area="hprim", check="directory", state="skip", sentence="Aucun dossier n’est choisi."),
        Check(
            area="tls",
            check="imap-chain",
            state="fail",
            sentence="Le certificat de imap.esante-pdl.example a expiré le 12/11/2026.",
            remedy="Prévenez l’opérateur\u202f; rien n’est envoyé d’ici là.",
            account=account,
        ),
        Check(area="login", check="login", state="ok", sentence="Connexion acceptée.", account=account),
    )
    requirements = (
        Requirement(id="ECO.1.1.1", title="TLS 1.2", state="done", sentence="Refusé en dessous."),
        Requirement(id="ECO.1.1.6", title="Révocation", state="partly", sentence="Vérifiée par CRL ou OCSP."),
        Requirement(id="ECO.2.1.1", title="IHE_XDM", state="not-yet", sentence="Pas produite."),
    )
    return Diagnosis(checks=checks, requirements=requirements, support=(OPERATOR,), text="Diagnostic\n")


def look_at_window(book: Book, folder: Path) -> None:
    doors: list[Door] = []

    def make(listener: Listener) -> Door:
        doors.append(Door(folder, listener))
        return doors[0]

    profile = Profile(folder)
    keep_person(profile, Person(name="Dr Camille Aubry", cards=(bound_card(CARD.fingerprint),)))
    bridge = Bridge(make)
    doors[0].fill()
    window = MainWindow(bridge, profile)
    window.session.people.start = lambda _folder: True
    window.resize(1366, 768)
    window.show()
    bridge.start()
    wait(150)
    for theme in THEMES:
        appearance().choose(theme=theme)
        book.theme = theme
        for width, height in ((1366, 768), (1024, 700)):
            window.resize(width, height)
            _look_at_window_now(book, window, doors[0], f"-{width}")
    window.close()
    bridge.close()


def _look_at_window_now(book: Book, window: MainWindow, door: Door, mark: str) -> None:
    window.show_place("settings")
    book.keep(f"reglages{mark}", window)
    window.settings.findChildren(QWidget)
    area: Any = window.settings._pages.widget(0)
    area.verticalScrollBar().setValue(area.verticalScrollBar().maximum())
    book.keep(f"reglages-bas{mark}", window)
    area.verticalScrollBar().setValue(0)
    window.settings.show_diagnosis()
    wait(50)
    page = window.settings.diagnosis
    for number, name in ((0, "a-regarder"), (1, "tout"), (2, "exigences")):
        page._which.choose(number)
        book.keep(f"diagnostic-{name}{mark}", window)
    window.settings.reload()
    window.show_place("mail")
    state = AccountState(account=AccountId(1), state="login-required", problem=MUST_CHANGE)
    door.listener.changed(Changed(states=(state,)))
    book.keep(f"courrier-a-changer{mark}", window)
    menu = window.session.make_menu()
    menu.popup(window.mapToGlobal(QPoint(300, 100)))
    book.keep(f"menu{mark}", menu)
    menu.close()
    _look_at_lock(book, window, door, mark)


def _look_at_lock(book: Book, window: MainWindow, door: Door, mark: str) -> None:
    page = window.lock_page
    door.holding = ()
    window.lock()
    wait(50)
    book.keep(f"verrou-carte{mark}", window)
    door.holding = (OTHER,)
    door.listener.changed(Changed(aspects=("cards",)))
    book.keep(f"verrou-autre-carte{mark}", window)
    page.show_problem(NO_READER)
    book.keep(f"verrou-probleme{mark}", window)
    page.show_problem(Problem(code="keyring", sentence="Le trousseau est fermé.", remedy="Ouvrez-le."))
    book.keep(f"verrou-echec{mark}", window)
    page.how = "psc"
    page.show_locked(2)
    book.keep(f"verrou-psc{mark}", window)
    page.how = ""
    page.show_starting()
    book.keep(f"verrou-ouverture{mark}", window)
    window.unlock()
    wait(100)


def look_at_small_dialogs(book: Book) -> None:
    book.dialog("personne", NameDialog(None))


THEMES = ("light", "dark")


def main() -> None:
    global THEMES
    make_application()
    out = Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    THEMES = tuple(sys.argv[2:]) or THEMES
    book = Book(out)
    for theme in THEMES:
        appearance().choose(theme=theme)
        book.theme = theme
        for look in (
            look_at_servers,
            look_at_logins,
            look_at_setup,
            look_at_prompts,
            look_at_passwords,
            look_at_small_dialogs,
        ):
            look(book)
    with tempfile.TemporaryDirectory() as folder:
        look_at_window(book, Path(folder))


if __name__ == "__main__":
    main()
    sys.stdout.flush()
    os._exit(0)
