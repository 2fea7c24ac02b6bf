"""One specimen of each dialect that HPRIM Médecin is written in, all in the inbox of Dr Aubry."""

import re

from mssclient.demo.corpus import mime
from mssclient.demo.corpus.bench import Bench
from mssclient.demo.corpus.calendar import Calendar
from mssclient.demo.corpus.draft import ANSWERED, SEEN, Draft
from mssclient.demo.corpus.hprim import Dialect
from mssclient.demo.corpus.mime import Part
from mssclient.demo.corpus.results import Result
from mssclient.demo.corpus.sheets import words

__all__ = ["drafts"]


def drafts(calendar: Calendar) -> list[Draft]:
    bench = Bench(calendar)
    return [
        *_plain(bench),
        *_bodies(bench),
        *_charsets(bench),
        *_mangled(bench),
        *_headers(bench),
        *_marks(bench),
    ]


def _plain(b: Bench) -> list[Draft]:
    one = b.result(
        "h-vidonne", 2, "vidonne", ["inr"], {"INR": (5.6, 2.4)}, comment="INR contrôlé, téléphoné ce jour."
    )
    two = b.result("h-perret", 1, "perret", ["coeur"], {"BNP": (2840, 610), "K": (3.2, 4.1)}, lab="valvert")
    three = b.result("h-header", 25, "thorens", ["prostate"], structured=False)
    short = b.result(
        "h-short",
        42,
        "dalmasso",
        ["diabete"],
        {"HBA": (7.9, 7.4)},
        lab="rives",
        dialect=Dialect(short_lines=True),
    )
    return [
        b.draft(
            "h-vidonne",
            2,
            "11:52",
            one,
            shape="hprim-medecin-critical",
            labels=one.labels("hprim-medecin"),
            attachments=[one.file("INR_VIDONNE.HPR", kind="application/x-hprim")],
            flags=(),
            small=True,
        ),
        b.draft(
            "h-perret",
            1,
            "16:02",
            two,
            shape="hprim-medecin-pdf",
            labels=two.labels("hprim-medecin", "pdf"),
            attachments=[
                two.file("perret.hpm", kind="application/hpm"),
                mime.attachment("perret.pdf", two.pdf(), "application/pdf"),
            ],
            flags=(),
            small=True,
        ),
        b.draft(
            "h-header",
            25,
            "12:41",
            three,
            shape="hprim-medecin-text-only",
            labels=three.labels("hprim-medecin"),
            attachments=[three.file("RES25.TXT", kind="text/plain")],
        ),
        b.draft(
            "h-short",
            42,
            "13:17",
            short,
            shape="hprim-medecin-short-lines",
            labels=short.labels("hprim-medecin"),
            attachments=[short.file("00042131.hpr", kind="application/x-hprimnet")],
        ),
    ]


def _body(
    result: Result, charset: str = "windows-1252", encoding: str = "quoted-printable", text: str = ""
) -> Part:
    return mime.encoded_text((text or result.text).encode(charset, "replace"), "plain", charset, encoding)


def _bodies(b: Bench) -> list[Draft]:
    one = b.result(
        "h-body", 4, "saulnier", ["hepatique", "lipides"], {"GGT": (88, 61), "ALAT": (52, 41)}, lab="rives"
    )
    two = b.result("h-both", 6, "excoffier", ["renal"], {"CREA": (142, 118), "DFG": (34, 41)}, lab="parc")
    many = b.result("h-many-body", 32, ("ferrand", "delaville"), ["nfs"], lab="parc")
    soft = b.result("h-soft", 22, "garnaud", ["complet"], lab="valvert")
    tail = b.result("h-tail", 49, "cochet", ["nfs"], lab="rives")
    printed = mime.attachment("compte_rendu.pdf", one.pdf(), "application/pdf")
    return [
        b.draft(
            "h-body",
            4,
            "15:33",
            one,
            shape="hprim-medecin-in-body-pdf",
            labels=one.labels("hprim-medecin", "pdf"),
            content=mime.multipart("mixed", [_body(one), printed], "mix_body_pdf_0001"),
            small=True,
        ),
        b.draft(
            "h-both",
            6,
            "12:25",
            two,
            shape="hprim-medecin-body-and-attachment",
            labels=two.labels("hprim-medecin", "hprim-medecin"),
            content=mime.multipart("mixed", [_body(two), two.file("EXCOFFIER.HPR")], "mix_both_0001"),
            small=True,
        ),
        b.draft(
            "h-many-body",
            32,
            "16:48",
            many,
            shape="hprim-medecin-several-patients-in-body",
            labels=many.labels("hprim-medecin"),
            subject="Résultats du jour – EHPAD Les Glycines",
            content=_body(many, "iso-8859-1", "8bit"),
        ),
        b.draft(
            "h-soft",
            22,
            "12:02",
            soft,
            shape="hprim-medecin-soft-breaks",
            labels=soft.labels("hprim-medecin"),
            content=_body(soft, "utf-8"),
        ),
        b.draft(
            "h-tail",
            49,
            "13:28",
            tail,
            shape="hprim-medecin-text-after-end",
            labels=tail.labels("hprim-medecin"),
            content=_body(tail, "utf-8", "base64", tail.text + "\n" + words("disclaimer")),
        ),
    ]


def _charsets(b: Bench) -> list[Draft]:
    """The same laboratory software family, seven ways of writing an accent and an end of line."""
    ways = (
        ("latin-1", "h-latin1", 43, "belloir", ["thyroide"], "iso-8859-1", "\r\n"),
        ("cp1252", "h-cp1252", 51, "aguettaz", ["carence"], "cp1252", "\r\n"),
        ("mac-roman", "h-mac", 55, "veyrat", ["lipides"], "mac_roman", "\r"),
        ("utf-8-bom", "h-bom", 58, "keller", ["nfs"], "utf-8-sig", "\r\n"),
        ("utf-8", "h-utf8", 63, "maniglier", ["carence"], "utf-8", "\n"),
        ("utf-16-le", "h-utf16", 69, "thorens", ["prostate"], "utf-16", "\r\n"),
        ("cr-only", "h-cr", 74, "lachenal", ["diabete"], "cp1252", "\r"),
    )
    made: list[Draft] = []
    for shape, key, days, who, panels, charset, newline in ways:
        result = b.result(key, days, who, panels, lab="rives" if days % 2 else "valvert")
        data = result.data(charset, newline)
        if charset == "utf-16":
            data = b"\xff\xfe" + result.text.replace("\n", newline).encode("utf-16-le")
        name = f"{who}.hpr" if days % 3 else f"{who.upper()}.TXT"
        made.append(
            b.draft(
                key,
                days,
                "17:21",
                result,
                shape=f"hprim-medecin-{shape}",
                labels=result.labels("hprim-medecin"),
                attachments=[mime.attachment(name, data, "application/octet-stream")],
            )
        )
    return made


def _mangled(b: Bench) -> list[Draft]:
    """Text that went through one conversion too many."""
    twice = b.result("h-twice", 79, "charvin", ["nfs"], lab="parc")
    data = twice.text.encode("utf-8").decode("cp1252", "replace").replace("\ufffd", "?").encode("utf-8")
    entities = b.result("h-entities", 86, "dupraz", ["renal"], lab="parc")
    coded = re.sub(
        "[éèêÉÈµ’]",
        lambda m: {
            "é": "&eacute;",
            "è": "&egrave;",
            "ê": "&ecirc;",
            "É": "&Eacute;",
            "È": "&Egrave;",
            "µ": "&micro;",
        }.get(m[0], "&#8217;"),
        entities.text,
    )
    return [
        b.draft(
            "h-twice",
            79,
            "17:40",
            twice,
            shape="hprim-medecin-double-utf-8",
            labels=twice.labels("hprim-medecin"),
            attachments=[mime.attachment("CHARVIN.hpr", data.replace(b"\n", b"\r\n"), "text/plain")],
        ),
        b.draft(
            "h-entities",
            86,
            "17:44",
            entities,
            shape="hprim-medecin-html-entities",
            labels=entities.labels("hprim-medecin"),
            attachments=[mime.attachment("DUPRAZ.hpr", coded.encode("cp1252", "replace"), "text/plain")],
        ),
    ]


def _headers(b: Bench) -> list[Draft]:
    ways = (
        ("short-dates", "h-yy", 89, "chappuis", Dialect(dates="%d/%m/%y", nir_without_space=True)),
        ("iso-dates", "h-iso", 93, "suscillon", Dialect(dates="%Y-%m-%d", blank_nir=True)),
        ("word-dates", "h-words", 98, "fontvieil", Dialect(dates="words")),
        ("four-columns", "h-columns", 104, "quiblier", Dialect(columns=True)),
    )
    made: list[Draft] = []
    for shape, key, days, who, dialect in ways:
        result = b.result(key, days, who, ["renal"], lab="parc", dialect=dialect)
        made.append(
            b.draft(
                key,
                days,
                "18:12",
                result,
                shape=f"hprim-medecin-{shape}",
                labels=result.labels("hprim-medecin"),
                attachments=[result.file(f"RES{days:05d}.HPM")],
            )
        )
    return made


def _marks(b: Bench) -> list[Draft]:
    ways = (
        ("no-end-of-patient", "h-nofin", 107, "rosset", Dialect(closing=("FINFICHIER",))),
        ("no-end", "h-noend", 112, "nogueira", Dialect(closing=())),
        ("three-stars", "h-stars", 116, "pinget", Dialect(marks="***{}***")),
        ("blank-marks", "h-blanks", 121, "benamar", Dialect(marks="  **** {} ****  ")),
    )
    made: list[Draft] = []
    for shape, key, days, who, dialect in ways:
        result = b.result(key, days, who, ["nfs"], lab="rives", dialect=dialect)
        made.append(
            b.draft(
                key,
                days,
                "11:37",
                result,
                shape=f"hprim-medecin-{shape}",
                labels=result.labels("hprim-medecin"),
                attachments=[result.file(f"{who}.hpr", kind="text/plain")],
            )
        )
    many = b.result("h-many", 14, ("lachenal", "rouviere", "odin"), ["nfs"], lab="valvert")
    quoted = b.result("h-quoted", 126, "jacquemo", ["inr"], lab="valvert")
    text = (
        "Docteur, voici de nouveau le résultat demandé.\n\n"
        + re.sub("(?m)^", "> ", quoted.text.rstrip("\n"))
        + "\n"
    )
    return [
        *made,
        b.draft(
            "h-many",
            14,
            "18:26",
            many,
            shape="hprim-medecin-several-patients",
            labels=many.labels("hprim-medecin"),
            subject="Résultats du jour (3 patients)",
            attachments=[many.file("LOT0014.HPR")],
            small=True,
        ),
        b.draft(
            "h-quoted",
            126,
            "09:58",
            quoted,
            shape="hprim-medecin-quoted",
            labels=quoted.labels("hprim-medecin"),
            content=mime.encoded_text(text.encode("cp1252", "replace"), "plain", "windows-1252", "8bit"),
            subject=f"Re: {quoted.subject}",
            flags=(SEEN, ANSWERED),
        ),
    ]
