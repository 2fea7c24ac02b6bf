"""Changing the password of a BAL: the operator's rules ticked off as one types, and how strong it is."""

import re
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QLineEdit, QWidget

from mssclient.model.accounts import Account
from mssclient.model.errors import Problem
from mssclient.model.language import _
from mssclient.model.passwords import PasswordRules, broken_rules, rule_sentences, told_sentences
from mssclient.model.questions import PasswordChanged, PasswordHow, ReadPasswordRules
from mssclient.model.secrets import Secret
from mssclient.model.wants import ChangePassword, LogIn
from ui.accounts.strength import LEVELS, strength
from ui.kit import (
    Dialog,
    Field,
    Gauge,
    Glyph,
    MessageBar,
    box,
    button,
    check_box,
    label,
    problem_sentence,
    secret_edit,
)
from ui.kit.layout import wrap
from ui.theme.words import NBSP

if TYPE_CHECKING:
    from ui.bridge import Bridge

__all__ = ["PasswordDialog"]

_STRENGTHS = ("muted", "danger", "warning", "success", "success")
"""Colour of the gauge by level."""
_LATE_MS = 600
"""An operator that tells its rules sooner is not worth a word."""


class _RuleLine(QWidget):
    """One rule: a tick or a circle, and its sentence; its accessible name tells both."""

    def __init__(self, sentence: str) -> None:
        super().__init__()
        self.sentence = sentence
        self._glyph = Glyph("circle", "muted", 16)
        self.setLayout(box("h", self._glyph, label(sentence, "small", 400, wrap=True), gap=8))
        self.set_kept(False)

    def set_kept(self, kept: bool) -> None:
        self._glyph.set_glyph("circle-check" if kept else "circle", "success" if kept else "muted")
        said = _("{rule}{nb}: respecté") if kept else _("{rule}{nb}: pas encore")
        self.setAccessibleName(said.format(rule=self.sentence, nb=NBSP))


class PasswordDialog(Dialog):
    """Asks how it is done, then for the passwords; closes when the new one is in force.

    ``changed`` carries one sentence for the toast. ``why`` is said when the operator imposes the change.
    """

    changed = Signal(str)

    def __init__(
        self, bridge: "Bridge", parent: QWidget | None, account: Account, why: Problem | None = None
    ) -> None:
        self._page = button(_("Page de l’opérateur"), "link", "external-link")
        super().__init__(
            parent,
            _("Changer le mot de passe"),
            account.address,
            primary=_("Changer le mot de passe"),
            width=480,
            link=self._page,
        )
        self._bridge = bridge
        self._account = account
        self._how: PasswordHow | None = None
        self._rules = PasswordRules()
        self._under_way = False
        self._page.hide()
        self._page.clicked.connect(self._open_page)
        self._said = MessageBar("warning", problem_sentence(why) if why else "")
        self._imposed = why is not None
        self._said.setVisible(self._imposed)
        self.current = secret_edit(_("Mot de passe actuel"))
        self.new = secret_edit(_("Nouveau mot de passe"))
        self.again = secret_edit(_("Le même, une seconde fois"))
        self._again = Field(_("Le même, une seconde fois"), self.again)
        self._show = check_box(_("Afficher les mots de passe"))
        self._show.toggled.connect(self._reveal)
        self._gauge = Gauge(_("Solidité du mot de passe"))
        self._word = label("", "small", 500)
        self._lines: list[_RuleLine] = []
        self._list = box("v", gap=2)
        self._entries = wrap(
            box(
                "v",
                Field(_("Mot de passe actuel"), self.current),
                Field(_("Nouveau mot de passe"), self.new),
                box("h", self._gauge, self._word, gap=10),
                wrap(self._list),
                self._again,
                self._show,
                gap=10,
            )
        )
        self.content.addWidget(self._said)
        self.content.addWidget(self._entries)
        for entry in (self.current, self.new, self.again):
            entry.textChanged.connect(lambda _text: self._check())
        self._entries.setEnabled(False)
        self._check()
        bridge.locked.connect(self._locked)
        self._late = QTimer(self)
        self._late.setSingleShot(True)
        self._late.setInterval(_LATE_MS)
        self._late.timeout.connect(lambda: self._say("info", _("Lecture des règles de l’opérateur…")))
        if not self._imposed:
            self._late.start()
        bridge.ask(ReadPasswordRules(account=account.id), self._told, owner=self)

    # What the operator wants

    def _told(self, answer: object) -> None:
        self._late.stop()
        self._said.setVisible(self._imposed)
        if not isinstance(answer, PasswordHow):
            self._say("danger", problem_sentence(answer) if isinstance(answer, Problem) else "")
            return
        self._how, self._rules = answer, answer.rules
        self._page.setVisible(bool(answer.page))
        if not answer.here:
            self._show_elsewhere(answer)
            return
        for sentence in rule_sentences(answer.rules):
            line = _RuleLine(sentence)
            self._lines.append(line)
            self._list.addWidget(line)
        for sentence in told_sentences(answer.rules):
            words = label(sentence, "small", 400, "muted", wrap=True)
            self._list.addLayout(box("h", Glyph("info", "muted", 16), words, gap=8))
        self._entries.setEnabled(True)
        self.current.setFocus()
        self._check()
        self.fit()

    def _show_elsewhere(self, how: PasswordHow) -> None:
        """Changed on the operator's page or by its support; what counts from then on is given here."""
        self._entries.hide()
        words = _("Cet opérateur change les mots de passe sur sa propre page. Revenez ensuite ici.")
        if not how.page:
            words = _(
                "Cet opérateur change les mots de passe hors de ce programme\u00a0: sur son site ou par son"
                " assistance. Revenez ensuite ici."
            )
        self.cancel_button.set_label(_("Fermer"))
        self.primary_button.set_label(_("Saisir le nouveau"))
        self.primary_button.setEnabled(True)
        self._say("info", words)
        self.fit()

    def _enter_new(self) -> None:
        """The engine asks for it and tries it before it is kept."""
        self.primary_button.setEnabled(False)
        self._bridge.post(LogIn(account=self._account.id), self._entered, owner=self)

    def _entered(self, outcome: object) -> None:
        self.primary_button.setEnabled(True)
        if isinstance(outcome, Problem):
            self._say("danger", problem_sentence(outcome))
            return
        self.changed.emit(_("Nouveau mot de passe enregistré."))
        self.accept()

    def _open_page(self) -> None:
        if self._how is not None:
            QDesktopServices.openUrl(QUrl(self._how.page))

    # Typing

    def _reveal(self, shown: bool) -> None:
        mode = QLineEdit.EchoMode.Normal if shown else QLineEdit.EchoMode.Password
        for entry in (self.current, self.new, self.again):
            entry.setEchoMode(mode)

    def _check(self) -> None:
        current, new, again = self.current.text(), self.new.text(), self.again.text()
        broken = set(broken_rules(self._rules, new, self._account.address))
        for line in self._lines:
            line.set_kept(bool(new) and line.sentence not in broken)
        known = re.split(r"[^\w]+", f"{self._account.address} {self._account.name}")
        level, word = strength(new, [each for each in known if each])
        self._gauge.token = _STRENGTHS[level]
        self._gauge.set_ratio(level / LEVELS, _("Solidité{nb}: {word}").format(word=word or "–", nb=NBSP))
        self._word.setText(word)
        differs = bool(again) and again != new
        self._again.set_error(_("Les deux saisies sont différentes.") if differs else "")
        ready = bool(current and new) and new == again and not broken and self._how is not None
        self.primary_button.setEnabled(ready and not self._under_way)

    # Changing

    def confirm(self) -> None:
        if self._how is not None and not self._how.here:
            self._enter_new()
            return
        self._under_way = True
        self._check()
        self._entries.setEnabled(False)
        self._say("info", _("Changement en cours chez l’opérateur…"))
        want = ChangePassword(
            account=self._account.id,
            current=Secret(self.current.text()),
            new=Secret(self.new.text()),
        )
        self._bridge.post(want, self._ended, owner=self)

    def reject(self) -> None:
        # While the operator is asked nothing can be taken back: the outcome must be seen.
        if not self._under_way:
            self._forget()
            super().reject()

    def _locked(self) -> None:
        """Nothing typed stays over a lock; the engine settles what was under way at its next start."""
        self._under_way = False
        self.reject()

    def _ended(self, outcome: object) -> None:
        self._under_way = False
        self._entries.setEnabled(True)
        if isinstance(outcome, Problem):
            self._say("danger", problem_sentence(outcome))
            self._check()
            (self.current if outcome.code == "password-wrong" else self.new).setFocus()
            return
        words = _("Mot de passe changé.")
        if isinstance(outcome, PasswordChanged) and outcome.pending:
            words = _(
                "Mot de passe changé. L’opérateur ne l’applique pas encore partout{nb}:"
                " le programme réessaie de lui-même."
            ).format(nb=NBSP)
        self._forget()
        self.changed.emit(words)
        self.accept()

    def _forget(self) -> None:
        for entry in (self.current, self.new, self.again):
            entry.blockSignals(True)
            entry.clear()
            entry.blockSignals(False)

    def _say(self, kind: str, words: str) -> None:
        self._said.say(kind, words)
        self._said.setVisible(bool(words))
        self.fit()
