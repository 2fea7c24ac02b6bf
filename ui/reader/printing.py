"""Printing one message: heading, padlock in words, body, results as a plain table."""

import html

from PySide6.QtGui import QTextDocument
from PySide6.QtPrintSupport import QPrintDialog, QPrinter
from PySide6.QtWidgets import QWidget

from mssclient.model.documents import Document
from mssclient.model.language import _
from mssclient.model.messages import MessageView
from ui.documents.card import born, patient_name
from ui.documents.figures import arrows, interval, level, shown
from ui.theme import font
from ui.theme.words import NBSP, full_date, shown_subject, verdict_word

__all__ = ["print_message", "printed"]


def printed(view: MessageView) -> str:
    """The page as our own markup; every word of the message escaped, no picture, no link."""
    summary = view.summary
    sender = f"{summary.sender.name} <{summary.sender.address}>".strip()
    to = ", ".join(person.name or person.address for person in summary.to)
    rows = (
        (_("De"), sender),
        (_("À"), to),
        (_("Date"), full_date(view.row.date_utc)),
        (_("Sécurité"), verdict_word(view.verdict.level)),
    )
    head = "".join(
        f"<tr><td><b>{html.escape(name)}{NBSP}:</b>&nbsp;</td><td>{html.escape(value)}</td></tr>"
        for name, value in rows
    )
    words = view.html.text if view.html is not None and view.html.text else view.text
    body = html.escape(words).replace("\n", "<br>")
    cards = "".join(_document(document) for document in view.documents)
    title = html.escape(shown_subject(summary.subject))
    return f"<h2>{title}</h2><table>{head}</table><hr><p>{body}</p>{cards}"


def _document(document: Document) -> str:
    title = html.escape(f"{patient_name(document.patient)} {born(document.patient)}")
    if not document.lines:
        return f"<h3>{title}</h3><pre>{html.escape(document.text)}</pre>"
    lines: list[str] = []
    for line in document.lines:
        if line.heading:
            lines.append(f"<tr><td colspan='4'><b>{html.escape(line.label)}</b></td></tr>")
            continue
        out = level(line)
        value = f"{shown(line.value)} {line.unit} {arrows(out) if out else ''}"
        cells = (line.label, value, interval(line), shown(line.previous))
        lines.append("<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in cells) + "</tr>")
    heads = (_("Analyse"), _("Résultat"), _("Intervalle de référence"), _("Antérieur"))
    top = "".join(f"<th align='left'>{html.escape(word)}</th>" for word in heads)
    return f"<h3>{title}</h3><table width='100%' cellpadding='3'><tr>{top}</tr>{''.join(lines)}</table>"


def print_message(parent: QWidget, view: MessageView) -> bool:
    """Ask for a printer, then print. True when it was sent to one."""
    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    dialog = QPrintDialog(printer, parent)
    dialog.setWindowTitle(_("Imprimer le message"))
    if dialog.exec() != QPrintDialog.DialogCode.Accepted:
        return False
    page = QTextDocument()
    page.setDefaultFont(font("base"))
    page.setHtml(printed(view))
    page.print_(printer)
    return True
