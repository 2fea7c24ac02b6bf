"""``list``, ``show``, ``search``."""

from argparse import Namespace
from collections.abc import Iterable, Iterator

from mssclient.cli.describing import row_json
from mssclient.cli.message import tell_message
from mssclient.cli.output import Output, local, table
from mssclient.cli.session import Session
from mssclient.engine.client import Filter, View
from mssclient.model.errors import Refused
from mssclient.model.ids import FolderId, PlacementId
from mssclient.model.language import _
from mssclient.model.messages import Row
from mssclient.model.questions import MessageAnswer, RawAnswer, ReadMessage, ReadRaw, Search, SearchAnswer

__all__ = ["listing", "placement_of", "search", "show"]

_BLOCK = 500
_LEVELS = {
    "mssante": "🔒",
    "patient": "🔒",
    "apicrypt": "🔒",
    "ordinary": "–",
    "doubtful": "!",
    "unknown": "?",
}


def placement_of(text: str) -> PlacementId:
    """Raises Refused message-gone for what is no id."""
    if not text.isascii() or not text.isdecimal() or len(text) > 18:
        raise Refused(
            "message-gone",
            _("Aucun message n’a cet identifiant."),
            _("«\u00a0mssclient list\u00a0» montre les identifiants."),
        )
    return PlacementId(int(text))


def listing(options: Namespace, session: Session, output: Output) -> int:
    account = session.account(options.account)
    found = session.folders(options.folder, account)
    wanted = Filter(unread=options.unread)
    rows: list[Row] = []
    for folder in found:
        rows.extend(_rows(session.view, folder.id, wanted, options.limit))
    rows.sort(key=lambda row: (row.date_utc, row.id), reverse=True)
    _tell_rows(rows if options.limit is None else rows[: options.limit], session, output)
    return 0


def _rows(view: View, folder: FolderId, wanted: Filter, limit: int | None) -> Iterator[Row]:
    offset = 0
    while limit is None or offset < limit:
        block = view.rows(folder, offset, _BLOCK if limit is None else min(_BLOCK, limit - offset), wanted)
        if not block:
            return
        yield from block
        offset += len(block)


def _tell_rows(rows: Iterable[Row], session: Session, output: Output) -> None:
    view = session.view
    accounts = {one.id: one.address for one in view.accounts()}
    folders = {one.id: one.path for one in view.folders()}
    rows = list(rows)
    if output.as_json:
        messages: list[object] = []
        for row in rows:
            summary = view.summary(row.message)
            messages.append(
                row_json(row, accounts[row.account], folders.get(row.folder, ""), summary.to, summary.sender)
            )
        output.document["messages"] = messages
        return
    lines = [
        (
            str(row.id),
            local(row.date_utc),
            _LEVELS.get(row.level, "?"),
            row.sender,
            row.subject,
            "" if "seen" in row.flags else _("non lu"),
            row.document,
        )
        for row in rows
    ]
    heads = (_("ID"), _("DATE"), "", _("DE"), _("OBJET"), "", _("DOCUMENT"))
    output.text += table(heads, lines, most=48)


def search(options: Namespace, session: Session, output: Output) -> int:
    answer = session.ask(Search(query=" ".join(options.query), limit=options.limit), SearchAnswer)
    output.document = {"messages": [], "complete": answer.complete}
    _tell_rows(answer.rows, session, output)
    if not answer.complete:
        output.note(_("Certains messages ne sont pas encore indexés."))
    return 0


def show(options: Namespace, session: Session, output: Output) -> int:
    placement = placement_of(options.id)
    if options.raw:
        raw = session.ask(ReadRaw(placement=placement), RawAnswer).raw
        if output.as_json:
            import base64

            output.document = {"id": options.id, "raw_base64": base64.b64encode(raw).decode("ascii")}
        else:
            output.raw = raw
        return 0
    view = session.ask(ReadMessage(placement=placement), MessageAnswer).view
    if view.problem is not None:
        output.fail(view.problem)
        output.document = {"id": options.id, "subject": view.summary.subject}
        return view.problem.exit_code
    raw = session.ask(ReadRaw(placement=placement), RawAnswer).raw
    tell_message(
        output, raw, view.verdict, view.matches, view.html.html if view.html else None, id=options.id
    )
    return 0
