"""HPRIM Santé 2.x, of the ASTM E1238 family: segments H, P, OBR, OBX, C, L with separators the file declares.

``H`` is followed by the separators of fields, components, repetitions, escapes and sub-components; field
13 is the version (``H2.1~C``), which tells it from HL7 v2 (``MSH``) and from analysers (ASTM E1394).
``A`` continues the segment before it. Fields are counted from 1, the name of the segment being field 1.
"""

import re
from dataclasses import dataclass, field

from mssclient.medical.candidate import Candidate
from mssclient.medical.dates import compact_date
from mssclient.medical.results import abnormality, count_lines, interval
from mssclient.model.documents import Document, DocumentMatch, LabLine, Patient
from mssclient.model.language import _

__all__ = ["KIND", "companions", "read", "read_files", "recognise"]

KIND = "hprim-sante"

_HEAD = re.compile(r"^[> \t]{0,8}H([|!#;^~¦])([^\w\s]{2,5}?)\1", re.M)
_VERSION = re.compile(r"H2\.\d")
_SEGMENT = re.compile(r"[> \t]{0,8}(H|P|OBR|OBX|C|L|A|AP|AC|ACT|REG|FAC|ERR|TXT)(?=[|!#;^~¦])")
_MOST_LINES = 50_000
_MOST_PATIENTS = 500


@dataclass
class File:
    """One message H…L: its header, and the segments of each patient."""

    head: list[str]
    component: str
    line: int
    """Where H stands in the text."""
    patients: list[list[list[str]]] = field(default_factory=list[list[list[str]]])

    def value(self, number: int) -> str:
        return _cell(self.head, number)

    def first(self, text: str) -> str:
        """The first component of a field."""
        return text.partition(self.component)[0].strip()

    def second(self, text: str) -> str:
        parts = text.split(self.component)
        return parts[1].strip() if len(parts) > 1 else ""


def recognise(candidate: Candidate, deep: bool) -> DocumentMatch | None:
    if not candidate.is_text:
        return None
    files = read_files(candidate)
    if not files:
        return None
    lines = [line for one in files for segments in one.patients for line in _lines(one, segments)]
    results, abnormal, critical = count_lines(lines)
    first = files[0]
    evidence = [f"H:{first.value(13)[:10]}"]
    if first.value(7):
        evidence.append(first.value(7)[:10])
    patients = tuple(_patient(one, segments) for one in files for segments in one.patients)
    return DocumentMatch(
        kind=KIND,
        part=candidate.part,
        entry=candidate.entry,
        evidence=(*evidence, f"P:{len(patients)}", *((f"OBX:{results}",) if results else ())),
        patients=patients,
        author=_author(first) or None,
        date=compact_date(first.value(14)),
        results=results,
        abnormal=abnormal,
        critical=critical,
        octets=len(candidate.content),
    )


def read(candidate: Candidate) -> tuple[Document, ...]:
    """One document a patient."""
    documents: list[Document] = []
    for one in read_files(candidate):
        for segments in one.patients:
            lines = tuple(_lines(one, segments))
            _results, abnormal, critical = count_lines(lines)
            documents.append(
                Document(
                    kind=KIND,
                    part=candidate.part,
                    entry=candidate.entry,
                    patient=_patient(one, segments),
                    title=_("Résultats d’examens") if lines else _("Message HPRIM Santé"),
                    author=_author(one),
                    date=compact_date(one.value(14)),
                    lines=lines,
                    text=_words(one, segments),
                    abnormal=abnormal,
                    critical=critical,
                )
            )
    return tuple(documents)


def companions(candidate: Candidate) -> tuple[str, ...]:
    """Names of the files of the same message that OBX segments of type FIC speak of."""
    names: list[str] = []
    for one in read_files(candidate):
        for segments in one.patients:
            for segment in segments:
                if segment[0] == "OBX" and _cell(segment, 3).upper() == "FIC":
                    names.extend(
                        part.strip() for part in _cell(segment, 6).split(one.component) if "." in part
                    )
    return tuple(dict.fromkeys(names))


# -- segments ----------------------------------------------------------------------------------------


def read_files(candidate: Candidate) -> list[File]:
    """The messages H…L of a text; [] when it is something else."""
    return candidate.once(_read_files)


def _read_files(candidate: Candidate) -> list[File]:
    text = candidate.text
    # the version first: it begins with fixed letters, which makes its search much the faster
    if _VERSION.search(text) is None or _HEAD.search(text) is None:
        return []
    files: list[File] = []
    current: File | None = None
    segments: list[list[str]] | None = None
    separator = "|"
    total = 0
    for number, line in enumerate(candidate.lines[:_MOST_LINES]):
        if found := _HEAD.match(line):
            separator = found[1]
            head = line.lstrip("> \t").split(separator)
            is_ours = _VERSION.match(_cell(head, 13) or _cell(head, 12)) is not None
            current = File(head, found[2][0], number) if is_ours else None
            segments = None
            if current:
                files.append(current)
            continue
        if current is None or (found := _SEGMENT.match(line)) is None:
            continue
        cells = line.lstrip("> \t").rstrip().split(separator)
        if cells[0] == "L":
            current = None
        elif cells[0] == "A":
            _continue(segments[-1] if segments else current.head, cells[1:])
        elif cells[0] == "P" and total < _MOST_PATIENTS:
            total += 1
            segments = [cells]
            current.patients.append(segments)
        elif segments is not None:
            segments.append(cells)
    return [one for one in files if one.patients]


def _continue(segment: list[str], cells: list[str]) -> None:
    """An A segment: its first field goes on where the last one stopped."""
    if cells:
        segment[-1] += cells[0]
        segment.extend(cells[1:])


def _cell(segment: list[str], number: int) -> str:
    return segment[number - 1].strip() if len(segment) >= number else ""


def _patient(one: File, segments: list[list[str]]) -> Patient:
    p = segments[0]
    name = _cell(p, 6)
    birth = compact_date(one.first(_cell(p, 8)))
    sex = _cell(p, 9)[:1].upper()
    numbers = (one.first(_cell(p, number)) for number in (3, 4, 5))
    return Patient(
        family=one.first(name),
        given=one.second(name),
        birth=birth[:10] if birth else None,
        sex=sex if sex in ("M", "F") else None,
        number=next((number for number in numbers if number), None),
    )


def _author(one: File) -> str:
    """Field 5, the sender: code and name."""
    sender = one.value(5)
    return one.second(sender) or one.first(sender)


def _lines(one: File, segments: list[list[str]]) -> list[LabLine]:
    """Headings from OBR, results from OBX, remarks from C."""
    found: list[LabLine] = []
    for segment in segments[1:]:
        if segment[0] == "OBR":
            title = one.second(_cell(segment, 5)) or one.first(_cell(segment, 5))
            if title:
                found.append(LabLine(label=title, heading=True))
        elif segment[0] == "OBX" and _cell(segment, 3).upper() != "FIC":
            found.append(_result(one, segment))
        elif segment[0] == "C" and found and not found[-1].heading:
            text = one.second(_cell(segment, 4)) or _cell(segment, 4)
            found[-1] = _remarked(found[-1], text)
    return found


def _result(one: File, segment: list[str]) -> LabLine:
    test = _cell(segment, 4)
    value = _cell(segment, 6)
    if _cell(segment, 3).upper() in ("CE", "CNA", "CM"):
        value = one.second(value) or one.first(value)
    low, high = interval(_cell(segment, 8).replace(one.component, "-"))
    return LabLine(
        label=one.second(test) or one.first(test),
        value=value,
        unit=one.first(_cell(segment, 7)),
        low=low,
        high=high,
        abnormality=abnormality(one.first(_cell(segment, 9)), value, low, high),
        status=_cell(segment, 11),
    )


def _remarked(line: LabLine, text: str) -> LabLine:
    return LabLine(
        label=line.label,
        value=line.value,
        unit=line.unit,
        low=line.low,
        high=line.high,
        abnormality=line.abnormality,
        comment=f"{line.comment}\n{text}".strip(),
        status=line.status,
    )


def _words(one: File, segments: list[list[str]]) -> str:
    """Remarks and results in words, for a reader without a table."""
    words: list[str] = []
    for segment in segments[1:]:
        if segment[0] == "C":
            words.append(one.second(_cell(segment, 4)) or _cell(segment, 4))
        elif segment[0] == "OBX":
            line = _result(one, segment)
            words.append(f"{line.label}\u00a0: {line.value} {line.unit}".rstrip())
    return "\n".join(words)
