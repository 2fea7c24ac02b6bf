"""Small true PDF files: pages of text in Helvetica, a letterhead, a table, a picture (ISO 32000-1)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from textwrap import wrap

__all__ = ["document", "scan"]

_WIDTH, _HEIGHT, _MARGIN, _LEADING = 595, 842, 60, 14


@dataclass
class _File:
    """Numbered objects and their offsets."""

    objects: list[bytes] = field(default_factory=list[bytes])

    def add(self, body: bytes) -> int:
        self.objects.append(body)
        return len(self.objects)

    def stream(self, data: bytes, entries: str = "") -> int:
        return self.add(
            b"<< /Length %d %s>>\nstream\n" % (len(data), entries.encode()) + data + b"\nendstream"
        )

    def serialise(self, root: int, info: int) -> bytes:
        out = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
        offsets: list[int] = []
        for number, body in enumerate(self.objects, 1):
            offsets.append(len(out))
            out += b"%d 0 obj\n" % number + body + b"\nendobj\n"
        start = len(out)
        out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(offsets) + 1)
        out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
        out += b"trailer\n<< /Size %d /Root %d 0 R /Info %d 0 R >>\n" % (len(offsets) + 1, root, info)
        return bytes(out + b"startxref\n%d\n%%%%EOF\n" % start)


def _literal(text: str) -> bytes:
    data = text.replace("’", "'").replace("\u202f", " ").replace("\u00a0", " ").encode("cp1252", "replace")
    return b"(" + data.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)") + b")"


def _flow(heading: str, title: str, body: str) -> list[tuple[str, int, str]]:
    """Lines as (font, size, text)."""
    lines = [("F2", 13, heading.splitlines()[0])] if heading else []
    lines += [("F1", 9, line) for line in heading.splitlines()[1:]]
    lines += [("F1", 10, ""), ("F2", 12, title), ("F1", 10, "")]
    for paragraph in body.splitlines():
        fixed = "  " in paragraph.strip()
        font, columns = ("F3", 92) if fixed else ("F1", 92)
        for line in wrap(paragraph, columns, drop_whitespace=not fixed) or [""]:
            lines.append((font, 8 if fixed else 10, line))
    return lines


def _content(lines: Sequence[tuple[str, int, str]], page: int, pages: int, picture: tuple[int, int]) -> bytes:
    top = _HEIGHT - _MARGIN
    out = [b"BT", b"%d %d Td %d TL" % (_MARGIN, top, _LEADING)]
    for font, size, text in lines:
        out.append(b"/%s %d Tf %s Tj T*" % (font.encode(), size, _literal(text)))
    out.append(b"ET")
    if picture[1]:
        out.append(b"q %d 0 0 300 %d 90 cm /Im1 Do Q" % (300 * picture[0] // picture[1], _MARGIN))
    out.append(b"BT /F1 8 Tf %d 36 Td %s Tj ET" % (_MARGIN, _literal(f"Page {page}/{pages}")))
    return b"\n".join(out)


def document(heading: str, title: str, body: str, *, jpeg: tuple[bytes, int, int] | None = None) -> bytes:
    """A letter or report. ``jpeg``: (data, width, height) of a picture set on the last page."""
    file = _File()
    fonts = [
        file.add(f"<< /Type /Font /Subtype /Type1 /BaseFont /{name} /Encoding /WinAnsiEncoding >>".encode())
        for name in ("Helvetica", "Helvetica-Bold", "Courier")
    ]
    resources = " ".join(f"/F{i} {number} 0 R" for i, number in enumerate(fonts, 1))
    images = ""
    if jpeg:
        data, width, height = jpeg
        number = file.stream(
            data,
            f"/Type /XObject /Subtype /Image /Width {width} /Height {height} /ColorSpace /DeviceRGB "
            "/BitsPerComponent 8 /Filter /DCTDecode ",
        )
        images = f"/XObject << /Im1 {number} 0 R >> "
    lines = _flow(heading, title, body)
    room = (_HEIGHT - 2 * _MARGIN) // _LEADING
    chunks = [lines[i : i + room] for i in range(0, len(lines), room)]
    if jpeg and len(chunks[-1]) > room - 24:
        chunks.append([])
    shown = jpeg[1:] if jpeg else (0, 0)
    parent = len(file.objects) + 2 * len(chunks) + 1
    pages: list[int] = []
    for at, chunk in enumerate(chunks, 1):
        content = file.stream(_content(chunk, at, len(chunks), shown if at == len(chunks) else (0, 0)))
        pages.append(
            file.add(
                f"<< /Type /Page /Parent {parent} 0 R /MediaBox [0 0 {_WIDTH} {_HEIGHT}] /Contents "
                f"{content} 0 R "
                f"/Resources << /Font << {resources} >> {images}>> >>".encode()
            )
        )
    kids = " ".join(f"{number} 0 R" for number in pages)
    file.add(f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode())
    root = file.add(f"<< /Type /Catalog /Pages {parent} 0 R /Lang (fr-FR) >>".encode())
    info = file.add(b"<< /Title " + _literal(title) + b" /Producer (Demonstration) >>")
    return file.serialise(root, info)


def scan(jpeg: bytes, width: int, height: int) -> bytes:
    """A page that is nothing but a picture, as scanners make them."""
    file = _File()
    image = file.stream(
        jpeg,
        f"/Type /XObject /Subtype /Image /Width {width} /Height {height} /ColorSpace /DeviceRGB "
        "/BitsPerComponent 8 /Filter /DCTDecode ",
    )
    content = file.stream(f"q {_WIDTH} 0 0 {_HEIGHT} 0 0 cm /Im1 Do Q".encode())
    page = file.add(
        f"<< /Type /Page /Parent 4 0 R /MediaBox [0 0 {_WIDTH} {_HEIGHT}] /Contents {content} 0 R "
        f"/Resources << /XObject << /Im1 {image} 0 R >> >> >>".encode()
    )
    file.add(f"<< /Type /Pages /Kids [{page} 0 R] /Count 1 >>".encode())
    root = file.add(b"<< /Type /Catalog /Pages 4 0 R >>")
    info = file.add(b"<< /Producer (Demonstration) >>")
    return file.serialise(root, info)
