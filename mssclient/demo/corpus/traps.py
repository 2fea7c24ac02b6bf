"""HPRIM Médecin in unexpected places, corrected, sent twice, in pieces; and texts that only look like it."""

from dataclasses import replace

from mssclient.demo.corpus import enclosures, mime, xdm
from mssclient.demo.corpus.bench import Bench
from mssclient.demo.corpus.calendar import Calendar
from mssclient.demo.corpus.draft import Draft, Labels, written
from mssclient.demo.corpus.people import PEOPLE
from mssclient.demo.corpus.sheets import words

__all__ = ["drafts"]


def drafts(calendar: Calendar) -> list[Draft]:
    bench = Bench(calendar)
    return [*_places(bench), *_corrections(bench), *_pieces(bench), *_decoys(bench)]


def _places(b: Bench) -> list[Draft]:
    inner = b.result(
        "h-forwarded", 19, "tissot", ["complet"], {"CRP": (112, 8), "GB": (14.2, 8.1)}, lab="parc"
    )
    zipped = b.result("h-zip", 27, "mercadal", ["lipides", "hepatique"], lab="rives")
    exchange = b.result("h-winmail", 131, "grivaz", ["renal"], lab="parc")
    moment = b.calendar.moment(27, "12:44")
    source = Draft(
        key="h-forwarded-inner",
        days=19,
        clock="08:40",
        sender=inner.sender,
        subject=inner.subject,
        attachments=[inner.file("TISSOT.HPR")],
        text="Résultats en pièce jointe.\n",
    )
    raw = written(source, b.calendar)
    return [
        Draft(
            key="h-forwarded",
            days=19,
            clock="09:22",
            sender=PEOPLE["pneumo"],
            subject=f"Tr : {inner.subject}",
            text="Docteur,\n\nPour information, le bilan d’entrée de votre patient.\n\n"
            "Le secrétariat de pneumologie\n",
            attachments=[mime.forwarded(raw, "resultats.eml")],
            shape="hprim-medecin-in-forwarded-message",
            labels=inner.labels("hprim-medecin"),
        ),
        b.draft(
            "h-zip",
            27,
            "12:44",
            zipped,
            shape="hprim-medecin-in-zip",
            labels=zipped.labels("hprim-medecin"),
            attachments=[
                mime.attachment(
                    "resultats.zip", xdm.zip_of([("MERCADAL.HPR", zipped.data())], moment), "application/zip"
                )
            ],
        ),
        b.draft(
            "h-winmail",
            131,
            "10:13",
            exchange,
            shape="hprim-medecin-in-winmail",
            labels=exchange.labels("hprim-medecin"),
            attachments=[
                mime.attachment(
                    "winmail.dat", enclosures.winmail("GRIVAZ.HPR", exchange.data()), "application/ms-tnef"
                )
            ],
        ),
    ]


def _corrections(b: Bench) -> list[Draft]:
    first = b.result("h-first", 9, "suscillon", ["diabete"], {"HBA": (8.4, 7.6)}, lab="valvert")
    fixed = b.result(
        "h-first",
        9,
        "suscillon",
        ["diabete"],
        {"HBA": (7.4, 7.6)},
        lab="valvert",
        comment="Annule et remplace le compte rendu précédent : HbA1c corrigée.",
    )
    again = first.labels("hprim-medecin")
    return [
        b.draft(
            "h-first",
            9,
            "12:18",
            first,
            shape="hprim-medecin",
            labels=again,
            attachments=[first.file("SUSCILLON.HPR")],
            small=True,
        ),
        b.draft(
            "h-fixed",
            8,
            "09:04",
            fixed,
            shape="hprim-medecin-corrected",
            labels=fixed.labels("hprim-medecin"),
            subject=f"Annule et remplace – {fixed.subject}",
            attachments=[fixed.file("SUSCILLON.HPR")],
            small=True,
        ),
        b.draft(
            "h-again",
            8,
            "18:31",
            first,
            shape="hprim-medecin-sent-twice",
            labels=replace(again, repeats="h-first"),
            attachments=[first.file("SUSCILLON.HPR")],
        ),
    ]


def _pieces(b: Bench) -> list[Draft]:
    """Results without their header."""
    real = b.result("h-fragment", 53, "ostertag", ["nfs"], lab="rives")
    lines = [x for x in real.text.splitlines() if x.startswith(("RES|", "TEX|"))]
    broken = b.result("h-headless", 5, "pariset", ["nfs"], lab="parc")
    headless = "RES00412\n\n" + "\n".join(broken.text.splitlines()[13:]) + "\n"
    return [
        b.draft(
            "h-fragment",
            53,
            "17:02",
            real,
            shape="hprim-medecin-fragment",
            subject="Complément de résultat",
            labels=Labels(documents=("hprim-medecin",)),
            text="\n".join(lines) + "\n\n",
        ),
        b.draft(
            "h-headless",
            5,
            "10:11",
            broken,
            shape="hprim-medecin-incomplete-header",
            subject="Résultats",
            labels=Labels(documents=("hprim-medecin",)),
            small=True,
            attachments=[
                mime.attachment(
                    "RES00412.HPM",
                    headless.replace("\n", "\r\n").encode("cp1252", "replace"),
                    "application/hpm",
                )
            ],
        ),
    ]


def _decoys(b: Bench) -> list[Draft]:
    """Letters and files that are not what they look like."""
    real, none = b.result("h-fragment", 53, "ostertag", ["nfs"], lab="rives"), Labels()
    return [
        b.draft(
            "h-decoy",
            48,
            "09:33",
            real,
            shape="decoy-quotes-marks",
            labels=none,
            text=words("decoy-marks") + "\n",
            subject="Import de vos résultats",
        ),
        b.draft(
            "h-stars-decoy",
            29,
            "14:55",
            real,
            shape="decoy-decorative-stars",
            labels=none,
            text=words("decoy-stars") + "\n",
            subject="Horaires de fin d’année",
        ),
        b.draft(
            "h-pdf-named",
            64,
            "12:49",
            real,
            shape="pdf-named-hpr",
            labels=Labels(documents=("pdf",)),
            attachments=[mime.attachment("OSTERTAG.HPR", real.pdf(), "application/octet-stream")],
        ),
        b.draft(
            "h-empty",
            76,
            "12:50",
            real,
            shape="empty-hpr",
            labels=none,
            attachments=[mime.attachment("RES00076.HPR", b"", "application/octet-stream")],
        ),
    ]
