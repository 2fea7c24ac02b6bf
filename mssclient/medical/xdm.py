"""IHE XDM archives (``IHE_XDM.zip``): METADATA.XML and the documents of one patient, read in memory.

Layout of ITI TF-2 §3.32 (``IHE_XDM/SUBSET01/METADATA.XML``), but names are searched for: real archives vary.
"""

from dataclasses import dataclass
from typing import Any

from mssclient.medical import cda
from mssclient.medical.archives import Member, is_zip, read_zip
from mssclient.medical.candidate import Candidate
from mssclient.medical.dates import compact_date
from mssclient.medical.markup import Unreadable, local, parse_xml, squeeze
from mssclient.model.documents import Document, DocumentMatch, Patient
from mssclient.model.language import _

__all__ = ["KIND", "documents", "looks_like_xdm", "read", "recognise"]

KIND = "xdm"

_METADATA_OCTETS = 5_000_000
_NEAR_END = 66_000


@dataclass(frozen=True)
class Entry:
    """What METADATA.XML says of one document."""

    title: str
    author: str
    date: str | None
    patient: Patient


def looks_like_xdm(candidate: Candidate) -> bool:
    """By bytes: the name of the file, or the names in the archive's own lists, unpacked by nobody."""
    if not is_zip(candidate.head):
        return False
    name = (candidate.entry or candidate.filename).lower().replace("-", "_")
    if name.endswith(".zip") and "ihe_xdm" in name:
        return True
    content = candidate.content
    names = (content[:4096] + content[-_NEAR_END:]).upper()
    return b"METADATA.XML" in names or b"IHE_XDM/" in names


def recognise(candidate: Candidate, deep: bool) -> DocumentMatch | None:
    """The archive itself; results are counted in its CDA documents, which are matches of their own."""
    if not looks_like_xdm(candidate):
        return None
    if not deep:
        return _match(candidate, ("zip",))
    members = read_zip(candidate.content)
    metadata = _metadata(members)
    inside = documents(members)
    if metadata is None and not inside:
        # only its name says XDM: an ordinary zip, unless it cannot be opened
        closed = not members or any(member.problem for member in members)
        return _match(candidate, ("zip",)) if closed else None
    entries = _entries(metadata) if metadata else []
    evidence = ("METADATA.XML",) if metadata else ()
    contents = _contents(inside)
    patient = next((one.patient for one in entries if one.patient != Patient()), None)
    if contents:
        patient = _merged(contents[0].patient, patient)
    first = entries[0] if entries else None
    return _match(
        candidate,
        (*evidence, *(member.name.rpartition("/")[2][:60] for member in inside)),
        patients=(patient,) if patient and patient != Patient() else (),
        title=(contents[0].title if contents else "") or (first.title if first else "") or None,
        author=(contents[0].author if contents else "") or (first.author if first else "") or None,
        date=(contents[0].date if contents else None) or (first.date if first else None),
    )


def _match(candidate: Candidate, evidence: tuple[str, ...], **values: Any) -> DocumentMatch:
    return DocumentMatch(
        kind=KIND,
        part=candidate.part,
        entry=candidate.entry,
        evidence=evidence,
        octets=len(candidate.content),
        **values,
    )


def read(candidate: Candidate) -> tuple[Document, ...]:
    """Nothing of its own: its documents are candidates themselves; a ``problem`` when there are none."""
    members = read_zip(candidate.content)
    if any(cda.is_cda(member.content[:65_536]) for member in documents(members)):
        return ()
    problem = _("Cette archive XDM ne contient pas de document lisible.")
    if any(member.problem == "encrypted" for member in members):
        problem = _("Cette archive XDM est chiffrée.")
    elif any(member.problem in ("bomb", "too-big") for member in members):
        problem = _("Cette archive XDM est trop grosse une fois décompressée.")
    return (Document(kind=KIND, part=candidate.part, entry=candidate.entry, problem=problem),)


def _metadata(members: tuple[Member, ...]) -> bytes | None:
    return next(
        (one.content for one in members if one.name.upper().endswith("METADATA.XML") and one.content), None
    )


def documents(members: tuple[Member, ...]) -> list[Member]:
    """The CDA documents and PDFs of the patient, without the archive's own pages."""
    own = ("INDEX.HTM", "INDEX.HTML", "README.TXT", "METADATA.XML")
    return [
        one
        for one in members
        if one.content
        and one.name.upper().rpartition("/")[2] not in own
        and (cda.is_cda(one.content[:65_536]) or one.content.startswith(b"%PDF-"))
    ]


def _contents(members: list[Member]) -> list[cda.Content]:
    found: list[cda.Content] = []
    for member in members:
        if cda.is_cda(member.content[:65_536]):
            try:
                found.append(cda.read_content(member.content))
            except Unreadable:
                continue
    return found


def _merged(document: Patient, metadata: Patient | None) -> Patient:
    """Of the document, with the INS of METADATA.XML, which is the one to go by (ECO.2.1.2)."""
    if metadata is None or not metadata.ins:
        return document
    return Patient(
        family=document.family or metadata.family,
        given=document.given or metadata.given,
        birth=document.birth or metadata.birth,
        sex=document.sex or metadata.sex,
        ins=metadata.ins,
        number=document.number or metadata.number,
    )


# -- METADATA.XML (ebRIM 3.0) ------------------------------------------------------------------------


def _entries(data: bytes) -> list[Entry]:
    """One for each DocumentEntry."""
    try:
        root = parse_xml(data, _METADATA_OCTETS)
    except Unreadable:
        return []
    found: list[Entry] = []
    for element in root.iter():
        if local(element) == "ExtrinsicObject" and len(found) < 200:
            found.append(_entry(element))
    return found


def _entry(element: Any) -> Entry:
    slots = _slots(element)
    ids = [one.get("value") or "" for one in element if local(one) == "ExternalIdentifier"]
    author = ""
    for one in element:
        if local(one) == "Classification" and not author:
            author = _person((_slots(one).get("authorPerson") or [""])[0])
    identifier = (slots.get("sourcePatientId") or [""])[0]
    identifier = next((one for one in ids if "&" in one and "^^^" in one), identifier)
    return Entry(
        title=_title(element),
        author=author,
        date=compact_date((slots.get("creationTime") or [""])[0][:40]),
        patient=_patient(slots.get("sourcePatientInfo") or [], identifier),
    )


def _title(element: Any) -> str:
    for one in element:
        if local(one) == "Name":
            for text in one.iter():
                if local(text) == "LocalizedString":
                    return squeeze(text.get("value"))
    return ""


def _slots(element: Any) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for slot in element:
        if local(slot) == "Slot":
            values = [squeeze(value.text) for value in slot.iter() if local(value) == "Value"]
            found.setdefault(slot.get("name") or "", []).extend(values[:50])
    return found


def _person(text: str) -> str:
    """XCN: ``id^family^given^…``."""
    parts = text.split("^")
    return squeeze(f"{parts[2]} {parts[1]}") if len(parts) > 2 else ""


def _patient(lines: list[str], identifier: str) -> Patient:
    """PID segments of ``sourcePatientInfo`` and a CX identifier ``id^^^&OID&ISO^…``."""
    values = dict(line.split("|", 1) for line in lines if "|" in line)
    name = values.get("PID-5", "").split("~")[0].split("^")
    parts = identifier.split("^")
    authority = parts[3].split("&") if len(parts) > 3 else []
    is_ins = len(authority) > 1 and authority[1] in cda.INS_ROOTS
    birth = compact_date(values.get("PID-7", "")[:40])
    sex = values.get("PID-8", "")[:1]
    return Patient(
        family=name[0].strip(),
        given=name[1].strip() if len(name) > 1 else "",
        birth=birth[:10] if birth else None,
        sex=sex if sex in ("M", "F") else None,
        ins=parts[0] if is_ins and parts[0] else None,
        number=parts[0] if not is_ins and parts[0] else None,
    )
