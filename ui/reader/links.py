"""A link is followed only after the person has seen where it really leads."""

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QDialog, QListWidget, QListWidgetItem, QWidget

from mssclient.model.language import _
from ui.kit import Dialog, label
from ui.theme import give_font
from ui.theme.words import NNBSP

__all__ = ["LinkList", "follow", "real_host"]

_FOLLOWED = ("http", "https", "tel")


def real_host(address: str) -> str:
    """The host a link leads to, in its ASCII form, so that look-alike letters show; "" for none."""
    url = QUrl(address)
    host = url.host(QUrl.ComponentFormattingOption.FullyEncoded)
    return host or address.partition(":")[2].lstrip("/")


def follow(parent: QWidget, address: str) -> bool:
    """Ask with the real host, then hand the link to the system's browser. True when it was opened.

    ``mailto:`` is the caller's; any other scheme than http, https and tel is refused.
    """
    url = QUrl(address)
    if url.scheme().lower() not in _FOLLOWED:
        return False
    host = real_host(address)
    dialog = Dialog(
        parent,
        _("Ouvrir ce lien{thin}?").format(thin=NNBSP),
        _("Il s’ouvrira dans votre navigateur, hors de la messagerie sécurisée."),
        primary=_("Ouvrir le lien"),
        width=520,
    )
    dialog.content.addWidget(label(host, "h3", 600, wrap=True, select=True))
    dialog.content.addWidget(
        label(
            url.toString(QUrl.ComponentFormattingOption.FullyEncoded)[:600],
            "small",
            400,
            "muted",
            wrap=True,
            select=True,
        )
    )
    if dialog.exec() != QDialog.DialogCode.Accepted:
        return False
    return QDesktopServices.openUrl(url)


class LinkList(Dialog):
    """Every link of the message as a list: the way of the keyboard and of screen readers."""

    def __init__(self, parent: QWidget, links: list[tuple[str, str]]) -> None:
        super().__init__(
            parent, _("Liens du message"), _("Entrée ouvre le lien choisi."), primary=_("Ouvrir"), width=600
        )
        self.list = QListWidget()
        self.list.setAccessibleName(_("Liens du message"))
        give_font(self.list)
        for address, words in links:
            item = QListWidgetItem(f"{words or address}\n{real_host(address)}")
            self.list.addItem(item)
        self._links = links
        self.list.setCurrentRow(0)
        self.list.setMinimumHeight(min(360, 44 * len(links) + 8))
        self.list.itemActivated.connect(lambda _item: self.confirm())
        self.content.addWidget(self.list)

    @property
    def chosen(self) -> str:
        row = self.list.currentRow()
        return self._links[row][0] if 0 <= row < len(self._links) else ""
