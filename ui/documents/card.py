"""One medical document in the reader: whose it is, what is out of range, the table, the original words."""

import re
from datetime import date, datetime

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QFrame, QLabel, QPlainTextEdit, QSizePolicy, QWidget

from mssclient.model.documents import Document, Patient
from mssclient.model.language import _
from ui.documents.figures import in_sentence, level
from ui.documents.table import ResultTable
from ui.kit import Glyph, MessageBar, Segmented, box, document_badge, label, wrap
from ui.theme import appearance, font
from ui.theme.words import DOCUMENT_BADGES, NBSP, count, zone

__all__ = ["DocumentCard", "born", "patient_name"]

_TEXT_LINES = 400
"""Lines of original words shown at their full height."""


def patient_name(patient: Patient) -> str:
    """« LEROUX Jeanne »; « Patient non identifié » without a name."""
    name = f"{patient.family.upper()} {patient.given}".strip()
    if not name:
        return _("Patient non identifié")
    title = {"F": _("Mme"), "M": _("M.")}.get((patient.sex or "").upper()[:1], "")
    return f"{title} {name}".strip()


def born(patient: Patient, today: date | None = None) -> str:
    """« Née le 14/03/1957 (69 ans) »; "" when the date is missing."""
    try:
        birth = date.fromisoformat((patient.birth or "")[:10])
    except ValueError:
        return ""
    now = today or datetime.now(zone()).date()
    years = now.year - birth.year - ((now.month, now.day) < (birth.month, birth.day))
    sex = (patient.sex or "").upper()[:1]
    verb = {"F": _("Née le"), "M": _("Né le")}.get(sex, _("Né(e) le"))
    if years < 0 or years > 130:
        return f"{verb} {birth:%d/%m/%Y}"
    if years < 2:
        months = (now.year - birth.year) * 12 + now.month - birth.month - (now.day < birth.day)
        age = f"{months}{NBSP}{_('mois')}"
    else:
        age = f"{years}{NBSP}{_('ans')}"
    return f"{verb} {birth:%d/%m/%Y} ({age})"


def _taken(stamp: str | None) -> str:
    """« du 24/11/2026 à 07:50 » from an ISO date."""
    found = re.match(r"(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2}))?", stamp or "")
    if not found:
        return ""
    day = f"{found[3]}/{found[2]}/{found[1]}"
    if found[4]:
        return _("Document du {day} à {time}").format(day=day, time=f"{found[4]}:{found[5]}")
    return _("Document du {day}").format(day=day)


class DocumentCard(QFrame):
    """Shows any :class:`Document`. Its height follows its content; the page scrolls."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.document = document
        self.setProperty("box", "card")
        name = patient_name(document.patient)
        self.setAccessibleName(_("Document de {name}").format(name=name))
        title = label(name, "h3", 600, select=True)
        badge = document_badge(DOCUMENT_BADGES.get(document.kind, document.kind.upper()))
        facts = " · ".join(
            part
            for part in (born(document.patient), _taken(document.date), document.author, document.title)
            if part
        )
        about = label(facts, "small", 400, "muted", tab=True, wrap=True, select=True)
        about.setVisible(bool(facts))
        about.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._switch: Segmented | None = None
        both = bool(document.lines) and bool(document.text.strip())
        if both:
            self._switch = Segmented((_("Tableau"), _("Texte d’origine")), 0, _("Présentation du document"))
            self._switch.chosen.connect(self._choose)
        words = box("v", box("h", title, badge, None, gap=8), about, gap=2)
        top = box("h", words, m=(16, 10, 14, 10), gap=12)
        if self._switch is not None:
            top.addWidget(self._switch, 0, Qt.AlignmentFlag.AlignTop)
        column = box("v", top, m=(1, 1, 1, 8), gap=0)
        if document.problem:
            bar = MessageBar("warning", document.problem)
            column.addLayout(box("v", bar, m=(15, 0, 13, 10)))
        alert = self._alert()
        if alert is not None:
            column.addWidget(alert)
        self._pages: list[QWidget] = []
        if document.lines:
            self._pages.append(ResultTable(document.lines, _("Résultats de {name}").format(name=name)))
        if document.text.strip() or not document.lines:
            self._pages.append(_Original(document.text))
        for page in self._pages:
            column.addWidget(page)
        self.setLayout(column)
        self._choose(0)

    def _alert(self) -> QWidget | None:
        """« 4 valeurs hors intervalle, dont 1 critique : potassium »."""
        out = [line for line in self.document.lines if not line.heading and level(line)]
        if not out:
            return None
        critical = [line.label for line in out if abs(level(line)) == 2]
        sentence = count("{n} valeur hors intervalle", "{n} valeurs hors intervalle", len(out))
        said = label(sentence, "base", 600, "danger")
        rest: QLabel | None = None
        if critical:
            named = ", ".join(map(in_sentence, critical[:3])) + ("…" if len(critical) > 3 else "")
            more = count("dont {n} critique", "dont {n} critiques", len(critical))
            rest = label(f", {more}{NBSP}: {named}", "base", 400, "danger", wrap=True)
            rest.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        row = box("h", Glyph("octagon-alert", "danger", 16), 8, said, m=(16, 0, 16, 10), gap=0)
        if rest is not None:
            row.addWidget(rest, 1)
        else:
            row.addStretch(1)
        return wrap(row)

    def _choose(self, index: int) -> None:
        for place, page in enumerate(self._pages):
            page.setVisible(place == index)


class _Original(QPlainTextEdit):
    """The words as they came, in columns: a fixed-width face, selectable, never wrapped."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.setReadOnly(True)
        self.setProperty("bare", "true")
        self.setAccessibleName(_("Texte d’origine"))
        self.setTabChangesFocus(True)
        self.setPlainText(text.rstrip() or _("Ce document ne contient pas de texte."))
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setViewportMargins(16, 0, 8, 0)
        if self.blockCount() <= _TEXT_LINES:
            self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        appearance().changed.connect(self._measure)
        self._measure()

    def _measure(self) -> None:
        face = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        face.setPointSizeF(font("small").pointSizeF())
        self.setFont(face)
        lines = min(self.blockCount(), _TEXT_LINES)
        self.setFixedHeight(lines * self.fontMetrics().lineSpacing() + 24)
