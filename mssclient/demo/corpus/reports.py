"""What comes back by itself: undeliverable, displayed, not integrated."""

from mssclient.demo.corpus import mime
from mssclient.demo.corpus.calendar import Calendar
from mssclient.demo.corpus.draft import Draft, message_id
from mssclient.demo.corpus.mime import Part
from mssclient.demo.corpus.patients import PATIENTS
from mssclient.demo.corpus.people import PEOPLE, Person

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
    return [_undelivered(), _displayed(), _not_integrated()]


def _report_part(kind: str, fields: str) -> Part:
    return Part((("Content-Type", kind),), fields.replace("\n", "\r\n").encode("utf-8"))


def _undelivered() -> Draft:
    """The operator's own report of a mailbox that is closed."""
    patient = PATIENTS["benamar"].address
    content = mime.multipart(
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
    return Draft(
        key="r-bounce",
        days=81,
        clock="12:24",
        sender=_POSTMASTER,
        subject="Message non distribué",
        content=content,
        headers=_AUTOMATIC,
        bounce=True,
        shape="bounce-mes",
    )


def _displayed() -> Draft:
    """A read receipt (RFC 8098)."""
    content = mime.multipart(
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
    return Draft(
        key="r-displayed",
        days=64,
        clock="18:36",
        sender=PEOPLE["dumontel"],
        subject="Lu : Avis diabétologique",
        content=content,
        answers=["sent-endocrino-chappuis"],
        headers=_AUTOMATIC,
        bounce=True,
        shape="mdn-displayed",
    )


def _not_integrated() -> Draft:
    """An integration gateway that did not know the patient."""
    content = mime.multipart(
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
    return Draft(
        key="r-refused",
        days=0,
        clock="10:02",
        sender=PEOPLE["pneumo"],
        subject="[KO Intégration système !][902] XDM/1.0/DDM+CR hospitalisation – M. TISSOT",
        content=content,
        answers=["tissot-answer"],
        headers=_AUTOMATIC,
        bounce=True,
        shape="mdn-not-integrated",
        small=True,
    )
