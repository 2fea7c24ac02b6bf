"""Last page: the first set-up of a BAL, step by step. Each step can be left for later but what is imposed.

What was done is kept in the setting ``activation.<account>``, so an interrupted sequence goes on at the next
start (:func:`unfinished`).
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices, QTextCursor
from PySide6.QtWidgets import QFileDialog, QPlainTextEdit, QWidget

from mssclient.model.accounts import Account
from mssclient.model.errors import Problem
from mssclient.model.language import _
from mssclient.model.operators import OperatorView
from mssclient.model.questions import NotificationAnswer, OperatorsAnswer, ReadNotification, ReadOperators
from mssclient.model.records import to_json
from mssclient.model.wants import SetNotification, SetSetting
from ui.accounts.assistant.page import Draft, Page
from ui.accounts.password import PasswordDialog
from ui.kit import Field, MessageBar, box, button, check_box, label, line_edit, problem_sentence
from ui.kit.layout import wrap
from ui.theme import give_font
from ui.theme.words import NBSP

if TYPE_CHECKING:
    from ui.bridge import Bridge

__all__ = ["STEPS", "ActivationPage", "setting_name", "steps_for"]

STEPS = ("identity", "terms", "password", "notification", "hprim", "signature")


def setting_name(account: Account) -> str:
    return f"activation.{account.id}"


def steps_for(operator: OperatorView | None, account: Account) -> tuple[str, ...]:
    """Terms and a change of password are only for operators that ask for them, and for whoever has one."""
    left_out = {
        "terms": operator is None or not (operator.terms or operator.terms_text),
        "password": operator is None or not operator.change_at_first_login or account.auth != "password",
    }
    return tuple(step for step in STEPS if not left_out.get(step, False))


def unfinished(
    accounts: Sequence[Account], setting: Callable[[str], Any]
) -> tuple[Account, tuple[str, ...]] | None:
    """The first BAL whose set-up was begun and not ended, with the steps that are done."""
    for account in accounts:
        kept = setting(setting_name(account))
        if isinstance(kept, dict) and set(kept.get("all", ())) - set(kept.get("done", ())):
            return account, tuple(kept.get("done", ()))
    return None


class ActivationPage(Page):
    """One step after the other; « Passer » for all but the imposed ones."""

    def __init__(self, bridge: "Bridge", draft: Draft, done_before: tuple[str, ...] = ()) -> None:
        super().__init__(bridge, draft)
        self.title = _("Mise en route de la boîte")
        self.primary = _("Continuer")
        self._done = list(done_before)
        self._steps: tuple[str, ...] = ()
        self.step = ""
        self.counter = label("", "small", 500, "muted")
        self.skip = button(_("Passer cette étape"), "link", on_click=self._next)
        self.accepted = check_box(_("J’ai lu et j’accepte ces conditions"))
        self.accepted.toggled.connect(lambda _on: self.ready_changed.emit())
        self.address = line_edit(_("Adresse ordinaire"), hint="prenom.nom@exemple.fr")
        self.address.textChanged.connect(lambda _text: self.ready_changed.emit())
        self.address_words = label("", wrap=True)
        self.said = MessageBar("info")
        self.said.hide()
        self._want: str | None = None
        self._by_operator = False
        """The person read that the operator is told of the address."""
        self.directory = line_edit(_("Dossier de dépôt"))
        self.directory.textChanged.connect(lambda _text: self.ready_changed.emit())
        self.signature = QPlainTextEdit()
        self.signature.setAccessibleName(_("Signature"))
        self.signature.setFixedHeight(120)
        give_font(self.signature)
        self.password_said = MessageBar("info")
        self.own_password = check_box(_("J’ai déjà remplacé le mot de passe reçu par le mien"))
        self.own_password.toggled.connect(lambda _on: self.ready_changed.emit())
        self._password_changed = False
        self._identity = label("", wrap=True)
        self._panels = {
            "identity": wrap(box("v", self._identity)),
            "terms": self._terms(),
            "password": self._password(),
            "notification": self._notification(),
            "hprim": self._hprim(),
            "signature": wrap(box("v", Field(_("Signature"), self.signature))),
        }
        column = box("v", self.counter, gap=10)
        for panel in self._panels.values():
            column.addWidget(panel)
        column.addWidget(self.said)
        column.addLayout(box("h", self.skip, None))
        self.setLayout(column)

    def _terms(self) -> QWidget:
        words = _("Votre opérateur demande d’accepter ses conditions d’utilisation.")
        self.read_terms = button(
            _("Lire les conditions"), "secondary", "external-link", on_click=self._open_terms
        )
        self.terms_text = QPlainTextEdit()
        self.terms_text.setReadOnly(True)
        self.terms_text.setAccessibleName(_("Conditions d’utilisation"))
        self.terms_text.setFixedHeight(160)
        give_font(self.terms_text)
        reading = box("h", self.read_terms, None)
        return wrap(box("v", label(words, wrap=True), self.terms_text, reading, self.accepted, gap=8))

    def _password(self) -> QWidget:
        words = _("Le mot de passe reçu est provisoire{nb}: l’opérateur demande de le changer.").format(
            nb=NBSP
        )
        change = button(_("Changer le mot de passe"), "secondary", on_click=self._change_password)
        row = box("h", change, None)
        return wrap(box("v", label(words, wrap=True), row, self.password_said, self.own_password, gap=8))

    def _notification(self) -> QWidget:
        return wrap(box("v", self.address_words, Field(_("Adresse ordinaire"), self.address), gap=8))

    def _hprim(self) -> QWidget:
        words = _("Le dossier que votre logiciel de cabinet relève{nb}: les résultats y seront déposés.")
        browse = button(_("Parcourir…"), "secondary", on_click=self._browse)
        row = box("h", Field(_("Dossier de dépôt"), self.directory), browse, gap=8)
        row.setStretch(0, 1)
        row.setAlignment(browse, Qt.AlignmentFlag.AlignBottom)
        return wrap(box("v", label(words.format(nb=NBSP), wrap=True), row, gap=8))

    def _open_terms(self) -> None:
        operator = self.draft.operator
        if operator is not None and operator.terms.startswith("https://"):
            QDesktopServices.openUrl(QUrl(operator.terms))

    def _browse(self) -> None:
        path = QFileDialog.getExistingDirectory(self, _("Dossier de dépôt"), self.directory.text())
        if path:
            self.directory.setText(path)

    def _change_password(self) -> None:
        account = self.draft.account
        assert account is not None, "the page comes after the login"
        dialog = PasswordDialog(self.bridge, self.window(), account)
        dialog.changed.connect(self._changed)
        dialog.open()

    def _changed(self, words: str) -> None:
        self._password_changed = True
        self.password_said.say("success", words)
        self.password_said.show()
        self.ready_changed.emit()
        self.grown.emit()

    # The sequence

    def enter(self) -> None:
        self.password_said.hide()
        account = self.draft.account
        if self.draft.operator is None and account is not None and account.operator:
            self.bridge.ask(ReadOperators(), self._told_operators, owner=self)
        else:
            self._begin()

    def _told_operators(self, answer: object) -> None:
        account = self.draft.account
        if isinstance(answer, OperatorsAnswer) and account is not None:
            named = [each for each in answer.operators if each.id == account.operator]
            self.draft.operator = named[0] if named else None
        self._begin()

    def keep_begun(self) -> None:
        """The account is there: what interrupts from now on loses none of the steps."""
        if self.draft.account is not None:
            self._steps = steps_for(self.draft.operator, self.draft.account)
            self._keep()

    def _begin(self) -> None:
        assert self.draft.account is not None, "the page comes after the login"
        self._steps = steps_for(self.draft.operator, self.draft.account)
        if self.draft.password_changed and "password" not in self._done:
            self._done.append("password")
        self._keep()
        self._show()

    def _show(self) -> None:
        left = [step for step in self._steps if step not in self._done]
        if not left:
            self.done.emit()
            return
        self.step = left[0]
        for name, panel in self._panels.items():
            panel.setVisible(name == self.step)
        place = len(self._steps) - len(left) + 1
        self.counter.setText(_("Étape {n} sur {total}").format(n=place, total=len(self._steps)))
        self.skip.setVisible(self.step not in ("identity", "terms", "password"))
        self.said.hide()
        self._fill()
        self.ready_changed.emit()
        self.grown.emit()
        self._focus()

    def _fill(self) -> None:
        """What is known already, where nothing was typed."""
        account, operator, view = self.draft.account, self.draft.operator, self.bridge.view
        assert account is not None
        if self.step == "identity":
            words = _("Vos messages partiront au nom de{nb}: {name}\nAdresse{nb}: {address}")
            self._identity.setText(
                words.format(name=account.name or account.address, address=account.address, nb=NBSP)
            )
        elif self.step == "terms" and operator is not None:
            self.terms_text.setPlainText(operator.terms_text)
            self.terms_text.setVisible(bool(operator.terms_text))
            self.read_terms.setVisible(bool(operator.terms))
        elif self.step == "notification":
            self._say_notification(by_operator=False)
            self.bridge.ask(ReadNotification(account=account.id), self._notification_read, owner=self)
        elif self.step == "hprim" and view is not None and not self.directory.text():
            self.directory.setText(str(view.setting("hprim.directory", "") or ""))
        elif self.step == "signature" and not self.signature.toPlainText():
            kept = view.setting(f"signature.{account.id}", "") if view is not None else ""
            self.signature.setPlainText(str(kept or account.name))
            self.signature.moveCursor(QTextCursor.MoveOperation.End)

    def _notification_read(self, answer: object) -> None:
        if isinstance(answer, NotificationAnswer) and self.step == "notification":
            self._say_notification(by_operator=answer.by_operator)
            if not self.address.text():
                self.address.setText(answer.address)
            self.grown.emit()

    def _say_notification(self, *, by_operator: bool) -> None:
        self._by_operator = by_operator
        words = _(
            "L’adresse ordinaire où vous prévenir quand un message arrive. Elle est gardée sur cet ordinateur"
            "\u202f; pour recevoir les avis, donnez-la aussi à votre opérateur."
        )
        if by_operator:
            words = _(
                "L’adresse ordinaire que votre opérateur prévient quand un message arrive. Il compose"
                " lui-même cet avis\u00a0: l’expéditeur et l’objet peuvent y figurer."
            )
        self.address_words.setText(words)

    def _focus(self) -> None:
        entry = {
            "terms": self.accepted,
            "notification": self.address,
            "hprim": self.directory,
            "signature": self.signature,
        }.get(self.step)
        if entry is None:
            self.idle.emit()
        else:
            entry.setFocus()

    def ready(self) -> bool:
        if self._want is not None:
            return False
        return {
            "terms": self.accepted.isChecked(),
            "password": self._password_changed or self.own_password.isChecked(),
            "notification": "@" in self.address.text().strip()[1:-1],
            "hprim": bool(self.directory.text().strip()),
        }.get(self.step, True)

    def go(self) -> None:
        account = self.draft.account
        assert account is not None
        if self.step == "notification":
            self._say("info", _("L’adresse est donnée à votre opérateur…"))
            want = SetNotification(account=account.id, address=self.address.text().strip())
            self._want = self.bridge.post(want, self._notification_kept, owner=self)
            self.ready_changed.emit()
            return
        kept = {
            "hprim": ("hprim.directory", self.directory.text().strip()),
            "signature": (f"signature.{account.id}", self.signature.toPlainText()),
        }.get(self.step)
        if kept is not None:
            self.bridge.post(SetSetting(name=kept[0], value=to_json(kept[1]).decode()))
        self._next()

    def _notification_kept(self, outcome: object) -> None:
        self._want = None
        if isinstance(outcome, Problem):
            self._say("danger", problem_sentence(outcome))
            self.ready_changed.emit()
        elif self.step == "notification":
            here = isinstance(outcome, NotificationAnswer) and not outcome.by_operator
            if here and self._by_operator:
                self._say_notification(by_operator=False)
                self._say("warning", _("L’opérateur n’a pas pris l’adresse."))
                self.ready_changed.emit()
            else:
                self._next()

    def _say(self, kind: str, words: str) -> None:
        self.said.say(kind, words)
        self.said.show()
        self.grown.emit()

    def _next(self) -> None:
        self._want = None
        self._done.append(self.step)
        self._keep()
        self._show()

    def _keep(self) -> None:
        account = self.draft.account
        if account is not None:
            value = to_json({"done": self._done, "all": self._steps}).decode()
            self.bridge.post(SetSetting(name=setting_name(account), value=value))
