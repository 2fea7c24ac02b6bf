"""What stands in the window in which a message is written: lines of people, words, files, the promise."""

from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QMenu, QWidget

from mssclient.model.accounts import Account
from mssclient.model.drafts import Draft
from mssclient.model.language import _
from mssclient.model.questions import Routes, RoutesAnswer
from ui.composer.enclosures import Enclosures
from ui.composer.promise import in_clear, promise_of
from ui.composer.recipients import Recipients
from ui.composer.words import Words
from ui.kit import Glyph, MessageBar, box, button, hline, label, set_role, tool, wrap
from ui.theme import give_font, scaled
from ui.theme.words import clock, count, shown_subject

if TYPE_CHECKING:
    from ui.bridge import Bridge

__all__ = ["Form"]


class Form(QWidget):
    """A draft made visible, and read back by ``draft()``; asks the routes of its people."""

    touched = Signal()
    """Something of the draft is different now."""
    routed = Signal()
    """The routes of the people that stand here now are known, or cannot be."""
    send_wanted = Signal()
    discard_wanted = Signal()
    files_given = Signal(list)
    """Paths dropped or pasted on the words."""

    def __init__(self, bridge: "Bridge", draft: Draft, accounts: list[Account]) -> None:
        super().__init__()
        self._bridge = bridge
        self._draft = draft
        self._accounts = {account.id: account for account in accounts}
        self.level = "unknown"
        """Of the worst recipient; holds while ``routes_known``."""
        self.routes_known = True
        self._build()
        self._fill(draft)
        for part in self.lines:
            part.changed.connect(self._people_changed)
        self.subject.textEdited.connect(self.touched)
        self.words.textChanged.connect(self.touched)
        self.enclosures.removed.connect(self.touched)
        self.ask_routes()

    # Building

    def _build(self) -> None:
        self._from = button(
            "", "plain", "user-round", chevron=len(self._accounts) > 1, on_click=self._choose_account
        )
        self._state = label("", "small", 400, "muted", tab=True)
        discard = tool("trash-2", _("Supprimer le brouillon"), size=16, on_click=self.discard_wanted.emit)
        self.to = Recipients(self._bridge, _("À"))
        self.cc = Recipients(self._bridge, _("Cc"))
        self.bcc = Recipients(self._bridge, _("Cci"))
        self.lines = (self.to, self.cc, self.bcc)
        self._more_cc = button(
            _("Cc"), "plain", small=True, on_click=lambda: self._open_line(self._cc_row, self.cc)
        )
        self._more_bcc = button(
            _("Cci"), "plain", small=True, on_click=lambda: self._open_line(self._bcc_row, self.bcc)
        )
        self.subject = QLineEdit()
        self.subject.setProperty("bare", "true")
        self.subject.setAccessibleName(_("Objet"))
        give_font(self.subject, "base", 600)
        self.words = Words()
        self.words.setMinimumHeight(scaled(72))
        self.words.files_given.connect(self.files_given)
        account = self._accounts.get(self._draft.account)
        self.enclosures = Enclosures(account.attachment_limit_octets if account else 15_000_000)
        self.bar = MessageBar("warning")
        self._bar_row = wrap(box("v", self.bar, m=(20, 4, 20, 8)))
        self._bar_row.hide()
        self._cc_row = self._row(_("Cc"), self.cc)
        self._bcc_row = self._row(_("Cci"), self.bcc)
        self._told_glyph = Glyph("circle-help", "muted", 16)
        self._told = label("", "base", 500, "muted")
        self.send = button(_("Envoyer"), "primary", "send-horizontal", on_click=self.send_wanted.emit)
        self.send.setToolTip("Ctrl+Entrée")
        foot = wrap(
            box("h", None, self._told_glyph, self._told, 4, self.send, m=(12, 0, 20, 0), gap=6), "sunken"
        )
        foot.setFixedHeight(scaled(56))
        words = wrap(box("v", self.words, m=(16, 10, 16, 0)))
        column = box(
            "v",
            self._row(_("De"), self._from, None, self._state, discard),
            hline(),
            self._row(_("À"), self.to, self._more_cc, self._more_bcc),
            self._cc_row,
            self._bcc_row,
            self._bar_row,
            hline(),
            self._row(_("Objet"), self.subject),
            hline(),
            words,
            hline(),
            self.enclosures,
            hline(),
            foot,
            gap=0,
        )
        column.setStretchFactor(words, 1)
        self.setLayout(column)

    def _row(self, name: str, *parts: QWidget | None) -> QWidget:
        shown = label(name, "base", 400, "muted")
        shown.setFixedWidth(52)
        row = box("h", shown, *parts, m=(20, 8, 16, 8), gap=6)
        for place, part in enumerate(parts, 1):
            if isinstance(part, Recipients | QLineEdit):
                row.setStretch(place, 1)
                shown.setBuddy(part.entry if isinstance(part, Recipients) else part)
        return wrap(row)

    def _open_line(self, row: QWidget, line: Recipients) -> None:
        row.show()
        (self._more_cc if line is self.cc else self._more_bcc).hide()
        line.entry.setFocus()

    def _fill(self, draft: Draft) -> None:
        self._show_account()
        self.to.set_people(draft.to)
        self.cc.set_people(draft.cc)
        self.bcc.set_people(draft.bcc)
        self._cc_row.setVisible(bool(draft.cc))
        self._bcc_row.setVisible(bool(draft.bcc))
        self._more_cc.setVisible(not draft.cc)
        self._more_bcc.setVisible(not draft.bcc)
        self.subject.setText(shown_subject(draft.subject))
        self.words.setPlainText(draft.text)
        self.enclosures.set_files(draft.attachments)
        self.say_kept(draft.kept_utc)

    def say_kept(self, when_utc: int) -> None:
        """« Brouillon enregistré à … »; nothing for 0."""
        self._state.setText(
            _("Brouillon enregistré à {time}").format(time=clock(when_utc)) if when_utc else ""
        )

    # The BAL it leaves from

    def _show_account(self) -> None:
        account = self._accounts.get(self._draft.account)
        if account is not None:
            words = _account_words(account)
            self._from.set_label(words, "building-2" if account.kind == "organisational" else "user-round")
            self._from.setAccessibleName(_("De{nb}: {who}").format(nb="\u00a0", who=words))
            self.enclosures.set_limit(account.attachment_limit_octets)

    def _choose_account(self) -> None:
        if len(self._accounts) < 2:
            return
        menu = QMenu(self)
        for account in self._accounts.values():
            words = _account_words(account)
            menu.addAction(words).triggered.connect(lambda _on=False, one=account: self._use(one))
        menu.exec(self._from.mapToGlobal(self._from.rect().bottomLeft()))

    def _use(self, account: Account) -> None:
        self._draft = msgspec.structs.replace(self._draft, account=account.id)
        self._show_account()
        self._people_changed()

    # Reading it back

    def draft(self) -> Draft:
        """What is on the screen now."""
        return msgspec.structs.replace(
            self._draft,
            to=self.to.people,
            cc=self.cc.people,
            bcc=self.bcc.people,
            subject=self._whole_subject(),
            text=self.words.toPlainText(),
            attachments=tuple(self.enclosures.files),
        )

    def _whole_subject(self) -> str:
        """The entry hides the prefix of a document message; while its words stand, the prefix stays too."""
        words, given = " ".join(self.subject.text().split()), self._draft.subject
        return given if words == shown_subject(given) else words

    # Recipients and their routes

    def _people_changed(self) -> None:
        self.touched.emit()
        self.ask_routes()

    def everyone(self) -> list[str]:
        return [p.address for line in self.lines for p in line.people]

    def ask_routes(self) -> None:
        """Ask how each recipient is reached; ``routed`` follows."""
        addresses = tuple(self.everyone())
        if not addresses:
            self._show_routes(RoutesAnswer(routes=()))
            return
        self.routes_known = False

        def answered(outcome: object) -> None:
            if addresses == tuple(self.everyone()):
                self._show_routes(outcome if isinstance(outcome, RoutesAnswer) else RoutesAnswer(routes=()))

        question = Routes(account=self._draft.account, addresses=addresses)
        self._bridge.ask(question, answered, owner=self)

    def _show_routes(self, found: RoutesAnswer) -> None:
        by_address = {route.address.lower(): route for route in found.routes}
        for line in self.lines:
            line.show_routes(by_address)
        self.level = found.level if found.routes else "unknown"
        promise = promise_of(found.routes)
        self._told_glyph.setVisible(bool(promise.glyph))
        if promise.glyph:
            self._told_glyph.set_glyph(promise.glyph, promise.role)
        set_role(self._told, promise.role)
        self._told.setText(promise.told)
        self.send.set_kind(promise.kind)
        self.send.set_label(promise.words, promise.icon)
        self._warn_clear([route.address for route in in_clear(found.routes)])
        self.routes_known = True
        self.routed.emit()

    def _warn_clear(self, addresses: list[str]) -> None:
        if not addresses:
            if self.bar.property("about") == "clear":
                self._bar_row.hide()
            return
        named = ", ".join(addresses[:3])
        fact = count("{n} destinataire non sécurisé.", "{n} destinataires non sécurisés.", len(addresses))
        sentence = _("Pour {who}, le message partirait en clair, pièces jointes comprises.").format(who=named)
        away = button(_("Retirer"), "quiet", small=True, on_click=lambda: self._remove(addresses))
        self.bar.say("warning", f"{fact} {sentence}", (away,), ic="v-clear")
        self.bar.setProperty("about", "clear")
        self._bar_row.show()

    def _remove(self, addresses: list[str]) -> None:
        gone = {address.lower() for address in addresses}
        for line in self.lines:
            kept = [person for person in line.people if person.address.lower() not in gone]
            if len(kept) != len(line.people):
                line.set_people(kept)
        self._people_changed()

    def warn(self, kind: str, sentence: str, *actions: QWidget) -> None:
        self.bar.say(kind, sentence, actions, dismiss=not actions)
        self.bar.setProperty("about", "other")
        self.bar.show()
        self._bar_row.show()


def _account_words(account: Account) -> str:
    return f"{account.name} — {account.address}" if account.name else account.address
