"""Adding a BAL by hand. Nothing is kept before one login worked; the secret travels in the want only."""

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QComboBox, QLineEdit, QSpinBox, QWidget

from mssclient.model.accounts import Endpoint
from mssclient.model.errors import Problem
from mssclient.model.language import _
from mssclient.model.secrets import Secret
from mssclient.model.wants import AddAccount
from ui.kit import Dialog, Field, MessageBar, box, combo, line_edit, problem_sentence, secret_edit, spin

if TYPE_CHECKING:
    from ui.bridge import Bridge

__all__ = ["AccountDialog"]

_SECURITY = (("tls", "TLS"), ("starttls", "STARTTLS"))


class AccountDialog(Dialog):
    """Posts one AddAccount and shows its problem in place, with the fields still filled."""

    def __init__(self, bridge: "Bridge", parent: QWidget | None) -> None:
        super().__init__(
            parent,
            _("Ajouter une boîte aux lettres"),
            _("Votre opérateur vous a donné ces indications. La liaison est toujours chiffrée."),
            primary=_("Ajouter"),
            width=560,
        )
        self._bridge = bridge
        self._want: str | None = None
        self.address = line_edit(_("Adresse MSSanté"))
        self.name = line_edit(_("Nom affiché"))
        self.kind = combo(_("Type de boîte"), _("Personnelle"), _("Organisationnelle"))
        self.password = secret_edit(_("Mot de passe"))
        self.login = line_edit(_("Identifiant"))
        self.imap = self._service(_("Réception (IMAP)"), 993)
        self.smtp = self._service(_("Envoi (SMTP)"), 465)
        self._address = Field(_("Adresse MSSanté"), self.address)
        self._login = Field(_("Identifiant"), self.login, _("Laissez vide si c’est votre adresse."))
        first = box("h", Field(_("Nom affiché"), self.name), Field(_("Type de boîte"), self.kind), gap=12)
        second = box("h", Field(_("Mot de passe"), self.password), self._login, gap=12)
        self.content.addWidget(self._address)
        self.content.addLayout(first)
        self.content.addLayout(second)
        for host, port, security in (self.imap, self.smtp):
            row = box(
                "h",
                Field(host.accessibleName(), host),
                Field(_("Port"), port),
                Field(_("Sécurité"), security),
                gap=12,
            )
            row.setStretch(0, 1)
            self.content.addLayout(row)
        self._said = MessageBar("danger")
        self._said.hide()
        self.content.addWidget(self._said)
        for entry in (self.address, self.password, self.imap[0], self.smtp[0]):
            entry.textChanged.connect(lambda _text: self._allow())
        self._allow()

    def _service(self, name: str, port: int) -> tuple[QLineEdit, QSpinBox, QComboBox]:
        host = line_edit(_("{service}, serveur").format(service=name))
        number = spin(_("{service}, port").format(service=name), 1, 65535, port)
        return (
            host,
            number,
            combo(_("{service}, sécurité").format(service=name), *(words for _k, words in _SECURITY)),
        )

    def _allow(self) -> None:
        whole = "@" in self.address.text().strip()[1:-1]
        filled = all(entry.text().strip() for entry in (self.password, self.imap[0], self.smtp[0]))
        self.primary_button.setEnabled(whole and filled and self._want is None)

    def confirm(self) -> None:
        imap, smtp = (
            Endpoint(
                host=host.text().strip(), port=port.value(), security=_SECURITY[security.currentIndex()][0]
            )
            for host, port, security in (self.imap, self.smtp)
        )
        want = AddAccount(
            address=self.address.text().strip(),
            name=self.name.text().strip(),
            kind=("personal", "organisational")[self.kind.currentIndex()],
            login=self.login.text().strip(),
            imap=imap,
            smtp=smtp,
            secret=Secret(self.password.text()),
        )
        self._said.say("info", _("Connexion en cours…"))
        self._said.show()
        self._want = self._bridge.post(want, self._ended, owner=self)
        self._allow()

    def _ended(self, outcome: object) -> None:
        self._want = None
        self._allow()
        if isinstance(outcome, Problem):
            self._said.say("danger", problem_sentence(outcome))
            return
        self.password.clear()
        self.accept()
