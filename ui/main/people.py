"""Several people on one Windows or Linux session: whose window this is, and the way to another's."""

import sys
from pathlib import Path

from PySide6.QtCore import QObject, QPoint, QProcess, Signal
from PySide6.QtWidgets import QMenu, QWidget

from mssclient.engine.client import KnownProfile, Profile, known_profiles, new_profile
from mssclient.model.errors import MssError, Problem
from mssclient.model.language import _
from ui.kit import Dialog, Field, line_edit
from ui.theme import icon

__all__ = ["NameDialog", "People", "person_words", "start_window"]


def start_window(folder: Path) -> bool:
    """A window on this profile, in a process of its own; one that runs is brought forward."""
    frozen = getattr(sys, "frozen", False)
    command = [sys.executable, "--window"] if frozen else [sys.executable, "-m", "ui"]
    started, _pid = QProcess.startDetached(command[0], [*command[1:], "--profile", str(folder)])  # type: ignore[misc]
    return bool(started)


def person_words(known: KnownProfile) -> str:
    return known.name or _("Ma messagerie")


class NameDialog(Dialog):
    """The name that another person is chosen by."""

    def __init__(self, parent: QWidget | None) -> None:
        super().__init__(
            parent,
            _("Ajouter une personne"),
            _("Ses messages auront leur propre coffre, que personne d’autre n’ouvre."),
            primary=_("Ouvrir sa messagerie"),
            width=460,
        )
        self._entry = line_edit(_("Nom"))
        self._entry.setMaxLength(80)
        self._entry.textChanged.connect(lambda text: self.primary_button.setEnabled(bool(text.strip())))
        self.content.addWidget(Field(_("Nom"), self._entry, _("Par exemple\u00a0: Dr Camille Aubry")))
        self.primary_button.setEnabled(False)
        self._entry.setFocus()

    @property
    def name(self) -> str:
        return self._entry.text().strip()


class People(QObject):
    """The menu « Changer de personne ». ``leaving`` before another's window opens: this one is locked."""

    leaving = Signal()
    failed = Signal(object)
    """:class:`Problem`"""

    def __init__(self, window: QWidget, profile: Profile) -> None:
        super().__init__(window)
        self._window = window
        self._profile = profile
        self.start = start_window
        """How another window is opened; a test may look instead."""

    def others(self) -> list[KnownProfile]:
        """Small files are read; for a menu that opens, not for each row."""
        return [known for known in known_profiles(self._profile) if not known.current]

    def name(self) -> str:
        """Whose window this is, when there are several people; "" for somebody alone."""
        known = known_profiles(self._profile)
        return next((person_words(one) for one in known if one.current), "") if len(known) > 1 else ""

    @property
    def card_opens_one(self) -> bool:
        """Somebody's profile on this session opens with a card."""
        return any(known.card for known in known_profiles(self._profile))

    @property
    def card_opens_this(self) -> bool:
        return any(known.card and known.current for known in known_profiles(self._profile))

    def fill(self, menu: QMenu) -> None:
        for known in self.others():
            ic = "credit-card" if known.card else "user-round"
            action = menu.addAction(icon(ic, "muted"), person_words(known))
            action.triggered.connect(lambda _on=False, one=known: self.switch(Path(one.folder)))
        if not menu.isEmpty():
            menu.addSeparator()
        new = menu.addAction(icon("plus", "muted"), _("Ajouter une personne…"))
        new.triggered.connect(lambda _on=False: self.add())

    def open_menu(self, at: QPoint) -> None:
        menu = QMenu(_("Changer de personne"), self._window)
        self.fill(menu)
        menu.exec(at)
        menu.deleteLater()

    def add(self) -> None:
        """Ask for a name, then open the new person's window."""
        dialog = NameDialog(self._window)
        accepted = dialog.exec() == Dialog.DialogCode.Accepted
        name = dialog.name
        dialog.deleteLater()
        if not accepted:
            return
        try:
            profile = new_profile(name)
        except MssError as error:
            self.failed.emit(error.problem)
            return
        self.switch(profile.folder)

    def switch(self, folder: Path) -> None:
        """Lock this one, then show the other."""
        self.leaving.emit()
        if not self.start(folder):
            self.failed.emit(
                Problem(
                    code="window-not-started",
                    sentence=_("La messagerie de cette personne ne s’est pas ouverte."),
                    remedy=_("Réessayez, ou redémarrez le programme."),
                )
            )
