"""What a message gives to the directory that the practice's software watches, and how it is written there.

``plan_delivery`` is pure and runs in the bounded child; ``Depot`` (``depot``) is the engine's.
Attached files go out byte for byte; a result in the text of a letter is cut out of it and written in a
charset of the person's choice with CRLF. Each piece carries what the ledger needs to know it again.
"""

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence

from mssclient.medical import hprim_medecin, hprim_sante
from mssclient.medical.candidate import Candidate
from mssclient.medical.depot import Depot
from mssclient.medical.formats import candidates, recognise_candidate
from mssclient.medical.texts import to_charset
from mssclient.mime.reading import Reading
from mssclient.model.documents import DocumentMatch, Patient
from mssclient.model.language import _
from mssclient.model.records import Record

__all__ = [
    "COMPANION",
    "DELIVERED_KINDS",
    "Deliverable",
    "DeliveryOptions",
    "Depot",
    "plan_delivery",
    "safe_stem",
]

DELIVERED_KINDS = (hprim_medecin.KIND, hprim_sante.KIND)
COMPANION = "companion"
"""Kind of a file that an HPRIM Santé message names: it goes out under its own name, before the message."""

_SAFE_COMPANION = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,40}\.[A-Za-z0-9]{1,5}")
_HPRIM_EXTENSIONS = (".hpr", ".hpm", ".hprim")


class DeliveryOptions(Record, frozen=True, kw_only=True):
    """Settings of the watched directory."""

    charset: str = "windows-1252"
    """Of results that stand in the text of a letter."""
    extension: str = "keep"
    """"keep" (".hpr" where there is none), or one with its dot, its case kept: ".HPR", ".txt"."""
    flag_extension: str = ""
    """Such as ".OK": an empty file of the same name, written last; "" for none."""
    split_patients: bool = False
    fragments: bool = False
    """Deliver results without header too."""
    short_names: bool = False
    """8.3 names from a counter."""


class Deliverable(Record, frozen=True, kw_only=True):
    """One file to write, or why it is not (``code`` and ``reason``)."""

    part: str
    kind: str
    entry: str = ""
    content: bytes = b""
    name_stem: str = ""
    """ASCII without dot; unique to these bytes but for a companion, whose name is fixed."""
    extension: str = ".hpr"
    patients: tuple[Patient, ...] = ()
    number: str = ""
    """File number at the sender, for the ledger."""
    date: str = ""
    fragment: bool = False
    sha256: str = ""
    """Of ``content``, hexadecimal."""
    key: bytes = b""
    """32 octets for the ledger: the same for the same words in another charset, with other line ends, or
    once in the text and once in a file; byte-identical files always have the same."""
    code: str = ""
    """"" when it is to be written; "fragment", "encrypted", "unreadable", "same-content"."""
    reason: str = ""

    @property
    def name(self) -> str:
        return self.name_stem + self.extension

    @property
    def is_fixed(self) -> bool:
        return self.kind == COMPANION


def plan_delivery(
    reading: Reading, matches: Sequence[DocumentMatch] = (), options: DeliveryOptions = DeliveryOptions()
) -> list[Deliverable]:
    """Every HPRIM file of a message, those that are not to be written included, companions first.

    ``matches``: only these, when given; they are then not recognised again. Pure, opens archives: to be run
    in the bounded child. Never raises but LookupError for an unknown ``charset``.
    """
    pieces: list[tuple[bool, Deliverable]] = []
    named: set[str] = set()
    every = list(candidates(reading, deep=True))
    asked = _Asked(matches, every)
    read_body = False
    for candidate in every:
        if candidate.body and candidate.type == "text/html" and read_body:
            continue  # the same words as the plain text beside it
        if not asked.wants(candidate):
            continue
        match = asked.match(candidate) or recognise_candidate(candidate, deep=False)
        kind = match.kind if match else ""
        if match is not None and kind in DELIVERED_KINDS:
            read_body = read_body or candidate.body
            pieces.extend((candidate.body, one) for one in _pieces(candidate, match, options))
            if kind == hprim_sante.KIND:
                named.update(name.lower() for name in hprim_sante.companions(candidate))
        elif kind == "apicrypt":
            pieces.append((candidate.body, _encrypted(candidate)))
        elif candidate.extension in _HPRIM_EXTENSIONS and kind not in ("cda", "xdm", "hprim-xml"):
            pieces.append((False, _unreadable(candidate, kind)))
    return _companions(every, named) + _once_each(pieces)


class _Asked:
    """The matches that a caller gives, trusted where they can only mean this very file and it still holds
    what they say: an archive may hold two files of one name."""

    def __init__(self, matches: Sequence[DocumentMatch], every: list[Candidate]) -> None:
        self._matches = {(match.part, match.entry): match for match in matches}
        self._count = Counter((one.part, one.entry) for one in every) if matches else Counter()

    def wants(self, candidate: Candidate) -> bool:
        return not self._matches or (candidate.part, candidate.entry) in self._matches

    def match(self, candidate: Candidate) -> DocumentMatch | None:
        key = (candidate.part, candidate.entry)
        match = self._matches.get(key)
        if match is None or self._count[key] != 1 or match.octets != len(candidate.content):
            return None
        reads = _READERS.get(match.kind)
        return match if reads is not None and candidate.is_text and reads(candidate) else None


_READERS: dict[str, Callable[[Candidate], Sequence[object]]] = {
    hprim_medecin.KIND: hprim_medecin.read_records,
    hprim_sante.KIND: hprim_sante.read_files,
}


def _once_each(pieces: list[tuple[bool, Deliverable]]) -> list[Deliverable]:
    """Of the same result in the text and in a file, the file."""
    keys: set[bytes] = set()
    dossiers: set[tuple[str, ...]] = set()
    found: list[Deliverable] = []
    for is_body, piece in sorted(pieces, key=lambda pair: pair[0]):
        dossier = _dossier(piece)
        if not piece.code and (piece.key in keys or (is_body and dossier in dossiers)):
            piece = _refused(piece, "same-content", _("Même résultat qu’un autre fichier de ce message."))
        elif not piece.code:
            keys.add(piece.key)
            if piece.patients and not is_body:
                dossiers.add(dossier)
        found.append(piece)
    return found


def _dossier(piece: Deliverable) -> tuple[str, ...]:
    names = [f"{one.family}/{one.given}/{one.birth}/{one.number}".casefold() for one in piece.patients]
    return (piece.kind, piece.date, *names)


def _refused(piece: Deliverable, code: str, reason: str) -> Deliverable:
    return Deliverable(
        part=piece.part,
        entry=piece.entry,
        kind=piece.kind,
        patients=piece.patients,
        number=piece.number,
        date=piece.date,
        fragment=piece.fragment,
        sha256=piece.sha256,
        key=piece.key,
        code=code,
        reason=reason,
    )


def _encrypted(candidate: Candidate) -> Deliverable:
    return Deliverable(
        part=candidate.part,
        entry=candidate.entry,
        kind="apicrypt",
        code="encrypted",
        reason=_("Chiffré par Apicrypt."),
    )


def _unreadable(candidate: Candidate, kind: str) -> Deliverable:
    reason = _("Ce fichier n’est pas au format HPRIM.")
    if kind == "pdf":
        reason = _("Ce fichier porte un nom HPRIM mais c’est un PDF.")
    elif not candidate.head:
        reason = _("Ce fichier est vide.")
    return Deliverable(
        part=candidate.part, entry=candidate.entry, kind=kind or "hprim", code="unreadable", reason=reason
    )


# -- pieces ------------------------------------------------------------------------------------------


def _pieces(candidate: Candidate, match: DocumentMatch, options: DeliveryOptions) -> list[Deliverable]:
    if match.kind == hprim_sante.KIND:
        lines = _sante_lines(candidate)
        content = _written(lines, options) if candidate.body else candidate.content
        return [_piece(candidate, match, options, content, lines, match.patients, match.date)]
    records = hprim_medecin.read_records(candidate)
    if match.fragment:
        lines = [line for record in records for line in record.lines]
        content = _written(lines, options) if candidate.body else candidate.content
        piece = _piece(candidate, match, options, content, lines, (), None)
        return [
            piece
            if options.fragments
            else _refused(piece, "fragment", _("Fragment de résultats sans en-tête."))
        ]
    if options.split_patients and len(records) > 1 and (split := _split(candidate, records, options)):
        return [
            _piece(candidate, match, options, content, list(record.lines), (record.patient,), _date(record))
            for record, content in zip(records, split, strict=True)
        ]
    lines = [line for record in records for line in record.lines]
    content = _written(lines, options) if candidate.body else candidate.content
    patients = tuple(record.patient for record in records)
    return [_piece(candidate, match, options, content, lines, patients, match.date)]


def _piece(
    candidate: Candidate,
    match: DocumentMatch,
    options: DeliveryOptions,
    content: bytes,
    lines: Sequence[str],
    patients: tuple[Patient, ...],
    date: str | None,
) -> Deliverable:
    key = _key(match.kind, lines)
    return Deliverable(
        part=candidate.part,
        entry=candidate.entry,
        kind=match.kind,
        content=content,
        name_stem=f"{safe_stem(candidate.entry or candidate.filename)}_{key.hex()[:10]}",
        extension=_extension(candidate, options),
        patients=patients,
        number=(patients[0].number or "") if patients else "",
        date=date or "",
        fragment=match.fragment,
        sha256=hashlib.sha256(content).hexdigest(),
        key=key,
    )


def _date(record: hprim_medecin.Record) -> str | None:
    return record.header.date if record.header else None


def _key(kind: str, lines: Sequence[str]) -> bytes:
    """SHA-256 of the words: blanks at the ends of lines, empty lines and charset do not count."""
    words = "\n".join(stripped for line in lines if (stripped := " ".join(line.split())))
    return hashlib.sha256(
        f"{kind}\n{unicodedata.normalize('NFC', words)}".encode("utf-8", "replace")
    ).digest()


def _written(lines: Sequence[str], options: DeliveryOptions) -> bytes:
    """Lines of a letter as a file: chosen charset, CRLF."""
    text = "\r\n".join(line.rstrip("\x1a") for line in lines).rstrip("\r\n") + "\r\n"
    return to_charset(text, options.charset)


def _sante_lines(candidate: Candidate) -> list[str]:
    """From each H to its L, quoting marks gone."""
    kept: list[str] = []
    starts = {one.line for one in hprim_sante.read_files(candidate)}
    inside = False
    for number, line in enumerate(candidate.lines):
        inside = inside or number in starts
        if not inside:
            continue
        line = line.lstrip("> \t")
        if line:
            kept.append(line)
        if re.match(r"L[|!#;^~¦]", line):
            inside = False
    return kept


def _split(
    candidate: Candidate, records: list[hprim_medecin.Record], options: DeliveryOptions
) -> list[bytes] | None:
    """One file a patient, in the charset and line ends it came in; None when that cannot be done exactly."""
    if candidate.body:
        return [_written([*record.lines, *_end_of_file(record)], options) for record in records]
    decoded = candidate.decoded
    if decoded.repaired or decoded.text != candidate.text:
        return None
    codec = decoded.codec
    pieces = re.split(r"(\r+\n|\r|\n)", decoded.text)
    rows = [pieces[at] + (pieces[at + 1] if at + 1 < len(pieces) else "") for at in range(0, len(pieces), 2)]
    if decoded.text.encode(codec, "replace") != candidate.content:
        return None
    end = pieces[1] if len(pieces) > 1 else "\r\n"
    found: list[bytes] = []
    for record in records:
        count = len(record.lines) - (1 if record.header and record.header.start < 0 else 0)
        text = "".join(rows[record.first : record.first + count])
        found.append((text + "".join(line + end for line in _end_of_file(record))).encode(codec))
    return found


def _end_of_file(record: hprim_medecin.Record) -> list[str]:
    """The mark that ends a file, for a piece cut out of the middle of one that had marks."""
    ended = any("FICHIER" in mark for mark in record.marks)
    return [] if ended or not record.marks else ["****FINFICHIER****"]


def _companions(every: list[Candidate], named: set[str]) -> list[Deliverable]:
    """The files of this message that its HPRIM Santé speaks of, under exactly the names it uses."""
    found: list[Deliverable] = []
    for candidate in every:
        name = (candidate.entry or candidate.filename).rpartition("/")[2]
        if name.lower() not in named or _SAFE_COMPANION.fullmatch(name) is None:
            continue
        stem, dot, extension = name.rpartition(".")
        content = candidate.content
        digest = hashlib.sha256(content)
        found.append(
            Deliverable(
                part=candidate.part,
                entry=candidate.entry,
                kind=COMPANION,
                content=content,
                name_stem=stem,
                extension=dot + extension,
                sha256=digest.hexdigest(),
                key=hashlib.sha256(b"companion\n" + digest.digest()).digest(),
            )
        )
    return found


# -- names -------------------------------------------------------------------------------------------


def safe_stem(filename: str) -> str:
    """At most 40 ASCII letters, digits, ``-`` and ``_`` of the sender's file name; never empty."""
    name = filename.replace("\\", "/").rpartition("/")[2]
    stem = name.rpartition(".")[0] or name
    plain = unicodedata.normalize("NFKD", stem).encode("ascii", "ignore").decode()
    plain = re.sub(r"[^A-Za-z0-9_-]+", "_", plain).strip("_-")[:40].strip("_-")
    return plain or "HPRIM"


def _extension(candidate: Candidate, options: DeliveryOptions) -> str:
    if options.extension != "keep":
        return options.extension
    name = (candidate.entry or candidate.filename).strip()
    found = re.search(r"\.(hpr|hpm|hprim|txt)$", name, re.I)
    return "." + found[1] if found else ".hpr"
