"""HPRIM Médecin: twelve header lines, a text, and often a block of results, for one or several patients.

Recognised by score, never by one mark or by the name of the file: letters quote marks, and files of any
extension hold it. Lines of the header: 1 code of the patient at the sender, 2-3 family and given name,
4-5 address, 6 postcode and town, 7 birth, 8 NIR, 9 number of the file, 10 its date, 11-12 sender and
receiver (10 columns of code, then the name). Then text, ``****LAB****`` with TEX and RES lines,
``****FIN****`` after each patient and ``****FINFICHIER****``; either may be missing, text may follow.
"""

import re
from dataclasses import dataclass
from functools import cached_property

from mssclient.medical.candidate import Candidate
from mssclient.medical.dates import file_date
from mssclient.medical.results import abnormality, count_lines
from mssclient.model.documents import Document, DocumentMatch, LabLine, Patient
from mssclient.model.language import _

__all__ = ["KIND", "Record", "read", "read_records", "recognise"]

KIND = "hprim-medecin"

_MARK = re.compile(r"[ \t]*\*{3,6}[ \t]*(LAB|FIN[ \t]*FICHIER|FIN)[ \t]*\*{3,6}[ \t\x1a]*", re.I)
_RESULT = re.compile(r"[ \t]*RES\|", re.I)
_COMMENT = re.compile(r"[ \t]*TEX\|", re.I)
_QUOTE = re.compile(r"(?:[ \t]?>)+ ?")
_DATE_LINE = re.compile(
    r"^[>\t ]*(?:\d{1,4}[/.-]\d{1,2}[/.-]\d{1,4}|\d{1,2} ?[A-Za-zéû]{3,9}\.? ?\d{2,4})[ \t\d:]*\r?$", re.M
)
_HINT = re.compile(r"\bRES\||\*{3}[ \t]*(?:LAB|FIN)", re.I)
_NAME = re.compile(r"[^\W\d_][\w '’.\-()/*&]{0,59}")
_NIR = re.compile(r"[1-478]\d{4}(?:\d\d|2[ABab])\d{6}(?:\d\d)?")
_TOWN = re.compile(r"(?:F-?)?\d{5}(?:[ \t]+\S.*)?")
_NUMBER = re.compile(r"[\w./ -]{1,30}")
_PREVIOUS = re.compile(r"\s*(?:ant[ée]r\w*|pr[ée]c[ée]d\w*)[^:\d]{0,40}:?\s*(\S.{0,60})", re.I)
_MOST_PATIENTS = 500
_MOST_LINES = 50_000
_THRESHOLD = 8


@dataclass(frozen=True, slots=True)
class Header:
    """The twelve lines found at ``start``, and how sure it is that they are a header."""

    start: int
    fields: tuple[str, ...]
    birth: str | None
    date: str | None
    score: int
    evidence: tuple[str, ...]

    @property
    def patient(self) -> Patient:
        nir = re.sub(r"\s", "", self.fields[7])
        sex = {"1": "M", "2": "F"}.get(nir[:1]) if _NIR.fullmatch(nir) else None
        return Patient(
            family=self.fields[1],
            given=self.fields[2],
            birth=self.birth,
            sex=sex,
            # the NIR is that of the insured person, often a parent: never an INS
            number=self.fields[8] or self.fields[0][:40].strip() or None,
        )


@dataclass(frozen=True)
class Record:
    """One patient's part of a file: its lines without marks of quoting."""

    header: Header | None
    """None for a fragment: result lines that nobody introduces."""
    lines: tuple[str, ...]
    """From the first line of the header to the mark FIN, included."""
    first: int
    """Line of the file where it begins."""
    marks: tuple[str, ...] = ()

    @property
    def patient(self) -> Patient:
        return self.header.patient if self.header else Patient()

    @property
    def author(self) -> str:
        return _without_code(self.header.fields[10]) if self.header else ""

    @cached_property
    def results(self) -> tuple[LabLine, ...]:
        return tuple(_result_lines(self.lines))

    @property
    def text(self) -> str:
        """What is meant for a person: after the header, without the block of results."""
        body = list(self.lines[12 if self.header else 0 :])
        for at, line in enumerate(body):
            if _MARK.fullmatch(line) or _RESULT.match(line):
                body = body[:at]
                break
        return "\n".join(line.rstrip() for line in body).strip("\n")


def recognise(candidate: Candidate, deep: bool) -> DocumentMatch | None:
    """The match of a text; with ``deep`` the results are counted too (they are cheap, so always)."""
    if not candidate.is_text:
        return None
    records = read_records(candidate)
    if not records:
        return None
    first = next((record for record in records if record.header), None)
    totals = [count_lines(record.results) for record in records]
    evidence = dict.fromkeys(
        mark
        for record in records
        for mark in ((*record.header.evidence,) if record.header else ()) + record.marks
    )
    lines = sum(total[0] for total in totals)
    if lines:
        evidence[f"RES:{lines}"] = None
    return DocumentMatch(
        kind=KIND,
        part=candidate.part,
        entry=candidate.entry,
        evidence=tuple(evidence),
        patients=tuple(record.patient for record in records if record.header),
        author=(first.author or None) if first else None,
        date=first.header.date if first and first.header else None,
        results=lines,
        abnormal=sum(total[1] for total in totals),
        critical=sum(total[2] for total in totals),
        fragment=first is None,
        octets=len(candidate.content),
    )


def read(candidate: Candidate) -> tuple[Document, ...]:
    """One document a patient."""
    documents: list[Document] = []
    for record in read_records(candidate):
        _results, abnormal, critical = count_lines(record.results)
        documents.append(
            Document(
                kind=KIND,
                part=candidate.part,
                entry=candidate.entry,
                patient=record.patient,
                title=_("Résultats d’examens") if record.results else _("Courrier"),
                author=record.author,
                date=record.header.date if record.header else None,
                lines=record.results,
                text=record.text,
                abnormal=abnormal,
                critical=critical,
                problem="" if record.header else _("Fragment\u202f: l’en-tête du patient manque."),
            )
        )
    return tuple(documents)


# -- where a patient begins --------------------------------------------------------------------------


def read_records(candidate: Candidate) -> list[Record]:
    """The patients of a text, in order; one record without header for a fragment; [] for anything else."""
    text = candidate.text
    if _HINT.search(text) is None and len(_DATE_LINE.findall(text, 0, 2_000_000)) < 2:
        return []
    lines = candidate.lines[:_MOST_LINES]
    if candidate.body or any(line.startswith((">", " >")) for line in lines[:40]):
        lines = [_QUOTE.sub("", line, count=1) if ">" in line[:6] else line for line in lines]
    marks = {
        at: found[1].upper()
        for at, line in enumerate(lines)
        if "*" in line and (found := _MARK.fullmatch(line))
    }
    headers = _headers(lines, marks)
    return _cut(lines, marks, headers) if headers else _fragment(lines, marks)


def _headers(lines: list[str], marks: dict[int, str]) -> list[Header]:
    """Every header, best first where two overlap, in the order of the file."""
    starts = _possible_starts(lines, marks)
    first = next((at for at, line in enumerate(lines) if line.strip()), 0)
    found: list[Header] = []
    bonus = _bonus(lines, marks)
    for start in starts:
        header = _header_at(lines, start, first)
        if header is None:
            continue
        # later patients and headers inside a letter must stand on their own legs
        at_top = start <= first or (marks.get(_before(lines, start), "") or "").startswith("FIN")
        if header.score + (bonus if at_top or not found else 0) >= _THRESHOLD:
            if found and start < found[-1].start + 12:
                if header.score > found[-1].score:
                    found[-1] = header
                continue
            found.append(header)
            if len(found) >= _MOST_PATIENTS:
                break
    return found


def _before(lines: list[str], start: int) -> int:
    """The last line that is not blank before a start."""
    at = start - 1
    while at >= 0 and not lines[at].strip():
        at -= 1
    return at


def _bonus(lines: list[str], marks: dict[int, str]) -> int:
    kinds = set(marks.values())
    results = sum(1 for line in lines if _RESULT.match(line) and _is_result(line))
    return (
        2 * ("LAB" in kinds)
        + 2 * ("FIN" in kinds)
        + any(kind not in ("LAB", "FIN") for kind in kinds)
        + 2 * (results > 0)
        + (results > 2)
    )


def _possible_starts(lines: list[str], marks: dict[int, str]) -> list[int]:
    """Where twelve lines might begin: six above a birth date, nine above a file's, at the top, after FIN."""
    dated = {at for at, line in enumerate(lines) if 5 < len(line.strip()) < 30 and _looks_dated(line)}
    starts = {at - 6 for at in dated if at + 3 in dated}
    if marks:
        starts |= {at - 6 for at in dated} | {at - 9 for at in dated}
        first = next((at for at, line in enumerate(lines) if line.strip()), 0)
        starts |= {0, first}
    return sorted(start for start in starts if start >= -1)


def _looks_dated(line: str) -> bool:
    text = line.strip()
    return text[:1].isdigit() and file_date(text) is not None


def _header_at(lines: list[str], start: int, first: int) -> Header | None:
    """Score the twelve lines from ``start`` (-1: the first, empty one was lost on the way)."""
    fields = tuple(lines[at].strip() if 0 <= at < len(lines) else "" for at in range(start, start + 12))
    if not _is_name(fields[1]) or (fields[2] and not _is_name(fields[2])):
        return None
    if any(_MARK.fullmatch(field) or _RESULT.match(field) for field in fields[:10]):
        return None
    date = file_date(fields[9])
    birth = file_date(fields[6], date or "2099")
    if date is None and birth is None:
        return None
    weighed = _weigh(fields, birth, date)
    if 0 <= start <= first:
        weighed["top"] = 2
    evidence = tuple(name for name, weight in weighed.items() if weight > 0 and name != "top")
    return Header(start, fields, birth, date, sum(weighed.values()), evidence)


def _weigh(fields: tuple[str, ...], birth: str | None, date: str | None) -> dict[str, int]:
    """What each line says for (or against) a header."""
    nir = re.sub(r"\s", "", fields[7])
    weighed = {
        "names": 2 if fields[2] else 0,
        "capitals": int(fields[1] == fields[1].upper()),
        "birth-date": 2 if birth else 0 if not fields[6].strip("0/.- ") else -3,
        "file-date": 2 if date else 0 if not fields[9].strip("0/.- ") else -3,
        "order-of-dates": -4 if birth and date and birth > date else 0,
        "town": 2 if _TOWN.fullmatch(fields[5]) else 0 if not fields[5] else -1,
        "nir": 2 if _NIR.fullmatch(nir) else 0 if not nir.strip("0") else -1,
        "number": _weigh_number(fields[8]),
        "sender": _weigh_party(fields[10]),
        "receiver": _weigh_party(fields[11]),
        "code": _weigh_code(fields[0]),
        "address": -2 if max(len(fields[3]), len(fields[4])) > 80 else 0,
    }
    if fields[10] and any(field.endswith((":", "?", "!")) for field in fields[3:6]):
        weighed["address"] -= 2
    return weighed


def _is_name(text: str) -> bool:
    return (
        _NAME.fullmatch(text) is not None
        and len(text.split()) <= 6
        and text.lower() not in ("bonjour", "cordialement", "confraternellement", "madame", "monsieur")
    )


def _weigh_number(text: str) -> int:
    if not text:
        return 0
    if _NUMBER.fullmatch(text) and any(letter.isdigit() for letter in text):
        return 1
    return -2 if len(text) > 30 else 0


def _weigh_party(text: str) -> int:
    if not text:
        return 0
    if len(text) > 90 or text.endswith((":", "?", "!", ";", ",")):
        return -2
    return 1


def _weigh_code(text: str) -> int:
    if len(text) > 100:
        return 1  # four columns of 40
    if text.endswith((",", ":", "?", "!")):
        return -2
    return int(0 < len(text) <= 12 and " " not in text)


def _without_code(text: str) -> str:
    """Sender or receiver without its code: ten columns, or ``.`` and blanks before First.LAST (Apicrypt)."""
    text = text.rstrip()
    if len(text) > 10 and " " in text[:11]:
        head, tail = text[:10], text[10:]
        if head.rstrip() != head or tail[:1] == " " or " " not in head:
            return tail.strip() or head.strip()
    return text.lstrip(". ").strip()


# -- records -----------------------------------------------------------------------------------------


def _cut(lines: list[str], marks: dict[int, str], headers: list[Header]) -> list[Record]:
    """Each record runs to its mark FIN, or else to the next header, or else to the end."""
    records: list[Record] = []
    for count, header in enumerate(headers):
        limit = headers[count + 1].start if count + 1 < len(headers) else len(lines)
        start = max(header.start, 0)
        ends = [at for at, kind in marks.items() if start <= at < limit and kind.startswith("FIN")]
        stop = min(ends) + 1 if ends else limit
        if stop < limit and marks.get(stop, "").startswith("FIN") and marks.get(stop) != "FIN":
            stop += 1
        own = tuple(f"****{kind}****" for at, kind in marks.items() if start <= at < stop)
        body = ("",) * (start - header.start) + tuple(lines[start:stop])
        records.append(Record(header, body, start, own))
    return records


def _fragment(lines: list[str], marks: dict[int, str]) -> list[Record]:
    """Result lines that nobody introduces: two of them, or one with a mark."""
    at = [number for number, line in enumerate(lines) if _RESULT.match(line) and _is_result(line)]
    if len(at) < (1 if marks else 2):
        return []
    first = min([at[0], *(mark for mark, kind in marks.items() if kind == "LAB" and mark < at[0])])
    last = max([at[-1], *(mark for mark in marks if at[-1] < mark < at[-1] + 20)])
    kinds = tuple(f"****{kind}****" for mark, kind in marks.items() if first <= mark <= last)
    return [Record(None, tuple(lines[first : last + 1]), first, kinds)]


# -- results -----------------------------------------------------------------------------------------


def _is_result(line: str) -> bool:
    """RES with a label, a type N or A, and a value field."""
    cells = line.strip().split("|")
    return len(cells) >= 5 and bool(cells[1].strip()) and cells[3].strip().upper() in ("N", "A", "")


def _joined(lines: tuple[str, ...]) -> list[str]:
    """RES and TEX lines, with what a mail program wrapped put back at their end."""
    found: list[str] = []
    open_line = False
    for line in lines:
        if _RESULT.match(line) or _COMMENT.match(line):
            found.append(line.strip())
            open_line = True
        elif not line.strip() or _MARK.fullmatch(line):
            open_line = False
        elif open_line and (found[-1][:3].upper() == "TEX" or "|" in line):
            found[-1] += ("" if found[-1].endswith("|") or line.startswith("|") else " ") + line.strip()
    return found


def _result_lines(lines: tuple[str, ...]) -> list[LabLine]:
    found: list[LabLine] = []
    for line in _joined(lines):
        cells = [cell.strip() for cell in line.split("|")] + [""] * 14
        if cells[0].upper() == "TEX":
            _add_text(found, line.partition("|")[2].strip().strip("|").rstrip())
        elif cells[1]:
            found.append(_result(cells))
    return found


def _result(cells: list[str]) -> LabLine:
    """``RES|label|code|N or A|value|unit|low|high|abnormality|status|value2|unit2|low2|high2``."""
    value, unit, low, high, code, status, second = cells[4:11]
    previous = comment = ""
    if second:
        if cells[11].casefold() == unit.casefold():
            previous = second  # the same unit twice: not another unit but the time before
        else:
            span = f" ({cells[12]} – {cells[13]})" if cells[12] and cells[13] else ""
            comment = _("soit {value} {unit}").format(value=second, unit=cells[11]).rstrip() + span
    return LabLine(
        label=cells[1],
        value=value,
        unit=unit,
        low=low,
        high=high,
        abnormality=abnormality(code, value, low, high),
        previous=previous,
        comment=comment,
        status=status,
    )


def _add_text(found: list[LabLine], text: str) -> None:
    """A TEX line: a title, the value of the time before, or a remark on the line above."""
    if not text.strip():
        return
    above = found[-1] if found else None
    if above and above.label and not above.heading and (before := _PREVIOUS.match(text)):
        found[-1] = _with(above, previous=above.previous or before[1].strip())
    elif _is_title(text):
        found.append(LabLine(label=text.strip(), heading=True))
    elif above and not above.heading:
        found[-1] = _with(above, comment=f"{above.comment}\n{text.strip()}".strip())
    else:
        found.append(LabLine(label="", comment=text.strip()))


def _is_title(text: str) -> bool:
    words = text.strip(" *-=_")
    return 2 < len(words) <= 60 and words == words.upper() and any(letter.isalpha() for letter in words)


def _with(line: LabLine, *, previous: str | None = None, comment: str | None = None) -> LabLine:
    return LabLine(
        label=line.label,
        value=line.value,
        unit=line.unit,
        low=line.low,
        high=line.high,
        abnormality=line.abnormality,
        previous=line.previous if previous is None else previous,
        comment=line.comment if comment is None else comment,
        status=line.status,
    )
