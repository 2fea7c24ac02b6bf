"""Opening a message: its bytes (fetched when missing), its words; HTML and documents read by the child."""

import logging
from typing import TYPE_CHECKING

from mssclient.engine.child import ChildFailed
from mssclient.mime.defects import EVERYDAY, describe_defect
from mssclient.mime.reading import Reading, read
from mssclient.mime.summary import body_html, body_text, summarise
from mssclient.model.documents import Document, DocumentMatch
from mssclient.model.errors import MssError, Refused
from mssclient.model.ids import PlacementId
from mssclient.model.language import _
from mssclient.model.messages import CompiledHtml, MessageView, Row
from mssclient.model.questions import MessageAnswer, RawAnswer, ReadMessage, ReadRaw

if TYPE_CHECKING:
    from mssclient.engine.desk import Desk
    from mssclient.engine.tickets import Ticket

__all__ = ["bytes_of", "message_gone", "read_message", "read_raw", "row_of"]

_log = logging.getLogger(__name__)


def message_gone() -> MssError:
    return Refused(
        "message-gone",
        _("Ce message n’est plus là\u00a0: il a été déplacé ou supprimé."),
        _("Actualisez la liste."),
    )


def row_of(desk: "Desk", placement: PlacementId) -> Row:
    """Raises Refused message-gone."""
    with desk.reading() as view:
        row = view.row(placement)
    if row is None:
        raise message_gone()
    return row


def bytes_of(desk: "Desk", placement: PlacementId, ticket: "Ticket | None" = None) -> bytes:
    """The whole message, fetched from the operator first when it is not here. Blocks.

    Raises Refused message-gone and what the network raises.
    """
    row = row_of(desk, placement)
    with desk.reading() as view:
        raw = view.raw(row.message)
    if raw is not None:
        return raw
    if ticket is not None:
        ticket.progress(0, 0, _("Téléchargement du message"))
    return desk.mailbox(row.account).fetch_body(placement)


def read_raw(desk: "Desk", question: ReadRaw, ticket: "Ticket") -> RawAnswer:
    return RawAnswer(raw=bytes_of(desk, question.placement, ticket))


def read_message(desk: "Desk", question: ReadMessage, ticket: "Ticket") -> MessageAnswer:
    """All that the reader shows. Offline and without the bytes: what the headers say, and why."""
    try:
        raw = bytes_of(desk, question.placement, ticket)
    except MssError as error:
        if error.code == "message-gone":
            raise
        return MessageAnswer(view=_headers_only(desk, question.placement, error))
    ticket.check()
    row = row_of(desk, question.placement)
    message = read(raw)
    defects = list(dict.fromkeys(defect.code for defect in message.defects))
    with desk.reading() as view:
        verdict = view.verdict(row.message)
        matches = view.matches(row.message)
    html = _compiled(desk, question, message, defects)
    ticket.check()
    documents = _documents(desk, raw, matches, defects)
    return MessageAnswer(
        view=MessageView(
            row=row,
            summary=summarise(message),
            verdict=verdict,
            headers=tuple((header.name, header.value) for header in message.headers),
            text=body_text(message),
            html=html,
            documents=documents,
            matches=matches,
            defects=tuple(defects),
            notes=tuple(dict.fromkeys(_note(code) for code in defects if code not in EVERYDAY)),
        )
    )


def _note(code: str) -> str:
    if code.startswith("html-"):
        return _("La mise en page de ce message est trop lourde\u00a0: seul son texte est affiché.")
    if code.startswith("documents-"):
        return _("Un document n’a pas pu être lu à temps\u00a0: ouvrez la pièce jointe.")
    return describe_defect(code)


def _headers_only(desk: "Desk", placement: PlacementId, error: MssError) -> MessageView:
    row = row_of(desk, placement)
    with desk.reading() as view:
        return MessageView(
            row=row,
            summary=view.summary(row.message),
            verdict=view.verdict(row.message),
            downloaded=False,
            problem=error.problem,
        )


def _compiled(
    desk: "Desk", question: ReadMessage, message: Reading, defects: list[str]
) -> CompiledHtml | None:
    if body_html(message) is None:
        return None
    try:
        return desk.child.compile_letter(message.raw, width=question.width, dark=question.dark)
    except ChildFailed as error:
        defects.append("html-" + error.code)  # the plain words are shown instead
        return None


def _documents(
    desk: "Desk", raw: bytes, matches: tuple[DocumentMatch, ...], defects: list[str]
) -> tuple[Document, ...]:
    if not matches:
        return ()
    try:
        return desk.child.read_documents(raw, matches)
    except ChildFailed as error:
        defects.append("documents-" + error.code)
        return ()
