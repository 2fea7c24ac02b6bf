"""The newest laboratory results of the demonstration, as the pictures of the design show them."""

from dataclasses import replace

from mssclient.demo.corpus import cda, mime, xdm
from mssclient.demo.corpus.calendar import Calendar
from mssclient.demo.corpus.draft import SEEN, Draft
from mssclient.demo.corpus.laboratory import report
from mssclient.demo.corpus.patients import PATIENTS
from mssclient.demo.corpus.people import AUBRY, OFFICE, PEOPLE
from mssclient.demo.corpus.results import Result

__all__ = ["drafts"]


def drafts(calendar: Calendar) -> list[Draft]:
    return [*_leroux(calendar), _garnaud(calendar), _keller(calendar)]


def _leroux(calendar: Calendar) -> list[Draft]:
    sender, patient = PEOPLE["valvert"], PATIENTS["leroux"]
    moment = calendar.moment(0, "14:05")
    odd = {
        "HB": (10.8, 11.6), "GB": (7.2, 6.9), "PLQ": (238, 251), "K": (5.9, 4.8), "NA": (139, 140),
        "CREA": (94, 88), "DFG": (53, 58), "GLY": (0.94, 0.97), "CRP": (2.1, 1.8),
    }  # fmt: skip
    comment = (
        "Potassium contrôlé sur un second tube, absence d'hémolyse.\n"
        "Résultat critique téléphoné au cabinet ce jour."
    )
    result = Result(
        [report(patient, calendar.moment(0, "07:50"), "leroux-today", ["suivi"], odd, comment)], sender
    )
    printed = result.pdf()
    document = cda.laboratory("leroux-today", result.report, sender, moment, printed)
    attachments = [
        result.file("bilan_leroux.hpr"),
        mime.attachment("bilan_leroux.pdf", printed, "application/pdf"),
        mime.attachment("IHE_XDM.zip", xdm.archive([document]), "application/zip"),
    ]
    text = (
        "Bonjour Docteur,\n\n"
        "Veuillez trouver ci-joint les résultats de votre patiente. Le biologiste reste joignable au "
        f"{sender.phone}.\n\n{sender.signature}\n"
    )
    labels = result.labels("hprim-medecin", "pdf", "xdm", "cda")
    first = Draft(
        key="leroux-today",
        days=0,
        clock="14:05",
        sender=sender,
        subject=result.subject,
        to=[AUBRY],
        cc=[OFFICE],
        text=text,
        attachments=attachments,
        headers=[("X-MSS-CODECDA", document.code), ("X-MSS-INS", "O")],
        flags=(),
        shape="hprim-medecin-pdf-xdm",
        labels=labels,
        small=True,
    )
    copy = replace(
        first,
        key="leroux-today-office",
        identity="leroux-today",
        account=OFFICE,
        labels=replace(labels, repeats="leroux-today"),
    )
    return [first, copy]


def _garnaud(calendar: Calendar) -> Draft:
    sender = PEOPLE["valvert"]
    result = Result(
        [report(PATIENTS["garnaud"], calendar.moment(1, "08:10"), "garnaud-1", ["lipides", "hepatique"])],
        sender,
    )
    return Draft(
        key="garnaud-1",
        days=1,
        clock="18:40",
        sender=sender,
        subject=result.subject,
        text=f"Résultats de votre patient en pièce jointe.\n\n{sender.signature}\n",
        attachments=[result.file("garnaud.hpr", kind="text/plain")],
        flags=(SEEN, "Classe"),
        shape="hprim-medecin",
        labels=result.labels("hprim-medecin"),
        small=True,
    )


def _keller(calendar: Calendar) -> Draft:
    sender = PEOPLE["rives"]
    moment = calendar.moment(5, "12:31")
    result = Result(
        [report(PATIENTS["keller"], calendar.moment(5, "07:35"), "keller-1", ["carence"], {"FER": (9, 12)})],
        sender,
    )
    printed = result.pdf()
    document = cda.laboratory("keller-1", result.report, sender, moment, printed)
    return Draft(
        key="keller-1",
        days=5,
        clock="12:31",
        sender=sender,
        subject=result.subject,
        text=f"Compte rendu d’analyses de Mme KELLER Inès.\n\n{sender.signature}\n",
        attachments=[
            result.file("KELLER.HPR"),
            mime.attachment("IHE_XDM.zip", xdm.archive([document]), "application/zip"),
        ],
        headers=[("X-MSS-CODECDA", document.code), ("X-MSS-INS", "O")],
        shape="hprim-medecin-xdm",
        labels=result.labels("hprim-medecin", "xdm", "cda"),
        small=True,
    )
