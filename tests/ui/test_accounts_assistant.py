"""The assistant, page by page, against a bridge that answers what a test says."""

import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QAbstractButton, QLabel, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from mssclient.model.accounts import Account, Endpoint
from mssclient.model.cards import CardCertificate, CardState, ModuleCertificate
from mssclient.model.changes import Changed
from mssclient.model.errors import Problem
from mssclient.model.ids import AccountId
from mssclient.model.operators import Bal, Discovery, DiscoveryStep, OperatorView, Proposal
from mssclient.model.questions import (
    BalsAnswer,
    CardsAnswer,
    CertificatesAnswer,
    Discover,
    DiscoveryAnswer,
    Done,
    NotificationAnswer,
    OperatorsAnswer,
    ReadBals,
    ReadCards,
    ReadCertificates,
    ReadNotification,
    ReadOperators,
)
from mssclient.model.wants import AddAccount, SetNotification, SetSetting
from tests.planted import seed_secret
from ui.accounts.assistant import AccountAssistant, unfinished
from ui.accounts.assistant.activation import ActivationPage, steps_for
from ui.accounts.assistant.bals import BalRow
from ui.accounts.assistant.credential import display_name, likely_name

PASSWORD = seed_secret("Glycine-bleue-1987")
NEW = seed_secret("Pivoine-rouge-2024")
ADDRESS = "camille.aubry@cabinet.mssante.fr"
IMAP = Endpoint(host="imap.cabinet.mssante.fr", port=993)
SMTP = Endpoint(host="smtp.cabinet.mssante.fr", port=465)
PROPOSAL = Proposal(imap=IMAP, smtp=SMTP, login=ADDRESS, authentications=("password", "psc"))
STEPS = (
    DiscoveryStep(kind="srv", what="_imaps._tcp.cabinet.mssante.fr", state="found", sentence="Trouvé."),
    DiscoveryStep(kind="page", what="https://autoconfig.x/", state="failed", sentence="Rien."),
)
OPERATOR = OperatorView(id="essai", name="Opérateur d’essai")
ACCOUNT = Account(id=AccountId(7), address=ADDRESS, name="Dr Camille AUBRY", imap=IMAP, smtp=SMTP)
CARD = CardCertificate(
    fingerprint="ab", surname="AUBRY", given_name="Camille", profession="Médecin", usage="authentication"
)


class Bridge(QObject):
    progress = Signal(object)
    changed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.discovery = DiscoveryAnswer(
            discovery=Discovery(steps=STEPS, proposal=PROPOSAL, guess=PROPOSAL), operator=OPERATOR
        )
        self.cards = CardsAnswer()
        self.certificates = CertificatesAnswer()
        self.bals: tuple[Bal, ...] = ()
        self.outcome: object = Done(account=ACCOUNT)
        self.asked: list[Any] = []
        self.posted: list[Any] = []
        self.cancelled: list[str] = []
        self._later: list[tuple[Callable[[object], object], object]] = []
        self.view: Any = None
        self.notification = NotificationAnswer()
        self.holding = False
        """The question about the servers is left open."""

    def ask(self, question: object, on_answer: Callable[[object], object], *, owner: object) -> str:
        self.asked.append(question)
        answer: object = None
        match question:
            case ReadOperators():
                answer = OperatorsAnswer(operators=(OPERATOR,))
            case Discover():
                answer = None if self.holding else self.discovery
            case ReadCards():
                answer = self.cards
            case ReadCertificates():
                answer = self.certificates
            case ReadNotification():
                answer = self.notification
            case ReadBals():
                answer = BalsAnswer(bals=self.bals)
        if answer is not None:
            self._later.append((on_answer, answer))
        return f"q{len(self.asked)}"

    def post(self, want: object, on_end: Any = None, *, owner: object = None) -> str:
        self.posted.append(want)
        if on_end is not None:
            self._later.append((on_end, self.outcome))
        return f"w{len(self.posted)}"

    def settle(self) -> None:
        """Answers come later, never from inside the call, as the real bridge's do."""
        while self._later:
            then, value = self._later.pop(0)
            then(value)

    def cancel(self, id: str) -> None:
        self.cancelled.append(id)


@pytest.fixture
def bridge(qtbot: QtBot) -> Bridge:
    return Bridge()


def started(qtbot: QtBot, bridge: Bridge) -> Any:
    dialog = AccountAssistant(bridge, None)  # type: ignore[arg-type]
    qtbot.addWidget(dialog)
    dialog.show()
    bridge.settle()
    return dialog


def at_servers(qtbot: QtBot, bridge: Bridge) -> Any:
    dialog = started(qtbot, bridge)
    dialog.pages[0].address.setText(ADDRESS)
    dialog.primary_button.click()
    bridge.settle()
    return dialog


def at_login(qtbot: QtBot, bridge: Bridge) -> Any:
    dialog = at_servers(qtbot, bridge)
    dialog.primary_button.click()
    bridge.settle()
    assert dialog.at == 2
    return dialog


@pytest.mark.parametrize(
    ("address", "ready"),
    [("", False), ("camille", False), ("a@b", False), ("a b@c.fr", False), (ADDRESS, True)],
)
def test_only_a_whole_address_goes_on(qtbot: QtBot, bridge: Bridge, address: str, ready: bool) -> None:
    dialog = started(qtbot, bridge)
    dialog.pages[0].address.setText(address)
    assert dialog.primary_button.isEnabled() == ready


def test_from_the_address_to_the_bal(qtbot: QtBot, bridge: Bridge) -> None:
    dialog = at_login(qtbot, bridge)
    page = dialog.page
    page.names.title.setCurrentText("Dr")
    page.names.given.setText("Camille")
    page.names.family.setText("Aubry")
    assert page.login.text() == ADDRESS
    assert not dialog.primary_button.isEnabled()
    page.password.setText(PASSWORD)
    dialog.primary_button.click()
    bridge.settle()
    want = bridge.posted[0]
    assert isinstance(want, AddAccount)
    assert (want.address, want.auth, want.imap, want.smtp) == (ADDRESS, "password", IMAP, SMTP)
    assert (want.name, want.secret.value) == ("Dr Camille AUBRY", PASSWORD)
    assert page.password.text() == ""
    assert isinstance(dialog.page, ActivationPage)  # a single BAL opens directly


def test_the_name_in_an_address_is_proposed_and_one_is_needed(qtbot: QtBot, bridge: Bridge) -> None:
    """ECO.2.2.7: correspondents see a name."""
    dialog = at_login(qtbot, bridge)
    page = dialog.page
    assert (page.names.given.text(), page.names.family.text()) == likely_name(ADDRESS)
    page.password.setText(PASSWORD)
    assert dialog.primary_button.isEnabled()
    page.names.family.setText(" ")
    assert not dialog.primary_button.isEnabled()
    page.names.kind.setCurrentIndex(1)
    assert not dialog.primary_button.isEnabled()
    page.names.structure.setText("Cabinet des Tilleuls")
    assert dialog.primary_button.isEnabled()


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("anne-lise.le-guen@medecin.mssante.fr", ("Anne-Lise", "LE-GUEN")),
        ("héloïse.noël@medecin.mssante.fr", ("Héloïse", "NOËL")),
        ("secretariat@cabinet.mssante.fr", ("", "")),
        ("camille.aubry2@medecin.mssante.fr", ("", "")),
        ("a.b.c@medecin.mssante.fr", ("", "")),
        ("", ("", "")),
    ],
)
def test_names_in_addresses(address: str, name: tuple[str, str]) -> None:
    assert likely_name(address) == name


def test_an_identity_says_a_name_better_than_an_address(qtbot: QtBot, bridge: Bridge) -> None:
    card = msgspec.structs.replace(CARD, surname="AUBRY-MOREL")
    bridge.cards = CardsAnswer(certificates={"Lecteur": (card,)})
    dialog = at_login(qtbot, bridge)
    assert dialog.page.names.family.text() == "AUBRY-MOREL"
    bridge.cards = CardsAnswer()
    dialog = at_login(qtbot, bridge)
    dialog.page._choices["psc"].setChecked(True)
    dialog.page.way.setCurrentIndex(1)
    dialog.primary_button.click()
    bridge.settle()
    assert bridge.posted[0].name == "", "the identity has it"


def test_every_step_is_under_details(qtbot: QtBot, bridge: Bridge) -> None:
    dialog = at_servers(qtbot, bridge)
    assert not dialog.page.details.isVisible()
    dialog.page.details_button.click()
    names = [child.accessibleName() for child in dialog.page.details.findChildren(QWidget)]
    assert "_imaps._tcp.cabinet.mssante.fr\u00a0: Trouvé." in names


def test_a_host_outside_must_be_accepted(qtbot: QtBot, bridge: Bridge) -> None:
    elsewhere = Proposal(
        imap=Endpoint(host="imap.ailleurs.fr", port=993), smtp=SMTP, outside=("imap.ailleurs.fr",)
    )
    bridge.discovery = DiscoveryAnswer(discovery=Discovery(steps=STEPS, proposal=elsewhere))
    dialog = at_servers(qtbot, bridge)
    assert not dialog.primary_button.isEnabled()
    assert "imap.ailleurs.fr" in dialog.page.said.text
    dialog.page.accept.setChecked(True)
    dialog.primary_button.click()
    bridge.settle()
    assert dialog.draft.confirmed_hosts == ("imap.ailleurs.fr",)


def test_why_nothing_was_found_is_said_with_whom_to_call_and_tried_again(
    qtbot: QtBot, bridge: Bridge
) -> None:
    found = bridge.discovery
    bridge.discovery = DiscoveryAnswer(
        discovery=Discovery(
            guess=PROPOSAL, problem=Problem(code="no-network", sentence="Pas de réseau.", remedy="Branchez.")
        ),
        operator=msgspec.structs.replace(OPERATOR, phone="02 40 00 00 00"),
    )
    dialog = at_servers(qtbot, bridge)
    said = dialog.page.said
    assert said.text.startswith("Pas de réseau. Branchez.")
    assert said.text.endswith("Assistance de Opérateur d’essai\u00a0: 02\u00a040\u00a000\u00a000\u00a000.")
    bridge.discovery = found
    (again,) = [each for each in said.findChildren(QAbstractButton) if each.isVisible()]
    again.click()
    bridge.settle()
    assert not dialog.page.form.isVisible()
    assert dialog.primary_button.isEnabled()


def test_the_remark_of_an_operator_is_read(qtbot: QtBot, bridge: Bridge) -> None:
    operator = msgspec.structs.replace(OPERATOR, remark="Le code arrive par courrier.")
    bridge.discovery = msgspec.structs.replace(bridge.discovery, operator=operator)
    dialog = at_servers(qtbot, bridge)
    assert any(each.text() == operator.remark for each in dialog.page.findChildren(QLabel))


def test_nothing_found_leads_to_the_form(qtbot: QtBot, bridge: Bridge) -> None:
    bridge.discovery = DiscoveryAnswer(discovery=Discovery(steps=STEPS, guess=PROPOSAL))
    dialog = at_servers(qtbot, bridge)
    assert dialog.page.form.isVisible()
    assert dialog.page.imap.host.text() == IMAP.host
    dialog.page.imap.host.setText("")
    assert not dialog.primary_button.isEnabled()
    dialog.page.imap.host.setText("imap.donne.fr")
    dialog.primary_button.click()
    bridge.settle()
    assert dialog.draft.imap.host == "imap.donne.fr"


def test_going_back_stops_the_search(qtbot: QtBot, bridge: Bridge) -> None:
    bridge.holding = True
    dialog = at_servers(qtbot, bridge)
    assert not dialog.primary_button.isEnabled()
    dialog.back_button.click()
    assert dialog.at == 0
    assert len(bridge.cancelled) == 1


def test_a_refusal_is_said_in_place(qtbot: QtBot, bridge: Bridge) -> None:
    bridge.outcome = Problem(code="login-refused", sentence="Refusé.", remedy="Vérifiez.")
    dialog = at_login(qtbot, bridge)
    dialog.page.password.setText(PASSWORD)
    dialog.primary_button.click()
    bridge.settle()
    assert dialog.page.said.text == "Refusé. Vérifiez."
    assert dialog.primary_button.isEnabled()


def test_a_password_that_must_be_changed_is_changed_on_the_way_in(qtbot: QtBot, bridge: Bridge) -> None:
    bridge.outcome = Problem(code="password-must-change", sentence="À changer.", remedy="Choisissez.")
    dialog = at_login(qtbot, bridge)
    page = dialog.page
    assert not page.new.isVisible()
    page.password.setText(PASSWORD)
    dialog.primary_button.click()
    bridge.settle()
    assert page.new.isVisible()
    assert page.said.text == "À changer. Choisissez."
    assert not dialog.primary_button.isEnabled()
    page.new.setText(NEW)
    page.again.setText(NEW[:-1])
    assert not dialog.primary_button.isEnabled()
    page.again.setText(NEW)
    bridge.outcome = Done(account=ACCOUNT)
    dialog.primary_button.click()
    bridge.settle()
    assert [each.new_secret.value for each in bridge.posted[:2]] == ["", NEW]
    assert page.new.text() + page.again.text() == ""
    assert isinstance(dialog.page, ActivationPage)


def test_a_change_that_went_no_further_goes_on_with_the_new_password(qtbot: QtBot, bridge: Bridge) -> None:
    bridge.outcome = Problem(code="password-must-change", sentence="À changer.", remedy="Choisissez.")
    dialog = at_login(qtbot, bridge)
    page = dialog.page
    page.password.setText(PASSWORD)
    dialog.primary_button.click()
    bridge.settle()
    page.new.setText(NEW)
    page.again.setText(NEW)
    bridge.outcome = Problem(code="password-changed-only", sentence="Changé.", remedy="Recommencez.")
    dialog.primary_button.click()
    bridge.settle()
    assert not page.new.isVisible()
    assert page.password.text() == NEW
    bridge.outcome = Done(account=ACCOUNT)
    dialog.primary_button.click()
    bridge.settle()
    last = [want for want in bridge.posted if isinstance(want, AddAccount)][-1]
    assert (last.secret.value, last.new_secret.value) == (NEW, "")
    assert dialog.draft.password_changed


def test_only_what_the_operator_offers(qtbot: QtBot, bridge: Bridge) -> None:
    page = at_login(qtbot, bridge).page
    shown = [auth for auth, choice in page._choices.items() if not choice.isHidden()]
    assert shown == ["password", "psc"]


def test_by_card(qtbot: QtBot, bridge: Bridge) -> None:
    offered = Proposal(imap=IMAP, smtp=SMTP, authentications=("cps",))
    bridge.discovery = DiscoveryAnswer(discovery=Discovery(proposal=offered))
    bridge.cards = CardsAnswer(
        problem=Problem(code="card-absent", sentence="Pas de carte.", remedy="Insérez-la.")
    )
    dialog = at_login(qtbot, bridge)
    assert not dialog.primary_button.isEnabled()
    assert dialog.page.card_words.text() == "Pas de carte. Insérez-la."
    bridge.cards = CardsAnswer(
        cards=(CardState(reader="Bureau", present=True),), certificates={"Bureau": (CARD,)}
    )
    bridge.changed.emit(Changed(aspects=("cards",)))
    bridge.settle()
    assert "AUBRY Camille · Médecin" in dialog.page.card_words.text()
    dialog.primary_button.click()
    bridge.settle()
    assert (bridge.posted[0].auth, bridge.posted[0].certificate) == ("cps", "ab")


def test_by_telephone(qtbot: QtBot, bridge: Bridge) -> None:
    dialog = at_login(qtbot, bridge)
    dialog.page._choices["psc"].setChecked(True)
    assert not dialog.primary_button.isEnabled()
    dialog.page.national_id.setText("899700000001")
    dialog.primary_button.click()
    bridge.settle()
    want = bridge.posted[0]
    assert (want.auth, want.national_id, want.psc_way, want.secret.value) == (
        "psc",
        "899700000001",
        "phone",
        "",
    )


def test_what_was_refused_is_ready_to_be_typed_over(qtbot: QtBot, bridge: Bridge) -> None:
    dialog = at_login(qtbot, bridge)
    bridge.outcome = Problem(code="login-refused", sentence="Refusé.", remedy="Vérifiez.")
    dialog.page.password.setText(PASSWORD)
    dialog.primary_button.click()
    bridge.settle()
    assert dialog.focusWidget() is dialog.page.password
    assert dialog.page.password.hasSelectedText()
    dialog.page._choices["psc"].click()
    dialog.page.way.setCurrentIndex(1)
    dialog.primary_button.click()
    bridge.settle()
    assert dialog.focusWidget() is dialog.primary_button


@pytest.mark.parametrize(("code", "kind"), [("psc-cancelled", "info"), ("psc-state-mismatch", "danger")])
def test_what_the_person_cancelled_is_no_fault(qtbot: QtBot, bridge: Bridge, code: str, kind: str) -> None:
    dialog = at_login(qtbot, bridge)
    bridge.outcome = Problem(code=code, sentence="Annulée.", remedy="Recommencez.")
    dialog.page.password.setText(PASSWORD)
    dialog.primary_button.click()
    bridge.settle()
    assert dialog.page.said.property("bar") == kind
    assert dialog.primary_button.isEnabled()


def test_an_organisation_has_no_first_name(qtbot: QtBot, bridge: Bridge) -> None:
    dialog = at_login(qtbot, bridge)
    high = dialog.height()
    dialog.page.names.kind.setCurrentIndex(1)
    assert not dialog.page.names.given.isVisible()
    qtbot.waitUntil(lambda: dialog.height() < high - 40)


def test_a_click_anywhere_on_a_bal_chooses_it(qtbot: QtBot, bridge: Bridge) -> None:
    bridge.bals = tuple(
        Bal(account=AccountId(7), address=f"boite{number}@cabinet.mssante.fr", name=f"Boîte {number}")
        for number in range(2)
    )
    dialog = at_login(qtbot, bridge)
    dialog.page.password.setText(PASSWORD)
    dialog.primary_button.click()
    bridge.settle()
    rows = dialog.page.findChildren(BalRow)
    assert [row.property("on") for row in rows] == ["true", "false"]
    qtbot.mouseClick(rows[1], Qt.MouseButton.LeftButton)
    assert [row.property("on") for row in rows] == ["false", "true"]
    assert dialog.page._group.checkedId() == 1


# -- software certificates ---------------------------------------------------------------------------------


def at_software(qtbot: QtBot, bridge: Bridge) -> Any:
    offered = Proposal(imap=IMAP, smtp=SMTP, authentications=("pkcs12",))
    bridge.discovery = DiscoveryAnswer(discovery=Discovery(proposal=offered))
    return at_login(qtbot, bridge)


def in_module(label: str, surname: str) -> ModuleCertificate:
    return ModuleCertificate(
        uri=f"pkcs11:object={label}",
        token="Jeton",
        certificate=CardCertificate(
            fingerprint=label, surname=surname, given_name="CAMILLE", label=label, not_after_utc=1893456000
        ),
    )


def test_by_a_file(qtbot: QtBot, bridge: Bridge) -> None:
    dialog = at_software(qtbot, bridge)
    form = dialog.page.software
    form.file.setText("/cle/moi.p12")
    form.passphrase.setText(PASSWORD)
    dialog.primary_button.click()
    bridge.settle()
    want = bridge.posted[0]
    assert (want.auth, want.pkcs12, want.pkcs11, want.secret.value) == (
        "pkcs12",
        "/cle/moi.p12",
        "",
        PASSWORD,
    )
    assert form.passphrase.text() == ""
    assert not [each for each in bridge.asked if isinstance(each, ReadCertificates)], "no module was wanted"


def test_by_a_certificate_that_a_module_shows(qtbot: QtBot, bridge: Bridge) -> None:
    bridge.certificates = CertificatesAnswer(
        certificates=(in_module("Un", "AUBRY"), in_module("Deux", "MOREAU"))
    )
    dialog = at_software(qtbot, bridge)
    form = dialog.page.software
    form.where.setCurrentIndex(1)
    bridge.settle()
    assert form.certificate.itemText(0) == "AUBRY CAMILLE · Un, jusqu’au 01/01/2030"
    assert not form.uri.isVisible()
    assert not form.passphrase.isVisible(), "its PIN is asked for by a dialog"
    assert dialog.page.names.family.text() == "AUBRY"
    form.certificate.setCurrentIndex(1)
    bridge.changed.emit(Changed(aspects=("cards",)))
    bridge.settle()
    assert form.certificate.currentIndex() == 1, "kept when another token comes"
    dialog.primary_button.click()
    bridge.settle()
    want = bridge.posted[0]
    assert (want.auth, want.pkcs11, want.pkcs12, want.secret.value) == (
        "pkcs11",
        "pkcs11:object=Deux",
        "",
        "",
    )


def test_by_an_address_where_nothing_is_shown(qtbot: QtBot, bridge: Bridge) -> None:
    bridge.certificates = CertificatesAnswer(
        problem=Problem(code="pkcs11-no-token", sentence="Pas branché.", remedy="Branchez-le.")
    )
    dialog = at_software(qtbot, bridge)
    form = dialog.page.software
    form.where.setCurrentIndex(1)
    bridge.settle()
    assert form.words.text() == "Pas branché. Branchez-le."
    assert not dialog.primary_button.isEnabled()
    form.uri.setText(" pkcs11:token=a ")
    bridge.certificates = CertificatesAnswer(certificates=(in_module("Un", "AUBRY"),))
    bridge.changed.emit(Changed(aspects=("cards",)))
    bridge.settle()
    assert form.uri.isVisible(), "what was typed stays chosen"
    dialog.primary_button.click()
    bridge.settle()
    assert bridge.posted[0].pkcs11 == "pkcs11:token=a"


def test_several_bals_are_a_choice(qtbot: QtBot, bridge: Bridge) -> None:
    bridge.bals = (
        Bal(account=AccountId(7), address=ADDRESS, name="Dr Camille AUBRY", unread=3),
        Bal(
            account=AccountId(7), address="cabinet@x.fr", kind="shared", root="Partages/cabinet", rights="lr"
        ),
    )
    dialog = at_login(qtbot, bridge)
    dialog.page.password.setText(PASSWORD)
    dialog.primary_button.click()
    bridge.settle()
    assert dialog.at == 3
    dialog.page._group.button(1).setChecked(True)
    assert "lecture seule" in dialog.page._group.button(1).accessibleDescription()
    dialog.primary_button.click()
    bridge.settle()
    assert bridge.posted[2] == SetSetting(name="bal.default", value='[7,"Partages/cabinet"]')
    assert isinstance(dialog.page, ActivationPage)


# -- first set-up ------------------------------------------------------------------------------------------


def resumed(qtbot: QtBot, bridge: Bridge, *done: str, operator: OperatorView | None = None) -> Any:
    dialog = AccountAssistant(bridge, None, ACCOUNT, done)  # type: ignore[arg-type]
    qtbot.addWidget(dialog)
    dialog.draft.operator = operator
    dialog.page.enter()
    dialog.show()
    return dialog


def test_steps_follow_and_are_remembered(qtbot: QtBot, bridge: Bridge) -> None:
    dialog = resumed(qtbot, bridge)
    seen = []
    while dialog.isVisible():
        seen.append(dialog.page.step)
        if dialog.page.step == "hprim":
            dialog.page.directory.setText("/tmp/depot")
            dialog.primary_button.click()
        elif dialog.page.skip.isVisible():
            dialog.page.skip.click()
        else:
            dialog.primary_button.click()
    assert seen == ["identity", "notification", "hprim", "signature"]
    assert SetSetting(name="hprim.directory", value='"/tmp/depot"') in bridge.posted
    assert bridge.posted[-1].name == "activation.7"
    assert '"signature"' in bridge.posted[-1].value


def test_an_interrupted_sequence_goes_on(qtbot: QtBot, bridge: Bridge) -> None:
    assert resumed(qtbot, bridge, "identity", "notification").page.step == "hprim"


def test_closed_before_the_first_step_it_goes_on_later(qtbot: QtBot, bridge: Bridge) -> None:
    """At the choice of the BAL, say: the account is there, none of its steps is lost."""
    bridge.bals = (
        Bal(account=AccountId(7), address=ADDRESS),
        Bal(account=AccountId(7), address="x@x.fr", root="P"),
    )
    dialog = at_login(qtbot, bridge)
    dialog.page.password.setText(PASSWORD)
    dialog.primary_button.click()
    bridge.settle()
    assert dialog.at == 3
    dialog.reject()
    kept = {want.name: json.loads(want.value) for want in bridge.posted if isinstance(want, SetSetting)}
    assert unfinished([ACCOUNT], kept.get) == (ACCOUNT, ())


def test_the_operator_is_told_where_new_mail_is_announced(qtbot: QtBot, bridge: Bridge) -> None:
    bridge.notification = NotificationAnswer(address="moi@ordinaire.example", by_operator=True)
    dialog = resumed(qtbot, bridge, "identity")
    page = dialog.page
    assert "gardée sur cet ordinateur" in page.address_words.text()
    bridge.settle()
    assert page.address.text() == "moi@ordinaire.example"
    assert "votre opérateur prévient" in page.address_words.text()
    bridge.outcome = Problem(code="notification-address", sentence="Non.", remedy="Une autre.")
    dialog.primary_button.click()
    assert not dialog.primary_button.isEnabled()
    bridge.settle()
    assert (page.step, page.said.text) == ("notification", "Non. Une autre.")
    bridge.outcome = NotificationAnswer(address="moi@ordinaire.example", by_operator=True)
    dialog.primary_button.click()
    bridge.settle()
    assert page.step == "hprim"
    assert SetNotification(account=ACCOUNT.id, address="moi@ordinaire.example") in bridge.posted


def test_an_address_that_stays_here_after_all_is_said(qtbot: QtBot, bridge: Bridge) -> None:
    bridge.notification = NotificationAnswer(by_operator=True)
    dialog = resumed(qtbot, bridge, "identity")
    page = dialog.page
    bridge.settle()
    page.address.setText("moi@ordinaire.example")
    bridge.outcome = NotificationAnswer(address="moi@ordinaire.example")
    dialog.primary_button.click()
    bridge.settle()
    assert page.step == "notification"
    assert "gardée sur cet ordinateur" in page.address_words.text()
    dialog.primary_button.click()
    bridge.settle()
    assert page.step == "hprim"


def test_an_address_that_is_still_being_told_keeps_nobody(qtbot: QtBot, bridge: Bridge) -> None:
    dialog = resumed(qtbot, bridge, "identity")
    page = dialog.page
    bridge.settle()
    page.address.setText("moi@ordinaire.example")
    dialog.primary_button.click()
    page.skip.click()
    assert page.step == "hprim"
    bridge.outcome = Problem(code="timeout", sentence="Trop tard.")
    bridge.settle()
    assert page.step == "hprim"
    assert page.said.isHidden()


def test_what_is_kept_already_is_shown(qtbot: QtBot, bridge: Bridge) -> None:
    kept = {"hprim.directory": "/srv/depot", "signature.7": "Dr Aubry, cabinet"}

    class View:
        def setting(self, name: str, default: object = None) -> object:
            return kept.get(name, default)

    bridge.view = View()
    page = resumed(qtbot, bridge, "identity", "notification").page
    assert page.directory.text() == "/srv/depot"
    page.skip.click()
    assert page.signature.toPlainText() == "Dr Aubry, cabinet"


def test_who_has_no_password_changes_none(qtbot: QtBot, bridge: Bridge) -> None:
    operator = OperatorView(id="x", name="X", change_at_first_login=True)
    assert "password" in steps_for(operator, ACCOUNT)
    assert "password" not in steps_for(operator, msgspec.structs.replace(ACCOUNT, auth="cps"))


def test_terms_without_a_page_are_read_here(qtbot: QtBot, bridge: Bridge) -> None:
    operator = OperatorView(id="x", name="X", terms_text="Vous vous engagez à…")
    page = resumed(qtbot, bridge, "identity", operator=operator).page
    assert page.step == "terms"
    assert page.terms_text.toPlainText() == "Vous vous engagez à…"
    assert not page.read_terms.isVisible()


def test_a_password_that_was_replaced_elsewhere_is_not_imposed_again(qtbot: QtBot, bridge: Bridge) -> None:
    operator = OperatorView(id="x", name="X", change_at_first_login=True)
    dialog = resumed(qtbot, bridge, "identity", operator=operator)
    assert (dialog.page.step, dialog.primary_button.isEnabled()) == ("password", False)
    dialog.page.own_password.setChecked(True)
    dialog.primary_button.click()
    assert dialog.page.step == "notification"


def test_what_is_unfinished_is_found() -> None:
    kept = {"activation.7": {"done": ["identity"], "all": ["identity", "hprim"]}}
    assert unfinished([ACCOUNT], kept.get) == (ACCOUNT, ("identity",))
    assert unfinished([ACCOUNT], {"activation.7": {"done": ["hprim"], "all": ["hprim"]}}.get) is None
    assert unfinished([ACCOUNT], {}.get) is None


def test_on_going_on_the_operator_is_known_again(qtbot: QtBot, bridge: Bridge) -> None:
    account = msgspec.structs.replace(ACCOUNT, operator="essai")
    dialog: Any = AccountAssistant(bridge, None, account)  # type: ignore[arg-type]
    qtbot.addWidget(dialog)
    bridge.settle()
    assert dialog.draft.operator == OPERATOR
    assert dialog.page.step == "identity"


def test_what_the_operator_imposes_cannot_be_skipped(qtbot: QtBot, bridge: Bridge) -> None:
    operator = OperatorView(id="x", name="X", terms="https://x.fr/", change_at_first_login=True)
    dialog = resumed(qtbot, bridge, "identity", operator=operator)
    assert dialog.page.step == "terms"
    assert not dialog.page.skip.isVisible()
    assert not dialog.primary_button.isEnabled()
    dialog.page.accepted.setChecked(True)
    dialog.primary_button.click()
    bridge.settle()
    assert dialog.page.step == "password"
    assert not dialog.primary_button.isEnabled()
    dialog.page._changed("Mot de passe changé.")
    assert dialog.primary_button.isEnabled()


def test_every_entry_has_a_name(qtbot: QtBot, bridge: Bridge) -> None:
    dialog = started(qtbot, bridge)
    for entry in dialog.findChildren(QLineEdit):
        inner = entry.objectName() == "qt_spinbox_lineedit"
        assert inner or entry.accessibleName(), entry


@pytest.mark.parametrize(
    ("parts", "name"),
    [
        (("Dr", "Camille", "Aubry", "Cabinet des Tilleuls"), "Dr Camille AUBRY Cabinet des Tilleuls"),
        (("", " Camille ", "aubry", ""), "Camille AUBRY"),
        (("", "", "", ""), ""),
    ],
)
def test_display_names(parts: tuple[str, str, str, str], name: str) -> None:
    assert display_name(*parts) == name
