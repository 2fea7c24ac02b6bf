"""Messages that carry laboratory results, in every shape seen in the field."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from mssclient.demo.corpus import hprim, mime, pdf
from mssclient.demo.corpus.draft import Labels
from mssclient.demo.corpus.hprim import Dialect
from mssclient.demo.corpus.laboratory import Report
from mssclient.demo.corpus.mime import Part
from mssclient.demo.corpus.people import AUBRY, Person

__all__ = ["Result", "labels_of", "pdf_of"]


PLAIN = Dialect()


@dataclass(frozen=True)
class Result:
    """A result ready to be put into a message."""

    reports: Sequence[Report]
    sender: Person
    receiver: Person = AUBRY
    dialect: Dialect = PLAIN
    structured: bool = True

    @property
    def report(self) -> Report:
        return self.reports[0]

    @property
    def text(self) -> str:
        return hprim.file_of(
            self.reports, self.sender, self.receiver, self.dialect, structured=self.structured
        )

    def data(self, charset: str = "cp1252", newline: str = "\r\n") -> bytes:
        return self.text.replace("\n", newline).encode(charset, "replace")

    def file(self, name: str, charset: str = "cp1252", newline: str = "\r\n", kind: str = "") -> Part:
        return mime.attachment(name, self.data(charset, newline), kind or "application/octet-stream")

    def labels(self, *documents: str, deliveries: int = 1) -> Labels:
        return replace(labels_of(self.reports, self.structured), documents=documents, deliveries=deliveries)

    def pdf(self) -> bytes:
        return pdf_of(self.report, self.sender, self.receiver)

    @property
    def subject(self) -> str:
        return f"Résultats – {self.report.patient.name}"


def labels_of(reports: Sequence[Report], structured: bool = True) -> Labels:
    return Labels(
        patients=tuple(f"{r.patient.family} {r.patient.given}" for r in reports),
        abnormal=sum(r.abnormal for r in reports) if structured else 0,
        critical=sum(r.critical for r in reports) if structured else 0,
    )


def pdf_of(report: Report, sender: Person, receiver: Person) -> bytes:
    """The laboratory's printed report."""
    who = report.patient
    head = "\n".join([sender.name, sender.role, sender.place, f"Tél. {sender.phone}"])
    body = "\n".join(
        [
            f"Patient : {who.name}, {who.born}",
            f"Dossier {report.number} - Prescripteur : {receiver.formal}",
            "",
            *hprim.readable(report),
            "Validé par le biologiste médical.",
        ]
    )
    return pdf.document(head, "Compte rendu d’analyses de biologie médicale", body)
