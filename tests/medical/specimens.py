"""Labelled specimens written for these tests: HPRIM in all its shapes (``decoys`` only look like it).

Nobody in it exists. Each specimen is a whole message with the kinds that a right reading finds.
"""

import base64
import io
import quopri
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field

HEADER = (
    "PAT0012",
    "MARCHAND",
    "Élodie",
    "12 rue des Tilleuls",
    "Bât. C",
    "44000 NANTES",
    "12/03/1961",
    "2610344109002 47",
    "D240117-31",
    "17/01/2024",
    "LABO44    Laboratoire des Tilleuls",
    "MED044    Dr Vasseur",
)
RESULTS = (
    "****LAB****",
    "TEX|HEMATOLOGIE|",
    "RES|Leucocytes|LEUCO|N|12,4|G/L|4,0|10,0|H|F|",
    "RES|Hémoglobine|HB|N|13,2|g/dL|12,0|16,0|N|F|",
    "TEX|BIOCHIMIE|",
    "RES|Potassium|K|N|6,9|mmol/L|3,5|5,0|HH|F|",
    "RES|Glycémie|GLY|N|0,92|g/L|0,70|1,10||F|5,1|mmol/L|3,9|6,1|",
    "TEX|Prélèvement non hémolysé.",
)
TEXT = (
    "",
    "Hématologie",
    "Leucocytes ............ 12,4 G/L",
    "Élévation modérée, à contrôler à distance.",
    "",
)


@dataclass(frozen=True)
class Specimen:
    name: str
    raw: bytes
    kinds: tuple[str, ...]
    families: tuple[str, ...] = ()
    results: int | None = None
    fragment: bool = False
    births: tuple[str | None, ...] = field(default=())


def with_lines(**changed: str) -> list[str]:
    """The header with some lines changed: ``line7="…"``."""
    lines = list(HEADER)
    for name, value in changed.items():
        lines[int(name.removeprefix("line")) - 1] = value
    return lines


def medecin(
    header: list[str] | tuple[str, ...] = HEADER,
    *,
    results: tuple[str, ...] = RESULTS,
    text: tuple[str, ...] = TEXT,
    closing: tuple[str, ...] = ("****FIN****", "****FINFICHIER****"),
) -> str:
    return "\n".join((*header, *text, *results, *closing)) + "\n"


SANTE = "\n".join(
    (
        r"H|~^\&|DOS00317.HPR||LABO44~Laboratoire des Tilleuls||ORU|||MED044~Vasseur||P|H2.1~C|202401171030",
        "P|1|PAT0012||D240117|MARCHAND~Élodie||19610312|F||12 rue des Tilleuls~~NANTES~~44000",
        "OBR|1|D240117-31||NFS~Numération~L|||202401170815",
        "OBX|1|NM|LEUCO~Leucocytes~L||12.4|G/L|4.0-10.0|H||F||202401171030",
        "OBX|2|NM|HB~Hémoglobine~L||13.2|g/dL|12.0-16.0|N||F",
        "C|1||Contrôle conseillé",
        "OBX|3|NM|K~Potassium~L||6.9|mmol/L|3.5-5.0|HH||F",
        "L|1|||1|5",
    )
)


def message(*parts: bytes, subtype: str = "mixed", subject: str = "Resultats") -> bytes:
    head = (
        f"From: labo@labo.mssante.fr\nTo: dr@cab.mssante.fr\nSubject: {subject}\nMIME-Version: 1.0\n".encode()
    )
    if len(parts) == 1:
        return head + parts[0]
    boundary = b"=_limite_42"
    out = head + b'Content-Type: multipart/%s; boundary="%s"\n\n' % (subtype.encode(), boundary)
    for part in parts:
        out += b"--" + boundary + b"\n" + part + b"\n"
    return out + b"--" + boundary + b"--\n"


def body(text: str, charset: str = "utf-8", declared: str | None = None, kind: str = "plain") -> bytes:
    data = text.encode(charset, "replace")
    return (
        f"Content-Type: text/{kind}; charset={declared or charset}\n"
        f"Content-Transfer-Encoding: base64\n\n".encode()
        + base64.encodebytes(data)
    )


def quoted(text: str, charset: str = "iso-8859-1") -> bytes:
    data = quopri.encodestring(text.encode(charset))
    return (
        f"Content-Type: text/plain; charset={charset}\n"
        f"Content-Transfer-Encoding: quoted-printable\n\n".encode()
        + data
    )


def attachment(content: bytes, name: str, type: str = "application/octet-stream") -> bytes:
    return (
        f'Content-Type: {type}; name="{name}"\nContent-Disposition: attachment; filename="{name}"\n'
        "Content-Transfer-Encoding: base64\n\n"
    ).encode() + base64.encodebytes(content)


def zipped(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def tnef(members: dict[str, bytes]) -> bytes:
    def attribute(level: int, identifier: int, value: bytes) -> bytes:
        return (
            bytes((level,))
            + identifier.to_bytes(4, "little")
            + len(value).to_bytes(4, "little")
            + value
            + (sum(value) & 0xFFFF).to_bytes(2, "little")
        )

    out = (0x223E9F78).to_bytes(4, "little") + b"\x01\x00"
    for name, content in members.items():
        out += attribute(2, 0x00069002, b"\0" * 14)
        out += attribute(2, 0x00018010, name.encode("cp1252") + b"\0")
        out += attribute(2, 0x0006800F, content)
    return out


M = "hprim-medecin"
S = "hprim-sante"
GREETING = body("Bonjour,\n\nVeuillez trouver le résultat ci-joint.\n\nCordialement,\nDr Vasseur\n")


def _medecin(name: str, raw: bytes, **more: object) -> Specimen:
    values: dict[str, object] = {"families": ("MARCHAND",), "results": 4, **more}
    return Specimen(name, raw, (M,), **values)  # type: ignore[arg-type]


def positives() -> Iterator[Specimen]:
    yield from _encodings()
    yield from _line_ends()
    yield from _places()
    yield from _headers()
    yield from _marks()
    yield from _several()
    yield from _sante()


def _encodings() -> Iterator[Specimen]:
    text = medecin()
    for charset in (
        "iso-8859-1",
        "cp1252",
        "mac_roman",
        "utf-8",
        "utf-8-sig",
        "utf-16",
        "utf-16-le",
        "cp850",
    ):
        yield _medecin(f"attached-{charset}", message(GREETING, attachment(text.encode(charset), "R1.HPR")))
    twice = text.encode().decode("cp1252", "replace").encode()
    yield _medecin("attached-twice-encoded", message(GREETING, attachment(twice, "r.hpr")))
    entities = text.replace("é", "&eacute;").replace("É", "&Eacute;").replace("à", "&agrave;")
    yield _medecin(
        "attached-entities", message(GREETING, attachment(entities.encode(), "r.txt", "text/plain"))
    )
    for charset, declared in (
        ("utf-8", "utf-8"),
        ("iso-8859-1", "iso-8859-1"),
        ("cp1252", "us-ascii"),
        ("utf-8", "iso-8859-1"),
        ("mac_roman", "macintosh"),
        ("mac_roman", "iso-8859-1"),
        ("cp1252", "utf-8"),
    ):
        yield _medecin(f"body-{charset}-said-{declared}", message(body(text, charset, declared)))


def _line_ends() -> Iterator[Specimen]:
    for name, end in (("crlf", "\r\n"), ("cr", "\r"), ("crcrlf", "\r\r\n")):
        data = medecin().replace("\n", end)
        yield _medecin(f"attached-{name}", message(GREETING, attachment(data.encode("cp1252"), "R.HPR")))
        yield _medecin(f"body-{name}", message(body(data, "cp1252")))


def _places() -> Iterator[Specimen]:
    data = medecin().encode("cp1252")
    for name, type in (
        ("a.hpr", "application/x-hprim"),
        ("A.HPM", "application/hpm"),
        ("resultat.txt", "text/plain"),
        ("sans extension", "application/octet-stream"),
        ("faux.pdf", "application/pdf"),
    ):
        yield _medecin(f"named-{name}", message(GREETING, attachment(data, name, type)))
    yield _medecin("alone", message(attachment(data, "seul.hpr")))
    yield _medecin("quoted-printable-body", message(quoted(medecin())))
    raw_quoted = quopri.encodestring(medecin().encode("cp1252")).decode("ascii")
    yield _medecin("quoted-printable-undeclared", message(body(raw_quoted, "ascii")))
    inner = message(GREETING, attachment(data, "R.HPR"))
    forwarded = b"Content-Type: message/rfc822\n\n" + inner
    yield _medecin("forwarded-attached", message(body("Pour info"), forwarded))
    yield _medecin(
        "forwarded-body",
        message(body("Pour info"), b"Content-Type: message/rfc822\n\n" + message(quoted(medecin()))),
    )
    yield _medecin(
        "zip", message(GREETING, attachment(zipped({"R1.HPR": data}), "res.zip", "application/zip"))
    )
    yield _medecin(
        "zip-in-folder",
        message(GREETING, attachment(zipped({"a/b/r.txt": data}), "X.ZIP", "application/zip")),
    )
    yield _medecin(
        "winmail", message(GREETING, attachment(tnef({"R1.HPR": data}), "winmail.dat", "application/ms-tnef"))
    )
    yield _medecin("eml-as-a-file", message(GREETING, attachment(inner, "transfert.eml")))
    yield _medecin("encoded-message", message(GREETING, attachment(inner, "m", "message/rfc822")))
    yield _medecin("eml-with-body", message(GREETING, attachment(message(quoted(medecin())), "t.EML")))
    doubled = medecin(text=(), results=RESULTS).replace("\n", "\n\n")
    yield _medecin("double-spaced", message(body("\n" + doubled)))
    inlined = "\n".join("> " + line for line in medecin().splitlines())
    yield _medecin("quoted-reply", message(body("Voir ci-dessous.\n\n" + inlined)))
    yield _medecin("after-a-greeting", message(body("Cher confrère,\n\n" + medecin())))
    yield _medecin("before-a-disclaimer", message(body(medecin() + "\n--\nCe message est confidentiel.\n")))
    html = "<html><body><div>" + medecin().replace("\n", "<br>\n") + "</div></body></html>"
    yield _medecin("html-only", message(body(html, kind="html")))
    pre = "<html><body><pre>" + medecin() + "</pre></body></html>"
    yield _medecin("html-pre", message(body(pre, kind="html")))
    yield _medecin(
        "html-beside-plain", message(body(medecin()), body(html, kind="html"), subtype="alternative")
    )


def _headers() -> Iterator[Specimen]:
    def one(name: str, header: list[str], **more: object) -> Specimen:
        return _medecin(
            name, message(GREETING, attachment(medecin(header).encode("cp1252"), "r.hpr")), **more
        )

    yield one("birth-two-digits", with_lines(line7="12/03/61"), births=("1961-03-12",))
    yield one("birth-iso", with_lines(line7="1961-03-12", line10="2024-01-17"), births=("1961-03-12",))
    yield one("birth-in-words", with_lines(line7="1 JAN 1911"), births=("1911-01-01",))
    yield one("birth-blank", with_lines(line7=""), births=(None,))
    yield one("birth-zeros", with_lines(line7="00/00/0000"), births=(None,))
    yield one("newborn", with_lines(line7="16/01/24", line3="Bébé"), births=("2024-01-16",))
    yield one("no-address", with_lines(line4="", line5="", line6=""))
    yield one("town-glued", with_lines(line6="44000NANTES"))
    yield one("no-nir", with_lines(line8=""))
    yield one("nir-without-space", with_lines(line8="261034410900247"))
    yield one("nir-without-key", with_lines(line8="2610344109002"))
    yield one("no-code", with_lines(line1=""))
    yield one(
        "apicrypt-parties", with_lines(line11=".         Jeanne.DURAND", line12=".         Paul.VASSEUR")
    )
    columns = "".join(f"{word:<40}" for word in ("LABO", "DR VASSEUR", "MARCHAND ELODIE", "PAT0012"))
    yield one("four-columns", with_lines(line1=columns))
    yield one("padded", [f"{line:<40}" for line in HEADER])
    yield one(
        "compound-name",
        with_lines(line2="D'ORVILLE-MARCHAND", line3="Marie Anne"),
        families=("D'ORVILLE-MARCHAND",),
    )
    yield one(
        "corsican", with_lines(line6="2A004 AJACCIO".replace("2A004", "20000"), line8="261032A004002 47")
    )
    letter = (
        "\n".join((*HEADER, "", "Mon cher confrère,", "", "J'ai vu votre patiente ce jour.", "Bien à vous."))
        + "\n"
    )
    yield _medecin(
        "letter-attached", message(GREETING, attachment(letter.encode("cp1252"), "c.hpr")), results=0
    )
    yield _medecin("letter-body", message(body(letter)), results=0)
    at_once = "\n".join((*HEADER, "Compte rendu opératoire du 17/01/2024", "Suites simples."))
    yield _medecin(
        "text-at-once",
        message(GREETING, attachment(at_once.encode("cp1252"), "c.txt", "text/plain")),
        results=0,
    )
    bare = "\n".join(
        (*with_lines(line1="", line4="", line5="", line6="", line8="", line12=""), *TEXT, *RESULTS)
    )
    yield _medecin("almost-blank", message(GREETING, attachment(bare.encode("cp1252"), "c.hpr")))


def _marks() -> Iterator[Specimen]:
    def one(name: str, text: str, **more: object) -> Specimen:
        return _medecin(name, message(GREETING, attachment(text.encode("cp1252"), "r.hpr")), **more)

    yield one("three-stars", medecin().replace("****", "***"))
    yield one(
        "spaced-marks",
        medecin().replace("****LAB****", "  **** LAB ****  ").replace("****FIN****", " ****FIN**** "),
    )
    yield one("no-fin", medecin(closing=()))
    yield one("no-end-of-file", medecin(closing=("****FIN****",)))
    yield one("only-end-of-file", medecin(closing=("****FINFICHIER****",)))
    yield one("text-after", medecin() + "\nEnvoyé par LaboSoft 4.2\n")
    yield one(
        "short-lines",
        medecin(results=("****LAB****", "RES|Sodium|NA|N|139", "RES|Chlore|CL|N|101|mmol/L")),
        results=2,
    )
    yield one("no-closing-bar", medecin(results=tuple(line.rstrip("|") for line in RESULTS)))
    yield one(
        "words-as-results", medecin(results=("****LAB****", "RES|Aspect|ASP|A|Limpide|||||F|")), results=1
    )
    yield one("lower-case-marks", medecin().replace("LAB", "lab", 1).replace("****FIN", "****fin"))
    wrapped = medecin().replace("g/dL|12,0|16,0|N|F|", "g/dL|12,0\n|16,0|N|F|")
    yield _medecin("wrapped-result", message(body(wrapped)))
    yield one("control-z", medecin() + "\x1a")
    correction = medecin(
        results=tuple(line.replace("6,9|", "4,2|").replace("HH|F", "N|C") for line in RESULTS)
    )
    yield one("corrected", correction)


def _several() -> Iterator[Specimen]:
    second = with_lines(
        line1="PAT0077", line2="QUENTIN", line3="Hugo", line7="02/11/1999", line8="", line9="D240117-32"
    )
    both = medecin(closing=("****FIN****",)) + medecin(second)
    yield _medecin(
        "two-patients",
        message(GREETING, attachment(both.encode("cp1252"), "2.hpr")),
        families=("MARCHAND", "QUENTIN"),
        results=8,
    )
    without = medecin(closing=()) + medecin(second, closing=())
    yield _medecin(
        "two-patients-no-fin",
        message(GREETING, attachment(without.encode("cp1252"), "2.hpr")),
        families=("MARCHAND", "QUENTIN"),
        results=8,
    )
    yield Specimen(
        "two-files",
        message(
            GREETING, attachment(medecin().encode(), "1.hpr"), attachment(medecin(second).encode(), "2.hpr")
        ),
        (M, M),
        ("MARCHAND", "QUENTIN"),
        8,
    )
    yield Specimen(
        "body-and-file",
        message(body(medecin()), attachment(medecin().encode("cp1252"), "1.hpr")),
        (M, M),
        ("MARCHAND", "MARCHAND"),
        8,
    )
    yield Specimen(
        "fragment",
        message(GREETING, attachment("\n".join(RESULTS).encode("cp1252"), "f.hpr")),
        (M,),
        (),
        4,
        fragment=True,
    )
    yield Specimen(
        "file-and-pdf",
        message(body(medecin()), attachment(b"%PDF-1.4\n%...", "cr.pdf", "application/pdf")),
        (M, "pdf"),
        ("MARCHAND",),
        4,
    )


def _sante() -> Iterator[Specimen]:
    def one(name: str, text: str, charset: str = "cp1252", **more: object) -> Specimen:
        values: dict[str, object] = {
            "families": ("MARCHAND",),
            "results": 3,
            "births": ("1961-03-12",),
            **more,
        }
        raw = message(GREETING, attachment(text.encode(charset), "DOS00317.HPR"))
        return Specimen(name, raw, (S,), **values)  # type: ignore[arg-type]

    yield one("sante", SANTE)
    yield one("sante-cr", SANTE.replace("\n", "\r"))
    yield one("sante-utf8", SANTE, "utf-8")
    other = SANTE.translate(str.maketrans({"~": "^", "^": "~"}))
    yield one("sante-separators", other)
    yield one("sante-version-2.4", SANTE.replace("H2.1~C", "H2.4~C"))
    yield one("sante-continued", SANTE.replace("~Potassium~L||6.9|mmol/L", "~Potassium~L||6.\nA|9|mmol/L"))
    second = SANTE.replace("MARCHAND", "QUENTIN")
    yield one(
        "sante-two-files",
        SANTE + "\n" + second,
        families=("MARCHAND", "QUENTIN"),
        results=6,
        births=("1961-03-12",) * 2,
    )
    yield Specimen("sante-body", message(body("Bonjour\n\n" + SANTE)), (S,), ("MARCHAND",), 3)
    yield Specimen(
        "sante-quoted",
        message(body("\n".join("> " + line for line in SANTE.splitlines()))),
        (S,),
        ("MARCHAND",),
        3,
    )
    yield Specimen(
        "sante-in-zip",
        message(GREETING, attachment(zipped({"D.HPR": SANTE.encode("cp1252")}), "d.zip")),
        (S,),
        ("MARCHAND",),
        3,
    )
