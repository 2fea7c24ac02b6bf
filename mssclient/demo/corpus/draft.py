"""A message of the corpus before it has its UID: what is said, by whom, when; and its sealing into bytes."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from mssclient.demo.corpus import mime
from mssclient.demo.corpus.calendar import Calendar, mail_date
from mssclient.demo.corpus.dice import Dice
from mssclient.demo.corpus.mime import Part
from mssclient.demo.corpus.patients import Patient
from mssclient.demo.corpus.people import AUBRY, Person
from mssclient.demo.corpus.record import DemoMessage

__all__ = ["Draft", "Labels", "message_id", "patient_sender", "seal", "written"]

SEEN, ANSWERED, FLAGGED = "\\Seen", "\\Answered", "\\Flagged"


@dataclass(frozen=True, kw_only=True)
class Labels:
    """What a right reading finds; see :class:`DemoMessage`."""

    documents: tuple[str, ...] = ()
    deliveries: int = 0
    patients: tuple[str, ...] = ()
    abnormal: int = 0
    critical: int = 0
    repeats: str = ""


@dataclass(frozen=True, kw_only=True)
class Draft:
    """One message to be. Ages in days before the demonstration, clock as "HH:MM" in Paris."""

    key: str
    days: int
    clock: str
    sender: Person
    subject: str
    account: Person = AUBRY
    folder: str = "INBOX"
    to: Sequence[Person] = ()
    """Empty: the account itself."""
    cc: Sequence[Person] = ()
    text: str = ""
    html: str = ""
    inline: Sequence[Part] = ()
    """Pictures that the HTML shows."""
    attachments: Sequence[Part] = ()
    content: Part | None = None
    """Instead of text, HTML and attachments."""
    raw: bytes | None = None
    """Everything below the trace headers, when the message is broken on purpose."""
    headers: Sequence[tuple[str, str]] = ()
    identity: str = ""
    """Key of the message of which this is another recipient's copy (same Message-ID)."""
    answers: Sequence[str] = ()
    """Keys of the messages before it in its thread, oldest first."""
    flags: tuple[str, ...] = (SEEN,)
    shape: str = "letter"
    labels: Labels = field(default_factory=Labels)
    trust: str = ""
    """"" = what the sender is worth."""
    bounce: bool = False
    """Sent by a program with an empty return path (RFC 5321 §4.5.5)."""
    small: bool = False
    """Part of the small corpus too."""


def message_id(key: str) -> str:
    """The same at each start."""
    return f"<{Dice(f'message-id/{key}').token(8)}.{key}@messagerie.demonstration>"


def patient_sender(who: Patient) -> Person:
    """A patient writing from Mon espace santé."""
    return Person(who.key, f"{who.given} {who.family}", who.address, trust="patient", kind="patient")


def _content(draft: Draft) -> Part:
    if draft.content is not None:
        return draft.content
    boundary = Dice(f"boundary/{draft.key}").token(10)
    part = mime.text(draft.text)
    if draft.html:
        rich = mime.html(draft.html)
        if draft.inline:
            rich = mime.multipart("related", [rich, *draft.inline], f"rel_{boundary}")
        part = mime.multipart("alternative", [part, rich], f"alt_{boundary}") if draft.text else rich
    if draft.attachments:
        part = mime.multipart("mixed", [part, *draft.attachments], f"mix_{boundary}")
    return part


def _mailboxes(people: Sequence[Person]) -> str:
    return ",\r\n ".join(mime.mailbox(p.name, p.address) for p in people)


def _own_headers(draft: Draft, date: str) -> list[tuple[str, str]]:
    headers = [
        ("Date", date),
        ("From", mime.mailbox(draft.sender.name, draft.sender.address)),
        ("To", _mailboxes(draft.to or (draft.account,))),
    ]
    if draft.cc:
        headers.append(("Cc", _mailboxes(draft.cc)))
    headers += [
        ("Subject", mime.encode_words(draft.subject)),
        ("Message-ID", message_id(draft.identity or draft.key)),
    ]
    if draft.answers:
        ids = [message_id(key) for key in draft.answers]
        headers += [("In-Reply-To", ids[-1]), ("References", "\r\n ".join(ids))]
    return [*headers, *draft.headers]


def _trace(draft: Draft, date: str) -> bytes:
    """What the operator writes above a message that came from outside."""
    token = Dice(f"trace/{draft.key}").token(5).upper()
    domain = draft.sender.domain
    return (
        f"Return-Path: <{'' if draft.bounce else draft.sender.address}>\r\n"
        f"Received: from mta.{domain} (mta.{domain} [192.0.2.{len(domain)}])\r\n"
        f"\tby operateur.demonstration with ESMTPS id {token}\r\n"
        f"\tfor <{draft.account.address}>; {date}\r\n"
    ).encode("ascii")


def written(draft: Draft, calendar: Calendar) -> bytes:
    """The message as its sender wrote it, without the operator's trace."""
    if draft.raw is not None:
        return draft.raw
    date = mail_date(calendar.moment(draft.days, draft.clock))
    return mime.serialise(_own_headers(draft, date), _content(draft))


def seal(draft: Draft, uid: int, calendar: Calendar) -> DemoMessage:
    """The message with its UID, its bytes and its labels."""
    moment = calendar.moment(draft.days, draft.clock)
    date = mail_date(moment)
    own = draft.sender.address == draft.account.address and draft.folder != "INBOX"
    trace = b"" if own else _trace(draft, date)
    labels = draft.labels
    return DemoMessage(
        key=draft.key,
        account=draft.account.address,
        folder=draft.folder,
        uid=uid,
        message_id=message_id(draft.identity or draft.key) if draft.raw is None else "",
        internal_date_utc=int(moment.timestamp()),
        flags=draft.flags,
        raw=trace + written(draft, calendar),
        shape=draft.shape,
        documents=labels.documents,
        hprim_deliveries=labels.deliveries,
        repeats=labels.repeats,
        patients=labels.patients,
        abnormal=labels.abnormal,
        critical=labels.critical,
        trust=draft.trust or draft.sender.trust,
    )
