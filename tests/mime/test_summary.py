"""What the list, the search and the reader are told about a message."""

import base64

import pytest

from mssclient.mime.envelope import summarise_headers
from mssclient.mime.reading import read
from mssclient.mime.summary import body_html, body_text, html_source, summarise
from tests.mime.messages import MIXED, crlf


def test_a_summary() -> None:
    summary = summarise(read(MIXED))
    assert summary.subject == "Résultats du jour"
    assert (summary.sender.name, summary.sender.address) == ("Zoé Martin", "zoe@cabinet.example")
    assert [person.address for person in summary.to] == ["jean@labo.example"]
    assert summary.date_utc == 1794816720
    assert summary.rfc_message_id == "<1@cabinet.example>"
    assert [(a.path, a.filename, a.type, a.octets) for a in summary.attachments] == [
        (
            "2",
            "dedans.eml",
            "message/rfc822",
            MIXED.index(b"\r\n--abc\r\nContent-Type: application") - MIXED.index(b"Subject: dedans"),
        ),
        ("3", "résultat.pdf", "application/pdf", 5),
    ]
    assert summary.snippet == "Bonjour, ça va."
    assert "plat" in summary.text, "an enclosed letter is found by the search"
    assert "n'est pas montré" not in summary.text
    assert summary.complete
    assert summary.from_count == 1


def test_every_sender_counts() -> None:
    assert summarise(read(b"From: a@x.example, b@y.example\r\n\r\n")).from_count == 2
    assert summarise(read(b"From: a@x.example\r\nFrom: b@y.example\r\n\r\n")).from_count == 2
    assert summarise(read(b"From: <a@x.example> <b@y.example>\r\n\r\n")).from_count == 2
    assert summarise(read(b"Subject: x\r\n\r\n")).from_count == 0


def test_headers_alone_give_a_provisional_summary() -> None:
    head = MIXED[: MIXED.index(b"\r\n\r\n") + 4]
    summary = summarise_headers(head, 5000, None)
    whole = summarise(read(MIXED))
    assert not summary.complete
    assert summary.defects == ()
    for name in ("subject", "sender", "to", "date_utc", "rfc_message_id", "from_count"):
        assert getattr(summary, name) == getattr(whole, name)
    assert summary.attachments == ()
    assert len(summarise_headers(head, 5000, True).attachments) == 1
    assert summarise_headers(head, 5_000_000, False).attachments == ()


def alternative(*parts: str) -> str:
    return (
        "Content-Type: multipart/alternative; boundary=alt\n\n--alt\n"
        + "\n--alt\n".join(parts)
        + "\n--alt--\n"
    )


PLAIN = "Content-Type: text/plain\n\nplat"
HTML = "Content-Type: text/html\n\n<p>riche <b>et</b> gras</p>"
PICTURE = (
    "Content-Type: image/png; name=logo.png\nContent-ID: <logo@x>\nContent-Transfer-Encoding: base64\n\nAAAA"
)


def mixed(*parts: str, kind: str = "mixed") -> str:
    return (
        f"Content-Type: multipart/{kind}; boundary=mix\n\n--mix\n" + "\n--mix\n".join(parts) + "\n--mix--\n"
    )


@pytest.mark.parametrize(
    ("message", "text", "html", "files"),
    [
        pytest.param(PLAIN, "plat", None, [], id="plain"),
        pytest.param(HTML, "riche et gras", "1", [], id="html"),
        pytest.param(alternative(PLAIN, HTML), "plat", "2", [], id="alternative"),
        pytest.param(alternative(HTML, PLAIN), "plat", "1", [], id="alternative upside down"),
        pytest.param(alternative("\n  \n", HTML), "riche et gras", "2", [], id="empty plain form"),
        pytest.param(mixed(PLAIN, "\nsuite"), "plat\n\nsuite", None, [], id="two texts"),
        pytest.param(
            mixed(PLAIN, "Content-Type: text/plain; name=a.hpr\n\nOBX"), "plat", None, ["2"], id="a text file"
        ),
        pytest.param(
            mixed(PLAIN, "Content-Type: text/plain\nContent-Disposition: attachment\n\nOBX"),
            "plat",
            None,
            ["2"],
            id="a nameless attachment",
        ),
        pytest.param("Content-Type: application/pdf\n\n%PDF", "", None, ["1"], id="a bare file"),
        pytest.param(
            "Content-Type: text/plain; name=a.hpr\n\nOBX", "OBX", None, [], id="a named body is the letter"
        ),
        pytest.param(mixed(alternative(PLAIN, HTML), PICTURE), "plat", "1.2", ["2"], id="outlook"),
        pytest.param(
            alternative(PLAIN, mixed(HTML, PICTURE, kind="related")),
            "plat",
            "2.1",
            ["2.2"],
            id="related inside",
        ),
        pytest.param(
            alternative(PLAIN, HTML, "Content-Type: text/calendar\n\nBEGIN:VCALENDAR"),
            "plat",
            "2",
            ["3"],
            id="invite",
        ),
        pytest.param(
            alternative(mixed(PLAIN, "\nsuite", kind="x").replace("=mix", "=m2").replace("--mix", "--m2")),
            "plat\n\nsuite",
            None,
            [],
            id="one form of two texts",
        ),
        pytest.param(
            mixed(PLAIN, "Content-Type: application/pkcs7-signature; name=smime.p7s\n\nx", kind="signed"),
            "plat",
            None,
            ["2"],
            id="signed",
        ),
        pytest.param(mixed(PLAIN, HTML), "plat\n\nriche et gras", None, [], id="plain then html"),
        pytest.param(mixed(HTML, PLAIN), "riche et gras\n\nplat", "1", [], id="html then plain"),
        pytest.param("Content-Type: multipart/mixed\n\ntout\n", "tout", None, [], id="undivided"),
    ],
)
def test_letter_and_enclosures(message: str, text: str, html: str | None, files: list[str]) -> None:
    reading = read(crlf(message))
    assert body_text(reading) == text
    part = body_html(reading)
    assert (part.path if part else None) == html
    assert [attachment.path for attachment in summarise(reading).attachments] == files


def test_pictures_of_the_letter_are_inline() -> None:
    html = 'Content-Type: text/html\n\n<img src="cid:logo@x">'
    other = PICTURE.replace("logo@x", "autre@x")
    summary = summarise(read(crlf(mixed(html, PICTURE, other, kind="related"))))
    assert [attachment.inline for attachment in summary.attachments] == [True, False]


def test_nothing_of_the_letter_is_hidden_by_its_html() -> None:
    source = html_source(read(crlf(mixed(HTML, "\nsuite <importante>"))))
    assert source is not None
    assert "riche" in source
    assert "suite &lt;importante&gt;" in source
    assert html_source(read(crlf(PLAIN))) is None


def test_pieces_of_html_follow_each_other_inside_one_page() -> None:
    first = HTML.replace("<p>", "<html><body><p>") + "</body></html>"
    assert html_source(read(crlf(mixed(first, PLAIN, first)))) == (
        "<html><body><p>riche <b>et</b> gras</p>"
        '<hr><div style="white-space:pre-wrap">plat</div>'
        "<hr><html><body><p>riche <b>et</b> gras</p></body></html>"
    )


def test_flowed_text_is_joined() -> None:
    message = "Content-Type: text/plain; format=flowed\n\nune ligne \ncoupée\n> cité \n> aussi\n-- \nsigné\n"
    assert body_text(read(crlf(message))) == "une ligne coupée\n> cité aussi\n-- \nsigné"


def test_the_snippet_skips_what_says_nothing() -> None:
    message = "Subject: x\n\n> cité\n-----\n<https://x.example/y>\n\nBonjour,\n\n  voici   la suite\n"
    assert summarise(read(crlf(message))).snippet == "Bonjour, voici la suite"


@pytest.mark.parametrize("size", [0, 1, 2, 3, 56, 57, 58, 1000, 57_000, 100_000, 100_001])
def test_sizes_are_those_of_the_content(size: int) -> None:
    body = base64.encodebytes(bytes(size)).replace(b"\n", b"\r\n")
    raw = b"Content-Type: application/x\r\nContent-Transfer-Encoding: base64\r\n\r\n" + body
    assert summarise(read(raw)).attachments[0].octets == size


def test_threads() -> None:
    summary = summarise(
        read(
            b"Message-ID: sans-crochets@x\r\nIn-Reply-To: <a@x> (hier)\r\n"
            b"References: <r@x>\r\n <a@x> <a@x>\r\n\r\n"
        )
    )
    assert summary.rfc_message_id == "<sans-crochets@x>"
    assert summary.in_reply_to == "<a@x>"
    assert summary.references == ("<r@x>", "<a@x>")
    many = b"References: " + b" ".join(b"<%d@x>" % n for n in range(5000)) + b"\r\n\r\n"
    references = summarise(read(many)).references
    assert (len(references), references[0], references[-1]) == (100, "<0@x>", "<4999@x>")


def test_a_long_text_is_cut_between_letters() -> None:
    raw = b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + "é".encode() * 1_500_000
    summary = summarise(read(raw))
    assert summary.text == "é" * 200_000
