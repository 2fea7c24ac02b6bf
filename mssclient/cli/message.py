"""One message as ``inspect`` and ``show`` tell it, from its bytes."""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

from mssclient.cli.describing import document_json, person_json, verdict_json
from mssclient.cli.output import Output, iso, octets_text
from mssclient.mime.filenames import sanitise_filename
from mssclient.mime.reading import Defect, Limits, Part, Reading, read
from mssclient.mime.summary import body_text, summarise
from mssclient.model.documents import DocumentMatch
from mssclient.model.language import _
from mssclient.model.verdicts import Verdict

__all__ = ["message_json", "tell_message"]


def tell_message(
    output: Output,
    raw: bytes,
    verdict: Verdict,
    matches: Sequence[DocumentMatch],
    html: str | None,
    *,
    id: str = "",
    reading: Reading | None = None,
    more_defects: Iterable[Defect] = (),
) -> None:
    """Fill ``output`` with the JSON, or with words."""
    message = reading or read(raw, Limits())
    document = message_json(message, verdict, matches, html, more_defects)
    output.document = {"id": id, **document} if id else document
    if not output.as_json:
        _tell_words(output, document)


def message_json(
    message: Reading,
    verdict: Verdict,
    matches: Sequence[DocumentMatch],
    html: str | None,
    more_defects: Iterable[Defect] = (),
) -> dict[str, Any]:
    summary = summarise(message)
    text = body_text(message)
    parts = [
        _part_json(message, part) for part in message.walk() if not part.is_multipart or not part.children
    ]
    defects = [*message.defects, *more_defects]  # after all was decoded: decoding finds some
    return {
        "headers": [[header.name, header.value] for header in message.headers],
        "from": person_json(summary.sender),
        "to": [person_json(person) for person in summary.to],
        "cc": [person_json(person) for person in summary.cc],
        "subject": summary.subject,
        "date": iso(summary.date_utc),
        "message_id": summary.rfc_message_id or None,
        "parts": parts,
        "text": text,
        "html": html,
        "documents": [document_json(match) for match in matches],
        "verdict": verdict_json(verdict),
        "defects": [{"code": defect.code, "where": defect.where} for defect in defects],
    }


def _part_json(message: Reading, part: Part) -> dict[str, Any]:
    content = message.content(part)
    return {
        "path": part.path,
        "type": part.type,
        "disposition": part.disposition,
        "filename": sanitise_filename(part.filename) if part.filename else None,
        "octets": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "charset": part.charset,
        "flags": list(part.flags),
    }


def _tell_words(output: Output, document: dict[str, Any]) -> None:
    def people(found: list[dict[str, str]]) -> str:
        return ", ".join(
            f"{one['name']} <{one['address']}>" if one["name"] else one["address"] for one in found
        )

    for label, value in (
        (_("De"), people([document["from"]])),
        (_("À"), people(document["to"])),
        (_("Cc"), people(document["cc"])),
        (_("Objet"), document["subject"]),
        (_("Date"), document["date"] or ""),
        (_("Sécurité"), document["verdict"]["level"]),
    ):
        if value:
            output.line(f"{label}\u00a0: {value}")
    for reason in document["verdict"]["reasons"]:
        output.line(f"    {reason['sentence']}")
    for one in document["documents"]:
        patients = ", ".join(
            " ".join(filter(None, (patient["family"], patient["given"], patient["birth"])))
            for patient in one["patients"]
        )
        output.line(_("Document {kind} (partie {part})\u00a0: {patients}").format(patients=patients, **{
            "kind": one["kind"], "part": one["part"]
        }))  # fmt: skip
    for part in document["parts"]:
        if part["filename"]:
            output.line(
                _("Pièce jointe\u00a0: {name} ({size})").format(
                    name=part["filename"], size=octets_text(part["octets"])
                )
            )
    output.line()
    output.text += document["text"].splitlines()
    if document["defects"]:
        output.line()
        output.line(
            _("Défauts\u00a0: {codes}").format(codes=", ".join(d["code"] for d in document["defects"]))
        )
