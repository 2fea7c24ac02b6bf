"""The PIN of a card: one box a digit, the tries that are left, a keypad on the screen for who wants one."""

from PySide6.QtCore import QRectF, QRegularExpression, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QRegularExpressionValidator
from PySide6.QtWidgets import QGridLayout, QLineEdit, QWidget

from mssclient.model.language import _, ngettext
from mssclient.model.prompts import TOKEN_PIN_LENGTHS, Prompt, PromptAnswer
from mssclient.model.secrets import Secret
from ui.kit import Dialog, MessageBar, box, button, check_box, label, secret_edit
from ui.kit.layout import wrap
from ui.theme import as_colour, give_font
from ui.theme.words import NBSP

__all__ = ["PinDialog"]

_BOX_H = 56
_FEW = 6
"""Digits that stand in wide boxes; more get narrow ones, so that all fit into the dialog."""
_DIGITS = ("1", "2", "3", "4", "5", "6", "7", "8", "9", "", "0", "⌫")


class PinEdit(QLineEdit):
    """A password entry that paints itself as boxes; to a screen reader it is an ordinary password entry."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._box, self._gap = (52, 12) if most <= _FEW else (40, 8)
        self.setAccessibleName(_("Code porteur"))
        self.setEchoMode(QLineEdit.EchoMode.Password)
        self.setMaxLength(most)
        self.setValidator(QRegularExpressionValidator(QRegularExpression("[0-9]*"), self))
        hints = Qt.InputMethodHint.ImhHiddenText | Qt.InputMethodHint.ImhSensitiveData
        self.setInputMethodHints(hints | Qt.InputMethodHint.ImhDigitsOnly)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        # The common sheet gives entries one height, and wins over the widget's own.
        height = _BOX_H + 4
        self.setStyleSheet(f"min-height: {height}px; max-height: {height}px; border: 0; padding: 0")
        self.setFixedWidth(self.sizeHint().width())
        give_font(self)
        self.textChanged.connect(lambda _text: self.update())
        self.selectionChanged.connect(self.deselect)

    def sizeHint(self) -> QSize:
        most = self.maxLength()
        return QSize(most * self._box + (most - 1) * self._gap + 4, _BOX_H + 4)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        typed = len(self.text())
        for k in range(self.maxLength()):
            where = QRectF(2 + k * (self._box + self._gap), 2, self._box, _BOX_H)
            here = self.hasFocus() and k == min(typed, self.maxLength() - 1)
            painter.setBrush(as_colour("surface"))
            painter.setPen(QPen(as_colour("focus" if here else "outline"), 2 if here else 1))
            painter.drawRoundedRect(where, 8, 8)
            if k < typed:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(as_colour("text"))
                painter.drawEllipse(where.center(), 5, 5)
            elif here and self.isEnabled():
                painter.setPen(QPen(as_colour("text"), 2))
                middle = where.center()
                painter.drawLine(middle.x(), middle.y() - 10, middle.x(), middle.y() + 10)


class PinDialog(Dialog):
    """One prompt of the kind "pin". What was typed is cleared with the answer."""

    def __init__(self, parent: QWidget | None, prompt: Prompt) -> None:
        phrase = prompt.length == TOKEN_PIN_LENGTHS
        super().__init__(
            parent,
            prompt.title or _("Saisissez votre code porteur"),
            _whose(prompt),
            primary=_("Valider"),
            width=440,
            ic="key-round" if phrase else "credit-card",
        )
        self._prompt = prompt
        self._least, most = prompt.length
        self.entry = secret_edit(_("Code du certificat")) if phrase else PinEdit(max(4, min(most, 8)))
        self.entry.textChanged.connect(lambda _text: self._check())
        self.sure = check_box(
            (
                _("J’ai compris{nb}: un code faux bloque le support.")
                if phrase
                else _("J’ai compris{nb}: un code faux bloque la carte.")
            ).format(nb=NBSP)
        )
        self.sure.toggled.connect(lambda _on: self._check())
        self.sure.setVisible(prompt.tries_left == 1)
        self._said = MessageBar("danger", prompt.problem)
        self._said.setVisible(bool(prompt.problem))
        last = prompt.tries_left is not None and prompt.tries_left < 2
        self._tries = label(_tries_words(prompt.tries_left), "small", 600, "danger" if last else "")
        self._tries.setVisible(prompt.tries_left is not None)
        self._keys = self._keypad()
        self._keys.hide()
        self.keypad_button = button(_("Clavier à l’écran"), "link", "keyboard")
        self.keypad_button.setCheckable(True)
        self.keypad_button.toggled.connect(self._show_keypad)
        if phrase:
            self.keypad_button.hide()
        words = (
            _("C’est le code choisi avec ce certificat. Des codes faux répétés peuvent bloquer son support.")
            if phrase
            else _(
                "Après trois codes faux, la carte est bloquée\u202f;"
                " il faut alors le code de déblocage reçu avec elle."
            )
        )
        self.content.addWidget(self._said)
        self.content.addLayout(box("h", self.entry) if phrase else box("h", None, self.entry, None))
        self.content.addLayout(box("h", None, self._tries, None))
        self.content.addLayout(box("h", None, self._keys, None))
        self.content.addWidget(label(words, "small", 400, "muted", wrap=True))
        self.content.addWidget(self.sure)
        self.content.addLayout(box("h", self.keypad_button, None))
        if prompt.tries_left == 0:  # nothing more is to be typed
            self.entry.hide()
            self.keypad_button.hide()
            self.primary_button.hide()
            self.cancel_button.set_label(_("Fermer"))
        self._check()
        self.entry.setFocus()

    def _keypad(self) -> QWidget:
        grid = QGridLayout()
        grid.setSpacing(6)
        for number, digit in enumerate(_DIGITS):
            if not digit:
                continue
            key = button(digit, "secondary")
            key.setFixedSize(52, 40)
            key.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            key.setAccessibleName(_("Effacer le dernier chiffre") if digit == "⌫" else digit)
            key.clicked.connect(lambda _on=False, digit=digit: self._press(digit))
            grid.addWidget(key, number // 3, number % 3)
        return wrap(grid)

    def _press(self, digit: str) -> None:
        if digit == "⌫":
            self.entry.backspace()
        else:
            self.entry.insert(digit)

    def _show_keypad(self, shown: bool) -> None:
        self._keys.setVisible(shown)
        self.keypad_button.set_label(_("Masquer le clavier") if shown else _("Clavier à l’écran"))
        self.entry.setFocus()
        self.fit()

    def _check(self) -> None:
        ready = len(self.entry.text()) >= self._least
        last = self._prompt.tries_left == 1
        self.primary_button.setEnabled(
            ready and self._prompt.tries_left != 0 and (self.sure.isChecked() or not last)
        )

    def answer(self, accepted: bool) -> PromptAnswer:
        """The answer; the entry is cleared."""
        secret = Secret(self.entry.text()) if accepted else Secret()
        self.entry.blockSignals(True)
        self.entry.clear()
        self.entry.blockSignals(False)
        return PromptAnswer(prompt=self._prompt.id, accepted=accepted, secret=secret)


def _whose(prompt: Prompt) -> str:
    if not prompt.holder:
        return prompt.sentence
    words = (
        _("Certificat{nb}: {holder}") if prompt.length == TOKEN_PIN_LENGTHS else _("Carte CPS{nb}: {holder}")
    )
    return words.format(holder=prompt.holder, nb=NBSP)


def _tries_words(left: int | None) -> str:
    if left is None:
        return ""
    if left == 0:
        return _("Carte bloquée")
    return ngettext("Dernier essai", "{n} essais restants", left).format(n=left)
