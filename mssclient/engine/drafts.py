"""Drafts: kept in the store every few seconds, attachments copied in, answers and forwards prefilled.

They stay in this profile until they leave; putting them into the Drafts folder of the operator, where a
second desk would see them, is left to the composing issue.
"""

import json
import mimetypes
import time
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from mssclient.engine import reading
from mssclient.engine.attachments import content_of, file_name
from mssclient.mime.addresses import domain_of, parse_addresses
from mssclient.mime.compose import forward_subject, forward_text, reply_subject, reply_text
from mssclient.mime.filenames import sanitise_filename
from mssclient.mime.reading import Reading, read
from mssclient.mime.replies import reply_recipients, reply_references
from mssclient.mime.summary import body_text, summarise
from mssclient.model.accounts import Account
from mssclient.model.drafts import Draft, DraftAttachment
from mssclient.model.errors import MssError, Refused, WorldError
from mssclient.model.ids import DraftId, new_id
from mssclient.model.language import _
from mssclient.model.questions import Done, DraftAnswer, NewDraft, ReadDraft
from mssclient.model.wants import AttachFile, AttachPart, DiscardDraft, KeepDraft
from mssclient.store import drafts as kept
from mssclient.store import outbox
from mssclient.store.connection import Reading as ReadingStore
from mssclient.store.settings import read_setting, set_setting
from mssclient.store.store import Priority
from mssclient.store.transaction import Transaction

if TYPE_CHECKING:
    from mssclient.engine.desk import Desk
    from mssclient.engine.tickets import Ticket

__all__ = [
    "as_held",
    "attach_file",
    "attach_part",
    "check_known",
    "discard",
    "draft_from_message",
    "keep",
    "new_draft",
    "read_draft",
    "too_late",
]

_MOST_OCTETS = 200_000_000
_DISCARDED = "drafts.discarded"
"""Setting: ids of the drafts thrown away last."""
_MOST_DISCARDED = 200


def keep(desk: "Desk", want: KeepDraft) -> Done:
    """The newest words win; name, kind and size of an attachment are those of the copy in the store.

    A draft that was sent or thrown away does not come back, however late the window keeps it.
    Raises Refused account-unknown, draft-gone, already-sent, send-under-way, send-uncertain.
    """
    desk.account(want.draft.account)
    draft = msgspec.structs.replace(want.draft, kept_utc=int(time.time()))

    def work(tx: Transaction) -> None:
        if state := outbox.state_of_draft(tx, draft.id):
            raise too_late(state)
        _check_known(tx, draft.id)
        kept.keep(tx, as_held(tx, draft))

    desk.store.write(Priority.PERSON, work)
    return Done()


def as_held(source: ReadingStore, draft: Draft) -> Draft:
    """A window knows no more than the name of the file that was given to it."""
    held = {one.id: one for one in kept.attachments(source, draft.id)}
    return msgspec.structs.replace(
        draft, attachments=tuple(held.get(one.id, one) for one in draft.attachments)
    )


def too_late(state: str) -> MssError:
    if state == "uncertain":
        return Refused(
            "send-uncertain",
            _("On ne sait pas si ce message est parti."),
            _("Vérifiez auprès du destinataire, puis indiquez-le dans le suivi des envois."),
        )
    if state == "done":
        return Refused(
            "already-sent",
            _("Ce message est déjà parti."),
            _("Il ne peut plus être repris\u202f; écrivez-en un autre."),
        )
    return Refused("send-under-way", _("Ce message est en train de partir."), _("Attendez un instant."))


def discard(desk: "Desk", want: DiscardDraft) -> Done:
    """Forget a draft and its files, and that it may not come back."""

    def work(tx: Transaction) -> None:
        kept.discard(tx, want.draft)
        known = [id for id in read_setting(tx, _DISCARDED, []) if id != want.draft]
        set_setting(tx, _DISCARDED, json.dumps([*known, want.draft][-_MOST_DISCARDED:]))

    desk.store.write(Priority.PERSON, work)
    return Done()


def check_known(desk: "Desk", draft: DraftId) -> None:
    """Raises Refused draft-gone for a draft that was thrown away."""
    with desk.reading() as view:
        _check_known(view, draft)


def _check_known(source: ReadingStore, draft: DraftId) -> None:
    if draft in read_setting(source, _DISCARDED, []):
        raise draft_gone()


def _draft(desk: "Desk", draft: DraftId) -> Draft | None:
    with desk.reading() as view:
        return view.draft(draft)


def attach_file(desk: "Desk", want: AttachFile) -> Done:
    """Copy a file of the person's disk into the store. Blocks: not the thread of wants.

    Raises Refused attachment-too-big, WorldError file-not-read.
    """
    path = Path(want.path)
    try:
        _check_size(desk, want.draft, path.stat().st_size)
        if not path.is_file():
            raise IsADirectoryError
        with path.open("rb") as file:
            content = file.read(_MOST_OCTETS)
        _check_size(desk, want.draft, len(content))  # it may have grown
    except OSError as error:
        raise WorldError(
            "file-not-read",
            _("Ce fichier n’a pas pu être lu."),
            _("Vérifiez qu’il existe encore et que vous avez le droit de le lire."),
            type(error).__name__,
        ) from error
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    _add(desk, want.draft, want.attachment, sanitise_filename(path.name), kind, content)
    return Done(text=want.attachment)


def attach_part(desk: "Desk", want: AttachPart, ticket: "Ticket") -> Done:
    """Copy a part of a message; raises as :func:`reading.bytes_of` and :func:`attach_file`."""
    message = read(reading.bytes_of(desk, want.placement, ticket))
    info, content = content_of(message, want.part)
    _check_size(desk, want.draft, len(content))
    _add(desk, want.draft, want.attachment, file_name(info), info.type, content)
    return Done(text=want.attachment)


def _check_size(desk: "Desk", draft: DraftId, octets: int) -> None:
    known = _draft(desk, draft)
    with desk.reading() as view:
        accounts = view.accounts()
    limits = [
        account.attachment_limit_octets for account in accounts if known and account.id == known.account
    ]
    limit = limits[0] if limits else max((a.attachment_limit_octets for a in accounts), default=15_000_000)
    if octets + sum(item.octets for item in (known.attachments if known else ())) > limit:
        raise too_big(limit)


def draft_gone() -> Refused:
    return Refused("draft-gone", _("Ce brouillon n’existe plus."), _("Voyez la liste des brouillons."))


def too_big(limit_octets: int) -> Refused:
    return Refused(
        "attachment-too-big",
        _("Les pièces jointes dépassent {limit}\u00a0Mo, la limite de cette boîte aux lettres.").format(
            limit=limit_octets // 1_000_000
        ),
        _("Retirez une pièce jointe, ou envoyez-les en plusieurs messages."),
    )


def _add(
    desk: "Desk", draft: DraftId, attachment: str, name: str, kind: str, content: bytes
) -> DraftAttachment:
    record = DraftAttachment(id=attachment, filename=name, type=kind, octets=len(content))

    def work(tx: Transaction) -> None:
        _check_known(tx, draft)
        kept.add_attachment(tx, draft, record, content)

    desk.store.write(Priority.PERSON, work)
    return record


def read_draft(desk: "Desk", question: ReadDraft, ticket: "Ticket") -> DraftAnswer:
    if question.placement is not None:
        message = read(reading.bytes_of(desk, question.placement, ticket))
        account = desk.account(reading.row_of(desk, question.placement).account)
        return DraftAnswer(drafts=(draft_from_message(desk, message, account),))
    with desk.reading() as view:
        if question.draft is None:
            return DraftAnswer(drafts=tuple(view.drafts()))
        draft = view.draft(question.draft)
    if draft is None:
        raise draft_gone()
    return DraftAnswer(drafts=(draft,))


def new_draft(desk: "Desk", question: NewDraft, ticket: "Ticket") -> DraftAnswer:
    """Prefilled; its attachments (of a forward) are in the store already, itself only after KeepDraft."""
    account = desk.account(question.account)
    draft = Draft(
        id=DraftId(new_id()),
        account=account.id,
        to=question.to,
        subject=question.subject,
        text=question.text + _signature(desk, account),
        action=question.action,
    )
    if question.placement is not None and question.action != "new":
        message = read(reading.bytes_of(desk, question.placement, ticket))
        draft = msgspec.structs.replace(draft, answers=question.placement)
        if question.action == "forward":
            draft = _forward(desk, draft, message)
        else:
            draft = _reply(draft, message, account, everyone=question.action == "reply-all")
    return DraftAnswer(drafts=(draft,))


def _signature(desk: "Desk", account: Account) -> str:
    """The one chosen for this BAL, after the mark that other programs know (RFC 3676 §4.3)."""
    with desk.reading() as view:
        chosen = view.setting(f"signature.{account.id}", "")
    return f"\n\n-- \n{chosen.strip()}\n" if isinstance(chosen, str) and chosen.strip() else ""


def _reply(draft: Draft, message: Reading, account: Account, *, everyone: bool) -> Draft:
    summary = summarise(message)
    to, cc = reply_recipients(summary, [account.address], everyone)
    return msgspec.structs.replace(
        draft,
        to=draft.to or to,
        cc=cc,
        subject=draft.subject or reply_subject(summary.subject),
        text=draft.text + reply_text(summary.sender, summary.date_utc, body_text(message)),
        in_reply_to=summary.rfc_message_id,
        references=reply_references(summary),
    )


def _forward(desk: "Desk", draft: Draft, message: Reading) -> Draft:
    summary = summarise(message)
    added: list[DraftAttachment] = []
    for info in summary.attachments:
        if info.inline:
            continue
        listed, content = content_of(message, info.path)
        added.append(_add(desk, draft.id, new_id(), file_name(listed), listed.type, content))
    return msgspec.structs.replace(
        draft,
        subject=draft.subject or forward_subject(summary.subject),
        text=draft.text + forward_text(summary, body_text(message)),
        references=reply_references(summary),
        attachments=tuple(added),
    )


def draft_from_message(
    desk: "Desk",
    message: Reading,
    account: Account,
    recipients: tuple[str, ...] = (),
    draft_id: DraftId | None = None,
) -> Draft:
    """A message made a draft again; ``recipients`` of an envelope that its headers do not name become Bcc."""
    summary = summarise(message)
    draft = draft_id or DraftId(new_id())
    added: list[DraftAttachment] = []
    for info in summary.attachments:
        listed, content = content_of(message, info.path)
        added.append(_add(desk, draft, new_id(), file_name(listed), listed.type, content))
    named = {_comparable(person.address) for person in (*summary.to, *summary.cc, *summary.bcc)}
    hidden = [
        address.person
        for text in recipients
        for address in parse_addresses(text)
        if _comparable(address.address) not in named
    ]
    return Draft(
        id=draft,
        account=account.id,
        to=summary.to,
        cc=summary.cc,
        bcc=(*summary.bcc, *hidden),
        subject=summary.subject,
        text=body_text(message),
        attachments=tuple(added),
        in_reply_to=summary.in_reply_to,
        references=summary.references,
    )


def _comparable(address: str) -> str:
    """An envelope holds A-labels where a header may hold accents."""
    return f"{address.rpartition('@')[0]}@{domain_of(address)}".casefold()
