"""The page of one message: heading, padlock, attachments, words, documents."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QStandardPaths, Signal
from PySide6.QtWidgets import QFileDialog, QSizePolicy, QWidget

from mssclient.model.errors import Problem
from mssclient.model.ids import AccountId, FolderId, MessageId, PlacementId
from mssclient.model.language import _
from mssclient.model.messages import MessageView, Row, Summary
from mssclient.model.questions import Paths, SaveAttachments
from mssclient.model.verdicts import SECURED, Verdict
from mssclient.model.wants import MarkFlags
from ui.documents import DocumentCard
from ui.kit import MessageBar, Popover, VerdictBanner, box, empty_layout, open_why, problem_sentence, tool
from ui.reader.attachments import Attachments
from ui.reader.browser import MailBrowser, links_of
from ui.reader.heading import Heading
from ui.reader.links import follow
from ui.theme import icon
from ui.theme.words import NBSP, count, day, verdict_word

if TYPE_CHECKING:
    from ui.bridge import Bridge

__all__ = ["Content", "banner_reason"]

_SHOWN_DOCUMENTS = ("hprim-medecin", "hprim-sante", "cda", "xdm")


def banner_reason(verdict: Verdict) -> str:
    """One clause for the banner: the first reason that goes with the level, without its final stop."""
    listed = verdict.trust_list
    if verdict.level == "mssante" and listed.origin == "verified" and listed.generated_utc:
        return _("expéditeur vérifié dans la liste blanche du {day}").format(day=day(listed.generated_utc))
    wanted = verdict.level in SECURED
    for reason in verdict.reasons:
        if reason.good == wanted:
            words = reason.sentence.rstrip(". ")
            # The word that the banner begins with may begin the sentence too.
            words = words.removeprefix(verdict_word(verdict.level)).lstrip(",:\u00a0 ")
            return words[:1].lower() + words[1:] if words[1:2].islower() else words
    return ""


class Content(QWidget):
    """Filled from a :class:`MessageView`; the pane scrolls it."""

    said = Signal(str)
    write_to = Signal(str)

    def __init__(self, bridge: "Bridge", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self.view: MessageView | None = None
        self.links: list[tuple[str, str]] = []
        self._why: Popover | None = None
        self.heading = Heading()
        self._flag = tool("flag", _("Marquer d’un drapeau"), on_click=self._toggle_flag)
        self.heading.corner.addWidget(self._flag)
        self.banner = VerdictBanner()
        self.banner.asked.connect(self._open_why)
        self.notice = MessageBar("info")
        self.notice.hide()
        self.attachments = Attachments(bridge)
        self.attachments.failed.connect(self._fail)
        self.attachments.done.connect(self.said)
        self.body = MailBrowser()
        self.body.link_chosen.connect(self.follow_link)
        self._documents = box("v", gap=12)
        self._column = box(
            "v",
            self.heading,
            self.banner,
            self.notice,
            self.attachments,
            self.body,
            self._documents,
            None,
            m=(24, 14, 18, 16),
            gap=12,
        )
        self.setLayout(self._column)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.MinimumExpanding)

    def show_message(self, view: MessageView) -> None:
        """Show an opened message. Of a doubtful one, links and attachments are off."""
        self.view = view
        verdict = view.verdict
        doubtful = verdict.level == "doubtful"
        self.heading.show_message(view)
        self.show_row(view.row)
        self.banner.show_verdict(verdict.level, banner_reason(verdict))
        listed = [info for info in view.summary.attachments if not info.inline]
        self.attachments.show_attachments(view.row.id, listed, view.matches, enabled=not doubtful)
        self.body.set_links(not doubtful)
        self._show_body(view)
        self._notice(view, doubtful=doubtful)
        empty_layout(self._documents)
        for document in view.documents:
            if document.kind in _SHOWN_DOCUMENTS:
                self._documents.addWidget(DocumentCard(document))

    def show_row(self, row: Row) -> None:
        """Flags and tags changed; the rest stays as it is."""
        flagged = "flagged" in row.flags
        name = _("Retirer le drapeau") if flagged else _("Marquer d’un drapeau")
        self._flag.setIcon(icon("flag", "danger" if flagged else "muted"))
        self._flag.setToolTip(name)
        self._flag.setAccessibleName(name)
        self._flagged = flagged
        self.heading.show_tags(row.keywords)

    def clear(self) -> None:
        """Forget every word of the message."""
        self.view = None
        self.links = []
        self.body.show_text("")
        self.heading.show_message(_NOTHING)
        self.attachments.show_attachments(_NOTHING.row.id, (), (), enabled=False)
        empty_layout(self._documents)

    def _show_body(self, view: MessageView) -> None:
        if view.html is not None and view.html.html:
            self.links = links_of(view.html.html)
            self.body.show_compiled(view.html)
        else:
            self.body.show_text(view.text)
            self.links = [
                (link, words)
                for link, words in links_of(self.body.toHtml())
                if link.startswith(("http", "mailto"))
            ]
        # A message that is nothing but its result needs no second copy of it.
        whole = next((d for d in view.documents if d.part in ("1", "") and d.text), None)
        self.body.setVisible(not (whole is not None and view.html is None and bool(whole.lines)))

    def _notice(self, view: MessageView, *, doubtful: bool) -> None:
        """At most one bar, the most useful first."""
        compiled = view.html
        if doubtful:
            self.notice.say("warning", _("Les liens, les images et les pièces jointes sont désactivés."))
        elif not view.downloaded:
            words = _("Le contenu de ce message n’est pas encore sur cet ordinateur.")
            if view.problem is not None:
                words = f"{words} {problem_sentence(view.problem)}"
            self.notice.say("info", words)
        elif view.notes:
            self.notice.say("info", " ".join(view.notes[:2]))
        elif compiled is not None and compiled.degraded:
            self.notice.say(
                "info", _("La mise en page de ce message est trop lourde\u00a0: seul son texte est affiché.")
            )
        elif compiled is not None and compiled.warnings:
            self.notice.say("warning", compiled.warnings[0])
        elif compiled is not None and compiled.remote_blocked:
            blocked = count(
                "{n} image distante n’a pas été chargée, pour votre confidentialité.",
                "{n} images distantes n’ont pas été chargées, pour votre confidentialité.",
                compiled.remote_blocked,
            )
            self.notice.say("info", blocked)
        else:
            self.notice.hide()
            return
        self.notice.show()

    def _toggle_flag(self) -> None:
        if self.view is None:
            return
        change = {"remove": ("flagged",)} if self._flagged else {"add": ("flagged",)}
        self._bridge.post(MarkFlags(placements=(self.view.row.id,), **change))

    def _open_why(self) -> None:
        if self.view is None:
            return
        verdict = self.view.verdict
        notes: list[str] = []
        if verdict.provisional:
            notes.append(_("Vérification provisoire\u00a0: le message n’est pas encore entièrement reçu."))
        self._why = open_why(self, verdict, self.banner.why_corner(), notes)

    def follow_link(self, address: str) -> None:
        """mailto: writes; the web is asked about first; anything else is refused."""
        if self.view is not None and self.view.verdict.level == "doubtful":
            return
        if address.lower().startswith("mailto:"):
            self.write_to.emit(address[7:].split("?", 1)[0])
        elif not follow(self, address) and not address.lower().startswith(("http", "tel")):
            self._fail(
                _("Ce lien ne peut pas être ouvert{nbsp}: il ne mène pas à une page web.").format(nbsp=NBSP)
            )

    def save_message(self) -> None:
        """« Enregistrer le message… »: the whole message as an .eml file, written by the engine."""
        if self.view is None:
            return
        start = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        name = str(Path(start) / f"message-{self.view.row.id}.eml")
        chosen, _filter = QFileDialog.getSaveFileName(self, _("Enregistrer le message"), name)
        if not chosen:
            return
        where = Path(chosen)

        def answered(outcome: object) -> None:
            if isinstance(outcome, Problem):
                self._fail(problem_sentence(outcome))
            elif isinstance(outcome, Paths):
                self.said.emit(_("Message enregistré"))

        question = SaveAttachments(
            placement=self.view.row.id, parts=("",), directory=str(where.parent), filename=where.name
        )
        self._bridge.ask(question, answered, owner=self)

    def _fail(self, sentence: str) -> None:
        self.notice.say("danger", sentence, (), dismiss=True)
        self.notice.show()


def _nothing() -> MessageView:
    row = Row(
        id=PlacementId(0),
        message=MessageId(0),
        folder=FolderId(0),
        account=AccountId(0),
        date_utc=0,
        sender="",
        address="",
        subject="",
    )
    return MessageView(row=row, summary=Summary(), verdict=Verdict())


_NOTHING = _nothing()
