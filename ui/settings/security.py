"""« Sécurité »: when the messages of this computer are locked."""

import json
from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, QTimer
from PySide6.QtWidgets import QWidget

from mssclient.engine.client import View
from mssclient.model.accounts import WITH_PIN
from mssclient.model.language import _
from mssclient.model.questions import StateAnswer
from mssclient.model.wants import SetSetting
from ui.kit import box, check_box, label, spin, wrap
from ui.main.idle import DEFAULT_MINUTES, MOST_MINUTES, minutes_of
from ui.theme.words import NBSP

if TYPE_CHECKING:
    from ui.bridge import Bridge

__all__ = ["SecurityChoices"]

_KEPT_AFTER_MS = 600
"""A number that is being typed is not a setting yet."""


class SecurityChoices(QWidget):
    """Changes apply at once. GUI thread only."""

    def __init__(self, bridge: "Bridge") -> None:
        super().__init__()
        self._bridge = bridge
        words = _("Verrouiller après (minutes sans activité)")
        self.minutes = spin(words, 1, MOST_MINUTES, DEFAULT_MINUTES)
        self.minutes.setFixedWidth(96)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(_KEPT_AFTER_MS)
        self._later.timeout.connect(self._keep_minutes)
        self.minutes.valueChanged.connect(lambda _value: self._later.start())
        self.minutes.editingFinished.connect(self._keep_minutes)
        self.on_removal = check_box(_("Verrouiller au retrait de la carte"), on=True)
        self.on_removal.toggled.connect(lambda on: self._keep("lock.card_removed", on))
        self.announce = check_box(_("Garder l’annonce des nouveaux messages pendant le verrouillage"))
        self.announce.toggled.connect(lambda on: self._keep("lock.announce", on))
        meaning = label(
            _(
                "La messagerie reste alors connectée{nb}: la clé de vos messages et vos mots de passe restent"
                " dans la mémoire de cet ordinateur, et qui pourrait lire cette mémoire pourrait lire vos"
                " messages. L’annonce ne dit ni l’expéditeur, ni l’objet, ni la boîte. «{nb}Fermer la"
                " session{nb}» oublie tout."
            ).format(nb=NBSP),
            "small",
            400,
            "muted",
            wrap=True,
        )
        self.announce.setAccessibleDescription(meaning.text())
        self._announcing = wrap(box("v", self.announce, meaning, gap=4))
        self._announcing.hide()
        name = label(words)
        name.setBuddy(self.minutes)
        remark = label(
            _("Au plus {n}{nb}minutes. Ctrl+L verrouille tout de suite.").format(n=MOST_MINUTES, nb=NBSP),
            "small",
            400,
            "muted",
            wrap=True,
        )
        self.setLayout(
            box("v", box("h", name, None, self.minutes), remark, self.on_removal, self._announcing, gap=8)
        )

    def show_settings(self, view: View) -> None:
        """As the store has them; the choice about cards only where a card is used."""
        with QSignalBlocker(self.minutes), QSignalBlocker(self.on_removal), QSignalBlocker(self.announce):
            if not self._later.isActive():
                self.minutes.setValue(minutes_of(view.setting("lock.after_minutes")))
            self.on_removal.setChecked(view.setting("lock.card_removed", True) is not False)
            self.announce.setChecked(view.setting("lock.announce", False) is True)
        self.on_removal.setVisible(any(account.auth in WITH_PIN for account in view.accounts()))

    def show_state(self, state: StateAnswer) -> None:
        """New mail is announced behind a lock only where passwords are kept in the keyring."""
        self._announcing.setVisible(state.can_announce)

    def _keep_minutes(self) -> None:
        self._later.stop()
        self._keep("lock.after_minutes", self.minutes.value())

    def _keep(self, name: str, value: int | bool) -> None:
        view = self._bridge.view
        if view is not None and view.setting(name) != value:
            self._bridge.post(SetSetting(name=name, value=json.dumps(value)))
