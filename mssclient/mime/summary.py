"""What one reading of a message says about it: the row of the list, the search text, the enclosures.

Pure and bounded: part of ``annotate(raw)``, called for every message of a first sync.
"""

import re
from itertools import islice

from mssclient.mime.bodies import Bodies, bodies_of, bounded_text, html_of_blocks, text_of_blocks
from mssclient.mime.dates import parse_date
from mssclient.mime.filenames import sanitise_filename
from mssclient.mime.reading import Part, Reading
from mssclient.model.messages import AttachmentInfo, Person, Summary

__all__ = ["attachments_of", "body_html", "body_text", "html_source", "snippet_of", "summarise", "words_of"]

MAX_TEXT = 200_000
MAX_SNIPPET = 140
MAX_PEOPLE = 5000
MAX_ATTACHMENTS = 500
MAX_REFERENCES = 100
_ID = re.compile(r"<[^<>\s]{1,990}>")
_NOISE = re.compile(r"^(?:[>|].*|[-_=*~#.\s]*|\[image[^\]]*\]|<https?://\S*>|https?://\S+)$")


def summarise(reading: Reading) -> Summary:
    """The summary of a whole message."""
    return summary_of(reading, bodies_of(reading), complete=True)


def summary_of(reading: Reading, bodies: Bodies, complete: bool) -> Summary:
    """The record, from parts already sorted; headers only when not ``complete``."""
    senders = people(reading, "from")
    text = text_of_blocks(reading, bodies.blocks, MAX_TEXT) if complete else ""
    receipts = people(reading, "disposition-notification-to")
    return Summary(
        subject=(reading.value("subject") or "")[:2000],
        sender=senders[0] if senders else Person(),
        from_count=len(senders),
        to=people(reading, "to"),
        cc=people(reading, "cc"),
        bcc=people(reading, "bcc"),
        reply_to=people(reading, "reply-to"),
        date_utc=parse_date(reading.value("date") or ""),
        rfc_message_id=_first_id(reading, "message-id"),
        in_reply_to=_first_id(reading, "in-reply-to"),
        references=_references(reading),
        attachments=attachments_of(reading, bodies) if complete else (),
        text=words_of(reading, bodies, text) if complete else "",
        snippet=snippet_of(text),
        receipt_to=receipts[0].address if receipts else "",
        defects=tuple(dict.fromkeys(defect.code for defect in reading.defects)),
        complete=complete,
    )


def people(reading: Reading, name: str) -> tuple[Person, ...]:
    """All mailboxes of all fields of that name, in order, at most :data:`MAX_PEOPLE`."""
    return tuple(address.person for address in islice(reading.addresses(name), MAX_PEOPLE))


def _first_id(reading: Reading, name: str) -> str:
    value = reading.value(name)
    if not value:
        return ""
    found = _ID.search(value)
    if found is not None:
        return found[0]
    bare = value.split()
    return f"<{bare[0].strip('<>')[:990]}>" if bare and name == "message-id" else ""


def _references(reading: Reading) -> tuple[str, ...]:
    """The first and the latest ones when there are too many: a thread needs its root and its neighbours."""
    found = list(dict.fromkeys(_ID.findall(" ".join(reading.values("references"))[:200_000])))
    if len(found) > MAX_REFERENCES:
        found = found[:1] + found[1 - MAX_REFERENCES :]
    return tuple(found)


def body_text(reading: Reading) -> str:
    """The letter as plain text, as a reader sees it; at most a million characters."""
    return text_of_blocks(reading, bodies_of(reading).blocks)


def body_html(reading: Reading) -> Part | None:
    """The HTML part that the letter begins with, or None when it begins with plain text only."""
    for block in bodies_of(reading).blocks:
        if block.html is not None:
            return block.html
        if block.plain is not None and bounded_text(reading, block.plain, 4000).strip():
            return None
    return None


def html_source(reading: Reading) -> str | None:
    """What to give to ``compile_html``: the HTML of the letter followed by its further pieces, or None."""
    return html_of_blocks(reading, bodies_of(reading).blocks)


def words_of(reading: Reading, bodies: Bodies, text: str) -> str:
    """Words for the search index: the letter, then letters enclosed in it."""
    room = MAX_TEXT - len(text)
    pieces = [text]
    for part in bodies.files:
        if room <= 0:
            break
        for inner in part.children:
            nested = Reading(reading.raw, inner, [])
            words = f"{nested.value('subject') or ''}\n" + text_of_blocks(
                nested, bodies_of(nested).blocks, room
            )
            pieces.append(words[:room])
            room -= len(words)
    return "\n\n".join(pieces)[:MAX_TEXT] if len(pieces) > 1 else text[:MAX_TEXT]


def snippet_of(text: str) -> str:
    """The first words that say something: no quotes, rules, or bare links; one line."""
    words: list[str] = []
    length = 0
    for line in text[:4000].split("\n"):
        line = line.strip()
        if not line or _NOISE.match(line):
            continue
        words.append(line)
        length += len(line) + 1
        if length > MAX_SNIPPET:
            break
    joined = " ".join(words)
    if not joined.isprintable():
        joined = "".join(c if c.isprintable() else " " for c in joined)
    return " ".join(joined.split())[:MAX_SNIPPET]


def attachments_of(reading: Reading, bodies: Bodies) -> tuple[AttachmentInfo, ...]:
    """Enclosures in order. A picture that the HTML shows is ``inline``."""
    if not bodies.files:
        return ()
    shown = ""
    if any(part.content_id and part.type.startswith("image/") for part in bodies.files):
        shown = " ".join(
            bounded_text(reading, block.html) for block in bodies.blocks if block.html is not None
        )
    found: list[AttachmentInfo] = []
    for part in bodies.files[:MAX_ATTACHMENTS]:
        flags = part.flags
        if part.type in (
            "application/pkcs7-signature",
            "application/x-pkcs7-signature",
            "application/pgp-signature",
        ):
            flags = (*flags, "signature")
        found.append(
            AttachmentInfo(
                path=part.path,
                filename=sanitise_filename(part.filename)
                if part.filename
                else _name_of_message(reading, part),
                type=part.type,
                octets=decoded_octets(reading, part),
                inline=bool(
                    part.content_id and part.type.startswith("image/") and ("cid:" + part.content_id) in shown
                ),
                flags=flags,
            )
        )
    return tuple(found)


def _name_of_message(reading: Reading, part: Part) -> str:
    """An enclosed message is named after its subject."""
    if not part.children:
        return ""
    subject = Reading(reading.raw, part.children[0], []).value("subject") or ""
    return sanitise_filename(subject[:80] + ".eml") if subject.strip() else ""


def _line_end_octets(raw: bytes, start: int, end: int) -> int:
    """CR and LF in a range. A long one with lines of one length (seen at samples) is not counted through."""
    first = raw.find(b"\n", start, start + 1000) + 1
    pace = first - start
    if first and end - start > 20_000:
        whole = (end - start) // pace
        samples = [start + pace * (whole * n // 16) for n in range(1, 17)]
        if all(raw[at - 1] == 10 and raw.find(b"\n", at - pace, at - 1) < 0 for at in samples):
            ends = 2 if raw[first - 2] == 13 else 1
            rest = start + pace * whole
            return whole * ends + raw.count(b"\n", rest, end) + raw.count(b"\r", rest, end)
    return raw.count(b"\n", start, end) + raw.count(b"\r", start, end)


def decoded_octets(reading: Reading, part: Part) -> int:
    """Size of the content, from the size of its encoding; exact for well-formed base64 and identity."""
    octets = part.end - part.start
    if part.encoding == "base64":
        raw, start, end = reading.raw, part.start, part.end
        letters = octets - _line_end_octets(raw, start, end)
        return max(letters * 3 // 4 - raw.count(b"=", max(start, end - 6), end), 0)
    if part.encoding == "quoted-printable":
        return max(octets - 2 * reading.raw.count(b"=", part.start, part.end), 0)
    return octets
