"""CDA R2 documents (HL7 France, CI-SIS): header, narrative, and the results of a CR-BIO.

Level 1 wraps a PDF or a text (``nonXMLBody``), level 3 holds sections. A "self-presenting" one is a style
sheet of the sender with the document inside: the document is read, the style sheet never run.
"""

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Any

from mssclient.medical.candidate import Candidate
from mssclient.medical.cda_results import read_results
from mssclient.medical.dates import compact_date
from mssclient.medical.markup import Unreadable, local, parse_xml, squeeze
from mssclient.medical.results import count_lines
from mssclient.model.documents import Document, DocumentMatch, LabLine, Patient
from mssclient.model.language import _

__all__ = ["INS_ROOTS", "KIND", "Content", "embedded_pdf", "read", "read_content", "recognise"]

_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
KIND = "cda"

NS = "{urn:hl7-org:v3}"
INS_ROOTS = frozenset(f"1.2.250.1.213.1.4.{number}" for number in (8, 9, 10, 11))
"""OID of the matricule INS: NIR and NIA, then those of test identities."""

_ROOT = re.compile(rb"<(?:[\w.-]{1,40}:)?ClinicalDocument[\s>]")
_SEARCHED = 65_536
_MOST_LETTERS = 300_000


@dataclass(frozen=True)
class Content:
    """What one document says."""

    code: str
    title: str
    date: str | None
    author: str
    patient: Patient
    lines: tuple[LabLine, ...]
    root: Any


def recognise(candidate: Candidate, deep: bool) -> DocumentMatch | None:
    """By bytes; with ``deep`` it is parsed for the patient, title, author, date and results."""
    # A PDF or picture is not decoded whole only to see that it is no XML.
    if not candidate.is_text and candidate.head[:2] not in _UTF_16:
        return None
    if not is_cda(candidate.content[:_SEARCHED]):
        return None
    bare = DocumentMatch(
        kind=KIND,
        part=candidate.part,
        entry=candidate.entry,
        evidence=("ClinicalDocument",),
        octets=len(candidate.content),
    )
    if not deep:
        return bare
    try:
        found = read_content(candidate.content)
    except Unreadable:
        return bare
    results, abnormal, critical = count_lines(found.lines)
    return DocumentMatch(
        kind=KIND,
        part=candidate.part,
        entry=candidate.entry,
        evidence=("ClinicalDocument", *((found.code,) if found.code else ())),
        patients=(found.patient,),
        title=found.title or None,
        author=found.author or None,
        date=found.date,
        results=results,
        abnormal=abnormal,
        critical=critical,
        octets=len(candidate.content),
    )


def is_cda(head: bytes) -> bool:
    if b"\x00" in head[:200]:
        head = head.replace(b"\x00", b"")
    if not head.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").startswith(b"<"):
        return False
    return _ROOT.search(head) is not None and b"urn:hl7-org:v3" in head


def read(candidate: Candidate) -> tuple[Document, ...]:
    return (read_document(candidate.content, candidate.part, candidate.entry),)


def read_document(data: bytes, part: str, entry: str = "") -> Document:
    """The document; with a ``problem`` when it cannot be parsed."""
    try:
        found = read_content(data)
    except Unreadable as error:
        return Document(kind=KIND, part=part, entry=entry, problem=_said(str(error)))
    _results, abnormal, critical = count_lines(found.lines)
    return Document(
        kind=KIND,
        part=part,
        entry=entry,
        patient=found.patient,
        title=found.title,
        author=found.author,
        date=found.date,
        lines=found.lines,
        text=_narrative(found.root),
        abnormal=abnormal,
        critical=critical,
    )


def _said(reason: str) -> str:
    if reason == "too-big":
        return _("Ce document CDA est trop gros pour être lu.")
    if reason == "doctype":
        return _("Ce document CDA contient des déclarations interdites\u00a0: il n’est pas lu.")
    return _("Ce document CDA est abîmé.")


def read_content(data: bytes) -> Content:
    """Header and results. Raises Unreadable."""
    root = parse_xml(data)
    if root.tag != NS + "ClinicalDocument":
        root = next(root.iter(NS + "ClinicalDocument"), None)
        if root is None:
            raise Unreadable("not-cda")
    code = root.find(NS + "code")
    time = root.find(NS + "effectiveTime")
    return Content(
        code="" if code is None else squeeze(code.get("code"), 40),
        title=squeeze(root.findtext(NS + "title"))
        or ("" if code is None else squeeze(code.get("displayName"))),
        date=None if time is None else compact_date((time.get("value") or "")[:40]),
        author=_author(root),
        patient=_patient(root),
        lines=read_results(root),
        root=root,
    )


def _patient(root: Any) -> Patient:
    role = root.find(f"{NS}recordTarget/{NS}patientRole")
    if role is None:
        return Patient()
    ins = number = None
    for one in role.findall(NS + "id"):
        value = squeeze(one.get("extension"), 60)
        if one.get("root") in INS_ROOTS:
            ins = ins or value or None
        else:
            number = number or (value if value != ins else "") or None
    person = role.find(NS + "patient")
    if person is None:
        return Patient(ins=ins, number=number)
    name = person.find(NS + "name")
    birth = person.find(NS + "birthTime")
    gender = person.find(NS + "administrativeGenderCode")
    born = None if birth is None else compact_date((birth.get("value") or "")[:40])
    sex = None if gender is None else (gender.get("code") or "")[:2]
    return Patient(
        family=_named(name, "family"),
        given=_named(name, "given"),
        birth=born[:10] if born else None,
        sex=sex if sex in ("M", "F") else None,
        ins=ins,
        number=number,
    )


def _named(name: Any, tag: str) -> str:
    """The name at birth (BR: a trait of the INS), else the one in use (CL), else the first."""
    if name is None:
        return ""
    parts = name.findall(NS + tag)
    for qualifier in ("BR", "CL", None, "SP"):
        for part in parts:
            if part.get("qualifier") == qualifier and squeeze(part.text):
                return squeeze(part.text, 120)
    return squeeze(parts[0].text, 120) if parts else ""


def _author(root: Any) -> str:
    """The first author: a person, else a device, with nothing else an organisation."""
    assigned = root.find(f"{NS}author/{NS}assignedAuthor")
    if assigned is None:
        return ""
    name = assigned.find(f"{NS}assignedPerson/{NS}name")
    if name is not None:
        words = (_named(name, "given"), _named(name, "family"))
        return " ".join(word for word in words if word) or squeeze("".join(name.itertext()))
    device = assigned.findtext(f"{NS}assignedAuthoringDevice/{NS}softwareName")
    return squeeze(device or assigned.findtext(f"{NS}representedOrganization/{NS}name"), 120)


# -- narrative ---------------------------------------------------------------------------------------

_LINES = frozenset(("tr", "paragraph", "item", "br", "title", "caption", "list", "table"))
_CELLS = frozenset(("td", "th"))


def _narrative(root: Any) -> str:
    """Titles and text of the sections, in order; of a level 1 document its text when it is one."""
    flat = root.find(f"{NS}component/{NS}nonXMLBody/{NS}text")
    if flat is not None:
        kind = (flat.get("mediaType") or "text/plain").lower()
        return (
            (flat.text or "").strip()[:_MOST_LETTERS]
            if kind == "text/plain" and not flat.get("representation")
            else ""
        )
    out: list[str] = []
    for section in root.iter(NS + "section"):
        if title := squeeze(section.findtext(NS + "title")):
            out.append("\n" + title + "\n")
        text = section.find(NS + "text")
        if text is not None:
            _flatten(text, out)
        if sum(map(len, out[-50:])) > _MOST_LETTERS:
            break
    lines = [line.strip(" \t") for line in "".join(out).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()[:_MOST_LETTERS]


def _flatten(text: Any, out: list[str]) -> None:
    """Words of a narrative block, one line a row or paragraph, without recursion."""
    from lxml import etree  # pyright: ignore[reportAttributeAccessIssue]

    for event, element in etree.iterwalk(text, events=("start", "end")):
        name = local(element)
        if event == "start":
            if element is not text and name in _LINES:
                out.append("\n")
            out.append(re.sub(r"\s+", " ", element.text or ""))
        else:
            if name in _CELLS:
                out.append("\t")
            if element is not text:
                out.append(re.sub(r"\s+", " ", element.tail or ""))
    out.append("\n")


def embedded_pdf(data: bytes) -> bytes | None:
    """The PDF that a document carries (level 1 body, or a copy in level 3): shown first (VISU.03)."""
    try:
        root = parse_xml(data)
    except Unreadable:
        return None
    wanted = (NS + "text", NS + "value")
    for element in root.iter(*wanted):
        if (element.get("mediaType") or "").lower() == "application/pdf" and element.get(
            "representation"
        ) == "B64":
            try:
                found = base64.b64decode("".join((element.text or "").split()))
            except (binascii.Error, ValueError):
                continue
            if found.startswith(b"%PDF-"):
                return found
    return None
