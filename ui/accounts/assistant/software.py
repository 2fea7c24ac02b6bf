"""A software certificate: its file and passphrase, or one of those that PKCS#11 modules show."""

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from mssclient.model.cards import CardCertificate, ModuleCertificate
from mssclient.model.errors import Problem
from mssclient.model.language import _
from mssclient.model.questions import CertificatesAnswer, ReadCertificates
from ui.kit import Field, box, button, combo, label, line_edit, problem_sentence, secret_edit
from ui.kit.layout import wrap

if TYPE_CHECKING:
    from ui.bridge import Bridge

__all__ = ["SoftwareForm", "holder_words"]


def holder_words(certificate: CardCertificate) -> str:
    name = f"{certificate.surname} {certificate.given_name}".strip() or certificate.common_name
    return " · ".join(each for each in (name, certificate.profession) if each)


class SoftwareForm(QWidget):
    """Modules are looked into only once that is chosen: they are other people's programs."""

    changed = Signal()
    """What was typed or chosen."""
    grown = Signal()
    """It needs another height."""
    found = Signal(object)
    """The ``CardCertificate`` that is chosen."""

    def __init__(self, bridge: "Bridge") -> None:
        super().__init__()
        self._bridge = bridge
        self._certificates: tuple[ModuleCertificate, ...] = ()
        self.where = combo(
            _("Emplacement"), _("Fichier (.p12 ou .pfx)"), _("Certificat d’un module (PKCS#11)")
        )
        self.file = line_edit(_("Fichier du certificat"))
        self.passphrase = secret_edit(_("Mot de passe du fichier"))
        self.certificate = combo(_("Certificat du module"))
        self.uri = line_edit(_("Adresse du certificat"))
        self.words = label("", wrap=True)
        self._file = self._file_form()
        self._module = self._module_form()
        self.setLayout(box("v", Field(_("Emplacement"), self.where), self._file, self._module, gap=8))
        for entry in (self.file, self.passphrase, self.uri):
            entry.textChanged.connect(lambda _text: self.changed.emit())
        self.where.currentIndexChanged.connect(lambda _number: self._placed())
        self.certificate.currentIndexChanged.connect(lambda _number: self._chosen())
        self._module.hide()

    def _file_form(self) -> QWidget:
        browse = button(_("Parcourir…"), "secondary", on_click=self._browse)
        row = box("h", Field(_("Fichier du certificat"), self.file), browse, gap=8)
        row.setAlignment(browse, Qt.AlignmentFlag.AlignBottom)
        row.setStretch(0, 1)
        return wrap(box("v", row, Field(_("Mot de passe du fichier"), self.passphrase), gap=8))

    def _module_form(self) -> QWidget:
        again = button(_("Chercher"), "secondary", on_click=self.look)
        row = box("h", Field(_("Certificat du module"), self.certificate), again, gap=8)
        row.setAlignment(again, Qt.AlignmentFlag.AlignBottom)
        row.setStretch(0, 1)
        self._typed = Field(
            _("Adresse du certificat"), self.uri, _("Elle commence par «\u00a0pkcs11:\u00a0».")
        )
        return wrap(box("v", row, self.words, self._typed, gap=8))

    def _browse(self) -> None:
        kinds = _("Certificats (*.p12 *.pfx)")
        path, _kind = QFileDialog.getOpenFileName(self, _("Fichier du certificat"), "", kinds)
        if path:
            self.file.setText(path)

    # What is chosen

    @property
    def auth(self) -> str:
        """As ``Account.auth``."""
        return "pkcs11" if self.where.currentIndex() else "pkcs12"

    @property
    def path(self) -> str:
        return "" if self.where.currentIndex() else self.file.text().strip()

    @property
    def address(self) -> str:
        """The URI of the one in the list, else what was typed."""
        if not self.where.currentIndex():
            return ""
        number = self.certificate.currentIndex()
        known = 0 <= number < len(self._certificates)
        return self._certificates[number].uri if known else self.uri.text().strip()

    def ready(self) -> bool:
        return bool(self.address or self.path)

    # Shown

    def _placed(self) -> None:
        in_module = bool(self.where.currentIndex())
        self._file.setVisible(not in_module)
        self._module.setVisible(in_module)
        if in_module:
            self.look()
        self._chosen()

    def look(self) -> None:
        """Ask again what there is, once a module is where the certificate is."""
        if self.where.currentIndex():
            self._bridge.ask(ReadCertificates(), self._read, owner=self)

    def _read(self, answer: object) -> None:
        kept = self.address
        self._certificates = answer.certificates if isinstance(answer, CertificatesAnswer) else ()
        self.certificate.blockSignals(True)
        self.certificate.clear()
        self.certificate.addItems([_words(each) for each in self._certificates])
        self.certificate.addItem(_("Un autre, par son adresse"))
        uris = [each.uri for each in self._certificates]
        self.certificate.setCurrentIndex(uris.index(kept) if kept in uris else len(uris) if kept else 0)
        self.certificate.blockSignals(False)
        problem = answer if isinstance(answer, Problem) else getattr(answer, "problem", None)
        self.words.setText(problem_sentence(problem) if problem is not None else "")
        self.words.setVisible(problem is not None)
        self._chosen()

    def _chosen(self) -> None:
        number = self.certificate.currentIndex()
        listed = 0 <= number < len(self._certificates)
        self._typed.setVisible(not listed)
        if listed and self.where.currentIndex():
            self.found.emit(self._certificates[number].certificate)
        self.changed.emit()
        self.grown.emit()


def _words(found: ModuleCertificate) -> str:
    until = time.strftime("%d/%m/%Y", time.localtime(found.certificate.not_after_utc))
    named = " · ".join(
        filter(None, (holder_words(found.certificate), found.certificate.label or found.token))
    )
    return _("{certificate}, jusqu’au {date}").format(certificate=named, date=until)
