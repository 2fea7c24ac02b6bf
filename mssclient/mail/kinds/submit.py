"""Submitting: at most once; then the copy in Sent and the mark on what was answered are wanted."""

import re
import time
from collections.abc import Callable

from mssclient.access.smtp import Submission
from mssclient.mail.errand import Errand
from mssclient.mail.folders import sync_tree
from mssclient.mail.kinds.append import FILING
from mssclient.mail.reading import quoted
from mssclient.mail.submission import Rejected, Submitted, Uncertain, submit, was_begun
from mssclient.model.errors import MssError, Problem, WorldError
from mssclient.model.ids import AccountId, FolderId, PlacementId
from mssclient.model.language import _
from mssclient.model.messages import Annotation
from mssclient.model.wants import Append, MarkFlags
from mssclient.store import journal, outbox
from mssclient.store.effects import apply_local
from mssclient.store.folders import folder_with_role
from mssclient.store.journal import JournalEntry
from mssclient.store.messages import home_of
from mssclient.store.outbox import Frozen
from mssclient.store.transaction import Transaction
from mssclient.store.whereabouts import whereabouts

__all__ = ["ANSWERED", "carry_out", "record_submitted", "settle_by_looking", "uncertain"]

ANSWERED = ".answered"
"""Ends the id of the MarkFlags that marks what the Submit of the id before it has answered."""


def uncertain() -> Problem:
    return WorldError(
        "send-uncertain",
        _("La connexion s’est coupée pendant l’envoi\u00a0: le message est peut-être parti."),
        _("Vérifiez auprès du destinataire, puis indiquez-le dans le suivi des envois."),
    ).problem


def carry_out(errand: Errand, open_submission: Callable[[], Submission]) -> bool:
    """Submit the frozen message. True when the want is settled here (done or uncertain).

    Raises the server's refusal, or WorldError when nothing was sent.
    """
    frozen = outbox.frozen(errand.view, errand.entry.id)
    if frozen is None:
        raise WorldError(
            "message-refused",
            _("Le message à envoyer n’est plus dans la boîte d’envoi."),
            _("Vérifiez auprès du destinataire, ou écrivez-le à nouveau."),
        )
    if was_begun(errand.entry.phase):
        return _leave_uncertain(errand)
    sent = _sent_folder(errand)
    annotation = errand.annotators.whole(frozen.raw)
    if _may_be_known(frozen):
        _note_what_was_there(errand)

    def commit(phase: str) -> None:
        errand.write(errand.noting(phase))

    session = open_submission()
    try:
        outcome = submit(frozen, session, commit)
    finally:
        session.close()
    if isinstance(outcome, Uncertain):
        return _leave_uncertain(errand)
    if isinstance(outcome, Rejected):
        _keep_refusal(errand, outcome)
        raise outcome.error
    _done(errand, frozen, outcome, sent, annotation)
    return True


def _keep_refusal(errand: Errand, outcome: Rejected) -> None:
    # The next attempt, or the next look at the outbox, starts from the beginning.
    errand.write(
        errand.noting("prepared"),
        lambda tx: outbox.set_outcome(tx, errand.entry.id, refused=outcome.recipients),
    )
    if outcome.passing:
        error = outcome.error
        raise WorldError("send-postponed", error.sentence, error.remedy, error.detail) from None


def _leave_uncertain(errand: Errand) -> bool:
    errand.write(lambda tx: journal.set_state(tx, errand.entry.id, "uncertain", problem=uncertain()))
    return True


def _done(
    errand: Errand, frozen: Frozen, outcome: Submitted, sent: FolderId | None, annotation: Annotation
) -> None:
    errand.write(
        lambda tx: record_submitted(tx, errand.entry, frozen, sent, annotation, queue_id=outcome.queue_id)
    )


def record_submitted(
    tx: Transaction,
    entry: JournalEntry,
    frozen: Frozen,
    sent: FolderId | None,
    annotation: Annotation,
    *,
    queue_id: str = "",
    filed: bool = False,
) -> None:
    """The operator has the message: say so, and want the copy in Sent and the mark on what was answered.

    All in the one transaction of the caller; said twice it changes nothing more.
    """
    if sent is not None and home_of(tx, sent) is None:
        sent = folder_with_role(tx, frozen.account, "sent")  # the folder went while the message was leaving
    journal.set_phase(tx, entry.id, "submitted")
    outbox.set_outcome(tx, entry.id, queue_id=queue_id or frozen.queue_id, refused=())
    journal.set_state(tx, entry.id, "done")
    if filed:
        outbox.filed(tx, entry.id, sent)
    elif sent is not None:
        copy = Append(
            account=frozen.account,
            folder=sent,
            raw=frozen.raw,
            flags=("seen",),
            rfc_message_id=frozen.rfc_message_id,
        )
        described = _("Ranger une copie du message envoyé")
        if journal.append_want(tx, entry.id + FILING, copy, frozen.account, described):
            apply_local(tx, entry.id + FILING, copy, annotation)
    answers = entry.data.get("answers", "")
    if answers.isdigit():
        mark = "$Forwarded" if entry.data.get("action") == "forward" else "answered"
        want = MarkFlags(placements=(PlacementId(int(answers)),), add=(mark,))
        described = _("Marquer le message comme répondu")
        # The BAL that received it, which need not be the one that answers; none: it is gone.
        account = _account_of(tx, PlacementId(int(answers)))
        if account and journal.append_want(tx, entry.id + ANSWERED, want, account, described):
            apply_local(tx, entry.id + ANSWERED, want)


def _account_of(tx: Transaction, placement: PlacementId) -> AccountId | None:
    place = whereabouts(tx, [placement]).get(placement)
    home = home_of(tx, place.folder) if place is not None and place.folder is not None else None
    return AccountId(home.account) if home else None


def _sent_folder(errand: Errand) -> FolderId | None:
    """The folder of sent messages; made on a server that has none. None: the copy is not filed."""
    found = folder_with_role(errand.view, errand.account.id, "sent")
    if found is not None:
        return found
    try:
        spaces = errand.session.namespaces()
        errand.session.create(spaces.personal[0] + "Sent")
        sync_tree(errand.session, errand.store, errand.account.id, spaces, status=False)
    except MssError:
        return None
    return folder_with_role(errand.view, errand.account.id, "sent")


def _may_be_known(frozen: Frozen) -> bool:
    """A file has its Message-ID from elsewhere and may have been sent before; a draft gets a new one."""
    return frozen.draft is None


_LOOKED_AT = ("sent", "inbox")


def _note_what_was_there(errand: Errand) -> None:
    """Where the folders end before the message leaves: only what comes later can prove that it left."""
    marks: dict[str, str] = {}
    for role in _LOOKED_AT:
        folder = folder_with_role(errand.view, errand.account.id, role)
        marks[role] = _end_of(errand, folder) if folder is not None else ""
    errand.write(errand.noting("prepared", **marks))


def _end_of(errand: Errand, folder: FolderId) -> str:
    """ "" when it can't be known: sending goes on, and nothing that is found there will count."""
    for _attempt in range(2):  # an idle connection may have died
        try:
            return errand.place_of_next(errand.folder(folder).path)
        except MssError as error:
            if error.code != "connection-lost":
                break
    return ""


_ID = re.compile(r"[\x20-\x7e]+")
"""What a quoted string of a search may hold."""


def settle_by_looking(errand: Errand) -> bool:
    """Whether an uncertain message proves to have left; it is then recorded as submitted.

    Looked at: a copy in Sent (ours is filed only after a submission, so it is the operator's), and in the
    inbox anything that names its Message-ID: a copy to oneself, a bounce, a receipt, an answer. Finding
    nothing proves nothing, nor does what may come from another sending under the same Message-ID.
    """
    frozen = outbox.frozen(errand.view, errand.entry.id)
    if frozen is None or not _ID.fullmatch(frozen.rfc_message_id) or _sent_by_another(errand, frozen):
        return False
    sent = folder_with_role(errand.view, errand.account.id, "sent")
    filed = False
    if sent is not None:
        errand.select(sent, change=False)
        copies = errand.session.find_message_id(frozen.rfc_message_id)
        filed = bool(_come_since(errand, frozen, "sent", copies))
        if copies and not filed:
            return False  # sent before: what the inbox says may be of that time
    if not filed and not _named_in_inbox(errand, frozen):
        return False
    annotation = errand.annotators.whole(frozen.raw)
    errand.write(lambda tx: record_submitted(tx, errand.entry, frozen, sent, annotation, filed=filed))
    return True


def _sent_by_another(errand: Errand, frozen: Frozen) -> bool:
    """Another want may have sent the same Message-ID: whose copy or answer is found can't be told."""
    return any(
        item.rfc_message_id == frozen.rfc_message_id and item.want != frozen.want and was_begun(item.phase)
        for item in outbox.read_outbox(errand.view, all=True)
    )


def _come_since(errand: Errand, frozen: Frozen, role: str, uids: list[int]) -> list[int]:
    """Those of ``uids`` in the selected folder that were not there before the message left."""
    if not _may_be_known(frozen):
        return uids
    uidvalidity, _colon, uidnext = errand.note(role).partition(":")
    if uidvalidity != str(errand.session.uidvalidity) or uidnext in ("", "0"):  # 0: the server did not tell
        return []
    return [uid for uid in uids if uid >= int(uidnext)]


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _named_in_inbox(errand: Errand, frozen: Frozen) -> bool:
    inbox = folder_with_role(errand.view, errand.account.id, "inbox")
    if inbox is None:
        return False
    errand.select(inbox, change=False)
    day = time.gmtime(errand.entry.created_utc - 86_400)  # clocks differ
    since = f"{day.tm_mday}-{_MONTHS[day.tm_mon - 1]}-{day.tm_year}".encode()
    criteria = b"SINCE " + since + b" TEXT " + quoted(frozen.rfc_message_id.encode())
    return bool(_come_since(errand, frozen, "inbox", errand.session.search_uids(criteria)))
