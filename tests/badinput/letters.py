"""Messages that hurt a reader of mail. Invented people only."""

import base64
import io
import random
import zipfile
from collections.abc import Callable
from functools import cache

__all__ = ["LETTERS", "SUBJECTS", "build", "crowd"]

LIMIT_OCTETS = 60_000_000
SUBJECTS = {
    "60 MB": "Imagerie volumineuse",
    "2 000 recipients": "Circulaire",
    "a header of 1 MB": "En-tête interminable",
    "a subject of 1 MB": "Objet interminable",
    "nested 200 deep": "Poupées russes",
    "a zip bomb": "Archive IHE_XDM",
    "a bomb in many members": "Archive aux mille fichiers",
    "HTML nested 5 000 deep": "Page profonde",
    "an XML bomb": "Compte rendu",
    "no end": "Sans fin",
    "empty": "",
    "rubbish": "",
}


def crowd(count: int = 2000, domain: str = "exemple.fr") -> list[str]:
    return [f"personne{n:04}@{domain}" for n in range(count)]


def head(subject: str, number: int, *more: bytes, to: str = "alice@exemple.fr") -> bytes:
    lines = [
        b"From: =?utf-8?q?Dr_Aur=C3=A9lie?= Essai <essai@exemple.fr>",
        b"To: " + to.encode(),
        b"Subject: =?utf-8?b?" + base64.b64encode(subject.encode()) + b"?=",
        b"Message-ID: <hostile%d@exemple.fr>" % number,
        b"Date: Mon, 1 Jul 2024 10:00:00 +0200",
        b"MIME-Version: 1.0",
        *more,
    ]
    return b"\r\n".join(lines) + b"\r\n"


def part(content: bytes, kind: str, name: str) -> bytes:
    return (
        f'--b\r\nContent-Type: {kind}; name="{name}"\r\nContent-Transfer-Encoding: base64\r\n'
        f'Content-Disposition: attachment; filename="{name}"\r\n\r\n'
    ).encode() + base64.encodebytes(content).replace(b"\n", b"\r\n")


WORDS = b"--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nBonjour, voici les pi\xc3\xa8ces.\r\n"
MIXED = b"Content-Type: multipart/mixed; boundary=b"
HTML = b"--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"


def mixed(subject: str, number: int, *parts: bytes, first: bytes = WORDS) -> bytes:
    return head(subject, number, MIXED) + b"\r\n" + b"".join((first, *parts)) + b"--b--\r\n"


def big() -> bytes:
    """Exactly 60 MB: pictures that no compression helps."""
    subject = SUBJECTS["60 MB"]
    page = HTML + b"<p>Bonjour, <b>voici</b> les images.</p>\r\n"
    pixels = random.Random(3).randbytes(14_000_000)
    images = [part(pixels, "application/dicom", f"coupe{n}.dcm") for n in range(3)]
    raw = mixed(subject, 1, *images, first=page)
    return raw + b"x" * (LIMIT_OCTETS - len(raw))


def circular() -> bytes:
    to = ",\r\n ".join(f'"Personne, n° {n}" <{address}>' for n, address in enumerate(crowd()))
    kind = b"Content-Type: text/plain; charset=utf-8"
    return head(SUBJECTS["2 000 recipients"], 2, kind, to=to) + "\r\nÀ toutes et tous.\r\n".encode()


def long_header() -> bytes:
    line = b"X-Trace: " + b"\r\n ".join(b"relais%06d.exemple.fr" % n for n in range(44_000))
    return head(SUBJECTS["a header of 1 MB"], 3, line) + b"\r\nBonjour.\r\n"


def long_subject() -> bytes:
    raw = head(SUBJECTS["a subject of 1 MB"], 4) + b"\r\nBonjour.\r\n"
    return raw.replace(b"?=\r\n", b"?= " + b"encore " * 150_000 + b"\r\n", 1)


def nested() -> bytes:
    out = [head(SUBJECTS["nested 200 deep"], 5, b'Content-Type: multipart/mixed; boundary="b0"'), b"\r\n"]
    for n in range(200):
        out.append(b'--b%d\r\nContent-Type: multipart/mixed; boundary="b%d"\r\n\r\n' % (n, n + 1))
    out.append(b"--b200\r\nContent-Type: text/plain\r\n\r\nAu fond.\r\n--b200--\r\n")
    out += [b"--b%d--\r\n" % n for n in range(199, -1, -1)]
    return b"".join(out)


def zipped(members: dict[str, int]) -> bytes:
    """Members full of zeros."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, octets in members.items():
            with archive.open(name, "w") as member:
                for _ in range(octets // 1_000_000):
                    member.write(bytes(1_000_000))
    return target.getvalue()


def bomb() -> bytes:
    names = ("METADATA.XML", "DOC0001.XML", "DOC0002.PDF")
    archive = zipped({f"IHE_XDM/SUBSET01/{name}": 100_000_000 for name in names})
    return mixed(SUBJECTS["a zip bomb"], 6, part(archive, "application/zip", "IHE_XDM.zip"))


def many_members() -> bytes:
    archive = zipped({f"IHE_XDM/SUBSET01/DOC{n:05}.XML": 1_000_000 for n in range(600)})
    return mixed(SUBJECTS["a bomb in many members"], 7, part(archive, "application/zip", "IHE_XDM.zip"))


def deep_page() -> bytes:
    page = HTML + b"<table><tr><td>" * 5000 + b"texte profond" + b"</td></tr></table>" * 5000 + b"\r\n"
    return mixed(SUBJECTS["HTML nested 5 000 deep"], 8, first=page)


def laughs() -> bytes:
    entities = "".join(f'<!ENTITY r{n + 1} "{f"&r{n};" * 10}">' for n in range(12))
    document = (
        f'<?xml version="1.0"?><!DOCTYPE ClinicalDocument [<!ENTITY r0 "ha">{entities}'
        '<!ENTITY dehors SYSTEM "file:///etc/passwd">]>'
        '<ClinicalDocument xmlns="urn:hl7-org:v3"><title>&r12;&dehors;</title></ClinicalDocument>'
    )
    return mixed(SUBJECTS["an XML bomb"], 9, part(document.encode(), "text/xml", "cda.xml"))


def endless() -> bytes:
    """No closing boundary, a part whose base64 stops anywhere, a character set that nobody knows."""
    odd = b"--b\r\nContent-Type: text/plain; charset=klingon\r\n"
    odd += b"Content-Transfer-Encoding: base64\r\n\r\nQm9uam91"
    return head(SUBJECTS["no end"], 10, MIXED) + b"\r\n" + WORDS + odd


def rubbish() -> bytes:
    """Any octets, but for NUL and bare line ends, which Dovecot would mend."""
    octets = random.Random(5).randbytes(300_000)
    return octets.translate(None, b"\0\r").replace(b"\n", b"\r\n")


LETTERS: dict[str, Callable[[], bytes]] = {
    "60 MB": big,
    "2 000 recipients": circular,
    "a header of 1 MB": long_header,
    "a subject of 1 MB": long_subject,
    "nested 200 deep": nested,
    "a zip bomb": bomb,
    "a bomb in many members": many_members,
    "HTML nested 5 000 deep": deep_page,
    "an XML bomb": laughs,
    "no end": endless,
    "empty": lambda: b"\r\n",
    "rubbish": rubbish,
}


@cache
def build(name: str) -> bytes:
    return LETTERS[name]()
