"""The formats that are known, and the two questions asked of a message: what is in it, what does it say.

``recognise`` looks at bytes only and is what every message goes through on arrival; ``deep`` opens
archives and parses XML as well and, like ``read_documents``, belongs into the bounded child.
"""

from collections.abc import Iterator, Sequence
from typing import Protocol

from mssclient.medical import apicrypt, cda, hprim_medecin, hprim_sante, hprim_xml, pdf, xdm
from mssclient.medical.archives import is_zip, read_tnef, read_zip
from mssclient.medical.candidate import Candidate, leaves
from mssclient.mime.reading import Reading, read
from mssclient.model.documents import Document, DocumentMatch

__all__ = ["FORMATS", "Format", "candidates", "read_documents", "recognise", "recognise_candidate"]


class Format(Protocol):
    """What a module of this room offers to be listed in :data:`FORMATS`."""

    @property
    def KIND(self) -> str:
        """One of ``mssclient.model.documents.KINDS``."""
        ...

    def recognise(self, candidate: Candidate, deep: bool, /) -> DocumentMatch | None:
        """The match, or None. Never raises. Without ``deep``: bytes only, no XML, no archive, no PDF."""
        ...

    def read(self, candidate: Candidate, /) -> tuple[Document, ...]:
        """The document in full, one for each patient. Called on what was recognised only."""
        ...


FORMATS: tuple[Format, ...] = (apicrypt, pdf, xdm, cda, hprim_xml, hprim_sante, hprim_medecin)
"""Tried in this order; the first that recognises a candidate has it."""

_MOST_MATCHES = 200
_MESSAGES = frozenset(("message/rfc822", "message/global", "message/news"))
_TNEF = b"\x78\x9f\x3e\x22"


def candidates(reading: Reading, *, deep: bool) -> Iterator[Candidate]:
    """The pieces of a message; with ``deep`` also the files inside its zips and winmail.dat."""
    for candidate in leaves(reading):
        yield candidate
        if deep:
            yield from _inside(candidate)


def _inside(candidate: Candidate) -> Iterator[Candidate]:
    if _is_message(candidate):
        yield from _of_message(candidate)
        return
    if is_zip(candidate.head):
        members = read_zip(candidate.content)
        if xdm.looks_like_xdm(candidate):  # of these, only its documents: the rest is the archive's own
            members = tuple(xdm.documents(members))
    elif candidate.head.startswith(_TNEF):
        members = read_tnef(candidate.content)
    else:
        return
    for member in members:
        if member.content:
            content = member.content
            yield Candidate(
                candidate.part,
                lambda content=content: content,
                entry=member.name,
                body=member.name == "body.txt" and candidate.head.startswith(_TNEF),
            )


def _is_message(candidate: Candidate) -> bool:
    return candidate.type in _MESSAGES or candidate.extension == ".eml"


def _of_message(candidate: Candidate) -> Iterator[Candidate]:
    """The leaves of a message that was attached as a file; not those of a message inside that one."""
    for leaf in leaves(read(candidate.content)):
        yield Candidate(
            candidate.part,
            lambda leaf=leaf: leaf.content,
            entry=leaf.filename or f"message {leaf.part}",
            type=leaf.type,
            charset=leaf.charset,
            body=leaf.body,
            head=leaf.head,
        )


def recognise(reading: Reading, *, deep: bool = False) -> tuple[DocumentMatch, ...]:
    """Every document of a message, in its order. Never raises.

    Bytes only, under a millisecond for an ordinary letter; with ``deep`` archives are opened and XML is
    parsed, for the command line and the delivery: to be run where a time limit holds.
    """
    return tuple(match for _candidate, match in _recognised(reading, deep))


def _recognised(reading: Reading, deep: bool) -> Iterator[tuple[Candidate, DocumentMatch]]:
    count = 0
    seen_body = False
    for candidate in candidates(reading, deep=deep):
        if candidate.body and candidate.type == "text/html" and seen_body:
            continue  # the same words as the plain text beside it
        match = recognise_candidate(candidate, deep=deep)
        if match is not None:
            yield candidate, match
            count += 1
            seen_body = seen_body or candidate.body
            if count >= _MOST_MATCHES:
                return


def recognise_candidate(candidate: Candidate, *, deep: bool) -> DocumentMatch | None:
    """The match of one piece by the first format that has it; of a message, its leaves count."""
    if _is_message(candidate):
        return None
    for one in FORMATS:
        match = one.recognise(candidate, deep)
        if match is not None:
            return match
    return None


def read_documents(reading: Reading, matches: Sequence[DocumentMatch] = ()) -> tuple[Document, ...]:
    """The documents of these matches in full (of all that are found when none are given).

    Runs in the bounded child: it unpacks, parses XML and reads PDF. A match that is no longer found is
    left out. Never raises.
    """
    wanted = {(match.part, match.entry) for match in matches}
    formats = {one.KIND: one for one in FORMATS}
    found: list[Document] = []
    for candidate, match in _recognised(reading, True):
        if not wanted or (match.part, match.entry) in wanted:
            found.extend(formats[match.kind].read(candidate))
    return tuple(found)
