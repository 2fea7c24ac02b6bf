"""The frame of the assistant: one page at a time, « Retour », one primary button."""

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from mssclient.model.accounts import Account
from mssclient.model.language import _
from ui.accounts.assistant.activation import ActivationPage
from ui.accounts.assistant.address import AddressPage
from ui.accounts.assistant.bals import BalsPage
from ui.accounts.assistant.credential import CredentialPage
from ui.accounts.assistant.page import Draft, Page
from ui.accounts.assistant.servers import ServersPage
from ui.kit import Dialog, button

if TYPE_CHECKING:
    from ui.bridge import Bridge

__all__ = ["AccountAssistant"]

_NO_WAY_BACK = 3
"""From the choice of the BAL on: the account is kept already."""


class AccountAssistant(Dialog):
    """Adds one BAL. With ``account`` it only goes on with that one's first set-up."""

    def __init__(
        self,
        bridge: "Bridge",
        parent: QWidget | None,
        account: Account | None = None,
        steps_done: tuple[str, ...] = (),
    ) -> None:
        self.back_button = button(_("Retour"), "link")
        super().__init__(
            parent,
            _("Ajouter une boîte aux lettres"),
            " ",
            primary=_("Continuer"),
            width=620,
            link=self.back_button,
        )
        self.draft = Draft(account=account, address=account.address if account else "")
        self._activation = ActivationPage(bridge, self.draft, steps_done)
        self.pages: list[Page] = [
            AddressPage(bridge, self.draft),
            ServersPage(bridge, self.draft),
            CredentialPage(bridge, self.draft),
            BalsPage(bridge, self.draft),
            self._activation,
        ]
        self.at = -1
        for number, page in enumerate(self.pages):
            page.hide()
            page.ready_changed.connect(self._ready)
            page.grown.connect(self.fit)
            page.idle.connect(self.primary_button.setFocus)
            page.done.connect(lambda number=number: self._ended(number))
            self.content.addWidget(page)
        self.back_button.clicked.connect(self._back)
        self._turn(0 if account is None else len(self.pages) - 1)

    @property
    def page(self) -> Page:
        return self.pages[self.at]

    def _turn(self, number: int) -> None:
        for k, page in enumerate(self.pages):
            page.setVisible(k == number)
        self.at = number
        page = self.page
        self.set_heading(page.title, page.sentence)
        self.primary_button.set_label(page.primary)
        self.back_button.setVisible(0 < number < _NO_WAY_BACK)
        self.cancel_button.set_label(_("Annuler") if number < _NO_WAY_BACK else _("Terminer plus tard"))
        page.enter()
        self._ready()
        focus = self.focusWidget()
        if focus is None or not page.isAncestorOf(focus) or not focus.isVisible():
            self.primary_button.setFocus()
        self.fit()

    def _ready(self) -> None:
        self.primary_button.setEnabled(self.page.ready())

    def _ended(self, number: int) -> None:
        if number != self.at:
            return
        if number == _NO_WAY_BACK - 1:
            self._activation.keep_begun()
        if number + 1 == len(self.pages):
            self.accept()
        else:
            self._turn(number + 1)

    def _back(self) -> None:
        if self.page.leave():
            self._turn(self.at - 1)

    def confirm(self) -> None:
        if self.page.ready():
            self.page.go()

    def reject(self) -> None:
        if self.page.leave():
            super().reject()
