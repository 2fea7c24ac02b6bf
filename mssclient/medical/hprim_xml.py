"""HPRIM XML (``http://www.hprim.org/hprimXML``): hospital billing; recognised and listed, nothing more."""

from mssclient.medical.candidate import Candidate
from mssclient.medical.markup import root_hint
from mssclient.model.documents import Document, DocumentMatch
from mssclient.model.language import _

__all__ = ["KIND", "read", "recognise"]

KIND = "hprim-xml"


def recognise(candidate: Candidate, deep: bool) -> DocumentMatch | None:
    head = candidate.head
    if b"hprim" not in head and b"h\x00p\x00r" not in head:
        return None
    name, attributes = root_hint(head)
    if "hprim.org/hprimxml" not in attributes.lower() or not name:
        return None
    return DocumentMatch(
        kind=KIND, part=candidate.part, entry=candidate.entry, evidence=(name,), octets=len(candidate.content)
    )


def read(candidate: Candidate) -> tuple[Document, ...]:
    name, _attributes = root_hint(candidate.head)
    return (
        Document(
            kind=KIND,
            part=candidate.part,
            entry=candidate.entry,
            title=name,
            problem=_("Message de facturation HPRIM XML\u00a0: il n’est pas affiché."),
        ),
    )
