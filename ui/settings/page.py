"""Réglages: one page, changes apply at once and are kept by the engine."""

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QBoxLayout, QFileDialog, QFrame, QScrollArea, QStackedLayout, QWidget

from mssclient.model.accounts import Account
from mssclient.model.changes import Changed
from mssclient.model.errors import Problem
from mssclient.model.language import _
from mssclient.model.questions import ReadState, StateAnswer
from mssclient.model.verdicts import TrustListState
from mssclient.model.wants import RemoveAccount, SetSetting
from ui.accounts import PasswordDialog
from ui.diagnosis import DiagnosisPage
from ui.kit import (
    Elide,
    Tile,
    ask_choice,
    box,
    button,
    combo,
    empty_layout,
    frame,
    label,
    line_edit,
    problem_sentence,
    tool,
    wrap,
)
from ui.settings.security import SecurityChoices
from ui.theme import THEME_CHOICES, appearance
from ui.theme.words import NBSP, NNBSP, number

if TYPE_CHECKING:
    from ui.bridge import Bridge

__all__ = ["SettingsPage", "list_words"]

_SIZES = (90, 100, 110, 120, 130)
_DENSITY_ORDER = ("aeree", "confortable", "compacte")


def list_words(state: TrustListState) -> str:
    """Which white list decides the padlock, in one sentence."""
    if state.origin == "none":
        return _("Aucune liste blanche{nb}: aucun message ne peut être dit sécurisé.").format(nb=NBSP)
    day = datetime.fromtimestamp(state.generated_utc, UTC).strftime("%d/%m/%Y")
    domains = _("{n} domaines").format(n=number(state.domains))
    if state.origin == "shipped":
        return _(
            "Liste du {day} livrée avec le programme ({domains}), non vérifiée{nb}: "
            "elle ne suffit pas pour le cadenas."
        ).format(day=day, domains=domains, nb=NBSP)
    return _("Liste du {day}, signature vérifiée ({domains}).").format(day=day, domains=domains)


class SettingsPage(QWidget):
    """``looks_changed`` after theme, size or density were chosen here (the window remembers them)."""

    looks_changed = Signal()
    said = Signal(str)
    account_wanted = Signal()
    """« Ajouter une boîte »."""

    def __init__(self, bridge: "Bridge", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._accounts = box("v", gap=8)
        self._security = SecurityChoices(bridge)
        self._trust = label("", "base", 400, wrap=True)
        self._column = box("v", m=(32, 20, 32, 24), gap=20)
        self._column.addWidget(label(_("Réglages"), "h1", 600))
        for title, content in (
            (_("Apparence"), self._looks()),
            (_("Boîtes aux lettres"), self._bal()),
            (_("Sécurité"), box("v", self._security)),
            (_("Résultats HPRIM"), self._hprim()),
            (_("Liste blanche"), box("v", self._trust)),
            (_("Diagnostic"), self._diagnosis()),
        ):
            self._column.addWidget(self._section(title, content))
        self._column.addStretch(1)
        inner = wrap(self._column)
        inner.setMaximumWidth(860)
        row = box("h", inner, None)
        row.setStretch(0, 10)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setAccessibleName(_("Réglages"))
        area.setWidget(wrap(row))
        self.diagnosis = DiagnosisPage(bridge)
        self.diagnosis.left.connect(self._show_settings)
        self.diagnosis.said.connect(self.said)
        self._pages = QStackedLayout()
        self._pages.addWidget(area)
        self._pages.addWidget(self.diagnosis)
        column = box("v", m=1)
        column.addLayout(self._pages)
        self.setLayout(column)
        bridge.opened.connect(lambda _opened: self._load())
        bridge.changed.connect(self._changed)
        bridge.locked.connect(self.clear)

    def _section(self, title: str, content: QBoxLayout) -> QWidget:
        card = frame("card", box("v", content, m=(20, 16, 20, 16)))
        card.setAccessibleName(title)
        return wrap(box("v", label(title, "h3", 600), card, gap=8))

    def _looks(self) -> QBoxLayout:
        themes = (_("Comme le système"), _("Clair"), _("Sombre"), _("Contraste élevé"))
        self._theme = combo(_("Thème"), *themes)
        sizes = [f"{percent}{NNBSP}%" for percent in _SIZES]
        self._size = combo(_("Taille du texte"), *sizes)
        densities = (_("Aérée"), _("Confortable"), _("Compacte"))
        self._density = combo(_("Lignes de la liste"), *densities)
        for choice in (self._theme, self._size, self._density):
            choice.setFixedWidth(240)
        # Each sets its own alone: a size between those offered is not changed by choosing a theme.
        self._theme.activated.connect(lambda index: self._apply_looks(theme=THEME_CHOICES[index]))
        self._size.activated.connect(lambda index: self._apply_looks(text_percent=_SIZES[index]))
        self._density.activated.connect(lambda index: self._apply_looks(density=_DENSITY_ORDER[index]))
        appearance().changed.connect(self._show_looks)
        self._show_looks()
        rows = box("v", gap=8)
        for choice in (self._theme, self._size, self._density):
            name = label(choice.accessibleName())
            name.setBuddy(choice)
            rows.addLayout(box("h", name, None, choice))
        return rows

    def _show_looks(self) -> None:
        """They can be chosen elsewhere too: Ctrl and +, the menu of the list."""
        now = appearance()
        self._theme.setCurrentIndex(THEME_CHOICES.index(now.choice))
        nearest = min(range(len(_SIZES)), key=lambda k: abs(_SIZES[k] - now.text_percent))
        self._size.setCurrentIndex(nearest)
        self._density.setCurrentIndex(_DENSITY_ORDER.index(now.density))

    def _apply_looks(
        self, *, theme: str | None = None, text_percent: int | None = None, density: str | None = None
    ) -> None:
        appearance().choose(theme=theme, text_percent=text_percent, density=density)
        self.looks_changed.emit()

    def _bal(self) -> QBoxLayout:
        self._add = button(_("Ajouter une boîte"), "secondary", "plus", on_click=self.account_wanted.emit)
        return box("v", self._accounts, box("h", self._add, None), gap=12)

    def _hprim(self) -> QBoxLayout:
        self._directory = line_edit(_("Dossier de dépôt"))
        self._directory.editingFinished.connect(self._keep_directory)
        browse = button(_("Parcourir…"), "secondary", on_click=self._browse)
        words = _(
            "Le dossier que votre logiciel de cabinet relève. Les résultats y sont déposés une seule fois."
        )
        return box(
            "v", label(words, "base", 400, "muted", wrap=True), box("h", self._directory, browse), gap=8
        )

    def _diagnosis(self) -> QBoxLayout:
        words = _("Vérifie l’ordinateur, les boîtes et la liaison. Aucune donnée de santé n’y figure.")
        go = button(_("Ouvrir le diagnostic"), "secondary", "stethoscope", on_click=self.show_diagnosis)
        return box("v", label(words, "base", 400, "muted", wrap=True), box("h", go, None), gap=8)

    def show_diagnosis(self) -> None:
        """Turn to the page of the diagnosis, which begins by itself."""
        self._pages.setCurrentWidget(self.diagnosis)
        self.diagnosis.open()

    def _show_settings(self) -> None:
        self._pages.setCurrentIndex(0)

    # What the engine keeps

    def reload(self) -> None:
        """Shown: the settings themselves, as the engine knows them."""
        self._show_settings()
        self._load()

    def _load(self) -> None:
        view = self._bridge.view
        if view is None:
            return
        if not self._directory.hasFocus():  # nothing is taken from under the person's fingers
            self._directory.setText(str(view.setting("hprim.directory", "") or ""))
        self._security.show_settings(view)
        empty_layout(self._accounts)
        for account in view.accounts():
            self._accounts.addWidget(self._account_row(account))
        self._add.setEnabled(not self._bridge.demo)
        if self._bridge.demo:
            self._add.setToolTip(_("Une démonstration n’accepte pas de vraie boîte."))

        def answered(outcome: object) -> None:
            if isinstance(outcome, StateAnswer):
                self._security.show_state(outcome)
                self._trust.setText(list_words(outcome.trust_list))

        self._bridge.ask(ReadState(), answered, owner=self)

    def clear(self) -> None:
        """The window is locked: no address stays."""
        empty_layout(self._accounts)
        self._directory.clear()
        self._show_settings()

    def _changed(self, changed: Changed) -> None:
        if changed.everything or {"accounts", "settings", "trust"} & set(changed.aspects):
            self._load()

    def _account_row(self, account: Account) -> QWidget:
        shared = account.kind == "organisational"
        tile = Tile("building-2" if shared else "user-round", "turquoise" if shared else "bleu")
        words = box(
            "v",
            label(account.name or account.address, "base", 600),
            Elide(
                f"{account.address} · {account.imap.host}:{account.imap.port}",
                "small",
                400,
                "muted",
                middle=True,
            ),
            gap=0,
        )
        name = _("Retirer {address}").format(address=account.address)
        away = tool("trash-2", name, size=16, on_click=lambda: self._remove(account))
        away.setEnabled(not self._bridge.demo)
        row = box("h", tile, words, gap=10)
        row.setStretch(1, 1)
        if account.auth == "password" and not self._bridge.demo:
            name = _("Changer le mot de passe de {address}").format(address=account.address)
            row.addWidget(tool("key-round", name, size=16, on_click=lambda: self.change_password(account)))
        row.addWidget(away)
        return wrap(row)

    def change_password(self, account: Account) -> None:
        dialog = PasswordDialog(self._bridge, self.window(), account)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.changed.connect(self.said)
        dialog.open()

    def _remove(self, account: Account) -> None:
        agreed = ask_choice(
            self,
            _("Retirer cette boîte de cet ordinateur{thin}?").format(thin=NNBSP),
            _("Ses messages restent chez l’opérateur. Leur copie sur cet ordinateur est effacée."),
            _("Retirer la boîte"),
            kind="danger",
        )
        if agreed:
            self._post_removal(account)

    def _post_removal(self, account: Account, *, drop_unsent: bool = False) -> None:
        def ended(outcome: object) -> None:
            if isinstance(outcome, Problem) and outcome.code == "account-unsent" and not drop_unsent:
                self._ask_dropping(account, outcome)
            else:
                self._told(outcome)

        self._bridge.post(RemoveAccount(account=account.id, drop_unsent=drop_unsent), ended, owner=self)

    def _ask_dropping(self, account: Account, problem: Problem) -> None:
        """What would be lost is known to the engine only: asked once more, in its words."""
        agreed = ask_choice(
            self,
            _("Renoncer à ce qui n’est pas parti{thin}?").format(thin=NNBSP),
            problem.sentence,
            _("Retirer quand même"),
            kind="danger",
        )
        if agreed:
            self._post_removal(account, drop_unsent=True)

    def _browse(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self, _("Dossier de dépôt"), self._directory.text())
        if chosen:
            self._directory.setText(chosen)
            self._keep_directory()

    def _keep_directory(self) -> None:
        view = self._bridge.view
        value = self._directory.text().strip()
        if view is not None and str(view.setting("hprim.directory", "") or "") != value:
            want = SetSetting(name="hprim.directory", value=json.dumps(value))
            self._bridge.post(want, self._told, owner=self)

    def _told(self, outcome: object) -> None:
        if isinstance(outcome, Problem):
            self.said.emit(problem_sentence(outcome))
