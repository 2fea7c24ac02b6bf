"""The page that stands before the mail: starting, locked, or unable to open."""

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import QFrame, QWidget

from mssclient.model.errors import Problem
from mssclient.model.language import _
from ui.kit import Glyph, MessageBar, Tile, box, button, label, wrap
from ui.theme.words import NBSP, count

__all__ = ["LockPage"]

_ABOUT_CARD = ("card-", "pin-")


class LockPage(QWidget):
    unlock_wanted = Signal()
    """« Déverrouiller » or « Réessayer »."""
    people_wanted = Signal(QPoint)
    """« Changer de personne »: where its menu opens."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("bg", "chrome")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._title = label("", "h1", 600, wrap=True)
        self._words = label("", "base", 400, "muted", wrap=True)
        self._waiting = label("", "base", 500, wrap=True)
        self._news = label("", "base", 500, wrap=True)
        self._bar = MessageBar("danger", "")
        self._go = button("", "primary", on_click=self.unlock_wanted.emit)
        name = label(_("Messagerie de santé"), "h3", 600)
        self._person = label("", "base", 500, "muted")
        column = box(
            "v",
            box(
                "h", Tile("heart-pulse", "accent", 48, 26), box("v", name, self._person, gap=0), None, gap=12
            ),
            10,
            self._title,
            self._bar,
            self._words,
            self._waiting,
            self._news,
            12,
            box("h", self._go, None),
            gap=8,
        )
        inner = wrap(column)
        inner.setFixedWidth(560)
        self._card_glyph = Glyph("credit-card", "muted", 16)
        self._card = label("", "small", 500)
        self._reader = label("", "small", 400, "muted")
        self._card_frame = QFrame()
        self._card_frame.setLayout(box("h", self._card_glyph, self._card, m=(10, 5, 12, 5), gap=8))
        self._people = button(_("Changer de personne"), "quiet", "users-round", on_click=self._open_people)
        foot = box("h", self._card_frame, self._reader, None, self._people, m=(24, 0, 20, 18), gap=10)
        self.setLayout(box("v", None, box("h", None, inner, None), None, None, foot))
        self.how = ""
        """ "card", "psc" or "": what opens it again."""
        self.show_card("", "", "")
        self.show_person("")
        self.show_starting()

    def show_person(self, name: str) -> None:
        """Whose messages these are; "" where nobody else uses this computer."""
        self._person.setText(name)
        self._person.setVisible(bool(name))

    def _open_people(self) -> None:
        self.people_wanted.emit(self._people.mapToGlobal(QPoint(0, 0)))

    def _show(
        self, title: str, words: str, waiting: str = "", problem: str = "", go: str = "", ic: str = ""
    ) -> None:
        self._title.setText(title)
        self._words.setText(words)
        self._words.setVisible(bool(words))
        self._waiting.setText(waiting)
        self._waiting.setVisible(bool(waiting))
        self._news.hide()
        self._bar.setVisible(bool(problem))
        if problem:
            self._bar.say("danger", problem)
        self._go.setVisible(bool(go))
        if go:
            self._go.set_label(go, ic)

    def show_starting(self) -> None:
        self._show(_("Ouverture…"), _("Vos messages arrivent dans un instant."))

    def show_locked(self, waiting: int) -> None:
        """``waiting`` sendings stay in the outbox until unlocked."""
        words = ""
        if waiting:
            words = count(
                "{n} envoi attend le déverrouillage.", "{n} envois attendent le déverrouillage.", waiting
            )
        self._show(
            _("Messagerie verrouillée"),
            " ".join(filter(None, (_("Vos messages sont chiffrés sur cet ordinateur."), self._how_words()))),
            words,
            go=_("Déverrouiller"),
            ic="lock-open",
        )
        self.focus_button()

    def show_news(self, messages: int) -> None:
        """Locked, and so many messages came since."""
        self._news.setText(
            count("{n} nouveau message", "{n} nouveaux messages", messages)
            if messages
            else _("Les nouveaux messages seront annoncés, sans leur contenu.")
        )
        self._news.show()

    def _how_words(self) -> str:
        if self.how == "card":
            return _("Pour les retrouver, insérez votre carte CPS et saisissez son code.")
        if self.how == "psc":
            return _("Pour relever le courrier, il faudra vous reconnecter avec Pro Santé Connect.")
        return ""

    def show_problem(self, problem: Problem) -> None:
        about_card = problem.code.startswith(_ABOUT_CARD)
        self._show(
            _("Messagerie verrouillée") if about_card else _("La messagerie ne peut pas s’ouvrir"),
            problem.remedy,
            problem=problem.sentence,
            go=_("Déverrouiller") if about_card else _("Réessayer"),
            ic="lock-open" if about_card else "refresh-cw",
        )
        self.focus_button()

    def show_card(self, holder: str, reader: str, whose: str) -> None:
        """What is in the reader. ``whose``: "mine", "other", or "" for no card."""
        role = "success" if whose == "mine" else "warning"
        words = (
            _("Carte CPS lue{nb}: {holder}")
            if whose == "mine"
            else _("Carte d’une autre personne{nb}: {holder}")
        )
        self._card_frame.setVisible(bool(holder))
        self._card_frame.setProperty("bar", role)
        self._card_frame.style().unpolish(self._card_frame)
        self._card_frame.style().polish(self._card_frame)
        self._card_glyph.set_glyph("credit-card", role)
        self._card.setText(words.format(nb=NBSP, holder=holder) if holder else "")
        self._reader.setText(
            _("Lecteur «{nb}{reader}{nb}»").format(nb=NBSP, reader=reader) if holder and reader else ""
        )

    def focus_button(self) -> None:
        self._go.setFocus(Qt.FocusReason.OtherFocusReason)
