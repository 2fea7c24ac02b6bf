"""The HPRIM dialog: where to, how, go; then progress and a line for each file."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QHeaderView,
    QProgressBar,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from mssclient.model.accounts import Folder
from mssclient.model.changes import Progress
from mssclient.model.errors import Problem
from mssclient.model.ids import AccountId
from mssclient.model.language import _
from mssclient.model.questions import Delivered, DeliveryReport
from mssclient.model.wants import DeliverHprim, SetSetting
from ui.documents.card import patient_name
from ui.kit import Dialog, MessageBar, box, button, check_box, combo, label, line_edit, problem_sentence, wrap
from ui.theme import as_colour, give_font, icon, scaled
from ui.theme.words import NBSP, count, quoted

if TYPE_CHECKING:
    from ui.bridge import Bridge

__all__ = ["DeliveryDialog", "report_text", "summary_words"]

_CHARSETS = ("windows-1252", "utf-8", "iso-8859-1")
_EXTENSIONS = ("keep", ".hpr", ".HPR", ".txt")
_FLAGS = ("", ".OK", ".ok")


def _charset_words(charset: str) -> str:
    return {
        "windows-1252": _("Windows-1252 (recommandé)"),
        "utf-8": "UTF-8",
        "iso-8859-1": "ISO-8859-1",
    }[charset]


def _extension_words(extension: str) -> str:
    if extension == "keep":
        return _("Extension d’origine")
    return _("Toujours {extension}").format(extension=extension)


def _flag_words(flag: str) -> str:
    return _("Avec un témoin {extension}").format(extension=flag) if flag else _("Sans fichier témoin")


def _who(line: Delivered) -> str:
    names = [patient_name(patient) for patient in line.patients]
    if not names:
        return _("Patient non identifié")
    return names[0] if len(names) == 1 else f"{names[0]}{NBSP}+ {len(names) - 1}"


def _lines(report: DeliveryReport) -> list[tuple[str, str, Delivered, str]]:
    """(icon, colour, line, words of its state), failures first."""
    shown = [("circle-alert", "danger", line, line.reason) for line in report.failed]
    for line in report.delivered:
        words = _("Serait enregistré") if report.dry_run else _("Enregistré")
        shown.append(
            ("circle-check", "success", line, _("Correction enregistrée") if line.correction else words)
        )
    shown += [("copy", "muted", line, line.reason) for line in report.skipped]
    return shown


def report_text(report: DeliveryReport) -> str:
    """The report for « Copier le rapport »: a line for each file, tabs between."""
    rows = [
        "\t".join((_who(line), line.sender, line.file, words))
        for _icon, _colour, line, words in _lines(report)
    ]
    return "\n".join((summary_words(report), *rows))


def summary_words(report: DeliveryReport) -> str:
    """« 3 enregistrés · 1 ignoré · 0 échec »"""
    saved = count("{n} enregistré", "{n} enregistrés", len(report.delivered))
    known = count("{n} ignoré", "{n} ignorés", len(report.skipped))
    failed = count("{n} échec", "{n} échecs", len(report.failed))
    return f"{saved} · {known} · {failed}"


class DeliveryDialog(Dialog):
    """One delivery. « Poursuivre en arrière-plan » closes it and leaves the work going."""

    finished_delivery = Signal(object)
    """:class:`DeliveryReport` or Problem, also after the dialog was closed."""
    show_message = Signal(object)
    """The person wants to see the message of a failure (its placement)."""

    def __init__(
        self,
        bridge: "Bridge",
        parent: QWidget | None,
        account: AccountId | None = None,
        folder: Folder | None = None,
    ) -> None:
        self._copy = button(_("Copier le rapport"), "link", "copy", on_click=self._copy_report)
        self._copy.hide()
        super().__init__(
            parent,
            _("Télécharger les résultats HPRIM"),
            _("Les résultats du dossier {name} sont déposés, une seule fois, dans le dossier choisi.").format(
                name=quoted(folder.name)
            )
            if folder is not None
            else _(
                "Les résultats de la boîte de réception sont déposés, une seule fois, dans le dossier choisi."
            ),
            primary=_("Télécharger"),
            width=700,
            link=self._copy,
        )
        self._bridge = bridge
        self._account = account
        self._folder = folder.id if folder is not None else None
        self._want: str | None = None
        self._report: DeliveryReport | None = None
        view = bridge.view
        self._setting = view.setting if view is not None else (lambda _name, default=None: default)
        self._build()
        bridge.progress.connect(self._progressed)
        bridge.locked.connect(self._locked)
        self._directory.textChanged.connect(lambda _text: self._allow())
        self._allow()
        (self.primary_button if self.primary_button.isEnabled() else self._directory).setFocus()

    def _build(self) -> None:
        self._directory = line_edit(_("Dossier de dépôt"), str(self._setting("hprim.directory", "") or ""))
        browse = button(_("Parcourir…"), "secondary", on_click=self._browse)
        self._charset = self._choice(_("Encodage"), _CHARSETS, _charset_words, "hprim.charset")
        self._extension = self._choice(_("Extension"), _EXTENSIONS, _extension_words, "hprim.extension")
        self._flag = self._choice(_("Fichier témoin"), _FLAGS, _flag_words, "hprim.flag")
        self._again = check_box(_("Télécharger de nouveau ceux déjà récupérés"))
        self._form = wrap(
            box(
                "v",
                self._line(_("Dossier de dépôt"), self._directory, browse),
                self._line(
                    "", label(_("Dossier relevé par votre logiciel de cabinet"), "small", 400, "muted")
                ),
                self._line(_("Fichiers"), self._extension, self._charset),
                self._line(_("Témoin"), self._flag, None),
                self._line(_("Options"), self._again),
                gap=8,
            )
        )
        self._state = label("", "base", 600, tab=True)
        self._counts = label("", "small", 400, "muted", tab=True)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(_("Avancement"))
        self._work = wrap(box("v", box("h", self._state, None, self._counts), self._bar, gap=8))
        self._work.hide()
        self._said = MessageBar("danger")
        self._said.hide()
        self._table = QTableWidget(0, 4)
        self._table.setAccessibleName(_("Résultats du téléchargement"))
        self._table.setHorizontalHeaderLabels([_("Patient"), _("Expéditeur"), _("Fichier"), _("État")])
        self._table.verticalHeader().hide()
        self._table.verticalHeader().setDefaultSectionSize(scaled(32))
        self._table.setShowGrid(False)
        self._table.setIconSize(QSize(16, 16))
        self._table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self._table.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        self._table.setTabKeyNavigation(False)
        give_font(self._table, "small")
        top = self._table.horizontalHeader()
        top.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        top.setHighlightSections(False)
        for column in range(4):
            top.setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch)
        self._table.setWordWrap(False)
        self._table.hide()
        self._table.itemActivated.connect(self._open_line)
        for part in (self._form, self._work, self._said, self._table):
            self.content.addWidget(part)

    def _choice(
        self, name: str, choices: tuple[str, ...], words: Callable[[str], str], setting: str
    ) -> QComboBox:
        """The first is what holds when nothing was chosen yet."""
        kept = self._setting(setting, choices[0])
        current = choices.index(kept) if kept in choices else 0
        return combo(name, *(words(choice) for choice in choices), current=current)

    def _line(self, name: str, *parts: QWidget | None) -> QWidget:
        shown = label(name, "base", 500)
        shown.setFixedWidth(132)
        first = next((part for part in parts if part is not None), None)
        if name and first is not None:
            shown.setBuddy(first)
        row = box("h", shown, *parts, gap=8)
        row.setStretch(1, 1)
        return wrap(row)

    def _allow(self) -> None:
        self.primary_button.setEnabled(bool(self._directory.text().strip()) and self._want is None)

    def _browse(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self, _("Dossier de dépôt"), self._directory.text())
        if chosen:
            self._directory.setText(chosen)

    # Work

    def confirm(self) -> None:
        """« Télécharger », then « Poursuivre en arrière-plan »."""
        if self._want is not None:
            self.accept()
            return
        directory = self._directory.text().strip()
        kept = (
            ("hprim.directory", directory),
            ("hprim.charset", _CHARSETS[self._charset.currentIndex()]),
            ("hprim.extension", _EXTENSIONS[self._extension.currentIndex()]),
            ("hprim.flag", _FLAGS[self._flag.currentIndex()]),
        )
        for name, value in kept:
            if self._setting(name) != value:
                self._bridge.post(SetSetting(name=name, value=json.dumps(value)))
        self._form.setEnabled(False)
        self._said.hide()
        self._table.hide()
        self._report = None
        self._copy.hide()
        self._counts.setText("")
        self._work.show()
        self._state.setText(_("Téléchargement…"))
        self._bar.setRange(0, 0)
        want = DeliverHprim(
            directory=directory,
            account=self._account,
            folder=self._folder,
            again=self._again.isChecked(),
        )
        self._want = self._bridge.post(want, self._ended)
        self.primary_button.set_label(_("Poursuivre en arrière-plan"))
        self.primary_button.setEnabled(True)
        self.cancel_button.set_label(_("Arrêter"))

    @property
    def working(self) -> bool:
        """A delivery goes on, also behind a closed dialog."""
        return self._want is not None

    def reject(self) -> None:
        """« Arrêter » stops the work first; what is written stays written."""
        if self._want is not None:
            self._bridge.cancel(self._want)
            self.cancel_button.setEnabled(False)
            return
        super().reject()

    def _locked(self) -> None:
        """Nothing of a patient stays over the lock; the engine has stopped the work itself."""
        self._report = None
        self._table.setRowCount(0)
        super().reject()

    def _progressed(self, progress: Progress) -> None:
        if progress.id != self._want:
            return
        self._bar.setRange(0, max(0, progress.total))
        self._bar.setValue(progress.done)
        if progress.total:
            words = _("Téléchargement{nb}: {done} sur {total}")
            self._state.setText(words.format(nb=NBSP, done=progress.done, total=progress.total))

    def _ended(self, outcome: object) -> None:
        self._want = None
        self.finished_delivery.emit(outcome)
        self._form.setEnabled(True)
        self.cancel_button.setEnabled(True)
        self.cancel_button.set_label(_("Fermer"))
        self.primary_button.set_label(_("Télécharger"))
        self._allow()
        if isinstance(outcome, Problem):
            self._work.hide()
            self._said.say("danger", problem_sentence(outcome))
            self._said.show()
            self.fit()
        elif isinstance(outcome, DeliveryReport):
            self._show_report(outcome)

    def _show_report(self, report: DeliveryReport) -> None:
        self._report = report
        done = len(report.delivered) + len(report.skipped) + len(report.failed)
        self._bar.setRange(0, max(1, done))
        self._bar.setValue(max(1, done))
        self._state.setText(_("Téléchargement terminé"))
        self._counts.setText(summary_words(report))
        self._copy.show()
        if report.failed:
            first = report.failed[0]
            words = count(
                "{n} fichier n’a pas pu être déposé. Son message reste où il est.",
                "{n} fichiers n’ont pas pu être déposés. Leurs messages restent où ils sont.",
                len(report.failed),
            )
            see = button(_("Voir le message"), "quiet", small=True)
            see.clicked.connect(lambda: self._see(first))
            self._said.say("danger", words, (see,))
            self._said.show()
        elif not report.delivered:
            self._said.say("info", _("Aucun nouveau résultat."))
            self._said.show()
        lines = _lines(report)
        self._table.setRowCount(len(lines))
        for row, (glyph, colour, line, words) in enumerate(lines):
            cells = (_who(line), line.sender, line.file, words)
            for column, text in enumerate(cells):
                cell = QTableWidgetItem(text)
                cell.setToolTip(text)
                if column == 0:
                    cell.setIcon(icon(glyph, colour))
                    cell.setData(Qt.ItemDataRole.UserRole, int(line.message))
                if column == 3 and colour == "danger":
                    cell.setForeground(as_colour("danger"))
                self._table.setItem(row, column, cell)
        shown = min(6, len(lines))
        self._table.setFixedHeight(scaled(30) + scaled(32) * shown + 4)
        self._table.setVisible(bool(lines))
        self.fit()

    def _open_line(self, item: QTableWidgetItem) -> None:
        first = self._table.item(item.row(), 0)
        if first is not None:
            self.show_message.emit(first.data(Qt.ItemDataRole.UserRole))

    def _see(self, line: Delivered) -> None:
        self.show_message.emit(line.message)
        super().reject()

    def _copy_report(self) -> None:
        if self._report is not None:
            QGuiApplication.clipboard().setText(report_text(self._report))
