"""The twelve header lines of HPRIM Médecin: found by what they hold together, since no mark announces them.

Lines: 1 code of the patient at the sender, 2-3 family and given name, 4-5 address, 6 postcode and town,
7 birth, 8 NIR, 9 number of the file, 10 its date, 11-12 sender and receiver. Any may be blank.
"""

import re
from dataclasses import dataclass

from mssclient.medical.dates import file_date
from mssclient.model.documents import Patient

__all__ = ["Header", "begins_result", "find_headers", "is_result", "mark_of", "without_code"]

_RESULT = re.compile(r"[ \t]*RES\|", re.I)
_MARK = re.compile(r"[ \t]*\*{3,6}[ \t]*(LAB|FIN[ \t]*FICHIER|FIN)[ \t]*\*{3,6}[ \t\x1a]*", re.I)
_NAME = re.compile(r"[^\W\d_][\w '’.\-()/*&]{0,59}")
_NIR = re.compile(r"[1-478]\d{4}(?:\d\d|2[ABab])\d{6}(?:\d\d)?")
_TOWN = re.compile(r"(?:F-?)?\d{5}(?:\D.*)?")
_NUMBER = re.compile(r"[\w./ -]{1,30}")
_MOST_PATIENTS = 500
_THRESHOLD = 9


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
    def is_solid(self) -> bool:
        """Two dates below two words are not enough: something must be of a patient's file."""
        seen = set(self.evidence)
        return bool({"town", "nir"} & seen) or {"capitals", "names", "number"} <= seen

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
            number=self.fields[8] or _code(self.fields[0]) or None,
        )


def _code(text: str) -> str:
    """The patient's code: the whole first line, or its last column of 40."""
    return text[120:].strip() if len(text) > 100 else text


def find_headers(lines: list[str], marks: dict[int, str]) -> list[Header]:
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
        extra = bonus if at_top or not found else 0
        if header.score + extra >= _THRESHOLD and (extra > 3 or header.is_solid):
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
    results = sum(1 for line in lines if begins_result(line) and is_result(line))
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
    if any(mark_of(field) or begins_result(field) for field in fields[:10]):
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


def without_code(text: str) -> str:
    """Sender or receiver without its code: ten columns, or ``.`` and blanks before First.LAST (Apicrypt)."""
    text = text.rstrip()
    if len(text) > 10 and " " in text[:11]:
        head, tail = text[:10], text[10:]
        if head.rstrip() != head or tail[:1] == " " or " " not in head:
            return tail.strip() or head.strip()
    return text.lstrip(". ").strip()


def mark_of(line: str) -> str:
    """The word of a line that is a mark, in capitals ("LAB", "FIN", "FINFICHIER"); "" for any other line."""
    # one letter is found much faster than an expression
    found = _MARK.fullmatch(line) if "*" in line else None
    return found[1].upper() if found else ""


def begins_result(line: str) -> bool:
    return "|" in line and _RESULT.match(line) is not None


def is_result(line: str) -> bool:
    """RES with a label, a type N or A, and a value field."""
    cells = line.strip().split("|")
    return len(cells) >= 5 and bool(cells[1].strip()) and cells[3].strip().upper() in ("N", "A", "")
