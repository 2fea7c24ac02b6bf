"""What is put into messages beside their words: PDF, DOCX, HTML, vCard, winmail.dat."""

import struct
from collections.abc import Sequence
from datetime import datetime
from html import escape
from xml.sax.saxutils import escape as xml_escape

from mssclient.demo.corpus import hprim, mime, pdf
from mssclient.demo.corpus.laboratory import report
from mssclient.demo.corpus.mime import Part
from mssclient.demo.corpus.patients import Patient
from mssclient.demo.corpus.people import AUBRY, Person
from mssclient.demo.corpus.pictures import shipped
from mssclient.demo.corpus.xdm import zip_of

__all__ = [
    "docx",
    "hprim_letter",
    "letter_pdf",
    "office_html",
    "scanned_page",
    "table_html",
    "vcard",
    "winmail",
]

letter_pdf = pdf.document
scanned_page = pdf.scan


def docx(title: str, text: str, moment: datetime) -> bytes:
    """The smallest file that word processors open (ECMA-376)."""
    word = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    package = "http://schemas.openxmlformats.org/package/2006"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    paragraphs = "".join(
        f"<w:p><w:r>{'<w:rPr><w:b/></w:rPr>' if n == 0 else ''}<w:t "
        f'xml:space="preserve">{xml_escape(line)}</w:t></w:r></w:p>'
        for n, line in enumerate([title, "", *text.splitlines()])
    )
    types = (
        f'{head}<Types xmlns="{package}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.'
        'wordprocessingml.document.main+xml"/></Types>'
    )
    relations = (
        f'{head}<Relationships xmlns="{package}/relationships"><Relationship Id="rId1" '
        f'Type="{office}/officeDocument" Target="word/document.xml"/></Relationships>'
    )
    document = f'{head}<w:document xmlns:w="{word}"><w:body>{paragraphs}</w:body></w:document>'
    files = [
        ("[Content_Types].xml", types),
        ("_rels/.rels", relations),
        ("word/document.xml", document),
    ]
    return zip_of([(name, data.encode("utf-8")) for name, data in files], moment)


def vcard(person: Person) -> bytes:
    """vCard 3.0 (RFC 2426)."""
    family = person.formal.split(" ")[-1]
    given = " ".join(person.formal.split(" ")[1:-1])
    lines = [
        "BEGIN:VCARD",
        "VERSION:3.0",
        f"N:{family};{given};;Dr;",
        f"FN:{person.formal}",
        f"TITLE:{person.role}",
        f"EMAIL;TYPE=INTERNET,PREF:{person.address}",
        f"TEL;TYPE=WORK,VOICE:{person.phone}",
        f"ADR;TYPE=WORK:;;{person.place.replace(',', chr(92) + ',')};;;;France",
        "END:VCARD",
        "",
    ]
    return "\r\n".join(lines).encode("utf-8")


def office_html(text: str, sender: Person, content_id: str) -> tuple[str, Sequence[Part]]:
    """HTML as Outlook writes it, with a logo in the signature."""
    paragraphs = "".join(
        f"<p class=MsoNormal><span style='font-size:11.0pt;font-family:\"Calibri\",sans-serif;color:#1F3864'>"
        f"{escape(line) or '&nbsp;'}<o:p></o:p></span></p>\r\n"
        for line in text.splitlines()
    )
    page = (
        '<html xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" '
        'xmlns:w="urn:schemas-microsoft-com:office:word" xmlns="http://www.w3.org/TR/REC-html40">\r\n<head>'
        '<meta http-equiv=Content-Type content="text/html; charset=utf-8"><meta name=Generator '
        'content="Microsoft Word 15 (filtered medium)">\r\n<!--[if !mso]><style>v\\:* '
        "{behavior:url(#default#VML);}</style><![endif]-->\r\n<style><!--\r\n"
        "@font-face {font-family:Calibri; panose-1:2 15 5 2 2 2 4 3 2 4;}\r\n"
        "p.MsoNormal, li.MsoNormal, div.MsoNormal {margin:0cm; margin-bottom:.0001pt;}\r\n"
        "div.WordSection1 {page:WordSection1;}\r\n--></style>\r\n<!--[if gte mso 9]><xml>"
        '<o:shapedefaults v:ext="edit" spidmax="1026" /></xml><![endif]--></head>\r\n'
        f"<body lang=FR link=blue vlink=purple><div class=WordSection1>\r\n{paragraphs}"
        f'<p class=MsoNormal><img width=320 height=96 src="cid:{content_id}" '
        f'alt="{escape(sender.name)}"></p>\r\n'
        "</div></body></html>\r\n"
    )
    logo = mime.attachment(
        "image001.png", shipped("logo.png"), "image/png", disposition="inline", content_id=content_id
    )
    return page, [logo]


def table_html(text: str) -> str:
    """Lines with bars become a table inside a layout table, as newsletters have it."""
    rows: list[str] = []
    words: list[str] = []
    for line in text.splitlines():
        if "|" in line:
            tag = "td" if rows else "th"
            cells = "".join(
                f'<{tag} style="border:1px solid #c9d2dc;padding:6px '
                f'10px;text-align:left">{escape(c.strip())}</{tag}>'
                for c in line.split("|")
            )
            if not rows:
                words.append("@table")
            rows.append(f"<tr>{cells}</tr>")
        else:
            words.append(escape(line))
    table = f'<table cellspacing="0" style="border-collapse:collapse">{"".join(rows)}</table>'
    body = "<br>\r\n".join(words).replace("@table", table)
    return (
        '<html><body bgcolor="#eef2f6"><table width="100%" cellpadding="0" cellspacing="0"><tr><td '
        'align="center">'
        '<table width="600" cellpadding="24" bgcolor="#ffffff"><tr><td style="font-family:Arial,sans-serif;'
        f'font-size:14px;color:#223">{body}</td></tr></table></td></tr></table></body></html>\r\n'
    )


def hprim_letter(key: str, who: Patient, moment: datetime, sender: Person, text: str) -> str:
    """A letter behind the header lines of HPRIM Médecin."""
    empty = report(who, moment, key, [])
    return hprim.letter(empty, sender, AUBRY, text)


def winmail(name: str, data: bytes) -> bytes:
    """A TNEF stream (MS-OXTNEF) with one attachment, as old Exchange servers make them."""

    def attribute(level: int, identity: int, value: bytes) -> bytes:
        return (
            struct.pack("<BII", level, identity, len(value)) + value + struct.pack("<H", sum(value) & 0xFFFF)
        )

    title = name.encode("cp1252") + b"\0"
    return (
        struct.pack("<IH", 0x223E9F78, 1)
        + attribute(1, 0x00089006, struct.pack("<I", 0x00010000))  # attTnefVersion
        + attribute(1, 0x00069007, struct.pack("<II", 1252, 0))  # attOemCodepage
        + attribute(2, 0x00069002, struct.pack("<HIHHHH", 1, 0xFFFFFFFF, 0, 0, 0, 0))  # attAttachRenddata
        + attribute(2, 0x00018010, title)  # attAttachTitle
        + attribute(2, 0x0006800F, data)  # attAttachData
    )
