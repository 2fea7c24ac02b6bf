"""PDF files: recognised by their first bytes whatever their name, their words read by pypdfium2."""

from mssclient.medical.candidate import Candidate
from mssclient.model.documents import Document, DocumentMatch
from mssclient.model.language import _

__all__ = ["KIND", "read", "recognise"]

KIND = "pdf"
_MOST_PAGES = 40
_MOST_LETTERS = 200_000


def recognise(candidate: Candidate, deep: bool) -> DocumentMatch | None:
    # readers accept the mark within the first kilobyte (ISO 32000-1, annex H)
    if b"%PDF-" not in candidate.head[:1024]:
        return None
    if candidate.body:  # a letter that quotes the mark
        return None
    return DocumentMatch(
        kind=KIND,
        part=candidate.part,
        entry=candidate.entry,
        evidence=("%PDF-",),
        octets=len(candidate.content),
    )


def read(candidate: Candidate) -> tuple[Document, ...]:
    """The words of the first pages. Runs in the bounded child: PDFium is native code on hostile bytes."""
    import pypdfium2 as pdfium

    texts: list[str] = []
    problem = ""
    try:
        document = pdfium.PdfDocument(candidate.content)
        try:
            for number in range(min(len(document), _MOST_PAGES)):
                page = document[number]
                words = page.get_textpage()
                texts.append(words.get_text_bounded()[:_MOST_LETTERS])
                words.close()
                page.close()
        finally:
            document.close()
    except pdfium.PdfiumError:
        problem = _("Ce PDF ne peut pas être lu\u00a0: il est protégé ou abîmé.")
    text = "\n\f\n".join(texts)[:_MOST_LETTERS]
    return (
        Document(
            kind=KIND, part=candidate.part, entry=candidate.entry, title="PDF", text=text, problem=problem
        ),
    )
