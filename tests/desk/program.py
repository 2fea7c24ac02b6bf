"""A small window with one control of each kind, to prove the desk on. ``program.py [--rows N]``"""

import argparse
import sys

from PySide6.QtCore import QAbstractListModel, QModelIndex, QSize, Qt
from PySide6.QtGui import QIcon, QKeySequence, QPainter, QPixmap
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QDialogButtonBox,
    QLabel,
    QLineEdit,
    QListView,
    QMainWindow,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)


class Rows(QAbstractListModel):
    """Rows that are painted by us and told to a screen reader in words."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self._count = count

    def rowCount(self, parent: QModelIndex | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else self._count

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> str | None:
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"Message {index.row()} de Zoé, non lu"
        return None


class RowPainter(QStyledItemDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:
        return QSize(200, 44)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.fillRect(option.rect, option.palette.highlight() if chosen else option.palette.base())
        painter.drawText(option.rect.adjusted(8, 4, -8, -4), f"Message {index.row()}")


class Window(QMainWindow):
    def __init__(self, title: str, rows: int) -> None:
        super().__init__()
        self.setWindowTitle(title)
        self.resize(700, 500)
        self._state = QLabel()
        self.statusBar().addWidget(self._state)
        bar = QToolBar("Outils")
        self.addToolBar(bar)
        picture = QPixmap(24, 24)
        picture.fill(Qt.GlobalColor.darkGreen)
        for name in ("Écrire", ""):  # the second one is the fault to be found
            button = QToolButton()
            button.setIcon(QIcon(picture))
            button.setAccessibleName(name)
            button.clicked.connect(lambda _=False, said=name: self._say(f"pressé {said}"))
            bar.addWidget(button)
        menu = self.menuBar().addMenu("&Message")
        archive = menu.addAction("&Archiver")
        archive.setShortcut(QKeySequence("Ctrl+E"))
        archive.triggered.connect(lambda: self._say("archivé"))
        menu.addAction("Su&pprimer").triggered.connect(self._ask)
        search = QLineEdit()
        search.setAccessibleName("Rechercher")
        self._list = QListView()
        self._list.setAccessibleName("Messages")
        self._list.setUniformItemSizes(True)
        self._rows, self._painter = Rows(rows), RowPainter()
        self._list.setItemDelegate(self._painter)
        self._list.setModel(self._rows)
        self._list.selectionModel().currentChanged.connect(lambda new, _: self._say(f"ligne {new.row()}"))
        page = QWidget()
        column = QVBoxLayout(page)
        column.addWidget(search)
        column.addWidget(self._list)
        self.setCentralWidget(page)
        self._say("prêt")

    def _say(self, what: str) -> None:
        self._state.setText(f"État : {what}")

    def _ask(self) -> None:
        question = QDialog(self)
        question.setWindowTitle("Supprimer ?")
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        buttons.accepted.connect(question.accept)
        buttons.rejected.connect(question.reject)
        QVBoxLayout(question).addWidget(buttons)
        question.finished.connect(lambda result: self._say(f"réponse {result}"))
        question.open()


def main() -> int:
    words = argparse.ArgumentParser()
    words.add_argument("--title", default="Essai")
    words.add_argument("--rows", type=int, default=30)
    words.add_argument("--complain", action="store_true")
    wanted = words.parse_args()
    app = QApplication(sys.argv[:1])
    app.setStyle("Fusion")
    window = Window(wanted.title, wanted.rows)
    window.show()
    if wanted.complain:
        print("QObject: une plainte", file=sys.stderr)
    return app.exec()


if __name__ == "__main__":
    sys.exit(main())
