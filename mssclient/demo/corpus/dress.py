"""The forms that a letter takes in the mail: words only, PDF, CDA in an archive, DOCX, HTML, HPRIM…"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from mssclient.demo.corpus import cda, enclosures, mime, xdm
from mssclient.demo.corpus.dice import Dice
from mssclient.demo.corpus.draft import Labels
from mssclient.demo.corpus.mime import Part
from mssclient.demo.corpus.people import Person
from mssclient.demo.corpus.pictures import shipped
from mssclient.demo.corpus.sheets import Copy, fill

__all__ = ["Dress", "dress"]


@dataclass(frozen=True, kw_only=True)
class Dress:
    """The content of a draft, under the names that a draft has for it."""

    text: str = ""
    html: str = ""
    inline: Sequence[Part] = ()
    attachments: Sequence[Part] = ()
    content: Part | None = None
    headers: Sequence[tuple[str, str]] = ()
    shape: str
    labels: Labels = field(default_factory=Labels)


def dress(copy: Copy, text: str) -> Dress:
    """The letter in the form that its sheet names in "as"."""
    return _FORMS[copy.sheet.fields["as"]](copy, text)


_COVERS = (
    "Bonjour,\n\nVeuillez trouver ci-joint le courrier concernant {P}.\n\nBien confraternellement,\n",
    "Cher confrère, chère consœur,\n\nCi-joint le compte rendu de {P}.\n\nBien cordialement,\n",
    "Bonjour,\n\nCourrier de {P} en pièce jointe.\n\nCordialement,\n",
)


def _cover(copy: Copy) -> str:
    words = Dice(f"cover/{copy.key}").pick(_COVERS)
    return f"{fill(copy, words)}\n{copy.sender.signature}\n"


def _head(sender: Person) -> str:
    return "\n".join(x for x in (sender.formal, sender.role, sender.place, f"Tél. {sender.phone}") if x)


def _bare_title(copy: Copy) -> str:
    return copy.title.removeprefix("XDM/1.0/DDM+")


def _file_name(copy: Copy, suffix: str) -> str:
    who = copy.patient
    kind = copy.sheet.fields["subject"].removeprefix("XDM/1.0/DDM+").split(" – ")[0].split(" {")[0]
    kind = re.sub(r"[^\w ’'-]", "", kind)
    return f"{copy.moment:%Y%m%d}_{kind}_{who.family}_{who.given}.{suffix}"


def _printed(copy: Copy, text: str) -> bytes:
    return enclosures.letter_pdf(_head(copy.sender), _bare_title(copy), text)


def _as_text(copy: Copy, text: str) -> Dress:
    shape = {"SENT": "sent", "ORGSENT": "sent", "VALSENT": "sent", "BROU": "draft", "JUNK": "junk"}.get(
        copy.place
    )
    return Dress(text=text, shape=shape or ("patient" if copy.sender.kind == "patient" else "letter-text"))


def _as_pdf(copy: Copy, text: str) -> Dress:
    part = mime.attachment(_file_name(copy, "pdf"), _printed(copy, text), "application/pdf")
    return Dress(
        text=_cover(copy),
        attachments=[part],
        shape="letter-pdf",
        labels=Labels(documents=("pdf",)),
    )


def _as_pdf_picture(copy: Copy, text: str) -> Dress:
    film = shipped("thorax.jpg")
    printed = enclosures.letter_pdf(_head(copy.sender), _bare_title(copy), text, jpeg=(film, 1000, 1000))
    return Dress(
        text=_cover(copy),
        attachments=[
            mime.attachment(_file_name(copy, "pdf"), printed, "application/pdf"),
            mime.attachment("face.jpg", film, "image/jpeg"),
        ],
        shape="letter-pdf-picture",
        labels=Labels(documents=("pdf",)),
    )


def _as_xdm(copy: Copy, text: str, level: int) -> Dress:
    code, _, label = copy.sheet.fields["code"].partition(" ")
    printed = _printed(copy, text)
    facts = (copy.key, copy.patient, copy.sender, copy.moment, (code, label), _bare_title(copy))
    if level == 1:
        document = cda.level_one(*facts, printed)
    else:
        opening, *rest = text.split("\n\n")
        half = len(rest) // 2
        sections = (
            ("42349-1", "Motif", "\n".join([opening, *rest[:1]])),
            ("8648-8", "Évolution", "\n".join(rest[1 : half + 1])),
            ("18776-5", "Conduite à tenir", "\n".join(rest[half + 1 :])),
        )
        document = cda.narrative(*facts, sections)
    return Dress(
        text=_cover(copy),
        attachments=[
            mime.attachment("IHE_XDM.zip", xdm.archive([document]), "application/zip"),
            mime.attachment(_file_name(copy, "pdf"), printed, "application/pdf"),
        ],
        headers=[("X-MSS-CODECDA", code), ("X-MSS-INS", "O")],
        shape=f"xdm-cda-level-{level}",
        labels=Labels(documents=("xdm", "cda", "pdf")),
    )


def _as_docx(copy: Copy, text: str) -> Dress:
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    data = enclosures.docx(_bare_title(copy), text, copy.moment)
    return Dress(
        text=_cover(copy) if "{P}" in copy.sheet.text else text,
        attachments=[mime.attachment(_file_name(copy, "docx"), data, kind)],
        shape="letter-docx",
    )


def _as_picture(copy: Copy, text: str) -> Dress:
    name = copy.sheet.fields["picture"]
    return Dress(
        text=text,
        attachments=[mime.attachment(f"IMG_{copy.days:04d}.jpg", shipped(name), "image/jpeg")],
        shape="picture-jpeg",
    )


def _as_scan(copy: Copy, text: str) -> Dress:
    data = enclosures.scanned_page(shipped("ordonnance_scan.jpg"), 1240, 1754)
    return Dress(
        text=text,
        attachments=[mime.attachment("ordonnance.pdf", data, "application/pdf")],
        shape="sent",
        labels=Labels(documents=("pdf",)),
    )


def _as_html(copy: Copy, text: str) -> Dress:
    rich, inline = enclosures.office_html(text, copy.sender, f"logo.{copy.key}@messagerie.demonstration")
    return Dress(text=text, html=rich, inline=inline, shape="html-office")


def _as_html_table(copy: Copy, text: str) -> Dress:
    return Dress(html=enclosures.table_html(text), shape="html-table")


def _as_hprim_letter(copy: Copy, text: str) -> Dress:
    """The header of HPRIM Médecin before the letter, in the body itself."""
    body = enclosures.hprim_letter(copy.key, copy.patient, copy.moment, copy.sender, text)
    who = copy.patient
    return Dress(
        content=mime.encoded_text(
            body.encode("cp1252", "replace"), "plain", "windows-1252", "quoted-printable"
        ),
        shape="hprim-medecin-letter-in-body",
        labels=Labels(documents=("hprim-medecin",), deliveries=1, patients=(f"{who.family} {who.given}",)),
    )


_FORMS: dict[str, Callable[[Copy, str], Dress]] = {
    "text": _as_text,
    "pdf": _as_pdf,
    "pdf-picture": _as_pdf_picture,
    "xdm1": partial(_as_xdm, level=1),
    "xdm3": partial(_as_xdm, level=3),
    "docx": _as_docx,
    "picture": _as_picture,
    "scan": _as_scan,
    "html": _as_html,
    "html-table": _as_html_table,
    "hprim-letter": _as_hprim_letter,
}
