"""The page: runs the diagnosis, shows it by area, hands its text over."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QFrame, QScrollArea, QWidget

from mssclient.model.changes import Progress
from mssclient.model.diagnosis import Check
from mssclient.model.errors import Problem
from mssclient.model.language import _
from mssclient.model.questions import Diagnose, Diagnosis
from ui.diagnosis.rows import Lines, check_card, requirement_card, support_card, worst
from ui.kit import (
    EmptyState,
    MessageBar,
    ProgressLine,
    Segmented,
    Strip,
    box,
    button,
    hline,
    label,
    problem_sentence,
    wrap,
)
from ui.theme import TOOLBAR
from ui.theme.words import count, zone

if TYPE_CHECKING:
    from ui.bridge import Bridge

__all__ = ["DiagnosisPage", "summary"]

_WIDEST = 860
_TO_LOOK_AT, _ALL, _REQUIREMENTS = 0, 1, 2


def summary(checks: list[Check]) -> tuple[str, str]:
    """(kind of bar, sentence)."""
    failed = sum(each.state == "fail" for each in checks)
    warned = sum(each.state == "warn" for each in checks)
    words = [
        count("{n} point en échec", "{n} points en échec", failed) if failed else "",
        count("{n} point à surveiller", "{n} points à surveiller", warned) if warned else "",
    ]
    if not failed and not warned:
        return "success", _("Tout ce qui a été vérifié fonctionne.")
    return ("danger" if failed else "warning"), ", ".join(filter(None, words)) + "."


def _families() -> dict[str, str]:
    """Beginning of a requirement's number → what it is about."""
    return {
        "ECO.1.0": _("Transport"),
        "ECO.1.1": _("Chiffrement et certificats"),
        "ECO.1.2": _("Session et Pro Santé Connect"),
        "ECO.2.1": _("Documents"),
        "ECO.2.2": _("Messages"),
        "ECO.2.3": _("Accusés"),
        "ECO.2.4": _("En-têtes MSSanté"),
        "ECO.3.1": _("Affichage"),
        "ECO.4.1": _("Traces"),
    }


class DiagnosisPage(QWidget):
    """``left`` when the person goes back. Runs when it is opened for the first time, then on demand."""

    left = Signal()
    said = Signal(str)

    def __init__(self, bridge: "Bridge", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._question = ""
        self.diagnosis: Diagnosis | None = None
        """The last one, whole."""
        self._build_head()
        self._lines = Lines(_("Diagnostic"))
        self._lines.focused.connect(self._follow)
        inner = wrap(box("v", self._lines, None, m=(32, 12, 32, 24), gap=14))
        inner.setMaximumWidth(_WIDEST)
        row = box("h", inner, None)
        row.setStretch(0, 1000)
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setAccessibleName(_("Diagnostic"))
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area.setWidget(wrap(row))
        self._empty = EmptyState("stethoscope", _("Diagnostic en cours"), "")
        self.setLayout(
            box("v", self._head, hline(), self._progress, self._bar_room, self._area, self._empty, gap=0)
        )
        self._area.hide()
        bridge.progress.connect(self._progressed)
        bridge.locked.connect(self.clear)

    def _build_head(self) -> None:
        self._back = button(_("Réglages"), "quiet", "undo-2", on_click=self.left.emit)
        self._back.setAccessibleName(_("Revenir aux réglages"))
        self._again = button(_("Relancer"), "secondary", "refresh-cw", on_click=self.run)
        self._copy = button(_("Copier"), "secondary", "copy", on_click=self._copied)
        self._save = button(_("Enregistrer…"), "secondary", "save", on_click=self._saved)
        tip = _("Le texte pour l’assistance\u00a0: ni adresse, ni nom, ni donnée de santé.")
        for each in (self._copy, self._save):
            each.setToolTip(tip)
            each.setAccessibleDescription(tip)
            each.setEnabled(False)
        self._head = Strip(
            box(
                "h",
                self._back,
                4,
                label(_("Diagnostic"), "h2", 600),
                None,
                self._again,
                self._copy,
                self._save,
                m=(12, 0, 16, 0),
            ),
            TOOLBAR + 4,
        )
        self._progress = ProgressLine()
        self._progress.cancelled.connect(self._cancel)
        self._progress.hide()
        self._bar = MessageBar()
        self._which = Segmented(
            (_("À regarder"), _("Tout"), _("Exigences MSSanté")), _ALL, _("Lignes montrées")
        )
        self._which.chosen.connect(lambda _index: self._show())
        inner = wrap(box("v", self._bar, box("h", self._which, None), m=(32, 14, 32, 0), gap=10))
        inner.setMaximumWidth(_WIDEST)
        row = box("h", inner, None)
        row.setStretch(0, 1000)
        self._bar_room = wrap(row)
        self._bar_room.hide()

    # Running

    def open(self) -> None:
        """Shown: run when nothing was found yet."""
        self._back.setFocus(Qt.FocusReason.OtherFocusReason)
        if self.diagnosis is None and not self._question:
            self.run()

    def run(self) -> None:
        """Ask the engine; what was found before stays until the answer is here."""
        if self._question:
            return
        self._again.setEnabled(False)
        self._progress.show()
        self._progress.show_progress(_("Diagnostic"), 0, 0)
        self._empty.say("stethoscope", _("Diagnostic en cours"), _("Chaque vérification a son temps limité."))
        self._question = self._bridge.ask(Diagnose(requirements=True), self._answered, owner=self)

    def _cancel(self) -> None:
        if self._question:
            self._bridge.cancel(self._question)

    def _progressed(self, progress: Progress) -> None:
        if progress.id == self._question:
            self._progress.show_progress(progress.sentence, progress.done, progress.total)

    def _answered(self, outcome: object) -> None:
        self._question = ""
        self._progress.hide()
        self._again.setEnabled(True)
        if isinstance(outcome, Diagnosis):
            self.diagnosis = outcome
            self._show()
        elif isinstance(outcome, Problem):
            if self.diagnosis is None:
                self._empty.say("stethoscope", outcome.sentence, outcome.remedy)
            elif outcome.code != "cancelled":
                self.said.emit(problem_sentence(outcome))

    def clear(self) -> None:
        """Nothing of it stays behind a lock."""
        self._question = ""
        self.diagnosis = None
        self._progress.hide()
        self._again.setEnabled(True)
        self._lines.show_cards([])
        self._show()

    # Showing

    def _show(self) -> None:
        found = self.diagnosis
        for each in (self._copy, self._save):
            each.setEnabled(found is not None)
        self._bar_room.setVisible(found is not None)
        self._area.setVisible(found is not None)
        self._empty.setVisible(found is None)
        if found is None:
            return
        if self._which.current() == _REQUIREMENTS:
            self._bar.say("info", self._requirement_words(found))
            self._lines.show_cards(self._requirement_cards(found))
        else:
            self._bar.say(*summary(list(found.checks)))
            self._lines.show_cards(self._check_cards(found))
        self._area.verticalScrollBar().setValue(0)

    def _check_cards(self, found: Diagnosis) -> list[QWidget]:
        checks = list(found.checks)
        if self._which.current() == _TO_LOOK_AT:
            checks = [each for each in checks if each.state in ("fail", "warn")]
        view = self._bridge.view
        names = {each.id: each.address for each in view.accounts()} if view is not None else {}
        groups = [(_("Cet ordinateur"), [each for each in checks if each.account is None])]
        for account in dict.fromkeys(each.account for each in checks if each.account is not None):
            title = names.get(account) or _("Boîte aux lettres")
            groups.append((title, [each for each in checks if each.account == account]))
        groups = [group for group in groups if group[1]]
        # What fails is read first; sorted() keeps the order of the rest.
        groups.sort(key=lambda group: worst(group[1]) != "fail")
        return [
            *(check_card(title, lines) for title, lines in groups),
            *(support_card(operator) for operator in found.support),
        ]

    def _requirement_words(self, found: Diagnosis) -> str:
        done = sum(each.state == "done" for each in found.requirements)
        partly = sum(each.state == "partly" for each in found.requirements)
        return _("Référentiel socle MSSanté n°\u00a02, v1.0.1\u00a0: {done} et {partly}, sur {all}.").format(
            done=count("{n} exigence remplie", "{n} exigences remplies", done),
            partly=count("{n} en partie", "{n} en partie", partly),
            all=len(found.requirements),
        )

    def _requirement_cards(self, found: Diagnosis) -> list[QWidget]:
        cards: list[QWidget] = []
        for family, title in _families().items():
            lines = [each for each in found.requirements if each.id.startswith(f"{family}.")]
            if lines:
                cards.append(requirement_card(title, lines))
        return cards

    def _follow(self, line: QWidget) -> None:
        self._area.ensureWidgetVisible(line, 0, 24)

    # Handing over

    def _copied(self) -> None:
        if self.diagnosis is not None:
            QGuiApplication.clipboard().setText(self.diagnosis.text)
            self.said.emit(_("Le diagnostic est copié, sans donnée de santé."))

    def _saved(self) -> None:
        if self.diagnosis is None:
            return
        day = datetime.now(zone()).strftime("%Y-%m-%d")
        where, _kind = QFileDialog.getSaveFileName(
            self, _("Enregistrer le diagnostic"), f"diagnostic-{day}.txt", _("Texte (*.txt)")
        )
        if where:
            self.write(Path(where))

    def write(self, path: Path) -> None:
        """Write the text for the support desk, and say how it went."""
        if self.diagnosis is None:
            return
        try:
            path.write_text(self.diagnosis.text, encoding="utf-8")
        except OSError:
            self.said.emit(_("Le fichier n’a pas pu être écrit. Choisissez un autre dossier."))
        else:
            self.said.emit(_("Le diagnostic est enregistré, sans donnée de santé."))
