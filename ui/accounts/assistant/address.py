"""First page: the address, and the operator for whoever knows it."""

from typing import TYPE_CHECKING

from mssclient.model.language import _
from mssclient.model.operators import OperatorView
from mssclient.model.questions import OperatorsAnswer, ReadOperators
from ui.accounts.assistant.page import Draft, Page
from ui.kit import Field, box, combo, line_edit

if TYPE_CHECKING:
    from ui.bridge import Bridge

__all__ = ["AddressPage"]


class AddressPage(Page):
    def __init__(self, bridge: "Bridge", draft: Draft) -> None:
        super().__init__(bridge, draft)
        self.title = _("Ajouter une boîte aux lettres")
        self.sentence = _("Votre adresse suffit le plus souvent\u00a0: les serveurs sont cherchés pour vous.")
        self.primary = _("Continuer")
        self.address = line_edit(_("Adresse MSSanté"), hint=_("prenom.nom@medecin.mssante.fr"))
        self.address.textChanged.connect(lambda _text: self.ready_changed.emit())
        self.operator = combo(_("Opérateur"), _("Le reconnaître à l’adresse"))
        self._operators: tuple[OperatorView, ...] = ()
        operator = Field(_("Opérateur"), self.operator, _("Laissez ainsi si vous ne le connaissez pas."))
        self.setLayout(box("v", Field(_("Adresse MSSanté"), self.address), operator, gap=12))
        bridge.ask(ReadOperators(), self._told, owner=self)

    def _told(self, answer: object) -> None:
        if isinstance(answer, OperatorsAnswer):
            self._operators = answer.operators
            self.operator.addItems([each.name for each in answer.operators])

    def enter(self) -> None:
        self.address.setFocus()

    def ready(self) -> bool:
        local, at, domain = self.address.text().strip().partition("@")
        return bool(local and at) and "." in domain.strip(".") and " " not in local + domain

    def go(self) -> None:
        self.draft.address = self.address.text().strip()
        chosen = self.operator.currentIndex() - 1
        self.draft.operator_id = self._operators[chosen].id if chosen >= 0 else ""
        self.done.emit()
