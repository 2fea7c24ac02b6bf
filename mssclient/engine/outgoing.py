"""Messages on their way out: frozen with their Message-ID first, then the courier's.

The draft goes when its message is frozen; taking the send back makes it again from the frozen bytes.
What it answers is noted with the want (``answers``, ``action``): the courier marks it after the submission.
"""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

from mssclient.engine import drafts
from mssclient.mail.submission import was_begun
from mssclient.mime.addresses import Address, domain_of
from mssclient.mime.compose import Attachment, Letter, compose, new_message_id
from mssclient.mime.encoding import posted_address
from mssclient.mime.posting import canonical_lines, envelope, remove_bcc
from mssclient.mime.reading import read
from mssclient.mime.summary import summarise
from mssclient.model.accounts import Account
from mssclient.model.drafts import Draft
from mssclient.model.errors import MssError, Refused
from mssclient.model.ids import PlacementId
from mssclient.model.language import _
from mssclient.model.messages import Person
from mssclient.model.questions import Done
from mssclient.model.records import Record
from mssclient.model.wants import Settle, Submit
from mssclient.store import drafts as kept
from mssclient.store import journal, outbox
from mssclient.store.journal import JournalEntry
from mssclient.store.store import Priority
from mssclient.store.transaction import Transaction

if TYPE_CHECKING:
    from mssclient.engine.desk import Desk

__all__ = ["settle", "submit", "take_back"]

MESSAGE_LIMIT_OCTETS = 60_000_000


class Ready(Record, frozen=True, kw_only=True):
    """Bytes without Bcc, and their envelope."""

    raw: bytes
    rfc_message_id: str
    recipients: tuple[str, ...]
    subject: str


def submit(desk: "Desk", want_id: str, want: Submit) -> Done:
    """Freeze a draft or given bytes into the outbox, once. Returns after the commit, with the Message-ID.

    Raises Refused account-unknown, draft-gone, no-recipient, bad-address, attachment-too-big,
    header-injection.
    """
    with desk.reading() as view:
        if journal.want(view, want_id) is not None:
            known = outbox.frozen(view, want_id)
            return Done(text=known.rfc_message_id if known else "")
    account = desk.account(want.account)
    draft = _draft_of(desk, want)
    ready = _from_draft(desk, account, draft) if draft else _from_bytes(account, want.raw)

    def work(tx: Transaction) -> None:
        # The words are in the frozen bytes.
        written = msgspec.structs.replace(want, words=None)
        if not journal.append_want(tx, want_id, written, account.id, _("Envoyer un message")):
            return
        outbox.freeze(
            tx,
            want_id,
            account.id,
            ready.raw,
            ready.rfc_message_id,
            posted_address(account.address),
            ready.recipients,
            ready.subject,
            want.draft,
        )
        if draft is not None:
            kept.discard(tx, draft.id)
        if draft is not None and draft.answers is not None:
            journal.set_phase(tx, want_id, "prepared", answers=str(draft.answers), action=draft.action)

    desk.store.write(Priority.PERSON, work)
    desk.wake(account.id)
    return Done(text=ready.rfc_message_id)


def _draft_of(desk: "Desk", want: Submit) -> Draft | None:
    if want.draft is None:
        return None
    drafts.check_known(desk, want.draft)
    with desk.reading() as view:
        # A window that missed the answer posts another Submit of the draft.
        if state := outbox.state_of_draft(view, want.draft):
            raise drafts.too_late(state)
        draft = want.words or view.draft(want.draft)
    if draft is None or draft.id != want.draft:
        raise drafts.draft_gone()
    return draft


def _from_draft(desk: "Desk", account: Account, draft: Draft) -> Ready:
    with desk.reading() as view:
        listed = drafts.as_held(view, draft).attachments
        files = tuple(Attachment(one.filename, one.type, kept.attachment(view, one.id)) for one in listed)
    if sum(len(file.content) for file in files) > account.attachment_limit_octets:
        raise drafts.too_big(account.attachment_limit_octets)
    to, cc, bcc = _addresses(draft.to), _addresses(draft.cc), _addresses(draft.bcc)
    recipients = tuple(dict.fromkeys(posted_address(one.address) for one in (*to, *cc, *bcc)))
    if not recipients:
        raise _nobody()
    message_id = new_message_id(domain_of(account.address))
    letter = Letter(
        sender=Address(account.name, account.address),
        to=to,
        cc=cc,
        bcc=bcc,
        subject=draft.subject,
        text=draft.text,
        attachments=files,
        in_reply_to=draft.in_reply_to or None,
        references=draft.references,
        message_id=message_id,
        date_utc=int(time.time()),
    )
    return _checked(compose(letter), message_id, recipients, draft.subject)


def _addresses(people: tuple[Person, ...]) -> tuple[Address, ...]:
    """A name without an address stays, to be refused: nobody is left out in silence."""
    return tuple(Address(one.name, one.address) for one in people if one.address or one.name)


def _from_bytes(account: Account, raw: bytes) -> Ready:
    """A whole message of the person's: Bcc read and removed, the rest unchanged but for line ends."""
    found = envelope(raw)
    if found.unusable:
        raise Refused(
            "bad-address",
            _("Un destinataire de ce message n’est pas une adresse."),
            _("Corrigez les champs À, Cc et Cci."),
        )
    if not found.recipients:
        raise _nobody()
    # Line ends first: a bare CR, now a line end, may have hidden a field in the line of another.
    shown, _hidden = remove_bcc(canonical_lines(raw))
    summary = summarise(read(shown))
    message_id = summary.rfc_message_id
    if not message_id:
        message_id = new_message_id(domain_of(account.address))
        shown = f"Message-ID: {message_id}\r\n".encode("ascii") + shown
    return _checked(shown, message_id, found.recipients, summary.subject)


def _checked(raw: bytes, message_id: str, recipients: tuple[str, ...], subject: str) -> Ready:
    if len(raw) > MESSAGE_LIMIT_OCTETS:
        raise drafts.too_big(MESSAGE_LIMIT_OCTETS)
    return Ready(raw=raw, rfc_message_id=message_id, recipients=recipients, subject=subject)


def _nobody() -> MssError:
    return Refused("no-recipient", _("Ce message n’a pas de destinataire."), _("Ajoutez une adresse."))


def take_back(desk: "Desk", entry: JournalEntry) -> Done:
    """Cancel a send that has not begun; its draft is back.

    Raises Refused send-under-way, already-sent, send-uncertain.
    """

    def check(now: JournalEntry) -> None:
        if now.state not in ("waiting", "parked"):
            raise drafts.too_late(now.state)
        # Its outcome could not be written down: the operator may have it.
        if was_begun(now.phase):
            raise drafts.too_late("uncertain")

    _give_up(desk, entry, check)
    return Done()


def settle(desk: "Desk", want: Settle) -> Done:
    """The person says what became of a send that is uncertain, or gives a refused one up.

    Raises Refused want-unknown, not-uncertain.
    """
    if want.outcome not in ("sent", "draft"):
        raise Refused(
            "bad-outcome",
            _("Ce sort n’est pas possible."),
            _("Indiquez «\u00a0envoyé\u00a0» ou «\u00a0brouillon\u00a0»."),
        )
    with desk.reading() as view:
        entry = journal.want(view, want.target)
    if entry is None or not isinstance(entry.want, Submit) or entry.account is None:
        raise Refused(
            "want-unknown",
            _("Cet envoi n’est plus dans le journal."),
            _("Voyez le suivi des envois."),
        )
    if want.outcome == "sent":
        if entry.state == "uncertain":
            desk.mailbox(entry.account).file_sent(entry.id)
        elif entry.state != "done":
            raise _not_uncertain()
        return Done()

    def check(now: JournalEntry) -> None:
        if now.state not in ("uncertain", "parked"):
            raise _not_uncertain()

    _give_up(desk, entry, check)
    return Done()


def _not_uncertain() -> MssError:
    return Refused(
        "not-uncertain", _("Le sort de cet envoi n’est pas incertain."), _("Voyez le suivi des envois.")
    )


def _give_up(desk: "Desk", entry: JournalEntry, check: Callable[[JournalEntry], None]) -> None:
    """End a send that ``check`` lets go. Its draft is made first and kept in the same transaction: whatever
    happens in between, the message is in one of the two places."""
    if entry.state == "undone":
        return
    check(entry)
    draft = _draft_again(desk, entry)

    def work(tx: Transaction) -> None:
        now = journal.want(tx, entry.id)
        if now is None or now.state == "undone":
            return
        check(now)
        journal.set_state(tx, entry.id, "undone")
        if draft is not None:
            kept.keep(tx, draft)

    desk.store.write(Priority.PERSON, work)


def _draft_again(desk: "Desk", entry: JournalEntry) -> Draft | None:
    """The draft of a message that does not leave, made again from the frozen bytes and their envelope."""
    with desk.reading() as view:
        frozen = outbox.frozen(view, entry.id)
    if frozen is None:
        return None
    account = desk.account(frozen.account)
    draft = drafts.draft_from_message(desk, read(frozen.raw), account, frozen.recipients, frozen.draft)
    answers = entry.data.get("answers", "")
    return msgspec.structs.replace(
        draft,
        answers=PlacementId(int(answers)) if answers else None,
        action=entry.data.get("action", "new"),
    )
