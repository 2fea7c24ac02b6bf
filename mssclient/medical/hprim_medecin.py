"""HPRIM Médecin: twelve header lines, a text, and often a block of results, for one or several patients.

Recognised by score, never by one mark or by the name of the file: letters quote marks, and files of any
extension hold it. After the header (``hprim_header``) comes the text, then ``****LAB****`` with TEX and
RES lines, ``****FIN****`` after each patient and ``****FINFICHIER****``; either may be missing, text may
follow.
"""

import re
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from mssclient.medical.candidate import Candidate
from mssclient.medical.hprim_header import (
    Header,
    begins_result,
    find_headers,
    is_result,
    mark_of,
    without_code,
)
from mssclient.medical.results import abnormality, count_lines
from mssclient.model.documents import Document, DocumentMatch, LabLine, Patient
from mssclient.model.language import _

__all__ = ["KIND", "Record", "may_hold", "read", "read_records", "recognise"]

KIND = "hprim-medecin"

_COMMENT = re.compile(r"[ \t]*TEX\|", re.I)
_QUOTE = re.compile(r"(?:[ \t]?>)+ ?")
_DATE_LINE = re.compile(
    r"^[>\t ]*(?:\d{1,4}[/.-]\d{1,2}[/.-]\d{1,4}|\d{1,2} ?[A-Za-zéû]{3,9}\.? ?\d{2,4})[ \t\d:]*\r?$", re.M
)
_HINT = re.compile(r"\bRES\||\*{3}[ \t]*(?:LAB|FIN)", re.I)
_LINE_OF_DIGIT = re.compile(r"\n[>\t ]*\d")
_PREVIOUS = re.compile(r"\s*(?:ant[ée]r\w*|pr[ée]c[ée]d\w*)[^:\d]{0,40}:?\s*(\S.{0,60})", re.I)
_MOST_LINES = 50_000


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
        return without_code(self.header.fields[10]) if self.header else ""

    @cached_property
    def results(self) -> tuple[LabLine, ...]:
        return tuple(_result_lines(self.lines))

    @property
    def text(self) -> str:
        """What is meant for a person: after the header, without the block of results."""
        body = list(self.lines[12 if self.header else 0 :])
        for at, line in enumerate(body):
            if mark_of(line) or begins_result(line):
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
                problem="" if record.header else _("Fragment\u00a0: l’en-tête du patient manque."),
            )
        )
    return tuple(documents)


# -- where a patient begins --------------------------------------------------------------------------


def read_records(candidate: Candidate) -> list[Record]:
    """The patients of a text, in order; one record without header for a fragment; [] for anything else."""
    return candidate.once(_read_records)


def _read_records(candidate: Candidate) -> list[Record]:
    text = candidate.text
    if not may_hold(text):
        return []
    lines = candidate.lines[:_MOST_LINES]
    if candidate.body or any(line.startswith((">", " >")) for line in lines[:40]):
        lines = [_QUOTE.sub("", line, count=1) if ">" in line[:6] else line for line in lines]
    lines = _single_spaced(lines)
    marks = {at: mark for at, line in enumerate(lines) if (mark := mark_of(line))}
    headers = find_headers(lines, marks)
    return _cut(lines, marks, headers) if headers else _fragment(lines, marks)


def may_hold(text: str) -> bool:
    """A mark, or two lines that are dates. What neither can do without is looked for first: most letters
    have none of it, and finding one letter is much faster than an expression."""
    if ("|" in text or "***" in text) and _HINT.search(text) is not None:
        return True
    # of two dated lines one at least is not the first line
    return _LINE_OF_DIGIT.search(text) is not None and len(_DATE_LINE.findall(text, 0, 2_000_000)) >= 2


# -- records -----------------------------------------------------------------------------------------


def _single_spaced(lines: list[str]) -> list[str]:
    """Without the blank line that some gateways put after each line."""
    written = [at for at, line in enumerate(lines[:60]) if line.strip()]
    if len(written) < 9 or any(after - at < 2 for at, after in pairwise(written)):
        return lines
    return lines[written[0] % 2 :: 2]


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
    at = [number for number, line in enumerate(lines) if begins_result(line) and is_result(line)]
    if len(at) < (1 if marks else 2):
        return []
    first = min([at[0], *(mark for mark, kind in marks.items() if kind == "LAB" and mark < at[0])])
    last = max([at[-1], *(mark for mark in marks if at[-1] < mark < at[-1] + 20)])
    kinds = tuple(f"****{kind}****" for mark, kind in marks.items() if first <= mark <= last)
    return [Record(None, tuple(lines[first : last + 1]), first, kinds)]


# -- results -----------------------------------------------------------------------------------------


def _joined(lines: tuple[str, ...]) -> list[str]:
    """RES and TEX lines, with what a mail program wrapped put back at their end."""
    found: list[str] = []
    open_line = False
    for line in lines:
        if "|" in line and (begins_result(line) or _COMMENT.match(line)):
            found.append(line.strip())
            open_line = True
        elif not line.strip() or mark_of(line):
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
