"""HPRIM Santé, HPRIM XML, Apicrypt, neighbours that are not HPRIM, and CDA that come again."""

from base64 import b64encode

from mssclient.demo.corpus import cda, hprim_sante, mime, pdf, xdm
from mssclient.demo.corpus.bench import Bench
from mssclient.demo.corpus.calendar import Calendar
from mssclient.demo.corpus.dice import Dice
from mssclient.demo.corpus.draft import Draft, Labels
from mssclient.demo.corpus.hprim_sante import SETS
from mssclient.demo.corpus.mime import Part
from mssclient.demo.corpus.people import AUBRY, PEOPLE

__all__ = ["drafts"]


def drafts(calendar: Calendar) -> list[Draft]:
    bench = Bench(calendar)
    return [
        *_sante(bench),
        _companion(bench),
        _sante_in_body(bench),
        _billing(bench),
        *_apicrypt(bench),
        *_neighbours(bench),
        *_replaced(bench),
        _two_documents(bench),
    ]


def _file(text: str, name: str) -> Part:
    return mime.attachment(
        name, text.replace("\n", "\r\n").encode("latin-1", "replace"), "application/octet-stream"
    )


def _sante(b: Bench) -> list[Draft]:
    ways = (
        ("tilde", "s-tilde", 7, "maniglier", ["carence"], {"FER": (8, 14)}, SETS[0], "H2.1", False),
        ("caret", "s-caret", 45, "garnaud", ["lipides"], {"LDL": (1.82, 1.76)}, SETS[1], "H2.3", False),
        ("backslash", "s-backslash", 62, "thorens", ["renal"], {}, SETS[2], "H2.0", False),
        (
            "continued",
            "s-continued",
            101,
            "lachenal",
            ["thyroide"],
            {"TSH": (6.2, 4.4)},
            SETS[0],
            "H2.4",
            True,
        ),
    )
    made: list[Draft] = []
    for shape, key, days, who, panels, odd, separators, version, continued in ways:
        result = b.result(key, days, who, panels, odd, lab="parc")
        name = f"ORU{days:05d}.HPR"
        text = hprim_sante.results(
            result.report, result.sender, AUBRY, name, separators, version, continued=continued
        )
        made.append(
            b.draft(
                key,
                days,
                "16:37",
                result,
                shape=f"hprim-sante-{shape}",
                labels=result.labels("hprim-sante"),
                attachments=[_file(text, name)],
                small=days < 10,
            )
        )
    return made


def _companion(b: Bench) -> Draft:
    result = b.result("s-companion", 16, "saulnier", ["hepatique"], {"GGT": (97, 88)}, lab="rives")
    text = hprim_sante.results(result.report, result.sender, AUBRY, "CR000016.HPR", companion="CR000016.PDF")
    return b.draft(
        "s-companion",
        16,
        "12:07",
        result,
        shape="hprim-sante-companion",
        labels=result.labels("hprim-sante", "pdf"),
        attachments=[
            _file(text, "CR000016.HPR"),
            mime.attachment("CR000016.PDF", result.pdf(), "application/pdf"),
        ],
        small=True,
    )


def _sante_in_body(b: Bench) -> Draft:
    result = b.result("s-body", 84, "aguettaz", ["thyroide"], lab="parc")
    text = hprim_sante.results(result.report, result.sender, AUBRY, "AG000084.HPR")
    return b.draft(
        "s-body",
        84,
        "16:40",
        result,
        shape="hprim-sante-in-body",
        labels=result.labels("hprim-sante"),
        content=mime.text(text, charset="iso-8859-1"),
    )


def _billing(b: Bench) -> Draft:
    result = b.result("x-billing", 91, "mercadal", [])
    return Draft(
        key="x-billing",
        days=91,
        clock="06:15",
        sender=PEOPLE["cardio"],
        subject="Flux de facturation",
        text=f"Message automatique.\n\n{PEOPLE['cardio'].signature}\n",
        attachments=[
            mime.attachment(
                "serveurActes.xml", hprim_sante.billing(result.report, PEOPLE["cardio"]), "text/xml"
            )
        ],
        shape="hprim-xml",
        labels=Labels(documents=("hprim-xml",)),
    )


def _cipher(key: str, octets: int) -> bytes:
    dice = Dice(f"cipher/{key}")
    return bytes.fromhex("".join(dice.token(32) for _ in range(octets // 32)))


def _apicrypt(b: Bench) -> list[Draft]:
    sender = PEOPLE["montfleury"]
    body = b64encode(_cipher("body", 960)).decode()
    lines = "\n".join(body[i : i + 72] for i in range(0, len(body), 72))
    return [
        Draft(
            key="a-body",
            days=12,
            clock="19:44",
            sender=sender,
            subject="Consultation de rhumatologie",
            text=f"$APICRYPT\n{lines}\n$FINAPICRYPT\n",
            shape="apicrypt-body",
            labels=Labels(documents=("apicrypt",)),
            small=True,
        ),
        Draft(
            key="a-file",
            days=110,
            clock="18:58",
            sender=sender,
            subject="Compte rendu",
            text="Message chiffré par Apicrypt, voir la pièce jointe.\n",
            attachments=[mime.attachment("message.apz", _cipher("file", 4096), "application/octet-stream")],
            shape="apicrypt-file",
            labels=Labels(documents=("apicrypt",)),
        ),
    ]


def _neighbours(b: Bench) -> list[Draft]:
    """Formats that resemble HPRIM Santé and must not be delivered as such."""
    seven = (
        "MSH|^~\\&|LABO|DEUXRIVES|CABINET|TILLEULS|20260102101500||ORU^R01|12345|P|2.5\n"
        "PID|1||100814^^^LABO||ESSAI^Exemple||19700101|F\nOBR|1|||718-7^Hemoglobine^LN\n"
        "OBX|1|NM|718-7^Hemoglobine^LN||13.1|g/dL|12.0-16.0|N|||F\n"
    )
    analyser = (
        "H|\\^&|||AUTOMATE^3.2|||||||P|1|20260102101500\nP|1||100814\nO|1|A1^1||^^^GLU|R\n"
        "R|1|^^^GLU|5.2|mmol/L||N||F\nL|1|N\n"
    )
    rives = PEOPLE["rives"]
    return [
        Draft(
            key="n-hl7",
            days=114,
            clock="10:15",
            sender=rives,
            subject="Essai de transmission (1)",
            text=f"Fichier d’essai de notre éditeur, à ignorer.\n\n{rives.signature}\n",
            attachments=[_file(seven, "essai.hl7")],
            shape="decoy-hl7-v2",
        ),
        Draft(
            key="n-astm",
            days=114,
            clock="10:16",
            sender=rives,
            subject="Essai de transmission (2)",
            text=f"Sortie brute d’automate, à ignorer.\n\n{rives.signature}\n",
            attachments=[_file(analyser, "essai.txt")],
            shape="decoy-astm",
        ),
    ]


def _replaced(b: Bench) -> list[Draft]:
    """A CDA of the laboratory and the version that replaces it."""
    made: list[Draft] = []
    for version, days, value in ((1, 72, 5.4), (2, 71, 4.5)):
        result = b.result("c-version", 72, "excoffier", ["renal"], {"K": (value, 4.4)})
        moment = b.calendar.moment(days, "15:50")
        document = cda.laboratory("c-version", result.report, result.sender, moment, result.pdf(), version)
        title = "XDM/1.0/DDM+Compte rendu de biologie EXCOFFIER Paulette 31/08/1942"
        made.append(
            Draft(
                key=f"c-version-{version}",
                days=days,
                clock="15:50",
                sender=result.sender,
                subject=title if version == 1 else f"{title} (annule et remplace)",
                text=f"Document de santé en pièce jointe.\n\n{result.sender.signature}\n",
                attachments=[
                    mime.attachment("IHE_XDM.zip", xdm.archive([document]), "application/zip"),
                    mime.attachment("cr_biologie.pdf", result.pdf(), "application/pdf"),
                ],
                headers=[("X-MSS-CODECDA", document.code), ("X-MSS-INS", "O")],
                shape="xdm-cda-bio" if version == 1 else "xdm-cda-bio-replaced",
                labels=Labels(documents=("xdm", "cda", "pdf")),
            )
        )
    return made


def _two_documents(b: Bench) -> Draft:
    """One archive, two CDA of one patient."""
    sender, result = PEOPLE["valvert"], b.result("c-two", 38, "charvin", ["carence"])
    moment = b.calendar.moment(38, "13:35")
    body = (
        "Prélèvement de gorge du matin. Test rapide streptocoque A négatif. Culture : flore "
        "commensale, absence de "
        "streptocoque bêta-hémolytique. Pas d’antibiotique nécessaire."
    )
    printed = pdf.document(f"{sender.name}\n{sender.place}", "Bactériologie – Mme CHARVIN Émilie", body)
    documents = [
        cda.laboratory("c-two-bio", result.report, sender, moment, result.pdf()),
        cda.level_one(
            "c-two-germ",
            result.report.patient,
            sender,
            moment,
            ("11502-2", "CR d'examens biologiques"),
            "Bactériologie",
            printed,
        ),
    ]
    return Draft(
        key="c-two",
        days=38,
        clock="13:35",
        sender=sender,
        subject="XDM/1.0/DDM+Biologie et bactériologie CHARVIN Émilie",
        text=f"Deux documents de santé en pièce jointe.\n\n{sender.signature}\n",
        attachments=[mime.attachment("ihe_xdm.zip", xdm.archive(documents), "application/octet-stream")],
        headers=[("X-MSS-CODECDA", "11502-2,11502-2"), ("X-MSS-INS", "O")],
        shape="xdm-two-cda",
        labels=Labels(documents=("xdm", "cda", "cda")),
    )
