"""Third page: who you are, and how you get in. Only what the operator offers is proposed."""

import re
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QButtonGroup, QLineEdit, QRadioButton, QWidget

from mssclient.model.cards import CardCertificate
from mssclient.model.changes import Changed
from mssclient.model.errors import Problem
from mssclient.model.language import _
from mssclient.model.questions import CardsAnswer, Done, ReadCards
from mssclient.model.secrets import Secret
from ui.accounts.assistant.page import Draft, Page
from ui.accounts.assistant.software import SoftwareForm, holder_words
from ui.kit import (
    Field,
    Glyph,
    MessageBar,
    box,
    combo,
    label,
    line_edit,
    problem_sentence,
    secret_edit,
)
from ui.kit.layout import wrap
from ui.theme import give_font
from ui.theme.words import NBSP

if TYPE_CHECKING:
    from ui.bridge import Bridge

__all__ = ["CredentialPage", "display_name", "likely_name"]

_MUST_CHANGE = ("password-must-change", "password-expired")
EVERY = ("password", "cps", "psc", "pkcs12")
_TITLES = ("–", "Dr", "Pr", "M.", "Mme")
_PERSONAL = re.compile(r"([^\W\d_]+(?:-[^\W\d_]+)*)\.([^\W\d_]+(?:-[^\W\d_]+)*)@.+")


def display_name(title: str, given: str, family: str, structure: str) -> str:
    """The name in From (ECO.2.2.7): title, given name, family name in capitals, structure."""
    parts = (title.strip(), given.strip(), family.strip().upper(), structure.strip())
    return " ".join(part for part in parts if part)


def likely_name(address: str) -> tuple[str, str]:
    """Given name and family name of ``prenom.nom@…``; empty when the address says neither."""
    named = _PERSONAL.fullmatch(address)
    return (named[1].title(), named[2].upper()) if named else ("", "")


class _Names(QWidget):
    """The name of a person, or of the structure for an organisational BAL. Correspondents see it
    (ECO.2.2.7), so there is one."""

    def __init__(self) -> None:
        super().__init__()
        self.kind = combo(_("Type de boîte"), _("Personnelle"), _("Organisationnelle"))
        self.title = combo(_("Titre"), *_TITLES)
        self.given = line_edit(_("Prénom"))
        self.family = line_edit(_("Nom"))
        self.family.setPlaceholderText(_("Obligatoire"))
        self.structure = line_edit(_("Cabinet ou établissement"))
        self._guess = ("", "")
        self._person = wrap(
            box(
                "h",
                Field(_("Titre"), self.title),
                Field(_("Prénom"), self.given),
                Field(_("Nom"), self.family),
                gap=12,
            )
        )
        first = box(
            "h",
            Field(_("Type de boîte"), self.kind),
            Field(_("Cabinet ou établissement"), self.structure),
            gap=12,
        )
        first.setStretch(1, 1)
        self.setLayout(box("v", first, self._person, gap=10))
        self.kind.currentIndexChanged.connect(lambda _number: self._kind_chosen())
        self._kind_chosen()

    def _kind_chosen(self) -> None:
        personal = self.kind.currentIndex() == 0
        self._person.setVisible(personal)
        self.structure.setPlaceholderText("" if personal else _("Obligatoire"))

    @property
    def _guessed(self) -> bool:
        """No name was typed."""
        return (self.given.text(), self.family.text()) in (("", ""), self._guess)

    @property
    def untouched(self) -> bool:
        """Nothing but what the address let us guess, which an identity says better."""
        return self._guessed and not self.title.currentIndex() and not self.structure.text()

    def guess(self, address: str) -> None:
        """What an address says of a name, where nothing was typed."""
        if self._guessed:
            self._guess = likely_name(address)
            self._fill(*self._guess)

    def take(self, card: CardCertificate) -> None:
        """The name on the card, where nothing was typed."""
        if self._guessed:
            self._fill(card.given_name.title(), card.surname)

    def _fill(self, given: str, family: str) -> None:
        self.given.setText(given)
        self.family.setText(family)

    def complete(self) -> bool:
        return bool((self.family if self.kind.currentIndex() == 0 else self.structure).text().strip())

    def words(self) -> str:
        if self.kind.currentIndex() == 1:
            return self.structure.text().strip()
        title = self.title.currentText() if self.title.currentIndex() else ""
        return display_name(title, self.given.text(), self.family.text(), self.structure.text())


class CredentialPage(Page):
    """Logs in once. The secret leaves the entries with the want, and the entries are emptied at its end."""

    def __init__(self, bridge: "Bridge", draft: Draft) -> None:
        super().__init__(bridge, draft)
        self.title = _("Connexion")
        self.sentence = _("Votre nom tel que vos correspondants le verront, puis votre moyen de connexion.")
        self.primary = _("Se connecter")
        self._want: str | None = None
        self._cards = CardsAnswer()
        self.names = _Names()
        self.said = MessageBar("info")
        self.login = line_edit(_("Identifiant"))
        self.password = secret_edit(_("Mot de passe"))
        self.new = secret_edit(_("Nouveau mot de passe"))
        self.again = secret_edit(_("Le même, une seconde fois"))
        self._again = Field(_("Le même, une seconde fois"), self.again)
        self.national_id = line_edit(_("Numéro national"))
        self.way = combo(_("Comment"), _("Sur mon téléphone (application e-CPS)"), _("Dans le navigateur"))
        self.software = SoftwareForm(bridge)
        self._secrets = {"password": self.password, "pkcs12": self.software.passphrase}
        self.certificate = combo(_("Certificat"))
        self.card_glyph = Glyph("credit-card", "muted", 18)
        self.card_words = label("", wrap=True)
        self._group = QButtonGroup(self)
        self._choices: dict[str, QRadioButton] = {}
        self._forms = {
            "password": self._password_form(),
            "cps": self._card_form(),
            "psc": self._psc_form(),
            "pkcs12": wrap(box("v", self.software, m=(26, 0, 0, 0))),
        }
        words = {
            "password": _("Mot de passe"),
            "cps": _("Carte CPS"),
            "psc": _("Pro Santé Connect"),
            "pkcs12": _("Certificat logiciel (fichier ou module)"),
        }
        column = box("v", self.said, self.names, gap=10)
        for auth in EVERY:
            choice = QRadioButton(words[auth])
            give_font(choice, "base", 500)
            choice.toggled.connect(lambda _on: self._chosen())
            self._choices[auth] = choice
            self._group.addButton(choice)
            column.addWidget(choice)
            column.addWidget(self._forms[auth])
        self.setLayout(column)
        self.said.hide()
        for entry in self.findChildren(QLineEdit):
            entry.textChanged.connect(lambda _text: self.ready_changed.emit())
        self.way.currentIndexChanged.connect(lambda _number: self._chosen())
        self.software.changed.connect(self.ready_changed)
        self.software.grown.connect(self.grown)
        self.software.found.connect(self.names.take)
        self.names.kind.currentIndexChanged.connect(lambda _number: self._kind_chosen())
        bridge.changed.connect(self._changed)

    def _password_form(self) -> QWidget:
        login = Field(_("Identifiant"), self.login)
        now = box("h", login, Field(_("Mot de passe"), self.password), gap=12)
        self._renewal = wrap(box("h", Field(_("Nouveau mot de passe"), self.new), self._again, gap=12))
        self._renewal.hide()
        return wrap(box("v", now, self._renewal, m=(26, 0, 0, 0), gap=8))

    def _card_form(self) -> QWidget:
        state = box("h", self.card_glyph, self.card_words, gap=8)
        state.setStretch(1, 1)
        self._certificate = Field(_("Certificat"), self.certificate)
        return wrap(box("v", state, self._certificate, m=(26, 0, 0, 0), gap=8))

    def _psc_form(self) -> QWidget:
        self._national = Field(
            _("Numéro national"), self.national_id, _("8 puis votre RPPS, ou 0 puis votre ADELI.")
        )
        way = Field(_("Comment"), self.way)
        row = box("h", way, self._national, m=(26, 0, 0, 0), gap=12)
        row.setAlignment(way, Qt.AlignmentFlag.AlignTop)
        return wrap(row)

    # Shown

    def enter(self) -> None:
        proposal, operator = self.draft.proposal, self.draft.operator
        offered = proposal.authentications if proposal is not None and not self.draft.by_hand else EVERY
        if not set(offered) & set(EVERY):
            offered = EVERY
        for auth, choice in self._choices.items():
            choice.setVisible(auth in offered)
        first = next(auth for auth in offered if auth in EVERY)
        if self.auth not in offered:
            self._choices[first].setChecked(True)
        if not self.login.text():
            named = operator is not None and operator.login == "national-id"
            self.login.setText("" if named else (proposal.login if proposal else "") or self.draft.address)
        self.names.guess(self.draft.address)
        self._chosen()
        (self.password if self.names.complete() and self.auth == "password" else self.names.given).setFocus()
        self.bridge.ask(ReadCards(), self._read_cards, owner=self)

    @property
    def auth(self) -> str:
        return next((auth for auth, choice in self._choices.items() if choice.isChecked()), "")

    def _chosen(self) -> None:
        for auth, form in self._forms.items():
            form.setVisible(auth == self.auth and not self._choices[auth].isHidden())
        self._national.setVisible(self.way.currentIndex() == 0)
        self.ready_changed.emit()
        self.grown.emit()

    def _kind_chosen(self) -> None:
        self.ready_changed.emit()
        self.grown.emit()

    def _changed(self, changed: Changed) -> None:
        if "cards" in changed.aspects and self.isVisible():
            self.bridge.ask(ReadCards(), self._read_cards, owner=self)
            if self.auth == "pkcs12":
                self.software.look()

    def _read_cards(self, answer: object) -> None:
        self._cards = answer if isinstance(answer, CardsAnswer) else CardsAnswer()
        known = self._known()
        self.certificate.clear()
        self.certificate.addItems([holder_words(each) for each in known])
        self._certificate.setVisible(len(known) > 1)
        if known:
            self.card_words.setText(
                _("Carte lue{nb}: {holder}").format(holder=holder_words(known[0]), nb=NBSP)
            )
            self.names.take(known[0])
        else:
            problem = answer if isinstance(answer, Problem) else self._cards.problem
            insert = _("Insérez votre carte dans le lecteur.")
            self.card_words.setText(problem_sentence(problem) if problem else insert)
        self.card_glyph.set_glyph("credit-card", "success" if known else "muted")
        self.ready_changed.emit()
        self.grown.emit()

    def _known(self) -> list[CardCertificate]:
        every = [each for some in self._cards.certificates.values() for each in some]
        return [each for each in every if each.usage != "signature"]

    # Logging in

    def ready(self) -> bool:
        if self._want is not None:
            return False
        new, again = self.new.text(), self.again.text()
        self._again.set_error(_("Les deux saisies sont différentes.") if again and again != new else "")
        by_identity = self.auth == "psc" and self.names.kind.currentIndex() == 0
        if not self.names.complete() and not by_identity:
            return False
        renewed = self._renewal.isHidden() or (bool(new) and new == again)
        return {
            "password": bool(self.login.text().strip() and self.password.text()) and renewed,
            "cps": bool(self._known()),
            "psc": self.way.currentIndex() == 1 or bool(self.national_id.text().strip()),
            "pkcs12": self.software.ready(),
        }.get(self.auth, False)

    def go(self) -> None:
        draft, known = self.draft, self._known()
        software = self.auth == "pkcs12"
        draft.auth = self.software.auth if software else self.auth
        draft.kind = ("personal", "organisational")[self.names.kind.currentIndex()]
        # Pro Santé Connect says who it is.
        identified = self.auth == "psc" and draft.kind == "personal" and self.names.untouched
        draft.name = "" if identified else self.names.words()
        draft.login = self.login.text().strip() if draft.auth == "password" else draft.address
        number = self.certificate.currentIndex()
        card = draft.auth == "cps" and 0 <= number < len(known)
        draft.certificate = known[number].fingerprint if card else ""
        draft.pkcs12 = self.software.path if software else ""
        draft.pkcs11 = self.software.address if software else ""
        draft.national_id = self.national_id.text().strip() if draft.auth == "psc" else ""
        draft.psc_way = ("phone", "browser")[self.way.currentIndex()] if draft.auth == "psc" else ""
        entry = self._secrets.get(draft.auth)
        secret = Secret(entry.text()) if entry is not None else Secret()
        renewing = draft.auth == "password" and not self._renewal.isHidden()
        new_secret = Secret(self.new.text()) if renewing else Secret()
        self._say("info", _("Connexion en cours…"))
        self._want = self.bridge.post(draft.want(secret, new_secret), self._ended, owner=self)
        self.ready_changed.emit()

    def leave(self) -> bool:
        if self._want is not None:
            self.bridge.cancel(self._want)
        return True

    def _ended(self, outcome: object) -> None:
        self._want = None
        if isinstance(outcome, Done) and outcome.account is not None:
            self.draft.account = outcome.account
            self.draft.password_changed |= not self._renewal.isHidden()
            for entry in (*self._secrets.values(), self.new, self.again):
                entry.clear()
            self.done.emit()
            return
        if isinstance(outcome, Problem) and outcome.code in _MUST_CHANGE:
            # The operator takes this password for nothing but its change: both go in one request.
            self._renewal.show()
            self._say("warning", problem_sentence(outcome))
            self.new.setFocus()
        elif isinstance(outcome, Problem) and outcome.code == "password-changed-only":
            self._take_new()
            self._say("warning", problem_sentence(outcome))
        else:
            own = isinstance(outcome, Problem) and outcome.code.endswith("cancelled")  # no fault
            words = problem_sentence(outcome) if isinstance(outcome, Problem) else ""
            self._say("info" if own else "danger", words)
            self.ready_changed.emit()
            self._again_from(self._secrets.get(self.draft.auth))
        self.ready_changed.emit()

    def _take_new(self) -> None:
        """The operator knows the new password alone: it is the one to try again."""
        self.draft.password_changed = True
        self.password.setText(self.new.text())
        for entry in (self.new, self.again):
            entry.clear()
        self._renewal.hide()

    def _again_from(self, entry: QLineEdit | None) -> None:
        """What was refused is ready to be typed over; without anything to type, the button tries again."""
        if entry is None:
            self.idle.emit()
        else:
            entry.setFocus()
            entry.selectAll()

    def _say(self, kind: str, words: str) -> None:
        self.said.say(kind, words)
        self.said.setVisible(bool(words))
        self.grown.emit()
