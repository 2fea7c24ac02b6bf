"""What must not be taken for HPRIM; other documents in it are named."""

from collections.abc import Iterator

from tests.medical.specimens import Specimen, attachment, body, message, zipped

__all__ = ["decoys"]


def decoys() -> Iterator[Specimen]:
    yield from _letters()
    yield from _files()


def letter(name: str, text: str, *more: bytes, kinds: tuple[str, ...] = ()) -> Specimen:
    return Specimen(name, message(body(text), *more), kinds)


def _letters() -> Iterator[Specimen]:
    yield from _of_marks_and_dates()
    yield from _of_other_kinds()


def _of_marks_and_dates() -> Iterator[Specimen]:
    yield letter("plain", "Bonjour,\n\nMerci pour votre courrier.\n\nDr Vasseur\n")
    yield letter(
        "quotes-fin", "Bonjour,\nle fichier s'arrête à ****FIN**** : est-ce normal ?\n\n****FIN****\nMerci.\n"
    )
    yield letter(
        "quotes-all-marks",
        "Il faut les trois marques :\n****LAB****\n****FIN****\n****FINFICHIER****\nsinon rien.\n",
    )
    yield letter(
        "decorative-stars",
        "************\n*** FIN ***\n************\nFin du stage le 12/03/2024.\n***LABO***\n",
    )
    yield letter(
        "one-res-line", "La ligne\nRES|Sodium|NA|N|139|mmol/L|136|145|N|F|\nne passe pas dans le logiciel.\n"
    )
    yield letter(
        "res-in-a-sentence", "les lignes RES| et TEX| sont vides, par exemple RES|Sodium|NA|N|139 hier.\n"
    )
    yield letter(
        "planning",
        "Planning\nDr Martin\nabsent\nremplacé par\nDr Petit\ndu\n12/03/2024\nau soir\net\n"
        "15/03/2024\nau matin\nMerci\n",
    )
    yield letter(
        "dates",
        "12/03/2024\nvaccin\nrappel\n15/03/2024\nvaccin\nrappel\n18/03/2024\nvaccin\nrappel\n21/03/2024\n",
    )
    yield letter(
        "appointments",
        "\n".join(f"{day:02d}/03/2024\nM. Durand\n10h30" for day in range(1, 28)) + "\n",
    )


def _of_other_kinds() -> Iterator[Specimen]:
    yield letter(
        "form",
        "Nom : MARCHAND\nPrénom : Élodie\nAdresse : 12 rue des Tilleuls\n\n44000 NANTES\nNé le\n12/03/1961\n"
        "NIR : 2610344109002 47\n\nDemande du\n17/01/2024\nMerci\n",
    )
    yield letter(
        "signature-card",
        "Confirmé.\n\nDr Paul Vasseur\nMédecin généraliste\nCabinet des Tilleuls\n"
        "12 rue des Tilleuls\n44000 NANTES\n"
        "02 40 00 00 00\nLe 17/01/2024\n",
    )
    yield letter(
        "hl7-v2",
        "MSH|^~\\&|LABO|X|LGC|Y|202401171030||ORU^R01|1|P|2.5\rPID|1||12||MARCHAND^ELODIE\rOBX|1|NM|K\r",
    )
    yield letter(
        "astm-analyser", "H|\\^&|||ABX|||||||P|E1394-97|20240117\nP|1\nO|1|12\nR|1|^^^WBC|6.1\nL|1|N\n"
    )
    yield letter("letter-h", "H|comme hôpital|~^\\&|\nH2.1 est la version attendue\nP|ensuite\n")
    yield letter(
        "apicrypt-named", "Nous n'utilisons plus Apicrypt : $APICRYPT apparaît encore dans vos messages.\n"
    )
    yield letter("apicrypt", "$APICRYPT2 8f2a99c1d0b7\nQkFTRTY0\n", kinds=("apicrypt",))
    yield letter("pdf-in-words", "Le fichier commence par %PDF-1.4 et ne s'ouvre pas.\n")
    yield letter("cda-in-words", 'Le noeud <ClinicalDocument xmlns="urn:hl7-org:v3"> est refusé.\n')
    yield letter(
        "newsletter",
        "LETTRE D'INFORMATION\nJANVIER\nNouveautés\n\n\n\n01/01/2024\n\nN° 12\n31/01/2024\n"
        "La rédaction\nÀ tous\n",
    )
    yield letter(
        "invoice",
        "Facture\nSARL DUPONT\nMatériel médical\n3 rue Haute\n\n69000 LYON\nDate\n17/01/2024\n"
        "Échéance\n17/02/2024\nTotal\n120 €\n",
    )
    yield letter("tex-lines", "TEX|ligne un\nTEX|ligne deux\nTEX|ligne trois\n")
    yield letter("long", "Bonjour. " * 20_000)
    yield letter("table", "RES | Sodium | 139\nRES | Potassium | 4\nRES | Chlore | 101\n")


def _files() -> Iterator[Specimen]:
    yield letter("apz", "Ci-joint", attachment(b"\x01\x02\x03chiffre", "courrier.apz"), kinds=("apicrypt",))
    yield letter("hpr-is-pdf", "Ci-joint", attachment(b"%PDF-1.5\n1 0 obj", "CR.HPR"), kinds=("pdf",))
    yield letter("hpr-empty", "Ci-joint", attachment(b"", "CR.HPR"))
    yield letter("hpr-is-a-letter", "Ci-joint", attachment("Bonjour,\nrien à signaler.\n".encode(), "CR.HPR"))
    yield letter(
        "csv",
        "Export",
        attachment(b"NOM;PRENOM;NE LE\nMARCHAND;ELODIE;12/03/1961\n", "patients.csv", "text/csv"),
    )
    yield letter("binary-named-txt", "Export", attachment(bytes(range(256)) * 40, "donnees.txt"))
    yield letter(
        "picture", "Radio", attachment(b"\x89PNG\r\n\x1a\n" + b"RES|a|b|N|1" * 9, "radio.png", "image/png")
    )
    yield letter(
        "zip-of-letters", "Dossier", attachment(zipped({"a.txt": b"Bonjour", "b.pdf": b"texte"}), "d.zip")
    )
    yield letter(
        "zip-of-pdf", "Dossier", attachment(zipped({"cr.pdf": b"%PDF-1.4\n"}), "d.zip"), kinds=("pdf",)
    )
    yield letter(
        "hprim-xml",
        "Facturation",
        attachment(
            b'<?xml version="1.0" encoding="UTF-8"?>\n'
            b'<evenementsServeurActes xmlns="http://www.hprim.org/hprimXML" '
            b'version="1.05"><enteteMessage/></evenementsServeurActes>',
            "actes.xml",
            "text/xml",
        ),
        kinds=("hprim-xml",),
    )
    yield letter(
        "xml-speaks-of-hprim",
        "Notes",
        attachment(b"<notes>voir http://www.hprim.org/hprimXML</notes>", "n.xml"),
    )
    yield letter(
        "calendar",
        "Réunion",
        attachment(b"BEGIN:VCALENDAR\nDTSTART:20240117\nEND:VCALENDAR\n", "r.ics", "text/calendar"),
    )
    yield letter(
        "vcard",
        "Carte",
        attachment(b"BEGIN:VCARD\nN:MARCHAND;Elodie\nBDAY:1961-03-12\nEND:VCARD\n", "m.vcf", "text/vcard"),
    )
