"""Letters and everyday mail of the demonstration."""

from mssclient.demo.corpus.calendar import Calendar
from mssclient.demo.corpus.draft import ANSWERED, FLAGGED, SEEN, Draft
from mssclient.demo.corpus.dress import dress
from mssclient.demo.corpus.people import AUBRY, OFFICE, PEOPLE, VALADE
from mssclient.demo.corpus.sheets import Copy, copies, fill

__all__ = ["drafts"]

_PLACES = {
    "IN": (AUBRY, "INBOX"),
    "BIO": (AUBRY, "INBOX/Biologie"),
    "CR": (AUBRY, "INBOX/Comptes rendus"),
    "BROU": (AUBRY, "Brouillons"),
    "SENT": (AUBRY, "Envoyés"),
    "ARC": (AUBRY, "Archives"),
    "JUNK": (AUBRY, "Indésirables"),
    "TRASH": (AUBRY, "Corbeille"),
    "ORG": (OFFICE, "INBOX"),
    "RDV": (OFFICE, "INBOX/Rendez-vous"),
    "ORGSENT": (OFFICE, "Envoyés"),
    "VAL": (VALADE, "INBOX"),
    "VALSENT": (VALADE, "Envoyés"),
}
_MARKS = {"n": "", "r": ANSWERED, "f": FLAGGED}


def drafts(calendar: Calendar) -> list[Draft]:
    return [_draft(copy) for copy in copies(calendar)]


def _draft(copy: Copy) -> Draft:
    account, folder = _PLACES[copy.place]
    flags = tuple(_MARKS.get(mark, mark) for mark in copy.marks)
    flags = tuple(flag for flag in flags if flag)
    if "n" not in copy.marks:
        flags = (SEEN, *flags)
    if folder == "Brouillons":
        flags = (SEEN, "\\Draft")
    sender = copy.sender
    text = fill(copy, copy.sheet.text)
    signed = text if sender.kind == "patient" else f"{text}\n{sender.signature}\n"
    dressed = dress(copy, signed)
    answered = copy.sheet.fields.get("re", "")
    cc = copy.sheet.fields.get("cc", "")
    return Draft(
        key=copy.key,
        days=copy.days,
        clock=copy.clock,
        sender=sender,
        account=account,
        folder=folder,
        to=copy.receivers,
        cc=[PEOPLE[cc]] if cc else [],
        subject=copy.title,
        answers=[answered] if answered else [],
        flags=flags,
        small=copy.days <= 3,
        text=dressed.text,
        html=dressed.html,
        inline=dressed.inline,
        attachments=dressed.attachments,
        content=dressed.content,
        headers=dressed.headers,
        shape=dressed.shape,
        labels=dressed.labels,
    )
