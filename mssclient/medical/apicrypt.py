"""Apicrypt 1: a body or a file that only the Apicrypt module can decipher. Said, never delivered."""

import re

from mssclient.medical.candidate import Candidate
from mssclient.model.documents import Document, DocumentMatch
from mssclient.model.language import _

__all__ = ["KIND", "read", "recognise"]

KIND = "apicrypt"

# at the very beginning: a letter may speak of $APICRYPT further down
_START = re.compile(rb"\s*(?:[> \t]*\r?\n)*[> \t]*\$+APICRYPT", re.I)


def recognise(candidate: Candidate, deep: bool) -> DocumentMatch | None:
    if candidate.extension == ".apz" and candidate.head:
        evidence = ".apz"
    elif _START.match(candidate.head[:2000]):
        evidence = "$APICRYPT"
    else:
        return None
    return DocumentMatch(
        kind=KIND,
        part=candidate.part,
        entry=candidate.entry,
        evidence=(evidence,),
        octets=len(candidate.content),
    )


def read(candidate: Candidate) -> tuple[Document, ...]:
    return (
        Document(
            kind=KIND,
            part=candidate.part,
            entry=candidate.entry,
            title="Apicrypt",
            problem=_("Contenu chiffré par Apicrypt\u00a0: seul le module Apicrypt peut le lire."),
        ),
    )
