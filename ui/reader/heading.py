"""Subject, sender, recipients and date of the message shown."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSizePolicy, QWidget

from mssclient.model.accounts import TAGS
from mssclient.model.language import _
from mssclient.model.messages import MessageView, Person
from ui.kit import Avatar, Elide, box, button, empty_layout, label, tag_pill
from ui.theme.words import NBSP, date_in_reader, full_date, shown_subject

__all__ = ["Heading", "people_line", "person_words"]

_NAMED = 3
"""Recipients named before « et n autres »."""


def person_words(person: Person) -> str:
    """A name, else the address, else what is known."""
    return person.name or person.address or _("destinataire inconnu")


def people_line(verb: str, people: Sequence[Person], *, all_of_them: bool = False) -> str:
    """« À : Dr Camille Aubry, Secrétariat et 4 autres »."""
    named = [person_words(person) for person in (people if all_of_them else people[:_NAMED])]
    rest = len(people) - len(named)
    words = ", ".join(named)
    if rest > 0:
        words += NBSP + _("et {n} autres").format(n=rest)
    return f"{verb}{NBSP}: {words}"


def _full(people: Sequence[Person]) -> str:
    return "\n".join(
        f"{person.name} <{person.address}>" if person.name else person.address for person in people
    )


class Heading(QWidget):
    """Everything above the padlock."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._subject = label("", "h2", 600, wrap=True, select=True)
        self._subject.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._tags = box("h", gap=4)
        self.corner = box("h", gap=0)
        self._avatar = Avatar("", 36)
        self._sender = label("", "base", 600, select=True)
        self._address = Elide("", "small", 400, "muted", middle=True)
        self._to = Elide("", "small", 400, "muted")
        # As wide as its words: the link stands right behind them.
        self._to.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self._more = button(_("Tous les destinataires"), "link", on_click=self._toggle)
        self._everyone = label("", "small", 400, "muted", wrap=True, select=True)
        self._everyone.hide()
        self._when = label("", "small", 400, "muted", tab=True)
        who = box(
            "v",
            box("h", self._sender, self._address, gap=8),
            box("h", self._to, self._more, None, gap=8),
            gap=1,
        )
        people = box("h", self._avatar, who, self._when, gap=12)
        people.setAlignment(self._when, Qt.AlignmentFlag.AlignTop)
        top = box("h", self._subject, self._tags, self.corner, gap=10)
        top.setAlignment(self._tags, Qt.AlignmentFlag.AlignTop)
        self.setLayout(box("v", top, people, self._everyone, gap=12))

    def show_message(self, view: MessageView) -> None:
        """Fill from an opened message; a doubtful one shows its real address in danger colour."""
        summary, row = view.summary, view.row
        doubtful = view.verdict.level == "doubtful"
        self._subject.setText(shown_subject(summary.subject) or _("(sans objet)"))
        name = summary.sender.name or summary.sender.address or _("Expéditeur inconnu")
        self._sender.setText(name)
        lab = any(line.kind.startswith("hprim") for line in view.matches)
        if doubtful:
            self._avatar.show_person("?", "triangle-alert", "rouge")
        elif lab:
            self._avatar.show_person(name, "flask-conical", "turquoise")
        else:
            self._avatar.show_person(name)
        address = summary.sender.address
        if doubtful:
            self._address.setText(_("Adresse réelle{nbsp}: {address}").format(nbsp=NBSP, address=address))
            self._address.set_token("danger")
        else:
            self._address.setText(address if summary.sender.name else "")
            self._address.set_token("muted")
        lines = [
            people_line(verb, people)
            for verb, people in ((_("À"), summary.to), (_("Cc"), summary.cc), (_("Cci"), summary.bcc))
            if people
        ]
        self._to.setText(f"{NBSP}· ".join(lines) or _("Sans destinataire visible"))
        everyone = (*summary.to, *summary.cc, *summary.bcc)
        self._everyone.setText(_full(everyone))
        self._everyone.hide()
        self._more.setVisible(len(everyone) > 1)
        self._when.setText(date_in_reader(row.date_utc))
        self._when.setToolTip(full_date(row.date_utc))
        self._when.setAccessibleName(full_date(row.date_utc))
        self.show_tags(row.keywords)

    def show_tags(self, keywords: Sequence[str]) -> None:
        empty_layout(self._tags)
        known = {tag.keyword.lower(): tag for tag in TAGS}
        for keyword in keywords:
            if keyword.startswith("$"):
                continue
            tag = known.get(keyword.lower())
            self._tags.addWidget(tag_pill(tag.colour, tag.label) if tag else tag_pill("gris", keyword))

    def _toggle(self) -> None:
        self._everyone.setVisible(self._everyone.isHidden())
        shown = not self._everyone.isHidden()
        self._more.set_label(_("Masquer les destinataires") if shown else _("Tous les destinataires"))
