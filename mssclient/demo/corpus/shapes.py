"""One specimen of each shape that HPRIM Médecin takes in the field, all in the inbox of Dr Aubry."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from mssclient.demo.corpus import enclosures, mime, xdm
from mssclient.demo.corpus.calendar import Calendar
from mssclient.demo.corpus.draft import ANSWERED, SEEN, Draft, Labels, written
from mssclient.demo.corpus.hprim import Dialect
from mssclient.demo.corpus.laboratory import report
from mssclient.demo.corpus.mime import Part
from mssclient.demo.corpus.patients import PATIENTS
from mssclient.demo.corpus.people import AUBRY, PEOPLE
from mssclient.demo.corpus.results import Result

__all__ = ["Bench", "drafts"]


@dataclass(frozen=True)
class Bench:
    """Makes results and the messages around them."""

    calendar: Calendar

    def result(
        self,
        key: str,
        days: int,
        who: str | Sequence[str],
        panels: Sequence[str],
        odd: Mapping[str, tuple[float, float] | float] | None = None,
        *,
        lab: str = "valvert",
        comment: str = "",
        dialect: Dialect | None = None,
        structured: bool = True,
    ) -> Result:
        names = [who] if isinstance(who, str) else who
        reports = [
            report(PATIENTS[n], self.calendar.moment(days, "08:15"), f"{key}-{n}", panels, odd, comment)
            for n in names
        ]
        return Result(reports, PEOPLE[lab], AUBRY, dialect or Dialect(), structured)

    def draft(
        self,
        key: str,
        days: int,
        clock: str,
        result: Result,
        *,
        shape: str,
        labels: Labels,
        attachments: Sequence[Part] = (),
        content: Part | None = None,
        flags: tuple[str, ...] = (SEEN,),
        subject: str = "",
        text: str = "",
        headers: Sequence[tuple[str, str]] = (),
        small: bool = False,
    ) -> Draft:
        words = text or "Bonjour Docteur,\n\nVeuillez trouver ci-joint des résultats.\n\n"
        return Draft(
            key=key,
            days=days,
            clock=clock,
            sender=result.sender,
            subject=subject or result.subject,
            text=words + result.sender.signature + "\n",
            attachments=attachments,
            content=content,
            headers=headers,
            flags=flags,
            shape=shape,
            labels=labels,
            small=small,
        )


def drafts(calendar: Calendar) -> list[Draft]:
    bench = Bench(calendar)
    return [
        *_plain(bench),
        *_bodies(bench),
        *_charsets(bench),
        *_headers(bench),
        *_marks(bench),
        *_places(bench),
        *_corrections(bench),
        *_traps(bench),
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
        b.draft("h-vidonne", 2, "11:52", one, shape="hprim-medecin-critical", labels=one.labels("hprim-medecin"),
                attachments=[one.file("INR_VIDONNE.HPR", kind="application/x-hprim")], flags=(), small=True),
        b.draft("h-perret", 1, "16:02", two, shape="hprim-medecin-pdf", labels=two.labels("hprim-medecin", "pdf"),
                attachments=[two.file("perret.hpm", kind="application/hpm"),
                             mime.attachment("perret.pdf", two.pdf(), "application/pdf")], flags=(), small=True),
        b.draft("h-header", 25, "12:41", three, shape="hprim-medecin-text-only", labels=three.labels("hprim-medecin"),
                attachments=[three.file("RES25.TXT", kind="text/plain")]),
        b.draft("h-short", 42, "13:17", short, shape="hprim-medecin-short-lines", labels=short.labels("hprim-medecin"),
                attachments=[short.file("00042131.hpr", kind="application/x-hprimnet")]),
    ]  # fmt: skip


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
    disclaimer = (
        "\n--\nCe message et ses pièces jointes sont confidentiels. Si vous l’avez reçu par erreur, merci de le "
        "détruire et d’en informer le laboratoire.\n"
    )
    return [
        b.draft("h-body", 4, "15:33", one, shape="hprim-medecin-in-body-pdf", labels=one.labels("hprim-medecin", "pdf"),
                content=mime.multipart("mixed", [_body(one), printed], "mix_body_pdf_0001"), small=True),
        b.draft("h-both", 6, "12:25", two, shape="hprim-medecin-body-and-attachment",
                labels=two.labels("hprim-medecin", "hprim-medecin"),
                content=mime.multipart("mixed", [_body(two), two.file("EXCOFFIER.HPR")], "mix_both_0001"), small=True),
        b.draft("h-many-body", 32, "16:48", many, shape="hprim-medecin-several-patients-in-body",
                labels=many.labels("hprim-medecin"), subject="Résultats du jour – EHPAD Les Glycines",
                content=_body(many, "iso-8859-1", "8bit")),
        b.draft("h-soft", 22, "12:02", soft, shape="hprim-medecin-soft-breaks", labels=soft.labels("hprim-medecin"),
                content=_body(soft, "utf-8")),
        b.draft("h-tail", 49, "13:28", tail, shape="hprim-medecin-text-after-end", labels=tail.labels("hprim-medecin"),
                content=_body(tail, "utf-8", "base64", tail.text + disclaimer)),
    ]  # fmt: skip


def _charsets(b: Bench) -> list[Draft]:
    """The same laboratory software family, ten ways of writing an accent and an end of line."""
    ways = (
        ("latin-1", "h-latin1", 43, "belloir", ["thyroide"], "iso-8859-1", "\r\n"),
        ("cp1252", "h-cp1252", 51, "aguettaz", ["carence"], "cp1252", "\r\n"),
        ("mac-roman", "h-mac", 55, "veyrat", ["lipides"], "mac_roman", "\r"),
        ("utf-8-bom", "h-bom", 58, "keller", ["nfs"], "utf-8-sig", "\r\n"),
        ("utf-8", "h-utf8", 63, "maniglier", ["carence"], "utf-8", "\n"),
        ("utf-16-le", "h-utf16", 69, "thorens", ["prostate"], "utf-16", "\r\n"),
        ("cr-only", "h-cr", 74, "lachenal", ["diabete"], "cp1252", "\r"),
    )  # fmt: skip
    made: list[Draft] = []
    for shape, key, days, who, panels, charset, newline in ways:
        result = b.result(key, days, who, panels, lab="rives" if days % 2 else "valvert")
        data = result.data(charset, newline)
        if charset == "utf-16":
            data = b"\xff\xfe" + result.text.replace("\n", newline).encode("utf-16-le")
        name = f"{who}.hpr" if days % 3 else f"{who.upper()}.TXT"
        made.append(
            b.draft(key, days, "17:21", result, shape=f"hprim-medecin-{shape}", labels=result.labels("hprim-medecin"),
                    attachments=[mime.attachment(name, data, "application/octet-stream")])
        )  # fmt: skip
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
        *made,
        b.draft("h-twice", 79, "17:40", twice, shape="hprim-medecin-double-utf-8", labels=twice.labels("hprim-medecin"),
                attachments=[mime.attachment("CHARVIN.hpr", data.replace(b"\n", b"\r\n"), "text/plain")]),
        b.draft("h-entities", 86, "17:44", entities, shape="hprim-medecin-html-entities",
                labels=entities.labels("hprim-medecin"),
                attachments=[mime.attachment("DUPRAZ.hpr", coded.encode("cp1252", "replace"), "text/plain")]),
    ]  # fmt: skip


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
            b.draft(key, days, "18:12", result, shape=f"hprim-medecin-{shape}", labels=result.labels("hprim-medecin"),
                    attachments=[result.file(f"RES{days:05d}.HPM")])
        )  # fmt: skip
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
            b.draft(key, days, "11:37", result, shape=f"hprim-medecin-{shape}", labels=result.labels("hprim-medecin"),
                    attachments=[result.file(f"{who}.hpr", kind="text/plain")])
        )  # fmt: skip
    many = b.result("h-many", 14, ("lachenal", "rouviere", "odin"), ["nfs"], lab="valvert")
    quoted = b.result("h-quoted", 126, "jacquemo", ["inr"], lab="valvert")
    text = (
        "Docteur, voici de nouveau le résultat demandé.\n\n"
        + re.sub("(?m)^", "> ", quoted.text.rstrip("\n"))
        + "\n"
    )
    return [
        *made,
        b.draft("h-many", 14, "18:26", many, shape="hprim-medecin-several-patients", labels=many.labels("hprim-medecin"),
                subject="Résultats du jour (3 patients)", attachments=[many.file("LOT0014.HPR")], small=True),
        b.draft("h-quoted", 126, "09:58", quoted, shape="hprim-medecin-quoted", labels=quoted.labels("hprim-medecin"),
                content=mime.encoded_text(text.encode("cp1252", "replace"), "plain", "windows-1252", "8bit"),
                subject=f"Re: {quoted.subject}", flags=(SEEN, ANSWERED)),
    ]  # fmt: skip


def _places(b: Bench) -> list[Draft]:
    inner = b.result(
        "h-forwarded", 19, "tissot", ["complet"], {"CRP": (112, 8), "GB": (14.2, 8.1)}, lab="parc"
    )
    zipped = b.result("h-zip", 27, "mercadal", ["lipides", "hepatique"], lab="rives")
    exchange = b.result("h-winmail", 131, "grivaz", ["renal"], lab="parc")
    moment = b.calendar.moment(27, "12:44")
    source = Draft(
        key="h-forwarded-inner", days=19, clock="08:40", sender=inner.sender, subject=inner.subject,
        attachments=[inner.file("TISSOT.HPR")], text="Résultats en pièce jointe.\n",
    )  # fmt: skip
    raw = written(source, b.calendar)
    return [
        Draft(key="h-forwarded", days=19, clock="09:22", sender=PEOPLE["pneumo"], subject=f"Tr : {inner.subject}",
              text="Docteur,\n\nPour information, le bilan d’entrée de votre patient.\n\nLe secrétariat de pneumologie\n",
              attachments=[mime.forwarded(raw, "resultats.eml")], shape="hprim-medecin-in-forwarded-message",
              labels=inner.labels("hprim-medecin")),
        b.draft("h-zip", 27, "12:44", zipped, shape="hprim-medecin-in-zip", labels=zipped.labels("hprim-medecin"),
                attachments=[mime.attachment("resultats.zip", xdm.zip_of([("MERCADAL.HPR", zipped.data())], moment),
                                             "application/zip")]),
        b.draft("h-winmail", 131, "10:13", exchange, shape="hprim-medecin-in-winmail",
                labels=exchange.labels("hprim-medecin"),
                attachments=[mime.attachment("winmail.dat", enclosures.winmail("GRIVAZ.HPR", exchange.data()),
                                             "application/ms-tnef")]),
    ]  # fmt: skip


def _corrections(b: Bench) -> list[Draft]:
    first = b.result("h-first", 9, "suscillon", ["diabete"], {"HBA": (8.4, 7.6)}, lab="valvert")
    fixed = b.result("h-first", 9, "suscillon", ["diabete"], {"HBA": (7.4, 7.6)}, lab="valvert",
                     comment="Annule et remplace le compte rendu précédent : HbA1c corrigée.")  # fmt: skip
    again = first.labels("hprim-medecin")
    return [
        b.draft("h-first", 9, "12:18", first, shape="hprim-medecin", labels=again,
                attachments=[first.file("SUSCILLON.HPR")], small=True),
        b.draft("h-fixed", 8, "09:04", fixed, shape="hprim-medecin-corrected", labels=fixed.labels("hprim-medecin"),
                subject=f"Annule et remplace – {fixed.subject}", attachments=[fixed.file("SUSCILLON.HPR")], small=True),
        b.draft("h-again", 8, "18:31", first, shape="hprim-medecin-sent-twice",
                labels=replace(again, repeats="h-first"), attachments=[first.file("SUSCILLON.HPR")]),
    ]  # fmt: skip


def _traps(b: Bench) -> list[Draft]:
    real = b.result("h-fragment", 53, "ostertag", ["nfs"], lab="rives")
    lines = [x for x in real.text.splitlines() if x.startswith(("RES|", "TEX|"))]
    broken = b.result("h-headless", 5, "pariset", ["nfs"], lab="parc")
    headless = "RES00412\n\n" + "\n".join(broken.text.splitlines()[13:]) + "\n"
    letter = (
        "Bonjour Docteur,\n\n"
        "Votre logiciel n’importe plus nos fichiers ? Depuis la mise à jour, chaque patient se termine par\n\n"
        "    ****FIN****\n\net le fichier par ****FINFICHIER**** ; le bloc ****LAB**** est inchangé. "
        "Vérifiez que l’import attend bien ces trois marques.\n\nL’équipe informatique du laboratoire\n\n"
    )
    starry = (
        "**********************************************\n*      FERMETURE DU 24 DÉCEMBRE               *\n"
        "**********************************************\n\nDocteur,\n\nLe laboratoire fermera à 12 h le 24 décembre. "
        "Dernier ramassage des tubes à 10 h 30.\n\n*** Bonnes fêtes à toute l’équipe ***\n\n"
    )
    none = Labels()
    pdf = real.pdf()
    return [
        b.draft("h-fragment", 53, "17:02", real, shape="hprim-medecin-fragment", subject="Complément de résultat",
                labels=Labels(documents=("hprim-medecin",)), text="\n".join(lines) + "\n\n"),
        b.draft("h-headless", 5, "10:11", broken, shape="hprim-medecin-incomplete-header", subject="Résultats",
                labels=Labels(documents=("hprim-medecin",)), small=True,
                attachments=[mime.attachment("RES00412.HPM", headless.replace("\n", "\r\n").encode("cp1252", "replace"),
                                             "application/hpm")]),
        b.draft("h-decoy", 48, "09:33", real, shape="decoy-quotes-marks", labels=none, text=letter,
                subject="Import de vos résultats"),
        b.draft("h-stars-decoy", 29, "14:55", real, shape="decoy-decorative-stars", labels=none, text=starry,
                subject="Horaires de fin d’année"),
        b.draft("h-pdf-named", 64, "12:49", real, shape="pdf-named-hpr", labels=Labels(documents=("pdf",)),
                attachments=[mime.attachment("OSTERTAG.HPR", pdf, "application/octet-stream")]),
        b.draft("h-empty", 76, "12:50", real, shape="empty-hpr", labels=none,
                attachments=[mime.attachment("RES00076.HPR", b"", "application/octet-stream")]),
    ]  # fmt: skip
