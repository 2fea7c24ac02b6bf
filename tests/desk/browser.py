"""A browser for the desk: one page, one button that logs in. ``browser.py URL``; ``BROWSER_CA`` is its trust.

Pressing the button goes to the URL and wherever it leads, as a person who consents would.
"""

import os
import re
import ssl
import sys
import urllib.error
import urllib.request

from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QVBoxLayout, QWidget


class Browser(QWidget):
    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url
        self.setWindowTitle("Navigateur")
        self.resize(420, 200)
        self._page = QLabel("Pro Santé Connect")
        log_in = QPushButton("Je me connecte")
        log_in.clicked.connect(self._go)
        column = QVBoxLayout(self)
        column.addWidget(self._page)
        column.addWidget(log_in)

    def _go(self) -> None:
        trust = ssl.create_default_context(cafile=os.environ["BROWSER_CA"])
        try:
            with urllib.request.urlopen(self._url, timeout=20, context=trust) as answer:
                text = answer.read(65536).decode()
        except urllib.error.URLError as error:
            self._page.setText(f"Page inaccessible : {type(error).__name__}")
            return
        found = re.search(r"<h1>(.*?)</h1>", text)
        self._page.setText(found[1] if found else "Page sans titre")


def main() -> int:
    app = QApplication(sys.argv[:1])
    app.setStyle("Fusion")
    browser = Browser(sys.argv[1])
    browser.show()
    return app.exec()


if __name__ == "__main__":
    sys.exit(main())
