"""The body of a message: one door for resources, links only told, plain words escaped."""

from pathlib import Path

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtGui import QImage, QTextDocument
from pytestqt.qtbot import QtBot

from mssclient.model.messages import CompiledHtml, Picture
from ui.reader.browser import MailBrowser, links_of, text_as_html
from ui.reader.links import real_host

IMAGE = QTextDocument.ResourceType.ImageResource.value


def png(tmp_path: Path, side: int = 4) -> bytes:
    image = QImage(side, side, QImage.Format.Format_RGB32)
    image.fill(0xFF0000)
    file = tmp_path / "p.png"
    assert image.save(str(file))
    return file.read_bytes()


@pytest.fixture
def browser(qtbot: QtBot) -> MailBrowser:
    made = MailBrowser()
    qtbot.addWidget(made)
    return made


def test_only_pictures_of_this_message_load(browser: MailBrowser, tmp_path: Path) -> None:
    picture = Picture(data=png(tmp_path), width=4, height=4)
    browser.show_compiled(CompiledHtml(html='<img src="img:1">', text="", pictures={"img:1": picture}))
    shown = browser.loadResource(IMAGE, QUrl("img:1"))
    assert isinstance(shown, QImage)
    assert shown.width() == 4


@pytest.mark.parametrize(
    "address",
    [
        "file:{secret}",
        "{secret}",
        "//host/share/x.png",
        "qrc:/mss/light/tick.svg",
        "img:2",
        "http://h/x",
        "data:,x",
    ],
)
def test_nothing_else_is_read_whatever_is_asked(browser: MailBrowser, tmp_path: Path, address: str) -> None:
    secret = tmp_path / "secret.png"
    secret.write_bytes(png(tmp_path))
    name = QUrl(address.format(secret=secret))
    for kind in (IMAGE, 1, 3, 100):
        found = browser.loadResource(kind, name)
        assert not isinstance(found, QImage) or found.width() == 1


def test_hostile_markup_fed_unsanitised_loads_nothing(browser: MailBrowser, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("SECRET-WORDS")
    hostile = (
        f'<p>Bonjour</p><link rel="stylesheet" href="file:{secret}"><img src="file:{secret}">'
        f'<img src="{secret}">'
        f'<iframe src="file:{secret}"></iframe><body background="file:{secret}">'
    )
    browser.show_compiled(CompiledHtml(html=hostile, text=""))
    browser.setSource(QUrl.fromLocalFile(str(secret)))
    browser.reload()
    assert "SECRET-WORDS" not in browser.toPlainText()
    assert "Bonjour" in browser.toPlainText()


def test_a_picture_that_is_none_is_left_blank(browser: MailBrowser) -> None:
    picture = Picture(
        data=b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>", width=9, height=9
    )
    browser.show_compiled(CompiledHtml(html='<img src="img:1">', text="", pictures={"img:1": picture}))
    found = browser.loadResource(IMAGE, QUrl("img:1"))
    assert isinstance(found, QImage)
    assert found.width() == 1


def test_links_of_a_doubtful_message_lead_nowhere(browser: MailBrowser) -> None:
    told: list[str] = []
    browser.link_chosen.connect(told.append)
    browser.set_links(False)
    browser.anchorClicked.emit(QUrl("https://evil.example"))
    assert told == []
    browser.set_links(True)
    browser.anchorClicked.emit(QUrl("https://fine.example"))
    assert told == ["https://fine.example"]


def test_plain_words_can_be_no_markup(browser: MailBrowser) -> None:
    browser.show_text("<b>gras</b> & <img src=x>\n> cité\nvoir https://labo.example/a?b=1, ou a@b.fr.")
    assert browser.toPlainText().startswith("<b>gras</b> & <img src=x>\n> cité\n")
    made = text_as_html("voir https://labo.example/a?b=1&c=2, ou a@b.fr.")
    assert links_of(made) == [
        ("https://labo.example/a?b=1&c=2", "https://labo.example/a?b=1&c=2"),
        ("mailto:a@b.fr", "a@b.fr"),
    ]


def test_copies_are_words_without_our_soft_breaks(browser: MailBrowser) -> None:
    browser.show_compiled(CompiledHtml(html="<p>mot\u200blong</p>", text=""))
    browser.selectAll()
    assert browser.createMimeDataFromSelection().text() == "motlong"


def test_the_real_host_shows_look_alike_letters() -> None:
    assert real_host("https://mssanté.fr/x") == "xn--mssant-gva.fr"
    assert real_host("https://good.example@evil.example/") == "evil.example"


def test_a_long_body_scrolls_inside_itself(browser: MailBrowser, qtbot: QtBot) -> None:
    browser.resize(400, 200)
    browser.show()
    browser.show_text("\n".join(["ligne"] * 3000))
    assert browser.scrolls
    browser.show_text("court")
    assert not browser.scrolls
    assert browser.height() < 80
