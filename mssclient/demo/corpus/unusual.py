"""Attachments of the less usual kinds: cards, forwarded messages, pictures, scans."""

from mssclient.demo.corpus import enclosures, mime
from mssclient.demo.corpus.calendar import Calendar
from mssclient.demo.corpus.draft import SEEN, Draft, Labels, written
from mssclient.demo.corpus.people import PEOPLE
from mssclient.demo.corpus.pictures import shipped

__all__ = ["drafts"]


def drafts(calendar: Calendar) -> list[Draft]:
    return [*_cards_and_letters(calendar), *_texts_and_pictures()]


def _cards_and_letters(calendar: Calendar) -> list[Draft]:
    ambrosi = PEOPLE["ambrosi"]
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
    ]


def _texts_and_pictures() -> list[Draft]:
    lantelme = PEOPLE["lantelme"]
    planning = "jour;matin;après-midi\nlundi;Aubry;Valade\nmardi;Aubry;Aubry\nmercredi;Valade;fermé\n"
    return [
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
